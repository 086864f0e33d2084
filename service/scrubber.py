"""Scrubbing: the files that are mapped are read again and again, so that damage to them does not go unseen for long.

At opening every byte was checked. A map shows what its file holds now: whoever writes into the file, or a disk that
gives back other bytes than it was given, changes it afterwards.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from indexer.errors import DamagedGeneration
from indexer.store.sealed_files import SealedFiles

# Read and hashed in a tenth of a millisecond, while Python runs other threads.
BLOCK = 64 * 1024


def scrubbing(files: SealedFiles, seconds: float, found: Callable[[DamagedGeneration], None]) -> Callable[[], None]:
    """Starts to read the mapped files of a generation, each full round in `seconds`. Returns what ends it.

    found: called once, with the first damage; nothing is read after that. It starts no thread where nothing is mapped.
    """
    ended = threading.Event()
    if files.mapped_bytes:
        threading.Thread(target=_scrub, args=(files, seconds, found, ended), name="scrubber", daemon=True).start()
    return ended.set


def _scrub(
    files: SealedFiles, seconds: float, found: Callable[[DamagedGeneration], None], ended: threading.Event
) -> None:
    try:
        while not ended.is_set():
            _one_round(files, seconds, ended)
    except DamagedGeneration as error:
        found(error)


def _one_round(files: SealedFiles, seconds: float, ended: threading.Event) -> None:
    """Reads everything once, evenly over the time. Where that is too short, it takes longer: half of it is rest."""
    started, done, whole = time.monotonic(), 0, files.mapped_bytes
    before = started
    for count in files.reread(BLOCK):
        done += count
        now = time.monotonic()
        if ended.wait(max(started + seconds * done / whole - now, now - before)):
            return
        before = time.monotonic()
