"""What a shell offers where a post is to be named: the ids that begin with what was typed, or hold it."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from indexer.cli.command import Flags
from indexer.errors import SeeAlsoError
from indexer.output.sanitize import sanitized

# More than this nobody reads; the next letter makes them fewer.
MOST_OFFERED = 100


def complete_post(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Published posts, each with its title. Nothing where nothing can be read: this is no place for an error."""
    from indexer.snapshot import open_snapshot

    given = context.find_root().params
    try:
        settings = Flags(given["file"], given["content"], given["index"]).settings()
        posts = open_snapshot(settings.index.directory, settings.search).posts
    except SeeAlsoError:
        return []
    beginning = [post for post in posts if post.id.startswith(typed)]
    found = beginning or [post for post in posts if typed.casefold() in f"{post.id} {post.title}".casefold()]
    return [CompletionItem(post.id, help=sanitized(post.title)) for post in found[:MOST_OFFERED] if " " not in post.id]
