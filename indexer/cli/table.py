"""Suggestions for a terminal: a table that fits its width, plain lines where there is none."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import click

from indexer.cli.reasons import because, before, confidence
from indexer.model import Suggestion
from indexer.output.sanitize import sanitized

# On fewer columns than this nothing stands beside anything.
NARROWEST = 72
_BEFORE, _GAP = " " * 20, "  "


def print_suggestions(suggestions: Sequence[Suggestion]) -> None:
    """Each with its number, how sure, title, path and reasons."""
    width = shutil.get_terminal_size().columns
    as_table = sys.stdout.isatty() and width >= NARROWEST
    for line in _table(suggestions, width) if as_table else _lines(suggestions):
        click.echo(line)


def _lines(suggestions: Sequence[Suggestion]) -> Iterator[str]:
    for number, one in enumerate(suggestions, start=1):
        yield sanitized(f"{number:>3}. {confidence(one):<13} {one.post.title}")
        yield from (f"        {sanitized(text)}" for text in (one.post.path, because(one), before(one)) if text)


def _table(suggestions: Sequence[Suggestion], width: int) -> Iterator[str]:
    rest = width - len(_BEFORE) - len(_GAP)
    left = min(max((cells(one.post.title) for one in suggestions), default=0), rest * 9 // 20)
    for number, one in enumerate(suggestions, start=1):
        firsts = [f"{number:>3}  {confidence(one):<13}"]
        why = [line for text in (because(one), before(one)) for line in wrapped(text, rest - left)]
        for first, title, reason in zip_longest(firsts, wrapped(one.post.title, left), why, fillvalue=""):
            bold = click.style(title, bold=True) + " " * (left - cells(title))
            yield f"{first:<{len(_BEFORE)}}{bold}{_GAP}{reason}"
        # Never broken, so that it may be copied.
        yield _BEFORE + click.style(sanitized(one.post.path), dim=True)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of no more than `width` columns: broken between words, and in those that are longer."""
    lines, line = [], ""
    for word in sanitized(text).split():
        if line and cells(line) + 1 + cells(word) <= width:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        line = ""
        for character in word:
            if cells(line) + _cells_of(character) > width:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line] if line else lines
