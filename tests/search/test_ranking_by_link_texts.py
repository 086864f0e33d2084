"""What other posts call a post moves it up among those that have these words, and does nothing else."""

from __future__ import annotations

from conftest import Site

from indexer.model import Hits, SearchRequest
from indexer.search.query import parse

LOAVES = {"barley.md": "Barley", "rye.md": "Rye"}


def ask(site: Site, text: str) -> Hits:
    return site.open().reader.search(SearchRequest(parse(text)))


def baked(site: Site, link: str) -> None:
    for path, title in LOAVES.items():
        site.post(path, title, body="A dense loaf that keeps for a week.")
    site.post("index.md", "Bread", body=f"Take [{link}](rye.md) on a hike.")
    site.build()


def first(site: Site, text: str) -> str:
    return ask(site, text).hits[0].post.id


def test_of_two_posts_alike_the_one_that_is_called_so_comes_first(site: Site) -> None:
    baked(site, "what fills")
    assert first(site, "dense loaf") == "barley"

    baked(site, "the densest loaf")
    assert first(site, "loaf") == "rye"


def test_a_text_that_changes_in_one_file_moves_the_post_that_it_leads_to(site: Site) -> None:
    baked(site, "the loaf")
    assert first(site, "loaf") == "rye"

    site.post("index.md", "Bread", body="Take [it](rye.md) and [the loaf](barley.md) on a hike.")
    site.build()

    assert first(site, "loaf") == "barley"


def test_no_post_is_found_by_what_others_call_it_alone(site: Site) -> None:
    baked(site, "provisions")
    assert [hit.post.id for hit in ask(site, "provisions").hits] == ["index"]


def test_no_phrase_is_found_in_what_others_call_a_post(site: Site) -> None:
    baked(site, "loaf that hikes")
    assert [hit.post.id for hit in ask(site, '"loaf that hikes"').hits] == ["index"]
