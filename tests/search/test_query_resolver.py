"""What was typed, in terms of the index: which words count, what they were meant to be, what else stands for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import lexicon_of, post, section

from indexer.model import Lead, ParsedQuery, Post
from indexer.search.lexicon import MOST_CONTINUATIONS, Phrase
from indexer.search.query import MOST_TERMS, parse
from indexer.search.resolver import MOST_FORMS, QueryResolver, ResolvedQuery


class Words:
    """The words of a site, and what questions become in them."""

    def __init__(self, directory: Path, *posts: Post, synonyms: tuple[tuple[str, ...], ...] = ()) -> None:
        self._lexicon = lexicon_of(directory, *posts, synonyms=synonyms)
        self._resolver = QueryResolver(self._lexicon)

    def resolve(self, query: ParsedQuery, language: str | None = None) -> ResolvedQuery:
        return self._resolver.resolve(query, language)

    def spelt(self, phrase: Phrase) -> tuple[tuple[str, ...], ...]:
        """Words as the terms that they stand for; that of a site with several languages with its stemmer."""
        return tuple(tuple(self._lexicon.term(term).replace("\x1f", " ") for term in word) for word in phrase)

    def alternatives(self, text: str, prefix: bool = False) -> list[str]:
        """Other forms of what was typed, as terms."""
        others = self.resolve(parse(text, prefix)).alternatives
        return [" ".join("|".join(word) for word in self.spelt(other.phrase)) for other in others]


Built = Callable[..., Words]


@pytest.fixture
def site(tmp_path: Path) -> Built:
    return lambda *posts, **settings: Words(tmp_path, *posts, **settings)


def of(*words: str) -> Post:
    return post("-".join(words) or "none", " ".join(words))


def test_many_characters_of_chinese_stand_for_fewer_pairs_each(site: Built) -> None:
    characters = [chr(0x4E00 + number) for number in range(100)]
    words = site(*(post(f"p{number}", f"{one}" + f"。{one}".join(characters)) for number, one in enumerate("一丁丂")))
    alone, many = words.resolve(parse("一")), words.resolve(parse(" ".join(characters)))
    assert sum(map(len, alone.words)) == MOST_CONTINUATIONS
    assert 0 < sum(map(len, many.words)) <= MOST_FORMS


def test_a_prefix_stands_for_the_terms_of_all_words_that_start_so_its_own_first(site: Built) -> None:
    words = site(of("caching"), of("caching", "cache"), of("cached"), of("cargo"), of("car"))
    asked = words.resolve(parse("car", prefix=True))
    assert words.spelt((asked.unfinished,)) == (("car", "cargo"),)
    assert words.spelt((words.resolve(parse("cachin", prefix=True)).unfinished,)) == (("cach",),)


def test_a_prefix_that_nothing_starts_with_is_mended_and_still_being_typed(site: Built) -> None:
    words = site(of("bread"))
    asked = words.resolve(parse("braed", prefix=True))
    assert (words.spelt((asked.unfinished,)), asked.words, asked.suggestion) == ((("bread",),), (), "bread")


@pytest.mark.parametrize(
    ("typed", "meant"), [("tailwnd", "tailwind"), ("tailwimd", "tailwind"), ("tailings", None), ("installati", None)]
)
def test_a_misspelt_word_is_mended_although_it_begins_like_another(site: Built, typed: str, meant: str | None) -> None:
    words = site(post("a", "Setup", "Install tailwind, and tail the log."))
    assert words.resolve(parse(typed, prefix=True)).suggestion == meant


def test_a_word_stands_for_its_stem_in_every_language_of_the_site(site: Built) -> None:
    words = site(post("en", "Hauser"), post("de", "Häuser", language="de"))
    assert words.spelt(words.resolve(parse("hauser")).words) == (("haus german", "hauser english"),)


def test_where_a_language_is_asked_for_a_word_stands_for_its_stem_in_that_one(site: Built) -> None:
    words = site(post("en", "Houses"), post("de", "Häuser", language="de"))
    assert words.spelt(words.resolve(parse("hauser"), "de").words) == (("haus german",),)


def test_a_name_that_only_posts_of_another_language_have_is_none_where_a_language_is_asked_for(site: Built) -> None:
    words = site(post("en", "Bread"), post("de", "useHaken", language="de"))
    assert words.resolve(parse("useHaken"), "en").names == ()


def test_stop_words_count_only_where_nothing_else_is_asked(site: Built) -> None:
    words = site(of("the", "who"), of("bread"))
    assert words.spelt(words.resolve(parse("the bread")).words) == (("bread",),)
    assert words.spelt(words.resolve(parse("the who")).words) == (("the",), ("who",))
    assert words.resolve(parse('the "rye bread"')).words == ()


def test_stop_words_stay_in_phrases_and_exclusions(site: Built) -> None:
    words = site(of("the", "bread"))
    asked = words.resolve(parse('"the bread" -the'))
    assert [words.spelt(run) for run in asked.phrases] == [(("the",), ("bread",))]
    assert [words.spelt(run) for run in asked.exclusions] == [(("the",),)]


# ------------------------------------------------------------------------------------------ which words count


def test_of_many_words_the_most_telling_are_asked_and_that_is_said(site: Built) -> None:
    often = [f"often{number}" for number in range(40)]
    seldom = [f"seldom{number}" for number in range(MOST_TERMS)]
    words = site(*(of(*often, *seldom[number::4]) for number in range(4)), of("bread"))
    asked = words.resolve(parse(" ".join(["nowhere", *often, *seldom])))
    assert {term for (term,) in words.spelt(asked.words)} == set(seldom)
    assert asked.is_cut


def test_as_many_words_as_are_asked_are_all_asked(site: Built) -> None:
    words = [f"w{number}x" for number in range(MOST_TERMS)]
    asked = site(of(*words)).resolve(parse(" ".join([*words, "the", "of"])))
    assert (len(asked.words), asked.is_cut) == (MOST_TERMS, False)


def test_a_text_that_was_cut_is_said_to_be(site: Built) -> None:
    assert site(of("bread")).resolve(parse("bread " * 500)).is_cut


@pytest.mark.parametrize(
    ("text", "scored"),
    [
        ("wo finde ich die Einstellungen", ["einstell"]),
        ("wie ändert man das Passwort", ["passwort"]),
        ("was finde ich", ["find"]),
    ],
    ids=["a question", "another asker", "nothing but a question"],
)
def test_little_words_are_passed_over_in_the_language_of_the_question(
    site: Built, text: str, scored: list[str]
) -> None:
    words = site(post("a", "Einstellungen", "Wo finde ich was? Ändert das Passwort.", language="de"))
    assert [term for (term,) in words.spelt(words.resolve(parse(text)).words)] == scored


def test_the_little_words_of_one_language_are_words_in_a_question_of_another(site: Built) -> None:
    words = site(post("en", "The die is cast"), post("de", "Die Katze", language="de"))
    english, german = words.resolve(parse("where is the die cast")), words.resolve(parse("wo ist die Katze"))
    assert [word[0].split()[0] for word in words.spelt(english.words)] == ["die", "cast"]
    assert [word[0].split()[0] for word in words.spelt(german.words)] == ["katz"]


# ---------------------------------------------------------------------------------------------------- options


def test_a_minus_before_an_option_that_the_site_has_excludes_nothing(site: Built) -> None:
    asked = site(post("a", "Find-Text", section("-Pattern"))).resolve(parse("Find-Text -Pattern"))
    assert (asked.exclusions, asked.excluded, len(asked.words)) == ((), (), 3)


def test_a_minus_before_any_other_word_excludes_it_and_that_is_said(site: Built) -> None:
    asked = site(post("a", "Find-Text", section("-Pattern"))).resolve(parse('Pattern -text -"find text"'))
    assert asked.excluded == ("text", "find text")


def test_an_option_that_is_being_typed_excludes_nothing(site: Built) -> None:
    words = site(post("a", "Find-Text", section("-Pattern")))
    assert words.resolve(parse("find -pat", prefix=True)).excluded == ()
    assert words.resolve(parse("find -pat")).excluded == ("pat",)


# --------------------------------------------------------------------------------------------------- spelling


def test_a_suggestion_keeps_what_was_typed_around_the_words_that_it_mends(site: Built) -> None:
    words = site(post("a", "Die Größe", "Der Schlüssel der Übersicht.", language="de"))
    asked = words.resolve(parse('Der  Schlüsel -Größe "der Ubersciht"'))
    assert asked.suggestion == 'Der  schlüssel -Größe "der übersicht"'


def test_a_suggestion_is_asked_as_if_it_had_been_typed(site: Built) -> None:
    words = site(post("a", "Layout", "The layout of a page."))
    mended, typed = words.resolve(parse("the layyout")), words.resolve(parse("the layout"))
    assert mended.title_key == typed.title_key == "the layout"
    assert (mended.words, mended.order, mended.every) == (typed.words, typed.order, typed.every)


@pytest.mark.parametrize("text", ["bread", "breads", "handoff", "e mail", "hand off", "loaf"])
def test_words_that_the_site_has_in_another_form_are_not_mended(site: Built, text: str) -> None:
    words = site(
        post("a", "Bread", "Each hand-off by email, by hand. Hands off the loan."), synonyms=(("loaf", "bread"),)
    )
    assert words.resolve(parse(text)).suggestion is None


# ------------------------------------------------------------------------------------------------- other forms


@pytest.mark.parametrize(
    ("title", "text", "others"),
    [
        ("The hand-off", "handoff", ["hand off"]),
        ("Front matter", "frontmatter", ["front matter"]),
        ("A timestamp", "time stamp", ["timestamp"]),
        ("Email and mail", "e mail", ["email"]),
        ("Rate limiting", "RateLimiting", ["rate limit"]),
        ("Use of state", "useState", ["use state"]),
        ("Rate limiting", "rate limiting", []),
        ("Rate or limit", "ratelimit", []),
    ],
    ids=["a hyphen", "two words of a title", "joined here", "a letter", "case", "lower case", "as it is", "apart"],
)
def test_words_stand_for_what_the_site_joins_or_parts(site: Built, title: str, text: str, others: list[str]) -> None:
    assert site(post("a", title, "Some text.")).alternatives(text) == others


def test_a_joined_word_that_is_being_typed_stands_for_its_whole_halves(site: Built) -> None:
    assert site(of("front", "matter")).alternatives("frontmat", prefix=True) == ["front matter"]


def test_the_last_word_of_an_open_quote_stands_for_all_words_that_go_on_so(site: Built) -> None:
    words = site(of("rate", "limit"), of("rate", "list"), of("rate", "a"))
    (phrase,) = words.resolve(parse('"rate li', prefix=True)).phrases
    assert words.spelt(phrase) == (("rate",), ("limit", "list"))


# ------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no_std", [("no std", (None, Lead.UNDERSCORED), True)]),
        ("--no-cache", [("no cach", (Lead.TWICE_DASHED, Lead.HYPHENED), True)]),
        ("fetch --no-cache", [("no cach", (Lead.TWICE_DASHED, Lead.HYPHENED), False)]),
        ("fetch cache", []),
        ("no_xylophone", []),
    ],
    ids=["two words", "an option", "beside a word", "no name", "a word that no post has"],
)
def test_names_are_runs_of_words_with_what_stands_before_each(
    site: Built, text: str, names: list[tuple[str, tuple[Lead | None, ...], bool]]
) -> None:
    words = site(post("a", "Fetch", "no_std and --no-cache, fetch the cache"))
    found = words.resolve(parse(text)).names
    assert [
        (" ".join(term for (term,) in words.spelt(name.phrase)), name.leads, name.is_all)
        for name in found
        if name.words
    ] == names


def test_a_short_question_with_little_words_is_looked_for_word_by_word(site: Built) -> None:
    words = site(post("a", "Error", "x is not a function"))
    (name,) = words.resolve(parse("is not a function")).names
    assert words.spelt(name.phrase) == (("is",), ("not",), ("a",), ("function",))
    assert set(name.leads) == {None}
