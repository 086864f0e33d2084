"""Posts that were found, and the terms that were asked for → the section that matched best, and spans to highlight.

Nothing here decides who is found or in which order. Text goes out as it stands with spans beside it, so no page can
be injected through a result. Where the terms stand is looked up in the stream of the index, so no text is analysed
again; only the section that is shown is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.fulltext.vocabulary import Asked, Run
from indexer.model import Fragment, Hit, Section
from indexer.stored import StoredPosts
from indexer.tokens import LAST_START, LENGTH_BITS, LONGEST_SPAN, NOWHERE, Kind

LONGEST_FRAGMENT = 200  # characters
MOST_FRAGMENTS = 2
# A place beyond these many in one part adds nothing to what can be shown of it.
MOST_MARKS = 200


@dataclass(frozen=True, slots=True)
class Stream:
    """The terms of posts in the order of the text, as tokens.py has the words.

    words: for every place a word, the last number for a gap. term_of: the term of each word, a number beyond all terms
    for a gap. spans, part_*: as in Tokens. post_starts: where each post begins.
    """

    words: NDArray[np.uint32]
    term_of: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    part_starts: NDArray[np.int64]
    part_kinds: NDArray[np.uint8]
    part_sections: NDArray[np.int32]
    post_starts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """The marks within one part of a hit. terms: a bit for each word that was asked for and stands there."""

    kind: int
    section: int
    marks: slice
    terms: int
    phrase: bool


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place that was asked for. word: which of the words that were asked for."""

    word: int
    start: int
    end: int
    in_phrase: bool


def shown_hits(
    stream: Stream, places: Sequence[int], found: Sequence[tuple[int, float]], posts: StoredPosts, asked: Asked
) -> tuple[Hit, ...]:
    """Each post with its best section and fragments, or with its description where no section matched.

    places: which posts of the stream are meant. found: their numbers in `posts` and their scores.
    """
    marks = _Marks(stream, places, asked)
    return tuple(
        _shown_hit(posts, number, score, parts, marks)
        for (number, score), parts in zip(found, marks.parts(), strict=True)
    )


class _Marks:
    """Every place of a page of hits that was asked for, in order; words of a phrase only as part of the phrase."""

    def __init__(self, stream: Stream, posts: Sequence[int], asked: Asked) -> None:
        wanted = np.array(sorted(asked.shown), dtype=np.uint32)
        place, term = _places(stream, posts, wanted)
        words = [*asked.loose, *(word for run in (*asked.phrases, *asked.instead) for word in run), asked.unfinished]
        word_of = {term: number for number, word in reversed(list(enumerate(words))) for term in word}
        phrased = _in_runs(place, term, asked.phrases)
        alone = np.array(sorted({term for word in (*asked.loose, asked.unfinished) for term in word}), dtype=np.uint32)
        kept = phrased | np.isin(term, alone) | _in_runs(place, term, asked.instead)
        # Without an explicit phrase, the loose words in their order are one that would please most.
        whole = _in_runs(place, term, [asked.loose]) if len(asked.loose) > 1 else phrased
        place, term, phrased = place[kept], term[kept], (phrased | whole)[kept]
        self._phrased = phrased
        self._words = np.array([word_of[one] for one in wanted.tolist()], dtype=np.uint64)[
            np.searchsorted(wanted, term)
        ]
        self._spans = stream.spans[place]
        self._part = np.searchsorted(stream.part_starts, place, side="right") - 1
        self._post = np.searchsorted(stream.post_starts, place, side="right") - 1
        self._stream = stream
        self._posts = posts

    def parts(self) -> list[list[_Part]]:
        """The parts of each post in which something was found."""
        found: list[list[_Part]] = [[] for _ in self._posts]
        if not len(self._part):
            return found
        firsts = np.flatnonzero(np.diff(self._part, prepend=-1))
        bits = np.bitwise_or.reduceat(np.left_shift(np.uint64(1), self._words % np.uint64(64)), firsts).tolist()
        phrased = np.logical_or.reduceat(self._phrased, firsts).tolist()
        kinds = self._stream.part_kinds[self._part[firsts]].tolist()
        sections = self._stream.part_sections[self._part[firsts]].tolist()
        hit_of = {post: hit for hit, post in enumerate(self._posts)}
        ends = [*firsts[1:].tolist(), len(self._part)]
        rows = zip(self._post[firsts].tolist(), kinds, sections, firsts.tolist(), ends, bits, phrased, strict=True)
        for post, kind, section, first, end, terms, phrase in rows:
            found[hit_of[post]].append(_Part(kind, section, slice(first, end), terms, phrase))
        return found

    def of(self, part: _Part | None) -> list[_Mark]:
        """The marks of one part, in order."""
        if part is None:
            return []
        marks = slice(part.marks.start, min(part.marks.stop, part.marks.start + MOST_MARKS))
        rows = zip(self._words[marks].tolist(), self._spans[marks].tolist(), self._phrased[marks].tolist(), strict=True)
        return [
            _Mark(word, start, start + (span & LONGEST_SPAN), phrase)
            for word, span, phrase in rows
            if (start := span >> LENGTH_BITS) < LAST_START
        ]


