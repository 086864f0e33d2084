"""One generation, opened: every question about a site is answered from one of these, so no answer mixes two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from indexer.content.urls import unquoted
from indexer.errors import DamagedGeneration, PostNotFound
from indexer.model import Manifest, StoredPost
from indexer.related.recommendation import RelatedPosts
from indexer.search.engine import Reader
from indexer.search.registry import engine_named
from indexer.settings import SearchSettings
from indexer.store.generation import open_generation
from indexer.store.posts import PostStore
from indexer.store.report import Report, read_report
from indexer.store.sealed_files import SealedFiles
from indexer.text.simhash import FILE, Simhashes

_EMBEDDED = SearchSettings()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Posts, search and related posts of one generation.

    simhashes: of the text of each post, by number. wrong: damage that was met on the way to it.
    """

    manifest: Manifest
    posts: PostStore
    reader: Reader
    related: RelatedPosts
    simhashes: Simhashes
    files: SealedFiles
    wrong: tuple[DamagedGeneration, ...] = ()

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def built_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest.built_at)

    def report(self) -> Report:
        """What the build found to mend."""
        return read_report(self.files)

    def post(self, name: str) -> StoredPost:
        """The post with this id, path or URL. Raises PostNotFound."""
        if post := self.posts.find(name):
            return post
        raise PostNotFound("no such post is published: give the id, the path or the URL of one that is")

    def post_at(self, url: str, addresses: Sequence[str] = ()) -> StoredPost:
        """The post at this URL, as a browser or a link has it. Raises PostNotFound.

        addresses: where the site is read, such as https://blog.example/notes. Host and path of one may stand before
        that of the post.
        """
        for spelling in _spellings(url, addresses):
            if post := self.posts.at_url(spelling):
                return post
        raise PostNotFound("no post is published at this URL")


def _spellings(url: str, addresses: Sequence[str]) -> Iterator[str]:
    """The ways in which a URL may be stored: as it is, then decoded, below the path of the site, without index.html."""
    yield url
    try:
        wanted, homes = urlsplit(url), [urlsplit(address) for address in addresses if address]
    except ValueError:
        return
    for base in dict.fromkeys(["", *(home.path.rstrip("/") for home in homes)]):
        is_here = not wanted.netloc or any(
            home.netloc == wanted.netloc and home.path.rstrip("/") == base for home in homes
        )
        path = unquoted(wanted.path)
        if is_here and path.startswith(f"{base}/"):
            below = path.removeprefix(base)
            yield below
            yield below.removesuffix("index.html")


def snapshot_of(files: SealedFiles, search: SearchSettings = _EMBEDDED) -> Snapshot:
    """A generation with every byte of it checked. search: as for `engine_named`. Raises DamagedGeneration."""
    posts = PostStore(files)
    snapshot = Snapshot(
        manifest=files.manifest,
        posts=posts,
        reader=engine_named(files.manifest.engine, search).open(files, posts),
        related=RelatedPosts(files, posts),
        simhashes=files.array(FILE),
        files=files,
    )
    files.verify()
    return snapshot


def open_snapshot(index: Path, search: SearchSettings = _EMBEDDED) -> Snapshot:
    """The published generation of an index, or the last good one. Raises NothingPublished, DamagedGeneration."""
    snapshot, wrong = open_generation(index, lambda files: snapshot_of(files, search))
    return replace(snapshot, wrong=tuple(wrong))
