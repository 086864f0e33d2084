"""The nearest posts of every post, exactly, by blocks of a product of all with all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

# Rows of the similarity matrix that are in memory at once.
BLOCK = 128
# The most frequent columns make most of the work, and a dense product does it many times faster.
DENSE_COLUMNS = 256
# A bound for the kth best of a row is found among the maxima of this many times k groups.
GROUPS = 3


def cosine_neighbours(vectors: sparse.csr_array, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The k nearest posts of every post, best first, by exact dot product.

    vectors: CSR (posts × terms), rows of length 1 at most (0 for a post without terms).
    Returns ids (posts × k, int32, -1 where there are fewer) and cosines (posts × k, float32 in 0..1).
    Ties go to the smaller id, so two builds of one corpus agree to the bit.
    """
    posts = vectors.shape[0]
    ids = np.full((posts, k), -1, dtype=np.int32)
    cosines = np.zeros((posts, k), dtype=np.float32)
    block_of = _products(vectors)
    for first in range(0, posts, BLOCK):
        block = block_of(slice(first, first + BLOCK))
        rows = np.arange(block.shape[0])
        block[rows, first + rows] = 0.0
        row, column, place, value = _best(block, k)
        ids[first + row, place] = column
        cosines[first + row, place] = np.clip(value, 0.0, 1.0)
    return ids, cosines


def _products(vectors: sparse.csr_array) -> Callable[[slice], Floats]:
    """Some rows → their dot products with all rows."""
    frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
    frequent = np.zeros(vectors.shape[1], dtype=bool)
    frequent[np.argsort(-frequency, kind="stable")[:DENSE_COLUMNS]] = True
    dense = vectors[:, frequent].toarray()
    rest = vectors[:, ~frequent]
    transposed = rest.T.tocsr()

    def products(rows: slice) -> Floats:
        block: Floats = dense[rows] @ dense.T
        block += (rest[rows] @ transposed).toarray()
        return block

    return products


def _best(block: Floats, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]:
    """The k highest positive values of each row: row, column, place from 0, and value; ties to the smaller column."""
    # Rounded, or the last bit of a sum would decide between equals.
    least = np.maximum(np.round(_bound(block, k), 6) - 1e-6, 4e-7)
    row, column = np.nonzero(block >= least[:, None])
    value = np.round(block[row, column], 6)
    place = places_in_rows(row, -value)
    kept = (place < k) & (value > 0)
    return row[kept], column[kept], place[kept], value[kept]


def _bound(block: Floats, k: int) -> Floats:
    """For each row a number that at least k of its values reach: the kth best of the maxima of groups of columns."""
    groups = GROUPS * k
    size = block.shape[1] // groups
    if not size:
        return np.zeros(len(block))
    # Columns of one group stand apart: posts that stand side by side are often alike.
    maxima = block[:, : groups * size].reshape(len(block), size, groups).max(axis=1)
    bound: Floats = np.partition(maxima, groups - k, axis=1)[:, groups - k]
    return bound


def places_in_rows(row: NDArray[Any], key: Floats) -> NDArray[np.int64]:
    """The place of each entry, from 0, among those of its row by key, the earlier entry first. row: ascending."""
    place = np.empty(len(row), dtype=np.int64)
    place[np.lexsort((key, row))] = np.arange(len(row)) - np.searchsorted(row, row)
    return place
