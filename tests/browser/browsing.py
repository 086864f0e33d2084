"""What the tests in a browser share: watched pages, axe-core, static sites on an origin of their own."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from serving import Server

from indexer.build import build
from indexer.settings import load_settings

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
DEMO = HERE.parent.parent / "content"
# What is measured against: WCAG 2.0 to 2.2, A and AA, and what axe calls best practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# Starts a service: (content, lines of [service], lines of [content]) → the server, whose origin is `server.origin`.
Serve = Callable[..., Server]


@dataclass
class Watched:
    """A page, and what went wrong on it: errors of scripts, and what its Content-Security-Policy refused."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._look_for_violations)

    def _look_for_violations(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.errors.append(message.text)


def chromium() -> str:
    """The path of this machine's Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert path, f"none of these is installed: {', '.join(CHROMIUMS)}; on Debian: apt install chromium"
    return path


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is, one line a node."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{violation['id']}: {node['html'][:120]} ({' '.join(map(str, node['target']))})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, with the headers that the site adds."""

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        self.site = site
        super().__init__(*args, directory=str(site.folder), **kwargs)

    def end_headers(self) -> None:
        for name, value in self.site.headers.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the parameter's name in the base class
        pass


@dataclass
class Site:
    """A static site on an origin of its own. headers: sent with every file."""

    folder: Path
    origin: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, html: str) -> str:
        """Writes a page and returns its URL."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html)
        return f"{self.origin}/{name}"


@contextmanager
def served(site: Site) -> Iterator[Site]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, site=site))
    server.daemon_threads = True
    site.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def published(content: Path, index: Path, settings: Path) -> None:
    """Builds an index. In this process: to start the command takes longer than to build with it."""
    build(load_settings(settings, {}, content, index), strict=False, force=False, today=date(2026, 6, 1))


def bundled(entry: str, into: Path) -> None:
    """Bundles an ES module that imports packages of node_modules into one classic script, as a site would."""
    command = [str(MODULES / ".bin" / "esbuild"), "--bundle", "--format=iife", "--minify", f"--outfile={into}"]
    subprocess.run(command, input=entry, text=True, check=True, capture_output=True, cwd=HERE)
