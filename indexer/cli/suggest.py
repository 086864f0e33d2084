"""suggest: posts that an editor might add, each with the reason."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from indexer.cli.command import Flags, json_option, main, named, today
from indexer.cli.completion import complete_post
from indexer.cli.terminal import bold, counted, marked, print_json, warn
from indexer.errors import SeeAlsoError
from indexer.model import Band, Suggestion, Suggestions
from indexer.output import serialize
from indexer.output.reasons import because, before, confidence, shared_sentences
from indexer.output.sanitize import sanitized
from indexer.settings import Settings

if TYPE_CHECKING:
    from indexer.editing.suggestions import PostSuggestions, SuggestionService
    from indexer.snapshot import Snapshot

LIMIT = 10
LIMIT_OF_MANY = 3
# On fewer columns than this nothing stands beside anything.
NARROWEST = 72


@dataclass(frozen=True, slots=True)
class SuggestOptions:
    """What the command line asks about: one of these, and how much of it."""

    post: str | None
    draft: Path | None
    every: bool
    since: str | None
    to: bool
    limit: int
    most: int


def _desk_address(_context: click.Context, _parameter: click.Parameter, url: str) -> str:
    """The address of the desk. It stands in a comment that all may read, so a name or password is none of it."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment:
        raise click.BadParameter("no address of a desk: give one such as https://desk.blog.example/desk/")
    return url


@main.command()
@click.argument("post", required=False, shell_complete=complete_post)
@click.option("--draft", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A text not published yet.")
@click.option("--all", "every", is_flag=True, help="The surest suggestions of the whole site.")
@click.option("--changed-since", "since", metavar="REV", help="Posts touched in git since REV, or not committed yet.")
@click.option("--to", is_flag=True, help="The other way round: posts that should link to POST.")
@click.option("--limit", type=click.IntRange(1, 50), help="How many for a post [default: 10; 3 where many are asked].")
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many with --all.")
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), default="text", help="markdown: a comment.")
@click.option("--desk", metavar="URL", default="", callback=_desk_address, help="markdown: link to posts at the desk.")
@json_option
@click.pass_obj
def suggest(
    flags: Flags, /, post: str | None, draft: Path | None, every: bool, since: str | None, to: bool, limit: int | None,
    most: int, form: str, desk: str, as_json: bool,
) -> None:  # fmt: skip
    """Posts that may belong beside POST and are not there yet, each with the reason."""
    several = every or since is not None
    if (post is not None) + (draft is not None) + every + (since is not None) != 1:
        raise click.UsageError("name a POST, or a file with --draft, or ask for --all or --changed-since REV")
    if to and post is None:
        raise click.UsageError("--to needs a published POST: nothing can link to a draft yet")
    if as_json and form != "text":
        raise click.UsageError("--json and --format markdown exclude each other")
    if desk and form != "markdown":
        raise click.UsageError("--desk is for the links of a comment: add --format markdown")
    settings = flags.settings_with_warning()
    snapshot, service = open_suggestions(settings)
    options = SuggestOptions(post, draft, every, since, to, limit or (LIMIT_OF_MANY if several else LIMIT), most)
    found = _advised(options, snapshot, service, settings)
    if form == "markdown":
        from indexer.cli.pull_request_comment import comment

        nobody = "no post lacks one that shares enough with it" if every else "no post is new or has changed"
        click.echo(comment(found, settings.content.site, nobody, desk), nl=False)
    elif as_json and several:
        print_json(serialize.suggestions_of_many(snapshot, found))
    elif as_json:
        print_json(
            serialize.builtins(serialize.suggestions(snapshot, found[0].name, found[0].advice, found[0].version))
        )
    elif several:
        _print_many(found)
    else:
        click.echo(f"{bold(found[0].title)}: {'should be linked from' if to else 'not beside it yet'}")
        _print_suggestions(found[0].advice)


def open_suggestions(settings: Settings) -> tuple[Snapshot, SuggestionService]:
    """What is published, and its desk; what is wrong with either is said."""
    from indexer.editing.decisions import read_decisions
    from indexer.editing.suggestions import SuggestionService
    from indexer.snapshot import open_snapshot

    snapshot = open_snapshot(settings.index.directory, settings.search)
    warn(snapshot.wrong)
    decisions = read_decisions(settings.decided)
    for line, reason in decisions.wrong:
        place = f", line {line}" if line else ""
        click.echo(f"seealso: {settings.decided}/decisions.jsonl{place}: {sanitized(reason)}; passed over", err=True)
    return snapshot, SuggestionService(snapshot, decisions, settings.content, today())


def _advised(
    options: SuggestOptions, snapshot: Snapshot, service: SuggestionService, settings: Settings
) -> Sequence[PostSuggestions]:
    if options.post is not None:
        source = named(snapshot, options.post, settings)
        return [service.to(source, options.limit) if options.to else service.of(source, options.limit)]
    if options.draft is not None:
        return [service.of_draft(options.draft, options.limit)]
    if options.since is not None:
        from indexer.editing.git import changed_since

        return service.of_files(changed_since(settings.content, options.since), options.limit, say_bad)
    return service.of_all(options.limit, options.most, say_bad)


def say_bad(error: SeeAlsoError) -> None:
    click.echo(f"seealso: {sanitized(str(error))}; passed over", err=True)


def _print_many(found: Sequence[PostSuggestions]) -> None:
    for post in found:
        if post.advice.suggestions:
            click.echo(f"{bold(post.title)} ({sanitized(post.path)}): not beside it yet")
            _print_table(post.advice.suggestions)
            click.echo()
    shown = sum(bool(post.advice.suggestions) for post in found)
    suggestions = sum(len(post.advice.suggestions) for post in found)
    click.echo(f"{counted(suggestions, 'suggestion')} for {counted(shown, 'post')}{_silent(len(found) - shown)}")


def _silent(posts: int) -> str:
    return f", none for {counted(posts, 'post')}" if posts else ""


def _print_suggestions(suggestions: Suggestions) -> None:
    for duplicate in suggestions.duplicates:
        click.echo(sanitized(f"  nearly the same text: {duplicate.title}"))
        click.echo(sanitized(f"        {duplicate.path}: one of the two may go"))
    _print_table(suggestions.suggestions)
    if not suggestions.suggestions:
        click.echo("  nothing to suggest: no other post shares enough with it")
    elif not any(duplicate.band is Band.STRONG for duplicate in suggestions.suggestions):
        click.echo("  none of these is strong")
    for fallback in suggestions.fallback:
        click.echo(sanitized(f"  only {fallback.label}: {fallback.post.title}"))
        click.echo(sanitized(f"        {fallback.post.path}"))
    if suggestions.suggestions and not suggestions.calibrated:
        click.echo("  the numbers are guesses until five posts have curated lists to measure on")


def _print_table(suggestions: Sequence[Suggestion]) -> None:
    """Each with its number, how sure, title, path and reasons."""
    if sys.stdout.isatty() and shutil.get_terminal_size().columns >= NARROWEST:
        from indexer.cli.screen import print_table

        print_table(suggestions)
        return
    for number, suggestion in enumerate(suggestions, start=1):
        click.echo(sanitized(f"{number:>3}. {confidence(suggestion):<13} {suggestion.post.title}"))
        for text in (suggestion.post.path, because(suggestion), before(suggestion)):
            if text:
                click.echo(f"        {sanitized(text)}")
        for label, sentence in shared_sentences(suggestion):
            click.echo(f"        {label}: {marked(sentence)}")
