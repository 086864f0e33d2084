"""What may stand where a post, the decisions or the tokens should: each is an error of ours, and nothing waits for it.

Nothing outside is read, and no descriptor stays open.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Site, post_text

from indexer.cli import main
from indexer.editing.edit import Edit
from indexer.editing.saving import read_bytes, save
from indexer.errors import CannotWrite, NoContent, PostGone, SeeAlsoError, StaleVersion

OUTSIDE = "what-nobody-may-see"


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Whoever waits for a pipe waits for ever."""

    def stalled(*_: object) -> None:
        raise AssertionError("stalled")

    before = signal.signal(signal.SIGALRM, stalled)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("origin"))
    for name in ("rye", "oat", "grain/barley"):
        site.post(f"{name}.md", f"{name} bread", f"{name}, flour, water and salt for bread.")
    site.build()
    outside = site.content.parent / "outside"
    outside.mkdir()
    for name in ("rye.md", "oat.md", "barley.md"):
        (outside / name).write_text(post_text(OUTSIDE, f"{OUTSIDE}, flour, water and salt for bread."))
    return site


@pytest.fixture
def bakery(site: Site, origin: Site) -> Site:
    """A built site with a post in a folder, and a text outside of it that looks like one of its posts."""
    return site.copy(origin)


def seealso(site: Site, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--content", str(site.content), "--index", str(site.index), *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# ------------------------------------------------------------------------------------------ in the place of a post


def folder(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir()


def pipe(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


def listening(file: Path) -> None:
    file.unlink(missing_ok=True)
    here = os.getcwd()
    os.chdir(file.parent)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(file.name)
    os.chdir(here)


def link(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.symlink_to(outside_of(file) / file.name)


def folder_behind_a_link(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.symlink_to(outside_of(file))


def file_for_a_folder(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.write_text("no folder")


def gone(file: Path) -> None:
    file.unlink()


def outside_of(file: Path) -> Path:
    return next(above / "outside" for above in file.parents if (above / "outside").is_dir())


ODD = [
    pytest.param(folder, 73, "it is not a regular file", id="a folder"),
    pytest.param(pipe, 73, "it is not a regular file", id="a pipe"),
    pytest.param(listening, 73, "it is not a regular file", id="a socket"),
    pytest.param(link, 73, "a symbolic link", id="a link"),
    pytest.param(folder_behind_a_link, 73, "a symbolic link", id="a folder behind a link"),
    pytest.param(file_for_a_folder, 66, "no longer there: build the index anew", id="a file for a folder"),
    pytest.param(gone, 66, "no longer there: build the index anew", id="gone"),
]


@pytest.mark.parametrize(("put", "code", "reason"), ODD)
@pytest.mark.parametrize(
    "command",
    [
        ["suggest", "grain/barley"],
        ["suggest", "--to", "grain/barley"],
        ["accept", "grain/barley", "rye"],
        ["accept", "rye", "grain/barley"],
        ["accept", "--patch", "grain/barley", "rye"],
    ],
    ids=" ".join,
)
def test_a_post_that_is_none_is_named_with_the_reason(
    bakery: Site, put: Callable[[Path], None], code: int, reason: str, command: list[str]
) -> None:
    put(bakery.content / "grain" / "barley.md")
    before = (bakery.content / "rye.md").read_bytes()
    refused = seealso(bakery, *command)
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert refused.stderr.startswith("seealso: grain/barley.md ")
    assert reason in refused.stderr
    assert OUTSIDE not in refused.output
    assert (bakery.content / "rye.md").read_bytes() == before


@pytest.mark.parametrize(("put", "reason"), [pytest.param(*one.values[::2], id=one.id) for one in ODD])
def test_of_a_whole_site_the_other_posts_are_answered_for(
    bakery: Site, put: Callable[[Path], None], reason: str
) -> None:
    put(bakery.content / "grain" / "barley.md")
    done = seealso(bakery, "suggest", "--all")
    assert done.exit_code == 0
    assert reason in done.stderr
    assert done.stderr.endswith("; passed over\n")
    assert "rye bread (rye.md): not beside it yet" in done.stdout
    assert OUTSIDE not in done.output


@pytest.mark.parametrize(("put", "code", "reason"), ODD)
def test_no_descriptor_stays_open(bakery: Site, put: Callable[[Path], None], code: int, reason: str) -> None:
    put(bakery.content / "grain" / "barley.md")
    edit = Edit("grain/barley.md", b"old", b"new")
    before = open_descriptors()
    for _ in range(50):
        for work in (
            lambda: read_bytes(bakery.settings.content, edit.path),
            lambda: save(bakery.settings.content, edit),
        ):
            with pytest.raises(SeeAlsoError, match=reason) as refused:
                work()
            assert refused.value.exit_code == code
    assert open_descriptors() == before


@pytest.mark.parametrize("command", [["suggest", "loop"], ["accept", "rye", "loop"], ["suggest", "rye", "--to"]])
def test_a_link_that_leads_to_itself_is_no_post(
    bakery: Site, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(bakery.content)
    (bakery.content / "loop").symlink_to("loop")
    assert seealso(bakery, *command).exit_code in (0, 66)


# --------------------------------------------------------------------------------------- the content folder itself


def test_a_content_folder_that_is_a_link_is_followed_wherever_it_leads(bakery: Site) -> None:
    releases = [bakery.content.parent / name for name in ("first", "second")]
    for release in releases:
        shutil.copytree(bakery.content, release)
    shutil.rmtree(bakery.content)
    for release in releases:
        bakery.content.unlink(missing_ok=True)
        bakery.content.symlink_to(release.name)
        assert "oat bread" in seealso(bakery, "suggest", "rye").stdout
        assert seealso(bakery, "accept", "rye", "oat").exit_code == 0
        assert "oat" in (release / "rye.md").read_text().partition("\n---\n")[0]


def test_a_content_folder_that_becomes_a_link_meanwhile_is_not_followed(bakery: Site) -> None:
    assert read_bytes(bakery.settings.content, "rye.md")
    bakery.content.rename(bakery.content.parent / "moved")
    bakery.content.symlink_to("outside")
    for work in (
        lambda: read_bytes(bakery.settings.content, "rye.md"),
        lambda: save(bakery.settings.content, Edit("rye.md", read_outside(bakery), b"new")),
    ):
        with pytest.raises(NoContent, match="has become a symbolic link"):
            work()


def read_outside(site: Site) -> bytes:
    return (site.content.parent / "outside" / "rye.md").read_bytes()


@pytest.mark.parametrize("there", ["nothing", "a file"])
@pytest.mark.parametrize("command", [["suggest", "rye"], ["suggest", "--all"], ["accept", "rye", "oat"], ["check"]])
def test_a_content_folder_that_is_gone_is_named(bakery: Site, there: str, command: list[str]) -> None:
    shutil.rmtree(bakery.content)
    if there == "a file":
        bakery.content.write_text("no folder")
    refused = seealso(bakery, *command)
    assert refused.exit_code == 66
    assert f"the content folder {bakery.content} " in refused.stderr


CALLS = ("open", "fstat", "fsync", "replace", "listdir")


@pytest.mark.parametrize(("call", "nth"), [(call, nth) for call in CALLS for nth in range(1, 9)])
@pytest.mark.parametrize("what", ["content", "grain"])
def test_content_that_goes_away_while_it_is_written_is_an_error_of_ours(
    bakery: Site, monkeypatch: pytest.MonkeyPatch, call: str, nth: int, what: str
) -> None:
    path = "grain/barley.md"
    edit = Edit(path, (bakery.content / path).read_bytes(), b"new")
    vanishing = bakery.content if what == "content" else bakery.content / "grain"
    real, used = getattr(os, call), [0]

    def wrapped(*given: object, **named: object) -> object:
        used[0] += 1
        if used[0] == nth:
            vanishing.rename(bakery.content.parent / "away")
            shutil.rmtree(bakery.content.parent / "away")
        return real(*given, **named)

    before = open_descriptors()
    with monkeypatch.context() as patched, suppress(PostGone, NoContent, CannotWrite, StaleVersion):
        patched.setattr(os, call, wrapped)
        save(bakery.settings.content, edit)
    assert open_descriptors() == before


# -------------------------------------------------------------------------------- in the place of what was decided


KEPT_ODD = [one for one in ODD if one.id in ("a folder", "a pipe", "a socket", "a link")]


@pytest.fixture
def decided(bakery: Site) -> Path:
    """The folder of decisions, there and empty; what a link leads to has something dismissed."""
    folder = bakery.settings.decided
    folder.mkdir()
    for name in ("decisions.jsonl", "tokens.json", ".gitignore", ".gitattributes"):
        (bakery.content.parent / "outside" / name).write_text(f'{{"{OUTSIDE}": 1}}\n')
    return folder


@pytest.mark.parametrize(("put", "code", "reason"), KEPT_ODD)
def test_odd_decisions_are_said_and_nothing_is_written_over_them(
    bakery: Site, decided: Path, put: Callable[[Path], None], code: int, reason: str, exhaustive: bool
) -> None:
    put(decided / "decisions.jsonl")
    problem = f"it is {reason.removeprefix('it is ')}"
    kind = (decided / "decisions.jsonl").lstat().st_mode
    before = open_descriptors()
    for _ in range(50 if exhaustive and code == 73 else 2):
        suggested = seealso(bakery, "suggest", "rye")
        refused = seealso(bakery, "dismiss", "rye", "oat")
    assert open_descriptors() == before
    assert suggested.exit_code == 0
    assert f"decisions.jsonl: cannot be read ({problem}); passed over" in suggested.stderr
    assert refused.exit_code == 65
    assert reason in refused.stderr
    assert f"decisions.jsonl: cannot be read ({problem})" in seealso(bakery, "build").stdout
    assert (decided / "decisions.jsonl").lstat().st_mode == kind


@pytest.mark.parametrize(("put", "code", "reason"), KEPT_ODD)
@pytest.mark.parametrize("name", ["tokens.json", ".gitignore"])
def test_no_token_is_made_beside_what_git_or_we_cannot_read(
    bakery: Site, decided: Path, put: Callable[[Path], None], code: int, reason: str, name: str, exhaustive: bool
) -> None:
    put(decided / name)
    before = open_descriptors()
    refused = [seealso(bakery, "token", "new", "ann") for _ in range(50 if exhaustive else 2)]
    assert {(one.exit_code, one.stdout) for one in refused} == {(78, "")}
    assert f"{decided / name}" in refused[0].stderr
    assert reason in refused[0].stderr
    assert open_descriptors() == before
    assert [one.name for one in decided.iterdir() if one.is_file() and not one.is_symlink()] == []


@pytest.mark.parametrize(("put", "code", "reason"), KEPT_ODD)
def test_an_odd_gitattributes_is_left_alone(
    bakery: Site, decided: Path, put: Callable[[Path], None], code: int, reason: str
) -> None:
    put(decided / ".gitattributes")
    kind = (decided / ".gitattributes").lstat().st_mode
    assert seealso(bakery, "dismiss", "rye", "oat").exit_code == 0
    assert (decided / ".gitattributes").lstat().st_mode == kind


def test_a_file_in_the_place_of_the_folder_is_not_taken_for_no_decisions(bakery: Site) -> None:
    bakery.settings.decided.write_text("no folder")
    assert "decisions.jsonl: cannot be read (Not a directory)" in seealso(bakery, "build").stdout
    assert seealso(bakery, "dismiss", "rye", "oat").exit_code == 73
