"""The exact nearest neighbours of every post, by a blocked product of all vectors with all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

# A smaller one may round to 0, and is then none.
LEAST_COSINE = 4e-7

# Rows of the similarity matrix that are in memory at a time.
BLOCK = 128
# The most frequent columns cause most of the work; a dense product does that part many times faster.
DENSE_COLUMNS = 256
# A lower bound of the kth best value of a row is taken from the maxima of this many times k groups of columns.
GROUPS = 3


def cosine_neighbours(
    vectors: sparse.csr_array, k: int, distances: Callable[[slice], NDArray[np.int8]] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The k nearest posts of every post, best first, by exact dot product.

    vectors: CSR (posts × terms), rows of length 1 at most (0 for a post without terms).
    distances: some posts → the distances of their languages from those of all posts, 0 to 2; nearer ones come first,
    however similar. None: of one language.
    Returns ids (posts × k, int32, -1 where there are fewer) and cosines (posts × k, float32 in 0..1).
    Ties go to the smaller id, so two builds of one corpus agree to the bit.
    """
    posts = vectors.shape[0]
    ids = np.full((posts, k), -1, dtype=np.int32)
    cosines = np.zeros((posts, k), dtype=np.float32)
    products = _products(vectors)
    for first in range(0, posts, BLOCK):
        block = products(slice(first, first + BLOCK))
        rows = np.arange(block.shape[0])
        block[rows, first + rows] = 0.0
        if distances is None:
            row, column, rank, value = _best(block, k)
        else:
            # The nearer the language, the higher a band of its own.
            bands = 4.0 - 2.0 * distances(slice(first, first + BLOCK)).astype(np.float64)
            row, column, rank, value = _best(np.where(block > LEAST_COSINE, block + bands, 0.0), k)
            value = np.round(value - bands[row, column], 6)
        ids[first + row, rank] = column
        cosines[first + row, rank] = np.clip(value, 0.0, 1.0)
    return ids, cosines


def _products(vectors: sparse.csr_array) -> Callable[[slice], Floats]:
    """A function: a slice of rows → their dot products with all rows."""
    document_frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
    is_frequent = np.zeros(vectors.shape[1], dtype=bool)
    is_frequent[np.argsort(-document_frequency, kind="stable")[:DENSE_COLUMNS]] = True
    dense = vectors[:, is_frequent].toarray()
    rest = vectors[:, ~is_frequent]
    transposed = rest.T.tocsr()

    def products(rows: slice) -> Floats:
        block: Floats = dense[rows] @ dense.T
        block += (rest[rows] @ transposed).toarray()
        return block

    return products


def _best(block: Floats, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Floats]:
    """The k highest positive values of each row: row, column, rank from 0, and value; ties to the smaller column."""
    # Rounded, or the last bit of a sum would decide between equals.
    threshold = np.maximum(np.round(_lower_bound(block, k), 6) - 1e-6, LEAST_COSINE)
    row, column = np.nonzero(block >= threshold[:, None])
    value = np.round(block[row, column], 6)
    rank = ranks_in_rows(row, -value)
    is_best = (rank < k) & (value > 0)
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
