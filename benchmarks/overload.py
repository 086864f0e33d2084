"""What is left of the service when far more is asked than it can answer, and how soon it is itself again?

    python -m benchmarks.overload SITE QUESTIONS [--times 5] [--seconds 60]

SITE is built with the default settings into a scratch folder and served by `seealso serve` with one worker on one
processor; the client has another to itself. QUESTIONS is a folder with queries.jsonl. First the capacity: eight
connections that ask again as soon as they are answered. Then an open loop: a request is due every 1/rate seconds,
whatever became of the ones before; one that is not answered within two seconds is given up and its connection closed.
Beside it /healthz is asked ten times a second. Then the load ends, and one question after the other is asked until
ten in a row are answered as quickly as they were before.

All traffic goes to loopback, and ends by itself.
"""

from __future__ import annotations

import argparse
import os
import selectors
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

from benchmarks.ground import (
    ANSWERED_P99,
    GOODPUT_SHARE,
    RECOVERY_SECONDS,
    REFUSED_P99,
    TODAY,
    content_of,
    held,
    within,
)
from benchmarks.http_load import MOST_DIFFERENT, asked, running
from benchmarks.http_questions import different, questions_of
from indexer.build import build
from indexer.settings import IndexSettings, Settings

GIVEN_UP = 2.0  # seconds that a client waits
MOST_CONNECTIONS = 4_000
MOST_REQUESTS = 2_000_000
HEALTH_EVERY = 0.1
TICK = 0.002


