"""What does it cost a search that it is recorded? A service that records beside one that does not, in the same run.

    python -m benchmarks.recording SITE [--seconds N]

SITE is built with the default settings into two scratch folders and served twice, by two workers each. Both are asked
the titles of SITE's posts over 16 connections, 10,000 a minute, each by another visitor, and take turns of two seconds
until each was asked for N; then a minute passes, until all is written. Of the turns' p50 and p99, each from when a
request was due, the medians count. The processor time of the workers is counted from the first turn to the end of that
minute: what the recording thread takes is in it. Two services that are the same differ by a few percent on a busy
machine, so what an answer waits for is also measured by itself, in this process: the time that a request takes, and the
time that it takes to hand one to the recorder, in turn. Ends with 1 if that is 2 % of it, if the p99 is longer by more
than half a millisecond and a tenth, or if a question that was answered is not written.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.ground import TODAY, content_of, within
from benchmarks.http_client import load_apart
from benchmarks.http_load import environ, running
from indexer.build import build
from indexer.model import Hits
from indexer.queries.keystrokes import OPEN_SECONDS
from indexer.queries.policy import may_be_kept
from indexer.queries.storage import FOLDER, open_queries
from indexer.search.query import parse
from indexer.settings import IndexSettings, ServiceSettings, Settings
from indexer.snapshot import open_snapshot
from service.admission import call
from service.app import create_app
from service.recorder import Recorder

RATE = 10_000 / 60
TURN = 2.0  # seconds
MOST_MORE = 2.0  # percent of the time that an answer takes
SINGLE = 3_000  # requests in this process
P99_MORE = 0.5  # ms, beside a tenth
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Service:
    name: str
    index: Path
    port: int
    workers: list[int]
    cpu: float = 0.0
    turns: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, paths: list[str], first: int) -> None:
        count = int(RATE * TURN)
        order = {"port": self.port, "paths": paths[first : first + count], "connections": 16, "seconds": 2 * TURN}
        order |= {"most": count, "rate": RATE, "visitors": count}
        self.turns.append(load_apart(order))

    def used(self) -> float:
        """Processor time of the workers, all of their threads, in seconds."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.workers]
        return sum(int(one[11]) + int(one[12]) for one in fields) / _TICKS

    def middle(self, figure: str) -> float:
        return float(median(turn[figure] for turn in self.turns))


def children(parent: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def served(stack: ExitStack, name: str, site: Path, index: Path) -> Service:
    """A service that runs until the stack is closed."""
    settings = Settings(content=replace(content_of(site), directory=content_of(site).directory.resolve()))
    build(replace(settings, index=IndexSettings(directory=index)), today=TODAY)
    known = set(children(os.getpid()))
    told = {"SEEALSO_INDEX_DIRECTORY": str(index), "SEEALSO_CONTENT_DIRECTORY": str(settings.content.directory)}
    told["SEEALSO_SERVICE_RECORD_QUERIES"] = str(name == "recorded").lower()
    command = [sys.executable, "-c", "from indexer.cli import main; main(['serve'])"]
    port = stack.enter_context(running(command, told))
    (parent,) = set(children(os.getpid())) - known
    return Service(name, index, port, children(parent))


def titles_of(index: Path, most: int) -> list[str]:
    """The addresses of questions: as many as are asked, each as often as it must be."""
    posts = open_snapshot(index).posts
    titles = list(dict.fromkeys(post.title for post in posts if may_be_kept(post.title)))
    return [f"/api/v1/search?q={quote(titles[number % len(titles)])}" for number in range(most)]


def written(index: Path) -> int:
    with open_queries(index / FOLDER, datetime.now(UTC)) as queries:
        return sum(one.times for one in queries.recorded())


def measured(site: Path, seconds: float, scratch: Path) -> bool:
    turns = round(seconds / TURN)
    with ExitStack() as stack:
        services = [served(stack, name, site, scratch / name) for name in ("not recorded", "recorded")]
        paths = titles_of(services[0].index, turns * int(RATE * TURN))
        before = [service.used() for service in services]
        for turn in range(turns):
            for service in services if turn % 2 else services[::-1]:
                service.ask(paths, turn * int(RATE * TURN))
        time.sleep(OPEN_SECONDS + 2)
        for service, used in zip(services, before, strict=True):
            service.cpu = (service.used() - used) / len(paths) * 1_000
    plain, recorded = services
    good = reported(plain, recorded, len(paths))
    whole, handing = waited(site, plain.index)
    share = handing / whole * 100
    print(f"  a request takes {whole:,.0f} µs; recording it takes {handing:.0f} µs of them ({share:.1f} %)")
    return good & within("time that a recorded search takes more, %", share, MOST_MORE)


def waited(site: Path, index: Path) -> tuple[float, float]:
    """How long a request takes, and how long of it to hand it to the recorder: processor time of its thread, in µs."""
    content = content_of(site)
    service = ServiceSettings(record_queries=True)
    app = create_app(Settings(content=content, index=IndexSettings(directory=index), service=service))
    recorder: Recorder = app.extensions["seealso-recorder"]
    requests = [environ(path) for path in titles_of(index, SINGLE)]
    query, hits = parse("a question of visitors"), Hits(total=3)
    whole = handing = 0.0
    for number, request in enumerate(requests):
        begun = time.thread_time()
        call(app, request)
        between = time.thread_time()
        recorder.asked(request | {"REMOTE_ADDR": str(number)}, query, hits)
        handing += time.thread_time() - between
        whole += between - begun
    recorder.close()
    return whole / SINGLE * 1e6, handing / SINGLE * 1e6


def reported(plain: Service, recorded: Service, asked: int) -> bool:
    print(f"{asked:,} searches each, {RATE * 60:,.0f} a minute")
    for one in (plain, recorded):
        p50, p99 = one.middle("p50"), one.middle("p99")
        print(f"  {one.name:<14} {one.cpu:.3f} ms of processor time a search   p50 {p50:.2f} ms   p99 {p99:.2f} ms")
    kept, answered = written(recorded.index), asked - int(sum(turn["refused"] for turn in recorded.turns))
    print(f"  written: {kept:,} of {answered:,} that were answered; {recorded.cpu / plain.cpu - 1:+.1%} processor time")
    good = within("p99 of recorded searches, ms", recorded.middle("p99"), plain.middle("p99") * 1.1 + P99_MORE)
    return good & within("questions that were not written", answered - kept, 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if measured(arguments.site, arguments.seconds, Path(folder)) else 1)
