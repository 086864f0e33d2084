"""The findings of a generation, with what can be told at once of the files that have changed since.

    generation ──▶ findings as of its build ──┬─▶ unchanged files: as they were
    changed files ──▶ read anew ──────────────┘   changed ones: their lists, and whether what was found is still there

What lists name is exact, also where a post that others name has come, gone or moved. Of links in texts, tags and all
that concerns the whole site only what is mended is told; new faults of that kind are found by the next build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from indexer.check.findings import Findings, in_order, of_reference, unreadable, with_unreadable_decisions
from indexer.check.repair import with_repairable
from indexer.check.source_text import line_of
from indexer.check.stored_findings import read_findings
from indexer.content.files import read_source
from indexer.content.front_matter import BadFrontMatter, decode
from indexer.content.reader import read_file
from indexer.editing.changes import Changes
from indexer.editing.decisions import Decisions, dismissed_targets
from indexer.errors import ContentVanished
from indexer.links.graph import ReferenceChecker
from indexer.links.resolver import without_suffix
from indexer.model import BadReference, Excluded, ExclusionReason, Finding, FindingKind, Graph, Post, StoredPost
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot

_IN_TEXT = (FindingKind.DEAD_LINK, FindingKind.BAD_ANCHOR, FindingKind.MISSING_IMAGE, FindingKind.NOT_PUBLISHED)
# Files whose names a list may mean though nothing is published of them yet.
_NAMED = frozenset(ExclusionReason) - {
    ExclusionReason.BAD,
    ExclusionReason.DUPLICATE,
    ExclusionReason.EMPTY,
    ExclusionReason.NO_FRONT_MATTER,
    ExclusionReason.RESOURCE,
}


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Findings with the posts as their files are now, by which a repair is worked out."""

    found: Findings
    posts: tuple[Post | StoredPost, ...]


def rechecked(snapshot: Snapshot, changes: Changes, decisions: Decisions, decided: str, today: date) -> Rechecked:
    """What is known of a site now. decisions, decided, today: as for `findings.checked`. Raises DamagedGeneration."""
    found = read_findings(snapshot)
    if not changes:
        posts: tuple[Post | StoredPost, ...] = tuple(snapshot.posts)
    else:
        now = _Now(snapshot, changes, today)
        posts, found = now.posts, now.of(found)
    found = _without_dismissed(with_unreadable_decisions(found, decisions, decided), decisions, snapshot)
    return Rechecked(found, posts)


def _without_dismissed(found: Findings, decisions: Decisions, snapshot: Snapshot) -> Findings:
    """Without the pairs that an editor has dismissed since."""
    dismissed = dismissed_targets(decisions.decided, snapshot)
    number = {post.path: post.number for post in snapshot.posts} if dismissed else {}

    def is_dismissed(one: Finding) -> bool:
        pair = number.get(one.path, -1), number.get(one.subject)
        return one.kind is FindingKind.ONE_WAY and pair[1] in dismissed.get(pair[0], ())

    return replace(
        found,
        findings=tuple(one for one in found.findings if not is_dismissed(one)),
        suggested=tuple(one for one in found.suggested if one[1] not in dismissed.get(one[0], ())),
    )


