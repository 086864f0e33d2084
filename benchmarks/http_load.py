"""How much of the server's speed is left when it searches? Search over HTTP beside a constant of the same size.

    python -m benchmarks.http_load SITE QUESTIONS

SITE is built with the default settings into a scratch folder and served by `seealso serve`, two workers, on loopback.
QUESTIONS is a folder with queries.jsonl. Three loads over 16 connections, see http_questions.py: questions that are all
different, so that none is answered from what is kept; a log in which they repeat as visitors' do, with what is typed on
the way; and questions of which the client has the answer (304). Baseline of each, in the same run: a Flask route that
returns a constant of the same mean size, on the same server with the same settings. All take turns, and each one's best
turn counts, so that what else the machine does weighs less; beside the rates stands the processor time that the server
took for a request, on which that weighs least. Then p50 and p99 at half of the rate that different questions reached,
from when each request was due. Last the profile of one request, in this process.
"""

from __future__ import annotations

import argparse
import cProfile
import http.client
import io
import json
import os
import pstats
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask, Response

from benchmarks.ground import (
    HTTP_DIFFERENT,
    HTTP_NOT_MODIFIED,
    HTTP_P99,
    HTTP_REPEATING,
    TODAY,
    content_of,
    held,
    within,
)
from benchmarks.http_client import load_apart
from benchmarks.http_questions import different, questions_of, repeating
from indexer.build import build
from indexer.settings import IndexSettings, ServiceSettings, Settings
from service.app import create_app
from service.server import serve

HERE = Path(__file__).parent.parent
CONNECTIONS = 16
WORKERS = 2
WARM_SECONDS = 2.0
LOG_SECONDS = 20.0  # until a log repeats as it does all day: the first thousands of its questions are new
MOST = 200_000  # requests of one run, however fast the server is
MOST_DIFFERENT = 60_000
PROFILED = 4_000
TOP = 25
# The steps of a request: functions as (file, name) whose time, with all that they call, is the step's.
STEPS = {
    "parameters and question": [("service/api.py", "given"), ("service/api.py", "search_request")],
    "ranking": [("search/columnar/engine.py", "_answer")],
    "facets": [("search/metadata.py", "tag_counts"), ("search/metadata.py", "language_counts")],
    "sections, snippets, highlights": [("search/snippets.py", "shown_hits")],
    "JSON": [("indexer/output/serialize.py", "search")],
    "the generation that is served": [("service/follower.py", "get")],
}


# ------------------------------------------------------------------------------------------------- the servers


def constant_app(size: int, _: Settings) -> Flask:
    """One route, a constant as long as the mean answer."""
    app, body = Flask("constant"), json.dumps("x" * max(size - 2, 0))

    @app.get("/constant")
    def constant() -> Response:
        return Response(body, content_type="application/json")

    return app


def serve_constant(size: int, port: int) -> None:
    from functools import partial

    serve(Settings(service=ServiceSettings(port=port, workers=WORKERS)), partial(constant_app, size))


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """The port of a server that answers; it is ended afterwards."""
    with served(command, environment) as (port, _):
        yield port


