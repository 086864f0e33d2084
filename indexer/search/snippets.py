"""Posts that were found, and the terms that were asked for → the section that matched best, and spans to highlight.

Nothing here decides who is found or in which order. Text goes out as it stands with spans beside it, so no page can
be injected through a result. Where the terms stand is looked up in the stream of the index, so no text is analysed
again; only the section that is shown is read.

A page of hits is looked at as a whole, in a few steps over arrays: a step costs about the same for one hit as for ten.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Hit, Section, Snippet, StoredPost
from indexer.search.lexicon import Phrase, ResolvedQuery, Word
from indexer.store.posts import PostStore
from indexer.text.token_stream import LAST_START, LENGTH_BITS, LONGEST_SPAN, NOWHERE, PartKind

LONGEST_SNIPPET = 200  # characters
MOST_SNIPPETS = 2
# A place beyond these many in one part adds nothing to what can be shown of it.
MOST_MARKS = 200
# What a window is judged by; the rest of a fragment is what stands around it.
_WITHIN = LONGEST_SNIPPET * 3 // 4

# A word that was asked for is one bit, and the last bit is a phrase; more words than bits share some.
_WORD_BITS = 62
_PHRASE = 1 << _WORD_BITS
_BIT = np.array([0, *(1 << number for number in range(_WORD_BITS))], dtype=np.int64)
_ANY_WORD = _PHRASE - 1
_IN_SECTION = np.array([kind in (PartKind.HEADING, PartKind.TEXT, PartKind.CODE) for kind in PartKind], dtype=np.int64)

Ints = NDArray[np.int64]
Bits = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TermStream:
    """The terms of posts in the order of the text, as tokens.py has the words.

    words: for every place a word, the last number for a gap. term_of: the term of each word, a number beyond all terms
    for a gap. spans, part_*: as in Tokens. post_starts: where each post begins.
    """

    words: NDArray[np.uint32]
    term_of: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    part_starts: NDArray[Any]
    part_kinds: NDArray[np.uint8]
    part_sections: NDArray[np.int32]
    post_starts: NDArray[Any]


def shown_hits(
    stream: TermStream,
    places: Sequence[int],
    found: Sequence[tuple[int, float]],
    posts: PostStore,
    resolved: ResolvedQuery,
) -> tuple[Hit, ...]:
    """Each post with its best section and snippets, or with its description where no section matched.

    places: which posts of the stream are meant. found: their numbers in `posts` and their scores.
    """
    if not found:
        return ()
    page = _page(stream, np.array(places, dtype=np.int64), resolved)
    parts = _parts(page, len(found))
    views = [_view(posts, number, part) for (number, _), part in zip(found, parts, strict=True)]
    marks = _marks(stream, page, [*(part.title for part in parts), *(view.row for view in views)])
    titles, texts = marks.rows[: len(found)], marks.rows[len(found) :]
    snippets = _snippets([view.text for view in views], marks, texts)
    return tuple(
        Hit(view.post, score, Snippet(view.post.title, marks.spans(*title)), view.section, pieces)
        for (_, score), view, title, pieces in zip(found, views, titles, snippets, strict=True)
    )


# --------------------------------------------------------------------------------------------- where words stand


@dataclass(frozen=True, slots=True)
class _Page:
    """What was asked for in the posts of a page, in the order of the hits and of their texts.

    places: of the stream. bits: of each place the word it is, and _PHRASE where it is part of one. Of every part that
    has any: hit, kind, section, and its places, from the one in `firsts` to the next one there.
    """

    places: Ints
    bits: Bits
    hits: Ints
    kinds: NDArray[np.uint8]
    sections: NDArray[np.int32]
    firsts: Ints


def _page(stream: TermStream, posts: Ints, resolved: ResolvedQuery) -> _Page:
    starts, ends = stream.post_starts[posts], stream.post_starts[posts + 1]
    begun, at, bits = _asked_places(stream, starts, ends, resolved)
    # The parts of these posts, and which of their places are in each.
    first_parts = stream.part_starts.searchsorted(starts)
    counts = stream.part_starts.searchsorted(ends) - first_parts
    parts = _ranges(first_parts, counts)
    moved = begun - starts  # from the stream to the posts of the page, end to end
    firsts = at.searchsorted(stream.part_starts[parts] + moved.repeat(counts))
    docs_with = (firsts[1:] > firsts[:-1]).nonzero()[0]
    if len(firsts) and firsts[-1] < len(at):
        docs_with = np.append(docs_with, len(firsts) - 1)
    parts, hits = parts[docs_with], np.arange(len(posts)).repeat(counts)[docs_with]
    firsts = np.append(firsts[docs_with], len(at))
    places = at - moved[hits].repeat(firsts[1:] - firsts[:-1])
    return _Page(places, bits, hits, stream.part_kinds[parts], stream.part_sections[parts], firsts)


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """start, start + 1, … for each start, as many as its count."""
    ends = counts.cumsum()
    numbers: Ints = np.arange(ends[-1]) + (starts - ends + counts).repeat(counts)
    return numbers


def _asked_places(stream: TermStream, starts: Ints, ends: Ints, resolved: ResolvedQuery) -> tuple[Ints, Ints, Bits]:
    """Some posts end to end: where each begins, where a word stands that was asked for, and its bits."""
    words = [
        *resolved.words,
        *(word for phrase in (*resolved.phrases, *resolved.synonyms) for word in phrase),
        resolved.unfinished,
    ]
    number_of: dict[int, int] = {}
    for number, word in enumerate(words):
        for term in word:
            number_of.setdefault(term, number % _WORD_BITS + 1)
    numbers = np.zeros(int(stream.term_of[-1]) + 1, dtype=np.uint8)
    numbers[list(number_of)] = list(number_of.values())
    pieces = [stream.words[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    terms = stream.term_of.take(np.concatenate(pieces))
    found = numbers.take(terms)
    at = (found != 0).nonzero()[0]  # of numbers, nonzero takes ten times as long
    lengths = ends.astype(np.int64) - starts
    begun = lengths.cumsum() - lengths
    bits = _BIT.take(found.take(at))
    if resolved.phrases or resolved.synonyms:
        at, bits = _without_halves(at, terms[at], bits, resolved)
    if not resolved.phrases and len(resolved.words) > 1:
        # Without an explicit phrase, the loose words in their order are one that would please most.
        _note_whole(at, terms, bits, resolved.words)
    return begun, at, bits


def _without_halves(at: Ints, terms: NDArray[np.uint32], bits: Bits, resolved: ResolvedQuery) -> tuple[Ints, Bits]:
    """The places and bits without the words of a phrase or synonym that do not stand there as a whole."""
    phrased = _in_runs(at, terms, resolved.phrases)
    alone = np.array(
        sorted({term for word in (*resolved.words, resolved.unfinished) for term in word}), dtype=np.uint32
    )
    kept = phrased | np.isin(terms, alone) | _in_runs(at, terms, resolved.synonyms)
    bits[phrased] |= _PHRASE
    return at[kept], bits[kept]


def _note_whole(at: Ints, terms: NDArray[np.uint32], bits: Bits, phrase: Phrase) -> None:
    """Marks a run of words as a phrase, in place. Few places have as many neighbours as a long run needs."""
    last = len(phrase) - 1
    firsts = (at[last:] - at[:-last] == last).nonzero()[0]
    for offset, word in enumerate(phrase):
        if not len(firsts):
            return
        firsts = firsts[_among(terms[at[firsts] + offset], word)]
    for offset in range(len(phrase)):
        bits[firsts + offset] |= _PHRASE


def _in_runs(at: Ints, terms: NDArray[np.uint32], runs: Sequence[Phrase]) -> NDArray[np.bool_]:
    """Whether each place belongs to words that stand side by side in the order of one of these runs."""
    inside = np.zeros(len(at), dtype=bool)
    for phrase in runs:
        last = len(at) - len(phrase) + 1
        if last <= 0:
            continue
        starts = np.ones(last, dtype=bool)
        for offset, word in enumerate(phrase):
            here = slice(offset, offset + last)
            starts &= _among(terms[here], word) & (at[here] == at[:last] + offset)
        firsts = np.flatnonzero(starts)
        for offset in range(len(phrase)):
            inside[firsts + offset] = True
    return inside


def _among(terms: NDArray[np.uint32], word: Word) -> NDArray[np.bool_]:
    """Where some terms are those of a word."""
    return terms == word[0] if len(word) == 1 else np.isin(terms, np.array(word, dtype=np.uint32))


# ------------------------------------------------------------------------------------------- what is looked at


@dataclass(slots=True)
class _Parts:
    """Which parts of a hit matter, as rows of the page; None where nothing was found there. section: that of `best`."""

    title: int | None = None
    description: int | None = None
    best: int | None = None
    kind: int = NOWHERE
    section: int = NOWHERE


def _parts(page: _Page, hits: int) -> list[_Parts]:
    found = [_Parts() for _ in range(hits)]
    worth, kinds, sections = _worth(page).tolist(), page.kinds.tolist(), page.sections.tolist()
    ends = page.hits.searchsorted(np.arange(1, hits + 1)).tolist()
    first = 0
    for parts, end in zip(found, ends, strict=True):
        for row in range(first, min(first + 2, end)):
            if kinds[row] == PartKind.TITLE:
                parts.title = row
            elif kinds[row] == PartKind.DESCRIPTION:
                parts.description = row
        if (best := _best(worth, kinds, sections, first, end)) is not None:
            parts.best, parts.kind, parts.section = best, kinds[best], sections[best]
        first = end
    return found


def _best(worth: list[int], kinds: list[int], sections: list[int], first: int, end: int) -> int | None:
    """The row that fits best, the first of equals; code only where neither prose nor heading of its section match."""
    while first < end:
        best = max(worth[first:end])
        if not best:
            break
        row = worth.index(best, first, end)
        if kinds[row] != PartKind.CODE or not any(
            sections[other] == sections[row] and kinds[other] in (PartKind.HEADING, PartKind.TEXT)
            for other in range(first, end)
        ):
            return row
        worth[row] = 0
    return None


def _worth(page: _Page) -> Ints:
    """How well each row fits what was asked; 0 for those that belong to no section.

    A whole phrase first, then how many different words, those of the heading twice. Between equals prose shows more
    than code, and several places more than one.
    """
    if not len(page.hits):
        return np.zeros(0, dtype=np.int64)
    kinds = page.kinds
    bits = np.bitwise_or.reduceat(page.bits, page.firsts[:-1])
    is_heading = kinds == PartKind.HEADING
    headings = bits * is_heading
    # The prose of a section stands right behind its heading.
    below = is_heading[:-1] & (kinds[1:] == PartKind.TEXT)
    below &= (page.sections[1:] == page.sections[:-1]) & (page.hits[1:] == page.hits[:-1])
    headings[1:] += bits[:-1] * below
    bits |= headings
    words = np.bitwise_count(bits) + np.bitwise_count(headings & _ANY_WORD)
    counts = np.minimum(page.firsts[1:] - page.firsts[:-1], 5) * ~is_heading
    worth = ((bits >> _WORD_BITS) * 128 + words) * 16 + (kinds != PartKind.CODE) * 8 + counts
    in_section: Ints = worth * _IN_SECTION[kinds]
    return in_section


@dataclass(slots=True)
class _View:
    """What of a post is shown. row: the part of the page whose marks are in `text`."""

    post: StoredPost
    section: Section | None
    text: str
    row: int | None


def _view(posts: PostStore, number: int, parts: _Parts) -> _View:
    post = posts[number]
    if parts.section == NOWHERE:
        return _View(post, None, post.description, parts.description)
    section = posts.section(number, parts.section)
    if parts.kind == PartKind.CODE:
        section = Section(section.heading, section.anchor, section.level, section.code)
    shown = section if section.anchor else None
    if not section.text:  # a heading with nothing below it
        return _View(post, shown, post.description, parts.description)
    return _View(post, shown, section.text, None if parts.kind == PartKind.HEADING else parts.best)


# ------------------------------------------------------------------------------------------------------- marks


@dataclass(frozen=True, slots=True)
class _Marks:
    """The places of some rows as characters of their texts, row by row. rows: from where to where each one's are."""

    rows: list[tuple[int, int]]
    begins: Ints
    ends: Ints
    bits: Bits
    starts: list[int]
    stops: list[int]

    def within(self, first: int, end: int, start: int, stop: int) -> tuple[int, int]:
        """Those of some marks that stand in a stretch of the text as a whole."""
        begun = bisect_left(self.starts, start, first, end)
        return begun, bisect_right(self.stops, stop, begun, end)

    def outside(self, first: int, end: int, start: int, stop: int) -> list[tuple[int, int]]:
        """Those of some marks that start before a stretch of the text or behind it."""
        before, behind = (bisect_left(self.starts, place, first, end) for place in (start, stop))
        return [one for one in ((first, before), (behind, end)) if one[0] < one[1]]

    def spans(self, first: int, end: int, shift: int = 0) -> tuple[tuple[int, int], ...]:
        """Some marks, moved; those that overlap, as pairs of Chinese characters do, are one span."""
        spans: list[tuple[int, int]] = []
        done = -1
        for place in range(first, end):
            start, stop = self.starts[place], self.stops[place]
            if start < done:
                spans[-1] = (spans[-1][0], stop + shift)
            else:
                spans.append((start + shift, stop + shift))
            done = stop
        return tuple(spans)


