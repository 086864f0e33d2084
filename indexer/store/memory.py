"""Memory that was freed, given back between the steps of a build."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back_memory() -> None:
    """Lets the system have what was freed: glibc keeps it, in pieces that are too small for the next large array."""
    with suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
