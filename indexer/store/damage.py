"""The errors of a generation that cannot be used: which file, why, and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from indexer.errors import DamagedGeneration

REBUILD = "Run `seealso build`, or `seealso rollback`"
GRANT_ACCESS = "Let this user read the index folder and all in it, for example with `chmod -R a+rX`"


def damaged(directory: Path, name: str, problem: str, advice: str = REBUILD) -> DamagedGeneration:
    return DamagedGeneration(f"generation {directory.name} is damaged: {name} {problem}. {advice}")


def unreadable(directory: Path, name: str, error: OSError) -> DamagedGeneration:
    advice = GRANT_ACCESS if is_forbidden(error) else REBUILD
    return damaged(directory, name, f"cannot be read ({error.strerror})", advice)


def is_forbidden(error: OSError) -> bool:
    return error.errno in (errno.EACCES, errno.EPERM)
