"""A post and the terms asked for → the section that matched and pieces of its text, as text and spans."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import examples
from corpora import ask, opened_reader, post, section
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.model import Hit, Hits, Section, Snippet
from indexer.search.query import parse
from indexer.search.snippets import LONGEST_SNIPPET, MOST_SNIPPETS, shortened
from indexer.text import analysis

# What may stand around the text of a fragment: dots with a space, on either side.
DOTS = len("… ") + len(" …")


def hits(
    text: str, *sections: Section, title: str = "A title", description: str = "About it.", prefix: bool = False
) -> Hits:
    """What is found in the only post of a site."""
    with tempfile.TemporaryDirectory() as directory:
        reader = opened_reader(Path(directory), "columnar", [post("a", title, *sections, description=description)])
        return ask(reader, text, prefix=prefix)


def shown(text: str, *sections: Section, **facts: str) -> Hit:
    (hit,) = hits(text, *sections, **facts).hits  # type: ignore[arg-type]
    return hit


def pieces(hit: Hit) -> list[str]:
    """The snippets with what is marked in brackets."""
    return [bracketed(fragment) for fragment in hit.snippets]


def bracketed(fragment: Snippet) -> str:
    text = fragment.text
    for start, end in reversed(fragment.spans):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


FILLER = "Some words that say nothing of the kind stand here for a while. "


@pytest.mark.parametrize(
    ("text", "body", "expected"),
    [
        ("rye", "Knead the rye dough.", ["Knead the [rye] dough."]),
        ("breads", "Bread, BREAD and bread.", ["[Bread], [BREAD] and [bread]."]),
        ('"rye dough"', "A rye loaf of rye dough.", ["A rye loaf of [rye] [dough]."]),
        ('"rye dough" loaf', "A rye loaf of rye dough.", ["A rye [loaf] of [rye] [dough]."]),
        ("rye", "First line.\nThe rye line.\nLast line.", ["The [rye] line."]),
        ("first last", "First line.\nThe rye line.\nLast line.", ["[First] line.", "[Last] line."]),
        ("cafe", "Un café là-bas.", ["Un [café] là-bas."]),
        ("缓存失效", "当文章更改时,缓存失效。", ["当文章更改时,[缓存失效]。"]),
        ("c++", "C, C++ and C#.", ["C, [C++] and C#."]),
    ],
    ids=[
        "a word",
        "in any form and case",
        "a phrase only as a whole",
        "a phrase and a word",
        "only its line",
        "two lines",
        "with an accent",
        "Chinese characters as one span",
        "signs",
    ],
)
def test_a_short_text_is_shown_with_what_matched(text: str, body: str, expected: list[str]) -> None:
    assert pieces(shown(text, section("", body))) == expected


def test_dots_stand_where_the_text_goes_on() -> None:
    body = f"{FILLER * 3}In the very middle of this there is rye and then it goes on and on, {FILLER * 3}"
    (found,) = pieces(shown("rye", section("", body)))
    assert found == (
        "In the very middle of this there is [rye] and then it goes on and on, Some words that say nothing of the kind "
        "stand here for a while. Some words that say nothing of the kind stand here for a while. …"
    )


def test_dots_stand_before_a_fragment_that_starts_inside_a_sentence() -> None:
    body = f"{'word ' * 40}rye and the end."
    (found,) = pieces(shown("rye", section("", body)))
    assert found == "… " + "word " * 9 + "[rye] and the end."


def test_no_dots_where_a_text_is_shown_whole() -> None:
    assert pieces(shown("rye", section("", "Rye and the end."))) == ["[Rye] and the end."]


def test_a_text_that_never_pauses_is_cut_all_the_same() -> None:
    (found,) = shown("rye", section("", "x" * 300 + " rye " + "y" * 300)).snippets
    assert [found.text[start:end] for start, end in found.spans] == ["rye"]
    assert len(found.text) <= LONGEST_SNIPPET + DOTS


def test_a_chinese_sentence_is_shown_from_its_first_character() -> None:
    body = "这里没有什么可说的事情" * 11 + "。缓存失效以后页面变慢。"
    (found,) = pieces(shown("缓存", section("", body)))
    assert found.startswith(("[缓存]失效", "… [缓存]失效"))


def test_of_several_pieces_the_one_with_the_phrase_is_shown() -> None:
    body = f"Dough for rye. Rye for dough.\n{FILLER * 5}\nKnead rye dough."
    assert "Knead [rye] [dough]." in pieces(shown('"rye dough"', section("", body)))


def test_words_side_by_side_as_they_were_typed_beat_more_of_them_apart() -> None:
    body = f"Rye here, there dough, more rye, more dough.\n{FILLER * 5}\nKnead rye dough."
    assert pieces(shown("rye dough", section("", body))) == ["Knead [rye] [dough]."]


def test_the_piece_with_more_of_the_words_is_shown() -> None:
    body = f"Rye, rye, rye and rye.\n{FILLER * 5}\nWheat for the rye."
    assert pieces(shown("rye wheat", section("", body))) == ["[Wheat] for the [rye]."]


def test_a_second_piece_is_shown_only_for_a_word_that_the_first_has_not() -> None:
    body = f"Only rye.\n{FILLER * 5}\nOnly wheat.\n{FILLER * 5}\nRye again."
    assert pieces(shown("rye wheat", section("", body))) == ["Only [rye].", "Only [wheat]."]


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("rye", "flour"),
        ("oven", "baking"),
        ("steam rye", "baking"),
        ('"rye flour"', "shopping"),
        ("preheat", "machine"),
    ],
    ids=[
        "the first of several where a heading says nothing",
        "a heading counts more than a text",
        "most of the words",
        "the whole phrase",
        "code where no prose has the word",
    ],
)
def test_the_best_section_is_chosen(text: str, anchor: str) -> None:
    found = shown(
        text,
        section("", "An oven is needed."),
        section("Flour", "Use rye. The flour is dark."),
        Section("The oven", "baking", 2, "Use steam for rye."),
        section("Shopping", "Buy rye flour."),
        section("Machine", "For the lazy.", code="machine.preheat(oven)"),
    ).section
    assert found is not None
    assert found.anchor == anchor


def test_code_is_shown_where_only_code_matches() -> None:
    assert pieces(shown("preheat", section("Machine", "For the lazy.", code="oven.preheat()"))) == ["oven.[preheat]()"]


def test_prose_is_preferred_to_code() -> None:
    sections = (section("Machine", "Lazy.", code="rye = 1"), section("Hand", "Knead the rye."))
    assert pieces(shown("rye", *sections)) == ["Knead the [rye]."]


def test_where_no_text_matches_the_description_is_shown_and_marked() -> None:
    assert pieces(shown("loaf", section("", "Rye."), description="A loaf a week.")) == ["A [loaf] a week."]


def test_where_only_a_heading_matches_the_text_below_it_is_shown() -> None:
    assert pieces(shown("oven", section("Oven", "Heat it."))) == ["Heat it."]


def test_where_only_a_heading_without_text_matches_the_description_is_shown() -> None:
    assert pieces(shown("oven", section("Oven"))) == ["About it."]


def test_a_post_without_text_and_description_has_nothing_to_show() -> None:
    found = shown("title", description="")
    assert (found.section, found.snippets, bracketed(found.title)) == (None, (), "A [title]")


@pytest.mark.parametrize(
    ("typed", "shown_section"),
    [("host", "Listen on a host"), ("hostn", "Allowed hostnames")],
    ids=["a word", "half of one"],
)
def test_while_a_word_is_typed_its_own_section_comes_before_those_of_longer_words(
    typed: str, shown_section: str
) -> None:
    longer = section("Allowed hostnames", "Hostnames, a hostname, hostnames.")
    (found,) = hits(typed, longer, section("Listen on a host", "The host."), prefix=True).hits
    assert found.section
    assert found.section.heading == shown_section


def test_the_words_that_an_unfinished_one_may_become_are_marked() -> None:
    (found,) = hits("ca", section("", "Cargo."), title="Caching", prefix=True).hits
    assert (bracketed(found.title), pieces(found)) == ("[Caching]", ["[Cargo]."])


# ---------------------------------------------------------------------------------------------- for any text

WORDS = [
    "rye",
    "dough",
    "loaf.",
    "Bread?",
    "缓存",
    "失效。",
    "<b>",
    "&amp;",
    "x" * 90,
    "\n",
    "C++",
    "café",
    "cafe\u0301",
]
texts = st.lists(st.sampled_from(WORDS), max_size=120).map(" ".join) | st.lists(
    st.sampled_from(WORDS), max_size=80
).map("".join)


@given(text=texts, question=st.sampled_from(["rye", "rye dough", '"rye dough"', "缓存", "c++ cafe", "缓存失效 bread"]))
@settings(max_examples=examples(250), deadline=None)
def test_fragments_of_any_text_are_short_are_pieces_of_it_and_mark_only_what_was_asked_for(
    text: str, question: str
) -> None:
    tokens = parse(question).tokens
    terms = {term for word in (*tokens, *map("".join, pairwise(tokens))) for term in analysis.terms(word)}
    answer = hits(question, section("", text), description=text)
    assume(answer.suggestion is None)  # a word that was corrected is marked as it stands there
    for hit in answer.hits:
        assert len(hit.snippets) <= MOST_SNIPPETS
        fragments_are_right(hit, text, terms)


def fragments_are_right(hit: Hit, text: str, terms: set[str]) -> None:
    for fragment in hit.snippets:
        assert len(fragment.text) <= LONGEST_SNIPPET + DOTS
        assert fragment.text.removeprefix("… ").removesuffix(" …") in text.replace("\n", " ")
        ends = [0, *(end for _, end in fragment.spans)]
        assert all(before <= start < end for before, (start, end) in zip(ends, fragment.spans, strict=False))
        assert ends[-1] <= len(fragment.text)
        assert all(terms & set(analysis.terms(fragment.text[start:end])) for start, end in fragment.spans)


@given(before=st.integers(0, 120), after=st.integers(0, 120), mark=st.sampled_from([" ", ". ", "\n", ", "]))
@settings(max_examples=examples(150), deadline=None)
def test_wherever_the_word_stands_it_is_shown(before: int, after: int, mark: str) -> None:
    text = mark.join(["filler"] * before + ["rye"] + ["filler"] * after)
    (fragment,) = shown("rye", section("", text)).snippets
    assert [fragment.text[start:end] for start, end in fragment.spans] == ["rye"]


@given(st.text("ab 日𝄞\u0301", max_size=80), st.data())
def test_a_shortened_snippet_keeps_its_first_mark_and_marks_nothing_else(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 10)))
    snippet = Snippet(text, ((start, end),) if start < end else ())
    short = shortened(snippet, 20)
    assert len(short.text) <= 20 + DOTS
    assert [short.text[a:b] for a, b in short.spans] == [text[a:b] for a, b in snippet.spans]


def test_a_shortened_snippet_does_not_end_inside_its_first_mark() -> None:
    long = Snippet("aaaaaaaaaa aaaaaaaaaa", ((1, 11),))
    assert shortened(long, 20) == Snippet("aaaaaaaaaa aaaaaaaaa …", ((1, 11),))


def test_a_shortened_snippet_starts_with_a_word_shortly_before_the_match() -> None:
    long = Snippet("Start at the waterline and work down. A barnacle comes off with ease.", ((40, 48),))
    assert shortened(long, 30) == Snippet("… down. A barnacle comes off …", ((10, 18),))


def test_a_snippet_that_is_short_enough_stays_as_it_is() -> None:
    assert shortened(Snippet("Short.", ((0, 5),)), 20) == Snippet("Short.", ((0, 5),))
