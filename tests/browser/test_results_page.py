"""The results page in a browser."""

from __future__ import annotations

from browsing import Serve, violations
from playwright.sync_api import Page


def test_a_visitor_types_a_question_and_reads_the_answers(page: Page, serve: Serve) -> None:
    page.goto(serve().origin)
    page.get_by_role("searchbox").fill("cache invalidation")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cache Invalidation for the Rest of Us").first.wait_for()
    assert violations(page) == []
