"""Reads and replaces files of the content folder, and the settings file; nothing else writes there.

Every folder on the path is opened by descriptor, from the content folder on, so that no symbolic link can lead
elsewhere. A file is replaced atomically, and only while it still is what the editor was shown:

    lock the content folder ▸ file unchanged? ▸ may it be replaced? ▸ write a new file with the same owner and mode
    ▸ still unchanged, still the same inode? ▸ rename over the old one ▸ fsync the folder
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from indexer.editing.edit import Edit, version_of
from indexer.errors import CannotWrite, NoContent, PostGone, StaleVersion
from indexer.settings import ContentSettings
from indexer.store.durable import NotDurable, lock, replace_at
from indexer.store.regular_files import LINK, OTHER, bytes_of, opened_file, opened_folder


def read_version(content: ContentSettings, path: str) -> str:
    """The version of a post's file on disk. Raises PostGone, NoContent, CannotWrite."""
    return version_of(read_bytes(content, path))


def read_bytes(content: ContentSettings, path: str) -> bytes:
    """The bytes of a post's file on disk. Raises PostGone, NoContent, CannotWrite."""
    with _explained(content, path, "read"), _opened(content.directory) as root, _folder_of(root, path) as folder:
        return _read(folder, path, content.largest_file)[0]


def settings_folder(file: Path) -> ContentSettings:
    """The folder of a settings file, in the place of a content folder."""
    return ContentSettings(directory=file.parent)


def why_read_only(content: ContentSettings, path: str) -> str:
    """Why a file cannot be replaced, as far as that can be told before it is tried; empty where it can."""
    try:
        with _explained(content, path, "read"), _opened(content.directory) as root, _folder_of(root, path) as folder:
            _, status = _read(folder, path, content.largest_file)
            _refuse_protected(folder, path, status)
            if not os.access(".", os.W_OK, dir_fd=folder, effective_ids=True):
                return f"the folder of {path} is read-only: give the right to write"
    except (CannotWrite, PostGone, NoContent) as error:
        return str(error)
    return ""


def save(content: ContentSettings, edit: Edit) -> None:
    """Replaces a file with the outcome of an edit; owner, mode and extended attributes stay.

    If the process is killed, the file is the old one or the new one. Raises StaleVersion where the file is no longer
    the one that was edited, PostGone, NoContent and CannotWrite.
    """
    if edit.before == edit.after:
        return
    with (
        _explained(content, edit.path, "changed"),
        _opened(content.directory) as root,
        _folder_of(root, edit.path) as folder,
    ):
        _lock(root, content.directory)
        status = _unchanged(folder, edit, content.largest_file)
        _refuse_protected(folder, edit.path, status)
        _replace(folder, edit, status, content.largest_file)


@cache
def is_a_link(directory: Path) -> bool:
    """Whether the content folder was a symbolic link when this was first called, which a service does at its start.

    A link that the settings name is followed wherever it leads, so that a site can be switched by it. A folder that is
    replaced by a link later is refused: behind it may be anything.
    """
    return directory.is_symlink()


