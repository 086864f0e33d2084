"""A file of the content folder is replaced whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import known_of

from indexer.editing.edit import Edit, version_of
from indexer.editing.saving import read_version, save
from indexer.errors import CannotWrite, NoContent, PostGone, SeeAlsoError, StaleVersion
from indexer.settings import ContentSettings
from indexer.store import durable

OLD, NEW = b"---\nrelated: [rye]\n---\nOld.\n", b"---\nrelated: [rye, stew]\n---\nOld.\n"
EDIT = Edit("food/bread.md", OLD, NEW, ("stew",))


@pytest.fixture
def content(tmp_path: Path) -> ContentSettings:
    """A content folder with one post in a folder of its own."""
    folder = tmp_path / "content" / "food"
    folder.mkdir(parents=True)
    (folder / "bread.md").write_bytes(OLD)
    return ContentSettings(directory=tmp_path / "content")


@pytest.fixture
def file(content: ContentSettings) -> Path:
    return content.directory / EDIT.path


def test_a_saved_edit_keeps_mode_and_attributes_and_leaves_nothing_else(content: ContentSettings, file: Path) -> None:
    file.chmod(0o640)
    try:
        os.setxattr(file, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    save(content, EDIT)
    assert file.read_bytes() == NEW
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.getxattr(file, "user.note") == b"mine"
    assert os.listdir(file.parent) == ["bread.md"]
    assert read_version(content, EDIT.path) == EDIT.new_version == version_of(NEW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_saved_edit_keeps_the_owner(content: ContentSettings, file: Path) -> None:
    os.chown(file, 1234, 2345)
    save(content, EDIT)
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)


def test_an_edit_that_changes_nothing_touches_nothing(content: ContentSettings, file: Path) -> None:
    before = known_of(file)
    save(content, Edit(EDIT.path, OLD, OLD))
    assert known_of(file) == before


def linked(file: Path) -> None:
    file.rename(file.parent / "other.md")
    file.symlink_to("other.md")


def folder_linked(file: Path) -> None:
    file.parent.rename(file.parents[1] / "other")
    file.parent.symlink_to("other")


@pytest.mark.parametrize(
    ("done", "error", "reason"),
    [
        pytest.param(linked, CannotWrite, "symbolic link", id="a symbolic link"),
        pytest.param(folder_linked, CannotWrite, "symbolic link", id="in a folder that is one"),
        pytest.param(lambda file: os.link(file, file.parent / "other"), CannotWrite, "hard links", id="a hard link"),
        pytest.param(lambda file: file.chmod(0o444), CannotWrite, "read-only", id="read-only"),
        pytest.param(lambda file: file.unlink(), PostGone, "no longer there", id="gone"),
        pytest.param(lambda file: file.write_bytes(OLD + b"more"), StaleVersion, "has changed", id="changed"),
    ],
)
def test_what_must_not_be_replaced_is_refused_and_left_as_it_is(
    content: ContentSettings, file: Path, done: Callable[[Path], object], error: type[SeeAlsoError], reason: str
) -> None:
    done(file)
    before = {path: path.read_bytes() for path in content.directory.rglob("*") if path.is_file()}
    with pytest.raises(error, match=reason):
        save(content, EDIT)
    assert {path: path.read_bytes() for path in content.directory.rglob("*") if path.is_file()} == before


def test_a_fifo_and_a_folder_are_no_posts(content: ContentSettings, file: Path) -> None:
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(CannotWrite, match="not a regular file"):
        save(content, EDIT)
    file.unlink()
    file.mkdir()
    with pytest.raises(CannotWrite, match="not a regular file"):
        save(content, EDIT)


@pytest.mark.parametrize("path", ["../outside.md", "food/../../outside.md", "/etc/hostname", "food//bread.md", "", "."])
def test_nothing_outside_the_content_folder_is_reached(content: ContentSettings, path: str) -> None:
    (content.directory.parent / "outside.md").write_bytes(OLD)
    with pytest.raises(CannotWrite, match="not a path below the content folder"):
        save(content, Edit(path, OLD, NEW))
    assert (content.directory.parent / "outside.md").read_bytes() == OLD


CALLS = ("flock", "open", "fchmod", "fsync", "replace")


def faulty(monkeypatch: pytest.MonkeyPatch, call: str, nth: int, fault: Callable[[], object]) -> None:
    """Lets the nth use of a call of the system go wrong."""
    module = fcntl if call == "flock" else os
    real, used = getattr(module, call), [0]

    def wrapped(*given: Any, **named: Any) -> Any:
        used[0] += 1
        if used[0] == nth:
            fault()
        return real(*given, **named)

    monkeypatch.setattr(module, call, wrapped)


@pytest.mark.parametrize(("call", "nth"), [(call, nth) for call in CALLS for nth in range(1, 8)])
def test_killed_at_any_step_the_file_is_the_old_one_or_the_new_one(
    content: ContentSettings, file: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    """And the next write goes through and clears up."""
    child = os.fork()
    if not child:
        faulty(monkeypatch, call, nth, lambda: os.kill(os.getpid(), 9))
        save(content, EDIT)
        os._exit(0)
    os.waitpid(child, 0)
    now = file.read_bytes()
    assert now in (OLD, NEW)
    save(content, Edit(EDIT.path, now, NEW + b"More.\n"))
    assert file.read_bytes() == NEW + b"More.\n"
    assert os.listdir(file.parent) == ["bread.md"]


def fail(number: int) -> Callable[[], object]:
    def fault() -> None:
        raise OSError(number, os.strerror(number))

    return fault


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize(("call", "nth"), [(call, nth) for call in CALLS[1:] for nth in range(1, 7)])
def test_what_the_system_refuses_is_said_and_leaves_the_old_file_or_the_new_one(
    content: ContentSettings, file: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int, number: int
) -> None:
    with monkeypatch.context() as patched:
        faulty(patched, call, nth, fail(number))
        try:
            save(content, EDIT)
            message = ""
        except CannotWrite as error:
            message = str(error)
    assert os.listdir(file.parent) == ["bread.md"]
    last_sync = "may be lost if the power fails" in message
    assert file.read_bytes() == (NEW if not message or last_sync else OLD)
    assert not message or os.strerror(number) in message


def test_a_disk_without_room_leaves_the_old_file(content: ContentSettings, file: Path) -> None:
    """A real fault: the process may write no more than a few bytes."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
        try:
            save(content, EDIT)
        except CannotWrite:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert file.read_bytes() == OLD
    assert os.listdir(file.parent) == ["bread.md"]


