"""How editors steer search: pins, search aliases, boosts, synonyms and freshness, on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import Site
from corpora import ask, ids, nodes, opened_reader, post

from indexer.model import EngineName, Post, Sort
from indexer.search.applied_rules import AppliedRules
from indexer.search.engine import Reader
from indexer.search.query import parse
from indexer.settings import SearchSettings

# Enough other posts for a word to be rare, of about the same length.
OTHERS = tuple(
    post(f"other-{number}", f"Notes of day {number}", "Flour, water and salt make a plain dough for the evening.")
    for number in range(8)
)
Indexed = Callable[..., Reader]
Steered = Callable[..., Reader]


@pytest.fixture(scope="session")
def steered(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Steered:
    """A function posts → a reader over them, with synonyms or freshness."""

    @cache
    def make(*posts: Post, synonyms: tuple[tuple[str, ...], ...] = (), freshness: float = 0.0) -> Reader:
        search = SearchSettings(EngineName(engine), synonyms, freshness)
        return opened_reader(tmp_path_factory.mktemp(engine), engine, posts, search)

    return make


# ----------------------------------------------------------------------------------------------------- pins

HANDBOOK = (
    post("deploy", "Deploy", "How we deploy: deploy and deploy again."),
    post("notes", "Deploy notes", "Deploy on Monday.", day="2021-01-01"),
    post("runbook", "Runbook", "What to do at night.", pins=("deploy", "Go live!"), tags=("ops",), day="2020-01-01"),
    *OTHERS,
)


@pytest.fixture
def handbook(indexed: Indexed) -> Reader:
    return indexed(*HANDBOOK)


def test_a_pin_comes_first_even_without_the_words_and_before_the_exact_title(handbook: Reader) -> None:
    hits = ask(handbook, "deploy")
    assert ids(hits) == [
        "runbook",  # pinned
        "deploy",  # its title
        "notes",  # a title that starts so
    ]
    assert hits.total == 3


@pytest.mark.parametrize("typed", ["Deploy", "DEPLOY!", '"deploy"', "go live", "go, LIVE"])
def test_a_pin_is_what_is_typed_in_any_case_and_punctuation(handbook: Reader, typed: str) -> None:
    assert ids(ask(handbook, typed))[0] == "runbook"


@pytest.mark.parametrize("typed", ["deploys", "deploy notes", "live", "go", "deploy -monday"])
def test_a_pin_is_the_whole_of_what_is_typed_and_nothing_else(handbook: Reader, typed: str) -> None:
    assert "runbook" not in ids(ask(handbook, typed))


def test_a_pin_comes_first_while_it_is_typed_only_once_it_is_whole(handbook: Reader) -> None:
    firsts = [ids(ask(handbook, "deploy"[:end], prefix=True))[:1] == ["runbook"] for end in range(3, 7)]
    assert firsts == [False, False, False, True]


@pytest.mark.parametrize(
    ("filters", "first"),
    [({"tags": ("ops",)}, ["runbook"]), ({"tags": ("other",)}, []), ({"language": "de"}, [])],
    ids=["that it passes", "that it does not pass", "of another language"],
)
def test_a_pin_passes_through_filters_like_everything_else(
    handbook: Reader, filters: dict[str, Any], first: list[str]
) -> None:
    hits = ask(handbook, "deploy", **filters)
    assert (ids(hits), hits.total) == (first, len(first))


def test_a_pin_is_counted_in_totals_and_facets_and_stands_on_the_first_page_only(handbook: Reader) -> None:
    pages = [ask(handbook, "deploy", page=page, per_page=1) for page in (1, 2, 3, 4)]
    assert [ids(page) for page in pages] == [["runbook"], ["deploy"], ["notes"], []]
    assert {(page.total, page.tags) for page in pages} == {(3, (("ops", 1),))}


def test_by_date_a_pin_is_one_of_the_others(handbook: Reader) -> None:
    assert ids(ask(handbook, "deploy", sort=Sort.DATE)) == ["notes", "runbook", "deploy"]


def test_posts_with_one_pin_follow_each_other_by_featured_order_then_the_newer(indexed: Indexed) -> None:
    reader = indexed(
        post("a", "Deploy", "Deploy, deploy, deploy.", pins=("deploy",)),
        post("b", "B", "Nothing.", pins=("deploy",), day="2020-01-01"),
        post("c", "C", "Nothing.", pins=("Deploy",), day="2021-01-01"),
        post("d", "D", "Nothing.", pins=("deploy",), featured_order=1),
        *OTHERS,
    )
    assert ids(ask(reader, "deploy")) == [
        "d",  # featured
        "c",  # the newer
        "b",
        "a",  # of no date, though its title is what was typed
    ]


# --------------------------------------------------------------------------------------------------- aliases

CLUSTER = (
    post("cluster", "Running a cluster", "Pods and nodes.", search_aliases=("k8s setup", "zookeeper")),
    post("k8s", "K8s setup", "Setting up."),
    post("long", "All of it", "The k8s setup, and again the k8s setup: k8s setup."),
    post("keeper", "Keepers", "A bookkeeper keeps books."),
    *OTHERS,
)


@pytest.fixture
def cluster(indexed: Indexed) -> Reader:
    return indexed(*CLUSTER)


def test_an_alias_comes_right_after_exact_titles(cluster: Reader) -> None:
    assert ids(ask(cluster, "k8s setup")) == [
        "k8s",  # its title
        "cluster",  # its alias
        "long",  # has the words, more than once
    ]


@pytest.mark.parametrize("typed", ["k8s", "setup", '"k8s setup"', "setups", "zookeeper", "zook"])
def test_the_words_of_an_alias_find_the_post(cluster: Reader, typed: str) -> None:
    hits = ask(cluster, typed, prefix=typed == "zook")
    assert "cluster" in ids(hits)
    assert hits.suggestion is None


def test_no_phrase_reaches_from_one_alias_into_another(cluster: Reader) -> None:
    assert ids(ask(cluster, '"setup zookeeper"')) == []


def test_a_misspelt_word_may_be_meant_for_an_alias(cluster: Reader) -> None:
    hits = ask(cluster, "zookeper")
    assert (ids(hits), hits.suggestion) == (["cluster"], "zookeeper")


def test_what_an_alias_says_can_be_excluded(cluster: Reader) -> None:
    assert ids(ask(cluster, "pods -zookeeper")) == []


def test_a_hit_found_by_its_alias_is_shown_as_the_post_is_written(cluster: Reader) -> None:
    (hit,) = ask(cluster, "zookeeper").hits
    assert (hit.title.text, hit.title.spans) == ("Running a cluster", ())
    assert "zookeeper" not in "".join(fragment.text for fragment in hit.snippets)


# ----------------------------------------------------------------------------------------- boost and equals


def test_a_boost_lifts_or_sinks_among_posts_with_the_same_words(indexed: Indexed) -> None:
    reader = indexed(
        post("a-low", "Bread", "Knead the rye.", boost=0.5),
        post("b-plain", "Bread", "Knead the rye."),
        post("c-high", "Bread", "Knead the rye.", boost=2.0),
        *OTHERS,
    )
    assert ids(ask(reader, "knead rye")) == ["c-high", "b-plain", "a-low"]


def test_no_boost_outranks_the_exact_title(indexed: Indexed) -> None:
    reader = indexed(
        post("rye", "Rye", "Nothing to add.", boost=0.1),
        post("all-rye", "Rye and rye", "Rye, rye and rye.", boost=10.0),
        *OTHERS,
    )
    assert ids(ask(reader, "rye")) == ["rye", "all-rye"]


def test_equal_scores_follow_featured_order_then_the_newer_then_the_id(indexed: Indexed) -> None:
    reader = indexed(
        post("a", "Bread", "Knead the rye."),
        post("b", "Bread", "Knead the rye."),
        post("c", "Bread", "Knead the rye.", day="2020-01-01"),
        post("d", "Bread", "Knead the rye.", day="2021-01-01"),
        post("e", "Bread", "Knead the rye.", featured_order=2),
        post("f", "Bread", "Knead the rye.", featured_order=1),
        *OTHERS,
    )
    assert ids(ask(reader, "knead rye")) == [
        "f",  # featured first
        "e",  # featured second
        "d",  # the newer
        "c",  # the older
        "a",  # of no date, by id
        "b",
    ]


def test_featured_order_and_dates_decide_between_equals_only(indexed: Indexed) -> None:
    reader = indexed(
        post("better", "Rye", "Knead the rye.", day="2001-01-01"),
        post("featured", "Bread", "Knead the rye.", featured_order=1, day="2026-01-01"),
        *OTHERS,
    )
    assert ids(ask(reader, "knead rye")) == ["better", "featured"]


# ------------------------------------------------------------------------------------------------- freshness

ARCHIVE = (
    post("a-undated", "Bread", "Knead the rye."),
    post("b-old", "Bread", "Knead the rye.", day="2010-01-01"),
    post("c-year", "Bread", "Knead the rye.", day="2025-01-01"),
    post("d-new", "Bread", "Knead the rye.", day="2026-01-01"),
    post("e-title", "Knead rye", "Of old.", day="1999-01-01"),
    post("f-better", "Rye", "Knead the rye, knead.", day="2010-01-01"),
    *OTHERS,
)


def test_without_freshness_the_date_changes_nothing_but_the_order_of_equals(steered: Steered) -> None:
    assert ids(ask(steered(*ARCHIVE), "knead rye")) == [
        "e-title",  # its title
        "f-better",  # has the words more often
        "d-new",  # four equals, the newer first
        "c-year",
        "b-old",
        "a-undated",
    ]


def test_with_freshness_the_newer_of_two_counts_more_and_the_title_still_most(steered: Steered) -> None:
    assert ids(ask(steered(*ARCHIVE, freshness=10.0), "knead rye")) == [
        "e-title",  # its title
        "d-new",  # eleven times as much
        "c-year",  # six times as much
        "f-better",  # sixteen years old: the words decide
        "b-old",
        "a-undated",
    ]


def test_freshness_finds_nothing_more_and_nothing_less(steered: Steered) -> None:
    plain, fresh = (ask(steered(*ARCHIVE, freshness=much), "knead rye") for much in (0.0, 10.0))
    assert (set(ids(plain)), plain.total) == (set(ids(fresh)), fresh.total)


# -------------------------------------------------------------------------------------------------- synonyms

GROUPS = (("k8s", "kubernetes"), ("rate limit", "throttling", "http 429"), ("kube", "orchestrator"))
LIMITS = (
    post("kubernetes", "Kubernetes", "Pods and nodes."),
    post("k8s", "A k8s story", "How we began."),
    post("limits", "Quotas", "The rate limit is ten a second."),
    post("apart", "Limits", "A limit is a limit, whatever the rate."),
    post("throttling", "Slow down", "Throttling helps."),
    post("orchestra", "An orchestrator", "It conducts."),
    post("cube", "A cube", "Six sides."),
    *OTHERS,
)


@pytest.fixture
def limits(steered: Steered) -> Reader:
    return steered(*LIMITS, synonyms=GROUPS)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("k8s", {"k8s", "kubernetes"}),
        ("Kubernetes", {"k8s", "kubernetes"}),
        ("throttling", {"throttling", "limits"}),
        ("throttled", {"throttling", "limits"}),
        ("rate limit", {"limits", "apart", "throttling"}),
        ("rate limits", {"limits", "apart", "throttling"}),
        ("http 429", {"throttling", "limits"}),
        ("pods throttling", {"kubernetes", "throttling", "limits"}),
        ("pods rate limit", {"kubernetes", "limits", "apart", "throttling"}),
        ("rate", {"limits", "apart"}),
        ("limit rate", {"limits", "apart"}),
        ('"rate limit"', {"limits"}),
        ("kubernets", {"k8s", "kubernetes"}),
    ],
    ids=[
        "a word",
        "the other way round",
        "a phrase for a word",
        "whatever the ending",
        "a word for a phrase",
        "whatever the ending of a phrase",
        "two for one that no post has",
        "among other words",
        "a phrase among other words",
        "a part of a phrase is no synonym",
        "nor is a phrase turned round",
        "what is quoted must be there",
        "of a word that was corrected",
    ],
)
def test_a_synonym_finds_what_the_word_itself_would(limits: Reader, typed: str, expected: set[str]) -> None:
    hits = ask(limits, typed)
    assert set(ids(hits)) == expected
    assert hits.total == len(expected)


def test_a_question_is_told_the_rules_that_bear_on_it(steered: Steered) -> None:
    reader = steered(
        post("deploy", "Deploy", "How we deploy."),
        post("limits", "Rate limit", "Ten a second.", search_aliases=("quota",)),
        post("runbook", "Runbook", "At night.", pins=("Deploy!",)),
        synonyms=(("rate limit", "throttling"), ("k8s", "Kubernetes")),
    )
    assert reader.rules(parse("deploy")) == AppliedRules(pinned=(2,))
    assert reader.rules(parse("/limits/")) == AppliedRules()  # it comes first, and nobody said so
    assert reader.rules(parse("Quota")) == AppliedRules(aliased=(1,))
    assert reader.rules(parse("why throttling")) == AppliedRules(synonyms=(("throttling", ("rate limit",)),))
    assert reader.rules(parse("k8s")) == AppliedRules()  # no post has the other word


def test_what_was_typed_counts_more_than_its_synonym(limits: Reader) -> None:
    assert ids(ask(limits, "k8s")) == ["k8s", "kubernetes"]
    assert ids(ask(limits, "kubernetes")) == ["kubernetes", "k8s"]


def test_a_word_that_only_the_synonyms_know_is_not_respelt(limits: Reader) -> None:
    hits = ask(limits, "kube")
    assert (ids(hits), hits.suggestion) == (["orchestra"], None)


def test_an_exclusion_uses_no_synonyms(limits: Reader) -> None:
    assert set(ids(ask(limits, "pods story -k8s"))) == {"kubernetes"}


def test_a_synonym_is_shown_where_it_stands(limits: Reader) -> None:
    (hit,) = [hit for hit in ask(limits, "throttling").hits if hit.post.id == "limits"]
    ((fragment,),) = [hit.snippets]
    assert [fragment.text[start:end] for start, end in fragment.spans] == ["rate", "limit"]


def test_a_very_common_word_has_synonyms_only_where_nothing_else_was_typed(steered: Steered) -> None:
    reader = steered(post("about", "About us", "Information technology."), *OTHERS, synonyms=(("it", "technology"),))
    assert ids(ask(reader, "it")) == ["about"]
    assert "about" not in ids(ask(reader, "is it flour"))


def test_words_that_differ_in_their_ending_only_are_no_synonyms(steered: Steered) -> None:
    posts = (
        post("one", "Cache", "Store it."),
        post("two", "Caches and pots", "Caching, a pot, a pot and a cache."),
        *OTHERS,
    )
    plain, grouped = (steered(*posts, synonyms=groups) for groups in ((), (("cache", "caches"),)))
    assert [hit.score for hit in ask(plain, "cache").hits] == [hit.score for hit in ask(grouped, "cache").hits]


# ---------------------------------------------------------------------------------------------------- hidden


def test_a_post_that_says_search_false_never_appears(tmp_path: Path, engine: str) -> None:
    site = Site(tmp_path / "site")
    search = SearchSettings(EngineName(engine), (("rye", "secret"),), opensearch=nodes())
    site.settings = replace(site.settings, search=search)
    site.post("hidden.md", "Secret rye", "Rye.", search="false", searchPins="[rye]", searchAliases="[rye]")
    site.post("shown.md", "Rye", "Rye bread.", search="{boost: 0.5}")
    site.build()
    reader = site.open().reader
    for typed in ("rye", "secret rye", "secret", "-bread"):
        assert "hidden" not in ids(ask(reader, typed))
