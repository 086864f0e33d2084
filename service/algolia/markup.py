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
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;"))
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

    def shown(self, text: str) -> str:
        """A text as the client needs it."""
        return _escaped(text) if "<" in self.before else text

    def marked(self, text: str, spans: Sequence[Span]) -> str:
        """A text with tags around its spans, which do not overlap."""
        shown = self.shown(text)
        if not spans:
            return shown
        pieces: list[str] = []
        done = 0
        for start, end in spans:
            pieces += (text[done:start], text[start:end])
            done = end
        pieces.append(text[done:])
        if len(shown) != len(text):  # most texts need no escaping, and then no piece of them does
            pieces = [_escaped(piece) for piece in pieces]
        pieces[1::2] = [f"{self.before}{piece}{self.after}" for piece in pieces[1::2]]
        return "".join(pieces)

    def snippet(self, text: str, spans: Sequence[Span], most: int) -> str:
        """At most so many words of a text, around the place with the most matches.

        At most a third of them stand before the first match, for some clients show one line and cut the rest off.
        """
        starts = [match.start() for match in _WORD.finditer(text)]
        places = [max(0, bisect_right(starts, start) - 1) for start, _ in spans]  # of each match the word that it is in
        if len(starts) <= most and not (places and places[0] > most // 3):
            return self.marked(text, spans)
        first = max(0, _fullest(places, most) - most // 3)
        last = first + most
        start = starts[first] if first else 0
        end = len(text[: starts[last]].rstrip()) if last < len(starts) else len(text)
        seen = [(low, high) for low, high in spans if low < end and high > start]
        inside = [(max(low, start) - start, min(high, end) - start) for low, high in seen]
        lead, tail = self.ellipsis if first else "", self.ellipsis if last < len(starts) else ""
        return f"{lead}{self.marked(text[start:end], inside)}{tail}"


def _escaped(text: str) -> str:
    for sign, escaped in _ESCAPES:
        text = text.replace(sign, escaped)
    return text


def _fullest(places: Sequence[int], most: int) -> int:
    """The match, of these words, that is followed by the most others in a snippet; 0 without any match."""
    within = [bisect_right(places, place + most - most // 3 - 1) - number for number, place in enumerate(places)]
    return places[within.index(max(within))] if places else 0
