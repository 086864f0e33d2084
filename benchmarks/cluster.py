"""Does a cluster find and rank what the columnar engine does? And what does it cost?

    python tests/opensearch/nodes.py 1 python -m benchmarks.cluster SITE [SITE …] [--questions 5000] [--judged SET …]
    python tests/opensearch/nodes.py 1 python -m benchmarks.cluster SITE --synthetic 100000

SITE is a site of DATA. Of each: random questions (those of benchmarks.agreement) get the same set, total and facets, or
are printed; the posts related to each are the same; and how long builds and questions take on both, one after the
other. SET is a folder of judged questions (those of benchmarks.search_quality): nDCG@10 on both. --synthetic: so many
posts made of those of SITE, built and asked by each engine in a process of its own: processor time, peak memory, the
time of a question in the process, over HTTP, and of what the cluster is asked for it alone; and what a worker holds.
The nodes are those that OPENSEARCH_URLS names.
"""

from __future__ import annotations

import argparse
import http.client
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from benchmarks.agreement import questions
from benchmarks.endurance import held_by
from benchmarks.ground import (
    CLUSTER_CPU,
    CLUSTER_QUESTION,
    CLUSTER_WORKER_MB,
    TODAY,
    cluster_build_mb,
    content_of,
    held,
    site_read,
    within,
)
from benchmarks.ground import built as reader_over
from benchmarks.http_load import served
from benchmarks.search_quality import asked_of, read_set, scores
from benchmarks.synthetic import grown
from indexer.build import build
from indexer.model import Corpus, EngineName, Graph, Manifest, SearchRequest
from indexer.related.relate import write_relations
from indexer.search.engine import Reader
from indexer.search.opensearch.cluster import Cluster
from indexer.search.query import parse
from indexer.search.registry import engine_named
from indexer.settings import IndexSettings, OpenSearchSettings, SearchSettings, Settings
from indexer.snapshot import Snapshot, open_snapshot
from indexer.store.arrays import save
from indexer.store.generation import point_to, seal
from indexer.store.manifest import FORMAT, GENERATIONS
from indexer.store.memory import give_back_memory
from indexer.store.posts import PostStore, write_posts
from indexer.text.simhash import FILE, simhashes
from indexer.text.token_stream import tokens_of

ENGINES = (EngineName.COLUMNAR, EngineName.OPENSEARCH)
# How far nDCG@10 may be below that of the columnar engine.
FARTHEST = 0.01
NEVER = "1970-01-01T00:00:00+00:00"
# Questions that are timed; the first ones find both engines cold.
TIMED, WARMING = 400, 100


@dataclass(frozen=True)
class Built:
    snapshot: Snapshot
    wall: float
    cpu: float


def search_by(engine: EngineName) -> SearchSettings:
    """Settings that name the nodes of OPENSEARCH_URLS, which only a cluster needs."""
    hosts = (
        tuple(os.environ["OPENSEARCH_URLS"].split(","))
        if engine is EngineName.OPENSEARCH
        else OpenSearchSettings().hosts
    )
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


@dataclass(frozen=True)
class Cost:
    """What so many posts cost one engine. cpu: seconds of a build on our processor. peak: MB of a build at most.

    worker: MB of a worker of the service. within, over_http, bare: see `_timed`.
    """

    cpu: float
    peak: int
    worker: int
    within: Sequence[float]
    over_http: Sequence[float]
    bare: Sequence[float]


def grow(site: Path, engine: EngineName, count: int) -> Cost:
    """Builds and asks so many posts with one engine. Alone in its process, for its memory."""
    posts = grown(site_read(site).corpus, count, seed=4)
    tokens = tokens_of(posts)
    give_back_memory()
    with tempfile.TemporaryDirectory() as index:
        directory, search = Path(index, GENERATIONS, "000001"), search_by(engine)
        directory.mkdir(parents=True)
        nothing = tuple(() for _ in posts)
        graph = Graph(nothing, nothing)
        write_posts(directory, posts, graph)
        chosen, wall, before, at_rest = engine_named(engine, search), time.perf_counter(), _cpu(), _peak()
        chosen.build(directory, posts, tokens, search)
        wall, cpu, peak = time.perf_counter() - wall, _cpu() - before, _peak()
        size = sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())
        print(
            f"{engine}: {count:,} posts built in {wall:.0f} s, {cpu:.0f} s of them on our processor; {peak:,} MB at "
            f"most, {at_rest:,} of them posts and words; {size / 1e6:,.0f} MB on disk",
            flush=True,
        )
        save(directory / FILE, simhashes(tokens))
        write_relations(directory, posts, graph, tokens)
        files = seal(directory, Manifest("000001", FORMAT, engine, "", "", NEVER, {"posts": count}))
        point_to(Path(index), "000001")
        reader = chosen.open(files, PostStore(files))
        texts = list(dict.fromkeys(request.query.text for request in questions(posts, TIMED, seed=9)))
        del posts, tokens
        ways, worker = _timed(reader, Path(index), search, texts)
    return Cost(cpu, peak, worker, *ways)


