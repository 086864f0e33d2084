"""Builds whenever a file of the content changes, for whoever writes: `seealso serve --watch`.

A build is a process of its own, as if the command had been typed, so what it takes is free again when it has ended,
and a file that cannot be read ends nothing. What changes while one runs is built after it.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from indexer.settings import Settings
from service.supervisor import Heart

log = logging.getLogger("seealso")

# Between two signs of life; a change is told at once.
_LOOK_MILLISECONDS = 500
_BUILD = (sys.executable, "-P", "-c", "from indexer.cli import main; main()", "build")


class _Content(DefaultFilter):
    """What may be content: not what editors and version control leave, and not the index."""

    def __init__(self, index: Path) -> None:
        super().__init__()
        self._index = os.path.realpath(index)

    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not Path(path).is_relative_to(self._index)


def build_on_change(settings: Settings, heart: Heart) -> None:
    """Builds now, and again after each change of the content or of what editors decided, until SIGTERM."""
    signal.signal(signal.SIGTERM, _stop)
    logging.getLogger("watchfiles").setLevel(logging.ERROR)  # it would say that it was stopped
    folders = [os.path.realpath(settings.content.directory)]
    if settings.decided.is_dir():
        folders.append(os.path.realpath(settings.decided))
    builds = _Builds()
    try:
        for changes in watch(
            *folders,
            watch_filter=_Content(settings.index.directory),
            rust_timeout=_LOOK_MILLISECONDS,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            heart.beat()
            builds.go_on(is_wanted=bool(changes))
    finally:
        builds.stop()


def _stop(*_: object) -> None:
    sys.exit(0)


class _Builds:
    """One build at a time; the first is wanted from the start."""

    def __init__(self) -> None:
        self._is_wanted = True
        self._running: subprocess.Popen[bytes] | None = None

    def go_on(self, is_wanted: bool) -> None:
        self._is_wanted |= is_wanted
        if self._running is not None:
            if self._running.poll() is None:
                return
            if code := self._running.returncode:
                log.warning("the build failed (exit code %d); what was published before serves on", code)
            self._running = None
        if self._is_wanted:
            # It is told the same as this service, by the environment, and says itself what is wrong.
            self._running = subprocess.Popen(_BUILD, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
            self._is_wanted = False

    def stop(self) -> None:
        if self._running is not None:
            self._running.terminate()
            self._running.wait()
