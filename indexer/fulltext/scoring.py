"""What was asked → a score for every post of the columnar index; ranking.py has the numbers and their names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files, view
from indexer.fulltext import ranking
from indexer.fulltext.catalogue import Catalogue
from indexer.fulltext.places import Places, Within, nearness
from indexer.fulltext.vocabulary import Asked, Run, Term, Word

FOLDER = "fulltext"

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]

LEAST = np.float32(1e-9)  # anything above nothing
# A word that stands in a post more often is near to everything there.
MOST_PLACES = 16


class Postings:
    """For each term the posts that have it, and what it adds to their scores."""

    def __init__(self, files: Files, catalogue: Catalogue, places: Places) -> None:
        self._catalogue = catalogue
        self._places = places
        self._starts = view(files.array(f"{FOLDER}/starts.npy"))
        self._posts = files.array(f"{FOLDER}/posts.npy")
        self._added = files.array(f"{FOLDER}/scores.npy")
        self._idf = view(files.array(f"{FOLDER}/idf.npy"))
        self._titles = files.array(f"{FOLDER}/titles.npy")
        self._title_starts = view(files.array(f"{FOLDER}/title_starts.npy"))
        self._title_idf = files.array(f"{FOLDER}/title_idf.npy")
        self._title_posts = files.array(f"{FOLDER}/title_posts.npy")
        self._prose_starts = files.array(f"{FOLDER}/prose_starts.npy")
        self._place_starts = files.array(f"{FOLDER}/place_starts.npy")
        self._prose_counts = files.array(f"{FOLDER}/prose_counts.npy")
        self._dense = files.array(f"{FOLDER}/dense.npy")
        self._row_of = view(files.array(f"{FOLDER}/dense_of.npy"))
        self._prose_ends = files.array(f"{FOLDER}/prose_ends.npy")
        self._gain = catalogue.gain if len(catalogue.gain) and (catalogue.gain != 1.0).any() else None

    @property
    def posts(self) -> int:
        return len(self._prose_starts)

    def having(self, run: Run) -> Mask:
        """The posts that have a word, or a sequence of words within one part."""
        having = np.zeros(self.posts, dtype=bool)
        if len(run) == 1:
            for term in run[0]:
                having[self._posts[self._starts[term] : self._starts[term + 1]]] = True
        elif all(run):
            begun = self._places.sequences(run)
            having[self._prose_starts.searchsorted(begun, side="right") - 1] = True
        return having

    def scores(self, asked: Asked) -> Scores:
        """What every post that has any of the terms is worth; 0 for the others."""
        scores = np.zeros(self.posts, dtype=np.float32)
        for word in asked.loose:
            for term in word:
                self._add(scores, term)
        for run in asked.phrases:
            for word in run:
                for term in word:
                    self._add(scores, term)
        for place, term in enumerate(asked.unfinished):
            self._add(scores, term, ranking.CONTINUATION if place else 1.0)
        self._add_titles(scores, asked)
        for run in asked.instead:
            self._add_synonym(scores, run)
        if self._gain is not None:
            scores *= self._gain
        order = [word for word in asked.order if word]
        if len(order) > 1:
            self._add_nearness(scores, order, asked)
        self._lift(scores, asked)
        return scores

    def _add(self, scores: Scores, term: Term, weight: float = 1.0) -> None:
        if (row := self._row_of[term]) >= 0:
            added = self._dense[row]
            scores += added if weight == 1.0 else added * np.float32(weight)
            return
        postings = slice(self._starts[term], self._starts[term + 1])
        added = self._added[postings]
        scores[self._posts[postings]] += added if weight == 1.0 else added * np.float32(weight)

    def _add_synonym(self, scores: Scores, run: Run) -> None:
        """What a synonym adds to the posts that have all of it."""
        own = np.zeros_like(scores)
        for word in run:
            for term in word:
                self._add(own, term, ranking.SYNONYM)
        having = self.having(run)
        scores[having] += own[having]

    # ------------------------------------------------------------------------------------------------- titles

    def _add_titles(self, scores: Scores, asked: Asked) -> None:
        """TITLE · matched² / total of the title or alias of each post of which most was asked for."""
        matched = np.zeros(len(self._title_idf), dtype=np.float32)
        for word in (*asked.loose, *(word for run in asked.phrases for word in run), asked.unfinished):
            for term in word:
                matched[self._titles[self._title_starts[term] : self._title_starts[term + 1]]] += self._idf[term]
        worth = matched * matched
        worth *= self._title_idf  # TITLE / total, worked out when the index was built
        scores += worth[: self.posts]
        if len(worth) > self.posts:
            aliases = worth[self.posts :]
            owners = self._title_posts[self.posts :]
            best = worth[: self.posts].copy()
            np.maximum.at(best, owners, aliases)
            scores += best - worth[: self.posts]

    def _lift(self, scores: Scores, asked: Asked) -> None:
        """Titles that were typed, and what editors pinned: these alone need none of the words."""
        titled = self._catalogue.titled(asked.title, bool(asked.unfinished))
        for bonus, posts in (
            (ranking.TITLE_START, titled.starting),
            (ranking.EXACT_ALIAS, titled.alias),
            (ranking.EXACT_TITLE, titled.exact),
        ):
            if len(posts):
                scores[posts[scores[posts] > 0]] += np.float32(bonus)
        if len(pinned := self._catalogue.pinned(asked.title)):
            scores[pinned] += np.float32(ranking.PIN)

    # ----------------------------------------------------------------------------------------------- nearness

    def _add_nearness(self, scores: Scores, order: Sequence[Word], asked: Asked) -> None:
        """How near the words are to each other, and whether all are there, for the best posts so far."""
        words = tuple(dict.fromkeys(order))
        number = {word: place for place, word in enumerate(words)}
        couples = list(dict.fromkeys((number[one], number[other]) for one, other in pairwise(order) if one != other))
        if not couples:
            return
        posts = np.flatnonzero(scores >= max(least_of_best(scores, ranking.LOOKED_AT), LEAST))
        within = self._within(words, posts)
        near = nearness(within, couples)
        added = self._couples_worth(near) + self._rungs_worth(within, near, words, posts, asked)
        scores[posts] += added if self._gain is None else added * self._gain[posts]

    def _within(self, words: Run, posts: Numbers) -> Within:
        """The places of words in the prose of some posts, at most MOST_PLACES of a term in a post."""
        terms = [term for word in words for term in word]
        firsts = [self._starts[term] for term in terms]
        lasts = [self._starts[term + 1] for term in terms]
        found = [first + self._posts[first:last].searchsorted(posts) for first, last in zip(firsts, lasts, strict=True)]
        # A posting for every term and post; where the post has not the term, that of another post.
        posting = np.minimum(np.concatenate(found), np.repeat(lasts, len(posts)) - 1)
        wanted = np.tile(posts, len(terms))
        sizes = np.where(self._posts[posting] == wanted, self._prose_counts[posting], 0)
        sizes = np.minimum(sizes, MOST_PLACES)
        ends = np.cumsum(sizes)
        numbers = np.repeat(self._place_starts[posting] + sizes - ends, sizes) + np.arange(ends[-1])
        owner = np.repeat(np.tile(np.arange(len(posts)), len(terms)), sizes)
        word_of = np.repeat(np.arange(len(words)), [len(word) for word in words])
        word = np.repeat(np.repeat(word_of, len(posts)), sizes)
        counts = sizes.reshape(len(terms), len(posts))
        if len(terms) > len(words):
            counts = np.add.reduceat(counts, np.searchsorted(word_of, np.arange(len(words))))
        return Within(self._places.at(numbers), word, owner, counts)

    def _couples_worth(self, near: NDArray[np.float64]) -> NDArray[np.float64]:
        having = np.count_nonzero(near, axis=1)
        idf = np.log1p((self.posts - having + 0.5) / (having + 0.5))
        worth: NDArray[np.float64] = idf @ (near / (near + ranking.NEAR_K))
        return ranking.NEAR * (ranking.NEAR_K + 1) * worth

    def _rungs_worth(
        self, within: Within, near: NDArray[np.float64], words: Run, posts: Numbers, asked: Asked
    ) -> NDArray[np.float64]:
        every = (within.counts > 0).all(axis=0)
        worth = np.zeros(len(posts))
        if not every.any():
            return worth
        worth[every] += ranking.EVERY_WORD
        worth[every & (near > 0).all(axis=0)] += ranking.EVERY_COUPLE
        if len(asked.whole) > 1 and all(asked.whole):
            known = int(within.counts.sum(axis=1).argmin())
            begun = self._places.followed(np.sort(within.of(known)), asked.whole.index(words[known]), asked.whole)
            if len(begun):
                worth[self._prose_ends[posts].searchsorted(begun, side="right")] += ranking.SEQUENCE
        return worth * sum(max(self._idf[term] for term in word) for word in words)


def least_of_best(scores: Scores, most: int) -> np.float32:
    """A score that at least `most` of the posts reach, and few more.

    Every post belongs to one of some blocks. As many blocks as the best maxima are have a post that reaches the least
    of them; to sort a few maxima costs a tenth of sorting the scores.
    """
    if len(scores) <= most:
        return np.float32(0.0)
    blocks = 4 * most
    rows = len(scores) // blocks
    if rows < 4:
        return np.float32(np.partition(scores, len(scores) - most)[len(scores) - most])
    maxima = scores[: rows * blocks].reshape(rows, blocks).max(axis=0)
    return np.float32(np.partition(maxima, blocks - most)[blocks - most])
