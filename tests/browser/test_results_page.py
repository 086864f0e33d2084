"""The results page and its like in a browser, none of which needs a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from browsing import Serve, Site, violations
from playwright.sync_api import Browser, BrowserContext, Page, expect
from serving import Server, serving

from indexer.build import build
from indexer.settings import ContentSettings, IndexSettings, Settings

PAGES = {
    "empty": "/",
    "hits": "/?q=rye&tag=rye&since=2001-01-01",
    "many": "/?q=rye&page=2&per_page=3",
    "respelt": "/?q=starer+-oven",
    "none": "/?q=xylophone&tag=rye",
    "beyond": "/?q=rye&page=99",
    "browse": "/?tag=rye&until=soon",
    "error": "/no/such-page/",
    "preview": "/notes/1/",
}
SCHEMES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve posts with a hostile title among them, some with the same title, in two languages, with many tags."""
    folder = tmp_path_factory.mktemp("posts")
    (folder / "notes").mkdir(parents=True)
    for number in range(12):
        title = "Notes" if number % 4 == 0 else f"Rye {number} <img src=x onerror=alert(1)>"
        tags = ", ".join(["rye", *(f"tag-{one}" for one in range(number))])
        language = "de" if number == 7 else "en"
        (folder / "notes" / f"{number}.md").write_text(
            f"---\ntitle: '{title}'\ntags: [{tags}]\ndate: 2024-01-{number + 1:02}\nlanguage: {language}\n---\n\n"
            f"Rye flour, water and patience.\n\n## The starter\n\nFeed the rye starter every day, whatever else you do."
        )
    return folder


@pytest.fixture(scope="module")
def server(posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service for these posts, of a site without an address."""
    index = tmp_path_factory.mktemp("service") / "index"
    settings = Settings(content=ContentSettings(directory=posts), index=IndexSettings(directory=index))
    build(settings, strict=True, force=False, today=date(2026, 6, 1))
    with serving(posts, index) as server:
        yield server


@pytest.fixture(scope="module")
def nothing_published(posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(posts, tmp_path_factory.mktemp("no-index")) as server:
        yield server


def test_a_visitor_types_a_question_and_reads_the_answers(page: Page, serve: Serve) -> None:
    page.goto(serve().origin)
    page.get_by_role("searchbox").fill("cache invalidation")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cache Invalidation for the Rest of Us").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_wrong_with_any_page(
    browser: Browser, server: Server, nothing_published: Server, scheme: str
) -> None:
    context = browser.new_context(**SCHEMES[scheme])
    page = context.new_page()
    for address in [*(server.origin + path for path in PAGES.values()), f"{nothing_published.origin}/?q=rye"]:
        page.goto(address)
        assert violations(page) == [], address
    context.close()


def test_no_page_scrolls_sideways_at_320_px_which_is_400_percent_of_1280(
    browser: Browser, server: Server, nothing_published: Server
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 256})
    page = context.new_page()
    for address in [*(server.origin + path for path in PAGES.values()), f"{nothing_published.origin}/?q=rye"]:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
    context.close()


def test_the_keyboard_alone_searches_filters_and_goes_on(page: Page, server: Server) -> None:
    page.goto(server.origin)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("rye")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("12 results for rye")
    filters = page.get_by_role("list", name="Tags", exact=True).get_by_role("link")
    for _ in range(20):
        page.keyboard.press("Tab")
        if filters.nth(1).evaluate("it => it === document.activeElement"):
            break
    assert filters.nth(1).evaluate("it => getComputedStyle(it).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("11 results for rye")
    page.get_by_role("link", name="Next →").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Pages").locator("[aria-current]")).to_have_text("Page 2")


def test_another_question_keeps_the_filters_and_back_finds_the_first_one(page: Page, server: Server) -> None:
    page.goto(f"{server.origin}/?q=rye&tag=tag-3")
    page.get_by_role("searchbox").fill("patience")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(f"{server.origin}/?q=patience&tag=tag-3")
    expect(page.get_by_role("heading", name="for patience")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("rye")


def test_a_hit_leads_to_the_site_and_its_section_to_the_place(
    page: Page, posts: Path, serve: Serve, site: Site
) -> None:
    site.write("notes/4/index.html", "<h1>The real post</h1><h2 id='the-starter'>The starter</h2>")
    server = serve(posts, more=f'site = "{site.origin}"')
    page.goto(f"{server.origin}/?q=%22notes%22&tag=tag-3&until=2024-01-05")
    page.get_by_role("link", name="Notes", exact=True).click()
    expect(page).to_have_url(f"{site.origin}/notes/4/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The real post")
    page.goto(f"{server.origin}/?q=starter&tag=tag-3&until=2024-01-05")
    page.get_by_role("link", name="§ The starter").click()
    expect(page).to_have_url(f"{site.origin}/notes/4/#the-starter")
    page.goto(f"{server.origin}/notes/4/?from=an-old-link")
    expect(page).to_have_url(f"{site.origin}/notes/4/")


def test_the_look_of_the_site_outranks_ours_and_no_script_of_a_fragment_runs(
    context: BrowserContext, posts: Path, serve: Serve, tmp_path: Path
) -> None:
    style, header = tmp_path / "site.css", tmp_path / "header.html"
    style.write_text("a { color: rgb(200, 0, 0) }")
    header.write_text("<header><a href='https://blog.example/'>Blog</a><script>document.title = 0</script></header>")
    server = serve(posts, service=f'stylesheet = "{style}"\nheader = "{header}"')
    page = context.new_page()
    page.goto(f"{server.origin}/?q=rye")
    hit = page.get_by_role("link", name="Notes").first
    assert hit.evaluate("it => getComputedStyle(it).color") == "rgb(200, 0, 0)"
    assert page.title() == "rye – See Also"
    assert violations(page) == []


def test_titles_of_posts_stay_text(page: Page, server: Server) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for path in ("/", "/?q=rye", "/notes/1/"):
        page.goto(server.origin + path)
        page.wait_for_load_state("networkidle")
        assert page.locator("main img").count() == 0
    assert dialogs == []


def test_on_paper_are_the_results_with_their_addresses_and_nothing_to_click(page: Page, server: Server) -> None:
    page.goto(f"{server.origin}/?q=rye&per_page=3")
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    hit = page.get_by_role("link", name="Notes").first
    assert "/notes/" in hit.evaluate("it => getComputedStyle(it, '::after').content")
