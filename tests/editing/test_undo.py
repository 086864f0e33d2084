"""What was decided is written down, and the last of it is taken back."""

from __future__ import annotations

import json
import multiprocessing
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Site, post_text, signed
from hypothesis import given
from hypothesis import strategies as st

from indexer.editing import journal
from indexer.editing.decisions import decide, read_decisions
from indexer.editing.edit import Edit, without_patch
from indexer.editing.journal import Action, entries, latest, record
from indexer.editing.undo import undo
from indexer.editing.write_back import acceptance
from indexer.errors import CannotUndo, CannotWrite, NothingToUndo, PostGone, StaleVersion
from indexer.model import Verdict
from indexer.snapshot import Snapshot

DISMISSED, LATER = Verdict.DISMISSED, Verdict.LATER


@dataclass
class Kitchen:
    """A site with three posts, and editors who decide."""

    site: Site
    published: Snapshot

    @property
    def folder(self) -> Path:
        return self.site.settings.decided

    def file(self, post: str) -> Path:
        return self.site.content / f"{post}.md"

    def edit(self, post: str, target: str) -> Edit:
        source, other = self.published.post(post), self.published.post(target)
        return acceptance(self.site.settings.content, self.published, source, [other])

    def accept(self, post: str, target: str, by: str = "ana") -> None:
        self.save(self.edit(post, target), target, by)

    def save(self, edit: Edit, target: str, by: str = "ana") -> None:
        source = self.published.post(edit.path)
        record(self.site.settings.content, self.folder, edit, Action.ACCEPTED, source, [target], signed(by=by))

    def say(self, post: str, *targets: str, verdict: Verdict = DISMISSED, because: str = "", by: str = "ana") -> None:
        source, others = self.published.post(post), [self.published.post(one) for one in targets]
        decide(self.folder, self.published, source, others, verdict, because, signed(by=by))

    def undo(self, by: str = "ana", entry: str | None = None) -> Action:
        return undo(self.site.settings.content, self.folder, signed(by=by), entry).action

    def decided(self) -> dict[tuple[str, str], Verdict]:
        return {(one.post, one.target): one.verdict for one in read_decisions(self.folder).decided}

    def journal(self) -> list[tuple[str, str]]:
        return [(one.by, str(one.action)) for one in entries(self.folder)]


@pytest.fixture
def kitchen(site: Site) -> Kitchen:
    for name in ("bread", "buns", "pizza"):
        site.post(f"{name}.md", name.title(), f"All about {name}.")
    site.build()
    return Kitchen(site, site.open())


# ------------------------------------------------------------------------------------------------------ taken back


def test_an_accepted_suggestion_is_taken_back_and_the_file_has_its_bytes_from_before(kitchen: Kitchen) -> None:
    before = kitchen.file("bread").read_bytes()
    kitchen.accept("bread", "buns")
    assert kitchen.file("bread").read_bytes() != before
    assert kitchen.undo() is Action.ACCEPTED
    assert kitchen.file("bread").read_bytes() == before


def test_a_dismissed_suggestion_is_taken_back_and_its_line_goes(kitchen: Kitchen) -> None:
    kitchen.say("bread", "pizza")
    kitchen.say("bread", "buns")
    assert kitchen.undo() is Action.DISMISSED
    assert kitchen.decided() == {("bread", "pizza"): DISMISSED}


def test_what_stood_in_the_line_before_stands_there_again(kitchen: Kitchen) -> None:
    kitchen.say("bread", "buns", verdict=LATER, because="after the summer")
    before = (kitchen.folder / "decisions.jsonl").read_bytes()
    kitchen.say("bread", "buns", "pizza", because="no")
    assert kitchen.undo() is Action.DISMISSED
    assert (kitchen.folder / "decisions.jsonl").read_bytes() == before


def test_each_undo_takes_back_the_one_before(kitchen: Kitchen) -> None:
    files = {name: kitchen.file(name).read_bytes() for name in ("bread", "buns")}
    kitchen.accept("bread", "buns")
    kitchen.say("buns", "pizza")
    kitchen.accept("bread", "pizza")
    assert [kitchen.undo(), kitchen.undo(), kitchen.undo()] == [Action.ACCEPTED, Action.DISMISSED, Action.ACCEPTED]
    assert {name: kitchen.file(name).read_bytes() for name in files} == files
    assert kitchen.decided() == {}
    with pytest.raises(NothingToUndo, match="ana has decided nothing that could be taken back"):
        kitchen.undo()


