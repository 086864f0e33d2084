"""Every action that real nodes carry out for a build or a service is allowed by the documented roles.

The security plugin cannot be had; nodes say in their log what they are about to do, by the names that it would look up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from cluster_roles import documented
from nodes import Nodes
from opensearch_site import fill, setting

from service.app import create_app

if TYPE_CHECKING:
    from conftest import Site

LOGGER = "logger.org.opensearch.tasks.TaskManager"
# What nodes do among themselves, for no user: in their own name, or as one part of what was allowed as a whole.
AMONG_NODES = re.compile(
    r"internal:.*|retention_lease_.*|indices:admin/seq_no/.*|.*\[(n|p|r|phase/.*|free_context.*|can_match)\]"
)


@contextmanager
def actions(nodes: Nodes) -> Iterator[set[str]]:
    """The actions that begin meanwhile; known afterwards."""
    logs = [node.folder / "logs" / "console.log" for node in nodes.nodes]
    begun: set[str] = set()
    with setting(nodes.nodes[0], LOGGER, "TRACE"):
        before = [log.stat().st_size for log in logs]
        yield begun
        said = b"".join(log.read_bytes()[size:] for log, size in zip(logs, before, strict=True)).decode()
    begun |= set(re.findall(r"register \d+ \[\w+\] \[(\S+)\] \[", said))


@pytest.mark.parametrize("name", ["seealso_build", "seealso_service"])
def test_what_nodes_do_for_a_request_is_allowed_by_the_documented_role(
    clustered: Site, whole: Nodes, name: str
) -> None:
    fill(clustered, generation=2)
    client = create_app(clustered.settings).test_client()
    with actions(whole) as begun:
        if name == "seealso_build":
            for _ in range(clustered.settings.index.keep):
                clustered.build(force=True)
            clustered.build()
        else:
            for path in ("/api/v1/search?q=rye+bread", "/api/v1/search?q=%22rye+bre&prefix=true", "/readyz"):
                assert client.get(path).status_code == 200
    of_users = {action for action in begun if not AMONG_NODES.fullmatch(action)}
    role = documented(name)
    assert "indices:data/read/search" in of_users
    assert {action for action in of_users if not role.allows(action)} == set()
