"""A build takes over what has not changed since the last one, and no byte of what it writes tells."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from conftest import Site, post_text

import indexer.content.site
from indexer.store.generation import current_id
from indexer.store.manifest import GENERATIONS

EDITS = 6
NAMES = [
    "rye",
    "oat",
    "fig",
    "yam",
    "pea",
    "nut",
    "müsli",
    "Größe",
    "Kubernetes",
    "C++",
    "no_std",
    "--force",
    "sour dough",
]


class Editor:
    """Somebody who edits a site at random."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.chance = site, random.Random(seed)
        self.words = [*NAMES, *(f"Word{number}" for number in range(60)), *(f"term{number}" for number in range(200))]

    def text(self, most: int) -> str:
        count = self.chance.randint(1, most)
        return " ".join(self.words[int(len(self.words) * self.chance.random() ** 2)] for _ in range(count))

    def names(self) -> list[str]:
        return sorted(file.relative_to(self.site.content).as_posix() for file in self.site.content.rglob("*.md"))

    def any(self) -> str:
        return self.chance.choice(self.names())

    def write(self, name: str) -> None:
        links = " ".join(f"[{self.text(2)}](/{self.any()})" for _ in range(self.chance.randint(0, 2)) if self.names())
        body = f"{self.text(40)}\n\n## {self.text(3)}\n\n{self.text(20)} {links}\n\n```\n{self.text(5)}\n```\n"
        front = {"tags": json.dumps([self.text(1)], ensure_ascii=False)}
        if self.chance.random() < 0.3:
            front["date"] = f"2020-01-{self.chance.randint(1, 28):02}"
        if self.chance.random() < 0.1:
            front["draft"] = "true"
        if self.chance.random() < 0.2:
            front["lang"] = self.chance.choice(["de", "pt-BR"])
        self.site.write(name, post_text(self.text(4), body, **front))

    def add(self) -> None:
        self.write(f"folder{self.chance.randrange(4)}/post-{self.chance.randrange(10_000)}.md")

    def change(self) -> None:
        self.write(self.any())

    def remove(self) -> None:
        (self.site.content / self.any()).unlink()

    def rename(self) -> None:
        file = self.site.content / self.any()
        file.rename(file.with_stem(f"{file.stem}-renamed"))

    def copy(self) -> None:
        file = self.site.content / self.any()
        (file.with_stem(f"{file.stem}-copy{self.chance.randrange(100)}")).write_bytes(file.read_bytes())

    def list(self) -> None:
        self.site.post(self.any(), self.text(3), self.text(30), related=json.dumps([self.any(), self.any()]))


def files_of(site: Site) -> dict[str, bytes]:
    """The files of the published generation, but for the manifest, which says when it was built."""
    folder = site.settings.index.directory / GENERATIONS / current_id(site.settings.index.directory)
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != "manifest.json")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize("seed", range(3))
def test_after_any_edits_a_build_writes_the_bytes_of_a_full_one(
    site: Site, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed == 2:  # all of the site is read by several processes, a few changed files are not
        monkeypatch.setattr(indexer.content.site, "FEWEST_FILES", 30)
        monkeypatch.setattr(indexer.content.site, "FEWEST_BYTES", 0)
    editor = Editor(site, seed)
    for _ in range(60):
        editor.add()
    site.build()
    edits: list[Callable[[], None]] = [editor.add, editor.change, editor.remove, editor.rename, editor.copy]
    if seed:
        edits.append(editor.list)
    for edit in range(EDITS):
        for _ in range(editor.chance.choice([1, 1, 1, 2, 5])):
            editor.chance.choice(edits)()
        site.build()
        kept = files_of(site)
        site.build(force=True)  # reads and works out everything anew
        full = files_of(site)
        assert [name for name in full if kept.get(name) != full[name]] == [], f"edit {edit}"
        assert kept.keys() == full.keys()


def test_what_is_kept_of_related_posts_stands_in_the_findings_of_a_build(site: Site) -> None:
    for family in NAMES[:4]:
        for number in range(5):
            shared = " ".join(f"{family}{(number + word) % 7}" for word in range(5))
            site.post(f"{family}-{number}.md", f"{family} {number}", f"{shared} alone{family}{number}")
    site.post("another.md", "Another", "Quartz.")
    site.build()
    site.post("another.md", "Another", "Granite.")
    site.build()
    kept = json.loads(files_of(site)["findings.json"])["suggested"]
    site.build(force=True)
    assert kept == json.loads(files_of(site)["findings.json"])["suggested"] != []
