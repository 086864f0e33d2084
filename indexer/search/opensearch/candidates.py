"""The words of the best posts, read in the generation's own token stream: where a term or a phrase stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.search.lexicon import Phrase, Term
from indexer.search.opensearch.pieces import pieces_of
from indexer.search.snippets import TermStream, is_any_of

Numbers = NDArray[np.int64]


class Candidates:
    """The posts that are looked through for what is scored beyond the sum over terms.

    posts: their numbers. count: how many posts of the site have a phrase. Afterwards `stream` is that of these posts.
    """

    def __init__(
        self, stream: TermStream, posts: Sequence[int], count: Callable[[Phrase], int] = lambda phrase: 0
    ) -> None:
        self.stream, words = pieces_of(stream, posts)
        self._count = count
        self._places = words.places
        self._terms: NDArray[np.uint32] = stream.term_of.take(words.values)

    def positions_of(self, term: Term) -> NDArray[Any]:
        return self._places.positions((self._terms == term).nonzero()[0])

    def starts(self, phrase: Phrase) -> Numbers:
        return self._places.positions(self._starts(phrase))

    def posts_for_each(self, phrase: Phrase) -> float:
        here = len(self.posts_with(phrase))
        return max(self._count(phrase) / here, 1.0) if here else 1.0

    def posts_with(self, phrase: Phrase) -> list[int]:
        """The numbers of the posts with a phrase."""
        found = np.unique(self._places.index_of(self._starts(phrase)))
        numbers: list[int] = self._places.posts[found].tolist()
        return numbers

    def _starts(self, phrase: Phrase) -> Numbers:
        """The places at which a phrase begins. A gap ends each post, so none begins in one and ends in another."""
        last = max(len(self._terms) - len(phrase) + 1, 0)
        is_start = np.ones(last, dtype=bool)
        for offset, word in enumerate(phrase):
            is_start &= is_any_of(self._terms[offset : offset + last], word)
        return is_start.nonzero()[0]
