"""Files that somebody else may have replaced: no link is followed, nothing waits, and only plain files are read.

What is looked at is what was opened, so nothing can be put in its place in between. An OSError says in `strerror` what
stands there instead of a plain file; whoever uses this makes an error of ours of it.
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
    """The descriptor of a folder. follow: also of one that a link leads to. Raises OSError."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(folder, flags, dir_fd=within)
    except NotADirectoryError:  # which is said of a link too
        if stat.S_ISLNK(os.stat(folder, dir_fd=within, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, LINK) from None
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_file(file: Path | str, within: int | None = None) -> Iterator[int]:
    """The descriptor of a plain file, to be read. within: the folder that its name counts from. Raises OSError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(file, flags, dir_fd=within)
    except OSError as error:
        known = {errno.ELOOP: LINK, errno.ENXIO: OTHER}  # ENXIO: a socket
        raise OSError(error.errno, known.get(error.errno or 0, error.strerror)) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, OTHER)
        yield descriptor
    finally:
        os.close(descriptor)


def bytes_of(descriptor: int, most: int = -1) -> bytes:
    """What an opened file holds, from its beginning; at most so many bytes of it. Raises OSError."""
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(most)


def read(file: Path) -> bytes:
    """All that a plain file holds. Raises OSError."""
    with opened_file(file) as descriptor:
        return bytes_of(descriptor)
