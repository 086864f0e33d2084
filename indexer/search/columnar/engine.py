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

from indexer.model import Corpus, EngineName, Hits, SearchRequest, Sort
from indexer.progress import Progress, silent
from indexer.search.autocomplete import completions
from indexer.search.columnar.inverted_index import open_inverted_index, stored_tokens, write_inverted_index
from indexer.search.columnar.scoring import LEAST, Scorer, least_of_best
from indexer.search.lexicon import Lexicon, ResolvedQuery, write_lexicon
from indexer.search.metadata import Metadata, write_metadata
from indexer.search.query import as_words
from indexer.search.snippets import TermStream, shown_hits
from indexer.settings import SearchSettings
from indexer.store.arrays import Files
from indexer.store.posts import PostStore
from indexer.text.token_stream import TokenStream

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


class ColumnarEngine:
    name = EngineName.COLUMNAR

    def build(
        self, directory: Path, corpus: Corpus, tokens: TokenStream, search: SearchSettings, progress: Progress = silent
    ) -> None:
        """Writes the folders lexicon/, metadata/ and fulltext/."""
        progress("indexing", 0, 2)
        term_of = write_lexicon(directory, corpus, tokens, search.synonyms)
        write_metadata(directory, corpus, search)
        progress("indexing", 1, 2)
        write_inverted_index(directory, tokens, term_of)
        progress("indexing", 2, 2)

    def stored_tokens(self, files: Files) -> TokenStream | None:
        return stored_tokens(files)

    def open(self, files: Files, posts: PostStore) -> ColumnarReader:
        return ColumnarReader(files, posts)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was found. ranked: the posts of the page, best first."""

    ranked: Numbers
    scores: Scores
    found: Mask
    resolved: ResolvedQuery


class ColumnarReader:
    """Answers from one generation; nothing in it changes, so threads share it."""

    def __init__(self, files: Files, posts: PostStore) -> None:
        self._posts = posts
        self._lexicon = Lexicon(files)
        self._metadata = Metadata(files, posts)
        index = open_inverted_index(files)
        self._stream = TermStream(
            index.stream,
            np.append(self._lexicon.term_of, np.uint32(self._lexicon.terms)),
            index.spans,
            index.part_starts,
            index.part_kinds,
            index.part_sections,
            index.post_starts,
        )
        self._scorer = Scorer(index, self._metadata, self._stream)

    def search(self, request: SearchRequest) -> Hits:
        answer = self._answer(request)
        ranked = answer.ranked.tolist()
        found = list(zip(ranked, answer.scores[answer.ranked].tolist(), strict=True))
        return Hits(
            hits=shown_hits(self._stream, ranked, found, self._posts, answer.resolved),
            total=int(np.count_nonzero(answer.found)),
            tags=self._metadata.facets(answer.found),
            suggestion=answer.resolved.suggestion,
        )

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        answer = self._answer(request)
        return answer.ranked.tolist(), int(np.count_nonzero(answer.found))

    def _answer(self, request: SearchRequest) -> _Answer:
        query = as_words(request.query.text) if self._metadata.is_signed_title(request.query.text) else request.query
        resolved = self._lexicon.resolve(query, request.language)
        scores = self._scorer.scores(resolved)
        found = self._matching(resolved, scores)
        allowed = self._metadata.allowed(request)
        if allowed is not None:
            found &= allowed
        first, end = (request.page - 1) * request.per_page, request.page * request.per_page
        if request.sort is Sort.DATE or resolved.only_excludes:
            ranked = self._metadata.newest_first(np.flatnonzero(found))
        else:
            # A post that was not found must not be ranked; where everything with a score was found, nothing is to do.
            is_filtered = allowed is not None or resolved.phrases or resolved.exclusions
            ranked = self._best(scores * found if is_filtered else scores, end)
        return _Answer(ranked[first:end], scores, found, resolved)

    def _matching(self, resolved: ResolvedQuery, scores: Scores) -> Mask:
        """The posts with every phrase, or any word where there is no phrase, and nothing that is excluded.

        Those that are pinned have a score whatever their words are.
        """
        if resolved.only_excludes and resolved.exclusions:
            found = np.ones(len(scores), dtype=bool)
        else:
            found = scores > 0
        for phrase in resolved.phrases:
            found &= self._scorer.docs_with(phrase)
        for phrase in resolved.exclusions:
            found &= ~self._scorer.docs_with(phrase)
        if len(pinned := self._metadata.pinned(resolved.title_key)):
            found[pinned] = True
        return found

    def _best(self, scores: Scores, most: int) -> Numbers:
        """The posts with the best scores above 0, best first, equals in the order of the metadata."""
        kept = (scores >= max(least_of_best(scores, most), LEAST)).nonzero()[0]
        return kept[np.lexsort((self._metadata.order[kept], -scores[kept]))][:most]

    def complete(self, prefix: str, limit: int) -> list[str]:
        return completions(prefix, limit, self._metadata, self._lexicon, self._posts)

    def close(self) -> None:
        """Maps are let go of with the last answer that uses them."""
