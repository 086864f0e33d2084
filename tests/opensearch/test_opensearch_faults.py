"""Nodes that die, hang or block writes while questions are asked: none is answered wrongly, emptily or late."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest
from nodes import Node, Nodes
from opensearch_site import DEADLINE, SLACK, asking, fill, right_again, setting
from serving import until

from indexer.errors import BuildFailed, EngineUnavailable, SeeAlsoError
from indexer.search.opensearch import cluster as module
from indexer.search.opensearch.index import Indices, stored

if TYPE_CHECKING:
    from conftest import Site

Choice = Callable[[Nodes, str], Node]


def name_of_index(nodes: Nodes) -> str:
    (one,) = nodes.nodes[0].ask("GET", "/_cat/indices/seealso-faults-*?format=json")
    return str(one["index"])


def by_name(nodes: Nodes, name: str) -> Node:
    return next(node for node in nodes.nodes if node.name == name)


def manager(nodes: Nodes, _: str) -> Node:
    (one,) = nodes.nodes[0].ask("GET", "/_cat/cluster_manager?format=json")
    return by_name(nodes, one["node"])


def primary(nodes: Nodes, index: str) -> Node:
    shards = nodes.nodes[0].ask("GET", f"/_cat/shards/{index}?format=json")
    return by_name(nodes, next(one["node"] for one in shards if one["prirep"] == "p"))


def neither(nodes: Nodes, index: str) -> Node:
    taken = {manager(nodes, index).name, primary(nodes, index).name}
    return next(node for node in nodes.nodes if node.name not in taken)


CHOICES = pytest.mark.parametrize("chosen", [neither, primary, manager])


@CHOICES
def test_a_node_that_is_killed_changes_no_answer(clustered: Site, whole: Nodes, chosen: Choice) -> None:
    node = chosen(whole, name_of_index(whole))
    with asking(clustered) as asked:
        time.sleep(1)
        node.kill()
        time.sleep(6)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > 50
    assert asked.slowest < DEADLINE + SLACK


@pytest.mark.parametrize("chosen", [primary, manager])
def test_a_node_that_hangs_changes_no_answer(clustered: Site, whole: Nodes, chosen: Choice) -> None:
    node = chosen(whole, name_of_index(whole))
    with asking(clustered) as asked:
        time.sleep(1)
        node.signal(signal.SIGSTOP)
        time.sleep(12)
        node.signal(signal.SIGCONT)
        time.sleep(2)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > 50
    assert asked.slowest < DEADLINE + SLACK


def test_a_node_that_is_stopped_and_started_again_as_for_an_upgrade_changes_no_answer(
    clustered: Site, whole: Nodes
) -> None:
    """It hands its work over as it goes, and knows no index yet as it comes."""
    node = primary(whole, name_of_index(whole))
    with asking(clustered) as asked:
        time.sleep(1)
        node.stop()
        gone = asked.right
        time.sleep(1)
        node.start()
        whole.wait()
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > gone
    assert asked.slowest < DEADLINE + SLACK


def test_one_node_of_three_answers_alone_while_a_build_finds_no_manager_and_gives_up(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ADMIN_TIMEOUT", 5.0)
    monkeypatch.setattr(module.patiently, "__defaults__", (5.0,))
    first, *others = whole.nodes
    with asking(clustered) as asked:
        for node in others:
            node.kill()
        started = time.monotonic()
        with pytest.raises(EngineUnavailable):
            clustered.build(force=True)
        assert time.monotonic() - started < 60
        alone = asked.right
        time.sleep(4)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > alone
    assert asked.slowest < DEADLINE + SLACK
    assert first.process is not None


def knows_no_index(node: Node, name: str) -> bool:
    """Whether a node that has started says 404 about the settings of an index, as if somebody had deleted it."""
    try:
        node.ask("GET", f"/{name}/_settings?local=true")
    except HTTPError as error:
        return error.code == 404
    return False


def test_where_all_nodes_are_gone_questions_are_refused_in_time_and_answered_again_without_a_hand(
    clustered: Site, whole: Nodes
) -> None:
    """The first that is back, alone and without a manager, knows no index: that is no damage either."""
    first, *others = whole.nodes
    name = name_of_index(whole)
    with asking(clustered) as asked:
        for node in whole.nodes:
            node.kill()
        time.sleep(4)
        assert asked.refused > 0
        first.start()
        until(lambda: knows_no_index(first, name), "the first is back", 60)
        assert clustered.open().wrong == ()
        for node in others:
            node.start()
        whole.wait()
        again = right_again(asked, 60)
    assert asked.wrong == []
    assert again >= 20
    assert asked.slowest < DEADLINE + SLACK


def test_while_nodes_take_nothing_more_questions_are_refused_and_a_build_waits_for_room(
    clustered: Site, whole: Nodes
) -> None:
    """Each node answers 429 to whatever is longer than a few bytes; that is lifted while the build waits."""
    first = whole.nodes[0]
    limit = "network.breaker.inflight_requests.limit"
    result: list[str] = []
    building = threading.Thread(target=lambda: result.append(clustered.build(force=True).generation))
    with asking(clustered) as asked:
        with setting(first, limit, "400b"):
            building.start()
            time.sleep(4)
            assert (asked.refused > 0, result, building.is_alive()) == (True, [], True)
        building.join(timeout=120)
        again = right_again(asked, 20)
    assert result == ["000002"]
    assert asked.wrong == []
    assert again >= 20
    assert asked.slowest < DEADLINE + SLACK


def test_a_green_cluster_that_takes_no_further_index_ends_the_build_at_once_with_its_reason(
    clustered: Site, whole: Nodes
) -> None:
    first = whole.nodes[0]
    with setting(first, "cluster.max_shards_per_node", 1):
        started = time.monotonic()
        assert first.ask("GET", "/_cluster/health")["status"] == "green"
        with asking(clustered) as asked, pytest.raises(BuildFailed, match=r"maximum .*shards open"):
            clustered.build(force=True)
    assert time.monotonic() - started < 20
    assert (asked.wrong, asked.refused) == ([], 0)
    assert clustered.build(force=True).changed


@CHOICES
def test_a_build_during_which_a_node_is_killed_publishes_all_or_nothing(
    clustered: Site, whole: Nodes, chosen: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.patiently, "__defaults__", (15.0,))
    node = chosen(whole, name_of_index(whole))
    result: list[str | SeeAlsoError] = []
    fill(clustered, generation=2, posts=300)

    def build() -> None:
        try:
            result.append(clustered.build(force=True).generation)
        except SeeAlsoError as error:
            result.append(error)

    building = threading.Thread(target=build)
    with asking(clustered) as asked:
        building.start()
        time.sleep(0.5)
        node.kill()
        building.join(timeout=180)
    assert not building.is_alive()
    assert result[0] == "000002" or isinstance(result[0], EngineUnavailable | BuildFailed)
    assert [found for _, found in asked.wrong if isinstance(found, SeeAlsoError)] == []
    assert len(clustered.open().posts) in (40, 300)


@pytest.mark.parametrize("chosen", [primary, manager])
def test_a_build_waits_for_a_node_that_hangs_for_a_while(clustered: Site, whole: Nodes, chosen: Choice) -> None:
    node = chosen(whole, name_of_index(whole))
    result: list[str] = []
    fill(clustered, generation=2)
    building = threading.Thread(target=lambda: result.append(clustered.build(force=True).generation))
    with asking(clustered, lambda _, hits: hits.total > 0) as asked:
        node.signal(signal.SIGSTOP)
        building.start()
        time.sleep(8)
        is_waiting = building.is_alive()
        node.signal(signal.SIGCONT)
        building.join(timeout=120)
    assert is_waiting
    assert result == ["000002"]
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.slowest < DEADLINE + SLACK


def test_a_disk_that_fills_up_during_a_build_ends_it_and_what_is_published_still_answers(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSearch then blocks every index on the node in this way, that of the published generation too."""
    monkeypatch.setattr(module.patiently, "__defaults__", (2.0,))
    first = whole.nodes[0]
    filled = Indices._fill  # noqa: SLF001

    def block(is_blocked: bool | None) -> None:
        blocked = {"index": {"blocks.read_only_allow_delete": is_blocked}}
        first.ask("PUT", "/seealso-faults-*/_settings", blocked, timeout=30)

    def block_and_fill(self: Indices, name: str, lines: list[bytes]) -> None:
        block(True)
        filled(self, name, lines)

    with monkeypatch.context() as patched, asking(clustered) as asked:
        patched.setattr(Indices, "_fill", block_and_fill)
        with pytest.raises(EngineUnavailable):
            clustered.build(force=True)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > 0
    assert name_of_index(whole) == stored(clustered.open().files).name
    block(None)
    assert clustered.build(force=True).changed


