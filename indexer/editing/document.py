"""The front matter of a post, down to the byte, and the module that changes lists in its format.

above    ---⏎                            with a byte order mark and blank lines, if there are any
block    title: Rye⏎relatedPosts:⏎…      the only part that is ever changed
below    ---⏎Body …                      the rest of the file
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType

from indexer.content.front_matter import Split, split
from indexer.editing.list_edit import Splice, Unsafe, spliced

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")


@dataclass(frozen=True, slots=True)
class Document:
    """A file in three parts, as above. parts: its front matter, parsed. lists: the module that changes lists in it."""

    parts: Split
    above: str
    block: str
    below: str
    lists: ModuleType

    @property
    def line_ending(self) -> str:
        """The line ending of the line that opens the front matter."""
        return self.above[len(self.above.rstrip("\r\n")) :]

    def with_splices(self, splices: Iterable[Splice]) -> bytes:
        """The file with splices in its block."""
        return (self.above + spliced(self.block, splices) + self.below).encode()


def read_document(data: bytes, blank_lines_first: bool = False) -> Document:
    """The front matter of a file. Raises BadFrontMatter where it cannot be read, Unsafe where it is never changed."""
    parts = split(data, blank_lines_first=blank_lines_first)
    if parts.values is None:
        raise Unsafe("it has no front matter: put one at its top, between two lines of ---")
    text = data.decode("utf-8")
    front = parts.front.lstrip()
    if front.partition("\n")[0].rstrip() not in ("---", "+++"):
        raise Unsafe("its front matter is JSON or a program, which is not written to: edit it by hand")
    lines = _LINE.findall(text)[: parts.front.count("\n")]
    opening = parts.front.count("\n") - front.count("\n")  # the blank lines before it
    start, end = sum(map(len, lines[: opening + 1])), sum(map(len, lines))
    return Document(parts, text[:start], text[start:end], text[end:], _lists(front))


def _lists(front: str) -> ModuleType:
    if front.startswith("+++"):
        from indexer.editing import toml_edit  # tomlkit, which the service does not need until somebody accepts

        return toml_edit
    from indexer.editing import yaml_edit

    return yaml_edit
