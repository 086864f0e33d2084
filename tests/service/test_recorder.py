"""Recording is never in the way, and writes down nobody: two real workers, requests over a socket, real faults."""

from __future__ import annotations

import http.client
import json
import os
import resource
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Site
from serving import Server, serving, until

from indexer.queries.storage import FILE, FOLDER, Recorded, open_queries

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:999.0) Gecko/20100101 Firefox/999.0"
FORWARDED = "198.51.100.77"
REFUSED = "what visitors ask is not recorded until it can be"


@pytest.fixture
def blog(site: Site, visited_blog: Site) -> Site:
    return site.copy(visited_blog)


@contextmanager
def recording(blog: Site, **service: object) -> Iterator[Server]:
    """A service of two workers that records."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in ({"record_queries": True} | service).items()]
    settings = blog.content.parent / "seealso.toml"
    settings.write_text("\n".join(["[service]", *lines]), encoding="utf-8")
    with serving(blog.content, blog.index, settings) as server:
        yield server


def folder(blog: Site) -> Path:
    return blog.index / FOLDER


def recorded(blog: Site) -> dict[str, Recorded]:
    with open_queries(folder(blog), datetime.now(UTC)) as queries:
        return {one.question: one for one in queries.recorded()}


def sent(
    server: Server, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None
) -> http.client.HTTPResponse:
    """A request on a connection of its own, as that of one browser."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    try:
        connection.request(method, path, body, {"User-Agent": BROWSER, "X-Forwarded-For": FORWARDED} | (headers or {}))
        response = connection.getresponse()
        response.read()
        return response
    finally:
        connection.close()


def search(server: Server, words: str, more: str = "", **headers: str) -> None:
    assert sent(server, "GET", f"/api/v1/search?q={quote(words)}{more}", headers=headers).status == 200


def click(server: Server, words: str, url: str, rank: object = 1, **headers: str) -> int:
    body = json.dumps({"q": words, "url": url, "rank": rank})
    return sent(server, "POST", "/api/v1/click", body, {"Content-Type": "text/plain;charset=UTF-8"} | headers).status


def test_letters_that_reach_either_worker_are_one_question(blog: Site) -> None:
    """Each on a connection of its own, so that both workers get some."""
    with recording(blog) as server:
        for end in range(2, 10):
            search(server, "rye bread"[:end], "&prefix=true")
        assert sent(server, "GET", "/?q=rye+bread").status == 200
    assert {text: one.times for text, one in recorded(blog).items()} == {"rye bread": 1}


# ------------------------------------------------------------------------------------------------- what is never kept


def test_no_address_browser_or_secret_is_in_any_file_after_real_traffic(blog: Site) -> None:
    secret, mail = "ghp_0123456789abcdefghij", "ann@blog.example"
    with recording(blog) as server:
        search(server, "rye")
        click(server, "rye", "/rye/")
        for text in (secret, mail[:6], mail[:8], mail, "0171 2345678"):
            search(server, text, "&prefix=true")
        local = socket.gethostname()
        until((folder(blog) / FILE).exists, "the file is there")
        told = b"".join(file.read_bytes() for file in folder(blog).iterdir())
    told += b"".join(file.read_bytes() for file in folder(blog).iterdir())
    assert set(recorded(blog)) == {"rye"}
    assert b"/rye/" in told
    for kept in ("127.0.0.1", FORWARDED, BROWSER, "Mozilla", local, secret, mail, "ann@", "0171", "198.51"):
        assert kept.encode() not in told, kept
    assert socket.inet_aton("127.0.0.1") not in told
    assert socket.inet_aton(FORWARDED) not in told


def test_nothing_is_recorded_unless_the_settings_say_so(blog: Site) -> None:
    with recording(blog, record_queries=False) as server:
        search(server, "rye")
        assert click(server, "rye", "/rye/") == 204
    assert not folder(blog).exists()


def test_what_was_recorded_once_goes_in_its_time_though_nothing_more_is(blog: Site) -> None:
    with recording(blog) as server:
        search(server, "rye")
    connection = sqlite3.connect(folder(blog) / FILE)
    connection.execute("UPDATE questions SET day = '2020-01-01'")
    connection.commit()
    connection.close()
    with recording(blog, record_queries=False):
        until(lambda: recorded(blog) == {}, "the old question is gone")


# --------------------------------------------------------------------------------------------- what may go wrong


def log_of(server: Server, what: str) -> list[str]:
    return [line for line in server.said.splitlines() if what in line]


def test_a_disk_that_fills_up_is_said_once_and_search_answers(blog: Site) -> None:
    with recording(blog) as server:
        search(server, "rye")
        until((folder(blog) / FILE).exists, "the file is there")
        for worker in workers(server):
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (8_192, 8_192))
        for number in range(60):
            search(server, f"question {number} {'x' * 80}", **{"X-Forwarded-For": str(number)})
    assert len(log_of(server, REFUSED)) == 1, server.said


def workers(server: Server) -> list[int]:
    listed = subprocess.run(
        ["ps", "--ppid", str(server.process.pid), "-o", "pid="], capture_output=True, text=True, check=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def test_a_file_that_another_keeps_locked_is_said_once_and_search_answers(blog: Site) -> None:
    with open_queries(folder(blog), datetime.now(UTC)):
        pass
    other = sqlite3.connect(folder(blog) / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with recording(blog) as server:
        for number in range(40):
            search(server, f"question {number}")
        time.sleep(1.5)  # longer than it waits for the other
    other.close()
    assert len(log_of(server, REFUSED)) == 1, server.said
    assert "locked" in server.said


def test_a_file_that_is_no_database_is_moved_aside_and_its_new_name_said(blog: Site) -> None:
    folder(blog).mkdir()
    (folder(blog) / FILE).write_bytes(b"my notes, which are no database" * 99)
    with recording(blog) as server:
        search(server, "rye")
        until((folder(blog) / f"{FILE}-wal").exists, "a new file is begun")
    (aside,) = folder(blog).glob("*.damaged-*")
    (line,) = log_of(server, "damaged")
    assert line.endswith(f"] {folder(blog) / FILE} was damaged and is now {aside.name}; a new one is begun")
    assert set(recorded(blog)) == {"rye"}


def test_a_file_that_is_damaged_while_it_is_open_is_moved_aside_too(blog: Site) -> None:
    with open_queries(folder(blog), datetime.now(UTC)):
        pass
    with recording(blog) as server:
        search(server, "rye")
        until((folder(blog) / f"{FILE}-wal").exists, "the file is open")
        for name in (FILE, f"{FILE}-wal"):
            with open(folder(blog) / name, "r+b") as file:
                file.write(b"\xff" * 8_192)
        search(server, "lamb")
    assert len(log_of(server, "is now")) <= 1
    assert recorded(blog).keys() <= {"rye", "lamb"}


def test_a_folder_that_cannot_be_made_is_said_once_and_search_answers(blog: Site) -> None:
    folder(blog).write_text("a file in the place of the folder")
    with recording(blog) as server:
        for text in ("rye", "lamb", "soup"):
            search(server, text)
        time.sleep(1.5)  # as long as it takes until another attempt would be said
    assert len(log_of(server, REFUSED)) == 1, server.said


def test_another_worker_records_when_one_dies(blog: Site) -> None:
    with recording(blog) as server:
        search(server, "rye")
        for worker in workers(server)[:1]:
            os.kill(worker, 9)
        until(lambda: len(workers(server)) == 2, "another worker is there")
        until(server.is_up, "it answers")
        for text in ("lamb", "soup"):
            search(server, text)
    assert {"lamb", "soup"} <= recorded(blog).keys()
