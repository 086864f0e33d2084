"""init: the first settings of a site, found in its folder."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from indexer.cli.build import left_out_words
from indexer.cli.command import Flags, main, today
from indexer.cli.terminal import counted, progress_bar
from indexer.output.sanitize import sanitized
from indexer.profiles.profile import place_of, title_of

if TYPE_CHECKING:
    from indexer.setup.candidates import Candidate
    from indexer.setup.first_settings import FirstSettings


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.pass_obj
def init(flags: Flags, folder: Path) -> None:
    """Write a seealso.toml for the site in FOLDER, by default this one, and show what it makes of the site."""
    from indexer.setup.first_settings import first_settings

    if flags.file or flags.index:
        raise click.UsageError("init writes seealso.toml into FOLDER: leave --settings and --index out")
    with progress_bar() as progress:
        first = first_settings(folder, today(), flags.content, progress)
    written = first.write()
    _print_site(first)
    for file in written:
        what = "every line says what it is and why" if file.suffix == ".toml" else "git leaves the index alone"
        _say(f"{place_of(file)}: written; {what}")
    if first.keep_out:
        _say(f"{title_of(first.found.chosen.generator)} would take the index for a part of the site: {first.keep_out}")
    _print_examples(first)


def _say(text: str) -> None:
    click.echo(sanitized(text))


def _print_site(first: FirstSettings) -> None:
    chosen = first.found.chosen
    content = place_of(first.settings.content.directory)
    _say(f"{_known(chosen, first.folder)}; {counted(chosen.files, 'Markdown file')} in {content}")
    for other in first.found.others:
        _say(
            f"it may also be {_known(other, first.folder)}, with {counted(other.files, 'Markdown file')} "
            f"in {other.content}: content.generator and content.directory say which"
        )
    if chosen.beside:
        _print_beside(chosen)
    if chosen.begins_above:
        above = place_of(first.folder / chosen.begins_above)
        _say(f"this is a part of the site in {above}: to have all of it, take seealso.toml away and run this there")


def _known(candidate: Candidate, folder: Path) -> str:
    if not candidate.generator:
        return "plain Markdown (no site generator found)"
    return f"{title_of(candidate.generator)} ({place_of(folder / candidate.sign)})"


def _print_beside(chosen: Candidate) -> None:
    names = chosen.folders_beside()
    if chosen.content == ".":
        _say(f"several folders hold content: {names}; all are read, unless content.directory names one")
    else:
        _say(f"Markdown files elsewhere are not read: {names}; content.directory says where to look")


def _print_examples(first: FirstSettings) -> None:
    corpus, examples = first.site.corpus, first.examples
    _say(f"{counted(len(corpus), 'post')}, {left_out_words(first.site)}")
    if not examples:
        _say("no post yet: `seealso build` says why, and which setting is likely to change that")
        return
    click.echo(f"URLs of {len(examples)} of them:" if len(corpus) > len(examples) else "Their URLs:")
    content = first.settings.content
    for post in examples:
        _say(f"  {place_of(content.directory / post.path)}")
        _say(f"    {post.url}")
    last = examples[-1]
    address = content.site.rstrip("/").removesuffix(content.base.rstrip("/")) if content.site else ""
    _say(f"To check, open one on the site: {last.url if '://' in last.url else address + last.url}")
    file = quote(place_of(content.directory / last.path))
    _say(f"If it is not there, see how its URL is made: seealso inspect {file}")
    _say("Then build the index: seealso build")
