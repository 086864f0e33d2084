"""Posts → one vector per field with BM25 weights, and the same for a text that is not published.

x(t, d) = idf · tf (k1 + 1) / (tf + k1 (1 − b + b · len / mean len)), idf = ln(1 + (N − df + ½) / (df + ½)), rows of
length 1: BM25's saturation as vector weights (Whissell and Clarke 2011 find that k1 must be higher than in retrieval).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.related.field_counts import Counts

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the terms of a field count.

    share: of the weighted sum of cosines, before shares are scaled to 1. common: terms in a larger part of the posts
    are dropped.
    """

    share: float
    k1: float
    b: float
    common: float


# The start values of the design, settled on five sites; see docs/explanation/related.md.
WEIGHINGS = {
    "all_text": Weighing(1.2, 8.0, 0.5, 0.2),
    "title": Weighing(0.3, 2.0, 0.3, 1.0),
    "description": Weighing(0.5, 2.0, 0.3, 0.2),
    "headings": Weighing(0.1, 2.0, 0.3, 0.2),
    "tags": Weighing(0.3, 2.0, 0.3, 1.0),
    "path": Weighing(0.3, 2.0, 0.3, 1.0),
    "code": Weighing(0.2, 8.0, 0.5, 0.2),
}
# Small sites keep what this many posts share.
COMMON_LEAST = 3


@dataclass(frozen=True, slots=True)
class FieldVectors:
    """One field of all posts. terms: the number of each column's term. matrix: posts × terms, CSR, rows of length 1 or
    0."""

    terms: NDArray[np.int32]
    idf: Floats
    mean_length: float
    matrix: sparse.csr_array


def field_vectors(counts: Counts, posts: int, weighing: Weighing) -> FieldVectors:
    """What was counted in one field → its vectors. Any counts will do, also none."""
    from sklearn.preprocessing import normalize  # takes a second; a build that finds nothing new does not pay it

    terms = np.flatnonzero(np.bincount(counts.terms)).astype(np.int32)
    columns = np.searchsorted(terms, counts.terms)
    entries = (counts.counts.astype(np.float64), (counts.posts, columns))
    matrix = sparse.coo_array(entries, shape=(posts, len(terms))).tocsr()
    matrix.eliminate_zeros()  # what was counted and taken away again
    lengths = np.asarray(matrix.sum(axis=1)).ravel()
    mean = float(lengths.mean()) if lengths.any() else 1.0
    document_frequency = np.bincount(matrix.indices, minlength=len(terms))
    idf = np.log1p((posts - document_frequency + 0.5) / (document_frequency + 0.5))
    idf[document_frequency > max(COMMON_LEAST, weighing.common * posts)] = 0.0
    rows = np.repeat(np.arange(posts), np.diff(matrix.indptr))
    norm = weighing.k1 * (1 - weighing.b + weighing.b * lengths[rows] / mean)
    matrix.data = idf[matrix.indices] * matrix.data * (weighing.k1 + 1) / (matrix.data + norm)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return FieldVectors(terms, idf, mean, normalize(matrix) if matrix.nnz else matrix)


def shares(fields: Mapping[str, FieldVectors]) -> dict[str, float]:
    """What each field that the site has at all is worth; together 1."""
    used = [name for name, one in fields.items() if one.matrix.nnz]
    total = sum(WEIGHINGS[name].share for name in used)
    return {name: WEIGHINGS[name].share / total for name in used}


def combined(fields: Mapping[str, FieldVectors]) -> sparse.csr_array:
    """All fields side by side, each scaled by the root of its share: a dot product is the weighted sum of cosines.

    Shares add up to 1, so a post's product with itself is at most 1.
    """
    parts = [fields[name].matrix * np.sqrt(share) for name, share in shares(fields).items()]
    if not parts:
        posts = next(iter(fields.values())).matrix.shape[0]
        return sparse.csr_array((posts, 0), dtype=np.float64)
    return sparse.csr_array(sparse.hstack(parts, format="csr"))
