"""What was typed → ParsedQuery, by a parser that never fails; what is cut, and what only the edge refuses."""

from __future__ import annotations

from datetime import date
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.errors import InvalidQuery
from indexer.model import Lead, SearchRequest, Sort
from indexer.search.query import (
    LONGEST,
    MOST_EXCLUSIONS,
    MOST_PHRASES,
    checked,
    parse,
    parsed_date,
    parsed_number,
    parsed_sort,
)
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
        ("“rye bread”", (), ("rye bread",), ()),
        ("„rye bread“ «oven dough»", (), ("rye bread", "oven dough"), ()),
        ('oven ＂rye bread" -“cold start”', ("oven",), ("rye bread",), ("cold start",)),
        ("rye\u200bbread so\u00adda", ("ryebread", "soda"), (), ()),
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
        ('oven "ry', "ry"),
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
        "alone in an open phrase",
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
    ("text", "is_open"),
    [
        ('oven "rye br', True),
        ("“rye br", True),
        ('oven "rye br ', False),
        ('oven "rye br"', False),
        ('"rye bread" ov', False),
        ('oven -"rye br', False),
    ],
    ids=["open", "a curly quote", "ended by a space", "closed", "after it", "an exclusion"],
)
def test_the_last_word_of_an_open_quote_can_be_unfinished(text: str, is_open: bool) -> None:
    assert parse(text, prefix=True).is_phrase_open is is_open
    assert not parse(text).is_phrase_open


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no_std", ["no _std"]),
        ("Cargo.lock", ["cargo .lock"]),
        ("hand-off", ["hand -off"]),
        ("std::iter", ["std &iter"]),
        ("--no-cache", ["--no -cache"]),
        (":hover", ["!hover"]),
        ("use -Wall", []),
        ("read Cargo.lock or io_uring", ["cargo .lock", "io _uring"]),
        ("rye bread, oven", []),
        ("c++ node.js", []),
        ('"Cargo.lock"', []),
    ],
)
def test_words_that_signs_tie_together_and_words_behind_a_sign_are_names(text: str, names: list[str]) -> None:
    signs = {
        Lead.NONE: "",
        Lead.HYPHENED: "-",
        Lead.UNDERSCORED: "_",
        Lead.DOTTED: ".",
        Lead.JOINED: "&",
        Lead.SIGNED: "!",
        Lead.DASHED: "-",
        Lead.TWICE_DASHED: "--",
    }
    assert [" ".join(signs[lead] + word for word, lead in name) for name in parse(text).names] == names


def test_a_minus_before_an_option_of_the_site_excludes_nothing() -> None:
    query = parse("compile -Wall -rye", options={"wall"})
    assert (query.words, query.exclusions, query.names) == (
        ("compile", "wall"),
        (("rye",),),
        ((("wall", Lead.DASHED),),),
    )


def test_a_quoted_exclusion_is_one_whatever_options_the_site_has() -> None:
    assert parse('compile -"wall"', options={"wall"}).exclusions == (("wall",),)


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
    assert not query.is_phrase_open or (prefix and query.phrases)
    assert all(len(name) > 1 or name[0][1] is not Lead.NONE for name in query.names)


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
        (request("rye\x00"), "q", "control_character"),
        (request("\x1b[31mrye"), "q", "control_character"),
        (request("rye\x7f"), "q", "control_character"),
        (request("rye\x85bread"), "q", "control_character"),
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
        "a null",
        "an escape",
        "delete",
        "a C1 control",
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
        request("x" * LONGEST),
        request("x" * 300_000),
        request("rye\tbread"),
        request("rye\r\nbread\n"),
        request(" ".join(f"w{n}" for n in range(400))),
        request("rye " * 50),
        request(" ".join(f'"rye {n}"' for n in range(40))),
        request(per_page=100, page=10),
        request(per_page=1, page=1000),
        request(since=date(2024, 1, 1), until=date(2024, 1, 1)),
        request(since=date.max),
    ],
    ids=[
        "as many characters as are read",
        "300,000 characters",
        "a tab",
        "line ends",
        "400 words",
        "one word 50 times",
        "40 phrases",
        "the deepest page",
        "the deepest page, one hit each",
        "one day",
        "the last day there is",
    ],
)
def test_at_a_limit_and_whatever_the_length_of_the_question_all_is_well(asked: SearchRequest) -> None:
    assert checked(asked) is asked


def test_line_ends_and_tabs_are_blanks() -> None:
    assert parse("TypeError: x\r\n\tat\x0bbake\n-rye\f") == parse("TypeError: x   at bake -rye ")


def test_a_line_end_after_the_last_word_finishes_it() -> None:
    assert not parse("rye\n", prefix=True).is_prefix


def test_of_a_question_that_is_too_long_the_whole_words_at_its_beginning_are_read() -> None:
    query = parse("rye bread " * 400)
    assert query.is_cut
    assert len(query.text) <= LONGEST
    assert query.tokens == ("rye", "bread") * (LONGEST // 10)


def test_a_word_that_the_cut_would_part_is_left_out() -> None:
    text = "rye " + "x" * (LONGEST - 8) + " bread oven"  # the limit lies within "bread"
    assert "brea" not in parse(text).text
    assert parse(text).is_cut


def test_a_word_that_ends_where_the_cut_falls_is_kept() -> None:
    text = "x" * (LONGEST - 4) + " rye"
    assert (parse(text).text, parse(text).is_cut) == (text, False)
    assert (parse(f"{text} bread").text, parse(f"{text} bread").is_cut) == (text, True)


def test_one_endless_word_is_cut_anywhere() -> None:
    assert (len(parse("x" * 9_000).text), parse("x" * 9_000).is_cut) == (LONGEST, True)


def test_a_cut_takes_no_time_whatever_stands_before_it() -> None:
    started = process_time()
    parse(" " * (LONGEST - 3) + "b cd")
    parse("b" + " " * (LONGEST - 4) + "b " + "cd")
    assert process_time() - started < 0.1


@pytest.mark.parametrize("minus", ["", "-"], ids=["phrases", "excluded phrases"])
def test_of_more_phrases_than_anybody_types_every_word_is_a_word(minus: str) -> None:
    as_many = parse(" ".join(f'{minus}"rye {number}"' for number in range(MOST_PHRASES)))
    too_many = parse(" ".join(f'{minus}"rye {number}"' for number in range(MOST_PHRASES + 1)))
    assert len(as_many.phrases) + len(as_many.exclusions) == MOST_PHRASES
    assert (too_many.phrases, too_many.exclusions, too_many.words[0]) == ((), (), "rye")


def test_of_more_exclusions_than_anybody_types_every_word_is_a_word() -> None:
    as_many = parse("rye " + " ".join(f"-w{number}" for number in range(MOST_EXCLUSIONS)))
    too_many = parse("rye " + " ".join(f"-w{number}" for number in range(MOST_EXCLUSIONS + 1)))
    assert (len(as_many.exclusions), as_many.words) == (MOST_EXCLUSIONS, ("rye",))
    assert (too_many.exclusions, len(too_many.words)) == ((), MOST_EXCLUSIONS + 2)


def test_single_words_in_quotes_are_no_phrases() -> None:
    query = parse("rye " + " ".join(f'"rye {n}" "{n}" -{"x" * (n + 2)}' for n in range(MOST_PHRASES)))
    assert (len(query.phrases), len(query.exclusions)) == (MOST_PHRASES, MOST_PHRASES)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    with pytest.raises(InvalidQuery) as refused:
        checked(request("<script>\0" * 30))
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
