"""The ways in which one finding can be mended, each with what it would write, for an editor to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexer.check.repair import name_instead
from indexer.editing.edit import Edit
from indexer.editing.write_back import repaired, without_name
from indexer.errors import CannotWrite, InvalidQuery, PostGone
from indexer.model import BadReference, Finding, Reference
from indexer.settings import ContentSettings
from service.desk.checking import Known, is_mended_here

# Posts of which an editor may choose one.
MOST_CHOICES = 5


@dataclass(frozen=True, slots=True)
class Repair:
    """One way to mend a finding. meant: what is led to then; empty where the name goes out of its list.

    edit: None where it cannot be written; `refused` then says why.
    """

    meant: str
    edit: Edit | None
    refused: str = ""


def finding_of(known: Known, kind: str, path: str, subject: str) -> Finding:
    """The finding that an address names. Raises InvalidQuery where there is none that can be mended here."""
    found = (one for one in known.findings if (str(one.kind), one.path, one.subject) == (kind, path, subject))
    finding = next(found, None)
    if finding is None or not is_mended_here(known, finding):
        raise InvalidQuery("subject", "unknown", "this is no longer to be mended: look at the findings again")
    return finding


def repairs_of(content: ContentSettings, known: Known, finding: Finding) -> list[Repair]:
    """The ways to mend a finding, the likeliest first. Raises NoContent."""
    return list(_of_name(content, known, known.references[finding.path, finding.subject]))


def _of_name(content: ContentSettings, known: Known, reference: BadReference) -> Iterator[Repair]:
    path, name = reference.path, reference.name
    for candidate in reference.candidates[:MOST_CHOICES]:
        if new := name_instead(reference, candidate, known.checked.posts, content.site):
            changes = {Reference(name, reference.line): new}
            yield _repair(candidate, lambda: repaired(content, path, changes))  # noqa: B023  # called at once
    yield _repair("", lambda: without_name(content, path, name))


def _repair(meant: str, write: Callable[[], Edit]) -> Repair:
    try:
        return Repair(meant, write())
    except (CannotWrite, PostGone) as error:
        return Repair(meant, None, str(error))