def test_what_is_changed_between_the_looks_is_not_lost(
    content: ContentSettings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(monkeypatch, "fchmod", 1, lambda: file.write_bytes(b"Somebody's own words.\n"))
    with pytest.raises(StaleVersion, match="has changed since it was read"):
        save(content, EDIT)
    assert file.read_bytes() == b"Somebody's own words.\n"


def test_what_is_swapped_for_a_link_between_the_looks_is_not_followed(
    content: ContentSettings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(monkeypatch, "fchmod", 1, lambda: linked(file))
    with pytest.raises(CannotWrite, match="symbolic link"):
        save(content, EDIT)
    assert file.is_symlink()
    assert (file.parent / "other.md").read_bytes() == OLD


def test_of_two_writers_at_once_one_is_told_and_nothing_is_lost(content: ContentSettings, file: Path) -> None:
    for _ in range(50):
        file.write_bytes(OLD)
        start = threading.Barrier(2)
        outcomes: list[str] = []

        def write(after: bytes, start: threading.Barrier = start, outcomes: list[str] = outcomes) -> None:
            start.wait()
            try:
                save(content, Edit(EDIT.path, OLD, after))
                outcomes.append(after.decode())
            except StaleVersion:
                outcomes.append("stale")

        writers = [threading.Thread(target=write, args=(OLD + more,)) for more in (b"One.\n", b"Two.\n")]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert sorted(outcomes) == sorted(["stale", file.read_text()])


def test_a_content_folder_that_is_not_there_is_not_taken_for_a_post_that_is_gone(
    content: ContentSettings, file: Path
) -> None:
    gone = ContentSettings(directory=content.directory / "unmounted")
    with pytest.raises(NoContent, match=r"the content folder .*unmounted is not there"):
        read_version(gone, file.name)
    with pytest.raises(NoContent):
        save(gone, EDIT)


def test_a_writer_that_never_ends_is_not_waited_for(
    content: ContentSettings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "LOCK_SECONDS", 0.1)
    held = os.open(content.directory, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(CannotWrite, match="another write is going on in"):
        save(content, EDIT)
    os.close(held)
    assert file.read_bytes() == OLD