@contextmanager
def served(command: list[str], environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """The port of a server that answers, and its process; it is ended afterwards."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEEALSO_")}
    told = inherited | environment | {"SEEALSO_SERVICE_PORT": str(port), "PYTHONPATH": str(HERE)}
    process = subprocess.Popen([*command, str(port)], env=told, cwd=HERE)
    try:
        deadline = time.monotonic() + 30
        while not accepts(port):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)
        time.sleep(1.0)  # until the second worker is there too
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def asked(
    port: int, paths: list[str], seconds: float, rate: float | None = None, etags: list[str] | None = None
) -> dict[str, Any]:
    """What the client, a process of its own, measured. No path is asked twice, unless the constant's."""
    most = MOST if len(paths) == 1 or etags else len(paths)
    order = {"port": port, "paths": paths, "connections": CONNECTIONS, "seconds": seconds, "most": most, "rate": rate}
    found = load_apart(order | {"etags": etags or []})
    # A few are refused where the machine itself stands still for a second.
    assert found["refused"] <= found["requests"] / 100, f"{found['refused']} requests were not answered with 200"
    return found


# ------------------------------------------------------------------------------------------------- the profile


def profiled(settings: Settings, paths: list[str]) -> pstats.Stats:
    """Where the time of some thousand requests goes, from the WSGI call to the last byte."""
    app = create_app(settings)
    environs = [environ(path) for path in paths]
    for one in environs:
        answer(app, one)
    profile = cProfile.Profile()
    for number in range(PROFILED):
        one = dict(environs[number % len(environs)])
        profile.enable()
        answer(app, one)
        profile.disable()
    return pstats.Stats(profile, stream=sys.stdout)


def answer(app: Flask, environment: dict[str, Any]) -> bytes:
    body = app.wsgi_app(environment, lambda status, headers, error=None: lambda data: None)
    try:
        return b"".join(body)
    finally:
        body.close()  # type: ignore[attr-defined]


def environ(path: str) -> dict[str, Any]:
    route, _, query = path.partition("?")
    said = {"REQUEST_METHOD": "GET", "PATH_INFO": route, "QUERY_STRING": query, "SCRIPT_NAME": ""}
    said |= {"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1"}
    wsgi = {"version": (1, 0), "url_scheme": "http", "input": io.BytesIO(), "errors": sys.stderr}
    wsgi |= {"multithread": True, "multiprocess": True, "run_once": False}
    return said | {f"wsgi.{name}": value for name, value in wsgi.items()}


def print_shares(stats: pstats.Stats) -> None:
    """The share of each step; the profiler slows calls down, so shares say more than times."""
    rows: dict[tuple[str, int, str], tuple[Any, Any, float, float, Any]] = stats.stats  # type: ignore[attr-defined]
    whole = stats.total_tt  # type: ignore[attr-defined]
    shares = {
        step: sum(
            row[3] / whole
            for (file, _, name), row in rows.items()
            if any(file.endswith(end) and name == wanted for end, wanted in functions)
        )
        for step, functions in STEPS.items()
    }
    shares["Flask, headers, everything else"] = 1 - sum(shares.values())
    print(f"  one request under the profiler: {whole / PROFILED * 1e6:,.0f} µs, of which")
    for step, share in sorted(shares.items(), key=lambda pair: -pair[1]):
        print(f"    {share:6.1%}  {step}")


# ------------------------------------------------------------------------------------------------------ the run


@dataclass(frozen=True, slots=True)
class Load:
    """Requests of one kind. share: of the constant's rate that is promised. etags: what the client has of each.

    warm_seconds: for which the server is asked before anything counts.
    """

    name: str
    paths: list[str]
    share: float
    etags: list[str] | None = None
    warm_seconds: float = WARM_SECONDS


@dataclass(frozen=True, slots=True)
class Rate:
    """What one turn gave: requests a second, microseconds of the server's processors for each, mean bytes."""

    per_second: float
    microseconds: float
    size: int


def turn(command: list[str], told: dict[str, str], load: Load, seconds: float) -> Rate:
    """One turn of a fresh server: some seconds to get warm, then those that count, from where the load was then."""
    with served(command, told) as (port, process):
        warm = asked(port, load.paths, load.warm_seconds, etags=load.etags)
        rest = load.paths if len(load.paths) == 1 or load.etags else load.paths[warm["requests"] :]
        before = processor_seconds(process)
        found = asked(port, rest, seconds, etags=load.etags)
        used = processor_seconds(process) - before
    return Rate(found["requests"] / found["seconds"], used / found["requests"] * 1e6, round(found["mean_bytes"]))


def processor_seconds(process: int) -> float:
    """Of a server's workers, the children of its process."""
    ticks = 0
    for child in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split():
        fields = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])  # in the user's name, and in the system's
    return ticks / os.sysconf("SC_CLK_TCK")


