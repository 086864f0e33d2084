"""Workers that die or hang are replaced, and cost nobody but those whom they were answering: the real server."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import Site
from serving import Server, serving, until

from service import supervisor
from service.supervisor import SILENT_SECONDS, Heart, Supervisor


def workers_of(running: Server) -> set[int]:
    process = running.process.pid
    return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


@pytest.fixture
def site(site: Site, stew: Site) -> Site:
    return site.copy(stew)


def test_deaths_in_a_row_end_neither_the_service_nor_the_other_worker(site: Site) -> None:
    with serving(site.content, site.index) as running:
        until(lambda: len(workers_of(running)) == 2, "both workers run")
        healthy = max(workers_of(running))
        for _ in range(4):
            until(lambda: len(workers_of(running)) == 2, "another worker runs")
            (doomed,) = workers_of(running) - {healthy}
            os.kill(doomed, signal.SIGKILL)
            until(lambda gone=doomed: gone not in workers_of(running), "it is gone")  # type: ignore[misc]
            assert running.search("lamb") == ["lamb-stew"]
        until(lambda: len(workers_of(running)) == 2, "another worker runs")
        assert healthy in workers_of(running)
    assert running.said.count("ended (SIGKILL); another starts") == 4


def test_a_worker_that_is_stopped_keeps_nobody_waiting_and_is_replaced(site: Site) -> None:
    with serving(site.content, site.index) as running:
        until(lambda: len(workers_of(running)) == 2, "both workers run")
        time.sleep(2)  # both have given a sign of life; until then more patience is due
        stopped = min(workers_of(running))
        os.kill(stopped, signal.SIGSTOP)
        time.sleep(0.1)  # what it has accepted until then is lost with it
        begun, slowest = time.monotonic(), 0.0
        while stopped in workers_of(running):
            asked_at = time.monotonic()
            assert running.search("lamb") == ["lamb-stew"]
            slowest = max(slowest, time.monotonic() - asked_at)
            assert time.monotonic() - begun < SILENT_SECONDS + 5, "nobody noticed"
            time.sleep(0.05)
        until(lambda: len(workers_of(running)) == 2, "another worker runs")
    assert slowest < 2.0  # new connections go to the one that is free
    assert "was silent for" in running.said


def test_workers_end_when_their_parent_is_killed(site: Site) -> None:
    with serving(site.content, site.index, is_killed=True) as running:
        until(lambda: len(workers_of(running)) == 2, "both workers run")
        workers = workers_of(running)
        running.process.kill()
        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), "they have ended")


def test_a_worker_that_cannot_live_is_started_ever_more_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.2)
    starts = tmp_path / "starts"

    def die_at_once(heart: Heart) -> None:
        with starts.open("a") as file:
            file.write(f"{time.monotonic()}\n")
        if len(starts.read_text().split()) == 5:
            os.kill(os.getppid(), signal.SIGTERM)

    run(die_at_once)
    moments = list(map(float, starts.read_text().split()))
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[1] >= 0.15
    assert pauses[2] >= 0.35
    assert pauses[3] >= 0.75


def run(work: Callable[[Heart], None]) -> None:
    Supervisor(works={"worker 1": work}, stop_seconds=1.0, on_first_beat=lambda: None).run()


def test_it_stops_when_it_is_told_to_and_leaves_the_signals_as_they_were() -> None:
    def beat(heart: Heart) -> None:
        heart.beat()
        os.kill(os.getppid(), signal.SIGTERM)
        signal.pause()

    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    run(beat)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] == before
