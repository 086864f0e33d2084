"""The command `seealso`: parses, asks, prints; with --json it prints what the matching API route answers.

    command.py     start here: the flags of all commands, errors as lines
    terminal.py    what every command prints with
    screen.py      what is laid out on a terminal: tables, labels, progress
    publishing.py  build, status, rollback
    asking.py      search, related, evaluate
    suggesting.py  suggest; in words reasons.py, on a pull request comment.py
    deciding.py    accept, dismiss
    reviewing.py   review
    checking.py    check
    exporting.py   export
    serving.py     serve
    access.py      token

A module adds its commands to `main` when it is imported, so each stands here.
"""

from indexer.cli import access, asking, checking, deciding, exporting, publishing, reviewing, serving, suggesting
from indexer.cli.command import main

__all__ = [
    "access",
    "asking",
    "checking",
    "deciding",
    "exporting",
    "main",
    "publishing",
    "reviewing",
    "serving",
    "suggesting",
]
