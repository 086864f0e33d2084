"""An edit: one file of the content folder before and after, not yet written."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass

_LINES = re.compile(rb"[^\n]*\n|[^\n]+\Z")  # as git counts lines


@dataclass(frozen=True, slots=True)
class Edit:
    """One file, before and after. path: below the content folder. added: the names put into the list, as written."""

    path: str
    before: bytes
    after: bytes
    added: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def version(self) -> str:
        """The version of the file that this edit is for."""
        return version_of(self.before)

    @property
    def new_version(self) -> str:
        """The version of the file once this edit is saved."""
        return version_of(self.after)

    def patch(self) -> str:
        """The change as a unified diff for `git apply`; empty where nothing changes."""
        lines = difflib.diff_bytes(
            difflib.unified_diff,
            _LINES.findall(self.before),
            _LINES.findall(self.after),
            f"a/{self.path}".encode(),
            f"b/{self.path}".encode(),
        )
        complete = (line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines)
        return b"".join(complete).decode("utf-8")


def version_of(data: bytes) -> str:
    """The version of a file with these bytes: the first 32 hex digits of their SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]