def weigh(site: Path, count: int) -> bool:
    """Prints what so many posts cost on both engines; whether the cluster costs no more than promised."""
    costs = {}
    for engine in ENGINES:
        with get_context("spawn").Pool(1) as process:
            costs[engine] = cost = process.apply(grow, (site, engine, count))
        print(
            f"{engine}: a question takes {spread(cost.within)} in the process, {spread(cost.over_http)} over HTTP; "
            f"a worker holds {cost.worker:,} MB",
            flush=True,
        )
    columnar, cluster = (costs[engine] for engine in ENGINES)
    print(f"the cluster alone, asked the same by its client: {spread(cluster.bare)}")
    kept = [
        within("the processor time of a build, times that of columnar", cluster.cpu / columnar.cpu, CLUSTER_CPU),
        within("the memory of a build, MB", cluster.peak, cluster_build_mb(count)),
        within(
            "a question over HTTP, times the cluster alone",
            _median(cluster.over_http) / _median(cluster.bare),
            CLUSTER_QUESTION,
        ),
        within("a worker, MB", cluster.worker, CLUSTER_WORKER_MB),
    ]
    return all(kept)


def spread(taken: Sequence[float]) -> str:
    return f"{_median(taken):.1f} ms (one in twenty {statistics.quantiles(taken[WARMING:], n=20)[18]:.1f} or more)"


def _median(taken: Sequence[float]) -> float:
    return statistics.median(taken[WARMING:])


def _timed(
    reader: Reader, index: Path, search: SearchSettings, texts: Sequence[str]
) -> tuple[tuple[list[float], list[float], list[float]], int]:
    """What each question takes in this process, over HTTP, and its searches a client that does nothing else; in ms.

    Each is asked once before, so that the cluster knows it, and then in these three ways, each of them first as often
    as the others. Without a cluster the last takes nothing. The number is what the worker holds then, MB of Pss.
    """
    from opensearchpy import OpenSearch

    sent = _sent(reader, texts)
    ways: tuple[list[float], list[float], list[float]] = ([], [], [])
    with service(index, search, workers=1) as (port, supervisor), OpenSearch(list(search.opensearch.hosts)) as client:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

        def over_http(text: str) -> None:
            connection.request("GET", f"/api/v1/search?{urlencode({'q': text})}")
            response = connection.getresponse()
            response.read()
            assert response.status == 200, f"{response.status} for {text!r}"

        def bare(text: str) -> None:
            for body in sent[text]:
                client.msearch(body=body)

        ask = (lambda text: reader.search(SearchRequest(parse(text))), over_http, bare)
        for number, text in enumerate(texts):
            for turn in range(len(ask)):
                way = (number + turn) % len(ask)
                start = time.perf_counter()
                ask[way](text)
                ways[way].append((time.perf_counter() - start) * 1000)
        return ways, int(held_by(supervisor).all)


def _sent(reader: Reader, texts: Sequence[str]) -> dict[str, list[str]]:
    """The searches that each question sends to the cluster."""
    sent: dict[str, list[str]] = {text: [] for text in texts}
    asked = Cluster._request  # noqa: SLF001
    for text, bodies in sent.items():

        def recorded(self: Cluster, method: str, path: str, body: Any, *more: Any, to: list[str] = bodies) -> Any:
            if path == "/_msearch":
                to.append(body)
            return asked(self, method, path, body, *more)

        with patch.object(Cluster, "_request", recorded):
            reader.search(SearchRequest(parse(text)))
    return sent


def environment(index: Path, search: SearchSettings) -> dict[str, str]:
    """What tells the command of an index and its engine."""
    return {
        "SEEALSO_INDEX_DIRECTORY": str(index),
        "SEEALSO_SEARCH_ENGINE": search.engine.value,
        "SEEALSO_SEARCH_OPENSEARCH_HOSTS": ",".join(search.opensearch.hosts),
        "SEEALSO_SEARCH_OPENSEARCH_TIMEOUT": str(search.opensearch.timeout),
        "SEEALSO_SEARCH_OPENSEARCH_PREFIX": search.opensearch.prefix,
    }


def service(index: Path, search: SearchSettings, workers: int) -> AbstractContextManager[tuple[int, int]]:
    """The port of `seealso serve` and its process, while it serves an index."""
    told = {"SEEALSO_SERVICE_WORKERS": str(workers), "SEEALSO_SERVICE_LOG_REQUESTS": "none"}
    return served(
        [str(Path(sys.executable).with_name("seealso")), "serve", "--port"], told | environment(index, search)
    )


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
        kept = [weigh(site, told.synthetic) for site in told.sites]
    else:
        kept = [compare(site, told.questions) for site in told.sites] + [judge(folder) for folder in told.judged]
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
