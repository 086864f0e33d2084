"""The token stream of a corpus → how often each term occurs in each field of each post, and its surface form.

A form is a word in one language; a term has to be found only once for each of them. What is counted is counted for
some posts at a time, a block of the stream, so that occurrences are never in memory together.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.model import Corpus, Post
from indexer.related.fields import ALL_TEXT, is_content_word, lines_of, path_words
from indexer.text import analysis
from indexer.text.token_stream import PartKind, TokenStream

Ints = NDArray[np.int32]
Form = tuple[str, str]  # a language and a word

KINDS = {
    "title": PartKind.TITLE,
    "description": PartKind.DESCRIPTION,
    "headings": PartKind.HEADING,
    "tags": PartKind.TAG,
    "body": PartKind.TEXT,
    "code": PartKind.CODE,
}
# What is counted; the body only as a part of the whole text.
COUNTED = ("title", "description", "headings", "tags", "path", "code", "all_text")
PIECE = 1_000_000  # entries that are worked on at a time


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each post has each term of one field.

    terms: the numbers of the terms that the field has, ascending. matrix: posts × these, CSR, int32, without zeros; a
    term of which all occurrences are ignored has none.
    """

    terms: Ints
    matrix: sparse.csr_array


@dataclass(frozen=True, slots=True)
class TermCounts:
    """The terms of a corpus, sorted; the surface form in which posts mostly write each ("cach" → "caching"); and the
    counts of each field."""

    terms: list[str]
    surface_forms: list[str]
    fields: dict[str, Counts]


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """Forms, and the post that has each, from 0."""

    posts: Ints
    forms: Ints


def count_terms(corpus: Corpus, tokens: TokenStream, ignored: Collection[str] = ()) -> TermCounts:
    """The terms of `fields.field_terms`, counted. tokens: of the corpus. ignored: paragraphs that do not count."""
    numbers = _FormNumbers(tokens.words)
    paths = numbers.words((post.language, path_words(post)) for post in corpus)
    # The stream holds these paragraphs like all others: their counts are taken away again.
    left_out = numbers.words((post.language, _words_of(post, ignored)) for post in corpus)
    term_of = [_term(*form) for form in numbers.all]
    terms = sorted({term for term in term_of if term})
    number_of_term = {term: number for number, term in enumerate(terms)}
    number_of = np.array([number_of_term.get(term, -1) for term in term_of], dtype=np.int32)
    totals = np.zeros(len(number_of), dtype=np.int64)
    words = {name: int(tokens.lengths[tokens.kinds == kind].sum(dtype=np.int64)) for name, kind in KINDS.items()}
    words |= {"path": len(paths.forms), "all_text": sum(words[name] for name in ALL_TEXT) + len(left_out.forms)}
    fields = {name: _FieldCounts(len(terms), words[name]) for name in COUNTED}
    for first, block in tokens.blocks():
        end = first + len(block.counts)
        found = {name: _occurrences(block, kind) for name, kind in KINDS.items()}
        found |= {"path": paths.of(first, end)}
        prose, taken_away = [found[name] for name in ALL_TEXT], left_out.of(first, end)
        for one, sign in [*((one, 1) for one in prose), (taken_away, -1)]:
            totals += sign * np.bincount(one.forms, minlength=len(totals))
        for name in COUNTED:
            if name == "all_text":
                fields[name].add(end - first, number_of, prose, taken_away)
            else:
                fields[name].add(end - first, number_of, [found[name]])
    surface_forms = _surface_forms(terms, tokens.words, number_of, totals[: len(tokens.words)])
    return TermCounts(terms, surface_forms, {name: fields.pop(name).counts() for name in COUNTED})


def _occurrences(tokens: TokenStream, kind: PartKind) -> _Occurrences:
    """The words of parts of one kind."""
    is_kind = tokens.kinds == kind
    words = tokens.stream[np.repeat(is_kind, tokens.lengths.astype(np.int64) + 1)]
    posts = np.repeat(np.arange(len(tokens.counts), dtype=np.int32), tokens.counts)[is_kind]
    return _Occurrences(np.repeat(posts, tokens.lengths[is_kind]), words[words < len(tokens.words)].astype(np.int32))


def _words_of(post: Post, ignored: Collection[str]) -> list[str]:
    """The words of those paragraphs of a post that do not count."""
    lines = [line for line in lines_of(post) if line in ignored] if ignored else []
    return analysis.words("\n".join(lines)) if lines else []


def _term(language: str, word: str) -> str:
    """The term of a word; empty where it is no content word."""
    return analysis.stemmer(language)(word) if is_content_word(word, language) else ""


