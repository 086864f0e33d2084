"""Durable writes: one writer at a time in a directory, and files that are replaced atomically.

    temporary file ── write ── prepare ── fsync ── check ── rename over the old file ── fsync of the directory
       .NAME.seealso-<16 hex digits>; if a write is killed, the next one removes it

Everything that must survive a power failure is written here: state files, exports, posts, manifests, `current`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indexer.store.regular_files import opened_folder

LOCK_SECONDS = 5.0


class NotDurable(OSError):
    """The file was replaced, but its directory was not synced: a power failure may bring the old file back."""


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Locks a folder, which is created if missing. Raises OSError; a TimeoutError if another process keeps the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened_folder(folder, follow=True) as descriptor:
        lock(descriptor)
        yield


def lock(descriptor: int, seconds: float | None = None) -> None:
    """Locks a folder until its descriptor is closed, which the kernel does however the process ends.

    seconds: how long to wait for another process; 0 tries once, None waits LOCK_SECONDS. Raises TimeoutError.
    """
    deadline = time.monotonic() + (LOCK_SECONDS if seconds is None else seconds)
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another is writing there: try again") from None
            time.sleep(0.02)


def replace_file(file: Path, data: bytes, mode: int) -> None:
    """Replaces a file atomically, and returns once it is on the disk. Only inside a lock on its folder.

    Raises OSError; a NotDurable if the file was already replaced.
    """
    with opened_folder(file.parent, follow=True) as folder:
        replace_at(folder, file.name, data, lambda descriptor: os.fchmod(descriptor, mode))


def replace_at(
    folder: int,
    name: str,
    data: bytes,
    prepare: Callable[[int], None],
    check: Callable[[], object] = lambda: None,
) -> None:
    """As `replace_file`, by the descriptor of the folder.

    prepare: sets the mode and other metadata of the new file, by its descriptor. check: called right before the old
    file is replaced, which stays if this raises.
    """
    remove_leftovers(folder, name)
    temporary = _temporary_prefix(name) + secrets.token_hex(8)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            prepare(descriptor)
            os.fsync(descriptor)
        check()
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    try:
        os.fsync(folder)
    except OSError as error:
        raise NotDurable(error.errno, error.strerror) from None


def remove_leftovers(folder: int, name: str) -> None:
    """Removes temporary files of killed writes of a file. Only inside a lock on its folder. Raises OSError."""
    leftover = re.compile(re.escape(_temporary_prefix(name)) + "[0-9a-f]{16}")
    for entry in os.listdir(folder):
        if leftover.fullmatch(entry):
            os.unlink(entry, dir_fd=folder)


def _temporary_prefix(name: str) -> str:
    """The prefix of the temporary files that replace a file; short enough for any file system."""
    return f".{name[:40]}.seealso-"


def sync_directory(path: Path) -> None:
    """Syncs the entries of a directory to disk. Raises OSError."""
    with opened_folder(path, follow=True) as descriptor:
        os.fsync(descriptor)
