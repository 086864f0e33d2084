"""A word that no post has → the word of the posts that was probably meant, at a bounded cost per query.

The bound is on the number of comparisons, not on time, so that a query gets the same answer on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from indexer.store.arrays import SortedStringArray

# Comparisons that a query may cost, about two milliseconds. A word that was started is finished.
MOST_COMPARED = 40_000
# The cost of a lookup, in comparisons.
LOOK_UP = 50
# Words of up to ALWAYS_RIGHT letters are never corrected, words of up to ONE_EDIT letters by one edit, longer by two.
ALWAYS_RIGHT, ONE_EDIT = 3, 7
# The tail of a word, all after its first letter, is looked up by this many of its bytes, which all words longer than
# ONE_EDIT have, by its length in bytes, and by its last byte.
_TAIL = ONE_EDIT - 1

Ints = NDArray[np.int64]


@dataclass(slots=True)
class ComparisonBudget:
    """The comparisons that a query has left."""

    left: int = MOST_COMPARED


@dataclass(slots=True)
class _WordGroup:
    """Words of one length with one first letter, and the document frequency of each in prose."""

    words: list[str] = field(default_factory=list)
    document_frequencies: list[int] = field(default_factory=list)


_Correction = tuple[int, int, str]  # edit distance, negative document frequency, word: the least is the best


class SpellingCorrector:
    """The words of the posts' prose, by first letter and length, and by what follows the first letter.

    words: sorted; a word of two languages is listed twice. document_frequencies: of each word in prose; 0 where only
    code has it. Memory is bounded by the words of the prose, whatever visitors type.
    """

    def __init__(self, words: SortedStringArray, document_frequencies: NDArray[np.int32]) -> None:
        self._bytes, self._starts = words.raw_arrays
        self._words = words
        self._document_frequencies = document_frequencies
        self._groups_by_letter: dict[str, dict[int, _WordGroup]] = {}

    def nearest(self, word: str, budget: ComparisonBudget, is_excluded: Callable[[str], bool]) -> str | None:
        """The word with the fewest edits, then in the most posts, then first in the alphabet; None if none is near.

        No edits up to 3 letters, one up to 7, two beyond; a wrong first letter counts double. Distances are optimal
        string alignment, in which a swap of neighbours is one edit. Also None if the budget is spent. is_excluded:
        whether a word is not to be offered.
        """
        if len(word) <= ALWAYS_RIGHT or budget.left <= 0 or any(character.isdigit() for character in word):
            return None
        max_edits = 1 if len(word) <= ONE_EDIT else 2
        candidates = self._with_same_first_letter(word, max_edits, budget)
        if not candidates and max_edits == 2:
            candidates = self._with_other_first_letter(word, budget)
        return next((other for _, _, other in sorted(candidates) if not is_excluded(other)), None)

    def _with_same_first_letter(self, word: str, max_edits: int, budget: ComparisonBudget) -> list[_Correction]:
        groups = self._groups(word[0])
        candidates = []
        for length in range(len(word) - max_edits, len(word) + max_edits + 1):
            if group := groups.get(length):
                budget.left -= len(group.words)
                near = process.extract(word, group.words, scorer=OSA.distance, score_cutoff=max_edits, limit=None)
                candidates += [
                    (int(distance), -group.document_frequencies[index], other) for other, distance, index in near
                ]
        budget.left -= LOOK_UP
        return candidates

    def _groups(self, letter: str) -> dict[int, _WordGroup]:
        """The words that start with a letter, by length."""
        groups = self._groups_by_letter.get(letter)
        if groups is None:
            groups = defaultdict(_WordGroup)
            indices = self._words.starting_with(letter)
            frequencies = self._document_frequencies[indices.start : indices.stop].tolist()
            for word, frequency in zip(self._words.run(indices.start, len(indices)), frequencies, strict=True):
                if not frequency or len(word) < ALWAYS_RIGHT:
                    continue
                group = groups[len(word)]
                if group.words and group.words[-1] == word:  # the same word in another language
                    group.document_frequencies[-1] += frequency
                else:
                    group.words.append(word)
                    group.document_frequencies.append(frequency)
            if indices:  # letters that no word starts with are not cached: there are a million of them
                self._groups_by_letter[letter] = groups
        return groups

    def _with_other_first_letter(self, word: str, budget: ComparisonBudget) -> list[_Correction]:
        """Words with another first letter, without it, with one more in front, or with the first two swapped."""
        tails = {word[1:], word}
        candidates = {word[1:], word[1] + word[0] + word[2:]}
        for tail in tails:
            indices = self._with_tail(tail)
            budget.left -= LOOK_UP * (2 + len(indices))
            candidates.update(other for index in indices if (other := self._words[index])[1:] in tails)
        return [(2, -frequency, other) for other in candidates if (frequency := self._document_frequency(other))]

    def _document_frequency(self, word: str) -> int:
        """The number of posts whose prose has a word, in any language."""
        return sum(int(self._document_frequencies[index]) for index in self._words.indices(word))

    def _with_tail(self, tail: str) -> list[int]:
        """The indices of words with this tail, and perhaps of a few others with the same key."""
        keys, indices = self._tails
        encoded = tail.encode("utf-8", "surrogatepass")
        key = np.frombuffer(bytes([*encoded[:_TAIL], len(encoded) & 0xFF, encoded[-1]]), dtype=np.uint64)[0]
        first, end = keys.searchsorted(key), keys.searchsorted(key, side="right")
        matches: list[int] = indices[first:end].tolist()
        return matches

    @cached_property
    def _tails(self) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """The keys of the tails of all words that are long enough, sorted, and the index of the word of each."""
        bounds = self._starts.astype(np.int64)  # differences may be below 0
        starts, ends = bounds[:-1], bounds[1:]
        first_bytes = self._bytes[np.minimum(starts, max(len(self._bytes) - 1, 0))]
        # The first byte of a UTF-8 character gives its length.
        tail_starts = starts + 1 + (first_bytes >= 0xC0) + (first_bytes >= 0xE0) + (first_bytes >= 0xF0)
        indices = np.flatnonzero((self._document_frequencies > 0) & (ends - tail_starts >= _TAIL))
        key_bytes = np.empty((len(indices), _TAIL + 2), dtype=np.uint8)
        key_bytes[:, :_TAIL] = self._bytes[tail_starts[indices, None] + np.arange(_TAIL)]
        key_bytes[:, _TAIL] = (ends - tail_starts)[indices] & 0xFF
        key_bytes[:, _TAIL + 1] = self._bytes[ends[indices] - 1]
        keys = key_bytes.view(np.uint64).ravel()
        order = keys.argsort(kind="stable")
        return keys[order], indices[order].astype(np.int32)
