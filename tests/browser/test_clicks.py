"""Which hit a visitor follows reaches the service, from the search box and the results page, in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from blog import Blog, blog
from browsing import Watched, violations
from playwright.sync_api import Page, Request

from indexer.queries.storage import FOLDER, open_queries


@dataclass
class Told:
    """What a page sends to the route of clicks."""

    requests: list[Request]

    def values(self) -> list[tuple[str, str | None]]:
        return [(request.url, request.post_data) for request in self.requests]


def is_click(request: Request) -> bool:
    return "/api/v1/click" in request.url


@pytest.fixture
def told(page: Page) -> Told:
    found = Told([])
    page.context.on("request", lambda one: found.requests.append(one) if is_click(one) else None)
    return found


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    with blog(tmp_path_factory.mktemp("recording"), "record_queries = true") as made:
        yield made


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    with blog(tmp_path_factory.mktemp("silent")) as made:
        yield made


def asked_in_box(page: Page, site: Blog) -> None:
    page.goto(site.page("<see-also-search></see-also-search>"))
    page.locator("see-also-search input").fill("harbour lights")
    page.locator("see-also-search [role=option].hit").first.wait_for()


def test_the_box_tells_which_hit_is_followed(page: Page, told: Told, recording: Blog) -> None:
    asked_in_box(page, recording)
    with page.context.expect_event("request", is_click):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    page.wait_for_url("**/posts/1/**")
    (one,) = told.requests
    sent: dict[str, Any] = json.loads(one.post_data or "")
    assert (one.method, one.headers["content-type"]) == ("POST", "text/plain;charset=UTF-8")
    assert (sent["q"], sent["rank"]) == ("harbour lights", 1)
    assert sent["url"].startswith(f"{recording.site.origin}/posts/1/")
    assert "cookie" not in one.headers


def test_the_box_tells_nothing_where_nobody_wants_to_know(page: Page, told: Told, silent: Blog) -> None:
    asked_in_box(page, silent)
    page.locator("see-also-search [role=option].hit").first.click()
    page.wait_for_url("**/posts/1/**")
    assert told.values() == []


def test_the_results_page_tells_which_hit_is_followed_and_its_policy_allows_that(
    page: Page, told: Told, recording: Blog
) -> None:
    watched = Watched(page)
    page.goto(f"{recording.service.origin}/?q=harbour+lights")
    assert violations(page) == []
    with page.context.expect_event("request", is_click):
        page.get_by_role("link", name="Harbour lights").click()
    (one,) = told.requests
    assert one.url.endswith("/api/v1/click?q=harbour+lights&url=%2Fposts%2F1%2F&rank=1")
    assert watched.errors == []


def test_a_click_is_counted_with_the_question(page: Page, tmp_path: Path) -> None:
    with blog(tmp_path, "record_queries = true") as site:
        asked_in_box(page, site)
        with page.context.expect_event("request", is_click):
            page.locator("see-also-search [role=option].hit").first.click()
    with open_queries(tmp_path / "index" / FOLDER, datetime.now(UTC)) as queries:
        (one,) = queries.recorded()
    assert (one.question, one.times, [page.url for page in one.opened]) == ("harbour lights", 1, ["/posts/1/"])
