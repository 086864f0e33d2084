"""A small file that others replace while this process runs: looked at each time, and read where it is another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

_Signature = tuple[int, int, int, int] | None


class FollowedFile(Generic[T]):
    """What a file says as it is now. Threads may share one."""

    def __init__(self, file: Path, read: Callable[[], T]) -> None:
        """read: what the file says, or what its absence does; called again where it was replaced."""
        self._file, self._read = file, read
        self._known: tuple[_Signature, T] | None = None

    def now(self) -> T:
        """What it says. Raises what `read` raises."""
        signature, known = self._signature(), self._known
        if known is None or known[0] != signature:
            self._known = known = signature, self._read()  # a file that is replaced meanwhile has another signature
        return known[1]

    def _signature(self) -> _Signature:
        try:
            status = self._file.lstat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size  # ctime: of a change of mode
