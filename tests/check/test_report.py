"""The page of a check stands alone, and no text of a post can become a part of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Site

from indexer.check.report.page import page
from indexer.cli import main

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "a\u2028b\u2029c",
    "%%DATA%%",
    '"&amp;\\',
    "\x00",
]


def drawn(*titles: str) -> dict[str, Any]:
    posts = [{"path": f"{place}.md", "title": title, "url": f"/{place}/"} for place, title in enumerate(titles)]
    return {"posts": posts, "findings": [], "curated": [], "linked": [], "suggested": [], "duplicates": []}


class Elements(HTMLParser):
    """The elements of a page in their order, and the text of each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.opened: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "input", "link"):
            self.opened.append(tag)
        if tag in ("script", "style"):
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.opened and self.opened[-1] in ("script", "style"):
            self.texts[-1] += data


def test_whatever_titles_hold_the_page_has_the_same_elements_and_the_data_comes_back() -> None:
    plain, hostile = Elements(page(drawn("a"), "Site")), Elements(page(drawn(*HOSTILE), "Site"))
    assert hostile.tags == plain.tags
    assert hostile.opened == []
    _, data, *_ = hostile.texts
    assert [post["title"] for post in json.loads(data)["posts"]] == HOSTILE


def test_the_name_of_a_site_is_text_too() -> None:
    assert Elements(page(drawn("a"), "<script>")).tags == Elements(page(drawn("a"), "Site")).tags


def test_nothing_is_fetched_and_only_our_own_scripts_run() -> None:
    read = Elements(page(drawn("a"), "Site"))
    assert [
        name for name, _ in read.attributes if name in ("src", "href", "action", "style") or name.startswith("on")
    ] == []
    (policy,) = [value for name, value in read.attributes if name == "content" and value and "default-src" in value]
    style, _data, *scripts = read.texts
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, *scripts)}
    assert policy.startswith("default-src 'none'; ")
    assert allowed == digests
    assert len(scripts) == 2
    for asking in ("fetch(", "XMLHttpRequest", "import(", "innerHTML", "@import", "url("):
        assert asking not in scripts[1] + style


@pytest.fixture
def written(site: Site, tmp_path: Path) -> Elements:
    """The page of a small site, as the command writes it."""
    site.post("a.md", "A </script> title", "Flour and salt.", relatedPosts="[b, none]")
    site.post("b.md", "B", "Lamb and [a](a.md) barley.")
    file = tmp_path / "report.html"
    done = CliRunner().invoke(main, ["--content", str(site.content), "check", "--html", str(file)])
    assert done.exit_code == 1
    return Elements(file.read_text(encoding="utf-8"))


def test_the_command_writes_posts_findings_and_lines(written: Elements) -> None:
    data = json.loads(written.texts[1])
    assert [post["title"] for post in data["posts"]] == ["A </script> title", "B"]
    assert [(one["kind"], one["path"]) for one in data["findings"]] == [("dangling", "a.md")]
    assert (data["curated"], data["linked"]) == ([[0, 1]], [[1, 0]])
