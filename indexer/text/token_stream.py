"""Posts → the token stream: all their words in order. Engines, the lexicon and related posts are built from it.

Every text of a post is a *part*: its title, its description, a heading, the prose of a section, a tag, the code of a
section, and so on. The stream has the words of all parts of all posts, with a gap after each part, so that no phrase
matches across two parts. A position in the stream gives the part, its section, and the characters of its text. The
posts "Rye Bread" with the text "The oven bread", and "Rye":

    posts       |<------------- 0 ------------->|  |<- 1 ->|
    parts       |<-- 0 -->|      |<---- 1 ----->|  |<- 2 ->|
    position     0    1     2     3    4    5     6    7     8
    stream       2    0    GAP    3    1    0    GAP   2    GAP      numbers in words; GAP is any that no word has
    word         rye  bread       the  oven bread      rye
    spans        0,3  4,5   0     0,3  4,4  9,5   0    0,3   0       start, lead, length in the part's text, in 32 bits

    words       [("en", "bread"), ("en", "oven"), ("en", "rye"), ("en", "the")]

    per part     part    kinds    sections    lengths    starts()         per post     post    counts    first_parts()
                 0       TITLE    NOWHERE     2          0                             0       2         0
                 1       TEXT     0           3          3                             1       1         2
                 2       TITLE    NOWHERE     1          7                                               3
                                                         9
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain, compress, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Post
from indexer.store.memory import give_back_memory
from indexer.text import analysis
from indexer.text.bulk_tokenizer import tokenize

# A span is one number: the start of a word in its part in the upper bits, then what stands before it, its length in the
# lower ones; start and length in characters.
LENGTH_BITS, LEAD_BITS = 8, 3
LONGEST_SPAN = 2**LENGTH_BITS - 1
LAST_START = 2 ** (32 - LENGTH_BITS - LEAD_BITS) - 1

Ints = NDArray[np.int64]


class PartKind(IntEnum):
    """Which text of a post a part is. Those up to TAG are prose; parts come in this order, but for sections."""

    TITLE = 0
    DESCRIPTION = 1
    HEADING = 2
    TEXT = 3
    TAG = 4
    ALIAS = 5  # another name under which the post is found
    PATH = 6  # the words of its file name
    COMPOUND = 7  # the words within compounds such as RateLimiting of the title and headings
    CODE = 8


BLOCK = 1_000_000
NOWHERE = -1  # the section of a part that belongs to no section

_SUFFIX = re.compile(r"\.\w{1,8}$")
_LETTER = re.compile(r"[^\W\d_]")


def parts(post: Post) -> Iterator[tuple[PartKind, int, str]]:
    """Every part of a post: its kind, the index of its section (NOWHERE if it belongs to none), its text."""
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
    compounds = analysis.compounds("\n".join([post.title, *post.headings]))
    yield PartKind.COMPOUND, NOWHERE, " ".join(word for words in compounds for word in words if len(word) > 1)
    for number, section in enumerate(post.sections):
        yield PartKind.CODE, number, section.code


def _path_words(post: Post) -> str:
    """The content words of a file name; for an index page, of its folder's name."""
    name = _SUFFIX.sub("", post.path).removesuffix("/_index").removesuffix("/index").rpartition("/")[2]
    words = (word for word in analysis.words(name) if not analysis.is_stop_word(word, post.language))
    return " ".join(word for word in words if _LETTER.search(word))


@dataclass(frozen=True, slots=True)
class TokenStream:
    """The words of some posts, drawn above.

    words: each distinct (language, word) once, in any order. stream: for each position the number of its word, or one
    that no word has: GAP where posts were just analysed, else the number of words. spans: see `starts_of`, `leads_of`
    and `sizes_of`. kinds, sections, lengths: of each part, which has `lengths` words. counts: the parts of each post;
    parts without words are left out.
    """

    words: list[tuple[str, str]]
    stream: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    kinds: NDArray[np.uint8]
    sections: NDArray[np.int32]
    lengths: NDArray[np.uint32]
    counts: NDArray[np.uint32]

    def starts(self) -> Ints:
        """The position at which each part begins, and the end of the last one; a part includes the gap after it."""
        return np.concatenate([[0], np.cumsum(self.lengths.astype(np.int64) + 1)])

    def first_parts(self) -> Ints:
        """The index of each post's first part, and the number of all parts."""
        return np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])

    def blocks(self) -> Iterator[tuple[int, TokenStream]]:
        """The stream in pieces of whole posts, each with the number of its first post, so that what is worked out of
        each needs little memory. A piece has about BLOCK positions, and all words."""
        first_parts, starts = self.first_parts(), self.starts()
        post_starts = starts[first_parts]
        borders = np.searchsorted(post_starts, np.arange(0, post_starts[-1], BLOCK))
        borders = np.unique([0, *borders.tolist(), len(self.counts)])
        for first, end in pairwise(borders.tolist()):
            parts = slice(first_parts[first], first_parts[end])
            positions = slice(post_starts[first], post_starts[end])
            of_parts = (self.kinds[parts], self.sections[parts], self.lengths[parts])
            yield (
                first,
                TokenStream(
                    self.words, self.stream[positions], self.spans[positions], *of_parts, self.counts[first:end]
                ),
            )