class _FieldCounts:
    """The counts of one field, while its posts come block by block."""

    def __init__(self, terms: int, most: int) -> None:
        """terms: how many the corpus has. most: as many counts as there may be; memory is taken for those there are."""
        self._is_used = np.zeros(terms, dtype=bool)
        self._data, self._indices = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
        self._starts = [np.zeros(1, dtype=np.int64)]

    def add(
        self, posts: int, number_of: Ints, found: Sequence[_Occurrences], taken_away: _Occurrences | None = None
    ) -> None:
        """Counts what some posts have. number_of: the term of each form, -1 where it has none."""
        pieces = [*found, taken_away] if taken_away else found
        rows = np.concatenate([one.posts for one in pieces])
        columns = number_of[np.concatenate([one.forms for one in pieces])]
        counts = np.ones(len(rows), dtype=np.int32)
        if taken_away:
            counts[len(rows) - len(taken_away.posts) :] = -1
        has_term = columns >= 0
        rows, columns, counts = rows[has_term], columns[has_term], counts[has_term]
        self._is_used[columns] = True
        block = sparse.coo_array((counts, (rows, columns)), shape=(posts, len(self._is_used))).tocsr()
        block.eliminate_zeros()
        starts = self._starts[-1][-1] + block.indptr.astype(np.int64)
        self._data[starts[0] : starts[-1]], self._indices[starts[0] : starts[-1]] = block.data, block.indices
        self._starts.append(starts[1:])

    def counts(self) -> Counts:
        """All of them."""
        starts, places = np.concatenate(self._starts), np.cumsum(self._is_used, dtype=np.int32) - 1
        data, indices = self._data, self._indices
        for values in (data, indices):
            values.resize(starts[-1], refcheck=False)  # a view of a larger array would be copied
        for first in range(0, len(indices), PIECE):
            indices[first : first + PIECE] = places[indices[first : first + PIECE]]
        terms = np.flatnonzero(self._is_used).astype(np.int32)
        return Counts(terms, compressed(data, indices, starts, len(terms)))


def compressed(values: NDArray[Any], columns: Ints, starts: NDArray[np.int64], width: int) -> sparse.csr_array:
    """A CSR matrix of `width` columns. Where starts are of 64 bits SciPy makes the columns so, too: they go into 32."""
    index = np.int32 if starts[-1] <= np.iinfo(np.int32).max else np.int64
    return sparse.csr_array((values, columns, starts.astype(index)), shape=(len(starts) - 1, width))


def _surface_forms(terms: list[str], forms: list[Form], number_of: Ints, totals: NDArray[np.int64]) -> list[str]:
    """Each term as the prose mostly writes it; a term that only code and paths have, as it is.

    forms: of the stream, sorted by word; no other is in prose. number_of: the term of each, -1 where it has none.
    totals: how often prose has each.
    """
    words = [word for _, word in forms]
    is_new = np.array([word != before for before, word in zip(["", *words], words, strict=False)], dtype=bool)
    # A word of two languages counts once, if its term is the same in both.
    keys = number_of[: len(forms)].astype(np.int64) * len(forms) + np.flatnonzero(is_new)[np.cumsum(is_new) - 1]
    used = np.flatnonzero((totals > 0) & (number_of[: len(forms)] >= 0))
    keys, places = np.unique(keys[used], return_inverse=True)
    term_numbers, first_forms = np.divmod(keys, max(1, len(forms)))
    order = np.lexsort((first_forms, -np.bincount(places, totals[used]), term_numbers))
    found, best = np.unique(term_numbers[order], return_index=True)
    surface_forms = terms.copy()
    for term, form in zip(found.tolist(), first_forms[order[best]].tolist(), strict=True):
        surface_forms[term] = words[form]
    return surface_forms


@dataclass(frozen=True, slots=True)
class _PostWords:
    """The forms of each post, one after the other; those of post i are forms[starts[i] : starts[i + 1]]."""

    forms: Ints
    starts: NDArray[np.int64]

    def of(self, first: int, end: int) -> _Occurrences:
        """Those of the posts from the first up to the end."""
        posts = np.repeat(np.arange(end - first, dtype=np.int32), np.diff(self.starts[first : end + 1]))
        return _Occurrences(posts, self.forms[self.starts[first] : self.starts[end]])


@dataclass(slots=True)
class _FormNumbers:
    """Numbers for forms: those of the stream keep theirs, others are numbered as they come."""

    all: list[Form]
    _numbers: dict[Form, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.all = list(self.all)
        self._numbers = {form: number for number, form in enumerate(self.all)}

    def words(self, texts: Iterator[tuple[str, Sequence[str]]]) -> _PostWords:
        """The forms in some texts. texts: language and words, one for each post."""
        forms, lengths = array("i"), [0]
        for language, words in texts:
            forms.extend(self._number((language, word)) for word in words)
            lengths.append(len(words))
        return _PostWords(np.array(forms, dtype=np.int32), np.cumsum(lengths))

    def _number(self, form: Form) -> int:
        number = self._numbers.setdefault(form, len(self.all))
        if number == len(self.all):
            self.all.append(form)
        return number
