"""Posts → TF-IDF vectors and neighbours: the promises that hold for any corpus."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from corpora import post, section, with_vectors
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from indexer.model import Corpus, Post
from indexer.similarity.terms import post_terms
from indexer.similarity.vectors import NEIGHBOURS, cosine_neighbours, tfidf, write_vectors

KITCHEN = (
    post("bread", "Rye bread", "Knead the dough, then wait.", section("Oven", "Very hot."), tags=("baking",)),
    post("pie", "Apple pie", "Knead the dough, peel the apples.", section("Oven", "Less hot."), tags=("baking",)),
    post("rolls", "Rye rolls", "Rye dough, shaped by hand.", description="Small breads."),
    post("soup", "Leek soup", "Boil the leeks. No oven."),
    post("void", ""),
)
FILES = ("terms.json", "indptr.npy", "indices.npy", "values.npy", "neighbours.npy", "cosines.npy")

documents = st.lists(st.lists(st.sampled_from(["rye", "oat", "fig", "yam", "pea", "nut"]), max_size=6), max_size=12)


def dense(texts: list[list[str]]) -> np.ndarray:
    return tfidf(texts)[0].toarray()


@given(texts=documents)
@settings(max_examples=80, deadline=None)
def test_every_vector_has_length_1_or_0_so_that_its_cosine_with_itself_is_1(texts: list[list[str]]) -> None:
    vectors = dense(texts)
    assert vectors.shape[0] == len(texts)
    lengths = (vectors * vectors).sum(axis=1)
    assert all(abs(length - 1) < 1e-9 or length == 0 for length in lengths)


@given(texts=documents)
@settings(max_examples=80, deadline=None)
def test_neighbours_are_those_of_a_plain_comparison_of_all_with_all(texts: list[list[str]]) -> None:
    vectors, _, _ = tfidf(texts)
    plain = np.round(vectors.toarray() @ vectors.toarray().T, 6)
    ids, cosines = cosine_neighbours(vectors, 4)
    for number in range(len(texts)):
        others = [other for other in range(len(texts)) if other != number and plain[number, other] > 0]
        expected = sorted(others, key=lambda other: (-plain[number, other], other))[:4]
        found = [int(one) for one in ids[number] if one >= 0]
        assert found == expected
        assert np.allclose(cosines[number, : len(found)], plain[number, expected], atol=2e-6)


@given(texts=documents)
@settings(max_examples=80, deadline=None)
def test_cosines_lie_between_0_and_1_and_are_the_same_both_ways(texts: list[list[str]]) -> None:
    ids, cosines = cosine_neighbours(tfidf(texts)[0], 20)
    assert ((cosines >= 0) & (cosines <= 1)).all()
    pairs = {
        (number, int(other)): float(cosine)
        for number, row in enumerate(ids)
        for other, cosine in zip(row, cosines[number], strict=True)
        if other >= 0
    }
    assert all(pairs[other, number] == cosine for (number, other), cosine in pairs.items())


def test_ties_go_to_the_smaller_number() -> None:
    same = sparse.csr_array(np.ones((5, 1)))
    ids, cosines = cosine_neighbours(same, 3)
    assert ids.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]
    assert cosines.tolist() == [[1.0] * 3] * 5


def test_the_last_bit_of_a_sum_decides_nothing() -> None:
    # .3 + .2 + .1 is .6, and .1 + .2 + .3 is .6000000000000001 to a computer.
    ids, _ = cosine_neighbours(sparse.csr_array(np.array([[1, 1, 1], [0.3, 0.2, 0.1], [0.1, 0.2, 0.3]])), 2)
    assert ids[0].tolist() == [1, 2]


def test_where_there_are_fewer_neighbours_the_rest_is_minus_1() -> None:
    ids, cosines = cosine_neighbours(sparse.csr_array(np.array([[1.0, 0], [0, 1.0], [1.0, 0]])), 2)
    assert (ids.tolist(), cosines.tolist()) == ([[2, -1], [-1, -1], [0, -1]], [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])


def test_more_posts_than_one_block_are_compared_across_blocks() -> None:
    posts = 1_100
    vectors = sparse.csr_array((np.ones(posts), (range(posts), [number % 550 for number in range(posts)])))
    ids, _ = cosine_neighbours(vectors, 1)
    assert ids[:, 0].tolist() == [(number + 550) % 1_100 for number in range(posts)]


def test_the_weight_of_a_term_is_one_plus_ln_tf_times_smoothed_idf() -> None:
    vectors, terms, idf = tfidf([["rye", "rye", "oat"], ["oat"]])
    rye, oat = 1 + np.log(3 / 2), 1 + np.log(3 / 3)
    first = np.array([oat, (1 + np.log(2)) * rye])
    assert terms == ["oat", "rye"]
    assert np.allclose(idf, [oat, rye])
    assert np.allclose(vectors.toarray(), [first / np.linalg.norm(first), [1, 0]])


def test_a_term_that_stands_in_most_posts_tells_none_apart_and_is_dropped() -> None:
    _, terms, _ = tfidf([["all", f"only-{number}", *(["few"] if number < 3 else [])] for number in range(10)])
    assert terms == ["few", *(f"only-{number}" for number in range(10))]


def test_a_small_site_keeps_what_its_posts_share() -> None:
    assert tfidf([["both", "a"], ["both", "b"]])[1] == ["a", "b", "both"]


@pytest.mark.parametrize(
    "texts",
    [[], [[]], [[], [], []], [["all"]] * 4],
    ids=["no posts", "one empty post", "empty posts", "nothing but what all share"],
)
def test_where_there_is_nothing_to_compare_nothing_is_alike(texts: list[list[str]]) -> None:
    vectors, terms, idf = tfidf(texts)
    ids, cosines = cosine_neighbours(vectors, 3)
    assert (vectors.shape, terms, len(idf)) == ((len(texts), 0), [], 0)
    assert (ids.tolist(), cosines.tolist()) == ([[-1] * 3] * len(texts), [[0.0] * 3] * len(texts))


# --------------------------------------------------------------------------------------------------- the files


@pytest.mark.parametrize("count", range(6), ids=lambda count: f"{count} posts")
def test_a_site_of_any_size_has_all_the_files_and_a_row_for_each_post(tmp_path: Path, count: int) -> None:
    with_vectors(tmp_path, KITCHEN[:count])
    arrays = {name: np.load(tmp_path / "vectors" / name, allow_pickle=False) for name in FILES[1:]}
    assert {path.name for path in (tmp_path / "vectors").iterdir()} == set(FILES)
    assert arrays["neighbours.npy"].shape == arrays["cosines.npy"].shape == (count, NEIGHBOURS)
    assert len(arrays["indptr.npy"]) == count + 1
    assert arrays["indices.npy"].shape == arrays["values.npy"].shape


def test_terms_are_stored_as_people_mostly_write_them(tmp_path: Path) -> None:
    posts = (
        post("a", "Caching", "Caching is caching, and a cache is a cache."),
        post("b", "Caching again", "A queue of queues"),
        post("c", "C++ and Äpfel", "Äpfel"),
    )
    with_vectors(tmp_path, posts)
    rows = json.loads((tmp_path / "vectors" / "terms.json").read_text())
    written = {term: word for term, word, _ in rows}
    assert (written["cach"], written["queue"], written["c++"], written["apfel"]) == (
        "caching",  # four times, "cache" only twice
        "queue",  # as often as "queues": the first of the alphabet
        "c++",
        "apfel",
    )


def digests(directory: Path) -> list[str]:
    return [hashlib.sha256((directory / "vectors" / name).read_bytes()).hexdigest() for name in FILES]


BUILD_AGAIN = """
import sys
from pathlib import Path

