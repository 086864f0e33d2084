"""Ragged arrays on disk: lists of integers of different lengths. arrays.py has lists of strings.

NAME.npy         the values of all lists, one list after the other (int32)
NAME.starts.npy  where each list begins, and where the last one ends (int64)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.store.arrays import Files, save


class RaggedArray:
    """Lists of integers, each a slice of one array."""

    def __init__(self, files: Files, name: str) -> None:
        self._values = files.array(f"{name}.npy")
        self._starts = files.array(f"{name}.starts.npy")

    def __getitem__(self, number: int) -> NDArray[Any]:
        return self._values[self._starts[number] : self._starts[number + 1]]

    def sizes(self) -> NDArray[np.int64]:
        """The length of each list."""
        return np.diff(self._starts)


def save_ragged(directory: Path, name: str, lists: Sequence[Sequence[int]]) -> None:
    """Writes lists of integers into a directory."""
    save(directory / f"{name}.npy", np.array([value for values in lists for value in values], dtype=np.int32))
    save(directory / f"{name}.starts.npy", np.array([*accumulate(map(len, lists), initial=0)], dtype=np.int64))
