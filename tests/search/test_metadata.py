"""Titles, tags, languages and dates as columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from corpora import post, sealed, section, write
from msgspec.structs import replace
from numpy.typing import NDArray

from indexer.model import ParsedQuery, Post, SearchRequest
from indexer.search.metadata import MOST_HEADED, Metadata, write_metadata
from indexer.settings import SearchSettings
from indexer.store.posts import PostStore
from indexer.text.token_stream import NOWHERE


def metadata(directory: Path, *posts: Post, search: SearchSettings | None = None) -> Metadata:
    write_metadata(directory, write(directory, posts), search or SearchSettings())
    files = sealed(directory)
    return Metadata(files, PostStore(files))


def numbers(mask: NDArray[np.bool_] | None) -> set[int]:
    assert mask is not None
    return set(np.flatnonzero(mask).tolist())


def test_without_a_filter_nobody_is_kept_out(tmp_path: Path) -> None:
    assert metadata(tmp_path, post("a", "A")).allowed(SearchRequest(ParsedQuery())) is None


def test_a_filter_that_nobody_passes_is_not_the_same_as_no_filter(tmp_path: Path) -> None:
    assert numbers(metadata(tmp_path, post("a", "A")).allowed(SearchRequest(ParsedQuery(), tags=("rye",)))) == set()


def test_a_post_of_the_first_day_there_is_has_a_date(tmp_path: Path) -> None:
    both = metadata(tmp_path, post("a", "A", day="0001-01-02"), post("b", "B"))
    assert numbers(both.allowed(SearchRequest(ParsedQuery(), until=date.max))) == {0}


def test_facets_are_counted_whatever_their_case_and_cut_after_the_most_frequent(tmp_path: Path) -> None:
    many = tuple(f"tag {number:02}" for number in range(60))
    both = metadata(tmp_path, post("a", "A", tags=("Rye", *many)), post("b", "B", tags=("Rye", "rye")))
    facets = both.tag_counts(np.array([True, True]), 50)
    assert (len(facets), *facets[:2], facets[-1]) == (50, ("Rye", 2), ("tag 00", 1), ("tag 48", 1))


@pytest.mark.parametrize("languages", [("en", "en"), ("en", "de")], ids=["one language", "several"])
def test_languages_are_counted_among_the_hits_alone(tmp_path: Path, languages: tuple[str, str]) -> None:
    both = metadata(
        tmp_path, *(post(name, name, language=language) for name, language in zip("ab", languages, strict=True))
    )
    assert both.language_counts(np.array([True, False]), 50) == (("en", 1),)
    assert both.language_counts(np.array([False, False]), 50) == both.language_counts(np.array([True, True]), 0) == ()


def test_the_newest_comes_first_and_no_date_last(tmp_path: Path) -> None:
    posts = (post("a", "A"), post("b", "B", day="2020-01-01"), post("c", "C", day="2021-01-01"), post("d", "D"))
    assert metadata(tmp_path, *posts).newest_first(np.array([3, 2, 1, 0])).tolist() == [2, 1, 0, 3]


@pytest.mark.parametrize(
    ("key", "unfinished", "exact", "starting"),
    [
        ("rye bread", False, {0, 1}, {2}),
        ("rye", False, set(), {0, 1, 2, 3, 4}),
        ("rye br", False, set(), set()),
        ("rye br", True, set(), {0, 1, 2, 4}),
        ("rye bread", True, {0, 1}, {2, 4}),
        ("bread", True, set(), set()),
        ("", True, set(), set()),
        ("zzz", True, set(), set()),
    ],
    ids=[
        "the title",
        "its first word",
        "half a word",
        "half a word being typed",
        "the title being typed",
        "its second word",
        "nothing",
        "past the last title",
    ],
)
def test_who_is_titled_so(tmp_path: Path, key: str, unfinished: bool, exact: set[int], starting: set[int]) -> None:
    posts = (
        post("0", "Rye bread"),
        post("1", "RYE: bread!"),
        post("2", "Rye bread rolls"),
        post("3", "Rye beer"),
        post("4", "Rye breadcrumbs"),
    )
    titled = metadata(tmp_path, *posts).titled(key, unfinished)
    assert (set(titled.exact.tolist()), set(titled.starting.tolist())) == (exact, starting)


HEADED = (
    post("a", "Ovens", section("Door and lamp"), section("Cold"), section("Door and lamp")),
    post("b", "Cold start", section(""), section("Door, and lamp!")),
    post("c", "cold start"),
)


@pytest.mark.parametrize(
    ("key", "sections"),
    [("door and lamp", {0: 0, 1: 1}), ("cold", {0: 1}), ("door and", {}), ("", {})],
    ids=["the first in each post", "one word", "a beginning", "nothing"],
)
def test_who_is_headed_so_and_where(tmp_path: Path, key: str, sections: dict[int, int]) -> None:
    assert metadata(tmp_path, *HEADED).headed(key) == sections


def test_who_shares_a_language_with_no_other(tmp_path: Path) -> None:
    posts = [post(name, name, language=name[:2]) for name in ("de", "en-1", "en-2", "fr")]
    assert metadata(tmp_path, *posts).alone_in_their_language([0, 1, 2]).tolist() == [0]


@pytest.mark.parametrize(
    ("key", "text", "sections"),
    [
        ("cold start", "cold start", {1: NOWHERE, 2: NOWHERE}),
        ("a cold", "/a/#cold", {0: 1}),
        ("a warm", "/a/#warm", {0: NOWHERE}),
        ("b", "https://ovens.example/b/", {1: NOWHERE}),
        ("a b", "a / b", {}),
        ("x", "/x/", {}),
        ("http", "http://[", {}),
    ],
    ids=["titles", "a fragment", "an unknown one", "another host", "a slash in a question", "no page", "no URL"],
)
def test_where_on_its_page_a_question_leads(tmp_path: Path, key: str, text: str, sections: dict[int, int]) -> None:
    assert metadata(tmp_path, *HEADED).sections(key, text) == sections


@pytest.mark.parametrize(
    ("text", "so_spelt"), [(":Toast", {1}), ("toast", {0, 2}), ("`toast`", {0, 2}), ("toast:", set())]
)
def test_titles_that_are_spelt_sign_for_sign_as_typed(tmp_path: Path, text: str, so_spelt: set[int]) -> None:
    posts = (post("a", "Toast"), post("b", ":toast"), post("c", "`toast`"))
    assert set(metadata(tmp_path, *posts).spelt_so(np.arange(3), text).tolist()) == so_spelt


def test_the_page_at_an_address_is_pinned_to_it(tmp_path: Path) -> None:
    both = metadata(tmp_path, *HEADED, post("d", "D", pins=("a page",)))
    assert both.pinned("a page", "a page").tolist() == [3]
    assert both.pinned("b", "/b/").tolist() == [1]


@pytest.mark.parametrize("text", ["ovens.example/a/#cold", "localhost:4000/a/#cold", "//ovens.example/a/#cold"])
def test_an_address_is_known_without_the_http_that_browsers_hide(tmp_path: Path, text: str) -> None:
    assert metadata(tmp_path, *HEADED).sections("", text) == {0: 1}


def test_a_path_that_looks_like_a_host_is_a_path_first(tmp_path: Path) -> None:
    posts = [Post("a", "a.md", "/v1.0/b/", "A"), post("b", "B")]
    assert metadata(tmp_path, *posts).sections("", "v1.0/b/") == {0: NOWHERE}


def test_a_heading_on_many_posts_is_a_kind_of_section_and_leads_nowhere(tmp_path: Path) -> None:
    posts = [post(f"{number}", f"Page {number}", section("Examples")) for number in range(MOST_HEADED + 1)]
    assert metadata(tmp_path, *posts).headed("examples") == {}
    (fewer := tmp_path / "fewer").mkdir()
    assert len(metadata(fewer, *posts[1:]).headed("examples")) == MOST_HEADED


@pytest.mark.parametrize(
    ("key", "numbers"),
    [("cli", [0]), ("v1 2", [1]), ("v1", []), ("guide", [2]), ("index", []), ("about", [])],
    ids=["without its suffix", "with a dot inside", "cut at its dot", "of an index page", "index", "of two posts"],
)
def test_whose_url_ends_so(tmp_path: Path, key: str, numbers: list[int]) -> None:
    urls = ("/guide/cli.html", "/v1.2/", "/guide/index.html", "/about/", "/en/about")
    posts = (replace(post(str(number), "A page"), url=url) for number, url in enumerate(urls))
    assert metadata(tmp_path, *posts).only_slugged(key).tolist() == numbers
