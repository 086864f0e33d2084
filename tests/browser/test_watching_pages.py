"""A page that is open while somebody writes: it shows what was written without a key being pressed."""

from __future__ import annotations

from pathlib import Path

from browsing import Serve
from playwright.sync_api import Page, expect
from serving import PATIENCE


def post(title: str) -> str:
    return f"---\ntitle: {title}\n---\n\nSome words.\n"


def test_a_page_shows_what_is_written_while_it_is_open(serve: Serve, page: Page, tmp_path: Path) -> None:
    content = tmp_path / "posts"
    content.mkdir()
    (content / "lamb.md").write_text(post("Lamb stew"))
    server = serve(content, "watch = true")
    page.goto(server.origin)
    expect(page.get_by_role("heading", name="Search 1 post", exact=True)).to_be_visible()
    page.wait_for_timeout(1_500)  # the page has asked what is served
    (content / "rye.md").write_text(post("Rye bread"))
    found = page.get_by_role("heading", name="Search 2 posts", exact=True)
    expect(found).to_be_visible(timeout=PATIENCE * 4_000)


def test_a_page_of_a_service_that_nobody_watches_asks_nothing(serve: Serve, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(serve().origin)
    page.wait_for_timeout(1_500)
    assert [url for url in asked if "readyz" in url or url.endswith(".js")] == []
