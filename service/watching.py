"""Every request, seen from outside: it gets an id, its line in the log, and its place in the metrics.

An ASGI application around that of a worker (admission.py), so that waits and refusals are seen too.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable

from service.admission import Message, Receive, Scope, Send
from service.logs import Answered, RequestLines
from service.metrics import Meter

HEADER = b"x-request-id"

# What others may send as the id of a request; anything else would be a text of theirs in our log.
_SANE = re.compile(rb"[A-Za-z0-9._:=/+-]{1,128}", re.ASCII)
_ID_BYTES = 8


class Watched:
    """route_of: method and path → the route, one of a bounded number. lines, meter: None where nobody asks for them."""

    def __init__(
        self,
        application: Callable[[Scope, Receive, Send], Awaitable[None]],
        route_of: Callable[[str, str], str],
        lines: RequestLines | None,
        meter: Meter | None,
    ) -> None:
        self._application = application
        self._route_of = route_of
        self._lines = lines
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 0
        request_id = _id_of(scope)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (HEADER, request_id)]}
            await send(message)

        try:
            await self._application(scope, receive, noted)
        finally:
            self._note(scope, request_id.decode(), status, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = self._route_of(scope["method"], scope["path"])
        if self._meter is not None:
            self._meter.answered(route, status, seconds)
        if self._lines is not None:
            query, address = scope["query_string"].decode("latin-1"), (scope.get("client") or ("",))[0]
            self._lines.write(
                Answered(request_id, scope["method"], route, status, seconds, scope["path"], query, address)
            )


def _id_of(scope: Scope) -> bytes:
    """The id that a request came with, if it is sane, or a new one. The application finds it in the headers."""
    sent = [value for name, value in scope["headers"] if name == HEADER]
    if len(sent) == 1 and _SANE.fullmatch(sent[0]):
        return bytes(sent[0])
    made = secrets.token_hex(_ID_BYTES).encode()
    scope["headers"] = [*(pair for pair in scope["headers"] if pair[0] != HEADER), (HEADER, made)]
    return made
