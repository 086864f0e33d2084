"""Decisions of editors on suggestions that they did not accept: a JSON line for each, in a file that suits git.

    {"post": "rye", "target": "oat", "decision": "dismissed", "because": "another grain",
     "on": "2026-06-01T12:00:00Z", "post_text": "90f1c2d3a4b5e678", "target_text": "0123456789abcdef"}

Lines are sorted by post and target, one for each pair, so branches that decide on different pairs change different
lines. A `.gitattributes` beside the file lets git keep the lines of both branches where they conflict. Such a merge may
leave a pair twice; then the latest moment counts, and of the same moment the later line. An earlier version wrote
only the day; that is its beginning, and such a line stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from indexer.editing.journal import Action, Entry, Signature, add_locked, new_id, remove_locked
from indexer.errors import BadDecisions, CannotUndo, CannotWrite, InvalidQuery
from indexer.model import Decision, Graph, Manifest, StoredPost, Verdict
from indexer.snapshot import Snapshot
from indexer.store.durable import NotDurable, exclusive_lock, replace_file
from indexer.store.followed_file import FollowedFile
from indexer.store.regular_files import read
from indexer.store.state_directory import DECISIONS, READABLE
from indexer.text.simhash import Simhashes, same_text, with_text, written

ATTRIBUTES = ".gitattributes"
KEEP_BOTH = f"{DECISIONS} merge=union\n"
KEYS = ("post", "target", "decision", "because", "on", "post_text", "target_text")
LONGEST_BECAUSE = 500

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")
_NO_MOMENT = '"on" must be a moment in UTC such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31'
_SIMHASH = re.compile(r"[0-9a-f]{16}")
# Control characters, surrogates, and what some programs take for the end of a line.
_NOT_TEXT = ("Cc", "Cs", "Zl", "Zp")

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The content of a file. decided: sorted by post and target, each pair once. digest: of its bytes.

    wrong: for each error its line (None for the whole file) and the reason.
    """

    decided: tuple[Decision, ...] = ()
    wrong: tuple[tuple[int | None, str], ...] = ()
    digest: str = ""


NOTHING_DECIDED = Decisions()


@dataclass(frozen=True, slots=True)
class DecisionState:
    """A decision, and whether one of its posts has changed materially since; then it no longer stands."""

    decision: Decision
    changed: bool

    @property
    def dismissed(self) -> bool:
        return self.decision.verdict is Verdict.DISMISSED and not self.changed


# ------------------------------------------------------------------------------------------------------ reading


def read_decisions(folder: Path) -> Decisions:
    """The decisions in a folder; none where the file is missing. Never raises: see `Decisions.wrong`."""
    try:
        data = read(folder / DECISIONS)
    except FileNotFoundError:
        return Decisions()
    except OSError as error:
        return Decisions(wrong=((None, f"cannot be read ({error.strerror})"),), digest="unreadable")
    decided: dict[tuple[str, str], Decision] = {}
    wrong: list[tuple[int | None, str]] = []
    for line, text in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            decision = _decision(text)
        except ValueError as error:
            wrong.append((line, str(error)))
            continue
        before = decided.get((decision.post, decision.target))
        if before is None or before.on <= decision.on:
            decided[decision.post, decision.target] = decision
    return Decisions(_sorted(decided.values()), tuple(wrong), hashlib.sha256(data).hexdigest())


def _sorted(decided: Iterable[Decision]) -> tuple[Decision, ...]:
    return tuple(sorted(decided, key=lambda decision: (decision.post, decision.target)))


def _decision(line: bytes) -> Decision:
    """The decision on one line. Raises ValueError with the reason where there is none."""
    if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")):
        raise ValueError("is left over from a merge that was not finished")
    try:
        record = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
        raise ValueError("is not a JSON object of texts")
    if wrong := sorted(record.keys() ^ set(KEYS)):
        key = json.dumps(wrong[0][:40])  # ASCII, whatever the file holds
        raise ValueError(f"has an unknown key {key}" if wrong[0] in record else f"has no {key}")
    return Decision(
        post=_id(record["post"], "post"),
        target=_id(record["target"], "target"),
        verdict=_verdict(record["decision"]),
        because=_because(record["because"]),
        on=_moment(record["on"]),
        texts=(_simhash(record["post_text"], "post_text"), _simhash(record["target_text"], "target_text")),
    )


def _id(text: str, key: str) -> str:
    if not text or any(unicodedata.category(character) == "Cs" for character in text):
        raise ValueError(f'"{key}" is not the id of a post')
    return text


def _verdict(text: str) -> Verdict:
    try:
        return Verdict(text)
    except ValueError:
        raise ValueError(f'"decision" must be one of {", ".join(Verdict)}') from None


def _because(text: str) -> str:
    if len(text) > LONGEST_BECAUSE or not is_text(text):
        raise ValueError(f'"because" must be plain text of at most {LONGEST_BECAUSE} characters on one line')
    return text


