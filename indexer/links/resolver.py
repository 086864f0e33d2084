"""Every way a person may name a post → the post.

Editors write a dated file name with or without suffix, a bare slug, a path, a site URL; all on one blog. A name is
tried as the most exact thing it can be first, and a name that fits two posts is reported, never guessed.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from indexer.content.urls import is_internal, unquoted
from indexer.model import Post, StoredPost

DATE = re.compile(r"^\d{4}-\d{2}-\d{2}-")
_SUFFIX = re.compile(r"\.(?:md|markdown|mdx|html?)$", re.IGNORECASE)


_Numbered = Post | StoredPost


class ReferenceResolver:
    """The posts of a corpus by path, URL, file name and slug. `resolve` gives places in the order of the posts."""

    def __init__(self, posts: Iterable[_Numbered], site: str = "") -> None:
        self._site = site
        self._folders: list[str] = []
        # From exact to loose; the first table that knows a name decides.
        self._paths: dict[str, list[int]] = defaultdict(list)
        self._urls: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, list[int]] = defaultdict(list)
        self._slugs: dict[str, list[int]] = defaultdict(list)
        self._only_in: dict[str, list[int]] = defaultdict(list)  # a folder may stand for the only post in it
        for number, post in enumerate(posts):
            self._add(number, post)

    def _add(self, number: int, post: _Numbered) -> None:
        self._folders.append(posixpath.dirname(post.id).casefold())
        stem = posixpath.basename(post.id)
        folder = posixpath.dirname(post.id) if stem in ("index", "_index") else None
        for path in {unicodedata.normalize("NFC", post.path), post.id, folder} - {None, ""}:
            self._paths[str(path).casefold()].append(number)
        self._only_in[self._folders[-1]].append(number)
        for url in {post.url, *post.aliases}:
            self._urls[url_match_key(url)].append(number)
        name = posixpath.basename(folder) if folder else stem
        for one in {name, stem}:
            self._names[one.casefold()].append(number)
        slugs = {DATE.sub("", name), posixpath.basename(url_match_key(post.url))} - {""}
        for slug in slugs:
            self._slugs[slug.casefold()].append(number)

    def resolve(self, name: str, source: int | None = None) -> list[int]:
        """The posts that a name may mean: one, or none, or several where it is ambiguous.

        source: the post that the name stands in; a relative path is tried from its folder first.
        """
        if urlsplit_safe(name) and not is_internal(name, self._site):
            return []
        asked = unquoted(name)
        if urlsplit_safe(name):
            asked = urlsplit(asked).path
        if not asked.strip("/. "):
            return []
        for table, key in self._tries(asked, source):
            if found := table.get(key):
                return list(dict.fromkeys(found))
        alone = self._only_in.get(without_suffix(asked).strip("/").casefold(), [])
        return alone if len(alone) == 1 else []

    def _tries(self, asked: str, source: int | None) -> Iterable[tuple[dict[str, list[int]], str]]:
        bare = without_suffix(asked).casefold()
        if source is not None and not asked.startswith("/"):
            beside = posixpath.normpath(posixpath.join(self._folders[source], bare))
            yield self._paths, beside
            if asked.startswith("."):  # ./x and ../x say where; looking elsewhere would be guessing
                return
        yield self._paths, asked.strip("/").casefold()
        yield self._paths, bare.strip("/")
        yield self._urls, url_match_key(asked)
        if "/" in bare.strip("/"):
            yield from self._below_site(bare)
            return
        yield self._names, bare.strip("/")
        yield self._slugs, bare.strip("/")
        yield self._slugs, DATE.sub("", bare.strip("/"))

    def _below_site(self, bare: str) -> Iterable[tuple[dict[str, list[int]], str]]:
        """A site that lives below a path (https://x.example/blog) writes that path into its links."""
        base = urlsplit(self._site).path.strip("/").casefold()
        if base and bare.strip("/").startswith(base + "/"):
            rest = bare.strip("/").removeprefix(base + "/")
            yield self._urls, url_match_key(rest)
            yield self._paths, rest
            if "/" not in rest:
                yield self._slugs, rest


def urlsplit_safe(name: str) -> bool:
    """Whether a name is an absolute URL."""
    return name.startswith(("http://", "https://", "//"))


def without_suffix(name: str) -> str:
    """A name without the suffix of a file of text."""
    return _SUFFIX.sub("", name)


def url_match_key(url: str) -> str:
    """What two spellings of one URL or path have in common: neither host nor query, suffix or outer slashes."""
    path = urlsplit(url).path if urlsplit_safe(url) else url
    return without_suffix(unquoted(path)).removesuffix("/index").strip("/").casefold()
