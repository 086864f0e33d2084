"""A resolved query → a score for every post of the columnar index. The weights are in ranking.py."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.search import ranking
from indexer.search.columnar.inverted_index import InvertedIndex
from indexer.search.columnar.phrases import PhraseMatcher
from indexer.search.lexicon import Phrase, ResolvedQuery, Term
from indexer.search.metadata import Metadata
from indexer.search.snippets import TermStream
from indexer.store.arrays import view

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]
Posts = NDArray[np.int32]

Column = tuple[Posts, Scores, float]  # posts, the score to add to each, and the weight of these scores

# Two adjacent words may expand to this many pairs of terms: enough for the stems of every language. A single Chinese
# character expands to more, and its neighbours say little about the query.
MOST_PAIRS = 100
SMALLEST_SCORE = np.float32(1e-9)  # below any score that a match can have


class Scorer:
    """Scores posts by the arrays of the inverted index."""

    def __init__(self, index: InvertedIndex, metadata: Metadata, stream: TermStream) -> None:
        self._index = index
        self._metadata = metadata
        self._phrases = PhraseMatcher(index, stream)
        # Arrays that are read one item at a time are views, which is many times as fast.
        self._starts = view(index.posting_starts)
        self._idf = view(index.idf)
        self._title_starts = view(index.title_starts)
        self._pairs = view(index.pairs)
        self._pair_starts = view(index.pair_starts)
        self._dense_rows = view(index.dense_rows)
        self._boost = metadata.boost if len(metadata.boost) and (metadata.boost != 1.0).any() else None

    @property
    def posts(self) -> int:
        return len(self._index.post_starts) - 1

    def docs_with(self, phrase: Phrase) -> Mask:
        """Whether each post has a word, or a phrase within one part."""
        is_match = np.zeros(self.posts, dtype=bool)
        if len(phrase) == 1:
            for term in phrase[0]:
                is_match[self._index.posting_posts[self._starts[term] : self._starts[term + 1]]] = True
        elif all(phrase):
            # Of the same type as post_starts, or searchsorted would convert all of these.
            positions = self._phrases.starts(phrase).astype(self._index.post_starts.dtype)
            is_match[self._index.post_starts.searchsorted(positions, side="right") - 1] = True
        return is_match

    def scores(self, resolved: ResolvedQuery) -> Scores:
        """The score of every post (float32); 0 where a post has none of the terms and is not pinned."""
        words = (*resolved.words, *(word for phrase in resolved.phrases for word in phrase))
        weighted = [(term, 1.0) for word in words for term in word]
        weighted += [(term, ranking.CONTINUATION if index else 1.0) for index, term in enumerate(resolved.unfinished)]
        scores = self._sum(weighted, self._pair_columns(resolved.order) if len(resolved.order) > 1 else [])
        self._add_titles(scores, [term for term, _ in weighted])
        for phrase in resolved.synonyms:
            is_match = self.docs_with(phrase)
            synonym_scores = self._sum([(term, ranking.SYNONYM) for word in phrase for term in word], [])
            scores[is_match] += synonym_scores[is_match]
        if self._boost is not None:
            scores *= self._boost
        self._promote(scores, resolved)
        return scores

    def _sum(self, weighted: Iterable[tuple[Term, float]], columns: list[Column]) -> Scores:
        """The weighted sum of the scores of terms, for every post. columns: further scores to add."""
        rows: list[Scores] = []
        for term, weight in weighted:
            if (row := self._dense_rows[term]) >= 0:
                rows.append(self._index.dense[row] if weight == 1.0 else self._index.dense[row] * np.float32(weight))
            else:
                postings = slice(self._starts[term], self._starts[term + 1])
                columns.append((self._index.posting_posts[postings], self._index.posting_scores[postings], weight))
        scores = np.zeros(self.posts, dtype=np.float32)
        if columns:
            posts, values, weights = zip(*columns, strict=True)
            _add_at(scores, posts, weights, values)
        for row_scores in rows:
            scores += row_scores
        return scores

    def _pair_columns(self, order: Phrase) -> list[Column]:
        """The scores of posts in which two consecutive words of the query are near each other."""
        neighbours = [(first, second) for first, second in pairwise(order) if len(first) * len(second) <= MOST_PAIRS]
        pairs = {(left, right) for first, second in neighbours for left in first for right in second if left != right}
        terms = len(self._starts) - 1
        keys = [(left * terms + right, 1.0) for left, right in sorted(pairs)]
        keys += [(right * terms + left, ranking.REVERSED) for left, right in sorted(pairs)]
        columns = []
        for key, weight in keys:
            index = bisect_left(self._pairs, key)
            if index < len(self._pairs) and self._pairs[index] == key:
                postings = slice(self._pair_starts[index], self._pair_starts[index + 1])
                columns.append((self._index.pair_posts[postings], self._index.pair_scores[postings], weight))
        return columns

    # ------------------------------------------------------------------------------------------------- titles

    def _add_titles(self, scores: Scores, terms: list[Term]) -> None:
        """Adds TITLE · matched² / total of the best title or alias of each post, both in idf of its terms."""
        titles = [self._index.titles[self._title_starts[term] : self._title_starts[term + 1]] for term in terms]
        title_scores = np.zeros(len(self._index.title_weights), dtype=np.float32)  # at first the matched idf
        if not _add_at(title_scores, titles, [self._idf[term] for term in terms]):
            return
        title_scores *= title_scores
        title_scores *= self._index.title_weights  # TITLE / total, computed at build time
        if len(title_scores) == self.posts:
            scores += title_scores
        else:  # some posts have aliases: the best of all names counts
            best = np.zeros(self.posts, dtype=np.float32)
            matched = title_scores.nonzero()[0]
            np.maximum.at(best, self._index.title_posts[matched], title_scores[matched])
            scores += best

    def _promote(self, scores: Scores, resolved: ResolvedQuery) -> None:
        """Lifts posts whose title was typed, if they match, and pinned posts, which need none of the words."""
        titled = self._metadata.titled(resolved.title_key, bool(resolved.unfinished))
        for bonus, posts in (
            (ranking.TITLE_TYPED if resolved.unfinished else ranking.TITLE_START, titled.starting),
            (ranking.EXACT_ALIAS, titled.alias),
            (ranking.EXACT_TITLE, titled.exact),
        ):
            if len(posts):
                scores[posts[scores[posts] > 0]] += np.float32(bonus)
        if len(pinned := self._metadata.pinned(resolved.title_key)):
            scores[pinned] = np.float32(ranking.PIN)


def _add_at(sums: Scores, indices: Sequence[Posts], weights: Sequence[float], values: Sequence[Scores] = ()) -> bool:
    """Adds weight · value to the sums at each of the indices, in place; without values, the weight alone.

    One pass over all columns costs less than one for each of many short ones. Returns False if there is no index.
    """
    sizes = [len(column) for column in indices]
    if not any(sizes):
        return False
    added = np.concatenate(values) if values else None
    if added is None or weights.count(1.0) < len(weights):
        repeated = np.array(weights, dtype=np.float32).repeat(sizes)
        added = repeated if added is None else added * repeated
    np.add.at(sums, np.concatenate(indices), added)
    return True


def top_score_bound(scores: Scores, k: int) -> np.float32:
    """A lower bound of the k best scores that few other scores reach.

    The scores are divided into more than k blocks. The k-th largest block maximum is reached in k blocks, so by at
    least k scores; partitioning the maxima costs a tenth of partitioning the scores.
    """
    if len(scores) <= k:
        return np.float32(0.0)
    size = len(scores) // (4 * k)
    maxima = np.maximum.reduceat(scores, np.arange(0, len(scores), size)) if size >= 4 else scores
    return np.float32(np.partition(maxima, len(maxima) - k)[len(maxima) - k])
