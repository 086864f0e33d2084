"""A rebuild reads only what changed, on as many cores as there are, and nobody can tell from what it publishes."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from conftest import TODAY, Site, files_of_at_most

import indexer.content.build_cache
import indexer.content.reader
import indexer.content.site
import indexer.store.last_build
from indexer.build import build
from indexer.content.files import Listing, listing
from indexer.content.reader import ReadFile, read_file
from indexer.content.site import read_site
from indexer.errors import BuildFailed, ContentVanished, NothingPublished
from indexer.model import EngineName
from indexer.settings import ContentSettings
from indexer.store.durable import replace_file
from indexer.store.generation import generation_ids, locked, rollback
from indexer.store.last_build import Outcome, read_last_build
from indexer.store.manifest import MANIFEST
from indexer.store.sections import SpillFile
from indexer.text.token_stream import TokenStream

# All that a file may become, and everything that is kept of a post.
FILES = {
    "lamb.md": "---\ntitle: Lamb stew\ntags: [stew, meat]\nrelatedPosts:\n  - rye\n  - nowhere\n---\nSlow.\n\n## In the Oven\n\nHot [bread](/rye/).\n\n```\nbake(180)\n```\n",  # noqa: E501
    "2020-03-01-rye.md": "---\ntitle: Rye’s crust\npostUrl: /rye/\nimageUrl: /rye.png\ndescription: <b>Dark</b> bread\naliases: [/bread/]\nfeaturedOrder: 3\n---\nCrumb & crust. Ünïcode, 黒パン, c++ and node.js.\n",  # noqa: E501
    "de/suppe.md": "---\ntitle: Suppe\nlanguage: de\nsearchAliases: [Eintopf]\nsearchPins: [warm]\nsearchBoost: 1.5\n---\nKartoffeln und Möhren.\n",  # noqa: E501
    "draft.md": "---\ntitle: Draft\ndraft: true\nrelatedPosts: [lamb]\n---\nSecret words.\n",
    "hidden.md": "---\ntitle: Hidden\nsearch: false\naliases: [/gone/]\n---\nHidden words.\n",
    "later.md": "---\ntitle: Later\ndate: 2026-06-03\n---\nWords of a day to come.\n",
    "double.md": "---\ntitle: Double\npostUrl: /rye/\n---\nThe URL of another.\n",
    "bad.md": "---\ntitle: [open\n---\nBody\n",
    "fragment.md": "No front matter.\n",
    "empty.md": "---\ntags: [stew]\n---\n",
}


@pytest.fixture
def kitchen(site: Site) -> Site:
    """A site with a file of every kind, built."""
    for path, text in FILES.items():
        site.write(path, text)
    os.symlink(site.content / "lamb.md", site.content / "link.md")
    site.build()
    return site


def published_files(site: Site, today: date = TODAY) -> dict[str, bytes]:
    """Every file that a build publishes now, with its bytes; of the manifest only what is not of its own time."""
    site.build(today=today)
    folder = site.index / "generations" / generation_ids(site.index)[-1]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def afresh(site: Site, today: date = TODAY) -> dict[str, bytes]:
    """What a first build of the same content publishes into an empty index."""
    index = replace(site.settings.index, directory=site.index.with_name("afresh"))
    other = Site.__new__(Site)
    other.content, other.index, other.settings = site.content, index.directory, replace(site.settings, index=index)
    return published_files(other, today)


def read_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files that are parsed from now on."""
    parsed: list[str] = []

    def noted(settings: ContentSettings, path: str, today: date) -> ReadFile:
        parsed.append(path)
        return read_file(settings, path, today)

    monkeypatch.setattr(indexer.content.site, "read_file", noted)
    return parsed


def add(site: Site) -> None:
    site.post("apple.md", "Apple pie", "Quince is new here.")


def change(site: Site) -> None:
    site.post("lamb.md", "Lamb stew", "Other words altogether.", tags="[meat]")


