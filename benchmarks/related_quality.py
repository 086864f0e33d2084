"""Do the computed lists hold what editors chose? Every ranking on a site's own curated lists, in one run.

    python benchmarks/related_quality.py SITE [SITE …]

Each list is hidden while its post is asked, with everything derived from it; "learned" is fitted on folds that did
not see the list. A curated post that is not published counts as missed. "fixed weights" is also what a site without
any list gets. Then: how learning fares when only 3, 30 or 300 lists are known (means over three draws, measured on
the lists that are not), and how far confidence can be trusted: calibrated on one half of the lists, checked on the
other.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.ground import RELATED_FLOORS, content_of, held, site_read
from indexer.links.graph import link_graph
from indexer.model import Corpus, Graph
from indexer.related import ranker
from indexer.related.candidates import candidates
from indexer.related.evaluation import Lists, compared, lists_from
from indexer.related.metrics import recall_at, scored
from indexer.related.ranker import learn
from indexer.related.relate import Relations, ranking, relations

FEW = (3, 30, 300)
DRAWS = 3


def measure(site: Path, few: bool) -> bool:
    """Prints all about one site; whether its floors hold."""
    reading = site_read(site)
    corpus = reading.corpus
    graph = link_graph(corpus, reading.excluded, content_of(site).site)
    if not (site / "related.jsonl").exists():
        print(f"{site.name}: no curated lists to measure on")
        return True
    lists = lists_from(site / "related.jsonl", corpus)
    graph = replace(graph, curated=lists.targets)
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
    kept &= held("recall@10 of the learned ranking", means.get("learned", 0.0), learned)
    started = time.perf_counter()
    found = relations(corpus, graph)
    ranking(found.candidates, found.learning, len(corpus))
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
        pairs = candidates(corpus, replace(graph, curated=tuple(partly)), found.fields)
        model = learn(pairs, partly).model
        unknown = [() if post in known else targets for post, targets in enumerate(lists.targets)]
        used = float(recall_at(scored(pairs, model.scores(pairs), unknown), 10).mean())
        fixed = float(recall_at(scored(pairs, pairs.fixed, unknown), 10).mean())
        rows.append((model.learned, used, fixed))
    adopted = sum(row[0] for row in rows)
    used, fixed = (float(np.mean([row[place] for row in rows])) for place in (1, 2))
    compared_to = f"recall@10 {used:.3f} against {fixed:.3f} fixed"
    print(f"  with {count:>3} lists: {compared_to}; learning used in {adopted} of {DRAWS}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--no-few", action="store_true", help="leave out the runs with few lists")
    told = parser.parse_args()
    kept = [measure(site, few=not told.no_few) for site in told.sites]  # every site is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
