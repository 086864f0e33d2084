"""What a site generator makes of a file, See Also makes of it too, without a settings file.

Each folder beside this module has a small site and, in expected.json, what the real program made of it; `python -m
benchmarks.generators FOLDER` asks the program anew.
"""

from __future__ import annotations

import json
from contextlib import chdir
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from indexer.content.site import read_site
from indexer.model import ExclusionReason, Post
from indexer.settings import load_settings

FIXTURES = Path(__file__).parent
# The folders whose generator's rules See Also knows: to add a name turns its cases on. Without one there are no tests.
READY: tuple[str, ...] = ()
__test__ = bool(READY)
TODAY = date(2026, 1, 1)  # the dates of the fixtures are far from it


@cache
def expected(fixture: str) -> dict[str, Any]:
    """The answers of the real program."""
    answers: dict[str, Any] = json.loads((FIXTURES / fixture / "expected.json").read_text(encoding="utf-8"))
    return answers


@cache
def read(fixture: str) -> dict[str, Post | None]:
    """The pages of a fixture by path; None is one that is kept out of search."""
    site = FIXTURES / fixture / "site"
    with chdir(site):  # where nobody's settings file is
        settings = load_settings(None, {}, site / expected(fixture)["content"])
        found = read_site(settings.content, TODAY, workers=1)
    hidden = [one.path for one in found.excluded if one.reason is ExclusionReason.HIDDEN]
    return {post.path: post for post in found.corpus} | dict.fromkeys(hidden)


# A page that its own site leaves out of its lists may be found or not: the settings say which.
FILES = [
    (fixture, path)
    for fixture in READY
    for path, facts in expected(fixture)["files"].items()
    if facts.get("listed", True)
]
PAGES = [(fixture, path) for fixture, path in FILES if expected(fixture)["files"][path]["published"]]


@pytest.mark.parametrize(("fixture", "path"), FILES)
def test_what_the_generator_publishes_is_a_page_and_nothing_else_is(fixture: str, path: str) -> None:
    assert (path in read(fixture)) == expected(fixture)["files"][path]["published"]


@pytest.mark.parametrize(("fixture", "path"), PAGES)
def test_a_page_has_the_url_that_the_generator_gives_it(fixture: str, path: str) -> None:
    page = read(fixture)[path]
    assert page is None or unquote(page.url) == expected(fixture)["files"][path]["url"]


@pytest.mark.parametrize(("fixture", "path"), PAGES)
def test_a_heading_has_the_id_that_the_generator_gives_it(fixture: str, path: str) -> None:
    page = read(fixture)[path]
    ids = [heading for heading, _ in expected(fixture)["files"][path]["headings"]]
    assert page is None or [section.anchor or None for section in page.sections if section.level] == ids
