"""What a generation keeps of each post: the facts that every answer shows, and the text, read only when it is shown.

    posts.json   a list in id order: everything but the text
    texts.jsonl  a line per post in the same order: its sections

Engines keep only what they need to find a post; what a hit shows comes from here, whatever engine found it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from indexer.model import Corpus, Graph, Post, Section, StoredPost

POSTS, TEXTS = "posts.json", "texts.jsonl"


class Files(Protocol):
    """The files of one generation, each checked before its bytes are used."""

    def read(self, name: str) -> bytes: ...
    def array(self, name: str) -> NDArray[Any]: ...
    def names(self, folder: str) -> list[str]: ...


def write_posts(directory: Path, corpus: Corpus, graph: Graph) -> None:
    """Writes posts.json and texts.jsonl into a generation's directory."""
    facts = [
        _facts(post) | {"curated": curated, "linked": linked}
        for post, curated, linked in zip(corpus, graph.curated, graph.linked, strict=True)
    ]
    (directory / POSTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    with open(directory / TEXTS, "w", encoding="utf-8", newline="\n") as file:
        for post in corpus:
            sections = [[one.heading, one.anchor, one.level, one.text, one.code] for one in post.sections]
            file.write(json.dumps(sections, ensure_ascii=False) + "\n")


def _facts(post: Post) -> dict[str, object]:
    return {
        "id": post.id,
        "path": post.path,
        "url": post.url,
        "title": post.title,
        "description": post.description,
        "tags": post.tags,
        "date": post.date.isoformat() if post.date else None,
        "language": post.language,
        "image": post.image,
        "aliases": post.aliases,
    }


class StoredPosts:
    """The posts of one generation by number; their texts are parsed only when asked for."""

    def __init__(self, files: Files) -> None:
        facts = json.loads(files.read(POSTS))
        self._posts = [_stored(number, one) for number, one in enumerate(facts)]
        self._texts = files.read(TEXTS).split(b"\n")
        self._by_name: dict[str, int] = {}
        # Where two names collide, an id beats a path beats a URL beats an alias.
        self._by_name |= {_url_key(alias): post.number for post in self._posts for alias in post.aliases}
        self._by_name |= {_url_key(post.url): post.number for post in self._posts}
        self._by_name |= {post.path: post.number for post in self._posts}
        self._by_name |= {post.id: post.number for post in self._posts}
        self._by_url = {_url_key(alias): post.number for post in self._posts for alias in post.aliases}
        self._by_url |= {_url_key(post.url): post.number for post in self._posts}

    def __len__(self) -> int:
        return len(self._posts)

    def __iter__(self) -> Iterator[StoredPost]:
        return iter(self._posts)

    def __getitem__(self, number: int) -> StoredPost:
        return self._posts[number]

    def sections(self, number: int) -> tuple[Section, ...]:
        """The text of a post, section by section."""
        return tuple(Section(*one) for one in json.loads(self._texts[number]))

    def find(self, name: str) -> StoredPost | None:
        """The post with this id, path or URL."""
        number = self._by_name.get(name)
        return self._posts[number] if number is not None else self.at_url(name)

    def at_url(self, url: str) -> StoredPost | None:
        """The post at this URL or alias; a trailing slash or none, a query and a fragment make no difference."""
        number = self._by_url.get(_url_key(url))
        return self._posts[number] if number is not None else None


def _url_key(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rstrip("/")


def _stored(number: int, facts: dict[str, object]) -> StoredPost:
    day = facts["date"]
    return StoredPost(
        number=number,
        id=str(facts["id"]),
        path=str(facts["path"]),
        url=str(facts["url"]),
        title=str(facts["title"]),
        description=str(facts["description"]),
        tags=tuple(facts["tags"]),  # type: ignore[arg-type]  # our own file, checked against its manifest
        date=date.fromisoformat(str(day)) if day else None,
        language=str(facts["language"]),
        image=str(facts["image"]) if facts["image"] else None,
        aliases=tuple(facts["aliases"]),  # type: ignore[arg-type]
        curated=tuple(facts["curated"]),  # type: ignore[arg-type]
        linked=tuple(facts["linked"]),  # type: ignore[arg-type]
    )
