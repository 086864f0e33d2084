"""The token stream of a few posts, read from the generation's files when it is needed.

If it were mapped, all of it would come into memory with the questions of a day: 550 MB for 100,000 posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.search.snippets import AtPositions, TermStream

Numbers = NDArray[np.int64]


class Places:
    """Where posts are that are laid end to end. Each position of their texts in the stream has a place there.

    posts: their numbers, ascending. firsts, ends: where each begins and ends in the stream. starts: where it begins.
    """

    def __init__(self, posts: Sequence[int], post_starts: NDArray[Any]) -> None:
        self.posts: Numbers = np.array(sorted(posts), dtype=np.int64)
        self.firsts: Numbers = post_starts[self.posts].astype(np.int64)
        self.ends: Numbers = post_starts[self.posts + 1].astype(np.int64)
        sizes = self.ends - self.firsts
        self.starts: Numbers = sizes.cumsum() - sizes

    def of(self, positions: NDArray[Any]) -> Numbers:
        """positions: in the stream, all of these posts."""
        index = self.firsts.searchsorted(positions, side="right") - 1
        places: Numbers = positions + (self.starts - self.firsts)[index]
        return places

    def positions(self, places: Numbers) -> Numbers:
        """Where places are in the stream."""
        positions: Numbers = places + (self.firsts - self.starts)[self.index_of(places)]
        return positions

    def index_of(self, places: Numbers) -> Numbers:
        """Which of the posts each place is in."""
        return self.starts.searchsorted(places, side="right") - 1


class Pieces:
    """What some posts have of an array of the stream. It is read once, when it is first asked for."""

    def __init__(self, array: AtPositions, places: Places) -> None:
        self._array = array
        self.places = places

    @cached_property
    def values(self) -> NDArray[np.uint32]:
        """All of them, by their places."""
        bounds = zip(self.places.firsts.tolist(), self.places.ends.tolist(), strict=True)
        return np.concatenate([np.zeros(0, dtype=np.uint32), *(self._array[first:end] for first, end in bounds)])

    def take(self, positions: NDArray[Any], *, mode: str = "raise") -> NDArray[np.uint32]:  # noqa: ARG002  # all exist
        return self.values.take(self.places.of(positions))

    def __getitem__(self, positions: slice) -> NDArray[np.uint32]:
        """positions: of one post."""
        start = int(self.places.of(np.array([positions.start]))[0])
        return self.values[start : start + positions.stop - positions.start]


def pieces_of(stream: TermStream, posts: Sequence[int]) -> tuple[TermStream, Pieces]:
    """The stream of some posts alone, and its words; positions, and numbers of posts, are those of the whole stream."""
    places = Places(posts, stream.post_starts)
    words = Pieces(stream.words, places)
    return replace(stream, words=words, spans=Pieces(stream.spans, places)), words
