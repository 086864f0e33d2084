"""Who is meant by what people really type. Each question has a page that is meant, and others that look as good.

That of the default engine: Whoosh ranks by a plain sum, in which nothing of this counts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import ask, ids, opened_reader, post, section

from indexer.model import EngineName, Post
from indexer.search.engine import Reader

# Enough other posts for a word to be rare.
OTHERS = tuple(post(f"other-{number}", f"Day {number}", "Flour, water and salt make a dough.") for number in range(8))
Indexed = Callable[..., Reader]


@pytest.fixture
def indexed(tmp_path: Path) -> Indexed:
    return lambda *posts: opened_reader(tmp_path, EngineName.COLUMNAR, posts)


def first(reader: Reader, text: str, *, prefix: bool = False) -> str:
    return ids(ask(reader, text, prefix=prefix))[0]


# -------------------------------------------------------------------------------------------------------- names

NAMES = (
    post("options", "Options", "Every command knows these.", section("--no-oven", "Nothing is baked.")),
    post("oven", "The oven", "An oven keeps the heat. No oven is cheap."),
    post("ovens", "Oven doors", "What the oven may lose: oven doors for every oven."),
    post("small", "Small machines", "Write `no_heap` on top; then there is no allocator."),
    post("heap", "The heap", "What is in the heap, and what the heap does. Heap, heap, heap. There is no heap."),
    post("lock", "Which versions", "They stand in `Bakery.lock`, which is written."),
    post("door", "Lock the bakery", "The bakery has a lock; a lock for each bakery. Bakery, lock."),
    post("ring", "Rings", "Call `io_wheel` for that."),
    post("wheel", "Wheels", "io and a wheel. A wheel, an io: wheel io."),
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("--no-oven", "options"),
        ("no-oven", "options"),
        ("no_heap", "small"),
        ("Bakery.lock", "lock"),
        ("bakery.lock", "lock"),
        ("io_wheel", "ring"),
    ],
)
def test_a_name_outranks_its_words(indexed: Indexed, text: str, meant: str) -> None:
    assert first(indexed(*NAMES), text) == meant


def test_an_option_finds_the_page_that_has_it(indexed: Indexed) -> None:
    reader = indexed(
        post("copy-item", "Copy-Item", "Copies a file.", section("-Target", "Where it goes.")),
        post("targets", "Targets", "A target, a target and a target. Copy, item."),
        post("move-item", "Move-Item", "Moves a file to a target."),
    )
    assert first(reader, "-Target") == "copy-item"
    assert first(reader, "Copy-Item -Target") == "copy-item"


def test_camel_case_outranks_loose_words(indexed: Indexed) -> None:
    reader = indexed(
        post("hook", "A hook", "Call useKettle once, and then useKettle again."),
        post("kettles", "The use of a kettle", "Use a kettle. The use of a kettle: use, kettle."),
    )
    assert first(reader, "useKettle") == "hook"


# ------------------------------------------------------------------------------------------ signs, and stop words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (":toast", "toast-class"),
        ("toast", "toast"),
        ("<crust>", "crust-value"),
        ("bake*", "generator"),
        ("bake", "bake"),
    ],
)
def test_of_titles_that_differ_in_signs_the_one_that_was_typed(indexed: Indexed, text: str, meant: str) -> None:
    reader = indexed(
        post("toast", "toast", "Whether there is toast. Toast is asked for: toast, toast."),
        post("toast-class", ":toast", "Matches what is brown."),
        post("crust", "crust", "How a crust grows. Crust, crust."),
        post("crust-value", "<crust>", "A length."),
        post("bake", "bake", "Bakes: bake, bake."),
        post("generator", "bake*", "Bakes one that may pause."),
    )
    assert first(reader, text) == meant


def test_a_title_of_one_stop_word_is_meant_by_whoever_types_it_in_a_short_question(indexed: Indexed) -> None:
    reader = indexed(
        post("of", "of", "The verb that asks whether a crumb is there. A verb of two sides."),
        post("verb", "Verb", "What a verb is. A verb has a subject; verbs are listed by verb."),
        post("attribute", "verb", "The attribute that says what is done: verb."),
    )
    assert first(reader, "of verb") == "of"


def test_a_title_that_shares_a_run_of_words_with_the_question_stop_words_too(indexed: Indexed) -> None:
    reader = indexed(
        post("unbaked", "unbaked", "The value unbaked of a loaf without heat: unbaked."),
        post("loaves", "Loaves", "A loaf. A loaf may be unbaked."),
        post("error", "BakeError: x is not a loaf", "You baked what cannot be baked."),
    )
    assert first(reader, "unbaked is not a loaf") == "error"


def test_little_words_of_german_do_not_decide(indexed: Indexed) -> None:
    def page(post_id: str, title: str, text: str) -> Post:
        return post(post_id, title, text, language="de")

    reader = indexed(
        page("meant", "Rezepte", "Alle Rezepte."),
        page("where", "Wo ich backe", "Wo ich backe, wo ich koche: die Küche. Ich finde das gut."),
        *(page(f"p{n}", f"Brot {n}", "Die Rezepte stehen unten, und ich finde sie gut.") for n in range(4)),
    )
    assert first(reader, "wo finde ich die Rezepte") == first(reader, "Rezepte") == "meant"


# --------------------------------------------------------------------------------------------------- other forms


@pytest.mark.parametrize(
    ("text", "meant"),
    [("author", "authors"), ("authorization", "rights"), ("customize", "colours"), ("customer", "shop")],
)
def test_the_word_itself_outranks_another_word_of_its_stem(indexed: Indexed, text: str, meant: str) -> None:
    reader = indexed(
        post("authors", "A page for every author", "Each author has one. Authors may write in two languages."),
        post("rights", "Authorization with roles", "Authorization decides what someone may do."),
        post("shop", "What a customer sees first", "A customer sees the price. Customers stay."),
        post("colours", "Three lines to customize the colours", "Customize them in one place."),
    )
    assert first(reader, text) == meant


def test_a_phrase_as_it_was_quoted_outranks_its_other_forms(indexed: Indexed) -> None:
    reader = indexed(
        post("rises", "Other doughs rest elsewhere", "Doughs rise; the rest does not."),
        post("quoted", "An evening with flour and water", "The dough rest is short. Our dough rest is fair."),
    )
    assert first(reader, '"dough rest"') == "quoted"


def test_posts_with_the_very_words_of_a_phrase_come_before_a_title_in_other_forms(indexed: Indexed) -> None:
    long = " ".join(f"step{number}" for number in range(300))
    reader = indexed(
        post("title", "Doughs rest", "Doughs rest. Doughs rested."),
        post("tags", "Resting", "Rested doughs rest.", tags=("doughs rest",)),
        post("long", "An evening with flour", f"The dough rest is fair. {long}"),
        post("often", "Flour and water", "The dough rest, our dough rest."),
    )
    assert ids(ask(reader, '"dough rest"')) == [
        "often",  # the very words, twice
        "long",  # the very words, in a long post
        "title",  # other forms, in the title too
        "tags",  # other forms
    ]


@pytest.mark.parametrize(
    ("text", "meant"), [("time stamp", "stamps"), ("timestamp", "stamps"), ("take over", "hyphen")]
)
def test_a_word_as_the_site_joins_it_outranks_one_of_its_halves(indexed: Indexed, text: str, meant: str) -> None:
    reader = indexed(
        post("zones", "Time zones", "What time it is elsewhere."),
        post("stamps", "Timestamps", "A timestamp tells when."),
        post("hyphen", "The take-over", "A take-over takes a day."),
        post("over", "Over", "It is over."),
    )
    assert first(reader, text) == meant


# ---------------------------------------------------------------------------------------------------- headings


def test_a_heading_typed_whole_is_meant_before_titles_with_some_of_its_words(indexed: Indexed) -> None:
    reader = indexed(
        post("tokens", "Yeast tokens", "Yeast tokens have parts. A yeast token is short. Token parts: yeast."),
        post("app", "The app", "What it is.", section("Yeast token parts", "Three of them.")),
    )
    hit = ask(reader, "yeast token parts").hits[0]
    assert (hit.post.id, hit.section and hit.section.anchor) == ("app", "yeast-token-parts")


def test_a_heading_typed_whole_is_meant_before_titles_with_its_words_apart(indexed: Indexed) -> None:
    reader = indexed(
        post("ovens", "Limits of ovens", "There are limits for ovens. Limits for ovens: oven limits."),
        post("app", "The app", "What it is, and all that it does. " * 20, section("Limits for ovens", "Three.")),
    )
    hit = ask(reader, "limits for ovens").hits[0]
    assert (hit.post.id, hit.section and hit.section.anchor) == ("app", "limits-for-ovens")


def test_a_name_that_is_the_heading_of_one_page_is_meant_before_pages_that_use_it_often(indexed: Indexed) -> None:
    reader = indexed(
        post("steps", "Baking steps", "What it is.", section("preheat()", "Before."), section("knead()", "preheat().")),
        post("guide", "Guide", section("Steps", "To preheat, call preheat(): preheat() warms. Then preheat again.")),
        *OTHERS,
    )
    hit = ask(reader, "preheat").hits[0]
    assert (hit.post.id, hit.section and hit.section.heading) == ("steps", "preheat()")


def test_the_page_whose_address_ends_so_is_meant_before_one_with_such_a_heading(indexed: Indexed) -> None:
    reader = indexed(
        post("guide/cli", "Command line interface", "How the program is called."),
        post("trouble", "Troubleshooting", section("CLI", "The CLI fails: the CLI says why. CLI again.")),
        *OTHERS,
    )
    assert first(reader, "cli") == "guide/cli"


def test_a_heading_that_two_pages_have_does_not_tell_which_is_meant(indexed: Indexed) -> None:
    headed = [
        post(f"page-{number}", f"Chapter {number}", "x", section("Timeout messages", "See there."))
        for number in range(2)
    ]
    reader = indexed(
        post("timeouts", "Timeouts", "Timeout messages: a timeout sends messages later."), *headed, *OTHERS
    )
    assert ids(ask(reader, "timeout messages"))[0] == "timeouts"


def test_a_heading_that_each_translation_has_tells_which_page_is_meant(indexed: Indexed) -> None:
    translated = [
        post(f"commands-{language}", title, "Text. " * 40, section("yeast add", "See there."), language=language)
        for language, title in (("en", "Commands"), ("fr", "Commandes"), ("de", "Befehle"))
    ]
    reader = indexed(post("yeast", "Yeast", "Yeast adds air. Add yeast to the dough, add yeast."), *translated, *OTHERS)
    assert sorted(ids(ask(reader, "yeast add"))[:3]) == ["commands-de", "commands-en", "commands-fr"]


# ---------------------------------------------------------------------------------------------- long questions


def test_a_word_that_a_question_repeats_tells_more_than_one_that_it_has_once(indexed: Indexed) -> None:
    reader = indexed(
        post("rye", "Notes of spring", "Something about rye in the kitchen."),
        post("oat", "Notes of autumn", "Something about oats in the kitchen."),
        *OTHERS,
    )
    assert ids(ask(reader, "Which oats? Rye with oats, rye for rye."))[:2] == ["rye", "oat"]
    assert ids(ask(reader, "Which rye? Oats with rye, oats for oats."))[:2] == ["oat", "rye"]


def test_in_a_long_question_a_hyphen_is_no_reason_to_pass_over_the_other_words(indexed: Indexed) -> None:
    reader = indexed(
        post("spelt", "Notes of spring", "A high-speed oven."),
        post("meant", "Notes of autumn", "High speed kneading weakens gluten in doughs."),
        *OTHERS,
    )
    assert ids(ask(reader, "how does high-speed kneading of soft doughs weaken the gluten"))[0] == "meant"


# ------------------------------------------------------------------------------------------------------ typing


@pytest.mark.parametrize(("typed", "meant"), [("brea", "bread"), ("bread", "bread"), ("breadb", "breadbox")])
def test_of_titles_that_start_with_what_was_typed_the_shorter_is_likelier(
    indexed: Indexed, typed: str, meant: str
) -> None:
    reader = indexed(
        post("bread", "Bread", "A list of loaves. Bread has no lid."),
        post("breadbox", "BreadBox", "A box for bread."),
        *(post(f"p{number}", f"Use {number}", "It takes bread and gives bread.") for number in range(6)),
    )
    assert first(reader, typed, prefix=True) == meant


def test_a_title_of_one_letter_is_on_top_when_it_is_typed(indexed: Indexed) -> None:
    reader = indexed(
        post("c", "C", "The language."), post("cafe", "Café", "c, c and c."), post("cache", "Cache", "A c in a cache.")
    )
    assert first(reader, "c", prefix=True) == "c"


def test_a_page_with_the_letter_that_was_typed_comes_before_titles_that_only_start_with_it(indexed: Indexed) -> None:
    reader = indexed(
        post("c", "A week with C", "C is small."),
        post("cafe", "Café", "A café."),
        post("cache", "Cache what is dear", "A cache."),
    )
    assert first(reader, "c", prefix=True) == "c"


# ------------------------------------------------------------------------------------------------- completions


def test_completions_look_at_the_word_before(indexed: Indexed) -> None:
    reader = indexed(
        post("hook", "A pre-knead hook", "The pre-knead hook is quick."),
        post("words", "Kneading", "Knot, knead, kneel: knots kneel before knots. Knots, knots."),
        post("more", "More knots", "Knots and kneel."),
    )
    assert reader.complete("pre-kn", 8) == ["pre-knead"]


# ----------------------------------------------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("text", "meant"), [("1.12", "minor"), ("1.12.1", "patch"), ("Release 1.12", "minor"), ("kettle 1.12", "minor")]
)
def test_a_version_is_meant_before_those_that_only_begin_with_it(indexed: Indexed, text: str, meant: str) -> None:
    reader = indexed(
        post("patch", "Release 1.12.1", "The kettle 1.12.1 is out: 1.12.1."),
        post("minor", "Release 1.12", "The kettle 1.12 is out. It took us a year, and there is much to tell of it."),
        post("other", "Release 12", "1 kettle, and 12 more."),
    )
    assert first(reader, text) == meant


def test_what_a_pasted_text_quotes_is_words_among_others(indexed: Indexed) -> None:
    text = (
        "We would like to know how the catalogue of a library that has been kept on cards since it was opened can be "
        'moved to a computer, and whether what others call "machine readable form" is of any use to the people who '
        "ask at the desk for books about birds."
    )
    reader = indexed(
        post("forms", "Forms", "Forms in machine readable form, for all who like forms."),
        post("cards", "From cards to computers", "The catalogue of a library, on cards, was moved to a computer."),
    )
    assert ids(ask(reader, text))[0] == "cards"
