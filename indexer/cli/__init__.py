"""The command `seealso`: parses, asks, prints; with --json it prints what the matching API route answers.

    command.py     start here: the flags of all commands, errors as lines
    terminal.py    what every command prints with
    screen.py      what is laid out on a terminal: tables, labels, progress
    init.py        init
    inspect.py     inspect
    build.py       build, status, rollback
    search.py      search, related, evaluate
    suggest.py     suggest; on a pull request pull_request_comment.py
    decide.py      accept, dismiss, undo
    review.py      review
    completion.py  names of posts, as a shell completes them
    check.py       check
    export.py      export
    serve.py       serve
    queries.py     queries
    token.py       token
    settings.py    settings

A module adds its commands to `main` when it is imported, so each stands here.
"""

from indexer.cli import (
    build,
    check,
    decide,
    export,
    init,
    inspect,
    queries,
    review,
    search,
    serve,
    settings,
    suggest,
    token,
)
from indexer.cli.command import main

__all__ = [
    "build",
    "check",
    "decide",
    "export",
    "init",
    "inspect",
    "main",
    "queries",
    "review",
    "search",
    "serve",
    "settings",
    "suggest",
    "token",
]
