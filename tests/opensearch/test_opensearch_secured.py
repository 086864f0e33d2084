"""A cluster behind TLS and a password, on real nodes: built, asked, and refused while either is wrong.

The security plugin cannot be had, so a gate of the tests stands before a node: it asks for the password and shows the
certificate. What the plugin would allow is compared in test_opensearch_actions.py.
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from certificates import certificate
from gate import Gate
from nodes import Nodes
from opensearch_site import DEADLINE, SLACK, fill, question, search_on, seen
from serving import until

from indexer.errors import EngineUnavailable
from indexer.settings import SearchSettings
from service.app import create_app

if TYPE_CHECKING:
    from conftest import Site

USER, PASSWORD = "seealso", "open sesame"
SECRETS = (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())


@pytest.fixture
def gate(whole: Nodes, tmp_path: Path) -> Iterator[Gate]:
    with Gate(whole.nodes[0], certificate(tmp_path / "good"), USER, PASSWORD) as gate:
        yield gate


@pytest.fixture
def search(gate: Gate, whole: Nodes, tmp_path: Path) -> SearchSettings:
    """How the cluster is reached: certificates that are trusted, one of them expired; and a file with the password."""
    (file := tmp_path / "password").write_text(f"{PASSWORD}\n")
    expired, _ = certificate(tmp_path / "expired", until="20200102000000Z")
    (ca := tmp_path / "ca.pem").write_text(gate.certificate[0].read_text() + expired.read_text())
    return search_on(whole, hosts=(gate.url,), ca=ca, user=USER, password_file=file)


@pytest.fixture
def secured(site: Site, search: SearchSettings) -> Site:
    site.settings = replace(site.settings, search=search)
    fill(site)
    site.build()
    return site


def test_a_site_is_built_and_asked_over_tls_and_no_secret_is_kept(
    site: Site, search: SearchSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.settings = replace(site.settings, search=search)
    fill(site)
    site.build()
    assert site.open().reader.search(question("rye bread")).total > 0
    kept = b"".join(file.read_bytes() for file in site.index.rglob("*") if file.is_file()).decode("latin-1")
    said = kept + caplog.text + repr(site.settings)
    assert [secret for secret in SECRETS if secret in said] == []


def wrong_password(gate: Gate, tmp_path: Path) -> None:
    gate.password = "changed by somebody"


def expired_certificate(gate: Gate, tmp_path: Path) -> None:
    gate.certificate = tmp_path / "expired" / "it", tmp_path / "expired" / "key"


def another_certificate(gate: Gate, tmp_path: Path) -> None:
    gate.certificate = certificate(tmp_path / "another")


WRONG = pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (wrong_password, "refuses these credentials"),
        (expired_certificate, "certificate has expired"),
        (another_certificate, "certificate of .* is refused"),
    ],
)


@WRONG
def test_questions_are_refused_while_a_password_or_certificate_is_wrong_and_answered_after_without_a_hand(
    secured: Site, gate: Gate, tmp_path: Path, wrong: Any, reason: str
) -> None:
    client = create_app(secured.settings).test_client()

    def answered(path: str = "/api/v1/search?q=rye") -> int:
        return client.get(path).status_code

    assert (answered(), answered("/readyz")) == (200, 200)
    good = gate.certificate
    wrong(gate, tmp_path)
    for words in ("bread", "oven", "salt", "dough", "crust"):
        started = time.monotonic()
        answer = client.get(f"/api/v1/search?q={words}")
        assert (answer.status_code, bool(answer.headers["Retry-After"])) == (503, True)
        assert time.monotonic() - started < DEADLINE + SLACK
        assert [secret for secret in SECRETS if secret in answer.text] == []
    assert answered("/readyz") == 503
    gate.certificate, gate.password = good, PASSWORD
    until(lambda: answered("/api/v1/search?q=flour") == 200, "it answers again")
    assert answered("/readyz") == 200


@WRONG
def test_a_build_ends_soon_where_a_password_or_certificate_is_wrong_and_says_so(
    secured: Site, gate: Gate, tmp_path: Path, wrong: Any, reason: str
) -> None:
    before = seen(secured.open().reader.search(question("rye bread")))
    good = gate.certificate
    wrong(gate, tmp_path)
    started = time.monotonic()
    with pytest.raises(EngineUnavailable, match=reason):
        secured.build(force=True)
    assert time.monotonic() - started < 15  # it is not tried again for minutes: only a hand can mend it
    gate.certificate, gate.password = good, PASSWORD
    assert seen(secured.open().reader.search(question("rye bread"))) == before
    assert secured.build(force=True).changed
