"""What a service keeps in memory is bounded, whatever it is asked and however long it runs."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from conftest import Site, sampled
from flask.testing import FlaskClient

from indexer.model import SearchRequest
from indexer.search.query import parse
from indexer.snapshot import Snapshot
from indexer.store.bounded_cache import BoundedCache
from indexer.text import analysis
from service.app import create_app

MEGABYTE = 1_000_000


def test_what_is_kept_is_there_until_it_is_too_much() -> None:
    remembered: BoundedCache[str, int] = BoundedCache(2)
    assert [remembered.keep(letter, number) for number, letter in enumerate("abc")] == [0, 1, 2]
    assert remembered == {"c": 2}


def test_what_is_kept_counts_by_its_size() -> None:
    remembered: BoundedCache[str, str] = BoundedCache(10)
    for text in ("four", "fives!", "more"):
        remembered.keep(text, text, len(text))
    assert list(remembered) == ["more"]


def test_what_is_larger_than_all_there_is_room_for_is_returned_and_not_kept() -> None:
    remembered: BoundedCache[str, str] = BoundedCache(3)
    assert (remembered.keep("a", "long", 4), dict(remembered)) == ("long", {})


# ------------------------------------------------------------------------------------- what anybody may send


@pytest.fixture(scope="module")
def site_of_all(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("remembered"))
    site.post("lamb.md", "Lamb stew", "Simmer lamb with turnips and cached pumpernickel.", tags="[winter]")
    site.post("suppe.md", "Suppe", "Lamm und Rüben.", language="de")
    site.post("chinese.md", "缓存", "缓存失效很难。", language="zh")
    site.build()
    return site


@pytest.fixture
def snapshot(site_of_all: Site) -> Snapshot:
    return site_of_all.open()


@pytest.fixture
def client(site_of_all: Site) -> FlaskClient:
    return create_app(site_of_all.settings).test_client()


@pytest.fixture
def growth() -> Iterator[Callable[[Callable[[int], object], int], int]]:
    """A function that asks a little to warm up, then so many times, and says how many bytes stayed."""

    def grown(ask: Callable[[int], object], times: int) -> int:
        for number in range(times, times + 50):
            ask(number)
        gc.collect()
        tracemalloc.start()
        for number in range(times):
            ask(number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    yield grown
    tracemalloc.stop()


def code(number: int) -> str:
    """A well-formed code of a language that nobody has heard of, another for each number."""
    return "q" + "".join(chr(ord("a") + digit) for digit in divmod(number % 676, 26)) + f"-{number // 676:03}"


def word(number: int, letters: str, length: int) -> str:
    return "".join(random.Random(number).choices(letters, k=length))


def test_a_language_that_no_post_is_written_in_leaves_nothing_behind(
    snapshot: Snapshot, growth: Callable[..., int]
) -> None:
    def ask(number: int) -> None:
        assert not snapshot.reader.search(SearchRequest(parse("lamb"), language=code(number) + "-x" * 300)).total

    assert growth(ask, 1_000) < MEGABYTE // 3


# Every other one has each of the letters, and both languages.
LANGUAGES_AND_LETTERS = list(product(["fr", None], ["abcdefghij", "абвгдежзик", "äöüßéèàçñø"]))


@pytest.mark.parametrize(("language", "letters"), sampled(LANGUAGES_AND_LETTERS, every=2))
def test_words_that_nobody_wrote_leave_nothing_behind(
    snapshot: Snapshot, growth: Callable[..., int], letters: str, language: str | None
) -> None:
    def ask(number: int) -> None:
        text = " ".join(word(number * 6 + place, letters, 32) for place in range(6))[:200]
        snapshot.reader.search(SearchRequest(parse(text), language=language))

    assert growth(ask, 250) < MEGABYTE // 3


def test_tags_and_prefixes_leave_nothing_behind(snapshot: Snapshot, growth: Callable[..., int]) -> None:
    def ask(number: int) -> None:
        text = word(number, "abcdefghijklmnopqrstuvwxyzäöü缓存", 3)
        snapshot.reader.search(SearchRequest(parse(text, prefix=True), tags=(f"{text * 100}{number}",)))
        snapshot.reader.complete(text * 20, 20)

    assert growth(ask, 500) < MEGABYTE // 3


def test_folding_short_words_is_remembered_for_so_many(growth: Callable[..., int]) -> None:
    def ask(number: int) -> None:
        analysis.words(" ".join(f"{'дж' * 9}{number * 100 + place:06}" for place in range(100)))

    assert growth(ask, 300) < 10 * MEGABYTE


def test_requests_that_are_all_different_leave_nothing_behind(client: FlaskClient, growth: Callable[..., int]) -> None:
    def ask(number: int) -> None:
        some = [word(number * 3 + place, "abcdefghijäöüабв", 40) for place in range(3)]
        asked = {"q": " ".join(some), "language": code(number), "tag": some}
        assert client.get("/api/v1/search", query_string=asked).status_code == 200
        assert client.get("/api/v1/complete", query_string={"q": some[0]}).status_code == 200
        assert client.get("/api/v1/related", query_string={"post": some[0]}).status_code == 404

    assert growth(ask, 200) < MEGABYTE // 3


# ------------------------------------------------------------------------------------------ what a site can fill
