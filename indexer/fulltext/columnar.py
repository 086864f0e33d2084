"""The engine that stands on arrays: every word has one place in one stream, and terms know their places.

A phrase is an intersection of places moved by one, so it never crosses from one part of a post into another. What a
term adds to the score of a post is worked out when the index is built, so a question adds up a few columns. The arrays
are mapped into memory, shared by all workers and checked before they are used; nothing in them can execute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files, view
from indexer.fulltext import ranking
from indexer.fulltext.catalogue import Catalogue, write_catalogue
from indexer.fulltext.completion import completions
from indexer.fulltext.engine import Progress, silent
from indexer.fulltext.fragments import Stream, shown_hits
from indexer.fulltext.query import as_words
from indexer.fulltext.vocabulary import Asked, Run, Term, Vocabulary, Word, write_vocabulary
from indexer.model import Corpus, Hits, Query, Sort
from indexer.settings import SearchSettings
from indexer.stored import StoredPosts
from indexer.tokens import Tokens

FOLDER = "fulltext"
# The k best of many are found among those above the k-th best of as many block maxima.
BLOCKS = 128

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


class ColumnarEngine:
    name = "columnar"

    def build(
        self, directory: Path, corpus: Corpus, tokens: Tokens, search: SearchSettings, progress: Progress = silent
    ) -> None:
        """Writes the folders words/, catalogue/ and fulltext/."""
        from indexer.fulltext.postings import write_postings

        progress(0, 2)
        term_of = write_vocabulary(directory, corpus, tokens, search.synonyms)
        write_catalogue(directory, corpus, search)
        progress(1, 2)
        write_postings(directory, tokens, term_of, np.load(directory / "catalogue" / "gain.npy", allow_pickle=False))
        progress(2, 2)

    def open(self, files: Files, posts: StoredPosts) -> ColumnarReader:
        return ColumnarReader(files, posts)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found. ranked: the posts of the page, best first."""

    ranked: Numbers
    scores: Scores
    found: Mask
    asked: Asked


