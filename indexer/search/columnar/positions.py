"""Where terms stand in the stream: what phrases are found by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.search.lexicon import Run, Term, Word
from indexer.search.snippets import Stream
from indexer.store.arrays import Files, view

FOLDER = "fulltext"

Places = NDArray[np.int64]

# Places that are looked at together. Arrays of more do not fit where the processor looks first, and their memory is
# taken from the system and given back each time: half a million places at once took three times as long.
_AT_ONCE = 16_384


class Positions:
    """The places of every term in the stream, ascending."""

    def __init__(self, files: Files, stream: Stream) -> None:
        self._stream = stream
        self._positions = files.array(f"{FOLDER}/positions.npy")
        self._starts = view(files.array(f"{FOLDER}/position_starts.npy"))

    def sequences(self, run: Run) -> Places:
        """The places at which a sequence of words begins, ascending.

        The rarest word is looked up; whether the others stand around it is read off the stream there.
        """
        rarest = min(range(len(run)), key=lambda offset: sum(map(self._count, run[offset])))
        places = self._of(run[rarest])
        last = len(self._stream.words) - len(run) + rarest
        if len(places) and (places[0] < rarest or places[-1] > last):
            places = places[places.searchsorted(rarest) : places.searchsorted(last, side="right")]
        found = [self._amid(run, rarest, places[start : start + _AT_ONCE]) for start in range(0, len(places), _AT_ONCE)]
        return np.concatenate(found).astype(np.int64) - rarest if found else np.zeros(0, dtype=np.int64)

    def _amid(self, run: Run, rarest: int, places: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Those places of the rarest word around which the others of a sequence stand."""
        for offset, word in enumerate(run):
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