def delete(site: Site) -> None:
    (site.content / "2020-03-01-rye.md").unlink()  # and so double.md is one no more


def rename(site: Site) -> None:
    (site.content / "lamb.md").rename(site.content / "zebra.md")


def publish_draft(site: Site) -> None:
    site.write("draft.md", FILES["draft.md"].replace("draft: true\n", ""))


def make_draft(site: Site) -> None:
    site.write("lamb.md", FILES["lamb.md"].replace("title", "draft: true\ntitle", 1))


def change_everything(site: Site) -> None:
    for path in FILES:
        site.post(path, f"New {path}", "All of it is new.")


def bring_another_language(site: Site) -> None:
    for number in range(4):
        site.post(f"fr/{number}.md", f"Pain {number}", "Le pain de seigle.", language="fr")


CHANGES = [add, change, delete, rename, publish_draft, make_draft, change_everything, bring_another_language]


@pytest.mark.parametrize("happens", CHANGES, ids=lambda one: one.__name__)
def test_a_rebuild_publishes_the_very_bytes_of_a_first_build(kitchen: Site, happens: Callable[[Site], None]) -> None:
    happens(kitchen)
    assert published_files(kitchen) == afresh(kitchen)


@pytest.mark.parametrize("days", [1, 2, -3000])
def test_so_does_one_on_another_day(kitchen: Site, days: int) -> None:
    add(kitchen)
    today = TODAY + timedelta(days=days)
    assert published_files(kitchen, today) == afresh(kitchen, today)


@pytest.mark.parametrize("setting", [{"language": "de"}, {"url": "/x/{path}/"}, {"exclude": ("de/*",)}], ids=str)
def test_so_does_one_with_other_settings(kitchen: Site, setting: dict[str, object]) -> None:
    kitchen.configure(**setting)
    assert published_files(kitchen) == afresh(kitchen)


def test_so_does_one_of_the_other_engine(kitchen: Site) -> None:
    kitchen.settings = replace(kitchen.settings, search=replace(kitchen.settings.search, engine=EngineName.WHOOSH))
    kitchen.build()
    add(kitchen)
    new, first = published_files(kitchen), afresh(kitchen)
    whooshs_own = {name for name in {*new, *first} if name.startswith("fulltext/")}  # it names files by chance
    assert {name: new[name] for name in new.keys() - whooshs_own} == {
        name: first[name] for name in first.keys() - whooshs_own
    }


def test_so_does_one_after_a_rollback(kitchen: Site) -> None:
    change(kitchen)
    kitchen.build()
    with locked(kitchen.index):
        rollback(kitchen.index)
    add(kitchen)
    assert published_files(kitchen) == afresh(kitchen)


def test_so_do_many_rebuilds_after_each_other(kitchen: Site) -> None:
    dice = random.Random(7)
    words = ["bread", "rye", "oven", "lamb", "stew", "salt", "RateLimiting", "don't", "黒パン", "Möhren", "c#"]
    for turn in range(12):
        path = dice.choice(["lamb.md", "de/suppe.md", f"new/{turn}.md", "draft.md", "2020-03-01-rye.md"])
        body = " ".join(dice.choices(words, k=30)) + f"\n\n## Part {turn}\n\n" + " ".join(dice.choices(words, k=9))
        kitchen.post(path, f"Title {dice.choice(words)}", body, language=dice.choice(["en", "de"]))
        kitchen.build()
    assert published_files(kitchen) == afresh(kitchen)


