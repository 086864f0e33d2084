"""Arrays on disk, and lists of strings as arrays, so that a generation is opened without decoding any of them.

    NAME.npy         all strings of a list as UTF-8, one after the other (uint8)
    NAME.starts.npy  where each begins, and where the last one ends (int64, one more than there are strings)

A sorted list is searched by bisection: UTF-8 sorts in the order of the code points.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Table = TypeVar("Table", bound="DataclassInstance")


class Files(Protocol):
    """The files of one generation; each is checked before its bytes are used."""

    def read(self, name: str) -> bytes: ...
    def array(self, name: str) -> NDArray[Any]: ...
    def names(self, folder: str) -> list[str]: ...


def save(path: Path, array: NDArray[Any]) -> None:
    """Writes an array as a .npy file, without pickles."""
    np.save(path, array, allow_pickle=False)


def save_arrays(folder: Path, table: type[DataclassInstance], arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """Writes arrays by name, one file each, which must be the fields of a dataclass."""
    missing = {field.name for field in fields(table)}
    for name, array in arrays:
        missing.remove(name)
        save(folder / f"{name}.npy", np.ascontiguousarray(array))
    if missing:
        raise ValueError(f"arrays that were not given: {', '.join(sorted(missing))}")


def load_arrays(files: Files, folder: str, table: type[Table]) -> Table:
    """The dataclass whose fields `save_arrays` has written. Raises DamagedGeneration."""
    return table(**{field.name: files.array(f"{folder}/{field.name}.npy") for field in fields(table)})


def view(array: NDArray[Any]) -> memoryview[int]:
    """A one-dimensional integer array whose items are Python integers: faster than an array for single items."""
    return memoryview(array)  # type: ignore[arg-type]  # NumPy's types do not declare arrays as buffers


def save_strings(directory: Path, name: str, strings: Iterable[str]) -> None:
    """Writes a list of strings into a directory."""
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    save(directory / f"{name}.npy", np.frombuffer(b"".join(encoded), dtype=np.uint8))
    starts = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.int64, count=len(encoded) + 1)
    save(directory / f"{name}.starts.npy", starts)


class StringArray(Sequence[str]):
    """A list of strings, each decoded when it is accessed."""

    def __init__(self, files: Files, name: str) -> None:
        self._bytes = view(files.array(f"{name}.npy"))
        self._starts = view(files.array(f"{name}.starts.npy"))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def raw(self, index: int) -> bytes:
        """One string in UTF-8."""
        return self._bytes[self._starts[index] : self._starts[index + 1]].tobytes()

    def all_raw(self) -> list[bytes]:
        """All strings in UTF-8; faster than one by one."""
        data, starts = bytes(self._bytes), self._starts.tolist()
        return [data[start:end] for start, end in pairwise(starts)]

    def all(self) -> list[str]:
        """All strings; faster than one by one."""
        return [encoded.decode("utf-8", "surrogatepass") for encoded in self.all_raw()]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return self.raw(index).decode("utf-8", "surrogatepass")

    def run(self, first: int, count: int) -> list[str]:
        """`count` consecutive strings; faster than one by one."""
        bounds = self._starts[first : first + count + 1].tolist()
        offset = bounds[0]
        data = bytes(self._bytes[offset : bounds[-1]])
        return [data[start - offset : end - offset].decode("utf-8", "surrogatepass") for start, end in pairwise(bounds)]


class SortedStringArray(StringArray):
    """A sorted list of strings, possibly with duplicates."""

    STEP = 16

    def __init__(self, files: Files, name: str) -> None:
        super().__init__(files, name)
        # Every 16th string is read in advance, so that most of a bisection runs in C.
        self._landmarks = [self.raw(index) for index in range(0, len(self), self.STEP)]

    def first(self, string: str) -> int:
        """The index of a string, or where it would be inserted."""
        encoded = string.encode("utf-8", "surrogatepass")
        low = max(bisect_left(self._landmarks, encoded) - 1, 0) * self.STEP
        high = min(low + self.STEP, len(self))
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < encoded:
                low = middle + 1
            else:
                high = middle
        return low

    def places(self, string: str) -> range:
        """The indices of a string: one, several or none."""
        encoded, first = string.encode("utf-8", "surrogatepass"), self.first(string)
        end = first
        while end < len(self) and self.raw(end) == encoded:
            end += 1
        return range(first, end)

    def starting_with(self, prefix: str) -> range:
        """The indices of the strings with a prefix."""
        first = self.first(prefix)
        if first == len(self) or not self.raw(first).startswith(prefix.encode("utf-8", "surrogatepass")):
            return range(first, first)
        return range(first, self.first(prefix + "\U0010ffff"))
