"""Which page of a site a link leads to, and which places are known to be none.

A relative link is tried from the folder of its file and from the URL of its page, with and without a slash at the end;
a rooted one as it is, and below the path of the site. Any of them that has a page will do.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from indexer.content.files import read_source
from indexer.content.reader import page_of
from indexer.content.urls import is_internal, unquoted
from indexer.links.resolver import ReferenceResolver, is_absolute_url, url_match_key
from indexer.model import Corpus, Excluded, ExclusionReason, Post
from indexer.settings import ContentSettings

# Files of which no page is made; but a generator may make one of a page that is only unlisted.
NOT_SERVED = (ExclusionReason.DRAFT, ExclusionReason.UNPUBLISHED, ExclusionReason.FUTURE, ExclusionReason.EXPIRED)
SERVED_UNLISTED = ("unlisted: true", "status: hidden", "status: private")


# A folder for a version of a product, without which a generator may show the newest one.
_VERSION = re.compile(r"(?<=/)(?:v?\d+(?:[._]\w+)*|latest|stable|current|next|dev|main|master)(?:/|\Z)")


class Pages:
    """The pages of a site by everything that a link may call them.

    first_folders: of the URLs of all posts.
    """

    def __init__(self, settings: ContentSettings, corpus: Corpus, excluded: Iterable[Excluded]) -> None:
        self._site = settings.site
        self._base = urlsplit(settings.site).path.strip("/").casefold()
        self._corpus = corpus
        self._resolver = ReferenceResolver(corpus, settings.site)
        self._numbers: dict[str, int] = {}
        self._folders: set[str] = set()
        self.first_folders: set[str] = set()
        self._others: dict[str, Excluded] = {}
        for number, post in enumerate(corpus):
            for key in _keys(post):
                self._numbers.setdefault(key, number)
                self._folders.update(_folders_above(key))
            first, slash, _ = url_match_key(post.url).partition("/")
            self.first_folders |= {first} if slash else set()
        for file in excluded:
            page = file.post or page_of(read_source(settings, file.path), settings)
            for key in _keys(page) if page else [url_match_key(file.path)]:
                self._others.setdefault(key, file)
                self._folders.update(_folders_above(key))
        for key in [*self._numbers, *self._others]:
            if (loose := _VERSION.sub("", key.removeprefix("_"))) != key:
                self._folders.update([loose, *_folders_above(loose)])
            if key.startswith("_"):  # the folder of a collection, which need not be in its URLs
                self._folders.update(_folders_above(f"{loose.partition('/')[2]}/"))

    def number(self, source: int, link: str) -> int | None:
        """The post that a link leads to beyond doubt."""
        path = path_of(link)
        if not path:
            return source if link.startswith("#") else None
        return next((self._numbers[key] for key in self._spellings(source, path) if key in self._numbers), None)

    def has(self, source: int, link: str) -> bool:
        """Whether a link leads, or may lead, to a page that is there: a post, a folder of posts, a file left out."""
        spellings = self._spellings(source, path_of(link))
        if any(key in self._numbers or key in self._folders for key in spellings):
            return True
        others = [self._others[key] for key in spellings if key in self._others]
        return any(_is_served(file) for file in others) or bool(self._resolver.resolve(link, source))

    def unpublished(self, source: int, link: str) -> Excluded | None:
        """The file of which no page is made that a link leads to."""
        keys = self._spellings(source, path_of(link))
        return next((self._others[key] for key in keys if key in self._others), None)

    def _spellings(self, source: int, path: str) -> list[str]:
        """The keys of all places that a path may lead to from a post."""
        if path.startswith("@/"):  # as Zola begins a path in the content folder
            path = path[1:]
        if path.startswith("/"):
            key = url_match_key(path)
            below = key.removeprefix(f"{self._base}/") if self._base else key
            return [key, below] if below != key else [key]
        post = self._corpus[source]
        url = urlsplit(post.url).path
        folders = (posixpath.dirname(post.id), url, posixpath.dirname(url.rstrip("/")), "")
        return list(dict.fromkeys(url_match_key(normal_path(posixpath.join(folder, path))) for folder in folders))

    def is_elsewhere(self, link: str) -> bool:
        """Whether an absolute link to the site's host leads out of the part of it that is known."""
        if not is_absolute_url(link):
            return False
        path = urlsplit(link).path.strip("/").casefold()
        return not is_internal(link, self._site) or not f"{path}/".startswith(f"{self._base}/" if self._base else "")


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


def _is_served(file: Excluded) -> bool:
    return file.reason not in NOT_SERVED or file.detail.lower() in SERVED_UNLISTED


def _keys(post: Post) -> set[str]:
    """Every whole path that leads to a page; that of an index page is also its folder's."""
    return {url_match_key(name) for name in (post.url, post.id, post.id.removesuffix("_index"), *post.aliases)}


def _folders_above(key: str) -> Iterator[str]:
    end = key.rfind("/")
    while end > 0:
        yield key[:end]
        end = key.rfind("/", 0, end)
    yield ""
