"""pagefind.js as it is served."""

from __future__ import annotations

from conftest import Site

from indexer.output.assets import pagefind
from service.app import create_app


def test_pages_of_any_site_may_load_it_from_where_pagefind_would_have_it(site: Site) -> None:
    answer = create_app(site.settings).test_client().get("/pagefind/pagefind.js")
    assert answer.data == pagefind().data
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
