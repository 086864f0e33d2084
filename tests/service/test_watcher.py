"""seealso serve --watch: what is written is built and served without a command between; the real server."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Site
from serving import PATIENCE, Server, environment, serving, until

from indexer.store.generation import generation_ids
from service.app import create_app

WATCH = {"SEEALSO_SERVICE_WATCH": "true", "SEEALSO_SERVICE_WORKERS": "1"}


def finds(server: Server, words: str) -> bool:
    status, body = server.get(f"/api/v1/search?q={words}")
    return status == 200 and bool(body["hits"])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.post("lamb-stew.md", "Lamb stew", "Brown the lamb.")
    return made


@pytest.fixture
def watched(site: Site) -> Iterator[Server]:
    with serving(site.content, site.index, variables=WATCH) as running:
        until((site.index / "last_build.json").exists, "the first build has ended", patience=120)
        until(lambda: finds(running, "lamb"), "it is served")
        yield running


def test_what_is_written_changed_or_deleted_is_served_without_a_command(site: Site, watched: Server) -> None:
    site.post("rye.md", "Rye bread", "A sour loaf.")
    until(lambda: finds(watched, "sour"), "what was written is found", patience=120)
    site.post("rye.md", "Rye bread", "A sweet loaf.")
    until(lambda: finds(watched, "sweet"), "what was changed is found", patience=120)
    (site.content / "rye.md").unlink()
    until(lambda: not finds(watched, "sweet"), "what was deleted is gone", patience=120)


def test_a_build_that_fails_is_said_and_the_next_change_is_built(site: Site, watched: Server) -> None:
    (site.content / "lamb-stew.md").rename(site.content / "lamb-stew.txt")  # no post is left
    until(
        lambda: (site.index / "last_build.json").read_text().startswith('{"outcome":"failed"'),
        "the build failed",
        patience=120,
    )
    assert finds(watched, "lamb")
    site.post("rye.md", "Rye bread", "A sour loaf.")
    until(lambda: finds(watched, "sour"), "the next change is built", patience=120)


def test_an_index_in_the_content_folder_sets_off_no_build_of_its_own(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.post("lamb-stew.md", "Lamb stew")
    index = site.content / "index"
    with serving(site.content, index, variables=WATCH):
        until((index / "last_build.json").exists, "the first build has ended", patience=120)
        first = (index / "last_build.json").read_bytes()
        site.write("notes.txt", "no content")
        until(lambda: (index / "last_build.json").read_bytes() != first, "a change sets one off", patience=120)
        second = (index / "last_build.json").read_bytes()
        with pytest.raises(AssertionError):
            until(lambda: (index / "last_build.json").read_bytes() != second, "nothing sets off another", patience=3)
        assert generation_ids(index) == ["000001"]


def test_pages_load_themselves_anew_only_where_somebody_watches(site: Site, watched: Server) -> None:
    assert '<script src="/static/reload.js" defer></script>' in watched.get("/")[1]
    assert watched.get("/static/reload.js")[0] == 200
    visitors = create_app(site.settings).test_client().get("/")
    assert "<script" not in visitors.text
    assert "script-src" not in visitors.headers["Content-Security-Policy"]


def test_without_the_extra_it_says_what_to_install(site: Site) -> None:
    code = (
        "import sys, runpy\nsys.modules['watchfiles'] = None\nrunpy.run_module('service.server', run_name='__main__')\n"
    )
    told = environment() | WATCH | {"SEEALSO_CONTENT_DIRECTORY": str(site.content), "SEEALSO_SERVICE_PORT": "8499"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=told, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 69
    assert re.fullmatch(
        r"seealso: this needs watchfiles, .* install seealso\[watch\] instead of seealso\n", done.stderr
    )
