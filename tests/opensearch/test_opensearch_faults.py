"""Nodes that die, hang or block writes while questions are asked: none is answered wrongly, emptily or late."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from nodes import Node, Nodes
from opensearch_site import DEADLINE, SLACK, asking, fill

from indexer.errors import BuildFailed, EngineUnavailable, SeeAlsoError
from indexer.search.opensearch import cluster as module

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


def test_one_node_of_three_answers_alone(clustered: Site, whole: Nodes) -> None:
    first, *others = whole.nodes
    with asking(clustered) as asked:
        for node in others:
            node.kill()
        time.sleep(8)
        alone = asked.right
        time.sleep(4)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert asked.right > alone
    assert first.process is not None


def test_where_all_nodes_are_gone_questions_are_refused_in_time_and_answered_again_without_a_hand(
    clustered: Site, whole: Nodes
) -> None:
    with asking(clustered) as asked:
        for node in whole.nodes:
            node.kill()
        time.sleep(4)
        assert asked.refused > 0
        for node in whole.nodes:
            node.start()
        whole.wait()
        before, until = asked.right, time.monotonic() + 60
        while asked.right < before + 20 and time.monotonic() < until:
            time.sleep(0.2)
    assert asked.wrong == []
    assert asked.right >= before + 20
    assert asked.slowest < DEADLINE + SLACK


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


def test_a_disk_that_is_full_ends_the_build_and_the_next_one_needs_no_hand(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.patiently, "__defaults__", (2.0,))
    first = whole.nodes[0]
    blocked = {"persistent": {"cluster.blocks.create_index": True}}
    first.ask("PUT", "/_cluster/settings", blocked, timeout=30)
    try:
        with asking(clustered) as asked, pytest.raises(SeeAlsoError):
            clustered.build(force=True)
    finally:
        first.ask("PUT", "/_cluster/settings", {"persistent": {"cluster.blocks.create_index": None}}, timeout=30)
    assert (asked.wrong, asked.refused) == ([], 0)
    assert clustered.build(force=True).changed


def test_while_writes_wait_for_a_dead_holder_a_build_gives_up_and_the_next_removes_what_it_left(
    clustered: Site, whole: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only copy of an unfinished index dies with its node."""
    monkeypatch.setattr(module.patiently, "__defaults__", (5.0,))
    from indexer.search.opensearch.index import Indices

    filled = Indices._fill  # noqa: SLF001
    killed: list[Node] = []

    def fill_and_kill(self: Indices, name: str, lines: list[str]) -> None:
        if not killed:
            killed.append(primary(whole, name))
            killed[0].kill()
        filled(self, name, lines)

    monkeypatch.setattr(Indices, "_fill", fill_and_kill)
    started = time.monotonic()
    with asking(clustered) as asked, pytest.raises(EngineUnavailable):
        clustered.build(force=True)
    assert time.monotonic() - started < 150
    assert asked.wrong == []
    killed[0].start()
    whole.wait()
    monkeypatch.undo()
    clustered.build(force=True)
    named = whole.nodes[0].ask("GET", "/_cat/indices/seealso-faults-*?format=json")
    assert len(named) == 2
