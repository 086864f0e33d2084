"""The command `seealso`: parses, asks, prints; with --json it prints what the matching API route answers.

    command.py     start here: the flags of all commands, errors as lines
    terminal.py    what every command prints with
    publishing.py  build, status, rollback
    asking.py      search, related, evaluate
    suggesting.py  suggest
    serving.py     serve

A module adds its commands to `main` when it is imported, so each stands here.
"""

from indexer.cli import asking, publishing, serving, suggesting
from indexer.cli.command import main

__all__ = ["asking", "main", "publishing", "serving", "suggesting"]
