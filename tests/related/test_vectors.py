"""Posts → a vector per field, and neighbours: the promises that hold for any corpus."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from corpora import post, section
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import indexer.related.products
from indexer.model import AcrossLanguages, Corpus
from indexer.related.field_counts import Counts, count_terms
from indexer.related.fields import FIELDS, field_terms, repeated_paragraphs
from indexer.related.languages import LanguageDistances
from indexer.related.neighbours import cosine_neighbours
from indexer.related.products import TILE
from indexer.related.vectors import WEIGHTINGS, Weighting, field_of, on_scale, post_vectors, rounded, weighted
from indexer.text.token_stream import tokens_of

ALL_TEXT = WEIGHTINGS["all_text"]
WORDS = ("all", "both", "rye", "oat", "fig", "yam", "pea", "nut")


def counts_of(texts: list[list[str]]) -> Counts:
    """Lists of terms, counted. Terms are numbered as in WORDS, others after them as they come."""
    numbers = {word: number for number, word in enumerate(WORDS)}
    entries = [(post, numbers.setdefault(word, len(numbers))) for post, words in enumerate(texts) for word in words]
    posts, numbers_of_terms = np.array(entries, dtype=np.int32).reshape(-1, 2).T
    terms, columns = np.unique(numbers_of_terms, return_inverse=True)
    ones = np.ones(len(entries), dtype=np.int32)
    return Counts(terms, sparse.coo_array((ones, (posts, columns)), shape=(len(texts), len(terms))).tocsr())


class OneField(NamedTuple):
    terms: np.ndarray
    idf: np.ndarray
    matrix: sparse.csr_array


def vectors_of(texts: list[list[str]], weighting: Weighting = ALL_TEXT) -> OneField:
    counts = counts_of(texts)
    field = field_of(counts, weighting)
    return OneField(field.terms, field.idf, weighted(counts, field, weighting))


def together(posts: int, **fields: list[list[str]]) -> sparse.csr_array:
    """The vectors of posts that have nothing in all other fields."""
    nothing: list[list[str]] = [[]] * posts
    counts = {name: counts_of(fields.get(name, nothing)) for name in WEIGHTINGS}
    corpus = Corpus([post(f"p{number}", "") for number in range(posts)])
    return post_vectors(counts, LanguageDistances(corpus, AcrossLanguages.LAST)).matrix


documents = st.lists(st.lists(st.sampled_from(["rye", "oat", "fig", "yam", "pea", "nut"]), max_size=6), max_size=12)


@given(texts=documents)
@settings(max_examples=60, deadline=None)
def test_every_vector_has_length_1_or_0_so_that_its_cosine_with_itself_is_1(texts: list[list[str]]) -> None:
    vectors = vectors_of(texts).matrix.toarray()
    assert vectors.shape[0] == len(texts)
    assert all(abs(length - 1) < 1e-9 or length == 0 for length in (vectors * vectors).sum(axis=1))


@given(texts=documents)
@settings(max_examples=60, deadline=None)
def test_neighbours_are_those_of_a_plain_comparison_of_all_with_all(texts: list[list[str]]) -> None:
    vectors = rounded(vectors_of(texts).matrix)
    plain = np.minimum(vectors.toarray().astype(np.float64) @ vectors.toarray().T, 1.0)
    ids, cosines = cosine_neighbours(vectors, 4)
    for number in range(len(texts)):
        others = [other for other in range(len(texts)) if other != number and plain[number, other] > 0]
        expected = sorted(others, key=lambda other: (-plain[number, other], other))[:4]
        assert [int(one) for one in ids[number] if one >= 0] == expected
        assert cosines[number, : len(expected)].tolist() == plain[number, expected].tolist()


def test_ties_go_to_the_smaller_number() -> None:
    ids, cosines = cosine_neighbours(sparse.csr_array(np.ones((5, 1))), 3)
    assert ids.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]
    assert cosines.tolist() == [[1.0] * 3] * 5


def test_the_last_bit_of_a_sum_decides_nothing() -> None:
    # .3 + .2 + .1 is .6, and .1 + .2 + .3 is .6000000000000001 to a computer.
    vectors = sparse.csr_array(np.array([[1, 1, 1], [0.3, 0.2, 0.1], [0.1, 0.2, 0.3]]))
    ids, _ = cosine_neighbours(rounded(vectors), 2)
    assert ids[0].tolist() == [1, 2]


def test_small_numbers_are_on_the_scale_and_large_ones_are_moved_by_a_ninth_at_most() -> None:
    counts = np.arange(100_000)
    scaled = on_scale(counts)
    assert scaled[:9].tolist() == list(range(9))
    assert (np.abs(scaled - counts) <= counts / 9).all()
    assert len(np.unique(scaled)) < 80


@pytest.mark.parametrize("several", [False, True], ids=["one language", "several languages"])
def test_posts_of_all_tiles_are_compared_with_those_of_all_others(
    monkeypatch: pytest.MonkeyPatch, several: bool
) -> None:
    monkeypatch.setattr(indexer.related.products, "KEPT_FACTORS", 2)
    posts, k = 4 * TILE + 5, 7
    chance = np.random.default_rng(3)
    dense = chance.integers(0, 4, (posts, 40)) * (chance.random((posts, 40)) < 0.15) / 12
    vectors = rounded(sparse.csr_array(dense))
    languages = chance.integers(0, 3 if several else 1, posts)

    def distances(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        apart: np.ndarray = np.abs(languages[sources] - languages[targets]).astype(np.int8)
        return apart

    found = cosine_neighbours(vectors, k, distances if several else None)
    some = np.arange(0, posts, 97)
    everyone = np.arange(posts)
    cosines = np.minimum((vectors[some] @ vectors.T).toarray().astype(np.float64), 1.0)
    for number, row in zip(some.tolist(), cosines, strict=True):
        row[number] = 0.0
        best = np.lexsort((everyone, -row, np.where(row > 0, distances(np.array(number), everyone), 9)))[:k]
        assert found.ids[number].tolist() == best.tolist()
        assert found.cosines[number].tolist() == row[best].tolist()


def test_the_weight_of_a_term_is_bm25() -> None:
    texts = [["rye", "rye", "oat"], ["oat", "oat"], ["fig"]]
    found = vectors_of(texts, Weighting(1.0, k1=2.0, b=0.5, max_df=1.0))
    mean = 6 / 3
    rye = math.log(1 + 2.5 / 1.5) * 2 * 3 / (2 + 2 * (0.5 + 0.5 * 3 / mean))
    oat = math.log(1 + 1.5 / 2.5) * 1 * 3 / (1 + 2 * (0.5 + 0.5 * 3 / mean))
    first = np.array([rye, oat, 0]) / math.hypot(rye, oat)
    assert [WORDS[term] for term in found.terms] == ["rye", "oat", "fig"]
    assert np.allclose(found.matrix.toarray(), np.array([first, [0, 1, 0], [0, 0, 1]]))


def test_a_term_that_stands_in_too_many_posts_tells_none_apart() -> None:
    found = vectors_of([["all", f"only-{number}"] for number in range(10)])
    assert found.idf[found.terms.tolist().index(WORDS.index("all"))] == 0


def test_a_small_site_keeps_what_its_posts_share() -> None:
    assert vectors_of([["both", "a"], ["both", "b"]]).matrix.nnz == 4


@pytest.mark.parametrize("texts", [[], [[]], [[], []], [["all"]] * 4], ids=["none", "one empty", "empty", "the same"])
def test_where_there_is_nothing_to_compare_nothing_is_alike(texts: list[list[str]]) -> None:
    ids, _ = cosine_neighbours(together(len(texts), all_text=texts), 3)
    assert ids.tolist() == [[-1] * 3] * len(texts)


def test_shares_are_scaled_to_the_fields_that_a_site_has() -> None:
    texts = [["rye"], ["rye"], ["oat"]]
    both = together(3, all_text=texts)
    assert (both @ both.T).toarray()[0, 1] == pytest.approx(1.0)


def test_every_field_that_is_weighed_can_be_named_in_a_reason() -> None:
    assert set(WEIGHTINGS) <= set(FIELDS)


# --------------------------------------------------------------------------------------------- terms of a post


def test_the_fields_of_a_post() -> None:
    one = post(
        "bread/2020-01-02-rye",
        "Rye loaf",
        "Bake.",
        section("Oven", "Hot.", code="oat()"),
        description="Yam",
        tags=("Nut",),
    )
    assert field_terms(one) == {
        "title": ["rye", "loaf"],
        "description": ["yam"],
        "headings": ["oven"],
        "tags": ["nut"],
        "path": ["bread", "rye"],  # a date in a file name says nothing
        "body": ["bake", "hot"],
        "code": ["oat"],
        "all_text": ["rye", "loaf", "yam", "oven", "nut", "bake", "hot"],
    }


def test_stop_words_and_single_letters_say_nothing_and_names_with_signs_do() -> None:
    assert field_terms(post("p", "", "The x and C++ C# .NET 缓"))["body"] == ["c++", "c#", ".net", "缓"]


def test_a_paragraph_that_many_posts_repeat_is_ignored_and_named() -> None:
    notice = "Subscribe to our newsletter for offers."
    posts = [post(f"p{number}", f"Post {number}", f"Word{number}.\n{notice}\nShort.") for number in range(5)]
    ignored = repeated_paragraphs(Corpus(posts))
    assert ignored == {notice: 5}
    assert field_terms(posts[0], ignored)["body"] == ["word0", "short"]


text = st.text(st.sampled_from("abe Éß’'.+#_-\n\u00a0\u3000酵母ジ1C"), max_size=30)


@given(texts=st.lists(st.tuples(text, text, text, st.sampled_from(["en", "de", "zh"])), max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_is_counted_in_a_build_are_the_terms_of_each_post(texts: list[tuple[str, str, str, str]]) -> None:
    corpus = Corpus(
        [
            post(f"p{number}", title, section("Oven", text, code), description=text, tags=(title,), language=language)
            for number, (title, text, code, language) in enumerate(texts)
        ]
    )
    counted = count_terms(corpus, tokens_of(corpus), ["ab e"])
    for name, counts in counted.fields.items():
        found = [Counter[str]() for _ in corpus]
        table = counts.matrix.tocoo()
        for number, column, count in zip(*table.coords, table.data, strict=True):
            found[number][counted.terms[counts.terms[column]]] = int(count)
        assert found == [Counter(field_terms(one, ["ab e"])[name]) for one in corpus]


def test_a_term_is_written_as_the_prose_mostly_writes_it_and_by_itself_where_only_code_has_it() -> None:
    posts = [post("a", "Caching", "Caches, caching."), post("b", "Cached", section("Later", code="cache(); caches()"))]
    corpus = Corpus([*posts, post("c", "", section("", code="ovens()"))])
    counted = count_terms(corpus, tokens_of(corpus))
    assert dict(zip(counted.terms, counted.surface_forms, strict=True)) == {
        "cach": "caching",
        "later": "later",
        "oven": "oven",
    }
