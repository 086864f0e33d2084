"""What the forms of the desk do: each write on the disk with its line in the journal and in the log, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from indexer.editing.collected import Collected, collect, collected, commit_collected, drop
from indexer.editing.decisions import decide
from indexer.editing.edit import Edit
from indexer.editing.journal import Action, Entry, Signature, entries, latest, record, skip
from indexer.editing.saving import read_version
from indexer.editing.undo import undo as taken_back_by
from indexer.editing.undo import undoable
from indexer.editing.write_back import acceptance
from indexer.errors import CannotUndo, CannotWrite, InvalidQuery, PostGone, SeeAlsoError, StaleVersion
from indexer.model import CurationRule, EditingMode, PostFacts, StoredPost, Verdict
from indexer.settings import ContentSettings, Settings
from indexer.snapshot import Snapshot
from service.desk.pairs import Sent
from service.desk.steering import Steering
from service.editing import note

ACTIONS = {
    (CurationRule.PIN, True): Action.PINNED,
    (CurationRule.PIN, False): Action.UNPINNED,
    (CurationRule.ALIAS, True): Action.ALIASED,
    (CurationRule.ALIAS, False): Action.UNALIASED,
    (CurationRule.SYNONYMS, True): Action.JOINED,
    (CurationRule.SYNONYMS, False): Action.PARTED,
}
# Lines of the journal that are looked through for the last decision of an editor.
_RECENT = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """What accepting would write into one post. edit: None where it cannot be, and `reason` then says why."""

    source: StoredPost
    targets: tuple[StoredPost, ...]
    version: str
    edit: Edit | None
    reason: str = ""

    @property
    def patch(self) -> str:
        return self.edit.patch() if self.edit else ""

    @property
    def added(self) -> list[str]:
        """The lines that are new, without the blanks before them."""
        return [line[1:].strip() for line in self.patch.splitlines()[2:] if line.startswith("+")]


@dataclass(slots=True)
class Outcome:
    """What came of a form with several pairs: one file that has changed holds up no other."""

    done: int = 0
    failed: list[SeeAlsoError] = field(default_factory=list)

    def attempt(self, write: Callable[[], int]) -> None:
        try:
            self.done += write()
        except (CannotWrite, PostGone, StaleVersion) as error:
            self.failed.append(error)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who decides, on what, and where it is written."""

    snapshot: Snapshot
    settings: Settings
    signature: Signature

    def planned(self, pairs: Iterable[Sent]) -> list[Planned]:
        """What accepting some pairs would write, by post. Raises PostNotFound, NoContent."""
        return [self._planned(source, targets, version) for source, targets, version in self._by_source(pairs)]

    def _planned(self, source: StoredPost, targets: tuple[StoredPost, ...], version: str) -> Planned:
        try:
            edit = acceptance(self.settings.content, self.snapshot, source, targets, version)
        except (CannotWrite, PostGone, StaleVersion) as error:
            return Planned(source, targets, version, None, str(error))
        return Planned(source, targets, version, edit)

    def accept(self, pairs: Iterable[Sent]) -> Outcome:
        """Puts targets into the lists of their sources. Raises PostNotFound, NoContent."""
        outcome = Outcome()
        for source, targets, version in self._by_source(pairs):
            outcome.attempt(lambda: self._accepted(source, targets, version))  # noqa: B023  # called at once
        return outcome

    def _accepted(self, source: StoredPost, targets: Sequence[StoredPost], version: str) -> int:
        edit = acceptance(self.settings.content, self.snapshot, source, targets, version)
        ids = [target.id for target in targets]
        if edit.changed and self.collects:
            collect(self.settings.decided, [(source.id, target) for target in ids], self.signature)
            self._note("collected", source.id, ids, version, version)
        elif edit.changed:
            record(self.settings.content, self.settings.decided, edit, Action.ACCEPTED, source, ids, self.signature)
            self._note("accepted", source.id, ids, version, edit.new_version)
        return len(targets)

    def put_aside(self, pairs: Iterable[Sent], verdict: Verdict, because: str) -> Outcome:
        """Dismisses pairs or puts them off. Raises InvalidQuery, BadDecisions, PostNotFound, NoContent."""
        if verdict is Verdict.DISMISSED and not because.strip():
            raise InvalidQuery("because", "required", "say in one line why not, or choose one of the reasons")
        outcome = Outcome()
        for source, targets, version in self._by_source(pairs):
            outcome.attempt(lambda: self._put_aside(source, targets, version, verdict, because.strip()))  # noqa: B023
        return outcome

    def _put_aside(
        self, source: StoredPost, targets: Sequence[StoredPost], version: str, verdict: Verdict, because: str
    ) -> int:
        if read_version(self.settings.content, source.path) != version:
            raise StaleVersion.of(source.path)
        decide(self.settings.decided, self.snapshot, source, targets, verdict, because, self.signature)
        self._note(str(verdict), source.id, [target.id for target in targets], version, version)
        return len(targets)

    def skip(self, post: str) -> None:
        """Has a post come last. Raises PostNotFound, CannotWrite."""
        passed_over = self.snapshot.post(post)
        skip(self.settings.decided, passed_over, self.signature)
        self._note("skipped", passed_over.id, (), "", "")

    def repair(self, edits: Iterable[tuple[PostFacts, Edit]], removed: str = "") -> Outcome:
        """Mends posts. removed: the name that an edit takes out, where it does. Raises NoContent."""
        outcome = Outcome()
        for post, edit in edits:
            outcome.attempt(lambda: self._repaired(post, edit, removed))  # noqa: B023  # called at once
        return outcome

    def _repaired(self, post: PostFacts, edit: Edit, removed: str) -> int:
        action, targets = (Action.REMOVED, (removed,)) if removed else (Action.REPAIRED, edit.added)
        record(self.settings.content, self.settings.decided, edit, action, post, targets, self.signature)
        self._note(str(action), post.id, targets, edit.version, edit.new_version)
        return 1

    def steer(self, steering: Steering, version: str) -> None:
        """Writes a pin, an alias or synonyms, or takes them away; nothing where that is so already.

        version: of the file as it was shown. Raises what `Steering.edit` does, and CannotWrite.
        """
        edit, post, change = steering.edit(version), steering.post, steering.change
        if not edit.changed:
            return
        action, decided = ACTIONS[change.rule, change.adds], self.settings.decided
        if post and self.collects:
            collect(decided, [(post.id, text) for text in change.texts], self.signature, action)
            self._note("collected", post.id, change.texts, version, version)
            return
        record(steering.folder, decided, edit, action, post, change.texts, self.signature)
        self._note(str(action), post.id if post else "", change.texts, version, edit.new_version)

    @property
    def collects(self) -> bool:
        """Whether what is accepted is collected, and not written."""
        return self.settings.editing.mode is not EditingMode.WRITE

    def commit(self) -> None:
        """Commits what is collected to the branch of the desk. Raises CannotWrite, NoContent."""
        if commit := commit_collected(self.snapshot, self.settings.content, self.settings.decided):
            note(self.signature.by, "committed", commit=commit)

    def collected(self) -> tuple[Collected, ...]:
        """What is collected and not written; nothing where the desk writes. Raises CannotWrite."""
        return collected(self.settings.decided) if self.collects else ()

    def has_collected(self, steering: Steering) -> bool:
        """Whether a pin or an alias is in the patch already."""
        change, post = steering.change, steering.post
        wanted = (ACTIONS[change.rule, change.adds], post.id if post else "", change.texts[0])
        return any((one.action, one.post, one.target) == wanted for one in self.collected())

    def forget(self, entries: Iterable[Collected]) -> None:
        """Takes some out of the patch. Raises CannotWrite."""
        gone = list(entries)
        drop(self.settings.decided, [one.id for one in gone])
        for one in gone:
            self._note("forgotten", one.post, [one.target], "", "")

    def undo(self, entry: str) -> Entry:
        """Takes a decision back, or out of the patch. Raises what `undo` does."""
        if own := [one for one in self.collected() if one.id == entry]:
            self.forget(own)
            return own[0].entry
        if self.collects:
            self._refuse_written(entry)
        undone = taken_back_by(self.settings.content, self.settings.decided, self.signature, entry, self.settings.file)
        self._note("undone", undone.post, undone.targets, undone.after, undone.before)
        return undone

    def _refuse_written(self, entry: str) -> None:
        """Raises CannotUndo for a write into a post, which was made before posts belonged to git, or elsewhere."""
        for one in entries(self.settings.decided):
            if one.id == entry and one.path:
                mode = self.settings.editing.mode
                raise CannotUndo(f'{one.path} is not written to with editing.mode = "{mode}": take it back in git')

    def may_take_back(self, found: Sequence[Entry]) -> list[Entry]:
        """Those of some entries of the journal that can be taken back here, in their order."""
        return [entry for entry in undoable(found) if not (self.collects and entry.path)]

    def last(self) -> Entry | None:
        """The last decision of this editor that can be taken back."""
        own = self.signature.by
        written = (entry for entry in self.may_take_back(latest(self.settings.decided, _RECENT)) if entry.by == own)
        found = [
            *(one.entry for one in self.collected() if one.by == own and not one.commit),
            *islice(written, 1),
        ]
        return max(found, key=lambda entry: entry.at, default=None)

    def writer_of(self, folder: ContentSettings, path: str) -> Entry | None:
        """Who else made a file what it is now; None where that was no editor of the desk."""
        recent = latest(self.settings.decided, _RECENT)
        last = next((entry for entry in recent if entry.path == path), None)
        if last is None or last.by == self.signature.by:
            return None
        try:
            return last if read_version(folder, path) == last.after else None
        except (CannotWrite, PostGone):  # it is about another error, which is shown already
            return None

    def _by_source(self, pairs: Iterable[Sent]) -> list[tuple[StoredPost, tuple[StoredPost, ...], str]]:
        """Posts with their targets. Raises PostNotFound."""
        found: dict[tuple[str, str], list[StoredPost]] = {}
        for pair in pairs:
            found.setdefault((pair.source, pair.version), []).append(self.snapshot.post(pair.target))
        return [(self.snapshot.post(source), tuple(targets), version) for (source, version), targets in found.items()]

    def _note(self, action: str, post: str, targets: Sequence[str], before: str, after: str) -> None:
        note(self.signature.by, action, post=post, targets=list(targets), before=before, after=after)
