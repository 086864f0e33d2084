"""Hits and the terms of a query → the best section of each post, snippets, and the spans to highlight.

This decides neither which posts are found nor their order. Text and spans are kept apart, so no markup can be injected
through a result. Positions come from the token stream of the index, so no text is analysed again, and only the section
that is shown is read.

All hits of a page are handled together, in a few array operations: each costs about the same for one hit as for ten.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.model import Hit, Section, Snippet, StoredPost
from indexer.search.lexicon import Phrase
from indexer.search.resolver import ResolvedQuery
from indexer.store.posts import PostStore
from indexer.text.token_stream import LAST_START, NOWHERE, PartKind, sizes_of, starts_of

LONGEST_SNIPPET = 200  # characters
MOST_SNIPPETS = 2
# How much more a word of a section counts that is not in the title of its page.
FRESH = 4
# Matches in one part that are considered; more would not change what is shown.
MOST_MARKS = 200
# Characters of a window that are scored; the rest of a snippet is context.
_WITHIN = LONGEST_SNIPPET * 3 // 4

# Each word of the query is one bit, the highest bit marks a phrase; beyond 62 words, some share a bit.
_WORD_BITS = 62
_PHRASE = 1 << _WORD_BITS
_BIT = np.array([0, *(1 << number for number in range(_WORD_BITS))], dtype=np.int64)
_ANY_WORD = _PHRASE - 1
# Arrays are compared with plain numbers: with members of an enumeration it takes five times as long.
_TITLE, _DESCRIPTION, _HEADING, _TEXT, _CODE = map(
    int, (PartKind.TITLE, PartKind.DESCRIPTION, PartKind.HEADING, PartKind.TEXT, PartKind.CODE)
)
_IN_SECTION = np.array([kind in (PartKind.HEADING, PartKind.TEXT, PartKind.CODE) for kind in PartKind], dtype=np.int64)

Ints = NDArray[np.int64]
Bits = NDArray[np.int64]
_Range = tuple[int, int]  # [start, end)


class AtPositions(Protocol):
    """What stands at each position of a stream: an array, or what some posts have of one."""

    def take(self, positions: Any, /, *, mode: Any = ...) -> Any: ...
    def __getitem__(self, positions: slice, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class TermStream:
    """The token stream of posts with the term of each word, see text/token_stream.py.

    words: the word at each position; a gap is the last number. term_of: the term of each word, and one beyond all
    terms for the gap. words_of: the words, sorted by term; first_words: where those of each term begin. spans, part_*:
    as in TokenStream. post_starts: the position at which each post begins, and the end of the last one.
    """

    words: AtPositions
    term_of: NDArray[np.uint32]
    words_of: NDArray[np.uint32]
    first_words: Ints
    spans: AtPositions
    part_starts: NDArray[Any]
    part_kinds: NDArray[np.uint8]
    part_sections: NDArray[np.int32]
    post_starts: NDArray[Any]

    def titles(self, posts: Ints) -> Titles:
        """The titles of those of these posts whose title has words; it is the first part then."""
        parts = self.part_starts.searchsorted(self.post_starts[posts])
        is_titled = self.part_kinds[parts] == _TITLE
        parts = parts[is_titled]
        starts = self.part_starts[parts].astype(np.int64)
        counts = self.part_starts[parts + 1] - starts  # each with its gap
        terms = self.term_of.take(self.words.take(_ranges(starts, counts))) if len(parts) else self.term_of[:0]
        return Titles(posts[is_titled], terms, counts.cumsum() - counts, counts - 1)

    def by_word(self, of_terms: Mapping[int, int]) -> NDArray[np.uint8]:
        """What is said of some terms, of each of their words; 0 of all other words."""
        found = np.zeros(len(self.term_of), dtype=np.uint8)
        if of_terms:
            terms = np.array(list(of_terms))
            starts = self.first_words[terms]
            counts = self.first_words[terms + 1] - starts
            said = np.array(list(of_terms.values()), dtype=np.uint8)
            found[self.words_of.take(_ranges(starts, counts))] = said.repeat(counts)
        return found


def words_by_term(term_of: NDArray[np.uint32], terms: int) -> tuple[NDArray[np.uint32], Ints]:
    """The words sorted by their term, and where those of each term begin. terms: how many there are, with the gap's."""
    counts = np.bincount(term_of, minlength=terms)
    return term_of.argsort(kind="stable").astype(np.uint32), np.append(0, counts.cumsum())


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of posts, end to end: the terms of them all, a gap after each; where each begins, and its words."""

    posts: Ints
    terms: NDArray[np.uint32]
    starts: Ints
    lengths: Ints


def shown_hits(
    stream: TermStream,
    post_indices: Sequence[int],
    ranked: Sequence[tuple[int, float]],
    posts: PostStore,
    resolved: ResolvedQuery,
    sections: Mapping[int, int],
    longest: int = LONGEST_SNIPPET,
) -> tuple[Hit, ...]:
    """Each post with its best section and snippets, or with its description where no section matched.

    post_indices: the index of each hit in the stream. ranked: the number of each hit in `posts`, and its score.
    sections: post → the section that was asked for; NOWHERE leads to the top, whichever section is shown. longest: the
    most characters of a snippet.
    """
    if not ranked:
        return ()
    page = _page(stream, np.array(post_indices, dtype=np.int64), resolved)
    parts = _parts(page, [sections.get(number) for number, _ in ranked])
    views = [_view(posts, number, part) for (number, _), part in zip(ranked, parts, strict=True)]
    for (number, _), view in zip(ranked, views, strict=True):
        if sections.get(number) == NOWHERE:
            view.section = None
    rows = [*(part.title for part in parts), *(view.row for view in views)]
    marks = _marks(stream, page, rows, resolved.characters)
    titles, texts = marks.ranges[: len(ranked)], marks.ranges[len(ranked) :]
    snippets = _snippets([view.text for view in views], marks, texts)
    if longest < LONGEST_SNIPPET:
        snippets = [tuple(shortened(piece, longest) for piece in pieces) for pieces in snippets]
    return tuple(
        Hit(view.post, score, Snippet(view.post.title, marks.spans(*title)), view.section, pieces)
        for (_, score), view, title, pieces in zip(ranked, views, titles, snippets, strict=True)
    )


# ----------------------------------------------------------------------------------------- matching positions


@dataclass(frozen=True, slots=True)
class _Page:
    """The matches in the posts of a page, in the order of the hits and of their texts.

    positions: of the matches in the stream. bits: the word that each matches, with _PHRASE where it is in a phrase.
    hits, kinds, sections, sizes: of each part that has a match; these parts are the rows of the page. sizes: in words.
    The matches of row r are firsts[r] to firsts[r + 1].
    """

    positions: Ints
    bits: Bits
    hits: Ints
    kinds: NDArray[np.uint8]
    sections: NDArray[np.int32]
    sizes: Ints
    firsts: Ints


def _page(stream: TermStream, posts: Ints, resolved: ResolvedQuery) -> _Page:
    starts, ends = stream.post_starts[posts], stream.post_starts[posts + 1]
    local_starts, matches, bits = _matches(stream, starts, ends, resolved)
    # The parts of these posts, and the first match in each.
    first_parts = stream.part_starts.searchsorted(starts)
    counts = stream.part_starts.searchsorted(ends) - first_parts
    parts = _ranges(first_parts, counts)
    shifts = local_starts - starts  # from a position in the stream to one in the posts of the page, end to end
    firsts = matches.searchsorted(stream.part_starts[parts] + shifts.repeat(counts))
    matched = (firsts[1:] > firsts[:-1]).nonzero()[0]
    if len(firsts) and firsts[-1] < len(matches):
        matched = np.append(matched, len(firsts) - 1)
    parts, hits = parts[matched], np.arange(len(posts)).repeat(counts)[matched]
    firsts = np.append(firsts[matched], len(matches))
    positions = matches - shifts[hits].repeat(firsts[1:] - firsts[:-1])
    sizes = stream.part_starts[parts + 1].astype(np.int64) - stream.part_starts[parts] - 1
    return _Page(positions, bits, hits, stream.part_kinds[parts], stream.part_sections[parts], sizes, firsts)


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """start, start + 1, … for each start, as many as its count."""
    ends = counts.cumsum()
    numbers: Ints = np.arange(ends[-1]) + (starts - ends + counts).repeat(counts)
    return numbers


def _matches(stream: TermStream, starts: Ints, ends: Ints, resolved: ResolvedQuery) -> tuple[Ints, Ints, Bits]:
    """The matches in some posts, laid end to end: the start of each post, the position of each match, and its bits."""
    words = [
        *resolved.words,
        *(word for phrase in (*resolved.phrases, *_alternatives(resolved)) for word in phrase),
        resolved.unfinished,
    ]
    word_of_term: dict[int, int] = {}
    for number, word in enumerate(words):
        for term in word:
            word_of_term.setdefault(term, number % _WORD_BITS + 1)
    pieces = [stream.words[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    stream_words = np.concatenate(pieces)
    numbers = stream.by_word(word_of_term).take(stream_words)
    matches = (numbers != 0).nonzero()[0]  # nonzero of numbers takes ten times as long as of booleans
    terms = stream.term_of.take(stream_words.take(matches))
    lengths = ends.astype(np.int64) - starts
    local_starts = lengths.cumsum() - lengths
    bits = _BIT.take(numbers.take(matches))
    if itself := set(resolved.unfinished).intersection(*resolved.every[-1:]):
        # The word that was typed counts as one more than those that it may become.
        bits[is_any_of(terms, list(itself))] |= _BIT[len(words) % _WORD_BITS + 1]
    single_terms = {term for word in (*resolved.words, resolved.unfinished) for term in word}
    others = [phrase for phrase in _alternatives(resolved) if not single_terms.issuperset(chain.from_iterable(phrase))]
    if resolved.phrases or others:
        in_phrase = _in_phrases(matches, terms, resolved.phrases)
        bits[in_phrase] |= _PHRASE
        # What is not asked for alone counts only where the whole phrase is.
        is_match = in_phrase | is_any_of(terms, list(single_terms)) | _in_phrases(matches, terms, others)
        matches, terms, bits = matches[is_match], terms[is_match], bits[is_match]
    if not resolved.phrases and len(resolved.words) > 1:
        # Without an explicit phrase, the words in the order typed are treated as one.
        _mark_phrase(matches, terms, bits, resolved.words)
    return local_starts, matches, bits


def _alternatives(resolved: ResolvedQuery) -> list[Phrase]:
    """What counts as a match only where its words are side by side: other forms, and names with stop words."""
    return [*(other.phrase for other in resolved.alternatives), *(name.phrase for name in resolved.names)]


def _mark_phrase(matches: Ints, terms: NDArray[np.uint32], bits: Bits, phrase: Phrase) -> None:
    """Sets _PHRASE, in place, where the words of a phrase are adjacent.

    terms: of the matches. Few matches have as many neighbours as a long phrase needs, so these are looked for first.
    """
    last = len(phrase) - 1
    firsts = (matches[last:] - matches[:-last] == last).nonzero()[0]
    for offset, word in enumerate(phrase):
        if not len(firsts):
            return
        firsts = firsts[is_any_of(terms[firsts + offset], word)]
    for offset in range(len(phrase)):
        bits[firsts + offset] |= _PHRASE


def _in_phrases(matches: Ints, terms: NDArray[np.uint32], phrases: Sequence[Phrase]) -> NDArray[np.bool_]:
    """Whether each match is part of a complete occurrence of one of these phrases. terms: of the matches."""
    is_inside = np.zeros(len(matches), dtype=bool)
    for phrase in phrases:
        last = len(matches) - len(phrase) + 1
        if last <= 0:
            continue
        is_start = np.ones(last, dtype=bool)
        for offset, word in enumerate(phrase):
            shifted = slice(offset, offset + last)
            is_start &= is_any_of(terms[shifted], word) & (matches[shifted] == matches[:last] + offset)
        firsts = np.flatnonzero(is_start)
        for offset in range(len(phrase)):
            is_inside[firsts + offset] = True
    return is_inside


def is_any_of(numbers: NDArray[np.uint32], wanted: Sequence[int]) -> NDArray[np.bool_]:
    """Whether each number, of a term or word, is among those wanted, which is one as a rule."""
    return numbers == wanted[0] if len(wanted) == 1 else np.isin(numbers, np.array(wanted, dtype=np.uint32))


# ------------------------------------------------------------------------------------------ the best section


@dataclass(slots=True)
class _Parts:
    """The parts of a hit that are shown, as rows of the page; None where there is no match. section: that of `best`."""

    title: int | None = None
    description: int | None = None
    best: int | None = None
    kind: int = NOWHERE
    section: int = NOWHERE


def _parts(page: _Page, asked: Sequence[int | None]) -> list[_Parts]:
    """asked: of each hit the section that was asked for, None if none was."""
    hits = len(asked)
    parts_of_hits = [_Parts() for _ in range(hits)]
    scores, kinds, sections = _row_scores(page).tolist(), page.kinds.tolist(), page.sections.tolist()
    ends = page.hits.searchsorted(np.arange(1, hits + 1)).tolist()
    first = 0
    for parts, section, end in zip(parts_of_hits, asked, ends, strict=True):
        for row in range(first, min(first + 2, end)):
            if kinds[row] == _TITLE:
                parts.title = row
            elif kinds[row] == _DESCRIPTION:
                parts.description = row
        rows: Sequence[int] = range(first, end)
        if section is not None and section != NOWHERE:
            rows = [row for row in rows if sections[row] == section]
        if (best := _best_row(scores, kinds, sections, rows)) is not None:
            parts.best, parts.kind, parts.section = best, kinds[best], sections[best]
        first = end
    return parts_of_hits


def _best_row(scores: list[int], kinds: list[int], sections: list[int], rows: Sequence[int]) -> int | None:
    """The row with the highest score, the first of equals; code only if neither prose nor heading of its section match.

    scores: those of code that is passed over become 0, in place.
    """
    while rows:
        row = max(rows, key=scores.__getitem__)
        if not scores[row]:
            break
        if kinds[row] != _CODE or not any(
            sections[other] == sections[row] and kinds[other] in (_HEADING, _TEXT) for other in rows
        ):
            return row
        scores[row] = 0
    return None


def _row_scores(page: _Page) -> Ints:
    """How well each row matches the query; 0 for rows outside any section.

    A heading that was typed whole counts most, then a phrase, then the number of distinct words, those of the heading
    twice, and FRESH times those that the title has not: of the page "Copy an item" the question "copy an item errors"
    means the section "Errors". Ties go to prose over code, then to the row with more matches, up to 5.
    """
    if not len(page.hits):
        return np.zeros(0, dtype=np.int64)
    kinds = page.kinds
    bits = np.bitwise_or.reduceat(page.bits, page.firsts[:-1])
    is_heading, is_title = kinds == _HEADING, kinds == _TITLE
    headings = bits * is_heading
    # The prose of a section follows right after its heading.
    is_below = is_heading[:-1] & (kinds[1:] == _TEXT)
    is_below &= (page.sections[1:] == page.sections[:-1]) & (page.hits[1:] == page.hits[:-1])
    headings[1:] += bits[:-1] * is_below
    bits |= headings
    of_titles = np.zeros(page.hits[-1] + 1, dtype=np.int64)
    of_titles[page.hits[is_title]] = bits[is_title]
    is_fresh = ~of_titles[page.hits] & _ANY_WORD
    words = np.bitwise_count(bits) + np.bitwise_count(headings & _ANY_WORD).astype(np.int64)
    words += FRESH * np.bitwise_count(bits & is_fresh) + FRESH * np.bitwise_count(headings & is_fresh)
    matched = page.firsts[1:] - page.firsts[:-1]
    counts = np.minimum(matched, 5) * ~is_heading
    # All words of the heading were typed, and with those of the title they are all that was typed.
    fresh_of_hits = np.zeros(len(of_titles), dtype=np.int64)
    np.bitwise_or.at(fresh_of_hits, page.hits, bits & is_fresh)
    fresh = fresh_of_hits[page.hits]
    is_whole = is_heading & (matched == page.sizes) & (fresh != 0) & (headings & is_fresh == fresh)
    scores = (is_whole * 8192 + (bits >> _WORD_BITS) * 1024 + words) * 16 + (kinds != _CODE) * 8 + counts
    section_scores: Ints = scores * _IN_SECTION[kinds]
    return section_scores


@dataclass(slots=True)
class _View:
    """The parts of a post that are shown. row: the row of the page whose marks apply to `text`."""

    post: StoredPost
    section: Section | None
    text: str
    row: int | None


def _view(posts: PostStore, number: int, parts: _Parts) -> _View:
    post = posts[number]
    if parts.section == NOWHERE:
        if post.description:
            return _View(post, None, post.description, parts.description)
        return _View(post, None, next((section.text for section in posts.sections(number) if section.text), ""), None)
    section = posts.section(number, parts.section)
    if parts.kind == _CODE:
        section = Section(section.heading, section.anchor, section.level, section.code)
    shown = section if section.anchor else None
    if not section.text:  # a heading with nothing below it
        return _View(post, shown, post.description, parts.description)
    return _View(post, shown, section.text, None if parts.kind == _HEADING else parts.best)


# ------------------------------------------------------------------------------------------------------- marks


@dataclass(frozen=True, slots=True)
class _Marks:
    """The matches of some rows as spans of their texts, row by row, in characters.

    counts: of each row; ranges: its marks, [first, end). starts, stops: as arrays; start_list, stop_list: as Python
    lists.
    """

    counts: Ints
    ranges: list[_Range]
    starts: Ints
    stops: Ints
    bits: Bits
    start_list: list[int]
    stop_list: list[int]

    def within(self, first: int, end: int, start: int, stop: int) -> _Range:
        """Of the marks [first, end) those that lie entirely within the characters [start, stop)."""
        inner = bisect_left(self.start_list, start, first, end)
        return inner, bisect_right(self.stop_list, stop, inner, end)

    def spans(self, first: int, end: int, shift: int = 0) -> tuple[_Range, ...]:
        """The marks [first, end), shifted; overlapping ones, such as CJK bigrams, are joined to one span."""
        spans: list[_Range] = []
        last_stop = -1
        for mark in range(first, end):
            start, stop = self.start_list[mark], self.stop_list[mark]
            if start < last_stop:
                spans[-1] = (spans[-1][0], stop + shift)
            else:
                spans.append((start + shift, stop + shift))
            last_stop = stop
        return tuple(spans)


def _marks(stream: TermStream, page: _Page, rows: Sequence[int | None], characters: frozenset[int]) -> _Marks:
    """The marks of these rows of the page; none for None. characters: terms of which the first character is marked."""
    firsts = page.firsts.tolist()
    row_starts = np.array([0 if row is None else firsts[row] for row in rows])
    counts = np.array([0 if row is None else min(firsts[row + 1] - firsts[row], MOST_MARKS) for row in rows])
    matches = _ranges(row_starts, counts)
    spans = stream.spans.take(page.positions.take(matches))
    starts = starts_of(spans)
    if not (is_held := starts < LAST_START).all():  # beyond what a span can hold, nothing is marked
        counts = np.bincount(np.arange(len(rows)).repeat(counts)[is_held], minlength=len(rows))
        matches, spans, starts = matches[is_held], spans[is_held], starts[is_held]
    sizes = sizes_of(spans)
    if characters:
        terms = stream.term_of.take(stream.words.take(page.positions.take(matches)))
        sizes = np.where(np.isin(terms, list(characters)), 1, sizes)
    stops = starts + sizes
    ends = counts.cumsum()
    ranges = list(zip((ends - counts).tolist(), ends.tolist(), strict=True))
    return _Marks(counts, ranges, starts, stops, page.bits.take(matches), starts.tolist(), stops.tolist())


# --------------------------------------------------------------------------------------------------- snippets


def _snippets(texts: Sequence[str], marks: _Marks, ranges: Sequence[_Range]) -> list[tuple[Snippet, ...]]:
    """The windows of each text that show the most of the query, in the order of the text. ranges: its marks."""
    windows = _windows(marks)
    return [
        _pieces(text, marks, windows.chosen(text, *marked) if text and marked[0] < marked[1] else ())
        for text, marked in zip(texts, ranges, strict=True)
    ]


_Window = tuple[_Range, _Range]  # of characters, and of the marks within


@dataclass(frozen=True, slots=True)
class _Windows:
    """The window that starts at each mark.

    ends: the first mark behind it. scores: how much of the query it shows, as of `_score`; 0 where not even its first
    mark fits. bits: of each mark.
    """

    marks: _Marks
    ends: list[int]
    scores: list[int]
    bits: list[int]

    def chosen(self, text: str, first: int, end: int) -> list[_Window]:
        """The best window of a text with the marks [first, end), and one for what it does not show, in order."""
        best = self.scores.index(max(self.scores[first:end]), first)
        window = self._around(text, best, first, end)
        shown, wanted = self._words(*window[1]), self._words(first, end)
        before, after = window[1][0], bisect_left(self.marks.start_list, window[0][1], first, end)
        if not wanted & ~shown or (first == before and after == end):
            return [window]
        other = self._around(text, self._best_outside(first, before, after, end), first, end)
        return sorted((window, other)) if self._words(*other[1]) & ~shown else [window]

    def _around(self, text: str, mark: int, first: int, end: int) -> _Window:
        start, stop = _window(text, self.marks.start_list[mark])
        return (start, stop), self.marks.within(first, end, start, stop)

    def _words(self, first: int, end: int) -> int:
        return _union(self.bits[first:end]) & _ANY_WORD

    def _best_outside(self, first: int, before: int, after: int, end: int) -> int:
        """The first mark of the best window, where the marks from `before` to `after` count no more."""
        scores = self.scores[first:before]
        for mark in range(before - 1, first - 1, -1):
            if self.ends[mark] <= before:
                break
            left = self.bits[mark:before] + self.bits[after : self.ends[mark]]
            scores[mark - first] = _score(_union(left), len(left))
        scores += self.scores[after:end]
        best = scores.index(max(scores))
        return first + best if best < before - first else after - before + first + best


def _windows(marks: _Marks) -> _Windows:
    # Texts are moved far apart, so that no window reaches from one into the next.
    shifts = np.arange(len(marks.counts)).repeat(marks.counts) * (2 * LAST_START)
    ends = (marks.stops + shifts).searchsorted(marks.starts + (shifts + _WITHIN), side="right")
    numbers = np.arange(len(ends))
    bounds = np.column_stack((numbers, ends)).ravel()
    bits = np.bitwise_or.reduceat(np.append(marks.bits, 0), bounds)[::2]
    sizes = ends - numbers
    word_scores = (bits >> _WORD_BITS) * 64 + np.bitwise_count(bits)
    scores = (word_scores * (MOST_MARKS + 1) + sizes) * (sizes > 0)
    return _Windows(marks, ends.tolist(), scores.tolist(), marks.bits.tolist())


def _score(bits: int, count: int) -> int:
    """How much of the query marks show: a phrase counts most, then the distinct words, then the marks themselves."""
    return ((bits >> _WORD_BITS) * 64 + bits.bit_count()) * (MOST_MARKS + 1) + count


def _union(bits: Sequence[int]) -> int:
    return reduce(or_, bits, 0)


def _window(text: str, around: int) -> _Range:
    """A stretch of text that starts a little before a character, at the start of a line or sentence if one is near."""
    line = text.rfind("\n", 0, around) + 1
    start = line
    if around - start > LONGEST_SNIPPET // 2:
        marks = (". ", "? ", "! ", "。")
        ends = [offset + len(mark) for mark in marks if (offset := text.rfind(mark, start, around)) >= 0]
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


def _pieces(text: str, marks: _Marks, windows: Sequence[_Window]) -> tuple[Snippet, ...]:
    """A snippet for each window, or the start of the text if there is none."""
    if not windows:
        return (_snippet(text, ()),) if text else ()
    pieces = []
    for (start, end), marked in windows:
        is_cut = start > 0 and text[start - 1] != "\n" and text[start - 2 : start] not in (". ", "? ", "! ")
        goes_on = end < len(text) and text[end] != "\n"
        spans = marks.spans(*marked, (len(_LEAD) if is_cut else 0) - start)
        pieces.append(_snippet(text[start:end], spans, is_cut, goes_on))
    return tuple(pieces)


_LEAD, _TRAIL = "… ", " …"


def _snippet(text: str, spans: tuple[_Range, ...], is_cut: bool = False, goes_on: bool = False) -> Snippet:
    """One line with ellipses where the text was cut or goes on. spans: already shifted by the leading ellipsis."""
    if len(text) > LONGEST_SNIPPET:
        space = text.rfind(" ", LONGEST_SNIPPET // 2, LONGEST_SNIPPET)
        text, goes_on = text[: space if space >= 0 else LONGEST_SNIPPET], True
    flat = text.replace("\n", " ")
    return Snippet(f"{_LEAD if is_cut else ''}{flat}{_TRAIL if goes_on else ''}", spans)


def shortened(snippet: Snippet, longest: int) -> Snippet:
    """At most `longest` characters of a snippet: from a word shortly before its first mark on, with ellipses."""
    text = snippet.text
    if len(text) <= longest:
        return snippet
    first = snippet.spans[0][0] if snippet.spans else 0
    start = 0
    if first > longest // 3:
        start = min(first, text.find(" ", first - longest // 3) + 1 or first)
    end = len(text)
    if end - start > longest:
        mark_end = snippet.spans[0][1] if snippet.spans else 0
        space = text.rfind(" ", max(start + longest // 2, mark_end), start + longest + 1)
        end = space if space >= 0 else start + longest
    lead, trail = _LEAD if start else "", _TRAIL if end < len(text) else ""
    shift = len(lead) - start
    spans = tuple((a + shift, min(b, end) + shift) for a, b in snippet.spans if start <= a < end)
    return Snippet(lead + text[start:end] + trail, spans)
