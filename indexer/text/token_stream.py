"""Posts → their words in the order of the text: what engines, the lexicon and a rebuild all stand on.

Every text of a post is a *part*: its title, its description, a heading, the prose under one, a tag, the code of a
section. The words of all parts of all posts make one stream, with a gap after each part, so that a place in the stream
says which part, which section and which characters of it, and no phrase is found across two parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, compress
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Post
from indexer.text import analysis
from indexer.text.bulk_tokenizer import plain_words

# A span is one number: where a word begins in its part, and how many characters it has.
LENGTH_BITS = 8
LONGEST_SPAN = 2**LENGTH_BITS - 1
LAST_START = 2 ** (32 - LENGTH_BITS) - 1

Ints = NDArray[np.int64]


class PartKind(IntEnum):
    """Which text of a post a part is. Those up to TAG are prose and stand first in the stream."""

    TITLE = 0
    DESCRIPTION = 1
    HEADING = 2
    TEXT = 3
    TAG = 4
    ALIAS = 5  # a name under which the post is to be found too
    PATH = 6  # the words of its file's name
    COMPOUND = 7  # the words within a compound of the title or a heading: RateLimiting
    CODE = 8


NOWHERE = -1  # the section of a part that stands in none

_INSIDE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")
_COMPOUND = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]?[a-z0-9]++(?<=[a-z])[A-Z]|[A-Z]{2,}+[a-z])[A-Za-z0-9]*+")
_SUFFIX = re.compile(r"\.\w{1,8}$")
_LETTER = re.compile(r"[^\W\d_]")


def parts(post: Post) -> Iterator[tuple[PartKind, int, str]]:
    """Every text of a post: its kind, its section (NOWHERE for those of the post as a whole), itself."""
    yield PartKind.TITLE, NOWHERE, post.title
    yield PartKind.DESCRIPTION, NOWHERE, post.description
    for number, section in enumerate(post.sections):
        yield PartKind.HEADING, number, section.heading
        yield PartKind.TEXT, number, section.text
    for tag in post.tags:
        yield PartKind.TAG, NOWHERE, tag
    for alias in post.search_aliases:
        yield PartKind.ALIAS, NOWHERE, alias
    yield PartKind.PATH, NOWHERE, _path_words(post)
    yield PartKind.COMPOUND, NOWHERE, " ".join(_compound_words("\n".join([post.title, *post.headings])))
    for number, section in enumerate(post.sections):
        yield PartKind.CODE, number, section.code


def _path_words(post: Post) -> str:
    """The words of a file's name that say something; of a folder's index page those of the folder."""
    name = _SUFFIX.sub("", post.path).removesuffix("/_index").removesuffix("/index").rpartition("/")[2]
    words = (word for word in analysis.words(name) if not analysis.is_stop_word(word, post.language))
    return " ".join(word for word in words if _LETTER.search(word))


def _compound_words(text: str) -> Iterator[str]:
    """The words within the compounds of a text: of RateLimiting both, of APIs none, for that is one word."""
    for compound in _COMPOUND.findall(text):
        inside = [word for word in _INSIDE.findall(compound) if len(word) > 1]
        if len(inside) > 1:
            yield from inside


@dataclass(frozen=True, slots=True)
class TokenStream:
    """The words of some posts.

    words: each different (language, word) once, in any order. stream: for every place of the stream the number of its
    word, or GAP (in one that was kept, any number that no word has). spans: for every place start << LENGTH_BITS |
    length in characters. Of every part: kinds, sections, lengths (words in it). counts: parts of every post.
    """

    words: list[tuple[str, str]]
    stream: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    sections: NDArray[np.int32]
    lengths: NDArray[np.uint32]
    counts: NDArray[np.uint32]

    def starts(self) -> Ints:
        """Where each part begins in the stream, and where the last one ends: the gap after a part is its own."""
        return np.concatenate([[0], np.cumsum(self.lengths.astype(np.int64) + 1)])

    def first_parts(self) -> Ints:
        """The number of each post's first part, and the number of parts in all."""
        return np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])


GAP = 2**32 - 1


# Characters that are looked at together: more do not fit where the processor looks first, fewer tell words twice.
AT_ONCE = 1_000_000


def analysed(posts: Iterable[Post]) -> TokenStream:
    """The words of posts, in their order."""
    words: list[tuple[str, str]] = []
    numbers: dict[str, _Numbers] = {}
    found = [_analysed(some, numbers, words) for some in _together(posts)]
    stream, spans, kinds, sections, lengths, counts = zip(*found, strict=True) if found else ((),) * 6
    return TokenStream(
        words,
        _concatenated(stream, np.uint32),
        _concatenated(spans, np.uint32),
        _concatenated(kinds, np.uint8),
        _concatenated(sections, np.int32),
        _concatenated(lengths, np.uint32),
        _concatenated(counts, np.uint32),
    )


@dataclass(frozen=True, slots=True)
class _Some:
    """The parts of some posts that have any text. posts: how many parts each post has. languages: of each post."""

    kinds: list[int]
    sections: list[int]
    texts: list[str]
    posts: list[int]
    languages: list[str]


def _together(posts: Iterable[Post]) -> Iterator[_Some]:
    """Posts as their parts, about AT_ONCE characters at a time."""
    some = _Some([], [], [], [], [])
    size = 0
    for post in posts:
        before = len(some.texts)
        for kind, section, text in parts(post):
            if text:
                some.kinds.append(kind)
                some.sections.append(section)
                some.texts.append(text)
                size += len(text)
        some.posts.append(len(some.texts) - before)
        some.languages.append(post.language)
        if size >= AT_ONCE:
            yield some
            some, size = _Some([], [], [], [], []), 0
    if some.posts:
        yield some


