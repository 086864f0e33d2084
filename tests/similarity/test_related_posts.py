"""What readers and editors see beside a post."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import post, section, with_vectors

from indexer.model import Graph, Post, StoredPost, Suggestion
from indexer.similarity.related import RelatedPosts
from indexer.stored import StoredPosts


class Shelf:
    """Posts and the hand-made links between them, named by id."""

    def __init__(self, directory: Path, *posts: Post, curated: dict[str, str] | None = None, **linked: str) -> None:
        order = sorted(one.id for one in posts)

        def table(links: dict[str, str]) -> tuple[tuple[int, ...], ...]:
            return tuple(tuple(order.index(name) for name in links.get(one, "").split()) for one in order)

        files = with_vectors(directory, posts, Graph(table(curated or {}), table(linked)))
        self.posts = StoredPosts(files)
        self.related = RelatedPosts(files, self.posts)

    def beside(self, name: str, limit: int = 10) -> list[tuple[str, bool]]:
        found = self.related.for_readers(self.named(name), limit)
        return [(one.post.id, one.curated) for one in found]

    def suggestions(self, name: str, limit: int = 10) -> list[Suggestion]:
        return self.related.for_editors(self.named(name), limit)

    def suggested(self, name: str) -> list[str]:
        return [one.post.id for one in self.suggestions(name)]

    def named(self, name: str) -> StoredPost:
        found = self.posts.find(name)
        assert found
        return found


@pytest.fixture
def shelf(tmp_path: Path) -> Callable[..., Shelf]:
    return lambda *posts, **links: Shelf(tmp_path, *posts, **links)


# Four posts about dough, in falling likeness to "bread", and one about something else.
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


def test_identical_posts_are_each_others_nearest_with_a_cosine_of_1(shelf: Callable[..., Shelf]) -> None:
    same = shelf(*(post(name, "Rye bread", "Rye dough.") for name in "abc"), post("d", "Taxes", "Forms."))
    for name, others in (("a", ["b", "c"]), ("b", ["a", "c"]), ("c", ["a", "b"])):
        found = same.suggestions(name)
        assert [(one.post.id, one.confidence) for one in found] == [(other, 1.0) for other in others]


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


def test_a_reason_names_the_shared_terms_as_people_write_them_with_their_fields_the_weightiest_first(
    shelf: Callable[..., Shelf],
) -> None:
    site = shelf(
        post("a", "Caching pages", "Purge them.", section("Expiry", "Later."), description="Fast answers."),
        post("b", "On caching", "Purging and expiry.", description="Answers."),
        post("c", "Taxes", "Forms."),
        post("d", "Gardens", "Hedges."),
    )
    (found,) = site.suggestions("a")
    assert [(one.term, one.fields) for one in found.reason.terms] == [
        ("caching", ("title",)),
        ("answers", ("description",)),
        ("expiry", ("headings", "body")),
        ("purge", ("body",)),
    ]


def test_the_parts_of_the_shared_terms_add_up_to_the_confidence(shelf: Callable[..., Shelf]) -> None:
    (found, *_) = shelf(*BAKING).suggestions("bread")
    assert sum(term.weight for term in found.reason.terms) == pytest.approx(found.confidence, abs=1e-5)


def test_a_reason_names_five_terms_at_most(shelf: Callable[..., Shelf]) -> None:
    words = "rye oat fig yam pea nut ham pie"
    (found,) = shelf(post("a", "One", words), post("b", "Two", words)).suggestions("a")
    assert len(found.reason.terms) == 5


def test_a_reason_names_the_shared_tags_in_any_case(shelf: Callable[..., Shelf]) -> None:
    site = shelf(
        post("a", "Rye", "Dough.", tags=("Baking", "winter")),
        post("b", "Oats", "Porridge.", tags=("baking", "summer")),
    )
    (found,) = site.suggestions("a")
    assert found.reason.tags == ("baking",)
    assert [(one.term, one.fields) for one in found.reason.terms] == [("baking", ("tags",))]
