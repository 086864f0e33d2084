"""What the report says of pins, search aliases and synonyms, and what it rightly leaves out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from corpora import post

from indexer.model import Corpus, CurationRule, Excluded, ExclusionReason, Post
from indexer.search.curation_rules import bad_curation_rules
from indexer.text.token_stream import tokens_of


def lines(
    *posts: Post, excluded: Iterable[Excluded] = (), synonyms: tuple[tuple[str, ...], ...] = ()
) -> list[tuple[str | None, str, str, str]]:
    """Each line of the report as file, what, text and reason; the reason up to its colon."""
    corpus = Corpus(list(posts))
    found = bad_curation_rules(corpus, excluded, tokens_of(corpus), synonyms)
    return [(one.path, str(one.what), one.text, one.reason.partition(":")[0]) for one in found]


def test_pins_and_aliases_that_work_are_not_mentioned() -> None:
    posts = (
        post("a", "Deploying", pins=("go live", "404", "ü"), search_aliases=("shipping", "releases")),
        post("b", "Releasing", pins=("release",), search_aliases=("shipping",)),
    )
    assert lines(*posts) == []


@pytest.mark.parametrize(
    ("pin", "reason"),
    [
        ("?!", "has no word, so nobody can type it"),
        ("long " * 400 + "er", "is longer than the 2,000 characters of a question that are read"),
    ],
    ids=["no word", "too long"],
)
def test_a_pin_that_nobody_can_type_is_reported(pin: str, reason: str) -> None:
    assert lines(post("a", "A", pins=(pin,))) == [("a.md", "pin", pin, reason)]


def test_a_pin_of_the_longest_question_can_be_typed() -> None:
    assert lines(post("a", "A", pins=("x" * 50 + " y" * 975, " ".join(f"w{number}" for number in range(400))))) == []


def test_one_pin_on_several_posts_is_one_line_that_says_who_comes_first() -> None:
    posts = (
        post("a", "A", pins=("deploy", "Deploy!")),
        post("b", "B", pins=("Deploy",), day="2020-01-01"),
        post("c", "C", pins=("deploy",), featured_order=1),
    )
    assert lines(*posts) == [("c.md", "pin", "deploy", "is also that of b.md, a.md")]


def test_one_pin_twice_on_one_post_harms_nobody() -> None:
    assert lines(post("a", "A", pins=("deploy", "Deploy!"))) == []


@pytest.mark.parametrize(
    ("alias", "reason"),
    [
        ("…", "has no word, so nobody can type it"),
        ("RYE BREAD", "is the title of the post, by which it is found anyway"),
        ("Dark bread", "is the title of dark.md, which comes first"),
    ],
    ids=["no word", "its own title", "the title of another"],
)
def test_an_alias_that_adds_nothing_is_reported(alias: str, reason: str) -> None:
    posts = (post("rye", "Rye bread", search_aliases=(alias,)), post("dark", "Dark bread"))
    assert lines(*posts) == [("rye.md", "search alias", alias, reason)]


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (ExclusionReason.DRAFT, "a draft"),
        (ExclusionReason.UNPUBLISHED, "unpublished"),
        (ExclusionReason.HIDDEN, "not to be found"),
        (ExclusionReason.FUTURE, ""),
    ],
)
def test_pins_and_aliases_of_a_hidden_post_are_a_line_each_but_a_future_post_waits(
    why: ExclusionReason, reason: str
) -> None:
    hidden = post("idea", "Idea", pins=("one", "two"), search_aliases=("three",))
    excluded = (Excluded("idea.md", why, post=hidden), Excluded("note.md", ExclusionReason.NO_FRONT_MATTER))
    corpus = Corpus([post("a", "A", pins=("one",))])
    found = bad_curation_rules(corpus, excluded, tokens_of(corpus), ())
    assert [(one.what, one.text) for one in found if reason in one.reason] == (
        [] if why is ExclusionReason.FUTURE else [(CurationRule.PIN, "one, two"), (CurationRule.ALIAS, "three")]
    )


POSTS = (
    post("a", "Kubernetes", "Pods. The rate limit."),
    post("b", "Limits", "A limit of the rate.", search_aliases=("k8s",)),
    post("c", "Schnitt", "Indizes auf Tabellen.", language="de"),
    post("d", "Search", "\u691c\u7d22\u3059\u308b", language="ja"),
)


@pytest.mark.parametrize(
    "group",
    [
        ("kubernetes", "kube"),
        ("kube", "k8s"),
        ("throttling", "rate limits"),
        ("index", "Tabelle"),
        ("limit", "limits", "quota"),
        ("find", "\u691c"),
    ],
    ids=[
        "one that posts have",
        "one that is an alias",
        "a phrase in another form",
        "one of another language",
        "two forms that posts have",
        "one Chinese character",
    ],
)
def test_a_group_with_a_member_in_some_post_is_not_mentioned(group: tuple[str, ...]) -> None:
    assert lines(*POSTS, synonyms=(group,)) == []


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (("throttling", "quota"), ("synonyms", "throttling, quota", "match nothing")),
        (("limit rates", "quota"), ("synonyms", "limit rates, quota", "match nothing")),
        (("pods the", "quota"), ("synonyms", "pods the, quota", None)),
        (("limit", "limits"), ("synonyms", "limit, limits", "do nothing")),
        (("quota", "quotas"), ("synonyms", "quota, quotas", "do nothing")),
        (("limit", "limiting", "quota"), ("synonym", "limiting", 'does nothing beside "limit"')),
        (
            ("limit", "the"),
            (
                "synonym",
                "the",
                "is one of the little words that most posts have, and the others would find all of those",
            ),
        ),
    ],
    ids=[
        "no member in any post",
        "the words apart",
        "over the end of a sentence they stand side by side",
        "one word in two forms",
        "one word in two forms that nobody writes",
        "a form that nobody writes",
        "a stop word",
    ],
)
def test_a_group_of_synonyms_that_misses_its_aim_is_reported(
    group: tuple[str, ...], expected: tuple[str, str, str | None]
) -> None:
    what, text, reason = expected
    assert lines(*POSTS, synonyms=(group,)) == ([(None, what, text, reason)] if reason else [])


def test_files_come_first_and_in_order_then_the_settings() -> None:
    posts = (post("b", "B", pins=("!",)), post("a", "A", search_aliases=("a",)))
    found = lines(*posts, synonyms=(("quota", "throttling"),))
    assert [path for path, _, _, _ in found] == ["a.md", "b.md", None]


def test_of_a_site_without_posts_nothing_is_matched() -> None:
    assert lines(synonyms=(("k8s", "kubernetes"),)) == [(None, "synonyms", "k8s, kubernetes", "match nothing")]
