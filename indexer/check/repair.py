"""References that lead nowhere and can mean one post only → the name to write instead.

The new name is written in the way of the old one: with or without suffix, date, folder and address. It is tried before
it is trusted: what does not lead to the very post that is meant is not written.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import urlsplit

from indexer.links.fuzzy_match import DAMAGED_DATE
from indexer.links.resolver import DATE, ReferenceResolver, without_suffix
from indexer.model import BadReference, Corpus, Post, Reference, ReferenceProblem


def repairs(bad: Sequence[BadReference], corpus: Corpus, site: str = "") -> dict[str, dict[Reference, str]]:
    """The new name of every reference that is sure, by the path of the file that it stands in."""
    posts = {post.path: post for post in corpus}
    names = ReferenceResolver(corpus, site)
    places = {post.path: number for number, post in enumerate(corpus)}
    found: dict[str, dict[Reference, str]] = defaultdict(dict)
    for one in bad:
        if one.problem is ReferenceProblem.DANGLING and one.is_certain:
            meant = posts[one.candidates[0]]
            for name in (named_like(one.name, meant), without_suffix(meant.path), meant.path, meant.url):
                if names.resolve(name, places.get(one.path)) == [places[meant.path]]:
                    found[one.path][Reference(one.name, one.line)] = name
                    break
    return dict(found)


def named_like(old: str, post: Post) -> str:
    """The name of a post, written in the way of another name."""
    if old.startswith(("http://", "https://", "//")):
        parts = urlsplit(old)
        return parts._replace(path=_ended_like(parts.path, urlsplit(post.url).path)).geturl()
    path = re.split(r"[?#]", old, maxsplit=1)[0]
    rest = old[len(path) :]
    if path.startswith("/"):
        return _ended_like(path, urlsplit(post.url).path) + rest
    suffix = posixpath.splitext(post.path)[1] if without_suffix(path) != path else ""
    if "/" in path.strip("/"):
        return f"{without_suffix(post.path)}{suffix}{rest}"
    name = posixpath.basename(post.id)
    if name in ("index", "_index"):
        name = posixpath.basename(posixpath.dirname(post.id)) or name
    elif DATE.match(name) and not DAMAGED_DATE.match(path):
        name = DATE.sub("", name)
    return f"{name}{suffix}{rest}"


def _ended_like(old: str, path: str) -> str:
    """A URL's path with a slash at its end, or none, as another has it."""
    return path.rstrip("/") + "/" * old.endswith("/") if path != "/" else path
