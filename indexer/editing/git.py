"""What git knows about the content folder: posts that have changed since a revision, and files that were renamed.

git is never run through a shell and never for more than a minute. Nothing here changes anything; branch.py
commits.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from indexer.content.files import source_files
from indexer.errors import NoHistory
from indexer.settings import ContentSettings

# Seconds. A list of changed files takes one; what takes a minute is waiting for somebody.
TIMEOUT = 60.0
# Two files that are less similar than this are hardly one that was renamed; posts of one kind begin alike.
RENAME_SIMILARITY = "-M80%"
MOST_COMMITS = 20_000

# Set where a hook of git runs us, and meant for the folder in which git was called, not for the content folder.
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


def changed_since(settings: ContentSettings, revision: str) -> tuple[str, ...]:
    """The paths below the content folder, sorted, of files that may be posts and differ from a revision.

    Committed, staged, edited and new files count; deleted ones do not. Compared with the merge base of the revision
    and HEAD, so that what others have added to the revision since does not count. Raises NoHistory, and NoContent
    where the folder is missing.
    """
    known = source_files(settings)
    paths = files_changed_since(settings.directory, revision)
    return tuple(path for path in known if path in paths)


def files_changed_since(folder: Path, revision: str) -> set[str]:
    """The same for all files below any folder. Raises NoHistory."""
    try:
        run_git(folder, "rev-parse", "--show-toplevel")
    except NoHistory as error:
        raise NoHistory(f"git cannot say what has changed in {folder}: {error}") from None
    base = _merge_base(folder, _commit(folder, revision))
    changed = run_git(
        folder, "diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--diff-filter=d",
        "--ignore-submodules", base, "--", ".",
    )  # fmt: skip
    untracked = run_git(folder, "ls-files", "-z", "--others", "--exclude-standard", "--", ".")
    return {os.fsdecode(path) for path in (changed + untracked).split(b"\0")}


def renames_in(content: Path, patience: float = TIMEOUT) -> dict[str, str]:
    """Old path → path of today, both below the content folder, chains of renames followed to their end.

    A rename in the history is certain evidence of what an old name means. Empty where there is no git, no repository
    or no history, or where git takes longer than `patience`, in seconds.
    """
    options = ["--relative", "--diff-filter=R", "--name-status", RENAME_SIMILARITY, "-z", "--format="]
    safe = ["--no-ext-diff", "--no-textconv", "--no-show-signature", f"--max-count={MOST_COMMITS}"]
    try:
        log = run_git(content, "log", *options, *safe, "--", ".", patience=patience)
    except NoHistory:
        return {}
    parts = [os.fsdecode(part).lstrip("\n") for part in log.split(b"\0")]
    today: dict[str, str] = {}
    # Three parts for each rename: status, old and new path. The newest rename comes first, so the later path of a file
    # is known before the earlier rename is read.
    for old, new in zip(parts[1::3], parts[2::3], strict=False):
        today.setdefault(old, today.get(new, new))
    return {old: new for old, new in today.items() if old != new}


def _commit(folder: Path, revision: str) -> str:
    """The full name of a commit, so that no text of a user is ever taken for an option or a path."""
    try:
        name = run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except NoHistory:
        raise NoHistory(f'git knows no revision "{revision}" in {folder}{_remedy(folder)}') from None
    return name.decode().strip()


def _merge_base(folder: Path, commit: str) -> str:
    try:
        return run_git(folder, "merge-base", commit, "HEAD").decode().strip()
    except NoHistory:
        raise NoHistory(f"HEAD and {commit[:12]} have no history in common{_remedy(folder)}") from None


def _remedy(folder: Path) -> str:
    """What to do next; in a shallow clone, to fetch the rest."""
    if run_git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        return ": this clone holds only the newest commits; `git fetch --unshallow` gets the others"
    return ": `git fetch` gets what others have, `git log --oneline --all` shows what there is"


def run_git(
    folder: Path,
    *arguments: str,
    data: bytes = b"",
    more: Mapping[str, str] | None = None,
    patience: float = TIMEOUT,
) -> bytes:
    """What git prints in a folder. Raises NoHistory, with git's own words where it fails.

    data: what it reads. more: variables of its environment. patience: seconds.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    try:
        run = subprocess.run(  # noqa: S603  # no shell; the text of a user stands behind --end-of-options
            ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "--no-optional-locks", *arguments],  # noqa: S607
            capture_output=True,
            input=data,
            timeout=patience,
            check=False,
            env=environment | {"LC_ALL": "C"} | dict(more or {}),
        )
    except FileNotFoundError:
        raise NoHistory("git is not installed here, and only git knows what has changed: install git") from None
    except subprocess.TimeoutExpired:
        raise NoHistory(f"git took longer than {patience:.0f} s in {folder}: try `git status` there") from None
    if run.returncode:
        message = run.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise NoHistory(message.removeprefix("fatal: ") or f"git {arguments[0]} ended with {run.returncode}")
    return run.stdout
