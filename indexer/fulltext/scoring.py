"""What was asked → a score for every post of the columnar index; ranking.py has the numbers and their names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files, view
from indexer.fulltext import ranking
from indexer.fulltext.catalogue import Catalogue
from indexer.fulltext.places import Places, Positions, nearness
from indexer.fulltext.vocabulary import Asked, Run, Term, Word

FOLDER = "fulltext"

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]

LEAST = np.float32(1e-9)  # anything above nothing


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
        within = [self._within(word, posts) for word in words]
        near = nearness([one[0] for one in within], [one[1] for one in within], couples, len(posts))
        added = self._couples_worth(near) + self._rungs_worth(within, near, words, posts, asked)
        scores[posts] += added if self._gain is None else added * self._gain[posts]

    def _within(self, word: Word, posts: Numbers) -> tuple[Positions, Numbers, Numbers]:
        """The places of a word in the prose of some posts, the post of each place, and how many each post has."""
        counts = np.zeros(len(posts), dtype=np.int64)
        pieces: list[Positions] = []
        owners: list[Numbers] = []
        for term in word:
            first, last = self._starts[term], self._starts[term + 1]
            having = self._posts[first:last]
            at = np.minimum(having.searchsorted(posts), len(having) - 1)
            sizes = np.where(having[at] == posts, self._prose_counts[first + at], 0)
            ends = self._place_starts[first + at] + sizes
            pieces.append(self._places.at(np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(sizes.sum())))
            owners.append(np.repeat(np.arange(len(posts)), sizes))
            counts += sizes
        if len(pieces) == 1:
            return pieces[0], owners[0], counts
        order = np.argsort(np.concatenate(pieces), kind="stable")
        return np.concatenate(pieces)[order], np.concatenate(owners)[order], counts

    def _couples_worth(self, near: NDArray[np.float64]) -> NDArray[np.float64]:
        having = np.count_nonzero(near, axis=1)
        idf = np.log1p((self.posts - having + 0.5) / (having + 0.5))
        worth: NDArray[np.float64] = idf @ (near / (near + ranking.NEAR_K))
        return ranking.NEAR * (ranking.NEAR_K + 1) * worth

    def _rungs_worth(
        self,
        within: Sequence[tuple[Positions, Numbers, Numbers]],
        near: NDArray[np.float64],
        words: Run,
        posts: Numbers,
        asked: Asked,
    ) -> NDArray[np.float64]:
        every = np.logical_and.reduce([counts > 0 for _, _, counts in within])
        worth = np.zeros(len(posts))
        worth[every] += ranking.EVERY_WORD
        worth[every & (near > 0).all(axis=0)] += ranking.EVERY_COUPLE
        if every.any() and len(asked.whole) > 1 and all(asked.whole):
            known = min(range(len(words)), key=lambda number: len(within[number][0]))
            begun = self._places.followed(within[known][0], asked.whole.index(words[known]), asked.whole)
            if len(begun):
                worth[self._prose_ends[posts].searchsorted(begun, side="right")] += ranking.SEQUENCE
        worth *= sum(max((self._idf[term] for term in word), default=0.0) for word in words)
        return worth


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
