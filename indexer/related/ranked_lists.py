"""The pairs and what was learned → the ranked list of every post, as it is shown.

First the best pairs of each post by their scores, which depend on that post and its targets alone, so they are taken
over from build to build. Then the popularity cap, which looks at all lists at once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.related.candidates import Candidates
from indexer.related.metrics import DEPTH
from indexer.related.neighbour_lists import ranks_in_rows
from indexer.related.products import tiles
from indexer.related.ranker import Learning, pairs_among

# Neighbours and ranked targets that are stored for each post.
STORED_DEPTH = 60
# No post stands in many more first tens than this share of the site: a popular post is not the answer to everything.
POPULARITY_CAP_SHARE, POPULARITY_CAP_LEAST = 0.1, 10
# How many of each ranked list compete for a place under the cap.
CAPPED_DEPTH = 20


class RankedLists(NamedTuple):
    """The targets of every post, their scores and how far their languages are, each posts × STORED_DEPTH.

    targets: int32, -1 where there are fewer. scores: float32. distances: int8.
    """

    targets: NDArray[np.int32]
    scores: NDArray[np.float32]
    distances: NDArray[np.int8]

    @classmethod
    def empty(cls, posts: int) -> RankedLists:
        shape = (posts, STORED_DEPTH)
        return cls(np.full(shape, -1, np.int32), np.zeros(shape, np.float32), np.zeros(shape, np.int8))


def best_pairs(
    pairs: Candidates,
    learning: Learning,
    dismissed: Sequence[tuple[int, int]] = (),
    found: RankedLists | None = None,
) -> RankedLists:
    """The best pairs of every post: nearer languages first, then higher scores, then smaller targets.

    dismissed: pairs that are left out. found: the lists of other posts, to which those of the sources of these pairs
    are added; a post without pairs has none.
    """
    # In 32 bits, or the last bit of a sum would decide between equals.
    scores = learning.model.scores(pairs).astype(np.float32)
    is_left_out = pairs_among(pairs, dismissed)
    order = np.lexsort((-scores, pairs.distances, is_left_out, pairs.source))
    rank = ranks_in_rows(pairs.source, np.zeros(len(order)))
    order, rank = order[rank < STORED_DEPTH], rank[rank < STORED_DEPTH]
    order, rank = order[~is_left_out[order]], rank[~is_left_out[order]]
    found = found or RankedLists.empty(len(pairs.starts) - 1)
    entries = pairs.source[order], rank
    found.targets[entries], found.scores[entries] = pairs.target[order], scores[order]
    found.distances[entries] = pairs.distances[order]
    return found


def ranking(
    pairs: Candidates, learning: Learning, dismissed: Sequence[tuple[int, int]] = ()
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The targets of every post, most likely first, and the confidence in each; `shown` tells more."""
    lists = shown(best_pairs(pairs, learning, dismissed))
    return lists.targets, confidence_of(lists, learning)


def confidence_of(lists: RankedLists, learning: Learning) -> NDArray[np.float32]:
    """The confidence in each target, 0 where there is none."""
    confidence = np.zeros(lists.scores.shape, dtype=np.float32)
    for rows in tiles(np.arange(len(confidence))):
        confidence[rows] = learning.model.confidence(lists.scores[rows].astype(np.float64))
    confidence[lists.targets < 0] = 0.0
    return confidence


def shown(best: RankedLists) -> RankedLists:
    """The lists, so that no post crowds them.

    A post that too many first tens want moves behind the first ten where its score is lowest, but not behind posts of
    another language.
    """
    cap = max(POPULARITY_CAP_LEAST, math.ceil(POPULARITY_CAP_SHARE * len(best.targets)))
    is_demoted = _over_popularity_cap(best, cap)
    if not is_demoted.any():
        return best
    order = np.argsort(_places(is_demoted), axis=1, kind="stable")
    distances = np.take_along_axis(np.where(best.targets >= 0, best.distances, np.int8(127)), order, axis=1)
    order = np.take_along_axis(order, np.argsort(distances, axis=1, kind="stable"), axis=1)
    return RankedLists(
        np.take_along_axis(best.targets, order, axis=1),
        np.take_along_axis(best.scores, order, axis=1),
        np.take_along_axis(best.distances, order, axis=1),
    )


def _over_popularity_cap(best: RankedLists, cap: int) -> NDArray[np.bool_]:
    """Which entries are the lowest-scored ones of the targets that would stand in more than `cap` first tens.

    Only the best CAPPED_DEPTH of each list compete, so a target that moves up behind them may pass the cap by a few;
    letting all compete leaves lists without anything else to offer.
    """
    is_demoted = np.zeros(best.targets.shape, dtype=bool)
    source, place = np.nonzero(best.targets[:, :CAPPED_DEPTH] >= 0)
    target = best.targets[source, place]
    if np.bincount(target, minlength=1).max() <= cap:
        return is_demoted
    order = np.lexsort((target, source, -best.scores[source, place], best.distances[source, place]))
    in_degree: Counter[int] = Counter()
    list_length: Counter[int] = Counter()
    for post, wanted, at in zip(*(values[order].tolist() for values in (source, target, place)), strict=True):
        if list_length[post] >= DEPTH:
            continue
        if in_degree[wanted] >= cap:
            is_demoted[post, at] = True
        else:
            in_degree[wanted] += 1
            list_length[post] += 1
    return is_demoted


def _places(is_demoted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Where each entry of a list belongs: the demoted ones right behind the first ten of the others."""
    rank = np.cumsum(~is_demoted, axis=1) - 1.0
    return np.where(is_demoted, DEPTH - 0.5, rank)
