"""Opening files that somebody else may replace: only regular files are read, no link is followed, nothing blocks.

What is checked is the descriptor that was opened, so the file cannot be swapped in between. If it is no regular file,
`strerror` of the OSError says what it is instead; callers turn that into an error of this product.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LINK, OTHER = "it is a symbolic link", "it is not a regular file"


@contextmanager
def opened_folder(folder: Path | str, within: int | None = None, *, follow: bool = False) -> Iterator[int]:
    """The descriptor of a folder. follow: whether it may be a symbolic link. Raises OSError."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(folder, flags, dir_fd=within)
    except NotADirectoryError:  # raised for a link too
        if stat.S_ISLNK(os.stat(folder, dir_fd=within, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, LINK) from None
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_file(file: Path | str, within: int | None = None) -> Iterator[int]:
    """The descriptor of a regular file, for reading. within: the folder that `file` is relative to. Raises OSError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(file, flags, dir_fd=within)
    except OSError as error:
        reasons = {errno.ELOOP: LINK, errno.ENXIO: OTHER}  # ENXIO: a socket
        raise OSError(error.errno, reasons.get(error.errno or 0, error.strerror)) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, OTHER)
        yield descriptor
    finally:
        os.close(descriptor)


def bytes_of(descriptor: int, limit: int = -1) -> bytes:
    """The bytes of an open file from its beginning, at most `limit` of them. Raises OSError."""
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(limit)


def read(file: Path) -> bytes:
    """The bytes of a regular file. Raises OSError."""
    with opened_file(file) as descriptor:
        return bytes_of(descriptor)
