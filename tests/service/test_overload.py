"""More than can be answered, clients that leave, bodies that never end, readers that do not read: the real server."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Site
from serving import PATIENCE, Server, environment, free_port, serving, until

from indexer.auth import new_token
from service.admission import BODY_SECONDS

HOST = b"Host: localhost\r\n"


# ------------------------------------------------------------------------------------------------- a slow application

SLOW = """
import sys, time
from pathlib import Path
from indexer.settings import ServiceSettings, Settings
from service.server import serve

log, port = Path(sys.argv[1]), int(sys.argv[2])

def make_app(settings):
    def app(environ, start_response):
        name = environ["PATH_INFO"]
        if environ.get("seealso.refusal"):
            start_response("503 Service Unavailable", [("Retry-After", "2"), ("Content-Length", "0")])
            return [b""]
        time.sleep(0.1 if name.startswith("/slow") else 0)
        with log.open("a") as file:
            file.write(name + "\\n")
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    return app

serve(Settings(service=ServiceSettings(port=port, workers=1)), make_app)
"""


@contextmanager
def slow_server(log: Path) -> Iterator[Server]:
    """One worker of the product's own server whose every answer takes a tenth of a second; it notes what it did."""
    log.touch()
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(log), str(port)], env=environment())
    running = Server(process, port)
    try:
        until(running.is_up, "the service is up")
        yield running
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0


def ask(stack: ExitStack, running: Server, path: str) -> socket.socket:
    connection: socket.socket = stack.enter_context(running.connect())
    connection.sendall(f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"Connection: close\r\n\r\n")
    return connection


def answer_to(connection: socket.socket) -> tuple[int, dict[str, str]]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status, {name.lower(): value for name, value in response.getheaders()}


def test_next_to_nothing_is_done_for_clients_that_left_before_their_turn(tmp_path: Path) -> None:
    """The loop learns of those who left between two answers, so a few may be answered before it does."""
    log = tmp_path / "done"
    with slow_server(log) as running, ExitStack() as stack:
        ask(stack, running, "/slow/first")
        for number in range(30):
            ask(stack, running, f"/slow/left-{number}").close()
        assert answer_to(ask(stack, running, "/slow/last"))[0] == 200
        done = log.read_text().splitlines()
    assert (done[1], done[-1]) == ("/slow/first", "/slow/last")
    assert sum(name.startswith("/slow/left") for name in done) <= 5


def test_who_would_wait_too_long_is_refused_with_503_and_told_when_to_come_back(tmp_path: Path) -> None:
    with slow_server(tmp_path / "done") as running, ExitStack() as stack:
        connections = [ask(stack, running, f"/slow/{number}") for number in range(100)]
        answers = [answer_to(connection) for connection in connections]
        statuses = Counter(status for status, _ in answers)
        begun = time.monotonic()
        assert running.get("/quick") == (200, "ok")
        assert time.monotonic() - begun < 3
    assert set(statuses) == {200, 503}
    assert 5 <= statuses[200] <= 20  # a tenth of a second each, and nobody waits for more than one
    assert {fields["retry-after"] for status, fields in answers if status == 503} == {"2"}


def test_who_could_expect_to_wait_too_long_is_refused_at_once(tmp_path: Path) -> None:
    """As soon as the worker knows how long its answers take: a tenth of a second, so three may wait."""
    with slow_server(tmp_path / "done") as running, ExitStack() as stack:
        for number in range(20):
            assert running.get(f"/slow/before-{number}") == (200, "ok")
        connections = [ask(stack, running, f"/slow/{number}") for number in range(30)]
        begun = time.monotonic()
        assert answer_to(connections[-1])[0] == 503
        assert time.monotonic() - begun < 0.8  # who waits is refused after a second
        statuses = Counter(answer_to(connection)[0] for connection in connections[:-1])
    assert 3 <= statuses[200] <= 8


def test_what_does_not_fit_into_the_line_is_refused_before_anything_else_is_done(tmp_path: Path) -> None:
    with slow_server(tmp_path / "done") as running, ExitStack() as stack:
        ask(stack, running, "/slow/0")
        time.sleep(0.05)
        begun = time.monotonic()
        last = [ask(stack, running, f"/slow/{number}") for number in range(1, 120)][-1]
        assert answer_to(last)[0] == 503
        assert time.monotonic() - begun < 0.8  # who waits is refused after a second


