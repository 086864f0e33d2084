"""Runs a peer in processes of its own, and watches the memory of those that it starts itself."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IN_NODE = ("minisearch", "pagefind")
_EVERY = 0.1  # seconds between two looks at the memory


class PeerFailed(Exception):
    """A peer ended with an error, which stands above on stderr."""


def run(peer: str, verb: str, material: Path, index: Path) -> Any:
    """What a peer tells of one verb. For a build, `peak` covers the processes that it started too."""
    command = (
        ["node", str(HERE / f"{peer}.mjs")]
        if peer in IN_NODE
        else [sys.executable, "-m", f"{__package__}.run_one", peer]
    )
    with subprocess.Popen([*command, verb, str(material), str(index)], stdout=subprocess.PIPE) as process:
        family = _Family(process.pid)
        with family:
            out, _ = process.communicate()
    if process.returncode:
        raise PeerFailed(f"{peer}: {verb} ended with {process.returncode}")
    told = json.loads(out.splitlines()[-1])
    if verb == "build":
        told["peak"] = max(told["peak"], family.peak)
    return told


class _Family:
    """The most MB that a process and its descendants took together while it had any, pages they share counted once.

    A process alone tells its peak by itself, exactly; looking at it from here would only cost it time.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            family = _descendants(self._pid)
            if len(family) > 1:
                self.peak = max(self.peak, sum(map(_proportional_megabytes, family)))


def _descendants(pid: int) -> list[int]:
    found = [pid]
    with suppress(OSError):  # it ended while we looked
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found += _descendants(int(child))
    return found


def _proportional_megabytes(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
