"""The engine that stands on arrays: every word has one place in one stream, and terms know their places.

A phrase is read off the stream around its rarest word; a gap follows each part of a post, so none is found across two.
What a term adds to the score of a post is worked out when the index is built, so a question adds up a few columns. The
arrays are mapped into memory, shared by all workers and checked before they are used; nothing in them can execute.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files
from indexer.fulltext.catalogue import Catalogue, write_catalogue
from indexer.fulltext.completion import completions
from indexer.fulltext.fragments import Stream, shown_hits
from indexer.fulltext.query import as_words
from indexer.fulltext.scoring import LEAST, Postings, least_of_best
from indexer.fulltext.vocabulary import Asked, Vocabulary, write_vocabulary
from indexer.model import Corpus, Hits, Query, Sort
from indexer.progress import Progress, silent
from indexer.settings import SearchSettings
from indexer.stored import StoredPosts
from indexer.tokens import Tokens

FOLDER = "fulltext"

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

        progress("indexing", 0, 2)
        term_of = write_vocabulary(directory, corpus, tokens, search.synonyms)
        write_catalogue(directory, corpus, search)
        progress("indexing", 1, 2)
        write_postings(directory, tokens, term_of)
        progress("indexing", 2, 2)

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
        self._stream = Stream(
            files.array(f"{FOLDER}/stream.npy"),
            np.append(self._vocabulary.term_of, np.uint32(self._vocabulary.terms)),
            files.array(f"{FOLDER}/spans.npy"),
            files.array(f"{FOLDER}/part_starts.npy"),
            files.array(f"{FOLDER}/part_kinds.npy"),
            files.array(f"{FOLDER}/part_sections.npy"),
            files.array(f"{FOLDER}/post_starts.npy"),
        )
        self._postings = Postings(files, self._catalogue, self._stream)

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
        answer = self._answer(query)
        return answer.ranked.tolist(), int(np.count_nonzero(answer.found))

    def _answer(self, query: Query) -> _Answer:
        words = as_words(query.text) if self._catalogue.is_signed_title(query.text) else query.words
        asked = self._vocabulary.understand(words, query.language)
        scores = self._postings.scores(asked)
        found = self._matching(asked, scores)
        allowed = self._catalogue.allowed(query)
        if allowed is not None:
            found &= allowed
        first, end = (query.page - 1) * query.per_page, query.page * query.per_page
        if query.sort is Sort.DATE or asked.only_excludes:
            ranked = self._catalogue.newest_first(np.flatnonzero(found))
        else:
            # A post that was not found must not be ranked; where everything with a score was found, nothing is to do.
            filtered = allowed is not None or asked.phrases or asked.excluded
            ranked = self._best(scores * found if filtered else scores, end)
        return _Answer(ranked[first:end], scores, found, asked)

    def _matching(self, asked: Asked, scores: Scores) -> Mask:
        """The posts with every phrase, or any word where there is no phrase, and nothing that is excluded.

        Those that are pinned have a score whatever their words are.
        """
        if asked.only_excludes and asked.excluded:
            found = np.ones(len(scores), dtype=bool)
        else:
            found = scores > 0
        for run in asked.phrases:
            found &= self._postings.having(run)
        for run in asked.excluded:
            found &= ~self._postings.having(run)
        if len(pinned := self._catalogue.pinned(asked.title)):
            found[pinned] = True
        return found

    def _best(self, scores: Scores, most: int) -> Numbers:
        """The posts with the best scores above 0, best first, equals in the order of the catalogue."""
        kept = (scores >= max(least_of_best(scores, most), LEAST)).nonzero()[0]
        return kept[np.lexsort((self._catalogue.order[kept], -scores[kept]))][:most]

    def complete(self, prefix: str, limit: int) -> list[str]:
        return completions(prefix, limit, self._catalogue, self._vocabulary, self._posts)

    def close(self) -> None:
        """Maps are let go of with the last answer that uses them."""