from test_vectors import KITCHEN, digests
from indexer.model import Corpus
from indexer.similarity.vectors import write_vectors

write_vectors(Path(sys.argv[1]), Corpus(list(KITCHEN)[::-1]))
print("\\n".join(digests(Path(sys.argv[1]))))
"""


def test_two_builds_of_one_corpus_are_equal_to_the_byte_in_another_process_too(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    write_vectors(here, Corpus(list(KITCHEN)))
    folders = [Path(__file__).parent, Path(__file__).parents[1], Path(__file__).parents[2]]
    # Another hash seed, so that the order of sets is another one.
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(map(str, folders))}
    run = subprocess.run(
        [sys.executable, "-c", BUILD_AGAIN, str(there)], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == digests(here)


# --------------------------------------------------------------------------------------------- terms of a post


def of(one: Post) -> dict[str, int]:
    terms = post_terms(one)
    return {term: terms.count(term) for term in terms}


def test_a_title_and_a_tag_weigh_five_words_a_description_three() -> None:
    one = post("a", "Rye", "Oat.", section("Fig", "Pea."), description="Yam", tags=("Nut",))
    assert of(one) == {"rye": 5, "nut": 5, "yam": 3, "fig": 1, "oat": 1, "pea": 1}


def test_stop_words_single_letters_and_code_say_nothing() -> None:
    one = post("a", "The rye", section("A", "x = y and the 7 rye", code="oat()"))
    assert of(one) == {"rye": 6}


def test_names_with_signs_and_single_chinese_characters_say_something() -> None:
    assert of(post("a", "", "C++ C# .NET 缓")) == {"c++": 1, "c#": 1, ".net": 1, "缓": 1}


def test_terms_are_stems_of_the_language_of_the_post() -> None:
    assert of(post("a", "", "Häuser, Haus", language="de")) == {"haus": 2}
