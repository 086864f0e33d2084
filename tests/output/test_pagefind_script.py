"""pagefind.js, for Pagefind's user interfaces: small, and told where the service is where it lies elsewhere."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from click.testing import CliRunner

from indexer.cli import main
from indexer.output.assets import pagefind


def test_it_is_3_kb_compressed() -> None:
    assert len(gzip.compress(pagefind().data, 9)) <= 3 * 1024


def test_it_puts_nothing_into_pages_itself_and_keeps_nothing() -> None:
    script = pagefind().data.decode()
    assert not [word for word in ("innerHTML", "document", "localStorage", "eval", "import(") if word in script]


@pytest.mark.parametrize("address", ["https://search.blog.example", "https://search.blog.example/"])
def test_a_copy_for_a_site_names_the_service_and_does_not_guess_it(address: str) -> None:
    script = pagefind(address).data.decode()
    assert 'const SERVICE = "https://search.blog.example/";' in script
    assert "import.meta" not in script


def test_export_writes_a_copy_where_pagefind_would_have_it(tmp_path: Path) -> None:
    words = ["export", "assets", str(tmp_path / "dist"), "--service", "https://search.blog.example"]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    written = (tmp_path / "dist" / "pagefind" / "pagefind.js").read_bytes()
    assert written == pagefind("https://search.blog.example").data
    assert "as before and not touched" in CliRunner().invoke(main, words).output.splitlines()[-2]


def test_a_service_that_is_no_web_address_is_refused(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["export", "assets", str(tmp_path), "--service", "search.blog.example"])
    assert said.exit_code == 2
    assert "https://" in said.output
    assert not list(tmp_path.iterdir())
