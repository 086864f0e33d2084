"""The stored vectors: the terms that two texts share, and the similarity of a new text to every post.

How they are laid out is drawn in storage.py. Needs NumPy only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.model import SharedTerm
from indexer.related.fields import FIELDS
from indexer.related.fixed_score import NEARLY_SAME
from indexer.related.storage import StoredRelations

Floats = NDArray[np.float64]

# Of these the few that tell are chosen; in scripts without spaces a word is several of them.
MOST_SHARED_TERMS = 400
# What more of the posts have is the subject of the site, and no reason; on a small site that is soon a large share.
COMMON, NEVER_COMMON = 0.25, 3.5


@dataclass(frozen=True, slots=True)
class Row:
    """The vector of one text: its columns, ascending, and their values."""

    columns: NDArray[np.int32]
    values: Floats


class StoredVectors:
    """The vectors of all posts of a generation."""

    def __init__(self, stored: StoredRelations) -> None:
        self._stored = stored
        self._fields = stored.model["fields"]
        # The first column of each field, and the end of the last field.
        self._starts = np.cumsum([0, *(field["columns"] for field in self._fields)])

    def row(self, number: int) -> Row:
        """The row of a post."""
        entries = slice(self._stored.indptr[number], self._stored.indptr[number + 1])
        return Row(self._stored.indices[entries], self._stored.values[entries].astype(np.float64))

    # ------------------------------------------------------------------------------------------------ two texts

    def shared_terms(self, first: Row, second: Row) -> dict[str, SharedTerm]:
        """What two texts share by stem, heaviest first, without what a large part of the posts has.

        The fields are those in which either has it.
        """
        columns, in_first, in_second = np.intersect1d(
            first.columns, second.columns, assume_unique=True, return_indices=True
        )
        terms, term_of = np.unique(self._stored.column_terms[columns], return_inverse=True)
        parts = np.bincount(term_of, first.values[in_first] * second.values[in_second], minlength=len(terms))
        best = np.lexsort((terms, -parts))[:MOST_SHARED_TERMS]
        best = best[(parts[best] > 0) & ~self._is_common(terms[best])]
        fields = [self._fields_of(row, terms[best]) for row in (first, second)]
        return {
            self._stored.terms[term]: SharedTerm(
                self._stored.surface_forms[term], part, tuple(name for name in FIELDS if name in ours | theirs)
            )
            for term, part, ours, theirs in zip(terms[best].tolist(), parts[best].tolist(), *fields, strict=True)
        }

    def _is_common(self, terms: NDArray[np.int32]) -> NDArray[np.bool_]:
        """For each of some terms whether more than COMMON of the posts have it in their text, or no post has."""
        names = [field["name"] for field in self._fields]
        if "all_text" not in names:  # posts that all say the same have no text to compare
            return np.ones(len(terms), dtype=bool)
        position = names.index("all_text")
        first, end = self._starts[position], self._starts[position + 1]
        known = self._stored.column_terms[first:end]
        if not len(known):
            return np.ones(len(terms), dtype=bool)
        columns = np.minimum(np.searchsorted(known, terms), len(known) - 1)
        posts = len(self._stored.indptr) - 1
        # idf = ln(1 + (N − df + ½) / (df + ½)), so df + ½ = (N + 1) / e^idf; a term that too many have has 0
        frequency = (posts + 1) / np.exp(self._stored.idf[first + columns]) - 0.5
        is_common: NDArray[np.bool_] = (known[columns] != terms) | (frequency > max(NEVER_COMMON, COMMON * posts))
        return is_common

    def _fields_of(self, row: Row, terms: NDArray[np.int32]) -> list[set[str]]:
        """For each of some terms the names of the fields in which a text has it."""
        positions, entries = np.nonzero(terms[:, None] == self._stored.column_terms[row.columns])
        fields = np.searchsorted(self._starts, row.columns[entries], side="right") - 1
        names: list[set[str]] = [set() for _ in terms]
        for position, field in zip(positions.tolist(), fields.tolist(), strict=True):
            names[position].add(self._fields[field]["name"])
        # The body has no vector of its own: a term that only "all_text" has comes from there.
        return [found - {"all_text"} or {"body"} for found in names]

    # ------------------------------------------------------------------------------------------------ a new text

    def row_of(self, documents: Mapping[str, Sequence[str]]) -> Row:
        """The row of a new text, with the idf and mean lengths of the stored posts. documents: its terms by field.

        The formula is that of vectors.py.
        """
        numbers = {term: self._number(term) for term in set().union(*documents.values())}
        rows = [
            self._field_row(position, Counter(numbers[term] for term in documents[field["name"]]))
            for position, field in enumerate(self._fields)
        ]
        empty = Row(np.zeros(0, dtype=np.int32), np.zeros(0))
        return Row(
            np.concatenate([empty.columns, *(row.columns for row in rows)]),
            np.concatenate([empty.values, *(row.values for row in rows)]),
        )

    def _field_row(self, position: int, counts: Counter[int | None]) -> Row:
        """The part of a row that belongs to one field. counts: by number of the term, None for those of no post."""
        field, first = self._fields[position], self._starts[position]
        terms = np.array(sorted(term for term in counts if term is not None), dtype=np.int32)
        field_terms = self._stored.column_terms[first : self._starts[position + 1]]
        columns = np.minimum(np.searchsorted(field_terms, terms), len(field_terms) - 1)
        is_known = field_terms[columns] == terms
        terms, columns = terms[is_known], columns[is_known]
        frequency = np.array([counts[term] for term in terms.tolist()], dtype=np.float64)
        norm = field["k1"] * (1 - field["b"] + field["b"] * counts.total() / field["mean_length"])
        weights = self._stored.idf[first + columns] * frequency * (field["k1"] + 1) / (frequency + norm)
        length = math.sqrt(weights @ weights) or 1.0
        has_weight = weights > 0
        scale = math.sqrt(field["share"]) / length
        return Row((first + columns[has_weight]).astype(np.int32), weights[has_weight] * scale)

    def _number(self, term: str) -> int | None:
        """The number of a term; None where no post has it."""
        return next(iter(self._stored.terms.indices(term)), None)

    def is_mostly_known(self, terms: Sequence[str]) -> bool:
        """Whether nearly all terms of a text are known; only then can it be a copy of a post."""
        counts = Counter(terms)
        known = sum(count for term, count in counts.items() if self._number(term) is not None)
        return known >= NEARLY_SAME * len(terms)

    def cosines(self, row: Row) -> tuple[dict[str, Floats], Floats]:
        """The cosine of a text with every post, by field, and the similarity, their weighted sum; 0..1."""
        stored = self._stored
        posts = len(stored.indptr) - 1
        dense = np.zeros(len(stored.column_terms))
        dense[row.columns] = row.values
        products = stored.values * dense[stored.indices]
        entries = np.flatnonzero(products)
        columns = stored.indices[entries]
        post = np.searchsorted(stored.indptr, entries, side="right") - 1
        cosines: dict[str, Floats] = {}
        similarity = np.zeros(posts)
        for position, field in enumerate(self._fields):
            in_field = (columns >= self._starts[position]) & (columns < self._starts[position + 1])
            part = np.round(np.bincount(post[in_field], products[entries[in_field]], minlength=posts), 6)
            similarity += part
            cosines[field["name"]] = part / field["share"]
        return cosines, np.clip(similarity, 0.0, 1.0)
