"""What the service says on standard error: one line for each thing that happens and for each request, as text or JSON.

    2026-11-30T18:05:51.123Z info [4711 6e1d76330f8206ab] GET /api/v1/search 200 in 1.3 ms
    {"time":"2026-11-30T18:05:51.123Z","level":"info","process":4711,"message":"request", …}

Of a request its route is told, not its path: what visitors type, who they are and what signs editors in is not. With
`service.log_requests = "full"` path, query and address are told too; tokens never are.
"""

from __future__ import annotations

import logging
import logging.config
import os
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import NamedTuple
from urllib.parse import unquote_plus

import msgspec

from indexer.auth import holds_token
from indexer.model import LogFormat, RequestLog
from indexer.output.sanitize import sanitized

# The request that the application is answering, in whichever thread; empty outside of requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_encode = msgspec.json.Encoder().encode


class Stderr:
    """Standard error, for which nobody waits: where its reader stalls, lines are lost, counted, and that is said."""

    def __init__(self, descriptor: int = 2) -> None:
        self._write = _without_waiting(descriptor)
        self._lost = 0

    def write(self, line: bytes) -> None:
        """A line of less than 4 kB never mixes with those of other workers."""
        try:
            self._write(self._said_of_lost() + line)
        except OSError:  # nobody reads it, or the disk is full: visitors are answered all the same
            self._lost += 1
        else:
            self._lost = 0

    def _said_of_lost(self) -> bytes:
        if not self._lost:
            return b""
        return f"{_prefix('warning', time.time())}{self._lost} lines of the log were lost\n".encode()


def _without_waiting(descriptor: int) -> Callable[[bytes], int]:
    """What writes to a descriptor and raises BlockingIOError where that would have to wait.

    The descriptor itself stays as it is: other processes share it. A file never has one wait.
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):  # the journal of systemd
        connection = socket.socket(fileno=os.dup(descriptor))
        return lambda data: connection.send(data, socket.MSG_DONTWAIT)
    if stat.S_ISFIFO(mode):
        with suppress(OSError):  # it may belong to another user
            descriptor = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    return partial(os.write, descriptor)


_stderr = Stderr()


class TextLines(logging.Formatter):
    """A message is one line, whatever a path or a file name holds; a traceback may follow it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own name
        return f"{_prefix(record.levelname.lower(), record.created, request_id.get())}{sanitized(record.message)}"


class JsonLines(logging.Formatter):
    """An object a line: `time`, `level`, `process`, `message`, and `request_id` and `traceback` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "process": record.process,
            "message": record.getMessage(),
        }
        if known := request_id.get():
            said["request_id"] = known
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return _encode(said).decode()


_FORMATTERS = {LogFormat.TEXT: TextLines, LogFormat.JSON: JsonLines}


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _stderr.write(f"{self.format(record)}\n".encode(errors="backslashreplace"))


def configure(form: LogFormat) -> None:
    """Has everything that the service logs written to standard error in this form."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": _FORMATTERS[form]}},
            "handlers": {"stderr": {"()": _Handler, "formatter": "line"}},
            "loggers": {"seealso": {"handlers": ["stderr"], "propagate": False, "level": "INFO"}},
        }
    )


class Answered(NamedTuple):
    """What is told of a request. status: 0 for a client that left before it was answered. query, path: as sent."""

    id: str
    method: str
    route: str
    status: int
    seconds: float
    path: str
    query: str
    address: str


class RequestLines:
    """Writes a line for each request, past the `logging` module, which takes several times as long."""

    def __init__(self, form: LogFormat, told: RequestLog) -> None:
        self._line = _json if form is LogFormat.JSON else _text
        self._is_full = told is RequestLog.FULL

    def write(self, answered: Answered) -> None:
        _stderr.write(self._line(answered, time.time(), self._is_full))


def _text(answered: Answered, now: float, is_full: bool) -> bytes:
    full = sanitized(f", {_shown(answered)} from {answered.address}") if is_full else ""
    status, milliseconds = answered.status or "left", round(answered.seconds * 1_000, 1)
    what = f"{answered.method} {answered.route} {status} in {milliseconds} ms{full}"
    return f"{_prefix('info', now, answered.id)}{what}\n".encode()


def _json(answered: Answered, now: float, is_full: bool) -> bytes:
    said: dict[str, object] = {
        "time": _time(now),
        "level": "info",
        "process": os.getpid(),
        "message": "request",
        "request_id": answered.id,
        "method": answered.method,
        "route": answered.route,
        "status": answered.status or None,
        "milliseconds": round(answered.seconds * 1_000, 1),
    }
    if is_full:
        said |= {"path": _shown(answered), "address": answered.address}
    return _encode(said) + b"\n"


_LONGEST = 600  # characters of a path with its query that are told


def _shown(answered: Answered) -> str:
    """Path and query, without keys of Algolia's clients and without anything that looks like a token of ours."""
    pairs = [pair for pair in answered.query.split("&") if not pair.lower().startswith("x-algolia-")]
    query = "&".join("…" if holds_token(unquote_plus(pair)) else pair for pair in pairs)
    path = "/…" if holds_token(answered.path) else answered.path
    return (f"{path}?{query}" if query else path)[:_LONGEST]


def _prefix(level: str, moment: float, of_request: str = "") -> str:
    return f"{_time(moment)} {level} [{os.getpid()}{' ' if of_request else ''}{of_request}] "


def _time(moment: float) -> str:
    second = int(moment)
    return f"{_second(second)}.{int((moment - second) * 1_000):03d}Z"


@lru_cache(maxsize=1)  # hundreds of lines have one
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
