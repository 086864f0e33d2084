"""Posts → how often each term stands in each field, and how people write it, in one pass over the texts."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer import analysis
from indexer.model import Corpus
from indexer.similarity.terms import FIELDS, WHOLE, field_texts, tells

Ints = NDArray[np.int32]


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


def count_terms(corpus: Corpus, ignored: Collection[str] = ()) -> Counted:
    """The same terms as `field_terms`, counted. ignored: paragraphs that do not count."""
    forms: list[tuple[str, str]] = []
    numbers: dict[str, _Words] = {}
    entries: dict[str, _Entries] = defaultdict(_Entries)
    for post in corpus:
        if post.language not in numbers:
            numbers[post.language] = _Words(post.language, forms)
        for name, texts in field_texts(post, ignored).items():
            entries[name].add(numbers[post.language], Counter(_words(texts)))
    terms = sorted({term for _, term in forms if term})
    place = {term: number for number, term in enumerate(terms)}
    of_word = np.array([place.get(term, -1) for _, term in forms], dtype=np.int32)
    fields = {name: entries[name].counts(of_word) for name in FIELDS if name != "whole"}
    fields["whole"] = _added([fields[name] for name in WHOLE])
    return Counted(terms, _as_written(terms, forms, [entries[name] for name in WHOLE]), fields)


def _words(texts: Iterable[str]) -> list[str]:
    """The words of texts in any order: those of plain ASCII are found much faster, so they are looked up together."""
    plain: list[str] = []
    other: list[str] = []
    for text in texts:
        if text.isascii():
            plain.append(text)
        else:  # no word goes across a space
            for piece in text.split():
                (plain if piece.isascii() else other).append(piece)
    words = analysis.words("\n".join(plain))
    for piece in other:
        words += analysis.words(piece)
    return words


class _Words(dict[str, int]):
    """Word → its number. forms: for every number the word and its term, "" where it tells nothing."""

    def __init__(self, language: str, forms: list[tuple[str, str]]) -> None:
        self._language = language
        self._stem = analysis.stemmer(language)
        self._forms = forms

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self._forms)
        self._forms.append((word, self._stem(word) if tells(word, self._language) else ""))
        return number


@dataclass(slots=True)
class _Entries:
    """One field of all posts, word by word. sizes: how many different words each post has."""

    words: array[int] = field(default_factory=lambda: array("i"))
    counted: array[int] = field(default_factory=lambda: array("i"))
    sizes: list[int] = field(default_factory=list)

    def add(self, numbers: _Words, counts: Counter[str]) -> None:
        self.words.extend(map(numbers.__getitem__, counts))
        self.counted.extend(counts.values())
        self.sizes.append(len(counts))

    def counts(self, of_word: Ints) -> Counts:
        terms = of_word[np.array(self.words, dtype=np.int32)]
        posts = np.repeat(np.arange(len(self.sizes), dtype=np.int32), self.sizes)
        telling = terms >= 0
        return Counts(posts[telling], terms[telling], np.array(self.counted, dtype=np.int32)[telling])


def _added(parts: list[Counts]) -> Counts:
    return Counts(
        np.concatenate([one.posts for one in parts]),
        np.concatenate([one.terms for one in parts]),
        np.concatenate([one.counts for one in parts]),
    )


def _as_written(terms: list[str], forms: list[tuple[str, str]], prose: list[_Entries]) -> list[str]:
    """Each term as the prose mostly writes it; a term of code and paths alone stands for itself."""
    often: dict[str, Counter[str]] = defaultdict(Counter)
    total = np.sum([np.bincount(one.words, one.counted, minlength=len(forms)) for one in prose], axis=0)
    for (word, term), count in zip(forms, total.tolist(), strict=True):
        if count:
            often[term][word] += int(count)
    return [min(often[term], key=lambda word: (-often[term][word], word)) if term in often else term for term in terms]
