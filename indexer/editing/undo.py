"""The last decision of an editor, taken back: the bytes of the post, or the lines of decisions.jsonl, as they were.

Only what the decision wrote is taken away, and only while it is still there just so: a file that somebody has changed
since is left alone, and the patch is shown. What is taken back is written into the journal, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from indexer.editing import journal
from indexer.editing.decisions import restore
from indexer.editing.edit import Edit, version_of, without_patch
from indexer.editing.journal import Action, Entry, Signature
from indexer.editing.saving import read_bytes, save, settings_folder
from indexer.errors import CannotUndo, NothingToUndo
from indexer.settings import ContentSettings


def undo(
    content: ContentSettings,
    folder: Path,
    signature: Signature,
    entry_id: str | None = None,
    settings_file: Path | None = None,
) -> Entry:
    """Takes back the last decision of the editor who signs, or the one with this id, and returns it.

    folder: of decisions. settings_file: into which synonyms are written, if there is one. Raises NothingToUndo;
    CannotUndo where the file or the line has changed since; PostGone, NoContent, StaleVersion, BadDecisions and
    CannotWrite as any write does.
    """
    entry = _wanted(folder, signature.by, entry_id)
    if entry.path:
        written_in = content if entry.post else _folder_of_settings(settings_file, entry)
        edit = _edit_back(written_in, entry)
        save(written_in, edit)
        undone = journal.entry_of(edit, Action.UNDONE, entry.post, entry.targets, signature, entry.id)
        journal.add(folder, undone)
    else:
        undone = Entry(
            journal.new_id(), signature.moment, signature.by, Action.UNDONE, entry.post, entry.targets, undoes=entry.id
        )
        restore(folder, entry, undone)
    return entry


def taken_back(entries: Iterable[Entry]) -> set[str]:
    """The ids of entries that one of these takes back."""
    return {entry.undoes for entry in entries if entry.undoes}


def undoable(entries: Sequence[Entry]) -> list[Entry]:
    """Those of some entries that can be taken back, as far as these tell, in their order."""
    gone = taken_back(entries)
    return [entry for entry in entries if entry.action not in (Action.UNDONE, Action.SKIPPED) and entry.id not in gone]


def _wanted(folder: Path, by: str, entry_id: str | None) -> Entry:
    left = undoable(journal.entries(folder))
    found = [entry for entry in left if (entry.by == by if entry_id is None else entry.id == entry_id)]
    if found:
        return found[-1]
    if entry_id is None:
        raise NothingToUndo(f"{by} has decided nothing that could be taken back: `seealso undo --list` shows the last")
    raise NothingToUndo(
        f"no decision with the id {entry_id!r} is left to take back: `seealso undo --list` shows the last"
    )


def _folder_of_settings(file: Path | None, entry: Entry) -> ContentSettings:
    if file is None or file.name != entry.path:
        raise CannotUndo(f"{entry.path} is not the settings file here; nothing was written", entry.patch)
    return settings_folder(file)


def _edit_back(content: ContentSettings, entry: Entry) -> Edit:
    """The edit that gives a file its earlier bytes again; one without a change where it has them already."""
    now = read_bytes(content, entry.path)
    if version_of(now) == entry.before:  # it was taken back and not noted, or never written
        return Edit(entry.path, now, now)
    if version_of(now) != entry.after:
        raise CannotUndo(
            f"{entry.path} has changed since {entry.by} wrote it ({entry.at}); nothing was written: take away by hand "
            "what this patch added",
            entry.patch,
        )
    try:
        before = without_patch(now, entry.patch)
    except ValueError:
        before = now
    if version_of(before) != entry.before:
        raise CannotUndo(f"{entry.path}: the journal does not hold all of that change: take it back by hand")
    return Edit(entry.path, now, before)
