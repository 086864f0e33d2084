"""The words of a build → how often each term stands in each field of each post, and how people write it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Post
from indexer.related.fields import ALL_TEXT, path_text, tells
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
    """Entry by entry: in which post which term stands how often. A post and a term may come more than once: add up."""

    posts: Ints
    terms: Ints
    counts: Ints


@dataclass(frozen=True, slots=True)
class Counted:
    """All terms of a corpus in order, each as the posts mostly write it ("cach" → "caching"), and the fields."""

    terms: list[str]
    written: list[str]
    fields: Mapping[str, Counts]


def count_terms(corpus: Corpus, tokens: TokenStream, ignored: Collection[str] = ()) -> Counted:
    """The same terms as `field_terms`, counted. tokens: those of the corpus. ignored: paragraphs that do not count."""
    forms = _Forms(tokens.words)
    entries = {name: _stream(tokens, kind) for name, kind in KINDS.items()}
    entries["path"] = forms.entries((post.language, path_text(post)) for post in corpus)
    if ignored:
        # They stand in the stream like all others: what they add is taken away again.
        lines = forms.entries((post.language, "\n".join(_lines_of(post, ignored))) for post in corpus)
        entries["body"] = _added([entries["body"], Counts(lines.posts, lines.terms, -lines.counts)])
    entries["all_text"] = _added([entries[name] for name in ALL_TEXT])
    of_form = [_term(*form) for form in forms.all]
    terms = sorted({term for term in of_form if term})
    place = {term: number for number, term in enumerate(terms)}
    numbers = np.array([place.get(term, -1) for term in of_form], dtype=np.int32)
    written = _as_written(terms, forms.all, of_form, entries["all_text"])
    return Counted(terms, written, {name: _of_terms(one, numbers) for name, one in entries.items()})


def _stream(tokens: TokenStream, kind: PartKind) -> Counts:
    """Where each word stands in parts of one kind. What is counted here and below are forms, not yet terms."""
    these = tokens.kinds == kind
    words = tokens.stream[np.repeat(these, tokens.lengths.astype(np.int64) + 1)]
    posts = np.repeat(np.arange(len(tokens.counts), dtype=np.int32), tokens.counts)[these]
    forms = words[words != GAP].astype(np.int32)
    return Counts(np.repeat(posts, tokens.lengths[these]), forms, np.ones(len(forms), dtype=np.int32))


def _lines_of(post: Post, ignored: Collection[str]) -> Iterator[str]:
    return (line for one in post.sections for line in one.text.split("\n") if line in ignored)


def _added(parts: Sequence[Counts]) -> Counts:
    return Counts(
        np.concatenate([one.posts for one in parts]),
        np.concatenate([one.terms for one in parts]),
        np.concatenate([one.counts for one in parts]),
    )


def _term(language: str, word: str) -> str:
    """The term of a word; nothing where it tells nothing."""
    return analysis.stemmer(language)(word) if tells(word, language) else ""


def _of_terms(forms: Counts, numbers: Ints) -> Counts:
    """The counts of forms as those of their terms. numbers: of the term of each form, -1 where it has none."""
    terms = numbers[forms.terms]
    telling = terms >= 0
    return Counts(forms.posts[telling], terms[telling], forms.counts[telling])


def _as_written(terms: list[str], forms: list[Form], of_form: list[str], prose: Counts) -> list[str]:
    """Each term as the prose mostly writes it; a term of code and paths alone stands for itself."""
    often: dict[str, Counter[str]] = defaultdict(Counter)
    total = np.bincount(prose.terms, prose.counts, minlength=len(forms))
    for (_, word), term, count in zip(forms, of_form, total.tolist(), strict=True):
        if count > 0:
            often[term][word] += int(count)
    return [min(often[term], key=lambda word: (-often[term][word], word)) if term in often else term for term in terms]


@dataclass(slots=True)
class _Forms:
    """Every form once, by number: those of the stream, and others as they come."""

    all: list[Form]
    _numbers: dict[Form, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.all = list(self.all)
        self._numbers = {form: number for number, form in enumerate(self.all)}

    def entries(self, texts: Iterator[tuple[str, str]]) -> Counts:
        """The words of one text, with its language, for each post."""
        found: list[int] = []
        sizes: list[int] = []
        for language, text in texts:
            words = analysis.words(text)
            found += [self._number((language, word)) for word in words]
            sizes.append(len(words))
        posts = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        return Counts(posts, np.array(found, dtype=np.int32), np.ones(len(found), dtype=np.int32))

    def _number(self, form: Form) -> int:
        number = self._numbers.setdefault(form, len(self.all))
        if number == len(self.all):
            self.all.append(form)
        return number
