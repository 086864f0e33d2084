"""Questions on the disk: counted, forgotten in time, and never in the way."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from conftest import files_of_at_most

from indexer.errors import QueriesUnavailable
from indexer.queries import storage
from indexer.queries.keystrokes import Click, Question
from indexer.queries.storage import FILE, Opened, Queries, open_queries

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def question(text: str, *clicks: Click, hits: int = 1, respelt: str = "", language: str = "en") -> Question:
    return Question(text, hits, respelt, language, list(clicks))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index" / "queries"


@pytest.fixture
def queries(folder: Path) -> Iterator[Queries]:
    with open_queries(folder, NOW) as opened:
        yield opened


def texts(queries: Queries) -> list[str]:
    return [one.question for one in queries.recorded()]


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_question_is_counted_by_day_with_the_pages_that_were_opened(queries: Queries) -> None:
    queries.add(TODAY - timedelta(days=1), [question("rye", Click("/rye/", 2), hits=9)])
    queries.add(TODAY, [question("rye", Click("/rye/", 2), Click("/lamb/", 1), hits=3), question("rye", hits=2)])
    queries.add(TODAY, [question("lamb")])
    (first, second) = queries.recorded()
    assert (first.question, first.times, first.hits, first.last) == ("rye", 3, 3, TODAY)
    assert first.opened == (Opened("/rye/", ((2, 2),)), Opened("/lamb/", ((1, 1),)))
    assert (second.question, second.times) == ("lamb", 1)
    assert [one.times for one in queries.recorded(since=TODAY)] == [2, 1]


def test_a_late_click_counts_only_where_the_question_was_counted_that_day(queries: Queries) -> None:
    queries.add(TODAY, [question("rye")])
    clicks = [("rye", Click("/rye/", 1)), ("lamb", Click("/lamb/", 1))]
    queries.add(TODAY, [], clicks)
    queries.add(TODAY + timedelta(days=1), [], clicks)
    assert [(one.question, one.opened) for one in queries.recorded()] == [("rye", (Opened("/rye/", ((1, 1),)),))]


def test_what_is_rare_goes_after_a_week_and_everything_when_its_time_is_over(queries: Queries) -> None:
    for ago in (0, 7, 8, 89, 90):
        day = TODAY - timedelta(days=ago)
        queries.add(day, [question(f"rare {ago}", Click("/rye/", 1))] + [question("often", Click("/rye/", 1))] * 3)
    queries.purge(TODAY, keep_days=90)
    assert sorted(texts(queries)) == ["often", "rare 0", "rare 7"]
    assert queries.recorded()[0].times == 4 * 3
    queries.purge(TODAY + timedelta(days=90), keep_days=90)
    assert texts(queries) == []


def test_nothing_of_what_is_forgotten_stays_in_any_file(queries: Queries, folder: Path) -> None:
    queries.add(TODAY, [question(f"Ann Lee {number}".casefold(), Click("/ann-lee/", 1)) for number in range(500)])
    queries.add(TODAY, [question("rye", Click("/rye/", 1))])
    assert b"ann lee" in bytes_in(folder)
    assert queries.forget("Ann  LEE") == 500
    assert texts(queries) == ["rye"]
    left = bytes_in(folder)
    assert b"ann lee" not in left
    assert b"/ann-lee/" not in left
    assert queries.forget_all() == 1
    assert b"rye" not in bytes_in(folder)


def test_what_another_is_still_reading_is_not_said_to_be_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PATIENCE", 0.0)
    with open_queries(folder, NOW) as queries:
        queries.add(TODAY, [question("rye")])
        reader = sqlite3.connect(folder / FILE, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM questions").fetchall()
        with pytest.raises(QueriesUnavailable, match="try again"):
            queries.forget("rye")
        reader.close()
        queries.forget("rye")
        assert b"rye" not in bytes_in(folder)


@pytest.mark.parametrize("text", ["%", "_", "' OR 1", "*"])
def test_a_text_to_forget_is_no_pattern(queries: Queries, text: str) -> None:
    queries.add(TODAY, [question("rye")])
    assert queries.forget(text) == 0


def test_only_its_owner_may_look_into_the_folder(queries: Queries, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_with_as_many_questions_as_it_may_hold_counts_only_those(
    queries: Queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MOST_QUESTIONS", 2)
    assert queries.add(TODAY, [question("rye"), question("lamb"), question("soup"), question("rye")]) == 1
    assert [(one.question, one.times) for one in queries.recorded()] == [("rye", 2), ("lamb", 1)]
    queries.forget("lamb")
    assert queries.add(TODAY, [question("soup")]) == 0


# ------------------------------------------------------------------------------------------- what may go wrong


def damage(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    if how == "no database":
        data = bytearray(b"my notes, which are no database at all" * 99)
    elif how == "a page":
        data[4096:8192] = b"\xff" * 4096
    else:
        del data[len(data) // 2 :]
    file.write_bytes(data)


@pytest.mark.parametrize("how", ["no database", "a page", "half"])
def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(folder: Path, how: str) -> None:
    with open_queries(folder, NOW) as queries:
        queries.add(TODAY, [question(f"rye {number}") for number in range(300)])
        queries.purge(TODAY, 90)
    damage(folder / FILE, how)
    damaged = (folder / FILE).read_bytes()
    with open_queries(folder, NOW) as queries:
        assert queries.set_aside == f"{FILE}.damaged-20260601T120000"
        assert (folder / queries.set_aside).read_bytes() == damaged
        queries.add(TODAY, [question("lamb")])
        assert texts(queries) == ["lamb"]


def test_a_file_that_was_moved_aside_goes_in_its_time(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(b"my notes, which are no database at all" * 99)
    with open_queries(folder, NOW) as queries:
        aside = folder / queries.set_aside
        os.utime(aside, (NOW.timestamp(), NOW.timestamp()))
        queries.purge(TODAY + timedelta(days=7), 90)
        assert aside.exists()
        queries.purge(TODAY + timedelta(days=8), 90)
        assert not aside.exists()


def test_a_file_of_a_later_version_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / FILE)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(QueriesUnavailable, match="format 9"), open_queries(folder, NOW):
        pass


def test_a_locked_file_is_an_error_and_half_a_batch_is_never_counted(
    queries: Queries, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PATIENCE", 0.0)
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    with open_queries(folder, NOW) as impatient:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(QueriesUnavailable, match="locked"):
            impatient.add(TODAY, [question("rye")])
        other.execute("ROLLBACK")
        impatient.add(TODAY, [question("lamb")])
    other.close()
    assert texts(queries) == ["lamb"]


def test_a_file_that_cannot_grow_is_an_error_and_what_was_counted_before_stays(queries: Queries, folder: Path) -> None:
    queries.add(TODAY, [question("rye")])
    with files_of_at_most(60_000), pytest.raises(QueriesUnavailable, match="disk"):
        queries.add(TODAY, [question(f"lamb {number}" * 5) for number in range(5_000)])
    assert texts(queries) == ["rye"]
    assert queries.add(TODAY, [question("soup")]) == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with pytest.raises(QueriesUnavailable, match=r"index/queries/queries\.sqlite3 cannot be used"):
        Queries(tmp_path / "index" / "queries", NOW)
