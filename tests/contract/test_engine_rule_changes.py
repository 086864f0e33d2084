"""What a reader would show with one pin, alias or group of synonyms more, or less: as the build after it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from corpora import ask, ids, opened_reader, post
from msgspec.structs import replace as changed

from indexer.model import CurationRule, EngineName, Post
from indexer.search.engine import Reader
from indexer.search.query import parse
from indexer.search.rule_change import RuleChange
from indexer.settings import SearchSettings

PIN, ALIAS, SYNONYMS = CurationRule.PIN, CurationRule.ALIAS, CurationRule.SYNONYMS
POSTS = (
    post(
        "bread", "Rye bread", "Flour, water and salt make a loaf.", pins=("baking",), search_aliases=("pumpernickel",)
    ),
    post("casserole", "A casserole", "Slowly in the oven."),
    post("loaf", "Loaf", "The daily loaf."),
    post("soup", "Onion soup", "Slowly, in broth.", search_aliases=("bouillon", "stock broth")),
    post("stew", "Lamb stew", "Brown the lamb in a pan."),
)
NUMBERS = {one.id: number for number, one in enumerate(POSTS)}
GROUPS = (("stew", "casserole"),)
Built = Callable[..., Reader]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Built:
    @cache
    def make(posts: tuple[Post, ...] = POSTS, groups: tuple[tuple[str, ...], ...] = GROUPS) -> Reader:
        search = SearchSettings(EngineName(engine), groups)
        return opened_reader(tmp_path_factory.mktemp(engine), engine, posts, search)

    return make


def with_rules(post_id: str, **rules: tuple[str, ...]) -> tuple[Post, ...]:
    """The posts, one of them with other pins or aliases."""
    return tuple(changed(one, **rules) if one.id == post_id else one for one in POSTS)


def same(tried: Reader, after: Reader, question: str) -> bool:
    """Whether two readers show the same posts in the same order, with the same suggestion."""
    first, second = ask(tried, question), ask(after, question)
    return (ids(first), first.total, first.suggestion) == (ids(second), second.total, second.suggestion)


@pytest.mark.parametrize("question", ["lunch", "loaf", "Loaf!"])
def test_a_pin_that_is_tried_shows_what_the_next_build_shows(built: Built, question: str) -> None:
    tried = built().as_if(RuleChange(PIN, True, (question,), NUMBERS["soup"]))
    assert ids(ask(tried, question))[0] == "soup"
    assert same(tried, built(with_rules("soup", pins=(question,))), question)


def test_a_pin_that_is_taken_away_as_a_trial_shows_what_the_next_build_shows(built: Built) -> None:
    tried = built().as_if(RuleChange(PIN, False, ("Baking",), NUMBERS["bread"]))
    assert ids(ask(tried, "baking")) == []
    assert same(tried, built(with_rules("bread", pins=())), "baking")


@pytest.mark.parametrize("question", ["bredd", "stew", "oven lamb", "the soup", "loaf", "stews with onions"])
def test_an_alias_that_is_tried_shows_what_the_next_build_shows(built: Built, question: str) -> None:
    tried = built().as_if(RuleChange(ALIAS, True, (question,), NUMBERS["bread"]))
    after = built(with_rules("bread", search_aliases=("pumpernickel", question)))
    assert "bread" in ids(ask(tried, question))[:2]
    assert same(tried, after, question)


@pytest.mark.parametrize(("alias", "left"), [("bouillon", ["stock broth"]), ("Stock broth", ["bouillon"])])
def test_an_alias_that_is_taken_away_as_a_trial_no_longer_finds_its_post(
    built: Built, alias: str, left: list[str], engine: str
) -> None:
    if engine == "whoosh":
        pytest.skip("this engine scores the words of all aliases of a post together")
    tried = built().as_if(RuleChange(ALIAS, False, (alias,), NUMBERS["soup"]))
    after = built(with_rules("soup", search_aliases=tuple(left)))
    assert ids(ask(tried, alias)) == ids(ask(after, alias))
    assert same(tried, after, left[0])


def test_an_alias_that_is_taken_away_as_a_trial_is_no_phrase_of_its_post(built: Built, engine: str) -> None:
    if engine == "whoosh":
        pytest.skip("this engine scores the words of all aliases of a post together")
    reader = built(with_rules("soup", search_aliases=("court bouillon",)))
    assert ids(ask(reader, '"court bouillon"')) == ["soup"]
    tried = reader.as_if(RuleChange(ALIAS, False, ("court bouillon",), NUMBERS["soup"]))
    assert ids(ask(tried, '"court bouillon"')) == []


@pytest.mark.parametrize("question", ["lamb", "brot", "oven dish"])
def test_synonyms_that_are_tried_show_what_the_next_build_shows(built: Built, question: str) -> None:
    group = (question, "loaf")
    tried = built().as_if(RuleChange(SYNONYMS, True, group))
    assert "loaf" in ids(ask(tried, question))
    assert same(tried, built(POSTS, (*GROUPS, group)), question)


def test_synonyms_that_are_taken_away_as_a_trial_stand_for_each_other_no_longer(built: Built) -> None:
    tried = built().as_if(RuleChange(SYNONYMS, False, GROUPS[0]))
    assert ids(ask(tried, "casserole")) == ["casserole"]
    assert same(tried, built(POSTS, ()), "casserole")


def test_a_trial_changes_nothing_for_visitors(built: Built) -> None:
    before = ids(ask(built(), "loaf"))
    built().as_if(RuleChange(PIN, True, ("loaf",), NUMBERS["stew"]))
    assert ids(ask(built(), "loaf")) == before


def test_other_questions_are_answered_as_before(built: Built) -> None:
    tried = built().as_if(RuleChange(PIN, True, ("lunch",), NUMBERS["soup"]))
    assert all(same(tried, built(), question) for question in ("loaf", "baking", "stew", "pumpernickel"))


def test_the_rules_of_a_question_are_told_with_the_change(built: Built) -> None:
    tried = built().as_if(RuleChange(ALIAS, True, ("dark loaf",), NUMBERS["bread"]))
    assert tried.rules(parse("Dark Loaf")).aliased == (NUMBERS["bread"],)
