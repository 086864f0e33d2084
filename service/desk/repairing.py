"""The ways in which one finding can be mended, each with what it would write, for an editor to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from indexer.check.link_repair import anchor_instead, links_instead, relinked
from indexer.check.repair import name_instead
from indexer.content.reader import read_file
from indexer.editing.edit import Edit
from indexer.editing.write_back import repaired, without_name
from indexer.errors import CannotWrite, ContentVanished, InvalidQuery, PostGone
from indexer.model import BadReference, Finding, FindingKind, Post, Reference
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


def repairs_of(content: ContentSettings, known: Known, finding: Finding, today: date) -> list[Repair]:
    """The ways to mend a finding, the likeliest first. today: as for a build. Raises NoContent."""
    match finding.kind:
        case FindingKind.DEAD_LINK:
            return list(_of_link(content, known, finding))
        case FindingKind.BAD_ANCHOR:
            return list(_of_anchor(content, known, finding, today))
    return list(_of_name(content, known, known.references[finding.path, finding.subject]))


def _of_link(content: ContentSettings, known: Known, finding: Finding) -> Iterator[Repair]:
    candidates, posts = finding.candidates[:MOST_CHOICES], known.checked.posts
    for candidate, target in links_instead(known.changes.settings, posts, finding, candidates):
        yield _repair(candidate, lambda: relinked(content, finding, target))  # noqa: B023  # called at once


def _of_anchor(content: ContentSettings, known: Known, finding: Finding, today: date) -> Iterator[Repair]:
    """The anchor that is most like the bad one, of the page as its file is now."""
    path = finding.candidates[0] if finding.candidates else finding.path
    try:
        page = read_file(known.changes.settings, path, today).found
    except ContentVanished:
        return
    target = anchor_instead(page, finding.subject) if isinstance(page, Post) else None
    if target:
        yield _repair(f"#{target.partition('#')[2]}", lambda: relinked(content, finding, target))


def _of_name(content: ContentSettings, known: Known, reference: BadReference) -> Iterator[Repair]:
    path, name = reference.path, reference.name
    others = [one for one in reference.candidates if one != path]  # no post belongs into its own list
    for candidate in others[:MOST_CHOICES]:
        if new := name_instead(reference, candidate, known.checked.posts, content.site):
            changes = {Reference(name, reference.line): new}
            yield _repair(candidate, lambda: repaired(content, path, changes))  # noqa: B023  # called at once
    yield _repair("", lambda: without_name(content, path, name))


def _repair(meant: str, write: Callable[[], Edit]) -> Repair:
    try:
        return Repair(meant, write())
    except (CannotWrite, PostGone) as error:
        return Repair(meant, None, str(error))
