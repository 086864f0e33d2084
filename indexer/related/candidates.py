"""What speaks for putting one post beside another: how alike they are, and what the other posts' lists and links say.

Every feature of a source is computed as if the source had no list of its own, so the same numbers serve to learn, to
evaluate and to suggest, and none of them knows the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, pairwise
from operator import add

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from indexer.model import Corpus, Graph
from indexer.related.fixed_score import HUB_RANK, VOTING_NEIGHBOURS, YEAR, fixed_score
from indexer.related.neighbours import BLOCK, cosine_neighbours, places_in_rows
from indexer.related.vectors import FieldVectors, combined, shares

Floats = NDArray[np.float64]

NEAR = 100  # candidates by similarity
VOTED = 60  # candidates by what lists and links say

# A list or link that speaks for a candidate. The names are those that reasons and reports use.
GRAPH_FEATURES = (
    "target curates source",
    "similar posts curate target",
    "posts like target curate source",
    "curated together",
    "popularity",
    "target links to source",
    "source links to target",
    "similar posts link to target",
)
TEXT_FEATURES = ("similarity", "hub-corrected similarity", "rank", "recency", "older")


def feature_names(fields: Sequence[str]) -> tuple[str, ...]:
    return (*fields, *TEXT_FEATURES, *GRAPH_FEATURES)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pairs that are worth a look. source, target: pairs in order of source. features: pairs × names.

    starts: where the pairs of each post begin. fixed: the score of the fixed weights, 0..about 1, for each pair.
    """

    names: tuple[str, ...]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    features: NDArray[np.float32]
    starts: NDArray[np.int64]
    fixed: NDArray[np.float64]

    def of(self, post: int) -> slice:
        return slice(int(self.starts[post]), int(self.starts[post + 1]))

    def best(self, scores: Floats, depth: int) -> list[NDArray[np.int64]]:
        """For each post its pairs with the highest scores, best first, ties to the smaller target."""
        # Rounded, or the last bit of a sum would decide between equals. Targets ascend within each post.
        key = -np.round(scores, 9)
        starts = self.starts.tolist()
        return [first + np.argsort(key[first:last], kind="stable")[:depth] for first, last in pairwise(starts)]


@dataclass(frozen=True, slots=True)
class Near:
    """The posts most like every post: ids and cosines as `cosine_neighbours` gives them."""

    ids: NDArray[np.int32]
    cosines: NDArray[np.float32]


def nearest(fields: Mapping[str, FieldVectors]) -> Near:
    """The posts that are worth a look because they are alike."""
    with threadpool_limits(limits=1):  # as in learning.py
        return Near(*cosine_neighbours(combined(fields), NEAR))


def candidates(
    corpus: Corpus, graph: Graph, fields: Mapping[str, FieldVectors], near: Near | None = None
) -> Candidates:
    """All pairs that may be suggested, with everything that speaks for each. near: `nearest`, if it is known."""
    near = near or nearest(fields)
    said = _said(graph, near)
    source, target = _pairs(near, list(said.values()))
    starts = np.searchsorted(source, np.arange(len(corpus) + 1))
    names = feature_names(list(shares(fields)))
    features = np.empty((len(source), len(names)), dtype=np.float32)
    similarity = _write_cosines(features, fields, starts, target)
    text = _text_features(similarity, near, corpus, source, target)
    for name, column in chain(text.items(), _graph_features(said, graph, source, target)):
        features[:, names.index(name)] = column
    fixed = fixed_score(similarity, text["hub-corrected similarity"], text["recency"])
    return Candidates(names, source.astype(np.int32), target.astype(np.int32), features, starts, fixed)


# ------------------------------------------------------------------------------------------------------- pairs


def _said(graph: Graph, near: Near) -> dict[str, sparse.csr_array]:
    """What lists and links say of every source (row) and target (column), by the name of the feature."""
    curated, linked = adjacency(graph.curated), adjacency(graph.linked)
    voters = _nearest_neighbours(near)
    votes = (voters @ curated).tocsr()
    return {
        "target curates source": curated.T.tocsr(),
        "similar posts curate target": votes,
        "posts like target curate source": votes.T.tocsr(),
        "curated together": (curated.T @ curated).tocsr(),
        "target links to source": linked.T.tocsr(),
        "source links to target": linked,
        "similar posts link to target": (voters @ linked).tocsr(),
    }


