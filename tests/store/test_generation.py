"""One generation serves, whole and checked; what is damaged is named and the last good one answers instead."""

from __future__ import annotations

import json
import mmap
import os
import re
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from conftest import TODAY, Site, sampled, unsealed

from indexer.build import build
from indexer.check import stored_findings
from indexer.cli import main
from indexer.content import build_cache
from indexer.errors import BuildBusy, BuildFailed, DamagedGeneration, NothingPublished
from indexer.model import EngineName, Manifest, SearchRequest
from indexer.related import storage
from indexer.search import lexicon, metadata, signs
from indexer.search.columnar import inverted_index
from indexer.search.query import parse
from indexer.snapshot import Snapshot, open_snapshot
from indexer.store import posts, report
from indexer.store.generation import current_id, generation_ids, locked, point_to, rollback, rolled_back_id, seal
from indexer.store.manifest import FORMAT, MANIFEST
from indexer.text import simhash

FILES = (
    MANIFEST,
    report.FILE,
    stored_findings.FILE,
    *posts.FILES,
    simhash.FILE,
    *build_cache.FILES,
    *lexicon.FILES,
    *metadata.FILES,
    *signs.FILES,
    *inverted_index.FILES,
    *storage.FILES,
)


def edition(site: Site, name: str) -> None:
    """Builds a generation whose only difference is the word `name` in each of its posts."""
    for post in ("lamb", "rye"):
        site.post(f"{post}.md", f"The {post} recipe", f"Supper, {name} edition.")
    site.build()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with an old and a new generation, built once: hundreds of tests damage a copy of it."""
    site = Site(tmp_path_factory.mktemp("origin"))
    edition(site, "old")
    edition(site, "new")
    return site


@pytest.fixture
def two(site: Site, origin: Site) -> Site:
    """A site with an old and a new generation; the new one is published."""
    return site.copy(origin)


def served(index: Path) -> str:
    """The words of the lamb recipe that a visitor would see."""
    return shown(open_snapshot(index))


def shown(snapshot: Snapshot) -> str:
    (hit,) = snapshot.reader.search(SearchRequest(parse("lamb"))).hits
    return snapshot.posts.sections(hit.post.number)[0].text


def seealso(site: Site, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--content", str(site.content), "--index", str(site.index), *arguments])


def the_file(site: Site, pattern: str) -> Path:
    (found,) = (site.index / "generations" / "000002").glob(pattern)
    return found


# ------------------------------------------------------------------------------------------------------ damage


def test_every_file_of_a_generation_is_among_those_damaged_here(two: Site) -> None:
    folder = two.index / "generations" / "000002"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {the_file(two, pattern).relative_to(folder).as_posix() for pattern in FILES} == there


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x04
    unsealed(file).write_bytes(data)


def cut(file: Path) -> None:
    os.truncate(unsealed(file), file.stat().st_size - 1)


def emptied(file: Path) -> None:
    os.truncate(unsealed(file), 0)


DAMAGES = (flipped, cut, emptied, Path.unlink)


# Every third, so that the damages take turns.
@pytest.mark.parametrize(("pattern", "damage"), sampled(product(FILES, DAMAGES), 3))
def test_a_damaged_file_is_named_and_the_generation_before_it_serves(
    two: Site, pattern: str, damage: Callable[[Path], None]
) -> None:
    file = the_file(two, pattern)
    damage(file)
    snapshot = open_snapshot(two.index)
    (wrong,) = snapshot.wrong
    assert file.name in str(wrong)
    assert "generation 000002" in str(wrong)
    assert shown(snapshot) == "Supper, old edition."


@pytest.mark.parametrize("pattern", sampled(FILES, 4))
def test_status_names_the_damage_and_the_next_build_mends_it(two: Site, pattern: str) -> None:
    file = the_file(two, pattern)
    flipped(file)
    status = seealso(two, "status")
    assert status.exit_code == 65
    assert file.name in status.stderr
    assert "generation 000002" in status.stderr
    assert "generation 000001 serves" in status.stdout
    report = two.build()
    assert (report.changed, report.generation) == (True, "000003")
    snapshot = open_snapshot(two.index)
    assert snapshot.wrong == ()
    assert shown(snapshot) == "Supper, new edition."


def test_no_flipped_bit_of_a_small_generation_goes_unseen(two: Site, exhaustive: bool) -> None:
    for pattern in FILES if exhaustive else FILES[::12]:
        file = the_file(two, pattern)
        data = unsealed(file).read_bytes()
        for place in {0, 1, len(data) // 3, len(data) - 2, len(data) - 1}:
            for bit in (0x01, 0x80):
                file.write_bytes(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
                assert len(open_snapshot(two.index).wrong) == 1, (pattern, place, bit)
        file.write_bytes(data)
    assert open_snapshot(two.index).wrong == ()


@pytest.mark.parametrize(
    "said", [b"", b"000002\n", b"000 02\n", b"latest\n", b"../../etc\n", b"\xff\xfe\x00", b"2\n", b"000002\n000001\n"]
)
def test_a_damaged_current_is_named_and_a_whole_generation_serves(two: Site, said: bytes) -> None:
    (two.index / "current").write_bytes(said)
    status = seealso(two, "status")
    assert status.exit_code == 65
    assert str(two.index / "current") in status.stderr
    assert served(two.index) == "Supper, new edition."
    assert two.build().generation == "000003"
    assert seealso(two, "status").exit_code == 0


def test_a_missing_current_is_named_and_the_newest_generation_serves(two: Site) -> None:
    (two.index / "current").unlink()
    status = seealso(two, "status")
    assert f"{two.index / 'current'} is missing" in status.stderr
    assert status.exit_code == 65
    assert served(two.index) == "Supper, new edition."
    assert two.build().generation == "000003"


def test_each_flipped_bit_of_current_is_harmless_or_named(site: Site) -> None:
    """Also one that makes it the id of another generation that is there."""
    for name in ("first", "second", "third"):
        edition(site, name)
    with locked(site.index):
        rollback(site.index)
    current = site.index / "current"
    said = current.read_bytes()
    assert said.startswith(b"000002 instead of 000003 ")
    seen = 0
    for place, bit in product(range(len(said)), range(8)):
        current.write_bytes(said[:place] + bytes([said[place] ^ 1 << bit]) + said[place + 1 :])
        try:
            assert (current_id(site.index), rolled_back_id(site.index)) == ("000002", "000003"), (place, bit)
        except DamagedGeneration as error:
            assert str(current) in str(error)  # noqa: PT017  # what is not harmless is named
            seen += 1
    assert seen > 8 * len(said) - 8


def test_a_flipped_digit_of_current_serves_the_newest_generation_and_is_named(two: Site) -> None:
    current = two.index / "current"
    current.write_text(current.read_text().replace("000002", "000001"))
    (wrong,) = open_snapshot(two.index).wrong
    assert f"{current} is not what was written" in str(wrong)
    assert served(two.index) == "Supper, new edition."
    assert two.build().generation == "000003"
    assert open_snapshot(two.index).wrong == ()


def test_a_current_that_names_no_generation_is_damage(two: Site) -> None:
    point_to(two.index, "000009")
    (wrong,) = open_snapshot(two.index).wrong
    assert "generation 000009" in str(wrong)
    assert served(two.index) == "Supper, new edition."
    assert two.build().generation == "000010"  # an id that was once given is not given again


@pytest.mark.parametrize("name", ["notes.txt", "fulltext/extra.seg", "related/.hidden"])
def test_a_file_that_does_not_belong_there_is_named(two: Site, name: str) -> None:
    (two.index / "generations" / "000002" / name).write_text("hello")
    (wrong,) = open_snapshot(two.index).wrong
    assert f"{name} does not belong there" in str(wrong)
    assert served(two.index) == "Supper, old edition."


def test_where_every_generation_is_damaged_the_newest_is_named_and_nothing_is_answered(two: Site) -> None:
    for one in ("000001", "000002"):
        flipped(two.index / "generations" / one / "posts" / "facts.npy")
    with pytest.raises(DamagedGeneration, match=r"generation 000002 is damaged: posts/facts\.npy"):
        open_snapshot(two.index)
    search = seealso(two, "search", "lamb")
    assert (search.exit_code, search.stdout) == (65, "")
    assert two.build().generation == "000003"
    assert served(two.index) == "Supper, new edition."


def test_a_manifest_of_another_format_is_refused(two: Site) -> None:
    manifest = unsealed(two.index / "generations" / "000002" / "manifest.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 99}))
    (wrong,) = open_snapshot(two.index).wrong
    assert "generation 000002" in str(wrong)
    assert served(two.index) == "Supper, old edition."


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"seal": 1, "files": 3}', "[" * 50_000])
def test_a_manifest_that_is_none_is_damage_whatever_it_holds(two: Site, text: str) -> None:
    unsealed(two.index / "generations" / "000002" / "manifest.json").write_text(text)
    (wrong,) = open_snapshot(two.index).wrong
    assert "manifest.json" in str(wrong)


class Trap:
    """Unpickling it writes a file."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.write_text, (self.sprung, "sprung")


