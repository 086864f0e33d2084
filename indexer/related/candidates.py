"""Candidate pairs, and the features of each: similarity, and evidence from the lists and links of other posts.

A pair is a source and a target that may be shown beside it. Pairs stand in order of source, then target:

    post             0              1           2
    starts           0              3           5            7     the pairs of post 1 are 3 and 4
    source           0    0    0    1    1      2    2
    target           1    2    9    0    2      0    1
    features[:, j]   .8   .3   0    .8   .5     .3   .5            pairs × names
    distances        0    0    2    0    0      0    0             of the languages, see languages.py

Translations are no pairs. Targets in the language of the source rank before all others, whatever the score: with few
posts of that language the others fill the list, or are no pairs at all, as the settings say.

Each feature is computed as if the source had no list of its own. So the same numbers serve to learn, to evaluate and
to suggest, and none of them gives the answer away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from indexer.links.translations import translations
from indexer.model import AcrossLanguages, Corpus, Graph
from indexer.related.fixed_score import HUB_RANK, VOTING_NEIGHBOURS, YEAR, fixed_score
from indexer.related.languages import OTHER, LanguageDistances
from indexer.related.neighbour_lists import Neighbours, ranks_in_rows
from indexer.related.neighbours import cosine_neighbours, updated_neighbours
from indexer.related.products import on_each
from indexer.related.vectors import Vectors, counts_in_rows

Floats = NDArray[np.float64]

MOST_NEAREST = 100  # candidates of a source by similarity
MOST_BY_GRAPH = 60  # candidates of a source by lists and links
MOST_SOURCES = 33  # that are worked on at a time, on each core: the rows of all their pairs are in memory then

# Evidence from lists and links. "curates": the list of one post names the other.
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
    """The pairs, as above. names: of the features. fixed: the fixed score of each pair, 0 to about 1. scale: that of
    the fixed score. is_known: the posts whose pairs were left out, see `Known`."""

    names: tuple[str, ...]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    features: NDArray[np.float32]
    starts: NDArray[np.int64]
    fixed: NDArray[np.float64]
    distances: NDArray[np.int8]
    scale: float
    is_known: NDArray[np.bool_]

    def of(self, post: int) -> slice:
        """The pairs whose source is a post."""
        return slice(int(self.starts[post]), int(self.starts[post + 1]))

    def best(self, scores: Floats, depth: int) -> list[NDArray[np.int64]]:
        """For each post the numbers of its best pairs: nearer languages, then higher scores, then smaller targets."""
        # Rounded, or the last bit of a sum would decide between equals. Targets ascend within each post.
        order = np.lexsort((-np.round(scores, 9), self.distances, self.source))
        return [order[first:last][:depth] for first, last in pairwise(self.starts.tolist())]


@dataclass(frozen=True, slots=True)
class Known:
    """The posts whose lists need not be worked out, as they were in the last generation and would become the same.

    is_source: whether a post has nothing of its own that has changed. is_target: whether nothing of it has changed
    that counts where it is a target. scale: of the fixed score, which was the same for all.
    """

    is_source: NDArray[np.bool_]
    is_target: NDArray[np.bool_]
    scale: float


def nearest_posts(
    vectors: sparse.csr_array, languages: LanguageDistances, kept: tuple[Neighbours, NDArray[np.bool_]] | None = None
) -> Neighbours:
    """The MOST_NEAREST most similar posts of every post, those in its language first.

    vectors: the matrix of `Vectors`. kept: the first two arguments of `updated_neighbours`, if there are any.
    """
    distances = languages.between if languages.matter else None
    with threadpool_limits(limits=1):  # there is a thread for each core already
        if kept:
            return updated_neighbours(*kept, vectors, distances)
        return cosine_neighbours(vectors, MOST_NEAREST, distances)


def candidates(corpus: Corpus, graph: Graph, vectors: Vectors, nearest: Neighbours | None = None) -> Candidates:
    """All pairs that may be suggested, with their features. nearest: see `nearest_posts`, where that was called."""
    return PairMaker(corpus, graph, vectors, nearest=nearest).of(np.arange(len(corpus)))


class PairMaker:
    """Makes the pairs of some posts with their features, as they are among all posts of a corpus.

    nearest, translated: what `nearest_posts` and `translations` return, where they have been called. known: posts
    without pairs.
    """

    def __init__(
        self,
        corpus: Corpus,
        graph: Graph,
        vectors: Vectors,
        across: AcrossLanguages = AcrossLanguages.LAST,
        *,
        nearest: Neighbours | None = None,
        known: Known | None = None,
        translated: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self._posts = len(corpus)
        self._languages, self._across = LanguageDistances(corpus, across), across
        self._nearest = nearest or nearest_posts(vectors.matrix, self._languages)
        self._scale = vectors.scale
        self._known = known
        self._shares = vectors.shares
        self._cosines_of = _Cosines(vectors)
        self._evidence = _Evidence(graph, self._nearest)
        self._days = np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.float64)
        self._translations = _keys_of_translations(translated or translations(corpus, graph))

    def of(self, posts: NDArray[np.int64]) -> Candidates:
        """The pairs whose source is one of some posts, which ascend."""
        evidence = self._evidence.of(posts)
        source, target = _pairs(posts, self._nearest.ids[posts], [*evidence.values()], self._posts)
        is_known = self._is_known(posts, source, target)
        is_offered = ~is_known[source] & ~np.isin(source * self._posts + target, self._translations)
        source, target = source[is_offered], target[is_offered]
        distances = self._languages.between(source, target)
        if self._across is AcrossLanguages.NEVER:
            is_offered = distances < OTHER
            source, target, distances = source[is_offered], target[is_offered], distances[is_offered]
        names = feature_names(list(self._shares))
        pairs = Candidates(
            names,
            source.astype(np.int32),
            target.astype(np.int32),
            np.empty((len(source), len(names)), dtype=np.float32),
            np.searchsorted(source, np.arange(self._posts + 1)),
            np.empty(len(source)),
            distances,
            self._scale,
            is_known,
        )
        self._write_features(pairs, posts, evidence)
        return pairs

    def _is_known(
        self, posts: NDArray[np.int64], source: NDArray[np.int64], target: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Those of some posts whose pairs are known, every target with them. source, target: of all their pairs."""
        is_known = np.zeros(self._posts, dtype=bool)
        if self._known and self._known.scale == self._scale:
            has_new_target = np.bincount(source[~self._known.is_target[target]], minlength=self._posts) > 0
            is_known[posts] = (self._known.is_source & ~has_new_target)[posts]
        return is_known

    def _write_features(
        self, pairs: Candidates, sources: NDArray[np.int64], evidence: Mapping[str, sparse.csr_array]
    ) -> None:
        """Writes the features and the fixed score of every pair, some sources at a time. evidence: of all sources."""
        curated = self._evidence.curated[sources]

        def write(posts: NDArray[np.int64]) -> None:
            first, last = np.searchsorted(sources, posts[[0, -1]]).tolist()
            rows = slice(first, last + 1)
            span = slice(int(pairs.starts[posts[0]]), int(pairs.starts[posts[-1] + 1]))
            source, target = pairs.source[span].astype(np.int64), pairs.target[span].astype(np.int64)
            cosines, similarity = self._cosines_of(posts, target, pairs.starts)
            text = _text_features(similarity, self._nearest, self._days, source, target, pairs.distances[span])
            keys = (np.searchsorted(sources, source) - first) * self._posts + target
            graph = {name: _values_at(keys, matrix[rows]) for name, matrix in evidence.items()}
            graph["popularity"] = np.log1p(self._evidence.popularity[target] - _values_at(keys, curated[rows]))
            columns: dict[str, NDArray[Any]] = {**cosines, **text, **graph}
            for name, column in columns.items():
                pairs.features[span, pairs.names.index(name)] = column
            pairs.fixed[span] = fixed_score(cosines | text, self._shares, self._scale)

        with_pairs = np.flatnonzero(np.diff(pairs.starts))
        on_each(write, [with_pairs[first : first + MOST_SOURCES] for first in range(0, len(with_pairs), MOST_SOURCES)])


