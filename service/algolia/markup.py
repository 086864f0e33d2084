"""Highlights, snippets and escaping: text and spans become what a client puts into its page.

Clients whose tags hold no `<` escape what they get by themselves, and others put it into the page as HTML, so a text is
escaped where the tag before a match holds `<`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# An apostrophe as DocSearch undoes it; as &#x27; or &#39; visitors would see it.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#039;"})
# A word of a snippet; in scripts without blanks each character counts.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]+"
)

Span = tuple[int, int]  # [start, end) in characters


@dataclass(frozen=True, slots=True)
class Markup:
    """What stands before and after a match, and where a text is cut."""

    before: str = "<em>"
    after: str = "</em>"
    ellipsis: str = "…"

    @property
    def is_escaped(self) -> bool:
        return "<" in self.before

    def shown(self, text: str) -> str:
        """A text as the client needs it."""
        return text.translate(_ESCAPES) if self.is_escaped else text

    def marked(self, text: str, spans: Sequence[Span]) -> str:
        """A text with tags around its spans, which do not overlap."""
        pieces: list[str] = []
        done = 0
        for start, end in spans:
            pieces += (self.shown(text[done:start]), self.before, self.shown(text[start:end]), self.after)
            done = end
        return "".join([*pieces, self.shown(text[done:])])

    def snippet(self, text: str, spans: Sequence[Span], most: int) -> str:
        """At most so many words of a text, around the place with the most matches.

        At most a third of them stand before the first match, for some clients show one line and cut the rest off.
        """
        words = [match.span() for match in _WORD.finditer(text)]
        if len(words) <= most and not _is_far(words, spans, most):
            return self.marked(text, spans)
        first = max(0, _fullest(words, spans, most) - most // 3)
        last = min(first + most, len(words))
        start, end = words[first][0] if first else 0, words[last - 1][1] if last < len(words) else len(text)
        inside = [
            (max(low, start) - start, min(high, end) - start) for low, high in spans if low < end and high > start
        ]
        lead, tail = self.ellipsis if first else "", self.ellipsis if last < len(words) else ""
        return f"{lead}{self.marked(text[start:end], inside)}{tail}"


def _is_far(words: Sequence[Span], spans: Sequence[Span], most: int) -> bool:
    """Whether the first match stands behind more words than may stand before it."""
    return bool(spans) and _word_at(words, spans[0][0]) > most // 3


def _fullest(words: Sequence[Span], spans: Sequence[Span], most: int) -> int:
    """The word at which the match begins that is followed by the most others in a snippet; 0 without any match."""
    places = [_word_at(words, start) for start, _ in spans]
    within = [bisect_right(places, place + most - most // 3 - 1) - number for number, place in enumerate(places)]
    return places[within.index(max(within))] if places else 0


def _word_at(words: Sequence[Span], character: int) -> int:
    """The number of the word that a character is in."""
    return max(0, bisect_right(words, character, key=lambda word: word[0]) - 1)
