"""export: what a site takes from us when it is built: the lists that readers see, and the scripts for its pages."""

from __future__ import annotations

import re
from pathlib import Path

import click

from indexer.cli.command import Flags, dismissed_now, main
from indexer.cli.terminal import counted, warn
from indexer.output import serialize
from indexer.output.sanitize import sanitized

SUFFIXES = (".json", ".yaml", ".yml")


class _Export(click.Group):
    """A group in which `export FILE` is short for `export lists FILE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["lists", *args])

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[lists] FILE | assets DIR")


@main.group(cls=_Export, context_settings={"ignore_unknown_options": True})
def export() -> None:
    """Write what a site takes from See Also when it is built: related posts as data, scripts for its pages."""


@export.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--limit", type=click.IntRange(1, 50), help="How many of each post [default: related.shown].")
@click.pass_obj
def lists(flags: Flags, file: Path, limit: int | None) -> None:
    """Write what readers see beside every post to FILE, as JSON or YAML by its suffix; untouched if nothing changed."""
    from indexer.output.export import as_json, as_yaml, write_if_new
    from indexer.snapshot import open_snapshot

    if file.suffix not in SUFFIXES:
        raise click.UsageError(f"{file}: name a file that ends in {', '.join(SUFFIXES)}")
    settings = flags.settings()
    snapshot = open_snapshot(settings.index.directory, settings.search)
    warn(snapshot.wrong)
    found = serialize.reader_lists(snapshot, limit or settings.related.shown, dismissed_now(settings, snapshot))
    new = write_if_new(file, as_json(found) if file.suffix == ".json" else as_yaml(found))
    what = f"the lists of {counted(len(found), 'post')}"
    click.echo(sanitized(f"{file}: {what}, written" if new else f"{file}: {what}, as before and not touched"))


@export.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--service", metavar="URL", help="The address of the service; writes pagefind/pagefind.js, too.")
def assets(folder: Path, service: str | None) -> None:
    """Write the scripts for pages to DIR, which is made if need be; files that are right already are not touched."""
    from indexer.output.assets import elements, pagefind

    if service is not None and not _WEB_ADDRESS.fullmatch(service):
        raise click.UsageError(f"{service}: give the address of the service, such as https://search.blog.example")
    for asset in (*elements(), *([pagefind(service)] if service else [])):
        _write(folder / asset.name, asset.data.decode())
    click.echo(f'integrity="{elements()[0].integrity}"')


_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")


def _write(file: Path, text: str) -> None:
    """Writes a file into a folder that is made if need be, and says so. Raises CannotWrite."""
    from indexer.errors import CannotWrite
    from indexer.output.export import write_if_new

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{file.parent} cannot be made: {error.strerror}") from None
    new = write_if_new(file, text)
    click.echo(sanitized(f"{file}: {'written' if new else 'as before and not touched'}"))
