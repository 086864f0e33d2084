"""What editors are promised, on real files: nothing is suggested that is there already, and no number is made up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from conftest import TODAY, Site, post_text
from corpora import post
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.editing.suggestions import draft_path, suggestions_for_draft
from indexer.model import Band, Corpus, Graph, Suggestions
from indexer.related.fixed_score import fixed_score
from indexer.related.metrics import DEPTH
from indexer.related.ranked_lists import ranking
from indexer.related.ranker import UNCALIBRATED
from indexer.related.relate import Relations, relations

DOUGH = "Rye dough with caraway."


def advised(site: Site, name: str, *, to: bool = False) -> Suggestions:
    published = site.open()
    source = published.posts.find(name)
    assert source
    return (published.related.pointing_to if to else published.related.for_editors)(source, 10)


def suggested(site: Site, name: str, *, to: bool = False) -> list[str]:
    return [one.post.id for one in advised(site, name, to=to).suggestions]


def drafted(site: Site, text: str, name: str = "new.md") -> Suggestions:
    path = draft_path(Path(name), site.settings.content)
    return suggestions_for_draft(site.open(), text, path, site.settings.content, 10, TODAY)[1]


# -------------------------------------------------------------------------------------------------- exclusions

LINKS = {
    "a file": "[b](b.md)",
    "a file from here": "[b](./b.md)",
    "a path": "[b](/b/)",
    "a path without its slash": "[b](/b)",
    "an address of this site": "[b](https://bakery.example/b/)",
    "a reference": "[b][1]\n\n[1]: /b/",
    "HTML": '<a href="/b/">b</a>',
    "a fragment": "[b](/b/#oven)",
    "a file and a fragment": "[b](b.md#oven)",
    "percent-encoded": "[b](/%62/)",
    "an alias": "[b](/old-b/)",
}


def breads(site: Site, link: str, **front: str) -> None:
    """Post a with a link to b, and c, which is as near and is always suggested."""
    site.configure(site="https://bakery.example")
    site.post("a.md", "Bread", f"{DOUGH} For the oven. {link}", **front)
    site.post("b.md", "Buns", f"{DOUGH} In small pieces.", aliases="[/old-b/]")
    site.post("c.md", "Rolls", f"{DOUGH} Shaped by hand.")
    site.build()


def test_without_a_link_both_are_suggested(site: Site) -> None:
    breads(site, "")
    assert sorted(suggested(site, "a")) == ["b", "c"]
    assert sorted(suggested(site, "b", to=True)) == ["a", "c"]


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_what_the_body_links_to_in_any_form_is_not_suggested_in_either_direction(site: Site, link: str) -> None:
    breads(site, link)
    assert suggested(site, "a") == ["c"]
    assert suggested(site, "b", to=True) == ["c"]


@pytest.mark.parametrize("name", ["b", "b.md", "/b/", "/old-b/"])
def test_what_is_curated_is_not_suggested_in_either_direction(site: Site, name: str) -> None:
    breads(site, "", relatedPosts=f"[{name}]")
    assert suggested(site, "a") == ["c"]
    assert suggested(site, "b", to=True) == ["c"]


def test_links_point_one_way_only(site: Site) -> None:
    breads(site, "[b](/b/)")
    assert sorted(suggested(site, "b")) == ["a", "c"]  # a links to b; b may still want to link to a


@pytest.mark.parametrize(
    "front", [{"draft": "true"}, {"published": "false"}, {"date": "2030-01-01"}, {"search": "false"}], ids=str
)
def test_what_is_not_published_is_neither_suggested_nor_offered(site: Site, front: Mapping[str, str]) -> None:
    site.post("a.md", "Bread", DOUGH)
    site.post("b.md", "Buns", f"{DOUGH} In small pieces.", **front)
    site.post("taxes.md", "Taxes", "Forms.")
    site.build()
    advice = advised(site, "a")
    assert (advice.suggestions, [one.post.id for one in advice.fallback]) == ((), ["taxes"])


@pytest.mark.parametrize(("here", "there"), [("bread", "bread.fr"), ("en/bread", "fr/bread")])
def test_a_draft_is_not_told_of_its_translations(site: Site, here: str, there: str) -> None:
    site.post(f"{there}.md", "Bread", f"{DOUGH} For the oven.", language="fr")
    site.post("rolls.md", "Rolls", f"{DOUGH} Shaped by hand.")
    site.build()
    draft = post_text("Bread", f"{DOUGH} From the oven.", language="en")
    assert [one.post.id for one in drafted(site, draft, str(site.content / f"{here}.md")).suggestions] == ["rolls"]


@pytest.mark.parametrize("body", ["Coming soon.", "The and of."])
def test_stubs_under_titles_of_their_own_are_not_one_post_twice(site: Site, body: str) -> None:
    for name in ("bread", "soup", "tea", "jam"):
        site.post(f"{name}.md", f"All about {name}", body)
    report = site.build()
    assert report.relations
    assert report.relations["duplicates"] == []


def test_a_copy_is_a_warning_in_either_direction(site: Site) -> None:
    for name in ("a", "b"):
        site.post(f"{name}.md", "Bread", f"{DOUGH} Wait for an hour, then bake.")
    site.post("c.md", "Rolls", DOUGH)
    site.post("d.md", "Soup", "Leeks and water.")
    site.build()
    for to in (False, True):
        advice = advised(site, "a", to=to)
        assert [one.id for one in advice.duplicates] == ["b"]
        assert [one.post.id for one in advice.suggestions] == ["c"]


# ------------------------------------------------------------------------------------------------------ drafts

LETTER = "Subscribe to our weekly letter about flour and ovens."


def test_a_paragraph_that_the_site_repeats_decides_nothing_for_a_draft_either(site: Site) -> None:
    for word, more in (("apples", "red"), ("bridges", "iron"), ("comets", "icy tails"), ("dykes", "sea")):
        site.post(f"{word}.md", word.title(), f"All about {word}: {more}.\n\n{LETTER}")
    site.post("ovens.md", "Ovens", "Flour in an oven burns.")
    site.build()
    plain, lettered = drafted(site, "Comets at night."), drafted(site, f"Comets at night.\n\n{LETTER}")
    assert [one.post.id for one in plain.suggestions] == ["comets"]
    assert lettered == plain


def test_where_nothing_near_is_strong_a_draft_is_offered_the_newest_as_that(site: Site) -> None:
    site.post("soup.md", "Soup", "Leeks.", tags="[Winter]", date="2020-01-01")
    site.post("old.md", "Old", "Yesterday.", date="2021-01-01")
    site.post("news.md", "News", "Unheard of.", date="2022-01-01")
    site.build()
    advice = drafted(site, post_text("Zugzwang", "Chess.", tags="[winter]"))
    assert [(one.post.id, one.band) for one in advice.suggestions] == [("soup", Band.LIKELY)]
    assert [(one.post.id, one.label) for one in advice.fallback] == [("news", "newest"), ("old", "newest")]


def test_the_list_of_a_post_does_not_speak_for_its_next_version(site: Site) -> None:
    site.post("a.md", "Bread", f"{DOUGH} For the oven.", relatedPosts="[taxes]")
    site.post("b.md", "Buns", f"{DOUGH} In small pieces.")
    site.post("taxes.md", "Taxes", "Forms for the oven.")
    site.build()
    # The next version names nothing any more.
    advice = drafted(site, post_text("Bread", f"{DOUGH} For the oven."), str(site.content / "a.md"))
    assert {one.post.id: one.reason.alike for one in advice.suggestions} == {"b": (), "taxes": ()}


# ------------------------------------------------------------------------------------------------- the numbers


def linked_by(*curated: tuple[int, ...]) -> Graph:
    return Graph(curated, tuple(() for _ in curated))


def test_of_two_posts_as_much_alike_the_one_that_is_like_everything_counts_less() -> None:
    # Tenth-best similarity .2 of the source, .4 of the hub, .1 of the other.
    for_hub = np.array([0.5 / (0.2 * 0.4) ** 0.5, 0.5 / (0.2 * 0.1) ** 0.5])
    alike = np.array([0.5, 0.5])
    features = {"all_text": alike, "similarity": alike, "hub-corrected similarity": for_hub, "recency": np.zeros(2)}
    scores = fixed_score(features, {"all_text": 1.0}, 1.0)
    assert scores.tolist() == pytest.approx([0.57653, 0.68562], abs=1e-5)


def test_closeness_in_time_decides_between_equals_and_suggests_nothing_by_itself() -> None:
    corpus = Corpus(
        [
            post("a", "", "Rye dough, caraway.", day="2020-06-01"),
            post("b", "", "Rye dough, oat.", day="2010-06-01"),
            post("c", "", "Rye dough, fig.", day="2020-05-01"),
            post("d", "", "Leeks.", day="2020-06-01"),
        ]
    )
    found = relations(corpus, linked_by((), (), (), ()))
    ids, _ = ranking(found.candidates, found.learning)
    assert [one for one in ids[0].tolist() if one >= 0] == [2, 1]


@pytest.mark.parametrize("lists", [5, 9])
def test_lists_that_nothing_speaks_for_measure_nothing(lists: int) -> None:
    # Ten posts with nothing in common; each list names the last of them only.
    corpus = Corpus([post(f"p{number}", "", day="2020-01-01") for number in range(10)])
    posts = list(corpus)
    found = relations(Corpus(posts), linked_by(*((9,) if number < lists else () for number in range(10)))).learning
    assert (found.model.learned, found.model.calibrated, found.model.knots) == (False, False, UNCALIBRATED)


SERIES, PARTS = 30, 5


def half_known() -> tuple[Corpus, Graph]:
    """Series of five posts whose texts show nothing of it; every second series is curated."""
    corpus = Corpus(
        [
            post(f"p{number:03}", f"Post {number}", f"w{number * 7 % 30}x w{number * 11 % 29}y w{number * 13 % 31}z")
            for number in range(SERIES * PARTS)
        ]
    )
    curated = (
        tuple(number - number % PARTS + (number + step) % PARTS for step in range(1, PARTS))
        if (number // PARTS) % 2 == 0
        else ()
        for number in range(SERIES * PARTS)
    )
    return corpus, linked_by(*curated)


@pytest.fixture(scope="module")
def half() -> Relations:
    return relations(*half_known())


def test_posts_without_a_list_are_ranked_by_what_was_learned_too(half: Relations) -> None:
    assert half.learning.model.learned
    assert half.learning.held_out is not None
    final = half.learning.model.scores(half.candidates)
    without = np.array([(one // PARTS) % 2 == 1 for one in half.candidates.source])
    assert without.any()
    assert half.learning.held_out[without] == pytest.approx(final[without], abs=1e-9)


def test_the_report_of_a_build_counts_what_is_shown(half: Relations) -> None:
    corpus, _ = half_known()
    ids, _ = ranking(half.candidates, half.learning)
    shown = [one for row in ids[:, :DEPTH].tolist() for one in row if one >= 0]
    most = max(shown.count(one) for one in set(shown))
    summary = half.summary(corpus, ids)
    assert summary["most_recommended"][0][1] == most
    assert summary["coverage"] == round(len(set(shown)) / len(corpus), 4)


@given(
    words=st.lists(st.lists(st.sampled_from(["rye", "oat", "fig", "yam"]), max_size=4), max_size=9),
    links=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=25),
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_lists_no_post_is_beside_itself_or_twice_and_confidence_is_a_share(
    words: list[list[str]], links: list[tuple[int, int]]
) -> None:
    corpus = Corpus([post(f"p{number}", f"Title {number}", " ".join(text)) for number, text in enumerate(words)])
    count = len(corpus)
    curated = (
        tuple(dict.fromkeys(target for source, target in links if source == number != target and target < count))
        for number in range(count)
    )
    found = relations(corpus, linked_by(*curated))
    ids, sure = ranking(found.candidates, found.learning)
    for number, row in enumerate(ids.tolist()):
        named = [one for one in row if one >= 0]
        assert number not in named
        assert len(set(named)) == len(named)
    assert ((sure >= 0) & (sure <= 1)).all()
