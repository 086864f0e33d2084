"""Work that is shared out to processes, for a build that has more to do than one core does in good time.

A worker is a fresh interpreter with two pipes, one for jobs and one for what it made of them. So it is safe beside
threads, never runs the program that started it once more, and ends by itself, in the middle of a job too, as soon as
the other end of its pipe is gone: however the build ends, nothing stays behind.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from indexer.errors import BuildFailed

_Job = TypeVar("_Job")
_Done = TypeVar("_Done")

# Jobs that a worker has at once: the one it is at, and one so that it never waits for the next.
AHEAD = 2
# A new interpreter finds the modules where this one does; what started the build is not run again.
_START = "import sys; sys.path[:] = sys.argv[1:]; from indexer.content.pool import serve; serve()"


def cores() -> int:
    """How many processes may run at once here."""
    return len(os.sched_getaffinity(0)) if sys.executable else 1


def in_workers(
    work: Callable[[_Job], _Done], jobs: Sequence[_Job], workers: int, take: Callable[[int, _Done], None]
) -> None:
    """Has every job done by some worker, and calls `take` with its number and what was made of it, as it comes.

    work: a function at the top of a module, or a `partial` of one. Raises what `work` or `take` raises, and
    BuildFailed where a worker dies. However it ends, no worker is left.
    """
    waiting = iter(enumerate(jobs))
    with ExitStack() as stack:
        crew = [_Worker(work) for _ in range(min(workers, len(jobs)))]
        for worker in crew:
            stack.callback(worker.end)
        for _ in range(AHEAD):
            for worker in crew:
                worker.give(next(waiting, None))
        while busy := {worker.done: worker for worker in crew if worker.at}:
            for done in wait(list(busy)):
                worker = busy[done]  # type: ignore[index]  # what was waited for are connections
                number, made = worker.take()
                worker.give(next(waiting, None))
                take(number, made)


class _Worker:
    """One process, as the build sees it."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        its_jobs, jobs = os.pipe()
        done, its_done = os.pipe()
        self.at: list[int] = []  # the jobs that it was given and has not done
        self.done = Connection(done, writable=False)
        self._jobs = Connection(jobs, readable=False)
        # A session of its own, so that Ctrl-C reaches the build alone, which then ends its workers.
        self._process = subprocess.Popen(  # noqa: S603  # this very interpreter, with code of ours
            [sys.executable, "-X", f"utf8={sys.flags.utf8_mode}", "-c", _START, *sys.path],
            stdin=its_jobs,
            stdout=its_done,
            start_new_session=True,
        )
        os.close(its_jobs)
        os.close(its_done)
        self._send(work)

    def give(self, job: tuple[int, Any] | None) -> None:
        """Hands over a numbered job; none where there is none."""
        if job:
            self.at.append(job[0])
            self._send(job[1])

    def take(self) -> tuple[int, Any]:
        """The number of the job that was done, and what was made of it."""
        try:
            succeeded, made = self.done.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if not succeeded:
            raise made
        return self.at.pop(0), made

    def end(self) -> None:
        """Ends the process at once, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self._jobs.close()
        self.done.close()

    def _send(self, job: Any) -> None:
        try:
            self._jobs.send(job)
        except OSError:
            raise self._death() from None

    def _death(self) -> BuildFailed:
        self.done.close()
        code = self._process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return BuildFailed(
            f"a process that read files for this build {how}: was there too little memory? "
            "What was published before still serves"
        )


# ------------------------------------------------------------------------------------------- within the worker


def serve() -> None:
    """The life of a worker: the first message is the work to do, all others are jobs."""
    done = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # what a library may print must not come among the answers
    waiting: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(Connection(os.dup(0), writable=False), waiting), daemon=True).start()
    work = waiting.get()
    gc.disable()  # posts hold no cycles, and looking for some among so many objects takes a quarter of the time
    with suppress(BrokenPipeError):
        while True:
            done.send(_made(work, waiting.get()))


def _listen(jobs: Connection, waiting: SimpleQueue[Any]) -> None:
    """Passes on jobs. The end of the pipe is the end of the build, so it ends the process there and then."""
    try:
        while True:
            waiting.put(jobs.recv())
    except EOFError:
        os._exit(0)
    except BaseException:  # noqa: BLE001  # a thread that fails must not leave a process that waits for ever
        traceback.print_exc()
        os._exit(70)


def _made(work: Callable[[Any], Any], job: Any) -> tuple[bool, Any]:
    try:
        return True, work(job)
    except Exception as error:  # noqa: BLE001  # it is raised again in the build
        error.add_note(traceback.format_exc())
        return False, error
