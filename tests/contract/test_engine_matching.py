"""Which posts a question finds. The order is another matter, so ids are compared as sets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section

from indexer.search.engine import Reader

KITCHEN = (
    post(
        "apple-pie",
        "Apple pie",
        "Peel the apples. Bake the pie.",
        section("Crust", "Cold butter makes it flaky.", code="oven.preheat(warm_air)"),
    ),
    post(
        "bread",
        "Rye bread",
        "Knead the dough well.",
        section("Cold start", "Butter is not needed."),
        description="A loaf for the week.",
        tags=("rustic", "baking day"),
    ),
    post(
        "curry",
        "Green curry",
        "Fry the paste, then add coconut milk.",
        section("Rice", "Rinse the rice first."),
        tags=("thai food", "spicy"),
    ),
    post("dumplings", "Dumplings", "Fill the dough.\nSteam them over rice water."),
)
EVERYTHING = {one.id for one in KITCHEN}


@pytest.fixture
def kitchen(indexed: Callable[..., Reader]) -> Reader:
    return indexed(*KITCHEN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curry", {"curry"}),
        ("flaky", {"apple-pie"}),
        ("crust", {"apple-pie"}),
        ("loaf", {"bread"}),
        ("thai", {"curry"}),
        ("preheat", {"apple-pie"}),
        ("kneading", {"bread"}),
        ("APPLE", {"apple-pie"}),
        ("cúrry", {"curry"}),
        ("curry flaky", {"curry", "apple-pie"}),
        ("dough", {"bread", "dumplings"}),
        ("curry xylophone", {"curry"}),
        ("xylophone", set()),
    ],
    ids=[
        "in a title",
        "in a text",
        "in a heading",
        "in the description",
        "in a tag",
        "in code",
        "another form of the word",
        "another case",
        "with an accent",
        "any of two words",
        "in two posts",
        "one known and one unknown word",
        "nowhere",
    ],
)
def test_a_word_is_found_wherever_a_post_has_it(kitchen: Reader, text: str, expected: set[str]) -> None:
    assert set(ids(ask(kitchen, text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"cold butter"', {"apple-pie"}),
        ('"rinsing the rice"', {"curry"}),
        ('"green curry"', {"curry"}),
        ('"thai food"', {"curry"}),
        ('"cold start"', {"bread"}),
        ('"cold butter', {"apple-pie"}),
        ('"butter cold"', set()),
        ('"coconut milk" "rinse the rice"', {"curry"}),
        ('"cold butter" "rinse the rice"', set()),
        ('"cold butter" curry', {"apple-pie"}),
        ('"curry"', {"curry"}),
        ('"the dough steam"', {"dumplings"}),
    ],
    ids=[
        "in a text",
        "in another form",
        "a title",
        "a tag",
        "a heading",
        "never closed",
        "the wrong way round",
        "two in one post",
        "two in different posts",
        "with a word beside it",
        "of one word is a word",
        "over the end of a sentence",
    ],
)
def test_a_phrase_is_found_where_its_words_stand_side_by_side(kitchen: Reader, text: str, expected: set[str]) -> None:
    assert set(ids(ask(kitchen, text))) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"pie peel"',
        '"bread a loaf"',
        '"week knead"',
        '"pie crust"',
        '"start butter"',
        '"well cold"',
        '"rustic baking"',
        '"first thai"',
        '"flaky oven"',
    ],
    ids=[
        "from title into text",
        "from title into description",
        "from description into text",
        "from text into the next heading",
        "from heading into text",
        "from section into section",
        "from tag into tag",
        "from text into tag",
        "from text into code",
    ],
)
def test_a_phrase_never_crosses_from_one_part_of_a_post_into_another(kitchen: Reader, text: str) -> None:
    assert ids(ask(kitchen, text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dough -rye", {"dumplings"}),
        ("dough -kneading", {"dumplings"}),
        ('rice -"rice water"', {"curry"}),
        ('dough -"rice water" -rye', set()),
        ('"the dough" -steam', {"bread"}),
        ("rice -rice", set()),
        ('rice -"water rice"', {"curry", "dumplings"}),
        ("-rice", {"apple-pie", "bread"}),
        ("-rice -rye", {"apple-pie"}),
        ('-"thai food"', EVERYTHING - {"curry"}),
        ("-xylophone", EVERYTHING),
        ("-curri", EVERYTHING - {"curry"}),
    ],
    ids=[
        "a word",
        "another form of a word",
        "a phrase",
        "a phrase and a word",
        "from a phrase",
        "the word itself",
        "a phrase that nobody has",
        "only a word",
        "only words",
        "only a phrase",
        "only an unknown word",
        "only a stem",
    ],
)
def test_what_is_excluded_is_not_found(kitchen: Reader, text: str, expected: set[str]) -> None:
    assert set(ids(ask(kitchen, text))) == expected


def test_an_excluded_word_is_never_respelt(kitchen: Reader) -> None:
    assert set(ids(ask(kitchen, "-dumplnigs"))) == EVERYTHING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kne", {"bread"}),
        ("d", {"bread", "dumplings"}),
        ("curry dou", {"bread", "curry", "dumplings"}),
        ("dou curry", {"curry"}),
        ("dou ", set()),
        ('"cold b', {"apple-pie"}),
        ('"cold b ', set()),
        ('"cold x', set()),
        ("curry -rye", {"curry"}),
    ],
    ids=[
        "a word begun",
        "one letter",
        "the last of two",
        "only the last",
        "a word ended by a space",
        "the last of an open phrase",
        "in an open phrase, ended by a space",
        "in an open phrase, where nothing goes on so",
        "an exclusion at the end",
    ],
)
def test_the_last_word_may_be_unfinished_while_someone_types(kitchen: Reader, text: str, expected: set[str]) -> None:
    assert set(ids(ask(kitchen, text, prefix=True))) == expected


@pytest.mark.parametrize("typed", ["c", "ca", "cac", "cach", "cachi", "cachin", "caching"])
def test_typing_a_word_letter_by_letter_finds_it_all_along_though_its_stem_is_shorter(
    indexed: Callable[..., Reader], typed: str
) -> None:
    reader = indexed(post("cache", "Caching", "When caching helps."), post("queue", "Jobs", "Work for later."))
    assert ids(ask(reader, typed, prefix=True)) == ["cache"]


def test_an_unfinished_word_means_nothing_where_nobody_is_typing(kitchen: Reader) -> None:
    assert ids(ask(kitchen, "kne")) == []


def test_stop_words_are_left_out_where_other_words_say_more(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("a", "The queue"), post("b", "The cache"))
    assert ids(ask(reader, "what is the cache")) == ["b"]


def test_a_question_of_stop_words_only_finds_the_posts_that_have_them(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("hamlet", "To be or not to be"), post("queue", "Queues", "Work waits."))
    assert ids(ask(reader, "to be or not")) == ["hamlet"]


def test_stop_words_are_those_of_the_language_of_most_posts(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("a", "The queue"), post("b", "The cache"), post("c", "Brot", language="de"))
    assert ids(ask(reader, "the cache")) == ["b"]
