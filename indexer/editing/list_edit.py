"""A list of related posts in front matter: its key path, its style, and splices that change its text.

Common to YAML and TOML; yaml_edit.py and toml_edit.py work on the text. A splice replaces the characters from start to
end, as `acceptance` of "rye" does here after the item "oat":

    relatedPosts:⏎␣␣-␣oat⏎tags:␣[a]⏎      Splice(start, end, "␣␣-␣rye⏎"), start = end
                          ▲
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# The keys of a list from the outermost inwards: ("relatedPosts",), or ("extra", "related").
KeyPath = tuple[str, ...]
# A new item: a name, or a mapping such as {"text": …, "url": …}.
Entry = str | dict[str, str]

_LINE_END = re.compile(r"\r\n|\r|\n")


class Unsafe(Exception):
    """Why a list cannot be changed with certainty, and the line of its front matter (1-based) to look at."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Splice:
    """Replaces the characters of the front matter from `start` to `end` with `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a list is written.

    flow: in brackets. indent: columns between its key and its items. gap: spaces after a dash. quote: around texts
    that need no quotes, "" for none. shape: the keys of items that are mappings, each with the quotes of its value; ()
    where items are texts.
    """

    flow: bool = False
    indent: int = 2
    gap: str = " "
    quote: str = ""
    shape: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExistingList:
    """A list in the front matter of a post: its style, and the key right before its own, "" where it is first."""

    style: ListStyle
    after: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices made."""
    for splice in sorted(splices, key=lambda splice: splice.start, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def line_start(text: str, position: int) -> int:
    """The start of the line of a position."""
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1


def line_end(text: str, position: int) -> int:
    """The end of the line of a position, before its line ending."""
    match = _LINE_END.search(text, position)
    return match.start() if match else len(text)


def next_line(text: str, position: int) -> int:
    """The start of the next line."""
    match = _LINE_END.search(text, position)
    return match.end() if match else len(text)


def line_ending(text: str, position: int, default: str) -> str:
    """The line ending of the line of a position: LF, CR LF or CR."""
    match = _LINE_END.search(text, position)
    return match[0] if match else default


def usual_quote(items: Sequence[tuple[str, bool]]) -> str:
    """The quotes of the last item that needs none, else of the last. items: quotes, and whether they are needed."""
    optional = [quote for quote, is_needed in items if not is_needed]
    return (optional or [quote for quote, _ in items] or [""])[-1]