def test_an_id_of_no_decision_is_named(kitchen: Kitchen) -> None:
    with pytest.raises(NothingToUndo, match="no decision with the id 'c0ffee'"):
        kitchen.undo("ana", "c0ffee")


def test_an_editor_takes_back_what_is_theirs_and_names_what_is_not(kitchen: Kitchen) -> None:
    kitchen.say("bread", "buns", by="ana")
    kitchen.say("bread", "pizza", by="ben")
    kitchen.undo("ana")
    assert kitchen.decided() == {("bread", "pizza"): DISMISSED}
    with pytest.raises(NothingToUndo):
        kitchen.undo("ana")
    (of_ben,) = latest(kitchen.folder, by="ben")
    kitchen.undo("ana", of_ben.id)
    assert kitchen.decided() == {}


# ----------------------------------------------------------------------------------------------- what has changed since


def test_a_file_that_has_changed_since_is_left_alone_and_the_patch_is_shown(kitchen: Kitchen) -> None:
    kitchen.accept("bread", "buns")
    kitchen.file("bread").write_text(kitchen.file("bread").read_text() + "More.\n")
    after = kitchen.file("bread").read_bytes()
    with pytest.raises(CannotUndo, match=r"bread\.md has changed since ana wrote it") as refused:
        kitchen.undo()
    assert "+  - buns" in refused.value.patch
    assert kitchen.file("bread").read_bytes() == after


def test_a_pair_that_was_decided_again_since_stays_so(kitchen: Kitchen) -> None:
    kitchen.say("bread", "buns", "pizza", by="ana")
    kitchen.say("bread", "buns", verdict=LATER, by="ben")
    with pytest.raises(CannotUndo, match="buns beside bread has been decided again"):
        kitchen.undo("ana")
    assert kitchen.decided() == {("bread", "buns"): LATER, ("bread", "pizza"): DISMISSED}


def test_a_file_that_is_gone_is_named(kitchen: Kitchen) -> None:
    kitchen.accept("bread", "buns")
    kitchen.file("bread").unlink()
    with pytest.raises(PostGone, match=r"bread\.md is no longer there"):
        kitchen.undo()


def test_what_somebody_took_back_by_hand_is_only_noted(kitchen: Kitchen) -> None:
    before = kitchen.file("bread").read_bytes()
    kitchen.accept("bread", "buns")
    kitchen.file("bread").write_bytes(before)
    assert kitchen.undo() is Action.ACCEPTED
    assert kitchen.file("bread").read_bytes() == before


def test_a_change_that_the_journal_does_not_hold_is_not_guessed(kitchen: Kitchen) -> None:
    kitchen.file("bread").write_text(post_text("Bread", "All about bread.", description="x" * journal.LONGEST_PATCH))
    kitchen.accept("bread", "buns")
    after = kitchen.file("bread").read_bytes()
    with pytest.raises(CannotUndo, match="does not hold all of that change"):
        kitchen.undo()
    assert kitchen.file("bread").read_bytes() == after


# ----------------------------------------------------------------------------------------------------- the journal


def test_every_write_leaves_a_line_with_who_when_and_what(kitchen: Kitchen) -> None:
    edit = kitchen.edit("bread", "buns")
    kitchen.save(edit, "buns", by="ben")
    (line,) = (kitchen.folder / "journal.jsonl").read_text().splitlines()
    written = json.loads(line)
    assert len(written.pop("id")) == 16
    assert written == {
        "at": "2026-06-01T12:00:00Z",
        "by": "ben",
        "action": "accepted",
        "post": "bread",
        "targets": ["buns"],
        "path": "bread.md",
        "before": edit.version,
        "after": edit.new_version,
        "patch": edit.patch(),
    }


def test_what_is_taken_back_is_written_down_too(kitchen: Kitchen) -> None:
    kitchen.accept("bread", "buns")
    kitchen.say("bread", "pizza")
    kitchen.undo()
    kitchen.undo()
    assert kitchen.journal() == [("ana", "accepted"), ("ana", "dismissed"), ("ana", "undone"), ("ana", "undone")]
    assert [one.action for one in latest(kitchen.folder, 3)] == [Action.UNDONE, Action.UNDONE, Action.DISMISSED]


