"""What was asked → a score for every post of the columnar index; ranking.py has the numbers and their names."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files, view
from indexer.fulltext import ranking
from indexer.fulltext.catalogue import Catalogue
from indexer.fulltext.places import Places
from indexer.fulltext.vocabulary import Asked, Run, Term

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
        self._post_starts = files.array(f"{FOLDER}/post_starts.npy")
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
            begun = self._places.sequences(run)
            having[self._post_starts.searchsorted(begun, side="right") - 1] = True
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
        if len(asked.order) > 1:
            self._add_couples(scores, asked.order)
        if self._gain is not None:
            scores *= self._gain
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

    def _add_couples(self, scores: Scores, order: Run) -> None:
        """What two words add that follow each other in the question, to the posts where they are near each other."""
        pairs = {(one, other) for first, second in pairwise(order) for one in first for other in second if one != other}
        for one, other in sorted(pairs):
            for key, worth in (
                (one * self._terms + other, 1.0),
                (other * self._terms + one, ranking.REVERSED),
            ):
                place = bisect_left(self._couples, key)
                if place < len(self._couples) and self._couples[place] == key:
                    own = slice(self._couple_starts[place], self._couple_starts[place + 1])
                    added = self._couple_worths[own]
                    scores[self._couple_posts[own]] += added if worth == 1.0 else added * np.float32(worth)


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
