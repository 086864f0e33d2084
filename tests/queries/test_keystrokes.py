"""What somebody meant who typed, from the requests that a search box made of it."""

from __future__ import annotations

import pytest

from indexer.queries import keystrokes
from indexer.queries.keystrokes import OPEN_SECONDS, PAUSE_SECONDS, Asked, Click, Clicked, OpenQuestions

LATER = 10 * OPEN_SECONDS


def meant(*typed: str, key: str = "ann", every: float = 0.3) -> list[str]:
    """The questions that are counted of texts, one typed after the other; one that ends in ⏎ was sent."""
    open_ones = OpenQuestions()
    ask(open_ones, *typed, key=key, every=every)
    return [question.text for question in open_ones.finished(LATER)]


def ask(open_ones: OpenQuestions, *typed: str, key: str = "ann", every: float = 0.3, at: float = 0.0) -> None:
    for place, text in enumerate(typed):
        is_sent = text.endswith("⏎")
        open_ones.ask(Asked(key, at + place * every, text.rstrip("⏎"), hits=len(text), is_typing=not is_sent))


@pytest.mark.parametrize(
    ("typed", "questions"),
    [
        (("r", "ry", "rye", "rye br", "rye bread"), ["rye bread"]),
        (("rye", "rye bread", "rye br", "rye", "r"), ["rye bread"]),
        (("bredd", "bre", "bread"), ["bread"]),
        (("rye", "rye bread⏎"), ["rye bread"]),
        (("rye bread", "rye⏎"), ["rye"]),
        (("rye⏎", "rye⏎"), ["rye"]),
        (("rye⏎", "rye bread⏎"), ["rye", "rye bread"]),
        (("rye bread⏎", "rye brea", "rye", "rye st", "rye stew"), ["rye bread", "rye stew"]),
        (("rye", "lamb"), ["rye", "lamb"]),
        (("Rye ", "rye"), ["rye"]),
        (("", "  "), []),
    ],
)
def test_what_is_typed_letter_by_letter_is_one_question(typed: tuple[str, ...], questions: list[str]) -> None:
    assert meant(*typed) == questions


def test_after_a_pause_a_longer_text_is_another_question() -> None:
    assert meant("rye", "rye bread", every=PAUSE_SECONDS + 1) == ["rye", "rye bread"]


def test_two_visitors_who_type_at_once_are_two_questions_though_a_proxy_hides_them() -> None:
    assert meant("r", "l", "ry", "la", "rye", "lamb", key="proxy") == ["rye", "lamb"]


def test_a_secret_on_the_way_to_a_question_keeps_all_of_it_away() -> None:
    assert meant("ann", "ann@blog.example", "ann@", "ann", "anna") == []


def test_a_question_is_open_for_a_minute_whatever_is_asked_meanwhile() -> None:
    open_ones = OpenQuestions()
    ask(open_ones, "rye", "rye", every=OPEN_SECONDS / 2)
    assert list(open_ones.finished(OPEN_SECONDS - 1)) == []
    assert [question.text for question in open_ones.finished(OPEN_SECONDS)] == ["rye"]
    assert list(open_ones.finished(LATER)) == []


def test_half_a_question_that_is_still_typed_when_its_minute_is_over_is_not_counted() -> None:
    open_ones = OpenQuestions()
    ask(open_ones, *(f"a long question {'x' * number}" for number in range(9)), every=OPEN_SECONDS / 8)
    assert list(open_ones.finished(OPEN_SECONDS + 1)) == []


def test_a_click_settles_what_was_meant() -> None:
    open_ones = OpenQuestions()
    ask(open_ones, "rye bread", "rye", "rye stew")
    ask(open_ones, "lamb stew", "lamb", at=1)
    assert open_ones.click(Clicked("ann", 2, "Lamb", "/lamb/", 3))
    (first, second) = open_ones.finished(LATER)
    assert (first.text, first.clicks) == ("rye stew", [])
    assert (second.text, second.hits, second.clicks) == ("lamb", 4, [Click("/lamb/", 3)])


def test_a_click_without_an_open_question_is_told() -> None:
    open_ones = OpenQuestions()
    ask(open_ones, "rye")
    assert not open_ones.click(Clicked("bob", 1, "rye", "/rye/", 1))
    assert not open_ones.click(Clicked("ann", 1, "lamb", "/lamb/", 1))


def test_a_page_found_in_other_words_is_told_of_the_question_that_found_nothing() -> None:
    open_ones = OpenQuestions()
    open_ones.ask(Asked("ann", 0, "broth", hits=0))
    open_ones.ask(Asked("ann", 5, "soup", hits=4))
    open_ones.click(Clicked("ann", 9, "soup", "/soup/", 2))
    questions = {question.text: question.clicks for question in open_ones.finished(LATER)}
    assert questions == {"broth": [Click("/soup/", 0)], "soup": [Click("/soup/", 2)]}


def test_what_is_kept_in_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystrokes, "MOST_OPEN", 100)
    open_ones = OpenQuestions()
    taken = [open_ones.ask(Asked(f"visitor {number}", 0, "rye", 1)) for number in range(150)]
    assert sum(taken) == 100
    assert len(list(open_ones.finished(LATER))) == 100
    assert open_ones.ask(Asked("ann", 0, "rye", 1))
