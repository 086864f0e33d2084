"""The scripts for browsers, which the service serves and `seealso export assets` writes.

see-also.js      <see-also-search> and <see-also-list>; its texts in other languages are see-also.XX.js
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Asset:
    """One script. name: of its file; it stays the same from version to version."""

    name: str
    data: bytes

    @property
    def hashed_name(self) -> str:
        """A name that other bytes would not have, so that whoever has a file of this name never asks again."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{stem}-{hashlib.sha256(self.data).hexdigest()[:16]}.{suffix}"

    @property
    def integrity(self) -> str:
        """For the attribute `integrity` of a script element (W3C Subresource Integrity)."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.data).digest()).decode()}"


@cache
def elements() -> tuple[Asset, ...]:
    """The script of the elements first, then its texts."""
    return tuple(Asset(file.name, file.read_bytes()) for file in sorted(FOLDER.glob("see-also*.js"), key=_by_stem))


def _by_stem(file: Path) -> tuple[int, str]:
    return len(file.name), file.name
