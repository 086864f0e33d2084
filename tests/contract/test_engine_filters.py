"""Filters, facets and the order by date: what decides beside the text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from corpora import ask, ids, post

from indexer.model import AllOf, AnyOf, Condition, DatedWithin, HasTag, InLanguage, Not, Sort
from indexer.search.engine import Reader

BREADS = (
    post("baguette", "Baguette", "A loaf.", day="2020-03-01", tags=("wheat", "French"), language="en"),
    post("brot", "Roggenbrot", "Ein loaf.", day="2021-06-30", tags=("rye",), language="de"),
    post("focaccia", "Focaccia", "A loaf.", day="2021-06-30", tags=("wheat", "oil"), language="en"),
    post("pumpernickel", "Pumpernickel", "A loaf.", tags=("rye", "oil"), language="en"),
    post("sourdough", "Sourdough", "A loaf.", day="2022-01-15", tags=("wheat", "rye"), language="en"),
    post("toast", "Toast", "No such word.", day="2023-01-01", tags=("wheat",), language="en"),
)


@pytest.fixture
def breads(indexed: Callable[..., Reader]) -> Reader:
    return indexed(*BREADS)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"tags": ("wheat",)}, {"baguette", "focaccia", "sourdough"}),
        ({"tags": ("wheat", "rye")}, {"sourdough"}),
        ({"tags": ("FRENCH",)}, {"baguette"}),
        ({"tags": ("wheat", "barley")}, set()),
        ({"tags": ("whe",)}, set()),
        ({"language": "de"}, {"brot"}),
        ({"language": "DE"}, {"brot"}),
        ({"language": "fr"}, set()),
        ({"since": date(2021, 6, 30)}, {"brot", "focaccia", "sourdough"}),
        ({"until": date(2021, 6, 30)}, {"baguette", "brot", "focaccia"}),
        ({"since": date(2021, 6, 30), "until": date(2021, 6, 30)}, {"brot", "focaccia"}),
        ({"since": date(2021, 7, 1), "until": date(2022, 1, 14)}, set()),
        ({"since": date.min}, {"baguette", "brot", "focaccia", "sourdough"}),
        ({"until": date.max}, {"baguette", "brot", "focaccia", "sourdough"}),
        ({"tags": ("rye",), "language": "en", "since": date(2020, 1, 1)}, {"sourdough"}),
    ],
    ids=[
        "a tag",
        "two tags mean both",
        "a tag in another case",
        "an unknown tag",
        "a piece of a tag",
        "a language",
        "a language in another case",
        "an unknown language",
        "since a day, which counts",
        "until a day, which counts",
        "one day",
        "days on which nothing was written",
        "a post without a date is not after the first day",
        "a post without a date is not before the last day",
        "all filters at once",
    ],
)
def test_a_filter_keeps_the_posts_that_pass_it(breads: Reader, asked: dict[str, Any], expected: set[str]) -> None:
    hits = ask(breads, "loaf", **asked)
    assert (set(ids(hits)), hits.total) == (expected, len(expected))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (AnyOf((HasTag("french"), HasTag("oil"))), {"baguette", "focaccia", "pumpernickel"}),
        (Not(HasTag("rye")), {"baguette", "focaccia"}),
        (AllOf((HasTag("wheat"), Not(AnyOf((HasTag("oil"), HasTag("rye")))))), {"baguette"}),
        (AnyOf((InLanguage("de"), DatedWithin(None, date(2020, 3, 1)))), {"baguette", "brot"}),
        (Not(DatedWithin(date(2021, 1, 1), None)), {"baguette", "pumpernickel"}),
        (AllOf(()), {"baguette", "brot", "focaccia", "pumpernickel", "sourdough"}),
        (AnyOf(()), set()),
    ],
    ids=[
        "either tag",
        "not a tag",
        "one tag and none of two",
        "language or day",
        "not since",
        "no demand",
        "no choice",
    ],
)
def test_a_condition_joins_tags_languages_and_days_by_and_or_and_not(
    breads: Reader, where: Condition, expected: set[str]
) -> None:
    hits = ask(breads, "loaf", where=where)
    assert ({hit.post.id for hit in hits.hits}, hits.total) == (expected, len(expected))


def test_a_condition_is_asked_beside_the_other_filters(breads: Reader) -> None:
    assert ids(ask(breads, "loaf", tags=("rye",), where=Not(InLanguage("de")), sort=Sort.DATE)) == [
        "sourdough",
        "pumpernickel",
    ]


def test_a_language_finds_its_regional_forms_but_not_the_other_way_round(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("a", "Loaf", language="en-GB"), post("b", "Loaf", language="en"), post("c", "Loaf"))
    assert set(ids(ask(reader, "loaf", language="en"))) >= {"a", "b"}
    assert ids(ask(reader, "loaf", language="en-gb")) == ["a"]


def test_without_any_text_all_posts_are_found_the_newest_first(breads: Reader) -> None:
    assert ids(ask(breads, "")) == ["toast", "sourdough", "brot", "focaccia", "baguette", "pumpernickel"]
    assert ids(ask(breads, " ", tags=("rye",))) == ["sourdough", "brot", "pumpernickel"]


def test_without_hits_on_the_page_there_are_counts_alone(breads: Reader) -> None:
    hits = ask(breads, "loaf", per_page=0)
    assert (hits.hits, hits.total, hits.tags[0]) == ((), 5, ("rye", 3))


def test_languages_are_counted_like_tags_and_as_many_as_are_asked_for(breads: Reader) -> None:
    assert ask(breads, "loaf").languages == (("en", 4), ("de", 1))
    counted = ask(breads, "loaf", max_facet_values=1)
    assert (counted.tags, counted.languages) == ((("rye", 3),), (("en", 4),))


def test_filters_hold_for_phrases_and_exclusions_too(breads: Reader) -> None:
    assert ids(ask(breads, '"a loaf" -sourdough', tags=("rye",))) == ["pumpernickel"]


def test_by_date_the_newest_comes_first_equals_by_id_and_undated_posts_last(breads: Reader) -> None:
    assert ids(ask(breads, "loaf", sort=Sort.DATE)) == [
        "sourdough",  # 2022
        "brot",  # June 2021, and b comes before f
        "focaccia",  # the same day
        "baguette",  # 2020
        "pumpernickel",  # nobody knows when
    ]


def test_by_date_a_post_must_have_the_words_that_carry_most_of_the_question_and_the_others_are_counted(
    breads: Reader,
) -> None:
    by_date, by_relevance = ask(breads, "loaf rye", sort=Sort.DATE), ask(breads, "loaf rye")
    assert set(ids(by_date)) == {"brot", "pumpernickel", "sourdough"}
    assert set(ids(by_relevance)) == {"baguette", "focaccia", *ids(by_date)}
    assert (by_date.total, by_date.more, by_relevance.more) == (3, 2, 0)


@pytest.mark.parametrize("filters", [{"tags": ("oil",)}, {"language": "de"}, {"until": date(2020, 12, 31)}, {}])
def test_by_date_filters_leave_what_has_the_most_of_the_words_among_the_posts_that_pass(
    breads: Reader, filters: dict[str, Any]
) -> None:
    by_date = ask(breads, "loaf rye sourdough", sort=Sort.DATE, **filters)
    passing = ask(breads, "loaf rye sourdough", **filters)
    assert by_date.total + by_date.more == passing.total > 0
    assert by_date.total == len(by_date.hits) > 0


def test_by_date_one_word_finds_what_it_finds_by_relevance(breads: Reader) -> None:
    by_date = ask(breads, "loaf", sort=Sort.DATE)
    assert (set(ids(by_date)), by_date.more) == (set(ids(ask(breads, "loaf"))), 0)


def test_facets_count_the_tags_of_all_matches_the_most_frequent_first(breads: Reader) -> None:
    # "French" before "oil" and "rye" only where counts are equal: by count, then by name.
    assert ask(breads, "loaf").tags == (("rye", 3), ("wheat", 3), ("oil", 2), ("French", 1))


def test_a_tag_is_one_facet_whatever_its_case_in_the_spelling_of_most_posts(indexed: Callable[..., Reader]) -> None:
    tags = ("identity",), ("Identity", "identity"), ("Identity",), ("Identity",)
    logins = indexed(*(post(f"p{number}", "Login", "A login.", tags=of_post) for number, of_post in enumerate(tags)))
    assert ask(logins, "login").tags == (("Identity", 4),)
    assert ask(logins, "login", tags=("identity",)).total == 4


def test_facets_do_not_depend_on_the_page(breads: Reader) -> None:
    assert ask(breads, "loaf", page=3, per_page=2).tags == ask(breads, "loaf").tags


def test_facets_count_only_what_passes_the_filters(breads: Reader) -> None:
    assert ask(breads, "loaf", tags=("oil",)).tags == (("oil", 2), ("rye", 1), ("wheat", 1))


def test_where_nothing_matches_there_are_no_facets(breads: Reader) -> None:
    assert ask(breads, "xylophone").tags == ()
