"""The columnar engine: a token stream and an inverted index of NumPy arrays, drawn in inverted_index.py.

The score that a term adds to a post is computed at build time, so a query adds up a few columns. The arrays are mapped
into memory, shared by all workers, and checked against the manifest before they are used; nothing in them can execute.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, CurationRule, EngineName, Hits, ParsedQuery, SearchRequest, Sort
from indexer.progress import Progress, silent
from indexer.search.applied_rules import AppliedRules, applied_rules
from indexer.search.autocomplete import completions
from indexer.search.columnar.inverted_index import (
    link_words,
    open_inverted_index,
    without_alias,
    write_inverted_index,
)
from indexer.search.columnar.scoring import NO_POSITIONS, SMALLEST_SCORE, Scorer, top_score_bound
from indexer.search.coverage import carrying_most
from indexer.search.engine import LinkTexts
from indexer.search.lexicon import Lexicon, write_lexicon
from indexer.search.metadata import Metadata, write_metadata
from indexer.search.resolver import QueryResolver, ResolvedQuery
from indexer.search.rule_change import RuleChange
from indexer.search.rule_trial import TriesRules
from indexer.search.signs import Signs, write_signs
from indexer.search.snippets import shown_hits
from indexer.search.stored_stream import term_stream, token_stream
from indexer.settings import SearchSettings
from indexer.store.arrays import Files
from indexer.store.posts import PostStore
from indexer.store.since import Since
from indexer.text import analysis
from indexer.text.token_stream import TokenStream

# Occurrences of a word after which words are looked for that complete a query.
MOST_LOOKED_THROUGH = 100_000

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]

NO_POSTS: Numbers = np.zeros(0, dtype=np.int64)


class ColumnarEngine:
    name = EngineName.COLUMNAR

    def build(
        self,
        directory: Path,
        corpus: Corpus,
        tokens: TokenStream,
        search: SearchSettings,
        progress: Progress = silent,
        link_texts: LinkTexts = (),
        since: Since | None = None,
    ) -> None:
        """Writes the folders lexicon/, metadata/ and fulltext/."""
        progress("indexing", 0, 2)
        term_of = write_lexicon(directory, corpus, tokens, search.synonyms, since)
        write_metadata(directory, corpus, search)
        write_signs(directory, corpus, since)
        progress("indexing", 1, 2)
        write_inverted_index(directory, tokens, term_of, link_words(corpus, tokens, link_texts))
        progress("indexing", 2, 2)

    def stored_tokens(self, files: Files) -> TokenStream | None:
        return token_stream(open_inverted_index(files), files)

    def verify(self, files: Files) -> None:
        """Nothing to do: all of it is in the generation."""

    def open(self, files: Files, posts: PostStore) -> ColumnarReader:
        return ColumnarReader(files, posts)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The posts of the page, best first; the score of every post; whether it is a hit; see Hits.more."""

    ranked: Numbers
    scores: Scores
    is_hit: Mask
    more: int
    resolved: ResolvedQuery


