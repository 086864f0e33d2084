"""The documented roles allow every request that See Also sends to a cluster, and nothing else.

ACTIONS has the names of OpenSearch; tests/opensearch/test_opensearch_actions.py asks real nodes for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cluster_roles import documented
from conftest import Site
from fake_nodes import Accepting, Node

from indexer.model import EngineName
from indexer.settings import OpenSearchSettings, SearchSettings
from service.app import create_app

# A request → the actions that must be allowed for it.
ACTIONS = {
    "POST /_msearch": ["indices:data/read/msearch", "indices:data/read/search"],
    "POST /INDEX/_search": ["indices:data/read/search"],
    "GET /INDEX/_settings": ["indices:monitor/settings/get"],
    "GET /INDEX/_stats/docs": ["indices:monitor/stats"],
    "GET /INDEX/_mapping": ["indices:admin/mappings/get"],
    "GET /_cluster/health/INDEX": ["cluster:monitor/health"],
    "PUT /INDEX": ["indices:admin/create"],
    "DELETE /INDEX": ["indices:admin/delete"],
    "PUT /INDEX/_settings": ["indices:admin/settings/update"],
    "POST /INDEX/_bulk": ["indices:data/write/bulk", "indices:data/write/bulk[s]", "indices:data/write/index"],
    "POST /INDEX/_forcemerge": ["indices:admin/forcemerge"],
    "POST /INDEX/_refresh": ["indices:admin/refresh", "indices:admin/refresh[s]"],
    "POST /INDEX/_flush": ["indices:admin/flush", "indices:admin/flush[s]"],
}


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node(Accepting())
    yield node
    node.close()


@pytest.fixture
def site(site: Site, node: Node) -> Site:
    site.settings = replace(
        site.settings, search=SearchSettings(EngineName.OPENSEARCH, opensearch=OpenSearchSettings((node.url,)))
    )
    site.post("rye.md", "Rye bread", "Rye, water and salt.", tags="[bread]")
    site.post("oven.md", "A good oven", "Stone keeps the heat.")
    return site


def build_all(site: Site) -> None:
    """Builds until an index is pruned, looks whether the last one is whole, and leaves the cluster."""
    for _ in range(site.settings.index.keep + 1):
        site.build(force=True)
    site.build()
    search = replace(site.settings.search, engine=EngineName.COLUMNAR)
    site.settings = replace(site.settings, search=search)
    site.build()


def serve_all(site: Site) -> None:
    client = create_app(site.settings).test_client()
    for path in (
        "/api/v1/search?q=rye+bread",
        "/api/v1/search?q=%22water+and+sal&prefix=true&tag=bread&sort=date",
        "/api/v1/complete?q=r",
        "/api/v1/related?post=rye",
        "/readyz",
    ):
        assert client.get(path).status_code == 200, path


def requests(node: Node) -> list[tuple[str, list[str]]]:
    """Of each request its kind, and the indices that it names."""
    found = []
    for method, path in (one.split(" ") for one in node.asked):
        parts = path.split("/")
        named = [part for part in parts if part.startswith("seealso-")]
        kind = "/".join("INDEX" if part in named else part for part in parts)
        found.append((f"{method} {kind}", named))
    return found


def check_role(name: str, node: Node) -> None:
    role, sent = documented(name), requests(node)
    actions = [action for kind, _ in sent for action in ACTIONS[kind]]
    assert [action for action in actions if not role.allows(action)] == []
    assert [index for _, named in sent for index in named if not role.names(index)] == []
    assert role.unused(actions) == []


def test_the_role_of_a_build_allows_what_a_build_sends_and_nothing_else(site: Site, node: Node) -> None:
    build_all(site)
    assert {kind for kind, _ in requests(node)} == ACTIONS.keys()
    check_role("seealso_build", node)


def test_the_role_of_a_service_allows_what_a_service_sends_and_nothing_else(site: Site, node: Node) -> None:
    site.build()
    node.asked.clear()
    serve_all(site)
    check_role("seealso_service", node)