def _places(
    stream: Stream, posts: Sequence[int], wanted: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Where the wanted terms stand in some posts, and which of them; post by post in ascending order of places."""
    is_wanted = np.zeros(int(stream.term_of[-1]) + 1, dtype=bool)
    is_wanted[wanted] = True
    place: list[NDArray[np.int64]] = []
    term: list[NDArray[np.uint32]] = []
    for post in sorted(posts):
        start, end = stream.post_starts[post], stream.post_starts[post + 1]
        terms = stream.term_of[stream.words[start:end]]
        found = np.flatnonzero(is_wanted[terms])
        place.append(found + start)
        term.append(terms[found])
    if not place:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    return np.concatenate(place), np.concatenate(term)


def _in_runs(place: NDArray[np.int64], term: NDArray[np.uint32], runs: Sequence[Run]) -> NDArray[np.bool_]:
    """Whether each place belongs to words that stand side by side in the order of one of these runs."""
    inside = np.zeros(len(place), dtype=bool)
    for run in runs:
        last = len(place) - len(run) + 1
        if last <= 0:
            continue
        starts = np.ones(last, dtype=bool)
        for offset, word in enumerate(run):
            here = slice(offset, offset + last)
            same = term[here] == word[0] if len(word) == 1 else np.isin(term[here], np.array(word, dtype=np.uint32))
            starts &= same & (place[here] == place[:last] + offset)
        for first in np.flatnonzero(starts).tolist():
            inside[first : first + len(run)] = True
    return inside


def _shown_hit(posts: StoredPosts, number: int, score: float, parts: list[_Part], marks: _Marks) -> Hit:
    post = posts[number]
    title = Fragment(post.title, _spans(marks.of(next((one for one in parts if one.kind == Kind.TITLE), None))))
    place, shown = _best_section(parts)
    if place == NOWHERE:
        about = next((one for one in parts if one.kind == Kind.DESCRIPTION), None)
        return Hit(post, score, title, None, _fragments(post.description, marks.of(about)))
    section = posts.section(number, place)
    if shown is not None and shown.kind == Kind.CODE:
        section = Section(section.heading, section.anchor, section.level, section.code)
    text = section.text
    if not text:  # a heading with nothing below it
        text, shown = post.description, next((one for one in parts if one.kind == Kind.DESCRIPTION), None)
    return Hit(post, score, title, section if section.anchor else None, _fragments(text, marks.of(shown)))


def _best_section(parts: list[_Part]) -> tuple[int, _Part | None]:
    """The section that fits best, and the part of it to show: NOWHERE and None if nothing was found in any.

    A whole phrase first, then how many different words, those of the heading twice. Between equals prose shows more
    than code, several places more than one, and the first section more than a later one.
    """
    headings = {one.section: one for one in parts if one.kind == Kind.HEADING}
    texts = {one.section: one for one in parts if one.kind == Kind.TEXT}
    codes = {one.section: one for one in parts if one.kind == Kind.CODE}
    best: tuple[tuple[bool, int, bool, int, int], _Part | None] | None = None
    for section in {**headings, **texts, **codes}:
        heading, text = headings.get(section), texts.get(section)
        shown = text if heading or text else codes[section]
        there = [one for one in (heading, shown) if one]
        words = (there[0].terms | there[-1].terms).bit_count() + (heading.terms.bit_count() if heading else 0)
        places = min(shown.marks.stop - shown.marks.start, 5) if shown else 0
        worth = (any(one.phrase for one in there), words, bool(heading or text), places, -section)
        if best is None or worth > best[0]:
            best = (worth, shown)
    return (-best[0][-1], best[1]) if best else (NOWHERE, None)


def _spans(marks: Sequence[_Mark], shift: int = 0) -> tuple[tuple[int, int], ...]:
    """Where the marks stand, in order; those that overlap, as pairs of Chinese characters do, are one span."""
    spans: list[tuple[int, int]] = []
    for mark in marks:
        start, end = mark.start + shift, mark.end + shift
        if spans and start < spans[-1][1]:
            start, _ = spans.pop()
        spans.append((start, end))
    return tuple(spans)


def _fragments(text: str, marks: list[_Mark]) -> tuple[Fragment, ...]:
    """The pieces of a text that show most of what was asked for, in the order of the text."""
    if not text:
        return ()
    if not marks:
        return (_cut(text, 0, []),)
    rest = marks
    taken: list[tuple[int, int]] = []
    shown: set[int] = set()
    while rest and len(taken) < MOST_FRAGMENTS:
        start, end = _window(text, _best_start(rest))
        new = {mark.word for mark in marks if start <= mark.start and mark.end <= end}
        if taken and new <= shown:
            break
        taken.append((start, end))
        shown |= new
        if len(shown) == len({mark.word for mark in marks}):
            break
        rest = [mark for mark in rest if not start <= mark.start < end]
    return tuple(_piece(text, start, end, marks) for start, end in sorted(taken))


def _best_start(marks: Sequence[_Mark]) -> int:
    """Where a window should start that shows most: a phrase, then different words, then places; the first of equals."""
    best, best_start = (False, 0, 0), marks[0].start
    for first, mark in enumerate(marks):
        end = mark.start + LONGEST_FRAGMENT * 3 // 4
        within = list(_until(marks, first, end))
        worth = (any(one.in_phrase for one in within), len({one.word for one in within}), len(within))
        if worth > best:
            best, best_start = worth, mark.start
    return best_start


def _until(marks: Sequence[_Mark], first: int, end: int) -> Iterator[_Mark]:
    for place in range(first, len(marks)):
        if marks[place].end > end:
            return
        yield marks[place]


def _window(text: str, around: int) -> tuple[int, int]:
    """A stretch of text that starts a little before a place, at the start of a line or a sentence if one is near."""
    line = text.rfind("\n", 0, around) + 1
    start = line
    if around - start > LONGEST_FRAGMENT // 2:
        marks = (". ", "? ", "! ", "。")
        ends = [place + len(mark) for mark in marks if (place := text.rfind(mark, start, around)) >= 0]
        start = max(ends) if ends and around - max(ends) <= LONGEST_FRAGMENT // 2 else 0
        if not start:
            space = text.find(" ", max(line, around - LONGEST_FRAGMENT // 4), around)
            start = space + 1 if space >= 0 else max(line, around - LONGEST_FRAGMENT // 4)
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    if end - start > LONGEST_FRAGMENT:
        space = text.rfind(" ", start + LONGEST_FRAGMENT // 2, start + LONGEST_FRAGMENT)
        end = space if space >= 0 else start + LONGEST_FRAGMENT
    return start, max(end, min(len(text), around + 1))


def _piece(text: str, start: int, end: int, marks: Sequence[_Mark]) -> Fragment:
    within = [mark for mark in marks if start <= mark.start and mark.end <= end]
    return _cut(text[start:end], start, within, before=_cut_before(text, start), after=_cut_after(text, end))


def _cut_before(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] != "\n" and text[start - 2 : start] not in (". ", "? ", "! ")


def _cut_after(text: str, end: int) -> bool:
    return end < len(text) and text[end] != "\n"


def _cut(text: str, start: int, marks: Sequence[_Mark], before: bool = False, after: bool = False) -> Fragment:
    """A fragment with dots where the text goes on; spans move with it."""
    if len(text) > LONGEST_FRAGMENT:
        space = text.rfind(" ", LONGEST_FRAGMENT // 2, LONGEST_FRAGMENT)
        text, after = text[: space if space >= 0 else LONGEST_FRAGMENT], True
    lead = "… " if before else ""
    spans = _spans(marks, len(lead) - start)
    flat = text.replace("\n", " ")
    return Fragment(f"{lead}{flat}{' …' if after else ''}", spans)
