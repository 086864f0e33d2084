"""The scripts for browsers, which the service serves and `seealso export assets` writes.

see-also.js  <see-also-search> and <see-also-list>; its texts in other languages are see-also.XX.js
pagefind.js  for the user interfaces of Pagefind and for Starlight, in place of Pagefind's own
"""

from __future__ import annotations

import base64
import hashlib
import json
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


# In pagefind.js: the address of the service, which a copy that the service does not serve has to be told.
_SERVICE = 'new URL("..", import.meta.url).href'
PAGEFIND = "pagefind/pagefind.js"


def pagefind(service: str = "") -> Asset:
    """What Pagefind's user interfaces load in place of Pagefind. service: its address, where it does not serve this."""
    script = (FOLDER / "pagefind.js").read_text("utf-8")
    if service:
        address = json.dumps(f"{service.rstrip('/')}/")
        before, after = script.split(_SERVICE)
        script = f"{before}{address}{after}"
    return Asset(PAGEFIND, script.encode())
