"""What dismissing does to what is suggested elsewhere: does learning from it help, harm, or bend confidence?

    python benchmarks/decisions.py SITE [SITE …]

Half of the lists are known (three draws). Of the other half, one part is the desk of an editor who dismisses the
strongest suggestions that are in no list, the other part is never seen and is what is measured: recall@10, nDCG@10,
and mean confidence against the share accepted among the first ten. "lists": the posts of the desk have their lists, as
if the editor had accepted what is right too. Dismissed pairs are left in what is measured, so that only learning shows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.ground import content_of, held, site_read
from indexer.links.graph import link_graph
from indexer.related.candidates import Candidates, candidates
from indexer.related.evaluation import lists_from
from indexer.related.metrics import ndcg, recall_at, scored
from indexer.related.ranked_lists import ranking
from indexer.related.ranker import Learning, learn, listed_pairs
from indexer.related.relate import relations

DRAWS = 3
DISMISSED = (50, 200, 1_000)
# How much recall@10 and nDCG@10 of lists that were not known may fall.
WORST = 0.005

Lists = Sequence[Sequence[int]]
Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Draw:
    """Which posts are measured, and the lists that are known; also those of the desk in `accepted`."""

    desk: list[int]
    known: Lists
    accepted: Lists
    unseen: Lists


def drawn(lists: Lists, seed: int) -> Draw:
    posts = [post for post, targets in enumerate(lists) if targets]
    order = np.random.RandomState(seed).permutation(posts).tolist()
    half, three_quarters = len(order) // 2, 3 * len(order) // 4
    known, desk = set(order[:half]), order[half:three_quarters]
    unseen = set(order[three_quarters:])

    def of(some: set[int]) -> Lists:
        return [targets if post in some else () for post, targets in enumerate(lists)]

    return Draw(desk, of(known), of(known.union(desk)), of(unseen))


def strongest_wrong(pairs: Candidates, scores: np.ndarray, lists: Lists, desk: Sequence[int], most: int) -> Pairs:
    """What an editor at the desk would dismiss: of the first ten of each post what is in no list, strongest first."""
    best = pairs.best(scores, 10)
    shown = [pair for post in desk for pair in best[post].tolist() if int(pairs.target[pair]) not in lists[post]]
    shown.sort(key=lambda pair: -scores[pair])
    return [(int(pairs.source[pair]), int(pairs.target[pair])) for pair in shown[:most]]


def figures(pairs: Candidates, found: Learning, unseen: Lists) -> np.ndarray:
    """recall@10, nDCG@10, mean confidence and share accepted of the first ten, on lists that were not known."""
    scores = found.model.scores(pairs)
    answer = scored(pairs, scores, unseen)
    best = pairs.best(scores, 10)
    shown = np.concatenate([best[post] for post, targets in enumerate(unseen) if targets])
    sure = found.model.confidence(scores[shown])
    taken = listed_pairs(pairs, unseen)[shown]
    return np.array([recall_at(answer, 10).mean(), ndcg(answer).mean(), sure.mean(), taken.mean()])


def measure(site: Path) -> bool:
    """Prints all about one site; whether nothing gets worse."""
    reading = site_read(site)
    corpus = reading.corpus
    graph = link_graph(corpus, reading.excluded, content_of(site).site)
    lists = lists_from(site / "related.jsonl", corpus).targets
    vectors = relations(corpus, graph).vectors
    rows: dict[str, list[np.ndarray]] = {}
    kept = True
    for seed in range(DRAWS):
        draw = drawn(lists, seed)
        for name, known in (("", draw.known), ("lists, ", draw.accepted)):
            pairs = candidates(corpus, replace(graph, curated=tuple(map(tuple, known))), vectors)
            before = learn(pairs, known)
            rows.setdefault(f"{name}nothing dismissed", []).append(figures(pairs, before, draw.unseen))
            scores = before.model.scores(pairs)
            for most in DISMISSED:
                dismissed = strongest_wrong(pairs, scores, lists, draw.desk, most)
                after = learn(pairs, known, dismissed)
                rows.setdefault(f"{name}{most:,} dismissed", []).append(figures(pairs, after, draw.unseen))
                kept &= never_shown(pairs, after, dismissed)
    print(f"{site.name}: {len(corpus):,} posts, {sum(map(bool, lists)):,} lists, means of {DRAWS} draws")
    base = np.zeros(4)
    for name, found in rows.items():
        recall, order, sure, taken = mean = np.mean(found, axis=0)
        print(f"  {name:<26} recall@10 {recall:.3f}  nDCG@10 {order:.3f}  confidence {sure:.3f} → accepted {taken:.3f}")
        base = mean if name.endswith("nothing dismissed") else base
        kept &= held(f"recall@10 with {name}", recall, base[0] - WORST)
        kept &= held(f"nDCG@10 with {name}", order, base[1] - WORST)
    return kept


def never_shown(pairs: Candidates, found: Learning, dismissed: Pairs) -> bool:
    """Whether no dismissed pair stands in the ranking that a generation would hold."""
    ids, _ = ranking(pairs, found, dismissed)
    shown = sum(target in ids[source] for source, target in dismissed)
    return held("dismissed pairs that are not shown", len(dismissed) - shown, len(dismissed))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    told = parser.parse_args()
    kept = [measure(site) for site in told.sites]  # every site is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
