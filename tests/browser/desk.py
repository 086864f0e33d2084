"""A copy of the demo blog with a desk: one broken list, recorded questions, and a token."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from browsing import DEMO
from playwright.sync_api import Page, expect
from serving import Server

from indexer.auth import new_token
from indexer.build import build
from indexer.queries.keystrokes import Click, Question
from indexer.queries.storage import FOLDER, open_queries
from indexer.settings import ContentSettings, IndexSettings, Settings, load_settings

# A question for each table of the page Search.
ASKED = [
    *[Question("cache invalidation", 12, "", "en", [Click("/posts/when-not-to-cache/", 5)])] * 4,
    *[Question("zettelkasten", 0, "", "en")] * 3,
    *[Question("estimates", 9, "", "en")] * 3,
    Question("postgras", 3, "postgres", "en"),
]


class Desk:
    """A served copy of the demo blog with one broken list, and a token for it."""

    def __init__(self, folder: Path, mode: str = "write") -> None:
        shutil.copytree(DEMO, folder / "content")
        first = min((folder / "content").glob("2017*.md"))
        first.write_text(first.read_text().replace("relatedPosts:\n", 'relatedPosts:\n    - "nothing-here"\n', 1))
        self.settings_file = folder / "seealso.toml"
        self.settings_file.write_text(
            f'[content]\ndirectory = "content"\n[service]\nworkers = 2\n[editing]\nmode = "{mode}"\n'
        )
        self.settings = load_settings(self.settings_file)
        content, index = ContentSettings(directory=folder / "content"), IndexSettings(directory=folder / "index")
        build(Settings(content=content, index=index), strict=False, force=False, today=date(2026, 6, 1))
        now = datetime.now(UTC)
        with open_queries(folder / "index" / FOLDER, now) as queries:
            queries.add(now.date(), ASKED)
        self.token = new_token(self.settings.decided, "ann", now + timedelta(days=1), now)
        self.content, self.index = folder / "content", folder / "index"
        self.server: Server

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.server.origin}/desk/")
        expect(page.locator("input[type=password], input[name=token]").first).to_be_focused()
        page.keyboard.type(self.token)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Sign out").wait_for()
