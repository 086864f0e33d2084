"""Posts → their words in the order of the text: what engines, the vocabulary and a rebuild all stand on.

Every text of a post is a *part*: its title, its description, a heading, the prose under one, a tag, the code of a
section. The words of all parts of all posts make one stream, with a gap after each part, so that a place in the stream
says which part, which section and which characters of it, and no phrase is found across two parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import analysis
from indexer.model import Post

# A span is one number: where a word begins in its part, and how many characters it has.
LENGTH_BITS = 8
LONGEST_SPAN = 2**LENGTH_BITS - 1
LAST_START = 2 ** (32 - LENGTH_BITS) - 1

Ints = NDArray[np.int64]


class Kind(IntEnum):
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


def parts(post: Post) -> Iterator[tuple[Kind, int, str]]:
    """Every text of a post: its kind, its section (NOWHERE for those of the post as a whole), itself."""
    yield Kind.TITLE, NOWHERE, post.title
    yield Kind.DESCRIPTION, NOWHERE, post.description
    for number, section in enumerate(post.sections):
        yield Kind.HEADING, number, section.heading
        yield Kind.TEXT, number, section.text
    for tag in post.tags:
        yield Kind.TAG, NOWHERE, tag
    for alias in post.search_aliases:
        yield Kind.ALIAS, NOWHERE, alias
    yield Kind.PATH, NOWHERE, _path_words(post)
    yield Kind.COMPOUND, NOWHERE, " ".join(_compound_words("\n".join([post.title, *post.headings])))
    for number, section in enumerate(post.sections):
        yield Kind.CODE, number, section.code


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
class Tokens:
    """The words of some posts.

    words: each different (language, word) once, in any order. stream: for every place of the stream the number of its
    word, or GAP. spans: for every place start << LENGTH_BITS | length in characters. Of every part: kinds, sections,
    lengths (words in it). counts: parts of every post.
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


def analysed(posts: Iterable[Post]) -> Tokens:
    """The words of posts, in their order."""
    numbers: dict[str, _Numbers] = {}
    words: list[tuple[str, str]] = []
    stream: list[int] = []
    apart: list[int] = []  # the lengths that `words_apart` gives
    kinds: list[int] = []
    sections: list[int] = []
    lengths: list[int] = []
    counts: list[int] = []
    for post in posts:
        number_of = numbers.setdefault(post.language, _Numbers(post.language, words)).__getitem__
        before = len(kinds)
        for kind, section, text in parts(post):
            found, between = analysis.words_apart(text)
            if found:
                stream += map(number_of, found)
                stream.append(GAP)
                apart += between
                kinds.append(kind)
                sections.append(section)
                lengths.append(len(found))
        counts.append(len(kinds) - before)
    return Tokens(
        words,
        np.array(stream, dtype=np.uint32),
        _spans(np.array(apart, dtype=np.int64), np.array(lengths, dtype=np.int64)),
        np.array(kinds, dtype=np.uint8),
        np.array(sections, dtype=np.int32),
        np.array(lengths, dtype=np.uint32),
        np.array(counts, dtype=np.uint32),
    )


def _spans(apart: Ints, lengths: Ints) -> NDArray[np.uint32]:
    """The spans of a stream. apart: for each part what is before, in and between its words; lengths: its words."""
    pieces = 2 * lengths + 1
    first = np.cumsum(pieces) - pieces
    ends = np.cumsum(apart)
    begun = np.repeat(ends[first] - apart[first], lengths + 1)  # where the part's text starts
    # Every second piece, counted within its part, is a word; the last one, the rest of the text, becomes the gap.
    before = np.arange(len(begun)) * 2 - np.repeat(np.arange(len(lengths)), lengths + 1)
    starts = ends[before] - begun
    sizes = apart[np.minimum(before + 1, len(apart) - 1)] if len(apart) else apart
    packed = np.minimum(starts, LAST_START) << LENGTH_BITS | np.minimum(sizes, LONGEST_SPAN)
    packed[np.cumsum(lengths + 1) - 1] = 0
    spans: NDArray[np.uint32] = packed.astype(np.uint32)
    return spans


def joined(batches: Sequence[Tokens], order: Sequence[tuple[int, int]]) -> Tokens:
    """One Tokens of several. order: which posts, as (batch, place in it); each at most once.

    Its words are those of the posts taken, sorted by word and language, so it is the same however the posts were
    divided into batches.
    """
    merged = sorted({pair for batch in batches for pair in batch.words}, key=lambda pair: (pair[1], pair[0]))
    number = {pair: place for place, pair in enumerate(merged)}
    streams = [_renumbered(batch, number) for batch in batches]
    starts = [batch.starts()[batch.first_parts()] for batch in batches]
    firsts = [batch.first_parts() for batch in batches]
    places = [(batch, slice(*starts[batch][post : post + 2])) for batch, post in order]
    parts_of = [(batch, slice(*firsts[batch][post : post + 2])) for batch, post in order]
    stream = _concatenated([streams[batch][place] for batch, place in places], np.uint32)
    used = np.bincount(stream[stream != GAP], minlength=len(merged)) > 0
    kept = np.append(np.cumsum(used) - 1, GAP).astype(np.uint32)
    return Tokens(
        [pair for pair, is_used in zip(merged, used.tolist(), strict=True) if is_used],
        kept[np.minimum(stream, len(merged))],
        _concatenated([batches[batch].spans[place] for batch, place in places], np.uint32),
        _concatenated([batches[batch].kinds[place] for batch, place in parts_of], np.uint8),
        _concatenated([batches[batch].sections[place] for batch, place in parts_of], np.int32),
        _concatenated([batches[batch].lengths[place] for batch, place in parts_of], np.uint32),
        np.array([batches[batch].counts[post] for batch, post in order], dtype=np.uint32),
    )


def _renumbered(batch: Tokens, number: dict[tuple[str, str], int]) -> NDArray[np.uint32]:
    table = np.array([*map(number.__getitem__, batch.words), GAP], dtype=np.uint32)
    return table[np.minimum(batch.stream, len(batch.words))]


def _concatenated(pieces: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=dtype)


def tokens_of(posts: Iterable[Post]) -> Tokens:
    """The words of posts, sorted: what a build stands on."""
    batch = analysed(posts)
    return joined([batch], [(0, post) for post in range(len(batch.counts))])


class _Numbers(dict[str, int]):
    """word → its number, given when it is first met."""

    def __init__(self, language: str, words: list[tuple[str, str]]) -> None:
        self._language = language
        self._words = words

    def __missing__(self, word: str) -> int:
        if len(word) > analysis.LONGEST_WORD:
            number = self[word[: analysis.LONGEST_WORD]]
        else:
            number = len(self._words)
            self._words.append((self._language, word))
        self[word] = number
        return number
