"""Records what visitors ask, beside the answers and never in their way.

    worker 1 ──┐  a message a question, written to a pipe without waiting
    worker 2 ──┼─▶ pipe ─▶ the thread whose turn it is ─▶ open questions, for a minute ─▶ queries.sqlite3
    …        ──┘

A visitor's keystrokes may reach any worker, so all workers write to one pipe, made before they were forked, and the
thread of one of them reads it; the lock that makes it this one's turn goes to another when its worker ends. The pipe is
the queue: where it is full, a message is dropped and counted. Whatever is wrong with the disk is met by the thread
alone, said once, and tried again. What a visitor sent lies in memory until it may be counted, and an address only as a
hash with a salt that this service made when it started. A worker that is killed takes its last minute with it.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import select
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from indexer.errors import QueriesUnavailable
from indexer.model import Hits, ParsedQuery
from indexer.queries.keystrokes import Asked, Click, Clicked, OpenQuestions, Question
from indexer.queries.policy import LONGEST_QUESTION, normalized
from indexer.queries.storage import FOLDER, Queries, has_queries
from indexer.settings import Settings

log = logging.getLogger("seealso")

# Bytes that the pipe holds, if the system allows it, and bytes that are read at once: with the seconds between, no more
# than some forty thousand messages a minute, so that a flood of them takes little from the answers.
_PIPE, _AT_ONCE, _READ_SECONDS = 1 << 20, 1 << 16, 0.5
# Seconds between two batches, two attempts after a failure, two looks for what is too old, two lines about one thing.
_WRITE_SECONDS, _RETRY_SECONDS, _PURGE_SECONDS, _SAY_SECONDS = 5.0, 10.0, 3_600.0, 3_600.0
# Seconds that a worker which ends waits for what it has read to be written.
_CLOSE_SECONDS = 1.5
FAILING, WORKING = b"!", b"."
_MOST_TYPED = LONGEST_QUESTION + 1  # characters: enough to see that it is too long

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Asked | Clicked).decode


@dataclass(frozen=True, slots=True)
class Channel:
    """What all workers of a service share: the two ends of the pipe, whose turn it is to read, and the salt.

    turn: a file in memory, locked by whose turn it is. It holds FAILING while the disk refuses what is recorded.
    """

    reading: int
    writing: int
    turn: int
    salt: bytes


def channel_for(settings: Settings) -> Channel | None:
    """The channel of a service; none where there is nothing to record, and nothing that was recorded once."""
    if not (settings.service.record_queries or has_queries(settings.index.directory / FOLDER)):
        return None
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    with suppress(OSError):  # a user may have so much in pipes and no more
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    return Channel(reading, writing, os.memfd_create("seealso-turn", os.MFD_CLOEXEC), secrets.token_bytes(16))


class Recorder:
    """One worker's part. Takes questions from its answers; where it is its turn, writes those of all workers."""

    def __init__(self, settings: Settings, channel: Channel | None = None) -> None:
        """channel: that of the server, if there is one."""
        self.is_recording = settings.service.record_queries
        self._folder = settings.index.directory / FOLDER
        self._keep_days = settings.service.keep_queries_days
        self._channel = channel or channel_for(settings)
        self._dropped = _Said("%d questions and clicks were not recorded: they came faster than they can be")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if self._channel is not None:  # what was recorded once goes in its time, though nothing more is
            self._thread = threading.Thread(target=self._run, args=(self._channel,), name="queries", daemon=True)
            self._thread.start()

    def asked(
        self, environ: Mapping[str, Any], query: ParsedQuery, hits: Hits, language: str | None = None
    ) -> Asked | None:
        """Takes a question that was answered, and returns what it is recorded as; None where nothing is."""
        if self._channel is None or not self.is_recording:
            return None
        question = Asked(
            key=_asker(environ, self._channel.salt),
            at=time.monotonic(),
            typed=query.text[:_MOST_TYPED],
            hits=hits.total,
            respelt=(hits.suggestion or "")[:_MOST_TYPED],
            language=language or (hits.hits[0].post.language if hits.hits else ""),
            is_typing=query.is_typing,
        )
        self._send(self._channel, question)
        return question

    def asked_again(self, environ: Mapping[str, Any], question: Asked) -> None:
        """Takes a question that was answered as it was before, perhaps to somebody else."""
        if self._channel is not None:
            asker = _asker(environ, self._channel.salt)
            self._send(self._channel, msgspec.structs.replace(question, key=asker, at=time.monotonic()))

    def clicked(self, environ: Mapping[str, Any], typed: str, url: str, rank: int) -> None:
        """Takes a click. url: of a published post."""
        if self._channel is None or not self.is_recording:
            return
        asker = _asker(environ, self._channel.salt)
        self._send(self._channel, Clicked(asker, time.monotonic(), typed[:_MOST_TYPED], url, rank))

    def _send(self, channel: Channel, message: Asked | Clicked) -> None:
        line = _encode(message) + b"\n"
        if len(line) > select.PIPE_BUF:  # it would not be written at once; nobody asks so
            return
        try:
            os.write(channel.writing, line)
        except BlockingIOError:
            self._dropped.count(1)

    def close(self) -> None:
        """Writes what has been asked, as far as it is this worker's turn, and ends the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)

    def _run(self, channel: Channel) -> None:
        fcntl.lockf(channel.turn, fcntl.LOCK_EX)  # until it is this worker's turn, which may be never
        writer = _Writer(self._folder, self._keep_days, channel)
        while True:
            is_last = self._stop.is_set()
            try:
                writer.work(is_last)
            except Exception:  # without its thread nothing would be recorded until the next start
                log.exception("questions could not be recorded")
            if is_last:
                break
            self._stop.wait(_READ_SECONDS)
        writer.close()
        fcntl.lockf(channel.turn, fcntl.LOCK_UN)


def _asker(environ: Mapping[str, Any], salt: bytes) -> str:
    """Who asks, as a key that says nothing to anybody else, and nothing to us when this service has ended."""
    sent = [environ.get(name, "") for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT")]
    return hashlib.blake2b("\n".join(sent).encode(), key=salt, digest_size=8).hexdigest()


@dataclass(slots=True)
class _Said:
    """Says how often something has happened since it was last said, and not every time."""

    message: str
    _count: int = 0
    _at: float = -_SAY_SECONDS

    def count(self, number: int) -> None:
        self._count += number
        if self._count and time.monotonic() - self._at >= _SAY_SECONDS:
            log.warning(self.message, self._count)
            self._count, self._at = 0, time.monotonic()


@dataclass(slots=True)
class _Writer:
    """What reads the pipe, keeps questions open and writes those that are finished."""

    folder: Path
    keep_days: int
    channel: Channel
    _open: OpenQuestions = field(default_factory=OpenQuestions)
    _late: list[tuple[str, Click]] = field(default_factory=list)
    _rest: bytes = b""
    _queries: Queries | None = None
    _next_write: float = 0.0
    _next_purge: float = 0.0
    _lost: int = 0  # since the file could last be written
    _crowded: _Said = field(default_factory=lambda: _Said("%d questions were not recorded: too many are asked at once"))
    _full: _Said = field(
        default_factory=lambda: _Said("%d questions were not recorded: as many are kept as may be, until some go")
    )

    def work(self, is_last: bool) -> None:
        """What is due. is_last: all of it, for no more will come."""
        now = time.monotonic()
        while self._read() and is_last:
            pass
        if now >= self._next_write or is_last:
            self._next_write = now + _WRITE_SECONDS
            self._write(list(self._open.finished(float("inf") if is_last else now)), now, is_last)

    def close(self) -> None:
        if self._queries is not None:
            self._queries.close()
            self._queries = None

    def _read(self) -> bool:
        """Takes what lies in the pipe, so much at a time; whether there was any."""
        try:
            data = os.read(self.channel.reading, _AT_ONCE)
        except BlockingIOError:
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            with suppress(msgspec.DecodeError):  # the worker before this one ended when it had read half of it
                self._take(_decode(line))
        return True

    def _take(self, message: Asked | Clicked) -> None:
        if isinstance(message, Asked):
            self._crowded.count(not self._open.ask(message))
        elif not self._open.click(message):
            self._late.append((normalized(message.typed), Click(message.url, message.rank)))

    def _write(self, questions: list[Question], now: float, is_last: bool) -> None:
        clicks, self._late = self._late, []
        if is_last and not (questions or clicks):
            return
        try:
            queries = self._opened()
            if now >= self._next_purge:
                self._next_purge = now + _PURGE_SECONDS
                queries.purge(_now().date(), self.keep_days)
            if questions or clicks:
                self._full.count(queries.add(_now().date(), questions, clicks))
        except QueriesUnavailable as error:
            self._fail(error, len(questions), now)
        else:
            self._recover()

    def _opened(self) -> Queries:
        if self._queries is None:
            self._queries = Queries(self.folder, _now())
            if aside := self._queries.set_aside:
                log.error("%s was damaged and is now %s; a new one is begun", self._queries.file, aside)
        return self._queries

    def _fail(self, error: QueriesUnavailable, lost: int, now: float) -> None:
        """The next attempt opens the file anew, which also moves a damaged one aside."""
        self.close()
        self._lost += lost
        self._next_write = now + (0.0 if error.is_damaged else _RETRY_SECONDS)
        self._next_purge = 0.0
        if not self._is_failing() and not error.is_damaged:
            os.pwrite(self.channel.turn, FAILING, 0)
            log.error("%s: what visitors ask is not recorded until it can be; search answers on", error)

    def _recover(self) -> None:
        if self._is_failing():
            os.pwrite(self.channel.turn, WORKING, 0)
            log.warning("what visitors ask is recorded again; %d questions were lost", self._lost)
        self._lost = 0

    def _is_failing(self) -> bool:
        """Whether this worker, or the one whose turn it was before, has said that nothing can be recorded."""
        return os.pread(self.channel.turn, 1, 0) == FAILING


def _now() -> datetime:
    """Days are those of UTC, whatever the time zone of a machine."""
    return datetime.now(UTC)
