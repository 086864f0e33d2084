from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from indexer.search.opensearch.candidates import Candidates
from indexer.search.opensearch.pieces import Pieces, Places, pieces_of
from indexer.search.snippets import TermStream, words_by_term

# Of five posts, one without words, each part with its gap: where they begin, and the words of all.
POST_STARTS = np.array([0, 4, 9, 9, 15, 20], dtype=np.uint32)
WORDS = np.array([5, 1, 2, 7, 1, 3, 4, 1, 7, 2, 2, 7, 6, 5, 7, 1, 2, 3, 4, 7], dtype=np.uint32)
TERM_OF = np.array([0, 1, 2, 3, 4, 1, 2, 8], dtype=np.uint32)  # the words 5 and 6 are forms of 1 and 2


class Counted:
    """An array that says which slices were read."""

    def __init__(self, array: NDArray[np.uint32]) -> None:
        self.array = array
        self.read: list[tuple[int, int]] = []

    def take(self, positions: NDArray[np.int64], *, mode: str = "raise") -> NDArray[np.uint32]:
        raise AssertionError(f"{len(positions)} positions were asked for one by one")

    def __getitem__(self, positions: slice) -> NDArray[np.uint32]:
        self.read.append((positions.start, positions.stop))
        return self.array[positions]


def stream_over(words: Counted, spans: Counted) -> TermStream:
    empty = np.zeros(0, dtype=np.uint8)
    by_term = words_by_term(TERM_OF, 9)
    return TermStream(words, TERM_OF, *by_term, spans, POST_STARTS, empty, empty.astype(np.int32), POST_STARTS)


def test_pieces_have_at_each_position_what_the_whole_stream_has() -> None:
    for posts in ([0], [4, 1], [1, 2, 3], [0, 1, 2, 3, 4]):
        pieces = Pieces(Counted(WORDS), Places(posts, POST_STARTS))
        for post in posts:
            positions = np.arange(POST_STARTS[post], POST_STARTS[post + 1])
            assert pieces.take(positions).tolist() == WORDS[positions].tolist()
            for first, end in pairwise([*positions.tolist(), int(POST_STARTS[post + 1])]):
                assert pieces[first:end].tolist() == WORDS[first:end].tolist()
        mixed = np.concatenate([np.arange(POST_STARTS[post], POST_STARTS[post + 1]) for post in posts])[::-1]
        assert pieces.take(mixed).tolist() == WORDS[mixed].tolist()


def test_of_each_post_the_words_are_read_once_and_what_is_not_needed_never() -> None:
    words, spans = Counted(WORDS), Counted(WORDS)
    stream, _ = pieces_of(stream_over(words, spans), [3, 1])
    for _ in range(2):
        cast("Pieces", stream.words).take(np.array([4, 9]))
    assert words.read == [(4, 9), (9, 15)]
    assert spans.read == []


def test_candidates_find_terms_and_phrases_where_they_are_in_the_whole_stream() -> None:
    found = Candidates(stream_over(Counted(WORDS), Counted(WORDS)), [4, 0, 3])
    assert found.positions_of(1).tolist() == [0, 1, 13, 15]
    assert found.starts(((1,), (2,))).tolist() == [1, 15]
    assert found.starts(((2,), (1,))).tolist() == [12]
    assert found.posts_with(((1,), (2,))) == [0, 4]
    assert found.posts_with(((3,), (1,))) == [], "post 1 has it, and is no candidate"


def test_there_may_be_no_candidates() -> None:
    found = Candidates(stream_over(Counted(WORDS), Counted(WORDS)), [])
    assert found.positions_of(1).tolist() == []
    assert found.posts_with(((1,), (2,))) == []