class ColumnarReader:
    """Answers from one generation; nothing in it changes, so threads share it."""

    def __init__(self, files: Files, posts: StoredPosts) -> None:
        self._posts = posts
        self._vocabulary = Vocabulary(files)
        self._catalogue = Catalogue(files, posts)
        term_of = self._vocabulary.term_of
        beyond = np.uint32(len(files.array(f"{FOLDER}/starts.npy")) - 1)
        self._stream = Stream(
            files.array(f"{FOLDER}/stream.npy"),
            np.append(term_of, beyond),
            files.array(f"{FOLDER}/spans.npy"),
            files.array(f"{FOLDER}/part_starts.npy"),
            files.array(f"{FOLDER}/part_kinds.npy"),
            files.array(f"{FOLDER}/part_sections.npy"),
            files.array(f"{FOLDER}/post_starts.npy"),
        )
        self._positions = files.array(f"{FOLDER}/positions.npy")
        self._position_starts = view(files.array(f"{FOLDER}/position_starts.npy"))
        self._starts = view(files.array(f"{FOLDER}/starts.npy"))
        self._postings = files.array(f"{FOLDER}/posts.npy")
        self._scores = files.array(f"{FOLDER}/scores.npy")

    def search(self, query: Query) -> Hits:
        answer = self._answer(query)
        ranked = answer.ranked.tolist()
        found = list(zip(ranked, answer.scores[answer.ranked].tolist(), strict=True))
        return Hits(
            hits=shown_hits(self._stream, ranked, found, self._posts, answer.asked),
            total=int(np.count_nonzero(answer.found)),
            tags=self._catalogue.facets(answer.found),
            suggestion=answer.asked.suggestion,
        )

    def ranked(self, query: Query) -> tuple[list[int], int]:
        """The numbers of the posts of the page, best first, and the total: an answer without anything to show."""
        answer = self._answer(query)
        return answer.ranked.tolist(), int(np.count_nonzero(answer.found))

    def _answer(self, query: Query) -> _Answer:
        words = as_words(query.text) if self._catalogue.is_signed_title(query.text) else query.words
        asked = self._vocabulary.understand(words, query.language)
        scores = self._summed(asked)
        found = self._matching(asked, scores)
        found[self._catalogue.pinned(asked.title)] = True
        allowed = self._catalogue.allowed(query)
        if allowed is not None:
            found &= allowed
        first, end = (query.page - 1) * query.per_page, query.page * query.per_page
        if query.sort is Sort.DATE or asked.only_excludes:
            ranked = self._catalogue.newest_first(np.flatnonzero(found))
        else:
            for bonus, members in ranking.rungs(asked, self._catalogue):
                scores[members] += np.float32(bonus)
            ranked = self._best(np.where(found, scores, np.float32(0.0)), end)
        return _Answer(ranked[first:end], scores, found, asked)

    # ------------------------------------------------------------------------------------------------ scoring

    def _summed(self, asked: Asked) -> Scores:
        """The sum of what every term adds to every post."""
        scores = np.zeros(len(self._posts), dtype=np.float32)
        for word in (*asked.loose, *(word for run in asked.phrases for word in run)):
            for term in word:
                self._add(scores, term, 1.0)
        for place, term in enumerate(asked.unfinished):
            self._add(scores, term, ranking.CONTINUATION if place else 1.0)
        for run in asked.instead:
            self._add_run(scores, run)
        return scores

    def _add(self, scores: Scores, term: Term, weight: float) -> None:
        postings = slice(self._starts[term], self._starts[term + 1])
        added = self._scores[postings]
        scores[self._postings[postings]] += added if weight == 1.0 else added * np.float32(weight)

    def _add_run(self, scores: Scores, run: Run) -> None:
        """What a synonym adds to the posts that have all of it."""
        own = np.zeros_like(scores)
        for term in (term for word in run for term in word):
            self._add(own, term, ranking.SYNONYM)
        having = self._having(run)
        scores[having] += own[having]

    def _best(self, scores: Scores, most: int) -> Numbers:
        """The posts with the best scores above 0, best first, equals in the order of the catalogue."""
        kept = np.flatnonzero(scores >= _least_of_best(scores, most))
        kept = kept[scores[kept] > 0]
        return kept[np.lexsort((self._catalogue.order[kept], -scores[kept]))][:most]

    # ----------------------------------------------------------------------------------------------- matching

    def _matching(self, asked: Asked, scores: Scores) -> Mask:
        """The posts with every phrase, or any word where there is no phrase, and nothing that is excluded."""
        if asked.phrases:
            found = np.ones(len(scores), dtype=bool)
            for run in asked.phrases:
                found &= self._having(run)
        elif not (asked.only_excludes and asked.excluded):
            found = scores > 0
        else:
            found = np.ones(len(scores), dtype=bool)
        for run in asked.excluded:
            found &= ~self._having(run)
        return found

    def _having(self, run: Run) -> Mask:
        """The posts that have a word, or a sequence of words within one part."""
        having = np.zeros(len(self._posts), dtype=bool)
        if len(run) == 1:
            for term in run[0]:
                having[self._postings[self._starts[term] : self._starts[term + 1]]] = True
        elif all(run):
            having[np.searchsorted(self._stream.post_starts, self._sequences(run), side="right") - 1] = True
        return having

    def _sequences(self, run: Run) -> NDArray[np.uint32]:
        """The places at which a sequence of words begins."""
        rarest = min(range(len(run)), key=lambda offset: self._count(run[offset]))
        begun = self._places(run[rarest]) - np.uint32(rarest)  # a place too early wraps to one that nothing has
        for offset, word in enumerate(run):
            if offset != rarest and len(begun):
                begun = begun[_contained(begun + np.uint32(offset), self._places(word))]
        return begun

    def _count(self, word: Word) -> int:
        return sum(self._position_starts[term + 1] - self._position_starts[term] for term in word)

    def _places(self, word: Word) -> NDArray[np.uint32]:
        """The places of a word, ascending."""
        pieces = [self._positions[self._position_starts[term] : self._position_starts[term + 1]] for term in word]
        return pieces[0] if len(pieces) == 1 else np.sort(np.concatenate(pieces))

    def complete(self, prefix: str, limit: int) -> list[str]:
        return completions(prefix, limit, self._catalogue, self._vocabulary, self._posts)

    def close(self) -> None:
        """Maps are let go of with the last answer that uses them."""


def _least_of_best(scores: Scores, most: int) -> np.float32:
    """A score that at least `most` of the posts reach, or a little less than the best ones have."""
    if len(scores) < 4 * BLOCKS or most > BLOCKS // 2:
        if len(scores) <= most:
            return np.float32(0.0)
        return np.float32(np.partition(scores, len(scores) - most)[len(scores) - most])
    whole = len(scores) - len(scores) % BLOCKS
    maxima = scores[:whole].reshape(BLOCKS, -1).max(axis=1)
    return np.float32(np.partition(maxima, BLOCKS - most)[BLOCKS - most])


def _contained(wanted: NDArray[np.uint32], among: Sequence[int] | NDArray[np.uint32]) -> Mask:
    """Which of some places are among others; both ascending."""
    places = np.searchsorted(among, wanted)
    inside: Mask = np.asarray(among)[np.minimum(places, len(among) - 1)] == wanted
    return inside
