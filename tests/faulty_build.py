"""Runs real `seealso build`s that meet a fault at an exact point. A process of its own, driven by tests/test_faults.py.

    {"arguments": ["--index", …, "build"], "fault": "SIGKILL", "at": 17}    a request; a list of them a line
    {"arguments": […], "fault": "gate", "gate": FILE}    waits at its first file until the others have ended
    {… "gate": FILE, "after": true}                      starts when that one waits
    {"exit": 137, "out": …, "err": …, "calls": […]}      an answer; a list of them a line

Everything heavy is imported once; each build runs in a fork, where the calls below are counted and, at the one that
was asked for, the fault happens. Files are written through Python's own layers down to one replaced raw `write`, so
that buffers, partial writes and the order of calls are the real ones.
"""

from __future__ import annotations

import builtins
import errno
import gc
import io
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from typing import Any

AT_ONCE = 3
LONGEST = 30  # seconds, after which a build that hangs is ended

real_open = io.open
real_write = os.write
STARTED_WRITING = {"open", "mkdir", "write"}


class Points:
    """Counts the calls that change the disk, and makes the fault happen at one of them."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.fault = request["fault"]
        self.at = request.get("at", 0)
        self.gate: str | None = request.get("gate")
        self.calls: list[str] = []

    def reached(self, call: str, what: object, write_half: Callable[[], object] = lambda: None) -> None:
        self.calls.append(f"{call} {_replaced(os.path.basename(_name(what) or ''))}")
        if self.gate and call == "open":
            self._wait_at_gate()
        if self.fault == "ENOSPC" and len(self.calls) >= self.at and call in STARTED_WRITING:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), _name(what))  # a full disk stays full
        if len(self.calls) != self.at:
            return
        if self.fault == "SIGKILL":
            write_half()
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.fault in ("SIGTERM", "SIGINT"):
            os.kill(os.getpid(), signal.Signals[self.fault])
        elif self.fault == "EIO":
            raise OSError(errno.EIO, os.strerror(errno.EIO), _name(what))

    def _wait_at_gate(self) -> None:
        """The first file is only opened with the lock held, so that others can be seen to meet the lock."""
        real_open(f"{self.gate}.reached", "w").close()
        while self.gate and not os.path.exists(self.gate):
            time.sleep(0.005)
        self.gate = None


def _replaced(name: str) -> str:
    """The name of a file; of a new one that is to replace another the name of that."""
    return re.sub(r"\.(.+)\.seealso-[0-9a-f]{16}", r"\1", name)


def _name(what: object) -> str | None:
    return os.fspath(what) if isinstance(what, str | os.PathLike) else None


def count(points: Points) -> None:
    """Replaces the calls that change the disk by ones that count and fail. Only in a fork."""

    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            half = bytes(data)[: len(data) // 2]
            points.reached("write", self.name, lambda: real_write(self.fileno(), half))
            return super().write(data)

    def counted_open(file: Any, mode: str = "r", buffering: int = -1, *text: Any, **rest: Any) -> Any:
        if isinstance(file, int) or not set(mode) & set("wax+"):
            return real_open(file, mode, buffering, *text, **rest)
        points.reached("open", file)
        raw = Raw(file, mode.replace("b", "").replace("t", ""))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *text, **rest)

    def counted_os_open(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_CREAT:
            points.reached("open", path)
        return real_os_open(path, flags, *rest, **more)

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*values: Any, **more: Any) -> Any:
            points.reached(name, values[0])
            return real(*values, **more)

        return call

    real_os_open = os.open
    builtins.open = io.open = counted_open
    os.open = counted_os_open
    for name in ("mkdir", "fsync", "rename", "replace", "unlink", "remove", "rmdir"):
        setattr(os, name, counted(name))

    from whoosh.writing import SegmentWriter

    real_commit = SegmentWriter.commit

    def commit(self: Any, *values: Any, **more: Any) -> None:
        points.reached("commit", "Whoosh, before")
        real_commit(self, *values, **more)
        points.reached("commit", "Whoosh, after")

    SegmentWriter.commit = commit


def build(request: dict[str, Any], calls: int) -> int:
    """One build with its fault; the exit code that a shell would see."""
    from indexer.cli import main

    signal.alarm(LONGEST)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    points = Points(request)
    while request.get("after") and not os.path.exists(f"{request['gate']}.reached"):
        time.sleep(0.005)
    if request["fault"] == "file size":
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["at"], request["at"]))
    elif request["fault"] == "nobody" and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)  # root may write anywhere, so it is nobody who meets a folder that cannot be written
    else:
        count(points)
    try:
        main(request["arguments"], prog_name="seealso")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # what the command lets through is what the test looks for
        traceback.print_exc()
        return 1
    finally:
        real_write(calls, json.dumps(points.calls).encode())
    return 0


def fork(request: dict[str, Any]) -> int:
    """Starts a build; what it prints goes into pipes, for a file-size limit holds for files of ours too."""
    pipes = [os.pipe() for _ in range(3)]
    request["pipes"] = [reading for reading, _ in pipes]
    if child := os.fork():
        for _, writing in pipes:
            os.close(writing)
        return child
    code = 70
    try:
        os.dup2(pipes[0][1], 1)
        os.dup2(pipes[1][1], 2)
        code = build(request, pipes[2][1])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def answer(request: dict[str, Any], status: int) -> dict[str, Any]:
    texts = []
    for descriptor in request.pop("pipes"):
        with open(descriptor, encoding="utf-8") as pipe:
            texts.append(pipe.read())
    code = os.waitstatus_to_exitcode(status)
    said = {"exit": code if code >= 0 else 128 - code, "out": texts[0], "err": texts[1]}
    return said | {"calls": json.loads(texts[2] or "[]")}


def run(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All builds, some at a time; those with a gate all at once, and it opens when only one is still at work."""
    answers: dict[int, dict[str, Any]] = {}
    waiting = list(enumerate(requests))
    running: dict[int, int] = {}
    gates = {request["gate"] for request in requests if request.get("gate")}
    while waiting or running:
        while waiting and (gates or len(running) < AT_ONCE):
            number, request = waiting.pop(0)
            running[fork(request)] = number
        if gates and len(running) == 1:
            open(gates.pop(), "w").close()
        child, status = os.wait()
        number = running.pop(child)
        answers[number] = answer(requests[number], status)
    return [answers[number] for number in range(len(requests))]


if __name__ == "__main__":
    import whoosh.writing  # noqa: F401  # as a build does; imported here so that the forks need not

    import indexer.build
    import indexer.cli
    import indexer.search.whoosh

    # One build before any fault loads whatever is loaded late.
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/content")
        with open(f"{folder}/content/a.md", "w") as post:
            post.write("---\ntitle: A warm oven\n---\nBread.\n")
        indexer.cli.main(
            ["--content", f"{folder}/content", "--index", f"{folder}/index", "build", "--json"], standalone_mode=False
        )
    gc.freeze()  # else the first collection of every fork would copy all that was imported
    sys.stdout.write("\n")
    for line in sys.stdin:
        sys.stdout.write("\x1e" + json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