def test_a_disk_that_is_full_ends_the_build_and_the_next_one_needs_no_hand(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.patiently, "__defaults__", (2.0,))
    no_index = setting(whole.nodes[0], "cluster.blocks.create_index", value=True)
    with no_index, asking(clustered) as asked, pytest.raises(SeeAlsoError):
        clustered.build(force=True)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert clustered.build(force=True).changed


def test_while_writes_wait_for_a_dead_holder_a_build_gives_up_and_the_next_removes_what_it_left(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only copy of an unfinished index dies with its node."""
    monkeypatch.setattr(module.patiently, "__defaults__", (5.0,))
    filled = Indices._fill  # noqa: SLF001
    killed: list[Node] = []

    def fill_and_kill(self: Indices, name: str, lines: list[bytes]) -> None:
        if not killed:
            killed.append(primary(whole, name))
            killed[0].kill()
        filled(self, name, lines)

    monkeypatch.setattr(Indices, "_fill", fill_and_kill)
    started = time.monotonic()
    with asking(clustered) as asked, pytest.raises(EngineUnavailable):
        clustered.build(force=True)
    assert time.monotonic() - started < 50  # each bulk request would wait for a minute by itself
    assert asked.wrong == []
    killed[0].start()
    whole.wait()
    monkeypatch.undo()
    clustered.build(force=True)
    named = whole.nodes[0].ask("GET", "/_cat/indices/seealso-faults-*?format=json")
    assert len(named) == 2
