"""Phrase matching: adjacent words in the token stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.search.columnar.inverted_index import InvertedIndex
from indexer.search.lexicon import Phrase, Term, Word
from indexer.search.snippets import TermStream, is_any_of
from indexer.store.arrays import view

Positions = NDArray[np.int64]

# Positions that are checked at a time, so that the arrays fit into the processor's cache and their memory need not be
# requested from the system each time: half a million at once took three times as long.
_CHUNK = 16_384


class PhraseMatcher:
    """Finds phrases: looks up their rarest word, and compares the stream around it with the other words."""

    def __init__(self, index: InvertedIndex, stream: TermStream) -> None:
        self._stream = stream
        self._positions = index.positions
        self._starts = view(index.position_starts)

    def starts(self, phrase: Phrase) -> Positions:
        """The positions at which a phrase begins, ascending (int64)."""
        rarest = min(range(len(phrase)), key=lambda offset: sum(map(self._collection_frequency, phrase[offset])))
        positions = self._positions_of(phrase[rarest])
        last = int(self._stream.post_starts[-1]) - len(phrase) + rarest
        if len(positions) and (positions[0] < rarest or positions[-1] > last):
            positions = positions[positions.searchsorted(rarest) : positions.searchsorted(last, side="right")]
        matches = [
            self._matching(phrase, rarest, positions[start : start + _CHUNK])
            for start in range(0, len(positions), _CHUNK)
        ]
        return np.concatenate(matches).astype(np.int64) - rarest if matches else np.zeros(0, dtype=np.int64)

    def _matching(self, phrase: Phrase, rarest: int, positions: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Of these positions of the rarest word, those with the other words of the phrase around them."""
        for offset, word in enumerate(phrase):
            if offset != rarest:
                words = self._stream.words.take(np.add(positions, offset - rarest, dtype=np.int64))
                positions = positions[is_any_of(self._stream.term_of.take(words), word)]
        return positions

    def _collection_frequency(self, term: Term) -> int:
        return self._starts[term + 1] - self._starts[term]

    def _positions_of(self, word: Word) -> NDArray[np.uint32]:
        pieces = [self._positions[self._starts[term] : self._starts[term + 1]] for term in word]
        return pieces[0] if len(pieces) == 1 else np.sort(np.concatenate(pieces))