@dataclass(slots=True)
class Outcome:
    """What became of the requests of one open loop; times in seconds from when each was due."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    given_up: int = 0
    failed: int = 0
    unasked: int = 0
    health: list[float] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Client:
    """One connection and the request that is under way on it."""

    socket: socket.socket
    due: float = 0.0
    is_health: bool = False
    said: bytearray = field(default_factory=bytearray)
    unsent: bytes = b""

    def ask(self, request: bytes, due: float, is_health: bool) -> None:
        self.due, self.is_health = due, is_health
        self.said.clear()
        self.unsent = request
        self.send()

    def send(self) -> None:
        # Where it is not connected yet it is sent later; of all else, the reading says what has become of it.
        with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self.unsent = self.unsent[self.socket.send(self.unsent) :]

    def status(self) -> int | None:
        """The status of a complete answer."""
        end = self.said.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.said[:end]).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        return int(head[9:12]) if len(self.said) >= end + 4 + length else None


def open_loop(port: int, paths: Sequence[str], rate: float, seconds: float) -> Outcome:
    """Asks `rate` times a second whether anybody answers or not."""
    requests = cycle([_request(path) for path in paths])
    loop, found = selectors.DefaultSelector(), Outcome()
    free: deque[Client] = deque()
    busy: dict[Client, None] = {}  # in the order in which they were due

    def ask(request: bytes, due: float, is_health: bool = False) -> None:
        if free:
            client = free.pop()
        elif len(busy) < MOST_CONNECTIONS:
            connection = socket.socket()
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
            client = Client(connection)
            loop.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        else:
            found.unasked += 1
            return
        busy[client] = None
        client.ask(request, due, is_health)

    def close(client: Client) -> None:
        loop.unregister(client.socket)
        client.socket.close()
        busy.pop(client, None)

    begun = time.perf_counter()
    sent, next_health = 0, begun
    while True:
        now = time.perf_counter()
        if now - begun >= seconds and not busy:
            break
        while now - begun < seconds and sent < MOST_REQUESTS and (due := begun + sent / rate) <= now:
            ask(next(requests), due)
            sent += 1
        if now - begun < seconds and next_health <= now:
            ask(_request("/healthz"), next_health, is_health=True)
            next_health += HEALTH_EVERY
        while busy and now - (oldest := next(iter(busy))).due > GIVEN_UP:
            found.given_up += 1
            close(oldest)
        for key, events in loop.select(TICK):
            client: Client = key.data
            if events & selectors.EVENT_WRITE:
                client.send()
                if not client.unsent:
                    loop.modify(client.socket, selectors.EVENT_READ, client)
            if not events & selectors.EVENT_READ:
                continue
            try:
                piece = client.socket.recv(262_144)
            except OSError:
                piece = b""
            if not piece:
                if client in busy:
                    found.failed += 1
                else:
                    free.remove(client)
                close(client)
                continue
            client.said += piece
            if (status := client.status()) is not None:
                took = time.perf_counter() - client.due
                (found.health if client.is_health else found.answered if status == 200 else found.refused).append(took)
                busy.pop(client, None)
                free.append(client)
    for key in list(loop.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]  # they are sockets
    return found


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def recovered(port: int, paths: Iterator[str], quick: float) -> float:
    """Seconds until ten answers in a row take no longer than `quick`. paths: that were not asked lately."""
    begun, row = time.perf_counter(), 0
    while row < 10:
        asked_at = time.perf_counter()
        if asked_at - begun > 120:
            return float("inf")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=GIVEN_UP) as connection:
                connection.sendall(_request(next(paths)))
                is_good = connection.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            is_good = False
        row = row + 1 if is_good and time.perf_counter() - asked_at <= quick else 0
    return time.perf_counter() - begun


@contextmanager
def on(processors: set[int]) -> Iterator[None]:
    """What is started here runs on these processors only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measure(settings: Settings, paths: list[str], times: float, seconds: float) -> bool:
    first, *_, last = sorted(os.sched_getaffinity(0))
    command = [str(Path(sys.executable).with_name("seealso")), "serve", "--port"]
    told = {"SEEALSO_INDEX_DIRECTORY": str(settings.index.directory), "SEEALSO_SERVICE_WORKERS": "1"}
    with on({first}):
        server = running(command, told)
        port = server.__enter__()
    try:
        with on({last}):
            warm = asked(port, paths, 2.0)
            calm = asked(port, paths[warm["requests"] :], 8.0)
            capacity = calm["requests"] / calm["seconds"]
            print(f"  {capacity:8,.0f} requests/s are answered, p50 {calm['p50']:.1f} ms, p99 {calm['p99']:.1f} ms")
            found = open_loop(port, paths, capacity * times, seconds)
            back = recovered(port, reversed(paths), 0.05)
    finally:
        server.__exit__(None, None, None)
    goodput = len(found.answered) / seconds
    print(f"  at {capacity * times:,.0f} requests/s for {seconds:g} s, open loop:")
    for what, took in (("answered", found.answered), ("refused", found.refused), ("/healthz", found.health)):
        print(f"  {len(took) / seconds:8,.0f} /s {what}: {_spread(took)}")
    print(f"  given up after {GIVEN_UP:g} s: {found.given_up:,}; connections closed: {found.failed:,}")
    print(f"  not even asked, for want of connections: {found.unasked:,}")
    print(f"  quick again {back:.2f} s after the load ended")
    kept = held(f"goodput at {times:g} times the capacity, as a share of it,", goodput / capacity, GOODPUT_SHARE)
    return all(
        [
            within("seconds until answers are quick again", back, RECOVERY_SECONDS),
            within("p99 of what is answered, ms,", _percentile(found.answered, 0.99), ANSWERED_P99),
            within("p99 of what is refused, ms,", _percentile(found.refused, 0.99), REFUSED_P99),
            kept,
        ]
    )


def _spread(took: Sequence[float]) -> str:
    if not took:
        return "none"
    ranks = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return ", ".join(f"{name} {_percentile(took, at):,.1f} ms" for name, at in ranks.items())


def _percentile(took: Sequence[float], at: float) -> float:
    """In ms; 0 of nothing."""
    return sorted(took)[int((len(took) - 1) * at)] * 1000 if took else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument("--times", type=float, default=5.0, metavar="N", help="the load as a multiple of the capacity")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="N", help="of the overload")
    told = parser.parse_args()
    questions = questions_of(told.questions)
    with tempfile.TemporaryDirectory() as scratch:
        settings = replace(Settings(content=content_of(told.site)), index=IndexSettings(directory=Path(scratch)))
        report = build(settings, today=TODAY)
        print(f"{told.site.name}: {report.posts:,} posts, {len(questions):,} different questions, one worker")
        kept = measure(settings, different(questions, MOST_DIFFERENT), told.times, told.seconds)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
