"""Sections that stay on disk until they are asked for, as they are most of what the posts of a build hold."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol, overload

import msgspec

from indexer.errors import BuildFailed
from indexer.model import Section

_PREFIX = ".texts-"


class SectionSource(Protocol):
    def read(self, number: int) -> tuple[Section, ...]:
        """The sections of one post."""


class LazySections(Sequence[Section]):
    """The sections of one post, read anew whenever they are asked for."""

    __slots__ = ("_number", "_source")
    __hash__ = None  # type: ignore[assignment]  # equal to a tuple, whose hash needs all texts

    def __init__(self, source: SectionSource, number: int) -> None:
        self._source, self._number = source, number

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Section]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> Section: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Section]: ...
    def __getitem__(self, index: int | slice) -> Section | Sequence[Section]:
        return self._read()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | LazySections) and self._read() == tuple(other)

    def _read(self) -> tuple[Section, ...]:
        return self._source.read(self._number)


class SpillFile:
    """What one build has read. The file has no name, so nothing is left of it, however the build ends.

    It is made when there is something to keep, and takes up room until `close`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._starts = array("q", [0])
        self._file: IO[bytes] | None = None

    def add(self, posts: Sequence[bytes]) -> list[LazySections]:
        """Keeps the sections of some posts, each as `encoded` gives them. Raises BuildFailed."""
        try:
            file = self._opened()
            left = memoryview(b"".join(posts))
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            raise BuildFailed(
                f"{self._directory} cannot hold the texts of this build ({error.strerror or error}). What was "
                "published before still serves; make room and build again, or name another folder with --index"
            ) from None
        first = len(self._starts) - 1
        for sections in posts:
            self._starts.append(self._starts[-1] + len(sections))
        return [LazySections(self, number) for number in range(first, len(self._starts) - 1)]

    def read(self, number: int) -> tuple[Section, ...]:
        start, end = self._starts[number : number + 2]
        return decoded(os.pread(self._opened().fileno(), end - start, start))

    def close(self) -> None:
        """Gives its room back; nothing can be read then."""
        if self._file:
            self._file.close()

    def _opened(self) -> IO[bytes]:
        if not self._file:
            # Some file systems give it a name for a moment, in which a build may be killed.
            for left in self._directory.glob(f"{_PREFIX}*"):
                left.unlink()
            self._file = tempfile.TemporaryFile(buffering=0, prefix=_PREFIX, dir=self._directory)  # noqa: SIM115
        return self._file


encoded = msgspec.msgpack.Encoder().encode
decoded = msgspec.msgpack.Decoder(tuple[Section, ...]).decode