def _marks(stream: TermStream, page: _Page, wanted: Sequence[int | None]) -> _Marks:
    """The marks of these rows of the page; none for None."""
    firsts = page.firsts.tolist()
    starts = [0 if row is None else firsts[row] for row in wanted]
    counts = [0 if row is None else min(firsts[row + 1] - firsts[row], MOST_MARKS) for row in wanted]
    picked = _ranges(np.array(starts), np.array(counts))
    spans = stream.spans[page.places[picked]]
    begins = (spans >> LENGTH_BITS).astype(np.int64)
    ends = begins + (spans & LONGEST_SPAN)
    begun = begins.tolist()
    rows = [(end - count, end) for end, count in zip(accumulate(counts), counts, strict=True)]
    if begun and max(begun) >= LAST_START:  # in a text longer than spans can say, nothing is marked beyond
        rows = [(first, bisect_left(begun, LAST_START, first, end)) for first, end in rows]
    return _Marks(rows, begins, ends, page.bits[picked], begun, ends.tolist())


# --------------------------------------------------------------------------------------------------- snippets

_Range = tuple[int, int]  # [start, end)


def _snippets(texts: Sequence[str], marks: _Marks, rows: Sequence[_Range]) -> list[tuple[Snippet, ...]]:
    """The pieces of each text that show most of what was asked for, in the order of the text. rows: its marks."""
    taken: list[list[_Range]] = [[] for _ in texts]
    shown = [0] * len(texts)
    words = (marks.bits & _ANY_WORD).tolist()
    left = {number: [row] for number, row in enumerate(rows) if row[0] < row[1] and texts[number]}
    for _ in range(MOST_SNIPPETS):
        still: dict[int, list[_Range]] = {}
        for number, around in zip(left, _best_starts(marks, list(left.values())), strict=True):
            first, end = rows[number]
            window = _window(texts[number], around)
            new = _either(words[slice(*marks.within(first, end, *window))])
            if taken[number] and not new & ~shown[number]:
                continue
            taken[number].append(window)
            shown[number] |= new
            if _either(words[first:end]) & ~shown[number] and (rest := marks.outside(first, end, *window)):
                still[number] = rest
        left = still
    return [_pieces(text, marks, row, sorted(one)) for text, row, one in zip(texts, rows, taken, strict=True)]


