"""Where terms stand in the stream: what phrases are found by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files, view
from indexer.fulltext.vocabulary import Run, Word

FOLDER = "fulltext"
Positions = NDArray[np.uint32]
Mask = NDArray[np.bool_]


class Places:
    """The places of every term in the stream, ascending."""

    def __init__(self, files: Files) -> None:
        self._positions = files.array(f"{FOLDER}/positions.npy")
        self._starts = view(files.array(f"{FOLDER}/position_starts.npy"))

    def count(self, word: Word) -> int:
        return sum(self._starts[term + 1] - self._starts[term] for term in word)

    def of(self, word: Word) -> Positions:
        """The places of a word."""
        if len(word) == 1:
            return self._positions[self._starts[word[0]] : self._starts[word[0] + 1]]
        pieces = [self._positions[self._starts[term] : self._starts[term + 1]] for term in word]
        return np.sort(np.concatenate(pieces)) if pieces else self._positions[:0]

    def sequences(self, run: Run) -> Positions:
        """The places at which a sequence of words begins."""
        rarest, *others = sorted(range(len(run)), key=lambda offset: self.count(run[offset]))
        # A place too near to the start of the stream wraps round, to where nothing stands.
        begun = self.of(run[rarest]) - np.uint32(rarest)
        for offset in others:
            begun = begun[_contained(begun + np.uint32(offset), self.of(run[offset]))]
        return begun


def _contained(wanted: Positions, among: Positions) -> Mask:
    """Which of some places are among others, ascending ones."""
    if not len(among):
        return np.zeros(len(wanted), dtype=bool)
    inside: Mask = among[np.minimum(among.searchsorted(wanted), len(among) - 1)] == wanted
    return inside
