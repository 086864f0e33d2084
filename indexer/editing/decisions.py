"""What editors said of suggestions that they did not accept: one line each in a file that is made for git.

    {"post": "rye", "target": "oat", "decision": "dismissed", "because": "another grain", "on": "2026-06-01",
     "post_text": "90f1c2d3a4b5e678", "target_text": "0123456789abcdef"}

Lines are sorted by post and target and each pair has one, so branches that decide of different pairs change different
lines. Beside the file stands a `.gitattributes` that lets git keep the lines of both where they touch each other; such
a merge may leave a pair twice, and reading takes the latest day, on the same day the later line.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from indexer.errors import BadDecisions, CannotWrite, InvalidQuery
from indexer.model import Decision, Graph, StoredPost, Verdict
from indexer.snapshot import Snapshot
from indexer.store.durable import exclusive_lock, replace_file
from indexer.store.regular_files import read
from indexer.store.state_directory import DECISIONS
from indexer.text.simhash import Simhashes, same_text, with_text, written

ATTRIBUTES = ".gitattributes"
KEEP_BOTH = f"{DECISIONS} merge=union\n"
KEYS = ("post", "target", "decision", "because", "on", "post_text", "target_text")
LONGEST_BECAUSE = 500
READABLE = 0o644

_SIMHASH = re.compile(r"[0-9a-f]{16}")
# Control characters, halves of characters, and what some programs take for the end of a line.
_NO_TEXT = ("Cc", "Cs", "Zl", "Zp")

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a file holds. decided: in order of post and target, each pair once. digest: of its bytes.

    wrong: line (None for the file as a whole) and reason of what cannot be read.
    """

    decided: tuple[Decision, ...] = ()
    wrong: tuple[tuple[int | None, str], ...] = ()
    digest: str = ""


NOTHING_DECIDED = Decisions()


@dataclass(frozen=True, slots=True)
class DecisionState:
    """A decision and whether it still stands: `changed` where one of the posts says something else by now."""

    decision: Decision
    changed: bool

    @property
    def dismissed(self) -> bool:
        return self.decision.verdict is Verdict.DISMISSED and not self.changed


# ------------------------------------------------------------------------------------------------------ reading


def read_decisions(folder: Path) -> Decisions:
    """What the file in a folder holds; a missing file holds nothing. Never raises: see `Decisions.wrong`."""
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
            one = _decision(text)
        except ValueError as error:
            wrong.append((line, str(error)))
            continue
        before = decided.get((one.post, one.target))
        if before is None or before.on <= one.on:
            decided[one.post, one.target] = one
    return Decisions(_in_order(decided.values()), tuple(wrong), hashlib.sha256(data).hexdigest())


def _in_order(decided: Iterable[Decision]) -> tuple[Decision, ...]:
    return tuple(sorted(decided, key=lambda one: (one.post, one.target)))