def _either(bits: Sequence[int]) -> int:
    return reduce(or_, bits, 0)


def _best_starts(marks: _Marks, left: Sequence[Sequence[_Range]]) -> list[int]:
    """Where a window of each text should start that shows most: a phrase, then different words, then places.

    left: of each text the marks that are not shown yet, at least one. Of equals the first is meant.
    """
    ranges = [one for ranges in left for one in ranges]
    if not ranges:
        return []
    counts = np.array([end - first for first, end in ranges])
    picked = _ranges(np.array([first for first, _ in ranges]), counts)
    # Texts are put far behind each other, so that no window reaches from one into the next.
    apart = np.array([text for text, ranges in enumerate(left) for _ in ranges]).repeat(counts) * (2 * LAST_START)
    starts = marks.begins[picked]
    until = (marks.ends[picked] + apart).searchsorted(starts + (apart + _WITHIN), side="right")
    pairs = np.arange(2 * len(picked)) >> 1
    sizes = until - pairs[::2]
    pairs[1::2] = until
    bits = np.bitwise_or.reduceat(np.append(marks.bits[picked], 0), pairs)[::2]
    worth = (bits >> _WORD_BITS) * 64 + np.bitwise_count(bits)
    worths = ((worth * (MOST_MARKS + 1) + sizes) * (sizes > 0)).tolist()
    begun = starts.tolist()
    best, first = [], 0
    for ours in left:
        end = first + sum(stop - start for start, stop in ours)
        best.append(begun[worths.index(max(worths[first:end]), first)])
        first = end
    return best


