"""The posts that were touched since a revision of git: committed, staged, edited or new."""

from __future__ import annotations

import os
from pathlib import Path

from indexer.content.files import source_files
from indexer.editing.git import git
from indexer.errors import NoHistory
from indexer.settings import ContentSettings


def changed_since(settings: ContentSettings, revision: str) -> tuple[str, ...]:
    """The paths below the content folder, sorted, of files that may be posts and differ from a revision.

    Counted from where this branch left the revision, so that what others have added to it since is not shown. What is
    deleted is not there to be asked about. Raises NoHistory, and NoContent where the folder is missing.
    """
    folder, known = settings.directory, source_files(settings)
    try:
        git(folder, "rev-parse", "--show-toplevel")
    except NoHistory as error:
        raise NoHistory(f"what has changed in {folder} cannot be asked: {error}") from None
    since = _where_it_was_left(folder, _commit(folder, revision))
    differing = git(
        folder, "diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--diff-filter=d",
        "--ignore-submodules", since, "--", ".",
    )  # fmt: skip
    untracked = git(folder, "ls-files", "-z", "--others", "--exclude-standard", "--", ".")
    touched = {os.fsdecode(path) for path in (differing + untracked).split(b"\0")}
    return tuple(path for path in known if path in touched)


def _commit(folder: Path, revision: str) -> str:
    """The full name of a commit, so that nothing a user types is ever taken for an option or a path."""
    try:
        named = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except NoHistory:
        raise NoHistory(f'git knows no revision "{revision}" in {folder}{_shallow(folder)}') from None
    return named.decode().strip()


def _where_it_was_left(folder: Path, commit: str) -> str:
    try:
        return git(folder, "merge-base", commit, "HEAD").decode().strip()
    except NoHistory:
        raise NoHistory(f"HEAD and {commit[:12]} have no history in common{_shallow(folder)}") from None


def _shallow(folder: Path) -> str:
    """What to do next, where only the newest commits were fetched."""
    if git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        return ": this clone holds only the newest commits; `git fetch --unshallow` gets the others"
    return ": `git fetch` gets what others have, `git log --oneline --all` shows what there is"
