"""Nodes of OpenSearch that fail in every way: small servers that answer what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]
Replies = Callable[[str, str, str], Answer]

FOUND = {"timed_out": False, "_shards": {"total": 1, "failed": 0}, "hits": {"total": {"value": 7}, "hits": []}}


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that refuses a certificate is meant to."""


class Node:
    """A server that answers as it is told to. asked: the method and path of each request, in order."""

    def __init__(self, replies: Replies) -> None:
        self.replies = replies
        self.asked: list[str] = []
        self.credentials: list[str | None] = []
        node = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                node.asked.append(f"{self.command} {self.path.partition('?')[0]}")
                node.credentials.append(self.headers.get("Authorization"))
                status, said = node.replies(self.command, self.path, body)
                data = said.encode() if isinstance(said, str) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names are those of the library

            def log_message(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def always(status: int, said: Any) -> Replies:
    return lambda *_: (status, said)


def searched(*answers: Any) -> Replies:
    """Answers every search with these."""
    return always(200, {"responses": list(answers)})


def error(status: int, kind: str) -> Answer:
    return status, {"error": {"type": kind, "reason": "because"}, "status": status}


@contextmanager
def asleep(seconds: float) -> Iterator[Replies]:
    """Never answers in time; those who wait are let go at the end."""
    awake = threading.Event()

    def reply(*_: str) -> Answer:
        awake.wait(seconds)
        return 200, {"responses": [FOUND]}

    yield reply
    awake.set()


class Accepting:
    """A cluster that takes every build, and in whose indices each question finds all posts, in their order.

    A test sets `instead`, by which questions are answered then.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}  # documents by index
        self.mappings: dict[str, Any] = {}  # of each index
        self.instead: Replies | None = None

    def __call__(self, method: str, path: str, body: str) -> Answer:
        first, *rest = path.partition("?")[0].strip("/").split("/")
        match rest[0] if rest else first:
            case "_msearch" if self.instead:
                return self.instead(method, path, body)
            case "_msearch":
                headers = [json.loads(line) for line in body.splitlines()[::2]]
                return 200, {"responses": [self._all_of(header["index"]) for header in headers]}
            case "_bulk":
                answer = taken(body, {})
                self.counts[first] = self.counts.get(first, 0) + len(answer[1]["items"])
                return answer
            case "_settings":
                return 200, {first: {"settings": {"index.uuid": "the-id", "index.number_of_shards": "1"}}}
            case "_stats":
                documents, operations = {"count": self.counts[first]}, {"max_seq_no": self.counts[first] - 1}
                shard = {"routing": {"primary": True}, "docs": documents, "seq_no": operations}
                return 200, {"indices": {first: {"shards": {"0": [shard]}}}}
            case "_mapping":
                return 200, {name: {"mappings": mappings} for name, mappings in self.mappings.items()}
            case _ if not rest and method == "PUT":
                self.mappings[first] = json.loads(body)["mappings"]
            case _ if not rest and method == "DELETE":
                self.mappings.pop(first, None)
        return 200, {"timed_out": False}

    def _all_of(self, index: str) -> dict[str, Any]:
        count = self.counts[index]
        hits = [{"_score": 1.0, "sort": [1.0, place]} for place in range(count)]
        return FOUND | {"hits": {"total": {"value": count}, "hits": hits}}


def taken(body: str, refused: dict[str, Answer]) -> Answer:
    """The answer to a bulk request; some documents are refused."""
    ids = [json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]]
    items = [
        {"index": {"_id": one, "status": refused[one][0], "error": refused[one][1]["error"]}}
        if one in refused
        else {"index": {"_id": one, "status": 201}}
        for one in ids
    ]
    return 200, {"errors": any(one in refused for one in ids), "items": items}
