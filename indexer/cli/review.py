"""review: one suggestion at a time, the surest of the site first.

What is decided is on the disk before the next one is shown, so it can be left at any moment and taken up again: what
was accepted or dismissed is not asked again, and what was put off comes last.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from indexer.cli.command import Flags, main, named, signature
from indexer.cli.decide import written
from indexer.cli.suggest import open_suggestions, say_bad
from indexer.cli.terminal import counted
from indexer.errors import SeeAlsoError
from indexer.model import StoredPost, Suggestion, Verdict
from indexer.output.reasons import because, before, confidence
from indexer.output.sanitize import sanitized
from indexer.settings import Settings
from indexer.snapshot import Snapshot

if TYPE_CHECKING:
    from indexer.editing.suggestions import PostSuggestions

LIMIT = 10
MOST_OF_ONE = 50
KEYS = "a accept   d dismiss   l later   o open both   q quit"
_DESCRIBED = 2


@dataclass(frozen=True, slots=True)
class Session:
    """What one sitting decides. counts: how many were "accepted", "dismissed", "put off"."""

    settings: Settings
    snapshot: Snapshot
    counts: Counter[str] = field(default_factory=Counter)


@main.command()
@click.argument("post", required=False)
@click.pass_obj
def review(flags: Flags, post: str | None) -> None:
    """Walk through suggestions, of the whole site or for POST, and decide of each."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("review asks and waits for a key, so it needs a terminal; see accept and dismiss")
    settings = flags.settings_in_place()
    snapshot, suggestions = open_suggestions(settings)
    if post is None:
        pairs = suggestions.surest(LIMIT, say_bad)
    else:
        found = suggestions.of(named(snapshot, post, settings), MOST_OF_ONE)
        pairs = [(found, suggestion) for suggestion in found.advice.suggestions]
    session = Session(settings, snapshot)
    try:
        left = _walk(session, pairs)
    except (KeyboardInterrupt, EOFError, click.Abort):
        click.echo()
        left = len(pairs) - session.counts.total()
    counts = ", ".join(f"{session.counts[word]:,} {word}" for word in ("accepted", "dismissed", "put off"))
    click.echo(f"{counts}; {counted(left, 'suggestion')} left")


def _walk(session: Session, pairs: Sequence[tuple[PostSuggestions, Suggestion]]) -> int:
    """How many are left when the editor has enough."""
    from indexer.cli.screen import print_labelled

    for number, (post, suggestion) in enumerate(pairs):
        source = session.snapshot.post(post.name)
        click.echo(f"\n{number + 1:,} of {len(pairs):,}   {confidence(suggestion)}")
        _show("post", source, session.snapshot)
        _show("see also", suggestion.post, session.snapshot)
        print_labelled("why", because(suggestion))
        print_labelled("", before(suggestion))
        while not (done := _asked(session, source, suggestion.post)):
            pass
        if done == "quit":
            return len(pairs) - number
        session.counts[done] += 1
    return 0


def _show(label: str, post: StoredPost, snapshot: Snapshot) -> None:
    """Title, path and what the post says of itself first."""
    from indexer.cli.screen import print_labelled

    summary = post.description or next(
        (section.text for section in snapshot.posts.sections(post.number) if section.text), ""
    )
    print_labelled(label, post.title, "bold")
    click.echo(f"            {sanitized(post.path)}")
    print_labelled("", summary, most=_DESCRIBED)


def _asked(session: Session, source: StoredPost, target: StoredPost) -> str:
    """What was decided with one key; empty where nothing was yet, so that it is asked again."""
    click.echo(f"\n{KEYS}  ", nl=False)
    key = click.getchar()
    click.echo()
    try:
        match key.casefold():
            case "a":
                return _accepted(session, source, target)
            case "d":
                words = click.prompt("  because", default="", show_default=False)
                return _decided(session, source, target, Verdict.DISMISSED, words)
            case "l":
                return _decided(session, source, target, Verdict.LATER, "")
            case "o":
                return _opened(session.settings.content.directory, source, target)
            case "q":
                return "quit"
    except (SeeAlsoError, click.ClickException) as error:
        click.echo(f"  {sanitized(str(error))}")
    return ""


def _accepted(session: Session, source: StoredPost, target: StoredPost) -> str:
    from indexer.editing.journal import Action, record
    from indexer.editing.write_back import acceptance

    settings = session.settings
    edit = acceptance(settings.content, session.snapshot, source, [target])
    record(settings.content, settings.decided, edit, Action.ACCEPTED, source, [target.id], signature())
    click.echo(sanitized(f"  {edit.path}: {written(edit.before, edit.after)}"))
    return "accepted"


def _decided(session: Session, source: StoredPost, target: StoredPost, verdict: Verdict, words: str) -> str:
    from indexer.editing.decisions import decide

    decide(session.settings.decided, session.snapshot, source, [target], verdict, words, signature())
    return "dismissed" if verdict is Verdict.DISMISSED else "put off"


def _opened(content: Path, source: StoredPost, target: StoredPost) -> str:
    """Shows both files in the editor that the terminal knows: unlike a browser, it is there over ssh too."""
    files = [str(content.resolve() / post.path) for post in (source, target)]
    for file in files:
        click.echo(sanitized(f"  {file}"))
    click.edit(filename=files)
    return ""
