"""Before the first build, while builds follow, and when files are damaged: what the service says and answers."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator

import pytest
from conftest import Site, json_of, unsealed
from flask.testing import FlaskClient
from serving import until

from indexer.store.generation import seal
from indexer.store.manifest import FORMAT
from service.app import create_app


@pytest.fixture
def client(site: Site) -> FlaskClient:
    """A service over an index in which nothing is published yet."""
    return create_app(site.settings).test_client()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The service logs what these tests provoke."""
    logging.getLogger("seealso").disabled = True
    yield
    logging.getLogger("seealso").disabled = False


def publish(site: Site, words: str) -> None:
    for name in ("lamb", "rye"):
        site.post(f"{name}.md", f"The {name} recipe", words)
    site.build()


def found(client: FlaskClient, words: str) -> int:
    answer = client.get("/api/v1/search", query_string={"q": words})
    assert answer.status_code == 200
    return int(json_of(answer)["total"])


def test_nothing_published_is_a_503_with_the_next_step_and_the_process_is_up(client: FlaskClient) -> None:
    assert json_of(client.get("/healthz")) == {"status": "up"}
    for path in ("/readyz", "/api/v1/search?q=lamb", "/api/v1/complete?q=la", "/api/v1/related?post=lamb"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json"), path
        assert "seealso build" in json_of(answer)["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/?q=lamb").status_code == 503
    assert client.get("/").mimetype == "text/html"


def test_a_first_build_is_served_without_a_restart(client: FlaskClient, site: Site) -> None:
    assert client.get("/readyz").status_code == 503
    publish(site, "Lamb stew.")
    assert found(client, "stew") == 2
    assert client.get("/readyz").status_code == 200


def test_a_wrong_question_is_a_400_even_where_nothing_is_published(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?q=").status_code == 400


def test_ready_names_the_generation_and_its_age(client: FlaskClient, site: Site) -> None:
    publish(site, "Lamb stew.")
    ready = json_of(client.get("/readyz"))
    assert 0 <= ready.pop("age_seconds") < 3600
    assert ready.pop("built_at").startswith("20")
    assert ready == {"status": "ready", "generation": "000001", "posts": 2, "degraded": False, "problems": []}


def test_ready_takes_no_parameters(client: FlaskClient, site: Site) -> None:
    publish(site, "Lamb stew.")
    answer = client.get("/readyz?full=true")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert "known parameters here: none" in str(json_of(answer))


def test_a_new_generation_is_followed_without_a_restart(client: FlaskClient, site: Site) -> None:
    publish(site, "Lamb stew.")
    assert found(client, "stew") == 2
    publish(site, "Goat curry.")
    until(lambda: found(client, "curry") == 2, "the new generation answers")
    assert found(client, "stew") == 0


# ------------------------------------------------------------------------------------------------------- upgrades


def of_format(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on this is the version that writes and reads a format."""
    monkeypatch.setattr("indexer.store.manifest.FORMAT", number)
    monkeypatch.setattr("indexer.build.FORMAT", number)


def test_a_running_service_answers_on_when_a_newer_version_has_built(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, "Lamb stew.")
    assert found(client, "stew") == 2
    of_format(FORMAT + 1, monkeypatch)
    publish(site, "Goat curry.")
    of_format(FORMAT, monkeypatch)
    until(lambda: json_of(client.get("/readyz"))["problems"] != [], "the problem is told")
    assert f"has format {FORMAT + 1}; this version reads {FORMAT}" in json_of(client.get("/readyz"))["problems"][0]
    assert found(client, "stew") == 2
    again = create_app(site.settings).test_client()  # a worker that took the place of another
    assert found(again, "stew") == 2
    of_format(FORMAT + 1, monkeypatch)
    assert found(create_app(site.settings).test_client(), "curry") == 2  # after the restart


def test_a_newer_service_over_an_older_index_says_what_to_do_and_serves_the_build_without_a_restart(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, "Lamb stew.")
    of_format(FORMAT + 1, monkeypatch)
    client = create_app(site.settings).test_client()
    for path in ("/readyz", "/api/v1/search?q=stew"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "run `seealso build` of this version" in json_of(answer)["detail"]
    publish(site, "Goat curry.")
    until(lambda: client.get("/readyz").status_code == 200, "the new build is served")
    assert found(client, "curry") == 2


def test_a_rollback_is_followed_without_a_restart(client: FlaskClient, site: Site) -> None:
    from indexer.store.generation import locked, rollback

    publish(site, "Lamb stew.")
    publish(site, "Goat curry.")
    assert found(client, "curry") == 2
    with locked(site.index):
        rollback(site.index)
    until(lambda: found(client, "stew") == 2, "the old generation answers")
    assert json_of(client.get("/readyz"))["generation"] == "000001"


def test_a_deleted_index_is_answered_from_until_a_new_one_is_built(client: FlaskClient, site: Site) -> None:
    publish(site, "Lamb stew.")
    assert found(client, "stew") == 2
    shutil.rmtree(site.index)
    assert [found(client, "stew") for _ in range(3)] == [2, 2, 2]
    until(lambda: json_of(client.get("/readyz"))["problems"] != [], "the problem is told")
    assert json_of(client.get("/readyz"))["problems"] == ["nothing is published in index: run `seealso build`"]
    publish(site, "Goat curry.")
    until(lambda: found(client, "curry") == 2, "the new index answers")
    until(lambda: json_of(client.get("/readyz"))["problems"] == [], "the problem is over")


def test_an_index_that_was_built_anew_has_other_etags_though_it_counts_from_one_again(site: Site) -> None:
    publish(site, "Lamb stew.")
    before = create_app(site.settings).test_client().get("/api/v1/search?q=lamb").headers["ETag"]
    shutil.rmtree(site.index)
    publish(site, "Goat curry.")
    client = create_app(site.settings).test_client()
    assert client.get("/api/v1/search?q=lamb", headers={"If-None-Match": before}).status_code == 200


def test_damage_under_a_running_service_changes_no_answer(client: FlaskClient, site: Site) -> None:
    publish(site, "Lamb stew.")
    before = client.get("/api/v1/search?q=stew").data
    for file in (site.index / "generations" / "000001").rglob("*"):
        if file.is_file():  # put something else in its place, as every tool does that writes safely
            file.unlink()
            file.write_bytes(b"")
    assert client.get("/api/v1/search?q=stew").data == before
    assert client.get("/api/v1/related?post=lamb").status_code == 200
    assert client.get("/rye/").status_code == 200


def test_a_damaged_new_generation_is_not_followed_and_is_named(client: FlaskClient, site: Site) -> None:
    publish(site, "Lamb stew.")
    assert found(client, "stew") == 2
    publish(site, "Goat curry.")
    unsealed(site.index / "generations" / "000002" / "posts" / "facts.npy").write_text("[]")
    until(lambda: json_of(client.get("/readyz"))["problems"] != [], "the damage is told")
    assert "generation 000002 is damaged: posts/facts.npy" in json_of(client.get("/readyz"))["problems"][0]
    assert found(client, "stew") == 2


def test_a_service_that_starts_on_a_damaged_generation_serves_the_one_before(site: Site) -> None:
    publish(site, "Lamb stew.")
    publish(site, "Goat curry.")
    unsealed(site.index / "generations" / "000002" / "posts" / "texts.npy").write_bytes(b"")
    client = create_app(site.settings).test_client()
    assert found(client, "stew") == 2
    ready = json_of(client.get("/readyz"))
    assert ready["generation"] == "000001"
    assert "texts.npy" in ready["problems"][0]


def test_a_service_with_only_damaged_generations_says_503_without_naming_files(site: Site) -> None:
    publish(site, "Lamb stew.")
    unsealed(site.index / "generations" / "000001" / "posts" / "texts.npy").write_bytes(b"")
    answer = create_app(site.settings).test_client().get("/api/v1/search?q=stew")
    assert answer.status_code == 503
    assert "texts.npy" not in answer.text
    assert str(site.index) not in answer.text


def test_a_generation_without_a_file_that_is_needed_stops_no_service(site: Site) -> None:
    """As an earlier version may have left it: whole and sealed, but without a file that is read now."""
    publish(site, "A supper of lamb.")
    said = site.open().manifest
    directory = site.index / "generations" / said.id
    for name in ("related/ranked.npy", "manifest.json"):
        (directory / name).unlink()
    seal(directory, said)
    client = create_app(site.settings).test_client()
    statuses = [client.get(path).status_code for path in ("/healthz", "/readyz", "/api/v1/search?q=lamb")]
    assert statuses == [200, 503, 503]
