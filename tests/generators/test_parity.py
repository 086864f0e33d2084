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
READY: tuple[str, ...] = (
    "astro",
    "docusaurus",
    "eleventy",
    "eleventy-plain",
    "eleventy-anchor",
    "hexo",
    "hexo-plain",
    "hugo",
    "jekyll",
    "jekyll-plain",
    "mdbook",
    "mkdocs",
    "pelican",
    "pelican-plain",
    "vitepress",
)
__test__ = bool(READY)
# Where we differ, and why.
ON_PURPOSE = "it says that it is not to be published, whatever the program makes of that"
IN_BROWSER = "the program writes no page for it, only what draws one in the browser"
DIFFERENT = {
    ("mkdocs", "posts/2024-03-10-first-loaf.md"): ON_PURPOSE,
    ("vitepress", "posts/2024-03-10-first-loaf.md"): ON_PURPOSE,
    ("astro", "other-keys.md"): ON_PURPOSE,
    ("astro", "index.md"): "/blog/index/ beside /blog/: the index of a collection itself is taken for its first page",
    ("mdbook", "guide/01-intro.md"): ON_PURPOSE,
    ("docusaurus", "docs/unpublished.md"): ON_PURPOSE,
    ("docusaurus", "docs/Old Ovens/Brick & Käse (old).md"): IN_BROWSER,
    ("docusaurus", "src/pages/Contact us.mdx"): IN_BROWSER,
}
TODAY = date(2026, 1, 1)  # the dates of the fixtures are far from it

# Where See Also differs, and why.
OTHER_URLS = {
    ("hugo", "About Us & Them.md"): "0.112 and later keep both hyphens around a sign; Debian has 0.111, which has one",
    ("hugo", "posts/undated.md"): "a page without a date is of the year 1 there",
    ("jekyll-plain", "_posts/2021-03-06-late.md"): "a date with a time zone is read in that of the machine there",
}
# For each file the ids that only the program has, and those that only See Also has.
OTHER_IDS: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    # The program takes an entity as it is written.
    ("hexo", "_posts/headings.md"): ({"Escaped-stars-and-copy"}, {"Escaped-stars-and-©"}),
    # What {% link %} stands for is known of the whole site only; what is captured is nearly always shown further on.
    ("jekyll", "template-tags.md"): ({"a-link-about-us-in-it"}, {"a-link--in-it", "captured"}),
}


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
    if facts.get("listed", True) and (fixture, path) not in DIFFERENT
]
PAGES = [(fixture, path) for fixture, path in FILES if expected(fixture)["files"][path]["published"]]


def ids(fixture: str, path: str) -> list[str]:
    """The ids of the headings that have one, as the program gave them."""
    return [heading for heading, _ in expected(fixture)["files"][path]["headings"] if heading]


@pytest.mark.parametrize(("fixture", "path"), FILES)
def test_what_the_generator_publishes_is_a_page_and_nothing_else_is(fixture: str, path: str) -> None:
    assert (path in read(fixture)) == expected(fixture)["files"][path]["published"]


@pytest.mark.parametrize(("fixture", "path"), PAGES)
def test_a_page_has_the_url_that_the_generator_gives_it(fixture: str, path: str) -> None:
    page = read(fixture)[path]
    is_equal = page is None or unquote(page.url) == expected(fixture)["files"][path]["url"]
    assert is_equal == ((fixture, path) not in OTHER_URLS)


@pytest.mark.parametrize(("fixture", "path"), PAGES)
def test_a_heading_has_the_id_that_the_generator_gives_it(fixture: str, path: str) -> None:
    page = read(fixture)[path]
    if page is None:
        return
    theirs = ids(fixture, path)
    ours = [section.anchor for section in page.sections if section.anchor]
    only_theirs, only_ours = OTHER_IDS.get((fixture, path), (set(), set()))
    assert (set(theirs) - set(ours), set(ours) - set(theirs)) == (only_theirs, only_ours)
    assert [one for one in theirs if one not in only_theirs] == [one for one in ours if one not in only_ours]


@pytest.mark.parametrize(("fixture", "path"), [one for one in DIFFERENT if one[0] in READY])
def test_a_known_difference_is_one(fixture: str, path: str) -> None:
    facts, pages = expected(fixture)["files"][path], read(fixture)
    page = pages.get(path)
    assert (
        (path in pages) != facts["published"]
        or page is None
        or unquote(page.url) != facts["url"]
        or [section.anchor for section in page.sections if section.anchor] != ids(fixture, path)
    )
