"""The words of the best posts, read in the generation's own token stream: where a term or a phrase stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.search.lexicon import Phrase, Term
from indexer.search.snippets import TermStream, is_any_of

Numbers = NDArray[np.int64]


class Candidates:
    """The posts that are looked through for what is scored beyond the sum over terms.

    posts: their numbers. count: how many posts of the site have a phrase.
    """

    def __init__(
        self, stream: TermStream, posts: Sequence[int], count: Callable[[Phrase], int] = lambda phrase: 0
    ) -> None:
        self._stream = stream
        self._count = count
        ranges = [np.arange(stream.post_starts[post], stream.post_starts[post + 1]) for post in sorted(posts)]
        self._positions: Numbers = np.concatenate([np.zeros(0, dtype=np.int64), *ranges]).astype(np.int64)
        self._terms = stream.term_of.take(stream.words.take(self._positions))

    def positions_of(self, term: Term) -> NDArray[Any]:
        positions: Numbers = self._positions[self._terms == term]
        return positions

    def starts(self, phrase: Phrase) -> Numbers:
        """A gap ends each post, so no phrase begins in one and ends in another."""
        last = len(self._terms) - len(phrase) + 1
        if last <= 0:
            return self._positions[:0]
        is_start = np.ones(last, dtype=bool)
        for offset, word in enumerate(phrase):
            is_start &= is_any_of(self._terms[offset : offset + last], word)
        starts: Numbers = self._positions[:last][is_start]
        return starts

    def posts_for_each(self, phrase: Phrase) -> float:
        here = len(self.posts_with(phrase))
        return max(self._count(phrase) / here, 1.0) if here else 1.0

    def posts_with(self, phrase: Phrase) -> list[int]:
        """The numbers of the posts with a phrase."""
        starts = self.starts(phrase).astype(self._stream.post_starts.dtype)
        found: list[int] = np.unique(self._stream.post_starts.searchsorted(starts, side="right") - 1).tolist()
        return found
