"""The directory .seealso, in which editors' decisions and tokens lie, and where it lay before."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import join

DECISIONS, TOKENS = "decisions.jsonl", "tokens.json"


# ------------------------------------------------------------------------------------------ where it lay before


def left_behind(folder: Path, once: Path) -> str:
    """What to do where the files still lie in the folder `once`, and none in the one they belong in; else empty."""
    kept = _there(once, (DECISIONS, TOKENS))
    if not kept or _there(folder, (DECISIONS, TOKENS)) or os.path.realpath(folder) == os.path.realpath(once):
        return ""
    folder = Path(os.path.abspath(folder))
    return (
        f"{' and '.join(kept)} lie in {once}, where they once belonged, and not in {folder}: "
        f"run `{_move(once, folder)}`; if they are those of another site beside this one, leave them there "
        f"and make an empty file {folder / DECISIONS}"
    )


def _move(once: Path, folder: Path) -> str:
    """The command that moves all of ours."""
    if os.path.lexists(folder):
        names = _there(once, (DECISIONS, TOKENS, ".gitattributes", ".gitignore"))
        return join(["mv", *(str(once / name) for name in names), f"{folder}/"])
    move = join(["mv", str(once), str(folder)])
    return move if folder.parent.is_dir() else f"{join(['mkdir', '-p', str(folder.parent)])} && {move}"


def _there(folder: Path, names: Sequence[str]) -> list[str]:
    return [name for name in names if os.path.lexists(folder / name)]
