"""Whatever happens to a build, what was published before still answers, and the next build needs no help.

The faults are real: real builds in processes of their own (tests/faulty_build.py), killed, signalled or refused by the
disk at every single call that changes it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Site, files_of_at_most, post_text

from indexer.build import build
from indexer.errors import BuildFailed
from indexer.settings import Settings
from indexer.snapshot import open_snapshot
from indexer.store.arrays import save
from indexer.store.generation import generation_ids, locked, new_generation
from indexer.store.last_build import LAST_BUILD

POSTS = ("lamb-stew", "rye-bread", "winter-kitchen")
Answer = dict[str, Any]
Run = Callable[[list[dict[str, Any]]], list[Answer]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs builds with faults: a list of requests → a list of answers."""
    driver = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("faulty_build.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("SEEALSO_")},
    )
    assert driver.stdin
    assert driver.stdout
    lines = driver.stdout

    def ask(requests: list[dict[str, Any]]) -> list[Answer]:
        assert driver.stdin
        driver.stdin.write(json.dumps(requests) + "\n")
        driver.stdin.flush()
        answers: list[Answer] = json.loads(next(line for line in lines if line.startswith("\x1e"))[1:])
        return answers

    yield ask
    driver.stdin.close()
    driver.wait(timeout=10)
    lines.close()


