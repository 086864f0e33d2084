"""The token stream of a corpus → how often each term occurs in each field of each post, and its surface form.

A form is a word in one language; forms are counted first, because a term has to be found only once for each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Post
from indexer.related.fields import ALL_TEXT, is_content_word, lines_of, path_words
from indexer.text import analysis
from indexer.text.token_stream import GAP, PartKind, TokenStream

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


@dataclass(frozen=True, slots=True)
class Counts:
    """Which post has which term how often, entry by entry, as in a COO matrix: equal pairs of post and term add up."""

    posts: Ints
    terms: Ints
    counts: Ints


NO_COUNTS = Counts(*(np.zeros(0, dtype=np.int32) for _ in range(3)))


@dataclass(frozen=True, slots=True)
class TermCounts:
    """The terms of a corpus, sorted; the surface form in which posts mostly write each ("cach" → "caching"); and the
    counts of each field."""

    terms: list[str]
    surface_forms: list[str]
    fields: Mapping[str, Counts]


def count_terms(corpus: Corpus, tokens: TokenStream, ignored: Collection[str] = ()) -> TermCounts:
    """The terms of `fields.field_terms`, counted. tokens: of the corpus. ignored: paragraphs that do not count."""
    forms = _FormNumbers(tokens.words)
    entries = {name: _form_counts(tokens, kind) for name, kind in KINDS.items()}
    entries["path"] = forms.counts((post.language, path_words(post)) for post in corpus)
    if ignored:
        # The stream holds these paragraphs like all others: their counts are taken away again.
        lines = forms.counts((post.language, _words_of(post, ignored)) for post in corpus)
        entries["body"] = _concatenated([entries["body"], Counts(lines.posts, lines.terms, -lines.counts)])
    entries["all_text"] = _concatenated([entries[name] for name in ALL_TEXT])
    term_of = [_term(*form) for form in forms.all]
    terms = sorted({term for term in term_of if term})
    numbers = {term: number for number, term in enumerate(terms)}
    number_of = np.array([numbers.get(term, -1) for term in term_of], dtype=np.int32)
    surface_forms = _surface_forms(terms, tokens.words, number_of, entries["all_text"])
    return TermCounts(terms, surface_forms, {name: _term_counts(form, number_of) for name, form in entries.items()})


def _form_counts(tokens: TokenStream, kind: PartKind) -> Counts:
    """The forms in parts of one kind, each once for each post."""
    pieces = [_summed(_occurrences(piece, kind), first, len(tokens.words)) for first, piece in tokens.blocks()]
    return _concatenated([NO_COUNTS, *pieces])


def _summed(counts: Counts, first_post: int, forms: int) -> Counts:
    """Counts of which no pair of post and term stands there twice. first_post: the number of post 0."""
    keys, sums = np.unique(counts.posts.astype(np.int64) * forms + counts.terms, return_counts=True)
    posts, terms = np.divmod(keys, max(1, forms))
    return Counts((posts + first_post).astype(np.int32), terms.astype(np.int32), sums.astype(np.int32))


def _occurrences(tokens: TokenStream, kind: PartKind) -> Counts:
    """An entry for each occurrence."""
    is_kind = tokens.kinds == kind
    words = tokens.stream[np.repeat(is_kind, tokens.lengths.astype(np.int64) + 1)]
    posts = np.repeat(np.arange(len(tokens.counts), dtype=np.int32), tokens.counts)[is_kind]
    forms = words[words != GAP].astype(np.int32)
    return Counts(np.repeat(posts, tokens.lengths[is_kind]), forms, np.ones(len(forms), dtype=np.int32))


def _words_of(post: Post, ignored: Collection[str]) -> list[str]:
    """The words of those paragraphs of a post that do not count."""
    lines = [line for line in lines_of(post) if line in ignored]
    return analysis.words("\n".join(lines)) if lines else []


def _concatenated(parts: Sequence[Counts]) -> Counts:
    return Counts(
        np.concatenate([part.posts for part in parts]),
        np.concatenate([part.terms for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def _term(language: str, word: str) -> str:
    """The term of a word; empty where it is no content word."""
    return analysis.stemmer(language)(word) if is_content_word(word, language) else ""


def _term_counts(forms: Counts, number_of: Ints) -> Counts:
    """Counts of forms → counts of their terms. number_of: the term of each form, -1 where it has none."""
    terms = number_of[forms.terms]
    has_term = terms >= 0
    return Counts(forms.posts[has_term], terms[has_term], forms.counts[has_term])


def _surface_forms(terms: list[str], forms: list[Form], number_of: Ints, prose: Counts) -> list[str]:
    """Each term as the prose mostly writes it; a term that only code and paths have, as it is.

    forms: of the stream, sorted by word; no other is in prose. number_of: the term of each, -1 where it has none.
    """
    words = [word for _, word in forms]
    totals = np.bincount(prose.terms, prose.counts, minlength=len(forms))[: len(forms)]
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


@dataclass(slots=True)
class _FormNumbers:
    """Numbers for forms: those of the stream keep theirs, others are numbered as they come."""

    all: list[Form]
    _numbers: dict[Form, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.all = list(self.all)
        self._numbers = {form: number for number, form in enumerate(self.all)}

    def counts(self, texts: Iterator[tuple[str, Sequence[str]]]) -> Counts:
        """The forms in some texts. texts: language and words, one for each post."""
        forms: list[int] = []
        lengths: list[int] = []
        for language, words in texts:
            forms += [self._number((language, word)) for word in words]
            lengths.append(len(words))
        posts = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        return Counts(posts, np.array(forms, dtype=np.int32), np.ones(len(forms), dtype=np.int32))

    def _number(self, form: Form) -> int:
        number = self._numbers.setdefault(form, len(self.all))
        if number == len(self.all):
            self.all.append(form)
        return number
