"""Which files are no longer as the index knows them.

A file is read once, and then only if its status on the disk changes.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field

from indexer.content.build_cache import digests
from indexer.content.files import digest_of, parts_of_pages, source_files
from indexer.content.includes import source_with_includes
from indexer.content.site import in_effect
from indexer.errors import ContentVanished
from indexer.model import ExclusionReason
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot

# Of a file: inode, time of the last change in nanoseconds, size.
Status = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """Files of the content folder that differ from those of a generation, by path.

    status: of each that is new or has changed, so that a later change of it can be told. settings: those of the
    content with what its files say, as a build has them.
    """

    new: frozenset[str]
    changed: frozenset[str]
    gone: frozenset[str]
    status: frozenset[tuple[str, Status]]
    settings: ContentSettings

    def __len__(self) -> int:
        return len(self.new) + len(self.changed) + len(self.gone)


@dataclass(slots=True)
class ChangedFiles:
    """What a process remembers of the files of one generation."""

    _generation: str = ""
    _digests: dict[str, bytes] = field(default_factory=dict)
    _unread: frozenset[str] = frozenset()
    _seen: dict[str, tuple[Status, bool]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def since(self, snapshot: Snapshot, content: ContentSettings) -> Changes:
        """What has changed since a generation was built. Raises NoContent, ContentVanished."""
        with self._lock:
            return self._since(snapshot, content)

    def _since(self, snapshot: Snapshot, content: ContentSettings) -> Changes:
        if self._generation != snapshot.id:
            self._generation, self._digests, self._seen = snapshot.id, digests(snapshot.files), {}
            self._unread = _unread(snapshot) - self._digests.keys()
        paths = source_files(content)
        known = self._digests.keys() | self._unread
        settings = in_effect(content, paths)
        paths = sorted(set(paths) - parts_of_pages(paths, settings).keys())
        built = int(snapshot.built_at.timestamp() * 1e9)
        status = {path: self._status(settings, path, built) for path in paths}
        other = frozenset(path for path in status if self._seen[path][1])
        return Changes(
            new=other - known,
            changed=other & known,
            gone=frozenset(known - status.keys()),
            status=frozenset((path, status[path]) for path in other),
            settings=settings,
        )

    def _status(self, content: ContentSettings, path: str, built: int) -> Status:
        """The status of a file; whether it is another one now is noted."""
        try:
            found = os.stat(content.directory / path)
            status = found.st_ino, found.st_mtime_ns, found.st_size
        except OSError:
            status = 0, 0, 0
        if path not in self._seen or self._seen[path][0] != status:
            self._seen[path] = status, self._is_other(content, path, status[1] >= built)
        return status

    def _is_other(self, content: ContentSettings, path: str, is_newer: bool) -> bool:
        """Of a file whose bytes the index does not know, such as one that could not be read, only its age tells."""
        if path in self._unread:
            return is_newer
        try:
            return digest_of(source_with_includes(content, path)) != self._digests.get(path)
        except ContentVanished:
            return True


def _unread(snapshot: Snapshot) -> frozenset[str]:
    """The files that are left out, but for those that belong to another page."""
    excluded = snapshot.report().excluded
    return frozenset(file.path for file in excluded if file.reason is not ExclusionReason.RESOURCE)