@contextmanager
def _explained(content: ContentSettings, path: str, done: str) -> Iterator[None]:
    """Turns errors of the operating system into ours. done: what was not done to the file, "read" or "changed"."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        if not os.path.isdir(content.directory):
            raise NoContent(_missing_folder(content.directory)) from None
        raise PostGone(f"{path} is no longer there: build the index anew") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            reason = "it is, or stands behind, a symbolic link: edit the file that it leads to"
        elif error.strerror == OTHER:
            reason = f"{OTHER}: put the post back, or build the index anew"
        else:
            remedy = "give the right to read" if done == "read" else "make room, or give the right to write"
            reason = f"{error.strerror}: {remedy}"
        raise CannotWrite(f"{path} was not {done}: {reason}") from None


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    """The content folder. Raises NoContent."""
    with ExitStack() as stack:
        try:
            root = stack.enter_context(opened_folder(directory, follow=is_a_link(directory)))
        except (FileNotFoundError, NotADirectoryError):
            raise NoContent(_missing_folder(directory)) from None
        except OSError as error:
            if error.strerror != LINK:
                raise
            raise NoContent(
                f"the content folder {directory} has become a symbolic link: if that is meant, start again what runs"
            ) from None
        yield root


def _missing_folder(directory: Path) -> str:
    return f"the content folder {directory} is not there: mount it, or name it with --content"


@contextmanager
def _folder_of(root: int, path: str) -> Iterator[int]:
    """The folder of a post, opened step by step from the content folder without following a symbolic link."""
    *folders, name = path.split("/")
    if not {*folders, name}.isdisjoint(("", ".", "..")):
        raise CannotWrite(f"{path!r} is not a path below the content folder")
    with ExitStack() as stack:
        descriptor = root
        for folder in folders:
            descriptor = stack.enter_context(opened_folder(folder, descriptor))
        yield descriptor


def _read(folder: int, path: str, largest: int) -> tuple[bytes, os.stat_result]:
    with opened_file(os.path.basename(path), folder) as descriptor:
        data = bytes_of(descriptor, largest + 1)
        if len(data) > largest:
            raise CannotWrite(f"{path} has more bytes than content.largest_file = {largest:,}")
        return data, os.fstat(descriptor)


def _unchanged(folder: int, edit: Edit, largest: int, before: os.stat_result | None = None) -> os.stat_result:
    """The status of a file that still has the bytes before the edit, and the inode of `before`. Raises StaleVersion."""
    data, status = _read(folder, edit.path, largest)
    if data != edit.before or (before and (status.st_dev, status.st_ino) != (before.st_dev, before.st_ino)):
        raise StaleVersion(f"{edit.path} has changed since it was read; nothing was written: look at it again")
    return status


def _refuse_protected(folder: int, path: str, status: os.stat_result) -> None:
    """Raises CannotWrite where a file has other hard links, which replacing would break, or may not be written.

    To replace a file, the system needs no permission to write to it, only to its folder.
    """
    name = os.path.basename(path)
    if status.st_nlink > 1:
        raise CannotWrite(
            f"{path} has {status.st_nlink} names (hard links), which would no longer be one file: edit it by hand"
        )
    if not status.st_mode & stat.S_IWUSR or not os.access(name, os.W_OK, dir_fd=folder, effective_ids=True):
        raise CannotWrite(f"{path} is read-only: give the right to write, or use --patch")


def _replace(folder: int, edit: Edit, before: os.stat_result, largest: int) -> None:
    name = os.path.basename(edit.path)
    try:
        replace_at(
            folder,
            name,
            edit.after,
            prepare=lambda descriptor: _make_like(descriptor, folder, name, before),
            check=lambda: _unchanged(folder, edit, largest, before),
        )
    except NotDurable as error:
        raise CannotWrite(f"{edit.path} is changed, but may be lost if the power fails: {error.strerror}") from None


def _make_like(descriptor: int, folder: int, name: str, before: os.stat_result) -> None:
    """Gives a new file the owner, mode and extended attributes of the one that it replaces."""
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))  # after the owner: chown clears the setuid and setgid bits
    with opened_file(name, folder) as source:
        for attribute in _attributes(source):
            value = os.getxattr(source, attribute)
            if attribute not in _attributes(descriptor) or os.getxattr(descriptor, attribute) != value:
                os.setxattr(descriptor, attribute, value)


def _attributes(descriptor: int) -> list[str]:
    try:
        return os.listxattr(descriptor)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return []
        raise


def _lock(root: int, folder: Path) -> None:
    """One write at a time below the content folder. Waits a little, then raises CannotWrite."""
    try:
        lock(root)
    except TimeoutError:
        raise CannotWrite(f"another write is going on in {folder}: try again") from None
