"""What people really type: options, joined words, misspellings, half a word, half a title; and where they are led."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section

from indexer.model import Sort
from indexer.search.engine import Reader
from indexer.search.query import MOST_TERMS

Indexed = Callable[..., Reader]

# --------------------------------------------------------------------------------------------------- exclusions

COMMANDS = (
    post(
        "copy-item",
        "Copy-Item",
        "Copies a file.",
        section("-Target", "Where the copy goes."),
        section("-Force", "Writes over what is there."),
    ),
    post("move-item", "Move-Item", "Moves a file. See Copy-Item for a copy."),
    post("history", "History", "How these commands came about."),
)


@pytest.mark.parametrize("text", ["Copy-Item -Target", "-Target Copy-Item", "-Target", "-force"])
def test_a_minus_before_an_option_that_stands_on_the_site_excludes_nothing(indexed: Indexed, text: str) -> None:
    hits = ask(indexed(*COMMANDS), text)
    assert "copy-item" in ids(hits)
    assert hits.excluded == ()


def test_what_is_excluded_is_named(indexed: Indexed) -> None:
    hits = ask(indexed(*COMMANDS), 'file -moves -"a copy"')
    assert (ids(hits), hits.excluded) == (["copy-item"], ("moves", "a copy"))


# ------------------------------------------------------------------------------------------- long and pasted texts


def test_of_a_long_paste_the_most_telling_words_are_asked_and_that_is_said(indexed: Indexed) -> None:
    reader = indexed(
        *(post(f"p{number}", "Log", " ".join(f"line{line}" for line in range(60))) for number in range(3)),
        post("answer", "Out of flour", "The mill is broken."),
    )
    paste = " ".join(f"line{line}" for line in range(60)) + " mill broken"
    hits = ask(reader, paste)
    assert hits.is_cut
    assert "answer" in ids(hits)


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ("bread", False),
        (" ".join(f"bread {number}" for number in range(MOST_TERMS - 1)), False),
        (" ".join(f"bread {number}" for number in range(MOST_TERMS)), True),
        ("bread " * 500, True),
        ("bread " + "x" * 9_000, True),
    ],
    ids=["a word", "32 words", "33 words", "one word too often", "an endless word"],
)
def test_a_question_of_any_length_is_answered(indexed: Indexed, text: str, is_cut: bool) -> None:
    hits = ask(indexed(post("rye", "Rye bread", "It rises.")), text)
    assert (ids(hits), hits.is_cut) == (["rye"], is_cut)


@pytest.mark.parametrize("text", ["/rye/", "https://bread.example/rye/", "https://bread.example/rye", "rye/#salt"])
def test_an_address_of_the_site_finds_its_page(indexed: Indexed, text: str) -> None:
    reader = indexed(
        post("rye", "A dark one", "It rises.", section("Salt", "Little.")), post("oat", "Rye, rye", "https: rye, salt.")
    )
    assert ids(ask(reader, text))[0] == "rye"


def test_an_address_with_a_fragment_leads_to_its_section(indexed: Indexed) -> None:
    reader = indexed(post("rye", "A dark one", "Rye and salt.", section("Salt", "Little."), section("Oven", "Hot.")))
    found = ask(reader, "https://bread.example/rye/#oven").hits[0].section
    assert found is not None
    assert found.anchor == "oven"


# ------------------------------------------------------------------------------------------------------ quotes


@pytest.mark.parametrize("text", ["“cold start”", "„cold start“", "«cold start»", "＂cold start＂", '"cold start"'])
def test_quotation_marks_of_any_kind_make_a_phrase(indexed: Indexed, text: str) -> None:
    reader = indexed(post("a", "Engines", "After a cold start."), post("b", "Winter", "The start of a cold week."))
    assert ids(ask(reader, text)) == ["a"]


@pytest.mark.parametrize("text", ["co\u00adld start", "cold\u200b start", "\ufeffcold start", "cold\u2060 start"])
def test_characters_that_nobody_sees_make_no_difference(indexed: Indexed, text: str) -> None:
    reader = indexed(post("a", "Engines", "After a cold start."), post("b", "Winter", "A co, an ld."))
    assert ids(ask(reader, text)) == ["a"]


@pytest.mark.parametrize("text", ["timestamp", "time\u200bstamp", "time\u00adstamp"])
def test_characters_that_nobody_sees_are_in_no_word_of_a_body(indexed: Indexed, text: str) -> None:
    reader = indexed(post("a", "Logs", "Each has a time\u00adstamp."), post("b", "Letters", "Time for a stamp."))
    assert ids(ask(reader, text)) == ["a"]


@pytest.mark.parametrize("text", ['"cold', '"cold s', '"cold sta', '"cold start', '"cold start"', "“cold sta"])
def test_a_phrase_is_found_all_along_while_it_is_typed(indexed: Indexed, text: str) -> None:
    reader = indexed(post("a", "Engines", "After a cold start."), post("b", "Winter", "The start of a week."))
    assert ids(ask(reader, text, prefix=True)) == ["a"]


# ------------------------------------------------------------------------------------- joined and parted words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("takeover", "take-over"),
        ("take over", "take-over"),
        ("utf8", "letters"),
        ("frontdoor", "door"),
        ("ecard", "card"),
        ("back up", "copies"),
        ("openOven", "oven"),
        ("open oven", "oven"),
    ],
)
def test_words_are_found_however_they_are_joined(indexed: Indexed, text: str, expected: str) -> None:
    reader = indexed(
        post("take-over", "The take-over", "Every take-over has a day."),
        post("letters", "UTF-8 and others", "Use UTF-8."),
        post("door", "Front door", "It opens."),
        post("card", "E-card", "Send an e-card."),
        post("copies", "Backups", "A backup a day."),
        post("oven", "The function openOven", "Call openOven once."),
    )
    assert expected in ids(ask(reader, text))


def test_a_name_in_parts_and_the_same_name_joined_find_each_other(indexed: Indexed) -> None:
    reader = indexed(post("a", "A hook", "Call `useKettle` here."), post("b", "Kettles", "The use of a kettle."))
    assert set(ids(ask(reader, "useKettle"))) >= {"a"}
    assert set(ids(ask(reader, "usekettle"))) >= {"a"}


# ------------------------------------------------------------------------------------------------------ typing


@pytest.mark.parametrize("end", range(6, len("fermentation") + 1))
def test_no_beginning_of_a_word_finds_less_than_the_word(indexed: Indexed, end: int) -> None:
    reader = indexed(post("dough", "The dough", "How to ferment it. Ferment it once."))
    assert ids(ask(reader, "fermentation"[:end], prefix=True)) == ["dough"]


@pytest.mark.parametrize("end", range(4, len("Winter kitchens of the north") + 1))
def test_while_a_title_is_typed_its_page_is_among_the_first(indexed: Indexed, end: int) -> None:
    reader = indexed(
        post("north", "Winter kitchens of the north", "Warm."),
        *(
            post(f"p{number}", f"Kitchen {number}", "A kitchen, the winter, the north: kitchens.")
            for number in range(8)
        ),
    )
    assert "north" in ids(ask(reader, "Winter kitchens of the north"[:end], prefix=True))[:5]


# ------------------------------------------------------------------------------------------ did you mean, and accents

SIZES = (
    post("groesse", "Die Größe der Übersicht", "Die Größe zählt. Schlüssel und Straßen.", language="de"),
    post("foret", "La forêt", "La forêt était fermée.", language="fr"),
)


@pytest.mark.parametrize(
    ("typed", "word"),
    [("größ", "größe"), ("gros", "größe"), ("ubers", "übersicht"), ("for", "forêt"), ("STRAS", "straßen")],
)
def test_completions_are_spelt_as_the_site_spells_them(indexed: Indexed, typed: str, word: str) -> None:
    assert word in indexed(*SIZES).complete(typed, 8)


@pytest.mark.parametrize(("typed", "suggestion"), [("Schlüsel", "schlüssel"), ("die ubersciht", "die übersicht")])
def test_suggestions_are_spelt_as_the_site_spells_them(indexed: Indexed, typed: str, suggestion: str) -> None:
    hits = ask(indexed(*SIZES), typed)
    assert (ids(hits), hits.suggestion) == (["groesse"], suggestion)


RESPELT = (
    post("kettle", "Kettle", "How it looks."),
    post("kettles", "Kettles for all", "A kettle here.", section("A kettle for each", "Kettle, kettle by kettle.")),
    post("pinned", "Something else", "No word of it.", pins=("kettle king",)),
    post("named", "Another thing", "Nothing of the kind.", search_aliases=("kettledrum",)),
    post("phrase", "A king", "There is no kettle king here."),
    *(post(f"p{number}", f"Page {number}", "Nothing.") for number in range(8)),
)


@pytest.mark.parametrize("typed", ["kettel", "kettel king", "kettledrumm", '"kettel king"', "a kettel"])
def test_whoever_follows_a_suggestion_finds_the_same(indexed: Indexed, typed: str) -> None:
    reader = indexed(*RESPELT)
    hits = ask(reader, typed)
    assert hits.suggestion is not None
    followed = ask(reader, hits.suggestion)
    assert ids(hits) == ids(followed) != []
    assert followed.suggestion is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [("kettel", "kettle"), ("kettel king", "pinned"), ("kettledrumm", "named")],
    ids=["title", "pin", "alias"],
)
def test_titles_pins_and_aliases_are_found_by_their_right_spelling(indexed: Indexed, typed: str, first: str) -> None:
    assert ids(ask(indexed(*RESPELT), typed))[0] == first


def test_no_suggestion_leads_to_nothing(indexed: Indexed) -> None:
    hits = ask(indexed(*RESPELT), "kettel", tags=("no such tag",))
    assert (hits.total, hits.suggestion) == (0, None)


# ----------------------------------------------------------------------------------------------------- languages


def test_a_word_matches_in_the_language_of_its_post_only(indexed: Indexed) -> None:
    reader = indexed(
        post("fr", "Notes", "Des notes de cours.", language="fr"),
        post("en1", "Not so", "It is not done, not at all."),
        post("en2", "Why not", "Do not ask."),
    )
    assert ids(ask(reader, "notes")) == ["fr"]


def test_a_question_finds_posts_of_each_language_of_the_site_by_its_own_endings(indexed: Indexed) -> None:
    reader = indexed(
        post("en", "Houses", "A house."),
        post("de1", "Das Haus", "Ein Haus.", language="de"),
        post("de2", "Straßen", "Alte Häuser.", language="de"),
    )
    assert set(ids(ask(reader, "Häuser"))) == {"de1", "de2"}
    assert set(ids(ask(reader, "Häuser", language="de"))) == {"de1", "de2"}
    assert ids(ask(reader, "house")) == ["en"]


def test_a_word_that_says_something_finds_its_page_in_any_language(indexed: Indexed) -> None:
    reader = indexed(
        post("ejemplo", "Ejemplo", "Un ejemplo.", language="es"),
        post("trabajo", "Trabajo", "El trabajo de hoy.", language="es"),
        post("pan", "Pan", "El pan de centeno.", language="es"),
    )
    assert set(ids(ask(reader, "ejemplo pan"))) == {"ejemplo", "pan"}
    assert set(ids(ask(reader, "trabajo con pan"))) == {"trabajo", "pan"}


# --------------------------------------------------------------------------------------------------- newest first


def test_by_date_posts_with_one_word_of_two_are_only_counted(indexed: Indexed) -> None:
    reader = indexed(
        post("old", "Sour dough", "A sour dough.", day="2019-05-01"),
        post("new", "Bread", "Its dough is sour.", day="2023-05-01"),
        post("cake", "Cake", "Another dough.", day="2024-05-01"),
        post("milk", "Milk", "It went sour.", day="2025-05-01"),
    )
    hits = ask(reader, "sour dough", sort=Sort.DATE)
    assert (ids(hits), hits.total, hits.more) == (["new", "old"], 2, 2)


def test_by_date_a_word_that_stands_for_two_is_as_good(indexed: Indexed) -> None:
    reader = indexed(
        post("one", "Sourdough", "A sourdough.", day="2019-05-01"),
        post("two", "Sour dough", "A sour dough.", day="2020-05-01"),
        post("cake", "Cake", "Another dough.", day="2024-05-01"),
    )
    assert ids(ask(reader, "sour dough", sort=Sort.DATE)) == ["two", "one"]


def test_by_date_a_word_that_no_post_has_hides_nothing(indexed: Indexed) -> None:
    reader = indexed(post("one", "Sourdough", "A sourdough.", day="2019-05-01"))
    assert ids(ask(reader, "sourdough xylophone", sort=Sort.DATE)) == ["one"]


# ----------------------------------------------------------------------------------------------- where hits lead

PAGE = post(
    "move",
    "Move a loaf",
    section("Move a loaf", "To move a loaf, name the loaf and where to move it."),
    section("Example: move a loaf", "This shows how to move a loaf onto a shelf with tongs."),
    section("Tongs", "What holds it."),
    section("Burns", "What may go wrong."),
    section("Moving away", "Move a loaf away: how to move a loaf far."),
)


@pytest.mark.parametrize(
    ("text", "anchor"), [("move a loaf burns", "burns"), ("move a loaf tongs", "tongs"), ("burns", "burns")]
)
def test_a_title_and_a_heading_lead_to_the_section_with_that_heading(indexed: Indexed, text: str, anchor: str) -> None:
    found = ask(indexed(PAGE), text).hits[0].section
    assert found is not None
    assert found.anchor == anchor


def test_a_title_typed_whole_leads_to_the_top_of_its_page(indexed: Indexed) -> None:
    reader = indexed(post("risk", "Moving bread", section("Moving is risky", "Moving bread, how to move bread.")))
    hit = ask(reader, "Moving bread").hits[0]
    assert (hit.section, len(hit.snippets)) == (None, 1)


def test_a_heading_typed_whole_leads_to_its_section(indexed: Indexed) -> None:
    reader = indexed(
        post(
            "a",
            "Ovens",
            section("Door and lamp", "They are old."),
            section("Lamps", "A lamp. The door, a lamp, a door."),
        )
    )
    found = ask(reader, "door and lamp").hits[0].section
    assert found is not None
    assert found.anchor == "door-and-lamp"


def test_a_hit_has_some_text_though_its_title_alone_matches(indexed: Indexed) -> None:
    reader = indexed(post("a", "line-height", "How far the lines stand apart.", description=""))
    (hit,) = ask(reader, "line-height").hits
    assert [snippet.text for snippet in hit.snippets] == ["How far the lines stand apart."]
