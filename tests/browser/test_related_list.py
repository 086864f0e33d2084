"""<see-also-list> under a post: a page on one origin, the service on another, a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blog import Blog, blog
from browsing import violations
from playwright.sync_api import Page, expect

RELATED = "**/api/v1/related**"
EXPORTED = '<see-also-list><h3>Further reading</h3><ul><li><a href="/old/">An old list</a></li></ul></see-also-list>'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    with blog(tmp_path_factory.mktemp("blog")) as made:
        yield made


def titles(page: Page) -> list[str]:
    expect(page.locator("see-also-list li").first).to_be_visible()
    found: list[str] = page.locator("see-also-list li").all_inner_texts()
    return found


@pytest.mark.parametrize("name", ["posts/1/index.html", "posts/1/", "posts/1"])
def test_a_post_is_known_by_its_address(page: Page, shared: Blog, name: str) -> None:
    shared.page("<see-also-list></see-also-list>", name="posts/1/index.html")
    page.goto(f"{shared.site.origin}/{name}?from=feed#top")
    assert "Hull week" in titles(page)
    expect(page.get_by_role("heading", name="See also")).to_be_visible()
    assert violations(page) == []


def test_a_canonical_address_comes_first(page: Page, shared: Blog) -> None:
    head = f'<link rel="canonical" href="{shared.site.origin}/posts/1/">'
    page.goto(shared.page("<see-also-list></see-also-list>", head, name="preview/7.html"))
    assert "Hull week" in titles(page)


def test_a_router_may_show_the_next_post_before_its_address(page: Page, shared: Blog) -> None:
    head = f'<link rel="canonical" href="{shared.site.origin}/posts/1/">'
    page.goto(shared.page("<main><see-also-list></see-also-list></main>", head, name="posts/1/index.html"))
    titles(page)
    with page.expect_request(RELATED) as asked:
        page.evaluate("""() => {
          document.querySelector("main").innerHTML = "<see-also-list></see-also-list>";
          document.querySelector("link").href = "/posts/2/";
          history.pushState(null, "", "/posts/2/");
        }""")
    assert asked.value.url.endswith("posts%2F2%2F")


def test_what_the_site_has_exported_is_replaced_below_its_own_heading(page: Page, shared: Blog) -> None:
    page.goto(shared.page(EXPORTED, name="posts/1/index.html"))
    expect(page.get_by_role("link", name="An old list")).to_have_count(0)
    assert "Hull week" in titles(page)
    assert page.locator("see-also-list h3").inner_text() == "Further reading"


def test_what_the_site_has_exported_stays_where_the_service_does_not_answer(page: Page, shared: Blog) -> None:
    page.route(RELATED, lambda route: route.abort())
    page.goto(shared.page(EXPORTED, name="posts/1/index.html"))
    page.wait_for_timeout(300)
    assert titles(page) == ["An old list"]


@pytest.mark.parametrize("name", ["posts/unknown/index.html", "posts/1/index.html"])
def test_without_anything_to_show_it_is_hidden(page: Page, shared: Blog, name: str) -> None:
    if "unknown" not in name:
        page.route(RELATED, lambda route: route.abort())
    with page.expect_event("requestfinished" if "unknown" in name else "requestfailed"):
        page.goto(shared.page("<see-also-list></see-also-list>", name=name))
    expect(page.locator("see-also-list")).to_be_hidden()


def test_it_works_under_the_strictest_policy_in_the_language_of_the_page(page: Page, shared: Blog) -> None:
    origin = shared.service.origin
    shared.site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {origin}; connect-src {origin}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    try:
        page.goto(shared.page("<see-also-list></see-also-list>", name="posts/1/index.html", root='lang="fr-CA"'))
        expect(page.get_by_role("heading", name="Voir aussi")).to_be_visible()
        assert "Hull week" in titles(page)
    finally:
        shared.site.headers.clear()
