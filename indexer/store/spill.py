"""The sections of posts that a build has read, on disk until they are asked for: they are most of what posts hold."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import msgspec

from indexer.errors import BuildFailed
from indexer.model import Section


class SpillFile:
    """A file without a name, so that nothing is left of it, however a build ends."""

    def __init__(self, directory: Path) -> None:
        """Raises BuildFailed, as `add` does."""
        self._directory = directory
        try:
            self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  # closed with the last post
        except OSError as error:
            raise self._failed(error) from None
        self._end = 0

    def add(self, encoded: Sequence[bytes]) -> list[SpilledSections]:
        """Keeps the sections of some posts, each `encoded` by the function of that name."""
        try:
            self._file.write(b"".join(encoded))
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from None
        starts = []
        for sections in encoded:
            starts.append(self._end)
            self._end += len(sections)
        return [SpilledSections(self, start, len(one)) for start, one in zip(starts, encoded, strict=True)]

    def read(self, start: int, size: int) -> tuple[Section, ...]:
        return decoded(os.pread(self._file.fileno(), size, start))

    def _failed(self, error: OSError) -> BuildFailed:
        reason = error.strerror or error
        return BuildFailed(f"{self._directory} cannot keep the texts of a build ({reason}): make room, or mend that")


class SpilledSections(Sequence[Section]):
    """The sections of one post, decoded anew whenever they are asked for."""

    __slots__ = ("_file", "_size", "_start")

    def __init__(self, file: SpillFile, start: int, size: int) -> None:
        self._file, self._start, self._size = file, start, size

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Section]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> Section: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Section]: ...
    def __getitem__(self, index: int | slice) -> Section | Sequence[Section]:
        return self._all()[index]

    def _all(self) -> tuple[Section, ...]:
        return self._file.read(self._start, self._size)


encoded = msgspec.msgpack.Encoder().encode
decoded = msgspec.msgpack.Decoder(tuple[Section, ...]).decode