# ------------------------------------------------------------------------------------------------------- pairs


class _Evidence:
    """Evidence from lists and links for each source (row) and target (column), by the name of the feature.

    It is worked out for some sources at a time: where posts have many links, those of similar posts are very many.
    """

    def __init__(self, graph: Graph, nearest: Neighbours) -> None:
        self.curated, self._linked = adjacency(graph.curated), adjacency(graph.linked)
        self.popularity = np.asarray(self.curated.sum(axis=0)).ravel()
        self._curators, self._linking = self.curated.T.tocsr(), self._linked.T.tocsr()
        self._nearest = nearest
        nobody = sparse.csr_array(self.curated.shape)
        weights = _neighbour_weights(nearest, np.arange(len(nearest.ids))) if self.curated.nnz else nobody
        self._weights_of_voters = weights.T.tocsr()

    def of(self, sources: NDArray[np.int64]) -> dict[str, sparse.csr_array]:
        """Some sources × all targets."""
        curators, weights = self._curators[sources], _neighbour_weights(self._nearest, sources)
        return {
            "target curates source": curators,
            "similar posts curate target": (weights @ self.curated).tocsr(),
            "posts like target curate source": (curators @ self._weights_of_voters).tocsr(),
            "curated together": (curators @ self.curated).tocsr(),
            "target links to source": self._linking[sources],
            "source links to target": self._linked[sources],
            "similar posts link to target": (weights @ self._linked).tocsr(),
        }


