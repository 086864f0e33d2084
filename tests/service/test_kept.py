"""What is asked again is sent again, and only as long as it would be answered the same: one worker, as it is served."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Site, signed, unsealed
from serving import until

from indexer.editing.decisions import decide
from indexer.editing.undo import undo
from indexer.model import Verdict
from indexer.queries.storage import FOLDER, open_queries
from indexer.settings import ServiceSettings
from indexer.snapshot import Snapshot
from service.admission import Admission, Answer
from service.app import HEALTH, create_app, is_editors, is_posted_to
from service.kept import LONGEST_REQUEST, MADE_FROM, KeptAnswers, MadeFrom

SEARCH = "/api/v1/search?q=rye+bread"


class Worker:
    """One worker's part behind the server: admission and the application. made: how many answers it has made."""

    def __init__(self, site: Site, most_bytes: int = 1 << 20, **service: Any) -> None:
        self.app = create_app(replace(site.settings, service=ServiceSettings(**service)))
        follower, decisions, recorder = (
            self.app.extensions[f"seealso-{name}"] for name in ("follower", "decisions", "recorder")
        )
        self.kept = KeptAnswers(follower, decisions.now, recorder, service.get("origins", ()), most_bytes)
        self.made = 0
        self._admission = Admission(self._counted, HEALTH, is_editors, is_posted_to, self.kept)

    def _counted(self, environ: Any, start: Any) -> Any:
        self.made += 1
        return self.app.wsgi_app(environ, start)

    def ask(self, address: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """What is sent to a request. headers: with _ for each -."""
        path, _, query = address.partition("?")
        said = {"host": "search.example"} | {name.replace("_", "-").lower(): text for name, text in headers.items()}
        scope = {
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), text.encode()) for name, text in said.items() if text],
            "http_version": "1.1",
            "scheme": "http",
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self._admission(scope, receive, send))
        start, end = sent
        return Answer(start["status"], start["headers"], end["body"])

    def close(self) -> None:
        self.app.extensions["seealso-recorder"].close()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("kept"))
    site.post("rye.md", "Rye bread", "A sour loaf of rye.", tags="[bread, rye]")
    site.post("oat.md", "Oat bread", "A sweet loaf of oats.", tags="[bread]")
    site.post("spelt.md", "Spelt bread", "A loaf of spelt, rye and oats.", tags="[bread]")
    site.build()
    return site


@pytest.fixture
def blog(site: Site, origin: Site) -> Site:
    return site.copy(origin)


@pytest.fixture
def worker(blog: Site) -> Iterator[Worker]:
    made = Worker(blog)
    yield made
    made.close()


def etag_of(answer: Answer) -> str:
    return dict(answer.headers)[b"ETag"].decode()


def algolia(query: str) -> bytes:
    return json.dumps({"requests": [{"indexName": "blog", "query": query}]}).encode()


# --------------------------------------------------------------------------------------------------- what is the same


@pytest.mark.parametrize(
    "address", [SEARCH, "/api/v1/complete?q=br", "/api/v1/related?post=rye", "/?q=rye", "/", SEARCH + "&prefix=true"]
)
def test_what_is_asked_again_is_sent_again_without_being_made(worker: Worker, address: str) -> None:
    first = worker.ask(address)
    assert first.status == 200
    assert worker.ask(address) == first
    assert worker.made == 1


def test_a_question_in_algolias_protocol_is_kept_with_its_body(worker: Worker) -> None:
    first = worker.ask("/algolia/1/indexes/*/queries", "POST", algolia("rye"))
    assert worker.ask("/algolia/1/indexes/*/queries", "POST", algolia("rye")) == first
    other = worker.ask("/algolia/1/indexes/*/queries", "POST", algolia("oat"))
    assert (worker.made, json.loads(other.body)["results"][0]["query"]) == (2, "oat")


def test_an_answer_of_algolias_protocol_is_compressed_only_for_who_reads_that(worker: Worker) -> None:
    packed = worker.ask("/algolia/1/indexes/*/queries", "POST", algolia("bread"), accept_encoding="gzip")
    plain = worker.ask("/algolia/1/indexes/*/queries", "POST", algolia("bread"))
    assert dict(packed.headers)[b"Content-Encoding"] == b"gzip"
    assert b"Content-Encoding" not in dict(plain.headers)


@pytest.mark.parametrize(
    "other", ["/api/v1/search?prefix=false&q=rye%20bread", "/api/v1/search?q=rye%20bread&prefix=false"]
)
def test_the_order_of_parameters_and_the_spelling_of_blanks_make_no_difference(worker: Worker, other: str) -> None:
    first = worker.ask("/api/v1/search?q=rye+bread&prefix=false")
    assert (worker.ask(other), worker.made) == (first, 1)


def test_of_a_parameter_that_is_given_twice_the_order_counts(worker: Worker) -> None:
    """A page takes the first."""
    assert b"<title>oat" in worker.ask("/?q=oat&q=rye").body
    assert b"<title>rye" in worker.ask("/?q=rye&q=oat").body
    assert worker.made == 2


