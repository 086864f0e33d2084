"""What a build takes over from the generation before it changes no byte of what it writes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from corpora import post, sealed, section
from scipy import sparse

from indexer.model import Corpus, Graph, Post
from indexer.related.earlier import Earlier
from indexer.related.neighbours import cosine_neighbours, updated_neighbours
from indexer.related.products import TILE
from indexer.related.relate import relations, write_relations
from indexer.related.vectors import rounded
from indexer.store.posts import write_posts

FAMILIES = 12
EDITS = 9


@dataclass
class Shelf:
    """A site that somebody edits: posts by id, and who curates or links to whom."""

    chance: random.Random
    posts: dict[str, Post] = field(default_factory=dict)
    curated: dict[str, list[str]] = field(default_factory=dict)
    linked: dict[str, list[str]] = field(default_factory=dict)

    def text(self, words: int, family: int) -> str:
        """Words of a family of posts, some of them frequent and most rare."""
        return " ".join(f"word{family}x{int(200 * self.chance.random() ** 3)}" for _ in range(words))

    def add(self, name: str | None = None) -> None:
        number = self.chance.randrange(100_000)
        family = number % FAMILIES
        name = name or f"folder{family}/p{number:05}"
        self.posts[name] = post(
            name,
            self.text(3, family),
            section("", self.text(self.chance.randint(0, 40), family)),
            section(self.text(1, family), code=self.text(4, family)),
            tags=(self.text(1, family),),
            day=f"20{10 + number % 9}-01-01" if number % 3 else None,
            language=self.chance.choice(["en", "en", "en", "pt", "pt-BR"]),
        )

    def remove(self) -> None:
        del self.posts[self.any()]

    def rename(self) -> None:
        name = self.any()
        old = self.posts.pop(name)
        self.posts[f"{name}-renamed"] = post(f"{name}-renamed", old.title, *old.sections, language=old.language)

    def copy(self) -> None:
        old = self.posts[self.any()]
        name = f"copy/{self.chance.randrange(100_000)}"
        self.posts[name] = post(name, old.title, *old.sections, language=old.language)

    def link(self) -> None:
        self.linked[self.any()] = [self.any() for _ in range(self.chance.randint(0, 3))]

    def curate(self) -> None:
        self.curated[self.any()] = [self.any() for _ in range(self.chance.randint(0, 3))]

    def change(self) -> None:
        self.add(self.any())

    def any(self) -> str:
        return self.chance.choice(sorted(self.posts))

    def built(self) -> tuple[Corpus, Graph]:
        corpus = Corpus(list(self.posts.values()))
        numbers = {one.id: number for number, one in enumerate(corpus)}

        def edges(named: dict[str, list[str]]) -> tuple[tuple[int, ...], ...]:
            rows = [[numbers[other] for other in named.get(one.id, []) if other in numbers] for one in corpus]
            return tuple(tuple(sorted({*row} - {number})) for number, row in enumerate(rows))

        return corpus, Graph(edges(self.curated), edges(self.linked))


def files_of(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (directory / "related").iterdir()}


def written(directory: Path, site: tuple[Corpus, Graph], last: Path | None = None) -> dict[str, bytes]:
    directory.mkdir()
    write_posts(directory, *site)
    write_relations(directory, *site, last=sealed(last) if last else None)
    return files_of(directory)


@pytest.mark.parametrize("lists", [False, True], ids=["without lists", "with lists"])
@pytest.mark.parametrize("seed", range(2))
def test_after_any_edit_what_is_kept_is_what_a_full_build_writes(tmp_path: Path, seed: int, lists: bool) -> None:
    shelf = Shelf(random.Random(seed))
    for _ in range(170):  # more than one block, and more than are stored of neighbours
        shelf.add()
    for _ in range(40):
        shelf.link()
    last = tmp_path / "0"
    written(last, shelf.built())
    edits: list[Callable[[], None]] = [shelf.add, shelf.remove, shelf.rename, shelf.copy, shelf.link, shelf.change]
    for edit in range(1, EDITS + 1):
        for _ in range(shelf.chance.choice([0, 1, 1, 1, 2, 5])):
            shelf.chance.choice([*edits, *[shelf.curate] * (2 * lists)])()
        kept, site = tmp_path / str(edit), shelf.built()
        assert written(kept, site, last) == written(tmp_path / f"{edit}-full", site), f"edit {edit}"
        last = kept


def test_one_changed_post_leaves_most_lists_as_they_were(tmp_path: Path) -> None:
    shelf = Shelf(random.Random(5))
    for _ in range(400):
        shelf.add()
    written(tmp_path / "last", shelf.built())
    name = shelf.any()
    old = shelf.posts[name]
    sections = (*old.sections, section("", "Something quincunxial."))
    shelf.posts[name] = post(name, old.title, *sections, tags=old.tags, language=old.language)
    site = shelf.built()
    earlier = Earlier.of(sealed(tmp_path / "last"), site[0])
    assert relations(*site, earlier=earlier).candidates.is_known.mean() > 0.5


def rows(chance: np.random.Generator, posts: int) -> sparse.csr_array:
    """Vectors whose values are few, so that many cosines are equal."""
    dense = chance.integers(0, 4, (posts, 30)) * (chance.random((posts, 30)) < 0.15) / 12
    vectors: sparse.csr_array = rounded(sparse.csr_array(dense))
    return vectors


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("several", [False, True], ids=["one language", "several languages"])
def test_patched_neighbours_are_those_of_a_new_comparison(seed: int, several: bool) -> None:
    chance = np.random.default_rng(seed)
    posts = TILE + 300
    then = rows(chance, posts)
    languages = chance.integers(0, 3, posts)

    def distances(sources: np.ndarray, targets: np.ndarray) -> np.ndarray:
        apart: np.ndarray = np.abs(languages[sources] - languages[targets]).astype(np.int8)
        return apart

    between = distances if several else None
    is_changed = np.zeros(posts, dtype=bool)
    is_changed[chance.choice(posts, 50, replace=False)] = True
    dense = then.toarray()
    dense[is_changed] = rows(chance, posts).toarray()[is_changed]
    now = sparse.csr_array(dense)
    patched = updated_neighbours(cosine_neighbours(then, 15, between), is_changed, now, between)
    anew = cosine_neighbours(now, 15, between)
    assert np.array_equal(patched.ids, anew.ids)
    assert np.array_equal(patched.cosines, anew.cosines)
