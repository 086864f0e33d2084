"""What counts as a question of a visitor, and what as a click; one worker, in this process, with a real file."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Site, json_of
from flask.testing import FlaskClient
from serving import until

from indexer.model import Hits
from indexer.queries.storage import FOLDER, Opened, Recorded, open_queries
from indexer.search.query import parse
from indexer.settings import ServiceSettings
from service.app import create_app


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory, visited_blog: Site) -> Site:
    return Site(tmp_path_factory.mktemp("blog")).copy(visited_blog)


@contextmanager
def recording(blog: Site, **service: Any) -> Iterator[FlaskClient]:
    """A worker that records; when it ends, all that it was asked is written."""
    others = set(threading.enumerate())  # of apps that other tests have left
    app = create_app(replace(blog.settings, service=ServiceSettings(**{"record_queries": True, **service})))
    try:
        yield app.test_client()
    finally:
        app.extensions["seealso-recorder"].close()
        own = [one for one in threading.enumerate() if one.name == "queries" and one not in others]
        until(lambda: not any(one.is_alive() for one in own), "its thread has ended")


def recorded(blog: Site) -> dict[str, Recorded]:
    """What was recorded, which is forgotten then."""
    with open_queries(blog.index / FOLDER, datetime.now(UTC)) as queries:
        found = {one.question: one for one in queries.recorded()}
        queries.forget_all()
        return found


def search(client: FlaskClient, words: str, headers: dict[str, str] | None = None, **more: object) -> Any:
    answer = client.get("/api/v1/search", query_string={"q": words, **more}, headers=headers)
    assert answer.status_code == 200
    return json_of(answer)


def click(client: FlaskClient, words: object, url: object, rank: object = 1, **headers: str) -> None:
    body = json.dumps({"q": words, "url": url, "rank": rank})
    answer = client.post("/api/v1/click", data=body, content_type="text/plain;charset=UTF-8", headers=headers)
    assert (answer.status_code, answer.data) == (204, b"")


def algolia(client: FlaskClient, *items: dict[str, object]) -> None:
    assert client.post("/algolia/1/indexes/*/queries", json={"requests": items}).status_code == 200


def test_a_question_is_counted_with_its_hits_spelling_language_and_clicks(blog: Site) -> None:
    with recording(blog) as client:
        search(client, "Rye  Bread")
        click(client, "rye bread", "/rye/#top:~:text=x")
        search(client, "oniom")
        search(client, "pancakes")
    found = recorded(blog)
    counts = {text: (one.times, one.hits) for text, one in found.items()}
    assert counts == {"rye bread": (1, 1), "oniom": (1, 1), "pancakes": (1, 0)}
    assert found["rye bread"].opened == (Opened("/rye/", ((1, 1),)),)
    assert (found["oniom"].respelt, found["oniom"].language, found["pancakes"].language) == ("onion", "fr", "")


def test_a_question_that_is_typed_and_then_sent_is_one(blog: Site) -> None:
    with recording(blog) as client:
        for end in range(2, 10):
            search(client, "rye bread"[:end], prefix="true")
        client.get("/?q=rye+bread")
        client.get("/?q=rye+bread&tag=a")
    assert {text: one.times for text, one in recorded(blog).items()} == {"rye bread": 1}


def test_visitors_are_told_apart_by_address_and_browser(blog: Site) -> None:
    with recording(blog) as client:
        for number in range(4):
            search(client, "rye", {"X-Forwarded-For": f"198.51.100.{number}"})
        search(client, "rye", {"User-Agent": "another"})
    assert recorded(blog)["rye"].times == 5


def test_what_no_visitor_asks_is_not_counted(blog: Site) -> None:
    with recording(blog) as client:
        search(client, "lamb", page=2, per_page=1)
        client.head("/api/v1/search?q=lamb")
        client.get("/api/v1/complete?q=lamb")
        client.get("/?tag=a")
        algolia(client, {"query": "lamb", "hitsPerPage": 0}, {"query": "lamb", "analytics": False}, {"query": ""})
        algolia(client, {"query": "lamb", "params": "analytics=false"}, {"query": "lamb", "page": 1})
        algolia(client, {"type": "facet", "facet": "tags", "facetQuery": "", "params": {"query": "lamb"}})
    assert recorded(blog) == {}


def test_front_ends_of_algolia_are_counted_too(blog: Site) -> None:
    with recording(blog) as client:
        for text in ("l", "la", "lamb"):
            algolia(client, {"query": text}, {"query": text, "hitsPerPage": 0})
    assert {text: (one.times, one.hits) for text, one in recorded(blog).items()} == {"lamb": (1, 1)}


def test_an_answer_that_is_still_right_asks_nothing(blog: Site) -> None:
    with recording(blog) as client:
        etag = client.get("/api/v1/search?q=rye").headers["ETag"]
        again = {"If-None-Match": etag, "User-Agent": "another"}
        assert client.get("/api/v1/search?q=rye", headers=again).status_code == 304
    assert recorded(blog)["rye"].times == 1


def test_a_click_counts_from_a_page_of_this_service_or_of_the_site_only(blog: Site) -> None:
    here, elsewhere = "https://blog.example", "https://elsewhere.example"
    with recording(blog, origins=(here,)) as client:
        search(client, "lamb")
        ping = client.post(
            "/api/v1/click?q=lamb&url=/lamb/&rank=1", data="PING", headers={"Origin": "https://localhost"}
        )
        assert (ping.status_code, ping.data) == (204, b"")
        click(client, "lamb", f"{here}/lamb/", 2, Origin=here)
        click(client, "lamb", "/lamb/", 3, Origin=elsewhere)
        click(client, "lamb", "/lamb/", 4, Origin="null")
    assert recorded(blog)["lamb"].opened == (Opened("/lamb/", ((1, 1), (2, 1))),)


@pytest.mark.parametrize(
    ("words", "url", "rank"),
    [
        (1, "/lamb/", 1),
        ("lamb", None, 1),
        ("lamb", "/lamb/", None),
        ("lamb", "/lamb/", 0),
        ("lamb", "/lamb/", 1e9),
        ("lamb", "/lamb/", "1"),
        ("lamb", "/nowhere/", 1),
        ("lamb", "https://elsewhere.example/", 1),
        ("stew", "/lamb/", 1),
        ("lamb", "/lamb/" + "x" * 5_000, 1),
        ("\ud800", "/lamb/", 1),
        ("lamb", "\ud800", 1),
        ("lamb", "\0", 1),
    ],
)
def test_a_click_on_what_was_not_asked_or_is_not_published_counts_nothing(
    blog: Site, words: object, url: object, rank: object
) -> None:
    with recording(blog) as client:
        search(client, "lamb")
        click(client, words, url, rank)
    assert {text: one.opened for text, one in recorded(blog).items()} == {"lamb": ()}


@pytest.mark.parametrize("body", ["", "[]", "{", "null", "[" * 30_000, b"\xff", "7" * 5_000])
def test_what_is_no_click_at_all_is_answered_like_any_other(blog: Site, body: str | bytes) -> None:
    with recording(blog) as client:
        assert client.post("/api/v1/click", data=body).status_code == 204
    assert recorded(blog) == {}


def test_what_comes_faster_than_it_is_recorded_is_left_out_and_said_once(
    blog: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with recording(blog) as client:
        recorder = client.application.extensions["seealso-recorder"]
        for number in range(30_000):
            recorder.asked({"REMOTE_ADDR": str(number)}, parse("rye bread"), Hits())
        search(client, "lamb")
    assert [one.message for one in caplog.records if "faster" in one.message] == [
        "1 questions and clicks were not recorded: they came faster than they can be"
    ]
    assert recorded(blog)["rye bread"].times > 100


def test_a_disk_that_works_again_is_said_and_recorded_to(blog: Site, caplog: pytest.LogCaptureFixture) -> None:
    recorded(blog)
    folder = blog.index / FOLDER
    folder.rename(blog.index / "away")
    folder.write_text("a file in the place of the folder")
    with recording(blog) as client:
        until(lambda: "not recorded until it can be" in caplog.text, "the trouble is said")
        search(client, "rye")
        folder.unlink()
        (blog.index / "away").rename(folder)
    assert "what visitors ask is recorded again; 0 questions were lost" in caplog.text
    assert set(recorded(blog)) == {"rye"}


def test_the_methods_of_the_route_are_told(blog: Site) -> None:
    with recording(blog) as client:
        assert client.options("/api/v1/click").headers["Allow"] == "POST, OPTIONS"
        assert client.get("/api/v1/click").status_code == 405


def test_an_answer_and_a_page_say_whether_clicks_are_wanted(blog: Site) -> None:
    wanted = []
    for is_recording in (True, False):
        with recording(blog, record_queries=is_recording) as client:
            page = client.get("/?q=rye")
            policy = page.headers["Content-Security-Policy"]
            has_ping = 'ping="/api/v1/click?q=rye&amp;url=%2Frye%2F&amp;rank=1"' in page.text
            wanted.append((search(client, "rye")["clicks"], "connect-src 'self'" in policy, has_ping))
    assert wanted == [(True, True, True), (False, False, False)]


def test_an_answer_that_was_kept_is_not_taken_for_one_that_says_otherwise(blog: Site) -> None:
    etags = set()
    for is_recording in (True, False):
        with recording(blog, record_queries=is_recording) as client:
            etags.add(client.get("/api/v1/search?q=rye").headers["ETag"])
    assert len(etags) == 2
