"""What was typed → ParsedQuery, by a parser that never fails; and the limits, which only the edge enforces."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import InvalidQuery
from indexer.model import SearchRequest, Sort
from indexer.search.query import checked, parse, parsed_date, parsed_number, parsed_sort
from indexer.text.analysis import title_key


@pytest.mark.parametrize(
    ("text", "words", "phrases", "exclusions"),
    [
        ("rye bread", ("rye", "bread"), (), ()),
        ("Rye, BREAD!", ("rye", "bread"), (), ()),
        ("rye rye bread rye", ("rye", "bread"), (), ()),
        ('"rye bread"', (), ("rye bread",), ()),
        ('"rye bread', (), ("rye bread",), ()),
        ('"rye bread" "rye bread"', (), ("rye bread",), ()),
        ('oven "rye bread" dough', ("oven", "dough"), ("rye bread",), ()),
        ('oven"rye bread"dough', ("oven", "dough"), ("rye bread",), ()),
        ('"rye"', ("rye",), (), ()),
        ('""', (), (), ()),
        ("-rye", (), (), ("rye",)),
        ('-"rye bread"', (), (), ("rye bread",)),
        ("bread -rye -rye", ("bread",), (), ("rye",)),
        ("- rye", ("rye",), (), ()),
        ("--rye", ("rye",), (), ()),
        ("ls -l -1 rye", ("ls", "l", "1", "rye"), (), ()),
        ("state-of-the-art", ("state", "of", "the", "art"), (), ()),
        ("bread -state-of", ("bread",), (), ("state of",)),
        ("−rye", ("rye",), (), ()),
        ("c++ C# .NET node.js", ("c++", "c#", ".net", "node.js"), (), ()),
        ("-c++", (), (), ("c++",)),
        ("don't", ("don't",), (), ()),
        ("“rye bread”", ("rye", "bread"), (), ()),
        ("缓存失效", ("缓存", "存失", "失效"), (), ()),
        ("title:rye OR (bread AND *)", ("title", "rye", "or", "bread", "and"), (), ()),
        ("  \t ", (), (), ()),
    ],
)
def test_parsing(text: str, words: tuple[str, ...], phrases: tuple[str, ...], exclusions: tuple[str, ...]) -> None:
    query = parse(text)
    assert query.words == words
    assert tuple(map(" ".join, query.phrases)) == phrases
    assert tuple(map(" ".join, query.exclusions)) == exclusions
    assert not query.is_prefix


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("ry", "ry"),
        ("oven ry", "ry"),
        ("ry oven ry", "ry"),
        ('"rye bread" ov', "ov"),
        ("ry ", None),
        ("ry\t", None),
        ('"rye bread"', None),
        ('oven "rye br', None),
        ('oven "rye"', None),
        ("oven -ry", None),
        ("-ry", None),
        ("!?", None),
        ("", None),
    ],
    ids=[
        "one word",
        "the last of two",
        "typed before",
        "after a phrase",
        "ended by a space",
        "ended by a tab",
        "a phrase",
        "in an open phrase",
        "ended by a quote",
        "an exclusion",
        "only an exclusion",
        "no word",
        "nothing",
    ],
)
def test_only_a_last_plain_word_can_be_unfinished(text: str, unfinished: str | None) -> None:
    query = parse(text, prefix=True)
    assert (query.words[-1] if query.is_prefix else None) == unfinished


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Rye, bread and rye", "rye bread and rye"),
        ('The "best" bread "of all"', "the best bread of all"),
        ("bread -rye", ""),
        ("Café — Müsli", "cafe musli"),
    ],
    ids=["doubles stay", "phrases stay", "an exclusion is never a title", "folded"],
)
def test_what_was_typed_as_a_title(text: str, title: str) -> None:
    assert parse(text).title_key == title


TYPED = st.text() | st.lists(st.sampled_from(['"', "-", " ", "rye", "C++", "’", "\u0301", "缓", "存", "\ud800"])).map(
    "".join
)


@given(text=TYPED, prefix=st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_text_at_all_is_parsed(text: str, prefix: bool) -> None:
    query = parse(text, prefix)
    groups = (query.words, query.phrases, query.exclusions)
    assert all(len(set(group)) == len(group) and all(group) for group in groups)
    assert all(" " not in word for word in query.tokens)
    assert all(len(phrase) > 1 for phrase in query.phrases)
    assert not query.is_prefix or (prefix and query.words)


@given(text=TYPED)
@settings(max_examples=200, deadline=None)
def test_the_tokens_are_the_words_and_phrases_in_the_order_typed(text: str) -> None:
    query = parse(text)
    assert set(query.tokens) == {*query.words, *(word for phrase in query.phrases for word in phrase)}
    assert query.title_key == ("" if query.exclusions else title_key(text))


@given(text=TYPED)
@settings(max_examples=200, deadline=None)
def test_typing_on_or_not_changes_neither_the_words_nor_the_exclusions(text: str) -> None:
    typing, done = parse(text, prefix=True), parse(text)
    assert (set(typing.words), typing.phrases, typing.exclusions) == (set(done.words), done.phrases, done.exclusions)


# ------------------------------------------------------------------------------------------------------- limits


def request(text: str = "rye", **asked: object) -> SearchRequest:
    return SearchRequest(parse(text), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "parameter", "code"),
    [
        (request(""), "q", "required"),
        (request(" \t\u3000"), "q", "required"),
        (request("x" * 201), "q", "too_long"),
        (request("rye\x00"), "q", "control_character"),
        (request("rye\nbread"), "q", "control_character"),
        (request("rye\r\nbread"), "q", "control_character"),
        (request("rye\x7f"), "q", "control_character"),
        (request("rye\x85bread"), "q", "control_character"),
        (request(" ".join(f"w{n}" for n in range(33))), "q", "too_many_terms"),
        (request('"' + " ".join(f"w{n}" for n in range(33)) + '"'), "q", "too_many_terms"),
        (request("-" + " -".join(f"w{n}" for n in range(33))), "q", "too_many_terms"),
        (request("a b c d e f g h -i -j k l m n o p q r s " + '"t u v w x y z" 0 1 2 3 4 5 6'), "q", "too_many_terms"),
        (request(" ".join(f'"rye {n}"' for n in range(7))), "q", "too_many_phrases"),
        (request(" ".join(f'-"rye {n}"' for n in range(7))), "q", "too_many_phrases"),
        (request(per_page=0), "per_page", "out_of_range"),
        (request(per_page=-1), "per_page", "out_of_range"),
        (request(per_page=101), "per_page", "out_of_range"),
        (request(page=0), "page", "out_of_range"),
        (request(page=-1), "page", "out_of_range"),
        (request(page=11, per_page=100), "page", "out_of_range"),
        (request(page=1001, per_page=1), "page", "out_of_range"),
        (request(since=date(2024, 1, 2), until=date(2024, 1, 1)), "until", "out_of_range"),
    ],
    ids=[
        "empty",
        "blank",
        "201 characters",
        "a null",
        "a line end",
        "two line ends",
        "delete",
        "a C1 control",
        "33 words",
        "a phrase of 33 words",
        "33 exclusions",
        "33 of all kinds",
        "7 phrases",
        "7 phrases excluded",
        "no hits a page",
        "fewer than no hits a page",
        "101 hits a page",
        "page 0",
        "page -1",
        "past the deepest hit",
        "past the deepest hit, one a page",
        "days the wrong way round",
    ],
)
def test_past_a_limit_the_edge_names_the_parameter_and_a_code(asked: SearchRequest, parameter: str, code: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        checked(asked)
    assert (refused.value.parameter, refused.value.code) == (parameter, code)


@pytest.mark.parametrize(
    "asked",
    [
        request("x" * 200),
        request("rye\tbread"),
        request(" ".join(f"w{n}" for n in range(32))),
        request("rye " * 50),
        request("rye " + " ".join(f'"rye {n}" "{n}" -{n}' for n in range(6))),
        request(per_page=100, page=10),
        request(per_page=1, page=1000),
        request(since=date(2024, 1, 1), until=date(2024, 1, 1)),
        request(since=date.max),
    ],
    ids=[
        "200 characters",
        "a tab",
        "32 words",
        "one word 50 times",
        "6 phrases, and single words in quotes or excluded",
        "the deepest page",
        "the deepest page, one hit each",
        "one day",
        "the last day there is",
    ],
)
def test_at_a_limit_all_is_well(asked: SearchRequest) -> None:
    assert checked(asked) is asked


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(InvalidQuery) as refused:
        checked(request("<script>" * 30))
    assert "script" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024",
        "2024-13-01",
        "2024-02-30",
        "0000-00-00",
        "2024-1-1",
        "20240101",
        "٢٠٢٤-٠١-٠١",
        "2024-W01-1",
        " 2024-01-01",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_date("since", text)
    assert (refused.value.parameter, refused.value.code) == ("since", "not_a_date")


def test_a_day_is_a_day() -> None:
    assert parsed_date("since", "2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "101", "٣", "1e2", "+1", " 1", "1_0", "9" * 5_000])
def test_what_is_no_number_within_bounds_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_number("per_page", text, 1, 100)
    assert (refused.value.parameter, refused.value.code) == ("per_page", "out_of_range")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("100", 100), ("007", 7)])
def test_a_number_within_bounds_is_a_number(text: str, number: int) -> None:
    assert parsed_number("per_page", text, 1, 100) == number


@pytest.mark.parametrize("text", ["", "Date", "newest"])
def test_an_unknown_order_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_sort(text)
    assert (refused.value.parameter, refused.value.code) == ("sort", "unknown")


def test_the_known_orders() -> None:
    assert [parsed_sort("relevance"), parsed_sort("date")] == [Sort.RELEVANCE, Sort.DATE]


def test_a_word_repeated_in_a_phrase_counts_once() -> None:
    repeated = '"' + " ".join(["rye"] * 40) + '"'
    assert checked(SearchRequest(parse(repeated))).query.phrases


def test_a_long_chinese_question_is_not_too_many_words() -> None:
    question = "".join(chr(0x4E00 + number) for number in range(60))
    assert len(checked(SearchRequest(parse(question))).query.words) == 59
