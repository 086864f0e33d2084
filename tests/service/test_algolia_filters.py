"""Filters of Algolia's protocol: each does what it says, or is refused with a reason; none is passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import EMBEDDED, Site, json_of
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import InvalidQuery
from indexer.settings import SearchSettings
from service.algolia import filters
from service.algolia.filters import DEEPEST, MOST_COMPARISONS
from service.app import create_app

EVERYTHING = {"rye", "oats", "hops", "barley", "undated"}


@pytest.fixture(scope="module", params=EMBEDDED)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The same posts in each engine."""
    site = Site(tmp_path_factory.mktemp("filters"))
    site.settings = replace(site.settings, search=SearchSettings(engine=request.param))
    site.post("rye.md", "Rye", tags="[bread & butter, grain]", date="2020-01-01")
    site.post("oats.md", "Oats", tags="[grain, 'C++']", date="2021-01-01", language="en-GB")
    site.post("hops.md", "Hops", tags="['-bitter', beer]", date="2022-01-01", language="de")
    site.post("barley.md", "Barley", tags="[beer, grain, 'two: words']", date="2023-01-01")
    site.post("undated.md", "Undated", tags="[beer]")
    site.build()
    return create_app(site.settings).test_client()


def found(client: FlaskClient, **item: Any) -> set[str]:
    answer = client.post("/algolia", data=json.dumps({"requests": [item]}))
    assert answer.status_code == 200, answer.text
    return {hit["objectID"] for hit in json_of(answer)["results"][0]["hits"]}


def refused(client: FlaskClient, **item: Any) -> str:
    answer = client.post("/algolia", data=json.dumps({"requests": [item]}))
    assert answer.status_code == 400, answer.text
    message: str = json_of(answer)["message"]
    return message


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (["tags:grain"], {"rye", "oats", "barley"}),
        (["tags:grain", "tags:beer"], {"barley"}),
        ([["tags:bread & butter", "tags:beer"]], {"rye", "hops", "barley", "undated"}),
        (["tags:grain", ["tags:C++", "tags:beer"]], {"oats", "barley"}),
        ("tags:grain", {"rye", "oats", "barley"}),
        (["tags:-grain"], {"hops", "undated"}),
        ([["tags:-grain", "tags:C++"]], {"hops", "undated", "oats"}),
        (["tags:\\-bitter"], {"hops"}),
        (["tags:two: words"], {"barley"}),
        (["tags:GRAIN"], {"rye", "oats", "barley"}),
        (["tags:nothing"], set()),
        ([], EVERYTHING),
        ([[]], EVERYTHING),
        ('["tags:grain",["tags:beer"]]', {"barley"}),
    ],
)
def test_facet_filters_are_lists_of_choices(client: FlaskClient, value: Any, ids: set[str]) -> None:
    assert found(client, facetFilters=value) == ids


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("lang:en-US", {"rye", "oats", "barley", "undated"}),
        (["language:en"], {"rye", "oats", "barley", "undated"}),
        (["language:de-AT"], {"hops"}),
        (["language:-de"], {"rye", "oats", "barley", "undated"}),
        (["language:"], set()),
    ],
)
def test_languages_are_compared_by_their_primary_subtag(client: FlaskClient, value: Any, ids: set[str]) -> None:
    assert found(client, facetFilters=value) == ids


