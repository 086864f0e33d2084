"""The production server itself, over a real socket: what it answers to bytes that are no proper request."""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from conftest import Site, unsealed
from serving import COMMAND, PATIENCE, Server, environment, serving, until

from indexer.store.sealed_files import SMALLEST_MAP
from service.worker import CONNECTIONS, HEAD_SECONDS


@pytest.fixture(scope="module")
def server(stew: Site) -> Iterator[Server]:
    with serving(stew.content, stew.index, is_warm=False) as running:
        yield running


SEARCH = b"GET /api/v1/search?q=lamb HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
END = b"Connection: close\r\n\r\n"


def status_of(server: Server, request: bytes) -> int | None:
    """The status that is answered, or None where the connection is closed without a word."""
    said = server.raw(request)
    return int(said.split(b" ", 2)[1]) if said else None


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (SEARCH + HOST + END, 200),
        (SEARCH.replace(b"q=lamb", b"q=" + b"x" * 3_900) + HOST + END, 200),
        (SEARCH.replace(b"q=lamb", b"q=" + b"x" * 9_000) + HOST + END, 200),
        (SEARCH.replace(b"q=lamb", b"q=lamb&" + b"&".join(b"a%d=1" % n for n in range(900))) + HOST + END, 400),
        (SEARCH.replace(b"q=lamb", b"q=la\0mb") + HOST + END, 400),
        (SEARCH.replace(b"q=lamb", "q=r\u00fcben".encode()) + HOST + END, 200),
        (SEARCH + HOST + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + END, 431),
        (SEARCH + HOST + b"X-Long: " + b"x" * 20_000 + b"\r\n" + END, 431),
        (SEARCH + END, 400),
        (SEARCH.replace(b"HTTP/1.1", b"HTTP/1.0") + END, 200),
        (SEARCH + b"Host: a b<>/\r\n" + END, 400),
        (SEARCH + HOST + HOST + END, 400),
        (SEARCH + HOST + b"Content-Length: 5\r\n" + END + b"hello", 400),
        (SEARCH + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" + END + b"0\r\n\r\n", 400),
        (SEARCH + HOST + b"Content-Length: -1\r\n" + END, 400),
        (SEARCH + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n" + END, 400),
        (b"\x00\xff\x80 garbage\r\n\r\n", 400),
        (b"lamb\r\n\r\n", 400),
        (b"GET //evil.example/ HTTP/1.1\r\n" + HOST + END, 404),
        (b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + END, 404),
        (b"TRACE /api/v1/search?q=lamb HTTP/1.1\r\n" + HOST + END, 405),
        (SEARCH + HOST + b"X-Forwarded-For: 1.2.3.4, <script>\r\nX-Forwarded-Host: evil.example\r\n" + END, 200),
    ],
    ids=[
        "a proper one", "3,900 characters", "9,000 characters",
        "900 parameters", "NUL", "unencoded UTF-8", "200 headers", "a long header", "no host",
        "no host in HTTP/1.0", "an odd host", "two hosts", "a body", "two framings",
        "negative length", "two lengths", "garbage", "no method", "two slashes", "dots", "TRACE", "forged proxies",
    ],
)  # fmt: skip
def test_bytes_get_the_answer_they_deserve(server: Server, request_bytes: bytes, status: int) -> None:
    assert status_of(server, request_bytes) == status


@pytest.mark.parametrize("characters", [70_000, 300_000])
def test_a_request_line_without_end_is_cut_off(server: Server, characters: int) -> None:
    said = server.raw(SEARCH.replace(b"q=lamb", b"q=" + b"x" * characters) + HOST + END)
    assert said == b"" or said.startswith(b"HTTP/1.1 431 ")  # the client may be cut off before it reads why
    assert server.search("lamb") == ["lamb-stew"]


def test_a_tls_hello_is_refused_and_others_are_answered(server: Server) -> None:
    context = ssl.create_default_context()
    with server.connect() as connection, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(connection, server_hostname="localhost")
    assert server.search("lamb") == ["lamb-stew"]


