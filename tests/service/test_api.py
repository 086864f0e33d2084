"""The JSON routes: whatever is sent, an answer that the API's own description allows, or a 4xx with a reason."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from conftest import Site, json_of
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from service.app import create_app

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def site_of_all(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Posts that stay as they are for all tests of this file."""
    site = Site(tmp_path_factory.mktemp("api"))
    site.post(
        "lamb-stew.md",
        "Lamb stew",
        "Brown the lamb <b>well</b> & rest.\n\n## The pot\n\nSimmer lamb with turnips.",
        tags="[winter, meat]",
        date="2020-01-01",
        relatedPosts='["salad"]',
        postUrl="/posts/lamb-stew/",
        imageUrl="/lamb.jpg",
    )
    site.post("winter-pot.md", "Winter pot", "Simmer lamb with turnips again.", tags="[winter]", date="2021-05-05")
    site.post("salad.md", "Salad", "Leaves, oil and naïve ﬁgs.", date="2022-07-07", tags="[summer]")
    site.post("suppe.md", "Suppe", "Lamm und Rüben.", language="de")
    site.post("secret.md", "Secret lamb", draft="true")
    site.build()
    return site


@pytest.fixture(scope="module")
def client(site_of_all: Site) -> FlaskClient:
    return create_app(site_of_all.settings).test_client()


def ask(client: FlaskClient, query: str) -> TestResponse:
    return client.get(f"/api/v1/search?{query}")


def ids(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["id"] for hit in json_of(answer)["hits"]]


# ------------------------------------------------------------------------------------- answers are as described


def conforms(value: Any, schema: Schema, schemas: Schema, where: str = "$") -> None:
    """A small structural check: types, required, no further keys, bounds. As much of JSON Schema as is used here."""
    if "$ref" in schema:
        conforms(value, schemas[schema["$ref"].rpartition("/")[2]], schemas, where)
        return
    if "anyOf" in schema:
        kinds = [one for one in schema["anyOf"] if (value is None) == (one.get("type") == "null")]
        assert len(kinds) == 1, where
        conforms(value, kinds[0], schemas, where)
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(_is(value, kind) for kind in kinds), f"{where} is {value!r}, not {kinds}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        assert set(schema.get("required", ())) <= set(value), where
        assert schema.get("additionalProperties", True) or set(value) <= set(properties), where
        for key, one in properties.items():
            if key in value:
                conforms(value[key], one, schemas, f"{where}.{key}")
    elif isinstance(value, list):
        assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**6), where
        for place, one in enumerate(value):
            below = schema["prefixItems"][place] if "prefixItems" in schema else schema["items"]
            conforms(one, below, schemas, f"{where}[{place}]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value), where


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    kinds = {"string": str, "integer": int, "number": int | float, "array": list, "object": dict, "null": type(None)}
    return kind in kinds and isinstance(value, kinds[kind])


def as_described(client: FlaskClient, path: str, answer: TestResponse) -> None:
    document = json_of(client.get("/openapi.json"))
    ((_, route),) = document["paths"][path].items()
    responses = route["responses"]
    assert str(answer.status_code) in responses, (path, answer.status_code)
    ((kind, content),) = responses[str(answer.status_code)]["content"].items()
    assert answer.mimetype == kind
    conforms(json_of(answer), content["schema"], document["components"]["schemas"])


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/api/v1/search", "q=lamb", 200),
        ("/api/v1/search", "q=lmab+stwe", 200),
        ("/api/v1/search", 'q="the+pot"+-salad&sort=date&tag=winter&tag=meat', 200),
        ("/api/v1/search", "q=xylophone", 200),
        ("/api/v1/search", "q=lam&prefix=true&per_page=1&page=2", 200),
        ("/api/v1/search", "q=suppe&language=de&since=2000-01-01&until=2030-01-01", 200),
        ("/api/v1/search", "", 400),
        ("/api/v1/search", "q=lamb&colour=red", 400),
        ("/api/v1/complete", "q=la", 200),
        ("/api/v1/complete", "q=la&limit=1", 200),
        ("/api/v1/complete", "q=", 400),
        ("/api/v1/related", "post=lamb-stew", 200),
        ("/api/v1/related", "url=/posts/lamb-stew&limit=50", 200),
        ("/api/v1/related", "post=quince", 404),
        ("/api/v1/related", "", 400),
        ("/healthz", "", 200),
        ("/readyz", "", 200),
    ],
)
def test_every_answer_is_one_that_the_description_allows(
    client: FlaskClient, path: str, query: str, status: int
) -> None:
    answer = client.get(f"{path}?{query}")
    as_described(client, path, answer)
    assert answer.status_code == status


