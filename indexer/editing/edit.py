"""An edit: one file of the content folder before and after, not yet written."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

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


def without_patch(after: bytes, patch: str) -> bytes:
    """The file before a patch of `Edit.patch`. after: the file with it.

    Raises ValueError where the file is not what the patch has made.
    """
    lines = _LINES.findall(after)
    before: list[bytes] = []
    place = 0
    for sign, line in _signed_lines(patch.encode()):
        if sign == b"@":
            start = _first_line(line)
            before += lines[place:start]
            place = start
        elif sign == b"-":
            before.append(line)
        elif place < len(lines) and lines[place] == line:
            place += 1
            before += [line] * (sign == b" ")
        else:
            raise ValueError("this is not the file that the patch has made")
    return b"".join([*before, *lines[place:]])


def _signed_lines(patch: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The lines of the hunks of a patch: the sign of each and the line as it is in the file."""
    for line, following in pairwise(patch.split(b"\n")[2:]):
        if not line.startswith(b"\\"):
            yield line[:1], line[1:] + b"\n" * (not following.startswith(b"\\"))


def _first_line(header: bytes) -> int:
    """How many lines stand before a hunk in the new file. header: "@ -1,2 +3,4 @@" and the end of the line."""
    start, _, count = header.split(b"+")[1].split(b" ")[0].partition(b",")
    return int(start) if count == b"0" else int(start) - 1


def version_of(data: bytes) -> str:
    """The version of a file with these bytes: the first 32 hex digits of their SHA-256."""
    return hashlib.sha256(data).hexdigest()[:32]