def write_edition(site: Site, edition: str) -> None:
    """Three posts that all name their edition, so that an answer that mixes two is seen."""
    for name in POSTS:
        site.post(
            f"{name}.md", name.replace("-", " "), f"Supper of the {edition} edition.\n\n## Oven\n\nhot", tags="[a]"
        )


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with three generations, the third published, and a fourth edition written but not built."""
    site = Site(tmp_path_factory.mktemp("origin"))
    for edition in ("first", "second", "third"):
        write_edition(site, edition)
        site.build()
    write_edition(site, "fourth")
    return site


@pytest.fixture
def copies(origin: Site, tmp_path: Path) -> Callable[[int], list[Path]]:
    """Copies of the index of `origin`; as files are replaced and never changed, links are as good."""
    names = count()

    def make(number: int) -> list[Path]:
        made = [tmp_path / f"index-{next(names)}" for _ in range(number)]
        for index in made:
            shutil.copytree(origin.index, index, copy_function=os.link)
        return made

    return make


def arguments(origin: Site, index: Path) -> list[str]:
    return ["--content", str(origin.content), "--index", str(index), "build"]


def at_index(origin: Site, index: Path) -> Settings:
    return replace(origin.settings, index=replace(origin.settings.index, directory=index))


def edition_served(index: Path) -> str:
    """The edition that all posts of the published generation belong to."""
    snapshot = open_snapshot(index)
    assert snapshot.wrong == ()
    texts = [snapshot.posts.sections(number)[0].text for number in range(len(snapshot.posts))]
    (edition,) = {text.split()[3] for text in texts}
    assert len(texts) == len(POSTS)
    return edition


def things_in(index: Path) -> set[str]:
    """What lies in an index beside complete generations and the note of how the last build ended."""
    found = {path.relative_to(index).as_posix() for path in (*index.iterdir(), *(index / "generations").iterdir())}
    return found - {f"generations/{one}" for one in generation_ids(index)} - {LAST_BUILD}


def heals(origin: Site, index: Path) -> None:
    """The next build needs no help, even if it finds nothing to do: the newest edition serves, nothing else is left."""
    build(at_index(origin, index))
    assert edition_served(index) == "fourth"
    assert things_in(index) == {"current", "generations"}


def calls_of_a_build(run: Run, origin: Site, index: Path) -> list[str]:
    (answer,) = run([{"arguments": arguments(origin, index), "fault": "none"}])
    assert answer["exit"] == 0, answer["err"]
    return [str(call) for call in answer["calls"]]


Sweep = Callable[..., list[tuple[str, Path, Answer]]]
PARTS = 6  # of the longest sweeps, so that several workers share them
in_parts = pytest.mark.parametrize("part", range(PARTS))


@pytest.fixture
def sweep(run: Run, origin: Site, copies: Callable[[int], list[Path]], exhaustive: bool) -> Sweep:
    """Builds with a fault at every call (or every third …) that a build makes: the call, the index, the answer.

    part: one of PARTS that are all calls together; each has the call that publishes, so that it knows what comes after.
    """

    def make(fault: str, every: int = 1, part: int | None = None) -> list[tuple[str, Path, Answer]]:
        (dry,) = copies(1)
        calls = calls_of_a_build(run, origin, dry)
        places = places_in(calls, every, exhaustive)
        if part is not None:
            places = sorted({*places[part::PARTS], calls.index("replace current") + 1})
        indexes = copies(len(places))
        requests = [
            {"arguments": arguments(origin, index), "fault": fault, "at": at}
            for at, index in zip(places, indexes, strict=True)
        ]
        return list(zip([calls[at - 1] for at in places], indexes, run(requests), strict=True))

    return make


def places_in(calls: list[str], every: int, exhaustive: bool) -> list[int]:
    """Which calls get a fault, counted from 1. A sample are those around the step that publishes, and a few others."""
    places = list(range(1, len(calls) + 1, every))
    if exhaustive:
        return places
    snapshot = calls.index("replace current") + 1
    return sorted({*places[::20], *range(snapshot - 4, snapshot + 4)})


# ------------------------------------------------------------------------------------------------------ killed


@in_parts
def test_a_build_killed_at_any_call_that_changes_the_disk_leaves_a_whole_edition_served(
    sweep: Sweep, origin: Site, part: int
) -> None:
    served = []
    for call, index, answer in sweep("SIGKILL", part=part):
        assert answer["exit"] == 137, (call, answer["err"])
        served.append((call, edition_served(index)))
        heals(origin, index)
    switched = next(place for place, (call, _) in enumerate(served) if call == "replace current")
    assert {edition for _, edition in served[: switched + 1]} == {"third"}
    assert {edition for _, edition in served[switched + 1 :]} == {"fourth"}


def test_a_first_build_killed_at_any_call_publishes_nothing_or_all(
    run: Run, origin: Site, tmp_path: Path, exhaustive: bool
) -> None:
    calls = calls_of_a_build(run, origin, tmp_path / "dry")
    places = places_in(calls, 4, exhaustive)
    indexes = [tmp_path / f"first-{at}" for at in places]
    run(
        [
            {"arguments": arguments(origin, index), "fault": "SIGKILL", "at": at}
            for at, index in zip(places, indexes, strict=True)
        ]
    )
    for index in indexes:
        if (index / "current").exists():
            assert edition_served(index) == "fourth"
        heals(origin, index)


@pytest.mark.parametrize(("fault", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_build_that_is_told_to_stop_cleans_up_at_once(sweep: Sweep, origin: Site, fault: str, code: int) -> None:
    for call, index, answer in sweep(fault, every=5):
        assert answer["exit"] == code, (call, answer["err"])
        assert "stopped" in answer["err"], call
        assert "Traceback" not in answer["err"], call
        assert edition_served(index) in ("third", "fourth")
        assert things_in(index) == {"current", "generations"}, call
        heals(origin, index)


# ------------------------------------------------------------------------------------------- a disk that refuses


@in_parts
def test_a_disk_that_fills_up_at_any_call_ends_the_build_with_the_cause_and_nothing_left_behind(
    sweep: Sweep, origin: Site, part: int
) -> None:
    ended = 0
    for call, index, answer in sweep("ENOSPC", every=2, part=part):
        assert "Traceback" not in answer["err"], call
        if answer["exit"] == 0:  # the last calls remove, which a full disk lets them, and note how the build ended
            assert call.startswith(("replace", "fsync", "rename", "unlink", "rmdir")) or LAST_BUILD in call, call
            assert edition_served(index) == "fourth", call
        else:
            assert answer["exit"] == 74, (call, answer["err"])
            assert "No space left on device" in answer["err"], call
            assert edition_served(index) == "third", call
            ended += 1
        assert things_in(index) == {"current", "generations"}, call
        heals(origin, index)
    assert ended


@pytest.mark.parametrize("kind", ["open", "write", "mkdir", "fsync"])
def test_a_full_disk_ends_a_build_whatever_kind_of_call_meets_it(
    run: Run, origin: Site, copies: Callable[[int], list[Path]], kind: str
) -> None:
    dry, index = copies(2)
    calls = calls_of_a_build(run, origin, dry)
    at = next(place for place, call in enumerate(calls, 1) if call.split()[0] == kind)
    (answer,) = run([{"arguments": arguments(origin, index), "fault": "ENOSPC", "at": at}])
    assert answer["exit"] == 74, (calls[at - 1], answer["err"])
    assert "No space left on device" in answer["err"]
    assert edition_served(index) == "third"


@in_parts
def test_any_single_call_that_fails_leaves_a_whole_edition_served(sweep: Sweep, origin: Site, part: int) -> None:
    for call, index, answer in sweep("EIO", part=part):
        assert "Traceback" not in answer["err"], (call, answer["err"])
        assert answer["exit"] in (0, 74), (call, answer["err"])
        new_one_serves = answer["exit"] == 0 or "generation 000004 serves" in answer["err"]
        assert edition_served(index) == ("fourth" if new_one_serves else "third"), (call, answer["err"])
        if answer["exit"]:
            assert "Input/output error" in answer["err"], call
        heals(origin, index)


def test_a_file_that_cannot_grow_ends_the_build_with_the_cause(
    run: Run, origin: Site, copies: Callable[[int], list[Path]]
) -> None:
    sizes = [0, 1, 2, 8, 50, 100, 130, 150, 200, 300, 400, 700, 1_000, 2_000]
    indexes = copies(len(sizes))
    answers = run(
        [
            {"arguments": arguments(origin, index), "fault": "file size", "at": size}
            for size, index in zip(sizes, indexes, strict=True)
        ]
    )
    for size, index, answer in zip(sizes, indexes, answers, strict=True):
        assert answer["exit"] == 74, (size, answer["err"])
        assert "File too large" in answer["err"], (size, answer["err"])
        assert len(answer["err"].splitlines()) == 1
        assert edition_served(index) == "third"
        assert things_in(index) == {"current", "generations"}, size
        heals(origin, index)


def test_an_array_that_was_written_in_part_ends_the_build_with_the_cause(tmp_path: Path) -> None:
    why = pytest.raises(BuildFailed, match=r"1000000 requested and \d+ written .*still serves")
    with locked(tmp_path), files_of_at_most(1_000), why:
        write_array(tmp_path)


def write_array(index: Path) -> None:
    with new_generation(index) as directory:
        save(directory / "array.npy", np.zeros(1_000_000))


@pytest.fixture
def for_everybody() -> Iterator[Path]:
    """A folder that another user can reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_an_index_folder_that_may_not_be_written_is_named(run: Run, for_everybody: Path) -> None:
    (for_everybody / "content").mkdir()
    (for_everybody / "content" / "a.md").write_text(post_text("Lamb stew"))
    parent = for_everybody / "closed"
    parent.mkdir(mode=0o555)
    request = ["--content", str(for_everybody / "content"), "--index", str(parent / "index"), "build"]
    (answer,) = run([{"arguments": request, "fault": "nobody"}])
    assert list(parent.iterdir()) == []
    assert (answer["exit"], answer["err"]) == (
        74,
        (
            f"seealso: the index folder {parent / 'index'} cannot be written (Permission denied): "
            "name another with --index\n"
        ),
    )


