"""What is said of a generation that cannot be used: which file, why, and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from indexer.errors import DamagedGeneration


def damaged(
    directory: Path, name: str, what: str, advice: str = "Run `seealso build`, or `seealso rollback`"
) -> DamagedGeneration:
    return DamagedGeneration(f"generation {directory.name} is damaged: {name} {what}. {advice}")


def unreadable(directory: Path, name: str, error: OSError) -> DamagedGeneration:
    what = f"cannot be read ({error.strerror})"
    return damaged(directory, name, what, LET_IN) if is_forbidden(error) else damaged(directory, name, what)


def is_forbidden(error: OSError) -> bool:
    return error.errno in (errno.EACCES, errno.EPERM)


LET_IN = "Let this user read the index folder and all in it, for example with `chmod -R a+rX`"