def _analysed(some: _Some, numbers: dict[str, _Numbers], words: list[tuple[str, str]]) -> tuple[NDArray[Any], ...]:
    """All of Tokens but the words, which go into `words`, and into the numbers of their language."""
    found = plain_words(some.texts)
    has_words = found.counts > 0
    lengths = found.counts[has_words]
    post_of = np.repeat(np.arange(len(some.posts)), some.posts)[has_words]
    part_of = np.repeat(np.arange(len(lengths)), lengths)
    places = np.arange(len(part_of)) + part_of  # a gap follows each part
    stream = np.full(len(part_of) + len(lengths), GAP, dtype=np.uint32)
    spans = np.zeros(len(stream), dtype=np.uint32)
    spans[places] = np.minimum(found.starts, LAST_START) << LENGTH_BITS | np.minimum(found.sizes, LONGEST_SPAN)
    languages = np.array(some.languages, dtype=object)
    for language in dict.fromkeys(some.languages):
        number_of = numbers.setdefault(language, _Numbers(language, words)).__getitem__
        own = slice(None) if (languages == language).all() else (languages == language)[post_of[part_of]]
        there = np.flatnonzero(np.bincount(found.words[own], minlength=len(found.different)))
        table = np.zeros(len(found.different), dtype=np.uint32)
        table[there] = [number_of(found.different[word]) for word in there.tolist()]
        stream[places[own]] = table[found.words[own]]
    return (
        stream,
        spans,
        np.array(some.kinds, dtype=np.uint8)[has_words],
        np.array(some.sections, dtype=np.int32)[has_words],
        lengths.astype(np.uint32),
        np.bincount(post_of, minlength=len(some.posts)).astype(np.uint32),
    )


class _Numbers(dict[str, int]):
    """word of one language → its number, given when it is first met."""

    def __init__(self, language: str, words: list[tuple[str, str]]) -> None:
        self._language = language
        self._words = words

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self._words)
        self._words.append((self._language, word))
        return number


def joined(batches: Sequence[TokenStream], order: Sequence[tuple[int, int]]) -> TokenStream:
    """One Tokens of several. order: which posts, as (batch, place in it); each at most once.

    Its words are those of the posts taken, sorted by word and language, so it is the same however the posts were
    divided into batches.
    """
    runs = _runs(order)
    firsts = [batch.first_parts() for batch in batches]
    starts = [batch.starts() for batch in batches]
    posts = [(batch, slice(first, end)) for batch, first, end in runs]
    parts_of = [(batch, slice(firsts[batch][one.start], firsts[batch][one.stop])) for batch, one in posts]
    places = [(batch, slice(starts[batch][one.start], starts[batch][one.stop])) for batch, one in parts_of]
    words, tables = _merged(batches, places)
    renumbered = [
        tables[batch][np.minimum(batches[batch].stream[run], len(tables[batch]) - 1)] for batch, run in places
    ]
    return TokenStream(
        words,
        _concatenated(renumbered, np.uint32),
        _concatenated([batches[batch].spans[run] for batch, run in places], np.uint32),
        _concatenated([batches[batch].kinds[run] for batch, run in parts_of], np.uint8),
        _concatenated([batches[batch].sections[run] for batch, run in parts_of], np.int32),
        _concatenated([batches[batch].lengths[run] for batch, run in parts_of], np.uint32),
        _concatenated([batches[batch].counts[run] for batch, run in posts], np.uint32),
    )


def _runs(order: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Posts that stand side by side in one batch, as (batch, first, end): few, however many posts there are."""
    pairs = np.array(order, dtype=np.int64).reshape(len(order), 2)
    goes_on = (np.diff(pairs[:, 0]) == 0) & (np.diff(pairs[:, 1]) == 1)
    first = np.concatenate([[True], ~goes_on]) if len(order) else np.zeros(0, dtype=bool)
    last = np.concatenate([~goes_on, [True]]) if len(order) else first
    batch, start = pairs[first].T.tolist()
    return list(zip(batch, start, (pairs[last, 1] + 1).tolist(), strict=True))


def _merged(
    batches: Sequence[TokenStream], places: Sequence[tuple[int, slice]]
) -> tuple[list[tuple[str, str]], list[NDArray[np.uint32]]]:
    """The words that stand at these places, sorted, and for each batch the new number of each of its words and GAP."""
    used = [np.zeros(len(batch.words) + 1, dtype=bool) for batch in batches]
    for batch, run in places:
        used[batch][np.minimum(batches[batch].stream[run], len(batches[batch].words))] = True
    taken = [list(compress(batch.words, flags.tolist())) for batch, flags in zip(batches, used, strict=True)]
    words = sorted(dict.fromkeys(chain.from_iterable(taken)), key=itemgetter(1, 0))
    number = dict(zip(words, range(len(words)), strict=True))
    tables = []
    for flags, pairs in zip(used, taken, strict=True):
        table = np.full(len(flags), GAP, dtype=np.uint32)
        table[np.flatnonzero(flags[:-1])] = np.fromiter(map(number.__getitem__, pairs), np.uint32, len(pairs))
        tables.append(table)
    return words, tables


def _concatenated(pieces: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=dtype)


def tokens_of(posts: Iterable[Post]) -> TokenStream:
    """The words of posts, sorted: what a build stands on."""
    batch = analysed(posts)
    return joined([batch], [(0, post) for post in range(len(batch.counts))])
