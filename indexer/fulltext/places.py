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
class Neighbours:
    """The words of a question within the prose of some posts.

    has: words × posts, whether the post has the word. near: couples × posts, how near the two words of each couple
    are: the sum over all places of 1 / distance. within: of each word the places in these posts.
    """

    has: Mask
    near: NDArray[np.float64]
    within: list[Positions]


def neighbours(
    places: Places, words: Run, couples: Sequence[tuple[int, int]], starts: Positions, ends: Positions
) -> Neighbours:
    """words: different ones. couples: of words, by their numbers, as they follow each other in the question.

    starts, ends: the stretches of the stream that count, one for each post, ascending.
    """
    has = np.empty((len(words), len(starts)), dtype=bool)
    within: list[Positions] = []
    for number, word in enumerate(words):
        all_places = places.of(word)
        first, last = all_places.searchsorted(starts), all_places.searchsorted(ends)
        sizes = last - first
        has[number] = sizes > 0
        within.append(all_places[np.repeat(last - np.cumsum(sizes), sizes) + np.arange(sizes.sum())])
    near = _nearness(within, couples, ends)
    return Neighbours(has, near, within)


def _nearness(within: list[Positions], couples: Sequence[tuple[int, int]], ends: Positions) -> NDArray[np.float64]:
    """All couples at once: the places of all words are merged, and each is compared with the next few."""
    near = np.zeros(len(couples) * len(ends))
    place = np.concatenate(within)
    order = np.argsort(place, kind="stable")  # sorted pieces: they are merged and not sorted
    place = place[order]
    word = np.repeat(np.arange(len(within)), [len(one) for one in within])[order]
    post = ends.searchsorted(place, side="right")
    tables = _tables(len(within), couples)
    for shift in range(1, WINDOW + 1):
        gap = place[shift:] - place[:-shift]
        close = np.flatnonzero(gap <= WINDOW)
        if not len(close):
            break
        first, second, there = word[close], word[close + shift], post[close]
        for couple_of, worth in tables:
            couple = couple_of[first, second]
            fits = couple >= 0
            at = couple[fits] * len(ends) + there[fits]
            near += np.bincount(at, worth[first, second][fits] / gap[close][fits], minlength=len(near))
    return near.reshape(len(couples), len(ends))


def _tables(words: int, couples: Sequence[tuple[int, int]]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """For two words in the order of the text: which couple they are, and what that order is worth.

    Where a question has a couple both ways round ("over and over and"), a second table tells of the other one.
    """
    tables = [(np.full((words, words), -1), np.zeros((words, words))) for _ in range(2)]
    for couple, (one, other) in enumerate(couples):
        for first, second, worth in ((one, other, 1.0), (other, one, REVERSED)):
            table = tables[0] if tables[0][0][first, second] < 0 else tables[1]
            table[0][first, second], table[1][first, second] = couple, worth
    return [table for table in tables if (table[0] >= 0).any()]
