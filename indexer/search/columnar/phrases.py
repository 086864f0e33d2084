"""Phrases: words side by side in the token stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.search.columnar.inverted_index import InvertedIndex
from indexer.search.lexicon import Phrase, Term, Word
from indexer.search.snippets import TermStream
from indexer.store.arrays import view

Places = NDArray[np.int64]

# Places that are looked at together. Arrays of more do not fit where the processor looks first, and their memory is
# taken from the system and given back each time: half a million places at once took three times as long.
_AT_ONCE = 16_384


class PhraseMatcher:
    def __init__(self, index: InvertedIndex, stream: TermStream) -> None:
        self._stream = stream
        self._positions = index.positions
        self._starts = view(index.position_starts)

    def starts(self, phrase: Phrase) -> Places:
        """The positions at which a phrase begins, ascending.

        The rarest word is looked up; whether the others stand around it is read off the stream there.
        """
        rarest = min(range(len(phrase)), key=lambda offset: sum(map(self._count, phrase[offset])))
        places = self._of(phrase[rarest])
        last = len(self._stream.words) - len(phrase) + rarest
        if len(places) and (places[0] < rarest or places[-1] > last):
            places = places[places.searchsorted(rarest) : places.searchsorted(last, side="right")]
        found = [
            self._amid(phrase, rarest, places[start : start + _AT_ONCE]) for start in range(0, len(places), _AT_ONCE)
        ]
        return np.concatenate(found).astype(np.int64) - rarest if found else np.zeros(0, dtype=np.int64)

    def _amid(self, phrase: Phrase, rarest: int, places: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Those places of the rarest word around which the others of a sequence stand."""
        for offset, word in enumerate(phrase):
            if offset != rarest:
                around = self._stream.words.take(np.add(places, offset - rarest, dtype=np.int64))
                there = self._stream.term_of.take(around)
                same = there == word[0] if len(word) == 1 else np.isin(there, np.array(word, dtype=there.dtype))
                places = places[same]
        return places

    def _count(self, term: Term) -> int:
        return self._starts[term + 1] - self._starts[term]

    def _of(self, word: Word) -> NDArray[np.uint32]:
        pieces = [self._positions[self._starts[term] : self._starts[term + 1]] for term in word]
        return pieces[0] if len(pieces) == 1 else np.sort(np.concatenate(pieces))