def test_unavailable_answers_are_described_too(site: Site) -> None:
    client = create_app(site.settings).test_client()
    for path, query in (
        ("/api/v1/search", "q=a"),
        ("/api/v1/complete", "q=a"),
        ("/api/v1/related", "post=a"),
        ("/readyz", ""),
    ):
        answer = client.get(f"{path}?{query}")
        as_described(client, path, answer)
        assert answer.status_code == 503


EXAMPLES = {
    "language": "de",
    "since": "2020-01-01",
    "until": "2021-01-01",
    "sort": "date",
    "prefix": "true",
    "snippet": "50",
    "post": "salad",
    "url": "/salad/",
}


def test_every_documented_parameter_is_accepted_and_no_other(client: FlaskClient) -> None:
    document = json_of(client.get("/openapi.json"))
    for path in ("/api/v1/search", "/api/v1/complete", "/api/v1/related"):
        documented = [one["name"] for one in document["paths"][path]["get"]["parameters"]]
        base = {"q": "lamb"} if "q" in documented else {"post": "salad"}
        for name in documented:
            query = ({} if name == "url" else base) | {name: EXAMPLES.get(name, "1")}
            assert client.get(path, query_string=query).status_code == 200, (path, name)
        for name in {"q", "post", "url", "page", "limit", "tag", "sort", "debug", "token", "callback"} - {*documented}:
            answer = client.get(path, query_string=base | {name: "1"})
            assert json_of(answer)["errors"] == [{"parameter": "query", "code": "unknown_parameter"}], (path, name)


def test_every_route_of_the_api_is_documented(client: FlaskClient) -> None:
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert {rule for rule in rules if rule.startswith("/api/")} | {"/healthz", "/readyz"} == set(
        json_of(client.get("/openapi.json"))["paths"]
    )