def test_bytes_that_are_no_text_are_not_taken_for_one_another(worker: Worker) -> None:
    worker.ask("/api/v1/search?q=rye%ff")
    worker.ask("/api/v1/search?q=rye%fe")
    assert worker.made == 2


# ----------------------------------------------------------------------------------------------- what the client has


def test_who_has_the_answer_gets_the_304_that_the_application_would_send(worker: Worker, blog: Site) -> None:
    etag = etag_of(worker.ask(SEARCH))
    kept = worker.ask(SEARCH, if_none_match=etag)
    fresh = Worker(blog)
    assert fresh.ask(SEARCH, if_none_match=etag) == kept
    assert (kept.status, kept.body, worker.made) == (304, b"", 1)
    fresh.close()


@pytest.mark.parametrize("form", ["{}", "W/{}", '"another", {}', "*"])
def test_an_etag_is_known_however_it_is_sent(worker: Worker, form: str) -> None:
    etag = etag_of(worker.ask(SEARCH))
    assert worker.ask(SEARCH, if_none_match=form.format(etag)).status == 304
    assert worker.made == 1


def test_who_has_another_answer_gets_this_one(worker: Worker) -> None:
    first = worker.ask(SEARCH)
    assert worker.ask(SEARCH, if_none_match='"another"') == first


def test_a_304_is_kept_and_an_answer_made_for_who_has_none(worker: Worker, blog: Site) -> None:
    etag = etag_of(worker.ask(SEARCH))
    fresh = Worker(blog)
    assert [fresh.ask(SEARCH, if_none_match=etag).status for _ in range(3)] == [304] * 3
    assert fresh.made == 1
    assert fresh.ask(SEARCH).status == 200
    assert fresh.made == 2
    fresh.close()


# ------------------------------------------------------------------------------------------------- what must not stay


def test_a_new_generation_takes_all_answers_of_the_last_with_it(worker: Worker, blog: Site) -> None:
    before = worker.ask(SEARCH)
    worker.ask("/?q=oat")
    blog.post("roll.md", "Rye bread rolls", "Small.")
    blog.build()
    until(lambda: worker.ask(SEARCH).body != before.body, "the new generation answers")
    assert b"Rye bread rolls" in worker.ask(SEARCH).body
    assert worker.kept.count == 1
    assert worker.kept.size < 10_000


def test_an_old_generation_is_let_go_though_its_answers_were_kept(worker: Worker, blog: Site) -> None:
    before = worker.ask(SEARCH)
    blog.post("roll.md", "Rye bread rolls", "Small.")
    blog.build()
    until(lambda: worker.ask(SEARCH).body != before.body, "the new generation answers")
    gc.collect()
    opened = [one for one in gc.get_objects() if isinstance(one, Snapshot)]
    assert [one.id for one in opened if one.files.directory.is_relative_to(blog.index)] == ["000002"]


def test_what_editors_dismiss_is_gone_at_once(worker: Worker, blog: Site) -> None:
    def related() -> list[str]:
        return [one["id"] for one in json.loads(worker.ask("/api/v1/related?post=rye").body)["related"]]

    assert "oat" in related()
    assert "oat" in related()
    snapshot = blog.open()
    rye, oat = (post for name in ("rye", "oat") if (post := snapshot.posts.find(name)))
    decide(blog.settings.decided, snapshot, rye, [oat], Verdict.DISMISSED, "sweet", signed())
    assert "oat" not in related()
    undo(blog.settings.content, blog.settings.decided, signed())
    assert "oat" in related()


def test_an_etag_of_related_posts_goes_with_a_decision_on_them(worker: Worker, blog: Site) -> None:
    etag = etag_of(worker.ask("/api/v1/related?post=rye"))
    assert worker.ask("/api/v1/related?post=rye", if_none_match=etag).status == 304
    snapshot = blog.open()
    rye, oat = (post for name in ("rye", "oat") if (post := snapshot.posts.find(name)))
    decide(blog.settings.decided, snapshot, rye, [oat], Verdict.DISMISSED, "sweet", signed())
    assert worker.ask("/api/v1/related?post=rye", if_none_match=etag).status == 200


