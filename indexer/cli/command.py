"""The command itself: the flags before a command's name, and every error as one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexer.errors import LeftBehind, PostNotFound, SeeAlsoError, StrictBuildRefused, not_installed
from indexer.model import StoredPost
from indexer.output.sanitize import sanitized
from indexer.settings import Setting, Settings, load_settings, settings_in_force
from indexer.store.state_directory import left_behind

if TYPE_CHECKING:
    from indexer.editing.decisions import Dismissed
    from indexer.editing.journal import Signature
    from indexer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that stand before a command's name."""

    file: Path | None
    content: Path | None
    index: Path | None

    def settings(self) -> Settings:
        return load_settings(self.file, os.environ, self.content, self.index)

    def settings_in_force(self) -> list[Setting]:
        return settings_in_force(self.file, os.environ, self.content, self.index)

    def settings_in_place(self) -> Settings:
        """The settings, for what would bring dismissed posts back or lose sight of decisions. Raises LeftBehind."""
        settings = self.settings()
        if message := left_behind(settings.decided, settings.once_decided):
            raise LeftBehind(message)
        return settings

    def settings_with_warning(self) -> Settings:
        """The settings, for what does no harm where decisions were left behind; that is said."""
        settings = self.settings()
        if message := left_behind(settings.decided, settings.once_decided):
            click.echo(f"seealso: {sanitized(message)}; none of it counts until then", err=True)
        return settings


@contextmanager
def errors_as_lines() -> Iterator[None]:
    """A known error becomes one line and its exit code; a closed pipe or Ctrl-C is nobody's error."""
    try:
        yield
    except StrictBuildRefused as error:
        click.echo(f"seealso: {error}:", err=True)
        for line in error.lines:
            click.echo(f"  {sanitized(line)}", err=True)
        sys.exit(error.exit_code)
    except SeeAlsoError as error:
        click.echo(f"seealso: {sanitized(str(error))}", err=True)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        if (missing := not_installed(error)) is None:
            raise
        click.echo(f"seealso: {missing}", err=True)
        sys.exit(missing.exit_code)
    except KeyboardInterrupt:
        click.echo("seealso: stopped; what was published before still serves", err=True)
        sys.exit(130)
    except MemoryError:
        click.echo("seealso: out of memory; what was published before still serves", err=True)
        sys.exit(71)


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        with errors_as_lines():
            return super().invoke(ctx)


# Whether a folder may be read is for whoever reads it to say: with a reason, and what to do.
_FOLDER = click.Path(path_type=Path, readable=False)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings file [default: seealso.toml].")
@click.option("--content", type=_FOLDER, help="Folder of Markdown posts.")
@click.option("--index", type=_FOLDER, help="Folder of the index.")
@click.version_option(package_name="seealso", prog_name="seealso")
@click.pass_context
def main(context: click.Context, file: Path | None, content: Path | None, index: Path | None) -> None:
    """Search and related posts for a folder of Markdown files."""
    context.obj = Flags(file, content, index)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def today() -> date:
    return datetime.now().astimezone().date()


def signature() -> Signature:
    """Whoever runs the command, and now."""
    from indexer.editing.journal import Signature

    user = os.environ.get("USER") or f"user {os.getuid()}"
    return Signature(sanitized(user), datetime.now(UTC))


def dismissed_now(settings: Settings, snapshot: Snapshot) -> Dismissed:
    """What is dismissed without a build between; lines that cannot be read are for `build` and `status` to report."""
    from indexer.editing.decisions import dismissed_targets, read_decisions

    return dismissed_targets(read_decisions(settings.decided).decided, snapshot)


def named(snapshot: Snapshot, name: str, settings: Settings) -> StoredPost:
    """A post by id, URL, path below the content folder, path from here, or any name that a related post may have."""
    from indexer.links.resolver import ReferenceResolver

    if post := snapshot.posts.find(name):
        return post
    file, root = Path(os.path.realpath(name)), os.path.realpath(settings.content.directory)
    if file.is_relative_to(root):
        name = file.relative_to(root).as_posix()
        if post := snapshot.posts.find(name):
            return post
        if os.path.exists(file):  # which raises nothing, however long the name
            raise PostNotFound(f"{name} is not published: is it a draft, or newer than the index? See `seealso build`")
    numbers = ReferenceResolver(snapshot.posts, settings.content.site).resolve(name)
    if len(numbers) == 1:
        return snapshot.posts[numbers[0]]
    if numbers:
        paths = ", ".join(snapshot.posts[number].path for number in numbers[:5])
        raise PostNotFound(f'"{name}" may be any of {paths}: name it by its path')
    raise PostNotFound(
        f'no published post is called "{name}": give an id, a file path or a URL; `seealso search` finds posts'
    )