@pytest.mark.parametrize("count", [16, 64])
def test_half_sent_requests_stop_nobody_and_are_closed(server: Server, count: int) -> None:
    with ExitStack() as stack:
        connections: list[socket.socket] = [stack.enter_context(server.connect()) for _ in range(count)]
        for connection in connections:
            connection.sendall(SEARCH + b"Host: loc")
        assert [server.search("lamb") for _ in range(4)] == [["lamb-stew"]] * 4
        for connection in connections:  # within the patience of `connect`, or this raises
            while connection.recv(65_536):
                pass


def closes_within(connection: socket.socket, seconds: float, drip: bytes = b"") -> bool:
    """Whether the server closes a connection though a byte more arrives twice a second."""
    deadline = time.monotonic() + seconds
    connection.settimeout(0.5)
    while time.monotonic() < deadline:
        try:
            if not connection.recv(65_536):
                return True
            connection.sendall(drip)
        except TimeoutError:
            with suppress(OSError):
                connection.sendall(drip)
        except OSError:
            return True
    return False


@pytest.mark.parametrize(
    ("sent", "drip"),
    [(b"", b""), (SEARCH + HOST + b"\r\n", b""), (SEARCH + HOST + b"X-Slow: ", b"x")],
    ids=["nothing sent", "idle after an answer", "a head that never ends"],
)
def test_a_connection_on_which_no_request_is_complete_in_time_is_closed(
    server: Server, sent: bytes, drip: bytes
) -> None:
    with server.connect() as connection:
        connection.sendall(sent)
        assert closes_within(connection, HEAD_SECONDS + 4, drip)


