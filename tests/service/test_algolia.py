"""Algolia's protocol: what its clients send is understood, and what they need is in the answer."""

from __future__ import annotations

import gzip
import http.client
import json
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import Site, json_of
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE, Server, serving
from werkzeug.test import TestResponse

from indexer.search.query import DEEPEST_HIT
from indexer.settings import ServiceSettings
from service.admission import LARGEST_BODY, REFUSAL
from service.algolia.requests import LONGEST_QUESTIONS, MOST_ITEMS, MOST_SHARED_HITS
from service.app import create_app

QUERIES = "/algolia/1/indexes/*/queries"
RECOMMENDATIONS = "/algolia/1/indexes/*/recommendations"
BLOG = "https://blog.example"
MARK = {"highlightPreTag": "<mark>", "highlightPostTag": "</mark>"}
AIS = {"highlightPreTag": "__ais-highlight__", "highlightPostTag": "__/ais-highlight__"}
LONG = " ".join(f"word{number}" for number in range(100))

Json = dict[str, Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Posts that stay as they are for all tests of this file."""
    site = Site(tmp_path_factory.mktemp("algolia"))
    site.configure(site=BLOG)
    site.settings = replace(site.settings, service=ServiceSettings(origins=(BLOG,)))
    site.post(
        "notes/hull-week.md",
        "Hull week",
        'Seven days in the yard.\n\n## Scraping the hull\n\nA barnacle comes off & leaves a "ring" it\'s <b>fine</b>.',
        tags='["boats", "bread & butter"]',
        date="2019-06-18",
        description="What we did to the hull.",
        relatedPosts='["notes/letters"]',
    )
    site.post("notes/letters.md", "Letters", "Post from the harbour.", tags="[letters, boats]", date="2020-01-02")
    site.post("notes/harbour.md", "Harbour lights", "Lamps of the harbour.", tags="[light, '-dark']", date="2021-03-04")
    site.post("long.md", "Long", f"## Middle\n\n{LONG} heliograph {LONG}", date="2018-01-01")
    site.post("1984.md", "1984", "A novel read at sea.", tags="['2019', books]", date="2017-01-01")
    site.post("leuchtturm.md", "Leuchtturm", "Ein Licht im Hafen.", language="de", tags="[light]")
    site.post("tower.md", "Tower", "A light, too.", language="en-GB", tags="[light]")
    site.build()
    return site


@pytest.fixture(scope="module")
def client(site: Site) -> FlaskClient:
    return create_app(site.settings).test_client()


def post(client: FlaskClient, path: str, body: Any, **headers: str) -> TestResponse:
    """Sends JSON under the type of version 5, from a page of the site."""
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, data=data, content_type="text/plain", headers={"Origin": BLOG, **headers})


def results(client: FlaskClient, *items: Json, path: str = QUERIES) -> list[Json]:
    answer = post(client, path, {"requests": list(items)})
    assert answer.status_code == 200, answer.text
    found: list[Json] = json_of(answer)["results"]
    return found


def result(client: FlaskClient, query: str = "", **item: Any) -> Json:
    return results(client, {"indexName": "blog", "query": query, **item})[0]


def titles(client: FlaskClient, query: str = "", **item: Any) -> list[str]:
    return [hit["title"] for hit in result(client, query, **item)["hits"]]


def first(client: FlaskClient, query: str, **item: Any) -> Json:
    hit: Json = result(client, query, **item)["hits"][0]
    return hit


# ----------------------------------------------------------------------------------------- what clients send


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", ""])
def test_a_body_is_json_whatever_its_type_says(client: FlaskClient, kind: str) -> None:
    body = json.dumps({"requests": [{"indexName": "blog", "query": "barnacle"}]})
    answer = client.post(f"{QUERIES}?x-algolia-agent=a&x-algolia-api-key=k", data=body, content_type=kind)
    assert [hit["title"] for hit in json_of(answer)["results"][0]["hits"]] == ["Hull week"]


def test_version_4_is_understood_with_its_params_as_a_query_string(client: FlaskClient) -> None:
    params = urlencode({"query": "", "facets": '["tags"]', "hitsPerPage": "2", "facetFilters": '[["tags:light"]]'})
    (found,) = results(client, {"indexName": "blog", "params": params})
    assert (found["nbHits"], len(found["hits"]), found["facets"]["tags"]["light"]) == (3, 2, 3)


@pytest.mark.parametrize(
    "item",
    [
        {"query": "barnacle", "params": "facets=tags"},
        {"params": "query=barnacle&facets=%5B%22tags%22%5D"},
        {"params": {"query": "barnacle", "facets": "tags"}},
        {"query": "barnacle", "facets": "tags"},
        {"query": "barnacle", "facets": ["tags"], "params": "query=lamps&facets=language"},
    ],
)
def test_params_may_be_a_text_or_an_object_and_what_stands_beside_them_counts(client: FlaskClient, item: Json) -> None:
    (found,) = results(client, item)
    assert (found["query"], found["facets"]) == ("barnacle", {"tags": {"boats": 1, "bread & butter": 1}})


def test_results_stand_in_the_order_of_the_items(client: FlaskClient) -> None:
    items = [{"indexName": name, "query": query} for name, query in (("a", "barnacle"), ("b", "lamps"), ("c", "novel"))]
    found = results(client, *items)
    assert [(one["index"], one["hits"][0]["title"]) for one in found] == [
        ("a", "Hull week"),
        ("b", "Harbour lights"),
        ("c", "1984"),
    ]


def test_one_index_is_asked_for_one_answer(client: FlaskClient) -> None:
    answer = post(client, "/algolia/1/indexes/my%2Fblog/query", {"query": "barnacle", "hitsPerPage": 1})
    assert (json_of(answer)["index"], json_of(answer)["hits"][0]["title"]) == ("my/blog", "Hull week")


@pytest.mark.parametrize(
    "path",
    [
        "/algolia",
        "/algolia/",
        "/algolia?-dsn.algolia.net/1/indexes/*/queries?x-algolia-agent=a",
        "/algolia/1/indexes/%2A/queries",
    ],
)
def test_the_bare_prefix_answers_what_an_application_id_with_a_mark_leads_to(client: FlaskClient, path: str) -> None:
    assert results(client, {"query": "barnacle"}, path=path)[0]["nbHits"] == 1


def test_no_requests_have_no_results(client: FlaskClient) -> None:
    assert results(client) == []


# ------------------------------------------------------------------------------------------------ the question


def test_the_last_word_may_be_unfinished(client: FlaskClient) -> None:
    assert titles(client, "barna") == ["Hull week"]


@pytest.mark.parametrize("item", [{}, {"query": ""}, {"query": "  "}, {"query": None}])
def test_nothing_typed_finds_all_posts_the_newest_first(client: FlaskClient, item: Json) -> None:
    (found,) = results(client, {"hitsPerPage": 3, **item})
    assert found["nbHits"] == 7
    assert [hit["title"] for hit in found["hits"]] == ["Harbour lights", "Letters", "Hull week"]


def test_control_characters_and_halves_of_characters_are_blanks(client: FlaskClient) -> None:
    body = b'{"requests":[{"query":"\\u0000barnacle\\u0007\\n\\ud83d"}]}'
    assert json_of(post(client, QUERIES, body))["results"][0]["nbHits"] == 1


def test_a_long_question_is_cut_at_a_word(client: FlaskClient) -> None:
    found = result(client, f"barnacle {'x' * 90} " * 400)
    assert found["nbHits"] == 1
    assert len(found["query"]) <= LONGEST_QUESTIONS
    assert set(found["query"].split()) == {"barnacle", "x" * 90}


def test_a_misspelt_question_is_answered_and_marked_as_it_is_spelt_right(client: FlaskClient) -> None:
    hit = first(client, "barnacel", attributesToSnippet=["content:5"])
    assert "<em>barnacle</em>" in hit["_snippetResult"]["content"]["value"]
    assert hit["_highlightResult"]["content"]["matchLevel"] == "full"


@given(st.text(st.characters(), max_size=300))
def test_any_question_has_an_answer(client: FlaskClient, text: str) -> None:
    assert post(client, QUERIES, {"requests": [{"query": text}]}).status_code == 200


# ------------------------------------------------------------------------------------------------------- pages


def test_pages_count_from_nought(client: FlaskClient) -> None:
    pages = [result(client, page=page, hitsPerPage=3) for page in range(4)]
    assert [len(page["hits"]) for page in pages] == [3, 3, 1, 0]
    assert {(page["nbHits"], page["nbPages"]) for page in pages} == {(7, 3)}
    assert len({hit["objectID"] for page in pages for hit in page["hits"]}) == 7


def test_no_hits_may_be_asked_for_and_are_still_counted(client: FlaskClient) -> None:
    found = result(client, hitsPerPage=0, facets="*")
    assert (found["hits"], found["nbHits"], found["nbPages"]) == ([], 7, 0)
    assert found["facets"]["tags"]["boats"] == 2


def test_more_hits_than_there_may_be_are_as_many_as_there_may_be(client: FlaskClient) -> None:
    assert result(client)["hitsPerPage"] == 20
    assert result(client, hitsPerPage=5_000)["hitsPerPage"] == DEEPEST_HIT


@pytest.mark.parametrize("items", [2, 7, MOST_ITEMS - 1])
def test_items_of_one_request_share_what_it_may_cost(client: FlaskClient, items: int) -> None:
    """A page of 20 hits each fits whatever their number is."""
    long = {"query": "word " * 500, "hitsPerPage": 1_000}
    many = results(client, *[long] * items, {"query": "", "hitsPerPage": 0})
    assert 20 * items <= sum(one["hitsPerPage"] for one in many) <= MOST_SHARED_HITS
    assert sum(len(one["query"]) for one in many) <= LONGEST_QUESTIONS


# ------------------------------------------------------------------------------------------------------ facets


def test_facets_are_counted_with_the_filters_of_their_item(client: FlaskClient) -> None:
    item = {"facets": ["tags"], "facetFilters": [["tags:boats"]], "hitsPerPage": 0}
    assert results(client, item)[0]["facets"] == {"tags": {"boats": 2, "bread & butter": 1, "letters": 1}}


def test_languages_are_counted_as_filters_tell_them_apart(client: FlaskClient) -> None:
    found = result(client, facets=["language", "lang", "docusaurus_tag"])["facets"]
    assert found == {"language": {"en": 6, "de": 1}, "lang": {"en": 6, "de": 1}}


def test_facets_are_in_the_answer_only_if_they_are_asked_for(client: FlaskClient) -> None:
    assert "facets" not in result(client)
    assert result(client, facets="*")["facets"].keys() == {"tags", "language"}
    assert result(client, facets="*", maxValuesPerFacet=1)["facets"]["tags"] == {"light": 3}


def test_values_of_a_facet_are_found_by_the_beginning_of_any_of_their_words(client: FlaskClient) -> None:
    item = {"type": "facet", "facet": "tags", "facetQuery": "butt", **AIS}
    (found,) = results(client, item)
    expected = {
        "value": "bread & butter",
        "highlighted": "bread & __ais-highlight__butt__/ais-highlight__er",
        "count": 1,
    }
    assert (found["facetHits"], found["exhaustiveFacetsCount"]) == ([expected], True)


def test_values_of_a_facet_are_those_of_what_is_asked(client: FlaskClient) -> None:
    body = {"facetQuery": "", "query": "harbour", "maxFacetHits": 2}
    answer = json_of(post(client, "/algolia/1/indexes/blog/facets/tags/query", body))
    assert [hit["value"] for hit in answer["facetHits"]] == ["-dark", "boats"]
    assert results(client, {"type": "facet", "facet": "colour", "facetQuery": "r"})[0]["facetHits"] == []


# ------------------------------------------------------------------------------------------------- the record


def test_a_hit_is_its_best_section(client: FlaskClient) -> None:
    hit = first(client, "barnacle")
    assert hit["objectID"] == "notes/hull-week#scraping-the-hull"
    assert hit["url"] == f"{BLOG}/notes/hull-week/#scraping-the-hull"
    assert (hit["url_without_anchor"], hit["anchor"]) == (f"{BLOG}/notes/hull-week/", "scraping-the-hull")
    assert hit["type"] == "content"
    assert hit["hierarchy"] == {
        "lvl0": "Boats",
        "lvl1": "Hull week",
        "lvl2": "Scraping the hull",
        **dict.fromkeys(("lvl3", "lvl4", "lvl5", "lvl6")),
    }
    assert list(hit["_highlightResult"]["hierarchy"]) == ["lvl0", "lvl1", "lvl2"]
    assert hit["timestamp"] == datetime(2019, 6, 18, tzinfo=UTC).timestamp()


def test_a_hit_whose_title_has_all_that_was_typed_is_the_post_itself(client: FlaskClient) -> None:
    hit = first(client, "hull week")
    assert (hit["type"], hit["url"], hit["anchor"]) == ("lvl1", f"{BLOG}/notes/hull-week/", None)
    assert hit["hierarchy"]["lvl2"] is None


def test_a_hit_whose_heading_was_typed_leads_to_it(client: FlaskClient) -> None:
    hit = first(client, "scraping")
    assert (hit["type"], hit["anchor"]) == ("lvl2", "scraping-the-hull")


def test_every_text_is_in_the_highlights_whether_it_matched_or_not(client: FlaskClient) -> None:
    for hit in result(client)["hits"]:
        highlights = hit["_highlightResult"]
        assert highlights.keys() == {"title", "content", "description", "tags", "hierarchy"}
        assert highlights["title"] == {
            "value": hit["title"],
            "matchLevel": "none",
            "matchedWords": [],
            "fullyHighlighted": False,
        }
        assert len(highlights["tags"]) == len(hit["tags"])
        assert hit["content"]


@pytest.mark.parametrize(("query", "level"), [("barnacle", "full"), ("barnacle lamps", "partial")])
def test_a_match_is_full_only_with_all_words_of_the_question(client: FlaskClient, query: str, level: str) -> None:
    hit = next(hit for hit in result(client, query)["hits"] if hit["title"] == "Hull week")
    assert hit["_highlightResult"]["content"]["matchLevel"] == level


def test_an_unfinished_word_is_one_of_the_words_of_the_question(client: FlaskClient) -> None:
    hit = first(client, "scraping the hul")
    assert (hit["type"], hit["_highlightResult"]["hierarchy"]["lvl2"]["matchLevel"]) == ("lvl2", "full")


def test_groups_are_tags_or_folders_and_never_a_number(client: FlaskClient) -> None:
    groups = {hit["title"]: hit["hierarchy"]["lvl0"] for hit in result(client)["hits"]}
    assert groups["Letters"] == "Letters"
    assert groups["1984"] == "Books"
    assert groups["Long"] == "Posts"
    assert first(client, "1984")["hierarchy"]["lvl1"] == "1984\u2060"  # JavaScript sorts whole numbers to the front


def test_urls_are_absolute_with_the_page_that_asks_where_no_site_is_set(site: Site) -> None:
    settings = replace(site.settings, content=replace(site.settings.content, site=""))
    client = create_app(settings).test_client()
    asked = {"requests": [{"query": "lamps"}]}
    urls = [
        json_of(client.post(QUERIES, data=json.dumps(asked), headers={"Origin": origin}))["results"][0]["hits"][0][
            "url"
        ]
        for origin in (BLOG, "https://elsewhere.example")
    ]
    assert urls == [f"{BLOG}/notes/harbour/", "http://localhost/notes/harbour/"]


# --------------------------------------------------------------------------------- highlights and snippets


@pytest.mark.parametrize(
    ("tags", "escaped"),
    [(AIS, False), ({}, True), (MARK, True)],
)
def test_text_is_escaped_where_the_tags_are_markup_and_raw_where_clients_escape(
    client: FlaskClient, tags: Json, escaped: bool
) -> None:
    hit = first(client, "barnacle", **tags)
    ring = "leaves a &quot;ring&quot; it&#039;s" if escaped else 'leaves a "ring" it\'s'
    group = "Bread &amp; butter" if escaped else "Bread & butter"
    for text in (hit["content"], hit["_highlightResult"]["content"]["value"]):
        assert ring in text
    assert hit["tags"] == ["boats", "bread & butter"]
    assert hit["_highlightResult"]["tags"][1]["value"].capitalize() == group
    assert "<b>" not in hit["content"]


def test_the_tags_of_the_request_stand_around_what_matched(client: FlaskClient) -> None:
    values = [first(client, "barnacle", **tags)["_highlightResult"]["content"]["value"] for tags in ({}, MARK, AIS)]
    assert ["<em>barnacle</em>" in values[0], "<mark>barnacle</mark>" in values[1]] == [True, True]
    assert "__ais-highlight__barnacle__/ais-highlight__" in values[2]


@pytest.mark.parametrize("words", [3, 15, 40])
def test_a_snippet_begins_near_its_first_match(client: FlaskClient, words: int) -> None:
    hit = first(client, "heliograph", attributesToSnippet=[f"content:{words}"], snippetEllipsisText=" [..] ")
    snippet = hit["_snippetResult"]["content"]["value"]
    before, _, after = snippet.partition("<em>heliograph</em>")
    assert (snippet[:6], snippet[-6:]) == (" [..] ", " [..] ")
    assert len(before.replace(" [..] ", "").split()) <= words // 3
    assert len(after.split()) <= words


def test_a_snippet_of_no_given_length_has_ten_words(client: FlaskClient) -> None:
    assert first(client, "heliograph")["_snippetResult"]["content"]["value"].strip("…").count(" ") == 9


# ---------------------------------------------------------------------------------------------------- transport


def test_answers_may_be_read_by_the_pages_of_the_site_only(client: FlaskClient) -> None:
    ours, theirs = (post(client, QUERIES, {"requests": []}, Origin=origin) for origin in (BLOG, "https://x.example"))
    assert ours.headers["Access-Control-Allow-Origin"] == BLOG
    assert "Access-Control-Allow-Origin" not in theirs.headers
    assert "Origin" in theirs.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (QUERIES, b"[", 400),
        (QUERIES, b"[]", 400),
        (QUERIES, b"", 400),
        (QUERIES, b"[" * 10_000, 400),
        (QUERIES, {"requests": {}}, 400),
        (QUERIES, {"requests": ["x"]}, 400),
        (QUERIES, {"requests": [{}] * (MOST_ITEMS + 1)}, 400),
        (QUERIES, {"requests": [], "x": "x" * 66_000}, 413),
        ("/algolia/1/indexes/blog/browse", {}, 404),
        ("/algolia/2/abtests", {}, 404),
    ],
)
def test_every_error_has_the_body_that_clients_read_and_may_be_read(
    client: FlaskClient, path: str, body: Any, status: int
) -> None:
    answer = post(client, path, body)
    assert answer.status_code == status
    assert json_of(answer).keys() == {"message", "status"}
    assert json_of(answer)["status"] == status
    assert answer.headers["Access-Control-Allow-Origin"] == BLOG
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("query", 1),
        ("page", "x"),
        ("page", -1),
        ("hitsPerPage", True),
        ("hitsPerPage", 1.5),
        ("facets", 5),
        ("facets", [1]),
        ("facetFilters", {}),
        ("facetFilters", [[["tags:a"]]]),
        ("numericFilters", 7),
        ("filters", []),
        ("highlightPreTag", "x" * 200),
        ("attributesToSnippet", {"content": 1}),
        ("params", 7),
    ],
)
def test_a_known_key_with_a_value_of_a_wrong_type_is_refused_by_its_name(
    client: FlaskClient, key: str, value: Any
) -> None:
    answer = post(client, QUERIES, {"requests": [{key: value}]})
    assert answer.status_code == 400
    assert key in json_of(answer)["message"]


def test_an_unknown_key_is_never_an_error(client: FlaskClient) -> None:
    more = {"clickAnalytics": True, "analytics": False, "userToken": 7, "ruleContexts": [None], "distinct": "x"}
    assert result(client, "barnacle", **more)["nbHits"] == 1


def test_a_browser_that_asks_before_it_sends_is_told_what_it_may(client: FlaskClient) -> None:
    for path in (QUERIES, "/algolia"):
        answer = client.options(path, headers={"Origin": BLOG, "Access-Control-Request-Method": "POST"})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Methods"]) == (204, "POST")
        assert "x-algolia-api-key" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("path", [QUERIES, "/algolia", "/algolia/"])
def test_nothing_is_there_for_get(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": BLOG})
    assert (answer.status_code, json_of(answer)["status"]) == (404, 404)


def test_an_answer_is_compressed_for_who_can_read_it_so(client: FlaskClient) -> None:
    body = {"requests": [{"query": ""}]}
    packed, plain = post(client, QUERIES, body, **{"Accept-Encoding": "gzip, br"}), post(client, QUERIES, body)
    assert (packed.headers["Content-Encoding"], plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert json.loads(gzip.decompress(packed.data))["results"][0]["hits"] == json_of(plain)["results"][0]["hits"]
    assert len(packed.data) < len(plain.data) / 2


def test_without_a_generation_the_answer_is_a_503_that_clients_can_read(tmp_path: Any) -> None:
    empty = Site(tmp_path / "empty")
    settings = replace(empty.settings, service=ServiceSettings(origins=(BLOG,)))
    answer = post(create_app(settings).test_client(), QUERIES, {"requests": [{"query": "x"}]})
    assert (answer.status_code, json_of(answer)["status"]) == (503, 503)
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    assert answer.headers["Access-Control-Allow-Origin"] == BLOG


def test_who_cannot_be_answered_now_is_told_when_to_ask_again_and_not_to_give_up(client: FlaskClient) -> None:
    """Clients ask again after a 429; after a 503 they take the host for dead."""
    refused = {REFUSAL: HTTPStatus.SERVICE_UNAVAILABLE}
    answer = client.post(QUERIES, headers={"Origin": BLOG}, environ_overrides=refused)
    assert (answer.status_code, json_of(answer)["status"]) == (429, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


def test_bodies_arrive_through_the_real_server_and_long_ones_do_not(site: Site, tmp_path: Path) -> None:
    settings = tmp_path / "seealso.toml"
    settings.write_text(f'[service]\norigins = ["{BLOG}"]\n')
    with serving(site.content, site.index, settings) as server:
        short, long = (
            posted(server, json.dumps({"requests": [{"query": "barnacle"}], "more": "x" * size}))
            for size in (0, LARGEST_BODY)
        )
    assert [short[0], json.loads(short[2])["results"][0]["nbHits"]] == [200, 1]
    assert [long[0], json.loads(long[2])["status"], long[1]["Access-Control-Allow-Origin"]] == [413, 413, BLOG]


def posted(server: Server, body: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer of a real server."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        connection.request("POST", QUERIES, body, {"Origin": BLOG, "Content-Type": "text/plain"})
        response = connection.getresponse()
        headers = {name.title(): value for name, value in response.getheaders()}
        return response.status, headers, response.read().decode()
    finally:
        connection.close()


# ------------------------------------------------------------------------------------------------ related posts


def recommended(client: FlaskClient, post: str, **item: Any) -> Json:
    asked = {"indexName": "blog", "objectID": post, "model": "related-products", "threshold": 0, **item}
    return results(client, asked, path=RECOMMENDATIONS)[0]


@pytest.mark.parametrize(
    "name",
    [
        "notes/hull-week",
        "notes/hull-week#scraping-the-hull",
        "notes/hull-week.md",
        "/notes/hull-week/",
        f"{BLOG}/notes/hull-week/?utm_source=x#scraping-the-hull",
        "http://localhost:4000/notes/hull-week/index.html",
    ],
)
def test_a_post_is_known_by_whatever_its_page_knows_of_it(client: FlaskClient, name: str) -> None:
    found = recommended(client, name)
    assert found["hits"][0]["title"] == "Letters"
    assert found["hits"][0]["_score"] == 100
    assert "Hull week" not in [hit["title"] for hit in found["hits"]]


def test_related_posts_are_those_of_the_json_api_the_curated_ones_first(client: FlaskClient) -> None:
    expected = json_of(client.get("/api/v1/related?post=notes/hull-week"))["related"]
    found = recommended(client, "notes/hull-week", maxRecommendations=0)
    assert [hit["title"] for hit in found["hits"]] == [post["title"] for post in expected]
    assert found["nbHits"] == len(expected)


def test_a_post_that_is_not_indexed_yet_does_not_break_the_others(client: FlaskClient) -> None:
    ask = {"model": "looking-similar", "maxRecommendations": 1}
    items = [{**ask, "objectID": "/new/"}, {**ask, "objectID": "notes/hull-week"}, {**ask, "model": "trending-items"}]
    assert [len(one["hits"]) for one in results(client, *items, path="/algolia")] == [0, 1, 0]


def test_related_posts_obey_the_filters_and_the_tags_of_the_request(client: FlaskClient) -> None:
    parameters = {"facetFilters": ["tags:-letters"], "filters": "NOT date < 0", **AIS}
    hits = recommended(client, "notes/hull-week", queryParameters=parameters)["hits"]
    assert "Letters" not in [hit["title"] for hit in hits]
    curated = recommended(client, "notes/letters", queryParameters=AIS)["hits"]
    assert "bread & butter" in {value["value"] for hit in curated for value in hit["_highlightResult"]["tags"]}
