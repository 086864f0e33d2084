"""A `seealso` that is there at once: a process that has imported everything forks for each call.

What runs is the real command in a process of its own, with the caller's arguments, environment, folder and streams;
only the start of Python and the imports are shared, which take ten times as long. A service is started so too: where
the command would hand its process over to the server with exec, the server's module runs in it. That the installed
command starts is shown in test_cli.py, and that it serves in test_server.py.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import termios
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOCKET = "socket"
LONGEST_CALL = 200_000  # bytes of arguments and environment

CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as command:
    command.connect({address!r})
    call = json.dumps([sys.argv[1:], dict(os.environ), False]).encode()
    socket.send_fds(command, [call], [0, 1, 2, os.open(".", os.O_RDONLY)])
    command.recv(9)
    code = int(command.recv(9))
    sys.exit(code if code >= 0 else 128 - code)
"""


@cache
def warm_command() -> Path:
    """The path of an executable called seealso, which is there until this process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(_warm_command())


@contextmanager
def _warm_command() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        client = Path(folder, "seealso")
        client.write_text(CLIENT.format(python=sys.executable, address=f"{folder}/{SOCKET}"))
        client.chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, __file__, folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield client
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


class WarmProcess:
    """One call of the command, with as much of `subprocess.Popen` as is needed."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        streams: Sequence[int],
        has_terminal: bool = False,
    ) -> None:
        """streams: the descriptors of standard input, output and errors. has_terminal: they are a terminal, which
        becomes the command's own, signals included."""
        self.returncode: int | None = None
        self._call = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._call.connect(str(warm_command().with_name(SOCKET)))
        call = json.dumps([list(map(str, arguments)), dict(environment), has_terminal]).encode()
        place = os.open(folder, os.O_RDONLY)
        socket.send_fds(self._call, [call], [*streams, place])
        os.close(place)
        self.pid = int(self._call.recv(9))

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float) -> int:
        """Raises BlockingIOError or TimeoutError."""
        code = self._ended(timeout)
        if code is None:
            raise TimeoutError(f"process {self.pid} has not ended within {timeout} s")
        return code

    def _ended(self, seconds: float) -> int | None:
        if self.returncode is None:
            self._call.settimeout(seconds)
            try:
                self.returncode = int(self._call.recv(9))
                self._call.close()
            except (BlockingIOError, TimeoutError):
                return None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Call(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Runs in a fork, which forks the command and waits for it."""
        call, descriptors, _, _ = socket.recv_fds(self.request, LONGEST_CALL, 4)
        process = os.fork()
        if process == 0:
            self.request.close()
            os._exit(_call(descriptors, *json.loads(call)))
        for descriptor in descriptors:
            os.close(descriptor)
        self.request.send(b"%d" % process)
        _, status = os.waitpid(process, 0)
        self.request.send(b"%d" % os.waitstatus_to_exitcode(status))


def _call(descriptors: list[int], arguments: list[str], environment: dict[str, str], has_terminal: bool) -> int:
    """Runs the command; its exit code."""
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    os.fchdir(descriptors[3])
    for descriptor in descriptors:
        os.close(descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have its jobs ignore it
    if has_terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # the environment names another
    sys.argv = ["seealso", *arguments]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115  # a terminal, maybe
    os.execv = _server_instead  # type: ignore[assignment]
    return _exit_code()


def _exit_code() -> int:
    """Runs the command; what a shell would see of it."""
    from indexer.cli import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as Python ends where nobody catches
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _server_instead(_: str, command: list[str]) -> None:
    assert command == [sys.executable, "-P", "-m", "service.server"]
    import service.logs

    # What standard error is, it has looked at when it was imported.
    service.logs._stderr = service.logs.Stderr()  # noqa: SLF001
    del sys.modules["service.server"]  # else Python warns that it is there twice
    runpy.run_module("service.server", run_name="__main__")
    sys.exit()


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    socket_type = socket.SOCK_SEQPACKET


def _import_all(*packages: str) -> None:
    for package in packages:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            import_module(module.name)


if __name__ == "__main__":
    import sklearn.linear_model
    import sklearn.preprocessing  # noqa: F401  # as a build does; imported here so that the forks need not

    _import_all("indexer", "service")
    gc.freeze()  # else the first collection of every fork would copy all of it
    with _Server(f"{sys.argv[1]}/{SOCKET}", _Call) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()
