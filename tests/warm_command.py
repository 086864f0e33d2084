"""A `seealso` that is there at once: a process that has imported everything forks for each call.

What runs is the real command in a process of its own, with the caller's arguments, environment, folder and streams;
only the start of Python and the imports are shared, which take ten times as long. It is for tests of what is printed;
that the installed command starts is shown in test_cli.py, and signals of a terminal do not reach it.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOCKET = "socket"
LONGEST_CALL = 200_000  # bytes of arguments and environment

CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as command:
    command.connect({address!r})
    call = json.dumps([sys.argv[1:], dict(os.environ)]).encode()
    socket.send_fds(command, [call], [0, 1, 2, os.open(".", os.O_RDONLY)])
    sys.exit(command.recv(1)[0])
"""


@contextmanager
def warm_command() -> Iterator[Path]:
    """The path of an executable called seealso."""
    with tempfile.TemporaryDirectory() as folder:
        client = Path(folder, "seealso")
        client.write_text(CLIENT.format(python=sys.executable, address=f"{folder}/{SOCKET}"))
        client.chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, __file__, folder],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield client
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


class _Call(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        """Runs in a fork."""
        call, descriptors, _, _ = socket.recv_fds(self.request, LONGEST_CALL, 4)
        arguments, environment = json.loads(call)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        os.fchdir(descriptors[3])
        for descriptor in descriptors:
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["seealso", *arguments]
        self.request.send(bytes([_exit_code()]))


def _exit_code() -> int:
    """Runs the command; what a shell would see of it."""
    from indexer.cli import main

    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115  # a terminal, maybe
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


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    socket_type = socket.SOCK_SEQPACKET


if __name__ == "__main__":
    import sklearn.linear_model
    import sklearn.preprocessing  # noqa: F401  # as a build does; imported here so that the forks need not

    import indexer

    for module in pkgutil.walk_packages(indexer.__path__, "indexer."):
        import_module(module.name)
    gc.freeze()  # else the first collection of every fork would copy all of it
    with _Server(f"{sys.argv[1]}/{SOCKET}", _Call) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()
