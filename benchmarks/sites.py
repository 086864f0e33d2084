"""Does a real site build whole? What is left out and why, which references resolve, and exact titles found first.

    python benchmarks/sites.py SITE [SITE …]

Builds and publishes each site into a scratch folder with the default settings, then asks for every distinct title.
Baseline for titles: the same index without the rungs for titles. For curated references the
lists given with the site are the measure, so that the score does not depend on our own resolver.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.ground import DANGLING, TITLES_FLOOR, TODAY, TYPED_FLOOR, content_of, curated_lists, held, site_read
from indexer.build import build
from indexer.links.graph import link_graph
from indexer.model import SearchRequest
from indexer.search import query as queries
from indexer.search import ranking
from indexer.settings import IndexSettings, Settings
from indexer.snapshot import Snapshot, open_snapshot
from indexer.text.analysis import title_key


def measure(site: Path, most_titles: int) -> bool:
    """Prints all about one site; whether its floors hold."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = replace(Settings(content=content_of(site)), index=IndexSettings(directory=Path(scratch)))
        report = build(settings, today=TODAY)
        counts = Counter(file.reason for file in report.excluded).most_common()
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in counts) or "none"
        size = sum(file.stat().st_size for file in Path(scratch).rglob("*") if file.is_file())
        print(
            f"{site.name}: {report.posts:,} posts in {report.seconds:.1f} s, {size / 1e6:.0f} MB; left out: {reasons}"
        )
        kept = _references(site)
        started = time.perf_counter()
        snapshot = open_snapshot(settings.index.directory)
        opened = time.perf_counter() - started
        kept &= _titles(snapshot, most_titles)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  opened in {opened:.2f} s; peak memory of this process so far {peak:,.0f} MB")
        return kept


def _references(site: Path) -> bool:
    reading = site_read(site)
    graph = link_graph(reading.corpus, reading.excluded, content_of(site).site)
    problem = Counter(str(one.problem) for one in graph.bad)
    print(f"  curated references: {graph.references:,}, resolved {graph.resolved:,}, {dict(problem) or 'no problem'}")
    if lists := curated_lists(site):
        ours = {
            (post.path, reading.corpus[one].path)
            for post, targets in zip(reading.corpus, graph.curated, strict=True)
            for one in targets
        }
        hidden = {one.path for one in reading.excluded}
        pairs = [(path, other) for path, related in lists.items() for other in related]
        snapshot = [pair for pair in pairs if not hidden.intersection(pair)]
        found = sum(pair in ours for pair in snapshot)
        print(
            f"  of the {len(pairs):,} links given with the site, {len(snapshot):,} join two published posts; "
            f"{found:,} of those resolve here, and {len(ours - set(pairs)):,} others"
        )
    if site.name in DANGLING and problem["dangling"] != DANGLING[site.name]:
        print(f"  NOT AS PROMISED: {problem['dangling']} dangling references, {DANGLING[site.name]} are known")
        return False
    return not lists or site.name != "auth0-blog" or found == len(snapshot)


def _titles(snapshot: Snapshot, most: int) -> bool:
    """Whether titles find their posts first, whole and while they are being typed."""
    keys = sorted(title_key(post.title) for post in snapshot.posts)
    owners = Counter(keys)
    distinct = [post for post in snapshot.posts if owners[title_key(post.title)] == 1]
    asked = distinct[:: max(1, len(distinct) // most)]
    rungs = ranking.EXACT_TITLE, ranking.TITLE_TYPED, ranking.TITLE_START
    for name, used in {"without the rungs": (0.0, 0.0, 0.0), "See Also": rungs}.items():
        ranking.EXACT_TITLE, ranking.TITLE_TYPED, ranking.TITLE_START = used
        whole = _first(snapshot, {post.number: post.title for post in asked}, prefix=False)
        begun = {post.number: post.title[: math.ceil(len(post.title) * 2 / 3)] for post in asked}
        typed = _first(snapshot, begun, prefix=True)
        alone = {number: text for number, text in begun.items() if _starting(keys, text) == 1}
        only = _first(snapshot, alone, prefix=True)
        print(
            f"  {name:<18} title first: {100 * whole:.1f} % whole, {100 * typed:.1f} % with two thirds typed "
            f"({100 * only:.1f} % of those that no other title starts like)"
        )
    # Where several titles start so, each can be the one that is meant, and only one of them can be first.
    best = sum(1 / max(1, _starting(keys, text)) for text in begun.values()) / max(1, len(begun))
    print(f"  {'a guess':<18} among all titles that start like the two thirds is right for {100 * best:.1f} %")
    kept = held("share of titles found first", whole, TITLES_FLOOR)
    return held("share found first with two thirds typed, where only one title starts so", only, TYPED_FLOOR) and kept


def _first(snapshot: Snapshot, asked: dict[int, str], prefix: bool) -> float:
    """The share of posts that are first for a text."""
    first = 0
    for number, text in asked.items():
        text = text[: queries.LONGEST]
        hits = snapshot.reader.search(SearchRequest(queries.parse(text, prefix), per_page=1)).hits
        first += bool(hits) and hits[0].post.number == number
    return first / max(1, len(asked))


def _starting(keys: list[str], text: str) -> int:
    """How many titles start so."""
    key = title_key(text)
    return bisect_left(keys, f"{key}\U0010ffff") - bisect_left(keys, key)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--titles", type=int, default=1_000, help="ask for at most about this many titles")
    told = parser.parse_args()
    kept = [measure(site, told.titles) for site in told.sites]  # every site is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
