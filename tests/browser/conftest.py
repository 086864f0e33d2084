"""A real Chromium over a real service: run by `make test-browser`, which says what has to be installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browsing import DEMO, Serve, Site, Watched, chromium, published, served
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from serving import Server, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty page. The test fails if a script of the page does, or a policy refuses something."""
    watched = Watched(context.new_page())
    yield watched.page
    assert not watched.errors


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An empty static site."""
    folder = tmp_path / "site"
    folder.mkdir()
    with served(Site(folder)) as site:
        yield site


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Builds the index of a folder, the demo blog by default, and serves it until the test is over."""
    with ExitStack() as stack:

        def start(content: Path = DEMO, service: str = "", more: str = "") -> Server:
            folder = tmp_path / f"service-{len(list(tmp_path.glob('service-*')))}"
            folder.mkdir()
            settings = folder / "seealso.toml"
            settings.write_text(f"[content]\n{more}\n[service]\nworkers = 1\n{service}\n")
            published(content, folder / "index", settings)
            return stack.enter_context(serving(content, folder / "index", settings))

        yield start
