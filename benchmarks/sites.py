"""Does a real site build whole? What is left out and why, which references resolve, and exact titles found first.

    python benchmarks/sites.py SITE [SITE …]

Builds and publishes each site into a scratch folder with the default settings, then asks for every distinct title.
Baseline for titles: the same index ranked by plain BM25, without the rungs for titles. For curated references the
lists given with the site are the measure, so that the score does not depend on our own resolver.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from benchmarks.ground import DANGLING, TITLES_FLOOR, TODAY, content_of, curated_lists, held, read_site
from indexer.analysis import title_key
from indexer.build import build
from indexer.curation.graph import link_graph
from indexer.fulltext import query as queries
from indexer.fulltext import whoosh
from indexer.model import Query
from indexer.published import Published, open_published
from indexer.settings import IndexSettings, Settings


def measure(site: Path, most_titles: int) -> bool:
    """Prints all about one site; whether its floors hold."""
    with tempfile.TemporaryDirectory() as scratch:
        settings = replace(Settings(content=content_of(site)), index=IndexSettings(directory=Path(scratch)))
        report = build(settings, today=TODAY)
        reasons = ", ".join(f"{count:,} {why}" for why, count in report.reasons().items()) or "none"
        size = sum(file.stat().st_size for file in Path(scratch).rglob("*") if file.is_file())
        print(
            f"{site.name}: {report.posts:,} posts in {report.seconds:.1f} s, {size / 1e6:.0f} MB; left out: {reasons}"
        )
        kept = _references(site)
        started = time.perf_counter()
        published = open_published(settings.index.directory)
        opened = time.perf_counter() - started
        kept &= held("share of titles found first", _titles(published, most_titles), TITLES_FLOOR)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  opened in {opened:.2f} s; peak memory of this process so far {peak:,.0f} MB")
        return kept


def _references(site: Path) -> bool:
    reading = read_site(site)
    graph = link_graph(reading.corpus, reading.left_out, content_of(site).site)
    trouble = Counter(str(one.trouble) for one in graph.bad)
    print(f"  curated references: {graph.references:,}, resolved {graph.resolved:,}, {dict(trouble) or 'no trouble'}")
    if lists := curated_lists(site):
        ours = {
            (post.path, reading.corpus[one].path)
            for post, targets in zip(reading.corpus, graph.curated, strict=True)
            for one in targets
        }
        hidden = {one.path for one in reading.left_out}
        pairs = [(path, other) for path, related in lists.items() for other in related]
        published = [pair for pair in pairs if not hidden.intersection(pair)]
        found = sum(pair in ours for pair in published)
        print(
            f"  of the {len(pairs):,} links given with the site, {len(published):,} join two published posts; "
            f"{found:,} of those resolve here, and {len(ours - set(pairs)):,} others"
        )
    if site.name in DANGLING and trouble["dangling"] != DANGLING[site.name]:
        print(f"  NOT AS PROMISED: {trouble['dangling']} dangling references, {DANGLING[site.name]} are known")
        return False
    return not lists or site.name != "auth0-blog" or found == len(published)


def _titles(published: Published, most: int) -> float:
    owners: dict[str, set[str]] = defaultdict(set)
    for post in published.posts:
        if key := title_key(post.title):
            owners[key].add(post.id)
    distinct = [post for post in published.posts if len(owners.get(title_key(post.title), ())) == 1]
    asked = distinct[:: max(1, len(distinct) // most)]
    lift = whoosh.EXACT_TITLE, whoosh.TITLE_PREFIX
    for name, rungs in {"plain BM25": (0.0, 0.0), "See Also": lift}.items():
        whoosh.EXACT_TITLE, whoosh.TITLE_PREFIX = rungs
        first = 0
        started = time.perf_counter()
        for post in asked:
            query = Query(queries.parse(post.title[: queries.LONGEST]), post.title, per_page=1)
            hits = published.reader.search(query).hits
            first += bool(hits) and hits[0].post.id == post.id
        each = (time.perf_counter() - started) / max(1, len(asked))
        print(
            f"  {name:<12} exact title first for {first:,} of {len(asked):,} titles "
            f"({100 * first / max(1, len(asked)):.1f} %), {each * 1000:.1f} ms each"
        )
    whoosh.EXACT_TITLE, whoosh.TITLE_PREFIX = lift
    return first / max(1, len(asked))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--titles", type=int, default=1_000, help="ask for at most about this many titles")
    told = parser.parse_args()
    kept = [measure(site, told.titles) for site in told.sites]  # every site is measured before the verdict
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
