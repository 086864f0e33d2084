"""The files below the content folder that may be posts, in the order of their paths; no link is followed."""

from __future__ import annotations

import errno
import hashlib
import os
import posixpath
import re
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote

from indexer.errors import ContentVanished, NoContent
from indexer.settings import ContentSettings
from indexer.store.regular_files import bytes_of, opened_file

# Errors of a listed file that is no longer there, or whose disk or server is gone.
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN}
_LEAF = re.compile(r"/index(?:\.[a-z]{2}(?:-[A-Za-z]{2,4})?)?\.[a-z]+\Z")
_LINK = re.compile(r"\]\((?:<([^<>\n]+)>|([^()\s<>]+))")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may become a post. data: its bytes, or None with the reason why it cannot or must not be read.

    is_gone: whether the file, or the disk or server that it is on, no longer exists.
    """

    path: str
    data: bytes | None
    reason: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths of files that may be posts, sorted, and the status of each folder when it was listed, by path.

    The path of the content folder itself is "".
    """

    root: str
    paths: list[str]
    folders: dict[str, os.stat_result]

    def check_still_there(self) -> None:
        """Raises ContentVanished if a folder was replaced, or can no longer be read.

        So everything that was read is from one content folder, and not from what a link was made to point to.
        """
        for path, before in self.folders.items():
            folder = os.path.join(self.root, path)
            try:
                now = _folder_status(self.root, path)
            except OSError as error:
                raise _vanished(path or self.root, self.root, str(error.strerror)) from None
            if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
                raise _vanished(path or self.root, self.root, "another took its place")
            if now.st_mode != before.st_mode and not os.access(folder, os.R_OK | os.X_OK):
                raise _vanished(path or self.root, self.root, os.strerror(errno.EACCES))


def _folder_status(root: str, path: str) -> os.stat_result:
    """The status of a folder by its path below the root; only the root itself may be a link."""
    return os.stat(os.path.join(root, path), follow_symlinks=not path)


def _vanished(name: str, root: str, reason: str) -> ContentVanished:
    return ContentVanished(
        f"{name} went away while {root} was read ({reason}). If somebody is at work there, build again; "
        "if not, is it still mounted? What was published before still serves"
    )


def source_files(settings: ContentSettings) -> list[str]:
    """The paths below the content folder that may be posts, sorted. Raises as `listing`."""
    return listing(settings).paths


def listing(settings: ContentSettings) -> Listing:
    """The files and folders below the content folder.

    Raises NoContent if it does not exist or cannot be read, and ContentVanished if a folder goes away meanwhile.
    """
    root = os.fspath(settings.directory)
    if not os.path.isdir(root):
        raise NoContent(
            f"the content folder {root} does not exist: name it with --content, mount it, or let `seealso init` find it"
        )
    paths: list[str] = []
    pending = [""]
    folders = {}
    while pending:
        folder = pending.pop()
        try:
            status = _folder_status(root, folder)
            if not stat.S_ISDIR(status.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            with os.scandir(os.path.join(root, folder)) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError as error:
            if not folder:
                raise NoContent(f"the content folder {root} cannot be read ({error.strerror})") from None
            if error.errno in _GONE:
                raise _vanished(folder, root, str(error.strerror)) from None
            paths.append(folder)  # reported like a file that cannot be read
            continue
        folders[folder] = status
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not _is_folder(entry):
                if os.path.splitext(entry.name)[1].lower() in settings.suffixes:
                    paths.append(path)
            elif not entry.is_symlink():
                pending.append(path)
            elif not _is_excluded(f"{path}/", settings):  # what excludes all below a folder excludes a link to one
                paths.append(path)  # likewise
    if settings.summary:
        paths = _in_summaries(paths, settings)
    return Listing(root, sorted(path for path in paths if not _is_excluded(path, settings)), folders)


def _in_summaries(paths: list[str], settings: ContentSettings) -> list[str]:
    """The files that a summary links to; all of them where there is no summary."""
    summaries = [path for path in paths if path.rpartition("/")[2] == settings.summary]
    named: set[str] = set()
    for summary in summaries:
        text = (read_source(settings, summary).data or b"").decode("utf-8", "replace")
        folder = posixpath.dirname(summary)
        for in_brackets, plain in _LINK.findall(_COMMENT.sub("", text)):
            named.add(posixpath.normpath(posixpath.join(folder, unquote(in_brackets or plain))))
    return [path for path in paths if path in named] if summaries else paths


def parts_of_pages(paths: list[str], settings: ContentSettings) -> dict[str, str]:
    """Files that are no pages of their own → the page that they belong to or that stands in their place."""
    found = _second_index_pages(paths, settings.index_names)
    return found | (_resources_of_bundles(paths) if settings.leaf_bundles else {})


def _second_index_pages(paths: list[str], names: tuple[str, ...]) -> dict[str, str]:
    """A README.md in a folder that has an index.md: of all names for the page of a folder the first one counts."""
    found: dict[str, str] = {}
    first: dict[str, tuple[int, str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        stem = name.partition(".")[0]
        if stem in names and name.count(".") == 1 and stem != "_index":
            here = (names.index(stem), path)
            other = first.setdefault(folder, here)
            if other is not here:
                first[folder], second = min(other, here), max(other, here)
                found[second[1]] = first[folder][1]
    return found


def _resources_of_bundles(paths: list[str]) -> dict[str, str]:
    """Files that lie beside or below the index.md of a page of Hugo or Zola → that page."""
    pages = {path.rpartition("/")[0]: path for path in paths if "/" in path and _LEAF.search(path)}
    found = {}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder:
            page = pages.get(folder)
            if page and (folder != path.rpartition("/")[0] or not _LEAF.search(path)):
                found[path] = page
            folder = folder.rpartition("/")[0]
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one; False if that cannot be determined."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_excluded(path: str, settings: ContentSettings) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path, pattern) for pattern in settings.exclude) or any(
        fnmatchcase(name, pattern) for pattern in settings.exclude_names
    )


def listed_source(settings: ContentSettings, path: str) -> SourceFile:
    """A listed file, read from the disk. Raises ContentVanished if it is no longer there."""
    source = read_source(settings, path)
    if source.is_gone:
        raise _vanished(source.path, os.fspath(settings.directory), source.reason)
    return source


def read_source(settings: ContentSettings, path: str) -> SourceFile:
    """A file of the content folder, read from the disk; never fails, but gives the reason instead."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return SourceFile(path.encode("utf-8", "replace").decode(), None, "the file name is not UTF-8")
    if _CONTROL.search(path):
        return SourceFile(_CONTROL.sub("?", path), None, "the file name holds a control character")
    limit = settings.largest_file
    try:
        with opened_file(os.path.join(settings.directory, path)) as descriptor:
            if (size := os.fstat(descriptor).st_size) > limit:
                return SourceFile(path, None, f"{size:,} bytes, more than content.largest_file = {limit:,}")
            return SourceFile(path, bytes_of(descriptor, size + 1))
    except OSError as error:
        return SourceFile(path, None, str(error.strerror), error.errno in _GONE)


def digest_of(source: SourceFile) -> bytes:
    """The SHA-256 of a file's bytes; empty if it could not be read."""
    return b"" if source.data is None else hashlib.sha256(source.data).digest()
