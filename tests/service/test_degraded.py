"""While the cluster does not answer, the index on disk does, if the settings say so; a real server, nodes that fail."""

from __future__ import annotations

import gc
import http.client
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from corpora import ids
from fake_nodes import Accepting, Node, Replies, always, asleep, error, searched
from serving import PATIENCE, Server, free_port, serving, until

from indexer.errors import EngineUnavailable
from indexer.model import EngineName, Hits, SearchRequest, Sort
from indexer.search.opensearch.fallback import AWAY
from indexer.search.query import parse
from indexer.settings import OpenSearchSettings, SearchSettings
from service.app import create_app

TIMEOUT = 0.5


@pytest.fixture
def cluster() -> Iterator[tuple[Accepting, Node]]:
    """A node that takes builds; asked for anything, it finds all posts."""
    replies = Accepting()
    node = Node(replies)
    yield replies, node
    node.close()


@pytest.fixture
def site(tmp_path: Path, cluster: tuple[Accepting, Node]) -> Site:
    """Three posts, one of them about rye, on the cluster and on disk."""
    made = Site(tmp_path)
    made.post("rye.md", "Rye bread", "Rye, water and salt.", tags="[bread]")
    made.post("oven.md", "A good oven", "Stone keeps the heat. Any bread likes it.")
    made.post("wheat.md", "White bread", "Wheat, water and salt.", tags="[bread]")
    settings = OpenSearchSettings((cluster[1].url,), timeout=TIMEOUT, fallback=True)
    made.settings = replace(made.settings, search=SearchSettings(EngineName.OPENSEARCH, opensearch=settings))
    made.build()
    return made


@contextmanager
def hanging() -> Iterator[Replies]:
    with asleep(30) as reply:
        yield reply


@contextmanager
def failing() -> Iterator[Replies]:
    yield always(*error(503, "cluster_block_exception"))


@contextmanager
def without_the_index() -> Iterator[Replies]:
    yield searched(error(404, "index_not_found_exception")[1])


AWAY_IN_EVERY_WAY = pytest.mark.parametrize("away", [hanging, failing, without_the_index])


@contextmanager
def served(site: Site, tmp_path: Path, **variables: str) -> Iterator[Server]:
    """The real server, one worker, so that what one question meets the next one knows."""
    search = site.settings.search.opensearch
    (file := tmp_path / "seealso.toml").write_text(
        f'[search]\nengine = "opensearch"\n[search.opensearch]\nhosts = ["{search.hosts[0]}"]\n'
        f"timeout = {TIMEOUT}\nfallback = true\n[service]\nworkers = 1\n"
    )
    with serving(site.content, site.index, file, variables=variables) as server:
        yield server


def answered(server: Server, words: str = "rye") -> dict[str, Any]:
    status, body = server.get(f"/api/v1/search?q={words}")
    assert status == 200, body
    return dict(body)


def ready(server: Server) -> tuple[int, bool, list[str]]:
    status, body = server.get("/readyz")
    return status, body["degraded"], body["problems"]


@AWAY_IN_EVERY_WAY
def test_a_question_that_the_cluster_does_not_answer_is_answered_from_disk_and_says_so(
    site: Site, tmp_path: Path, cluster: tuple[Accepting, Node], away: Any
) -> None:
    replies, _ = cluster
    with served(site, tmp_path) as server, ExitStack() as failure:
        assert (answered(server)["total"], answered(server)["degraded"]) == (3, False)
        assert ready(server) == (200, False, [])
        replies.instead = failure.enter_context(away())
        degraded = [answered(server, f"rye+{word}") for word in ("bread", "salt", "water")]
        assert [(one["generation"], one["degraded"], one["hits"][0]["id"]) for one in degraded] == [
            ("000001", True, "rye")
        ] * 3
        assert ready(server) == (200, True, [AWAY])
        replies.instead = None
        until(lambda: ready(server) == (200, False, []), "the cluster is back")
        assert not answered(server, "rye+salt")["degraded"]
    assert (server.said.count(AWAY), server.said.count("the cluster answers again")) == (1, 1)


def test_one_question_waits_for_a_cluster_that_hangs_and_those_after_it_for_nothing(
    site: Site, cluster: tuple[Accepting, Node]
) -> None:
    replies, node = cluster
    reader = site.open().reader
    with asleep(30) as replies.instead:
        reader.search(SearchRequest(parse("rye")))
        asked = len(node.asked)
        for _ in range(50):
            assert reader.search(SearchRequest(parse("rye"))).degraded
        assert len(node.asked) <= asked + 1  # the thread that looks whether it is back


def test_what_a_new_build_has_is_answered_from_disk_too(
    site: Site, tmp_path: Path, cluster: tuple[Accepting, Node]
) -> None:
    replies, _ = cluster
    with served(site, tmp_path) as server:
        replies.instead = always(*error(503, "cluster_block_exception"))
        assert answered(server, "spelt")["total"] == 0
        replies.instead = None
        site.post("spelt.md", "Spelt bread", "Spelt and water.")
        site.build()
        until(lambda: answered(server, "spelt")["generation"] == "000002", "the new generation is served")
        replies.instead = always(*error(503, "cluster_block_exception"))
        found = answered(server, "spelt+bread")
        assert (found["generation"], found["degraded"], found["hits"][0]["id"]) == ("000002", True, "spelt")


