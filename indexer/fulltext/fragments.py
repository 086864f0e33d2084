"""A post that was found, and the terms that were asked for → what to show of it.

Nothing here decides who is found or in which order. Text goes out as it stands with spans beside it, so no page can
be injected through a result.
"""

from __future__ import annotations

from dataclasses import dataclass

from indexer import analysis
from indexer.fulltext.vocabulary import Asked
from indexer.model import Fragment, Hit, Section, StoredPost

LONGEST_FRAGMENT = 200  # characters
MOST_FRAGMENTS = 2


@dataclass(frozen=True, slots=True)
class _Match:
    term: str
    start: int
    end: int
    in_phrase: bool


def shown_hit(post: StoredPost, sections: tuple[Section, ...], score: float, asked: Asked) -> Hit:
    """The hit with its best section and fragments, or with the description where no section matched."""
    title = Fragment(post.title, _spans(_matches(post.title, post.language, asked)))
    best: tuple[tuple[float, ...], Section, list[_Match]] | None = None
    for place, section in enumerate(sections):
        in_text = _matches(section.text, post.language, asked)
        in_heading = _matches(section.heading, post.language, asked)
        if not in_text and not in_heading:
            if not (in_text := _matches(section.code, post.language, asked)):
                continue
            section_shown = Section(section.heading, section.anchor, section.level, section.code)
            value = (*_worth(in_text, [], prose=False), -place)
        else:
            section_shown = section
            value = (*_worth(in_text, in_heading, prose=True), -place)
        if best is None or value > best[0]:
            best = (value, section_shown, in_text)
    if best is None:
        spans = _matches(post.description, post.language, asked)
        return Hit(post, score, title, None, _fragments(post.description, spans))
    _, section, matches = best
    text = section.text or post.description
    fragments = _fragments(text, matches if section.text else _matches(text, post.language, asked))
    return Hit(post, score, title, section if section.anchor else None, fragments)


def _worth(in_text: list[_Match], in_heading: list[_Match], prose: bool) -> tuple[float, ...]:
    """How well a section fits: a whole phrase first, then how many different terms, those of the heading twice.

    Between equals prose shows more than code, and several places more than one.
    """
    phrase = any(match.in_phrase for match in (*in_text, *in_heading))
    text_terms, heading_terms = {match.term for match in in_text}, {match.term for match in in_heading}
    different = len(text_terms | heading_terms) + len(heading_terms)
    return (float(phrase), float(different), float(prose), float(min(len(in_text), 5)))


def _matches(text: str, language: str, asked: Asked) -> list[_Match]:
    """Every place of a text that was asked for, in order; words of a phrase count only as part of the whole phrase."""
    wanted = asked.shown
    stem = analysis.stemmer(language)
    words = [(stem(word), start, end) for word, start, end in analysis.spans(text)]
    if not any(term in wanted for term, _, _ in words):
        return []
    alone = frozenset(term for word in (*asked.loose, asked.unfinished) for term in word)
    phrased = {place for phrase in asked.phrases for place in _phrase_places(words, phrase)}
    # Without an explicit phrase, the loose words in their order are one that would please most.
    whole = set(_phrase_places(words, asked.loose)) if len(asked.loose) > 1 else set()
    return [
        _Match(term, start, end, place in phrased or place in whole)
        for place, (term, start, end) in enumerate(words)
        if place in phrased or term in alone
    ]


def _phrase_places(words: list[tuple[str, int, int]], phrase: tuple[tuple[str, ...], ...]) -> list[int]:
    found: list[int] = []
    for first in range(len(words) - len(phrase) + 1):
        if all(words[first + offset][0] in terms for offset, terms in enumerate(phrase)):
            found.extend(range(first, first + len(phrase)))
    return found


def _spans(matches: list[_Match], shift: int = 0) -> tuple[tuple[int, int], ...]:
    """Where the matches stand, in order; those that overlap, as pairs of Chinese characters do, are one span."""
    spans: list[tuple[int, int]] = []
    for match in matches:
        start, end = match.start + shift, match.end + shift
        if spans and start < spans[-1][1]:
            start, _ = spans.pop()
        spans.append((start, end))
    return tuple(spans)


def _fragments(text: str, matches: list[_Match]) -> tuple[Fragment, ...]:
    """The pieces of a text that show most of what was asked for, in the order of the text."""
    if not text:
        return ()
    if not matches:
        return (_cut(text, 0, []),)
    rest = list(matches)
    taken: list[tuple[int, int]] = []
    while rest and len(taken) < MOST_FRAGMENTS:
        first = max(range(len(rest)), key=lambda place: (_window_worth(rest, place), -place))
        start, end = _window(text, rest[first].start)
        if taken and not _new_terms(matches, taken, start, end):
            break
        taken.append((start, end))
        rest = [match for match in rest if not start <= match.start < end]
    return tuple(_piece(text, start, end, matches) for start, end in sorted(taken))


def _window_worth(matches: list[_Match], first: int) -> tuple[bool, int, int]:
    start = matches[first].start
    within = [match for match in matches[first:] if match.end <= start + LONGEST_FRAGMENT * 3 // 4]
    return any(match.in_phrase for match in within), len({match.term for match in within}), len(within)


def _new_terms(matches: list[_Match], taken: list[tuple[int, int]], start: int, end: int) -> bool:
    def inside(match: _Match, window: tuple[int, int]) -> bool:
        return window[0] <= match.start and match.end <= window[1]

    shown = {match.term for match in matches for window in taken if inside(match, window)}
    return any(match.term not in shown for match in matches if inside(match, (start, end)))


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


def _piece(text: str, start: int, end: int, matches: list[_Match]) -> Fragment:
    within = [match for match in matches if start <= match.start and match.end <= end]
    return _cut(text[start:end], start, within, before=_cut_before(text, start), after=_cut_after(text, end))


def _cut_before(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] != "\n" and text[start - 2 : start] not in (". ", "? ", "! ")


def _cut_after(text: str, end: int) -> bool:
    return end < len(text) and text[end] != "\n"


def _cut(text: str, start: int, matches: list[_Match], before: bool = False, after: bool = False) -> Fragment:
    """A fragment with dots where the text goes on; spans move with it."""
    if len(text) > LONGEST_FRAGMENT:
        space = text.rfind(" ", LONGEST_FRAGMENT // 2, LONGEST_FRAGMENT)
        text, after = text[: space if space >= 0 else LONGEST_FRAGMENT], True
    lead = "… " if before else ""
    spans = _spans(matches, len(lead) - start)
    flat = text.replace("\n", " ")
    return Fragment(f"{lead}{flat}{' …' if after else ''}", spans)