GAP = 2**32 - 1


def packed_spans(starts: Ints, leads: NDArray[np.uint8], sizes: Ints) -> NDArray[np.uint32]:
    """The spans of words; a start or size that is too large becomes the largest there is."""
    starts, sizes = np.minimum(starts, LAST_START), np.minimum(sizes, LONGEST_SPAN)
    return (starts << (LENGTH_BITS + LEAD_BITS) | leads.astype(np.int64) << LENGTH_BITS | sizes).astype(np.uint32)


def starts_of(spans: NDArray[np.uint32]) -> Ints:
    """The character of its part at which each word starts."""
    return (spans >> (LENGTH_BITS + LEAD_BITS)).astype(np.int64)


def sizes_of(spans: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The length of each word, in characters."""
    sizes: NDArray[np.uint32] = spans & LONGEST_SPAN
    return sizes


def leads_of(spans: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The analysis.Lead of each word."""
    leads: NDArray[np.uint32] = spans >> LENGTH_BITS & (2**LEAD_BITS - 1)
    return leads


# Characters that are tokenized together: more do not fit into the processor's cache, with fewer the same words are
# decoded again for each batch.
BATCH_CHARACTERS = 1_000_000


def analysed(posts: Iterable[Post]) -> TokenStream:
    """The token stream of posts, in their order; its words are in the order of first occurrence."""
    words: list[tuple[str, str]] = []
    numbers: dict[str, _WordNumbers] = {}
    columns = [_tokenized(batch, numbers, words) for batch in _batches(posts)]
    stream, spans, kinds, sections, lengths, counts = zip(*columns, strict=True) if columns else ((),) * 6
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
class _Batch:
    """The parts of some posts that have any text, and for each post the number of its parts and its language."""

    kinds: list[int]
    sections: list[int]
    texts: list[str]
    part_counts: list[int]
    languages: list[str]


def _batches(posts: Iterable[Post]) -> Iterator[_Batch]:
    """The parts of posts, in batches of about BATCH_CHARACTERS characters."""
    batch = _Batch([], [], [], [], [])
    size = 0
    for post in posts:
        before = len(batch.texts)
        for kind, section, text in parts(post):
            if text:
                batch.kinds.append(kind)
                batch.sections.append(section)
                batch.texts.append(text)
                size += len(text)
        batch.part_counts.append(len(batch.texts) - before)
        batch.languages.append(post.language)
        if size >= BATCH_CHARACTERS:
            yield batch
            batch, size = _Batch([], [], [], [], []), 0
    if batch.part_counts:
        yield batch


def _tokenized(
    batch: _Batch, numbers: dict[str, _WordNumbers], words: list[tuple[str, str]]
) -> tuple[NDArray[Any], ...]:
    """The arrays of the TokenStream of a batch. New words are appended to `words`, and to the numbers by language."""
    text_words = tokenize(batch.texts)
    has_words = text_words.counts > 0
    lengths = text_words.counts[has_words]
    post_of_part = np.repeat(np.arange(len(batch.part_counts)), batch.part_counts)[has_words]
    part_of_word = np.repeat(np.arange(len(lengths)), lengths)
    positions = np.arange(len(part_of_word)) + part_of_word  # a gap follows each part
    stream = np.full(len(part_of_word) + len(lengths), GAP, dtype=np.uint32)
    spans = np.zeros(len(stream), dtype=np.uint32)
    spans[positions] = packed_spans(text_words.starts, text_words.leads, text_words.sizes)
    languages = np.array(batch.languages, dtype=object)
    for language in dict.fromkeys(batch.languages):
        number_of = numbers.setdefault(language, _WordNumbers(language, words)).__getitem__
        in_language = languages == language
        selected = slice(None) if in_language.all() else in_language[post_of_part[part_of_word]]
        used = np.flatnonzero(np.bincount(text_words.words[selected], minlength=len(text_words.vocabulary)))
        renumbered = np.zeros(len(text_words.vocabulary), dtype=np.uint32)
        renumbered[used] = [number_of(text_words.vocabulary[word]) for word in used.tolist()]
        stream[positions[selected]] = renumbered[text_words.words[selected]]
    return (
        stream,
        spans,
        np.array(batch.kinds, dtype=np.uint8)[has_words],
        np.array(batch.sections, dtype=np.int32)[has_words],
        lengths.astype(np.uint32),
        np.bincount(post_of_part, minlength=len(batch.part_counts)).astype(np.uint32),
    )


class _WordNumbers(dict[str, int]):
    """Word of one language → its number; a new word gets the next one."""

    def __init__(self, language: str, words: list[tuple[str, str]]) -> None:
        self._language = language
        self._words = words

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self._words)
        self._words.append((self._language, word))
        return number


