"""Corpora as they come: empty, tiny, all alike, in every script, in several languages at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section

from indexer.model import Sort
from indexer.search.engine import Reader


@pytest.mark.parametrize("text", ["rye", '"rye bread"', "-rye", "rye -bread", "the", "ry"])
@pytest.mark.parametrize("sort", list(Sort))
def test_in_an_empty_corpus_nothing_is_found(indexed: Callable[..., Reader], text: str, sort: Sort) -> None:
    hits = ask(indexed(), text, prefix=True, sort=sort)
    assert (hits.hits, hits.total, hits.tags, hits.suggestion) == ((), 0, (), None)


def test_in_an_empty_corpus_nothing_is_completed(indexed: Callable[..., Reader]) -> None:
    assert indexed().complete("ry", 8) == []


@pytest.mark.parametrize("text", ["rye", '"rye bread"', "-wheat", "ry", "rey bread"])
def test_a_corpus_of_one_post(indexed: Callable[..., Reader], text: str) -> None:
    assert ids(ask(indexed(post("only", "Rye bread", "Knead it.")), text, prefix=True)) == ["only"]


def test_identical_posts_are_all_found_in_the_order_of_their_ids(indexed: Callable[..., Reader]) -> None:
    reader = indexed(*(post(name, "Rye bread", "Knead it.") for name in ("c", "a", "b")))
    assert ids(ask(reader, "rye bread")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "empty",
    [
        post("void", ""),
        post("void", "", ""),
        post("void", "", section("", "", "")),
        post("void", "!?", "…", section("—", "***")),
        post("void", "", "\n\n\n"),
    ],
    ids=["nothing", "an empty text", "an empty section", "punctuation only", "blank lines"],
)
def test_a_post_without_words_harms_nobody_and_is_found_by_what_it_does_not_say(
    indexed: Callable[..., Reader], empty: object
) -> None:
    reader = indexed(empty, post("bread", "Bread", "Knead it."))
    assert (ids(ask(reader, "bread")), ids(ask(reader, "-bread"))) == (["bread"], ["void"])


SIGNS = (
    post("c", "C", "Pointers in C."),
    post("c++", "C++", "Templates in C++."),
    post("c#", "C#", "Lambdas in C#."),
    post("dotnet", ".NET", "The .NET runtime."),
    post("node", "Node.js", "Streams in Node.js."),
    post("asp", "ASP.NET", "Pages in ASP.NET."),
    post("net", "The net", "Cast the net."),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c++", ["c++"]),
        ("C#", ["c#"]),
        ("c", ["c"]),
        (".net", ["dotnet"]),
        ("net", ["net"]),
        ("node.js", ["node"]),
        ("asp.net", ["asp"]),
        ('"in c++"', ["c++"]),
        ("c c++ c# -c#", ["c", "c++"]),
    ],
)
def test_names_with_signs_are_words_of_their_own(
    indexed: Callable[..., Reader], text: str, expected: list[str]
) -> None:
    assert sorted(ids(ask(indexed(*SIGNS), text))) == expected


WORLD = (
    post("ar", "الخبز", "نعجن العجين", language="ar"),
    post("de", "Häuser bauen", "Die Straße ist naß. Äpfel und Übermut.", language="de"),
    post("el", "Ψωμί", "Ζυμώνουμε το ψωμί με αλεύρι.", language="el"),
    post("en", "Building houses", "The street is wet.", language="en"),
    post("fr", "Bâtir des maisons", "L'été, la rue est mouillée.", language="fr"),
    post("hi", "रोटी", "आटा गूंधो और रोटी बनाओ", language="hi"),
    post("ja", "パンを焼く", "生地をこねる。", language="ja"),
    post("ko", "빵을 굽다", "반죽을 치대다", language="ko"),
    post("ru", "Пекли хлеб", "Ёлка и мука. Дома стоят.", language="ru"),
    post("th", "ขนมปัง", "นวดแป้ง", language="th"),
    post("xx", "Tlhingan", "Hol vIjatlh.", language="tlh"),
    post("zh", "缓存失效", "当文章更改时,缓存失效。", language="zh"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("haus", {"de"}),
        ("strasse", {"de"}),
        ("apfel", {"de"}),
        ("ÜBERMUT", {"de"}),
        ("house", {"en"}),
        ("maison", {"fr"}),
        ("ete", {"fr"}),
        ("mouillé", {"fr"}),
        ("ψωμι", {"el"}),
        ("елка", {"ru"}),
        ("дом", {"ru"}),
        ("रोटी", {"hi"}),
        ("الخبز", {"ar"}),
        ("ขนมปัง", {"th"}),
        ("缓存", {"zh"}),
        ('"缓存失效"', {"zh"}),
        ('"失效缓存"', set()),
        ("パン", {"ja"}),
        ("生地", {"ja"}),
        ("굽다", {"ko"}),
        ("vijatlh", {"xx"}),
        ("house maison 缓存", {"en", "fr", "zh"}),
        ("-缓存", {one.id for one in WORLD} - {"zh"}),
    ],
)
def test_every_script_and_several_languages_in_one_corpus(
    indexed: Callable[..., Reader], text: str, expected: set[str]
) -> None:
    assert set(ids(ask(indexed(*WORLD), text, per_page=20))) == expected


def test_one_chinese_character_is_enough_while_someone_types(indexed: Callable[..., Reader]) -> None:
    assert ids(ask(indexed(*WORLD), "缓", prefix=True)) == ["zh"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("café", "cafe\u0301"),
        ("ｃａｆｅ", "cafe"),
        ("ﬁle", "file"),
        ("ıstanbul", "istanbul"),
        ("İSTANBUL", "istanbul"),
        ("STRASSE", "straße"),
        ("don’t", "don't"),
        ("Ⅳ", "iv"),
    ],
    ids=["composed", "fullwidth", "ligature", "dotless i", "dotted capital I", "sharp s", "apostrophe", "Roman number"],
)
def test_forms_that_people_cannot_tell_apart_find_each_other(
    indexed: Callable[..., Reader], one: str, other: str
) -> None:
    reader = indexed(post("one", f"Word: {one}"), post("other", f"Word: {other}"), post("third", "Word: else"))
    assert set(ids(ask(reader, one))) == set(ids(ask(reader, other))) == {"one", "other"}


def test_a_very_long_word_matches_itself(indexed: Callable[..., Reader]) -> None:
    assert ids(ask(indexed(post("long", "Key", "a1" * 500), post("other", "Lock")), "a1" * 100)) == ["long"]


def test_a_phrase_of_one_word_again_and_again_needs_it_as_often(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("once", "Row", "Row the boat."), post("thrice", "Song", "Row, row, row your boat."))
    assert ids(ask(reader, '"row row row"')) == ["thrice"]