@pytest.mark.parametrize(
    "value",
    [
        ["language:en", ["docusaurus_tag:default", "docusaurus_tag:docs-default-current"]],
        ["version:1.0", "lang:en-US"],
        ["docsearch:language:en", "language:en"],
        ["docusaurus_tag:-x", "lang:en"],
    ],
)
def test_what_themes_filter_by_unasked_is_met_by_every_post(client: FlaskClient, value: Any) -> None:
    assert found(client, facetFilters=value, tagFilters=["x"]) == {"rye", "oats", "barley", "undated"}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("tags:grain", {"rye", "oats", "barley"}),
        ('tags:"bread & butter"', {"rye"}),
        ("tags:'bread & butter'", {"rye"}),
        ('"tags":"two: words"', {"barley"}),
        ("tags:grain AND tags:beer", {"barley"}),
        ("tags:C++ OR tags:-bitter", {"oats", "hops"}),
        ("NOT tags:grain", {"hops", "undated"}),
        ("tags:beer AND NOT tags:grain", {"hops", "undated"}),
        ("tags:beer AND NOT (tags:grain OR language:de)", {"undated"}),
        ("tags:C++ OR tags:beer AND tags:grain", {"oats", "barley"}),
        ("(tags:C++ OR tags:beer) AND tags:grain", {"oats", "barley"}),
        ("(tags:C++ OR tags:beer) AND language:de", {"hops"}),
        ("date >= 1640995200", {"hops", "barley"}),
        ("date > 1640995200", {"barley"}),
        ("timestamp<1609459200", {"rye"}),
        ("date <= 1609459200.5 AND tags:grain", {"rye", "oats"}),
        ("date = 1609459200", {"oats"}),
        ("date = 1609459201", set()),
        ("date != 1609459200", EVERYTHING - {"oats"}),
        ("date:1577836800 TO 1609459200", {"rye", "oats"}),
        ("date >= -1", EVERYTHING - {"undated"}),
        ("date <= 999999999999999", EVERYTHING - {"undated"}),
        ("date > 999999999999999", set()),
        ("", EVERYTHING),
        ("  ", EVERYTHING),
    ],
)
def test_filters_are_read_as_they_are_documented(client: FlaskClient, text: str, ids: set[str]) -> None:
    assert found(client, filters=text) == ids


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("date>=1640995200", {"hops", "barley"}),
        (["date>=1609459200", "timestamp < 1640995200"], {"oats"}),
        ([["date<1600000000", "date>=1672531200"]], {"rye", "barley"}),
    ],
)
def test_numeric_filters_are_lists_of_choices_by_date(client: FlaskClient, value: Any, ids: set[str]) -> None:
    assert found(client, numericFilters=value) == ids


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("filters", "tags"),
        ("filters", "grain"),
        ("filters", "tags:"),
        ("filters", "tags:a and tags:b"),
        ("filters", "tags:a tags:b"),
        ("filters", "(tags:a"),
        ("filters", "tags:a)"),
        ("filters", 'tags:"a'),
        ("filters", "tags > 5"),
        ("filters", "date >= tomorrow"),
        ("filters", "date >= 2020-01-01"),
        ("filters", "author:ann"),
        ("filters", "NOT"),
        ("filters", "AND"),
        ("filters", "tags:a<score=2>"),
        ("filters", "!"),
        ("filters", "(" * 5_000),
        ("filters", "NOT " * 5_000 + "tags:a"),
        ("filters", " OR ".join(["tags:a"] * (MOST_COMPARISONS + 1))),
        ("facetFilters", ["tags"]),
        ("facetFilters", ["author:ann"]),
        ("facetFilters", ["tags:a"] * (MOST_COMPARISONS + 1)),
        ("facetFilters", [[["tags:a"]]]),
        ("numericFilters", ["price<3"]),
        ("numericFilters", ["date"]),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(client: FlaskClient, key: str, value: Any) -> None:
    assert key in refused(client, **{key: value})


def test_brackets_may_stand_as_deep_as_anybody_writes_them(client: FlaskClient) -> None:
    assert found(client, filters="(" * DEEPEST + "tags:C++" + ")" * DEEPEST) == {"oats"}


def test_all_filters_hold_at_once(client: FlaskClient) -> None:
    since = int(datetime(2020, 6, 1, tzinfo=UTC).timestamp())
    item = {"facetFilters": ["tags:grain"], "filters": "NOT tags:beer", "numericFilters": [f"date>={since}"]}
    assert found(client, **item) == {"oats"}


PIECES = [*"ab:\"'\\()<>=! ", "AND", " OR ", "NOT ", "tags", "date", "1", "TO"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read_or_refused_by_its_name(text: str) -> None:
    try:
        filters.filters("filters", text)
    except InvalidQuery as error:
        said = str(error)
    else:
        said = "filters "
    assert said.startswith("filters ")
