"""The questions of each day, in SQLite with a write-ahead log.

    INDEX/queries/                       a folder that only its owner may enter
      queries.sqlite3                    and beside it, while it is open, -wal and -shm
      queries.sqlite3.damaged-<time>     one that could not be read; removed after a week

What is deleted is overwritten, in the file (`secure_delete`) and in the log, which is cut to nothing after it. Several
processes may write; each transaction adds to what is there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from indexer.errors import QueriesUnavailable
from indexer.queries.keystrokes import Click, Question
from indexer.queries.policy import MOST_QUESTIONS, RARE, RARE_DAYS, normalized
from indexer.store.durable import exclusive_lock

FOLDER, FILE = "queries", "queries.sqlite3"
_DAMAGED = f"{FILE}.damaged-"
# Seconds to wait for another writer.
PATIENCE = 1.0
VERSION = 1

_TABLES = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS questions (
        question TEXT NOT NULL, day TEXT NOT NULL, times INTEGER NOT NULL,
        hits INTEGER NOT NULL, respelt TEXT NOT NULL, language TEXT NOT NULL,
        PRIMARY KEY (question, day)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS clicks (
        question TEXT NOT NULL, day TEXT NOT NULL, url TEXT NOT NULL, rank INTEGER NOT NULL, times INTEGER NOT NULL,
        PRIMARY KEY (question, day, url, rank)
    ) WITHOUT ROWID;
    PRAGMA user_version = {VERSION};
    COMMIT;
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A page that was opened after a question: how often, and at which places, each as often as it happened.

    A rank of 0 is a page that was found only after asking again in other words.
    """

    url: str
    ranks: tuple[tuple[int, int], ...]

    @property
    def times(self) -> int:
        return sum(times for _, times in self.ranks)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A question with all that is known of it. hits, respelt, language: those of the last day on which it was asked.

    hits: the most that were found on that day, for filters leave posts out. respelt: empty if it was found as spelt.
    """

    question: str
    times: int
    hits: int
    respelt: str
    language: str
    last: date
    opened: tuple[Opened, ...] = ()


@contextmanager
def open_queries(folder: Path, now: datetime) -> Iterator[Queries]:
    """What is recorded in a folder, which is made if it is not there. Raises QueriesUnavailable."""
    queries = Queries(folder, now)
    try:
        yield queries
    finally:
        queries.close()


def has_queries(folder: Path) -> bool:
    return os.path.lexists(folder / FILE)


def version_of(folder: Path) -> tuple[tuple[int, ...], ...]:
    """What is another after each change of what is recorded: which files hold it, and when they were written.

    An empty log says nothing: opening makes one, and closing removes it.
    """
    found = []
    for name in (FILE, f"{FILE}-wal"):
        try:
            status = os.stat(folder / name)
        except OSError:
            continue
        if status.st_size:
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)


class Queries:
    """An open file of questions, used by one thread.

    set_aside: the name that a file has now which could not be read, else empty.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        """Opens or makes the file; a damaged one is moved aside. Raises QueriesUnavailable."""
        self.file = folder / FILE
        self.set_aside = ""
        with self._told():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                self._connection = _connected(self.file)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self.set_aside = _set_aside(self.file, now)
                self._connection = _connected(self.file)
            (self._rows,) = self._connection.execute("SELECT count(*) FROM questions").fetchone()

    def close(self) -> None:
        self._connection.close()

    def add(self, day: date, questions: Sequence[Question], clicks: Iterable[tuple[str, Click]] = ()) -> int:
        """Counts questions, and clicks on hits of questions that were counted that day; all of it or nothing.

        Returns how many questions were left out, because the file holds as many as it may. Raises QueriesUnavailable.
        """
        left_out = 0
        with self._told(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for question in questions:
                if not self._count(day, question):
                    left_out += 1
                elif question.clicks:
                    self._count_clicks(day, ((question.text, click) for click in question.clicks))
            self._count_clicks(day, clicks)
        return left_out

    def _count(self, day: date, question: Question) -> bool:
        values = (question.hits, question.respelt, question.language, question.text, day.isoformat())
        known = self._connection.execute(
            "UPDATE questions SET times = times + 1, hits = max(hits, ?), respelt = ?, language = ?"
            " WHERE question = ? AND day = ?",
            values,
        )
        if known.rowcount:
            return True
        if self._rows >= MOST_QUESTIONS:
            return False
        self._connection.execute(
            "INSERT INTO questions (times, hits, respelt, language, question, day) VALUES (1, ?, ?, ?, ?, ?)", values
        )
        self._rows += 1
        return True

    def _count_clicks(self, day: date, clicks: Iterable[tuple[str, Click]]) -> None:
        self._connection.executemany(
            "INSERT INTO clicks SELECT question, day, ?, ?, 1 FROM questions WHERE question = ? AND day = ?"
            " ON CONFLICT DO UPDATE SET times = times + 1",
            [(click.url, click.rank, text, day.isoformat()) for text, click in clicks],
        )

    def purge(self, today: date, keep_days: int) -> None:
        """Removes what is too old: all after keep_days, what is rare after RARE_DAYS. Raises QueriesUnavailable."""
        oldest, oldest_rare = today - timedelta(days=keep_days), today - timedelta(days=RARE_DAYS)
        with self._told(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM questions WHERE day <= ?", (oldest.isoformat(),))
            self._connection.execute(
                "DELETE FROM questions WHERE day < ? AND question IN"
                " (SELECT question FROM questions GROUP BY question HAVING sum(times) < ?)",
                (oldest_rare.isoformat(), RARE),
            )
            self._removed()
        self._overwrite(oldest_rare)  # if another is reading, the next purge does it

    def forget(self, text: str) -> int:
        """Removes every question that holds a text, whatever its case; how many. Raises QueriesUnavailable."""
        return self._forget("instr(question, ?)", (normalized(text),))

    def forget_all(self) -> int:
        """Removes every question; how many. Raises QueriesUnavailable."""
        return self._forget("true", ())

    def _forget(self, which: str, values: tuple[str, ...]) -> int:
        with self._told(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            counting = f"SELECT count(DISTINCT question) FROM questions WHERE {which}"  # noqa: S608  # a text of ours
            (count,) = self._connection.execute(counting, values).fetchone()
            self._connection.execute(f"DELETE FROM questions WHERE {which}", values)  # noqa: S608
            self._removed()
        if not self._overwrite(date.max):
            raise QueriesUnavailable(f"{self.file} is being read: it is forgotten, but not yet overwritten; try again")
        return int(count)

    def _removed(self) -> None:
        self._connection.execute(
            "DELETE FROM clicks WHERE NOT EXISTS (SELECT 1 FROM questions AS kept"
            " WHERE kept.question = clicks.question AND kept.day = clicks.day)"
        )
        (self._rows,) = self._connection.execute("SELECT count(*) FROM questions").fetchone()

    def _overwrite(self, oldest: date) -> bool:
        """Leaves nothing of what was removed in the log, unless another keeps it open; whether that could be done.

        Removes files, too, that were moved aside before a day.
        """
        with self._told():
            ((is_busy, *_),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            for file in self.file.parent.glob(f"{_DAMAGED}*"):
                if datetime.fromtimestamp(file.stat().st_mtime, UTC).date() < oldest:
                    file.unlink(missing_ok=True)
        return not is_busy

    def recorded(self, since: date | None = None) -> tuple[Recorded, ...]:
        """All questions, those asked most first, and those asked last of as many. Raises QueriesUnavailable."""
        first = (since.isoformat() if since else "",)
        with self._told():
            asked = self._connection.execute(
                "SELECT question, sum(times), hits, respelt, language, max(day) FROM questions WHERE day >= ?"
                " GROUP BY question ORDER BY 2 DESC, 6 DESC, 1",  # SQLite: the other columns are of the row of max(day)
                first,
            ).fetchall()
            clicks = self._connection.execute(
                "SELECT question, url, rank, sum(times) FROM clicks WHERE day >= ? GROUP BY 1, 2, 3 ORDER BY 3", first
            ).fetchall()
        opened: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for question, url, rank, times in clicks:
            opened.setdefault(question, {}).setdefault(url, []).append((rank, times))
        pages = {question: _opened(ranks_of) for question, ranks_of in opened.items()}
        days = {last: date.fromisoformat(last) for last in {row[-1] for row in asked}}
        return tuple(
            Recorded(question, times, hits, respelt, language, days[last], pages.get(question, ()))
            for question, times, hits, respelt, language, last in asked
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of SQLite and the disk as one of ours; a transaction that was begun is undone."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise QueriesUnavailable(f"{self.file} cannot be used ({reason})", is_damaged=_is_damage(error)) from None


def _opened(ranks_of: dict[str, list[tuple[int, int]]]) -> tuple[Opened, ...]:
    """The pages, those opened most first."""
    pages = (Opened(url, tuple(ranks)) for url, ranks in ranks_of.items())
    return tuple(sorted(pages, key=lambda page: (-page.times, page.url)))


def _connected(file: Path) -> sqlite3.Connection:
    """A connection to a sound file of this version. Raises sqlite3.Error."""
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Makes the tables of a new file. Raises sqlite3.Error for a file that is damaged, or of another version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(_TABLES)
    elif version != VERSION:
        raise sqlite3.OperationalError(f"it is of format {version}, and this is {VERSION}: move it away")
    if connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
        raise _Damaged("malformed")


class _Damaged(sqlite3.DatabaseError):
    """A file that SQLite opens and then finds to be wrong."""


def _is_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, _Damaged) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _set_aside(file: Path, now: datetime) -> str:
    """Moves a damaged file away, unless another process has done so; its new name. Raises OSError, sqlite3.Error."""
    with exclusive_lock(file.parent):
        try:
            _connected(file).close()
            return ""
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
        name = f"{_DAMAGED}{now:%Y%m%dT%H%M%S}"
        os.replace(file, file.with_name(name))
        for log in (f"{FILE}-wal", f"{FILE}-shm"):
            file.with_name(log).unlink(missing_ok=True)
        return name
