"""Where content belongs to git: what editors accept is collected, and handed out as one patch or committed.

patch.json   beside decisions.jsonl and out of git: a post and a target for each, until a file has it or it is forgotten

Pins and search aliases of posts are collected with them: their text is the target.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from indexer.editing.branch import commit_edits
from indexer.editing.edit import Edit
from indexer.editing.journal import Action, Entry, Signature
from indexer.editing.queue import Pair
from indexer.editing.steering import with_rule
from indexer.editing.write_back import acceptance
from indexer.errors import CannotWrite, PostGone, SeeAlsoError
from indexer.model import CurationRule, EditingMode, StoredPost
from indexer.search.rule_change import RuleChange
from indexer.settings import ContentSettings, Settings
from indexer.snapshot import Snapshot
from indexer.store.durable import exclusive_lock, replace_file
from indexer.store.regular_files import read
from indexer.store.state_directory import READABLE, keep_out_of_git

PATCH, BRANCH = "patch.json", "see-also"
MOST_COLLECTED = 1_000
# How the id of a collected entry begins; ids of the journal never do.
OWN_ID = "patch-"


@dataclass(frozen=True, slots=True)
class Collected:
    """A target that an editor accepted for a post and that is not written. at, action: as in the journal.

    target: of a pin or a search alias its text. commit: the one on the branch of the desk that has it, if any.
    """

    id: str
    at: str
    by: str
    post: str
    target: str
    commit: str = ""
    action: Action = Action.ACCEPTED

    @property
    def pair(self) -> Pair:
        return self.post, self.target

    @property
    def told(self) -> str:
        """What was decided, for the message of a commit."""
        if self.action is Action.ACCEPTED:
            return f"{self.target} beside {self.post}"
        return f"{self.action} “{self.target}”: {self.post}"

    @property
    def change(self) -> RuleChange:
        """The pin or the alias."""
        rule, adds = _RULES[self.action]
        return RuleChange(rule, adds, (self.target,))

    @property
    def entry(self) -> Entry:
        """The same as the journal would have it."""
        return Entry(self.id, self.at, self.by, self.action, self.post, (self.target,))


_RULES = {
    Action.PINNED: (CurationRule.PIN, True),
    Action.UNPINNED: (CurationRule.PIN, False),
    Action.ALIASED: (CurationRule.ALIAS, True),
    Action.UNALIASED: (CurationRule.ALIAS, False),
}


def collected(folder: Path) -> tuple[Collected, ...]:
    """All that is collected, the oldest first. Raises CannotWrite where the file cannot be read."""
    try:
        return tuple(msgspec.json.decode(read(folder / PATCH), type=list[Collected]))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise CannotWrite(f"{PATCH} cannot be read ({error.strerror}): move it away") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CannotWrite(f"{PATCH} is damaged: move it away") from None


def collect(folder: Path, pairs: Sequence[Pair], signature: Signature, action: Action = Action.ACCEPTED) -> None:
    """Adds pairs, those that are there already only once. Raises CannotWrite."""

    def more(there: Sequence[Collected]) -> list[Collected]:
        known = {one.pair for one in there if one.action is action}
        new = [
            Collected(OWN_ID + secrets.token_hex(8), signature.moment, signature.by, *pair, action=action)
            for pair in pairs
            if pair not in known
        ]
        if len(there) + len(new) > MOST_COLLECTED:
            raise CannotWrite(f"{MOST_COLLECTED:,} are collected: download the patch, then forget them")
        return [*there, *new]

    _change(folder, more)


def drop(folder: Path, ids: Sequence[str]) -> None:
    """Takes some out again. Raises CannotWrite."""
    _change(folder, lambda there: [one for one in there if one.id not in ids])


def mark_committed(folder: Path, ids: Sequence[str], commit: str) -> None:
    """Notes which commit has some of them. Raises CannotWrite."""
    _change(folder, lambda there: [replace(one, commit=commit) if one.id in ids else one for one in there])


def _change(folder: Path, change: Callable[[Sequence[Collected]], list[Collected]]) -> None:
    try:
        with exclusive_lock(folder):
            records = [asdict(one) for one in change(collected(folder))]
            keep_out_of_git(folder, f"{PATCH}*")
            replace_file(folder / PATCH, (json.dumps(records, indent=1) + "\n").encode(), READABLE)
    except OSError as error:
        raise CannotWrite(f"{PATCH} cannot be written ({error.strerror})") from None
    except UnicodeDecodeError:
        raise CannotWrite(f".gitignore must name {PATCH}*, but is no UTF-8") from None


@dataclass(frozen=True, slots=True)
class Patch:
    """What is collected as it would be written into the files as they are now.

    done: ids of entries that their files have by now, or whose post is gone. refused: why others cannot be written.
    """

    edits: tuple[Edit, ...]
    done: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(edit.patch() for edit in self.edits)


def patch_of(snapshot: Snapshot, content: ContentSettings, entries: Sequence[Collected]) -> Patch:
    """The patch of some entries. Raises NoContent."""
    by_post: dict[str, list[Collected]] = {}
    for entry in entries:
        by_post.setdefault(entry.post, []).append(entry)
    edits, done, refused = [], list[str](), []
    for name, own in by_post.items():
        post = snapshot.posts.find(name)
        try:
            edit, there = _edit_of(snapshot, content, post, own) if post else (None, own)
        except (CannotWrite, PostGone) as error:
            refused.append(str(error))
            continue
        if edit and edit.changed:
            edits.append(edit)
        done += [one.id for one in there]
    return Patch(tuple(edits), tuple(done), tuple(refused))


def _edit_of(
    snapshot: Snapshot, content: ContentSettings, post: StoredPost, entries: Sequence[Collected]
) -> tuple[Edit, list[Collected]]:
    """One edit for all entries of a post, and those that its file has already. Raises PostGone, CannotWrite."""
    accepted = [one for one in entries if one.action is Action.ACCEPTED]
    targets = [target for one in accepted if (target := snapshot.posts.find(one.target))]
    edit = acceptance(content, snapshot, post, targets)
    there = [] if edit.changed else accepted
    for one in entries:
        if one.action is not Action.ACCEPTED:
            step = with_rule(content, post.path, edit.after, one.change)
            there += [] if step.changed else [one]
            edit = replace(edit, after=step.after, added=(*edit.added, *step.added))
    return edit, there


def commit_collected(
    snapshot: Snapshot, content: ContentSettings, folder: Path, ids: Collection[str] | None = None
) -> str:
    """Commits what is collected to the branch of the desk, on top of what is there; returns the commit.

    ids: of the entries that are meant; all if None. Returns nothing where the branch has all of it. Raises CannotWrite,
    NoContent.
    """
    entries = [one for one in collected(folder) if one.commit or ids is None or one.id in ids]
    earlier = patch_of(snapshot, content, [one for one in entries if one.commit])
    edits = patch_of(snapshot, content, entries).edits
    new = [one for one in entries if not one.commit]
    lines = "".join(f"{one.by}: {one.told}\n" for one in new)
    is_plain = all(one.action is Action.ACCEPTED for one in new)
    message = f"{'Related posts that editors accepted' if is_plain else 'What editors decided'}\n\n{lines}"
    commit = commit_edits(content.directory, edits, BRANCH, {edit.path: edit.after for edit in earlier.edits}, message)
    if commit:
        mark_committed(folder, [one.id for one in new], commit)
    return commit


def accept_collected(
    snapshot: Snapshot,
    settings: Settings,
    post: StoredPost,
    targets: Sequence[StoredPost],
    version: str,
    signature: Signature,
) -> tuple[Edit, str]:
    """Collects targets for a post and, with editing.mode = "branch", commits them; the file stays as it is.

    version: of the file that the editor saw. Returns the edit that gives the post these and what was collected for it
    before, and the commit, if any. Raises what `acceptance` and `commit_collected` raise; then nothing is collected.
    """
    content, folder = settings.content, settings.decided
    edit = acceptance(content, snapshot, post, targets, version)
    if not edit.changed:
        return edit, ""
    pairs = [(post.id, target.id) for target in targets]
    before = {one.id for one in collected(folder)}
    collect(folder, pairs, signature)
    own = [one for one in collected(folder) if one.post == post.id]
    ids = [one.id for one in own if one.action is Action.ACCEPTED and one.pair in pairs]
    try:
        edit, _ = _edit_of(snapshot, content, post, own)
        if settings.editing.mode is EditingMode.BRANCH:
            commit_collected(snapshot, content, folder, ids)
    except SeeAlsoError:
        drop(folder, [one for one in ids if one not in before])
        raise
    return edit, next((one.commit for one in collected(folder) if one.id in ids), "")
