"""Where terms stand: sequences of words for phrases, and how near to each other the words of a question are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files, view
from indexer.fulltext.vocabulary import Run, Word

FOLDER = "fulltext"
# Two words further apart than this are not near. In a window so small at most as many others can follow one of them.
WINDOW = 5
# What a couple counts when it stands the other way round than it was typed.
REVERSED = 0.5

Positions = NDArray[np.uint32]
Mask = NDArray[np.bool_]


class Places:
    """The places of every term in the stream, ascending."""

    def __init__(self, files: Files) -> None:
        self._positions = files.array(f"{FOLDER}/positions.npy")
        self._starts = view(files.array(f"{FOLDER}/position_starts.npy"))

    def count(self, word: Word) -> int:
        return sum(self._starts[term + 1] - self._starts[term] for term in word)

    def at(self, numbers: NDArray[np.int64]) -> Positions:
        """Some places by their numbers."""
        places: Positions = self._positions[numbers]
        return places

    def of(self, word: Word) -> Positions:
        """The places of a word."""
        if len(word) == 1:
            return self._positions[self._starts[word[0]] : self._starts[word[0] + 1]]
        pieces = [self._positions[self._starts[term] : self._starts[term + 1]] for term in word]
        return np.sort(np.concatenate(pieces)) if pieces else self._positions[:0]

    def sequences(self, run: Run) -> Positions:
        """The places at which a sequence of words begins."""
        rarest = min(range(len(run)), key=lambda offset: self.count(run[offset]))
        return self.followed(self.of(run[rarest]), rarest, run)

    def followed(self, begun: Positions, known: int, run: Run) -> Positions:
        """Where a sequence begins of which one word is known to stand at some places."""
        begun = begun - np.uint32(known)  # before the first place it wraps round, to where nothing stands
        for offset in sorted(range(len(run)), key=lambda offset: self.count(run[offset])):
            if offset != known and len(begun):
                begun = begun[_contained(begun + np.uint32(offset), self.of(run[offset]))]
        return begun


def _contained(wanted: Positions, among: Positions) -> Mask:
    """Which of some places are among others, ascending ones."""
    if not len(among):
        return np.zeros(len(wanted), dtype=bool)
    inside: Mask = among[np.minimum(among.searchsorted(wanted), len(among) - 1)] == wanted
    return inside


def nearness(
    within: Sequence[Positions], posts: Sequence[NDArray[np.int64]], couples: Sequence[tuple[int, int]], among: int
) -> NDArray[np.float64]:
    """How near to each other the two words of each couple stand in each post: couples × posts, Σ 1 / distance.

    within: for each of some words its places, ascending. posts: whose they are, as numbers below `among`. couples: of
    words, by their numbers, as they follow each other in a question.
    """
    near = np.zeros(len(couples) * among)
    place = np.concatenate(within)
    order = np.argsort(place, kind="stable")  # sorted pieces: they are merged and not sorted
    place = place[order].astype(np.int64)
    # Most places have no other one near. Those that have are few, and the rest is done on them alone.
    is_close = np.diff(place) <= WINDOW
    kept = np.flatnonzero(np.append(is_close, False) | np.append(False, is_close))
    place, order = place[kept], order[kept]
    word = np.repeat(np.arange(len(within)), [len(one) for one in within])[order]
    post = np.concatenate(posts)[order]
    tables = _tables(len(within), couples)
    for shift in range(1, WINDOW + 1):
        gap = place[shift:] - place[:-shift]
        close = np.flatnonzero(gap <= WINDOW)
        if not len(close):
            break
        pair = word[close] * len(within) + word[close + shift]
        for couple_of, worth in tables:
            couple = couple_of[pair]
            at = couple * among + post[close]
            near += np.bincount(at[couple >= 0], (worth[pair] / gap[close])[couple >= 0], minlength=len(near))
    return near.reshape(len(couples), among)


def _tables(words: int, couples: Sequence[tuple[int, int]]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """For two words in the order of the text, first × words + second: which couple, and what that order is worth.

    Where a question has a couple both ways round ("over and over and"), a second table tells of the other one.
    """
    tables = [(np.full(words * words, -1), np.zeros(words * words))]
    for couple, (one, other) in enumerate(couples):
        for pair, worth in ((one * words + other, 1.0), (other * words + one, REVERSED)):
            if tables[0][0][pair] >= 0 and len(tables) == 1:
                tables.append((np.full(words * words, -1), np.zeros(words * words)))
            couple_of, worths = tables[0 if tables[0][0][pair] < 0 else 1]
            couple_of[pair], worths[pair] = couple, worth
    return tables
