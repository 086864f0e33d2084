"""The dot products of vectors, in tiles of some posts × some others; they are exact, whatever the tiles are.

The most frequent columns are multiplied as dense numbers, which does that part many times faster, and the others as
sparse ones. A factor is what that takes for the posts on one side of a tile, so that few are in memory in this form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.content.pool import cores

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Given = TypeVar("Given")
Made = TypeVar("Made")
# Sources and targets, which are broadcast together → the distances of their languages, 0 to 2.
Distances = Callable[[NDArray[np.integer], NDArray[np.integer]], NDArray[np.int8]]

# Posts on either side of a tile; factors that are kept while all others are made, one after the other; and rows of a
# tile that are looked at together, so that they stay in the processor's cache.
TILE, KEPT_FACTORS, STRIP = 1_024, 16, 256
DENSE_COLUMNS = 768


class Factor(NamedTuple):
    """Some posts, ready to be multiplied. dense: posts × DENSE_COLUMNS. rest: CSR, posts × the other columns that more
    than one post has. transposed: the same, CSR, columns × posts."""

    posts: Ints
    dense: NDArray[np.float32]
    rest: sparse.csr_array
    transposed: sparse.csr_array


class Strip(NamedTuple):
    """What some posts (columns) are worth to others (rows) as neighbours. worth: rows × columns."""

    rows: Ints
    columns: Ints
    worth: Floats


class Products:
    """What posts are worth to others: the dot product of their rows, set apart by language; 0 for no neighbour.

    With distances it is 4 more, and 2 less for each step: in bands that do not touch, and in 64 bits, so exact, too.
    """

    def __init__(self, vectors: sparse.csr_array, distances: Distances | None) -> None:
        """vectors: as `cosine_neighbours` takes them. distances: of languages; None where all are the same."""
        self._vectors, self._distances = vectors, distances
        document_frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
        self._columns = int(np.count_nonzero(document_frequency > 1))
        self._dense = min(DENSE_COLUMNS, self._columns)
        # The place of each column: first the dense ones, then the rest; -1 for what one post has alone.
        self._places = np.full(vectors.shape[1], -1, dtype=np.int32)
        order = np.argsort(-document_frequency, kind="stable")[: self._columns]
        self._places[order] = np.arange(self._columns, dtype=np.int32)

    def factor(self, posts: Ints) -> Factor:
        """posts: ascending."""
        rows = self._vectors[posts]
        places = self._places[rows.indices]
        numbers = np.repeat(np.arange(len(posts)), np.diff(rows.indptr))
        is_dense, is_rest = (places >= 0) & (places < self._dense), places >= self._dense
        dense = np.zeros((len(posts), self._dense), dtype=np.float32)
        dense[numbers[is_dense], places[is_dense]] = rows.data[is_dense]
        starts = np.zeros(len(posts) + 1, dtype=np.int32)
        np.cumsum(np.bincount(numbers[is_rest], minlength=len(posts)), out=starts[1:])
        entries = (rows.data[is_rest], places[is_rest] - self._dense, starts)
        rest = sparse.csr_array(entries, shape=(len(posts), self._columns - self._dense))
        return Factor(posts, dense, rest, rest.T.tocsr())

    def strips(self, some: Factor, others: Factor) -> Iterator[Strip]:
        """The tile of some posts (rows) and others (columns), from top to bottom."""
        for first in range(0, len(some.posts), STRIP):
            rows = slice(first, first + STRIP)
            yield Strip(some.posts[rows], others.posts, self._worth(some, rows, others))

    def _worth(self, some: Factor, rows: slice, others: Factor) -> Floats:
        worth: Floats = some.dense[rows] @ others.dense.T
        worth += (some.rest[rows] @ others.transposed).toarray()
        np.minimum(worth, 1.0, out=worth)
        posts = some.posts[rows]
        places = np.minimum(np.searchsorted(others.posts, posts), len(others.posts) - 1)
        is_itself = others.posts[places] == posts
        worth[is_itself, places[is_itself]] = 0.0
        if self._distances is None:
            return worth
        return np.where(worth > 0, worth + bands(self._distances(posts[:, None], others.posts)), 0.0)

    def each_tile(
        self, work: Callable[[Factor, Factor], None], rows: Sequence[Ints], columns: Sequence[Ints] | None = None
    ) -> None:
        """Calls `work` with the factors of every tile, on all cores; of rows alone, with those of each two once."""
        for first in range(0, len(rows), KEPT_FACTORS):
            kept = on_each(self.factor, rows[first : first + KEPT_FACTORS])

            def multiply(posts: Ints, kept: Sequence[Factor] = kept) -> None:
                others = self.factor(posts)
                for some in kept:
                    if columns is not None or some.posts[0] < posts[0]:
                        work(some, others)

            # Backwards, as the last ones of few are the most work.
            on_each(multiply, (rows[first + 1 :] if columns is None else columns)[::-1])


def bands(distances: NDArray[np.int8]) -> Floats:
    """What nearer languages are worth, before any likeness."""
    return 4.0 - 2.0 * distances.astype(np.float64)


def tiles(posts: Ints) -> list[Ints]:
    return [posts[first : first + TILE] for first in range(0, len(posts), TILE)]


def on_each(work: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """What is made of each, in order. NumPy and SciPy let other threads run while they work."""
    with ThreadPoolExecutor(cores()) as threads:
        return list(threads.map(work, items))
