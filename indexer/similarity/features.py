"""What speaks for putting one post beside another: how alike they are, and what the other posts' lists and links say.

Every feature of a source is computed as if the source had no list of its own, so the same numbers serve to learn, to
evaluate and to suggest, and none of them knows the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.model import Corpus, Graph
from indexer.similarity.neighbours import BLOCK, cosine_neighbours, top
from indexer.similarity.scoring import HUB_RANK, VOTERS, YEAR, fixed_score
from indexer.similarity.vectors import WEIGHINGS, FieldVectors, combined

Floats = NDArray[np.float64]

NEAR = 100  # candidates by likeness
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
TEXT_FEATURES = ("likeness", "likeness for a hub", "rank", "same era", "older")


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


def candidates(corpus: Corpus, graph: Graph, fields: Mapping[str, FieldVectors]) -> Candidates:
    """All pairs that may be suggested, with everything that speaks for each."""
    posts = len(corpus)
    vectors = combined(fields)
    near, alike = cosine_neighbours(vectors, NEAR)
    hub = np.maximum(alike[:, min(HUB_RANK, NEAR) - 1], 1e-3).astype(np.float64)
    curated, linked = adjacency(graph.curated), adjacency(graph.linked)
    voters = _voters(near, alike, posts)
    votes = (voters @ curated).tocsr()
    backing = votes.T.tocsr()  # row i, column j: how much posts like j curate i
    together = (curated.T @ curated).tocsr()
    link_votes = (voters @ linked).tocsr()
    curated_back, linked_back = curated.T.tocsr(), linked.T.tocsr()
    popularity = np.asarray(curated.sum(axis=0)).ravel()
    used = [name for name in WEIGHINGS if fields[name].matrix.nnz]
    names = feature_names(used)
    days = np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.float64)
    turned = vectors.T.tocsr()
    turned_fields = {name: fields[name].matrix.T.tocsr() for name in used}
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], Floats]] = []
    for first in range(0, posts, BLOCK):
        rows = np.arange(first, min(first + BLOCK, posts))
        within = slice(first, first + len(rows))
        graph_rows = {
            "target curates source": curated_back[within],
            "similar posts curate target": votes[within],
            "posts like target curate source": backing[within],
            "curated together": together[within],
            "target links to source": linked_back[within],
            "source links to target": linked[within],
            "similar posts link to target": link_votes[within],
        }
        dense = {name: part.toarray() for name, part in graph_rows.items()}
        likeness = (vectors[within] @ turned).toarray()
        local = np.arange(len(rows))
        likeness[local, rows] = 0.0
        row, target = _pairs(near[within], dense, rows)
        pair_likeness = likeness[row, target]
        own = dense_of(curated[within])
        age = days[rows][row] - days[target]
        dated = (days[rows][row] > 0) & (days[target] > 0)
        era = np.where(dated, np.exp(-np.abs(age) / YEAR), 0.0)
        columns = [(fields[name].matrix[within] @ turned_fields[name]).toarray()[row, target] for name in used]
        columns += [
            pair_likeness,
            pair_likeness / np.sqrt(hub[rows][row] * hub[target]),
            1.0 / (1.0 + _ranks(row, pair_likeness)),
            era,
            np.where(dated & (age > 0), 1.0, 0.0),
        ]
        for name in GRAPH_FEATURES:
            if name == "popularity":
                columns.append(np.log1p(popularity[target] - own[row, target]))
            else:
                columns.append(dense[name][row, target])
        fixed = fixed_score(pair_likeness, columns[len(used) + 1], era)
        parts.append((rows[row], target, np.stack(columns, axis=1).astype(np.float32), fixed))
    return _joined(names, parts, posts)


def adjacency(edges: Sequence[Sequence[int]]) -> sparse.csr_array:
    """Who points to whom as a matrix of zeros and ones."""
    lengths = [len(one) for one in edges]
    indices = np.array([target for one in edges for target in one], dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return sparse.csr_array((np.ones(len(indices)), indices, starts), shape=(len(edges), len(edges)))


def dense_of(matrix: sparse.csr_array) -> Floats:
    dense: Floats = matrix.toarray()
    return dense


def _voters(near: NDArray[np.int32], alike: NDArray[np.float32], posts: int) -> sparse.csr_array:
    """For every post its nearest ones, weighted by likeness, rows adding up to 1."""
    ids, weights = near[:, :VOTERS], alike[:, :VOTERS].astype(np.float64)
    kept = ids >= 0
    rows = np.repeat(np.arange(posts), kept.sum(axis=1))
    sums = np.maximum(weights.sum(axis=1), 1e-9)
    return sparse.csr_array((weights[kept] / sums[rows], (rows, ids[kept])), shape=(posts, posts))


def _pairs(
    near: NDArray[np.int32], dense: Mapping[str, Floats], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(row, target) of every pair worth a look, in order, none twice, no post beside itself."""
    chosen = np.zeros((len(rows), next(iter(dense.values())).shape[1]), dtype=bool)
    local = np.arange(len(rows))
    voted = sum(dense[name] for name in dense)
    best = top(np.asarray(voted, dtype=np.float64), VOTED)
    np.put_along_axis(chosen, best, np.take_along_axis(np.asarray(voted), best, axis=1) > 0, axis=1)
    for column in range(near.shape[1]):
        there = near[:, column] >= 0
        chosen[local[there], near[there, column]] = True
    chosen[local, rows] = False
    row, target = np.nonzero(chosen)
    return row, target


def _ranks(row: NDArray[np.int64], likeness: Floats) -> Floats:
    """The place of each pair among its row's pairs by likeness, from 0."""
    order = np.lexsort((-likeness, row))
    place = np.empty(len(row))
    starts = np.searchsorted(row, row)
    place[order] = np.arange(len(row))
    return place - starts


def _joined(
    names: tuple[str, ...],
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], Floats]],
    posts: int,
) -> Candidates:
    if not parts:
        empty = np.zeros(0, dtype=np.int32)
        return Candidates(
            names, empty, empty, np.zeros((0, len(names)), np.float32), np.zeros(1, np.int64), np.zeros(0)
        )
    source = np.concatenate([part[0] for part in parts]).astype(np.int32)
    return Candidates(
        names,
        source,
        np.concatenate([part[1] for part in parts]).astype(np.int32),
        np.concatenate([part[2] for part in parts]),
        np.searchsorted(source, np.arange(posts + 1)).astype(np.int64),
        np.concatenate([part[3] for part in parts]),
    )
