"""The ways in which a site writes the names of posts in its lists, and the one that fits a new name."""

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
    """Every way to write the name of a post in the list of another: way → name, the native format first."""
    path, url = target.path, target.url
    bare = _SUFFIX.sub("", path)
    stem = posixpath.basename(bare)
    page = _INDEX.sub("", bare)
    relative = posixpath.relpath(path, posixpath.dirname(source.path) or ".")
    dotted = relative if relative.startswith(".") else f"./{relative}"
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
        "relative path without dot": relative,
    }


@dataclass(frozen=True, slots=True)
class NameStyle:
    """How often names are written in each way: way → count, and (file name of the target, way) → count."""

    ways: Counter[str] = field(default_factory=Counter)
    of_files: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, name: str, target: StoredPost, source: StoredPost, site: str) -> None:
        """Counts a name in the list of `source` that leads to `target`."""
        used = [way for way, spelling in spellings(target, source, site).items() if spelling == name]
        self.ways.update(used)
        self.of_files.update((posixpath.basename(target.path), way) for way in used)


def spelled(
    target: StoredPost, source: StoredPost, name_styles: Sequence[NameStyle], resolver: ReferenceResolver, site: str
) -> str | None:
    """The name of a post in the most usual way that leads to it alone, else its path or URL; None where none does.

    name_styles: those that count most come first. Where several posts have the same file name, such as sample.md, the
    way in which posts with that file name are written counts before all.
    """
    names = spellings(target, source, site)
    file_name = posixpath.basename(target.path)
    is_ambiguous = len(resolver.resolve(names["stem"])) > 1
    known = {way for style in name_styles for way in style.ways} or {"file name"}

    def rank(way: str) -> tuple[int, ...]:
        of_file = [-style.of_files[file_name, way] for style in name_styles] if is_ambiguous else []
        return (*of_file, *(-style.ways[way] for style in name_styles))

    for way in (*sorted(known.intersection(names), key=rank), "path", "/path", "url"):
        if names[way] and resolver.resolve(names[way], source.number) == [target.number]:
            return names[way]
    return None
