"""`search.opensearch.fallback` on real nodes: while they are away the index on disk answers, in time, and says so."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from nodes import Nodes
from opensearch_site import DEADLINE, SLACK, fill, search_on
from serving import Server, serving, until

from indexer.errors import EngineUnavailable
from indexer.search.opensearch import cluster as module
from indexer.search.opensearch.fallback import AWAY

if TYPE_CHECKING:
    from conftest import Site

QUESTIONS = ("rye+bread", "%22oven+salt%22", "crust+-dough", "starter+loaf+bake", "water+flour&tag=a")
# Seconds until a service that was told nothing has noticed that all nodes are back.
BACK_WITHIN = 60.0


@pytest.fixture
def with_fallback(whole: Nodes, site: Site) -> Site:
    site.settings = replace(site.settings, search=search_on(whole, fallback=True))
    fill(site)
    site.build()
    return site


@contextmanager
def served(site: Site) -> Iterator[Server]:
    """The real service, two workers, each of which has to notice by itself."""
    search = site.settings.search.opensearch
    variables = {
        "SEEALSO_SEARCH_ENGINE": "opensearch",
        "SEEALSO_SEARCH_OPENSEARCH_HOSTS": ",".join(search.hosts),
        "SEEALSO_SEARCH_OPENSEARCH_TIMEOUT": str(search.timeout),
        "SEEALSO_SEARCH_OPENSEARCH_FALLBACK": "true",
        "SEEALSO_SERVICE_WORKERS": "2",
    }
    with serving(site.content, site.index, variables=variables) as server:
        yield server


def answered(server: Server, words: str, number: int = 0) -> tuple[float, dict[str, Any]]:
    """The seconds that an answer took, and it. number: of a question that nobody asked before, so none is kept."""
    started = time.monotonic()
    status, body = server.get(f"/api/v1/search?q={words}&per_page=100&snippet={100 + number}")
    assert status == 200, body
    return time.monotonic() - started, dict(body)


def shown(body: dict[str, Any]) -> Any:
    """What a visitor sees: the hits in their order, how many there are, and of which generation."""
    return [hit["id"] for hit in body["hits"]], body["total"], body["tags"], body["generation"]


def check_degraded(server: Server, before: dict[str, dict[str, Any]], number: int) -> None:
    """The disk answers in time, with the posts that the cluster found; their order is that of the other index."""
    for words, body in before.items():
        seconds, degraded = answered(server, words, number)
        assert seconds < DEADLINE + SLACK
        assert degraded["degraded"]
        (ids, *others), (its_ids, *its_others) = shown(body), shown(degraded)
        assert (set(its_ids), its_others) == (set(ids), others), words


def ready(server: Server) -> tuple[int, bool, list[str]]:
    status, body = server.get("/readyz")
    return status, body["degraded"], body["problems"]


def is_whole(server: Server) -> bool:
    """Whether both workers answer from the cluster, as far as ten questions can tell."""
    bodies = [answered(server, "salt", number)[1] for number in range(10)]
    return not any(body["degraded"] for body in bodies) and ready(server) == (200, False, [])


def test_through_an_outage_of_all_nodes_the_disk_answers_and_a_build_fails_and_after_it_all_is_as_before(
    with_fallback: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.patiently, "__defaults__", (2.0,))
    monkeypatch.setattr(module.Cluster.administer, "__defaults__", (None, None, 2.0))
    with served(with_fallback) as server:
        before = {words: answered(server, words)[1] for words in QUESTIONS}
        assert not any(body["degraded"] for body in before.values())
        assert ready(server) == (200, False, [])
        for node in whole.nodes:
            node.kill()
        for number in range(4):  # more than once, so that both workers are asked
            check_degraded(server, before, number + 1)
        assert ready(server) == (200, True, [AWAY])
        with pytest.raises(EngineUnavailable, match="cannot be reached"):
            with_fallback.build(force=True)
        check_degraded(server, before, 6)
        for node in whole.nodes:
            node.start()
        whole.wait()
        until(lambda: is_whole(server), "the cluster answers again", BACK_WITHIN)
        after = {words: answered(server, words, 9)[1] for words in QUESTIONS}
        assert {words: shown(body) for words, body in after.items()} == {w: shown(b) for w, b in before.items()}
        assert with_fallback.build(force=True).generation == "000002"
        until(lambda: answered(server, "rye")[1]["generation"] == "000002", "the new one is served", BACK_WITHIN)


def test_while_all_nodes_hang_one_question_waits_for_its_deadline_and_the_next_for_nothing(
    with_fallback: Site, whole: Nodes
) -> None:
    reader = with_fallback.open().reader
    with served(with_fallback) as server:
        for node in whole.nodes:
            node.signal(signal.SIGSTOP)
        try:
            times = []
            for number in range(20):
                seconds, body = answered(server, "rye+bread", number)
                assert body["degraded"]
                times.append(seconds)
        finally:
            for node in whole.nodes:
                node.signal(signal.SIGCONT)
        assert max(times) < DEADLINE + SLACK
        assert len([one for one in times if one > DEADLINE / 2]) <= 2  # one of each worker
        until(lambda: is_whole(server), "the cluster answers again", BACK_WITHIN)
    assert reader.trouble == ""
