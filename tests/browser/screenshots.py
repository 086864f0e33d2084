"""The pictures of the docs that show a page: `make screenshots`.

    PYTHONPATH=tests python tests/browser/screenshots.py IMAGES

IMAGES gets search.png (the results page), box.png and box-dark.png (the search box on a page of a site), post.png (the
list beside a post), report.png, and desk.png and desk-*.png (the pages of the desk), all of the demo blog, from a real
service in a real Chromium.
"""

from __future__ import annotations

import base64
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frontmatter
import numpy as np
import pyromark
from browsing import DEMO, Site, chromium, served
from desk import Desk
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright
from serving import COMMAND, Server, environment, serving

QUESTION = "cache invalidation"
POST = "2019-02-11-when-not-to-cache.md"
DESK = {
    "desk-suggestions": "/desk/",
    "desk": "/desk/next",
    "desk-findings": "/desk/findings",
    "desk-search": "/desk/search",
    "desk-steer": "/desk/steer?rule=pin&q=cache+invalidation&post=2019-02-11-when-not-to-cache.md",
    "desk-site": "/desk/site",
}
DRAFT = """# A proxy in front of it

We put a cache in front of the shop. A response may be kept by a shared proxy only if its headers say so, and the
browser keeps one, too. When the price changes, the old page goes on being served until its entry has expired.
"""
SCRIPT = '<script type="module" src="{service}/see-also.js"></script>'
# A site as plain as can be: the elements take its font and its colours.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="canonical" href="{url}">
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 17px/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2.5rem auto; padding: 0 1.5rem }}
</style>
{head}
<see-also-search src="{service}"></see-also-search>
<article><h1>{title}</h1>{text}</article>
<see-also-list src="{service}"></see-also-list>"""


def main(images: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--hide-scrollbars"])
        with _blog(Path(folder)) as (site, service):
            for name, picture in {
                "search": _results(browser, service),
                "box": _box(browser, site, service, "light"),
                "box-dark": _box(browser, site, service, "dark"),
                "post": _post(browser, site, service),
                "report": _report(browser, Path(folder)),
            }.items():
                (images / f"{name}.png").write_bytes(picture)
        for name, picture in _desk(browser, Path(folder) / "desk"):
            (images / f"{name}.png").write_bytes(picture)
        browser.close()


@contextmanager
def _blog(folder: Path) -> Iterator[tuple[Site, Server]]:
    """The demo blog with one of its posts as a page, and a service that the page may ask."""
    settings, index = folder / "seealso.toml", folder / "index"
    (folder / "site").mkdir()
    with served(Site(folder / "site")) as site:
        settings.write_text(f'[service]\nworkers = 1\norigins = ["{site.origin}"]\n')
        _run(settings, index, "build")
        with serving(DEMO, index, settings) as service:
            yield site, service


def _run(settings: Path, index: Path, *arguments: str | Path) -> None:
    command = [COMMAND, "--settings", settings, "--content", DEMO, "--index", index, *arguments]
    subprocess.run(command, check=True, capture_output=True, env=environment())


# ---------------------------------------------------------------------------------------------------- the pictures


def _results(browser: Browser, service: Server) -> bytes:
    page = _opened(browser, f"{service.origin}/?q={QUESTION}", 1000, 760)
    return _taken(page)


def _box(browser: Browser, site: Site, service: Server, scheme: str) -> bytes:
    page = _opened(browser, _written(site, service), 1000, 640, scheme)
    with page.expect_response(re.compile(r"q=cache\Winv\b")):
        page.locator("see-also-search input").press_sequentially("cache inv", delay=40)
    page.locator("[role=listbox]:not([aria-busy=true]) mark", has_text="Invalidation").first.wait_for()
    return _taken(page)


def _post(browser: Browser, site: Site, service: Server) -> bytes:
    page = _opened(browser, _written(site, service), 1000, 600)
    page.locator("see-also-list a").nth(4).wait_for()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    return _taken(page)


def _report(browser: Browser, folder: Path) -> bytes:
    _run(folder / "seealso.toml", folder / "index", "check", "--html", folder / "report.html")
    page = _opened(browser, (folder / "report.html").as_uri(), 1360, 912)
    page.wait_for_timeout(1_000)  # until the posts have found their places
    return _taken(page)


def _desk(browser: Browser, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The pages of the desk, each with its name."""
    folder.mkdir()
    desk = Desk(folder)
    with serving(desk.content, desk.index, desk.settings_file) as desk.server:
        for name, path in DESK.items():
            page = _opened(browser, f"{desk.server.origin}/desk/", 1100, 760)
            desk.sign_in(page)
            page.goto(f"{desk.server.origin}{path}")
            yield name, _taken(page)
        page = _opened(browser, f"{desk.server.origin}/desk/", 1100, 760)
        desk.sign_in(page)
        page.goto(f"{desk.server.origin}/desk/draft")
        page.locator("textarea").first.fill(DRAFT)
        page.locator("main form button").first.click()
        page.get_by_text("HTTP Caching Headers in Plain Words").first.wait_for()
        yield "desk-draft", _taken(page)


def _written(site: Site, service: Server) -> str:
    """A post of the demo blog as a page of a site; its URL."""
    post = frontmatter.load(str(DEMO / POST))
    url, text = str(post["postUrl"]), pyromark.html(post.content)
    head = SCRIPT.format(service=service.origin)
    page = PAGE.format(title=post["title"], url=url, head=head, text=text, service=service.origin)
    return site.write(f"{url.strip('/')}/index.html", page)


def _opened(browser: Browser, url: str, width: int, height: int, scheme: str = "light") -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    return page


# -------------------------------------------------------------------------------------------------------- the files

PIXELS = """async png => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  let bytes = "";
  for (const byte of canvas.getImageData(0, 0, image.width, image.height).data) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}"""


def _taken(page: Page) -> bytes:
    """What the page shows, as a PNG of 256 colours, a third of what Chromium makes."""
    size = page.viewport_size
    assert size
    png = base64.b64encode(page.screenshot(caret="hide")).decode()
    blank = page.context.new_page()
    rgba = np.frombuffer(base64.b64decode(blank.evaluate(PIXELS, png)), np.uint8)
    page.context.close()
    return _indexed(rgba.reshape(size["height"], size["width"], 4)[:, :, :3])


def _indexed(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG (W3C) of 256 colours; others become the nearest of them.

    These are the 128 most frequent ones, and of each kind the most frequent one, kinds being told apart by the upper
    half of the bits. By frequency alone, the shades of a shadow would leave no room for a thin line.
    pixels: height × width × 3, uint8.
    """
    height, width, _ = pixels.shape
    colours, places, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    by_frequency = colours[np.argsort(-counts, kind="stable")]
    _, kinds = np.unique(by_frequency >> 4, axis=0, return_index=True)
    chosen = dict.fromkeys([*range(min(128, len(colours))), *np.sort(kinds).tolist()])
    palette = by_frequency[list(chosen)[:256]]
    distances = ((colours[:, None].astype(int) - palette[None].astype(int)) ** 2).sum(axis=2)
    rows = distances.argmin(axis=1).astype(np.uint8)[places.ravel()].reshape(height, width)
    lines = np.hstack([np.zeros((height, 1), np.uint8), rows])  # each begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
