"""How good a ranking is, measured on the editors' own lists, each hidden while its post is ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.related.candidates import Candidates

Floats = NDArray[np.float64]

DEPTH = 10
RESAMPLES = 1_000  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a ranking shows, and how that compares with the lists.

    top: the first ten of every post. For each post with a list: is_listed, which of its first ten the list names;
    named, how many targets the list names.
    """

    top: tuple[tuple[int, ...], ...]
    is_listed: tuple[tuple[bool, ...], ...]
    named: tuple[int, ...]


def ranked(
    rank: Callable[[int], Sequence[int]], posts: int, lists: Sequence[Sequence[int]], named: Sequence[int] | None = None
) -> Ranked:
    """What a ranking shows for every post. rank: a post → its targets, best first. lists: the targets of each post.

    named: how many targets each list names, where it names some that are not published.
    """
    named = named or [len(targets) for targets in lists]
    top = tuple(tuple(rank(post)[:DEPTH]) for post in range(posts))
    with_list = [post for post, count in enumerate(named) if count]
    is_listed = tuple(tuple(target in set(lists[post]) for target in top[post]) for post in with_list)
    return Ranked(top, is_listed, tuple(named[post] for post in with_list))


def scored(
    candidates: Candidates, scores: Floats, lists: Sequence[Sequence[int]], named: Sequence[int] | None = None
) -> Ranked:
    """What scores of pairs show: best first, ties to the smaller post."""
    best = candidates.best(scores, DEPTH)
    return ranked(lambda post: candidates.target[best[post]].tolist(), len(best), lists, named)


def recall_at(ranking: Ranked, depth: int) -> Floats:
    """For each post with a list, the share of the list that is among the first `depth`."""
    return np.array([sum(hits[:depth]) / named for hits, named in zip(ranking.is_listed, ranking.named, strict=True)])


def ndcg(ranking: Ranked) -> Floats:
    """nDCG@10 of each post with a list, with binary gains (Järvelin and Kekäläinen 2002)."""
    discounts = 1 / np.log2(np.arange(DEPTH) + 2)
    return np.array(
        [
            sum(discounts[rank] for rank, is_hit in enumerate(hits) if is_hit) / discounts[: min(named, DEPTH)].sum()
            for hits, named in zip(ranking.is_listed, ranking.named, strict=True)
        ]
    )


def measures(ranking: Ranked) -> dict[str, tuple[float, float, float]]:
    """Mean and 95 % interval (bootstrap over posts with a list) of recall@5, recall@10, MRR and nDCG@10."""
    reciprocal_ranks = [
        next((1 / rank for rank, is_hit in enumerate(hits, 1) if is_hit), 0.0) for hits in ranking.is_listed
    ]
    per_post = {
        "recall@5": recall_at(ranking, 5),
        "recall@10": recall_at(ranking, 10),
        "MRR": np.array(reciprocal_ranks),
        "nDCG@10": ndcg(ranking),
    }
    values = np.array(list(per_post.values()))
    means = values.sum(axis=1) / max(1, values.shape[1])
    low, high = np.percentile(resampled(values), [2.5, 97.5], axis=0)
    return dict(zip(per_post, zip(means.tolist(), low.tolist(), high.tolist(), strict=True), strict=True))


def resampled(values: Floats) -> Floats:
    """Bootstrap: means over posts drawn with replacement. values: measures × posts. Returns RESAMPLES × measures."""
    posts = values.shape[1]
    generator = np.random.RandomState(0)
    draws = (generator.randint(0, posts, posts) for _ in range(RESAMPLES if posts else 0))
    means = [values[:, draw].sum(axis=1) / posts for draw in draws]
    return np.array(means or np.zeros((1, len(values))))


def coverage(ranking: Ranked) -> float:
    """The share of all posts that are in some post's first ten."""
    return len({target for targets in ranking.top for target in targets}) / max(1, len(ranking.top))


def in_degrees(ranking: Ranked) -> list[tuple[int, int]]:
    """Each post that is shown, and in how many first tens; the most recommended first, ties to the smaller post."""
    counts = Counter(target for targets in ranking.top for target in targets)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
