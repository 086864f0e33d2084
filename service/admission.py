"""What stands between the server and the application, in each worker: who is answered, in which order, and who is not.

    request ─▶ body read, with a deadline ─▶ waits in line, bounded ─▶ its turn: the application ─▶ sent
                      │ too slow, too long          │ line full, waited too long, client gone     ▲
                      ▼ 408, 413                    ▼ 503 at once, or nothing                     │
                      └──────────── a visitor's request whose answer is kept waits in no line ────┘

An ASGI application around the WSGI one. Python runs one request at a time, so each line has one turn: more at once
would only make all of them late. Visitors' questions cost milliseconds and run in the worker's own loop. Editors'
requests may take longer, so they have a line and a thread of their own, and a question never waits for them. Health
is asked of the loop itself and waits in no line. Nor does what was answered before and is kept: to send it costs no
more than to refuse it.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Container, MutableMapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

log = logging.getLogger("seealso")

# Seconds in which a body must be complete, and its most bytes: those of the application, and one to notice more.
BODY_SECONDS = 5.0
LARGEST_BODY = 64 * 1024
# Seconds between two lines of the log about requests that were refused.
LOG_SECONDS = 10.0
# By this factor each turn moves what is known of how long they take.
LONGER = 1.25
# Steps of the loop in which a refusal is on its way, between two answers.
REFUSAL_STEPS = 3
# Where the application finds why it must refuse a request, as an HTTPStatus.
REFUSAL = "seealso.refusal"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Kept(Protocol):
    """Answers that were given before: kept.py."""

    def request_of(self, scope: Scope, body: bytes) -> Any: ...
    def find(self, request: Any) -> Answer | None: ...
    def keep(self, request: Any, environment: dict[str, Any], answer: Answer) -> None: ...


class NoTurn(Exception):
    """A line is full, or the wait in it was too long."""


@dataclass(slots=True)
class Line:
    """Requests that wait for their turn, first come first served.

    name: in the metrics. longest: so many may wait. expected: seconds that one may expect to wait, by how long turns
    have taken of late. patience: seconds that one does wait, which are more where the machine itself stood still.
    thread: where the work is done; None is the loop itself.
    """

    name: str
    longest: int
    expected: float
    patience: float
    thread: Executor | None = None
    waiting: int = 0
    _turn_seconds: float = 0.001
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, work: Callable[[], Answer], receive: Receive) -> Answer | None:
        """What the work gives when its turn has come; None for a client that has left. Raises NoTurn."""
        if self.waiting >= self.longest or self.waiting * self._turn_seconds > self.expected:
            raise NoTurn
        if not await self._has_turn(receive):
            return None
        begun = time.monotonic()
        try:
            if self.thread is not None:
                return await asyncio.get_running_loop().run_in_executor(self.thread, work)
            return work()
        finally:
            # Near the median of late: a turn in which the machine stood still moves it no more than any other.
            is_longer = time.monotonic() - begun > self._turn_seconds
            self._turn_seconds *= LONGER if is_longer else 1 / LONGER
            self._turn.release()

    async def _has_turn(self, receive: Receive) -> bool:
        """Waits for the turn; False where the client has left meanwhile."""
        self.waiting += 1
        try:
            if not self._turn.locked() and self.waiting == 1:
                await self._take(1)
                return True
            left = asyncio.ensure_future(_left(receive))
            try:
                async with asyncio.timeout(self.patience):
                    await self._take(REFUSAL_STEPS)
            finally:
                has_left = left.done()
                left.cancel()
        except TimeoutError:
            raise NoTurn from None
        finally:
            self.waiting -= 1
        if has_left:
            self._turn.release()
        return not has_left

    async def _take(self, steps: int) -> None:
        """Takes the turn, and lets the loop go on by some steps before its work begins.

        So those who came meanwhile get to the line, or are refused, before it. A refusal is not sent in one step:
        without this it would take as long as several answers.
        """
        await self._turn.acquire()
        try:
            for _ in range(steps):
                await asyncio.sleep(0)
        except BaseException:  # who is cancelled here has no turn, and must not keep it
            self._turn.release()
            raise


class Admission:
    """The ASGI application of one worker.

    app: the WSGI application; it is told in REFUSAL what it must refuse, so that all refusals have its words.
    health: paths that are answered at once. is_editing: whether a path is of the second line. is_posted_to: whether
    visitors send bodies to a path; others are not read. kept: answers to visitors that were given before. on_refusal:
    told the name of the line. on_lookup: told whether an answer was found among those kept.
    """

    def __init__(
        self,
        app: WSGIApplication,
        health: Container[str] = (),
        is_editing: Callable[[str], bool] = lambda path: False,
        is_posted_to: Callable[[str], bool] = lambda path: False,
        kept: Kept | None = None,
        on_refusal: Callable[[str], None] = lambda line: None,
        on_lookup: Callable[[bool], None] = lambda found: None,
    ) -> None:
        self._app = app
        self._health = health
        self._is_editing = is_editing
        self._is_posted_to = is_posted_to
        self._kept, self._on_refusal, self._on_lookup = kept, on_refusal, on_lookup
        self._visitors = Line("visitors", longest=64, expected=0.3, patience=1.0)
        self._editors = Line(
            "editors", longest=16, expected=10.0, patience=10.0, thread=ThreadPoolExecutor(1, "editing")
        )
        self._refusals = _Refusals()
        self._full: dict[tuple[bool, bool, bool, bytes], Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path in self._health:
            return await _send(send, call(self._app, environ(scope)))
        body = b""
        if scope["method"] == "POST" and (self._is_editing(path) or self._is_posted_to(path)):
            received = await _body(receive)
            if received is None:
                return None
            if isinstance(received, HTTPStatus):
                return await _send(send, call(self._app, environ(scope) | {REFUSAL: received}))
            body = received
        answer = await self._answer(scope, body, receive)
        if answer is not None:
            await _send(send, answer)
        return None

    async def _answer(self, scope: Scope, body: bytes, receive: Receive) -> Answer | None:
        """What is said to a request whose body was read; None for a client that has left."""
        is_editing = self._is_editing(scope["path"])
        request = None if self._kept is None or is_editing else self._kept.request_of(scope, body)
        if self._kept and request:
            known = self._kept.find(request)
            self._on_lookup(known is not None)
            if known is not None:
                return known

        def work() -> Answer:
            environment = environ(scope, body)
            answer = call(self._app, environment)
            if self._kept and request:
                self._kept.keep(request, environment, answer)
            return answer

        line = self._editors if is_editing else self._visitors
        try:
            return await line.answer(work, receive)
        except NoTurn:
            self._on_refusal(line.name)
            return self._unavailable(scope)

    def waiting(self) -> dict[str, int]:
        """How many requests wait in each line now."""
        return {line.name: line.waiting for line in (self._visitors, self._editors)}

    def _unavailable(self, scope: Scope) -> Answer:
        """The application's own 503, asked for once for each kind of path and each origin that it allows."""
        self._refusals.count()
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        path = scope["path"]
        key = path.startswith("/api/"), self._is_editing(path), self._is_posted_to(path), origin
        if (known := self._full.get(key)) is not None:
            return known
        answer = call(self._app, environ(scope) | {REFUSAL: HTTPStatus.SERVICE_UNAVAILABLE})
        is_allowed = any(name.lower() == b"access-control-allow-origin" for name, _ in answer.headers)
        if not origin or is_allowed:  # the others are as many as anybody likes
            self._full[key] = answer
        return answer