def joined(batches: list[TokenStream], order: Sequence[tuple[int, int]]) -> TokenStream:
    """The token stream of posts from several streams. order: the posts, as (stream, index in it); each at most once.

    Its words are those of the selected posts, sorted by word and language, so the result does not depend on how the
    posts were divided into batches. `batches` is empty then: what has been joined takes up as much memory again.
    """
    runs = _runs(order)
    first_parts = [batch.first_parts() for batch in batches]
    part_starts = [batch.starts() for batch in batches]
    post_runs = [(batch, slice(first, end)) for batch, first, end in runs]
    part_runs = [
        (batch, slice(first_parts[batch][run.start], first_parts[batch][run.stop])) for batch, run in post_runs
    ]
    position_runs = [
        (batch, slice(part_starts[batch][run.start], part_starts[batch][run.stop])) for batch, run in part_runs
    ]
    words, renumbering = _merged_words(batches, position_runs)
    streams, spans = [batch.stream for batch in batches], [batch.spans for batch in batches]
    kinds, sections = [batch.kinds for batch in batches], [batch.sections for batch in batches]
    lengths, counts = [batch.lengths for batch in batches], [batch.counts for batch in batches]
    batches.clear()
    return TokenStream(
        words,
        _gathered(streams, position_runs, np.uint32, renumbering),
        _gathered(spans, position_runs, np.uint32),
        _gathered(kinds, part_runs, np.uint8),
        _gathered(sections, part_runs, np.int32),
        _gathered(lengths, part_runs, np.uint32),
        _gathered(counts, post_runs, np.uint32),
    )


def _gathered(
    arrays: list[NDArray[Any]],
    runs: Sequence[tuple[int, slice]],
    dtype: type,
    renumbering: Sequence[NDArray[Any]] | None = None,
) -> NDArray[Any]:
    """The runs end to end, each a slice of one of the arrays; these are let go. renumbering: see `_merged_words`."""
    gathered = np.empty(sum(run.stop - run.start for _, run in runs), dtype=dtype)
    end = 0
    for number, run in runs:
        values = arrays[number][run]
        if renumbering is not None:
            values = renumbering[number].take(values, mode="clip")  # what is no word of the batch is a gap
        start, end = end, end + len(values)
        gathered[start:end] = values
    is_from_many = len(arrays) > 1
    arrays.clear()
    if is_from_many:  # whose pieces are too small for the next array
        give_back_memory()
    return gathered


def _runs(order: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Runs of posts that are consecutive in one batch, as (batch, first, end): few, however many posts there are."""
    pairs = np.array(order, dtype=np.int64).reshape(len(order), 2)
    is_consecutive = (np.diff(pairs[:, 0]) == 0) & (np.diff(pairs[:, 1]) == 1)
    is_first = np.concatenate([[True], ~is_consecutive]) if len(order) else np.zeros(0, dtype=bool)
    is_last = np.concatenate([~is_consecutive, [True]]) if len(order) else is_first
    batch, first = pairs[is_first].T.tolist()
    return list(zip(batch, first, (pairs[is_last, 1] + 1).tolist(), strict=True))


def _merged_words(
    batches: Sequence[TokenStream], position_runs: Sequence[tuple[int, slice]]
) -> tuple[list[tuple[str, str]], list[NDArray[np.uint32]]]:
    """The words at these positions, sorted; and for each batch the new number of each of its words, then of gaps."""
    is_used = [np.zeros(len(batch.words) + 1, dtype=bool) for batch in batches]
    for batch, run in position_runs:
        is_used[batch][np.minimum(batches[batch].stream[run], len(batches[batch].words))] = True
    used = [list(compress(batch.words, flags.tolist())) for batch, flags in zip(batches, is_used, strict=True)]
    words = sorted(dict.fromkeys(chain.from_iterable(used)), key=itemgetter(1, 0))
    number_of = dict(zip(words, range(len(words)), strict=True))
    renumbering = []
    for flags, pairs in zip(is_used, used, strict=True):
        numbers = np.full(len(flags), len(words), dtype=np.uint32)
        numbers[np.flatnonzero(flags[:-1])] = np.fromiter(map(number_of.__getitem__, pairs), np.uint32, len(pairs))
        renumbering.append(numbers)
    return words, renumbering


def _concatenated(pieces: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=dtype)


def tokens_of(posts: Iterable[Post]) -> TokenStream:
    """The token stream of posts, with its words sorted."""
    batch = analysed(posts)
    return joined([batch], [(0, post) for post in range(len(batch.counts))])
