"""The text of a file → the line on which the target of a link stands; None if it does not stand there as a whole.

What a template tag makes or completes has no line: only the site's generator knows what becomes of it.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache
from urllib.parse import quote, unquote

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})", re.MULTILINE)
_END_OF_CODE = re.compile(r"\{%-?\s*end(?:raw|verbatim|highlight|code\w*|set|capture)\b", re.IGNORECASE)
_BEFORE = re.compile(r"""(?:\]\(\s*<?|\]:[ \t]*<?|(?:href|src|link|url)\s*=\s*["']?)\Z""", re.IGNORECASE)
# {{ site.baseurl }}/rye/ is the address of the site and a path.
_BASE = re.compile(r"\{\{-?\s*(?:site\.)?(?:base_?url|url|base_?path|root|pathprefix)[^{}\n]*\}\}\Z", re.IGNORECASE)
_AFTER = re.compile(r"""[)>"'\s]|\Z""")
# Characters before a target in which what makes it one is looked for.
LOOK_BEHIND = 120
# Characters behind it in which the end of a template tag is looked for.
LOOK_AHEAD = 5_000
MOST_PLACES = 200


def line_of(text: str, target: str) -> int | None:
    """The line (1-based) of the first link or image with this target, outside of code."""
    for spelling in dict.fromkeys([target, unquote(target), quote(target, safe="/:#?&=%+,;@~!$*.-_")]):
        start = text.find(spelling)
        for _ in range(MOST_PLACES):
            if start < 0:
                break
            if is_link_at(text, start, start + len(spelling)):
                return text.count("\n", 0, start) + 1
            start = text.find(spelling, start + 1)
    return None


def is_link_at(text: str, start: int, end: int) -> bool:
    """Whether the target of a link or an image stands there, outside of code."""
    return _is_target(text, start, end) and not _is_code(text, start)


def _is_target(text: str, start: int, end: int) -> bool:
    before = text[max(start - LOOK_BEHIND, 0) : start]
    if base := _BASE.search(before):
        before = before[: base.start()]
    return bool(_BEFORE.search(before)) and bool(_AFTER.match(text, end))


def _is_code(text: str, place: int) -> bool:
    """Whether a place is in a fence of Markdown, or in a template tag that shows or stores what is in it."""
    tag = text.find("{%", place, place + LOOK_AHEAD)
    return bisect(_fences(text), place) % 2 == 1 or (tag >= 0 and bool(_END_OF_CODE.match(text, tag)))


@lru_cache(maxsize=4)
def _fences(text: str) -> list[int]:
    """Where fences of Markdown begin and end, in turn."""
    places: list[int] = []
    fence = ""
    for match in _FENCE.finditer(text):
        if not fence or match[1].startswith(fence):
            places.append(match.start())
            fence = "" if fence else match[1]
    return places
