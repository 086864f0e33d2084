"""Counts of terms → one vector per post and field, with BM25 weights.

    x(t, d) = idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean length))
    idf     = ln(1 + (N − df + ½) / (df + ½))

Rows are scaled to length 1: BM25's saturation as vector weights (Whissell and Clarke 2011, "Improving document
clustering using Okapi BM25 feature weighting", find that k1 must be higher than in retrieval). stored_vectors.py uses
the same formula for a text that is not published.
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
class Weighting:
    """How the terms of a field are weighted.

    share: of the weighted sum of cosines, before shares are scaled to 1. k1, b: as in BM25. max_df: terms in a larger
    share of the posts are dropped.
    """

    share: float
    k1: float
    b: float
    max_df: float


# The start values of the design, settled on five sites; see docs/explanation/related.md.
WEIGHTINGS = {
    "all_text": Weighting(1.7, 8.0, 0.5, 0.5),
    "title": Weighting(0.3, 2.0, 0.3, 1.0),
    "description": Weighting(0.5, 2.0, 0.3, 0.2),
    "headings": Weighting(0.1, 2.0, 0.3, 0.2),
    "tags": Weighting(0.3, 2.0, 0.3, 1.0),
    "path": Weighting(0.3, 2.0, 0.3, 1.0),
    "code": Weighting(0.2, 8.0, 0.5, 0.2),
}
# A term in no more posts than this is never dropped: on a small site that is a large share.
NEVER_DROPPED_DF = 3


@dataclass(frozen=True, slots=True)
class FieldVectors:
    """One field of all posts.

    terms: the number of each column's term. idf: of each column. mean_length: in terms. matrix: posts × columns, CSR,
    rows of length 1, or 0 for a post without terms.
    """

    terms: NDArray[np.int32]
    idf: Floats
    mean_length: float
    matrix: sparse.csr_array


def field_vectors(counts: Counts, posts: int, weighting: Weighting) -> FieldVectors:
    """The counts of one field, of which there may be none → its vectors. posts: how many the corpus has."""
    from sklearn.preprocessing import normalize  # takes a second; a build that finds nothing new does not pay it

    terms = np.flatnonzero(np.bincount(counts.terms)).astype(np.int32)
    columns = np.searchsorted(terms, counts.terms)
    entries = (counts.counts.astype(np.float64), (counts.posts, columns))
    matrix = sparse.coo_array(entries, shape=(posts, len(terms))).tocsr()
    matrix.eliminate_zeros()  # counts of ignored paragraphs were added and taken away again
    lengths = np.asarray(matrix.sum(axis=1)).ravel()
    mean = float(lengths.mean()) if lengths.any() else 1.0
    document_frequency = np.bincount(matrix.indices, minlength=len(terms))
    idf = np.log1p((posts - document_frequency + 0.5) / (document_frequency + 0.5))
    idf[document_frequency > max(NEVER_DROPPED_DF, weighting.max_df * posts)] = 0.0
    rows = np.repeat(np.arange(posts), np.diff(matrix.indptr))
    norm = weighting.k1 * (1 - weighting.b + weighting.b * lengths[rows] / mean)
    matrix.data = idf[matrix.indices] * matrix.data * (weighting.k1 + 1) / (matrix.data + norm)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return FieldVectors(terms, idf, mean, normalize(matrix) if matrix.nnz else matrix)


def shares(fields: Mapping[str, FieldVectors]) -> dict[str, float]:
    """The share of each field that the site uses in the weighted sum of cosines; they add up to 1."""
    used = [name for name, field in fields.items() if field.matrix.nnz]
    total = sum(WEIGHTINGS[name].share for name in used)
    return {name: WEIGHTINGS[name].share / total for name in used}


def combined(fields: Mapping[str, FieldVectors]) -> sparse.csr_array:
    """All fields side by side, each scaled by the root of its share: a dot product is the weighted sum of cosines.

    Posts × columns of all fields, CSR. Shares add up to 1, so the dot product of a post with itself is at most 1.
    """
    parts = [fields[name].matrix * np.sqrt(share) for name, share in shares(fields).items()]
    if not parts:
        posts = next(iter(fields.values())).matrix.shape[0]
        return sparse.csr_array((posts, 0), dtype=np.float64)
    return sparse.csr_array(sparse.hstack(parts, format="csr"))
