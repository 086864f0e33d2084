"""Tables: what one room keeps in a generation, declared once as a frozen dataclass and stored field by field.

    class StoredPosts:          posts/
        names: SortedStringArray      names.npy, names.starts.npy
        dates: NDArray[np.int32]      dates.npy

The type of a field says how it is stored:

    an array                          NAME.npy
    Rows                              NAME.npy, of which slices are read when they are asked for
    StringArray, SortedStringArray    NAME.npy, NAME.starts.npy (store/arrays.py)
    StringRows                        NAME.npy, NAME.starts.npy
    RaggedArray                       NAME.npy, NAME.starts.npy
    dict                              NAME.json

So a file is written and read in one place, and its name stands nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_origin, get_type_hints

import msgspec
import numpy as np

from indexer.store.arrays import (
    Files,
    RaggedArray,
    Rows,
    SortedStringArray,
    StringArray,
    StringRows,
    save,
    save_ragged,
    save_strings,
)

Table = TypeVar("Table")


def save_table(folder: Path, table: type, values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
    """Writes one value for each field of a table into a folder, which is made if it is not there.

    values: texts for lists of texts, lists of numbers for ragged arrays. They may come one by one, where all together
    would take up too much memory.
    """
    folder.mkdir(exist_ok=True)
    missing = dict(_kinds(table))
    for name, value in values.items() if isinstance(values, Mapping) else values:
        _WRITERS[missing.pop(name)](folder, name, value)
    if missing:
        raise ValueError(f"values that were not given: {', '.join(sorted(missing))}")


def load_table(files: Files, folder: str, table: type[Table]) -> Table:
    """What `save_table` has written. Raises DamagedGeneration."""
    kinds = _kinds(table)  # type: ignore[arg-type]  # mypy does not know that every class is hashable
    return table(**{name: _READERS[kind](files, f"{folder}/{name}") for name, kind in kinds.items()})


def files_of(folder: str, table: type) -> tuple[str, ...]:
    """The names of all files of a table."""
    return tuple(f"{folder}/{name}{end}" for name, kind in _kinds(table).items() for end in _ENDINGS[kind])


@cache  # else it takes an eighth of a small build
def _kinds(table: type) -> dict[str, type]:
    """The type of each field, without what an array or a dict holds."""
    return {name: get_origin(hint) or hint for name, hint in get_type_hints(table).items()}


def _save_json(folder: Path, name: str, values: dict[str, Any]) -> None:
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(values))


def _save_array(folder: Path, name: str, array: Any) -> None:
    save(folder / f"{name}.npy", np.ascontiguousarray(array))


_TWO_FILES = (".npy", ".starts.npy")
_ENDINGS: dict[type, tuple[str, ...]] = {
    np.ndarray: (".npy",),
    Rows: (".npy",),
    StringArray: _TWO_FILES,
    StringRows: _TWO_FILES,
    SortedStringArray: _TWO_FILES,
    RaggedArray: _TWO_FILES,
    dict: (".json",),
}
_WRITERS: dict[type, Callable[[Path, str, Any], None]] = {
    np.ndarray: _save_array,
    Rows: _save_array,
    StringArray: save_strings,
    StringRows: save_strings,
    SortedStringArray: save_strings,
    RaggedArray: save_ragged,
    dict: _save_json,
}
_READERS: dict[type, Callable[[Files, str], Any]] = {
    np.ndarray: lambda files, name: files.array(f"{name}.npy"),
    Rows: lambda files, name: files.rows(f"{name}.npy"),
    StringArray: StringArray,
    StringRows: StringRows,
    SortedStringArray: SortedStringArray,
    RaggedArray: RaggedArray,
    dict: lambda files, name: msgspec.json.decode(files.read(f"{name}.json")),
}
