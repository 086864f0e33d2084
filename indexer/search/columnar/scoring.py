"""What was asked → a score for every post of the columnar index; ranking.py has the numbers and their names."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.search import ranking
from indexer.search.columnar.positions import Positions
from indexer.search.lexicon import Asked, Run, Term
from indexer.search.metadata import Catalogue
from indexer.search.snippets import Stream
from indexer.store.arrays import Files, view

FOLDER = "fulltext"

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]

Column = tuple[Numbers, Scores, float]  # posts, what is added to each, and what that is multiplied by

# Two words side by side may stand for so many couples of terms: enough for the stems of every language. A single
# Chinese character stands for more, and what it is near to says little.
MOST_COUPLES = 100
LEAST = np.float32(1e-9)  # anything above nothing


class Postings:
    """For each term the posts that have it, and what it adds to their scores."""

    def __init__(self, files: Files, catalogue: Catalogue, stream: Stream) -> None:
        self._catalogue = catalogue
        self._positions = Positions(files, stream)
        self._starts = view(files.array(f"{FOLDER}/starts.npy"))
        self._posts = files.array(f"{FOLDER}/posts.npy")
        self._added = files.array(f"{FOLDER}/scores.npy")
        self._idf = view(files.array(f"{FOLDER}/idf.npy"))
        self._titles = files.array(f"{FOLDER}/titles.npy")
        self._title_starts = view(files.array(f"{FOLDER}/title_starts.npy"))
        self._title_idf = files.array(f"{FOLDER}/title_idf.npy")
        self._title_posts = files.array(f"{FOLDER}/title_posts.npy")
        self._post_starts = stream.post_starts
        self._couples = view(files.array(f"{FOLDER}/couples.npy"))
        self._couple_starts = view(files.array(f"{FOLDER}/couple_starts.npy"))
        self._couple_posts = files.array(f"{FOLDER}/couple_posts.npy")
        self._couple_worths = files.array(f"{FOLDER}/couple_worths.npy")
        self._terms = len(self._starts) - 1
        self._dense = files.array(f"{FOLDER}/dense.npy")
        self._row_of = view(files.array(f"{FOLDER}/dense_of.npy"))
        self._gain = catalogue.gain if len(catalogue.gain) and (catalogue.gain != 1.0).any() else None

    @property
    def posts(self) -> int:
        return len(self._post_starts) - 1

    def having(self, run: Run) -> Mask:
        """The posts that have a word, or a sequence of words within one part."""
        having = np.zeros(self.posts, dtype=bool)
        if len(run) == 1:
            for term in run[0]:
                having[self._posts[self._starts[term] : self._starts[term + 1]]] = True
        elif all(run):
            begun = self._positions.sequences(run).astype(self._post_starts.dtype)  # or all starts would be converted
            having[self._post_starts.searchsorted(begun, side="right") - 1] = True
        return having

    def scores(self, asked: Asked) -> Scores:
        """What every post that has any of the terms is worth; 0 for the others."""
        words = (*asked.loose, *(word for run in asked.phrases for word in run))
        weighted = [(term, 1.0) for word in words for term in word]
        weighted += [(term, ranking.CONTINUATION if place else 1.0) for place, term in enumerate(asked.unfinished)]
        scores = self._sum(weighted, self._couples_in(asked.order) if len(asked.order) > 1 else [])
        self._add_titles(scores, [term for term, _ in weighted])
        for run in asked.instead:
            having = self.having(run)
            own = self._sum([(term, ranking.SYNONYM) for word in run for term in word], [])
            scores[having] += own[having]
        if self._gain is not None:
            scores *= self._gain
        self._lift(scores, asked)
        return scores

    def _sum(self, weighted: Iterable[tuple[Term, float]], columns: list[Column]) -> Scores:
        """What terms add to every post. columns: what is added beside that."""
        rows: list[Scores] = []
        for term, weight in weighted:
            if (row := self._row_of[term]) >= 0:
                rows.append(self._dense[row] if weight == 1.0 else self._dense[row] * np.float32(weight))
            else:
                own = slice(self._starts[term], self._starts[term + 1])
                columns.append((self._posts[own], self._added[own], weight))
        scores = np.zeros(self.posts, dtype=np.float32)
        if columns:
            numbers, values, weights = zip(*columns, strict=True)
            _add_up(scores, numbers, weights, values)
        for added in rows:
            scores += added
        return scores

    def _couples_in(self, order: Run) -> list[Column]:
        """What two words add that follow each other in the question, to the posts where they are near each other."""
        couples = [(first, second) for first, second in pairwise(order) if len(first) * len(second) <= MOST_COUPLES]
        pairs = {(one, other) for first, second in couples for one in first for other in second if one != other}
        keys = [(one * self._terms + other, 1.0) for one, other in sorted(pairs)]
        keys += [(other * self._terms + one, ranking.REVERSED) for one, other in sorted(pairs)]
        columns = []
        for key, weight in keys:
            place = bisect_left(self._couples, key)
            if place < len(self._couples) and self._couples[place] == key:
                own = slice(self._couple_starts[place], self._couple_starts[place + 1])
                columns.append((self._couple_posts[own], self._couple_worths[own], weight))
        return columns

    # ------------------------------------------------------------------------------------------------- titles

    def _add_titles(self, scores: Scores, terms: list[Term]) -> None:
        """TITLE · matched² / total of the title or alias of each post of which most was asked for."""
        runs = [self._titles[self._title_starts[term] : self._title_starts[term + 1]] for term in terms]
        worth = np.zeros(len(self._title_idf), dtype=np.float32)  # at first, what was matched
        if not _add_up(worth, runs, [self._idf[term] for term in terms]):
            return
        worth *= worth
        worth *= self._title_idf  # TITLE / total, worked out when the index was built
        if len(worth) == self.posts:
            scores += worth
        else:  # a post has several names: the best one counts
            best = np.zeros(self.posts, dtype=np.float32)
            found = worth.nonzero()[0]
            np.maximum.at(best, self._title_posts[found], worth[found])
            scores += best

    def _lift(self, scores: Scores, asked: Asked) -> None:
        """Titles that were typed, and what editors pinned: these alone need none of the words."""
        titled = self._catalogue.titled(asked.title, bool(asked.unfinished))
        for bonus, posts in (
            (ranking.TITLE_TYPED if asked.unfinished else ranking.TITLE_START, titled.starting),
            (ranking.EXACT_ALIAS, titled.alias),
            (ranking.EXACT_TITLE, titled.exact),
        ):
            if len(posts):
                scores[posts[scores[posts] > 0]] += np.float32(bonus)
        if len(pinned := self._catalogue.pinned(asked.title)):
            scores[pinned] = np.float32(ranking.PIN)


def _add_up(sums: Scores, numbers: Sequence[Numbers], weights: Sequence[float], added: Sequence[Scores] = ()) -> bool:
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