@dataclass(slots=True)
class _Refusals:
    """Says in the log that requests are refused, not more often than LOG_SECONDS."""

    _count: int = 0
    _said_at: float = -LOG_SECONDS

    def count(self) -> None:
        self._count += 1
        now = time.monotonic()
        if now - self._said_at >= LOG_SECONDS:
            log.warning("overloaded: %d refused with 503 since this was last said", self._count)
            self._count, self._said_at = 0, now


# ------------------------------------------------------------------------------------------------ from ASGI to WSGI


async def _body(receive: Receive) -> bytes | HTTPStatus | None:
    """The body of a request, or why it is refused, or None where the client left before it was complete."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY:
                    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return HTTPStatus.REQUEST_TIMEOUT


async def _left(receive: Receive) -> None:
    """Returns when the client has closed its connection: what comes after the request, whose body nobody reads."""
    while (await receive())["type"] == "http.request":
        pass


async def _send(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def call(app: WSGIApplication, environment: dict[str, Any]) -> Answer:
    """The whole answer of a WSGI application (PEP 3333)."""
    status, headers = "", list[tuple[str, str]]()

    def start(line: str, fields: list[tuple[str, str]], _: object = None, /) -> Callable[[bytes], object]:
        nonlocal status, headers
        status, headers = line, fields
        return _write_is_not_supported

    pieces = app(environment, start)
    try:
        body = b"".join(pieces)
    finally:
        if close := getattr(pieces, "close", None):
            close()
    return Answer(int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], body)


def _write_is_not_supported(data: bytes) -> object:
    raise NotImplementedError("this server takes what the application returns, not what it writes")


def environ(scope: Scope, body: bytes = b"") -> dict[str, Any]:
    """An ASGI scope as PEP 3333 wants it: bytes as Latin-1, several headers of one name joined by commas.

    A name with an underscore could pass for another with a hyphen, so such headers are left out.
    """
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    path = unquote_to_bytes(raw) if (raw := scope.get("raw_path")) is not None else scope["path"].encode()
    environment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").upper(), value.decode("latin-1")
        if "_" in key:
            continue
        key = key.replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        environment[key] = f"{environment[key]},{text}" if key in environment else text
    return environment
