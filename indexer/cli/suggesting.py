"""suggest: posts that an editor might add, each with the reason."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer import answers
from indexer.cli.command import Told, json_option, main, named, today
from indexer.cli.reasons import because, before, sure
from indexer.cli.terminal import bold, counted, print_json, warn
from indexer.errors import SeeAlsoError
from indexer.lines import harmless
from indexer.model import Advice, Band, Suggestion
from indexer.settings import Settings

if TYPE_CHECKING:
    from indexer.desk import Advised, Desk
    from indexer.published import Published

LIMIT = 10
LIMIT_OF_MANY = 3
# On fewer columns than this nothing stands beside anything.
NARROWEST = 72


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks about: one of these, and how much of it."""

    post: str | None
    draft: Path | None
    every: bool
    since: str | None
    to: bool
    limit: int
    most: int


@main.command()
@click.argument("post", required=False)
@click.option("--draft", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A text not published yet.")
@click.option("--all", "every", is_flag=True, help="The surest suggestions of the whole site.")
@click.option("--changed-since", "since", metavar="REV", help="Posts touched in git since REV, or not committed yet.")
@click.option("--to", is_flag=True, help="The other way round: posts that should link to POST.")
@click.option("--limit", type=click.IntRange(1, 50), help="How many for a post [default: 10; 3 where many are asked].")
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many with --all.")
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", help="markdown: a comment.")
@json_option
@click.pass_obj
def suggest(
    told: Told, /, post: str | None, draft: Path | None, every: bool, since: str | None, to: bool, limit: int | None,
    most: int, form: str, as_json: bool,
) -> None:  # fmt: skip
    """Posts that may belong beside POST and are not there yet, each with the reason."""
    several = every or since is not None
    if (post is not None) + (draft is not None) + every + (since is not None) != 1:
        raise click.UsageError("name a POST, or a file with --draft, or ask for --all or --changed-since REV")
    if to and post is None:
        raise click.UsageError("--to needs a published POST: nothing can link to a draft yet")
    if as_json and form != "text":
        raise click.UsageError("--json and --format markdown exclude each other")
    settings = told.settings_with_warning()
    published, desk = open_desk(settings)
    asked = Asked(post, draft, every, since, to, limit or (LIMIT_OF_MANY if several else LIMIT), most)
    found = _advised(asked, published, desk, settings)
    if form == "markdown":
        from indexer.cli.comment import comment

        nobody = "no post lacks one that shares enough with it" if every else "no post is new or has changed"
        click.echo(comment(found, settings.content.site, nobody), nl=False)
    elif as_json and several:
        print_json(answers.suggestions_of_many(published, found))
    elif as_json:
        print_json(answers.suggestions(published, found[0].name, found[0].advice, found[0].version))
    elif several:
        _print_many(found)
    else:
        click.echo(f"{bold(found[0].title)}: {'should be linked from' if to else 'not beside it yet'}")
        _print_advice(found[0].advice)


def open_desk(settings: Settings) -> tuple[Published, Desk]:
    """What is published, and its desk; what is wrong with either is said."""
    from indexer.curation.decisions import read_decisions
    from indexer.desk import Desk
    from indexer.published import open_published

    published = open_published(settings.index.directory)
    warn(published.wrong)
    decisions = read_decisions(settings.decided)
    for line, reason in decisions.wrong:
        place = f", line {line}" if line else ""
        click.echo(f"seealso: {settings.decided}/decisions.jsonl{place}: {harmless(reason)}; passed over", err=True)
    return published, Desk(published, decisions, settings.content, today())


def _advised(asked: Asked, published: Published, desk: Desk, settings: Settings) -> Sequence[Advised]:
    if asked.post is not None:
        source = named(published, asked.post, settings)
        return [desk.to(source, asked.limit) if asked.to else desk.of(source, asked.limit)]
    if asked.draft is not None:
        return [desk.of_draft(asked.draft, asked.limit)]
    if asked.since is not None:
        from indexer.curation.changed import changed_since

        return desk.of_files(changed_since(settings.content, asked.since), asked.limit, say_bad)
    return desk.of_all(asked.limit, asked.most, say_bad)


def say_bad(error: SeeAlsoError) -> None:
    click.echo(f"seealso: {harmless(str(error))}; passed over", err=True)


def _print_many(found: Sequence[Advised]) -> None:
    for one in found:
        if one.advice.suggestions:
            click.echo(f"{bold(one.title)} ({harmless(one.path)}): not beside it yet")
            _print_suggestions(one.advice.suggestions)
            click.echo()
    shown = sum(bool(one.advice.suggestions) for one in found)
    suggestions = sum(len(one.advice.suggestions) for one in found)
    click.echo(f"{counted(suggestions, 'suggestion')} for {counted(shown, 'post')}{_silent(len(found) - shown)}")


def _silent(posts: int) -> str:
    return f", none for {counted(posts, 'post')}" if posts else ""


def _print_advice(advice: Advice) -> None:
    for one in advice.duplicates:
        click.echo(harmless(f"  nearly the same text: {one.title}"))
        click.echo(harmless(f"        {one.path}: one of the two may go"))
    _print_suggestions(advice.suggestions)
    if not advice.suggestions:
        click.echo("  nothing to suggest: no other post shares enough with it")
    elif not any(one.band is Band.STRONG for one in advice.suggestions):
        click.echo("  none of these is strong")
    for fallback in advice.fallback:
        click.echo(harmless(f"  only {fallback.label}: {fallback.post.title}"))
        click.echo(harmless(f"        {fallback.post.path}"))
    if advice.suggestions and not advice.calibrated:
        click.echo("  the numbers are guesses until five posts have curated lists to measure on")


def _print_suggestions(suggestions: Sequence[Suggestion]) -> None:
    """Each with its number, how sure, title, path and reasons."""
    if sys.stdout.isatty() and shutil.get_terminal_size().columns >= NARROWEST:
        from indexer.cli.screen import print_table

        print_table(suggestions)
        return
    for number, one in enumerate(suggestions, start=1):
        click.echo(harmless(f"{number:>3}. {sure(one):<13} {one.post.title}"))
        for text in (one.post.path, because(one), before(one)):
            if text:
                click.echo(f"        {harmless(text)}")
