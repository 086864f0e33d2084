"""The journal: a line for each write of an editor, by which it is known who did what, and by which it is taken back.

    {"id": "5f0c…", "at": "2026-06-01T12:00:00Z", "by": "ana", "action": "accepted", "post": "rye", "targets": ["oat"],
     "path": "rye.md", "before": "90f1…", "after": "0123…", "patch": "--- a/rye.md…"}

It lies beside the decisions and is no part of the site: it stays out of git, and the oldest lines go where it becomes
too long. The line of a write comes first, and goes again if the write fails, so that no write is without one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from indexer.editing.edit import Edit
from indexer.editing.saving import read_version, save
from indexer.errors import CannotWrite, SeeAlsoError
from indexer.model import PostFacts
from indexer.settings import ContentSettings
from indexer.store.durable import exclusive_lock, replace_file
from indexer.store.regular_files import read
from indexer.store.state_directory import JOURNAL, READABLE, keep_out_of_git

# Bytes of the journal: some two thousand writes.
LONGEST_JOURNAL = 1_000_000
# Bytes of a patch. A longer one has a line in it that nobody can read; what it did cannot be taken back.
LONGEST_PATCH = 64_000


@dataclass(frozen=True, slots=True)
class Signature:
    """Who decides, and when. by: the name of a token, or of a user of this machine."""

    by: str
    at: datetime

    @property
    def moment(self) -> str:
        """The time in UTC, to the second: 2026-06-01T12:00:00Z."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Action(StrEnum):
    """What an editor did."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    REMOVED = "removed"
    DISMISSED = "dismissed"
    LATER = "later"
    UNDONE = "undone"
    SKIPPED = "skipped"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    ALIASED = "aliased"
    UNALIASED = "unaliased"
    JOINED = "joined"  # synonyms
    PARTED = "parted"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One write. at: as `Signature.moment`. post: its id; empty where the settings were written. targets: ids of posts;
    where names were repaired, the new names, and where one was removed, that one; of pins, aliases and synonyms their
    texts.

    path, before, after, patch: of a write into a file, its path below the content folder, or below the folder of the
    settings, the versions of it and the change. lines: of a decision, what stood in decisions.jsonl for each target
    before (None: nothing) and what does since. undoes: the id of the entry that was taken back.
    """

    id: str
    at: str
    by: str
    action: Action
    post: str
    targets: tuple[str, ...]
    path: str = ""
    before: str = ""
    after: str = ""
    patch: str = ""
    lines: tuple[tuple[str | None, str], ...] = ()
    undoes: str = ""


def new_id() -> str:
    return secrets.token_hex(8)


def record(
    content: ContentSettings,
    folder: Path,
    edit: Edit,
    action: Action,
    post: PostFacts | None,
    targets: Sequence[str],
    signature: Signature,
) -> None:
    """Saves an edit together with its line in the journal; nothing where nothing changes.

    post: None where the file is that of the settings, and content its folder. folder: of decisions. Raises what `save`
    raises, and CannotWrite where the journal cannot be written.
    """
    if not edit.changed:
        return
    entry = entry_of(edit, action, post.id if post else "", targets, signature)
    add(folder, entry)
    try:
        save(content, edit)
    except SeeAlsoError:
        with suppress(SeeAlsoError):
            if read_version(content, edit.path) != edit.new_version:  # it may be there, and not be safe yet
                _remove(folder, entry.id)
        raise


def skip(folder: Path, post: PostFacts, signature: Signature) -> None:
    """Notes that an editor passed over a post; nothing is decided. Raises CannotWrite."""
    add(folder, Entry(new_id(), signature.moment, signature.by, Action.SKIPPED, post.id, ()))


def skipped(folder: Path) -> frozenset[str]:
    """The ids of posts that were passed over and not decided of since. Raises CannotWrite."""
    last = {entry.post: entry.action for entry in entries(folder)}
    return frozenset(post for post, action in last.items() if action is Action.SKIPPED)


def entry_of(
    edit: Edit, action: Action, post: str, targets: Sequence[str], signature: Signature, undoes: str = ""
) -> Entry:
    """The line of a write into a file."""
    patch = edit.patch()
    return Entry(
        new_id(),
        signature.moment,
        signature.by,
        action,
        post,
        tuple(targets),
        path=edit.path,
        before=edit.version,
        after=edit.new_version,
        patch=patch if len(patch.encode()) <= LONGEST_PATCH else "",
        undoes=undoes,
    )


def latest(folder: Path, most: int = 20, by: str | None = None) -> tuple[Entry, ...]:
    """The last entries, the newest first. by: only those of one editor. Raises CannotWrite where it cannot be read."""
    found = [entry for entry in reversed(entries(folder)) if by is None or entry.by == by]
    return tuple(found[:most])


def entries(folder: Path) -> list[Entry]:
    """All entries, the oldest first; a line that cannot be read is passed over. Raises CannotWrite."""
    found = []
    for line in _lines(folder):
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            found.append(_decode(line))
    return found


_decode = msgspec.json.Decoder(Entry).decode


def add(folder: Path, entry: Entry) -> None:
    """Adds a line. Raises CannotWrite."""
    try:
        with exclusive_lock(folder):
            add_locked(folder, entry)
    except OSError as error:
        raise _unwritten(folder, error) from None


def add_locked(folder: Path, entry: Entry) -> None:
    """The same inside the lock on the folder."""
    try:
        keep_out_of_git(folder, JOURNAL)
        _write(folder, [*_lines(folder), msgspec.json.encode(entry)])
    except (OSError, UnicodeDecodeError) as error:
        raise _unwritten(folder, error) from None


def _remove(folder: Path, entry: str) -> None:
    with suppress(OSError), exclusive_lock(folder):
        remove_locked(folder, entry)


def remove_locked(folder: Path, entry: str) -> None:
    """Takes a line out again whose write has failed, inside the lock on the folder. Raises OSError, CannotWrite."""
    beginning = f'{{"id":"{entry}"'.encode()
    _write(folder, [line for line in _lines(folder) if not line.startswith(beginning)])


def _lines(folder: Path) -> list[bytes]:
    try:
        return read(folder / JOURNAL).split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CannotWrite(f"{folder / JOURNAL} cannot be read ({error.strerror}): move it away") from None


def _write(folder: Path, lines: Sequence[bytes]) -> None:
    """Writes the last of some lines, as many as may be kept."""
    first, left = len(lines), LONGEST_JOURNAL
    while first and (left := left - len(lines[first - 1]) - 1) >= 0:
        first -= 1
    replace_file(folder / JOURNAL, b"".join(line + b"\n" for line in lines[first:]), READABLE)


def _unwritten(folder: Path, error: OSError | UnicodeDecodeError) -> CannotWrite:
    reason = error.strerror if isinstance(error, OSError) else ".gitignore is no UTF-8"
    return CannotWrite(f"{folder / JOURNAL} cannot be written ({reason}), and nothing is changed without a line in it")
