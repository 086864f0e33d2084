"""What `seealso check` finds in the files as they are now, remembered until one of them changes; and its repairs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from indexer.check.findings import Findings, checked
from indexer.check.repair import name_instead, repairs
from indexer.editing.decisions import Decisions
from indexer.editing.edit import Edit
from indexer.editing.saving import read_version
from indexer.editing.write_back import repaired
from indexer.errors import CannotWrite, InvalidQuery, PostGone
from indexer.model import BadReference, Finding, FindingKind, Reference
from indexer.settings import Settings
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


@dataclass(slots=True)
class Checks:
    """The last check of a service."""

    _key: str = ""
    _findings: Findings | None = None

    def now(self, settings: Settings, decisions: Decisions, today: date) -> Findings:
        """The findings of the content folder as it is. Raises NoContent."""
        key = f"{today} {decisions.digest} {_digest_of(settings.content.directory)}"
        if self._findings is None or key != self._key:
            decided = os.path.relpath(settings.decided / DECISIONS, settings.content.directory)
            across = settings.related.across_languages
            self._findings = checked(settings.content, today, decisions, decided, across)
            self._key = key
        return self._findings


def _digest_of(folder: Path) -> str:
    """A digest of which files there are and when they were written."""
    digest = hashlib.sha256()
    for name, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(name, file)
            try:
                status = os.stat(path)
            except OSError:
                continue
            digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


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


def sure_edits(settings: Settings, found: Findings) -> tuple[list[Edit], list[str]]:
    """The edits that mend what is beyond doubt, one a file, and why some cannot be made."""
    edits, refused = [], []
    for path, names in repairs(found.graph.bad, found.corpus, settings.content.site).items():
        try:
            edits.append(repaired(settings.content, path, names))
        except (CannotWrite, PostGone) as error:
            refused.append(str(error))
    return edits, refused


def chosen_edit(settings: Settings, found: Findings, path: str, name: str, candidate: str) -> Edit:
    """The edit that has a name lead to the post that an editor has chosen. Raises InvalidQuery, CannotWrite."""
    reference = _reference(found, path, name)
    new = name_instead(reference, candidate, found.corpus, settings.content.site) if reference else None
    if reference is None or candidate not in reference.candidates or new is None:
        raise InvalidQuery("name", "unknown", "this is no longer to be mended: look at the findings again")
    return repaired(settings.content, path, {Reference(reference.name, reference.line): new})


def _reference(found: Findings, path: str, name: str) -> BadReference | None:
    return next((bad for bad in found.graph.bad if (bad.path, bad.name) == (path, name)), None)
