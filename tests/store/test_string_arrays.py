"""Lists of strings are read back as they were written, one by one and all together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.store import arrays
from indexer.store.arrays import StringArray, save_strings

WORDS = ["rye", "", "größe", "漢字", "🍞 bread", "\ud83c", "\udf5e", "a\nb", ""]


class Folder:
    """The files of a folder, unchecked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def array(self, name: str) -> NDArray[Any]:
        found: NDArray[Any] = np.load(self.path / name)
        return found


@pytest.mark.parametrize("together", [1, 2, 4, 4096])
@pytest.mark.parametrize("count", [0, 1, len(WORDS)])
def test_strings_of_any_script_are_read_back_as_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int, count: int
) -> None:
    monkeypatch.setattr(arrays, "DECODED_TOGETHER", together)
    save_strings(tmp_path, "words", WORDS[:count])
    read = StringArray(Folder(tmp_path), "words")  # type: ignore[arg-type]  # all of Files that it needs
    assert read.all() == list(read) == WORDS[:count]
