"""The facts and the text of every post.

Nothing is decoded before it is asked for, so a generation of any size opens at once. Engines keep only what they need
to find a post; what a hit shows comes from here, whatever engine found it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Graph, Post, PostFacts, Section, StoredPost
from indexer.store.arrays import Files, SortedStringArray, StringRows, view
from indexer.store.sections import LazySections
from indexer.store.tables import files_of, load_table, save_table

FOLDER = "posts"
# What a name is; where two posts share one, the smaller kind wins.
_ID, _PATH, _URL, _ALIAS = range(4)
_PER_SECTION = 4
# Posts whose texts a build decodes at a time.
READ_TOGETHER = 16


@dataclass(frozen=True, slots=True)
class _Posts:
    """The files of posts/.

    facts: a StoredPost as JSON each, in id order. dates: proleptic ordinals, 0 for none. names: every name of every
    post, sorted; named: number × 4 + kind of each. texts: heading, anchor, prose and code of every section; levels: of
    each section; sections: where those of each post begin, and where the last end.
    """

    facts: StringRows
    dates: NDArray[np.int32]
    names: SortedStringArray
    named: NDArray[np.int64]
    texts: StringRows
    levels: NDArray[np.uint8]
    sections: NDArray[np.int64]


FILES = files_of(FOLDER, _Posts)


def write_posts(directory: Path, corpus: Corpus, graph: Graph) -> None:
    """Writes the folder posts/ into a generation's directory."""
    edges = zip(corpus, graph.curated, graph.linked, strict=True)
    names = sorted({name for number, post in enumerate(corpus) for name in _names(number, post)})
    levels = [bytes(section.level for section in post.sections) for post in corpus]
    sections = (section for post in corpus for section in post.sections)
    texts = ((section.heading, section.anchor, section.text, section.code) for section in sections)
    values = {
        "facts": (_encode(stored_post(number, *edge)) for number, edge in enumerate(edges)),
        "dates": np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.int32),
        "names": (name for name, _ in names),
        "named": np.array([value for _, value in names], dtype=np.int64),
        "texts": chain.from_iterable(texts),
        "levels": np.frombuffer(b"".join(levels), dtype=np.uint8),
        "sections": np.fromiter(accumulate(map(len, levels), initial=0), dtype=np.int64),
    }
    save_table(directory / FOLDER, _Posts, values)


def stored_post(number: int, post: Post, curated: tuple[int, ...] = (), linked: tuple[int, ...] = ()) -> StoredPost:
    """What a generation keeps of a post beside its text. curated, linked: numbers of posts."""
    return StoredPost(**facts_of(post), number=number, aliases=post.aliases, curated=curated, linked=linked)


def facts_of(post: PostFacts) -> dict[str, Any]:
    """The fields of PostFacts, by name."""
    return dict(zip(PostFacts.__struct_fields__, _facts(post), strict=True))


_facts = attrgetter(*PostFacts.__struct_fields__)


def _names(number: int, post: Post) -> Iterator[tuple[str, int]]:
    yield post.id, number * 4 + _ID
    yield post.path, number * 4 + _PATH
    yield normalized_url(post.url), number * 4 + _URL
    for alias in post.aliases:
        yield normalized_url(alias), number * 4 + _ALIAS


def all_sections(files: Files) -> list[LazySections]:
    """The text of all posts, in id order: for a build, which goes through them one by one."""
    texts = _Texts(files)
    return [LazySections(texts, number) for number in range(len(texts))]


class _Texts:
    """The text of each post of a generation. Many that follow each other are decoded together, and the last kept."""

    def __init__(self, files: Files) -> None:
        table = load_table(files, FOLDER, _Posts)
        self._texts, self._levels, self._sections = table.texts, view(table.levels), view(table.sections)
        self._kept: tuple[int, list[tuple[Section, ...]]] = (-1, [])

    def __len__(self) -> int:
        return len(self._sections) - 1

    def read(self, number: int) -> tuple[Section, ...]:
        block, place = divmod(number, READ_TOGETHER)
        kept, posts = self._kept
        if kept != block:
            posts = self._decoded(block * READ_TOGETHER)
            self._kept = (block, posts)
        return posts[place]

    def _decoded(self, first: int) -> list[tuple[Section, ...]]:
        starts = self._sections[first : first + READ_TOGETHER + 1].tolist()
        texts = self._texts.decoded(starts[0] * _PER_SECTION, (starts[-1] - starts[0]) * _PER_SECTION)
        levels = self._levels[starts[0] : starts[-1]].tolist()
        sections = list(map(Section, texts[::4], texts[1::4], levels, texts[2::4], texts[3::4]))
        return [tuple(sections[start - starts[0] : end - starts[0]]) for start, end in pairwise(starts)]


class PostStore:
    """The posts of one generation by number."""

    def __init__(self, files: Files) -> None:
        table = load_table(files, FOLDER, _Posts)
        self._facts, self._texts, self._names = table.facts, table.texts, table.names
        self._sections, self._levels, self._named = view(table.sections), view(table.levels), view(table.named)
        self.dates = table.dates

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[StoredPost]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, number: int) -> StoredPost:
        return _decode(self._facts.raw(number))

    def sections(self, number: int) -> tuple[Section, ...]:
        """The text of a post, section by section."""
        return tuple(
            self.section(number, index) for index in range(self._sections[number + 1] - self._sections[number])
        )

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
        named = [(self._named[row] % 4, -(self._named[row] // 4)) for row in self._names.indices(name)]
        best = min(((kind, number) for kind, number in named if kind >= least), default=None)
        return self[-best[1]] if best else None

    def newest(self, most: int) -> list[StoredPost]:
        """The posts with the latest dates, newest first, those without a date last."""
        return [self[number] for number in np.argsort(-self.dates, kind="stable")[:most].tolist()]


def normalized_url(url: str) -> str:
    """A URL in the form in which URLs are compared."""
    return url.partition("#")[0].partition("?")[0].rstrip("/")


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(StoredPost).decode