# ------------------------------------------------------------------------------------------------------- the product


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(tmp_path_factory.mktemp("overloaded"))
    made.post("lamb-stew.md", "Lamb stew", "Brown the lamb. " * 20_000)
    made.build()
    return made


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    now = datetime.now(UTC)
    return new_token(site.content.parent / "decided", "editor", now + timedelta(hours=1), now)


@pytest.fixture(scope="module")
def server(site: Site, token: str) -> Iterator[Server]:
    settings = site.content.parent / "seealso.toml"
    settings.write_text(
        '[editing]\ndirectory = "decided"\n[service]\nworkers = 1\norigins = ["https://blog.example"]\n'
    )
    with serving(site.content, site.index, settings) as running:
        yield running


SEARCH = b"GET /api/v1/search?q=lamb HTTP/1.1\r\nOrigin: https://blog.example\r\n" + HOST + b"\r\n"


def test_a_crowd_is_answered_or_refused_in_words_and_health_is_always_answered(server: Server) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(600)]
        for number, connection in enumerate(connections):
            connection.sendall(SEARCH.replace(b"lamb", b"lamb+%d" % number))
        assert server.get("/healthz")[0] == 200
        assert server.get("/readyz")[0] == 200
        answers = [answer_to(connection) for connection in connections]
    refused = [fields for status, fields in answers if status != 200]
    assert {status for status, _ in answers} == {200, 503}
    for fields in refused:
        assert (fields["content-type"], fields["retry-after"]) == ("application/problem+json", "2")
        assert fields["access-control-allow-origin"] == "https://blog.example"  # or a page could not tell why
    assert server.search("lamb") == ["lamb-stew"]


def test_a_crowd_that_asks_the_same_is_answered(server: Server) -> None:
    """What is kept waits in no line, so none is refused."""
    assert server.search("lamb") == ["lamb-stew"]
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(600)]
        for connection in connections:
            connection.sendall(
                b"GET /api/v1/search?q=lamb HTTP/1.1\r\n" + HOST.replace(b"localhost", place(server)) + b"\r\n"
            )
        assert {answer_to(connection)[0] for connection in connections} == {200}


def place(server: Server) -> bytes:
    """The Host that `Server.get` sends."""
    return server.origin.removeprefix("http://").encode()


def half_sent(token: str) -> bytes:
    head = f"POST /api/v1/suggestions/draft HTTP/1.1\r\nAuthorization: Bearer {token}\r\n".encode() + HOST
    return head + b'Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"text": "Rye'


def test_half_sent_bodies_stop_neither_visitors_nor_editors_and_are_refused_in_time(server: Server, token: str) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(64)]
        for connection in connections:
            connection.sendall(half_sent(token))
        time.sleep(0.2)
        begun = time.monotonic()
        assert [server.search("lamb") for _ in range(8)] == [["lamb-stew"]] * 8
        assert draft(server, token, '{"text": "# Rye\\n\\nRye bread."}') == 200
        assert time.monotonic() - begun < BODY_SECONDS
        assert {answer_to(connection)[0] for connection in connections} == {408}


def draft(server: Server, token: str, body: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    with suppress(BrokenPipeError):
        connection.request(
            "POST",
            "/api/v1/suggestions/draft",
            body,
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
def test_a_body_over_64_kb_is_refused_however_it_is_sent(server: Server, token: str, chunked: bool) -> None:
    body = json.dumps({"text": "x" * 70_000})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with suppress(BrokenPipeError, ConnectionResetError):
        pieces = iter([body[:35_000].encode(), body[35_000:].encode()]) if chunked else body
        connection.request("POST", "/api/v1/suggestions/draft", pieces, fields, encode_chunked=chunked)
    assert connection.getresponse().status == 413
    connection.close()


def test_readers_that_do_not_read_stop_nobody(server: Server) -> None:
    page = b"GET /lamb-stew/ HTTP/1.1\r\n" + HOST + b"\r\n"
    with ExitStack() as stack:
        for _ in range(32):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.connect(("127.0.0.1", server.port))
            stack.enter_context(connection).sendall(page)
        # Their pages are made one after the other; what is promised is that then nobody waits for them to be read.
        until(lambda: server.get("/api/v1/search?q=lamb")[0] == 200, "their pages are made")
        assert [server.search("lamb") for _ in range(8)] == [["lamb-stew"]] * 8
