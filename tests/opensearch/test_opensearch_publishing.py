"""Generations on a cluster: published whole, pruned, tidied, and found out where somebody has changed their index."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nodes import Nodes
from opensearch_site import asking, fill, question, search_on, seen

from indexer.errors import DamagedGeneration
from indexer.model import EngineName, Hits
from indexer.search.opensearch.index import stored
from indexer.settings import SearchSettings
from indexer.store.generation import generation_ids, locked, rollback

if TYPE_CHECKING:
    from conftest import Site


def indices(nodes: Nodes) -> set[str]:
    found = nodes.nodes[0].ask("GET", "/_cat/indices/seealso-faults-*?format=json&expand_wildcards=all")
    return {one["index"] for one in found}


def published(site: Site) -> str:
    return stored(site.open().files).name


def test_publishing_under_load_mixes_nothing_and_leaves_what_is_kept(
    clustered: Site, whole: Nodes, exhaustive: bool
) -> None:
    """Titles say of which generation a post is; all hits of an answer are of one."""

    def is_of_one(_: str, hits: Hits) -> bool:
        return len({hit.post.title.rpartition(" ")[2] for hit in hits.hits}) == 1 and hits.total > 0

    rounds = 200 if exhaustive else 12
    with asking(clustered, is_of_one, threads=3) as asked:
        for generation in range(2, rounds + 2):
            fill(clustered, generation)
            clustered.build()
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > rounds
    assert len(indices(whole)) == len(generation_ids(clustered.index)) == clustered.settings.index.keep


KILLED = """
import os, sys
from pathlib import Path
from indexer.build import build
from indexer.model import EngineName
from indexer.search.opensearch.cluster import Cluster
from indexer.settings import ContentSettings, IndexSettings, OpenSearchSettings, SearchSettings, Settings
content, index, hosts, requests = sys.argv[1:]
left = int(requests)
sent = Cluster._request
def counted(*arguments):
    global left
    answer = sent(*arguments)
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
    return answer
