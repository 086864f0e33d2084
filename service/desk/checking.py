"""What is broken or to be looked at: as the build found it, with the files that have changed since.

A check of a whole site takes seconds, which no page may: the build has made it, and its findings are in the generation.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from indexer.check.recheck import Rechecked, rechecked
from indexer.check.repair import repairs
from indexer.editing.changes import ChangedFiles, Changes
from indexer.editing.decisions import Decisions
from indexer.editing.edit import Edit
from indexer.editing.saving import read_version
from indexer.editing.write_back import repaired
from indexer.errors import CannotWrite, PostGone
from indexer.model import BadReference, Finding, FindingKind
from indexer.settings import Settings
from indexer.snapshot import Snapshot
from indexer.store.state_directory import DECISIONS
from service.desk.pairs import Sent

# Kinds of what is wrong with a name in a list; of what is not published, links in texts are found, too.
_OF_LISTS = (FindingKind.DANGLING, FindingKind.AMBIGUOUS, FindingKind.NOT_PUBLISHED)


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as the page shows it. is_mended_here: by one of several repairs, which a page of its own shows.

    version: of the file, where the candidate can be added to the list in it; else empty.
    """

    finding: Finding
    is_mended_here: bool = False
    version: str = ""

    @property
    def sent(self) -> Sent:
        """The candidate in the list of the finding's post, as a form of the suggestions sends it."""
        return Sent(self.finding.path, self.finding.candidates[0], self.version)


@dataclass(frozen=True)
class Known:
    """The findings, and which files differ from those that the build has checked."""

    checked: Rechecked
    changes: Changes

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.checked.found.findings

    @cached_property
    def references(self) -> dict[tuple[str, str], BadReference]:
        """The names in lists that lead nowhere, by file and name."""
        return {(bad.path, bad.name): bad for bad in self.checked.found.graph.bad}


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


def rows(settings: Settings, known: Known, findings: Sequence[Finding]) -> Iterator[Row]:
    """Some of the findings, with what can be done about each."""
    for finding in findings:
        version = ""
        if finding.kind is FindingKind.ONE_WAY:
            with suppress(CannotWrite, PostGone):
                version = read_version(settings.content, finding.path)
        yield Row(finding, is_mended_here(known, finding), version)


def is_mended_here(known: Known, finding: Finding) -> bool:
    """Whether an editor may choose a repair of a finding, as repairing.py works it out."""
    if finding.kind is FindingKind.DEAD_LINK:
        return bool(finding.candidates)
    is_of_list = finding.kind in _OF_LISTS and (finding.path, finding.subject) in known.references
    return is_of_list or finding.kind is FindingKind.BAD_ANCHOR


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