# ----------------------------------------------------------------------------------------- whatever is typed


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("q=", "required"),
        ("q=%20%20", "required"),
        ("q=a%00b", "control_character"),
        ("q=a%1b[31m", "control_character"),
        ("q=a%c2%85b", "control_character"),
        *(
            (f"q=lamb&page={page}", "out_of_range")
            for page in ("0", "-1", "1.5", "", "%D9%A3", "1e9", "9" * 3_000, "+1")
        ),
        *((f"q=lamb&per_page={size}", "out_of_range") for size in ("0", "101", "ten", "0x10")),
        ("q=lamb&page=101&per_page=10", "out_of_range"),
        ("q=lamb" + "&tag=winter" * 17, "too_many"),
        *((f"q=lamb&language={code}", "not_a_language") for code in ("", "1", "e", "en-", "..", "en%0a", "x" * 3_000)),
        ("q=lamb&q=stew", "given_twice"),
        ("q=lamb&page=1&page=2", "given_twice"),
        ("q[]=lamb", "unknown_parameter"),
        ("q=lamb&Q=lamb", "unknown_parameter"),
        ("q=lamb&" + "&".join(f"a{n}=1" for n in range(600)), "unknown_parameter"),
        ("q=lamb&since=2024-13-45", "not_a_date"),
        ("q=lamb&since=", "not_a_date"),
        ("q=lamb&until=20240101", "not_a_date"),
        ("q=lamb&since=2024-01-02&until=2024-01-01", "out_of_range"),
        ("q=lamb&sort=best", "unknown"),
        ("q=lamb&prefix=1", "unknown"),
    ],
    ids=lambda value: value[:40],
)
def test_what_is_not_allowed_is_a_400_with_a_code(client: FlaskClient, query: str, code: str) -> None:
    answer = ask(client, query)
    as_described(client, "/api/v1/search", answer)
    assert answer.status_code == 400
    assert json_of(answer)["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "text",
    [
        "the of and", "... !?", "🍞🍞", "x" * 200, "x" * 3_900, "lamb " * 33, "lamb " * 600,
        " ".join(map(str, range(400))), " ".join(f'"lamb {n}"' for n in range(40)), "-xx " * 300, " " * 1_900 + "b",
        "*", "*:*", "?*?*?", "*a", "a*", "*a*",
        "[a TO z]", "[TO]", "{a TO}", ("[a TO " * 40)[:200], "abc~2", "abc~9/0", 'r"(a+)+$"', 'r"("', "draft:true",
        "body:x", "::::", "(" * 100 + ")" * 100, "(" * 200, '"' * 200, '"unclosed', "NOT NOT a", "AND", "a OR",
        "a^1e400", "a^-5", '"a b"~999999999', "\ufffd\ufffd", "%zz%", "a\u202eb \u2066c", "e" + "\u0301" * 199,
        "<script>alert(1)</script>", '" onmouseover="', "{{7*7}} ${7*7}", "' OR 1=1--", "=HYPERLINK(1)", "-", "--",
        "- -", "-lamb", '-"lamb with"', "\\", "a\tb", "\U0010ffff", "ﷺ" * 100,
    ],
    ids=lambda text: ascii(text)[:30],
)  # fmt: skip
def test_whatever_is_typed_is_only_words(client: FlaskClient, text: str) -> None:
    started = time.process_time()
    answer = client.get("/api/v1/search", query_string={"q": text})
    as_described(client, "/api/v1/search", answer)
    assert answer.status_code == 200
    assert time.process_time() - started < 1  # the same input takes other parsers seconds


def test_a_line_end_in_a_question_is_a_blank_and_splits_no_header(client: FlaskClient) -> None:
    split = ask(client, "q=lamb%0d%0aSet-Cookie:+stew")
    assert (split.status_code, "Set-Cookie" in split.headers) == (200, False)
    assert json_of(split)["hits"] == json_of(ask(client, "q=lamb++Set-Cookie:+stew"))["hits"]


def test_the_length_of_a_question_is_no_limit_of_its_description(client: FlaskClient) -> None:
    for route in ("search", "complete"):
        asked, *_ = json_of(client.get("/openapi.json"))["paths"][f"/api/v1/{route}"]["get"]["parameters"]
        assert asked["schema"] == {"type": "string", "minLength": 1}
        assert "2,000 characters of it are read" in asked["description"]


@pytest.mark.parametrize("query", ["%ff%fe", "%ED%A0%80", "%zz%25", "%", "a;b", "a+%2B+b"])
def test_broken_encoding_is_text_like_any_other(client: FlaskClient, query: str) -> None:
    assert ask(client, f"q={query}").status_code == 200


@given(q=st.text(max_size=220), page=st.text(max_size=5), tag=st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_no_text_gives_a_server_error(client: FlaskClient, q: str, page: str, tag: str) -> None:
    try:
        answer = client.get("/api/v1/search", query_string={"q": q, "page": page or "1", "tag": tag})
    except UnicodeEncodeError:
        return  # a lone surrogate cannot be sent at all
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [("lamb", False), ("lamb " * 300, False), ("lamb " * 500, True), (" ".join(["lamb", *map(str, range(40))]), True)],
    ids=["short", "long", "too long", "too many words"],
)
def test_an_answer_says_whether_only_a_part_of_the_question_was_asked(
    client: FlaskClient, text: str, is_cut: bool
) -> None:
    found = json_of(client.get("/api/v1/search", query_string={"q": text}))
    assert (found["is_cut"], found["total"] > 0) == (is_cut, True)


def test_an_answer_says_what_is_excluded_and_how_many_more_have_some_of_the_words(client: FlaskClient) -> None:
    found = json_of(client.get("/api/v1/search", query_string={"q": 'lamb -Rye -"sour dough"'}))
    assert (found["excluded"], found["more"]) == (["rye", "sour dough"], 0)