@pytest.fixture
def many_files() -> Iterator[None]:
    """As many files as may be open, as a service manager allows them to a service."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_more_idle_connections_than_workers_hold_stop_nobody_for_long(tmp_path: Path) -> None:
    """They fill what the workers accept; others wait in the socket until these have been idle for too long."""
    site = Site(tmp_path)
    site.post("lamb-stew.md", "Lamb stew", "Brown the lamb.")
    site.build()
    with serving(site.content, site.index, is_warm=False) as running, ExitStack() as stack:
        for _ in range(2 * CONNECTIONS + 200):
            stack.enter_context(running.connect())
        begun = time.monotonic()
        assert running.search("lamb") == ["lamb-stew"]
        assert time.monotonic() - begun < HEAD_SECONDS + 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_takes_less_than_five_seconds_though_requests_are_half_sent(
    tmp_path: Path, number: signal.Signals
) -> None:
    site = Site(tmp_path)
    with serving(site.content, site.index) as running, ExitStack() as stack:
        for _ in range(64):
            connection: socket.socket = stack.enter_context(running.connect())
            connection.sendall(SEARCH + b"Host: loc")
        running.process.send_signal(number)
        assert running.process.wait(timeout=5) == 0


def workers_of(running: Server) -> set[int]:
    process = running.process.pid
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with serving(site.content, site.index) as running:
        until(lambda: len(workers_of(running)) == 2, "both workers run")
        before = workers_of(running)
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(workers_of(running)) == 2 and workers_of(running) != before, "another worker runs")
        until(running.is_up, "the service answers")  # the one that was killed may have been the first to listen
        assert workers_of(running) != before


# ------------------------------------------------------------------------------------ files that are cut while in use


def edition(site: Site, name: str) -> None:
    """Publishes a post so long that its words are mapped and its text is read piece by piece.

    The last paragraph is beyond the middle of both files.
    """
    filler = "".join(f"Stir and wait, {number}.\n\n" for number in range(20_000))
    site.post("stew.md", "Stew", f"Of the {name} edition.\n\n{filler}## Serving\n\nWith {name} turnips.")
    site.build()


TEXTS, WORDS = "posts/texts.npy", "fulltext/stream.npy"


@pytest.fixture(scope="module")
def two_editions(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("editions"))
    edition(site, "old")
    edition(site, "new")
    return site


def copied_whole(origin: Site, site: Site) -> None:
    """Every file with bytes of its own, so that what is served is what is cut."""
    shutil.copytree(origin.content.parent, site.content.parent, dirs_exist_ok=True)


def cut_in_place(site: Site, generation: str, name: str, to: float) -> None:
    file = site.index / "generations" / generation / name
    size = file.stat().st_size
    assert size >= SMALLEST_MAP
    os.truncate(unsealed(file), int(size * to))


Answer = tuple[str, str] | int | None


def said_of_turnips(running: Server) -> Answer:
    """The generation that answers and what it shows; a status that is none of 200, or None where nothing is said."""
    try:
        status, body = running.get("/api/v1/search?q=turnips")
    except (OSError, http.client.HTTPException):
        return None
    return (body["generation"], body["hits"][0]["snippets"][0]["text"]) if status == 200 else status


def asked_again(running: Server, answers: list[Answer]) -> list[Answer]:
    """All answers, with one more."""
    answers.append(said_of_turnips(running))
    return answers


OLD, NEW = ("000001", "With old turnips."), ("000002", "With new turnips.")


@pytest.mark.parametrize("name", [TEXTS, WORDS], ids=["read piece by piece", "mapped"])
@pytest.mark.parametrize("to", [0.0, 0.5, 0.99999], ids=["to nothing", "in half", "by a few bytes"])
def test_a_file_cut_under_a_worker_changes_no_answer_and_the_generation_before_serves(
    site: Site, two_editions: Site, to: float, name: str
) -> None:
    copied_whole(two_editions, site)
    with serving(site.content, site.index) as running:
        assert said_of_turnips(running) == NEW
        cut_in_place(site, "000002", name, to)
        answers = [said_of_turnips(running)]
        until(lambda: asked_again(running, answers)[-20:] == [OLD] * 20, "the old one serves")
        assert set(answers) <= {None, 503, OLD}


def test_a_worker_that_looked_behind_the_end_of_a_file_is_replaced(site: Site, two_editions: Site) -> None:
    copied_whole(two_editions, site)
    with serving(site.content, site.index) as running:
        until(lambda: len(workers_of(running)) == 2, "both workers run")
        before = workers_of(running)
        cut_in_place(site, "000002", WORDS, 0.5)
        until(
            lambda: said_of_turnips(running) == OLD and len(workers_of(running) - before) > 0, "another worker serves"
        )
        assert running.is_up()


def test_where_the_only_generation_is_cut_nothing_but_503_is_answered(tmp_path: Path) -> None:
    site = Site(tmp_path)
    edition(site, "new")
    with serving(site.content, site.index) as running:
        assert said_of_turnips(running) == ("000001", "With new turnips.")
        cut_in_place(site, "000001", TEXTS, 0.5)
        answers = [said_of_turnips(running)]
        until(lambda: asked_again(running, answers)[-20:] == [503] * 20, "it says so")
        assert set(answers) <= {None, 503}
        edition(site, "newer")
        until(lambda: said_of_turnips(running) == ("000002", "With newer turnips."), "the next build serves")


def test_a_port_that_is_taken_is_one_line_and_not_shared(server: Server, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "--index", tmp_path, "serve", "--port", str(server.port)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=environment(),
    )
    taken = f"cannot listen on 127.0.0.1 port {server.port}: Address already in use"
    said = f"seealso: {taken}; --host and --port name another place\n"
    assert (done.returncode, done.stdout, done.stderr) == (78, "", said)


def test_requests_in_parallel_are_all_answered(server: Server) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(server.search, ["lamb"] * 64))
    assert answers == [["lamb-stew"]] * 64


def test_no_header_tells_a_debugger_or_sets_a_cookie(server: Server) -> None:
    said = server.raw(SEARCH + HOST + END).partition(b"\r\n\r\n")[0].lower()
    assert b"set-cookie" not in said
    assert b"werkzeug" not in said
