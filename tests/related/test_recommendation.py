"""What readers and editors see beside a post."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import post, section, with_vectors

from indexer.model import Band, Graph, Post, StoredPost, Suggestion, Suggestions
from indexer.related.recommendation import RelatedPosts
from indexer.store.posts import PostStore


class Shelf:
    """Posts and the hand-made links between them, named by id."""

    def __init__(self, directory: Path, *posts: Post, curated: dict[str, str] | None = None, **linked: str) -> None:
        order = sorted(one.id for one in posts)

        def table(links: dict[str, str]) -> tuple[tuple[int, ...], ...]:
            return tuple(tuple(order.index(name) for name in links.get(one, "").split()) for one in order)

        files = with_vectors(directory, posts, Graph(table(curated or {}), table(linked)))
        self.posts = PostStore(files)
        self.related = RelatedPosts(files, self.posts)

    def beside(self, name: str, limit: int = 10) -> list[tuple[str, bool]]:
        found = self.related.for_readers(self.named(name), limit)
        return [(one.post.id, one.curated) for one in found]

    def advice(self, name: str, limit: int = 10) -> Suggestions:
        return self.related.for_editors(self.named(name), limit)

    def suggestions(self, name: str, limit: int = 10) -> list[Suggestion]:
        return list(self.advice(name, limit).suggestions)

    def pointing_to(self, name: str) -> list[str]:
        return [one.post.id for one in self.related.pointing_to(self.named(name), 10).suggestions]

    def suggested(self, name: str) -> list[str]:
        return [one.post.id for one in self.suggestions(name)]

    def named(self, name: str) -> StoredPost:
        found = self.posts.find(name)
        assert found
        return found


@pytest.fixture
def shelf(tmp_path: Path) -> Callable[..., Shelf]:
    return lambda *posts, **links: Shelf(tmp_path, *posts, **links)


# Four posts about dough, in falling similarity to "bread", and one about something else.
BAKING = (
    post("bread", "Rye bread", "Rye dough with caraway in the oven."),
    post("buns", "Rye buns", "Rye dough with caraway in the pan."),
    post("crackers", "Crackers", "Dry dough with caraway."),
    post("pizza", "Pizza", "Wheat for the oven, thrown high."),
    post("taxes", "Taxes", "Forms and numbers."),
)


def test_the_nearest_come_first_and_what_has_nothing_in_common_does_not_come(shelf: Callable[..., Shelf]) -> None:
    assert shelf(*BAKING).beside("bread") == [
        ("buns", False),  # rye, dough and caraway
        ("crackers", False),  # dough and caraway
        ("pizza", False),  # an oven
    ]


def test_readers_see_what_was_curated_first_in_the_editors_order_and_nothing_twice(
    shelf: Callable[..., Shelf],
) -> None:
    assert shelf(*BAKING, curated={"bread": "taxes crackers"}).beside("bread") == [
        ("taxes", True),
        ("crackers", True),
        ("buns", False),
        ("pizza", False),
    ]


@pytest.mark.parametrize(
    ("limit", "expected"), [(1, ["taxes"]), (2, ["taxes", "crackers"]), (3, ["taxes", "crackers", "buns"])]
)
def test_a_list_is_filled_up_to_the_limit_the_curated_first(
    shelf: Callable[..., Shelf], limit: int, expected: list[str]
) -> None:
    beside = shelf(*BAKING, curated={"bread": "taxes crackers"}).beside("bread", limit)
    assert [name for name, _ in beside] == expected


def test_a_curated_post_that_shares_nothing_has_no_score(shelf: Callable[..., Shelf]) -> None:
    both = shelf(*BAKING, curated={"bread": "taxes buns"})
    first, second = both.related.for_readers(both.named("bread"), 2)
    assert first.score is None
    assert second.score is not None
    assert 0 < second.score <= 1


def test_what_the_body_links_to_is_still_shown_to_readers(shelf: Callable[..., Shelf]) -> None:
    assert ("buns", False) in shelf(*BAKING, bread="buns").beside("bread")


def test_editors_see_only_what_is_not_there_yet(shelf: Callable[..., Shelf]) -> None:
    # bread curates crackers and links to pizza; taxes has nothing in common with it.
    assert shelf(*BAKING, curated={"bread": "crackers"}, bread="pizza").suggested("bread") == ["buns"]


def test_who_points_to_a_post_may_be_suggested_for_it(shelf: Callable[..., Shelf]) -> None:
    assert "buns" in shelf(*BAKING, curated={"buns": "bread"}, crackers="bread").suggested("bread")


def test_links_do_not_use_up_the_limit(shelf: Callable[..., Shelf]) -> None:
    found = shelf(*BAKING, bread="buns").suggestions("bread", 1)
    assert [one.post.id for one in found] == ["crackers"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_small_sites(shelf: Callable[..., Shelf], count: int) -> None:
    small = shelf(*BAKING[:count])
    expected = [("buns", False), ("crackers", False)][: count - 1]
    assert (small.beside("bread"), small.suggested("bread")) == (expected, [name for name, _ in expected])


def test_an_empty_site_opens(shelf: Callable[..., Shelf]) -> None:
    assert list(shelf().posts) == []


def test_identical_posts_are_a_warning_for_editors_and_the_last_thing_that_readers_see(
    shelf: Callable[..., Shelf],
) -> None:
    same = shelf(*(post(name, "Rye bread", "Rye dough.") for name in "abc"), post("d", "Rye", "Rye flakes."))
    advice = same.advice("a")
    assert [one.id for one in advice.duplicates] == ["b", "c"]
    assert [one.post.id for one in advice.suggestions] == ["d"]
    assert same.beside("a") == [("d", False), ("b", False), ("c", False)]


def test_of_two_suggestions_that_are_nearly_the_same_only_one_stands(shelf: Callable[..., Shelf]) -> None:
    twins = shelf(
        post("a", "Rye", "Rye dough."), post("b", "Buns", "Rye in a pan."), post("c", "Buns", "Rye in a pan.")
    )
    assert twins.suggested("a") == ["b"]


@pytest.mark.parametrize(
    ("one", "other"), [("guide.en", "guide.fr"), ("en/guide", "fr/guide"), ("guide", "guide.fr"), ("guide", "fr/guide")]
)
def test_a_translation_is_neither_suggested_nor_shown(shelf: Callable[..., Shelf], one: str, other: str) -> None:
    text = "Kubernetes, Docker, nginx and redis."
    site = shelf(
        post(one, "Docker", text), post(other, "Docker", f"{text} Oui.", language="fr"), post("x", "Docker", "Redis.")
    )
    assert (site.suggested(one), site.beside(one)) == (["x"], [("x", False)])


def test_posts_that_should_link_here_are_those_that_do_not_yet(shelf: Callable[..., Shelf]) -> None:
    site = shelf(*BAKING, curated={"buns": "bread"}, pizza="bread")
    assert site.pointing_to("bread") == ["crackers"]


def test_without_lists_nothing_is_called_measured(shelf: Callable[..., Shelf]) -> None:
    assert not shelf(*BAKING).advice("bread").calibrated


@pytest.mark.parametrize(
    ("confidence", "band"),
    [(0.6, Band.STRONG), (0.596, Band.STRONG), (0.59, Band.LIKELY), (0.3, Band.LIKELY), (0.29, Band.POSSIBLE)],
)
def test_bands_follow_the_number_that_is_shown(shelf: Callable[..., Shelf], confidence: float, band: Band) -> None:
    found = shelf(*BAKING).suggestions("bread")[0]
    assert replace(found, confidence=confidence).band is band


def test_where_nothing_is_strong_others_are_offered_as_what_they_are(shelf: Callable[..., Shelf]) -> None:
    site = shelf(
        post("baking/rye", "Rye", "Dough with caraway.", tags=("winter",)),
        post("buns", "Rye buns", "Dough with caraway and salt."),
        post("tea", "Tea", "Leaves.", tags=("Winter",), day="2020-01-01"),
        post("baking/fig", "Fig", "Jam."),
        post("news", "News", "Unheard of.", day="2024-01-01"),
        post("old", "Old", "Yore.", day="2001-01-01"),
    )
    advice = site.advice("baking/rye", 1)
    assert [(one.post.id, one.band) for one in advice.suggestions] == [("buns", Band.LIKELY)]
    assert [(one.post.id, one.label) for one in advice.fallback] == [
        ("tea", "same tag winter"),
        ("baking/fig", "same folder baking"),
        ("news", "newest"),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        post("odd", ""),
        post("odd", "The", "And of the."),
        post("odd", "?!", "…"),
        post("odd", "", section("", "", code="rye dough caraway")),
        post("odd", "Zugzwang"),
    ],
    ids=["empty", "stop words", "punctuation", "only code", "a word that nobody shares"],
)
def test_a_post_that_shares_nothing_has_no_neighbours_and_is_nobodys(shelf: Callable[..., Shelf], odd: Post) -> None:
    site = shelf(*BAKING, odd)
    assert (site.beside("odd"), site.suggestions("odd")) == ([], [])
    assert all("odd" not in dict(site.beside(one.id)) for one in BAKING)


NOTICE = "Subscribe to our newsletter for weekly offers and follow us everywhere you like. "


def test_a_paragraph_that_stands_in_most_posts_does_not_decide(shelf: Callable[..., Shelf]) -> None:
    posts = [
        post(f"{topic}-{number}", f"{topic} {number}", f"{text} {NOTICE}")
        for topic, text in (("bread", "Rye dough."), ("trees", "Oak leaves."), ("cars", "Old engines."))
        for number in range(3)
    ]
    lonely = post("lonely", "Stars", f"Comets at night. {NOTICE}")
    site = shelf(*posts, lonely)
    assert site.beside("bread-0") == [("bread-1", False), ("bread-2", False)]
    assert site.beside("lonely") == []


# ------------------------------------------------------------------------------------------------------ reasons


def test_a_reason_names_the_people_behind_it(shelf: Callable[..., Shelf]) -> None:
    # The menu curates both; the buns are much like the bread and curate the crackers, which curate and link back.
    site = shelf(
        *BAKING,
        post("menu", "Menu", "Courses."),
        curated={"menu": "bread crackers", "buns": "crackers", "crackers": "bread"},
        crackers="bread",
    )
    reason = {one.post.id: one.reason for one in site.suggestions("bread")}["crackers"]
    assert [one.id for one in reason.together] == ["menu"]
    assert [one.id for one in reason.alike] == ["buns"]
    assert (reason.curated_back, reason.linked_back) == (True, True)


def test_a_reason_names_the_shared_tags_in_any_case(shelf: Callable[..., Shelf]) -> None:
    site = shelf(
        post("a", "Rye", "Dough.", tags=("Baking", "winter")),
        post("b", "Oats", "Porridge.", tags=("baking", "summer")),
    )
    (found,) = site.suggestions("a")
    assert (found.reason.tags, found.reason.terms) == (("baking",), ())


def test_a_tag_that_a_large_part_of_the_site_has_is_no_reason(shelf: Callable[..., Shelf]) -> None:
    others = [post(f"x{number}", f"Salt {number}", "Salt.", tags=("english",)) for number in range(20)]
    tags = ("english", "rye")
    site = shelf(post("a", "Rye", "Dough.", tags=tags), post("b", "Rye oats", "Porridge.", tags=tags), *others)
    found = {one.post.id: one for one in site.suggestions("a")}["b"]
    assert found.reason.tags == ("rye",)
