"""SQLite's full-text search, as it comes with Python."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from benchmarks.peers.material import read_titles_and_bodies
from benchmarks.peers.peer import FIRST_PAGE, Answer, Way
from benchmarks.peers.questions import AND, ONE_WORD, OR, PHRASE, PREFIX, Question

FILE = "posts.db"
WEIGHTS = 10.0, 1.0  # title, body; the best of 1, 2, 5 and 10 over eight question sets


class Fts5:
    name = "SQLite FTS5"
    settings = (
        f"SQLite {sqlite3.sqlite_version}; porter over unicode61, title and body as two columns, bm25 weights "
        f"{WEIGHTS[0]:g} and {WEIGHTS[1]:g}, prefix indexes of 1 to 3 letters; one transaction, optimized, no journal; "
        "questions without stop words"
    )
    threads = "1 thread"

    def read(self, material: Path) -> list[tuple[str, str]]:
        return read_titles_and_bodies(material)

    def build(self, posts: list[tuple[str, str]], folder: Path) -> dict[str, float]:
        base = sqlite3.connect(folder / FILE)
        base.executescript("pragma journal_mode = off; pragma synchronous = off")
        base.execute(
            "create virtual table posts using fts5"
            "(title, body, tokenize = 'porter unicode61 remove_diacritics 2', prefix = '1 2 3')"
        )
        base.executemany(
            "insert into posts(rowid, title, body) values (?, ?, ?)", ((n, *p) for n, p in enumerate(posts))
        )
        base.execute("insert into posts(posts) values ('optimize')")
        base.execute("insert into posts(posts, rank) values ('rank', ?)", (f"bm25({WEIGHTS[0]}, {WEIGHTS[1]})",))
        base.commit()
        base.close()
        return {}

    def open(self, folder: Path) -> list[Way]:
        base = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)
        base.executescript("pragma mmap_size = 1000000000; pragma cache_size = -64000")

        def ids(question: Question) -> Answer:
            asked = expression(question)
            found = base.execute(
                "select rowid from posts where posts match ? order by rank limit ?", (asked, FIRST_PAGE)
            )
            numbers = [number for (number,) in found]
            (count,) = base.execute("select count(*) from posts where posts match ?", (asked,)).fetchone()
            return numbers, count

        def shown(question: Question) -> Answer:
            asked = expression(question)
            found = base.execute(
                "select rowid, title, snippet(posts, 1, '<b>', '</b>', '…', 24) "
                "from posts where posts match ? order by rank limit ?",
                (asked, FIRST_PAGE),
            )
            numbers = [number for number, _, _ in found]
            (count,) = base.execute("select count(*) from posts where posts match ?", (asked,)).fetchone()
            return numbers, count

        kinds = ONE_WORD, OR, AND, PHRASE, PREFIX
        return [Way("ids and count", ids, kinds), Way("ids, count, title and snippet", shown, kinds)]


def expression(question: Question) -> str:
    """A question in FTS5's language; every word in quotes, where none of it is a sign."""
    if question.kind == PHRASE:
        return question.text
    words = [f'"{word}"' for word in question.words]
    if question.kind == PREFIX:
        *before, last = question.text.split()
        words = [word for word in words if word.strip('"') in before]
        words.append(f'"{last}" *')
    return (" AND " if question.kind == AND else " OR ").join(words)
