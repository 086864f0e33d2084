"""Lists of numbers as arrays, as columns.py has lists of texts.

NAME.npy         all lists, one after the other
NAME.starts.npy  where each begins, and where the last one ends
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
