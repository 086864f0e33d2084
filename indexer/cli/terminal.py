"""What every command prints with: texts of posts made harmless, counts, lists that end, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from indexer.errors import SeeAlsoError
from indexer.model import StoredPost

# How many bad files or references a terminal shows before it says how to see the rest.
MOST_LINES = 20


def print_json(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def harmless(text: str) -> str:
    """A text from a post or a name for a terminal, which must not take orders from it."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def bold(text: str) -> str:
    return click.style(harmless(text), bold=True)


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def titles(posts: tuple[StoredPost, ...]) -> str:
    return " and ".join(f'"{post.title}"' for post in posts)


def print_some(lines: list[str]) -> None:
    for line in lines[:MOST_LINES]:
        click.echo(harmless(line))
    if len(lines) > MOST_LINES:
        click.echo(f"… and {len(lines) - MOST_LINES:,} more: seealso status --json lists all")


def place(one: dict[str, Any]) -> str:
    return f"{one['path']}, line {one['line']}" if one["line"] else str(one["path"])


def warn(wrong: tuple[SeeAlsoError, ...]) -> None:
    for one in wrong:
        click.echo(f"seealso: {harmless(str(one))}; an older generation answers", err=True)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda step, done, of: None
        return
    bar: Any = None
    shown = ""

    def progress(step: str, done: int, of: int) -> None:
        nonlocal bar, shown
        if step != shown:
            if bar is not None:
                bar.render_finish()
            bar, shown = click.progressbar(length=of, label=f"{step:<9}", file=sys.stderr), step
            bar.render_progress()
        bar.update(done - bar.pos)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.render_finish()
