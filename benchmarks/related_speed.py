"""How long do related posts take to work out, to open and to ask, and how much memory? Two versions in one run.

    python -m benchmarks.related_speed SITE [SITE …] [--against CHECKOUT] [--runs 3] [--synthetic N …]

Every measurement is made in a process of its own, the two versions in turn; what is shown is the best of the runs,
for nothing but the program makes a run faster. --against: another checkout of this project, the older one; ratios are
older / this. A build reads the words of the posts once, for search and for related posts, so that is shown apart.
Asked are suggestions with their reasons for 500 posts, ten each.

--synthetic: instead, how relating grows: N posts made of the sections of the site, their words read already; seconds,
and the memory that it adds to what the posts and words take.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import inspect
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np

from benchmarks.ground import content_of, site_read
from benchmarks.synthetic import grown
from indexer.links.graph import link_graph
from indexer.model import Corpus, EngineName, Graph, Manifest
from indexer.related.evaluation import lists_from
from indexer.related.recommendation import RelatedPosts
from indexer.related.relate import write_relations
from indexer.store.generation import seal
from indexer.store.manifest import FORMAT
from indexer.store.posts import PostStore, write_posts
from indexer.store.sealed_files import SealedFiles
from indexer.text.token_stream import tokens_of

HERE = Path(__file__).resolve().parents[1]
Made = TypeVar("Made")
ASKED = 500
UNITS = {
    "reading the words": "s",
    "build": "s",
    "build, processor": "s",
    "memory before": "MB",
    "build, peak memory": "MB",
    "files": "MB",
    "open": "ms",
    "first suggestions": "ms",
    "suggestions, median": "ms",
    "suggestions, p95": "ms",
    "memory after all of them": "MB",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sites", type=Path, nargs="+", metavar="SITE")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--synthetic", type=int, nargs="+", default=(), metavar="N")
    parser.add_argument("--grown", type=int, help=argparse.SUPPRESS)  # what one process of a run is told
    parser.add_argument("--built", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--asked", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.grown:
        print(json.dumps(_grown(told.sites[0], told.grown)))
    elif told.built:
        print(json.dumps(_build(told.sites[0], told.built)))
    elif told.asked:
        print(json.dumps(_ask(told.asked)))
    else:
        for site in told.sites:
            if told.synthetic:
                _grow(site, told.against, told.synthetic)
            else:
                _compare(site, told.against, told.runs)


def _compare(site: Path, older: Path | None, runs: int) -> None:
    checkouts = [HERE, *([older.resolve()] if older else [])]
    best: list[dict[str, float]] = [{} for _ in checkouts]
    for _ in range(runs):
        for found, checkout in zip(best, checkouts, strict=True):
            for name, value in _measured(site, checkout).items():
                found[name] = min(value, found.get(name, value))
    print(site.name)
    for name, unit in UNITS.items():
        ratio = f"  {best[1][name] / best[0][name]:.1f} ×" if older and best[0][name] else ""
        print(f"  {name:<26}" + " ".join(f"{found[name]:10,.1f}" for found in best) + f" {unit}{ratio}")


def _measured(site: Path, checkout: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as directory:
        return _told(checkout, site, "--built", directory) | _told(checkout, site, "--asked", directory)


def _told(checkout: Path, site: Path, *step: str) -> dict[str, float]:
    """What a process with the code of a checkout finds."""
    command = [sys.executable, __file__, str(site), *step]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def _grow(site: Path, older: Path | None, sizes: list[int]) -> None:
    checkouts = [HERE, *([older.resolve()] if older else [])]
    print(site.name)
    for size in sizes:
        for found in (_told(checkout, site, "--grown", str(size)) for checkout in checkouts):
            print(f"  {size:>9,} posts" + "".join(f"{value:>10,.1f} {name}" for name, value in found.items()))


def _grown(site: Path, size: int) -> dict[str, float]:
    corpus = grown(site_read(site).corpus, size, seed=4)
    nobody = ((),) * len(corpus)
    tokens = tokens_of(corpus)
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = _status("VmHWM")
    started, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as directory:
        write_relations(Path(directory), corpus, Graph(nobody, nobody), tokens)
    found = {"s processor": time.process_time() - processor, "s wall": time.perf_counter() - started}
    return found | {"MB added at peak": _status("VmHWM") - before}


def _status(name: str) -> float:
    """A measure of this process, in MB of a million bytes, by Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:")) * 1024 / 1e6


def _build(site: Path, directory: Path) -> dict[str, float]:
    reading = site_read(site)
    graph = link_graph(reading.corpus, reading.excluded, content_of(site).site)
    if (site / "related.jsonl").exists():
        graph = replace(graph, curated=lists_from(site / "related.jsonl", reading.corpus).targets)
    write_posts(directory, reading.corpus, graph)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    words, known = _words(reading.corpus)
    started, processor = time.perf_counter(), time.process_time()
    write_relations(directory, reading.corpus, graph, *known)
    found = {"build": time.perf_counter() - started, "build, processor": time.process_time() - processor}
    found |= {"reading the words": words, "memory before": before}
    found["build, peak memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with patch("os.fsync"):
        seal(directory, Manifest("000001", FORMAT, EngineName.COLUMNAR, "", "", "", {}))
    return found | {"files": sum(one.stat().st_size for one in (directory / "related").iterdir()) / 1e6}


def _words(corpus: Corpus) -> tuple[float, list[Any]]:
    """Seconds, and the words of a corpus, which a build hands on; a version that reads them itself gets nothing."""
    if len(inspect.signature(write_relations).parameters) < 4:
        return 0.0, []
    tokens = importlib.import_module("indexer.text.token_stream")
    elapsed, known = _timed(lambda: tokens.tokens_of(corpus))
    return elapsed / 1000, [known]


def _ask(directory: Path) -> dict[str, float]:
    files = SealedFiles.at(directory)
    posts = PostStore(files)
    opening, related = _timed(lambda: RelatedPosts(files, posts))
    asked = [posts[one] for one in np.random.RandomState(0).randint(0, len(posts), ASKED + 1).tolist()]
    first, *others = [_timed(lambda post=post: related.for_editors(post, 10))[0] for post in asked]  # type: ignore[misc]
    return {
        "open": opening,
        "first suggestions": first,
        "suggestions, median": float(np.percentile(others, 50)),
        "suggestions, p95": float(np.percentile(others, 95)),
        "memory after all of them": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _timed(work: Callable[[], Made]) -> tuple[float, Made]:
    """Milliseconds and what was made."""
    started = time.perf_counter()
    made = work()
    return (time.perf_counter() - started) * 1000, made


if __name__ == "__main__":
    main()
