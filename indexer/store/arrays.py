"""Arrays on disk, and lists of strings as arrays, so that a generation is opened without decoding any of them.

    NAME.npy         all strings of a list as UTF-8, one after the other (uint8)
    NAME.starts.npy  where each begins, and where the last one ends (uint32 if that is enough, else int64; one more than
                     there are strings)

A sorted list is searched by bisection: UTF-8 sorts in the order of the code points. Lists of integers (RaggedArray)
are stored in the same two files: their values, and where each list begins.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, islice, pairwise
from pathlib import Path
from typing import Any, BinaryIO, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from indexer.errors import DamagedGeneration

# Strings that are decoded at a time.
DECODED_TOGETHER = 4096
WRITTEN_TOGETHER = 4096


class Rows(Protocol):
    """An array of one dimension, of which slices are asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, wanted: slice, /) -> NDArray[Any]: ...


class Files(Protocol):
    """The files of one generation; each is checked before its bytes are used."""

    def read(self, name: str) -> bytes: ...
    def array(self, name: str) -> NDArray[Any]: ...
    def rows(self, name: str) -> Rows: ...
    def names(self, folder: str) -> list[str]: ...
    def distrust(self, damage: DamagedGeneration) -> None: ...


def save(path: Path, array: NDArray[Any]) -> None:
    """Writes an array as a .npy file, without pickles."""
    np.save(path, array, allow_pickle=False)


def view(array: NDArray[Any]) -> memoryview[int]:
    """A one-dimensional integer array whose items are Python integers: faster than an array for single items."""
    return memoryview(array)  # type: ignore[arg-type]  # NumPy's types do not declare arrays as buffers


def save_strings(directory: Path, name: str, strings: Iterable[str | bytes]) -> None:
    """Writes a list of strings into a directory; bytes must be UTF-8."""
    lengths = array("q", [0])
    encoded = (s if isinstance(s, bytes) else s.encode("utf-8", "surrogatepass") for s in strings)
    with open(directory / f"{name}.npy", "wb") as file:
        _write_header(file, 0)
        while pieces := list(islice(encoded, WRITTEN_TOGETHER)):  # all together would be there three times
            lengths.extend(map(len, pieces))
            file.write(b"".join(pieces))
        starts = np.cumsum(lengths)
        file.seek(0)
        _write_header(file, int(starts[-1]))
    save(directory / f"{name}.starts.npy", starts.astype(np.uint32) if starts[-1] < 1 << 32 else starts)


def _write_header(file: BinaryIO, size: int) -> None:
    """The head of a .npy file of so many bytes; it takes as much room for any number of them."""
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (size,)})


class StringArray(Sequence[str]):
    """A list of strings, each decoded when it is accessed."""

    def __init__(self, files: Files, name: str) -> None:
        # The bytes of all strings, and where each begins.
        self._bytes: memoryview[int] | Rows = view(files.array(f"{name}.npy"))
        self._starts = view(files.array(f"{name}.starts.npy"))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def raw(self, index: int) -> bytes:
        """One string in UTF-8."""
        return self._bytes[self._starts[index] : self._starts[index + 1]].tobytes()

    def all_raw(self) -> list[bytes]:
        """All strings in UTF-8; faster than one by one."""
        data, starts = self._bytes[:].tobytes(), self._starts.tolist()
        return [data[start:end] for start, end in pairwise(starts)]

    def all(self) -> list[str]:
        """All strings; faster than one by one, as many are decoded together."""
        found: list[str] = []
        for first in range(0, len(self), DECODED_TOGETHER):
            found += self.decoded(first, min(DECODED_TOGETHER, len(self) - first))
        return found

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return self.raw(index).decode("utf-8", "surrogatepass")

    def decoded(self, first: int, count: int) -> list[str]:
        """`count` consecutive strings; faster than `run` where there are many."""
        bounds = np.asarray(self._starts[first : first + count + 1]).astype(np.int64)
        encoded = np.asarray(self._bytes[bounds[0] : bounds[-1]])
        bounds -= bounds[0]
        text = encoded.tobytes().decode("utf-8", "surrogatepass")
        if len(text) < len(encoded):  # all bytes of a character but the first begin with the bits 10
            bounds -= np.concatenate([[0], np.cumsum(encoded & 0xC0 == 0x80)])[bounds]
        return [text[start:end] for start, end in pairwise(bounds.tolist())]

    def run(self, first: int, count: int) -> list[str]:
        """`count` consecutive strings; faster than one by one."""
        bounds = self._starts[first : first + count + 1].tolist()
        offset = bounds[0]
        data = self._bytes[offset : bounds[-1]].tobytes()
        return [data[start - offset : end - offset].decode("utf-8", "surrogatepass") for start, end in pairwise(bounds)]


class StringRows(StringArray):
    """A list of strings of which few are looked at: none is mapped, each is read from the file when it is accessed."""

    def __init__(self, files: Files, name: str) -> None:
        self._bytes, self._starts = files.rows(f"{name}.npy"), view(files.array(f"{name}.starts.npy"))


class SortedStringArray(StringArray):
    """A sorted list of strings, possibly with duplicates."""

    STEP = 16

    def __init__(self, files: Files, name: str) -> None:
        super().__init__(files, name)
        # The bytes of all strings, and where each begins.
        self.raw_arrays = np.asarray(self._bytes), np.asarray(self._starts)
        # Every 16th string is read in advance, so that most of a bisection runs in C.
        self._landmarks = [self.raw(index) for index in range(0, len(self), self.STEP)]

    def first(self, string: str) -> int:
        """The index of a string, or where it would be inserted."""
        encoded = string.encode("utf-8", "surrogatepass")
        low = max(bisect_left(self._landmarks, encoded) - 1, 0) * self.STEP
        return low + bisect_left(range(low, min(low + self.STEP, len(self))), encoded, key=self.raw)

    def indices(self, string: str) -> range:
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

    def sizes(self, indices: range) -> NDArray[np.int64]:
        """The length of each of these strings, in bytes."""
        starts = self.raw_arrays[1][indices.start : indices.stop + 1].astype(np.int64)
        sizes: NDArray[np.int64] = starts[1:] - starts[:-1]
        return sizes


class RaggedArray:
    """Lists of integers, each a view of `values` (those of all lists, one after the other)."""

    def __init__(self, files: Files, name: str) -> None:
        self.values = files.array(f"{name}.npy")
        self._starts = files.array(f"{name}.starts.npy")

    def __getitem__(self, index: int) -> NDArray[Any]:
        return self.values[self._starts[index] : self._starts[index + 1]]

    def sizes(self) -> NDArray[np.int64]:
        """The length of each list."""
        return np.diff(self._starts)


def save_ragged(directory: Path, name: str, lists: Sequence[Sequence[int]]) -> None:
    """Writes lists of integers into a directory."""
    save(directory / f"{name}.npy", np.array([*chain.from_iterable(lists)], dtype=np.int32))
    save(directory / f"{name}.starts.npy", np.array([*accumulate(map(len, lists), initial=0)], dtype=np.int64))
