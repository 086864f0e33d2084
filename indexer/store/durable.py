"""The folder .seealso: one writer at a time, and a file in it is the old one or the new, never half of one.

decisions.jsonl and tokens.json lie there. Whoever uses this says in words of its own what an OSError means.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import join

DECISIONS, TOKENS = "decisions.jsonl", "tokens.json"
PATIENCE = 5.0  # seconds to wait for another writer


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Alone with a folder, which is made if it is not there. Raises OSError, a TimeoutError where another stays."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        wait_for(descriptor)
        yield
    finally:
        os.close(descriptor)


def wait_for(descriptor: int) -> None:
    """Has the lock of a folder until it is closed; the kernel lets go of it however the process ends.

    Raises TimeoutError.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another is writing there: try again") from None
            time.sleep(0.02)


def replace(file: Path, text: str, mode: int) -> None:
    """Replaces a file in one step, and has it on the disk before it returns. Only inside `alone_in`. Raises OSError."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)  # of a killed run, or a link that leads elsewhere
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fchmod(out.fileno(), mode)
        os.fsync(out.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


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
