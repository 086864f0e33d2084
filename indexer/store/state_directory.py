"""The state directory .seealso, with editors' decisions, journal and tokens, and where earlier versions had it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import join

from indexer.store.durable import replace_file
from indexer.store.regular_files import read

DECISIONS, JOURNAL, TOKENS = "decisions.jsonl", "journal.jsonl", "tokens.json"
GITIGNORE = ".gitignore"
READABLE = 0o644


def left_behind(folder: Path, former: Path) -> str:
    """The advice to move the files if they are in the former folder and none is in the present one; else empty."""
    files = _existing(former, (DECISIONS, TOKENS))
    if not files or _existing(folder, (DECISIONS, TOKENS)) or os.path.realpath(folder) == os.path.realpath(former):
        return ""
    folder = Path(os.path.abspath(folder))
    return (
        f"{' and '.join(files)} lie in {former}, where they once belonged, and not in {folder}: "
        f"run `{_move_command(former, folder)}`; if they are those of another site beside this one, leave them there "
        f"and make an empty file {folder / DECISIONS}"
    )


def _move_command(former: Path, folder: Path) -> str:
    """The shell command that moves the files of this product."""
    if os.path.lexists(folder):
        names = _existing(former, (DECISIONS, TOKENS, ".gitattributes", ".gitignore"))
        return join(["mv", *(str(former / name) for name in names), f"{folder}/"])
    move = join(["mv", str(former), str(folder)])
    return move if folder.parent.is_dir() else f"{join(['mkdir', '-p', str(folder.parent)])} && {move}"


def _existing(folder: Path, names: Sequence[str]) -> list[str]:
    return [name for name in names if os.path.lexists(folder / name)]


def keep_out_of_git(folder: Path, pattern: str) -> None:
    """Names files in the .gitignore of a state directory. Only inside the lock on it.

    Raises OSError, also where .gitignore is a symbolic link, which git does not follow; UnicodeDecodeError.
    """
    file = folder / GITIGNORE
    try:
        text = read(file).decode()
    except FileNotFoundError:
        text = ""
    if pattern not in text.splitlines():
        before = text if text.endswith("\n") or not text else f"{text}\n"
        replace_file(file, f"{before}{pattern}\n".encode(), READABLE)