def is_text(text: str) -> bool:
    """Whether a text fits on one line of any file and any terminal."""
    return not any(unicodedata.category(character) in _NOT_TEXT for character in text)


def _moment(text: str) -> str:
    """A moment as it is written; its form is fixed, so that texts sort as moments do."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(_NO_MOMENT)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_NO_MOMENT) from None
    return text


def _simhash(text: str, key: str) -> str:
    if not _SIMHASH.fullmatch(text):
        raise ValueError(f'"{key}" must be 16 lower-case hex digits')
    return text


# ----------------------------------------------------------------------------------------- which ones still stand


def decision_states(
    decided: Iterable[Decision], number_of: Callable[[str], int | None], known: Simhashes
) -> dict[Pair, DecisionState]:
    """Decisions by the numbers of their posts, without those of which a post is gone.

    number_of: id → number of the post, if there is one. known: the simhash of every post. An id that no post has stands
    for the only post with the same text: its file was renamed. Of several decisions on one pair, one under the present
    ids goes before those under earlier ids, then the latest.
    """

    states: dict[Pair, DecisionState] = {}
    ranks: dict[Pair, tuple[bool, str]] = {}
    for decision in decided:
        post, target = _numbers(decision, number_of, known)
        if post is None or target is None or post == target:
            continue
        has_present_ids = number_of(decision.post) == post and number_of(decision.target) == target
        rank = (has_present_ids, decision.on)
        if rank >= ranks.get((post, target), (False, "")):
            current = (written(known[post]), written(known[target]))
            states[post, target] = DecisionState(decision, not all(map(same_text, decision.texts, current)))
            ranks[post, target] = rank
    return states


def _numbers(
    decision: Decision, number_of: Callable[[str], int | None], known: Simhashes
) -> tuple[int | None, int | None]:
    """The numbers of the two posts of a decision, by their ids, else by their texts."""

    def number(name: str, simhash: str) -> int | None:
        if (found := number_of(name)) is not None:
            return found
        same = with_text(known, simhash)
        return same[0] if len(same) == 1 else None

    return number(decision.post, decision.texts[0]), number(decision.target, decision.texts[1])


def with_dismissed(graph: Graph, decided: Iterable[Decision], ids: Mapping[str, int], known: Simhashes) -> Graph:
    """A graph with the pairs that are still dismissed, without those that a list holds: they were accepted since.

    ids: id → number of the post. known: the simhash of every post.
    """
    states = decision_states(decided, ids.get, known)
    pairs = sorted(pair for pair, state in states.items() if state.dismissed and pair[1] not in graph.curated[pair[0]])
    return replace(graph, dismissed=tuple(pairs))


Dismissed = Mapping[int, frozenset[int]]


def dismissed_targets(decided: Iterable[Decision], snapshot: Snapshot) -> Dismissed:
    """The posts that are dismissed now, by the number of the post that they are not to stand beside."""
    states = decision_states(decided, snapshot.posts.number_of, snapshot.simhashes)
    found: dict[int, set[int]] = {}
    for (post, target), state in states.items():
        if state.dismissed:
            found.setdefault(post, set()).add(target)
    return {post: frozenset(targets) for post, targets in found.items()}


class DecisionsFile:
    """What is dismissed as this is asked, without a build between: the file is read again where it was replaced."""

    def __init__(self, folder: Path) -> None:
        self._file = FollowedFile(folder / DECISIONS, lambda: read_decisions(folder))
        self._known: tuple[Decisions, Manifest, Dismissed] | None = None

    def now(self) -> Decisions:
        """What is decided now: the same object as long as the file is the same."""
        return self._file.now()

    def dismissed(self, snapshot: Snapshot, post: StoredPost) -> frozenset[int]:
        """The posts that are dismissed beside a post. A line that cannot be read is passed over."""
        decisions, known = self._file.now(), self._known
        if known is None or known[0] is not decisions or known[1] is not snapshot.manifest:
            found = dismissed_targets(decisions.decided, snapshot)
            self._known = known = decisions, snapshot.manifest, found
        return known[2].get(post.number, frozenset())


# ------------------------------------------------------------------------------------------------------ writing


def decide(
    folder: Path,
    snapshot: Snapshot,
    post: StoredPost,
    targets: Sequence[StoredPost],
    verdict: Verdict,
    because: str,
    signature: Signature,
) -> tuple[Decision, ...]:
    """Stores a decision on some targets of a post, in place of earlier ones on the same pairs, and a line in the
    journal.

    Raises InvalidQuery where `because` cannot be stored, BadDecisions where the file has a line that cannot be read,
    CannotWrite where it cannot be written. Whatever happens, the file is the old one or the new one.
    """
    _check(because)
    known = snapshot.simhashes
    new = []
    for target in targets:
        texts = written(known[post.number]), written(known[target.number])
        new.append(Decision(post.id, target.id, verdict, because, signature.moment, texts))
    with _locked(folder):
        by_pair = _under_present_ids(_readable(folder), snapshot)
        lines = tuple((_line_or_none(by_pair.get(_pair(decision))), line_of(decision)) for decision in new)
        ids = tuple(target.id for target in targets)
        action = Action(verdict)
        entry = Entry(new_id(), signature.moment, signature.by, action, post.id, ids, lines=lines)
        _write_with_entry(folder, by_pair | {_pair(decision): decision for decision in new}, entry)
    return tuple(new)


def restore(folder: Path, entry: Entry, undone: Entry) -> None:
    """Puts back the lines that stood in the file before a decision. undone: the entry that says so.

    Raises CannotUndo where one of the pairs has been decided again since, BadDecisions, CannotWrite.
    """
    with _locked(folder):
        by_pair = _readable(folder)
        for before, after in entry.lines:
            made, earlier = _decision(after.encode()), _decision(before.encode()) if before else None
            current = by_pair.pop(_pair_of(made, by_pair), None)
            if current and current != earlier:
                current = replace(current, post=made.post, target=made.target)
            if current not in (made, earlier):
                raise CannotUndo(
                    f"{made.target} beside {made.post} has been decided again since; nothing was written: decide anew"
                )
            if earlier:
                by_pair[_pair(made)] = earlier
        _write_with_entry(folder, by_pair, undone)


def _under_present_ids(
    by_pair: Mapping[tuple[str, str], Decision], snapshot: Snapshot
) -> dict[tuple[str, str], Decision]:
    """The decisions with the ids that renamed posts have now, so that they are known when the texts change, too.

    Where a pair was decided of under its present ids, that counts, and the other goes.
    """
    present: dict[tuple[str, str], Decision] = {}
    for decision in sorted(by_pair.values(), key=lambda one: one.on):
        numbers = _numbers(decision, snapshot.posts.number_of, snapshot.simhashes)
        names = (decision.post, decision.target)
        post, target = (
            name if number is None else snapshot.posts[number].id for name, number in zip(names, numbers, strict=True)
        )
        if (post, target) == names or (post != target and (post, target) not in by_pair):
            present[post, target] = replace(decision, post=post, target=target)
    return present


def _pair_of(made: Decision, by_pair: Mapping[tuple[str, str], Decision]) -> tuple[str, str]:
    """Under which ids a decision stands now: a post may have been renamed since it was made."""
    if _pair(made) in by_pair:
        return _pair(made)
    same = (pair for pair, one in by_pair.items() if replace(one, post=made.post, target=made.target) == made)
    return next(same, _pair(made))


def _pair(decision: Decision) -> tuple[str, str]:
    return decision.post, decision.target


def _line_or_none(decision: Decision | None) -> str | None:
    return line_of(decision) if decision else None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock on the folder of decisions. Raises CannotWrite, also for what goes wrong meanwhile."""
    try:
        with exclusive_lock(folder):
            yield
    except OSError as error:
        raise CannotWrite(
            f"{folder / DECISIONS} cannot be written ({error.strerror}): earlier decisions still stand"
        ) from None


