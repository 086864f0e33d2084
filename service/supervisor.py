"""Keeps a number of worker processes at work: one that ends or falls silent is replaced, whatever the others do.

    parent ── fork ──▶ worker 1 ── a beat each second, written to a pipe ──▶ parent
           ── fork ──▶ worker 2 ── …
           ── fork ──▶ metrics ── …

A worker beats from the loop that also answers requests, so a beat means that it answers: a process that was stopped,
or that hangs in one request, falls silent and is killed. Each death in a row makes the pause before the next start
longer, so a worker that cannot live costs little, and the others go on.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

log = logging.getLogger("seealso")

BEAT_SECONDS = 1.0
# Without a beat for so long a worker is taken to hang. Between the start of a process and its first beat it opens the
# generation, which takes longer where that is large or the machine busy.
SILENT_SECONDS = 10.0
START_SECONDS = 60.0
# Before the second start in a row, and before every one after many.
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
# A worker that has lived so long died of something new.
SETTLED_SECONDS = 60.0
# What passes between two looks counts as this much at most: a machine that was suspended is no worker that hangs.
LONGEST_LOOK = 2.0

_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class Heart:
    """A worker's end of the pipe to its parent."""

    _parent: int
    _pipe: Connection

    def beat(self) -> None:
        """Tells the parent that this worker answers. Ends the process where the parent is gone: it would keep the
        port, and nobody could stop it."""
        if os.getppid() != self._parent:
            os._exit(1)
        with suppress(BlockingIOError):  # the parent is stopped; it will find enough beats when it goes on
            os.write(self._pipe.fileno(), b".")


@dataclass(slots=True)
class _Place:
    """One of the workers that there should be, alive or not."""

    name: str
    work: Callable[[Heart], None]
    process: BaseProcess | None = None
    pipe: Connection | None = None
    has_beaten: bool = False
    silent: float = 0.0
    lived: float = 0.0
    deaths: int = 0  # in a row
    pause: float = 0.0  # until the next start

    @property
    def patience(self) -> float:
        return SILENT_SECONDS if self.has_beaten else START_SECONDS


@dataclass(slots=True)
class Supervisor:
    """Keeps a process at each work until it is stopped by a signal.

    works: what each process does, by its name in the log. on_first_beat: called once, when the first of them answers.
    stop_seconds: what workers get to end by themselves.
    """

    works: Mapping[str, Callable[[Heart], None]]
    stop_seconds: float
    on_first_beat: Callable[[], None]
    _places: list[_Place] = field(default_factory=list)
    _is_first: bool = True

    def run(self) -> None:
        """Returns when SIGTERM, SIGINT or SIGHUP has come and every worker has ended."""
        self._places = [_Place(name, work) for name, work in self.works.items()]
        with _woken_by_signals() as stop:
            before = time.monotonic()
            while not stop.poll():
                for place in self._places:
                    if place.process is None and place.pause <= 0:
                        self._start(place)
                connection.wait([stop, *self._watched()], timeout=BEAT_SECONDS / 2)
                now = time.monotonic()
                self._look(min(now - before, LONGEST_LOOK))
                before = now
            self._stop()

    def _watched(self) -> Iterator[int | Connection]:
        for place in self._places:
            if place.process is not None and place.pipe is not None:
                yield place.process.sentinel
                yield place.pipe

    def _start(self, place: _Place) -> None:
        ours, theirs = connection.Pipe(duplex=False)
        os.set_blocking(ours.fileno(), False)
        os.set_blocking(theirs.fileno(), False)
        heart = Heart(os.getpid(), theirs)
        process = get_context("fork").Process(target=_worker, args=(place.work, heart), name="seealso-worker")
        process.start()
        log.info("%s starts as process %s", place.name, process.pid)
        theirs.close()
        place.process, place.pipe = process, ours
        place.has_beaten, place.silent, place.lived = False, 0.0, 0.0

    def _look(self, passed: float) -> None:
        """Reads all beats before it judges anybody, since the parent may have been stopped itself."""
        for place in self._places:
            if place.process is None:
                place.pause -= passed
                continue
            place.lived += passed
            place.silent = 0.0 if self._has_beaten(place) else place.silent + passed
            if place.process.exitcode is not None:
                self._bury(place, f"{place.name} ({place.process.pid}) ended ({_meaning(place.process.exitcode)})")
            elif place.silent > place.patience:
                place.process.kill()
                place.process.join()
                self._bury(
                    place, f"{place.name} ({place.process.pid}) was silent for {place.silent:.0f} s and was killed"
                )

    def _has_beaten(self, place: _Place) -> bool:
        try:
            beats = place.pipe is not None and bool(os.read(place.pipe.fileno(), 65_536))
        except BlockingIOError:
            return False
        if beats and self._is_first and place is self._places[0]:
            self._is_first = False
            self.on_first_beat()
        place.has_beaten |= beats
        return beats

    def _bury(self, place: _Place, what: str) -> None:
        if place.process is None or place.pipe is None:
            return
        place.deaths = 1 if place.lived > SETTLED_SECONDS else place.deaths + 1
        place.pause = 0.0 if place.deaths == 1 else min(FIRST_PAUSE * 2.0 ** (place.deaths - 2), LONGEST_PAUSE)
        log.error("%s; another starts%s", what, f" in {place.pause:g} s" if place.pause else "")
        place.process.close()
        place.pipe.close()
        place.process = place.pipe = None

    def _stop(self) -> None:
        alive = [(place.name, place.process) for place in self._places if place.process is not None]
        for _, process in alive:
            process.terminate()
        until = time.monotonic() + self.stop_seconds
        for name, process in alive:
            process.join(max(0.0, until - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()
            log.info("%s ends, as the service does", name)


def _worker(work: Callable[[Heart], None], heart: Heart) -> None:
    """The whole of a worker's life. A Ctrl-C reaches all processes of a terminal; the parent ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    work(heart)


def _meaning(exit_code: int) -> str:
    if exit_code < 0:
        try:
            return signal.Signals(-exit_code).name
        except ValueError:
            return f"signal {-exit_code}"
    return f"exit code {exit_code}"


@contextmanager
def _woken_by_signals() -> Iterator[Connection]:
    """A pipe that has something to read as soon as the process is told to stop; the handlers of before come back."""
    ours, theirs = connection.Pipe(duplex=False)
    os.set_blocking(theirs.fileno(), False)

    def stop(*_: object) -> None:
        os.write(theirs.fileno(), b".")

    before = {number: signal.signal(number, stop) for number in _STOPS}
    try:
        yield ours
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        ours.close()
        theirs.close()