def etags_of(port: int, paths: list[str]) -> list[str]:
    found = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path in paths:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        found.append(response.headers["ETag"])
    connection.close()
    return found


def measure(settings: Settings, questions: list[str], seconds: float, rounds: int) -> bool:
    """Prints the rates and latencies; whether all promises hold."""
    command = [str(Path(sys.executable).with_name("seealso")), "serve", "--port"]
    told = {"SEEALSO_INDEX_DIRECTORY": str(settings.index.directory), "SEEALSO_SERVICE_WORKERS": str(WORKERS)}
    known = different(questions, len(questions))
    with running(command, told) as port:
        etags = etags_of(port, known)
    fresh = different(questions, MOST_DIFFERENT)
    loads = [
        Load("different questions", fresh, HTTP_DIFFERENT),
        Load("a log that repeats", repeating(questions, MOST), HTTP_REPEATING, warm_seconds=LOG_SECONDS),
        Load("not modified (304)", known, HTTP_NOT_MODIFIED, etags),
    ]
    kept = [compare(command, told, load, seconds, rounds) for load in loads]
    rate = kept[0][1] / 2
    with running(command, told) as port:
        warm = asked(port, fresh, WARM_SECONDS)
        half = asked(port, fresh[warm["requests"] :], seconds, rate=rate)
    with running(constant_of(half["mean_bytes"]), {}) as port:  # as slow as this is the machine, and what else it does
        asked(port, ["/constant"], WARM_SECONDS)
        idle = asked(port, ["/constant"], seconds, rate=rate)
    print(f"  at {rate:,.0f} requests/s, from when each was due: p50 and p99 in ms")
    print(f"  {idle['p50']:8.1f} {idle['p99']:8.1f}  the constant")
    print(f"  {half['p50']:8.1f} {half['p99']:8.1f}  different questions")
    return within("p99 at half of that load, ms,", half["p99"], HTTP_P99) and all(one for one, _ in kept)


def compare(command: list[str], told: dict[str, str], load: Load, seconds: float, rounds: int) -> tuple[bool, float]:
    """Prints the rates of a load and of its constant; whether the promise holds, and the rate."""
    turns: list[tuple[Rate, Rate]] = []
    for _ in range(rounds):
        one = turn(command, told, load, seconds)
        turns.append((one, turn(constant_of(one.size), {}, Load("constant", ["/constant"], 1.0), seconds)))
    ours, constants = zip(*turns, strict=True)
    rate, constant = (max(one.per_second for one in each) for each in (ours, constants))
    used, used_by_constant = (min(one.microseconds for one in each) for each in (ours, constants))
    print(f"  {load.name}")
    print(f"  {constant:8,.0f} requests/s, {used_by_constant:6,.0f} µs each  a constant of {ours[0].size:,} bytes")
    print(f"  {rate:8,.0f} requests/s, {used:6,.0f} µs each  {rate / constant:.2f} of that rate")
    return held(f"the rate of {load.name} as a share of a constant's", rate / constant, load.share), rate


def constant_of(size: float) -> list[str]:
    code = "import sys; from benchmarks.http_load import serve_constant; serve_constant(*map(int, sys.argv[1:]))"
    return [sys.executable, "-c", code, str(round(size))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_load", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="N", help="of each run")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each server")
    parser.add_argument("--no-load", action="store_true", help="only the profile")
    told = parser.parse_args()
    questions = questions_of(told.questions)
    with tempfile.TemporaryDirectory() as scratch:
        settings = replace(Settings(content=content_of(told.site)), index=IndexSettings(directory=Path(scratch)))
        report = build(settings, today=TODAY)
        print(f"{told.site.name}: {report.posts:,} posts, {len(questions):,} questions, {WORKERS} workers")
        kept = told.no_load or measure(settings, questions, told.seconds, told.rounds)
        stats = profiled(settings, different(questions, len(questions)))
    print_shares(stats)
    stats.sort_stats("tottime").print_stats(TOP)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
