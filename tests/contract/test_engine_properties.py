"""Any small corpus, any question: the posts that are found are those that a naive reading of the rules finds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from conftest import examples
from corpora import ask, ids, opened_reader, post, section
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.model import Post, Sort
from indexer.search.engine import Reader

# Too short to be corrected, no stop words, each its own stem: for these the rules can be told without any analysis.
WORDS = ("rye", "oat", "fig", "yam", "pea", "nut", "ham", "pie")
runs = st.lists(st.sampled_from(WORDS), max_size=4).map(tuple)


@contextmanager
def opened(engine: str, posts: Iterable[Post]) -> Iterator[Reader]:
    """Hypothesis asks for many readers in one test, so each has a folder of its own."""
    with tempfile.TemporaryDirectory() as directory:
        yield opened_reader(Path(directory), engine, posts)


@dataclass(frozen=True)
class Piece:
    """One piece of a question: one word or a phrase of several, maybe excluded."""

    words: tuple[str, ...]
    excluded: bool

    def typed(self) -> str:
        text = " ".join(self.words)
        return ("-" if self.excluded else "") + (f'"{text}"' if len(self.words) > 1 else text)


pieces = st.builds(Piece, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple), st.booleans())
questions = st.lists(pieces, min_size=1, max_size=4)


@st.composite
def corpora(draw: st.DrawFn) -> list[Post]:
    """Up to five posts of a few words in every field there is."""

    def text() -> str:
        return " ".join(draw(runs))

    return [
        post(
            f"{number}",
            text(),
            text(),
            *(section(text(), text(), text()) for _ in range(draw(st.integers(0, 2)))),
            description=text(),
            tags=tuple(dict.fromkeys(tag for _ in range(draw(st.integers(0, 2))) if (tag := text()))),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


def parts(one: Post) -> list[list[str]]:
    """Every part of a post that a phrase must lie within, as words."""
    texts = [one.title, one.description, *one.tags]
    texts += chain.from_iterable((each.heading, each.text, each.code) for each in one.sections)
    return [text.split() for text in texts]


def says(one: Post, words: tuple[str, ...]) -> bool:
    """Whether the words stand side by side in some part of a post."""
    length = len(words)
    return any(
        tuple(part[first : first + length]) == words for part in parts(one) for first in range(len(part) - length + 1)
    )


def matches(one: Post, question: list[Piece]) -> bool:
    """All phrases, or any word where there is no phrase, or everything where both are missing; nothing excluded."""
    if any(piece.excluded and says(one, piece.words) for piece in question):
        return False
    wanted = [piece.words for piece in question if not piece.excluded]
    phrases = [words for words in wanted if len(words) > 1]
    if phrases:
        return all(says(one, words) for words in phrases)
    return any(says(one, words) for words in wanted) or not wanted


@given(posts=corpora(), asked=st.lists(questions, min_size=1, max_size=8), per_page=st.integers(1, 3))
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_is_what_the_rules_say_and_the_pages_are_a_partition_of_it(
    engine: str, posts: list[Post], asked: list[list[Piece]], per_page: int
) -> None:
    with opened(engine, posts) as reader:
        for question in asked:
            text = " ".join(piece.typed() for piece in question)
            expected = {one.id for one in posts if matches(one, question)}
            for sort in Sort:
                pages = [ask(reader, text, sort=sort, page=page, per_page=per_page) for page in range(1, 7)]
                found = list(chain.from_iterable(map(ids, pages)))
                assert {page.total + page.more for page in pages} == {len(expected)}
                assert len(found) == len(set(found)) == pages[0].total
                assert set(found) == expected if sort is Sort.RELEVANCE else set(found) <= expected, text


@given(posts=corpora(), before=st.lists(st.sampled_from(WORDS), max_size=2), begun=st.sampled_from("rofypnhz"))
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_unfinished_word_finds_every_post_with_a_word_that_starts_so(
    engine: str, posts: list[Post], before: list[str], begun: str
) -> None:
    def has(one: Post) -> bool:
        return any(word in before or word.startswith(begun) for part in parts(one) for word in part)

    with opened(engine, posts) as reader:
        hits = ask(reader, " ".join([*before, begun]), prefix=True)
    assert set(ids(hits)) == {one.id for one in posts if has(one)}


# What titles are made of: stop words, forms of one stem, signs, other scripts.
TITLE_WORDS = ("the", "of", "to", "a", "cache", "caches", "caching", "C++", "C#", "Node.js", "缓存", "Über", "O’Reilly")
titles = st.lists(
    st.lists(st.sampled_from(TITLE_WORDS), min_size=1, max_size=5).map(tuple), min_size=1, max_size=6, unique=True
)


@given(titles=titles, join=st.sampled_from([" ", ", ", " – ", ": ", ' "']), data=st.data())
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_types_a_title_gets_its_post_first(
    engine: str, titles: list[tuple[str, ...]], join: str, data: st.DataObject
) -> None:
    bodies = st.lists(st.sampled_from(TITLE_WORDS), max_size=30).map(" ".join)
    posts = [post(f"{n}", join.join(words), data.draw(bodies)) for n, words in enumerate(titles)]
    with opened(engine, posts) as reader:
        for one in posts:
            for prefix in (False, True):
                assert ids(ask(reader, one.title, prefix=prefix))[:1] == [one.id], one.title
