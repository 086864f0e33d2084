"""The nearest posts of every post, exactly, by blocks of a sparse product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Rows of the similarity matrix that are in memory at once.
BLOCK = 256


def cosine_neighbours(vectors: sparse.csr_array, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The k nearest posts of every post, best first, by exact dot product.

    vectors: CSR (posts × terms), rows of length 1 at most (0 for a post without terms).
    Returns ids (posts × k, int32, -1 where there are fewer) and cosines (posts × k, float32 in 0..1).
    Ties go to the smaller id, so two builds of one corpus agree to the bit.
    """
    posts = vectors.shape[0]
    ids = np.full((posts, k), -1, dtype=np.int32)
    cosines = np.zeros((posts, k), dtype=np.float32)
    turned = vectors.T.tocsr()
    for first in range(0, posts, BLOCK):
        # Rounded, or the last bit of a sum would decide between equals.
        block = np.round((vectors[first : first + BLOCK] @ turned).toarray(), 6)
        rows = np.arange(block.shape[0])
        block[rows, first + rows] = 0.0
        best = top(block, k)
        values = np.take_along_axis(block, best, axis=1)
        kept = values > 0
        ids[first : first + len(rows), : best.shape[1]] = np.where(kept, best, -1)
        cosines[first : first + len(rows), : best.shape[1]] = np.where(kept, np.clip(values, 0.0, 1.0), 0.0)
    return ids, cosines


def top(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """The columns of the k highest scores of each row, highest first, ties to the smaller column."""
    columns = scores.shape[1]
    if k >= columns:
        return np.argsort(-scores, axis=1, kind="stable")
    # The kth value decides who may stay; of equals at the border the smaller columns do.
    border = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    preferred = np.where(scores > border, 2, np.where(scores == border, 1, 0)).astype(np.int8)
    chosen = np.argsort(-preferred, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(scores, chosen, axis=1)
    order = np.lexsort((chosen, -values), axis=1)
    return np.take_along_axis(chosen, order, axis=1)