def test_only_what_changed_is_parsed_again(kitchen: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = read_again(monkeypatch)
    change(kitchen)
    kitchen.build()
    # A link cannot be read, and what doubles another is one no more when the other goes.
    assert sorted(parsed) == ["double.md", "lamb.md", "link.md"]


@pytest.mark.parametrize("why", ["forced", "other settings", "another version", "damaged", "nothing kept"])
def test_where_the_last_generation_is_not_to_be_trusted_everything_is_read(
    kitchen: Site, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    generation = kitchen.index / "generations" / "000001"
    match why:
        case "other settings":
            kitchen.configure(language="fr")
        case "another version":
            monkeypatch.setattr(indexer.content.build_cache, "read_by", lambda: {"pyromark": "99"})
        case "damaged":
            (generation / "build_cache" / "found.npy").write_bytes(b"x")
        case "nothing kept":
            (generation / "build_cache" / "read_by.json").unlink()
    parsed = read_again(monkeypatch)
    change(kitchen)
    kitchen.build(force=why == "forced")
    assert len(parsed) == len(FILES) + 1


def test_the_text_of_what_is_left_out_is_in_no_file_of_a_generation(kitchen: Site) -> None:
    files = published_files(kitchen)
    assert [name for name, data in files.items() if b"Secret" in data or b"day to come" in data] == []


# ------------------------------------------------------------------------------------------- in several processes


@pytest.fixture
def many(site: Site) -> Site:
    """A site whose files fill several jobs."""
    for path, text in FILES.items():
        site.write(path, text)
    for number in range(230):
        site.post(f"{number % 7}/{number}.md", f"Loaf {number}", f"Bread number {number}.\n\n## Rye {number}\n\nSour.")
    return site


def same(one: TokenStream, other: TokenStream) -> bool:
    values = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(TokenStream)[1:]]
    return one.words == other.words and all(
        left.dtype == right.dtype and np.array_equal(left, right) for left, right in values
    )


def test_what_is_read_is_the_same_in_any_number_of_processes(many: Site) -> None:
    alone, *others = (read_site(many.settings.content, TODAY, workers=number) for number in (1, 2, 3))
    for shared in others:
        assert list(shared.corpus) == list(alone.corpus)
        assert (shared.excluded, shared.files) == (alone.excluded, alone.files)
        assert shared.digest == alone.digest
        assert same(shared.tokens(), alone.tokens())


def test_texts_that_are_kept_on_disk_are_the_same_and_leave_nothing_there(many: Site, tmp_path: Path) -> None:
    there = list(tmp_path.iterdir())
    held = read_site(many.settings.content, TODAY, workers=2)
    kept = read_site(many.settings.content, TODAY, workers=2, spill=SpillFile(tmp_path))
    assert list(kept.corpus) == list(held.corpus)
    assert [list(post.sections) for post in kept.corpus] == [list(post.sections) for post in held.corpus]
    assert kept.corpus[3].sections[0] == held.corpus[3].sections[0]
    assert len(kept.corpus[3].sections) == len(held.corpus[3].sections)
    assert list(tmp_path.iterdir()) == there


def test_texts_that_are_kept_on_disk_take_up_no_memory(many: Site, tmp_path: Path) -> None:
    for number in range(40):
        many.post(f"long/{number}.md", f"Long loaf {number}", f"Loaf {number}. " + "Let it rise. " * 5_000)
    texts = 40 * 5_000 * len("Let it rise. ")

    def needed(spill: SpillFile | None) -> int:
        tracemalloc.start()
        site = read_site(many.settings.content, TODAY, workers=2, spill=spill)
        current, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(site.corpus) == 273
        return current

    assert needed(None) - needed(SpillFile(tmp_path)) > 0.9 * texts


def test_a_disk_without_room_for_texts_ends_the_build(many: Site, tmp_path: Path) -> None:
    why = pytest.raises(
        BuildFailed, match=rf"{tmp_path} cannot hold the texts of this build \(File too large\).*still serves"
    )
    with files_of_at_most(1_000), why:
        read_site(many.settings.content, TODAY, workers=2, spill=SpillFile(tmp_path))


def unnamed_files(folder: Path) -> list[str]:
    """The files in a folder that this process has open and that have no name there any more."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the list itself
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return [name for name in found if name.startswith(f"{folder}/") and name.endswith(" (deleted)")]


@pytest.mark.parametrize("when", ["reading", "indexing", "never"])
def test_what_texts_took_up_is_free_when_it_is_noted_how_a_build_ended(
    many: Site, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr(indexer.content.site, "FEWEST_BYTES", 0)
    monkeypatch.setattr(indexer.content.site, "cores", lambda: 2)
    meanwhile, then = set[int](), []

    def noted(file: Path, data: bytes, mode: int) -> None:
        then.append(unnamed_files(many.index))
        replace_file(file, data, mode)

    def progress(step: str, done: int, of: int) -> None:
        meanwhile.add(len(unnamed_files(many.index)))
        if step == when and done > 0:
            raise BuildFailed("the disk is full")

    monkeypatch.setattr(indexer.store.last_build, "replace_file", noted)
    try:
        build(many.settings, today=TODAY, progress=progress)
        outcome = Outcome.PUBLISHED
    except BuildFailed:
        outcome = Outcome.FAILED
    last = read_last_build(many.index)
    assert last
    assert last.outcome is outcome
    assert meanwhile >= {1}
    assert then == [[]]


def test_what_a_killed_build_left_of_its_texts_goes_with_the_next(
    many: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "_O_TMPFILE_WORKS", False)  # as on a file system where every file has a name
    named: list[Path] = []

    def unlink(path: str, unlinked: Callable[[str], None] = os.unlink) -> None:
        named.append(Path(path))
        unlinked(path)

    with monkeypatch.context() as watched:
        watched.setattr(os, "unlink", unlink)
        read_site(many.settings.content, TODAY, workers=2, spill=SpillFile(tmp_path))
    (left,) = named
    left.write_bytes(b"texts")
    read_site(many.settings.content, TODAY, workers=2, spill=SpillFile(tmp_path))
    assert not left.exists()


def test_progress_counts_every_file_once(many: Site) -> None:
    said: list[tuple[str, int, int]] = []
    read_site(many.settings.content, TODAY, None, lambda step, done, of: said.append((step, done, of)), workers=2)
    files = len(FILES) + 230
    assert said == [("reading", done, files) for done in range(1, files + 1)]


def test_a_small_site_is_read_without_other_processes(many: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a process would have been started")

    monkeypatch.setattr(indexer.content.site, "in_workers", never)
    assert len(read_site(many.settings.content, TODAY).corpus) == 233


def killed(settings: object, today: object, paths: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_ends_the_build_and_nothing_is_published(
    many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer.content.site, "FEWEST_BYTES", 0)
    monkeypatch.setattr(indexer.content.site, "cores", lambda: 2)
    monkeypatch.setattr(indexer.content.site, "_read_batch", killed)
    with pytest.raises(BuildFailed, match="was ended by SIGKILL"):
        many.build()
    with pytest.raises(NothingPublished):
        many.open()
    assert sorted(path.name for path in many.index.rglob("*")) == ["generations", "last_build.json"]


def test_files_that_vanish_while_many_processes_read_end_the_build_and_what_was_published_serves(
    many: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer.content.site, "FEWEST_BYTES", 0)
    monkeypatch.setattr(indexer.content.site, "cores", lambda: 2)
    many.build()

    def unmount(step: str, done: int, of: int) -> None:
        if done == 1:
            many.content.rename(many.content.with_name("unmounted"))

    with pytest.raises(ContentVanished, match="went away"):
        build(many.settings, force=True, today=TODAY, progress=unmount)
    assert generation_ids(many.index) == ["000001"]
    assert len(many.open().posts) == 233


def test_a_file_that_vanishes_though_it_was_known_ends_the_build(many: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    many.build()

    def deleted_after(settings: ContentSettings) -> Listing:
        found = listing(settings)
        (many.content / "3" / "3.md").unlink()
        return found

    monkeypatch.setattr(indexer.content.site, "listing", deleted_after)
    with pytest.raises(ContentVanished, match=r"3/3\.md went away"):
        many.build()
    assert len(many.open().posts) == 233
