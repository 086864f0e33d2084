"""The files below the content folder that may be posts: found in the order of their paths, no link followed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase

from indexer.errors import ContentVanished, NoContent
from indexer.settings import ContentSettings
from indexer.store.regular_files import bytes_of, opened_file

# What the system says where a file that was listed is no longer there, or where the disk or server under it is gone.
_GONE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ESTALE,
    errno.EIO,
    errno.ENOTCONN,
    errno.ETIMEDOUT,
    errno.EHOSTDOWN,
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may become a post. data: its bytes, or None with the reason where it must not be read.

    is_gone: whether it is not there at all, or what it lies on is not.
    """

    path: str
    data: bytes | None
    reason: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that may be posts, sorted, and the folders that were seen, each as it was: "" is the content folder."""

    root: str
    paths: list[str]
    folders: dict[str, os.stat_result]

    def check_still_there(self) -> None:
        """Raises ContentVanished where a folder is another by now, or may no longer be read.

        So what was read is one content folder, not the halves of two, and nothing that a link came to lead to.
        """
        for below, then in self.folders.items():
            folder = os.path.join(self.root, below)
            try:
                now = _folder_status(self.root, below)
            except OSError as error:
                raise _vanished(below or self.root, self.root, str(error.strerror)) from None
            if (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino):
                raise _vanished(below or self.root, self.root, "another took its place")
            if now.st_mode != then.st_mode and not os.access(folder, os.R_OK | os.X_OK):
                raise _vanished(below or self.root, self.root, os.strerror(errno.EACCES))


def _folder_status(root: str, below: str) -> os.stat_result:
    """The content folder itself may be a link; no folder below it may."""
    return os.stat(os.path.join(root, below), follow_symlinks=not below)


def _vanished(name: str, root: str, reason: str) -> ContentVanished:
    return ContentVanished(
        f"{name} went away while {root} was read ({reason}). If somebody is at work there, build again; "
        "if not, is it still mounted? What was published before still serves"
    )


def source_files(settings: ContentSettings) -> list[str]:
    """The paths below the content folder that may be posts, sorted. Raises as `listing`."""
    return listing(settings).paths


def listing(settings: ContentSettings) -> Listing:
    """What lies below the content folder. Raises NoContent where there is no such folder, or it cannot be read, and
    ContentVanished where a folder goes away meanwhile."""
    root = os.fspath(settings.directory)
    if not os.path.isdir(root):
        raise NoContent(f"the content folder {root} does not exist: name it with --content, or mount it")
    paths: list[str] = []
    folders = [""]
    seen = {}
    while folders:
        below = folders.pop()
        try:
            status = _folder_status(root, below)
            if not stat.S_ISDIR(status.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            with os.scandir(os.path.join(root, below)) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError as error:
            if not below:
                raise NoContent(f"the content folder {root} cannot be read ({error.strerror})") from None
            if error.errno in _GONE:
                raise _vanished(below, root, str(error.strerror)) from None
            paths.append(below)  # the report names it like a file that cannot be read
            continue
        seen[below] = status
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if not _is_folder(entry):
                if os.path.splitext(entry.name)[1].lower() in settings.suffixes:
                    paths.append(path)
            elif entry.is_symlink():
                paths.append(path)  # likewise
            else:
                folders.append(path)
    return Listing(root, sorted(path for path in paths if not _excluded(path, settings)), seen)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether something is a folder, or a link to one; what cannot be looked at is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _excluded(path: str, settings: ContentSettings) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in settings.exclude)


def listed_source(settings: ContentSettings, path: str) -> SourceFile:
    """A file that was listed, as it is on the disk. Raises ContentVanished where it is no longer there."""
    source = read_source(settings, path)
    if source.is_gone:
        raise _vanished(source.path, os.fspath(settings.directory), source.reason)
    return source


def read_source(settings: ContentSettings, path: str) -> SourceFile:
    """A file of the content folder as it is on the disk."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return SourceFile(path.encode("utf-8", "replace").decode(), None, "the file name is not UTF-8")
    if _CONTROL.search(path):
        return SourceFile(_CONTROL.sub("?", path), None, "the file name holds a control character")
    limit = settings.largest_file
    try:
        with opened_file(settings.directory / path) as descriptor:
            if (size := os.fstat(descriptor).st_size) > limit:
                return SourceFile(path, None, f"{size:,} bytes, more than content.largest_file = {limit:,}")
            return SourceFile(path, bytes_of(descriptor, limit + 1))
    except OSError as error:
        return SourceFile(path, None, str(error.strerror), error.errno in _GONE)


def digest_of(source: SourceFile) -> bytes:
    """SHA-256 of a file's bytes; empty where there are none."""
    return b"" if source.data is None else hashlib.sha256(source.data).digest()
