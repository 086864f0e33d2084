"""A list of related posts as it stands in front matter: its place, its look, and what is to be written instead of what.

What the YAML and the TOML of a site have in common; yaml_list.py and toml_list.py do the work on the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# The keys from the outermost inwards: ("relatedPosts",), or ("extra", "related").
Place = tuple[str, ...]
# An item to be written: a name, or a mapping such as {"text": …, "url": …}.
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
    """Put `text` where the front matter has the characters from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a list is written.

    flow: in brackets. indent: columns between its key and its items. gap: what stands behind a dash. quote: around
    texts that would do without, or nothing. shape: the keys of items that are mappings, each with the quotes of its
    value; () where items are texts.
    """

    flow: bool = False
    indent: int = 2
    gap: str = " "
    quote: str = ""
    shape: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExistingList:
    """A list that stands in a post: how it is written, and which key is right before its own; "" where it is first."""

    look: ListStyle
    after: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices made."""
    for one in sorted(splices, key=lambda one: one.start, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def line_start(text: str, place: int) -> int:
    """Where the line begins that a place stands on."""
    return max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1


def line_end(text: str, place: int) -> int:
    """Where the line ends that a place stands on, before its line end."""
    match = _LINE_END.search(text, place)
    return match.start() if match else len(text)


def next_line(text: str, place: int) -> int:
    """Where the line after that of a place begins."""
    match = _LINE_END.search(text, place)
    return match.end() if match else len(text)


def end_of_line(text: str, place: int, usual: str) -> str:
    """What ends the line that a place stands on: a line feed with or without a carriage return."""
    match = _LINE_END.search(text, place)
    return match[0] if match else usual


def usual_quote(items: Sequence[tuple[str, bool]]) -> str:
    """The quotes of the last item that would do without, else of the last. items: quotes, and whether needed."""
    free = [quote for quote, needed in items if not needed]
    return (free or [quote for quote, _ in items] or [""])[-1]