def test_a_degraded_answer_is_kept_by_nobody(site: Site, cluster: tuple[Accepting, Node]) -> None:
    replies, _ = cluster
    client = create_app(site.settings).test_client()
    assert client.get("/api/v1/search?q=rye").headers["ETag"]
    replies.instead = always(*error(503, "cluster_block_exception"))
    answer = client.get("/api/v1/search?q=rye")
    assert (answer.headers.get("ETag"), answer.headers["Cache-Control"]) == (None, "no-store")
    assert client.get("/?q=rye").status_code == 200


def test_prometheus_is_told_how_many_workers_answer_from_disk(
    site: Site, tmp_path: Path, cluster: tuple[Accepting, Node]
) -> None:
    port = free_port()

    def workers() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return next(line for line in lines if line.startswith("seealso_degraded_workers"))

    with served(site, tmp_path, SEEALSO_SERVICE_METRICS=f"127.0.0.1:{port}") as server:
        assert workers().endswith(" 0.0")
        cluster[0].instead = always(*error(503, "cluster_block_exception"))
        answered(server)
        until(lambda: workers().endswith(" 1.0"), "it is told")


QUESTIONS = [
    SearchRequest(parse("bread")),
    SearchRequest(parse("breed watr")),
    SearchRequest(parse('"water and salt" -wheat')),
    SearchRequest(parse("bread"), tags=("bread",), sort=Sort.DATE),
    SearchRequest(parse("")),
]


def test_answers_from_disk_are_those_of_the_columnar_engine(
    site: Site, tmp_path: Path, cluster: tuple[Accepting, Node]
) -> None:
    def shown(hits: Hits) -> tuple[object, ...]:
        return ids(hits), hits.total, hits.tags, hits.suggestion, [hit.snippets for hit in hits.hits]

    cluster[0].instead = always(*error(503, "cluster_block_exception"))
    on_disk = site.open().reader
    site.settings = replace(
        site.settings, search=SearchSettings(), index=replace(site.settings.index, directory=tmp_path / "columnar")
    )
    site.index = tmp_path / "columnar"
    site.build()
    columnar = site.open().reader
    for request in QUESTIONS:
        hits = on_disk.search(request)
        assert hits.degraded
        assert shown(hits) == shown(columnar.search(request))
        assert on_disk.ranked(request) == columnar.ranked(request)


def test_without_the_setting_nothing_answers_instead(site: Site, cluster: tuple[Accepting, Node]) -> None:
    opensearch = replace(site.settings.search.opensearch, fallback=False)
    site.settings = replace(site.settings, search=replace(site.settings.search, opensearch=opensearch))
    cluster[0].instead = always(*error(503, "cluster_block_exception"))
    with pytest.raises(EngineUnavailable):
        site.open().reader.search(SearchRequest(parse("rye")))


def test_a_generation_whose_cluster_does_not_answer_replaces_none_that_is_served(
    site: Site, tmp_path: Path, cluster: tuple[Accepting, Node]
) -> None:
    """As where a service was not told of the cluster to which the site moved, or does not reach it."""
    replies, node = cluster
    on_cluster = replace(site.settings.search, opensearch=OpenSearchSettings((node.url,), timeout=TIMEOUT))
    site.settings = replace(site.settings, search=SearchSettings())
    assert site.build(force=True).generation == "000002"
    variables = {"SEEALSO_SEARCH_OPENSEARCH_HOSTS": node.url, "SEEALSO_SERVICE_WORKERS": "1"}
    with serving(site.content, site.index, variables=variables) as server:
        assert answered(server)["generation"] == "000002"
        site.settings = replace(site.settings, search=on_cluster)
        assert site.build().generation == "000003"
        replies.instead = always(*error(503, "cluster_block_exception"))
        until(lambda: ready(server)[2] != [], "the problem is told")
        assert [answered(server, word)["generation"] for word in ("salt", "water")] == ["000002"] * 2
        assert ready(server) == (200, False, ["the published generation is not served until its cluster answers"])
        replies.instead = None
        until(lambda: ready(server) == (200, False, []), "it is tried again")
        assert answered(server)["generation"] == "000003"


def test_the_setting_alone_lets_the_next_build_write_the_index(site: Site) -> None:
    search = site.settings.search
    without = replace(search, opensearch=replace(search.opensearch, fallback=False))
    site.settings = replace(site.settings, search=without)
    assert site.build().changed
    assert "fulltext/positions.npy" not in site.open().manifest.files
    site.settings = replace(site.settings, search=search)
    assert site.build().changed
    assert "fulltext/positions.npy" in site.open().manifest.files
    assert not site.build().changed


def test_a_build_is_not_published_where_only_the_index_on_disk_answers(
    site: Site, cluster: tuple[Accepting, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster[0].instead = always(*error(503, "cluster_block_exception"))
    site.post("spelt.md", "Spelt bread", "Spelt and water.")
    with pytest.raises(EngineUnavailable, match="does not answer from the new index"):
        site.build()
    assert site.open().id == "000001"


def test_nobody_looks_for_the_cluster_of_a_generation_that_is_no_longer_served(
    site: Site, cluster: tuple[Accepting, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)  # pytest would keep the client's tracebacks
    cluster[0].instead = always(*error(503, "cluster_block_exception"))
    before = set(threading.enumerate())
    snapshot = site.open()
    snapshot.reader.search(SearchRequest(parse("rye")))
    (looking,) = {thread for thread in threading.enumerate() if thread.name == "cluster"} - before
    del snapshot
    gc.collect()
    looking.join(PATIENCE)
    assert not looking.is_alive()
