"""inspect: how one file is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer.cli.build import generator_words
from indexer.cli.command import Flags, json_option, main, today
from indexer.cli.terminal import bold, print_json, progress_bar
from indexer.output import serialize
from indexer.output.sanitize import sanitized

if TYPE_CHECKING:
    from indexer.setup.inspection import Derived, Inspection, Target

_LABEL = 16


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def inspect(flags: Flags, file: Path, as_json: bool) -> None:
    """How FILE is read: published or not, URL, date, language, keys, sections and links, each with the reason."""
    from indexer.setup.inspection import inspected

    settings = flags.settings()
    with progress_bar() as progress:
        found = inspected(settings, file, today(), progress)
    if as_json:
        print_json(serialize.builtins(found))
        return
    click.echo(bold(found.path))
    _print("published", [_published(found)])
    _print("read as", [generator_words(settings.content)])
    if found.is_read:
        _print("title", _derived(found.title))
        _print("URL" if found.published else "URL if it were", _derived(found.url))
        _print("date", _derived(found.date))
        _print("language", _derived(found.language))
        _print("tags", [", ".join(found.tags) or "none"])
    _print("keys", _keys(found))
    _print("to mend", [f"{_line(unread.line)}{unread.reason}" for unread in found.front_matter])
    _print("sections", [f"#{one.anchor}  {one.heading}" for one in found.sections if one.heading or one.anchor])
    _print("related posts", map(_target, found.related))
    _print("links", map(_target, found.links))


def _print(label: str, lines: Iterable[str]) -> None:
    """Lines beside their label; nothing where there are none."""
    for line in lines:
        click.echo(f"  {label:<{_LABEL}}{sanitized(line)}")
        label = ""


def _published(found: Inspection) -> str:
    if not found.published:
        stale = "; the index still has it: `seealso build` takes it out" if found.in_index else ""
        return f"no: {found.reason}{stale}"
    if found.in_index:
        return "yes, and in the index"
    missing = "there is no index" if found.in_index is None else "the index does not have it"
    return f"yes, but {missing} yet: `seealso build`"


def _derived(value: Derived) -> Sequence[str]:
    return [value.value or "none", f"from {value.source}" if value.value else value.source]


def _keys(found: Inspection) -> list[str]:
    used = [
        f"{key.key}{f' (line {key.line})' if key.line else ' (from its folder)'}: {', '.join(key.used_for)}"
        for key in found.keys
        if key.used_for
    ]
    ignored = [key.key for key in found.keys if not key.used_for]
    return [*used, *([f"not used: {', '.join(ignored)}"] if ignored else [])] or ["none"]


def _line(number: int | None) -> str:
    return f"line {number}: " if number else ""


def _target(target: Target) -> str:
    found = ", ".join(target.leads_to)
    note = f" ({target.note})" if found and target.note else target.note
    return f"{_line(target.line)}{target.name} → {found}{note}"
