"""The exact nearest neighbours of every post, by a blocked product of all vectors with all, or of those that changed.

The values of vectors are multiples of 1/4096 (vectors.py), so every sum of products up to 1 is exact in 32 bits, in
whatever order it is added up, and what exceeds 1 exceeds it in every order. So a cosine is the same from either side,
in any block, with any number of threads, and a row that is kept is what it would become if it were worked out again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.content.pool import cores

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Made = TypeVar("Made")
NO_POSTS: Ints = np.zeros(0, dtype=np.int64)
# Some posts → the distances of their languages from those of all posts, 0 to 2.
Distances = Callable[[Ints], NDArray[np.int8]]

# Values of the similarity matrix that are in memory at a time, for each core; and rows, on a small site.
BLOCK_VALUES, MOST_ROWS = 2_000_000, 128
# The most frequent columns cause most of the work; a dense product does that part many times faster.
DENSE_COLUMNS = 512
# A lower bound of the kth best value of a row is taken from the maxima of this many times k groups of columns.
GROUPS = 3
# Where a larger share of the posts has changed, all rows are worked out: to patch the others is no less work.
MOST_CHANGED = 0.2


class Neighbours(NamedTuple):
    """The nearest posts of every post, best first.

    ids: posts × k, int32, -1 where there are fewer. cosines: posts × k, float32 in 0..1.
    """

    ids: NDArray[np.int32]
    cosines: NDArray[np.float32]


def cosine_neighbours(vectors: sparse.csr_array, k: int, distances: Distances | None = None) -> Neighbours:
    """The k nearest posts of every post, by exact dot product.

    vectors: CSR (posts × terms), float32, multiples of 1/4096, rows of length 1 at most (0 for a post without terms).
    distances: of languages; nearer ones come first, however similar. None: all are the same.
    Ties go to the smaller id, so two builds of one corpus agree to the bit.
    """
    posts = vectors.shape[0]
    found = Neighbours(np.full((posts, k), -1, dtype=np.int32), np.zeros((posts, k), dtype=np.float32))
    products = _Products(vectors, distances)
    on_all_cores(lambda rows: _write(found, rows, products.of(rows)), np.arange(posts), posts)
    return found


def updated_neighbours(
    kept: Neighbours, is_changed: NDArray[np.bool_], vectors: sparse.csr_array, distances: Distances | None = None
) -> Neighbours:
    """What `cosine_neighbours` returns for these vectors, from what it returned for those of another build.

    kept: the neighbours of each post then, by the numbers of now, which must be in the same order; -1 for posts that
    have gone, whose cosines stay. is_changed: the posts that are new, or whose vector or language is another one now.
    """
    posts, k = kept.ids.shape
    changed = np.flatnonzero(is_changed)
    if len(changed) > MOST_CHANGED * posts:
        return cosine_neighbours(vectors, k, distances)
    found = Neighbours(kept.ids.copy(), kept.cosines.copy())
    products = _Products(vectors, distances)
    stays = (kept.ids >= 0) & ~is_changed[kept.ids]
    is_full = kept.cosines[:, -1] > 0
    worth = _worth(kept, stays, distances)
    # What is worth less than the last neighbour does not enter a list; where that has gone, nobody knows what does.
    last = np.where(is_full, worth[:, -1], np.float64(0.0))
    is_open = (is_full & ~stays[:, -1]) | is_changed
    last[is_open] = np.inf

    def take(rows: Ints) -> tuple[Ints, Ints, Floats]:
        block = products.of(rows)
        _write(found, rows, block)
        row, column = np.nonzero((block >= last) & (block > 0))
        return column, rows[row], block[row, column]

    entering = on_all_cores(take, changed, posts)
    row, post = (np.concatenate([NO_POSTS, *(part[at] for part in entering)]) for at in range(2))
    value = np.concatenate([np.zeros(0), *(part[2] for part in entering)])
    # A list is known where k posts are left that no other can come before; the rest of its neighbours may have gone.
    known = stays.sum(axis=1) + np.bincount(row[value > last[row]], minlength=posts)
    is_open |= is_full & (known < k)
    lost = ((kept.cosines > 0) & ~stays).any(axis=1)
    is_patched = (lost | (np.bincount(row, minlength=posts) > 0)) & ~is_open
    _patch(found, stays & is_patched[:, None], worth, *(part[is_patched[row]] for part in (row, post, value)))
    rest = np.flatnonzero(is_open & ~is_changed)
    on_all_cores(lambda rows: _write(found, rows, products.of(rows)), rest, posts)
    return found


def on_all_cores(work: Callable[[Ints], Made], rows: Ints, width: int) -> list[Made]:
    """What is made of each block of rows, in order. NumPy and SciPy let other threads run while they work.

    width: about how many values are in memory for a row.
    """
    size = max(1, min(MOST_ROWS, BLOCK_VALUES // max(1, width)))
    blocks = [rows[first : first + size] for first in range(0, len(rows), size)]
    with ThreadPoolExecutor(cores()) as threads:
        return list(threads.map(work, blocks))


# --------------------------------------------------------------------------------------------------- products


class _Products:
    """What posts are worth to some posts as neighbours: the dot products of their rows, set apart by language.

    With distances it is 4 more, and 2 less for each step: in bands that do not touch, and in 64 bits, so exact, too.
    """

    def __init__(self, vectors: sparse.csr_array, distances: Distances | None) -> None:
        document_frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
        is_frequent = np.zeros(vectors.shape[1], dtype=bool)
        is_frequent[np.argsort(-document_frequency, kind="stable")[:DENSE_COLUMNS]] = True
        self._dense = vectors[:, is_frequent].toarray()
        self._rest = vectors[:, ~is_frequent].tocsr()
        self._transposed = self._rest.T.tocsr()
        self._distances = distances

    def of(self, rows: Ints) -> Floats:
        """Some × all; 0 for what is no neighbour, and for a post itself."""
        block: Floats = self._dense[rows] @ self._dense.T
        block += (self._rest[rows] @ self._transposed).toarray()
        np.minimum(block, 1.0, out=block)
        block[np.arange(len(rows)), rows] = 0.0
        if self._distances is None:
            return block
        return np.where(block > 0, block + _bands(self._distances(rows)), 0.0)


def _bands(distances: NDArray[np.int8]) -> Floats:
    return 4.0 - 2.0 * distances.astype(np.float64)


def _worth(kept: Neighbours, stays: NDArray[np.bool_], distances: Distances | None) -> Floats:
    """The worth of each neighbour that stays."""
    if distances is None:
        return kept.cosines
    worth = kept.cosines.astype(np.float64)
    for first in range(0, len(worth), MOST_ROWS):
        rows = np.arange(first, min(first + MOST_ROWS, len(worth)))
        bands = np.take_along_axis(_bands(distances(rows)), np.maximum(kept.ids[rows], 0), axis=1)
        worth[rows] += np.where(stays[rows], bands, 0.0)
    return worth


# ------------------------------------------------------------------------------------------------------- lists


def _write(found: Neighbours, rows: Ints, worth: Floats) -> None:
    """Writes the neighbours of some posts. worth: some × all, of which the best are taken."""
    row, column, rank, value = _best(worth, found.ids.shape[1])
    found.ids[rows], found.cosines[rows] = -1, 0.0
    found.ids[rows[row], rank] = column
    found.cosines[rows[row], rank] = value % 2.0  # without its band


def _patch(found: Neighbours, stays: NDArray[np.bool_], worth: Floats, row: Ints, post: Ints, value: Floats) -> None:
    """Writes the lists that some posts enter or leave. stays: the neighbours that stay in these lists.

    row, post, value: a post that enters the list of another, and what it is worth there.
    """
    rows, places = np.nonzero(stays)
    row = np.concatenate([rows, row])
    post = np.concatenate([found.ids[rows, places], post])
    value = np.concatenate([worth[rows, places], value])
    order = np.lexsort((post, -value, row))
    row, post, value = row[order], post[order], value[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    found.ids[row], found.cosines[row] = -1, 0.0
    is_best = rank < found.ids.shape[1]
    row, rank = row[is_best], rank[is_best]
    found.ids[row, rank], found.cosines[row, rank] = post[is_best], value[is_best] % 2.0


def _best(block: Floats, k: int) -> tuple[Ints, Ints, Ints, Floats]:
    """The k highest positive values of each row: row, column, rank from 0, and value; ties to the smaller column."""
    threshold = _lower_bound(block, k)
    row, column = np.nonzero((block >= threshold[:, None]) & (block > 0))
    value = block[row, column]
    rank = ranks_in_rows(row, -value)
    is_best = rank < k
    return row[is_best], column[is_best], rank[is_best], value[is_best]


def _lower_bound(block: Floats, k: int) -> Floats:
    """For each row a number that at least k of its values reach: the kth best of the maxima of groups of columns."""
    groups = GROUPS * k
    size = block.shape[1] // groups
    if not size:
        return np.zeros(len(block))
    # The columns of a group lie far apart: posts that follow each other are often similar.
    maxima = block[:, : groups * size].reshape(len(block), size, groups).max(axis=1)
    bound: Floats = np.partition(maxima, groups - k, axis=1)[:, groups - k]
    return bound


def ranks_in_rows(row: NDArray[Any], key: Floats) -> NDArray[np.int64]:
    """The rank of each entry, from 0, within its row by ascending key; ties to the earlier entry. row: ascending."""
    rank = np.empty(len(row), dtype=np.int64)
    rank[np.lexsort((key, row))] = np.arange(len(row)) - np.searchsorted(row, row)
    return rank
