"""Totals are exact, and the pages of an answer are the answer: each hit once, in one order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from corpora import ask, ids, post

from indexer.model import Sort
from indexer.search.engine import Reader

# Seven posts that nothing but the id tells apart, and three that are better.
SEVEN = tuple(post(f"jar-{number}", f"Jar {number}", "Some jam.") for number in range(7))
BETTER = tuple(post(f"shelf-{number}", f"Jam shelf {number}", "Jam and jam.") for number in range(3))


@pytest.fixture
def shelf(indexed: Callable[..., Reader]) -> Reader:
    return indexed(*SEVEN, *BETTER)


def pages(reader: Reader, text: str, per_page: int, **asked: Any) -> list[list[str]]:
    return [ids(ask(reader, text, page=page, per_page=per_page, **asked)) for page in range(1, 13)]


@pytest.mark.parametrize("per_page", [1, 3, 4, 10, 100])
@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("text", ["jam", "jam jar", '"some jam"', "-xylophone", "jam -shelf"])
def test_the_pages_together_are_all_hits_each_once_in_one_order(
    shelf: Reader, text: str, sort: Sort, per_page: int
) -> None:
    everything = ids(ask(shelf, text, sort=sort, per_page=100))
    assert list(chain(*pages(shelf, text, per_page, sort=sort))) == everything
    assert len(set(everything)) == len(everything) >= 7


def test_posts_that_are_equally_good_come_in_the_order_of_their_ids(shelf: Reader) -> None:
    assert ids(ask(shelf, "jam"))[3:] == [f"jar-{number}" for number in range(7)]


@pytest.mark.parametrize("page", [1, 2, 3, 50])
def test_the_total_is_exact_on_every_page_and_past_the_last(shelf: Reader, page: int) -> None:
    assert ask(shelf, "jam", page=page, per_page=4).total == 10


def test_a_page_past_the_last_is_empty(shelf: Reader) -> None:
    assert ask(shelf, "jam", page=4, per_page=4).hits == ()


def test_asking_twice_gives_the_same_answer(shelf: Reader) -> None:
    assert ask(shelf, "jam shelf", page=2, per_page=3) == ask(shelf, "jam shelf", page=2, per_page=3)
