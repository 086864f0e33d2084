"""What a question costs is bounded, whatever is asked. Work is counted here; benchmarks/hostile.py measures time."""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Callable
from functools import partialmethod
from typing import Any

import pytest
from corpora import ask, opened_reader, post
from rapidfuzz import process

from indexer.search.columnar import scoring
from indexer.search.engine import Reader
from indexer.search.spelling import MOST_COMPARED
from indexer.store.arrays import SortedStringArray


class Counted:
    """A function that says how often it was called, and with how much."""

    def __init__(self, function: Callable[..., Any], size: Callable[..., int] = lambda *given: 1) -> None:
        self._function = function
        self._size = size
        self.total = 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.total += self._size(*given)
        return self._function(*given, **named)


def spelt(letters: str, count: int, seed: int) -> list[str]:
    """Different words of eight letters that start with the first of some letters."""
    chance = random.Random(seed)
    return [letters[0] + "".join(chance.choices(letters[1:], k=7)) for _ in range(count)]


CHARACTERS = [chr(0x4E00 + number) for number in range(3_000)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A site with 5,000 words of one length and one first letter, and words that start with 3,000 others.

    A hundred of these start sixty words each.
    """
    words = sorted(set(spelt("bcdefgh", 5_000, seed=1)))
    pairs = [*itertools.pairwise(CHARACTERS), *itertools.product(CHARACTERS[:100], CHARACTERS[100:160])]
    chinese = "。".join(map("".join, pairs))
    posts = [
        post("words", "Words", " ".join([*words, "pumpernickel"])),
        post("chinese", "字", chinese, language="zh"),
    ]
    return opened_reader(tmp_path_factory.mktemp("hostile"), "columnar", posts)


def test_what_a_question_is_compared_with_is_bounded(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Counted(process.extract, lambda _, words: len(words))
    monkeypatch.setattr(process, "extract", compared)
    ask(reader, " ".join(spelt("b" + string.ascii_lowercase[12:], 22, seed=2)))
    assert MOST_COMPARED // 2 < compared.total <= MOST_COMPARED + 5_000  # a word that was begun is finished


def test_the_first_words_are_respelt_though_the_last_are_not(reader: Reader) -> None:
    unknown = spelt("b" + string.ascii_lowercase[12:], 20, seed=2)
    asked = " ".join(["pumpernikel", *unknown, "pumpermickel"])
    suggested = str(ask(reader, asked).suggestion).split()
    assert (suggested[0], suggested[-1]) == ("pumpernickel", "pumpermickel")


def test_the_same_question_is_respelt_in_the_same_way_each_time(reader: Reader) -> None:
    unknown = " ".join(["pumpernikel", *spelt("b" + string.ascii_lowercase[1:], 20, seed=2)])
    assert len({ask(reader, unknown).suggestion for _ in range(5)}) == 1


def test_a_wrong_first_letter_costs_no_more_where_words_start_with_thousands(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = Counted(SortedStringArray.first)
    monkeypatch.setattr(SortedStringArray, "first", partialmethod(looked_up))
    assert ask(reader, " ".join(["bumpernickel", *spelt("xyz", 15, seed=3)])).suggestion is not None
    assert looked_up.total < 16 * 20


@pytest.mark.parametrize("count", [8, 100])
def test_characters_of_chinese_one_by_one_are_few_couples(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    weighted_pairs = scoring.weighted_pairs
    pairs = Counted(weighted_pairs, lambda order: len(weighted_pairs(order)))
    monkeypatch.setattr(scoring, "weighted_pairs", pairs)
    assert ask(reader, " ".join(CHARACTERS[:count])).total == 1
    assert pairs.total <= 2 * count * scoring.MOST_PAIRS


@pytest.mark.parametrize("typed", [CHARACTERS[5], " ".join(CHARACTERS[7:14])], ids=["one", "a few"])
def test_a_few_characters_stand_for_as_much_as_ever(reader: Reader, typed: str) -> None:
    assert ask(reader, typed).total == 1
