"""How much of the server's speed is left when it searches? Search over HTTP beside a constant of the same size.

    python -m benchmarks.http_load SITE QUESTIONS

SITE is built with the default settings into a scratch folder and served by `seealso serve`, two workers, on loopback.
QUESTIONS is a folder with queries.jsonl: all different, in their order, over 16 connections. Baseline, in the same run:
a Flask route that returns a constant of the same mean size, on the same server with the same settings. Both take turns,
and each one's best turn counts, so that what else the machine does weighs less. Then p50 and p99 at half of the rate
that search reached, from when each request was due. Last the profile of one request, in this process.
"""

from __future__ import annotations

import argparse
import cProfile
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
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response

from benchmarks.ground import HTTP_P99, HTTP_SHARE, TODAY, content_of, held, within
from benchmarks.http_client import load_apart
from indexer.build import build
from indexer.search.query import LONGEST
from indexer.settings import IndexSettings, ServiceSettings, Settings
from service.app import create_app
from service.server import serve

HERE = Path(__file__).parent.parent
CONNECTIONS = 16
WORKERS = 2
MOST = 200_000  # requests of one run, however fast the server is
PROFILED = 4_000
TOP = 25
# The steps of a request: functions as (file, name) whose time, with all that they call, is the step's.
STEPS = {
    "parameters and question": [("service/api.py", "given"), ("service/api.py", "search_query")],
    "ranking": [("fulltext/columnar.py", "_answer")],
    "facets": [("search/metadata.py", "facets")],
    "sections, snippets, highlights": [("search/snippets.py", "shown_hits")],
    "JSON": [("indexer/output/serialize.py", "search_text")],
    "the generation that is served": [("service/follower.py", "get")],
}


# ------------------------------------------------------------------------------------------------- the servers


def constant_app(size: int, _: Settings) -> Flask:
    """One route, a constant as long as the mean answer."""
    app, body = Flask("constant"), json.dumps("x" * (size - 2))

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
        yield port
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


def asked(port: int, paths: list[str], seconds: float, rate: float | None = None) -> dict[str, Any]:
    """What the client, a process of its own, measured."""
    order = {"port": port, "paths": paths, "connections": CONNECTIONS, "seconds": seconds, "most": MOST, "rate": rate}
    found = load_apart(order)
    assert not found["refused"], f"{found['refused']} requests were not answered with 200"
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


def measure(settings: Settings, paths: list[str], seconds: float, rounds: int) -> bool:
    """Prints the rates and latencies; whether both promises hold."""
    command = [str(Path(sys.executable).with_name("seealso")), "serve", "--port"]
    told = {"SEEALSO_INDEX_DIRECTORY": str(settings.index.directory), "SEEALSO_SERVICE_WORKERS": str(WORKERS)}
    serving_constant = (
        "import sys; from benchmarks.http_load import serve_constant; serve_constant(*map(int, sys.argv[1:]))"
    )
    searches, constants = [], []
    for _ in range(rounds):
        with running(command, told) as port:
            asked(port, paths, 2.0)
            searches.append(asked(port, paths, seconds))
        size = round(searches[0]["mean_bytes"])
        other = [sys.executable, "-c", serving_constant, str(size)]
        with running(other, {}) as port:
            asked(port, ["/constant"], 2.0)
            constants.append(asked(port, ["/constant"], seconds))
    search, constant = (max(one["requests"] / one["seconds"] for one in runs) for runs in (searches, constants))
    print(f"  {constant:8,.0f} requests/s  a constant of {size:,} bytes")
    print(f"  {search:8,.0f} requests/s  search: {search / constant:.2f} of that")
    with running(command, told) as port:
        asked(port, paths, 2.0)
        half = asked(port, paths, seconds, rate=search / 2)
    with running(other, {}) as port:  # as slow as this is the machine itself, and whatever else it does
        asked(port, ["/constant"], 2.0)
        idle = asked(port, ["/constant"], seconds, rate=search / 2)
    print(f"  at {search / 2:,.0f} requests/s, from when each was due: p50 and p99 in ms")
    print(f"  {idle['p50']:8.1f} {idle['p99']:8.1f}  the constant")
    print(f"  {half['p50']:8.1f} {half['p99']:8.1f}  search")
    kept = held("requests/s of search as a share of a constant's", search / constant, HTTP_SHARE)
    return within("p99 at half of that load, ms,", half["p99"], HTTP_P99) and kept


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.http_load", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument("--seconds", type=float, default=8.0, metavar="N", help="of each run")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="turns of each server")
    parser.add_argument("--no-load", action="store_true", help="only the profile")
    told = parser.parse_args()
    with open(told.questions / "queries.jsonl", encoding="utf-8") as lines:
        questions = list(dict.fromkeys(json.loads(line)["text"][:LONGEST] for line in lines))
    paths = [f"/api/v1/search?q={quote(one)}" for one in questions]
    with tempfile.TemporaryDirectory() as scratch:
        settings = replace(Settings(content=content_of(told.site)), index=IndexSettings(directory=Path(scratch)))
        report = build(settings, today=TODAY)
        print(f"{told.site.name}: {report.posts:,} posts, {len(paths):,} different questions, {WORKERS} workers")
        kept = told.no_load or measure(settings, paths, told.seconds, told.rounds)
        stats = profiled(settings, paths)
    print_shares(stats)
    stats.sort_stats("tottime").print_stats(TOP)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