def test_what_was_answered_from_a_damaged_generation_is_not_sent_again(
    blog: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.store.sealed_files.SMALLEST_MAP", 1)  # as on a large site
    file = unsealed(blog.index / "generations" / "000001" / "posts" / "facts.npy")
    worker = Worker(blog)
    assert worker.ask(SEARCH).status == 200
    file.write_bytes(b"")
    assert worker.ask(SEARCH).status == 503
    worker.close()


@pytest.mark.parametrize("address", ["/api/v1/search?q=", "/api/v1/search?q=rye&page=0", "/nothing-here", "/healthz"])
def test_nothing_but_a_good_answer_is_kept(worker: Worker, address: str) -> None:
    worker.ask(address)
    worker.ask(address)
    assert (worker.made, worker.kept.count) == (2, 0)


# -------------------------------------------------------------------------------------- what the application looks at


def test_what_the_application_refuses_is_refused_though_the_answer_is_kept(worker: Worker) -> None:
    assert worker.ask(SEARCH).status == 200
    assert worker.ask(SEARCH, content_length="5").status == 400
    assert worker.ask(SEARCH, transfer_encoding="chunked").status == 400
    assert worker.ask(SEARCH, host="").status == 400
    assert worker.ask(SEARCH, host="bad host").status == 400
    assert worker.ask(SEARCH, accept="text/html").status == 406
    assert worker.ask(SEARCH, "DELETE").status == 405


def test_an_answer_is_readable_only_for_pages_that_may_read_it(blog: Site) -> None:
    worker = Worker(blog, origins=("https://blog.example",))
    allowed = [worker.ask(SEARCH, origin="https://blog.example") for _ in range(2)]
    others = [worker.ask(SEARCH, origin=f"https://{name}.example") for name in ("one", "two")]
    assert [dict(one.headers)[b"Access-Control-Allow-Origin"] for one in allowed] == [b"https://blog.example"] * 2
    assert not any(b"Access-Control-Allow-Origin" in dict(one.headers) for one in others)
    assert {dict(one.headers)[b"Vary"] for one in (*allowed, *others)} == {b"Origin"}
    assert worker.made == 2  # one for the site's pages, one for all others
    worker.close()


def test_a_name_that_the_service_does_not_answer_under_gets_no_kept_answer(blog: Site) -> None:
    worker = Worker(blog, trusted_hosts=("search.example",))
    assert worker.ask(SEARCH).status == 200
    assert worker.ask(SEARCH, host="evil.example").status == 400
    worker.close()


# ---------------------------------------------------------------------------------------------- questions are counted


def test_questions_are_recorded_whoever_asks_and_though_the_answer_is_kept(blog: Site) -> None:
    worker = Worker(blog, record_queries=True)
    etag = etag_of(worker.ask(SEARCH, user_agent="one"))
    worker.ask(SEARCH, user_agent="two")
    worker.ask("/?q=rye+bread", user_agent="three")
    worker.ask("/?q=rye+bread", user_agent="four")
    worker.ask(SEARCH, user_agent="five", if_none_match=etag)  # has the answer: nothing is asked
    for agent in ("six", "seven"):
        worker.ask("/algolia/1/indexes/*/queries", "POST", algolia("rye bread"), user_agent=agent)
    assert worker.made == 3
    worker.close()
    with open_queries(blog.index / FOLDER, datetime.now(UTC)) as queries:
        assert [(one.question, one.times, one.hits) for one in queries.recorded()] == [("rye bread", 6, 3)]


def test_one_visitor_who_asks_the_same_again_at_once_is_recorded_once(blog: Site) -> None:
    worker = Worker(blog, record_queries=True)
    for _ in range(3):
        worker.ask(SEARCH, user_agent="one")
    worker.close()
    with open_queries(blog.index / FOLDER, datetime.now(UTC)) as queries:
        assert [one.times for one in queries.recorded()] == [1]


# ------------------------------------------------------------------------------------------------------ what is bounded


def test_what_was_asked_least_lately_goes_where_there_is_no_room(blog: Site) -> None:
    worker = Worker(blog, most_bytes=30_000)
    worker.ask(SEARCH)
    for number in range(30):
        worker.ask(f"/api/v1/search?q=loaf+{number}")
        worker.ask(SEARCH)
        assert worker.kept.size <= 30_000
    assert worker.made == 31  # the one that is asked all the time stays
    assert 3 <= worker.kept.count < 20
    worker.close()


def test_a_request_that_nobody_asks_twice_is_not_kept(worker: Worker) -> None:
    worker.ask(f"/?q={'x' * LONGEST_REQUEST}")
    assert worker.kept.count == 0


def test_threads_may_share_them(worker: Worker) -> None:
    """Each answer holds the number that was asked for; the sum of their sizes is still that of what is there."""
    manifest = worker.app.extensions["seealso-follower"].get().manifest

    def ask(number: int) -> bool:
        scope = {"method": "GET", "path": "/", "query_string": b"q=%d" % number, "headers": [(b"host", b"a.example")]}
        request = worker.kept.request_of(scope)
        assert request
        if (known := worker.kept.find(request)) is None:
            known = Answer(200, [], b"%06d " % number + os.urandom(50_000))
            worker.kept.keep(request, {MADE_FROM: MadeFrom(manifest)}, known)
        return known.body.startswith(b"%06d " % number)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, [*range(100), *reversed(range(100))] * 20))
    sizes = set()
    for start in (1_000, 2_000):
        for number in range(start, start + 100):
            ask(number)
        sizes.add((worker.kept.count, worker.kept.size))
    assert len(sizes) == 1
    assert sizes.pop()[1] <= 1 << 20
