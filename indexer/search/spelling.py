"""A word that no post has → the word of the posts that was probably meant, at a cost that one question cannot raise.

What is compared is counted and not timed, so that the same question has the same answer on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from indexer.store.arrays import Files, SortedStringArray

# Words that one question may be compared with, some two milliseconds' worth. A word that was begun is finished.
MOST_COMPARED = 40_000
# What it takes to look a word up, in comparisons.
LOOK_UP = 50
# Words up to this many letters are right as they are; up to the next, one edit away from what was meant.
ALWAYS_RIGHT, ONE_EDIT = 3, 7
# What stands behind the first letter of a word is looked up by so many of its bytes, which all words beyond ONE_EDIT
# have, by its length in bytes, and by its last byte.
_TAIL = ONE_EDIT - 1

Ints = NDArray[np.int64]


@dataclass(slots=True)
class ComparisonBudget:
    """How many comparisons are left to a question."""

    left: int = MOST_COMPARED


@dataclass(slots=True)
class _Alike:
    """Words of one length that start with one letter, each with the number of posts whose prose has it."""

    words: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


class SpellingCorrector:
    """The words of the posts' prose by their first letter and length, and by what follows the first letter.

    words: sorted, one that stands in two languages twice. counts: the posts whose prose has each; 0 where only code
    has. What is kept in memory can grow to the words of the prose and no further, whatever is asked.
    """

    def __init__(self, files: Files, name: str, words: SortedStringArray, counts: NDArray[np.uint32]) -> None:
        self._bytes = files.array(f"{name}.npy")
        self._starts = files.array(f"{name}.starts.npy")
        self._words = words
        self._counts = counts
        self._by_letter: dict[str, dict[int, _Alike]] = {}

    def nearest(self, word: str, budget: ComparisonBudget) -> str | None:
        """The fewest edits, then the most posts, then the first of the alphabet; None where no word is near enough.

        No edit up to 3 letters, one up to 7, two beyond; a wrong first letter counts double. A swap of neighbours is
        one edit (optimal string alignment). None too where no budget is left.
        """
        if len(word) <= ALWAYS_RIGHT or budget.left <= 0 or any(character.isdigit() for character in word):
            return None
        allowed = 1 if len(word) <= ONE_EDIT else 2
        found = self._begun_alike(word, allowed, budget)
        if not found and allowed == 2:
            found = self._otherwise_begun(word, budget)
        return min(found)[2] if found else None

    def _begun_alike(self, word: str, allowed: int, budget: ComparisonBudget) -> list[tuple[int, int, str]]:
        """Words with the same first letter: edits, posts (negative), itself."""
        groups = self._starting_with(word[0])
        found = []
        for length in range(len(word) - allowed, len(word) + allowed + 1):
            if alike := groups.get(length):
                budget.left -= len(alike.words)
                near = process.extract(word, alike.words, scorer=OSA.distance, score_cutoff=allowed, limit=None)
                found += [(int(distance), -alike.counts[place], other) for other, distance, place in near]
        budget.left -= LOOK_UP
        return found

    def _starting_with(self, letter: str) -> dict[int, _Alike]:
        """The words that start with a letter, by length."""
        groups = self._by_letter.get(letter)
        if groups is None:
            groups = defaultdict(_Alike)
            places = self._words.starting_with(letter)
            counts = self._counts[places.start : places.stop].tolist()
            for word, count in zip(self._words.run(places.start, len(places)), counts, strict=True):
                if not count or len(word) < ALWAYS_RIGHT:
                    continue
                alike = groups[len(word)]
                if alike.words and alike.words[-1] == word:  # the same in another language
                    alike.counts[-1] += count
                else:
                    alike.words.append(word)
                    alike.counts.append(count)
            if places:  # a letter that no word starts with is not remembered: there are a million of those
                self._by_letter[letter] = groups
        return groups

    def _otherwise_begun(self, word: str, budget: ComparisonBudget) -> list[tuple[int, int, str]]:
        """Words that differ at the first letter only: another, none, one too many, two swapped."""
        tails = {word[1:], word}
        wanted = {word[1:], word[1] + word[0] + word[2:]}
        for tail in tails:
            places = self._followed_by(tail)
            budget.left -= LOOK_UP * (2 + len(places))
            wanted.update(other for place in places if (other := self._words[place])[1:] in tails)
        return [(2, -count, other) for other in wanted if (count := self._count(other))]

    def _count(self, word: str) -> int:
        """The posts whose prose has this word."""
        return sum(int(self._counts[place]) for place in self._words.places(word))

    def _followed_by(self, tail: str) -> list[int]:
        """Where words stand that go on behind their first letter like this, and perhaps a few others."""
        keys, places = self._tails
        text = tail.encode("utf-8", "surrogatepass")
        wanted = np.frombuffer(bytes([*text[:_TAIL], len(text) & 0xFF, text[-1]]), dtype=np.uint64)[0]
        first, end = keys.searchsorted(wanted), keys.searchsorted(wanted, side="right")
        found: list[int] = places[first:end].tolist()
        return found

    @cached_property
    def _tails(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """Of each word that is long enough what it is looked up by, as a number, sorted; and its place."""
        starts, ends = self._starts[:-1], self._starts[1:]
        heads = self._bytes[np.minimum(starts, max(len(self._bytes) - 1, 0))]
        seconds = starts + 1 + (heads >= 0xC0) + (heads >= 0xE0) + (heads >= 0xF0)  # as long as UTF-8 says
        places = np.flatnonzero((self._counts > 0) & (ends - seconds >= _TAIL))
        keys = np.empty((len(places), _TAIL + 2), dtype=np.uint8)
        keys[:, :_TAIL] = self._bytes[seconds[places, None] + np.arange(_TAIL)]
        keys[:, _TAIL] = (ends - seconds)[places] & 0xFF
        keys[:, _TAIL + 1] = self._bytes[ends[places] - 1]
        numbers = keys.view(np.uint64).ravel()
        order = numbers.argsort(kind="stable")
        return numbers[order], places[order].astype(np.int32)
