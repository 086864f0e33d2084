"""A real `seealso serve` on a free port of this machine, for as long as a test needs it.

It is started warm (warm_command.py), unless how the installed command starts is the claim.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from warm_command import WarmProcess

COMMAND = Path(sys.executable).with_name("seealso")
PATIENCE = 15.0  # seconds; a deadline for a broken service, not a measure of a good one


def until(claim: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Waits until a claim holds."""
    deadline = time.monotonic() + patience
    while not claim():
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.02)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SEEALSO_")}


def free_port() -> int:
    """A port of this machine that nobody listens on; somebody else may take it before it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One running service."""

    def __init__(self, process: subprocess.Popen[bytes] | WarmProcess, port: int) -> None:
        self.process = process
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.said = ""  # on standard error, once it has ended

    def get(self, path: str) -> tuple[int, Any]:
        """Status and body: JSON as values, everything else as text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            kind = response.headers.get("Content-Type", "")
            return response.status, json.loads(body) if "json" in kind else body
        finally:
            connection.close()

    def is_up(self) -> bool:
        assert self.process.poll() is None, "the service ended"
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def search(self, words: str) -> list[str]:
        """The ids of the hits."""
        status, body = self.get(f"/api/v1/search?q={quote(words)}")
        assert status == 200, body
        return [hit["id"] for hit in body["hits"]]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def raw(self, data: bytes) -> bytes:
        """What the server says to exactly these bytes, until it closes."""
        with self.connect() as connection:
            with suppress(OSError):  # a server that has seen enough may close before it has seen all
                connection.sendall(data)
            said = b""
            while True:
                try:
                    piece = connection.recv(65_536)
                except ConnectionResetError:
                    return said
                if not piece:
                    return said
                said += piece


@contextmanager
def serving(
    content: Path,
    index: Path,
    settings: Path | None = None,
    is_killed: bool = False,
    variables: Mapping[str, str] = {},
    is_warm: bool = True,
) -> Iterator[Server]:
    """Starts the service and waits until it is up; ends it afterwards.

    is_killed: the test itself kills it. is_warm: without the start of Python and the imports.
    """
    port = free_port()
    flags = ["--settings", str(settings)] if settings else []
    told: list[str | Path] = [*flags, "--content", content, "--index", index, "serve", "--port", str(port)]
    log, written = os.pipe()
    process = _started(told, environment() | dict(variables), content, written, is_warm)
    os.close(written)
    server = Server(process, port)
    try:
        until(server.is_up, "the service is up")
        yield server
    finally:
        process.terminate()
        code = process.wait(timeout=PATIENCE)
        with open(log, encoding="utf-8") as file:
            server.said = file.read()
        assert code == (-signal.SIGKILL if is_killed else 0), (code, server.said[-2_000:])
        assert "Traceback" not in server.said, server.said


def _started(
    told: list[str | Path], variables: Mapping[str, str], folder: Path, log: int, is_warm: bool
) -> subprocess.Popen[bytes] | WarmProcess:
    """The command with its standard error to a descriptor."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        if is_warm:
            return WarmProcess(told, variables, folder, [nowhere, nowhere, log])
        return subprocess.Popen([COMMAND, *told], stdout=nowhere, stderr=log, env=variables, cwd=folder)
    finally:
        os.close(nowhere)
