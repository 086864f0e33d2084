"""Which page of a site a link leads to, and where it may lead to one that no Markdown file makes.

A relative link is tried from the folder of its file and from the URL of its page, with and without a slash at the end;
a rooted one as it is, and below the path of the site. Any of them that has a page will do.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from indexer.content.files import read_source
from indexer.content.reader import page_of
from indexer.content.urls import unquoted
from indexer.links.resolver import ReferenceResolver, is_absolute_url, url_match_key
from indexer.model import Corpus, Excluded, ExclusionReason, Post, StoredPost
from indexer.settings import ContentSettings
from indexer.text.analysis import is_language

# Files of which no page is made; but a generator may make one of a page that is only unlisted.
NOT_SERVED = (ExclusionReason.DRAFT, ExclusionReason.UNPUBLISHED, ExclusionReason.FUTURE, ExclusionReason.EXPIRED)
SERVED_UNLISTED = ("unlisted: true", "status: hidden", "status: private")

_VERSION = re.compile(r"v?\d+(?:[._]\w+)*|latest|stable|current|next|dev|main|master")


class Pages:
    """The pages of a site by everything that a link may call them.

    folders_of_posts: the folders in which their URLs are.
    """

    def __init__(
        self, settings: ContentSettings, corpus: Corpus | Sequence[Post | StoredPost], excluded: Iterable[Excluded]
    ) -> None:
        self._bases = {urlsplit(settings.site).path.strip("/").casefold(), settings.base.strip("/").casefold()} - {""}
        self._corpus = corpus
        self._resolver = ReferenceResolver(corpus, settings.site)
        self._numbers: dict[str, int] = {}
        self._others: dict[str, Excluded] = {}
        for number, post in enumerate(corpus):
            for key in _keys(post):
                self._numbers.setdefault(key, number)
        for file in excluded:
            page = file.post or page_of(read_source(settings, file.path), settings)
            keys = _keys(page) if page else {url_match_key(file.path)}
            for key in keys:
                self._others.setdefault(key, file)
        whole = {*self._numbers, *self._others}
        loose = {_in_any_version(key) for key in whole}
        self._folders = {folder for key in whole | loose for folder in _folders_above(key)} | loose
        urls = (url_match_key(post.url) for post in corpus)
        self.folders_of_posts = {url.rpartition("/")[0] for url in urls}

    def number(self, source: int, link: str) -> int | None:
        """The post that a link leads to beyond doubt."""
        path = path_of(link)
        if not path:
            return source if link.startswith("#") else None
        return next((self._numbers[key] for key in self._spellings(source, path) if key in self._numbers), None)

    def may_have(self, source: int, link: str) -> bool:
        """Whether a link that leads to no post may lead to a page.

        That is a folder of posts, a file left out, or another version or language of one of them.
        """
        spellings = self._spellings(source, path_of(link))
        in_folders = any(key in self._folders or _in_any_version(key) in self._folders for key in spellings)
        return in_folders or bool(self._resolver.resolve(link, source))

    def unpublished(self, source: int, link: str) -> Excluded | None:
        """The file that a link leads to, if no page is made of it."""
        for key in self._spellings(source, path_of(link)):
            if file := self._others.get(key):
                return file if file.reason in NOT_SERVED and file.detail.lower() not in SERVED_UNLISTED else None
        return None

    def is_elsewhere(self, link: str) -> bool:
        """Whether an absolute link to the site's host leads out of the part of it that is known."""
        path = urlsplit(link).path.strip("/").casefold() if is_absolute_url(link) else ""
        return bool(path and self._bases) and not any(f"{path}/".startswith(f"{base}/") for base in self._bases)

    def _spellings(self, source: int, path: str) -> list[str]:
        """The keys of all places that a path may lead to from a post."""
        if path.startswith("@/"):  # as Zola begins a path in the content folder
            path = path[1:]
        if path.startswith("/"):
            key = url_match_key(path)
            return [key, *(key.removeprefix(f"{base}/") for base in self._bases if key.startswith(f"{base}/"))]
        post = self._corpus[source]
        url = urlsplit(post.url).path
        folders = (posixpath.dirname(post.id), url, posixpath.dirname(url.rstrip("/")), "")
        return list(dict.fromkeys(url_match_key(normal_path(posixpath.join(folder, path))) for folder in folders))


def path_of(link: str) -> str:
    """A link without host, query and fragment."""
    path = unquoted(link)
    return urlsplit(path).path or "/" if is_absolute_url(path) else path


def normal_path(path: str) -> str:
    """A path without . and .., which cannot lead above the root."""
    path = posixpath.normpath(path)
    while path.startswith("../"):
        path = path[3:]
    return "" if path in (".", "..") else path


def _keys(post: Post | StoredPost) -> set[str]:
    """Every whole path that leads to a page; that of an index page is also its folder's."""
    return set(map(url_match_key, {post.url, post.id, post.id.removesuffix("_index"), *post.aliases}))


def _folders_above(key: str) -> Iterator[str]:
    while key:
        key = key.rpartition("/")[0]
        yield key


def _in_any_version(key: str) -> str:
    """A path without folders for a version, a language or a collection, in place of which a site may show another."""
    first, *others = key.split("/")
    parts = others if others and (is_language(first) or first.startswith("_")) else [first, *others]
    return "/".join(part for index, part in enumerate(parts) if not index or not _VERSION.fullmatch(part))
