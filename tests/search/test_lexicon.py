"""The site's own words: spelling, other forms, options, joined words, prefixes and completion."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from corpora import lexicon_of, post, section

from indexer.model import Post
from indexer.search.lexicon import Lexicon

Built = Callable[..., Lexicon]


@pytest.fixture
def lexicon(tmp_path: Path) -> Built:
    return partial(lexicon_of, tmp_path)


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


def test_what_stands_in_code_only_is_never_a_spelling(lexicon: Built) -> None:
    assert lexicon(post("a", "Title", section("", "", "bread()"))).nearest("braed") is None


def test_words_complete_by_the_posts_that_have_them_then_by_the_alphabet(lexicon: Built) -> None:
    words = lexicon(of("break"), of("bread"), of("broth", "free"), of("broth"))
    assert [words.complete("br", 9), words.complete("br", 2)] == [["broth", "bread", "break"], ["broth", "bread"]]


def test_the_words_of_no_post_are_no_words(lexicon: Built) -> None:
    words = lexicon()
    assert (words.nearest("bread"), words.complete("b", 9)) == (None, [])


def test_a_stop_word_is_never_a_spelling(lexicon: Built) -> None:
    assert lexicon(post("a", "Rye with bread", "There it is.")).nearest("thrre") is None


# ------------------------------------------------------------------------------------------------------- forms


def test_what_stands_behind_a_dash_somewhere_is_an_option(lexicon: Built) -> None:
    words = lexicon(
        post("a", "Find-Text", section("-Pattern", "", "grep --count -v x"), "Use `-Wall`; a hand-off - of sorts.")
    )
    options = ["pattern", "count", "v", "wall"]
    assert [word for word in (*options, "find", "text", "off", "of", "x") if words.is_option(word)] == options


def test_a_word_that_is_being_typed_may_become_an_option(lexicon: Built) -> None:
    words = lexicon(post("a", "Compile", "Use -Wall."))
    assert [words.is_option("wa"), words.is_option("wa", unfinished=True)] == [False, True]


@pytest.mark.parametrize(
    ("text", "word", "halves"),
    [
        ("Each hand-off needs a note.", "handoff", [("hand", "off")]),
        ("It was gpt-3, then gpt_3.", "gpt3", [("gpt", "3")]),
        ("Front matter stands on top.", "frontmatter", []),
        ("One e.mail", "email", [("e", "mail")]),
        ("A hand, off", "handoff", []),
    ],
    ids=["a hyphen", "other signs", "a blank within a text", "a dot", "a comma"],
)
def test_what_signs_tie_together_are_the_halves_of_a_word(
    lexicon: Built, text: str, word: str, halves: list[tuple[str, str]]
) -> None:
    assert lexicon(post("a", "Notes", text)).halves(word) == halves


def test_neighbours_in_a_title_a_heading_a_tag_or_an_alias_are_halves_too(lexicon: Built) -> None:
    headed = section("Back end", "Here end texts.")
    words = lexicon(post("a", "Front matter", headed, tags=("dark mode",), search_aliases=("time stamp",)))
    joined = ["frontmatter", "backend", "darkmode", "timestamp", "hereend", "endtexts", "matterback"]
    assert [word for word in joined if words.halves(word)] == joined[:4]


def test_the_second_half_of_a_word_that_is_being_typed_is_whole(lexicon: Built) -> None:
    words = lexicon(post("a", "Front matter"))
    assert words.halves("frontma", unfinished=True) == [("front", "matter")]
    assert words.halves("front", unfinished=True) == []


def test_words_are_written_as_most_posts_write_them(lexicon: Built) -> None:
    words = lexicon(
        post("a", "Größe", "Die größe der Übersicht: resume, Résumé, résumé.", language="de"),
        post("b", "Grösse", "Größe und L’été.", language="de"),
    )
    assert [words.written(word) for word in ("grosse", "ubersicht", "resume", "die")] == [
        "größe",
        "übersicht",
        "résumé",
        "die",
    ]
    assert words.complete("gr", 9) == ["größe"]


def test_a_word_has_the_capitals_that_it_mostly_has_within_sentences(lexicon: Built) -> None:
    words = lexicon(
        post("a", "Deploy to Kubernetes", "On Kubernetes a JavaScript is an HTTP client. Bake a loaf on kubernetes."),
        post("b", "Bake A Loaf", "Bake in Élancourt. Clients bake. Loaf by loaf.", language="fr"),
    )
    written = [words.written(word) for word in ("kubernetes", "javascript", "http", "elancourt")]
    assert written == ["Kubernetes", "JavaScript", "HTTP", "Élancourt"]
    assert [words.written(word) for word in ("deploy", "bake", "loaf", "clients")] == [
        "deploy",  # only at the beginning of a title
        "bake",
        "loaf",  # with a capital in a title alone
        "clients",
    ]


def test_german_nouns_are_written_without_the_capital_that_all_have(lexicon: Built) -> None:
    words = lexicon(post("a", "Brot", "Das Brot im Ofen.", language="de"))
    assert words.written("ofen") == "ofen"


@pytest.mark.parametrize(
    ("words", "is_ambiguous"),
    [
        (("author", "authors"), False),
        (("author", "authorization"), True),
        (("rate", "rating"), False),
        (("customize", "customer"), True),
    ],
)
def test_a_stem_of_several_words_is_more_than_its_inflections(
    lexicon: Built, words: tuple[str, str], is_ambiguous: bool
) -> None:
    assert bool(lexicon(of(*words)).terms_with_other_forms(words[0])) is is_ambiguous


def test_the_forms_of_a_word_are_its_inflections(lexicon: Built) -> None:
    words = lexicon(of("author", "authors", "authorization", "authority"))
    (term,) = words.terms_with_other_forms("author")
    assert sorted(words.words(words.forms("author", term))) == ["author", "authors"]


@pytest.mark.parametrize("typed", ["installa", "installat", "installati", "installatio"])
def test_more_than_the_stem_of_a_word_stands_for_the_stem(lexicon: Built, typed: str) -> None:
    words = lexicon(post("a", "Setup", "Install the tool."))
    assert [words.term(term) for term in words.past_stem(typed)] == ["instal"]


def test_what_goes_on_otherwise_than_endings_do_has_no_stem(lexicon: Built) -> None:
    words = lexicon(post("a", "Setup", "Install the tool."))
    assert [words.past_stem(typed) for typed in ("installxxxxxx", "ins", "to")] == [(), (), ()]


def test_a_stem_is_a_term_of_its_own_in_each_language(lexicon: Built) -> None:
    words = lexicon(post("en", "Notes"), post("fr", "Note", language="fr"))
    assert words.stems("notes", "en") != words.stems("notes", "fr")
    assert words.stems("notes") == tuple(sorted((*words.stems("notes", "en"), *words.stems("notes", "fr"))))


def test_languages_with_one_stemmer_share_their_terms(lexicon: Built) -> None:
    words = lexicon(post("nb", "Brød", language="nb"), post("nn", "Brød", language="nn"))
    assert words.stems("brod", "nb") == words.stems("brod", "nn") != ()
