"""What every command prints with: texts of posts made harmless, counts, lists that end, progress."""

from __future__ import annotations

import json
import re
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Any

import click

from indexer.errors import SeeAlsoError
from indexer.model import Snippet
from indexer.output.sanitize import sanitized
from indexer.progress import Progress, silent

# How many bad files or references a terminal shows before it says how to see the rest.
MOST_LINES = 20


def print_json(answer: dict[str, Any]) -> None:
    """The same values as the API sends; what a terminal or a CI service would obey is written as an escape."""
    click.echo(_ORDERS.sub(_as_escape, json.dumps(answer, ensure_ascii=False, indent=2)))


# In JSON all of these stand inside texts, but for the ends of lines.
_ORDERS = re.compile(r"[^\w\n -~]|#(?=#\w*\[)")


def _as_escape(found: re.Match[str]) -> str:
    if found[0] == "#":
        return "\\u0023"
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def print_patch(patch: str) -> None:
    """A patch byte for byte, so that it can be applied; on a terminal in characters that it can show."""
    if sys.stdout.isatty():
        patch = "".join(f"{sanitized(line.expandtabs())}\n" for line in patch.split("\n")[:-1])
    click.echo(patch, nl=False)


def bold(text: str) -> str:
    return click.style(sanitized(text), bold=True)


def marked(fragment: Snippet) -> str:
    """A fragment for a terminal: matches underlined, control characters of the post made harmless."""
    text, pieces, done = sanitized(fragment.text), [], 0
    for start, end in fragment.spans:
        pieces += [text[done:start], click.style(text[start:end], underline=True)]
        done = end
    return "".join([*pieces, text[done:]])


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def print_some(lines: list[str]) -> None:
    for line in lines[:MOST_LINES]:
        click.echo(sanitized(line))
    if len(lines) > MOST_LINES:
        click.echo(f"… and {len(lines) - MOST_LINES:,} more: seealso status --json lists all")


def place(path: str, line: int | None) -> str:
    return f"{path}, line {line}" if line else path


def warn(wrong: tuple[SeeAlsoError, ...]) -> None:
    for error in wrong:
        click.echo(f"seealso: {sanitized(str(error))}; an older generation answers", err=True)


def lays_out() -> bool:
    """Whether tables are laid out: on a terminal, where rich is installed, which what only serves comes without."""
    return sys.stdout.isatty() and find_spec("rich") is not None


def progress_bar() -> AbstractContextManager[Progress]:
    """Bars on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext(silent)
    from indexer.cli.screen import bars

    return bars()
