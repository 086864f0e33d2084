"""Edits → a commit on a branch of their own. Files, index and the branch that is checked out stay as they are.

tip of the branch, or HEAD ──▶ its tree with the edited files ──▶ a commit ──▶ the branch, if nobody moved it
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from indexer.editing.edit import Edit
from indexer.editing.git import run_git
from indexer.errors import CannotWrite, NoHistory

# git wants an author; whose decisions they are stands in the message.
_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "See Also desk"), ("EMAIL", "see-also@localhost"))
}


def commit_edits(folder: Path, edits: Sequence[Edit], branch: str, known: Mapping[str, bytes], message: str) -> str:
    """Commits edits of files below a folder to a branch, which is made at HEAD if missing, and returns the commit.

    known: what earlier commits of ours made of files that are edited again. Empty where the branch has all of it.
    Raises CannotWrite where a file is another one on the branch, the branch is checked out, or git fails.
    """
    try:
        return _committed(folder, edits, f"refs/heads/{branch}", known, message)
    except NoHistory as error:
        raise CannotWrite(f"nothing was committed to {branch}: {error}") from None


def _committed(folder: Path, edits: Sequence[Edit], ref: str, known: Mapping[str, bytes], message: str) -> str:
    name = ref.removeprefix("refs/heads/")
    if f"branch {ref}\n" in run_git(folder, "worktree", "list", "--porcelain").decode("utf-8", "replace"):
        raise CannotWrite(f"the branch {name} is checked out: switch to another one first")
    top = Path(run_git(folder, "rev-parse", "--show-toplevel").decode().removesuffix("\n"))
    prefix = run_git(folder, "rev-parse", "--show-prefix").decode().removesuffix("\n")
    tip = _commit_of(top, ref)
    parent = tip or _commit_of(top, "HEAD")
    lines = [_line(top, parent, prefix, edit, known.get(edit.path), name) for edit in edits]
    if not any(lines):
        return ""
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        run_git(top, "read-tree", parent, more=index)
        run_git(top, "update-index", "-z", "--index-info", data=b"".join(lines), more=index)
        tree = run_git(top, "write-tree", more=index).decode().strip()
    commit = run_git(top, "commit-tree", tree, "-p", parent, data=message.encode(), more=_IDENTITY).decode().strip()
    run_git(
        top, "-c", "core.hooksPath=/dev/null", "update-ref", "-m", "desk", ref, commit, tip
    )  # "": it must not exist yet
    return commit


def _commit_of(top: Path, ref: str) -> str:
    """The commit of a reference; empty where there is no such reference."""
    if ref == "HEAD":
        return run_git(top, "rev-parse", "--verify", "HEAD").decode().strip()
    return run_git(top, "for-each-ref", "--format=%(objectname)", ref).decode().strip()


def _line(top: Path, parent: str, prefix: str, edit: Edit, known: bytes | None, branch: str) -> bytes:
    """The entry of an edited file in the new tree, for `git update-index`; empty where the branch has it already."""
    path = f"{prefix}{edit.path}"
    entry = run_git(top, "ls-tree", "-z", parent, "--", f":(literal){path}")
    if not entry:
        raise CannotWrite(f"{edit.path} is not in git yet: commit it first")
    mode, _, blob = entry.partition(b"\t")[0].split(b" ")
    there = run_git(top, "cat-file", "blob", blob.decode())
    if there == edit.after:
        return b""
    if there not in (edit.before, known):
        raise CannotWrite(f"{edit.path} is not the same on {branch} as here: commit or merge it first")
    new = run_git(top, "hash-object", "-w", "--stdin", data=edit.after).decode().strip()
    return mode + f" {new}\t{path}\0".encode()
