"""Who comes first, and why. Every rank has its reason beside it; the measured quality is in benchmarks/."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section

from indexer.model import Post
from indexer.search.engine import Reader

# Enough other posts for a word to be rare, of about the same length.
OTHERS = tuple(
    post(f"other-{number}", f"Notes of day {number}", "Flour, water and salt make a plain dough for the evening.")
    for number in range(8)
)
Indexed = Callable[..., Reader]


def test_more_of_what_was_asked_for_in_fewer_words(indexed: Indexed) -> None:
    reader = indexed(
        post("lamb-stew", "Lamb stew", "A stew for cold days, with lamb and roots."),
        post("winter-kitchen", "Winter kitchen", "Soup on Monday, lamb stew on Tuesday."),
        post("year-in-review", "Year in review", f"{'Much was cooked. ' * 40} Lamb. {'And eaten. ' * 40} One stew."),
        post("irish-evening", "Irish evening", "A stew was served, and songs were sung by everybody."),
        *OTHERS,
    )
    assert ids(ask(reader, "lamb stew")) == [
        "lamb-stew",  # both words in the title
        "winter-kitchen",  # both words, once each, in a short post
        "irish-evening",  # one word in a short post
        "year-in-review",  # both words, but lost in a long post
    ]


def test_the_title_that_was_typed_is_first_however_often_others_use_its_words(indexed: Indexed) -> None:
    reader = indexed(
        post("rye", "Rye", "Nothing to add."),
        post("rye-bread", "Rye bread", "Rye, rye, rye and more rye."),
        post("all-about", "All about rye, rye and rye", "Rye rye rye. Everything is rye.", section("Rye", "Rye.")),
        *OTHERS,
    )
    assert ids(ask(reader, "rye")) == [
        "rye",  # its title is what was typed
        "rye-bread",  # its title starts with it
        "all-about",  # has the word most often
    ]


@pytest.mark.parametrize("typed", ["Über C++!", "uber c++", "UBER, C++", "über c+"])
def test_a_title_is_the_same_title_in_any_case_accent_and_punctuation(indexed: Indexed, typed: str) -> None:
    reader = indexed(
        post("a-review", "A review", "Über C++, über C++ and once more über C++."),
        post("about", "Über C++", "Short."),
    )
    assert ids(ask(reader, typed, prefix=True))[0] == "about"


def test_a_title_of_stop_words_only_is_first_when_it_is_typed(indexed: Indexed) -> None:
    reader = indexed(
        post("and-then", "And then", "The who and what of it, and the how, and the why, and the who."),
        post("the-who", "The Who", "A band."),
        *OTHERS,
    )
    assert ids(ask(reader, "the who"))[0] == "the-who"


def test_a_word_in_the_title_beats_the_same_word_in_the_text(indexed: Indexed) -> None:
    reader = indexed(
        post("baking", "Baking with sourdough", "A loaf for the week, made at home."),
        post("loaves", "Baking with patience", "A loaf of sourdough, made at home."),
        post("soups", "Cooking with patience", "A soup with sourdough, made at home."),
        *OTHERS,
    )
    assert ids(ask(reader, "sourdough")) == [
        "baking",  # in the title, where no other post has it
        "loaves",  # in the text, as others have it; equal to the next, so by id
        "soups",
    ]


def test_a_rare_word_tells_more_than_a_common_one(indexed: Indexed) -> None:
    reader = indexed(
        post("common", "Plain bread", "Salt and flour and water and salt."),
        post("rare", "Dark bread", "Salt and malt, flour and water."),
        *OTHERS,
    )
    assert ids(ask(reader, "flour malt"))[0] == "rare"  # nine posts have flour, one has malt


def test_in_a_shorter_post_a_word_counts_more(indexed: Indexed) -> None:
    reader = indexed(
        post("long", "Notes", "Caraway is in here too. " + "Many other things are said at length. " * 30),
        post("short", "Notes", "Caraway is in here too."),
        *OTHERS,
    )
    assert ids(ask(reader, "caraway")) == [
        "short",  # once in five words
        "long",  # once in two hundred
    ]


def test_code_counts_less_than_prose(indexed: Indexed) -> None:
    reader = indexed(
        post("listing", "A listing", section("Code", "See below.", code="memcached; memcached; memcached")),
        post("story", "A story", f"{'It was a long day and we were tired. ' * 5} In the end we ran memcached."),
        *(
            post(f"script-{number}", "A script", section("", "Run it.", code="mkdir a; cd a; ls"))
            for number in range(4)
        ),
    )
    assert ids(ask(reader, "memcached")) == [
        "story",  # once, in prose, and the prose is long
        "listing",  # three times, in code
    ]


def test_a_finished_word_counts_more_than_what_it_may_become(indexed: Indexed) -> None:
    reader = indexed(
        post("carpet", "Weaving a carpet by hand", "Carpet, carpet."),
        post("selling", "Selling a car by hand", "Car, car."),
        *OTHERS,
    )
    assert ids(ask(reader, "car", prefix=True)) == [
        "selling",  # has the very word
        "carpet",  # has one that starts so
    ]


def test_while_a_title_is_being_typed_it_is_already_on_top(indexed: Indexed) -> None:
    reader = indexed(
        post("caching", "Caching for the rest of us", "Answers kept close."),
        post("rest", "REST and the rest", "Caching, caching and for the rest: caching. Rest, rest."),
        *OTHERS,
    )
    for end in range(len("Cach"), len("Caching for the rest of us") + 1):
        assert ids(ask(reader, "Caching for the rest of us"[:end], prefix=True))[0] == "caching"


def test_a_phrase_decides_who_is_found_and_the_other_words_only_who_is_first(indexed: Indexed) -> None:
    reader = indexed(
        post("dark", "Dark loaves", "Rye bread, dark, with malt."),
        post("light", "Light loaves", "Rye bread, light, with seeds."),
        post("malt", "Malt", "Malt, malt and more malt, but no bread of rye."),
        *OTHERS,
    )
    assert ids(ask(reader, '"rye bread" malt')) == [
        "dark",  # the phrase, and malt
        "light",  # the phrase
    ]


def test_a_word_that_was_respelt_ranks_as_if_it_had_been_typed_right(indexed: Indexed) -> None:
    posts: tuple[Post, ...] = (
        post("frame", "Choosing a framework", "Framework or not."),
        post("plain", "Plain pages", "No framework at all."),
        *OTHERS,
    )
    reader = indexed(*posts)
    assert ids(ask(reader, "framwork")) == [
        "frame",  # in the title
        "plain",  # in the text
    ]


def test_what_editors_say_outranks_what_the_words_say(indexed: Indexed) -> None:
    reader = indexed(
        post("stews", "Lamb and beef", "Lamb stew, lamb stew, lamb stew: all about lamb stew."),
        post("stews-lifted", "Lamb and beef", "Lamb stew, lamb stew, lamb stew: all about lamb stew.", boost=1.5),
        post("lamb-stew", "Lamb stew", "For cold days."),
        post("navarin", "Navarin", "With turnips.", search_aliases=("lamb stew",)),
        post("menu", "The menu of the week", "Soup on Monday.", pins=("lamb stew",)),
        *OTHERS,
    )
    assert ids(ask(reader, "lamb stew")) == [
        "menu",  # pinned
        "lamb-stew",  # its title
        "navarin",  # its alias
        "stews-lifted",  # has the words, and counts half as much again
        "stews",  # has the words
    ]
