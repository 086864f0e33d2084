"""Why a post is suggested, in words that an editor believes and the sentences that have them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from corpora import post, section, with_vectors
from hypothesis import given
from hypothesis import strategies as st

from indexer.model import Post, Reason
from indexer.related.recommendation import RelatedPosts
from indexer.related.telling_words import LONGEST_SENTENCE, cut
from indexer.store.posts import PostStore

Why = Callable[..., Reason]

# So many that a word of two posts is not one of a quarter of the site.
OTHERS = [
    post(f"other{number}", f"Salt {number}", f"Number {number} is about salt and nothing else.") for number in range(12)
]


@pytest.fixture
def why(tmp_path: Path) -> Why:
    """A function: two posts and perhaps more → why the second may stand beside the first."""

    def found(first: Post, second: Post, *more: Post) -> Reason:
        files = with_vectors(tmp_path, [first, second, *OTHERS, *more])
        posts = PostStore(files)
        one, other = posts.find(first.id), posts.find(second.id)
        assert one
        assert other
        return RelatedPosts(files, posts).reason(one, other)

    return found


def words(reason: Reason) -> list[str]:
    return [term.term for term in reason.terms]


def marked(reason: Reason) -> tuple[str, ...]:
    """The sentences of the first word, each with the word in brackets."""
    assert reason.terms[0].sentences
    shown = []
    for one in reason.terms[0].sentences:
        text = one.text
        for start, end in reversed(one.spans):
            text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
        shown.append(text)
    return tuple(shown)


def test_a_word_is_told_as_the_posts_spell_it_with_a_sentence_of_each(why: Why) -> None:
    reason = why(
        post(
            "a", "Traces", "First of all some words. Spans are sent by OpenTelemetry to a collector. That is all of it."
        ),
        post("b", "Metrics", "We came to know OpenTelemetry as a good choice. It has a price."),
    )
    assert words(reason) == ["OpenTelemetry"]
    assert marked(reason) == (
        "Spans are sent by [OpenTelemetry] to a collector.",
        "We came to know [OpenTelemetry] as a good choice.",
    )


def test_words_that_stand_side_by_side_in_both_are_told_as_one(why: Why) -> None:
    text = "Open a pull request when it is done. Every pull request has an author."
    reason = why(post("a", "Git", text), post("b", "Reviews", f"At first, {text}"))
    assert words(reason)[0] == "pull request"


def test_three_words_are_told_at_most(why: Why) -> None:
    text = "We baked rye, oats, figs, yams, peas, nuts, ham and pies on that day."
    assert len(words(why(post("a", "One", text), post("b", "Two", f"{text} And leek.")))) == 3


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Set the option to false, null or undefined if the layout has a td.", id="values and markup"),
        pytest.param("In 2017 this was 27t23 and in v1 it was not.", id="numbers"),
        pytest.param("On every page you should also read what follows, please.", id="little words"),
        pytest.param("The file lies at /etc/kuma/kuma.conf and in kuma_home then.", id="parts of paths"),
        pytest.param("kuma = kong(mesh);", id="code"),
        pytest.param("Kuma", id="no sentence"),
        pytest.param("- kuma: 5", id="a key of a table"),
    ],
)
def test_what_says_nothing_to_an_editor_is_not_told(why: Why, text: str) -> None:
    assert words(why(post("kuma/a", "One", text), post("kuma/b", "Two", text))) == []


def test_what_stands_in_code_alone_is_not_told(why: Why) -> None:
    parts = section("", "Here is how to do it in a few words.", "kuma.start(mesh)")
    assert words(why(post("a", "One", parts), post("b", "Two", parts))) == []


def test_markup_is_told_where_it_is_the_subject(why: Why) -> None:
    reason = why(
        post("a", "The layout of a page", "What is a layout and what is none?"),
        post("b", "Themes", "This one has a layout of its own, if not more."),
    )
    assert words(reason) == ["layout"]


def test_what_a_quarter_of_the_site_is_about_is_no_reason(why: Why) -> None:
    reason = why(
        post("a", "One", "This is about salt and also about turmeric."),
        post("b", "Two", "Here too is salt, beside turmeric of course."),
    )
    assert words(reason) == ["turmeric"]


def test_little_words_of_another_language_than_the_post_names_are_not_told(why: Why) -> None:
    first = "Este texto não é para todos que estão em casa com a família, mas para quem gosta de fermento."
    second = "O fermento que uso para o pão está em casa com a farinha, mas não é para todos."
    assert "para" not in (told := words(why(post("a", "Um", first), post("b", "Dois", second))))
    assert "fermento" in told


def test_a_capital_at_the_beginning_of_a_sentence_is_none_of_the_word(why: Why) -> None:
    text = "Sourdough is what this was about at first."
    assert words(why(post("a", "One", text), post("b", "Two", text))) == ["sourdough"]


def test_a_paragraph_that_many_posts_repeat_shows_nothing(why: Why) -> None:
    line = "Read this guide with sourdough in your hand, as always."
    first = post("a", "Sourdough", f"{line}\nThe sourdough of my aunt is the best there is.")
    second = post("b", "Rolls", f"{line}\nWith sourdough they rise in an hour or two.")
    more = [post(f"more{number}", f"More {number}", f"{line}\nAnd so on, {number} times over.") for number in range(3)]
    reason = why(first, second, *more)
    assert marked(reason) == (
        "The [sourdough] of my aunt is the best there is.",
        "With [sourdough] they rise in an hour or two.",
    )


@given(st.text(max_size=900), st.integers(0, 900), st.integers(1, 20))
def test_a_sentence_is_cut_around_the_word(text: str, start: int, size: int) -> None:
    span = (min(start, len(text)), min(start + size, len(text)))
    shown = cut(text, [span])
    assert len(shown.text) <= LONGEST_SENTENCE + 2
    assert shown.text.isprintable()
    printable = "".join(one if one.isprintable() else " " for one in text)
    assert [shown.text[first:last] for first, last in shown.spans] == [printable[slice(*span)]]


def test_a_long_text_is_read_in_no_time(why: Why) -> None:
    long = " ".join(f"Sentence {number} has words{number % 500} about the sourdough in it." for number in range(20_000))
    started = time.process_time()
    why(post("a", "One", long), post("b", "Two", long))
    assert time.process_time() - started < 10
