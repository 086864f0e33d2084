"""The words of many texts at once are those that `analysis.words_with_lengths` finds in each, with the same leads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pytest
from conftest import TODAY, Site
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.content.site import read_site
from indexer.model import Lead
from indexer.text import analysis, bulk_tokenizer
from indexer.text.token_stream import analysed, joined

Found = list[list[tuple[str, int, int, Lead]]]


def at_once(texts: Sequence[str]) -> Found:
    """Of each text its words, each with its place, its size and what stands before it."""
    found = bulk_tokenizer.tokenize(texts)
    columns = (found.words, found.starts, found.sizes, found.leads)
    words = zip(*(column.tolist() for column in columns), strict=True)
    every = [(found.vocabulary[word], start, size, Lead(lead)) for word, start, size, lead in words]
    ends = np.cumsum(found.counts).tolist()
    return [every[end - count : end] for end, count in zip(ends, found.counts.tolist(), strict=True)]


def one_by_one(texts: Sequence[str]) -> Found:
    found = []
    for text in texts:
        words, lengths = analysis.words_with_lengths(text)
        ends = list(accumulate(lengths))
        places = zip(words, ends[::2], lengths[1::2], analysis.leads(text), strict=False)
        found.append([(word[: analysis.LONGEST_WORD], start, size, lead) for word, start, size, lead in places])
    return found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Lamb stew, slowly.",
        "Don't, rock'n'roll ''quoted'' 'a' it's' l’été",
        "c++ C# i++; a.b++ x#y #tag F#",
        ".net asp.net node.js Socket.IO x.json a.ios .network .js don't.js",
        "snake_case camelCase 3.14 1,000 v1.2.3 a-b",
        "“curly” … – — 5·6 → ✓ ®",
        "Möhren, naïve Ünïcode ﬁne İstanbul ΑΒΓ привет",
        "黒パン と ライ麦 mixed黒パンtext c++黒",
        "e\u0301te\u0301 a\u0301\u0301\u0301\u0301\u0301\u0301 \u0301alone",
        "x" * 200 + " " + "x" * 64 + "y " + "x" * 65,
        "abcdefgh abcdefghi abcdefg\x00 abcdefgh\x00i",
        "tab\tbetween\rlines\nand\x0bmore\x0c\x85\u2028parts",
        "a\ud800b lone \udfff surrogates",
        "no_std Cargo.lock hand-off std::iter --no-cache -Wall :hover ?.x a->b $a @b/c ---d ----e x----y",
        "-黒パン 黒-パン é-a a-é “-a” –a —b a–b ‑c _a_b_ ../a //b a..b a...b a....b",
        "'-a' (--b) [-c] -c++ --c# x-.net -.net --node.js ..net",
    ],
)
def test_each_text_has_the_words_that_it_has_alone(text: str) -> None:
    assert at_once([text]) == one_by_one([text])
    assert at_once(["c++ before", text, "", text, "Lamb"]) == one_by_one(["c++ before", text, "", text, "Lamb"])


TRICKY = st.text(alphabet=st.sampled_from("abAzZ09'’.+#_ \n-/jsnetioNET“…–éßİ黒\u0301\u00a0\ud800:@&=\\*"), max_size=40)


@given(st.lists(TRICKY | st.text(max_size=30), max_size=6))
@settings(max_examples=400, deadline=None)
def test_so_has_any_text(texts: list[str]) -> None:
    assert at_once(texts) == one_by_one(texts)


def test_different_words_that_meet_in_one_number_stay_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_tokenizer, "_MIX", np.uint64(0))  # so that words with the same last letters all meet
    texts = ["winterkitchens autumnskitchens", "summer winterkitchens aukitchens"]
    assert at_once(texts) == one_by_one(texts)


def test_words_that_share_a_place_in_the_table_stay_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_tokenizer, "_SHIFT", np.uint64(63))
    texts = ["lamb stew rye bread lamb", "rye and lamb"]
    assert at_once(texts) == one_by_one(texts)


def test_the_words_of_posts_are_the_same_however_many_are_looked_at_together(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        language = "de" if number % 3 else "en"
        site.post(f"{number}.md", f"Möhren c++ {number}", f"Bread {number}.\n\n## Rye\n\n黒パン `x++`", lang=language)
    posts = list(read_site(site.settings.content, TODAY).corpus)
    order = [(0, number) for number in range(len(posts))]
    whole = joined([analysed(posts)], order)
    monkeypatch.setattr("indexer.text.token_stream.BATCH_CHARACTERS", 40)
    batches = [analysed(posts)]
    pieces = joined(batches, order)
    assert batches == []
    assert pieces.stream.max() == len(pieces.words), "a gap is the number after the last word"
    assert pieces.words == whole.words
    assert np.array_equal(pieces.stream, whole.stream)
    assert np.array_equal(pieces.spans, whole.spans)
