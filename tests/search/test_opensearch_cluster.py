"""Requests to a cluster that fails in every way: nodes here are small servers that answer what a test says."""

from __future__ import annotations

import json
import logging
import shutil
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate
from fake_nodes import FOUND, Accepting, Answer, Node, Replies, always, asleep, error, searched, taken

from indexer.errors import BadSetting, BuildFailed, DamagedGeneration, EngineUnavailable, NotInstalled
from indexer.search.opensearch import cluster as module
from indexer.search.opensearch.cluster import Cluster, RefusedRequest
from indexer.search.opensearch.index import FORMAT, BuiltIndex, Indices, owner_in, owner_of
from indexer.settings import OpenSearchSettings


@pytest.fixture
def nodes() -> Iterator[Callable[..., list[Node]]]:
    """A function of replies that starts a node for each."""
    with ExitStack() as stack:

        def start(*replies: Replies) -> list[Node]:
            started = [Node(one) for one in replies]
            for node in started:
                stack.callback(node.close)
            return started

        yield start


def cluster_of(*started: Node, timeout: float = 2.0, **settings: Any) -> Cluster:
    return Cluster(OpenSearchSettings(tuple(node.url for node in started), timeout=timeout, **settings))


def ask(cluster: Cluster) -> list[dict[str, Any]]:
    return cluster.search("seealso-1", [{"query": {"match_all": {}}}])


# ----------------------------------------------------------------------------------------------------- questions


def test_a_question_is_answered(nodes: Callable[..., list[Node]]) -> None:
    (node,) = nodes(searched(FOUND))
    assert ask(cluster_of(node)) == [FOUND]


@pytest.mark.parametrize(
    "partial",
    [
        FOUND | {"timed_out": True},
        FOUND | {"_shards": {"total": 2, "failed": 1}},
        FOUND | {"_shards": {"total": 0, "failed": 0}},
    ],
    ids=["timed out", "a shard failed", "no shard was asked"],
)
def test_a_partial_answer_is_refused(nodes: Callable[..., list[Node]], partial: dict[str, Any]) -> None:
    (node,) = nodes(searched(partial))
    with pytest.raises(EngineUnavailable, match="not searched all posts"):
        ask(cluster_of(node))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_where_one_node_fails_another_is_asked_once(nodes: Callable[..., list[Node]], status: int) -> None:
    bad, good = nodes(always(*error(status, "circuit_breaking_exception")), searched(FOUND))
    assert [ask(cluster_of(bad, good)) for _ in range(4)] == [[FOUND]] * 4


def test_the_last_node_of_three_answers_every_question_from_the_first_on(nodes: Callable[..., list[Node]]) -> None:
    """Both others may come up in one question: at the start, and whenever the client tries nodes that were gone."""
    first, second, good = nodes(*[searched(FOUND)] * 3)
    first.close()
    second.close()
    assert [ask(cluster_of(first, second, good)) for _ in range(12)] == [[FOUND]] * 12


def test_a_node_that_fails_is_not_made_up_for_by_asking_all_of_them(nodes: Callable[..., list[Node]]) -> None:
    """A cluster that is overloaded gets twice the questions at most."""
    three = nodes(*[always(*error(429, "rejected_execution_exception"))] * 3)
    with pytest.raises(EngineUnavailable):
        ask(cluster_of(*three))
    assert sum(len(node.asked) for node in three) == 2


def test_a_node_that_hangs_costs_one_question_half_of_its_time_and_the_next_ones_none(
    nodes: Callable[..., list[Node]],
) -> None:
    with asleep(20) as hanging:
        hung, good = nodes(hanging, searched(FOUND))
        cluster = cluster_of(hung, good, timeout=1.0)
        taken = []
        for _ in range(6):
            started = time.monotonic()
            assert ask(cluster) == [FOUND]
            taken.append(time.monotonic() - started)
    assert max(taken) < 5  # it hangs for 20
    assert sorted(taken)[-2] < 0.45


def test_where_all_nodes_hang_a_question_is_refused_within_its_deadline(nodes: Callable[..., list[Node]]) -> None:
    with asleep(20) as hanging:
        cluster = cluster_of(*nodes(hanging, hanging), timeout=0.5)
        started = time.monotonic()
        with pytest.raises(EngineUnavailable, match="did not answer within"):
            ask(cluster)
        assert time.monotonic() - started < 5


def test_all_rounds_of_a_question_share_one_deadline(nodes: Callable[..., list[Node]]) -> None:
    with asleep(1.2) as slow:
        cluster = cluster_of(*nodes(slow), timeout=2.0)
        with cluster.one_question():
            assert ask(cluster) == [FOUND]
            with pytest.raises(EngineUnavailable, match="did not answer within"):
                ask(cluster)