def test_words_phrases_and_exclusions(client: FlaskClient) -> None:
    assert set(ids(ask(client, "q=lamb"))) == {"lamb-stew", "winter-pot"}
    assert ids(ask(client, "q=%22lamb+with+turnips+again%22")) == ["winter-pot"]
    assert ids(ask(client, "q=lamb+-brown")) == ["winter-pot"]


@pytest.mark.parametrize("form", ["naïve", "nai\u0308ve", "NAIVE", "ｎａｉｖｅ", "ﬁgs", "figs"], ids=ascii)
def test_equal_forms_of_a_word_find_the_same(client: FlaskClient, form: str) -> None:
    assert ids(client.get("/api/v1/search", query_string={"q": form})) == ["salad"]


def test_a_page_beyond_the_end_is_empty_and_keeps_the_total(client: FlaskClient) -> None:
    answer = ask(client, "q=lamb&page=9")
    assert (answer.status_code, json_of(answer)["hits"], json_of(answer)["total"]) == (200, [], 2)


def test_an_unknown_tag_finds_nothing_and_is_no_error(client: FlaskClient) -> None:
    answer = ask(client, "q=lamb&tag=quince")
    assert (answer.status_code, json_of(answer)["total"]) == (200, 0)


def test_a_draft_is_never_found(client: FlaskClient) -> None:
    assert "secret" not in ids(ask(client, "q=secret+lamb"))


def test_a_hit_shows_its_section_and_spans_of_plain_text(client: FlaskClient) -> None:
    hit = json_of(ask(client, "q=turnips+simmer"))["hits"][0]
    assert hit["section"] in (None, {"heading": "The pot", "anchor": "the-pot", "url": "/posts/lamb-stew/#the-pot"})
    for fragment in hit["snippets"]:
        marked = {fragment["text"][start:end].casefold() for start, end in fragment["spans"]}
        assert marked <= {"turnips", "simmer"}
        assert marked


# -------------------------------------------------------------------------------------------------- related


def test_related_puts_the_curated_first(client: FlaskClient) -> None:
    said = json_of(client.get("/api/v1/related?post=lamb-stew"))
    assert said["post"]["title"] == "Lamb stew"
    assert [(one["id"], one["curated"]) for one in said["related"]][:2] == [("salad", True), ("winter-pot", False)]


@pytest.mark.parametrize("url", ["/posts/lamb-stew/", "/posts/lamb-stew", "/posts/lamb-stew/?a=1#the-pot"])
def test_a_url_finds_its_post_with_or_without_what_is_around_it(client: FlaskClient, url: str) -> None:
    said = client.get("/api/v1/related", query_string={"url": url})
    assert json_of(said)["post"]["id"] == "lamb-stew"


@pytest.mark.parametrize(
    "name", ["quince", "secret", "secret.md", "", "../../etc/passwd", "%2e%2e%2f", "/etc/passwd", "a\x00b"]
)
@pytest.mark.parametrize("parameter", ["post", "url"])
def test_an_unknown_post_and_a_draft_get_the_same_404(client: FlaskClient, parameter: str, name: str) -> None:
    unknown = client.get("/api/v1/related", query_string={parameter: "never-was"})
    answer = client.get("/api/v1/related", query_string={parameter: name})
    assert answer.status_code == 404
    assert answer.data == unknown.data


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "https://evil.example/posts/lamb-stew/", "file:///etc/passwd"]
)
def test_an_address_elsewhere_is_no_post(client: FlaskClient, url: str) -> None:
    assert client.get("/api/v1/related", query_string={"url": url}).status_code == 404


