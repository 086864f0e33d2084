"""Three real nodes, and a site on them. Started once for all tests; each test leaves them whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import pytest
from nodes import Nodes
from opensearch_site import fill, search_on

if TYPE_CHECKING:
    from conftest import Site


@pytest.fixture(scope="session")
def three() -> Iterator[Nodes]:
    with Nodes(3) as nodes:
        yield nodes


@pytest.fixture
def whole(three: Nodes) -> Iterator[Nodes]:
    """The three nodes, which must be one green cluster again within a minute after the test."""
    yield three
    for node in three.nodes:
        if node.process is None:
            node.start()
    three.wait()
    with suppress(HTTPError):  # there are none
        three.nodes[0].ask("DELETE", "/seealso-faults-*", timeout=60)


@pytest.fixture
def clustered(whole: Nodes, site: Site) -> Site:
    """A site that is built on the three nodes."""
    site.settings = replace(site.settings, search=search_on(whole))
    fill(site)
    site.build()
    return site