class _Now:
    """The files that have changed, read anew among all the others.

    posts: all posts as they are now, in no order that means anything.
    """

    def __init__(self, snapshot: Snapshot, changes: Changes, today: date) -> None:
        self._settings = changes.settings
        stored = list(snapshot.posts)
        self._read: dict[str, Post | Excluded] = {}
        self._gone = set(changes.gone)
        self._read_anew(changes.new | changes.changed, today)
        self._read_anew(self._naming(stored, snapshot.report().bad_references), today)
        anew = {path: found for path, found in self._read.items() if isinstance(found, Post)}
        kept = [post for post in stored if post.path not in self._read and post.path not in self._gone]
        self.posts: tuple[Post | StoredPost, ...] = (*anew.values(), *kept)
        hidden = self._hidden(snapshot)
        self._numbers = {one.path: number for number, one in enumerate((*self.posts, *hidden))}
        self._checker = ReferenceChecker(self.posts, hidden, changes.settings.site)
        self._listed = {path: self._targets(post) for path, post in anew.items()}
        self._led_to = {path: targets | self._linked(anew[path]) for path, targets in self._listed.items()}

    def _read_anew(self, paths: Iterable[str], today: date) -> None:
        for path in paths:
            try:
                self._read[path] = read_file(self._settings, path, today).found
            except ContentVanished:
                self._gone.add(path)

    def _naming(self, stored: list[StoredPost], bad: Iterable[BadReference]) -> set[str]:
        """The other files whose lists name, or may mean, a post that is gone or may be called otherwise now."""
        moved = [post for post in stored if post.path in self._gone or _is_moved(post, self._read.get(post.path))]
        numbers, paths = {post.number for post in moved}, {post.path for post in moved} | self._gone
        naming = {post.path for post in stored if not numbers.isdisjoint(post.curated)}
        naming |= {one.path for one in bad if not paths.isdisjoint(one.candidates)}
        return naming - self._read.keys() - self._gone

    def _hidden(self, snapshot: Snapshot) -> list[Excluded]:
        """What is not published, with the names that it will have. Of unchanged files only the paths are known."""
        hidden = [found for found in self._read.values() if isinstance(found, Excluded) and found.post]
        for file in snapshot.report().excluded:
            if file.reason in _NAMED and file.path not in self._read and file.path not in self._gone:
                name = without_suffix(file.path)
                hidden.append(Excluded(file.path, file.reason, post=Post(name, file.path, f"/{name}/", name)))
        return hidden

    def _targets(self, post: Post) -> set[str]:
        """The paths of the posts that a list names."""
        found = self._checker.targets(self._numbers[post.path], post)
        return {self.posts[one[0]].path for one in found if len(one) == 1 and one[0] < len(self.posts)}

    def _linked(self, post: Post) -> set[str]:
        found = [self._checker.resolver.resolve(link, self._numbers[post.path]) for link in post.links]
        return {self.posts[one[0]].path for one in found if len(one) == 1 and one[0] < len(self.posts)}

    def of(self, found: Findings) -> Findings:
        """Findings as of the build, brought up to date."""
        bad = self._bad(found.graph.bad)
        of_lists = set(map(of_reference, found.graph.bad))
        others = (one for one in found.findings if one not in of_lists)
        posts = [read for read in self._read.values() if isinstance(read, Post)]
        excluded = [read for read in self._read.values() if isinstance(read, Excluded)]
        findings = [*map(of_reference, bad), *unreadable(posts, excluded), *self._still_there(others)]
        return replace(found, findings=in_order(findings), graph=replace(found.graph, bad=tuple(bad)))

    def _bad(self, stored: Iterable[BadReference]) -> list[BadReference]:
        """The references that lead nowhere now. What history or similarity said of one as of the build still counts."""
        known = {(bad.path, bad.name): bad for bad in stored}
        bad = [one for one in known.values() if self._leads_nowhere(one)]
        for path, read in self._read.items():
            post = read if isinstance(read, Post) else read.post
            if post:
                number = self._numbers[path]
                new = self._checker.bad(number, post, self._checker.targets(number, post))
                bad += (self._as_known(one, known.get((path, one.name))) for one in new)
        graph = with_repairable(Graph((), (), tuple(bad)), self.posts, self._settings.site)
        return sorted(graph.bad, key=lambda one: (one.path, one.line or 0))

    def _leads_nowhere(self, bad: BadReference) -> bool:
        """Whether a reference of an unchanged file still does."""
        if bad.path in self._read or bad.path in self._gone:
            return False
        number = self._numbers.get(bad.path)
        found = self._checker.resolver.resolve(bad.name, number)
        return len(found) != 1 or found[0] >= len(self.posts)

    def _as_known(self, new: BadReference, known: BadReference | None) -> BadReference:
        is_same = known and known.problem is new.problem and set(known.candidates) <= self._numbers.keys()
        return replace(known, line=new.line) if known and is_same else new

    def _still_there(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        texts: dict[str, str] = {}
        for one in findings:
            if one.path in self._gone or (one.kind is FindingKind.UNREADABLE and one.path in self._read):
                continue
            if one.kind in _IN_TEXT and one.path in self._read:
                if one.path not in texts:
                    texts[one.path] = _text_of(self._settings, one.path)
                if line := line_of(texts[one.path], one.subject):
                    yield replace(one, line=line)
            elif not self._is_mended(one):
                yield one

    def _is_mended(self, one: Finding) -> bool:
        read = self._read.get(one.path)
        if isinstance(read, Excluded):
            return True
        match one.kind:
            case FindingKind.ONE_WAY:
                curator = self._read.get(one.subject)
                is_named = curator is None or one.path in self._listed.get(one.subject, ())
                return not is_named or one.subject in self._gone or one.subject in self._led_to.get(one.path, ())
            case FindingKind.ORPHAN:
                return any(one.path in targets for path, targets in self._led_to.items() if path != one.path)
            case FindingKind.SINGLE_TAG:
                return read is not None and one.subject not in {tag.casefold() for tag in read.tags}
        return False


def _is_moved(post: StoredPost, now: Post | Excluded | None) -> bool:
    """Whether other names lead to a post now, or none. now: None if it has not changed."""
    if now is None or isinstance(now, Excluded):
        return now is not None
    return (now.id, now.url, now.aliases) != (post.id, post.url, post.aliases)


def _text_of(settings: ContentSettings, path: str) -> str:
    try:
        return decode(read_source(settings, path).data or b"")
    except BadFrontMatter:
        return ""
