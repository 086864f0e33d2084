"""The best posts for each of some posts, while strips of what they are worth come in, in any order, by any thread."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.related.products import TILE, Floats, Ints, Strip, tiles

# The smallest product that is not 0. A key is how many of them a post is worth, then its number, the smaller the
# higher: one number of 64 bits, so that keys sort as neighbours do.
SMALLEST, POST_BITS = 2.0**-24, 32
LAST_POST = 2**POST_BITS - 1
# A lower bound of the kth best value of a row is taken from the maxima of this many times k groups of columns.
GROUPS = 3


class Neighbours(NamedTuple):
    """The nearest posts of every post, best first.

    ids: posts × k, int32, -1 where there are fewer. cosines: posts × k, float32 in 0..1.
    """

    ids: NDArray[np.int32]
    cosines: NDArray[np.float32]


class Entries(NamedTuple):
    """Posts that may enter the lists of others, and what they are worth there."""

    lists: Ints
    posts: Ints
    worth: Floats


def entries_of_rows(strip: Strip, least: Floats) -> Entries:
    """What the rows of a strip may take. least: what a post must be worth to each."""
    row, column, worth = _at_least(strip.worth, least[:, None])
    return Entries(strip.rows[row], strip.columns[column], worth)


def entries_of_columns(strip: Strip, least: Floats) -> Entries:
    """What the columns of a strip may take. least: what a post must be worth to each."""
    row, column, worth = _at_least(strip.worth, least)
    return Entries(strip.columns[column], strip.rows[row], worth)


def _at_least(worth: Floats, least: Floats) -> tuple[Ints, Ints, Floats]:
    """Row, column and value of what is worth at least so much."""
    at = np.flatnonzero(worth >= least.astype(worth.dtype))  # exact: float32 holds what is at most 1
    row, column = np.divmod(at, max(1, worth.shape[1]))
    return row, column, worth.ravel()[at]


def joined(entries: Sequence[Entries]) -> Entries:
    if not entries:
        return Entries(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    return Entries(*(np.concatenate(parts) for parts in zip(*entries, strict=True)))


class NeighbourLists:
    """The lists of some posts, k entries each."""

    def __init__(self, posts: Ints, k: int) -> None:
        """posts: ascending."""
        self._posts = posts
        self._keys = np.zeros((len(posts), k), dtype=np.uint64)  # ascending, so 0 stands before all others
        self._least = np.full(len(posts), SMALLEST)
        self._locks = [Lock() for _ in tiles(posts)]

    def least(self, posts: Ints) -> Floats:
        """What a post must be worth to enter each of some lists."""
        least: Floats = self._least[np.searchsorted(self._posts, posts)]
        return least

    def entries(self, strip: Strip) -> Entries:
        """What may enter the lists of the rows of a strip, of which nothing may have been seen yet."""
        least = self.least(strip.rows)
        if (least <= SMALLEST).any():
            least = np.maximum(least, _lower_bound(strip.worth, self._keys.shape[1]))
        return entries_of_rows(strip, least)

    def add(self, entries: Entries) -> None:
        """entries: of the lists of one tile."""
        if not len(entries.lists):
            return
        order = np.argsort(entries.lists, kind="stable")
        lists = np.searchsorted(self._posts, entries.lists[order])
        rows, firsts, counts = np.unique(lists, return_index=True, return_counts=True)
        of_row = np.repeat(np.arange(len(rows)), counts)
        k = self._keys.shape[1]
        table = np.zeros((len(rows), k + counts.max()), dtype=np.uint64)
        table[of_row, k + np.arange(len(lists)) - firsts[of_row]] = _keys(entries.worth, entries.posts)[order]
        with self._locks[rows[0] // TILE]:
            table[:, :k] = self._keys[rows]
            table.sort(axis=1)
            self._keys[rows] = table[:, -k:]
            self._least[rows] = np.maximum(_worth_of(table[:, -k]), SMALLEST)

    def neighbours(self) -> Neighbours:
        """What is in the lists, which are all of a corpus, or its rows."""
        found = Neighbours(np.empty(self._keys.shape, np.int32), np.empty(self._keys.shape, np.float32))
        for rows in tiles(np.arange(len(self._keys))):
            keys = self._keys[rows, ::-1]
            found.ids[rows] = np.where(keys > 0, LAST_POST - (keys & np.uint64(LAST_POST)).astype(np.int64), -1)
            found.cosines[rows] = _worth_of(keys) % 2.0  # without its band
        return found


def _keys(worth: Floats, posts: Ints) -> NDArray[np.uint64]:
    upper = (worth / SMALLEST).astype(np.uint64) << np.uint64(POST_BITS)
    keys: NDArray[np.uint64] = upper | (LAST_POST - posts).astype(np.uint64)
    return keys


def _worth_of(keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    worth: NDArray[np.float64] = (keys >> np.uint64(POST_BITS)).astype(np.float64) * SMALLEST
    return worth


def _lower_bound(worth: Floats, k: int) -> Floats:
    """For each row a number that at least k of its values reach: the kth best of the maxima of groups of columns."""
    groups = GROUPS * k
    size = worth.shape[1] // groups
    if not size:
        return np.zeros(len(worth))
    # The columns of a group lie far apart: posts that follow each other are often similar.
    maxima = worth[:, : groups * size].reshape(len(worth), size, groups).max(axis=1)
    bound: Floats = np.partition(maxima, groups - k, axis=1)[:, groups - k]
    return bound


def ranks_in_rows(row: NDArray[Any], key: Floats) -> NDArray[np.int64]:
    """The rank of each entry, from 0, within its row by ascending key; ties to the earlier entry. row: ascending."""
    rank = np.empty(len(row), dtype=np.int64)
    rank[np.lexsort((key, row))] = np.arange(len(row)) - np.searchsorted(row, row)
    return rank