class ColumnarReader(TriesRules):
    """Searches one generation. It is immutable, so threads share it."""

    def __init__(self, files: Files, posts: PostStore) -> None:
        self._posts = posts
        self._lexicon = Lexicon(files)
        self._resolver = QueryResolver(self._lexicon)
        self._metadata = Metadata(files, posts)
        self._signs = Signs(files)
        self._index = index = open_inverted_index(files)
        self._stream = term_stream(index, self._lexicon)
        self._scorer = Scorer(index, self._metadata, self._stream, self._lexicon)

    def _apply(self, change: RuleChange) -> None:
        super()._apply(change)
        index = self._index
        if change.rule is CurationRule.ALIAS and not change.adds:
            words = [self._lexicon.numbers(word) for word in analysis.words(change.texts[0])]
            index = without_alias(index, change.post, words)
        self._scorer = Scorer(index, self._metadata, self._stream, self._lexicon)

    def search(self, request: SearchRequest) -> Hits:
        answer = self._answer(request)
        resolved, sections = answer.resolved, self._metadata.sections(answer.resolved.title_key, answer.resolved.text)
        ranked = answer.ranked.tolist()
        with_scores = list(zip(ranked, answer.scores[answer.ranked].tolist(), strict=True))
        return Hits(
            hits=shown_hits(self._stream, ranked, with_scores, self._posts, resolved, sections, request.snippet_length),
            total=(total := int(np.count_nonzero(answer.is_hit))),
            more=answer.more,
            tags=self._metadata.tag_counts(answer.is_hit, request.max_facet_values),
            languages=self._metadata.language_counts(answer.is_hit, request.max_facet_values),
            suggestion=resolved.suggestion if total else None,
            excluded=resolved.excluded,
            is_cut=resolved.is_cut,
        )

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        answer = self._answer(request)
        return answer.ranked.tolist(), int(np.count_nonzero(answer.is_hit))

    def _answer(self, request: SearchRequest) -> _Answer:
        resolved = self._resolver.resolve(request.query, request.language)
        scores = self._scorer.scores(resolved)
        if (of_signs := self._signs.scores(resolved.text, len(scores))) is not None:
            scores += of_signs if resolved.is_empty else of_signs * (scores > 0)
        is_hit = self._matching(resolved, scores)
        allowed = self._metadata.allowed(request)
        if allowed is not None:
            is_hit &= allowed
        first, end = (request.page - 1) * request.per_page, request.page * request.per_page
        more = 0
        if request.sort is Sort.DATE and not resolved.matches_all:
            found, is_hit = is_hit, self._with_most(resolved, is_hit)
            more = int(np.count_nonzero(found) - np.count_nonzero(is_hit))
        if request.sort is Sort.DATE or resolved.matches_all:
            ranked = self._metadata.newest_first(np.flatnonzero(is_hit))
        else:
            # Only hits may be ranked; without filters, phrases and exclusions every post with a score is one.
            is_filtered = allowed is not None or resolved.phrases or resolved.exclusions
            ranked = self._top(scores * is_hit if is_filtered else scores, end)
        return _Answer(ranked[first:end], scores, is_hit, more, resolved)

    def _with_most(self, resolved: ResolvedQuery, found: Mask) -> Mask:
        """Of the posts found those with what carries most of a query, and those pinned to it."""
        is_hit = carrying_most(resolved, self._scorer.docs_with, found)
        pinned = self._metadata.pinned(resolved.title_key, resolved.text)
        is_hit[pinned] = found[pinned]
        return is_hit

    def _matching(self, resolved: ResolvedQuery, scores: Scores) -> Mask:
        """The posts with all phrases, or with any word if there is no phrase, and without what is excluded.

        Pinned posts match whatever their words are.
        """
        if resolved.matches_all:
            is_hit = np.ones(len(scores), dtype=bool)
        else:
            is_hit = scores > 0
        for phrase in resolved.phrases:
            is_hit &= self._scorer.docs_with(phrase)
        for phrase in resolved.exclusions:
            is_hit &= ~self._scorer.docs_with(phrase)
        if len(pinned := self._metadata.pinned(resolved.title_key, resolved.text)):
            is_hit[pinned] = True
        return is_hit

    def _top(self, scores: Scores, k: int) -> Numbers:
        """The k posts with the best scores above 0, best first, ties in the order of the metadata."""
        if not k:
            return NO_POSTS
        candidates = (scores >= max(top_score_bound(scores, k), SMALLEST_SCORE)).nonzero()[0]
        return candidates[np.lexsort((self._metadata.order[candidates], -scores[candidates]))][:k]

    def complete(self, prefix: str, limit: int) -> list[str]:
        return completions(prefix, limit, self._metadata, self._lexicon, self._posts, self._following)

    def _following(self, word: str, within: range) -> list[int]:
        """Of words, by number, those that follow a word somewhere, the most frequent first."""
        positions = np.concatenate([NO_POSITIONS, *map(self._scorer.positions_of, self._lexicon.stems(word))])
        following = self._stream.words.take(positions[:MOST_LOOKED_THROUGH] + 1, mode="clip")
        numbers, counts = np.unique(
            following[(following >= within.start) & (following < within.stop)], return_counts=True
        )
        ranked: list[int] = numbers[np.argsort(-counts, kind="stable")].tolist()
        return ranked

    def rules(self, query: ParsedQuery) -> AppliedRules:
        return applied_rules(query, self._resolver, self._metadata)

    trouble = ""

    def check(self) -> None:
        """Nothing can be away."""

    def close(self) -> None:
        """Nothing to do: the maps are released with the last object that uses them."""
