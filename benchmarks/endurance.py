"""Does a worker grow while it answers, and while generations come and go?

    python -m benchmarks.endurance SITE QUESTIONS [--requests 30000] [--generations 20]

SITE is copied and built with the default settings into a scratch folder and served by `seealso serve` with one worker.
QUESTIONS is a folder with queries.jsonl: different questions, in as many parts as there are generations. After each
part a post is changed and the site built anew, until the worker answers from that; then the kernel says what it holds:
memory of its own, open files and threads. A leak of a generation or of what a request leaves shows as a slope, so the
mean of the last quarter stands beside that of the second; in the first, caches fill.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from urllib.request import urlopen

from benchmarks.ground import ENDURANCE_GROWTH, TODAY, content_of, within
from benchmarks.http_client import load_apart
from benchmarks.http_load import CONNECTIONS, served
from benchmarks.http_questions import different, questions_of
from indexer.build import build
from indexer.settings import ContentSettings, IndexSettings, Settings

SECONDS = 120.0  # at most, of one part
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Held:
    """What a worker holds, in MB: own, memory that is no page of a file; all, with those pages (Pss).

    refused: requests of the part before.
    """

    own: float
    all: float
    files: int
    threads: int
    refused: int = 0


def held_by(supervisor: int) -> Held:
    """By its only worker."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="ascii").split()
    (worker,) = (Path("/proc", one) for one in children)
    lines = (worker / "smaps_rollup").read_text(encoding="ascii").splitlines()
    own, everything = (
        next(int(line.split()[1]) for line in lines if line.startswith(name)) for name in ("Anonymous:", "Pss:")
    )
    files, threads = (len(list((worker / kind).iterdir())) for kind in ("fd", "task"))
    return Held(own / 1024, everything / 1024, files, threads)


def parts(settings: Settings, paths: Sequence[str], generations: int) -> Iterator[Held]:
    """What the worker holds after each part of the questions, and the generation that followed it."""
    command = [str(Path(sys.executable).with_name("seealso")), "serve", "--port"]
    told = {"SEEALSO_INDEX_DIRECTORY": str(settings.index.directory), "SEEALSO_SERVICE_WORKERS": "1"}
    changed = max(settings.content.directory.rglob("*.md"), key=lambda file: (file.stat().st_size, str(file)))
    size = len(paths) // generations
    with served(command, told) as (port, supervisor):
        for part in range(generations):
            some = list(paths[part * size : (part + 1) * size])
            order = {"port": port, "paths": some, "connections": CONNECTIONS, "seconds": SECONDS, "most": size}
            refused = load_apart(order | {"rate": None})["refused"]  # a few, where the machine itself stands still
            with changed.open("a", encoding="utf-8") as file:
                file.write(f"\n\nRevised, {part}.\n")
            wanted = build(settings, today=TODAY).generation
            deadline = time.monotonic() + PATIENCE
            while generation_at(port) != wanted:
                assert time.monotonic() < deadline, "the new generation does not answer"
                time.sleep(0.05)
            yield replace(held_by(supervisor), refused=refused)


def generation_at(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE) as answer:
        return str(json.load(answer)["generation"])


def measure(settings: Settings, paths: Sequence[str], generations: int) -> bool:
    """Prints what is held in each quarter; whether it stays the same."""
    found = list(parts(settings, paths, generations))
    quarter = max(1, generations // 4)
    quarters = [found[start : start + quarter] for start in range(0, 4 * quarter, quarter)]
    for number, some in enumerate(quarters, start=1):
        own, files, threads = (mean(getattr(one, name) for one in some) for name in ("own", "files", "threads"))
        print(f"  quarter {number}: {own:7.1f} MB of its own, {files:6.1f} files, {threads:5.1f} threads")
    print(f"  {sum(one.refused for one in found):,} requests were refused")
    growth = mean(one.own for one in quarters[3]) / mean(one.own for one in quarters[1])
    return within("memory in the last quarter as a multiple of the second's", growth, ENDURANCE_GROWTH)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument("--requests", type=int, default=30_000, metavar="N")
    parser.add_argument("--generations", type=int, default=20, metavar="N", help="four or more")
    told = parser.parse_args()
    if told.generations < 4:
        parser.error("a slope needs four generations or more")
    with tempfile.TemporaryDirectory() as scratch:
        content = Path(shutil.copytree(content_of(told.site).directory, Path(scratch, "posts")))
        settings = replace(
            Settings(content=ContentSettings(directory=content)), index=IndexSettings(directory=Path(scratch, "index"))
        )
        report = build(settings, today=TODAY)
        print(f"{told.site.name}: {report.posts:,} posts, {told.requests:,} requests, {told.generations} generations")
        kept = measure(settings, different(questions_of(told.questions), told.requests), told.generations)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
