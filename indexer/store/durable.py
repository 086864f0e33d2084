"""One writer at a time in a directory, and a file that is the old one or the new, never half of one.

    new file ── write ── prepare ── fsync ── check ── rename over the old one ── fsync of the directory
       .NAME.seealso-<16 hex digits>, removed by the next write where this one was killed

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
    """The file is replaced, and may be the old one again if the power fails now."""


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Alone with a folder, which is made if it is not there. Raises OSError, a TimeoutError where another stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened_folder(folder, follow=True) as descriptor:
        lock(descriptor)
        yield


def lock(descriptor: int, seconds: float = LOCK_SECONDS) -> None:
    """Locks a folder until its descriptor is closed; the kernel lets go of it however the process ends.

    seconds: to wait for another; 0 tries once. Raises TimeoutError.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise TimeoutError(errno.ETIMEDOUT, "another is writing there: try again") from None
            time.sleep(0.02)


def replace_file(file: Path, data: bytes, mode: int) -> None:
    """Replaces a file in one step, and has it on the disk before it returns. Only inside a lock of its folder.

    Raises OSError, a NotDurable where the file is replaced already.
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
    """`replace_file` by the descriptor of the folder.

    prepare: gives the new file, by its descriptor, its mode and what else belongs to it. check: called right before
    the old file is replaced; it stays where this raises.
    """
    remove_leftovers(folder, name)
    temporary = _stem(name) + secrets.token_hex(8)
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
    """Removes what a killed write of a file left. Only inside a lock of its folder. Raises OSError."""
    leftover = re.compile(re.escape(_stem(name)) + "[0-9a-f]{16}")
    for entry in os.listdir(folder):
        if leftover.fullmatch(entry):
            os.unlink(entry, dir_fd=folder)


def _stem(name: str) -> str:
    """How the names of the new files begin that are to replace a file; short enough for any file system."""
    return f".{name[:40]}.seealso-"


def sync_directory(path: Path) -> None:
    """Has the names in a directory on the disk. Raises OSError."""
    with opened_folder(path, follow=True) as descriptor:
        os.fsync(descriptor)