def _decision(line: bytes) -> Decision:
    """One line. Raises ValueError with what is wrong with it."""
    if line.startswith((b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")):
        raise ValueError("is left of a merge that was not finished")
    try:
        said = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise ValueError("is no JSON object of texts")
    if wrong := sorted(said.keys() ^ set(KEYS)):
        key = json.dumps(wrong[0][:40])  # plain characters, whatever somebody wrote
        raise ValueError(f"has an unknown key {key}" if wrong[0] in said else f"has no {key}")
    return Decision(
        post=_id(said["post"], "post"),
        target=_id(said["target"], "target"),
        verdict=_verdict(said["decision"]),
        because=_because(said["because"]),
        on=_day(said["on"]),
        texts=(_simhash(said["post_text"], "post_text"), _simhash(said["target_text"], "target_text")),
    )


def _id(text: str, key: str) -> str:
    if not text or any(unicodedata.category(one) == "Cs" for one in text):
        raise ValueError(f'"{key}" is no id of a post')
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
    """Whether a text can stand on one line of any file and any terminal."""
    return not any(unicodedata.category(one) in _NO_TEXT for one in text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ValueError('"on" must be a day such as 2026-01-31')
    return day


def _simhash(text: str, key: str) -> str:
    if not _SIMHASH.fullmatch(text):
        raise ValueError(f'"{key}" must be 16 hex digits in small letters')
    return text


# ----------------------------------------------------------------------------------- beside the posts as they are now


def decision_states(
    decided: Iterable[Decision], number_of: Callable[[str], int | None], known: Simhashes
) -> dict[Pair, DecisionState]:
    """Decisions by the numbers of their posts, those left out of which a post is gone.

    number_of: the post with this id, if there is one. known: the simhash of every post. An id that is gone stands
    for the only post with the same text: its file was renamed. A decision under the present names goes before one under
    older ones, and of those the latest.
    """

    def place(name: str, text: str) -> int | None:
        if (number := number_of(name)) is not None:
            return number
        same = with_text(known, text)
        return same[0] if len(same) == 1 else None

    found: dict[Pair, DecisionState] = {}
    rank: dict[Pair, tuple[bool, date]] = {}
    for one in decided:
        post, target = place(one.post, one.texts[0]), place(one.target, one.texts[1])
        if post is None or target is None or post == target:
            continue
        named = number_of(one.post) == post and number_of(one.target) == target
        if (named, one.on) >= rank.get((post, target), (False, date.min)):
            now = (written(known[post]), written(known[target]))
            found[post, target] = DecisionState(one, not all(map(same_text, one.texts, now)))
            rank[post, target] = named, one.on
    return found


def with_dismissed(graph: Graph, decided: Iterable[Decision], ids: Mapping[str, int], known: Simhashes) -> Graph:
    """A graph with the pairs that are dismissed and stay so. What stands in a list all the same was accepted since."""
    stands = decision_states(decided, ids.get, known)
    pairs = sorted(pair for pair, one in stands.items() if one.dismissed and pair[1] not in graph.curated[pair[0]])
    return replace(graph, dismissed=tuple(pairs))


# ------------------------------------------------------------------------------------------------------ writing


def decide(
    folder: Path,
    snapshot: Snapshot,
    post: StoredPost,
    targets: Sequence[StoredPost],
    verdict: Verdict,
    because: str,
    today: date,
) -> tuple[Decision, ...]:
    """Writes down what an editor said of some targets beside a post, in place of what was said of them before.

    Raises InvalidQuery where `because` cannot be written, BadDecisions where the file holds a line that cannot be read,
    CannotWrite where it cannot be written. The file is as it was or as it is to be, whatever happens.
    """
    _check(because)
    known = snapshot.simhashes
    new = [
        Decision(post.id, one.id, verdict, because, today, (written(known[post.number]), written(known[one.number])))
        for one in targets
    ]
    try:
        with exclusive_lock(folder):
            before = read_decisions(folder)
            if before.wrong:
                raise _bad(folder / DECISIONS, *before.wrong[0])
            pairs = {(one.post, one.target): one for one in (*before.decided, *new)}
            _write(folder, _in_order(pairs.values()))
    except OSError as error:
        raise CannotWrite(
            f"{folder / DECISIONS} cannot be written ({error.strerror}): what was decided before still stands"
        ) from None
    return tuple(new)


def _check(because: str) -> None:
    if len(because) > LONGEST_BECAUSE:
        raise InvalidQuery(
            "because", "too_long", f"because has {len(because):,} characters; at most {LONGEST_BECAUSE} are kept"
        )
    if not is_text(because):
        raise InvalidQuery("because", "control_character", "because holds a control character: send one line of text")


def _bad(file: Path, line: int | None, reason: str) -> BadDecisions:
    if line is None:
        return BadDecisions(f"{file} {reason}: nothing was written; let it be read and try again")
    return BadDecisions(f"{file}, line {line}: {reason}; nothing was written: mend or remove the line and try again")


def _write(folder: Path, decided: Iterable[Decision]) -> None:
    if not os.path.lexists(folder / ATTRIBUTES):
        replace_file(folder / ATTRIBUTES, KEEP_BOTH.encode(), READABLE)
    replace_file(folder / DECISIONS, "".join(map(line_of, decided)).encode(), READABLE)


def line_of(one: Decision) -> str:
    """A decision as its line says it."""
    values = (one.post, one.target, str(one.verdict), one.because, one.on.isoformat(), *one.texts)
    return json.dumps(dict(zip(KEYS, values, strict=True)), ensure_ascii=False) + "\n"
