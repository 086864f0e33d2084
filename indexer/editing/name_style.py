"""The ways in which a site writes the name of a post in its lists, and the one that fits beside the others."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.links.resolver import DATE, ReferenceResolver
from indexer.model import StoredPost

_SUFFIX = re.compile(r"(?<=[^/])\.[^./]+\Z")
_INDEX = re.compile(r"(?:^|/)_?index$")


def spellings(target: StoredPost, source: StoredPost, site: str) -> dict[str, str]:
    """Every way to write a post's name in a list of another post: what it is called → the name, native format first."""
    path, url = target.path, target.url
    bare = _SUFFIX.sub("", path)
    stem = posixpath.basename(bare)
    page = _INDEX.sub("", bare)
    beside = posixpath.relpath(path, posixpath.dirname(source.path) or ".")
    dotted = beside if beside.startswith(".") else f"./{beside}"
    return {
        "file name": posixpath.basename(path),
        "stem": stem,
        "slug": DATE.sub("", stem),
        "path": path,
        "page": page,
        "folder": posixpath.dirname(path),
        "path without suffix": bare,
        "/path": f"/{path}",
        "/page": f"/{page}",
        "/page/": f"/{page}/",
        "/path without suffix": f"/{bare}",
        "url": url,
        "url without slash": url.rstrip("/"),
        "url without slashes": url.strip("/"),
        "end of url": posixpath.basename(url.rstrip("/")),
        "whole url": site.rstrip("/") + url if site and url.startswith("/") else "",
        "whole url without slash": site.rstrip("/") + url.rstrip("/") if site and url.startswith("/") else "",
        "relative path": dotted,
        "relative path without suffix": _SUFFIX.sub("", dotted),
        "relative path without dot": beside,
    }


@dataclass(frozen=True, slots=True)
class NameStyle:
    """How often names are written in which way: way → count, and (file name, way) → count for the posts named so."""

    ways: Counter[str] = field(default_factory=Counter)
    of_files: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, name: str, target: StoredPost, source: StoredPost, site: str) -> None:
        """Takes in a name that stands in the list of `source` and leads to `target`."""
        used = [way for way, written in spellings(target, source, site).items() if written == name]
        self.ways.update(used)
        self.of_files.update((posixpath.basename(target.path), way) for way in used)


def spelled(
    target: StoredPost, source: StoredPost, name_styles: Sequence[NameStyle], names: ReferenceResolver, site: str
) -> str | None:
    """A post's name in the most usual way that leads to it alone, or else as its path; None where none does.

    styles: those that count most come first. Where several posts have the same file name, as sample.md, the way in
    which posts of that name are written comes before all.
    """
    written = spellings(target, source, site)
    file = posixpath.basename(target.path)
    shared = len(names.resolve(written["stem"])) > 1
    known = {way for one in name_styles for way in one.ways} or {"file name"}

    def rank(way: str) -> tuple[int, ...]:
        alike = [-one.of_files[file, way] for one in name_styles] if shared else []
        return (*alike, *(-one.ways[way] for one in name_styles))

    for way in (*sorted(known.intersection(written), key=rank), "path", "/path", "url"):
        if written[way] and names.resolve(written[way], source.number) == [target.number]:
            return written[way]
    return None
