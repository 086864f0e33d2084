"""Lists of texts as arrays on disk, so that a generation is opened without reading one of them.

    NAME.npy         all texts of a list, UTF-8, end to end (bytes)
    NAME.starts.npy  where each begins, and where the last ends (int64, one more than there are texts)

A sorted list is searched by bisection: UTF-8 sorts as the characters do. Lists of numbers (RaggedArray) lie likewise:
their values end to end, and where each list begins.
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
    """The files of one generation, each checked before its bytes are used."""

    def read(self, name: str) -> bytes: ...
    def array(self, name: str) -> NDArray[Any]: ...
    def names(self, folder: str) -> list[str]: ...


def save(path: Path, array: NDArray[Any]) -> None:
    """Writes one array, without pickles."""
    np.save(path, array, allow_pickle=False)


def save_arrays(folder: Path, table: DataclassInstance) -> None:
    """Writes the arrays that are the fields of a dataclass, each into the file of its name."""
    for field in fields(table):
        save(folder / f"{field.name}.npy", np.ascontiguousarray(getattr(table, field.name)))


def save_each(folder: Path, table: type[DataclassInstance], arrays: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """The same for arrays that come one by one, as together they would take up too much memory."""
    missing = {field.name for field in fields(table)}
    for name, array in arrays:
        missing.remove(name)
        save(folder / f"{name}.npy", np.ascontiguousarray(array))
    if missing:
        raise ValueError(f"arrays that were not given: {', '.join(sorted(missing))}")


def load_arrays(files: Files, folder: str, table: type[Table]) -> Table:
    """What was written of such a dataclass. Raises DamagedGeneration."""
    return table(**{field.name: files.array(f"{folder}/{field.name}.npy") for field in fields(table)})


def files_of(folder: str, table: type[DataclassInstance], strings: Iterable[str] = ()) -> tuple[str, ...]:
    """The files of a room, by the arrays of a dataclass and the names of lists of texts."""
    names = [field.name for field in fields(table)] + [name for text in strings for name in (text, f"{text}.starts")]
    return tuple(f"{folder}/{name}.npy" for name in sorted(names))


def view(array: NDArray[Any]) -> memoryview[int]:
    """A one-dimensional array of whole numbers whose items are plain Python numbers, which is fast one by one."""
    return memoryview(array)  # type: ignore[arg-type]  # an array is a buffer, which NumPy does not tell mypy


def save_strings(directory: Path, name: str, texts: Iterable[str]) -> None:
    """Writes a list of texts below a directory."""
    save_bytes(directory, name, (text.encode("utf-8", "surrogatepass") for text in texts))


def save_bytes(directory: Path, name: str, texts: Iterable[bytes]) -> None:
    """The same for texts that are UTF-8 already."""
    encoded = list(texts)
    save(directory / f"{name}.npy", np.frombuffer(b"".join(encoded), dtype=np.uint8))
    starts = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.int64, count=len(encoded) + 1)
    save(directory / f"{name}.starts.npy", starts)


class StringArray(Sequence[str]):
    """A list of texts; each is decoded when it is asked for."""

    def __init__(self, files: Files, name: str) -> None:
        self._bytes = view(files.array(f"{name}.npy"))
        self._starts = view(files.array(f"{name}.starts.npy"))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def raw(self, place: int) -> bytes:
        """One text as it is stored."""
        return self._bytes[self._starts[place] : self._starts[place + 1]].tobytes()

    def all_raw(self) -> list[bytes]:
        """All texts as they are stored: for whoever needs every one."""
        whole, starts = bytes(self._bytes), self._starts.tolist()
        return [whole[start:end] for start, end in pairwise(starts)]

    def all(self) -> list[str]:
        """All texts: for whoever needs every one."""
        return [text.decode("utf-8", "surrogatepass") for text in self.all_raw()]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        return self.raw(place).decode("utf-8", "surrogatepass")

    def run(self, first: int, count: int) -> list[str]:
        """Texts that stand side by side, read at once."""
        ends = self._starts[first : first + count + 1].tolist()
        data, begun = bytes(self._bytes[ends[0] : ends[-1]]), ends[0]
        return [data[start - begun : end - begun].decode("utf-8", "surrogatepass") for start, end in pairwise(ends)]


class SortedStringArray(StringArray):
    """A sorted list of texts, in which one text may stand several times."""

    STEP = 16

    def __init__(self, files: Files, name: str) -> None:
        super().__init__(files, name)
        # Every 16th is decoded at once: most of a bisection then runs in C.
        self._landmarks = [self.raw(place) for place in range(0, len(self), self.STEP)]

    def first(self, text: str) -> int:
        """The place of a text, or where it would stand."""
        wanted = text.encode("utf-8", "surrogatepass")
        low = max(bisect_left(self._landmarks, wanted) - 1, 0) * self.STEP
        high = min(low + self.STEP, len(self))
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def places(self, text: str) -> range:
        """Where a text stands: one place, several or none."""
        wanted, first = text.encode("utf-8", "surrogatepass"), self.first(text)
        end = first
        while end < len(self) and self.raw(end) == wanted:
            end += 1
        return range(first, end)

    def starting_with(self, prefix: str) -> range:
        """Where the texts stand that start so."""
        first = self.first(prefix)
        if first == len(self) or not self.raw(first).startswith(prefix.encode("utf-8", "surrogatepass")):
            return range(first, first)
        return range(first, self.first(prefix + "\U0010ffff"))


# -------------------------------------------------------------------------------------------------- lists of numbers


class RaggedArray:
    """Lists of numbers; each is looked at when it is asked for."""

    def __init__(self, files: Files, name: str) -> None:
        self._values = files.array(f"{name}.npy")
        self._starts = files.array(f"{name}.starts.npy")

    def __getitem__(self, number: int) -> NDArray[Any]:
        return self._values[self._starts[number] : self._starts[number + 1]]

    def sizes(self) -> NDArray[np.int64]:
        """How long each list is."""
        return np.diff(self._starts)


def save_ragged(directory: Path, name: str, lists: Sequence[Sequence[int]]) -> None:
    """Writes lists of numbers below a directory."""
    save(directory / f"{name}.npy", np.array([one for own in lists for one in own], dtype=np.int32))
    save(directory / f"{name}.starts.npy", np.array([*accumulate(map(len, lists), initial=0)], dtype=np.int64))
