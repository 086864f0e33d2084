"""Spelling and completion: what the reader knows about the words of its site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section

from indexer.search.engine import Reader

DESK = (
    post("caching", "Caching for the rest of us", "A cache keeps answers close to a framework."),
    post("frameworks", "When to use a framework", "A framework decides a lot. Plain HTML decides nothing."),
    post(
        "html", "Plain HTML is enough", "Plain HTML, no framework.", section("Speed", "It is fast.", code="framewerk()")
    ),
    post("rest", "REST by example", "Resources and verbs."),
)


@pytest.fixture
def desk(indexed: Callable[..., Reader]) -> Reader:
    return indexed(*DESK)


# ---------------------------------------------------------------------------------------------------- spelling


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("framwork", "framework"),
        ("framewrok", "framework"),
        ("FRAMWORK", "framework"),
        ("chaching", "caching"),
        ("framwork caching", "framework caching"),
        ("use a framwork", "use a framework"),
        ('framwork "plain html"', 'framework "plain html"'),
        ('"plain htmml"', '"plain HTML"'),
        ("framwork -rest", "framework -rest"),
        ('framwork "plain html" -rest -"by example"', 'framework "plain html" -rest -"by example"'),
    ],
    ids=[
        "a letter too few",
        "two letters swapped",
        "in capitals",
        "a letter too many",
        "one wrong word of two",
        "with stop words",
        "beside a phrase",
        "inside a phrase",
        "beside an exclusion",
        "beside everything",
    ],
)
def test_a_misspelt_word_is_found_and_the_right_spelling_named(desk: Reader, typed: str, suggestion: str) -> None:
    hits = ask(desk, typed)
    assert hits.suggestion == suggestion
    assert ids(hits) == ids(ask(desk, suggestion)) != []


@pytest.mark.parametrize(
    "typed",
    ["framework", "frameworks", "caches", "xylophone", "framework -framwork", "rst", "aching", "html5", "framewerk"],
    ids=[
        "right",
        "in another form",
        "in a form that no post has",
        "nothing like any word",
        "wrong only where it is excluded",
        "too short to guess",
        "without its first letter, which counts double",
        "with a digit",
        "standing in code",
    ],
)
def test_nothing_is_suggested_for(desk: Reader, typed: str) -> None:
    assert ask(desk, typed).suggestion is None


def test_a_word_whose_stem_stands_in_a_post_is_not_misspelt_however_much_it_differs_from_its_stem(
    indexed: Callable[..., Reader],
) -> None:
    # The stem of "skies" is "sky"; "skims" is only one letter away.
    reader = indexed(post("report", "She skims the report"), post("weather", "A clear sky"))
    hits = ask(reader, "skies")
    assert (ids(hits), hits.suggestion) == (["weather"], None)


# -------------------------------------------------------------------------------------------------- completion


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("rest", ["REST by example", "rest"]),
        ("cach", ["Caching for the rest of us", "cache", "caching"]),
        ("CACH", ["Caching for the rest of us", "cache", "caching"]),
        ("plain ht", ["Plain HTML is enough", "plain HTML"]),
        ("no fra", ["no framework"]),
        ("No Fra", ["No framework"]),
        ('"plain html" fra', ['"plain html" framework']),
        ("framework rest fra", ["framework rest framework"]),
        ("rest framework rest", ["rest framework rest"]),
        ("über fra", ["über framework"]),
        ('rest "plain ht', ['rest "plain HTML']),
        ("xylo", []),
        ("framewe", []),
        ("!?", []),
        ("", []),
    ],
    ids=[
        "titles come first",
        "words, those in most posts first",
        "in capitals",
        "the second word of a title",
        "what stands before is kept",
        "as it was typed",
        "a phrase before it",
        "a phrase before it and a word twice",
        "the word that is typed twice",
        "a folded word before it",
        "the last word of a phrase",
        "nothing starts so",
        "words of code only are nothing to type",
        "no word",
        "nothing",
    ],
)
def test_completing(desk: Reader, typed: str, expected: list[str]) -> None:
    assert desk.complete(typed, 8) == expected


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_completions_than_asked_for(desk: Reader, limit: int) -> None:
    assert desk.complete("f", limit) == ["framework", "fast", "for"][:limit]


def test_a_title_that_looks_like_an_exclusion_finds_its_post(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("wall", "Compile with -Wall", "Warnings."), post("twice", "Compile twice", "Again."))
    assert ids(ask(reader, "compile with  -wall"))[0] == "wall"


def test_what_is_no_title_still_excludes(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("wall", "Compile with -Wall", "Warnings."), post("twice", "Compile twice", "Again."))
    assert ids(ask(reader, "compile -twice")) == ["wall"]


def test_one_chinese_character_finds_the_words_that_start_with_it(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("cache", "缓存失效", "缓存很难。", language="zh"), post("other", "搜索", language="zh"))
    assert ids(ask(reader, "缓")) == ["cache"]
