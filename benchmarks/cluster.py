"""Does a cluster find and rank what the columnar engine does? And what does it cost?

    python tests/opensearch/nodes.py 1 python -m benchmarks.cluster SITE [SITE …] [--questions 5000] [--judged SET …]
    python tests/opensearch/nodes.py 1 python -m benchmarks.cluster SITE --synthetic 100000

SITE is a site of DATA. Of each: random questions (those of benchmarks.agreement) get the same set, total and facets, or
are printed; the posts related to each are the same; and how long builds and questions take on both, one after the
other. SET is a folder of judged questions (those of benchmarks.search_quality): nDCG@10 on both. --synthetic: so many
posts made of those of SITE, built and asked by each engine in a process of its own: processor time, peak memory, the
time of a question and how much of it the cluster takes. The nodes are those that OPENSEARCH_URLS names.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.agreement import questions
from benchmarks.ground import TODAY, content_of, held, site_read
from benchmarks.ground import built as reader_over
from benchmarks.search_quality import asked_of, read_set, scores
from benchmarks.synthetic import grown
from indexer.build import build
from indexer.model import Corpus, EngineName, Graph, Manifest, SearchRequest
from indexer.search.engine import Reader
from indexer.search.opensearch.cluster import Body, Cluster
from indexer.search.registry import engine_named
from indexer.settings import IndexSettings, OpenSearchSettings, SearchSettings, Settings
from indexer.snapshot import Snapshot, open_snapshot
from indexer.store.generation import seal
from indexer.store.manifest import FORMAT
from indexer.store.posts import PostStore, write_posts
from indexer.text.token_stream import tokens_of

ENGINES = (EngineName.COLUMNAR, EngineName.OPENSEARCH)
# How far nDCG@10 may be below that of the columnar engine.
FARTHEST = 0.01
# Questions that are timed; the first ones find both engines cold.
TIMED, WARMING = 400, 100


@dataclass(frozen=True)
class Built:
    snapshot: Snapshot
    wall: float
    cpu: float


def search_by(engine: EngineName) -> SearchSettings:
    hosts = tuple(os.environ["OPENSEARCH_URLS"].split(","))
    return SearchSettings(engine, opensearch=OpenSearchSettings(hosts, timeout=30, prefix="seealso-bench"))


def built(site: Path, engine: EngineName, index: Path) -> Built:
    """A site as its command builds it, and the seconds that took."""
    search = search_by(engine)
    settings = Settings(content=content_of(site), index=IndexSettings(index), search=search)
    wall, before = time.perf_counter(), _cpu()
    build(settings, today=TODAY)
    return Built(open_snapshot(index, search), time.perf_counter() - wall, _cpu() - before)


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def compare(site: Path, count: int) -> bool:
    """Prints what is the same and what is not; whether all is."""
    corpus = site_read(site).corpus
    with tempfile.TemporaryDirectory() as scratch:
        both = {engine: built(site, engine, Path(scratch, engine)) for engine in ENGINES}
        columnar, cluster = (both[engine].snapshot for engine in ENGINES)
        posts = len(columnar.posts)
        print(f"{site.name}: {posts:,} posts")
        for engine, one in both.items():
            print(f"  {engine}: built in {one.wall:.1f} s, {one.cpu:.1f} s of them on our processor")
        different, overlap, same_first = _disagreement(corpus, columnar, cluster, count)
        related = sum(
            columnar.related.for_readers(post, 10) != cluster.related.for_readers(post, 10) for post in columnar.posts
        )
        print(f"  {count:,} random questions: {different} get another set, total or facet")
        print(f"  the same first hit: {same_first:.1%}; of the first ten hits the same: {overlap:.1%}")
        print(f"  related posts: {related} of {posts:,} posts have others")
        for engine, one in both.items():
            print(f"  {engine}: {_times(one.snapshot, corpus)}")
    return not different and not related


def _disagreement(corpus: Corpus, one: Snapshot, other: Snapshot, count: int) -> tuple[int, float, float]:
    """Questions with another set, total or facet; of those that find something the shares that are the same."""
    different, overlaps, firsts = 0, [], []
    for request in questions(corpus, count):
        asked = replace(request, per_page=min(request.per_page, 10_000))
        (ours, total), (theirs, their_total) = one.reader.ranked(asked), other.reader.ranked(asked)
        counted = replace(asked, per_page=0)
        facets = [(hits.tags, hits.languages) for hits in (one.reader.search(counted), other.reader.search(counted))]
        if set(ours) != set(theirs) or total != their_total or facets[0] != facets[1]:
            different += 1
            print(f"  DIFFERENT: {asked.query.text!r} prefix={asked.query.is_prefix}: {total} and {their_total}")
        if ours:
            overlaps.append(len(set(ours[:10]) & set(theirs[:10])) / len(ours[:10]))
            firsts.append(ours[:1] == theirs[:1])
    return different, statistics.fmean(overlaps), statistics.fmean(firsts)


def _times(snapshot: Snapshot, corpus: Corpus) -> str:
    taken = []
    for number, request in enumerate(questions(corpus, TIMED, seed=9)):
        start = time.perf_counter()
        snapshot.reader.search(replace(request, per_page=10))
        if number >= WARMING:
            taken.append((time.perf_counter() - start) * 1000)
    p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[18]
    return f"a question takes {p50:.1f} ms, one in twenty {p95:.1f} ms or more"


def judge(folder: Path) -> bool:
    """Prints nDCG@10 of a set of judged questions on both; whether they are as near as promised."""
    posts, asked, judged = read_set(folder)
    found = {}
    for engine in ENGINES:
        with tempfile.TemporaryDirectory() as scratch:
            (directory := Path(scratch, "generation")).mkdir()
            reader = reader_over(Corpus(posts), directory, engine, search_by(engine))
            found[engine] = scores(asked_of(reader), asked, judged)["nDCG@10"]
    columnar, cluster = (found[engine] for engine in ENGINES)
    print(f"{folder.name}: nDCG@10 {columnar:.4f} on {ENGINES[0]}, {cluster:.4f} on {ENGINES[1]}")
    return held(f"{folder.name}: nDCG@10", cluster, columnar - FARTHEST)


def grow(site: Path, engine: EngineName, count: int) -> str:
    """What it costs one engine to build and to ask so many posts, in words. Alone in its process, for its memory."""
    posts = grown(site_read(site).corpus, count, seed=4)
    tokens = tokens_of(posts)
    with tempfile.TemporaryDirectory() as scratch:
        directory, search = Path(scratch, "generation"), search_by(engine)
        directory.mkdir()
        nothing = tuple(() for _ in posts)
        write_posts(directory, posts, Graph(nothing, nothing))
        chosen, wall, before, at_rest = engine_named(engine, search), time.perf_counter(), _cpu(), _peak()
        chosen.build(directory, posts, tokens, search)
        wall, cpu, peak = time.perf_counter() - wall, _cpu() - before, _peak()
        size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
        files = seal(directory, Manifest("000001", FORMAT, engine, "", "", "", {}))
        reader = chosen.open(files, PostStore(files))
        asked = [replace(request, per_page=10) for request in questions(posts, TIMED, seed=9)]
        p50, p95, in_cluster = _timed(reader, asked)
    return (
        f"{engine}: {count:,} posts built in {wall:.0f} s, {cpu:.0f} s of them on our processor; {peak:,} MB at most, "
        f"{at_rest:,} of them posts and words; {size / 1e6:,.0f} MB on disk; "
        f"a question {p50:.1f} ms ({in_cluster:.1f} in the cluster), one in twenty {p95:.1f} ms or more"
    )


def _timed(reader: Reader, asked: list[SearchRequest]) -> tuple[float, float, float]:
    """Of the time of a question the median and the 95th percentile, and the median of what requests take, in ms."""
    within: list[float] = []
    searched = Cluster.search

    def timed(self: Cluster, index: str, bodies: Sequence[Body]) -> list[dict[str, Any]]:
        start = time.perf_counter()
        answers = searched(self, index, bodies)
        within[-1] += (time.perf_counter() - start) * 1000
        return answers

    taken = []
    with patch.object(Cluster, "search", timed):
        for request in asked:
            within.append(0.0)
            start = time.perf_counter()
            reader.search(request)
            taken.append((time.perf_counter() - start) * 1000)
    warm = taken[WARMING:]
    return statistics.median(warm), statistics.quantiles(warm, n=20)[18], statistics.median(within[WARMING:])


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="*", metavar="SITE")
    parser.add_argument("--questions", type=int, default=5_000)
    parser.add_argument("--judged", type=Path, nargs="*", default=[], metavar="SET")
    parser.add_argument("--synthetic", type=int, metavar="POSTS")
    told = parser.parse_args()
    if told.synthetic:
        for site in told.sites:
            for engine in ENGINES:
                with get_context("spawn").Pool(1) as process:
                    print(process.apply(grow, (site, engine, told.synthetic)), flush=True)
        return
    kept = [compare(site, told.questions) for site in told.sites] + [judge(folder) for folder in told.judged]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
