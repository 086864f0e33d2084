"""What editors decided: the file, made for git, and what it says of the posts as they are now."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import TODAY, Site, signed
from hypothesis import given
from hypothesis import strategies as st

from indexer.editing.decisions import Decisions, decide, is_text, line_of, read_decisions
from indexer.errors import BadDecisions, CannotWrite, InvalidQuery
from indexer.model import Decision, Verdict
from indexer.snapshot import Snapshot
from indexer.store import durable

NAMES = ("bread", "buns", "crackers", "pizza", "taxes")
DISMISSED, LATER = Verdict.DISMISSED, Verdict.LATER


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    site = Site(tmp_path_factory.mktemp("bakery"))
    for name in NAMES:
        site.post(f"{name}.md", name.title(), f"All about {name} and how they are made.")
    site.build()
    return site.open()


def say(
    folder: Path,
    snapshot: Snapshot,
    post: str,
    *targets: str,
    verdict: Verdict = DISMISSED,
    because: str = "",
    on: date = TODAY,
) -> tuple[Decision, ...]:
    others = [snapshot.post(one) for one in targets]
    return decide(folder, snapshot, snapshot.post(post), others, verdict, because, signed(on))


def lines(folder: Path) -> list[str]:
    return (folder / "decisions.jsonl").read_text(encoding="utf-8").splitlines()


def pairs(found: Decisions) -> list[tuple[str, str]]:
    return [(one.post, one.target) for one in found.decided]


NOON = "2026-06-01T12:00:00Z"
GOOD = Decision("bread", "buns", DISMISSED, "another dough", NOON, ("0123456789abcdef", "fedcba9876543210"))


def write(folder: Path, *texts: str | bytes) -> Decisions:
    """What is read of a file with these lines."""
    data = b"".join(text if isinstance(text, bytes) else text.encode() for text in texts)
    (folder / "decisions.jsonl").write_bytes(data)
    return read_decisions(folder)


# ---------------------------------------------------------------------------------------------------- the file


def test_where_nothing_was_decided_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "no such folder") == Decisions()


def test_what_was_decided_is_read_again(tmp_path: Path, bakery: Snapshot) -> None:
    made = say(tmp_path / ".seealso", bakery, "bread", "taxes", because="kein Brot 🍞")
    assert read_decisions(tmp_path / ".seealso").decided == made
    assert (made[0].post, made[0].target, made[0].because, made[0].on) == ("bread", "taxes", "kein Brot 🍞", NOON)


def test_a_line_has_its_keys_in_order_and_people_can_read_it(tmp_path: Path, bakery: Snapshot) -> None:
    (made,) = say(tmp_path, bakery, "bread", "taxes", because="kein Brot 🍞")
    (line,) = lines(tmp_path)
    assert line == (
        '{"post": "bread", "target": "taxes", "decision": "dismissed", "because": "kein Brot 🍞", '
        '"on": "2026-06-01T12:00:00Z", '
        f'"post_text": "{made.texts[0]}", "target_text": "{made.texts[1]}"}}'
    )


def test_lines_stand_in_order_of_post_and_target_however_they_were_decided(tmp_path: Path, bakery: Snapshot) -> None:
    say(tmp_path, bakery, "pizza", "taxes")
    say(tmp_path, bakery, "bread", "taxes", "buns")
    say(tmp_path, bakery, "crackers", "bread", verdict=LATER)
    assert [(one["post"], one["target"]) for one in map(json.loads, lines(tmp_path))] == [
        ("bread", "buns"),
        ("bread", "taxes"),
        ("crackers", "bread"),
        ("pizza", "taxes"),
    ]


def test_a_pair_that_is_decided_again_has_one_line_the_latest(tmp_path: Path, bakery: Snapshot) -> None:
    say(tmp_path, bakery, "bread", "taxes", because="first")
    say(tmp_path, bakery, "bread", "taxes", because="second")
    assert [json.loads(one)["because"] for one in lines(tmp_path)] == ["second"]


def test_the_file_is_for_everybody_to_read_and_ends_with_a_line(tmp_path: Path, bakery: Snapshot) -> None:
    say(tmp_path, bakery, "bread", "taxes")
    file = tmp_path / "decisions.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert file.read_bytes().endswith(b"}\n")
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        ".gitattributes",
        ".gitignore",
        "decisions.jsonl",
        "journal.jsonl",
    ]


def test_what_git_was_told_by_others_stays(tmp_path: Path, bakery: Snapshot) -> None:
    (tmp_path / ".gitattributes").write_text("* text=auto\n")
    say(tmp_path, bakery, "bread", "taxes")
    assert (tmp_path / ".gitattributes").read_text() == "* text=auto\n"


ID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
DECISION = st.builds(
    Decision,
    post=ID,
    target=ID,
    verdict=st.sampled_from(Verdict),
    because=st.text(max_size=500).filter(is_text),
    on=st.one_of(st.dates().map(str), st.builds("{}T{:%H:%M:%S}Z".format, st.dates(), st.times())),
    texts=st.tuples(*[st.integers(0, 2**64 - 1).map("{:016x}".format)] * 2),
)


def read_back(folder: Path, found: Sequence[Decision]) -> Decisions:
    return write(folder, *map(line_of, found))


@given(found=st.lists(DECISION, max_size=6, unique_by=lambda one: (one.post, one.target)))
def test_whatever_is_written_is_read_again_in_order(
    tmp_path_factory: pytest.TempPathFactory, found: list[Decision]
) -> None:
    read = read_back(tmp_path_factory.mktemp("any"), found)
    assert read.wrong == ()
    assert read.decided == tuple(sorted(found, key=lambda one: (one.post, one.target)))


@given(st.binary(max_size=200))
def test_reading_never_fails_and_names_the_line_of_what_it_cannot_read(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    read = write(tmp_path_factory.mktemp("any"), line_of(GOOD), data)
    assert all(line is not None and 2 <= line <= 2 + data.count(b"\n") for line, _ in read.wrong)
    assert "".join(reason for _, reason in read.wrong).isprintable()
    assert read.decided == (GOOD,)
    assert bool(read.wrong) == bool(data.strip())


# --------------------------------------------------------------------------------------------- lines that are wrong


def changed(**values: object) -> str:
    return json.dumps(json.loads(line_of(GOOD)) | values) + "\n"


WRONG = {
    "<<<<<<< HEAD\n": "is left over from a merge that was not finished",
    "{\n": "is not JSON",
    "[" * 100_000 + "\n": "is not JSON",
    '["bread"]\n': "is not a JSON object of texts",
    changed(because=None): "is not a JSON object of texts",
    changed(by="me"): 'has an unknown key "by"',
    changed(**{"\ud800\x1b": ""}): 'has an unknown key "\\ud800\\u001b"',
    line_of(GOOD).replace('"on"', '"day"'): 'has an unknown key "day"',
    line_of(GOOD).replace(', "target": "buns"', ""): 'has no "target"',
    changed(post=""): '"post" is not the id of a post',
    changed(target="\ud800"): '"target" is not the id of a post',
    changed(decision="never"): '"decision" must be one of dismissed, later',
    changed(because="x" * 501): '"because" must be plain text of at most 500 characters on one line',
    changed(because="\x1b[2J"): '"because" must be plain text of at most 500 characters on one line',
    **{
        changed(on=on): '"on" must be a moment in UTC such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31'
        for on in ("20260601", "2026-02-30", "2026-06-01T25:00:00Z", "2026-06-01T12:00:00+02:00", "2026-06-01T12:00:00")
    },
    changed(post_text="0123"): '"post_text" must be 16 lower-case hex digits',
    changed(target_text="0123456789ABCDEF"): '"target_text" must be 16 lower-case hex digits',
}


@pytest.mark.parametrize("text", WRONG, ids=[*map(str, range(len(WRONG)))])
def test_a_line_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, text: str) -> None:
    read = write(tmp_path, line_of(replace(GOOD, target="pizza")), text, line_of(replace(GOOD, target="taxes")))
    assert read.wrong == ((2, WRONG[text]),)
    assert pairs(read) == [("bread", "pizza"), ("bread", "taxes")]


def test_empty_lines_windows_lines_a_byte_order_mark_and_no_last_newline_are_no_mistakes(tmp_path: Path) -> None:
    text = line_of(GOOD).replace("\n", "\r\n")
    read = write(tmp_path, b"\xef\xbb\xbf", text, "\r\n\n", line_of(replace(GOOD, target="taxes")).rstrip("\n"))
    assert read.wrong == ()
    assert pairs(read) == [("bread", "buns"), ("bread", "taxes")]


def test_nothing_is_written_over_a_line_that_cannot_be_read(tmp_path: Path, bakery: Snapshot) -> None:
    write(tmp_path, line_of(GOOD), "{\n")
    before = (tmp_path / "decisions.jsonl").read_bytes()
    with pytest.raises(BadDecisions) as refused:
        say(tmp_path, bakery, "bread", "taxes")
    assert str(refused.value) == (
        f"{tmp_path}/decisions.jsonl, line 2: is not JSON; nothing was written: mend or remove the line and try again"
    )
    assert (tmp_path / "decisions.jsonl").read_bytes() == before


def test_a_file_that_is_none_is_named_and_not_written_over(tmp_path: Path, bakery: Snapshot) -> None:
    (tmp_path / "decisions.jsonl").mkdir()
    assert read_decisions(tmp_path).wrong == ((None, "cannot be read (it is not a regular file)"),)
    with pytest.raises(BadDecisions, match=r"cannot be read .* nothing was written"):
        say(tmp_path, bakery, "bread", "taxes")


@pytest.mark.parametrize(
    ("because", "code"),
    [
        ("x" * 501, "too_long"),
        ("two\nlines", "control_character"),
        ("\x1b[2J", "control_character"),
        ("half \ud800", "control_character"),
        ("\u2028", "control_character"),
    ],
)
def test_a_reason_that_cannot_stand_on_a_line_is_refused(
    tmp_path: Path, bakery: Snapshot, because: str, code: str
) -> None:
    with pytest.raises(InvalidQuery) as refused:
        say(tmp_path / "new", bakery, "bread", "taxes", because=because)
    assert (refused.value.parameter, refused.value.code) == ("because", code)
    assert not (tmp_path / "new").exists()


# -------------------------------------------------------------------------------------------------- two at a time


def test_a_writer_waits_for_another_and_gives_up_after_a_while(
    tmp_path: Path, bakery: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "LOCK_SECONDS", 0.1)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(CannotWrite, match="another is writing"):
        say(tmp_path, bakery, "bread", "taxes")
    os.close(descriptor)
    assert say(tmp_path, bakery, "bread", "taxes")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, bakery: Snapshot) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"file/\.seealso/decisions\.jsonl cannot be written"):
        say(tmp_path / "file" / ".seealso", bakery, "bread", "taxes")


def test_of_many_who_decide_at_once_none_is_lost(tmp_path: Path, bakery: Snapshot) -> None:
    fork = multiprocessing.get_context("fork")
    wanted = [(one, other) for one in NAMES for other in NAMES if one != other]
    editors = [fork.Process(target=say, args=(tmp_path, bakery, *pair)) for pair in wanted]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert pairs(read_decisions(tmp_path)) == sorted(wanted)


# ------------------------------------------------------------------------------------------------------------- git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    who = {f"GIT_{one}_{key}": "editor@x" for one in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "decided", "--allow-empty")


Said = tuple[str, str, Verdict, date]


def merged(repository: Path, snapshot: Snapshot, before: list[Said], ours: list[Said], theirs: list[Said]) -> Decisions:
    """What is read after two branches were merged, each with decisions of its own."""
    git(repository, "checkout", "-q", "--orphan", "base")
    for said in before:
        say_said(repository, snapshot, said)
    commit(repository)
    for branch, all_said in (("theirs", theirs), ("ours", ours)):
        git(repository, "checkout", "-qb", branch, "base")
        for said in all_said:
            say_said(repository, snapshot, said)
        commit(repository)
    git(repository, "merge", "-q", "theirs")
    return read_decisions(repository)


def say_said(folder: Path, snapshot: Snapshot, said: Said) -> None:
    post, target, verdict, on = said
    say(folder, snapshot, post, target, verdict=verdict, on=on)


MONDAY, TUESDAY, FRIDAY = date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 5)
EVERY = [(one, other) for one in NAMES for other in NAMES if one != other]


@pytest.mark.parametrize("known", [True, False], ids=["with a file before", "both begin the file"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([("buns", "pizza")], [("pizza", "taxes")]),
        ([("buns", "pizza")], [("buns", "taxes")]),
        ([("bread", "buns"), ("pizza", "buns")], [("bread", "crackers"), ("taxes", "buns")]),
        (EVERY[::2], EVERY[1::2]),
        (EVERY[1::2], EVERY[::2]),
    ],
    ids=["apart", "neighbours", "both ends", "every other", "the others"],
)
def test_branches_that_decide_of_different_pairs_merge_without_a_conflict(
    repository: Path,
    bakery: Snapshot,
    known: bool,
    ours: list[tuple[str, str]],
    theirs: list[tuple[str, str]],
) -> None:
    before = [("crackers", "taxes", DISMISSED, MONDAY)] if known else []
    mine: list[Said] = [(*pair, DISMISSED, TUESDAY) for pair in ours]
    other: list[Said] = [(*pair, LATER, TUESDAY) for pair in theirs]
    read = merged(repository, bakery, before, mine, other)
    wanted = {(one[0], one[1]): one[2] for one in (*before, *mine, *other)}
    assert read.wrong == ()
    assert {(one.post, one.target): one.verdict for one in read.decided} == wanted


def test_branches_that_change_their_minds_of_neighbours_merge_and_the_latest_day_counts(
    repository: Path, bakery: Snapshot
) -> None:
    before: list[Said] = [(*pair, LATER, MONDAY) for pair in EVERY[:6]]
    read = merged(repository, bakery, before, [(*EVERY[2], DISMISSED, TUESDAY)], [(*EVERY[3], DISMISSED, FRIDAY)])
    changed_minds = [(one.post, one.target) for one in read.decided if one.verdict is DISMISSED]
    assert changed_minds == sorted(EVERY[2:4])
    assert len(read.decided) == 6


def test_branches_that_decide_of_one_pair_merge_and_the_latest_day_counts(repository: Path, bakery: Snapshot) -> None:
    pair = ("bread", "buns")
    read = merged(repository, bakery, [], [(*pair, DISMISSED, FRIDAY)], [(*pair, LATER, TUESDAY)])
    assert [one.verdict for one in read.decided] == [DISMISSED]


def test_the_next_decision_leaves_each_pair_once(repository: Path, bakery: Snapshot) -> None:
    pair = ("bread", "buns")
    merged(repository, bakery, [], [(*pair, DISMISSED, FRIDAY)], [(*pair, LATER, TUESDAY)])
    assert len(lines(repository)) == 2
    say(repository, bakery, "pizza", "taxes")
    assert [json.loads(one)["on"] for one in lines(repository)] == ["2026-06-05T12:00:00Z", "2026-06-01T12:00:00Z"]


@given(st.lists(DECISION, max_size=6), st.data())
def test_any_two_files_merged_line_by_line_read_as_the_latest_of_each_pair(
    tmp_path_factory: pytest.TempPathFactory, found: list[Decision], data: st.DataObject
) -> None:
    found = [replace(one, post="ab"[place % 2], target="cd"[place // 2 % 2]) for place, one in enumerate(found)]
    order = data.draw(st.permutations(found))
    read = read_back(tmp_path_factory.mktemp("any"), order)
    latest: dict[tuple[str, str], Decision] = {}
    for one in sorted(order, key=lambda one: one.on):  # the later line stays behind on one day
        latest[one.post, one.target] = one
    assert read.decided == tuple(latest[pair] for pair in sorted(latest))