Cluster._request = counted
cluster = OpenSearchSettings(tuple(hosts.split(",")), prefix="seealso-faults")
search = SearchSettings(EngineName.OPENSEARCH, opensearch=cluster)
build(Settings(content=ContentSettings(Path(content)), index=IndexSettings(Path(index)), search=search), force=True)
"""


def test_a_build_that_is_killed_anywhere_leaves_nothing_that_the_next_does_not_remove(
    clustered: Site, whole: Nodes, exhaustive: bool
) -> None:
    before = seen(clustered.open().reader.search(question("rye bread")))
    for requests in range(1, 20) if exhaustive else (2, 3, 5, 9):
        arguments = [clustered.content, clustered.index, ",".join(whole.urls), str(requests)]
        done = subprocess.run([sys.executable, "-c", KILLED, *map(str, arguments)], capture_output=True, check=False)
        assert done.returncode in (-9, 0), done.stderr
        assert seen(clustered.open().reader.search(question("rye bread"))) == before
    clustered.build(force=True)
    assert len(indices(whole)) == len(generation_ids(clustered.index))


def test_what_others_keep_in_the_cluster_stays_whatever_its_name(clustered: Site, whole: Nodes) -> None:
    theirs = f"{published(clustered)}-theirs"
    whole.nodes[0].ask("PUT", f"/{theirs}", {"mappings": {"_meta": {"owner": "f" * 32}}}, timeout=60)
    try:
        for _ in range(4):
            clustered.build(force=True)
        assert theirs in indices(whole)
    finally:
        whole.nodes[0].ask("DELETE", f"/{theirs}", timeout=60)


def test_after_a_move_to_the_embedded_engine_the_cluster_is_left_clean(clustered: Site, whole: Nodes) -> None:
    search = clustered.settings.search
    clustered.settings = replace(
        clustered.settings, search=SearchSettings(EngineName.COLUMNAR, opensearch=search.opensearch)
    )
    for _ in range(3):
        clustered.build(force=True)
    assert indices(whole) == set()


def test_after_a_rollback_the_index_of_the_generation_before_answers(clustered: Site, whole: Nodes) -> None:
    before = seen(clustered.open().reader.search(question("rye bread")))
    fill(clustered, generation=2, posts=20)
    clustered.build(force=True)
    assert seen(clustered.open().reader.search(question("rye bread"))) != before
    with locked(clustered.index):
        rollback(clustered.index)
    assert clustered.open().id == "000001"
    assert seen(clustered.open().reader.search(question("rye bread"))) == before


# -------------------------------------------------------------------------------------------------------- damage


def delete(nodes: Nodes, index: str) -> None:
    nodes.nodes[0].ask("DELETE", f"/{index}", timeout=60)


def close(nodes: Nodes, index: str) -> None:
    nodes.nodes[0].ask("POST", f"/{index}/_close", timeout=60)


def make_anew(nodes: Nodes, index: str) -> None:
    delete(nodes, index)
    nodes.nodes[0].ask("PUT", f"/{index}", timeout=60)


def remove_a_post(nodes: Nodes, index: str) -> None:
    nodes.nodes[0].ask("PUT", f"/{index}/_settings", {"index": {"blocks.write": False}}, timeout=60)
    nodes.nodes[0].ask("DELETE", f"/{index}/_doc/3?refresh=true", timeout=60)


@pytest.mark.parametrize("damage", [delete, close, make_anew, remove_a_post])
def test_where_an_index_is_damaged_the_last_good_generation_serves_and_the_next_build_mends_it(
    clustered: Site, whole: Nodes, damage: Callable[[Nodes, str], None]
) -> None:
    fill(clustered, generation=2)
    clustered.build()
    damage(whole, published(clustered))
    opened = clustered.open()
    assert (opened.id, len(opened.wrong)) == ("000001", 1)
    assert opened.reader.search(question("rye bread")).total > 0
    assert clustered.build().changed
    assert (clustered.open().id, clustered.open().wrong) == ("000003", ())


@pytest.mark.parametrize("damage", [delete, close])
def test_damage_that_is_done_while_an_index_is_served_ends_that_and_is_never_an_empty_answer(
    clustered: Site, whole: Nodes, damage: Callable[[Nodes, str], None]
) -> None:
    opened = clustered.open()
    damage(whole, published(clustered))
    with pytest.raises(DamagedGeneration):
        opened.reader.search(question("rye bread"))
    with pytest.raises(DamagedGeneration):
        opened.files.check_not_truncated()


def test_nobody_writes_into_a_finished_index_by_mistake(clustered: Site, whole: Nodes) -> None:
    with pytest.raises(OSError, match="403"):
        whole.nodes[0].ask("DELETE", f"/{published(clustered)}/_doc/3", timeout=60)


# ------------------------------------------------------------------------------------------------------- service


def test_a_service_says_503_and_when_to_ask_again_while_the_cluster_is_away(
    clustered: Site, whole: Nodes, tmp_path: Path
) -> None:
    from service.app import create_app

    away = search_on(whole, hosts=("http://127.0.0.1:9",), timeout=0.5)
    client = create_app(replace(clustered.settings, search=away)).test_client()
    for path in ("/api/v1/search?q=rye", "/readyz", "/?q=rye"):
        answer = client.get(path)
        assert (answer.status_code, bool(answer.headers.get("Retry-After"))) == (503, True), path
        assert "127.0.0.1" not in answer.text
    assert client.get("/api/v1/related?post=p001").status_code == 200
    assert "cluster" in client.get("/readyz").text


def test_a_segment_is_copied_not_indexed_again(clustered: Site, whole: Nodes) -> None:
    """With `async` translogs each copy would replay every document, and copies would differ in their segments."""
    name = published(clustered)
    stats: Any = whole.nodes[0].ask("GET", f"/{name}/_stats/segments?level=shards")
    copies = stats["indices"][name]["shards"]["0"]
    assert [copy["segments"]["count"] for copy in copies] == [1, 1, 1]
    recovered = whole.nodes[0].ask("GET", f"/{name}/_recovery")[name]["shards"]
    replicas = [copy for copy in recovered if copy["type"] == "PEER"]
    assert len(replicas) == 2
    assert [copy["translog"]["recovered"] for copy in replicas] == [0, 0]
    assert all(copy["index"]["files"]["recovered"] > 1 for copy in replicas)


def test_a_cluster_that_cannot_be_reached_lets_a_build_end_soon(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.errors import EngineUnavailable
    from indexer.search.opensearch import cluster as module

    monkeypatch.setattr(module.patiently, "__defaults__", (1.0,))
    monkeypatch.setattr(module.Cluster.administer, "__defaults__", (None, None, 1.0))
    clustered.settings = replace(clustered.settings, search=search_on(whole, hosts=("http://127.0.0.1:9",)))
    started = time.monotonic()
    with pytest.raises(EngineUnavailable):
        clustered.build(force=True)
    assert time.monotonic() - started < 20
