"""A published generation: posts are found by every name that the outside world has for them."""

from __future__ import annotations

import pytest
from conftest import Site

from indexer.errors import PostNotFound


@pytest.mark.parametrize(
    "name", ["2020-01-02-rye", "2020-01-02-rye.md", "/bread/rye/", "/bread/rye", "/bread/rye/#oven", "/old-rye/"]
)
def test_a_post_is_found_by_id_path_url_and_alias(site: Site, name: str) -> None:
    site.post("2020-01-02-rye.md", "Rye", url="/bread/rye/", aliases="[/old-rye/]")
    site.build()
    assert site.open().post(name).title == "Rye"


def test_an_alias_never_hides_the_post_whose_url_it_is(site: Site) -> None:
    site.post("a.md", "Moved", aliases="[/b/]")
    site.post("b.md", "Still here")
    site.build()
    assert site.open().post_at("/b/").title == "Still here"


def test_a_url_of_another_site_is_not_found(site: Site) -> None:
    site.post("a.md", "A")
    site.build()
    with pytest.raises(PostNotFound):
        site.open().post_at("https://elsewhere.example/a/")


@pytest.mark.parametrize(
    "url",
    [
        "/café/",
        "/caf%C3%A9/",
        "/caf%C3%A9/index.html?from=feed#top",
        "/notes/caf%C3%A9/",
        "https://blog.example/notes/café/index.html",
        "http://localhost:1313/caf%C3%A9/",
    ],
)
def test_a_post_is_found_by_every_address_under_which_it_is_read(site: Site, url: str) -> None:
    site.post("cafe.md", "Café", url="/café/")
    site.build()
    homes = ("https://blog.example/notes", "http://localhost:1313")
    assert site.open().post_at(url, homes).title == "Café"


@pytest.mark.parametrize("url", ["https://elsewhere.example/notes/a/", "http://[/a/", "/other/a/"])
def test_an_address_below_another_site_or_path_is_not_found(site: Site, url: str) -> None:
    site.post("a.md", "A")
    site.build()
    with pytest.raises(PostNotFound):
        site.open().post_at(url, ("https://blog.example/notes",))
