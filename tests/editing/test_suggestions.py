"""What is suggested after an editor decided: at once, after a rebuild, after a rename, after a rewrite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import TODAY, Site, signed

from indexer.editing.decisions import decide, line_of, read_decisions
from indexer.editing.journal import latest
from indexer.editing.suggestions import suggestions_for, suggestions_for_draft, suggestions_to
from indexer.editing.undo import undo
from indexer.model import Suggestion, Verdict
from indexer.store.state_directory import DECISIONS

# Every two of these share some words, for what all of a site say tells none apart; and each has enough words of its own
# that a typo makes no new text of it.
NAMES = ("bread", "buns", "rolls", "crackers", "pizza")
SHARED = {
    name: " ".join(f"{min(name, other)}and{max(name, other)}{number}" for other in NAMES for number in range(4))
    for name in NAMES
}
OWN = {name: " ".join(f"{name}ka{number}" for number in range(90)) for name in NAMES}
DISMISSED, LATER = Verdict.DISMISSED, Verdict.LATER


class SuggestionService:
    """A site and the editor who decides what is suggested."""

    def __init__(self, root: Path) -> None:
        self.site = Site(root)
        for name in NAMES:
            self.site.post(f"{name}.md", name.title(), f"{SHARED[name]} {OWN[name]}.")
        self.build()

    def build(self) -> None:
        self.site.build()
        self.published = self.site.open()

    @property
    def folder(self) -> Path:
        return self.site.settings.decided

    def say(self, post: str, *targets: str, verdict: Verdict = DISMISSED, because: str = "", on: date = TODAY) -> None:
        source, others = self.published.post(post), [self.published.post(one) for one in targets]
        decide(self.folder, self.published, source, others, verdict, because, signed(on))

    def suggestions(self, post: str, limit: int = 10) -> Sequence[Suggestion]:
        source = self.published.post(post)
        return suggestions_for(self.published, read_decisions(self.folder), source, limit).suggestions

    def suggested(self, post: str, limit: int = 10) -> list[str]:
        return [one.post.id for one in self.suggestions(post, limit)]

    def pointing_to(self, post: str, limit: int = 10) -> list[str]:
        source = self.published.post(post)
        found = suggestions_to(self.published, read_decisions(self.folder), source, limit).suggestions
        return [one.post.id for one in found]

    def before(self, post: str, target: str) -> tuple[Verdict, str] | None:
        (one,) = (one for one in self.suggestions(post) if one.post.id == target)
        return (one.before.verdict, one.before.because) if one.before else None

    def rename(self, old: str, new: str) -> None:
        (self.site.content / f"{old}.md").rename(self.site.content / f"{new}.md")
        self.build()

    def rewrite(self, name: str, text: str) -> None:
        self.site.post(f"{name}.md", name.title(), text)
        self.build()


@pytest.fixture
def desk(tmp_path: Path) -> SuggestionService:
    return SuggestionService(tmp_path / "site")


def test_before_anything_is_decided_all_of_them_are_suggested(desk: SuggestionService) -> None:
    assert sorted(desk.suggested("bread")) == ["buns", "crackers", "pizza", "rolls"]
    assert desk.before("bread", "buns") is None


def test_what_is_dismissed_is_gone_at_once_and_after_a_build(desk: SuggestionService) -> None:
    desk.say("bread", "buns", "pizza")
    assert sorted(desk.suggested("bread")) == ["crackers", "rolls"]
    desk.build()
    assert sorted(desk.suggested("bread")) == ["crackers", "rolls"]


def test_a_decision_counts_for_its_direction_only(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    assert "bread" in desk.suggested("buns")
    assert "bread" not in desk.pointing_to("buns")
    assert "buns" in desk.pointing_to("bread")


def test_what_is_dismissed_makes_room_for_the_next(desk: SuggestionService) -> None:
    first, second = desk.suggested("bread", 2)
    desk.say("bread", first)
    assert desk.suggested("bread", 2)[0] == second
    assert len(desk.suggested("bread", 2)) == 2
    sources = desk.pointing_to("bread", 2)
    desk.say(sources[0], "bread")
    assert desk.pointing_to("bread", 2)[0] == sources[1]
    assert len(desk.pointing_to("bread", 2)) == 2


def test_what_was_dismissed_by_mistake_comes_back_with_the_next_build(desk: SuggestionService) -> None:
    desk.say("bread", "buns", "rolls")
    desk.build()
    desk.say("bread", "buns", verdict=LATER)
    (desk.folder / DECISIONS).write_text((desk.folder / DECISIONS).read_text().splitlines(keepends=True)[0])
    desk.build()
    assert sorted(desk.suggested("bread")) == ["buns", "crackers", "pizza", "rolls"]


def test_what_is_put_off_stays_behind_the_others_and_says_so(desk: SuggestionService) -> None:
    first, *others = desk.suggested("bread")
    desk.say("bread", first, verdict=LATER, because="after the summer")
    assert desk.suggested("bread") == [*others, first]
    assert desk.suggested("bread", 3) == others
    assert desk.before("bread", first) == (LATER, "after the summer")


def test_what_is_dismissed_is_not_offered_as_the_newest_either(desk: SuggestionService) -> None:
    desk.say("bread", "buns", "rolls", "crackers")
    advice = suggestions_for(desk.published, read_decisions(desk.folder), desk.published.post("bread"), 10)
    suggested = [one.post.id for one in advice.suggestions]
    assert suggested + [one.post.id for one in advice.fallback] == ["pizza"]


def test_a_reader_does_not_see_what_was_dismissed_once_it_is_built(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    desk.build()
    read = [one.post.id for one in desk.published.related.for_readers(desk.published.post("bread"), 10)]
    assert sorted(read) == ["crackers", "pizza", "rolls"]


def test_what_is_dismissed_and_then_put_into_the_list_by_hand_stays_there(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    desk.site.post("bread.md", "Bread", f"{SHARED['bread']} {OWN['bread']}.", relatedPosts="[buns]")
    desk.build()
    read = desk.published.related.for_readers(desk.published.post("bread"), 10)
    assert (read[0].post.id, read[0].curated) == ("buns", True)


# ------------------------------------------------------------------------------------------------------- renamed


@pytest.mark.parametrize(("old", "post", "target"), [("bread", "loaf", "buns"), ("buns", "bread", "loaf")])
def test_a_dismissed_pair_stays_dismissed_when_a_file_is_renamed(
    desk: SuggestionService, old: str, post: str, target: str
) -> None:
    desk.say("bread", "buns")
    desk.rename(old, "loaf")
    assert target not in desk.suggested(post)
    assert post not in desk.pointing_to(target)
    desk.build()
    assert target not in desk.suggested(post)


def test_a_dismissed_pair_stays_dismissed_when_both_files_are_renamed(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    desk.rename("bread", "loaf")
    desk.rename("buns", "small-loaves")
    assert "small-loaves" not in desk.suggested("loaf")


def test_a_decision_under_the_new_name_goes_before_one_under_the_old(desk: SuggestionService) -> None:
    desk.say("bread", "buns", because="old", on=date(2026, 6, 9))
    desk.rename("bread", "loaf")
    desk.say("loaf", "buns", verdict=LATER, because="new", on=date(2026, 6, 1))
    desk.build()
    assert desk.before("loaf", "buns") == (LATER, "new")


def test_a_name_that_is_gone_stands_for_no_one_of_two_posts_with_its_text(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    text = (desk.site.content / "bread.md").read_text()
    desk.site.write("copy.md", text)
    desk.rename("bread", "loaf")
    assert "buns" in desk.suggested("loaf")
    assert "buns" in desk.suggested("copy")


def test_a_post_beside_a_copy_of_it_keeps_what_was_decided_of_it(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    desk.site.write("copy.md", (desk.site.content / "bread.md").read_text())
    desk.build()
    assert "buns" not in desk.suggested("bread")
    assert "buns" in desk.suggested("copy")


def test_a_post_that_is_gone_changes_nothing_for_the_others(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    (desk.site.content / "buns.md").unlink()
    desk.build()
    assert sorted(desk.suggested("bread")) == ["crackers", "pizza", "rolls"]


# ------------------------------------------------------------------------------------------------------- changed


@pytest.mark.parametrize("name", ["bread", "buns"])
def test_a_dismissed_pair_comes_back_when_either_post_is_rewritten_and_says_what_was_said(
    desk: SuggestionService, name: str
) -> None:
    desk.say("bread", "buns", because="another dough")
    desk.rewrite(name, f"{SHARED[name]} " + " ".join(f"{name}new{number}" for number in range(90)))
    assert desk.before("bread", "buns") == (DISMISSED, "another dough")


@pytest.mark.parametrize("name", ["bread", "buns"])
def test_a_dismissed_pair_does_not_come_back_for_a_typo_or_front_matter(desk: SuggestionService, name: str) -> None:
    desk.say("bread", "buns")
    mended = OWN[name].replace(f"{name}ka7 ", "mended ")
    desk.site.post(f"{name}.md", name.title(), f"{SHARED[name]}\n\n{mended}.", tags="[new]", date="2026-01-01")
    desk.build()
    assert "buns" not in desk.suggested("bread")


def test_a_pair_that_came_back_can_be_dismissed_again(desk: SuggestionService) -> None:
    desk.say("bread", "buns", because="first")
    desk.rewrite("buns", f"{SHARED['buns']} " + " ".join(f"new{number}" for number in range(90)))
    desk.say("bread", "buns", because="again")
    assert "buns" not in desk.suggested("bread")
    assert [one.because for one in read_decisions(desk.folder).decided] == ["again"]


def test_a_pair_that_is_twice_in_the_file_counts_as_it_was_decided_last(desk: SuggestionService) -> None:
    desk.say("bread", "buns", because="first")
    (one,) = read_decisions(desk.folder).decided
    later = replace(one, verdict=LATER, because="second", on="2026-07-01T09:30:00Z")
    (desk.folder / DECISIONS).write_text(line_of(later) + line_of(one))
    assert desk.before("bread", "buns") == (LATER, "second")


# -------------------------------------------------------------------------------------------------------- drafts


def drafted(desk: SuggestionService, name: str) -> list[str]:
    text = (desk.site.content / "bread.md").read_text().replace("breadka7 ", "mended ")
    decided = read_decisions(desk.folder)
    _, advice = suggestions_for_draft(desk.published, text, name, desk.site.settings.content, 10, TODAY, decided)
    return [one.post.id for one in advice.suggestions]


def test_a_new_version_of_a_post_is_not_offered_what_was_dismissed_of_the_old(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    desk.say("bread", "rolls", verdict=LATER)
    assert sorted(drafted(desk, "bread.md")) == ["crackers", "pizza", "rolls"]
    assert drafted(desk, "bread.md")[-1] == "rolls"
    assert "buns" in drafted(desk, "drafts/another.md")


def test_a_decision_of_a_renamed_post_has_its_new_id_after_the_next_one_and_outlives_a_rewrite(
    desk: SuggestionService,
) -> None:
    desk.say("bread", "buns", verdict=LATER, because="after the summer")
    desk.rename("bread", "loaf")
    desk.say("pizza", "rolls")
    assert [(one.post, one.target) for one in read_decisions(desk.folder).decided] == [
        ("loaf", "buns"),
        ("pizza", "rolls"),
    ]
    desk.rewrite("loaf", f"{SHARED['bread']} It says something else by now, and at length: {OWN['pizza']}")
    assert desk.before("loaf", "buns") == (LATER, "after the summer")


def test_a_decision_of_a_post_that_was_renamed_since_is_taken_back(desk: SuggestionService) -> None:
    desk.say("bread", "buns")
    (made,) = latest(desk.folder)
    desk.rename("bread", "loaf")
    desk.say("pizza", "rolls")
    undo(desk.site.settings.content, desk.folder, signed(), made.id)
    assert [(one.post, one.target) for one in read_decisions(desk.folder).decided] == [("pizza", "rolls")]