def test_after_three_failures_questions_are_refused_at_once_until_one_succeeds(
    nodes: Callable[..., list[Node]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST", 0.3)
    (node,) = nodes(always(*error(503, "cluster_block_exception")))
    cluster = cluster_of(node)
    for _ in range(8):
        with pytest.raises(EngineUnavailable):
            ask(cluster)
    assert len(node.asked) == 3
    node.replies = searched(FOUND)
    time.sleep(0.35)
    assert [ask(cluster) for _ in range(3)] == [[FOUND]] * 3


def test_an_index_that_no_node_has_is_damage_and_one_that_a_single_node_does_not_know_is_none(
    nodes: Callable[..., list[Node]],
) -> None:
    missing = error(404, "index_not_found_exception")[1]
    behind, good = nodes(searched(missing), searched(FOUND))
    assert [ask(cluster_of(behind, good)) for _ in range(4)] == [[FOUND]] * 4
    with pytest.raises(DamagedGeneration, match="seealso build"):
        ask(cluster_of(behind, behind))


def test_a_closed_index_is_damage(nodes: Callable[..., list[Node]]) -> None:
    (node,) = nodes(searched(error(400, "index_closed_exception")[1]))
    with pytest.raises(DamagedGeneration):
        ask(cluster_of(node))


def test_a_question_that_the_cluster_does_not_take_is_a_fault_of_ours(nodes: Callable[..., list[Node]]) -> None:
    (node,) = nodes(searched(error(400, "too_many_clauses")[1]))
    with pytest.raises(RefusedRequest) as refused:
        ask(cluster_of(node))
    assert refused.value.status == 500


def test_what_answers_must_be_opensearch(nodes: Callable[..., list[Node]]) -> None:
    (node,) = nodes(always(200, "<html>Welcome to nginx</html>"))
    with pytest.raises(EngineUnavailable, match="no OpenSearch"):
        ask(cluster_of(node))


def test_a_client_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opensearchpy", None)
    with pytest.raises(NotInstalled, match=r'comes with the extra "opensearch": install seealso\[opensearch\]'):
        Cluster(OpenSearchSettings()).search("of-a-site", [{}])


def test_a_cluster_that_nobody_started_is_named() -> None:
    cluster = Cluster(OpenSearchSettings(("http://127.0.0.1:9",)))
    with pytest.raises(EngineUnavailable, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        ask(cluster)


# ------------------------------------------------------------------------------------------------------- secrets


def test_a_wrong_password_is_an_error_that_says_so_and_is_not_tried_again(nodes: Callable[..., list[Node]]) -> None:
    (node,) = nodes(always(401, "Unauthorized"))
    cluster = cluster_of(node, user="reader", password="open sesame")
    with pytest.raises(EngineUnavailable, match="refuses these credentials") as refused:
        cluster.administer("PUT", "/seealso-1")
    assert (len(node.asked), "sesame" in str(refused.value)) == (1, False)


def test_a_password_or_key_is_sent_and_stands_in_no_repr_and_no_log(
    nodes: Callable[..., list[Node]], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    (node,) = nodes(always(401, "Unauthorized"))
    file = tmp_path / "key"
    file.write_text("c2VjcmV0\n")
    by_password = cluster_of(node, user="reader", password="open sesame")
    by_key = cluster_of(node, api_key_file=file)
    for cluster in (by_password, by_key):
        with pytest.raises(EngineUnavailable):
            ask(cluster)
    assert node.credentials == ["Basic cmVhZGVyOm9wZW4gc2VzYW1l", "ApiKey c2VjcmV0"]
    said = caplog.text + repr(OpenSearchSettings(user="reader", password="open sesame", api_key="c2VjcmV0"))
    assert not [secret for secret in ("sesame", "c2VjcmV0", "cmVhZGVy") if secret in said]


def test_a_file_of_a_password_that_cannot_be_read_is_named(nodes: Callable[..., list[Node]], tmp_path: Path) -> None:
    (node,) = nodes(searched(FOUND))
    with pytest.raises(BadSetting, match=r"password_file.*nothing cannot be read"):
        ask(cluster_of(node, user="reader", password_file=tmp_path / "nothing"))


# ----------------------------------------------------------------------------------------------------------- TLS


@pytest.fixture
def over_tls(nodes: Callable[..., list[Node]]) -> Callable[[tuple[Path, Path]], str]:
    """A function certificate → the URL of a node that has it."""

    def start(pair: tuple[Path, Path]) -> str:
        (node,) = nodes(searched(FOUND))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        node.server.socket = context.wrap_socket(node.server.socket, server_side=True, do_handshake_on_connect=False)
        return node.url.replace("http:", "https:")

    return start


def test_a_node_with_a_certificate_of_ones_own_is_trusted_if_it_is_named(
    over_tls: Callable[[tuple[Path, Path]], str], tmp_path: Path
) -> None:
    pair = certificate(tmp_path / "ours")
    assert ask(Cluster(OpenSearchSettings((over_tls(pair),), timeout=5, ca=pair[0]))) == [FOUND]


@pytest.mark.parametrize(
    ("served", "trusted", "reason"),
    [
        ({}, None, "self-signed certificate"),
        ({}, {}, "certificate"),
        ({"until": "20200102000000Z"}, "the same", "certificate has expired"),
        ({"name": "DNS:elsewhere.example"}, "the same", "127.0.0.1"),
    ],
    ids=["nobody vouches for it", "another vouches for another", "expired", "of another host"],
)
def test_a_certificate_that_is_not_good_is_an_error_and_nothing_is_asked(
    over_tls: Callable[[tuple[Path, Path]], str],
    tmp_path: Path,
    served: dict[str, str],
    trusted: dict[str, str] | str | None,
    reason: str,
) -> None:
    pair = certificate(tmp_path / "theirs", **served)
    ca = certificate(tmp_path / "another")[0] if trusted == {} else pair[0] if trusted else None
    with pytest.raises(EngineUnavailable, match=f"is refused: .*{reason}"):
        ask(Cluster(OpenSearchSettings((over_tls(pair),), timeout=5, ca=ca)))


# -------------------------------------------------------------------------------------------------------- builds


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds that give up soon."""
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    monkeypatch.setattr(module.patiently, "__defaults__", (1.0,))
    monkeypatch.setattr(Cluster.administer, "__defaults__", (None, None, 1.0))


def built(node: Node, tmp_path: Path) -> BuiltIndex:
    """A build of three documents, as far as it comes."""
    (directory := tmp_path / ".building").mkdir()
    documents = (b'{"index":{"_id":"%d"}}\n{"number":%d}\n' % (number, number) for number in range(3))
    indices = Indices(cluster_of(node), "seealso")
    indices.built(directory, documents, 3, lambda done: None)
    raise AssertionError("a cluster of these tests never finishes an index")


def test_a_green_cluster_that_cannot_create_an_index_ends_the_build_with_its_reason(
    nodes: Callable[..., list[Node]], tmp_path: Path
) -> None:
    (node,) = nodes(always(400, {"error": {"type": "illegal_argument_exception", "reason": "Thai segmentation"}}))
    with pytest.raises(BuildFailed, match="Thai segmentation"):
        built(node, tmp_path)


def test_documents_that_the_cluster_has_no_room_for_are_sent_again_and_only_those(
    nodes: Callable[..., list[Node]], tmp_path: Path
) -> None:
    sent: list[list[str]] = []

    def replies(method: str, path: str, body: str) -> Answer:
        if "/_bulk" in path:
            sent.append([json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]])
            full = {"1": error(429, "rejected_execution_exception")} if len(sent) < 3 else {}
            return taken(body, full)
        return (200, {}) if method in ("PUT", "DELETE") else error(400, "the_end")

    (node,) = nodes(replies)
    with pytest.raises(BuildFailed, match="the_end"):
        built(node, tmp_path)
    assert sent == [["0", "1", "2"], ["1"], ["1"]]


def test_a_document_that_is_refused_ends_the_build_and_the_index_goes(
    nodes: Callable[..., list[Node]], tmp_path: Path
) -> None:
    def replies(method: str, path: str, body: str) -> Answer:
        if "/_bulk" in path:
            return taken(body, {"2": error(400, "strict_dynamic_mapping_exception")})
        return 200, {}

    (node,) = nodes(replies)
    with pytest.raises(BuildFailed, match=r"refuses post 2: .*strict_dynamic_mapping_exception"):
        built(node, tmp_path)
    assert node.asked[-1].startswith("DELETE /seealso-")


def test_a_build_gives_up_on_a_cluster_that_never_has_room(
    nodes: Callable[..., list[Node]], tmp_path: Path, impatient: None
) -> None:
    """A full disk, or a dead node that holds the only copy of the unfinished index."""

    def replies(method: str, path: str, body: str) -> Answer:
        if "/_bulk" in path:
            return taken(body, {str(number): error(503, "unavailable_shards_exception") for number in range(3)})
        return 200, {}

    (node,) = nodes(replies)
    started = time.monotonic()
    with pytest.raises(EngineUnavailable):
        built(node, tmp_path)
    assert time.monotonic() - started < 20
    assert node.asked[-1].startswith("DELETE /seealso-")


LOST = {"routing": {"primary": True}, "docs": {"count": 2}, "seq_no": {"max_seq_no": 2}}


@pytest.mark.parametrize(
    ("what", "instead", "wrong"),
    [
        ("_stats", {"shards": {"0": [LOST]}}, "3 posts were sent to the cluster, and 2 are in the index"),
        ("_cluster", {"timed_out": True}, "the copies of the index are not complete"),
    ],
    ids=["a document is lost", "a copy is not made"],
)
def test_an_index_that_is_not_complete_is_not_published(
    nodes: Callable[..., list[Node]], tmp_path: Path, impatient: None, what: str, instead: dict[str, Any], wrong: str
) -> None:
    accepting = Accepting()

    def replies(method: str, path: str, body: str) -> Answer:
        status, said = accepting(method, path, body)
        if what not in path:
            return status, said
        (name,) = accepting.counts
        return 200, {"indices": {name: instead}, **instead}

    (node,) = nodes(replies)
    with pytest.raises((BuildFailed, EngineUnavailable), match=wrong):
        built(node, tmp_path)
    assert node.asked[-1].startswith("DELETE /seealso-")


def test_an_index_of_somebody_else_is_never_deleted(nodes: Callable[..., list[Node]], tmp_path: Path) -> None:
    """Of those with our names one names another owner in its metadata, one none."""
    owner = owner_of(tmp_path)
    theirs = {"other": {"mappings": {"_meta": {"owner": "f" * 32}}}, "none": {"mappings": {}}}
    ours = {"ours": {"mappings": {"_meta": {"owner": owner}}}}
    (node,) = nodes(lambda method, path, body: (200, theirs | ours if "_mapping" in path else {}))
    Indices(cluster_of(node), "seealso").tidy(tmp_path)
    assert [one for one in node.asked if one.startswith("DELETE")] == ["DELETE /ours"]


def test_the_copy_of_a_folder_of_generations_owns_nothing(tmp_path: Path) -> None:
    (tmp_path / "generations").mkdir()
    owner = owner_of(tmp_path / "generations")
    shutil.copytree(tmp_path / "generations", tmp_path / "copied")
    assert (owner_in(tmp_path / "generations"), owner_in(tmp_path / "copied")) == (owner, None)


# ------------------------------------------------------------------------------------------------------- opening


INDEX = BuiltIndex("seealso-1", "the-id", 7, 6, format=FORMAT)


def test_an_index_that_is_not_known_while_a_node_starts_is_no_damage(nodes: Callable[..., list[Node]]) -> None:
    """Such a node says 404 to a question about settings, and 503 to a search; only what a search says counts."""

    def replies(method: str, path: str, body: str) -> Answer:
        return (200, {"responses": [FOUND]}) if "_msearch" in path else error(404, "index_not_found_exception")

    (node,) = nodes(replies)
    Indices(cluster_of(node), "seealso").check(INDEX)
    (node,) = nodes(always(*error(503, "cluster_block_exception")))
    with pytest.raises(EngineUnavailable):
        Indices(cluster_of(node), "seealso").check(INDEX)


def test_nodes_that_are_too_busy_to_tell_of_an_index_are_asked_again(nodes: Callable[..., list[Node]]) -> None:
    """They answer 200 then, and leave out what they could not look at."""
    copy = {"routing": {"primary": True}, "docs": {"count": 7}, "seq_no": {"max_seq_no": 6}}
    told: list[dict[str, Any]] = [{}, {"0": [copy | {"routing": {"primary": False}}]}, {"0": [copy]}]

    def replies(method: str, path: str, body: str) -> Answer:
        if "_stats" in path:
            return 200, {"indices": {"seealso-1": {"shards": told.pop(0)}}}
        return 200, {"seealso-1": {"settings": {"index.uuid": "the-id", "index.number_of_shards": "1"}}}

    (node,) = nodes(replies)
    Indices(cluster_of(node), "seealso").verify(INDEX)
    assert told == []


@pytest.mark.parametrize(
    ("index", "wrong"),
    [
        (BuiltIndex("seealso-1", "another", 7, 6), "made anew"),
        (BuiltIndex("seealso-1", "the-id", 8, 6), "7 documents instead of 8"),
    ],
)
def test_an_index_that_was_made_anew_or_changed_is_damage(
    nodes: Callable[..., list[Node]], index: BuiltIndex, wrong: str
) -> None:
    def replies(method: str, path: str, body: str) -> Answer:
        if "_msearch" in path:
            return 200, {"responses": [FOUND]}
        return 200, {"seealso-1": {"settings": {"index.uuid": "the-id"}}}

    (node,) = nodes(replies)
    with pytest.raises(DamagedGeneration, match=wrong):
        Indices(cluster_of(node), "seealso").check(index)
