"""Every way of naming a post, tried on one small site."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.links.resolver import ReferenceResolver
from indexer.model import Post


def post(path: str, url: str, *aliases: str) -> Post:
    return Post(path.removesuffix(".md"), path, url, path, aliases=aliases)


POSTS = [
    post("2017-01-15-cms.md", "/posts/cms/"),
    post("2018-02-02-rye.md", "/posts/rye/"),
    post("2019-01-01-rye.md", "/posts/other-rye/"),
    post("guides/index.md", "/guides/"),
    post("guides/bread.md", "/guides/bread/"),
    post("notes/index.md", "/notes/"),
    post("Recipes/Stew.md", "/recipes/hearty-stew/"),
    post("Recipes/Soup.md", "/recipes/soup/"),
    post("drinks/hot/cocoa.md", "/drinks/hot/cocoa/"),
    post("moved.md", "/new/", "/very/old/"),
    post("caf\u00e9.md", "/caf%C3%A9/"),
    post("r\u00fcbe.md", "/r\u00fcbe/"),
]
NAMES = ReferenceResolver(POSTS, "https://x.example/blog")


def meant(name: str, source: str | None = None) -> list[str]:
    """The paths that a name may mean, when it stands in the post at the path `source`."""
    places = [one.path for one in POSTS]
    return [places[number] for number in NAMES.resolve(name, places.index(source) if source else None)]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("2017-01-15-cms.md", "2017-01-15-cms.md", id="dated name with suffix"),
        pytest.param("2017-01-15-cms", "2017-01-15-cms.md", id="dated name without suffix"),
        pytest.param("2018-02-02-rye", "2018-02-02-rye.md", id="dated name of a slug that two have"),
        pytest.param("cms", "2017-01-15-cms.md", id="bare slug"),
        pytest.param("CMS", "2017-01-15-cms.md", id="other case"),
        pytest.param("cms.html", "2017-01-15-cms.md", id="slug as a page"),
        pytest.param("hearty-stew", "Recipes/Stew.md", id="slug of the URL"),
        pytest.param("stew", "Recipes/Stew.md", id="file name"),
        pytest.param("guides/bread.md", "guides/bread.md", id="path"),
        pytest.param("guides/bread", "guides/bread.md", id="path without suffix"),
        pytest.param("/guides/bread.md", "guides/bread.md", id="path from the root"),
        pytest.param("guides/bread.markdown", "guides/bread.md", id="path with another suffix"),
        pytest.param("/posts/cms/", "2017-01-15-cms.md", id="URL path"),
        pytest.param("/posts/cms", "2017-01-15-cms.md", id="URL path without slash"),
        pytest.param("posts/cms/index.html", "2017-01-15-cms.md", id="URL of an index file"),
        pytest.param("/posts/cms/?utm=1#intro", "2017-01-15-cms.md", id="URL with query and fragment"),
        pytest.param("https://x.example/posts/cms/", "2017-01-15-cms.md", id="site URL"),
        pytest.param("https://X.EXAMPLE/posts/cms", "2017-01-15-cms.md", id="site URL in capitals"),
        pytest.param("//x.example/posts/cms/", "2017-01-15-cms.md", id="site URL without scheme"),
        pytest.param("https://x.example/blog/posts/cms/", "2017-01-15-cms.md", id="URL of a site below a path"),
        pytest.param("/blog/posts/cms/", "2017-01-15-cms.md", id="path of a site below a path"),
        pytest.param("/blog/2017-01-15-cms", "2017-01-15-cms.md", id="name below the path of the site"),
        pytest.param("guides", "guides/index.md", id="folder of an index page"),
        pytest.param("/guides/", "guides/index.md", id="URL of an index page"),
        pytest.param("guides/index.md", "guides/index.md", id="path of an index page"),
        pytest.param("drinks/hot", "drinks/hot/cocoa.md", id="the only post in a folder"),
        pytest.param("/very/old/", "moved.md", id="alias"),
        pytest.param("https://x.example/very/old", "moved.md", id="URL of an alias"),
        pytest.param("cafe\u0301", "caf\u00e9.md", id="decomposed"),
        pytest.param("caf%C3%A9.md", "caf\u00e9.md", id="percent signs"),
        pytest.param("/r%C3%BCbe/", "r\u00fcbe.md", id="percent signs in a URL"),
        pytest.param("/caf\u00e9/", "caf\u00e9.md", id="no percent signs where the URL has them"),
    ],
)
def test_a_post_may_be_named_in_many_ways(name: str, path: str) -> None:
    assert meant(name) == [path]


@pytest.mark.parametrize(
    ("name", "source", "path"),
    [
        pytest.param("bread.md", "guides/index.md", "guides/bread.md", id="beside"),
        pytest.param("./bread", "guides/index.md", "guides/bread.md", id="beside with a dot"),
        pytest.param("./soup.md", "Recipes/Stew.md", "Recipes/Soup.md", id="beside in a folder with capitals"),
        pytest.param("../2017-01-15-cms.md", "guides/index.md", "2017-01-15-cms.md", id="above"),
        pytest.param("../notes/", "guides/bread.md", "notes/index.md", id="the index page of another folder"),
        pytest.param("index.md", "guides/bread.md", "guides/index.md", id="the index page of its own folder"),
    ],
)
def test_a_relative_path_counts_from_the_post_it_stands_in(name: str, source: str, path: str) -> None:
    assert meant(name, source) == [path]


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        pytest.param("rye", ["2018-02-02-rye.md", "2019-01-01-rye.md"], id="a slug that two have"),
        pytest.param("index.md", ["guides/index.md", "notes/index.md"], id="a file name that two have"),
    ],
)
def test_a_name_that_fits_several_posts_is_never_guessed(name: str, paths: list[str]) -> None:
    assert meant(name) == paths


def test_a_more_exact_meaning_comes_before_a_looser_one() -> None:
    names = ReferenceResolver([post("a/rye.md", "/a/rye/"), post("rye.md", "/rye/"), post("b/rye.md", "/b/rye/")])

    assert names.resolve("rye.md") == [1]
    assert names.resolve("rye", 0) == [0]
    assert names.resolve("/b/rye/", 0) == [2]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("017-01-15-cms.md", None, id="a lost digit"),
        pytest.param("https://other.example/posts/cms/", None, id="another site"),
        pytest.param("../../cms", "guides/index.md", id="above the root"),
        pytest.param("./cms", "guides/index.md", id="a slug that is not beside"),
        pytest.param("drinks", None, id="a folder without posts of its own"),
        pytest.param("recipes", None, id="a folder of several posts"),
        pytest.param("#crust", "guides/index.md", id="a place on the same page"),
        pytest.param("mailto:a@x.example", None, id="an address"),
        pytest.param("https://x.example/", None, id="the site itself"),
        pytest.param("http://[broken", None, id="a broken URL"),
        pytest.param("", None, id="nothing"),
        pytest.param("..", "guides/index.md", id="dots"),
    ],
)
def test_what_names_no_post_leads_nowhere(name: str, source: str | None) -> None:
    assert meant(name, source) == []


def test_a_file_whose_name_is_decomposed_on_disk_is_found_by_a_composed_name() -> None:
    names = ReferenceResolver([Post("caf\u00e9", "cafe\u0301.md", "/cafe/", "Café")])

    assert names.resolve("caf\u00e9.md") == [0]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.none() | st.integers(0, len(POSTS) - 1))
def test_any_text_may_be_looked_up(name: str, source: int | None) -> None:
    found = NAMES.resolve(name, source)

    assert len(found) == len(set(found))
    assert all(0 <= number < len(POSTS) for number in found)
