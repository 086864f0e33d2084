"""The exact nearest neighbours of every post, by comparing all with all, or with those that changed.

The values of vectors are multiples of 1/4096 (vectors.py), so every sum of products up to 1 is exact in 32 bits, in
whatever order it is added up, and what exceeds 1 exceeds it in every order. So a cosine is the same from either side,
in any tile, with any number of threads, and a row that is kept is what it would become if it were worked out again.

What a product is worth goes to the list of its row and to that of its column, so it is worked out once for the two.
Before that each tile is compared with itself, so that every list has a last place that must be won:

    posts     0 .. 1,023   1,024 .. 2,047   2,048 ..
    0 ..      first        then             then
    1,024 ..               first            then
    2,048 ..                                first
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.related.neighbour_lists import (
    SMALLEST,
    Entries,
    NeighbourLists,
    Neighbours,
    entries_of_columns,
    entries_of_rows,
    joined,
)
from indexer.related.products import Distances, Factor, Floats, Ints, Products, bands, on_each, tiles

# Where a larger share of the posts has changed, all rows are worked out: to patch the others is no less work.
MOST_CHANGED = 0.2


def cosine_neighbours(vectors: sparse.csr_array, k: int, distances: Distances | None = None) -> Neighbours:
    """The k nearest posts of every post, by exact dot product.

    vectors: CSR (posts × terms), float32, multiples of 1/4096, rows of length 1 at most (0 for a post without terms).
    distances: of languages, as far one way as the other; nearer ones come first, however similar. None: all are the
    same. Ties go to the smaller id, so two builds of one corpus agree to the bit.
    """
    posts = np.arange(vectors.shape[0])
    products, lists = Products(vectors, distances), NeighbourLists(posts, k)

    def compare_with_itself(tile: Ints) -> None:
        factor = products.factor(tile)
        lists.add(joined([lists.entries(strip) for strip in products.strips(factor, factor)]))

    def compare(some: Factor, others: Factor) -> None:
        least = lists.least(others.posts)
        rows, columns = [], []
        for strip in products.strips(some, others):
            rows.append(entries_of_rows(strip, lists.least(strip.rows)))
            columns.append(entries_of_columns(strip, least))
        lists.add(joined(rows))
        lists.add(joined(columns))

    on_each(compare_with_itself, tiles(posts))
    products.each_tile(compare, tiles(posts))
    return lists.neighbours()


def updated_neighbours(
    kept: Neighbours, is_changed: NDArray[np.bool_], vectors: sparse.csr_array, distances: Distances | None = None
) -> Neighbours:
    """What `cosine_neighbours` returns for these vectors, from what it returned for those of another build.

    kept: the neighbours of each post then, by the numbers of now, which must be in the same order; -1 for posts that
    have gone, whose cosines stay. is_changed: the posts that are new, or whose vector or language is another one now.
    """
    posts, k = kept.ids.shape
    changed = np.flatnonzero(is_changed)
    if len(changed) > MOST_CHANGED * posts:
        return cosine_neighbours(vectors, k, distances)
    found = Neighbours(kept.ids.copy(), kept.cosines.copy())
    products = Products(vectors, distances)
    stays = (kept.ids >= 0) & ~is_changed[kept.ids]
    is_full = kept.cosines[:, -1] > 0
    worth = _worth(kept, stays, distances)
    # What is worth less than the last neighbour does not enter a list; where that has gone, nobody knows what does.
    last = np.where(is_full, worth[:, -1], SMALLEST)
    is_open = (is_full & ~stays[:, -1]) | is_changed
    last[is_open] = np.inf
    row, post, value = _write(found, changed, products, last)
    # A list is known where k posts are left that no other can come before; the rest of its neighbours may have gone.
    known = stays.sum(axis=1) + np.bincount(row[value > last[row]], minlength=posts)
    is_open |= is_full & (known < k)
    lost = ((kept.cosines > 0) & ~stays).any(axis=1)
    is_patched = (lost | (np.bincount(row, minlength=posts) > 0)) & ~is_open
    is_of_patched = is_patched[row]
    _patch(found, stays & is_patched[:, None], worth, row[is_of_patched], post[is_of_patched], value[is_of_patched])
    _write(found, np.flatnonzero(is_open & ~is_changed), products, np.full(posts, np.inf))
    return found


def _worth(kept: Neighbours, stays: NDArray[np.bool_], distances: Distances | None) -> Floats:
    """The worth of each neighbour that stays."""
    if distances is None:
        return kept.cosines
    worth = kept.cosines.astype(np.float64)
    for rows in tiles(np.arange(len(worth))):
        worth[rows] += np.where(stays[rows], bands(distances(rows[:, None], kept.ids[rows])), 0.0)
    return worth


def _write(found: Neighbours, rows: Ints, products: Products, last: Floats) -> Entries:
    """Writes the neighbours of some posts. Returns the lists that these posts enter.

    last: what a post must be worth to enter the list of each post, inf where it is not asked.
    """
    lists, entered = NeighbourLists(rows, found.ids.shape[1]), list[Entries]()

    def compare(some: Factor, others: Factor) -> None:
        of_rows = []
        for strip in products.strips(some, others):
            of_rows.append(lists.entries(strip))
            entered.append(entries_of_columns(strip, last[strip.columns]))
        lists.add(joined(of_rows))

    products.each_tile(compare, tiles(rows), tiles(np.arange(len(last))))
    found.ids[rows], found.cosines[rows] = lists.neighbours()
    return joined(entered)


def _patch(found: Neighbours, stays: NDArray[np.bool_], worth: Floats, row: Ints, post: Ints, value: Floats) -> None:
    """Writes the lists that some posts enter or leave. stays: the neighbours that stay in these lists.

    row, post, value: a post that enters the list of another, and what it is worth there.
    """
    rows, places = np.nonzero(stays)
    row = np.concatenate([rows, row])
    post = np.concatenate([found.ids[rows, places], post])
    value = np.concatenate([worth[rows, places], value])
    order = np.lexsort((post, -value, row))
    row, post, value = row[order], post[order], value[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    found.ids[row], found.cosines[row] = -1, 0.0
    is_best = rank < found.ids.shape[1]
    row, rank = row[is_best], rank[is_best]
    found.ids[row, rank], found.cosines[row, rank] = post[is_best], value[is_best] % 2.0