def test_no_array_is_unpickled_even_if_its_checksum_is_right(two: Site, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    directory = two.index / "generations" / "000002"
    trap = np.array([Trap(sprung)], dtype=object)
    np.save(unsealed(directory / "related" / "neighbours.npy"), trap, allow_pickle=True)
    (directory / "manifest.json").unlink()
    seal(directory, Manifest("000002", FORMAT, EngineName.COLUMNAR, "", "", "2026-06-01T00:00:00+00:00", {"posts": 2}))
    (wrong,) = open_snapshot(two.index).wrong
    assert "neighbours.npy" in str(wrong)
    assert not sprung.exists()


def test_an_opened_generation_answers_on_when_its_files_are_gone(two: Site) -> None:
    snapshot = open_snapshot(two.index)
    shutil.rmtree(two.index)
    (hit,) = snapshot.reader.search(SearchRequest(parse("lamb"))).hits
    assert snapshot.posts.sections(hit.post.number)[0].text == "Supper, new edition."


# ---------------------------------------------------------------------------------------- ids, pruning, rollback


def test_three_generations_are_kept(site: Site) -> None:
    for name in ("first", "second", "third", "fourth", "fifth"):
        edition(site, name)
    assert generation_ids(site.index) == ["000003", "000004", "000005"]
    assert current_id(site.index) == "000005"


def test_the_published_generation_is_never_pruned(site: Site) -> None:
    for name in ("first", "second", "third"):
        edition(site, name)
    point_to(site.index, "000001")
    snapshot = open_snapshot(site.index)
    edition(site, "fourth")
    assert snapshot.id == "000001"
    assert generation_ids(site.index) == ["000002", "000003", "000004"]
    assert current_id(site.index) == "000004"


def test_rollback_publishes_the_generation_before(two: Site) -> None:
    result = seealso(two, "rollback")
    assert result.exit_code == 0
    assert "generation 000001 serves now" in result.stdout
    assert served(two.index) == "Supper, old edition."


def test_a_rollback_holds_until_the_content_changes(two: Site) -> None:
    seealso(two, "rollback")
    assert two.build().changed is False
    assert served(two.index) == "Supper, old edition."
    edition(two, "newest")
    assert served(two.index) == "Supper, newest edition."
    assert current_id(two.index) == "000003"


def test_a_forced_build_takes_a_rollback_back(two: Site) -> None:
    seealso(two, "rollback")
    assert two.build(force=True).generation == "000003"
    assert served(two.index) == "Supper, new edition."


def test_rollback_twice_goes_back_twice(site: Site) -> None:
    for name in ("first", "second", "third"):
        edition(site, name)
    with locked(site.index):
        went_to = [rollback(site.index), rollback(site.index)]
    assert went_to == ["000002", "000001"]
    assert served(site.index) == "Supper, first edition."


def test_rollback_passes_over_a_damaged_generation(site: Site) -> None:
    for name in ("first", "second", "third"):
        edition(site, name)
    flipped(site.index / "generations" / "000002" / "posts" / "texts.npy")
    assert seealso(site, "rollback").exit_code == 0
    assert served(site.index) == "Supper, first edition."


def test_rollback_with_nothing_older_changes_nothing(site: Site) -> None:
    edition(site, "only")
    result = seealso(site, "rollback")
    assert result.exit_code == 66
    assert "no older generation" in result.stderr
    assert served(site.index) == "Supper, only edition."


def test_rollback_before_the_first_build_says_what_to_do(site: Site) -> None:
    result = seealso(site, "rollback")
    assert "seealso build" in result.stderr
    assert result.exit_code == 66


def test_nothing_published_is_no_damage(site: Site) -> None:
    with pytest.raises(NothingPublished, match="run `seealso build`"):
        open_snapshot(site.index)


def test_a_lock_is_refused_at_once_and_free_again_afterwards(site: Site) -> None:
    with locked(site.index), pytest.raises(BuildBusy), locked(site.index):
        pass
    site.post("lamb.md", "Lamb stew")
    assert site.build().changed


def gone(index: Path) -> None:
    shutil.rmtree(index)


def moved(index: Path) -> None:
    index.rename(index.with_name("moved"))


def another_in_its_place(index: Path) -> None:
    moved(index)
    index.mkdir()
    (index / "notes").touch()


@pytest.mark.parametrize("happens", [gone, moved, another_in_its_place], ids=lambda happens: str(happens.__name__))
@pytest.mark.parametrize("step", ["reading", "indexing", "relating", "checking"])
def test_an_index_that_is_moved_or_deleted_during_a_build_ends_it_and_nothing_is_written_elsewhere(
    two: Site, happens: Callable[[Path], None], step: str
) -> None:
    two.post("lamb.md", "The lamb recipe", "Supper, newest edition.")
    root = two.index.parent

    def progress(at: str, done: int, of: int) -> None:
        if at == step and not (root / "moved").exists() and two.index.exists():
            happens(two.index)

    with pytest.raises(BuildFailed, match=f"the index folder {two.index} was moved or deleted"):
        build(two.settings, today=TODAY, progress=progress)
    names = {path.name for path in two.index.rglob("*")} if two.index.exists() else set()
    assert names <= {"notes"}
    assert {path.name for path in root.iterdir()} <= {"content", "index", "moved"}
    if (root / "moved").exists():
        assert served(root / "moved") == "Supper, new edition."


def test_a_half_written_generation_is_never_served(two: Site) -> None:
    building = two.index / "generations" / ".building"
    shutil.copytree(two.index / "generations" / "000001", building)
    assert generation_ids(two.index) == ["000001", "000002"]
    two.build()
    assert not building.exists()


def test_a_sealed_file_cannot_be_opened_for_writing_and_folders_can(two: Site) -> None:
    modes = {path.stat().st_mode & 0o777 for path in (two.index / "generations").rglob("*") if path.is_file()}
    assert modes == {0o444}
    assert all(path.stat().st_mode & 0o200 for path in (two.index / "generations").rglob("*") if path.is_dir())


def test_whoever_may_read_the_index_folder_may_read_all_in_it_whatever_the_umask(site: Site) -> None:
    before = os.umask(0o077)
    try:
        edition(site, "only")
    finally:
        os.umask(before)
    folders = {path.stat().st_mode & 0o777 for path in site.index.rglob("*") if path.is_dir()}
    assert folders == {0o755}
    assert (site.index / "current").stat().st_mode & 0o777 == 0o644
    assert site.index.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("bytes_left", [0, 4_096, 100_000])
@pytest.mark.parametrize("file", ["posts/texts.npy", "fulltext/stream.npy"], ids=["read by slices", "mapped"])
def test_a_file_that_is_cut_while_in_use_is_named(site: Site, file: str, bytes_left: int) -> None:
    site.post("lamb.md", "Lamb stew", "Brown the lamb well. " * 20_000)
    site.build()
    snapshot = site.open()
    snapshot.files.check_not_truncated()
    os.truncate(unsealed(site.index / "generations" / "000001" / file), bytes_left)
    with pytest.raises(DamagedGeneration, match=f"{re.escape(file)} was cut while in use"):
        snapshot.files.check_not_truncated()


@pytest.mark.parametrize("bytes_left", [0, 4_096, 100_000])
def test_a_text_that_was_cut_off_is_never_read_as_a_shorter_one(site: Site, bytes_left: int) -> None:
    site.post("lamb.md", "Lamb stew", "Brown the lamb well. " * 20_000)
    site.build()
    posts = site.open().posts
    os.truncate(unsealed(site.index / "generations" / "000001" / "posts" / "texts.npy"), bytes_left)
    with pytest.raises(DamagedGeneration, match=r"posts/texts\.npy was cut while in use"):
        posts.section(0, 0)


def test_a_file_that_is_cut_between_checking_and_mapping_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post("lamb.md", "Lamb stew", "Brown the lamb well. " * 20_000)
    site.build()
    stream = unsealed(site.index / "generations" / "000001" / "fulltext" / "stream.npy")
    real = mmap.mmap

    def late(descriptor: int, size: int, **more: int) -> mmap.mmap:
        """The moment between two calls is too short to be met otherwise."""
        os.truncate(stream, stream.stat().st_size - 4)
        return real(descriptor, size, **more)

    monkeypatch.setattr(mmap, "mmap", late)
    with pytest.raises(DamagedGeneration, match=r"fulltext/stream\.npy was cut while in use"):
        site.open()


def test_a_small_file_is_held_in_memory_and_may_be_cut(two: Site) -> None:
    snapshot = open_snapshot(two.index)
    for file in (two.index / "generations" / "000002").rglob("*.npy"):
        emptied(file)
    snapshot.files.check_not_truncated()
    (hit,) = snapshot.reader.search(SearchRequest(parse("lamb"))).hits
    assert snapshot.posts.sections(hit.post.number)[0].text == "Supper, new edition."
