"""The ways in which a site writes the name of a post in its lists, and the one that fits beside the others."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from indexer.curation.names import Names
from indexer.model import StoredPost

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}-")
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
        "slug": _DATE.sub("", stem),
        "path": path,
        "page": page,
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


def spellings_used(named: Iterable[tuple[str, StoredPost]], source: StoredPost, site: str) -> Counter[str]:
    """How often each way of writing names would have given one of these. named: names with the posts they lead to."""
    used: Counter[str] = Counter()
    for name, target in named:
        used.update(way for way, written in spellings(target, source, site).items() if written == name)
    return used


def spelled(target: StoredPost, source: StoredPost, ways: Sequence[str], names: Names, site: str) -> str | None:
    """A post's name in the first of these ways that leads to it alone, or else as its path; None where none does."""
    written = spellings(target, source, site)
    for way in (*ways, "path", "/path", "url"):
        if written[way] and names.resolve(written[way], source.number) == [target.number]:
            return written[way]
    return None
