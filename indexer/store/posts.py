"""What a generation keeps of each post: the facts that every answer shows, and the text, read only when it is shown.

    posts/facts     a JSON object per post, in id order: everything but the text (texts, see columns.py)
    posts/dates     each post's day as a proleptic ordinal, 0 where it has none (int32)
    posts/names     every name of every post, sorted; named.npy says whose (number × 4 + what kind of name)
    posts/texts     four texts per section: heading, anchor, prose, code; sections.npy says where each post's begin,
                    levels.npy the level of each heading

Nothing is decoded before it is asked for, so a generation of any size opens at once. Engines keep only what they need
to find a post; what a hit shows comes from here, whatever engine found it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from indexer.model import Corpus, Graph, Post, Section, StoredPost
from indexer.store.arrays import Files, SortedStringArray, StringArray, save, save_strings, view
from indexer.store.bounded_cache import BoundedCache

FOLDER = "posts"
# What a name is; where two posts share one, the smaller kind wins.
_ID, _PATH, _URL, _ALIAS = range(4)
_PER_SECTION = 4
# Bytes of the facts of posts that are kept decoded, which takes about twice as much.
MOST_REMEMBERED = 8_000_000


def write_posts(directory: Path, corpus: Corpus, graph: Graph) -> None:
    """Writes the folder posts/ into a generation's directory."""
    folder = directory / FOLDER
    folder.mkdir()
    facts = (
        _facts(post) | {"curated": curated, "linked": linked}
        for post, curated, linked in zip(corpus, graph.curated, graph.linked, strict=True)
    )
    save_strings(folder, "facts", map(json.JSONEncoder(ensure_ascii=False).encode, facts))
    save(folder / "dates.npy", np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.int32))
    names = sorted({name for number, post in enumerate(corpus) for name in _names(number, post)})
    save_strings(folder, "names", (name for name, _ in names))
    save(folder / "named.npy", np.array([place for _, place in names], dtype=np.int64))
    sections = [section for post in corpus for section in post.sections]
    starts = list(accumulate((len(post.sections) for post in corpus), initial=0))
    save_strings(folder, "texts", (text for one in sections for text in (one.heading, one.anchor, one.text, one.code)))
    save(folder / "sections.npy", np.array(starts, dtype=np.int64))
    save(folder / "levels.npy", np.array([one.level for one in sections], dtype=np.uint8))


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


def _names(number: int, post: Post) -> Iterator[tuple[str, int]]:
    yield post.id, number * 4 + _ID
    yield post.path, number * 4 + _PATH
    yield normalized_url(post.url), number * 4 + _URL
    for alias in post.aliases:
        yield normalized_url(alias), number * 4 + _ALIAS


def facts_and_sections(files: Files) -> Iterator[tuple[dict[str, Any], tuple[Section, ...]]]:
    """All posts that `write_posts` has written, in id order: for a build, which needs every one."""
    facts = json.loads(as_json_list(StringArray(files, f"{FOLDER}/facts").all_raw()))
    texts = StringArray(files, f"{FOLDER}/texts").all()
    levels = files.array(f"{FOLDER}/levels.npy").tolist()
    sections = list(map(Section, texts[::4], texts[1::4], levels, texts[2::4], texts[3::4]))
    starts = files.array(f"{FOLDER}/sections.npy").tolist()
    for one, (start, end) in zip(facts, pairwise(starts), strict=True):
        yield one, tuple(sections[start:end])


def as_json_list(values: Sequence[bytes]) -> bytes:
    """JSON values as one list, which is read many times faster than one by one."""
    return b"[" + b",".join(values) + b"]"


class PostStore:
    """The posts of one generation by number."""

    def __init__(self, files: Files) -> None:
        self._facts = StringArray(files, f"{FOLDER}/facts")
        self._texts = StringArray(files, f"{FOLDER}/texts")
        self._sections = view(files.array(f"{FOLDER}/sections.npy"))
        self._levels = view(files.array(f"{FOLDER}/levels.npy"))
        self._names = SortedStringArray(files, f"{FOLDER}/names")
        self._named = view(files.array(f"{FOLDER}/named.npy"))
        self._posts: BoundedCache[int, StoredPost] = BoundedCache(MOST_REMEMBERED)
        self.dates = files.array(f"{FOLDER}/dates.npy")

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[StoredPost]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, number: int) -> StoredPost:
        if number < 0:
            number += len(self)
        post = self._posts.get(number)
        if post is None:
            facts = self._facts.raw(number)
            post = self._posts.keep(number, _stored(number, json.loads(facts)), len(facts))
        return post

    def sections(self, number: int) -> tuple[Section, ...]:
        """The text of a post, section by section."""
        return tuple(self.section(number, one) for one in range(self._sections[number + 1] - self._sections[number]))

    def section(self, number: int, place: int) -> Section:
        """One section of a post."""
        section = self._sections[number] + place
        heading, anchor, text, code = self._texts.run(section * _PER_SECTION, _PER_SECTION)
        return Section(heading, anchor, self._levels[section], text, code)

    def number_of(self, post_id: str) -> int | None:
        """The number of the post with this id."""
        post = self._called(post_id, _ID)
        return post.number if post and post.id == post_id else None

    def find(self, name: str) -> StoredPost | None:
        """The post with this id, path or URL."""
        return self._called(name, _ID) or self.at_url(name)

    def at_url(self, url: str) -> StoredPost | None:
        """The post at this URL or alias; a trailing slash or none, a query and a fragment make no difference."""
        return self._called(normalized_url(url), _URL)

    def _called(self, name: str, least: int) -> StoredPost | None:
        """The post with this name, of this kind or a later one; the first kind wins, of equals the last post."""
        found = [(self._named[place] % 4, -(self._named[place] // 4)) for place in self._names.places(name)]
        best = min((one for one in found if one[0] >= least), default=None)
        return self[-best[1]] if best else None

    def newest(self, most: int) -> list[StoredPost]:
        """The posts with the latest dates, newest first, those without a date last."""
        return [self[number] for number in np.argsort(-self.dates, kind="stable")[:most].tolist()]


def normalized_url(url: str) -> str:
    """A URL in the form in which URLs are compared."""
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
