"""review: suggestions one by one, post by post, until there are none left that are sure enough.

What is decided is on the disk before the next one is shown, so it can be left at any moment and taken up again: what
was accepted or dismissed is not asked again, what was put off comes later, and posts that were skipped come last.
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
from indexer.cli.completion import complete_post
from indexer.cli.decide import told, written
from indexer.cli.suggest import open_suggestions, say_bad
from indexer.cli.terminal import counted
from indexer.errors import SeeAlsoError
from indexer.model import Band, StoredPost, Suggestion, Verdict
from indexer.output.reasons import because, before, confidence, shared_sentences
from indexer.output.sanitize import sanitized
from indexer.settings import Settings
from indexer.snapshot import Snapshot

if TYPE_CHECKING:
    from indexer.editing.suggestions import PostSuggestions, SuggestionService

LIMIT = 10
MOST_OF_ONE = 50
KEYS = "a accept   d dismiss   l later   s skip post   u undo   o open both   q quit"
_DESCRIBED, _INDENT = 2, 12

Pair = tuple["PostSuggestions", Suggestion]


@dataclass(frozen=True, slots=True)
class Session:
    """What one sitting decides. counts: how many were "accepted", "dismissed", "put off". made: the place in the queue
    of each decision and what it was, so that it can be taken back. skipped: the ids of posts."""

    settings: Settings
    snapshot: Snapshot
    counts: Counter[str] = field(default_factory=Counter)
    made: list[tuple[int, str]] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)


@main.command()
@click.argument("post", required=False, shell_complete=complete_post)
@click.option("--least", type=click.FloatRange(0, 1), help="The least confidence [default: strong ones; all of POST].")
@click.pass_obj
def review(flags: Flags, post: str | None, least: float | None) -> None:
    """Walk through suggestions, of the whole site or for POST, and decide of each."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("review asks and waits for a key, so it needs a terminal; see accept and dismiss")
    settings = flags.settings_in_place()
    snapshot, suggestions = open_suggestions(settings)
    if post is None:
        queue = _of_site(settings, suggestions, Band.STRONG.least if least is None else least)
    else:
        found = suggestions.of(named(snapshot, post, settings), MOST_OF_ONE)
        queue = [(found, one) for one in found.advice.suggestions if round(one.confidence, 2) >= (least or 0.0)]
    session = Session(settings, snapshot)
    try:
        _walk(session, queue)
    except (KeyboardInterrupt, EOFError, click.Abort):
        click.echo()
    decided = ", ".join(f"{session.counts[word]:,} {word}" for word in ("accepted", "dismissed", "put off"))
    done = {place for place, _ in session.made}
    left = {post.name for place, (post, _) in enumerate(queue) if place not in done}
    click.echo(f"{decided}; {counted(len(left), 'post')} left")


def _of_site(settings: Settings, suggestions: SuggestionService, least: float) -> list[Pair]:
    from indexer.editing.journal import skipped
    from indexer.editing.queue import Queue, Wanted, pairs_of

    wanted = Wanted(least, skipped=skipped(settings.decided))
    waiting = Queue().waiting(suggestions, wanted, say_bad)
    queue = pairs_of(waiting, suggestions, least, LIMIT)
    if not queue:
        click.echo(f"no suggestion has a confidence of {least:.2f} or more: `seealso review --least 0.3` asks for less")
    return queue


def _walk(session: Session, queue: Sequence[Pair]) -> None:
    place = 0
    while place < len(queue):
        post, suggestion = queue[place]
        if post.name in session.skipped:
            place += 1
            continue
        _show(session, queue, place)
        match _asked(session, session.snapshot.post(post.name), suggestion.post):
            case "quit":
                return
            case "skip":
                session.skipped.add(post.name)
            case "undo":
                place, word = session.made.pop()
                session.counts[word] -= 1
            case word:
                session.made.append((place, word))
                session.counts[word] += 1
                place += 1


def _show(session: Session, queue: Sequence[Pair], place: int) -> None:
    """Both posts, each with the sentence that it shares with the other, and why."""
    from indexer.cli.screen import print_labelled, print_sentence

    post, suggestion = queue[place]
    posts = list(dict.fromkeys(one.name for one, _ in queue))
    of_post = [number for number, (one, _) in enumerate(queue) if one.name == post.name]
    where = f"post {posts.index(post.name) + 1:,} of {len(posts):,}"
    which = f"suggestion {of_post.index(place) + 1} of {len(of_post)}"
    click.echo(f"\n{where}, {which}   {confidence(suggestion)}")
    sentences = dict(shared_sentences(suggestion))
    for label, shown, key in (
        ("post", session.snapshot.post(post.name), "here"),
        ("see also", suggestion.post, "there"),
    ):
        _show_post(label, shown, session.snapshot)
        if key in sentences:
            print_sentence("", sentences[key], _INDENT)
    print_labelled("why", because(suggestion))
    print_labelled("", before(suggestion))


def _show_post(label: str, post: StoredPost, snapshot: Snapshot) -> None:
    """Title, path and what the post says of itself first."""
    from indexer.cli.screen import print_labelled

    summary = post.description or next(
        (section.text for section in snapshot.posts.sections(post.number) if section.text), ""
    )
    print_labelled(label, post.title, "bold")
    click.echo(f"            {sanitized(post.path)}")
    print_labelled("", summary, most=_DESCRIBED)


def _asked(session: Session, source: StoredPost, target: StoredPost) -> str:
    """What was decided, with one key."""
    while True:
        click.echo(f"\n{KEYS}  ", nl=False)
        key = click.getchar()
        click.echo()
        try:
            if done := _done(session, key.casefold(), source, target):
                return done
        except (SeeAlsoError, click.ClickException) as error:
            click.echo(f"  {sanitized(str(error))}")


def _done(session: Session, key: str, source: StoredPost, target: StoredPost) -> str:
    """What a key did; empty where nothing is decided by it, so that it is asked again."""
    match key:
        case "a":
            return _accepted(session, source, target)
        case "d":
            words = click.prompt("  because", default="", show_default=False)
            return _decided(session, source, target, Verdict.DISMISSED, words)
        case "l":
            return _decided(session, source, target, Verdict.LATER, "")
        case "s":
            return _skipped(session, source)
        case "u":
            return _undone(session)
        case "o":
            return _opened(session.settings.content.directory, source, target)
        case "q":
            return "quit"
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


def _skipped(session: Session, source: StoredPost) -> str:
    from indexer.editing.journal import skip

    skip(session.settings.decided, source, signature())
    return "skip"


def _undone(session: Session) -> str:
    """Takes back what was decided last in this sitting."""
    from indexer.editing.undo import undo

    if not session.made:
        click.echo("  nothing was decided in this review yet: `seealso undo` takes back what was before")
        return ""
    taken = undo(session.settings.content, session.settings.decided, signature(), settings_file=session.settings.file)
    click.echo(sanitized(f"  taken back: {told(taken)}"))
    return "undo"


def _opened(content: Path, source: StoredPost, target: StoredPost) -> str:
    """Shows both files in the editor that the terminal knows: unlike a browser, it is there over ssh too."""
    files = [str(content.resolve() / post.path) for post in (source, target)]
    for file in files:
        click.echo(sanitized(f"  {file}"))
    click.edit(filename=files)
    return ""
