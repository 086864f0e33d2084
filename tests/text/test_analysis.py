"""Text → words → terms, the one definition that every engine and the vectors share."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.model import Lead
from indexer.text import analysis
from indexer.text.analysis import LONGEST_WORD, fold, is_stop_word, leads, spans, terms, title_key, visible, words

# Characters with which words are made, broken and joined, in the scripts that the rules speak of.
_ASCII = st.text(st.sampled_from("abcCNEt jsio.'+#_-019\n\"<"), max_size=40)
_MIXED = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("aZ9éßıİøﬁΩй́c+#.net ’'日本語한あहि्ｆ①שָ\u0301\u200d😀_-"), max_size=40),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Fast, FASTER; fastest!", ["fast", "faster", "fastest"], id="case and punctuation"),
        pytest.param(
            "c++ C# .NET Node.js ASP.NET socket.io",
            ["c++", "c#", ".net", "node.js", "asp.net", "socket.io"],
            id="names of tools",
        ),
        pytest.param(
            "é c++ C# .NET Node.js ASP.NET",
            ["e", "c++", "c#", ".net", "node.js", "asp.net"],
            id="the same beside an accent",
        ),
        pytest.param(
            "c++11 node.json x.network", ["c", "11", "node", "json", "x", "network"], id="what only looks like them"
        ),
        pytest.param("don't O'Neil’s 'quoted'", ["don't", "o'neil's", "quoted"], id="apostrophes"),
        pytest.param("snake_case kebab-case", ["snake", "case", "kebab", "case"], id="joined words"),
        pytest.param("Crème brûlée", ["creme", "brulee"], id="diacritics"),
        pytest.param("cafe\u0301 caf\u00e9", ["cafe", "cafe"], id="composed and decomposed"),
        pytest.param("ﬁne ｆｕｌｌ Ⅳ ①", ["fine", "full", "iv", "1"], id="compatibility forms"),
        pytest.param("Straße STRASSE", ["strasse", "strasse"], id="sharp s"),
        pytest.param("İstanbul ISTANBUL ısı", ["istanbul", "istanbul", "isi"], id="dotted and dotless i"),
        pytest.param("Ø ø Ł đ", ["o", "o", "l", "d"], id="letters with strokes"),
        pytest.param("Ёлка Αθήνα", ["елка", "αθηνα"], id="Cyrillic and Greek"),
        pytest.param("हिन्दी שָׁלוֹם", ["हिन्दी", "שָׁלוֹם"], id="marks that other scripts need"),
        pytest.param("搜索引擎", ["搜索", "索引", "引擎"], id="Chinese in pairs"),
        pytest.param("日本go言語 東", ["日本", "go", "言語", "東"], id="Japanese beside Latin"),
        pytest.param("한국어 검색", ["한국", "국어", "검색"], id="Korean in pairs"),
        pytest.param("a😀b", ["a", "b"], id="a picture between"),
        pytest.param("!!! --- …", [], id="nothing to find"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_words_are_compared_in_one_form(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize("letter", ["a", "ש"])
def test_a_letter_carries_a_few_marks_at_most(letter: str) -> None:
    heap = letter + "\u05b8" * 200

    (word,) = words(heap)

    assert word == letter + "\u05b8" * 4


def test_a_heap_of_accents_is_the_letter_below_it() -> None:
    assert words("z" + "\u0301" * 200 + "algo") == ["zalgo"]


@pytest.mark.parametrize("text", ["a" * 1_000_000, "é" * 1_000_000], ids=["ASCII", "not ASCII"])
def test_a_word_of_a_megabyte_is_cut(text: str) -> None:
    (word,) = words(text)

    assert word == fold(text[0]) * LONGEST_WORD


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("running frameworks", "en", ["run", "framework"]),
        ("running frameworks", "en-GB", ["run", "framework"]),
        ("running frameworks", "EN_us", ["run", "framework"]),
        ("Häuser laufen", "de", ["haus", "lauf"]),
        ("maisons continuation", "fr", ["maison", "continu"]),
        ("running frameworks", "xx", ["running", "frameworks"]),
        ("running frameworks", "", ["running", "frameworks"]),
        ("c++ c# classes", "en", ["c++", "c#", "class"]),
        ("the ways of bread", "en", ["the", "way", "of", "bread"]),
        ("搜索", "zh", ["搜索"]),
    ],
)
def test_terms_are_stems_in_the_language_of_the_post(text: str, language: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


def test_english_alone_has_stop_words() -> None:
    assert [is_stop_word("the"), is_stop_word("the", "en-GB"), is_stop_word("bread")] == [True, True, False]
    assert not is_stop_word("the", "de")


def test_titles_are_compared_by_their_words() -> None:
    assert title_key("  Crème — the “Brûlée”! ") == title_key("creme the brulee") == "creme the brulee"


def test_a_span_is_the_place_of_a_word_in_the_text_as_it_stands() -> None:
    text = "Ein ﬁnes Café in 東京"

    assert [(word, text[start:end]) for word, start, end in spans(text)] == [
        ("ein", "Ein"),
        ("fines", "ﬁnes"),
        ("cafe", "Café"),
        ("in", "in"),
        ("東京", "東京"),
    ]


# ------------------------------------------------------------------------------------------- for any text


@settings(max_examples=300, deadline=None)
@given(_MIXED)
def test_a_span_holds_text_that_folds_to_its_word(text: str) -> None:
    places = list(spans(text))

    assert [word for word, _, _ in places] == words(text)
    assert all(fold(text[start:end]) == word for word, start, end in places)
    assert all(0 <= start < end <= len(text) for _, start, end in places)
    assert [start for _, start, _ in places] == sorted(start for _, start, _ in places)


@settings(max_examples=400, deadline=None)
@given(_ASCII)
def test_the_fast_path_for_ascii_and_the_general_path_agree(text: str) -> None:
    assert words(text) == [word for word, _, _ in spans(text + " é")][:-1]


@settings(max_examples=300, deadline=None)
@given(_MIXED)
def test_words_are_made_of_something_and_never_too_long(text: str) -> None:
    assert all(0 < len(word) <= LONGEST_WORD for word in words(text))


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(categories=["Ll", "Lu", "Lt", "Lo"]), max_size=30))
def test_a_word_of_letters_is_folded_once_and_for_all(text: str) -> None:
    found = words(text)

    assert [fold(word) for word in found] == found


@settings(max_examples=200, deadline=None)
@given(_MIXED, st.sampled_from(["en", "de", "ja", "ar", "tr", "xx", ""]))
def test_every_word_has_one_term(text: str, language: str) -> None:
    assert len(terms(text, language)) == len(words(text))


# ------------------------------------------------------------------------------------------ what stands before words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rye bread", [Lead.NONE, Lead.NONE]),
        ("rye, (bread) 'oven' \"hot\"", [Lead.NONE] * 4),
        ("hand-off", [Lead.NONE, Lead.HYPHENED]),
        ("no_std", [Lead.NONE, Lead.UNDERSCORED]),
        ("Cargo.lock", [Lead.NONE, Lead.DOTTED]),
        ("std::iter a/b k=v a...b", [lead for _ in range(4) for lead in (Lead.NONE, Lead.JOINED)]),
        (":hover ?.x @user /etc", [Lead.SIGNED] * 4),
        ("-Wall (-Wall) [-v]", [Lead.DASHED] * 3),
        ("--help --no-cache", [Lead.TWICE_DASHED, Lead.TWICE_DASHED, Lead.HYPHENED]),
        ("rye - bread", [Lead.NONE, Lead.NONE]),
        ("rye. Bread", [Lead.NONE, Lead.NONE]),
    ],
    ids=[
        "blanks",
        "commas, brackets and quotes",
        "a hyphen",
        "an underscore",
        "a dot",
        "other signs between words",
        "a sign alone",
        "a dash",
        "two dashes",
        "a dash between blanks",
        "the end of a sentence",
    ],
)
def test_what_stands_before_a_word(text: str, expected: list[Lead]) -> None:
    assert leads(text) == expected


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("useState", [["use", "state"]]),
        ("the RateLimiting page", [["rate", "limiting"]]),
        ("HTTPServer and getURL", [["http", "server"], ["get", "url"]]),
        ("APIs", []),
        ("plain Words, UPPER", []),
        ("iOS", []),
    ],
    ids=["camel case", "Pascal case", "capitals within", "a plural", "no compound", "one letter and one word"],
)
def test_the_words_within_compounds(text: str, inner: list[list[str]]) -> None:
    assert list(analysis.compounds(text)) == inner


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("the", "en", True),
        ("die", "en", False),
        ("die", "de", True),
        ("die", "de-AT", True),
        ("fur", "de", True),
        ("les", "fr", True),
        ("och", "sv", True),
        ("og", "nb", True),
        ("og", "nn", True),
        ("the", "xx", False),
        ("the", "", False),
    ],
)
def test_each_language_has_its_own_stop_words(word: str, language: str, expected: bool) -> None:
    assert is_stop_word(word, language) is expected


def test_languages_that_somebody_made_up_leave_nothing_behind() -> None:
    kept = analysis._stop_words.cache_info().currsize  # noqa: SLF001  # what a worker remembers is in no answer
    for number in range(300):
        is_stop_word("the", f"x{number:07d}")
    assert analysis._stop_words.cache_info().currsize == kept  # noqa: SLF001


def test_what_nobody_sees_is_not_there() -> None:
    assert visible("\ufeffso\u00adda \u200bbr\u2060ead") == "soda bread"


@pytest.mark.parametrize("text", ["ขนม\u200bปัง", "rye\u00adbread so\u200bda", "\ufeffca\u2060fe\u200b\u0301"])
def test_the_words_of_a_text_are_those_that_somebody_sees(text: str) -> None:
    assert words(text) == words(visible(text))


def test_the_span_of_a_word_includes_what_nobody_sees_in_it() -> None:
    assert list(spans("a so\u00adda")) == [("a", 0, 1), ("soda", 2, 7)]


def test_in_scripts_without_spaces_a_space_without_width_ends_a_word() -> None:
    assert words("ขนม\u200bปัง") == [*words("ขนม"), *words("ปัง")]
