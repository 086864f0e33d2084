"""Do the computed lists hold what editors chose? Every ranking on a site's own curated lists, in one run.

    python benchmarks/related_quality.py SITE [SITE …]

Each list is hidden while its post is asked, with everything derived from it; "learned" is fitted on folds that did
not see the list. A curated post that is not published counts as missed. "fixed weights" is also what a site without
any list gets. Then: how learning fares when only 3, 30 or 300 lists are known (means over three draws, measured on
the lists that are not), and how far confidence can be trusted: calibrated on one half of the lists, checked on the
other. Last the cold start: random parts of 40, 100 and 250 posts, each as a site of its own without any list, fixed
weights against TF-IDF. A list counts with those of its targets that are in the part. Posts are drawn one by one, and
also list by list, a post with all of its targets: few posts of a large site, drawn one by one, have no list in common.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.ground import RELATED_FLOORS, content_of, held, site_read
from indexer.links.graph import link_graph
from indexer.model import Corpus, Graph
from indexer.related import ranker
from indexer.related.baselines import by_tfidf
from indexer.related.candidates import candidates
from indexer.related.evaluation import Lists, compared, lists_from
from indexer.related.metrics import ranked, recall_at, scored
from indexer.related.ranked_lists import ranking
from indexer.related.ranker import learn
from indexer.related.relate import Relations, relations

FEW = (3, 30, 300)
DRAWS = 3
PARTS, PARTS_DRAWN = (40, 100, 250), 20


def measure(site: Path, whole: bool, few: bool, parts: bool) -> bool:
    """Prints all about one site; whether its floors hold. whole, few, parts: which of the measurements are made."""
    reading = site_read(site)
    corpus = reading.corpus
    graph = link_graph(corpus, reading.excluded, content_of(site).site)
    if not (site / "related.jsonl").exists():
        print(f"{site.name}: no curated lists to measure on")
        return True
    lists = lists_from(site / "related.jsonl", corpus)
    graph = replace(graph, curated=lists.targets)
    kept = not whole or _whole(site, corpus, graph, lists, few)
    return (not parts or _cold_start(site, corpus, graph, lists)) and kept


def _whole(site: Path, corpus: Corpus, graph: Graph, lists: Lists, few: bool) -> bool:
    said = compared(corpus, graph, lists)
    print(f"{site.name}: {said['posts']:,} posts, {said['lists']:,} lists")
    for row in said["rankings"]:
        figures = "  ".join(
            f"{name} {mean:.3f}±{(high - low) / 2:.3f}" for name, (mean, low, high) in row["measures"].items()
        )
        print(f"  {row['name']:<14} {figures}  coverage {row['coverage']:.2f}  in-degree {row['in_degree']}")
    print(f"  {said['because']}")
    means = {row["name"]: row["measures"]["recall@10"][0] for row in said["rankings"]}
    fixed, learned = RELATED_FLOORS.get(site.name, (0.0, 0.0))
    kept = held("recall@10 of the fixed weights", means["fixed weights"], fixed)
    kept &= held("recall@10 of the fixed weights beside TF-IDF", means["fixed weights"], means["TF-IDF cosine"])
    kept &= held("recall@10 of the learned ranking", means.get("learned", 0.0), learned)
    started = time.perf_counter()
    found = relations(corpus, graph)
    ranking(found.candidates, found.learning)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  vectors, candidates, fitting and ranking: {time.perf_counter() - started:.1f} s; peak memory {peak:,.0f} MB"
    )
    _calibration(found, lists)
    if few:
        for count in FEW:
            _few_lists(corpus, graph, found, lists, count)
    return kept


def _calibration(found: Relations, lists: Lists) -> None:
    """How often suggestions of each confidence are in the list: one half of the lists calibrates, the other checks."""
    scores = found.learning.held_out
    if scores is None:
        return
    pairs = found.candidates
    answers = ranker.listed_pairs(pairs, lists.targets)
    sources = [post for post, targets in enumerate(lists.targets) if targets]
    xs, ys = zip(*ranker.calibration(pairs, scores, answers, sources[::2]), strict=True)
    shown = np.concatenate(
        [pairs.of(post).start + np.argsort(-scores[pairs.of(post)], kind="stable")[:10] for post in sources[1::2]]
    )
    confidence = np.interp(scores[shown], xs, ys)
    rows = []
    for low in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9):
        high = {0.0: 0.1, 0.9: 1.01}.get(low, low + 0.2)
        within = (confidence >= low) & (confidence < high)
        if within.sum() >= 20:
            rows.append(f"{confidence[within].mean():.2f}→{answers[shown][within].mean():.2f} ({within.sum():,})")
    print(f"  confidence → share accepted (suggestions): {'  '.join(rows)}")


def _few_lists(corpus: Corpus, graph: Graph, found: Relations, lists: Lists, count: int) -> None:
    sources = [post for post, targets in enumerate(lists.targets) if targets]
    if count >= len(sources):
        return
    rows = []
    for draw in range(DRAWS):
        known = set(np.random.RandomState(draw).choice(sources, count, replace=False).tolist())
        partly = [targets if post in known else () for post, targets in enumerate(lists.targets)]
        pairs = candidates(corpus, replace(graph, curated=tuple(partly)), found.vectors)
        model = learn(pairs, partly).model
        unknown = [() if post in known else targets for post, targets in enumerate(lists.targets)]
        used = float(recall_at(scored(pairs, model.scores(pairs), unknown), 10).mean())
        fixed = float(recall_at(scored(pairs, pairs.fixed, unknown), 10).mean())
        rows.append((model.learned, used, fixed))
    adopted = sum(row[0] for row in rows)
    used, fixed = (float(np.mean([row[place] for row in rows])) for place in (1, 2))
    compared_to = f"recall@10 {used:.3f} against {fixed:.3f} fixed"
    print(f"  with {count:>3} lists: {compared_to}; learning used in {adopted} of {DRAWS}")


def _cold_start(site: Path, corpus: Corpus, graph: Graph, lists: Lists) -> bool:
    """Random parts of a site without lists; whether the fixed weights are at least as good as TF-IDF on each kind."""
    kept = True
    print(f"{site.name}: cold start, recall@10 of {PARTS_DRAWN} parts of each kind")
    for how, drawn in (("one by one", _posts_drawn), ("list by list", _lists_drawn)):
        for size in (size for size in PARTS if size < len(corpus)):
            chances = map(np.random.RandomState, range(PARTS_DRAWN))
            rows = [_cold(*_part(corpus, graph, lists, drawn(lists, size, chance))) for chance in chances]
            kept &= _cold_row(f"{size:>3} posts, drawn {how}", np.array([row for row in rows if row]))
    return kept


def _cold_row(name: str, rows: np.ndarray) -> bool:
    """Prints the means of some parts. rows: of each part the recall@10 of the fixed weights and of TF-IDF."""
    if not len(rows):
        print(f"  {name}: no part has a list")
        return True
    fixed, tfidf = rows.mean(axis=0)
    lost = int((rows[:, 0] < rows[:, 1]).sum())
    print(f"  {name}: {fixed:.3f} fixed, {tfidf:.3f} TF-IDF; behind it in {lost} of {len(rows)} parts")
    return held(f"recall@10 beside TF-IDF, {name},", fixed, tfidf)


def _posts_drawn(lists: Lists, size: int, chance: np.random.RandomState) -> list[int]:
    """Some posts, any of them."""
    return sorted(chance.choice(len(lists.targets), size, replace=False).tolist())


def _lists_drawn(lists: Lists, size: int, chance: np.random.RandomState) -> list[int]:
    """Some posts: lists, each with its post, until there are enough."""
    part: dict[int, None] = {}
    for post in chance.permutation(len(lists.targets)).tolist():
        if lists.targets[post]:
            part |= dict.fromkeys([post, *lists.targets[post]])
        if len(part) >= size:
            break
    return sorted(list(part)[:size])


Adjacency = Sequence[Sequence[int]]


def _part(corpus: Corpus, graph: Graph, lists: Lists, posts: list[int]) -> tuple[Corpus, Adjacency, Adjacency]:
    """Some posts as a site of their own: its corpus, the links in its bodies and its lists."""
    numbers = {post: number for number, post in enumerate(posts)}

    def within(rows: Adjacency) -> Adjacency:
        return [tuple(numbers[target] for target in rows[post] if target in numbers) for post in posts]

    return Corpus([corpus[post] for post in posts]), within(graph.linked), within(lists.targets)


def _cold(corpus: Corpus, linked: Adjacency, targets: Adjacency) -> tuple[float, float] | None:
    """recall@10 of the fixed weights and of TF-IDF where no list is known; None where there is none to measure on."""
    if not any(targets):
        return None
    nothing = tuple(() for _ in corpus)
    found = relations(corpus, Graph(nothing, tuple(map(tuple, linked)))).candidates
    rankings = scored(found, found.fixed, targets), ranked(by_tfidf(corpus), len(corpus), targets)
    fixed, tfidf = (float(recall_at(ranking, 10).mean()) for ranking in rankings)
    return fixed, tfidf


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--no-few", action="store_true", help="leave out the runs with few lists")
    parser.add_argument("--parts-only", action="store_true", help="only the cold start")
    parser.add_argument("--no-parts", action="store_true", help="leave out the cold start")
    told = parser.parse_args()
    kept = [
        measure(site, whole=not told.parts_only, few=not told.no_few, parts=not told.no_parts) for site in told.sites
    ]  # every site is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