def _readable(folder: Path) -> dict[tuple[str, str], Decision]:
    """All decisions by pair. Raises BadDecisions where one of them cannot be read."""
    found = read_decisions(folder)
    if found.wrong:
        raise _bad(folder / DECISIONS, *found.wrong[0])
    return {_pair(decision): decision for decision in found.decided}


def _write_with_entry(folder: Path, by_pair: Mapping[tuple[str, str], Decision], entry: Entry) -> None:
    """Writes the file and its line in the journal, or neither. Raises OSError, CannotWrite."""
    add_locked(folder, entry)
    try:
        _write(folder, _sorted(by_pair.values()))
    except NotDurable:
        raise
    except OSError:
        remove_locked(folder, entry.id)
        raise


def _check(because: str) -> None:
    if len(because) > LONGEST_BECAUSE:
        raise InvalidQuery(
            "because", "too_long", f"because has {len(because):,} characters; at most {LONGEST_BECAUSE} are kept"
        )
    if not is_text(because):
        raise InvalidQuery("because", "control_character", "because holds a control character: send one line of text")


def _bad(file: Path, line: int | None, reason: str) -> BadDecisions:
    if line is None:
        return BadDecisions(f"{file} {reason}: nothing was written; make it readable and try again")
    return BadDecisions(f"{file}, line {line}: {reason}; nothing was written: mend or remove the line and try again")


def _write(folder: Path, decided: Iterable[Decision]) -> None:
    if not os.path.lexists(folder / ATTRIBUTES):
        replace_file(folder / ATTRIBUTES, KEEP_BOTH.encode(), READABLE)
    replace_file(folder / DECISIONS, "".join(map(line_of, decided)).encode(), READABLE)


def line_of(decision: Decision) -> str:
    """The line of a decision."""
    values = (*_pair(decision), str(decision.verdict), decision.because, decision.on, *decision.texts)
    return json.dumps(dict(zip(KEYS, values, strict=True)), ensure_ascii=False) + "\n"