def adjacency(edges: Sequence[Sequence[int]]) -> sparse.csr_array:
    """Who points to whom as a matrix of zeros and ones."""
    lengths = [len(one) for one in edges]
    indices = np.array([target for one in edges for target in one], dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return sparse.csr_array((np.ones(len(indices)), indices, starts), shape=(len(edges), len(edges)))


def _nearest_neighbours(near: Near) -> sparse.csr_array:
    """For every post its nearest ones, weighted by similarity, rows adding up to 1."""
    ids, weights = near.ids[:, :VOTING_NEIGHBOURS], near.cosines[:, :VOTING_NEIGHBOURS].astype(np.float64)
    posts = len(ids)
    kept = ids >= 0
    rows = np.repeat(np.arange(posts), kept.sum(axis=1))
    sums = np.maximum(weights.sum(axis=1), 1e-9)
    return sparse.csr_array((weights[kept] / sums[rows], (rows, ids[kept])), shape=(posts, posts))


def _pairs(near: Near, said: Sequence[sparse.csr_array]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(source, target) of every pair worth a look, in order, none twice, no post beside itself."""
    posts = max(1, len(near.ids))
    row, place = np.nonzero(near.ids >= 0)
    alike = row * posts + near.ids[row, place]
    row, column, value = _entries(reduce(add, said))
    best = (places_in_rows(row, -value) < VOTED) & (value > 0) & (row != column)
    voted = row[best] * posts + column[best]
    pairs = np.sort(np.concatenate([alike, voted]))  # np.unique would take ten times as long
    return np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], posts)


def _entries(matrix: sparse.csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Row, column and value of what a matrix holds, in order."""
    matrix.sum_duplicates()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64), matrix.data


# ---------------------------------------------------------------------------------------------------- features


def _write_cosines(
    features: NDArray[np.float32],
    fields: Mapping[str, FieldVectors],
    starts: NDArray[np.int64],
    target: NDArray[np.int64],
) -> Floats:
    """Writes the cosine of every pair by field into the first columns; returns the similarity, their weighted sum."""
    vectors, worth = combined(fields), shares(fields)
    sizes = [np.diff(fields[name].matrix.indptr) for name in worth]
    # Where each field begins within a row, and where the last one ends.
    inside = np.cumsum([np.zeros(vectors.shape[0], dtype=np.int64), *sizes], axis=0).T
    similarity = np.zeros(len(target))
    for first in range(0, vectors.shape[0], BLOCK):
        posts = range(first, min(first + BLOCK, vectors.shape[0]))
        pairs = slice(int(starts[posts.start]), int(starts[posts.stop]))
        rows = vectors[target[pairs]]
        _multiply(rows, vectors, posts, starts)
        products = _sums_between(rows.data, rows.indptr[:-1, None] + inside[target[pairs]])
        features[pairs, : len(worth)] = products / list(worth.values())
        # Rounded, or the last bit of a sum would decide between equals.
        similarity[pairs] = np.round(products.sum(axis=1), 9)
    return similarity


def _multiply(rows: sparse.csr_array, vectors: sparse.csr_array, sources: range, starts: NDArray[np.int64]) -> None:
    """Multiplies the rows of the targets of some sources, one after the other, by the vectors of the sources."""
    source = np.zeros(vectors.shape[1])
    borders = rows.indptr[starts[sources.start : sources.stop + 1] - starts[sources.start]].tolist()
    for post, first, last in zip(sources, borders, borders[1:], strict=False):
        own = slice(vectors.indptr[post], vectors.indptr[post + 1])
        source[vectors.indices[own]] = vectors.data[own]
        rows.data[first:last] *= source[rows.indices[first:last]]
        source[vectors.indices[own]] = 0.0


def _sums_between(values: Floats, borders: NDArray[np.int64]) -> Floats:
    """The sum of the values between each border of a row and the next: rows × one less than borders."""
    sums = np.add.reduceat(np.append(values, 0.0), borders.ravel()).reshape(borders.shape)[:, :-1]
    # reduceat gives a value where there is nothing to sum.
    return np.where(borders[:, 1:] > borders[:, :-1], sums, 0.0)


def _text_features(
    similarity: Floats, near: Near, corpus: Corpus, source: NDArray[np.int64], target: NDArray[np.int64]
) -> dict[str, Floats]:
    hub = np.maximum(near.cosines[:, min(HUB_RANK, NEAR) - 1], 1e-3).astype(np.float64)
    days = np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.float64)
    age = days[source] - days[target]
    dated = (days[source] > 0) & (days[target] > 0)
    return {
        "similarity": similarity,
        "hub-corrected similarity": similarity / np.sqrt(hub[source] * hub[target]),
        "rank": 1.0 / (1.0 + places_in_rows(source, -similarity)),
        "recency": np.where(dated, np.exp(-np.abs(age) / YEAR), 0.0),
        "older": np.where(dated & (age > 0), 1.0, 0.0),
    }


def _graph_features(
    said: Mapping[str, sparse.csr_array], graph: Graph, source: NDArray[np.int64], target: NDArray[np.int64]
) -> Iterator[tuple[str, Floats]]:
    posts = len(graph.curated)
    pairs = source * posts + target
    for name, matrix in said.items():
        yield name, _at(pairs, matrix)
    curated = adjacency(graph.curated)
    popularity = np.asarray(curated.sum(axis=0)).ravel()
    yield "popularity", np.log1p(popularity[target] - _at(pairs, curated))


def _at(pairs: NDArray[np.int64], matrix: sparse.csr_array) -> Floats:
    """What a matrix says of every pair. pairs: row · columns + column, ascending."""
    values = np.zeros(len(pairs))
    if len(pairs):
        row, column, value = _entries(matrix)
        entries = row * matrix.shape[1] + column
        place = np.minimum(np.searchsorted(pairs, entries), len(pairs) - 1)
        there = pairs[place] == entries
        values[place[there]] = value[there]
    return values
