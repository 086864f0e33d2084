"""accept, dismiss: what an editor says of a suggestion, in the post's own file or in the file of decisions; undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer.cli.command import Flags, json_option, main, named, signature
from indexer.cli.completion import complete_post
from indexer.cli.terminal import counted, print_json, print_patch, warn
from indexer.errors import CannotUndo, PostNotFound
from indexer.model import StoredPost, Verdict
from indexer.output import serialize
from indexer.output.sanitize import sanitized
from indexer.settings import Settings
from indexer.snapshot import Snapshot

if TYPE_CHECKING:
    from indexer.editing.journal import Entry


@main.command()
@click.argument("post", shell_complete=complete_post)
@click.argument("targets", metavar="TARGET…", nargs=-1, required=True, shell_complete=complete_post)
@click.option("--patch", is_flag=True, help="Print a unified diff instead of writing.")
@click.option("--version", metavar="V", help="Only if the post's file still is this version, as `suggest --json` says.")
@json_option
@click.pass_obj
def accept(flags: Flags, post: str, targets: tuple[str, ...], patch: bool, version: str | None, as_json: bool) -> None:
    """Add each TARGET to the list of related posts in the file of POST."""
    from indexer.editing.journal import Action, record
    from indexer.editing.write_back import acceptance

    if patch and as_json:
        raise click.UsageError("--patch writes nothing, --json says what was written: give one of them")
    settings = flags.settings_with_warning()
    snapshot, source, chosen = _named(settings, post, targets)
    edit = acceptance(settings.content, snapshot, source, chosen, version)
    if patch:
        print_patch(edit.patch())
        return
    ids = [target.id for target in chosen]
    record(settings.content, settings.decided, edit, Action.ACCEPTED, source, ids, signature())
    if as_json:
        print_json(serialize.builtins(serialize.accepted(snapshot, source, chosen, edit)))
        return
    click.echo(sanitized(f"{edit.path}: {written(edit.before, edit.after)}"))
    for name in edit.added:
        click.echo(sanitized(f"  + {name}"))


@main.command()
@click.argument("post", shell_complete=complete_post)
@click.argument("targets", metavar="TARGET…", nargs=-1, required=True, shell_complete=complete_post)
@click.option("--because", metavar="WORDS", default="", help="Why, for whoever wonders later.")
@json_option
@click.pass_obj
def dismiss(flags: Flags, post: str, targets: tuple[str, ...], because: str, as_json: bool) -> None:
    """Never suggest a TARGET for POST again, unless one of the two changes."""
    from indexer.editing.decisions import decide
    from indexer.editing.saving import read_version

    settings = flags.settings_in_place()
    snapshot, source, chosen = _named(settings, post, targets)
    version = read_version(settings.content, source.path) if as_json else ""
    made = decide(settings.decided, snapshot, source, chosen, Verdict.DISMISSED, because, signature())
    if as_json:
        print_json(serialize.builtins(serialize.decided(snapshot, source, made, version)))
        return
    click.echo(f"{sanitized(source.path)}: {counted(len(chosen), 'post')} dismissed, in {_from_here(settings.decided)}")
    for target in chosen:
        click.echo(sanitized(f"  - {target.title}"))
        click.echo(sanitized(f"    {target.path}"))


@main.command()
@click.argument("entry", metavar="[ID]", required=False)
@click.option("--list", "is_list", is_flag=True, help="Show the last decisions, with their ids, and take nothing back.")
@json_option
@click.pass_obj
def undo(flags: Flags, entry: str | None, is_list: bool, as_json: bool) -> None:
    """Take back your last decision, or the one with this ID: the post or the decisions are as before."""
    from indexer.editing.undo import undo as undone

    settings = flags.settings_in_place()
    if is_list:
        if entry is not None:
            raise click.UsageError("--list takes nothing back: leave out the ID")
        _print_journal(settings.decided, as_json)
        return
    try:
        taken = undone(settings.content, settings.decided, signature(), entry, settings.file)
    except CannotUndo as error:
        print_patch(error.patch)
        raise
    if as_json:
        print_json(serialize.builtins(serialize.write(taken, taken_back=True)))
        return
    click.echo(sanitized(f"taken back: {told(taken)}"))


def _print_journal(folder: Path, as_json: bool) -> None:
    from indexer.editing.journal import latest
    from indexer.editing.undo import taken_back

    found = latest(folder)
    gone = taken_back(found)
    if as_json:
        print_json(serialize.builtins(serialize.journal(found, gone)))
        return
    for entry in found:
        done = ", taken back" if entry.id in gone else ""
        click.echo(sanitized(f"{entry.id}  {entry.at}  {entry.by}: {told(entry)}{done}"))
    if not found:
        click.echo("nothing was decided here yet")


def told(entry: Entry) -> str:
    """An entry of the journal in words."""
    if entry.action == "skipped":
        return f"skipped {entry.post}"
    what = f"undid {entry.undoes}" if entry.undoes else str(entry.action)
    return f"{what} {', '.join(entry.targets)} for {entry.path or entry.post}"


def _from_here(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _named(settings: Settings, post: str, targets: Sequence[str]) -> tuple[Snapshot, StoredPost, list[StoredPost]]:
    """The post and the targets beside it, each once."""
    from indexer.snapshot import open_snapshot

    snapshot = open_snapshot(settings.index.directory, settings.search)
    warn(snapshot.wrong)
    source = named(snapshot, post, settings)
    chosen = list(dict.fromkeys(_target(snapshot, name, settings) for name in targets))
    if source in chosen:
        raise click.UsageError(f"{sanitized(source.path)} cannot stand beside itself")
    return snapshot, source, chosen


def _target(snapshot: Snapshot, name: str, settings: Settings) -> StoredPost:
    try:
        return named(snapshot, name, settings)
    except PostNotFound:
        if name.isdecimal():
            raise PostNotFound(
                f'no published post is called "{name}", and the numbers of a list say only what stood there: '
                "the next one may be another; name the post by its path"
            ) from None
        raise


def written(before: bytes, after: bytes) -> str:
    """What a write did to a file, in words, found by comparing its bytes."""
    if before == after:
        return "nothing to write, it names them already"
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    gone, new = len(before) - start - end, len(after) - start - end
    if gone:
        return f"{counted(gone, 'byte')} replaced by {counted(new, 'byte')}, no other byte touched"
    lines = len(after.splitlines()) - len(before.splitlines())
    if lines:
        return f"{counted(lines, 'line')} added, no other byte touched"
    return f"{counted(new, 'byte')} added to line {len(before[: start + 1].splitlines())}, no other byte touched"


def _alike(left: bytes, right: bytes) -> int:
    """How many bytes two texts begin with alike."""
    return next(
        (place for place, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]),
        min(len(left), len(right)),
    )
