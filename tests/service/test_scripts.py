"""The scripts for browsers as they are served."""

from __future__ import annotations

import pytest
from conftest import Site
from flask.testing import FlaskClient

from indexer.output.assets import elements
from service.app import create_app


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return create_app(site.settings).test_client()


def test_a_script_may_be_loaded_by_pages_of_any_site(client: FlaskClient) -> None:
    for asset in elements():
        answer = client.get(f"/{asset.name}", headers={"Origin": "https://blog.example"})
        assert answer.status_code == 200
        assert answer.data == asset.data
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_stable_name_is_asked_for_again_and_a_hashed_one_never(client: FlaskClient) -> None:
    script = elements()[0]
    stable, hashed = client.get(f"/{script.name}"), client.get(f"/{script.hashed_name}")
    assert stable.headers["Cache-Control"] == "public, max-age=3600"
    assert "immutable" in hashed.headers["Cache-Control"]
    assert hashed.data == stable.data


def test_a_script_that_is_known_is_not_sent_again(client: FlaskClient) -> None:
    etag = client.get("/see-also.js").headers["ETag"]
    answer = client.get("/see-also.js", headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer.data == b""
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/see-also-0000000000000000.js", "/see-also.xx.js", "/see-also.js/../assets.py"])
def test_nothing_else_is_served_as_a_script(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (404, 503)
