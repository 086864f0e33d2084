"""A pool of worker processes, for builds with more work than one core does in good time.

A worker is a new interpreter with two pipes, one for jobs and one for results. So it is safe in a process with threads,
never runs the program that started it again, and ends by itself, even in the middle of a job, as soon as the build's
end of its pipe is closed: however the build ends, no worker is left.
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
_Result = TypeVar("_Result")

# Jobs that a worker has at once: the current one, and one more, so that it never waits.
PREFETCH = 2
# The new interpreter finds modules where this one does; the program that started the build is not run again.
_START = "import sys; sys.path[:] = sys.argv[1:]; from indexer.content.pool import serve; serve()"


def cores() -> int:
    """The number of processes that can run at once here."""
    return len(os.sched_getaffinity(0)) if sys.executable else 1


def in_workers(
    work: Callable[[_Job], _Result], jobs: Sequence[_Job], workers: int, take: Callable[[int, _Result], None]
) -> None:
    """Runs `work` on every job in some worker, and calls `take` with the index and the result of each as it is done.

    work: a function at the top level of a module, or a `partial` of one. Raises what `work` or `take` raises, and
    BuildFailed if a worker dies. In any case no worker is left.
    """
    pending = iter(enumerate(jobs))
    with ExitStack() as stack:
        pool = [_Worker(work) for _ in range(min(workers, len(jobs)))]
        for worker in pool:
            stack.callback(worker.kill)
        for _ in range(PREFETCH):
            for worker in pool:
                worker.submit(next(pending, None))
        while busy := {worker.results: worker for worker in pool if worker.submitted}:
            for ready in wait(list(busy)):
                worker = busy[ready]  # type: ignore[index]  # these are the connections that were passed to wait
                index, result = worker.receive()
                worker.submit(next(pending, None))
                take(index, result)


class _Worker:
    """The build's end of a worker process. submitted: the indices of the jobs that have no result yet."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        jobs_in, jobs_out = os.pipe()
        results_in, results_out = os.pipe()
        self.submitted: list[int] = []
        self.results = Connection(results_in, writable=False)
        self._jobs = Connection(jobs_out, readable=False)
        # In a session of its own, so that Ctrl-C reaches only the build, which then kills its workers.
        self._process = subprocess.Popen(  # noqa: S603  # this same interpreter, with our own code
            [sys.executable, "-X", f"utf8={sys.flags.utf8_mode}", "-c", _START, *sys.path],
            stdin=jobs_in,
            stdout=results_out,
            start_new_session=True,
        )
        os.close(jobs_in)
        os.close(results_out)
        self._send(work)

    def submit(self, job: tuple[int, Any] | None) -> None:
        """Sends a job with its index; nothing for None."""
        if job:
            self.submitted.append(job[0])
            self._send(job[1])

    def receive(self) -> tuple[int, Any]:
        """The index of the next finished job, and its result."""
        try:
            succeeded, result = self.results.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if not succeeded:
            raise result
        return self.submitted.pop(0), result

    def kill(self) -> None:
        """Ends the process at once, even in the middle of a job."""
        self._process.kill()
        self._process.wait()
        self._jobs.close()
        self.results.close()

    def _send(self, job: Any) -> None:
        try:
            self._jobs.send(job)
        except OSError:
            raise self._death() from None

    def _death(self) -> BuildFailed:
        self.results.close()
        code = self._process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return BuildFailed(
            f"a process that read files for this build {how}: was there too little memory? "
            "What was published before still serves"
        )


# ------------------------------------------------------------------------------------------- within the worker


def serve() -> None:
    """The main loop of a worker: the first message is the function to call, all others are jobs."""
    results = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # so that nothing that a library prints gets between the results
    queue: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(Connection(os.dup(0), writable=False), queue), daemon=True).start()
    work = queue.get()
    gc.disable()  # posts have no reference cycles, and searching so many objects for them takes a quarter of the time
    with suppress(BrokenPipeError):
        while True:
            results.send(_outcome(work, queue.get()))


def _listen(jobs: Connection, queue: SimpleQueue[Any]) -> None:
    """Puts jobs into the queue. The end of the pipe means the end of the build, so it ends the process at once."""
    try:
        while True:
            queue.put(jobs.recv())
    except EOFError:
        os._exit(0)
    except BaseException:  # noqa: BLE001  # a thread that fails must not leave a process that waits forever
        traceback.print_exc()
        os._exit(70)


def _outcome(work: Callable[[Any], Any], job: Any) -> tuple[bool, Any]:
    """Whether a job succeeded, and its result or exception."""
    try:
        return True, work(job)
    except Exception as error:  # noqa: BLE001  # it is raised again in the build
        error.add_note(traceback.format_exc())
        return False, error
