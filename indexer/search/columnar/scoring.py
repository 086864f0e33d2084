"""What was asked → a score for every post of the columnar index; ranking.py has the numbers and their names."""

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

Column = tuple[Posts, Scores, float]  # posts, what is added to each, and what that is multiplied by

# Two words side by side may stand for so many pairs of terms: enough for the stems of every language. A single
# Chinese character stands for more, and what it is near to says little.
MOST_PAIRS = 100
LEAST = np.float32(1e-9)  # anything above nothing


class Scorer:
    """Resolved queries → scores, by the arrays of the inverted index."""

    def __init__(self, index: InvertedIndex, metadata: Metadata, stream: TermStream) -> None:
        self._index = index
        self._metadata = metadata
        self._phrases = PhraseMatcher(index, stream)
        # What is looked at one number at a time is a view, many times as fast as an array there.
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
        """The posts that have a word, or a sequence of words within one part."""
        docs_with = np.zeros(self.posts, dtype=bool)
        if len(phrase) == 1:
            for term in phrase[0]:
                docs_with[self._index.posting_posts[self._starts[term] : self._starts[term + 1]]] = True
        elif all(phrase):
            begun = self._phrases.starts(phrase).astype(
                self._index.post_starts.dtype
            )  # or all starts would be converted
            docs_with[self._index.post_starts.searchsorted(begun, side="right") - 1] = True
        return docs_with

    def scores(self, resolved: ResolvedQuery) -> Scores:
        """What every post that has any of the terms is worth; 0 for the others."""
        words = (*resolved.words, *(word for phrase in resolved.phrases for word in phrase))
        weighted = [(term, 1.0) for word in words for term in word]
        weighted += [(term, ranking.CONTINUATION if place else 1.0) for place, term in enumerate(resolved.unfinished)]
        scores = self._sum(weighted, self._pair_columns(resolved.order) if len(resolved.order) > 1 else [])
        self._add_titles(scores, [term for term, _ in weighted])
        for phrase in resolved.synonyms:
            docs_with = self.docs_with(phrase)
            own = self._sum([(term, ranking.SYNONYM) for word in phrase for term in word], [])
            scores[docs_with] += own[docs_with]
        if self._boost is not None:
            scores *= self._boost
        self._lift(scores, resolved)
        return scores

    def _sum(self, weighted: Iterable[tuple[Term, float]], columns: list[Column]) -> Scores:
        """What terms add to every post. columns: what is added beside that."""
        rows: list[Scores] = []
        for term, weight in weighted:
            if (row := self._dense_rows[term]) >= 0:
                rows.append(self._index.dense[row] if weight == 1.0 else self._index.dense[row] * np.float32(weight))
            else:
                own = slice(self._starts[term], self._starts[term + 1])
                columns.append((self._index.posting_posts[own], self._index.posting_scores[own], weight))
        scores = np.zeros(self.posts, dtype=np.float32)
        if columns:
            numbers, values, weights = zip(*columns, strict=True)
            _add_up(scores, numbers, weights, values)
        for added in rows:
            scores += added
        return scores

    def _pair_columns(self, order: Phrase) -> list[Column]:
        """What two words add that follow each other in the question, to the posts where they are near each other."""
        neighbours = [(first, second) for first, second in pairwise(order) if len(first) * len(second) <= MOST_PAIRS]
        pairs = {(left, right) for first, second in neighbours for left in first for right in second if left != right}
        terms = len(self._starts) - 1
        keys = [(left * terms + right, 1.0) for left, right in sorted(pairs)]
        keys += [(right * terms + left, ranking.REVERSED) for left, right in sorted(pairs)]
        columns = []
        for key, weight in keys:
            place = bisect_left(self._pairs, key)
            if place < len(self._pairs) and self._pairs[place] == key:
                own = slice(self._pair_starts[place], self._pair_starts[place + 1])
                columns.append((self._index.pair_posts[own], self._index.pair_scores[own], weight))
        return columns

    # ------------------------------------------------------------------------------------------------- titles

    def _add_titles(self, scores: Scores, terms: list[Term]) -> None:
        """TITLE · matched² / total of the title or alias of each post of which most was asked for."""
        runs = [self._index.titles[self._title_starts[term] : self._title_starts[term + 1]] for term in terms]
        worth = np.zeros(len(self._index.title_weights), dtype=np.float32)  # at first, what was matched
        if not _add_up(worth, runs, [self._idf[term] for term in terms]):
            return
        worth *= worth
        worth *= self._index.title_weights  # TITLE / total, worked out when the index was built
        if len(worth) == self.posts:
            scores += worth
        else:  # a post has several names: the best one counts
            best = np.zeros(self.posts, dtype=np.float32)
            found = worth.nonzero()[0]
            np.maximum.at(best, self._index.title_posts[found], worth[found])
            scores += best

    def _lift(self, scores: Scores, resolved: ResolvedQuery) -> None:
        """Titles that were typed, and what editors pinned: these alone need none of the words."""
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


def _add_up(sums: Scores, numbers: Sequence[Posts], weights: Sequence[float], added: Sequence[Scores] = ()) -> bool:
    """Adds to sums, in place: to each of some numbers its weight, or what is `added` times that. False: to none.

    One pass over everything costs less than one for each of many short columns.
    """
    sizes = [len(one) for one in numbers]
    if not any(sizes):
        return False
    values = np.concatenate(added) if added else None
    if values is None or weights.count(1.0) < len(weights):
        worth = np.array(weights, dtype=np.float32).repeat(sizes)
        values = worth if values is None else values * worth
    np.add.at(sums, np.concatenate(numbers), values)
    return True


def least_of_best(scores: Scores, most: int) -> np.float32:
    """A score that at least `most` of the posts reach, and few more.

    Every post belongs to one of some blocks. As many blocks as the best maxima are have a post that reaches the least
    of them; to sort a few maxima costs a tenth of sorting the scores.
    """
    if len(scores) <= most:
        return np.float32(0.0)
    size = len(scores) // (4 * most)
    maxima = np.maximum.reduceat(scores, np.arange(0, len(scores), size)) if size >= 4 else scores
    return np.float32(np.partition(maxima, len(maxima) - most)[len(maxima) - most])
