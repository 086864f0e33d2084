"""The folder related/ of a generation: one table of its files, with their writer and their reader.

The vectors of all posts are one CSR matrix, posts × columns; a column is one term in one field:

    fields            title             all_text           model["fields"], in the order of their columns
    columns           0      1          2      3      4
    column_terms      17     52         17     30     52   numbers of terms, ascending within each field
    idf               2.1    1.4        1.9    .8     1.2
    post 0            .31    0          .40    .12    0    what indptr, indices and values hold
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.store.arrays import Files, RaggedArray, SortedStringArray, StringArray
from indexer.store.tables import files_of, load_table, save_table

FOLDER = "related"


@dataclass(frozen=True, slots=True)
class StoredRelations:
    """The relations of all posts; what is mapped and not looked at takes up no memory.

    model: the fields of ranker.Model; "fields", for each field of the vectors its name, share, k1, b, mean_length and
        number of columns; "scale", that of the fixed score; "decided", whether editors had decided anything;
        "languages", those of the site; "across_languages", the setting.
    terms, surface_forms: all terms, sorted, and how people mostly write each.
    neighbours, cosines: the most similar posts of each post, posts × k, best first; -1 where there are fewer.
    ranked, scores, confidence: the posts most likely to be chosen for each post, in the same way.
    languages: the number of the language of each post. curators: for each post those that curate it. translations: for
    each post the same one in other languages. copies: for each post the likeliest ones with nearly the same vector, for
    the next build. duplicates: for each post those with nearly the same text.
    groups, group_members: what posts have in common ("tag rye", "folder a/b", and as links/translations.py names them),
    sorted, and which posts do.
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
    scores: NDArray[np.float32]
    confidence: NDArray[np.float32]
    languages: NDArray[np.uint16]
    curators: RaggedArray
    translations: RaggedArray
    copies: RaggedArray
    duplicates: RaggedArray
    groups: SortedStringArray
    group_members: RaggedArray
    ignored_paragraphs: StringArray


FILES = files_of(FOLDER, StoredRelations)


def save_relations(directory: Path, values: Mapping[str, Any]) -> None:
    """Writes the folder related/ into a generation's directory. values: one for each field of `StoredRelations`."""
    save_table(directory / FOLDER, StoredRelations, values)


def load_relations(files: Files) -> StoredRelations:
    """What `save_relations` has written. Raises DamagedGeneration."""
    return load_table(files, FOLDER, StoredRelations)