def _window(text: str, around: int) -> _Range:
    """A stretch of text that starts a little before a place, at the start of a line or a sentence if one is near."""
    line = text.rfind("\n", 0, around) + 1
    start = line
    if around - start > LONGEST_SNIPPET // 2:
        marks = (". ", "? ", "! ", "。")
        ends = [place + len(mark) for mark in marks if (place := text.rfind(mark, start, around)) >= 0]
        start = max(ends) if ends and around - max(ends) <= LONGEST_SNIPPET // 2 else 0
        if not start:
            space = text.find(" ", max(line, around - LONGEST_SNIPPET // 4), around)
            start = space + 1 if space >= 0 else max(line, around - LONGEST_SNIPPET // 4)
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    if end - start > LONGEST_SNIPPET:
        space = text.rfind(" ", start + LONGEST_SNIPPET // 2, start + LONGEST_SNIPPET)
        end = space if space >= 0 else start + LONGEST_SNIPPET
    return start, max(end, min(len(text), around + 1))


def _pieces(text: str, marks: _Marks, row: _Range, windows: Sequence[_Range]) -> tuple[Snippet, ...]:
    """What stands in each window, or the start of the text where there is none."""
    if not windows:
        return (_cut(text, ()),) if text else ()
    pieces = []
    for start, end in windows:
        before = start > 0 and text[start - 1] != "\n" and text[start - 2 : start] not in (". ", "? ", "! ")
        after = end < len(text) and text[end] != "\n"
        spans = marks.spans(*marks.within(*row, start, end), (len(_LEAD) if before else 0) - start)
        pieces.append(_cut(text[start:end], spans, before, after))
    return tuple(pieces)


_LEAD, _TRAIL = "… ", " …"


def _cut(text: str, spans: tuple[_Range, ...], before: bool = False, after: bool = False) -> Snippet:
    """A fragment with dots where the text goes on; the spans know of those before it."""
    if len(text) > LONGEST_SNIPPET:
        space = text.rfind(" ", LONGEST_SNIPPET // 2, LONGEST_SNIPPET)
        text, after = text[: space if space >= 0 else LONGEST_SNIPPET], True
    flat = text.replace("\n", " ")
    return Snippet(f"{_LEAD if before else ''}{flat}{_TRAIL if after else ''}", spans)
