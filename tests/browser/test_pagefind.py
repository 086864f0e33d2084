"""Pagefind's own user interfaces, unmodified, over a service."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import Serve, Site, bundled
from playwright.sync_api import Page, Route, expect
from serving import COMMAND, Server, environment

expect.set_options(timeout=20_000)  # a deadline for what is broken; the module itself waits 4.5 s for an answer
QUERIES = re.compile(r"/algolia/")
HOSTILE = "<img src=x onerror=window.alive=1>"

# Opens a page with a user interface of Pagefind, which loads pagefind.js from here: a service, or the site itself.
Open = Callable[[str], None]


@pytest.fixture
def server(serve: Serve, site: Site) -> Server:
    """The demo blog, which the pages of the site may ask."""
    return serve(service=f'origins = ["{site.origin}"]')


@pytest.fixture
def farm(serve: Serve, site: Site, tmp_path: Path) -> Server:
    """Three posts about barns, of which one has no tags, and one about the sea."""
    _post(tmp_path / "farm", "roof", "The roof", "A barn needs a roof.", "[building, weather]")
    _post(tmp_path / "farm", "storm", "The storm", "It came over the barn.", "[weather]")
    _post(tmp_path / "farm", "field", "The field", "It lies behind the barn.")
    _post(tmp_path / "farm", "sea", "The sea", "Far from here.", "[water]")
    return serve(tmp_path / "farm", f'origins = ["{site.origin}"]')


@pytest.fixture
def open_component_ui(page: Page, site: Site) -> Open:
    bundled("import '@pagefind/component-ui'; import '@pagefind/component-ui/css';", site.folder / "ui.js")
    with (site.folder / "ui.css").open("a") as style:
        style.write("main { height: 500px; overflow: auto }")
    return lambda origin: _open(page, site, COMPONENT_UI.format(origin=origin))


@pytest.fixture
def open_default_ui(page: Page, site: Site) -> Open:
    entry = "import {PagefindUI} from '@pagefind/default-ui'; new PagefindUI({element: '#search', ...window.set});"
    bundled(entry, site.folder / "ui.js")
    return lambda origin: _open(page, site, DEFAULT_UI.format(origin=origin))


COMPONENT_UI = """<link rel="stylesheet" href="/ui.css">
<pagefind-config bundle-path="{origin}/pagefind/"></pagefind-config>
<pagefind-input></pagefind-input><pagefind-summary></pagefind-summary>
<pagefind-filter-pane expanded></pagefind-filter-pane>
<main><pagefind-results></pagefind-results></main>
<script src="/ui.js"></script>"""

DEFAULT_UI = """<div id="search"></div><script>window.set = {{bundlePath: "{origin}/pagefind/"}}</script>
<script src="/ui.js"></script>"""


def _open(page: Page, site: Site, body: str) -> None:
    page.goto(site.write("index.html", f"<!doctype html><html lang=en><meta charset=utf-8><title>Blog</title>{body}"))


def _type(page: Page, words: str) -> None:
    page.get_by_role("textbox").or_(page.get_by_role("searchbox")).fill(words)


def _post(folder: Path, name: str, title: str, text: str, tags: str = "[]") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(f"---\ntitle: '{title}'\ndate: 2020-01-02\ntags: {tags}\n---\n{text}\n")


def _imported(page: Page, server: Server, script: str) -> Any:
    """What a script makes of the module, which it knows as `pagefind`."""
    return page.evaluate(f'import("{server.origin}/pagefind/pagefind.js").then({script})')


# ------------------------------------------------------------------------------------------------- the user interfaces


def test_component_ui_shows_titles_marked_excerpts_and_the_number_of_hits(
    page: Page, server: Server, open_component_ui: Open
) -> None:
    open_component_ui(server.origin)
    _type(page, "cache invalidation")
    link = page.get_by_role("link", name="Cache Invalidation for the Rest of Us").first
    expect(link).to_have_attribute("href", "/posts/cache-invalidation-for-the-rest-of-us/")
    expect(page.locator(".pf-result mark").first).to_have_text(re.compile("cache", re.IGNORECASE))
    expect(page.locator("pagefind-summary")).to_contain_text("8 results")


def test_default_ui_shows_hits_and_loads_more(page: Page, server: Server, open_default_ui: Open) -> None:
    open_default_ui(server.origin)
    _type(page, "cache invalidation")
    expect(page.get_by_role("link", name="Cache Invalidation for the Rest of Us")).to_be_visible()
    expect(page.locator(".pagefind-ui__message")).to_contain_text("8 results")
    page.get_by_role("button", name="Load more results").click()
    expect(page.locator("a.pagefind-ui__result-link")).to_have_count(8)


def test_a_filter_that_is_switched_by_the_keyboard_keeps_the_focus(
    page: Page, farm: Server, open_component_ui: Open
) -> None:
    open_component_ui(farm.origin)
    _type(page, "barn")
    expect(page.locator("pagefind-summary")).to_contain_text("3 results")
    page.get_by_role("checkbox", name=re.compile("^building")).focus()
    page.keyboard.press("Space")
    expect(page.locator("pagefind-summary")).to_contain_text("1 result")
    expect(page.get_by_role("checkbox", name=re.compile("^building"))).to_be_focused()
    expect(page.get_by_role("checkbox", name=re.compile("^building"))).to_be_checked()


@pytest.mark.parametrize("interface", ["component", "default"])
def test_a_search_that_fails_says_so_and_leads_to_the_search_page(
    page: Page, server: Server, interface: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(f"open_{interface}_ui")(server.origin)
    troubles: dict[str, Callable[[Route], None]] = {
        "busy": lambda route: route.fulfill(status=503, body="{}"),
        "gone": lambda route: route.abort(),
        "silent": lambda route: None,
    }
    for words, answer in troubles.items():
        page.route(QUERIES, answer)
        _type(page, words)
        expect(page.locator(f'a[href="{server.origin}/?q={words}"]').first).to_have_text("The search is not available")
        page.unroute(QUERIES)
    _type(page, "cache invalidation")
    expect(page.get_by_role("link", name="Cache Invalidation for the Rest of Us").first).to_be_visible()


@pytest.mark.parametrize("interface", ["component", "default"])
def test_markup_in_titles_texts_and_tags_stays_text(
    page: Page, site: Site, serve: Serve, tmp_path: Path, interface: str, request: pytest.FixtureRequest
) -> None:
    blog = tmp_path / "blog"
    _post(blog, "barn", f"Barn {HOSTILE}", f"## Roof `{HOSTILE}`\n\nA barn `{HOSTILE}` & more.", f"['R&D {HOSTILE}']")
    _post(blog, "field", "Field", "Behind the barn.")
    request.getfixturevalue(f"open_{interface}_ui")(serve(blog, f'origins = ["{site.origin}"]').origin)
    _type(page, "barn")
    expect(page.get_by_role("link", name=f"Barn {HOSTILE}").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^R&D <\u2060img")).first).to_be_attached()
    assert page.locator("img").count() == 0
    assert page.evaluate("window.alive") is None


def test_a_filter_with_markup_in_its_name_finds_its_posts(page: Page, site: Site, serve: Serve, tmp_path: Path) -> None:
    _post(tmp_path / "blog", "barn", "Barn", "A barn.", "['a<b', '-minus']")
    _post(tmp_path / "blog", "field", "Field", "Behind the barn.")
    server = serve(tmp_path / "blog", f'origins = ["{site.origin}"]')
    page.goto(site.write("index.html", ""))
    count = "async p => (await p.search('barn', {filters: {Tag: Object.keys((await p.filters()).Tag)}})).results.length"
    assert _imported(page, server, count) == 1


def test_results_are_fetched_twenty_at_a_time_as_they_are_scrolled_to(
    page: Page, site: Site, serve: Serve, tmp_path: Path, open_component_ui: Open
) -> None:
    for number in range(45):
        _post(tmp_path / "blog", f"barn-{number}", f"Barn number {number}", "About a barn.\n" * 30)
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.post_data_json) if QUERIES.search(request.url) else None)
    open_component_ui(serve(tmp_path / "blog", f'origins = ["{site.origin}"]').origin)
    _type(page, "barn")
    expect(page.locator("pagefind-summary")).to_contain_text("45 results")
    links = page.get_by_role("link", name=re.compile("Barn number"))
    expect(links.nth(1)).to_be_visible()
    assert links.count() < 20
    for seen in range(45):
        page.locator("pagefind-results li").nth(seen).evaluate("element => element.scrollIntoView()")
        expect(links.nth(seen)).to_be_visible()
    assert len(set(links.all_inner_texts())) == 45
    pages = [item["page"] for body in asked for item in body["requests"] if item["hitsPerPage"]]
    assert pages == [0, 1, 2]


def test_an_exported_copy_works_where_only_scripts_of_the_site_may_run(
    page: Page, site: Site, server: Server, open_component_ui: Open
) -> None:
    command: list[str | Path] = [COMMAND, "export", "assets", site.folder, "--service", server.origin]
    subprocess.run(command, check=True, capture_output=True, env=environment())
    policy = f"default-src 'self'; img-src data:; connect-src {server.origin}"
    site.headers["Content-Security-Policy"] = policy
    open_component_ui("")
    _type(page, "cache invalidation")
    expect(page.get_by_role("link", name="Cache Invalidation for the Rest of Us").first).to_be_visible()


# ----------------------------------------------------------------------------------------------------------- the module


@pytest.fixture
def blank(page: Page, site: Site) -> Page:
    """A page of the site without anything on it."""
    page.goto(site.write("index.html", "<!doctype html><title>Blog</title>"))
    return page


def test_the_module_exports_what_pagefinds_does(blank: Page, server: Server) -> None:
    names = {"options", "init", "destroy", "mergeIndex", "preload", "filters", "search", "debouncedSearch"}
    exported = _imported(blank, server, "p => Object.keys(p).filter(name => typeof p[name] === 'function')")
    assert set(exported) == {*names, "createInstance"}
    assert set(_imported(blank, server, "p => Object.keys(p.createInstance({baseUrl: '/'}))")) == names


def test_every_answer_names_the_same_filters_and_counts_what_is_left(blank: Page, farm: Server) -> None:
    search = 'async p => (await p.search("{}", {{filters: {{Tag: "building"}}}})).{}'

    def found(words: str, key: str) -> Any:
        return _imported(blank, farm, search.format(words, key))

    assert _imported(blank, farm, "p => p.filters()") == {"Tag": {"weather": 2, "building": 1, "water": 1}}
    assert found("barn", "filters") == {"Tag": {"weather": 1, "building": 1, "water": 0}}
    assert found("barn", "totalFilters") == {"Tag": {"weather": 2, "building": 1, "water": 0}}
    assert found("barn", "unfilteredResultCount") == 3
    assert found("nobody", "filters") == {"Tag": {"weather": 0, "building": 0, "water": 0}}


def test_filters_are_joined_by_and_and_without_words_all_posts_are_found(blank: Page, farm: Server) -> None:
    both = 'p.search(null, {filters: {Tag: ["weather", "building"], Author: "nobody"}})'
    found = _imported(blank, farm, f"p => Promise.all([p.search(null), {both}])")
    assert [len(answer["results"]) for answer in found] == [4, 1]


def test_a_result_that_is_a_section_leads_there_and_is_a_new_object_each_time(blank: Page, server: Server) -> None:
    first, second = _imported(
        blank,
        server,
        """async p => {
          const [{ data }] = (await p.search("look under the cache first")).results;
          const result = await data();
          result.url = result.sub_results[0].title = "changed";
          return [result, await data()];
        }""",
    )
    assert first["url"] == "changed"
    assert second["url"] == "/posts/when-not-to-cache/"
    assert second["meta"] == {"title": "When Not to Cache", "image": second["meta"]["image"], "date": "2019-02-11"}
    (section,) = second["sub_results"]
    assert section["url"] == "/posts/when-not-to-cache/#look-under-the-cache-first"
    assert section["title"] == "Look under the cache first"


def test_only_the_last_of_several_debounced_searches_is_answered(blank: Page, server: Server) -> None:
    script = "p => Promise.all(['c', 'ca', 'cache'].map(term => p.debouncedSearch(term, {}, 50)))"
    *early, last = _imported(blank, server, script)
    assert early == [None, None]
    assert last["results"]
