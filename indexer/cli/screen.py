"""What is laid out on a terminal, by rich: suggestions beside their reasons, texts beside their labels, progress.

It is imported only where there is a terminal. Texts of posts become `Text`, in which nothing is markup, and are made
harmless before. Paths do not go through rich: they are never broken, so that they may be copied.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from indexer.cli.reasons import because, before, confidence
from indexer.model import Suggestion
from indexer.output.sanitize import sanitized
from indexer.progress import Progress, Step

_FIRST, _GAP = 18, 2
_LABEL = 12


def print_table(suggestions: Sequence[Suggestion]) -> None:
    """Each with its number, how sure, title and reasons side by side, and its path below."""
    console = Console()
    most = (console.width - _FIRST - 2 * _GAP) * 9 // 20
    widths = _FIRST, min(max((cell_len(suggestion.post.title) for suggestion in suggestions), default=0), most), None
    for number, suggestion in enumerate(suggestions, start=1):
        row = Table.grid(padding=(0, _GAP), pad_edge=False)
        for width in widths:
            row.add_column(width=width, overflow="fold")
        why = "\n".join(sanitized(text) for text in (because(suggestion), before(suggestion)) if text)
        row.add_row(
            Text(f"{number:>3}  {confidence(suggestion)}"), Text(sanitized(suggestion.post.title), "bold"), Text(why)
        )
        console.print(row)
        click.echo(" " * (_FIRST + _GAP) + click.style(sanitized(suggestion.post.path), dim=True))


def print_columns(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Container[int]) -> None:
    """A table that is as wide as it must be. numbers: which columns stand to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(sanitized(text)) for text in row))
    Console().print(table)


def print_labelled(label: str, text: str, style: str = "", most: int | None = None) -> None:
    """A text beside its label, of no more lines than `most`; nothing where there is no text."""
    if not text:
        return
    console = Console()
    for line in Text(sanitized(text), style).wrap(console, max(20, console.width - _LABEL))[:most]:
        console.print(Text(f"  {label:<{_LABEL - 2}}"), line, sep="")
        label = ""


@contextmanager
def bars() -> Iterator[Progress]:
    """A bar for each step."""
    columns = TextColumn("{task.description:<9}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    shown = Bars(*columns, console=Console(stderr=True))
    tasks = {}

    def progress(step: Step, done: int, of: int) -> None:
        if step not in tasks:
            tasks[step] = shown.add_task(step, total=of)
        shown.update(tasks[step], completed=done)

    with shown:
        yield progress
