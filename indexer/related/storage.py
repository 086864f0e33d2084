"""The folder related/ of a generation: one table of its files, with their writer and their reader.

Each field of `StoredRelations` is stored under its own name, in the format of its type:

    dict                              NAME.json
    an array                          NAME.npy
    StringArray, SortedStringArray,
    RaggedArray                       NAME.npy, NAME.starts.npy: see store/arrays.py

The vectors of all posts are one CSR matrix, posts × columns; a column is one term in one field:

    fields            title             all_text           model["fields"], in the order of their columns
    columns           0      1          2      3      4
    column_terms      17     52         17     30     52   numbers of terms, ascending within each field
    idf               2.1    1.4        1.9    .8     1.2
    post 0            .31    0          .40    .12    0    what indptr, indices and values hold
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from indexer.store.arrays import Files, RaggedArray, SortedStringArray, StringArray, save, save_ragged, save_strings

FOLDER = "related"


@dataclass(frozen=True, slots=True)
class StoredRelations:
    """The relations of all posts; what is mapped and not looked at takes up no memory.

    model: the fields of ranker.Model; "fields", for each field of the vectors its name, share, k1, b, mean_length and
        number of columns; "languages", those of the site.
    terms, surface_forms: all terms, sorted, and how people mostly write each.
    neighbours, cosines: the most similar posts of each post, posts × k, best first; -1 where there are fewer.
    ranked, confidence: the posts most likely to be chosen for each post, in the same way.
    curators: for each post those that curate it. duplicates: for each post those with nearly the same text.
    groups, group_members: what posts have in common ("tag rye", "folder a/b", "key guide"), sorted, and which posts do.
    ignored_paragraphs: repeated in so many posts that they say nothing about any.
    """

    model: dict[str, Any]
    terms: SortedStringArray
    surface_forms: StringArray
    column_terms: NDArray[np.int32]
    idf: NDArray[np.float32]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: NDArray[np.float32]
    neighbours: NDArray[np.int32]
    cosines: NDArray[np.float32]
    ranked: NDArray[np.int32]
    confidence: NDArray[np.float32]
    curators: RaggedArray
    duplicates: RaggedArray
    groups: SortedStringArray
    group_members: RaggedArray
    ignored_paragraphs: StringArray


def save_relations(directory: Path, values: Mapping[str, Any]) -> None:
    """Writes the folder related/ into a generation's directory. values: one for each field of `StoredRelations`."""
    if wrong := values.keys() ^ _types().keys():
        raise ValueError(f"values that are missing or have no file: {', '.join(sorted(wrong))}")
    folder = directory / FOLDER
    folder.mkdir()
    for name, kind in _types().items():
        _WRITERS[kind](folder, name, values[name])


def load_relations(files: Files) -> StoredRelations:
    """What `save_relations` has written. Raises DamagedGeneration."""
    return StoredRelations(**{name: _READERS[kind](files, f"{FOLDER}/{name}") for name, kind in _types().items()})


@cache
def _types() -> dict[str, type]:
    """The type of each field, without what an array or a dict holds."""
    return {name: get_origin(hint) or hint for name, hint in get_type_hints(StoredRelations).items()}


_WRITERS: dict[type, Callable[[Path, str, Any], object]] = {
    dict: lambda folder, name, values: (folder / f"{name}.json").write_text(
        json.dumps(values, ensure_ascii=False), encoding="utf-8"
    ),
    np.ndarray: lambda folder, name, array: save(folder / f"{name}.npy", np.ascontiguousarray(array)),
    StringArray: save_strings,
    SortedStringArray: save_strings,
    RaggedArray: save_ragged,
}
_READERS: dict[type, Callable[[Files, str], Any]] = {
    dict: lambda files, name: json.loads(files.read(f"{name}.json")),
    np.ndarray: lambda files, name: files.array(f"{name}.npy"),
    StringArray: StringArray,
    SortedStringArray: SortedStringArray,
    RaggedArray: RaggedArray,
}