@pytest.mark.parametrize(
    "query", ["post=salad&url=/salad/", "limit=3", "post=salad&limit=0", "post=salad&limit=51", "post=" + "x" * 1001]
)
def test_a_wrong_question_about_related_posts_is_a_400(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/related?{query}")
    as_described(client, "/api/v1/related", answer)
    assert answer.status_code == 400


# ------------------------------------------------------------------------------------------------- complete


def test_completions_start_with_titles(client: FlaskClient) -> None:
    completions = json_of(client.get("/api/v1/complete?q=la"))["completions"]
    assert completions[0] == "Lamb stew"
    assert "lamb" in completions


def test_completions_are_at_most_as_many_as_asked_for(client: FlaskClient) -> None:
    assert len(json_of(client.get("/api/v1/complete?q=l&limit=1"))["completions"]) == 1


# -------------------------------------------------------------------------------------- methods, headers, caches


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/api/v1/search?q=lamb", "/api/v1/related?post=salad", "/api/v1/complete?q=a"])
def test_nothing_can_be_written(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert {"GET", "HEAD", "OPTIONS"} == {one.strip() for one in answer.headers["Allow"].split(",")}


def test_an_api_path_that_does_not_exist_is_a_json_404(client: FlaskClient) -> None:
    for path in ("/api/v1/quince", "/api/v2/search", "/api/"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    got, head = ask(client, "q=lamb"), client.head("/api/v1/search?q=lamb")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert head.headers["ETag"] == got.headers["ETag"]


def test_an_etag_that_still_holds_is_a_304(client: FlaskClient) -> None:
    first = ask(client, "q=lamb")
    again = client.get("/api/v1/search?q=lamb", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["ETag"].startswith('"000001-')
    assert first.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("etag", ['"garbage"', "garbage", '"', "W/", ",,,", '"a', "\xff"])
def test_an_etag_that_never_was_is_a_200(client: FlaskClient, etag: str) -> None:
    assert client.get("/api/v1/search?q=lamb", headers={"If-None-Match": etag}).status_code == 200


def test_another_question_or_another_generation_has_another_etag(client: FlaskClient, site: Site) -> None:
    site.post("lamb.md", "Lamb")
    site.build()
    before = create_app(site.settings).test_client().get("/api/v1/search?q=lamb").headers["ETag"]
    other_question = create_app(site.settings).test_client().get("/api/v1/search?q=stew").headers["ETag"]
    site.build(force=True)
    after = create_app(site.settings).test_client().get("/api/v1/search?q=lamb").headers["ETag"]
    assert len({before, other_question, after}) == 3


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/*", "text/html, */*;q=0.1"])
def test_who_can_take_json_gets_it(client: FlaskClient, accept: str | None) -> None:
    headers = {"Accept": accept} if accept else {}
    assert client.get("/api/v1/search?q=lamb", headers=headers).status_code == 200


@pytest.mark.parametrize("accept", ["image/png", "text/html"])
def test_who_cannot_take_json_is_told_so(client: FlaskClient, accept: str) -> None:
    answer = client.get("/api/v1/search?q=lamb", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (406, "application/problem+json")


def test_json_cannot_be_taken_for_a_page(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search", query_string={"q": "<script>alert(1)</script>"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_problem_never_echoes_what_was_sent_nor_names_this_machine(client: FlaskClient, site: Site) -> None:
    text = client.get("/api/v1/search", query_string={"q": "zebra\x00", "zebra": "zebra"}).text
    text += client.get("/api/v1/related", query_string={"post": "zebra"}).text
    text += client.get("/api/v1/search", query_string={"q": "zebra", "sort": "zebra"}).text
    text += create_app(site.settings).test_client().get("/api/v1/search?q=zebra").text
    assert "zebra" not in text
    assert str(site.index) not in text


OURS, FOREIGN = "https://blog.example", "https://evil.example"


@pytest.fixture
def with_cors(site_of_all: Site) -> FlaskClient:
    service = replace(site_of_all.settings.service, origins=(OURS,))
    return create_app(replace(site_of_all.settings, service=service)).test_client()


@pytest.mark.parametrize(
    ("origin", "allowed"), [(OURS, OURS), (FOREIGN, None), ("null", None), (f"{OURS}.evil.example", None), (None, None)]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_only_listed_origins_may_read(
    with_cors: FlaskClient, origin: str | None, allowed: str | None, method: str
) -> None:
    headers = {"Origin": origin} if origin else {}
    answer = with_cors.open("/api/v1/search?q=lamb", method=method, headers=headers)
    assert answer.status_code == (204 if method == "OPTIONS" else 200)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_without_listed_origins_there_is_no_cors_at_all(client: FlaskClient) -> None:
    answer = client.options("/api/v1/search", headers={"Origin": OURS})
    assert answer.status_code == 204
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_large_body_is_not_read(client: FlaskClient) -> None:
    answer = client.post("/api/v1/search?q=lamb", data=b"[" * 200_000, content_type="application/json")
    assert answer.status_code in (405, 413)
    assert answer.mimetype == "application/problem+json"


def test_the_description_itself_is_served_as_json(client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    assert json.loads(answer.data)["openapi"] == "3.1.0"
    assert answer.mimetype == "application/json"


def test_static_files_stay_inside_their_folder(client: FlaskClient) -> None:
    for path in ("../../app.py", "%2e%2e/%2e%2e/app.py", "..%2fapp.py", "/etc/passwd"):
        assert client.get(f"/static/{path}").status_code == 404, path


def test_related_posts_have_another_etag_where_another_number_is_shown(site_of_all: Site) -> None:
    def etag(shown: int) -> str:
        settings = replace(site_of_all.settings, related=replace(site_of_all.settings.related, shown=shown))
        return create_app(settings).test_client().get("/api/v1/related?url=/posts/lamb-stew/").headers["ETag"]

    assert etag(3) == etag(3)
    assert etag(3) != etag(4)


@pytest.mark.parametrize(
    ("host", "status"),
    [("search.blog.example", 200), ("search.blog.example:8000", 200), ("a.docs.example", 200), ("evil.example", 400)],
)
def test_only_trusted_hosts_are_answered_and_health_is_under_any_name(
    site_of_all: Site, host: str, status: int
) -> None:
    service = replace(site_of_all.settings.service, trusted_hosts=("search.blog.example", ".docs.example"))
    client = create_app(replace(site_of_all.settings, service=service)).test_client()
    assert client.get("/api/v1/search?q=lamb", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert client.get("/readyz", headers={"Host": host}).status_code == 200


def test_one_answer_has_hits_and_completions_where_both_are_asked_for(client: FlaskClient) -> None:
    assert json_of(ask(client, "q=turn&prefix=true"))["completions"] == []
    answer = json_of(ask(client, "q=turn&prefix=true&complete=3"))
    assert answer["completions"] == json_of(client.get("/api/v1/complete?q=turn&limit=3"))["completions"] != []
    assert answer["total"] == 2


def test_where_nothing_is_found_the_newest_posts_that_the_filters_let_through_come_along(client: FlaskClient) -> None:
    def newest(query: str) -> list[str]:
        return [post["id"] for post in json_of(ask(client, query))["newest"]]

    assert newest("q=xylophone&newest=2") == ["salad", "winter-pot"]
    assert newest("q=xylophone&newest=2&tag=winter") == ["winter-pot", "lamb-stew"]
    assert newest("q=xylophone") == []
    assert newest("q=lamb&newest=2") == []


def test_as_many_tags_are_counted_as_asked_for(client: FlaskClient) -> None:
    assert [one["tag"] for one in json_of(ask(client, "q=lamb&max_facet_values=1"))["tags"]] == ["winter"]


def test_snippets_are_as_short_as_asked_for(client: FlaskClient) -> None:
    hits = json_of(ask(client, "q=simmer&snippet=20"))["hits"]
    assert {snippet["text"] for hit in hits for snippet in hit["snippets"]} == {"Simmer lamb with …"}


@pytest.mark.parametrize("wrong", ["complete=21", "newest=11", "max_facet_values=1001", "snippet=19", "snippet=201"])
def test_what_comes_along_has_bounds(client: FlaskClient, wrong: str) -> None:
    answer = ask(client, f"q=lamb&{wrong}")
    assert answer.status_code == 400
    assert json_of(answer)["errors"] == [{"parameter": wrong.partition("=")[0], "code": "out_of_range"}]
