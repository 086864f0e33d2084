"""The state directory .seealso, with editors' decisions and tokens, and the folder where earlier versions had it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import join

DECISIONS, TOKENS = "decisions.jsonl", "tokens.json"


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
