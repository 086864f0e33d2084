"""The site's own words: spelling, prefixes and completion, before any engine is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import post, sealed, section

from indexer.model import Corpus, Post
from indexer.search.lexicon import MOST_CONTINUATIONS, MOST_FORMS, Lexicon, Phrase, write_lexicon
from indexer.search.query import parse
from indexer.text.token_stream import tokens_of

Built = Callable[..., Lexicon]


@pytest.fixture
def lexicon(tmp_path: Path) -> Built:
    def make(*posts: Post, synonyms: tuple[tuple[str, ...], ...] = ()) -> Lexicon:
        corpus = Corpus(list(posts))
        write_lexicon(tmp_path, corpus, tokens_of(corpus), synonyms)
        return Lexicon(sealed(tmp_path))

    return make


def spelt(lexicon: Lexicon, run: Phrase) -> tuple[tuple[str, ...], ...]:
    """Words as the terms that they stand for."""
    return tuple(tuple(map(lexicon.term, word)) for word in run)


def of(*words: str) -> Post:
    return post("-".join(words) or "none", " ".join(words))


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("rye", None),
        ("rey", None),
        ("bred", "bread"),
        ("braed", "bread"),
        ("breads", "bread"),
        ("brd", None),
        ("dread", None),
        ("pumpernikel", "pumpernickel"),
        ("pumpernikkel", "pumpernickel"),
        ("pumpenickle", "pumpernickel"),
        ("punpurnikel", None),
        ("bumpernickel", "pumpernickel"),
        ("bumpernikel", None),
        ("bread2", None),
    ],
    ids=[
        "three letters are right",
        "three letters are never wrong",
        "a letter missing",
        "two swapped",
        "a letter too many",
        "three letters, one missing",
        "another first letter, which counts double",
        "a long word, a letter missing",
        "a long word, another letter",
        "a long word, two edits",
        "a long word, three edits",
        "a long word, another first letter",
        "a long word, another first letter and more",
        "with a digit",
    ],
)
def test_the_nearest_word(lexicon: Built, typed: str, nearest: str | None) -> None:
    assert lexicon(of("rye", "bread", "pumpernickel")).nearest(typed) == nearest


def test_of_words_equally_near_the_one_in_more_posts_is_meant(lexicon: Built) -> None:
    words = lexicon(of("bread"), of("break"), of("break", "free"))
    assert words.nearest("breax") == "break"


def test_of_words_equal_in_everything_the_first_of_the_alphabet_is_meant(lexicon: Built) -> None:
    assert lexicon(of("break", "bread")).nearest("breax") == "bread"


def test_of_words_with_another_first_letter_the_one_in_more_posts_is_meant(lexicon: Built) -> None:
    words = lexicon(of("cumpernickel"), of("pumpernickel"), of("pumpernickel", "free"), of("umpernickel"))
    assert words.nearest("bumpernickel") == "pumpernickel"


@pytest.mark.parametrize("typed", ["xumpernickel", "umpernickel", "ppumpernickel", "upmpernickel", "жumpernickel"])
def test_another_first_letter_none_one_too_many_or_two_swapped(lexicon: Built, typed: str) -> None:
    assert lexicon(of("pumpernickel", "rye"), post("zh", "缓存")).nearest(typed) == "pumpernickel"


def test_a_first_letter_may_be_of_any_script(lexicon: Built) -> None:
    assert lexicon(of("ёжиковый"), of("𐐨pumpernickel")).nearest("xpumpernickel") == "𐐨pumpernickel"


def test_a_word_of_two_languages_counts_in_both(lexicon: Built) -> None:
    german = [post(f"{number}", "breaks", language="de") for number in range(2)]
    words = lexicon(of("breads"), of("breaks"), *german, of("breads", "free"))
    assert words.nearest("breaxs") == "breaks"


def test_many_characters_of_chinese_stand_for_fewer_pairs_each(lexicon: Built) -> None:
    characters = [chr(0x4E00 + number) for number in range(100)]
    words = lexicon(
        *(post(f"p{number}", f"{one}" + f"。{one}".join(characters)) for number, one in enumerate("一丁丂"))
    )
    alone, many = words.resolve(parse("一")), words.resolve(parse(" ".join(characters)))
    assert sum(map(len, alone.words)) == MOST_CONTINUATIONS
    assert 0 < sum(map(len, many.words)) <= MOST_FORMS


def test_what_stands_in_code_only_is_never_a_spelling(lexicon: Built) -> None:
    assert lexicon(post("a", "Title", section("", "", "bread()"))).nearest("braed") is None


def test_a_prefix_stands_for_the_terms_of_all_words_that_start_so_its_own_first(lexicon: Built) -> None:
    words = lexicon(of("caching"), of("caching", "cache"), of("cached"), of("cargo"), of("car"))
    asked = words.resolve(parse("car", prefix=True))
    assert spelt(words, (asked.unfinished,)) == (("car", "cargo"),)
    assert spelt(words, (words.resolve(parse("cachin", prefix=True)).unfinished,)) == (("cach",),)


def test_a_prefix_that_nothing_starts_with_is_a_whole_word(lexicon: Built) -> None:
    words = lexicon(of("bread"))
    asked = words.resolve(parse("braed", prefix=True))
    assert (asked.unfinished, spelt(words, asked.words), asked.suggestion) == ((), (("bread",),), "bread")


def test_a_word_stands_for_its_stem_in_every_language_of_the_site(lexicon: Built) -> None:
    words = lexicon(post("en", "Hauser"), post("de", "Häuser", language="de"))
    assert spelt(words, words.resolve(parse("hauser")).words) == (("haus", "hauser"),)


def test_where_a_language_is_asked_for_a_word_stands_for_its_stem_in_that_one(lexicon: Built) -> None:
    words = lexicon(post("en", "Houses"), post("de", "Häuser", language="de"))
    assert spelt(words, words.resolve(parse("hauser"), "de").words) == (("haus",),)


def test_stop_words_count_only_where_nothing_else_is_asked(lexicon: Built) -> None:
    words = lexicon(of("the", "who"), of("bread"))
    assert spelt(words, words.resolve(parse("the bread")).words) == (("bread",),)
    assert spelt(words, words.resolve(parse("the who")).words) == (("the",), ("who",))
    assert words.resolve(parse('the "rye bread"')).words == ()


def test_stop_words_stay_in_phrases_and_exclusions(lexicon: Built) -> None:
    words = lexicon(of("the", "bread"))
    asked = words.resolve(parse('"the bread" -the'))
    assert [spelt(words, run) for run in asked.phrases] == [(("the",), ("bread",))]
    assert [spelt(words, run) for run in asked.exclusions] == [(("the",),)]


def test_words_complete_by_the_posts_that_have_them_then_by_the_alphabet(lexicon: Built) -> None:
    words = lexicon(of("break"), of("bread"), of("broth", "free"), of("broth"))
    assert [words.complete("br", 9), words.complete("br", 2)] == [["broth", "bread", "break"], ["broth", "bread"]]


def test_the_words_of_no_post_are_no_words(lexicon: Built) -> None:
    words = lexicon()
    assert (words.nearest("bread"), words.complete("b", 9)) == (None, [])
