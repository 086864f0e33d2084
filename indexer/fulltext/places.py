"""Where terms stand: sequences of words for phrases, and how near to each other the words of a question are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Within:
    """The places of some words in the prose of some posts. place, word, post: of each, word by word, ascending.

    counts: words × posts, how many there are.
    """

    place: Positions
    word: NDArray[np.int64]
    post: NDArray[np.int64]
    counts: NDArray[np.int64]

    def of(self, word: int) -> Positions:
        ends = np.cumsum(self.counts.sum(axis=1))
        return self.place[ends[word] - self.counts[word].sum() : ends[word]]


def nearness(within: Within, couples: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """How near to each other the two words of each couple stand in each post: couples × posts, Σ 1 / distance.

    couples: of words, by their numbers, as they follow each other in a question.
    """
    words, posts = within.counts.shape
    order = np.argsort(within.place, kind="stable")  # sorted pieces: they are merged and not sorted
    place = within.place[order].astype(np.int64)
    # Most places have no other one near. Those that have are few, and the rest is done on them alone.
    is_close = place[1:] - place[:-1] <= WINDOW
    kept = np.flatnonzero(np.append(is_close, False) | np.append(False, is_close))
    place, order = place[kept], order[kept]
    word, post = within.word[order], within.post[order]
    # Each place and the next few, side by side; behind the last one there is nothing near.
    later = np.arange(len(place))[:, None] + np.arange(1, WINDOW + 1)
    gap = np.append(place, np.full(WINDOW, 2**40))[later] - place[:, None]
    first, shift = np.nonzero(gap <= WINDOW)
    pair = word[first] * words + word[first + shift + 1]
    inverse = 1.0 / gap[first, shift]
    near = np.zeros(len(couples) * posts)
    for couple_of, worth in _tables(words, couples):
        couple = couple_of[pair]
        fits = couple >= 0
        at = couple[fits] * posts + post[first[fits]]
        near += np.bincount(at, (worth[pair] * inverse)[fits], minlength=len(near))
    return near.reshape(len(couples), posts)


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