def test_an_index_that_belongs_to_somebody_else_serves_on(run: Run, for_everybody: Path) -> None:
    site = Site(for_everybody / "site")
    write_edition(site, "third")
    site.build()
    write_edition(site, "fourth")
    for folder in (site.index, site.index / "generations"):
        folder.chmod(0o555)
    (answer,) = run([{"arguments": arguments(site, site.index), "fault": "nobody"}])
    for folder in (site.index, site.index / "generations"):
        folder.chmod(0o755)  # so that whoever made it can remove it
    assert "Permission denied" in answer["err"]
    assert str(site.index) in answer["err"]
    assert answer["exit"] == 74
    heals(site, site.index)


def test_a_file_in_the_place_of_the_index_is_named_and_kept(run: Run, origin: Site, tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.write_text("my notes")
    (answer,) = run([{"arguments": arguments(origin, index), "fault": "none"}])
    assert index.read_text() == "my notes"
    assert str(index) in answer["err"]
    assert answer["exit"] == 74


# ------------------------------------------------------------------------------------------------ several at once


@pytest.mark.parametrize("builds", [2, 4])
def test_of_builds_at_once_exactly_one_builds(
    run: Run, origin: Site, copies: Callable[[int], list[Path]], tmp_path: Path, builds: int
) -> None:
    (index,) = copies(1)
    request = {"arguments": arguments(origin, index), "fault": "gate", "gate": str(tmp_path / "gate")}
    # The one with the lock waits at its first file until all others have ended: they did not wait for it.
    answers = run([request] * builds)
    assert sorted(answer["exit"] for answer in answers) == [0, *[75] * (builds - 1)]
    refused = f"seealso: another build or rollback is at work in {index}; this one did nothing\n"
    assert {answer["err"] for answer in answers if answer["exit"]} == {refused}
    assert generation_ids(index) == ["000002", "000003", "000004"]
    assert edition_served(index) == "fourth"


def test_a_rollback_is_refused_while_a_build_is_at_work(
    run: Run, origin: Site, copies: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    (index,) = copies(1)
    gate = tmp_path / "gate"
    built = {"arguments": arguments(origin, index), "fault": "gate", "gate": str(gate)}
    rolled_back = {"arguments": ["--index", str(index), "rollback"], "fault": "gate", "gate": str(gate), "after": True}
    building, refused = run([built, rolled_back])
    assert building["exit"] == 0, building["err"]
    assert edition_served(index) == "fourth"
    assert refused["exit"] == 75
