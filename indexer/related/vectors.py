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

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.related.distinctness import distinctness
from indexer.related.field_counts import PIECE, Counts, compressed
from indexer.related.languages import LanguageDistances

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
class Field:
    """How the texts of one field are weighed.

    terms: the number of each column's term. idf: of each column. mean_length: in terms, on the scale.
    """

    terms: NDArray[np.int32]
    idf: Floats
    mean_length: float


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of all posts, all fields side by side: a dot product is the weighted sum of cosines, but for
    rounding.

    fields: all that are weighted. shares: of those that the site uses, in the order of their columns; they add up to 1,
    so the dot product of a post with itself is about 1 at most. matrix: posts × columns of the fields that are used,
    CSR, float32. scale: see distinctness.py.
    """

    fields: Mapping[str, Field]
    shares: Mapping[str, float]
    matrix: sparse.csr_array
    scale: float

    def used(self) -> list[Field]:
        """The fields that the site uses, in the order of their columns."""
        return [self.fields[name] for name in self.shares]

    def borders(self) -> list[int]:
        """The first column of each field that the site uses, and the number of all columns."""
        return list(accumulate((len(field.terms) for field in self.used()), initial=0))


def post_vectors(counts: MutableMapping[str, Counts], languages: LanguageDistances) -> Vectors:
    """The counts of all fields → the vectors of all posts. Takes the counts out one by one, as they need much memory.

    Fields are worked out one after the other for the same reason, in 64 bits, of which 32 are kept.
    """
    fields = {name: field_of(counts[name], weighting) for name, weighting in WEIGHTINGS.items()}
    of_fields, scale, matrices = shares(counts, fields), 1.0, []
    for name, weighting in WEIGHTINGS.items():
        matrix = weighted(counts.pop(name), fields[name], weighting)
        if name == "all_text":
            scale = distinctness(matrix, languages)
        if name in of_fields:
            matrices.append(rounded(matrix, np.sqrt(of_fields[name])))
        del matrix
    return Vectors(fields, of_fields, _side_by_side(matrices, len(languages.numbers)), scale)


def _side_by_side(matrices: Sequence[sparse.csr_array], posts: int) -> sparse.csr_array:
    """What scipy.sparse.hstack makes, in half the memory. posts: the rows of each."""
    starts = np.zeros(posts + 1, dtype=np.int64)
    for matrix in matrices:
        starts += matrix.indptr
    values, indices = np.empty(starts[-1], dtype=np.float32), np.empty(starts[-1], dtype=np.int32)
    column, firsts = 0, starts[:-1].copy()  # the place of the next entry of each row
    for matrix in matrices:
        sizes = np.diff(matrix.indptr)
        for rows in row_pieces(matrix.indptr):
            entries = slice(matrix.indptr[rows.start], matrix.indptr[rows.stop])
            moved = np.repeat(firsts[rows] - matrix.indptr[rows.start : rows.stop], sizes[rows])
            places = moved + np.arange(entries.start, entries.stop)
            values[places], indices[places] = matrix.data[entries], matrix.indices[entries] + column
        column, firsts = column + matrix.shape[1], firsts + sizes
    return compressed(values, indices, starts, column)


def field_of(counts: Counts, weighting: Weighting) -> Field:
    """How a field is weighed, of which there may be no counts."""
    matrix = counts.matrix
    posts = matrix.shape[0]
    total = matrix.data.sum(dtype=np.int64)
    mean = float(on_scale(np.ceil(total * LENGTH_PARTS / posts)) / LENGTH_PARTS) if total else 1.0
    document_frequency = on_scale(np.bincount(matrix.indices, minlength=matrix.shape[1]))
    of_posts = on_scale(posts)
    idf = np.log1p((of_posts - document_frequency + 0.5) / (document_frequency + 0.5))
    idf[document_frequency > np.maximum(NEVER_DROPPED_DF, weighting.max_df * of_posts)] = 0.0
    return Field(counts.terms, idf, mean)


def weighted(counts: Counts, field: Field, weighting: Weighting) -> sparse.csr_array:
    """The vectors of one field: posts × columns, CSR, float64, rows of length 1, or 0 for a post without terms."""
    matrix = counts.matrix
    lengths = np.asarray(matrix.sum(axis=1)).ravel()
    is_weighed = (field.idf > 0)[matrix.indices]
    starts = np.concatenate([[0], np.cumsum(counts_in_rows(is_weighed, matrix.indptr))])
    indices, values = np.empty(starts[-1], dtype=np.int32), np.empty(starts[-1])
    for rows in row_pieces(starts):
        entries = slice(starts[rows.start], starts[rows.stop])
        all_entries = slice(matrix.indptr[rows.start], matrix.indptr[rows.stop])
        of_piece = is_weighed[all_entries]
        found, columns = matrix.data[all_entries][of_piece], matrix.indices[all_entries][of_piece]
        row = np.repeat(np.arange(rows.stop - rows.start), np.diff(starts[rows.start : rows.stop + 1]))
        norm = weighting.k1 * (1 - weighting.b + weighting.b * lengths[rows][row] / field.mean_length)
        weights = field.idf[columns] * found * (weighting.k1 + 1) / (found + norm)
        indices[entries], values[entries] = columns, weights / np.sqrt(np.bincount(row, weights**2))[row]
    return compressed(values, indices, starts, matrix.shape[1])


def counts_in_rows(is_counted: NDArray[np.bool_], starts: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many entries of each row of a CSR matrix are counted."""
    counts = np.zeros(len(starts) - 1, dtype=np.int64)
    for rows in row_pieces(starts):
        borders = starts[rows.start : rows.stop + 1]
        before = np.concatenate([[0], np.cumsum(is_counted[borders[0] : borders[-1]])])
        counts[rows] = np.diff(before[borders - borders[0]])
    return counts


def row_pieces(starts: NDArray[np.integer]) -> list[slice]:
    """The rows of a CSR matrix in pieces of about so many entries that their temporaries need little memory."""
    borders = np.searchsorted(starts, np.arange(0, starts[-1] + PIECE, PIECE), side="right") - 1
    borders = np.unique([0, *borders.tolist(), len(starts) - 1])
    return [slice(first, end) for first, end in pairwise(borders.tolist())]


def on_scale(count: NDArray[np.integer] | NDArray[np.floating] | float) -> NDArray[np.int64]:
    """The nearest number of the scale to each of some numbers, whole and not negative; 0 stays 0."""
    nearest = _SCALE[np.searchsorted(_BORDERS, count)]
    return np.where(np.asarray(count) > 0, nearest, 0)


def shares(counts: Mapping[str, Counts], fields: Mapping[str, Field]) -> dict[str, float]:
    """The share of each field that the site uses in the weighted sum of cosines; they add up to 1."""
    used = [name for name, field in fields.items() if (field.idf > 0)[counts[name].matrix.indices].any()]
    total = sum(WEIGHTINGS[name].share for name in used)
    return {name: WEIGHTINGS[name].share / total for name in used}


def rounded(vectors: sparse.csr_array, factor: float = 1.0) -> sparse.csr_array:
    """Vectors, times a factor, in multiples of 1/4096, float32: sums of their products are exact, see neighbours.py."""
    values = np.empty(len(vectors.data), dtype=np.float32)
    for first in range(0, len(values), PIECE):
        piece = slice(first, first + PIECE)
        values[piece] = np.rint(vectors.data[piece] * factor * VALUE_PARTS) / VALUE_PARTS
    made = sparse.csr_array((values, vectors.indices.copy(), vectors.indptr.copy()), shape=vectors.shape)
    made.eliminate_zeros()
    return made
