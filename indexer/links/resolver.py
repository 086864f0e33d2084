"""Every way to name a post → the post.

Editors write a dated file name with or without suffix, a bare slug, a path or a URL, often all on one blog. A name is
looked up in one table after the other, the most exact first; the first table that has it decides:

    2024-05-17-oven-rye.md   relative to the source's folder ▸ path ▸ URL ▸ file name ▸ slug ▸ slug without its date
    bread/oven-rye           relative to the source's folder ▸ path ▸ URL ▸ path or URL below that of the site
    content/bread/rye.md     … ▸ path without the folders that lead to the content folder
    ./oven-rye               relative to the source's folder
    bread                    (no table has it) the only post in that folder

A name that fits several posts is reported, never guessed.
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

_Table = dict[str, list[int]]


class ReferenceResolver:
    """The posts of a corpus by path, URL, file name and slug. Posts are numbered in the order in which they come."""

    def __init__(self, posts: Iterable[Post | StoredPost], site: str = "") -> None:
        self._site = site
        self._folders: list[str] = []
        self._paths: _Table = defaultdict(list)
        self._urls: _Table = defaultdict(list)
        self._names: _Table = defaultdict(list)
        self._slugs: _Table = defaultdict(list)
        self._in_folder: _Table = defaultdict(list)
        self._first_folders: set[str] = set()
        for number, post in enumerate(posts):
            self._add(number, post)

    def _add(self, number: int, post: Post | StoredPost) -> None:
        self._folders.append(posixpath.dirname(post.id).casefold())
        stem = posixpath.basename(post.id)
        folder = posixpath.dirname(post.id) if stem in ("index", "_index") else None
        for path in {unicodedata.normalize("NFC", post.path), post.id, folder} - {None, ""}:
            self._paths[str(path).casefold()].append(number)
        self._in_folder[self._folders[-1]].append(number)
        self._first_folders.add(self._folders[-1].partition("/")[0])
        url = url_match_key(post.url)
        for key in (url, *map(url_match_key, {*post.aliases} - {post.url})):
            self._urls[key].append(number)
        name = posixpath.basename(folder) if folder else stem
        for file_name in {name, stem}:
            self._names[file_name.casefold()].append(number)
        slugs = {DATE.sub("", name), posixpath.basename(url)} - {""}
        for slug in slugs:
            self._slugs[slug.casefold()].append(number)

    def resolve(self, name: str, source: int | None = None) -> list[int]:
        """The numbers of the posts that a name may mean: one, none, or several where it is ambiguous.

        source: the post that uses the name; a relative path is looked up from its folder first.
        """
        if is_absolute_url(name) and not is_internal(name, self._site):
            return []
        path = unquoted(name)
        if is_absolute_url(name):
            path = urlsplit(path).path
        if not path.strip("/. "):
            return []
        for table, key in self._lookups(path, source):
            if found := table.get(key):
                return list(dict.fromkeys(found))
        in_folder = self._in_folder.get(without_suffix(path).strip("/").casefold(), [])
        return in_folder if len(in_folder) == 1 else []

    def _lookups(self, path: str, source: int | None) -> Iterable[tuple[_Table, str]]:
        """The tables in which to look, in order, and the key in each."""
        bare = without_suffix(path).casefold()
        if source is not None and not path.startswith("/"):
            yield self._paths, posixpath.normpath(posixpath.join(self._folders[source], bare))
            if path.startswith("."):  # ./x and ../x say where; looking elsewhere would be guessing
                return
        yield self._paths, path.strip("/").casefold()
        yield self._paths, bare.strip("/")
        yield self._urls, url_match_key(path)
        if "/" in bare.strip("/"):
            yield from self._below_site(bare)
            if _SUFFIX.search(path):
                yield from self._from_root_of_repository(bare.strip("/"))
            return
        yield self._names, bare.strip("/")
        yield self._slugs, bare.strip("/")
        yield self._slugs, DATE.sub("", bare.strip("/"))

    def _from_root_of_repository(self, path: str) -> Iterable[tuple[_Table, str]]:
        """The same without the folders that lead to the content folder: content/posts/two.md, as editors' tools write.

        A path that begins with a folder of the content is not one of these.
        """
        while "/" in path and path.partition("/")[0] not in self._first_folders:
            path = path.partition("/")[2]
            if path.rpartition("/")[2] not in ("index", "_index"):
                yield self._paths, path

    def _below_site(self, bare: str) -> Iterable[tuple[_Table, str]]:
        """The same without the path of the site: one at https://x.example/blog has /blog in its links."""
        base = urlsplit(self._site).path.strip("/").casefold()
        if base and bare.strip("/").startswith(base + "/"):
            rest = bare.strip("/").removeprefix(base + "/")
            yield self._urls, url_match_key(rest)
            yield self._paths, rest
            if "/" not in rest:
                yield self._slugs, rest


def is_absolute_url(name: str) -> bool:
    return name.startswith(("http://", "https://", "//"))


def without_suffix(name: str) -> str:
    """A name without the suffix of a Markdown or HTML file."""
    return _SUFFIX.sub("", name) if "." in name else name


def url_match_key(url: str) -> str:
    """The key under which two spellings of one URL or path match: no host, query, suffix or outer slashes."""
    path = urlsplit(url).path if is_absolute_url(url) else url
    return without_suffix(unquoted(path)).removesuffix("/index").strip("/").casefold()
