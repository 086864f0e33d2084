"""What a hit shows: its section with the anchor, and pieces of text with the matching words marked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpora import ask, ids, post, section

from indexer.model import Hit, Snippet
from indexer.search.engine import Reader
from indexer.text import analysis

LONG = "Nothing of the kind is said here, at some length. " * 8
POSTS = (
    post(
        "guide",
        "A guide to caching",
        f"{LONG}Expiry is explained below.",
        section("Expiry", "An entry expires when its time is over."),
        section("Purging", f"{LONG}Purge the cache when a post changes. {LONG}"),
        section("Setup", "Type this.", code="memcached --threads 4"),
        description="All about keeping answers.",
    ),
    post("note", "A note", "Only a lead that mentions memcached."),
    post("bare", "Title only"),
    post("café", "Un café s'il vous plaît", "Les caches, c'est fini.", language="fr"),
    post("cjk", "缓存失效", "当文章更改时,缓存失效。缓存很难。", language="zh"),
)
QUESTIONS = ["cache", "expiry entry", '"purge the cache"', "memcached", "cafés plaît", "缓存失效", "title", "cach"]


@pytest.fixture
def reader(indexed: Callable[..., Reader]) -> Reader:
    return indexed(*POSTS)


def hit(reader: Reader, text: str, post_id: str) -> Hit:
    return next(one for one in ask(reader, text).hits if one.post.id == post_id)


def marked(fragment: Snippet) -> list[str]:
    return [fragment.text[start:end] for start, end in fragment.spans]


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("expires", "expiry"),
        ("purge", "purging"),
        ('"a post changes"', "purging"),
        ("purge expiry entry time", "expiry"),
        ("setup", "setup"),
        ("threads", "setup"),
    ],
    ids=["a word", "a word in a long section", "a phrase", "most of the words", "a heading", "code"],
)
def test_a_hit_leads_to_the_section_that_matched(reader: Reader, text: str, anchor: str) -> None:
    section_found = hit(reader, text, "guide").section
    assert section_found is not None
    assert section_found.anchor == anchor


@pytest.mark.parametrize(
    ("text", "post_id"),
    [("lead", "note"), ("title", "bare"), ("guide", "guide"), ("-guide", "note")],
    ids=["the lead", "only the title, no text at all", "only the title", "nothing was asked for"],
)
def test_a_hit_leads_to_the_top_where_no_headed_section_matched(reader: Reader, text: str, post_id: str) -> None:
    assert hit(reader, text, post_id).section is None


@pytest.mark.parametrize(
    ("text", "post_id", "words"),
    [
        ("expiring", "guide", ["expires"]),
        ('"purge the cache"', "guide", ["Purge", "the", "cache"]),
        ("memcached", "note", ["memcached"]),
        ("memcached threads", "guide", ["memcached", "threads"]),
        ("缓存失效", "cjk", ["缓存失效", "缓存"]),
        ("fini", "café", ["fini"]),
    ],
    ids=["another form", "a phrase", "a word", "code", "Chinese", "French"],
)
def test_the_matching_words_are_marked(reader: Reader, text: str, post_id: str, words: list[str]) -> None:
    assert [word for fragment in hit(reader, text, post_id).snippets for word in marked(fragment)] == words


def test_the_title_is_marked_too(reader: Reader) -> None:
    title = hit(reader, "cached", "guide").title
    assert (title.text, marked(title)) == ("A guide to caching", ["caching"])


@pytest.mark.parametrize("prefix", [False, True], ids=["finished", "unfinished"])
@pytest.mark.parametrize("text", QUESTIONS)
def test_spans_lie_within_the_text_in_order_and_cover_what_was_asked_for(
    reader: Reader, text: str, prefix: bool
) -> None:
    asked = {term for language in ("en", "fr", "zh") for term in analysis.terms(text.strip('"'), language)}
    snippets = [fragment for one in ask(reader, text, prefix=prefix).hits for fragment in (one.title, *one.snippets)]
    assert any(fragment.spans for fragment in snippets) or text == "cach"
    for fragment in snippets:
        ends = [0, *(end for _, end in fragment.spans)]
        assert all(before <= start < end for before, (start, end) in zip(ends, fragment.spans, strict=False))
        assert ends[-1] <= len(fragment.text)
        for word in marked(fragment):
            terms = {term for language in ("en", "fr", "zh") for term in analysis.terms(word, language)}
            assert terms & asked or any(term.startswith(text) for term in terms)


def test_a_fragment_is_text_of_the_post_and_never_markup(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("trick", "<b>Tricks</b>", "Type <script>alert(1)</script> & wait."))
    found = ask(reader, "alert").hits[0]
    assert [found.title.text, *(one.text for one in found.snippets)] == [
        "<b>Tricks</b>",
        "Type <script>alert(1)</script> & wait.",
    ]


def test_where_only_the_title_matches_the_description_is_shown(reader: Reader) -> None:
    assert [one.text for one in hit(reader, "guide", "guide").snippets] == ["All about keeping answers."]


def test_a_post_without_any_text_is_shown_by_its_title(reader: Reader) -> None:
    found = ask(reader, "title").hits
    assert [(one.post.id, one.title.text, one.snippets) for one in found] == [("bare", "Title only", ())]


def test_a_hit_shows_the_facts_of_its_post(indexed: Callable[..., Reader]) -> None:
    reader = indexed(post("rye", "Rye bread", "Knead.", day="2024-05-01", tags=("bread",), language="en-GB"))
    found = ask(reader, "rye").hits[0].post
    assert (found.id, found.url, found.title, str(found.date), found.tags, found.language) == (
        "rye",
        "/rye/",
        "Rye bread",
        "2024-05-01",
        ("bread",),
        "en-GB",
    )


def test_scores_fall_from_hit_to_hit(reader: Reader) -> None:
    scores = [one.score for one in ask(reader, "cache caching memcached guide").hits]
    assert scores == sorted(scores, reverse=True)
    assert len(ids(ask(reader, "cache caching memcached guide"))) >= 3


def test_prose_is_shown_rather_than_code_that_repeats_the_word(indexed: Callable[..., Reader]) -> None:
    kneading = section("Kneading", "Knead the rye.")
    reader = indexed(post("bread", "Bread", section("Sums", code="rye = rye + rye + rye"), kneading))
    assert hit(reader, "rye", "bread").section == kneading