def adjacency(edges: Sequence[Sequence[int]]) -> sparse.csr_array:
    """Who points to whom as a matrix of zeros and ones, CSR. edges: the targets of each post."""
    lengths = [len(targets) for targets in edges]
    indices = np.array([target for targets in edges for target in targets], dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return sparse.csr_array((np.ones(len(indices)), indices, starts), shape=(len(edges), len(edges)))


def _neighbour_weights(nearest: Neighbours, sources: NDArray[np.int64]) -> sparse.csr_array:
    """The VOTING_NEIGHBOURS nearest posts of some posts, weighted by similarity; some × all, rows add up to 1."""
    ids = nearest.ids[sources, :VOTING_NEIGHBOURS]
    weights = nearest.cosines[sources, :VOTING_NEIGHBOURS].astype(np.float64)
    is_post = ids >= 0
    rows = np.repeat(np.arange(len(ids)), is_post.sum(axis=1))
    sums = np.maximum(weights.sum(axis=1), 1e-9)
    return sparse.csr_array((weights[is_post] / sums[rows], (rows, ids[is_post])), shape=(len(ids), len(nearest.ids)))


def _pairs(
    sources: NDArray[np.int64], nearest: NDArray[np.int32], evidence: Sequence[sparse.csr_array], posts: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Source and target of every pair of some sources, in order, none twice, no post beside itself.

    nearest, evidence: the rows of the sources. posts: of the corpus.
    """
    row, rank = np.nonzero(nearest >= 0)
    by_similarity = sources[row] * posts + nearest[row, rank]
    row, column, value = _entries(reduce(add, evidence))
    is_best = (ranks_in_rows(row, -value) < MOST_BY_GRAPH) & (value > 0) & (sources[row] != column)
    by_graph = sources[row[is_best]] * posts + column[is_best]
    pairs = np.sort(np.concatenate([by_similarity, by_graph]))  # np.unique would take ten times as long
    return np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], max(1, posts))


def _keys_of_translations(translations: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Post · posts + translation, for each translation of each post."""
    posts = len(translations)
    known = [post * posts + other for post, others in enumerate(translations) for other in others]
    return np.array(known, dtype=np.int64)


def _entries(matrix: sparse.csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Row, column and value of the entries of a matrix, in order."""
    matrix.sum_duplicates()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64), matrix.data


# ---------------------------------------------------------------------------------------------------- features


class _Cosines:
    """The cosines of pairs by field, and their similarity, the weighted sum."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors, self._shares = vectors.matrix, vectors.shares
        # The offset of each field within a row, and the end of the last one; posts × (fields + 1).
        matrix = self._vectors
        before = [counts_in_rows(matrix.indices < border, matrix.indptr) for border in vectors.borders()]
        self._offsets = np.stack(before, axis=1)

    def __call__(
        self, posts: NDArray[np.int64], target: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> tuple[dict[str, NDArray[np.float32]], Floats]:
        """posts: the sources, in order. target: those of all their pairs. starts: as in `Candidates`."""
        rows = self._vectors[target]
        _multiply(rows, self._vectors, posts, starts)
        products = _segment_sums(rows.data, rows.indptr[:-1, None] + self._offsets[target])
        cosines = (products / list(self._shares.values())).astype(np.float32)
        similarity: Floats = np.minimum(products.sum(axis=1), 1.0)
        return {name: cosines[:, column] for column, name in enumerate(self._shares)}, similarity


def _multiply(
    rows: sparse.csr_array, vectors: sparse.csr_array, sources: NDArray[np.int64], starts: NDArray[np.int64]
) -> None:
    """Multiplies the rows of targets, in place and entry by entry, by the vectors of their sources.

    rows: the targets of these sources, in the order of pairs. starts: as in `Candidates`.
    """
    source = np.zeros(vectors.shape[1], dtype=np.float32)
    borders = rows.indptr[np.append(starts[sources], starts[sources[-1] + 1]) - starts[sources[0]]].tolist()
    for post, first, last in zip(sources.tolist(), borders, borders[1:], strict=False):
        entries = slice(vectors.indptr[post], vectors.indptr[post + 1])
        source[vectors.indices[entries]] = vectors.data[entries]
        rows.data[first:last] *= source[rows.indices[first:last]]
        source[vectors.indices[entries]] = 0.0


def _segment_sums(values: NDArray[np.float32], borders: NDArray[np.int64]) -> Floats:
    """The sums of the values between neighbouring borders. borders: rows × (n + 1). Returns rows × n."""
    values = np.append(values, np.float32(0.0))
    sums = np.add.reduceat(values, borders.ravel()).reshape(borders.shape)[:, :-1].astype(np.float64)
    # reduceat returns a value for an empty segment, too.
    return np.where(borders[:, 1:] > borders[:, :-1], sums, 0.0)


def _text_features(
    similarity: Floats,
    nearest: Neighbours,
    days: Floats,
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    distances: NDArray[np.int8],
) -> dict[str, Floats]:
    hub = np.maximum(nearest.cosines[:, HUB_RANK - 1], 1e-3).astype(np.float64)
    age = days[source] - days[target]
    is_dated = (days[source] > 0) & (days[target] > 0)
    return {
        "similarity": similarity,
        "hub-corrected similarity": similarity / np.sqrt(hub[source] * hub[target]),
        "rank": 1.0 / (1.0 + ranks_in_rows(source, 2.0 * distances - similarity)),
        "recency": np.where(is_dated, np.exp(-np.abs(age) / YEAR), 0.0),
        "older": np.where(is_dated & (age > 0), 1.0, 0.0),
    }


def _values_at(pairs: NDArray[np.int64], matrix: sparse.csr_array) -> Floats:
    """The values of a matrix at some pairs, 0 where it has no entry. pairs: row · columns + column, ascending."""
    values = np.zeros(len(pairs))
    if len(pairs):
        row, column, value = _entries(matrix)
        entries = row * matrix.shape[1] + column
        position = np.minimum(np.searchsorted(pairs, entries), len(pairs) - 1)
        is_pair = pairs[position] == entries
        values[position[is_pair]] = value[is_pair]
    return values
