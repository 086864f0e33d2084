"""Counts of terms → one vector per post and field, with BM25 weights.

    x(t, d) = idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean length))
    idf     = ln(1 + (N − df + ½) / (df + ½))

Rows are scaled to length 1: BM25's saturation as vector weights (Whissell and Clarke 2011, "Improving document
clustering using Okapi BM25 feature weighting", find that k1 must be higher than in retrieval). stored_vectors.py uses
the same formula for a text that is not published.

N, df and the mean length are first moved to the nearest number of a coarse scale (`on_scale`). Otherwise one text more
would move the weight of every word a little, and with it every vector; so it moves those of the texts that share its
rare words. The values of the vectors that are compared are rounded to multiples of 1/4096, see neighbours.py.
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
# Numbers of the scale from each power of two to the next; numbers up to that many are all on it, but for rounding.
STEPS = 4
_SCALE = np.unique(np.rint(2.0 ** (np.arange(50 * STEPS + 1) / STEPS)).astype(np.int64))
_BORDERS = (_SCALE[:-1] + _SCALE[1:]) // 2
# Mean lengths are counted in parts of a term, and values of vectors in parts of 1.
LENGTH_PARTS, VALUE_PARTS = 16, 4096


@dataclass(frozen=True, slots=True)
class FieldVectors:
    """One field of all posts.

    terms: the number of each column's term. idf: of each column. mean_length: in terms, on the scale. matrix: posts ×
    columns, CSR, rows of length 1, or 0 for a post without terms.
    """

    terms: NDArray[np.int32]
    idf: Floats
    mean_length: float
    matrix: sparse.csr_array


def field_vectors(counts: Counts, posts: int, weighting: Weighting) -> FieldVectors:
    """The counts of one field, of which there may be none → its vectors. posts: how many the corpus has."""
    terms = np.flatnonzero(np.bincount(counts.terms)).astype(np.int32)
    columns = np.searchsorted(terms, counts.terms).astype(np.int32)
    entries = (counts.counts.astype(np.float64), (counts.posts, columns))
    matrix = sparse.coo_array(entries, shape=(posts, len(terms))).tocsr()
    matrix.eliminate_zeros()  # counts of ignored paragraphs were added and taken away again
    lengths = np.asarray(matrix.sum(axis=1)).ravel()
    mean = float(on_scale(np.ceil(lengths.sum() * LENGTH_PARTS / posts)) / LENGTH_PARTS) if lengths.any() else 1.0
    document_frequency = on_scale(np.bincount(matrix.indices, minlength=len(terms)))
    of_posts = on_scale(posts)
    idf = np.log1p((of_posts - document_frequency + 0.5) / (document_frequency + 0.5))
    idf[document_frequency > np.maximum(NEVER_DROPPED_DF, weighting.max_df * of_posts)] = 0.0
    rows = np.repeat(np.arange(posts), np.diff(matrix.indptr))
    norm = weighting.k1 * (1 - weighting.b + weighting.b * lengths[rows] / mean)
    matrix.data = idf[matrix.indices] * matrix.data * (weighting.k1 + 1) / (matrix.data + norm)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    rows = np.repeat(np.arange(posts), np.diff(matrix.indptr))
    matrix.data /= np.sqrt(np.bincount(rows, matrix.data**2, minlength=posts))[rows]
    return FieldVectors(terms, idf, mean, matrix)


def on_scale(count: NDArray[np.integer] | NDArray[np.floating] | float) -> NDArray[np.int64]:
    """The nearest number of the scale to each of some numbers, whole and not negative; 0 stays 0."""
    nearest = _SCALE[np.searchsorted(_BORDERS, count)]
    return np.where(np.asarray(count) > 0, nearest, 0)


def shares(fields: Mapping[str, FieldVectors]) -> dict[str, float]:
    """The share of each field that the site uses in the weighted sum of cosines; they add up to 1."""
    used = [name for name, field in fields.items() if field.matrix.nnz]
    total = sum(WEIGHTINGS[name].share for name in used)
    return {name: WEIGHTINGS[name].share / total for name in used}


def parts(fields: Mapping[str, FieldVectors]) -> dict[str, sparse.csr_array]:
    """The vectors of each field that the site uses, scaled by the root of its share and rounded."""
    return {name: rounded(fields[name].matrix * np.sqrt(share)) for name, share in shares(fields).items()}


def rounded(vectors: sparse.csr_array) -> sparse.csr_array:
    """Vectors in multiples of 1/4096, float32: sums of their products are exact, see neighbours.py."""
    values = (np.rint(vectors.data * VALUE_PARTS) / VALUE_PARTS).astype(np.float32)
    made = sparse.csr_array((values, vectors.indices.copy(), vectors.indptr.copy()), shape=vectors.shape)
    made.eliminate_zeros()
    return made


def combined(fields: Mapping[str, FieldVectors]) -> sparse.csr_array:
    """All fields side by side: a dot product is the weighted sum of cosines, but for rounding.

    Posts × columns of all fields, CSR. Shares add up to 1, so the dot product of a post with itself is about 1 at most.
    """
    used = parts(fields)
    if not used:
        posts = next(iter(fields.values())).matrix.shape[0]
        return sparse.csr_array((posts, 0), dtype=np.float32)
    return sparse.csr_array(sparse.hstack(list(used.values()), format="csr"))
