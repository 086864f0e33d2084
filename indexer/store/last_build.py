"""last_build.json: how the last build ended, for those who watch; it lies beside `current`, and nothing rests on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from indexer.errors import BuildFailed
from indexer.store.durable import replace_file

LAST_BUILD, MODE = "last_build.json", 0o644


class Outcome(StrEnum):
    """How a build ended. One that was stopped or killed leaves what the one before it has left."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class LastBuild(msgspec.Struct, frozen=True):
    """ended_at: UTC. seconds: how long it took."""

    outcome: Outcome
    ended_at: datetime
    seconds: float


class BuildRecord:
    """What is going to be recorded of a build under way; one that ends without a word has published."""

    outcome = Outcome.PUBLISHED


@contextmanager
def recorded(index: Path, check_still_held: Callable[[], None], started: float) -> Iterator[BuildRecord]:
    """Records how the build within ends. check_still_held: of the lock on the index. started: by `time.monotonic`."""
    record = BuildRecord()
    try:
        yield record
    except Exception:
        _write(index, check_still_held, Outcome.FAILED, started)
        raise
    _write(index, check_still_held, record.outcome, started)


def _write(index: Path, check_still_held: Callable[[], None], outcome: Outcome, started: float) -> None:
    last = LastBuild(outcome, datetime.now(UTC), round(time.monotonic() - started, 2))
    # A build that could do its work has not failed because this cannot be noted, and another index is not its own.
    with suppress(OSError, BuildFailed):
        check_still_held()
        replace_file(index / LAST_BUILD, msgspec.json.encode(last), MODE)


def read_last_build(index: Path) -> LastBuild | None:
    """None where no build has ended yet, or what is recorded cannot be read."""
    try:
        return msgspec.json.decode((index / LAST_BUILD).read_bytes(), type=LastBuild)
    except (OSError, msgspec.MsgspecError):
        return None
