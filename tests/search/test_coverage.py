"""Which posts have most of a question, by the idf of its words."""

from __future__ import annotations

import numpy as np

from indexer.search.coverage import Mask, with_most_of

POSTS = 10


def having(*posts: int) -> Mask:
    """A word that these posts have."""
    mask = np.zeros(POSTS, dtype=bool)
    mask[list(posts)] = True
    return mask


def found(words: list[Mask], instead: list[Mask] | None = None, among: Mask | None = None) -> list[int]:
    hits = np.ones(POSTS, dtype=bool) if among is None else among
    return np.flatnonzero(with_most_of(words, instead or [], hits)).tolist()


def test_of_two_words_that_tell_as_much_both_are_needed() -> None:
    assert found([having(0, 1, 2), having(1, 2, 3)]) == [1, 2]


def test_a_word_that_tells_most_is_enough() -> None:
    assert found([having(0), having(0, 1, 2, 3, 4, 5, 6, 7, 8)]) == [0]
    assert found([having(3), having(*range(POSTS))]) == [3]


def test_a_word_of_no_post_asks_for_nothing() -> None:
    assert found([having(0, 1), having()]) == [0, 1]


def test_where_no_post_has_most_those_with_the_most_telling_words_do() -> None:
    assert found([having(0), having(1, 2), having(3, 4)]) == [0]
    assert found([having(0), having(1)]) == [0, 1]


def test_only_what_is_found_counts() -> None:
    words = [having(0), having(0, 1, 2), having(0, 2, 3)]
    assert found(words) == [0]
    assert found(words, among=having(1, 2, 3)) == [2]  # no other has two of the words
    assert found(words, among=having(1, 3, 4)) == [1, 3]
    assert found(words, among=having(4)) == [4]  # found by something else, as a pinned post is
    assert found(words, among=having()) == []


def test_what_stands_for_words_is_as_good_as_all_of_them() -> None:
    assert found([having(0, 1), having(1, 2)], [having(5)]) == [1, 5]


def test_without_words_all_posts_do() -> None:
    assert found([]) == found([having()]) == list(range(POSTS))


def test_without_posts_there_are_none() -> None:
    assert with_most_of([np.zeros(0, dtype=bool)], [], np.zeros(0, dtype=bool)).tolist() == []
