"""A client that costs little: requests over connections that stay open, read with as little ado as HTTP allows.

    python -m benchmarks.http_client < ORDER

ORDER is JSON: {"port", "paths", "connections", "seconds", "most", "rate"}, and perhaps "visitors": with so many, each
request says to be forwarded for the next of them; or "etags": the answer that the client has of each path, so that 304
is as good as 200. Without a rate each connection asks again
as soon as it is answered (a closed loop). With a rate a request is due every 1/rate seconds whether the one before was
answered or not (an open loop), and its latency counts from when it was due, so a server that stalls cannot hide it.
Prints JSON: {"requests", "seconds", "refused", "mean_bytes", "p50", "p99"}, times in ms.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # seconds without any answer


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    due: float = 0.0
    said: bytearray = field(default_factory=bytearray)

    def ask(self, request: bytes, due: float) -> None:
        self.due = due
        self.said.clear()
        self.socket.sendall(request)

    def answered(self) -> tuple[bool, int] | None:
        """Whether it was a 200 or 304 and how many bytes its body has; None while it is not complete."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self.said += piece
        head_end = self.said.find(b"\r\n\r\n")
        if head_end < 0:
            return None
        head = bytes(self.said[:head_end]).lower()
        if head.startswith(b"http/1.1 304"):
            return True, 0
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(self.said) < head_end + 4 + length:
            return None
        return head.startswith(b"http/1.1 200"), length


def load(
    port: int,
    paths: Sequence[str],
    connections: int,
    seconds: float,
    most: int,
    rate: float | None,
    visitors: int = 0,
    etags: Sequence[str] = (),
) -> Any:
    """Asks until the seconds are over or `most` requests are sent; bounded either way."""
    asked = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n" for path in paths]
    if etags:
        asked = [f"{one}If-None-Match: {etag}\r\n" for one, etag in zip(asked, etags, strict=True)]
    if visitors:
        asked = [
            f"{one}X-Forwarded-For: visitor {n}\r\n" for n, one in zip(range(visitors), cycle(asked), strict=False)
        ]
    requests = cycle([f"{one}\r\n".encode() for one in asked])
    selector = selectors.DefaultSelector()
    free: deque[_Connection] = deque()
    for _ in range(connections):
        connection = _Connection(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        free.append(connection)
    latencies: list[float] = []
    sent = refused = size = 0
    begun = time.perf_counter()
    while True:
        now = time.perf_counter()
        while free and sent < most and now - begun < seconds:
            due = now if rate is None else begun + sent / rate
            if due > now:
                break
            free.popleft().ask(next(requests), due)
            sent += 1
        done = sent >= most or now - begun >= seconds
        if done and len(free) == connections:
            break
        wait = PATIENCE if rate is None or done or not free else max(0.0, begun + sent / rate - now)
        ready = selector.select(wait)
        if not ready and wait == PATIENCE:
            raise TimeoutError("the server does not answer")
        for key, _ in ready:
            connection = key.data
            if (answer := connection.answered()) is not None:
                latencies.append(time.perf_counter() - connection.due)
                refused += not answer[0]
                size += answer[1]
                free.append(connection)
    took = time.perf_counter() - begun
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    latencies.sort()
    return {
        "requests": len(latencies),
        "seconds": took,
        "refused": refused,
        "mean_bytes": size / len(latencies),
        "p50": _percentile(latencies, 0.50),
        "p99": _percentile(latencies, 0.99),
    }


def load_apart(order: dict[str, Any]) -> dict[str, Any]:
    """What `load` measures in a process of its own, so that it shares none with a server. order: its arguments."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.http_client"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
        timeout=order["seconds"] + 60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


if __name__ == "__main__":
    json.dump(load(**json.load(sys.stdin)), sys.stdout)
