"""Do the computed lists hold what editors chose? recall@5, recall@10 and nDCG@10 on a site's own curated lists.

    python benchmarks/related_quality.py SITE [SITE …]

Every post with a list is asked once. Its list is hidden: the vectors know titles, descriptions, headings, tags and
bodies, never lists. A curated post that is not published counts as missed. Baselines: the newest posts, and those that
share most tags (ties: newer first). Two sites in docs/explanation/related.md set the floor of recall@10.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks.ground import curated_lists, read_site
from indexer.model import Corpus
from indexer.similarity.terms import post_terms
from indexer.similarity.vectors import cosine_neighbours, tfidf

DEPTH = 10

Ranking = Callable[[int], list[int]]


def by_cosine(corpus: Corpus) -> Ranking:
    """What See Also computes."""
    vectors, _, _ = tfidf([post_terms(post) for post in corpus])
    ids, _ = cosine_neighbours(vectors, DEPTH)
    return lambda number: [one for one in ids[number].tolist() if one >= 0]


def by_date(corpus: Corpus) -> Ranking:
    newest = sorted(range(len(corpus)), key=lambda one: (corpus[one].date or date.min, one), reverse=True)
    return lambda number: [one for one in newest[: DEPTH + 1] if one != number][:DEPTH]


def by_shared_tags(corpus: Corpus) -> Ranking:
    tags = [frozenset(tag.casefold() for tag in post.tags) for post in corpus]
    newest = sorted(range(len(corpus)), key=lambda one: (corpus[one].date or date.min, one), reverse=True)

    def rank(number: int) -> list[int]:
        shared = {one: len(tags[one] & tags[number]) for one in newest if one != number}
        return sorted((one for one in newest if shared.get(one)), key=lambda one: -shared[one])[:DEPTH]

    return rank


def scores(rank: Ranking, lists: dict[int, tuple[set[int], int]]) -> dict[str, float]:
    """Means over posts. lists: post → (its curated posts, how many the editor named, found or not)."""
    sums = {"recall@5": 0.0, "recall@10": 0.0, "nDCG@10": 0.0}
    for number, (wanted, named) in lists.items():
        found = [one in wanted for one in rank(number)]
        sums["recall@5"] += sum(found[:5]) / named
        sums["recall@10"] += sum(found) / named
        best = sum(1 / math.log2(place + 2) for place in range(min(named, DEPTH)))
        sums["nDCG@10"] += sum(hit / math.log2(place + 2) for place, hit in enumerate(found)) / best
    return {name: total / len(lists) for name, total in sums.items()}


def measure(site: Path) -> None:
    corpus = read_site(site).corpus
    numbers = {post.path: number for number, post in enumerate(corpus)}
    lists = {
        numbers[path]: ({numbers[one] for one in related if one in numbers}, len(related))
        for path, related in curated_lists(site).items()
        if path in numbers
    }
    if not lists:
        print(f"{site.name}: no curated lists to measure on")
        return
    print(f"{site.name}: {len(corpus):,} posts, {len(lists):,} lists")
    for name, ranking in {"newest": by_date, "most shared tags": by_shared_tags, "See Also": by_cosine}.items():
        started = time.perf_counter()
        measured = scores(ranking(corpus), lists)
        row = "  ".join(f"{key} {value:.3f}" for key, value in measured.items())
        print(f"  {name:<18} {row}   ({time.perf_counter() - started:.1f} s)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    for site in parser.parse_args().sites:
        measure(site)


if __name__ == "__main__":
    main()
