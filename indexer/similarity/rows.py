"""Lists of numbers and of texts as plain arrays: mapped from a file, and only the row that is asked for is looked at.

NAME.npy          all rows, one after the other
NAME_starts.npy   where each begins, and where the last one ends
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.similarity.scoring import FOLDER
from indexer.stored import Files

Arrays = dict[str, NDArray[Any]]


class Rows:
    """Lists of numbers."""

    def __init__(self, files: Files, name: str) -> None:
        self._values = files.array(f"{FOLDER}/{name}.npy")
        self._starts = files.array(f"{FOLDER}/{name}_starts.npy")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: int) -> NDArray[Any]:
        return self._values[self._starts[number] : self._starts[number + 1]]

    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self._starts)


class Texts:
    """Texts. Those that are written in order can be looked up."""

    def __init__(self, files: Files, name: str) -> None:
        self._rows = Rows(files, name)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> str:
        return self._rows[number].tobytes().decode()

    def find(self, text: str) -> int | None:
        """The number of a text; None where there is no such one."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self[middle] < text:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self[low] == text else None


def rows(name: str, lists: Iterable[Sequence[int]]) -> Arrays:
    """The arrays of lists of numbers."""
    kept = [np.array(one, dtype=np.int32) for one in lists]
    return _arrays(name, np.concatenate([np.zeros(0, dtype=np.int32), *kept]), map(len, kept))


def texts(name: str, written: Iterable[str]) -> Arrays:
    """The arrays of texts."""
    encoded = [one.encode() for one in written]
    return _arrays(name, np.frombuffer(b"".join(encoded), dtype=np.uint8), map(len, encoded))


def _arrays(name: str, values: NDArray[Any], sizes: Iterable[int]) -> Arrays:
    starts = np.concatenate([[0], np.cumsum(np.fromiter(sizes, dtype=np.int64))])
    return {name: values, f"{name}_starts": starts}
