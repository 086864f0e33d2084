"""export: the lists that readers see, for sites that are built once."""

from __future__ import annotations

from pathlib import Path

import click

from indexer.cli.command import Flags, dismissed_now, main
from indexer.cli.terminal import counted, warn
from indexer.output import serialize
from indexer.output.sanitize import sanitized

SUFFIXES = (".json", ".yaml", ".yml")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--limit", type=click.IntRange(1, 50), help="How many of each post [default: related.shown].")
@click.pass_obj
def export(flags: Flags, file: Path, limit: int | None) -> None:
    """Write what readers see beside every post to FILE, as JSON or YAML by its suffix; untouched if nothing changed."""
    from indexer.output.export import as_json, as_yaml, write_if_new
    from indexer.snapshot import open_snapshot

    if file.suffix not in SUFFIXES:
        raise click.UsageError(f"{file}: name a file that ends in {', '.join(SUFFIXES)}")
    settings = flags.settings()
    snapshot = open_snapshot(settings.index.directory)
    warn(snapshot.wrong)
    lists = serialize.reader_lists(snapshot, limit or settings.related.shown, dismissed_now(settings, snapshot))
    new = write_if_new(file, as_json(lists) if file.suffix == ".json" else as_yaml(lists))
    what = f"the lists of {counted(len(lists), 'post')}"
    click.echo(sanitized(f"{file}: {what}, written" if new else f"{file}: {what}, as before and not touched"))
