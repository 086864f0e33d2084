"""The vectors of a generation: which terms two texts share, and how alike a new text is to every post.

Column by column: `columns`, the number of the term, and `idf`; the columns of a field stand together. Row by row, as a
CSR matrix: `indptr`, `indices`, `values`. Terms are kept as they are compared and as people write them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import SharedTerm
from indexer.related.fields import FIELDS
from indexer.related.fixed_score import FOLDER, NEARLY_SAME
from indexer.store.arrays import Files, SortedStringArray, StringArray

Floats = NDArray[np.float64]

MOST_SHARED_TERMS = 5
# Below this share of the similarity a term explains nothing.
LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    """One text: its columns, ascending, and their values."""

    columns: NDArray[np.int32]
    values: Floats


class StoredVectors:
    """fields: name, share, k1, b, mean_length and number of columns of each field, in the order of the columns."""

    def __init__(self, files: Files, fields: Sequence[Mapping[str, Any]]) -> None:
        self._fields = fields
        # Where the columns of each field begin, and where the last ones end.
        self._borders = np.cumsum([0, *(field["columns"] for field in fields)])
        self._terms = SortedStringArray(files, f"{FOLDER}/terms")
        self._written = StringArray(files, f"{FOLDER}/written")
        self._columns = files.array(f"{FOLDER}/columns.npy")
        self._idf = files.array(f"{FOLDER}/idf.npy")
        self._indptr = files.array(f"{FOLDER}/indptr.npy")
        self._indices = files.array(f"{FOLDER}/indices.npy")
        self._values = files.array(f"{FOLDER}/values.npy")

    def row(self, number: int) -> Row:
        """The row of a post."""
        within = slice(self._indptr[number], self._indptr[number + 1])
        return Row(self._indices[within], self._values[within].astype(np.float64))

    # ------------------------------------------------------------------------------------------------ two texts

    def shared_terms(self, one: Row, other: Row) -> tuple[SharedTerm, ...]:
        """The terms that carry the similarity of two texts, with the fields in which either has them."""
        columns, here, there = np.intersect1d(one.columns, other.columns, assume_unique=True, return_indices=True)
        terms, place = np.unique(self._columns[columns], return_inverse=True)
        parts = np.bincount(place, one.values[here] * other.values[there], minlength=len(terms))
        best = np.lexsort((terms, -parts))[:MOST_SHARED_TERMS]
        telling = best[parts[best] >= LEAST_SHARE * parts.sum()]
        fields = [self._fields_of(row, terms[telling]) for row in (one, other)]
        return tuple(
            SharedTerm(self._written[term], part, tuple(name for name in FIELDS if name in here | there))
            for term, part, here, there in zip(terms[telling].tolist(), parts[telling].tolist(), *fields, strict=True)
        )

    def _fields_of(self, row: Row, terms: NDArray[np.int32]) -> list[set[str]]:
        """The fields in which a text has each of some terms."""
        place, which = np.nonzero(terms[:, None] == self._columns[row.columns])
        fields = np.searchsorted(self._borders, row.columns[which], side="right") - 1
        found: list[set[str]] = [set() for _ in terms]
        for one, field in zip(place.tolist(), fields.tolist(), strict=True):
            found[one].add(self._fields[field]["name"])
        # What only the whole text has stands in the body.
        return [names - {"all_text"} or {"body"} for names in found]

    # ------------------------------------------------------------------------------------------------ a new text

    def row_of(self, documents: Mapping[str, Sequence[str]]) -> Row:
        """A text's row with the idf and mean lengths of the stored posts; the same formula as in vectors.py."""
        numbers = {term: self._number(term) for term in set().union(*documents.values())}
        parts = [
            self._field_row(place, Counter(numbers[term] for term in documents[field["name"]]))
            for place, field in enumerate(self._fields)
        ]
        nothing = Row(np.zeros(0, dtype=np.int32), np.zeros(0))
        return Row(
            np.concatenate([nothing.columns, *(one.columns for one in parts)]),
            np.concatenate([nothing.values, *(one.values for one in parts)]),
        )

    def _field_row(self, place: int, counts: Counter[int | None]) -> Row:
        """One field of a text. counts: by the number of the term, None for those that no post has."""
        field, first = self._fields[place], self._borders[place]
        terms = np.array(sorted(term for term in counts if term is not None), dtype=np.int32)
        own = self._columns[first : self._borders[place + 1]]
        columns = np.minimum(np.searchsorted(own, terms), len(own) - 1)
        terms, columns = terms[own[columns] == terms], columns[own[columns] == terms]
        often = np.array([counts[term] for term in terms.tolist()], dtype=np.float64)
        norm = field["k1"] * (1 - field["b"] + field["b"] * counts.total() / field["mean_length"])
        weights = self._idf[first + columns] * often * (field["k1"] + 1) / (often + norm)
        size = math.sqrt(weights @ weights) or 1.0
        told = weights > 0
        return Row((first + columns[told]).astype(np.int32), weights[told] * (math.sqrt(field["share"]) / size))

    def _number(self, term: str) -> int | None:
        """The number of a term; None where no post has it."""
        return next(iter(self._terms.places(term)), None)

    def mostly_known(self, terms: Sequence[str]) -> bool:
        """Whether a text says little that the site does not; only then can what it shares make it a copy."""
        counts = Counter(terms)
        known = sum(count for term, count in counts.items() if self._number(term) is not None)
        return known >= NEARLY_SAME * len(terms)

    def compared(self, row: Row) -> tuple[dict[str, Floats], Floats]:
        """The cosine of a text with every post, by field, and the similarity, their weighted sum."""
        posts = len(self._indptr) - 1
        dense = np.zeros(len(self._columns))
        dense[row.columns] = row.values
        products = self._values * dense[self._indices]
        shared = np.flatnonzero(products)
        post = np.searchsorted(self._indptr, shared, side="right") - 1
        cosines: dict[str, Floats] = {}
        similarity = np.zeros(posts)
        for place, field in enumerate(self._fields):
            within = (self._indices[shared] >= self._borders[place]) & (
                self._indices[shared] < self._borders[place + 1]
            )
            part = np.round(np.bincount(post[within], products[shared[within]], minlength=posts), 6)
            similarity += part
            cosines[field["name"]] = part / field["share"]
        return cosines, np.clip(similarity, 0.0, 1.0)