def test_the_journal_stays_out_of_git_beside_what_was_there(kitchen: Kitchen) -> None:
    kitchen.folder.mkdir()
    (kitchen.folder / ".gitignore").write_text("tokens.json*")
    kitchen.say("bread", "buns")
    kitchen.say("bread", "pizza")
    assert (kitchen.folder / ".gitignore").read_text() == "tokens.json*\njournal.jsonl\n"
    assert stat.S_IMODE((kitchen.folder / "journal.jsonl").stat().st_mode) == 0o644


def test_a_write_that_fails_leaves_no_line(kitchen: Kitchen) -> None:
    edit = kitchen.edit("bread", "buns")
    kitchen.file("bread").write_text("something else")
    with pytest.raises(StaleVersion):
        kitchen.save(edit, "buns")
    assert kitchen.journal() == []


def test_nothing_is_written_where_the_journal_cannot_be(kitchen: Kitchen) -> None:
    (kitchen.folder / "journal.jsonl").mkdir(parents=True)
    before = kitchen.file("bread").read_bytes()
    with pytest.raises(CannotWrite, match=r"journal\.jsonl cannot be read \(it is not a regular file\)"):
        kitchen.accept("bread", "buns")
    with pytest.raises(CannotWrite, match=r"journal\.jsonl cannot be read"):
        kitchen.say("bread", "buns")
    assert kitchen.file("bread").read_bytes() == before
    assert kitchen.decided() == {}


def test_a_decision_that_cannot_be_stored_leaves_no_line(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("indexer.editing.decisions._write", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        kitchen.say("bread", "buns")
    assert kitchen.journal() == []


def test_the_oldest_lines_go_where_the_journal_becomes_too_long(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen.say("bread", "buns")
    size = (kitchen.folder / "journal.jsonl").stat().st_size
    monkeypatch.setattr(journal, "LONGEST_JOURNAL", 3 * size)
    for number in range(5):
        kitchen.say("bread", "buns", because=str(number), by="ben")
    assert (kitchen.folder / "journal.jsonl").stat().st_size <= 3 * size
    assert {one.by for one in entries(kitchen.folder)} == {"ben"}
    kitchen.undo("ben")
    assert [one.because for one in read_decisions(kitchen.folder).decided] == ["3"]


def test_a_line_that_cannot_be_read_hides_no_other_and_stays(kitchen: Kitchen) -> None:
    kitchen.say("bread", "buns")
    with (kitchen.folder / "journal.jsonl").open("ab") as file:
        file.write(b'{"id": 5}\n\xff\n[]\n')
    kitchen.say("bread", "pizza")
    assert [one.targets for one in latest(kitchen.folder)] == [("pizza",), ("buns",)]
    assert b"\xff\n" in (kitchen.folder / "journal.jsonl").read_bytes()


def test_of_two_editors_at_once_no_line_is_lost(kitchen: Kitchen) -> None:
    fork = multiprocessing.get_context("fork")
    pairs = [(one, other) for one in ("bread", "buns", "pizza") for other in ("bread", "buns", "pizza") if one != other]
    editors = [fork.Process(target=kitchen.accept, args=pair) for pair in pairs[::2]]
    editors += [fork.Process(target=kitchen.say, args=pair, kwargs={"by": "ben"}) for pair in pairs[1::2]]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert sorted(kitchen.journal()) == [("ana", "accepted")] * 3 + [("ben", "dismissed")] * 3


# ------------------------------------------------------------------------------------------------------- the patch

TEXT = st.lists(st.sampled_from(["a", "b\n", "c\r\n", "+d\n", "-e\n", "@@ f\n", "\\ g\n", "é\n", "\n"]), max_size=30)


@given(TEXT, TEXT)
def test_a_patch_leads_back_to_what_was_before(before: list[str], after: list[str]) -> None:
    edit = Edit("rye.md", "".join(before).encode(), "".join(after).encode())
    assert without_patch(edit.after, edit.patch()) == edit.before


def test_a_patch_of_another_file_is_refused() -> None:
    patch = Edit("rye.md", b"a\n", b"a\nb\n").patch()
    with pytest.raises(ValueError, match="not the file that the patch has made"):
        without_patch(b"a\nc\n", patch)
