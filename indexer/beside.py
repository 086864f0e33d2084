"""The folder beside the content: one writer at a time, and a file in it is the old one or the new, never half of one.

decisions.jsonl and tokens.json lie there. Whoever uses this says in words of its own what an OSError means.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 5.0  # seconds to wait for another writer


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Alone with a folder, which is made if it is not there. Raises OSError, a TimeoutError where another stays."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        wait_for(descriptor)
        yield
    finally:
        os.close(descriptor)


def wait_for(descriptor: int) -> None:
    """Has the lock of a folder until it is closed; the kernel lets go of it however the process ends.

    Raises TimeoutError.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another is writing there: try again") from None
            time.sleep(0.02)


def replace(file: Path, text: str, mode: int) -> None:
    """Replaces a file in one step, and has it on the disk before it returns. Only inside `alone_in`. Raises OSError."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)  # of a killed run, or a link that leads elsewhere
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fchmod(out.fileno(), mode)
        os.fsync(out.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
