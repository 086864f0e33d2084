"""Does publishing over and over mix two generations in an answer, or let a visitor wait in vain?

    python tests/opensearch/nodes.py 1 python -m benchmarks.publishing [--publishes 200] [--seconds 480]

A small site is built on the nodes that OPENSEARCH_URLS names and served by `seealso serve`, two workers. Then all of
its posts are changed and it is built anew, so many times or for so long, while two visitors ask without a pause over
HTTP, mostly what nobody has asked before. Every title says of which generation it is, and so does every answer: one
where they differ is mixed. Prints how many are mixed, empty or refused; none may be.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from benchmarks.cluster import search_by, service
from benchmarks.endurance import generation_at
from benchmarks.ground import TODAY, within
from indexer.build import build
from indexer.model import EngineName
from indexer.settings import ContentSettings, IndexSettings, Settings

WORDS = ("rye", "bread", "oven", "salt", "crust", "dough", "starter", "loaf", "bake", "proof", "flour", "water")
POSTS, WORDS_EACH, VISITORS = 60, 80, 2
# Seconds in which a question is answered or refused: a second is short where a node, builds and visitors share two
# cores. And those until the last generation is served.
TIMEOUT, PATIENCE = 4.0, 60.0


@dataclass
class Asked:
    """What visitors got. seconds: of each answer. changes: how often one had another generation than the one before."""

    mixed: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    changes: int = 0


def write(content: Path, generation: int) -> None:
    """All posts, each with the generation in its title."""
    chance = random.Random(generation)
    for number in range(POSTS):
        body = " ".join(chance.choices(WORDS, k=WORDS_EACH))
        title = f"{chance.choice(WORDS).title()} {number} of {generation}"
        (content / f"p{number:03d}.md").write_text(f"---\ntitle: {title}\ntags: [a, b]\n---\n{body}\n")


def questions(seed: int) -> Iterator[str]:
    """Paths of the API, hardly two of them the same, each with words that every generation has."""
    chance = random.Random(seed)
    while True:
        words = chance.sample(WORDS, chance.randint(1, 3))
        asked = {"q": " ".join(words), "per_page": str(chance.randint(3, 40)), "snippet": str(chance.randint(60, 200))}
        yield f"/api/v1/search?{urlencode(asked | chance.choice([{}, {'sort': 'date'}, {'tag': 'a'}]))}"


def judge(asked: Asked, path: str, status: int, answer: dict[str, Any]) -> None:
    if status >= 500:
        asked.refused.append(f"{status} {path}")
    elif not answer["hits"]:
        asked.empty.append(path)
    elif {int(hit["title"].rpartition(" ")[2]) for hit in answer["hits"]} != {int(answer["generation"])}:
        asked.mixed.append(path)


@contextmanager
def visited(port: int) -> Iterator[Asked]:
    """Asks as fast as it is answered until it is left."""
    asked, lock, ended = Asked(), threading.Lock(), threading.Event()

    def visit(seed: int) -> None:
        connection, before = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE), ""
        for path in questions(seed):
            if ended.is_set():
                return
            started = time.perf_counter()
            connection.request("GET", path)
            response = connection.getresponse()
            answer = json.loads(response.read())
            with lock:
                asked.seconds.append(time.perf_counter() - started)
                judge(asked, path, response.status, answer)
                generation = answer.get("generation", before)
                asked.changes += before not in ("", generation)
            before = generation

    visitors = [threading.Thread(target=visit, args=(seed,), daemon=True) for seed in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    try:
        yield asked
    finally:
        ended.set()
        for visitor in visitors:
            visitor.join()


def measure(content: Path, index: Path, publishes: int, seconds: float) -> bool:
    """Prints what became of the questions; whether none was answered wrongly or refused."""
    search = search_by(EngineName.OPENSEARCH)
    search = replace(search, opensearch=replace(search.opensearch, timeout=TIMEOUT))
    settings = Settings(content=ContentSettings(content), index=IndexSettings(index), search=search)
    write(content, 1)
    build(settings, today=TODAY)
    # In a process of its own, as by the command: else visitors would wait for the build's work, not for the service.
    builder = get_context("spawn").Pool(1)
    with builder, service(index, search, workers=2) as (port, _), visited(port) as asked:
        started, published = time.monotonic(), 0
        while published < publishes and time.monotonic() - started < seconds:
            write(content, published + 2)
            generation = builder.apply(build, (settings,), {"today": TODAY}).generation
            published += 1
        took, deadline = time.monotonic() - started, time.monotonic() + PATIENCE
        while generation_at(port) != generation:
            assert time.monotonic() < deadline, "the last generation does not answer"
            time.sleep(0.05)
    print(
        f"{published} publishes in {took:.0f} s; {len(asked.seconds):,} questions over HTTP, {asked.changes} times of "
        f"another generation than the one before: {len(asked.mixed)} mixed, {len(asked.empty)} empty, "
        f"{len(asked.refused)} refused; median {median(asked.seconds) * 1000:.0f} ms, "
        f"slowest {max(asked.seconds):.1f} s"
    )
    for path in (*asked.mixed, *asked.empty, *asked.refused)[:20]:
        print(f"  {path}")
    return all(
        [
            within("mixed answers", len(asked.mixed), 0),
            within("empty answers", len(asked.empty), 0),
            within("refused questions", len(asked.refused), 0),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publishing", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--publishes", type=int, default=200, metavar="N")
    parser.add_argument("--seconds", type=float, default=480.0, metavar="S")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        (content := Path(scratch, "posts")).mkdir()
        kept = measure(content, Path(scratch, "index"), told.publishes, told.seconds)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
