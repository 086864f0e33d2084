"""What those who run the service see of it: metrics on an address of their own, and a log; the real server."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Site
from prometheus_client.parser import text_string_to_metric_families
from serving import PATIENCE, Server, environment, free_port, serving, until

from indexer.store.generation import locked, rollback
from service.logs import Stderr

MONITORING = Path(__file__).resolve().parents[2] / "docs" / "monitoring"


@pytest.fixture
def site(site: Site, stew: Site) -> Site:
    return site.copy(stew)


Labels = tuple[tuple[str, str], ...]


class Watched:
    """A running service and the address on which it answers Prometheus."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self._port = port

    def scrape(self) -> dict[tuple[str, Labels], float]:
        """Every sample by its name and labels."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        families = text_string_to_metric_families(text)
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.scrape().get((name, tuple(sorted(labels.items()))), 0.0)


@contextmanager
def watched(site: Site, **variables: str) -> Iterator[Watched]:
    port = free_port()
    with serving(
        site.content, site.index, variables={"SEEALSO_SERVICE_METRICS": f"127.0.0.1:{port}"} | variables
    ) as running:
        yield Watched(running, port)


# ----------------------------------------------------------------------------------------------------------- metrics


def test_requests_are_counted_by_route_and_status_over_all_workers(site: Site) -> None:
    with watched(site) as service:
        for _ in range(20):
            service.server.search("lamb")
        for number in range(3):
            assert service.server.get(f"/no-such-post-{number}")[0] == 404
        assert service.server.get("/api/v1/search")[0] == 400
        count = "seealso_request_seconds_count"
        assert service.value(count, route="/api/v1/search", status="200") == 20
        assert service.value(count, route="/api/v1/search", status="400") == 1
        assert service.value(count, route="/<path:path>", status="404") == 3
        assert service.value("seealso_worker_starts_total") == 2


def test_what_is_counted_outlives_a_worker_and_memory_is_told_of_each(site: Site) -> None:
    with watched(site) as service:
        for _ in range(20):
            service.server.search("lamb")
        until(lambda: len(workers_of(service.server)) == 3, "two workers and the process for scrapes run")
        os.kill(min(workers_of(service.server)), signal.SIGKILL)
        until(lambda: service.value("seealso_worker_starts_total") == 3, "another worker runs")
        assert service.value("seealso_request_seconds_count", route="/api/v1/search", status="200") == 20
        for worker in ("1", "2"):
            assert service.value("seealso_worker_memory_bytes", worker=worker) > 10_000_000


def workers_of(running: Server) -> set[int]:
    process = running.process.pid
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def test_generations_and_builds_are_told_as_the_index_has_them(site: Site) -> None:
    with watched(site) as service:
        until(lambda: service.value("seealso_served_generation") == 1, "both workers serve it")
        site.post("rye.md", "Rye bread")
        site.build()
        assert service.value("seealso_published_generation") == 2
        assert service.value("seealso_posts") == 2
        assert service.value("seealso_last_build_outcome", outcome="published") == 1
        assert 0 <= service.value("seealso_generation_age_seconds") < 60
        until(lambda: service.value("seealso_served_generation") == 2, "both workers follow, though nobody asks")


def test_a_service_without_an_index_says_so(tmp_path: Path) -> None:
    with watched(Site(tmp_path)) as service:
        found = service.scrape()
        assert found["seealso_published_generation", ()] == found["seealso_served_generation", ()] == 0
        assert "seealso_posts" not in {name for name, _ in found}


def test_metrics_are_not_on_the_public_port_nor_anywhere_unless_asked_for(site: Site) -> None:
    with watched(site) as service:
        assert service.server.get("/metrics")[0] == 404
    with serving(site.content, site.index) as running:
        assert len(workers_of(running)) == 2


def test_the_folder_of_counts_is_private_and_goes_with_the_service(site: Site, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    with watched(site, TMPDIR=str(tmp_path / "tmp")):
        (folder,) = (tmp_path / "tmp").iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("address", ["9464", ":9464", "localhost:port", "127.0.0.1:0"])
def test_an_address_for_metrics_that_is_none_is_an_error(site: Site, warm_seealso: Path, address: str) -> None:
    done = refused(warm_seealso, site, address)
    assert done.returncode == 78
    assert '"service.metrics" must be an address and a port' in done.stderr


def test_a_port_for_metrics_that_is_taken_is_an_error(site: Site, warm_seealso: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = refused(warm_seealso, site, f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 78
    assert "cannot listen on 127.0.0.1" in done.stderr


def refused(seealso: Path, site: Site, address: str) -> subprocess.CompletedProcess[str]:
    command = [str(seealso), "--index", str(site.index), "serve", "--port", str(free_port())]
    told = environment() | {"SEEALSO_SERVICE_METRICS": address}
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=PATIENCE)


# ------------------------------------------------------------------------------------------- alerts and the dashboard

NAME = re.compile(r"\bseealso_\w+")


@pytest.fixture(scope="module")
def names_scraped(stew: Site) -> set[str]:
    """The name of every sample of a service that was asked something."""
    with watched(stew) as service:
        service.server.search("lamb")
        return {name for name, _ in service.scrape()}


def test_every_alert_is_complete_and_asks_for_metrics_that_exist(names_scraped: set[str]) -> None:
    (group,) = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    rules = group["rules"]
    assert {frozenset(rule) - {"for"} for rule in rules} == {frozenset({"alert", "expr", "labels", "annotations"})}
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert set(rule["annotations"]) == {"summary", "description"}
        named = set(NAME.findall(rule["expr"]))
        assert named <= names_scraped
        assert named or rule["expr"].startswith("up{")
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_every_panel_of_the_dashboard_asks_for_metrics_that_exist_and_none_covers_another(
    names_scraped: set[str],
) -> None:
    board = json.loads((MONITORING / "dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for expression in asked for name in NAME.findall(expression)}
    assert named <= names_scraped
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in names_scraped if name.startswith("seealso_")} <= {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in named
    }
    places = [
        {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        for at in (panel["gridPos"] for panel in board["panels"])
    ]
    assert sum(map(len, places)) == len(set().union(*places))


# --------------------------------------------------------------------------------------------------------------- log

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def ask(server: Server, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def lines_of(server: Server) -> list[dict[str, Any]]:
    """The lines of a JSON log, each of which is a JSON object."""
    return [json.loads(line) for line in server.said.splitlines()]


def test_every_request_is_a_line_with_its_route_and_nothing_that_a_visitor_typed(site: Site) -> None:
    with serving(site.content, site.index) as running:
        ask(running, "/api/v1/search?q=mysecret", X_Request_ID="abc-1")
    (line,) = (line for line in running.said.splitlines() if "/api/v1/search" in line)
    assert re.fullmatch(rf"{TIME} info \[\d+ abc-1\] GET /api/v1/search 200 in \d+\.\d ms", line)
    assert "mysecret" not in running.said
    assert "127.0.0.1" not in running.said.replace(f"http://127.0.0.1:{running.port}/", "")


def test_in_json_every_line_is_an_object(site: Site) -> None:
    with serving(site.content, site.index, variables={"SEEALSO_SERVICE_LOG": "json"}) as running:
        ask(running, "/api/v1/search?q=mysecret", X_Request_ID="abc-1")
    lines = lines_of(running)
    assert all({"time", "level", "process", "message"} <= line.keys() for line in lines)
    (line,) = (line for line in lines if line["message"] == "request" and line["request_id"] == "abc-1")
    assert re.fullmatch(TIME, line["time"])
    assert line.keys() == {
        "time", "level", "process", "message", "request_id", "method", "route", "status", "milliseconds",
    }  # fmt: skip
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/search", 200)


def test_questions_and_addresses_are_told_if_asked_for_and_tokens_never(site: Site) -> None:
    token = "seealso_" + "a" * 43
    told = {"SEEALSO_SERVICE_LOG": "json", "SEEALSO_SERVICE_LOG_REQUESTS": "full"}
    with serving(site.content, site.index, variables=told) as running:
        ask(running, "/api/v1/search?q=lamb%20stew", X_Request_ID="asked")
        ask(running, f"/api/v1/posts?token={token}", Authorization=f"Bearer {token}")
        ask(running, "/algolia/1/indexes/x?x-algolia-api-key=mykey")
    lines = lines_of(running)
    (line,) = (line for line in lines if line.get("request_id") == "asked")
    assert (line["path"], line["address"]) == ("/api/v1/search?q=lamb%20stew", "127.0.0.1")
    assert token not in running.said
    assert "mykey" not in running.said


def test_requests_are_left_out_of_the_log_if_asked_for(site: Site) -> None:
    with serving(site.content, site.index, variables={"SEEALSO_SERVICE_LOG_REQUESTS": "none"}) as running:
        ask(running, "/api/v1/search?q=lamb")
    assert "/api/v1/search" not in running.said


@pytest.mark.parametrize("sent", ["", "two words", 'quote"', "x" * 129, "caf\u00e9"])
def test_an_id_that_is_not_sane_is_replaced_by_one_of_ours(site_server: Server, sent: str) -> None:
    answered = ask(site_server, "/api/v1/search?q=lamb", X_Request_ID=sent).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", answered)


@pytest.mark.parametrize("path", ["/api/v1/search?q=lamb", "/nowhere/", "/healthz", "/", "/api/v1/posts"])
def test_a_sane_id_comes_back_with_every_answer(site_server: Server, path: str) -> None:
    sent = "Root=1-67891233-abcdef012345678912345678"
    assert ask(site_server, path, X_Request_ID=sent).headers.get_all("X-Request-ID") == [sent]


@pytest.fixture(scope="module")
def site_server(stew: Site) -> Iterator[Server]:
    with serving(stew.content, stew.index) as running:
        yield running


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_a_log_that_nobody_reads_stops_nobody_and_says_afterwards_what_was_lost(kind: str) -> None:
    ours, theirs = os.pipe() if kind == "pipe" else (end.detach() for end in socket.socketpair())
    stderr = Stderr(theirs)
    for _ in range(5_000):  # as many as fill it several times
        stderr.write(b"x" * 999 + b"\n")
    held = len(os.read(ours, 1 << 22)) // 1_000
    stderr.write(b"later\n")
    rest = os.read(ours, 1 << 22)
    held += rest.count(b"x\n")
    assert re.search(rb"warning \[\d+\] (\d+) lines of the log were lost\nlater\n$", rest)[1] == b"%d" % (5_000 - held)  # type: ignore[index]
    os.close(ours)
    os.close(theirs)


def test_generations_that_are_taken_refused_or_rolled_back_are_lines_and_so_are_workers(site: Site) -> None:
    with serving(
        site.content, site.index, variables={"SEEALSO_SERVICE_WORKERS": "1", "SEEALSO_SERVICE_LOG": "json"}
    ) as running:

        def serves(generation: str) -> None:
            def follows() -> bool:
                return bool(running.get("/readyz")[1]["generation"] == generation)

            until(follows, f"{generation} is served")

        site.post("rye.md", "Rye bread")
        site.build()
        serves("000002")
        with locked(site.index):
            rollback(site.index)
        serves("000001")
        (site.index / "current").write_text("000009 check 00000000\n")
        until(lambda: running.get("/readyz")[1]["problems"] != [], "the problem is told")
    said = [line["message"] for line in lines_of(running) if line["message"] != "request"]
    assert re.fullmatch(r"worker 1 starts as process \d+", said[0])
    assert said[1] == "generation 000001 (posts: 1) is served"
    assert said[2].startswith("serving on http://")
    assert said[3:5] == [
        "generation 000002 (posts: 2) is served instead of 000001",
        "generation 000001 (posts: 1) is served; 000002 was rolled back",
    ]
    assert "check value differs" in said[5]
    assert said[5].endswith("generation 000001 serves on")
    assert said[6:] == ["worker 1 ends, as the service does"]


def test_a_fault_in_a_request_has_its_id_and_its_traceback_on_one_line_of_json(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from indexer.settings import ServiceSettings, Settings\n"
        "from indexer.model import LogFormat\n"
        "from service import app\n"
        "from service.server import serve\n"
        "def fails(): raise RuntimeError('a bug')\n"
        "app.openapi = fails\n"
        "serve(Settings(service=ServiceSettings(port=int(sys.argv[1]), workers=1, log=LogFormat.JSON)))\n"
    )
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(port)], stderr=subprocess.PIPE, env=environment(), cwd=tmp_path
    )
    running = Server(process, port)
    until(running.is_up, "the service is up")
    assert ask(running, "/openapi.json", X_Request_ID="abc-2").status == 500
    process.terminate()
    said = [json.loads(line) for line in process.communicate(timeout=PATIENCE)[1].splitlines()]
    (line,) = (line for line in said if line["level"] == "error")
    assert line["request_id"] == "abc-2"
    assert "RuntimeError: a bug" in line["traceback"]
