"""What is broken or to be looked at: as the build found it, with the files that have changed since; and its repairs.

A check of a whole site takes seconds, which no page may: the build has made it, and its findings are in the generation.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from indexer.check.recheck import Rechecked, rechecked
from indexer.check.repair import name_instead, repairs
from indexer.editing.changes import ChangedFiles, Changes
from indexer.editing.decisions import Decisions
from indexer.editing.edit import Edit
from indexer.editing.saving import read_version
from indexer.editing.write_back import repaired
from indexer.errors import CannotWrite, InvalidQuery, PostGone
from indexer.model import BadReference, Finding, FindingKind, Reference
from indexer.settings import Settings
from indexer.snapshot import Snapshot
from indexer.store.state_directory import DECISIONS
from service.desk.pairs import Sent

# Kinds that are mended by writing another name into a list.
_NAMES = (FindingKind.DANGLING, FindingKind.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as the page shows it. version: of its file, where something can be written into it; else empty."""

    finding: Finding
    version: str

    @property
    def is_name(self) -> bool:
        """Whether one of the candidates can be written in place of a name."""
        return bool(self.version) and self.finding.kind in _NAMES

    @property
    def sent(self) -> Sent:
        """The candidate in the list of the finding's post, as a form of the suggestions sends it."""
        return Sent(self.finding.path, self.finding.candidates[0], self.version)


@dataclass(frozen=True, slots=True)
class Known:
    """The findings, and which files differ from those that the build has checked."""

    checked: Rechecked
    changes: Changes

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.checked.found.findings


@dataclass(slots=True)
class Checks:
    """What a service knows of the findings, until something changes."""

    _files: ChangedFiles
    _key: object = None
    _known: Known | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, snapshot: Snapshot, settings: Settings, decisions: Decisions, today: date) -> Known:
        """The findings. Raises NoContent, ContentVanished, DamagedGeneration."""
        with self._lock:
            changes = self._files.since(snapshot, settings.content)
            key = snapshot.id, today, decisions.digest, changes.gone, changes.status
            if self._known is None or key != self._key:
                file = os.path.relpath(settings.decided / DECISIONS, settings.content.directory)
                self._known = Known(rechecked(snapshot, changes, decisions, file, today), changes)
                self._key = key
            return self._known


def rows(settings: Settings, findings: Sequence[Finding]) -> Iterator[Row]:
    """Findings with the versions of the files that a repair would write."""
    for finding in findings:
        version = ""
        if finding.candidates and finding.kind in (*_NAMES, FindingKind.ONE_WAY):
            try:
                version = read_version(settings.content, finding.path)
            except (CannotWrite, PostGone):
                version = ""
        yield Row(finding, version)


def sure_edits(settings: Settings, known: Known) -> tuple[list[Edit], list[str]]:
    """The edits that mend what is beyond doubt, one a file, and why some cannot be made."""
    edits, refused = [], []
    checked = known.checked
    for path, names in repairs(checked.found.graph.bad, checked.posts, settings.content.site).items():
        try:
            edits.append(repaired(settings.content, path, names))
        except (CannotWrite, PostGone) as error:
            refused.append(str(error))
    return edits, refused


def chosen_edit(settings: Settings, known: Known, path: str, name: str, candidate: str) -> Edit:
    """The edit that has a name lead to the post that an editor has chosen. Raises InvalidQuery, CannotWrite."""
    reference = _reference(known, path, name)
    new = name_instead(reference, candidate, known.checked.posts, settings.content.site) if reference else None
    if reference is None or candidate not in reference.candidates or new is None:
        raise InvalidQuery("name", "unknown", "this is no longer to be mended: look at the findings again")
    return repaired(settings.content, path, {Reference(reference.name, reference.line): new})


def _reference(known: Known, path: str, name: str) -> BadReference | None:
    return next((bad for bad in known.checked.found.graph.bad if (bad.path, bad.name) == (path, name)), None)
