"""Whatever is typed gets an answer, or a refusal at the edge that says why; an engine never fails on it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.errors import InvalidQuery
from indexer.model import SearchRequest
from indexer.search.engine import Reader
from indexer.search.query import checked, parse

POSTS = (
    post("draft", "A draft is true", "Drafts: draft true. The body of x.", section("A to Z", "From a to z, abc 2.")),
    post("script", "Script alert", "<script>alert(1)</script> and onmouseover", section("Sums", "7*7 or 1=1")),
    post("istanbul", "İstanbul café", "Only a test with zalgo and nothing more."),
)
NULL, ZALGO = "\x00", "z" + "\u0301" * 199

# Typed text → what is wrong with it, or nothing.
ODD = {
    "nothing": ("", "required"),
    "spaces": ("   \t ", "required"),
    "stop words": ("the and of", None),
    "punctuation": ("?!… — ()", None),
    "emoji": ("🎉🎉 👩‍👩‍👧", None),
    "200 characters": (("abc " * 50)[:199] + "x", None),
    "201 characters": ("x" * 201, None),
    "9,000 characters": ("abc " * 2_250, None),
    "300,000 characters": ("x" * 300_000, None),
    "one word of 200 characters": ("w" * 200, None),
    "32 different words": (" ".join(f"w{n}" for n in range(32)), None),
    "33 different words": (" ".join(f"w{n}" for n in range(33)), None),
    "300 different words": (" ".join(f"w{n}" for n in range(300)), None),
    "7 phrases": (" ".join(f'"draft w{n}"' for n in range(7)), None),
    "17 exclusions": (" ".join(f"-w{n}" for n in range(17)), None),
    "one word 33 times": ("draft " * 33, None),
    "a star": ("*", None),
    "stars and a colon": ("*:*", None),
    "question marks": ("?*?*?", None),
    "a star before": ("*a", None),
    "a star behind": ("a*", None),
    "stars around": ("*a*", None),
    "a range": ("[a TO z]", None),
    "an open range": ("[TO]", None),
    "braces": ("{a TO}", None),
    "ranges without end": (("[a TO " * 34)[:200], None),
    "fuzzy": ("abc~2", None),
    "fuzzy, twice": ("abc~9/0", None),
    "a slow regular expression": ('r"(a+)+$"', None),
    "a broken regular expression": ('r"("', None),
    "a field": ("draft:true", None),
    "another field": ("body:x", None),
    "colons": ("::::", None),
    "nested parentheses": ("(" * 100 + ")" * 100, None),
    "open parentheses": ("(" * 200, None),
    "quotes": ('"' * 200, None),
    "199 quotes": ('"' * 199, None),
    "an open quote": ('draft "true', None),
    "not not": ("NOT NOT a", None),
    "and": ("AND", None),
    "or at the end": ("a OR", None),
    "an endless boost": ("a^1e400", None),
    "a negative boost": ("a^-5", None),
    "a far slop": ('"a b"~999999999', None),
    "a null": (f"draft{NULL}true", "control_character"),
    "a stack trace": ("draft\r\n\tat true\n", None),
    "an escape": ("\x1b[31mdraft", "control_character"),
    "bytes that are no text": ("%ff%fe%ED%A0%80", None),
    "a broken percent sign": ("%zz%", None),
    "lone surrogates": ("\udcff draft \ud800", None),
    "writing from right to left": ("\u202edraft\u2066", None),
    "200 marks on one letter": (ZALGO, None),
    "composed": ("café", None),
    "decomposed": ("cafe\u0301", None),
    "fullwidth": ("ｄｒａｆｔ", None),
    "a ligature": ("ﬁne", None),
    "a dotless i": ("ıstanbul", None),
    "a script": ("<script>alert(1)</script>", None),
    "an attribute": ('" onmouseover="', None),
    "a template": ("{{7*7}}", None),
    "another template": ("${7*7}", None),
    "SQL": ("' OR 1=1--", None),
    "a formula": ('=HYPERLINK("http://x.example")', None),
    "hyphens": ("-" * 200, None),
    "hyphens apart": ("- " * 100, None),
    "an excluded quote": ('-"', None),
    "an excluded nothing": ('-"" -', None),
    "only marks": ("\u0301\u0301", None),
    "the last characters there are": ("\U0010ffff\uffff", None),
    "numbers": ("٣ ¾ ² 7", None),
}


@pytest.fixture
def reader(indexed: Callable[..., Reader]) -> Reader:
    return indexed(*POSTS)


@pytest.mark.parametrize("name", [name for name, (_, code) in ODD.items() if code])
def test_the_edge_refuses_and_says_why(name: str) -> None:
    text, code = ODD[name]
    with pytest.raises(InvalidQuery) as refused:
        checked(SearchRequest(parse(text)))
    assert (refused.value.parameter, refused.value.code) == ("q", code)


@pytest.mark.parametrize("prefix", [False, True], ids=["finished", "unfinished"])
@pytest.mark.parametrize("name", [name for name, (_, code) in ODD.items() if not code])
def test_an_odd_question_gets_an_answer(reader: Reader, name: str, prefix: bool) -> None:
    text, _ = ODD[name]
    hits = reader.search(checked(SearchRequest(parse(text, prefix))))
    assert hits.total == len(hits.hits) <= len(POSTS)
    assert all(math.isfinite(hit.score) for hit in hits.hits)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_beginning_can_be_completed(reader: Reader, name: str) -> None:
    assert len(reader.complete(ODD[name][0][:200], 3)) <= 3


@pytest.mark.parametrize("name", ["punctuation", "emoji", "a star", "colons", "quotes", "open parentheses", "hyphens"])
def test_a_question_without_a_word_finds_nothing(reader: Reader, name: str) -> None:
    assert ids(ask(reader, ODD[name][0])) == []


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("draft:true", "draft true"),
        ("[a TO z]", "a to z"),
        ("abc~2", "abc 2"),
        ("a^-5 draft", "a 5 draft"),
        ("{{7*7}}", "7 7"),
        ("<script>alert(1)</script>", "script alert 1 script"),
        ("ｄｒａｆｔ", "draft"),
        ("\u202edraft\u2066", "draft"),
        ("ıstanbul", "istanbul"),
        ("NOT draft", "not draft"),
        ("dra*", "dra"),
    ],
)
def test_what_is_syntax_elsewhere_is_only_words_here(reader: Reader, odd: str, plain: str) -> None:
    assert ids(ask(reader, odd)) == ids(ask(reader, plain))


# Words of the posts among everything that there is to type.
TYPED = st.text(max_size=200) | st.lists(
    st.sampled_from(
        ["draft", "true", "the", '"', "-", '-"', " ", "*", "c++", "缓存", "\u0301", "\x1f", "cafe", "x" * 70]
    )
).map("".join)


@given(text=TYPED, prefix=st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_at_all_gets_an_answer_that_adds_up(reader: Reader, text: str, prefix: bool) -> None:
    hits = ask(reader, text, prefix=prefix)
    assert len(reader.complete(text, 5)) <= 5
    assert hits.total == len(hits.hits) == len(set(ids(hits)))
