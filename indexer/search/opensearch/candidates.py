"""The words of the best posts, read in the generation's own token stream: where a term or a phrase stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.search.lexicon import Phrase, Term
from indexer.search.snippets import TermStream, is_any_of

Numbers = NDArray[np.int64]


class Candidates:
    """The posts that are looked through for what is scored beyond the sum over terms.

    posts: their numbers. count: how many posts of the site have a phrase.
    """

    def __init__(
        self, stream: TermStream, posts: Sequence[int], count: Callable[[Phrase], int] = lambda phrase: 0
    ) -> None:
        self._stream = stream
        self._count = count
        self._posts: Numbers = np.array(sorted(posts), dtype=np.int64)
        starts = stream.post_starts[self._posts].astype(np.int64)
        ends = stream.post_starts[self._posts + 1].astype(np.int64)
        pieces = [stream.words[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        # The posts are laid end to end: where each begins there, and how far that is from its place in the stream.
        self._terms = stream.term_of.take(np.concatenate(pieces) if pieces else stream.words[:0])
        self._starts: Numbers = np.append(0, (ends - starts).cumsum()[:-1])
        self._shifts = starts - self._starts

    def positions_of(self, term: Term) -> NDArray[Any]:
        return self._in_stream((self._terms == term).nonzero()[0])

    def starts(self, phrase: Phrase) -> Numbers:
        """A gap ends each post, so no phrase begins in one and ends in another."""
        return self._in_stream(self._phrase_starts(phrase))

    def posts_for_each(self, phrase: Phrase) -> float:
        here = len(self.posts_with(phrase))
        return max(self._count(phrase) / here, 1.0) if here else 1.0

    def posts_with(self, phrase: Phrase) -> list[int]:
        """The numbers of the posts with a phrase."""
        found: list[int] = np.unique(self._posts[self._places_of(self._phrase_starts(phrase))]).tolist()
        return found

    def _phrase_starts(self, phrase: Phrase) -> Numbers:
        """Where a phrase begins in the posts that are laid end to end."""
        last = max(len(self._terms) - len(phrase) + 1, 0)
        is_start = np.ones(last, dtype=bool)
        for offset, word in enumerate(phrase):
            is_start &= is_any_of(self._terms[offset : offset + last], word)
        return is_start.nonzero()[0]

    def _in_stream(self, places: Numbers) -> Numbers:
        positions: Numbers = places + self._shifts[self._places_of(places)]
        return positions

    def _places_of(self, places: Numbers) -> Numbers:
        """The post that each of these places is in."""
        return self._starts.searchsorted(places, side="right") - 1
