"""A blog for the tests of the elements: a static site on one origin, a service over its posts on another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browsing import Site, published, served
from serving import Server, serving

# Title, tags and body; a month lies between one and the next, the last is the newest.
POSTS = (
    (
        "Harbour lights",
        "boats, weather",
        "Lanterns burn at the mole.\n\n## Seen from the sea\n\nThe harbour glows at night.",
    ),
    (
        "Hull week",
        "boats, tools",
        "Down to the waterline.\n\n## Scraping the hull\n\nA barnacle comes off with a heliograph.",
    ),
    ("Fog at dawn", "weather, letters", "Nothing moves.\n\n## The horn\n\nFrom the harbour a horn sounds twice."),
    ("Rope and tar", "tools, boats", "Splicing rope in the harbour shed with tar and patience."),
    ("A letter home", "letters, people", "The harbour master writes of a storm."),
    ("Storm of the year", "weather, people", "Waves over the harbour wall."),
    ("The ferryman", "people, food", "He crosses the harbour for bread."),
    ("Fish soup", "food, winter", "Bought in the harbour, cooked at home."),
    ("Ice on the pier", "winter, weather", "The harbour froze."),
    ("<img src=x onerror=alert(1)> & co", "code", "Markup in a title is text, said the sloop."),
    ("日本の港", "travel", "港の夜は静かです。"),
    ("Café & crème", "food", "With 🐟🐟 and a sprig of dill."),
)


@dataclass
class Blog:
    site: Site
    service: Server

    def page(self, body: str, head: str = "", name: str = "index.html", root: str = 'lang="en"') -> str:
        """Writes a page of the site with the script of the elements in its head; returns its URL.

        head: more of its head. root: attributes of its html element.
        """
        script = f'<script type="module" src="{self.service.origin}/see-also.js"></script>'
        start = f'<!doctype html><html {root}><head><meta charset="utf-8"><title>A blog</title>'
        view = '<meta name="viewport" content="width=device-width">'
        main = f"<main><h1>A blog</h1>{body}</main>"
        return self.site.write(name, f"{start}{view}{head}{script}</head><body>{main}</body></html>")


@contextmanager
def blog(folder: Path, more: str = "") -> Iterator[Blog]:
    """Publishes POSTS, and a page of the site for each. more: lines of [service]."""
    content, pages = folder / "content", folder / "site"
    content.mkdir()
    pages.mkdir()
    with served(Site(pages)) as site:
        for month, (title, tags, body) in enumerate(POSTS, 1):
            front = f"title: '{title}'\ntags: [{tags}]\ndate: 2025-{month:02}-01\nurl: /posts/{month}/"
            (content / f"{month}.md").write_text(f"---\n{front}\n---\n\n{body}\n")
            site.write(f"posts/{month}/index.html", f"<!doctype html><title>Post {month}</title><p>Post {month}</p>")
        settings = folder / "seealso.toml"
        settings.write_text(f'[service]\nworkers = 1\norigins = ["{site.origin}"]\n{more}\n')
        index = folder / "index"
        published(content, index, settings)
        with serving(content, index, settings) as service:
            yield Blog(site, service)
