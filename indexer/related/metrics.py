"""How good a ranking is, measured on the editors' own lists, each hidden while its post is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.related.candidates import Candidates

Floats = NDArray[np.float64]

DEPTH = 10
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Ranked:
    """The first ten of every post, and for posts with a list: which of the ten are in it, and how many it names."""

    firsts: tuple[tuple[int, ...], ...]
    found: tuple[tuple[bool, ...], ...]
    named: tuple[int, ...]


def ranked(
    rank: Callable[[int], Sequence[int]], posts: int, lists: Sequence[Sequence[int]], named: Sequence[int] | None = None
) -> Ranked:
    """What a ranking answers for every post. named: how many targets a list names where some are not published."""
    firsts = tuple(tuple(rank(post)[:DEPTH]) for post in range(posts))
    asked = [post for post, targets in enumerate(lists) if (named[post] if named else len(targets))]
    found = tuple(tuple(one in set(lists[post]) for one in firsts[post]) for post in asked)
    return Ranked(firsts, found, tuple(named[post] if named else len(lists[post]) for post in asked))


def scored(
    candidates: Candidates, scores: Floats, lists: Sequence[Sequence[int]], named: Sequence[int] | None = None
) -> Ranked:
    """What scores of pairs answer: best first, ties to the smaller post."""
    best = candidates.best(scores, DEPTH)
    return ranked(lambda post: candidates.target[best[post]].tolist(), len(best), lists, named)


def recall_at(answer: Ranked, depth: int) -> Floats:
    """For each post with a list, the share of it that stands among the first `depth`."""
    return np.array([sum(found[:depth]) / named for found, named in zip(answer.found, answer.named, strict=True)])


def ndcg(answer: Ranked) -> Floats:
    """nDCG@10 of each post with a list; every target counts the same."""
    discounts = 1 / np.log2(np.arange(DEPTH) + 2)
    return np.array(
        [
            sum(discounts[place] for place, hit in enumerate(found) if hit) / discounts[: min(named, DEPTH)].sum()
            for found, named in zip(answer.found, answer.named, strict=True)
        ]
    )


def measures(answer: Ranked) -> dict[str, tuple[float, float, float]]:
    """Mean and 95 % interval (bootstrap over posts) of recall@5, recall@10, MRR and nDCG@10."""
    firsts = [next((1 / rank for rank, hit in enumerate(found, 1) if hit), 0.0) for found in answer.found]
    per_post = {
        "recall@5": recall_at(answer, 5),
        "recall@10": recall_at(answer, 10),
        "MRR": np.array(firsts),
        "nDCG@10": ndcg(answer),
    }
    values = np.array(list(per_post.values()))
    means = values.sum(axis=1) / max(1, values.shape[1])
    low, high = np.percentile(resampled(values), [2.5, 97.5], axis=0)
    return dict(zip(per_post, zip(means.tolist(), low.tolist(), high.tolist(), strict=True), strict=True))


def resampled(values: Floats) -> Floats:
    """Means over posts drawn with repetition, RESAMPLES of them. values: one row a measure, one column a post."""
    posts = values.shape[1]
    chance = np.random.RandomState(0)
    draws = (chance.randint(0, posts, posts) for _ in range(RESAMPLES if posts else 0))
    means = [values[:, draw].sum(axis=1) / posts for draw in draws]
    return np.array(means or np.zeros((1, len(values))))


def coverage(answer: Ranked) -> float:
    """The share of all posts that stand in some post's first ten."""
    return len({one for first in answer.firsts for one in first}) / max(1, len(answer.firsts))


def in_degrees(answer: Ranked) -> list[tuple[int, int]]:
    """How many posts' first ten each post stands in, the most recommended first."""
    counts = Counter(one for first in answer.firsts for one in first)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
