"""The editors' routes: nobody without a token, nothing from another site, and nothing that an editor wrote is lost."""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Site, copied, json_of
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import Server, serving
from test_api import as_described
from werkzeug.test import TestResponse

from indexer import auth
from indexer.auth import new_token, revoke
from indexer.editing.edit import version_of
from indexer.editing.journal import Signature
from indexer.editing.undo import undo
from indexer.errors import InvalidQuery
from indexer.model import EditingMode
from indexer.settings import ContentSettings, EditingSettings, IndexSettings, Settings
from indexer.store.state_directory import TOKENS
from service.app import create_app
from service.editing import ACCEPT, FAILURE_SECONDS, MOST_FAILURES, ROUTES, WRITES, Attempts
from service.validation import checked

NOW = datetime.now(UTC)
PUBLIC = ("/api/v1/search?q=bread", "/api/v1/complete?q=br", "/api/v1/related?post=rye", "/?q=bread", "/rye/")
WRITE_ROUTES = [path for path, methods in ROUTES.items() if methods is WRITES]
READ_ROUTES = [path for path, methods in ROUTES.items() if methods is not WRITES]
BODY = {"post": "rye", "targets": ["oat"], "because": "another grain"}


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site as it was built; each test works on a copy."""
    site = Site(tmp_path_factory.mktemp("bakery"))
    site.post("rye.md", "Rye bread", "Flour, water, salt and a sour starter for bread.", tags="[bread]")
    site.post("oat.md", "Oat bread", "Oat flakes, flour, water and salt for bread.", tags="[bread]")
    site.post("spelt.md", "Spelt bread", "Spelt flour, water and salt for bread.", tags="[bread]")
    site.post("grain/barley.md", "Barley", "Barley flour for bread.", tags="[bread]", relatedPosts='["spelt"]')
    site.post("secret.md", "Secret bread", draft="true")
    site.build()
    return site.content.parent


class Editor:
    """Somebody with a token, before a service of their own."""

    def __init__(self, root: Path, mode: EditingMode = EditingMode.WRITE, **service: Any) -> None:
        self.root = root
        self.settings = Settings(
            content=ContentSettings(directory=root / "content"),
            index=IndexSettings(directory=root / "index"),
            editing=EditingSettings(directory=root / ".seealso", mode=mode),
        )
        self.settings = replace(self.settings, service=replace(self.settings.service, **service))
        self.token = new_token(self.settings.decided, "ann", NOW + timedelta(days=1), NOW)
        self.app: Flask = create_app(self.settings)
        self.client = self.app.test_client()

    def headers(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        version = self.version("rye.md")
        usual: dict[str, str | None] = {"Authorization": f"Bearer {self.token}", "If-Match": f'"{version}"'}
        return {name: value for name, value in (usual | dict(changes)).items() if value is not None}

    def get(self, path: str, **headers: str | None) -> TestResponse:
        return self.client.get(f"/api/v1/{path}", headers=self.headers(_named(headers)))

    def post(self, path: str, body: Any = BODY, **headers: str | None) -> TestResponse:
        said = body if isinstance(body, bytes) else json.dumps(_fitting(path, body)).encode()
        given = self.headers({"Content-Type": "application/json"} | _named(headers))
        return self.client.post(f"/api/v1/suggestions/{path}", data=said, headers=given)

    def file(self, path: str) -> Path:
        return self.root / "content" / path

    def version(self, path: str) -> str:
        return version_of(self.file(path).read_bytes()) if self.file(path).is_file() else "0" * 32

    def decided(self) -> list[dict[str, Any]]:
        file = self.settings.decided / "decisions.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def everything(self) -> dict[str, bytes]:
        """Every file that an editor may change."""
        files = [*(self.root / "content").rglob("*"), *self.settings.decided.glob("decisions*")]
        return {str(one): one.read_bytes() for one in files if one.is_file()}


def _named(headers: dict[str, str | None]) -> dict[str, str | None]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _fitting(path: str, body: Any) -> Any:
    """The usual body without the keys that this route does not know."""
    if body is not BODY:
        return body
    if path == "draft":
        return {"text": "---\ntitle: Wheat bread\n---\n\nFlour, water and salt for bread.\n"}
    return body if path == "dismiss" else {name: value for name, value in body.items() if name != "because"}


@pytest.fixture
def editor(bakery: Path, tmp_path: Path) -> Editor:
    copied(bakery, tmp_path / "site")
    return Editor(tmp_path / "site")


def ask(editor: Editor, path: str, **headers: str | None) -> TestResponse:
    """A proper request to any of the editors' routes."""
    if path in WRITE_ROUTES:
        return editor.post(path.rpartition("/")[2], **headers)
    query = {"/api/v1/suggestions": "?post=rye"}.get(path, "")
    return editor.get(path.removeprefix("/api/v1/") + query, **headers)


every_route = pytest.mark.parametrize("path", ROUTES)
every_write = pytest.mark.parametrize("action", ["accept", "dismiss", "draft"])
both_decisions = pytest.mark.parametrize("action", ["accept", "dismiss"])


# ------------------------------------------------------------------------------------------- what editors can do


@every_route
def test_every_answer_is_as_described(editor: Editor, path: str) -> None:
    answer = ask(editor, path)
    as_described(editor.client, path, answer)
    assert answer.status_code == 200


EXAMPLES = {
    "q": "bread", "page": "1", "per_page": "5", "post": "rye", "limit": 5, "to": "true", "targets": ["oat"],
    "because": "another grain", "later": False, "text": "Flour and water.", "path": "new/wheat.md",
}  # fmt: skip


@every_route
def test_every_documented_parameter_is_accepted_alone_with_those_that_are_required(editor: Editor, path: str) -> None:
    ((method, about),) = json_of(editor.client.get("/openapi.json"))["paths"][path].items()
    if method == "get":
        known = {one["name"]: one["required"] for one in about["parameters"]}
    else:
        schema = about["requestBody"]["content"]["application/json"]["schema"]
        known = {name: name in schema["required"] for name in schema["properties"]}
    for name in known:
        wanted = {one: EXAMPLES[one] for one, required in known.items() if required or one == name}
        wanted |= {"because": EXAMPLES["because"]} if path.endswith("dismiss") else {}
        sent: dict[str, Any] = {"query_string": wanted} if method == "get" else {"json": wanted}
        answer = editor.client.open(path, method=method, headers=editor.headers({}), **sent)
        assert answer.status_code == 200, (name, answer.text)


def test_the_gate_knows_every_route_of_the_editors_and_its_methods(editor: Editor) -> None:
    rules = {
        rule.rule: rule.methods for rule in editor.app.url_map.iter_rules() if rule.endpoint.startswith("editing.")
    }
    assert rules == {path: set(methods) for path, methods in ROUTES.items()}


def test_the_list_shows_every_post_with_its_file_and_its_curated_list(editor: Editor) -> None:
    said = json_of(editor.get("posts"))
    assert [(one["id"], one["path"], one["curated"]) for one in said["posts"]] == [
        ("grain/barley", "grain/barley.md", ["spelt"]),
        ("oat", "oat.md", []),
        ("rye", "rye.md", []),
        ("spelt", "spelt.md", []),
    ]


@pytest.mark.parametrize(
    ("query", "ids", "total"),
    [
        ("q=bread", ["oat", "rye", "spelt"], 3),
        ("q=BREAD+oat", ["oat"], 1),
        ("q=grain/", ["grain/barley"], 1),
        ("q=secret", [], 0),
        ("q=+", ["grain/barley", "oat", "rye", "spelt"], 4),
        ("per_page=2&page=2", ["rye", "spelt"], 4),
        ("q=bread&per_page=2&page=2", ["spelt"], 3),
        ("page=99", [], 4),
    ],
)
def test_the_list_is_narrowed_by_words_of_title_or_id_and_paged(
    editor: Editor, query: str, ids: list[str], total: int
) -> None:
    said = json_of(editor.get(f"posts?{query}"))
    assert ([one["id"] for one in said["posts"]], said["total"]) == (ids, total)


@pytest.mark.parametrize("query", ["page=0", "per_page=101", "q=" + "x" * 201, "colour=red", "page=1&page=2"])
def test_a_wrong_question_about_the_list_is_a_400(editor: Editor, query: str) -> None:
    answer = editor.get(f"posts?{query}")
    as_described(editor.client, "/api/v1/posts", answer)
    assert answer.status_code == 400


def suggested(editor: Editor, query: str = "post=rye") -> list[str]:
    return [one["id"] for one in json_of(editor.get(f"suggestions?{query}"))["suggestions"]]


def test_suggestions_carry_the_version_of_the_file(editor: Editor) -> None:
    answer = editor.get("suggestions?post=rye")
    assert answer.headers["ETag"] == f'"{editor.version("rye.md")}"'
    assert json_of(answer)["version"] == editor.version("rye.md")
    assert "oat" in suggested(editor)


def test_suggestions_can_be_turned_round_and_limited(editor: Editor) -> None:
    assert "grain/barley" not in suggested(editor, "post=spelt&to=true")  # it curates spelt already
    assert "rye" in suggested(editor, "post=spelt&to=true")
    assert len(suggested(editor, "post=rye&limit=1")) == 1


def test_an_accepted_suggestion_stands_in_the_file_and_is_not_made_again(editor: Editor) -> None:
    before = editor.file("rye.md").read_bytes()
    answer = editor.post("accept", {"post": "rye", "targets": ["oat", "/spelt/", "oat.md"]})
    after = editor.file("rye.md").read_bytes()
    assert json_of(answer)["accepted"] == ["oat", "spelt"]
    assert json_of(answer)["version"] == version_of(after)
    assert answer.headers["ETag"] == f'"{version_of(after)}"'
    assert set(before.splitlines()) <= set(after.splitlines())
    assert json_of(answer)["patch"].startswith("--- a/rye.md\n+++ b/rye.md\n@@ ")
    assert not {"oat", "spelt"} & {*suggested(editor)}  # though no build has run


# ------------------------------------------------------------------------------------------- where posts belong to git


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, input=data).stdout.decode()


@pytest.fixture
def gitta(bakery: Path, tmp_path: Path) -> Editor:
    """An editor where nothing may be written into posts."""
    copied(bakery, tmp_path / "site")
    return Editor(tmp_path / "site", EditingMode.PATCH)


@pytest.fixture
def branching(bakery: Path, tmp_path: Path) -> Editor:
    """An editor where the blog is a repository, and what is accepted goes to a branch."""
    root = tmp_path / "site"
    copied(bakery, root)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "content")
    git(root, "commit", "-q", "-m", "The blog")
    return Editor(root, EditingMode.BRANCH)


def posts_of(editor: Editor) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in editor.file(".").rglob("*.md")}


def test_where_posts_belong_to_git_accepting_answers_a_patch_and_writes_into_no_post(gitta: Editor) -> None:
    before = posts_of(gitta)
    answer = gitta.post("accept", {"post": "rye", "targets": ["oat"]})
    as_described(gitta.client, "/api/v1/suggestions/accept", answer)
    assert posts_of(gitta) == before
    said = json_of(answer)
    assert (said["mode"], said["commit"], said["version"]) == ("patch", None, gitta.version("rye.md"))
    assert answer.headers["ETag"] == f'"{gitta.version("rye.md")}"'
    assert "oat" not in suggested(gitta)
    assert "rye" not in suggested(gitta, "post=oat&to=true")
    more = gitta.post("accept", {"post": "rye", "targets": ["spelt"]})
    git(gitta.file("."), "apply", "-", data=json_of(more)["patch"].encode())  # it has both
    assert {"oat", "spelt"} <= set(re.findall(r"oat|spelt", gitta.file("rye.md").read_text().split("---")[1]))


def test_accepting_twice_where_posts_belong_to_git_is_the_same_as_once(gitta: Editor) -> None:
    first, again = (gitta.post("accept", {"post": "rye", "targets": ["oat"]}) for _ in range(2))
    assert json_of(first) == json_of(again)


def test_a_file_that_has_changed_is_not_collected(gitta: Editor) -> None:
    shown = f'"{gitta.version("rye.md")}"'
    gitta.file("rye.md").write_bytes(gitta.file("rye.md").read_bytes() + b"More.\n")
    assert gitta.post("accept", {"post": "rye", "targets": ["oat"]}, If_Match=shown).status_code == 412
    assert "oat" in suggested(gitta)


def test_with_a_branch_accepting_commits_to_it_and_touches_nothing_else(branching: Editor) -> None:
    before, status = posts_of(branching), git(branching.root, "status", "--porcelain")
    said = json_of(branching.post("accept", {"post": "rye", "targets": ["oat"]}))
    assert said["mode"] == "branch"
    assert said["commit"] == git(branching.root, "rev-parse", "see-also").strip()
    more = json_of(branching.post("accept", {"post": "rye", "targets": ["spelt"]}))
    assert git(branching.root, "rev-list", "main..see-also").split() == [more["commit"], said["commit"]]
    assert git(branching.root, "diff", "--name-only", "main", "see-also").split() == ["content/rye.md"]
    assert (posts_of(branching), git(branching.root, "status", "--porcelain")) == (before, status)
    assert json_of(branching.post("accept", {"post": "rye", "targets": ["oat"]}))["commit"] == said["commit"]


def test_what_cannot_be_committed_is_refused_with_the_reason_and_not_collected(branching: Editor) -> None:
    git(branching.root, "checkout", "-q", "-b", "see-also")
    answer = branching.post("accept", {"post": "rye", "targets": ["oat"]})
    assert answer.status_code == 409
    assert "checked out" in json_of(answer)["detail"]
    assert "oat" in suggested(branching)


def test_dismissals_are_kept_where_posts_belong_to_git_too(gitta: Editor) -> None:
    before = posts_of(gitta)
    assert gitta.post("dismiss").status_code == 200
    assert [one["target"] for one in gitta.decided()] == ["oat"]
    assert posts_of(gitta) == before


def test_a_dismissed_suggestion_is_remembered_with_its_reason_and_not_made_again(editor: Editor) -> None:
    files = editor.everything()
    answer = editor.post("dismiss", {"post": "rye", "targets": ["oat"], "because": "another grain"})
    assert [(one["target"], one["decision"]) for one in json_of(answer)["decided"]] == [("oat", "dismissed")]
    assert [(one["post"], one["because"]) for one in editor.decided()] == [("rye", "another grain")]
    assert {name: editor.everything()[name] for name in files} == files  # no post was touched
    assert "oat" not in suggested(editor)


def test_what_is_put_off_needs_no_reason_and_stays_behind_the_others(editor: Editor) -> None:
    first = suggested(editor)[0]
    editor.post("dismiss", {"post": "rye", "targets": [first], "later": True})
    said = json_of(editor.get("suggestions?post=rye"))["suggestions"]
    assert said[-1]["id"] == first
    assert said[-1]["before"]["decision"] == "later"


def test_a_draft_gets_suggestions_and_leaves_no_trace(editor: Editor) -> None:
    files = editor.everything()
    text = "---\ntitle: Wheat bread\nrelatedPosts: [oat]\n---\n\nFlour, water and salt for bread.\r\n"
    answer = editor.post("draft", {"text": text, "path": "new/wheat.md", "limit": 5})
    said = json_of(answer)
    assert (said["post"], said["version"]) == ("new/wheat.md", None)
    assert {one["id"] for one in said["suggestions"]} >= {"rye"}
    assert "oat" not in {one["id"] for one in said["suggestions"]}
    assert "ETag" not in answer.headers
    assert editor.everything() == files


# -------------------------------------------------------------------------------------------- off without a token


@every_route
def test_without_a_token_there_is_no_such_route(editor: Editor, path: str) -> None:
    revoke(editor.settings.decided, "ann")
    unknown = editor.get("quince")
    answer = ask(editor, path)
    assert (answer.status_code, answer.data) == (404, unknown.data)


@pytest.mark.parametrize("problem", ["readable by others", "damaged", "no folder"])
def test_without_a_token_that_can_be_used_there_is_no_such_route(
    editor: Editor, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = editor.settings.decided / TOKENS
    if problem == "readable by others":
        file.chmod(0o644)
    elif problem == "damaged":
        file.write_text("{")
    else:
        shutil.rmtree(editor.settings.decided)
    assert [ask(editor, path).status_code for path in ROUTES] == [404] * len(ROUTES)
    said = [one.getMessage() for one in caplog.records]
    assert len(said) == (problem != "no folder")  # said once, not at each request


def test_whose_only_token_has_expired_is_told_so_and_not_that_nothing_is_there(editor: Editor) -> None:
    revoke(editor.settings.decided, "ann")
    editor.token = new_token(editor.settings.decided, "old", NOW - timedelta(seconds=1), NOW - timedelta(days=2))
    assert [ask(editor, path).status_code for path in ROUTES] == [401] * len(ROUTES)


def test_every_route_for_editors_is_behind_the_gate(editor: Editor) -> None:
    rules = editor.client.application.url_map.iter_rules()
    assert {rule.rule for rule in rules if rule.endpoint.startswith("editing.")} == set(ROUTES)


def test_a_new_token_opens_the_routes_and_a_revoked_one_closes_them_at_once(editor: Editor) -> None:
    bob = new_token(editor.settings.decided, "bob", NOW + timedelta(days=1), NOW)
    assert editor.get("posts", Authorization=f"Bearer {bob}").status_code == 200
    revoke(editor.settings.decided, "bob")
    assert editor.get("posts", Authorization=f"Bearer {bob}").status_code == 401
    revoke(editor.settings.decided, "ann")
    assert editor.get("posts").status_code == 404
    editor.token = new_token(editor.settings.decided, "ann", NOW + timedelta(days=1), NOW)
    assert editor.get("posts").status_code == 200


# ------------------------------------------------------------------------------------ no token, wrong, expired, revoked


def bad_credentials(editor: Editor) -> dict[str, str | None]:
    folder = editor.settings.decided
    expired = new_token(folder, "old", NOW - timedelta(seconds=1), NOW - timedelta(days=2))
    gone = new_token(folder, "gone", NOW + timedelta(days=1), NOW)
    revoke(folder, "gone")
    return {
        "none": None,
        "empty": "",
        "wrong": "Bearer seealso_" + "A" * 43,
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {gone}",
        "no scheme": editor.token,
        "another scheme": f"Basic {editor.token}",
        "two in one": f"Bearer {editor.token}, Bearer {editor.token}",
        "shortened": f"Bearer {editor.token[:-1]}",
        "lengthened": f"Bearer {editor.token}A",
        "very long": "Bearer " + "A" * 15_000,
        "not ASCII": "Bearer seealso_" + "\xfc" * 43,
        "the hash": "Bearer " + auth.read_tokens(folder)[0].sha256,
    }


@every_route
def test_whoever_has_no_good_token_gets_the_same_401(editor: Editor, path: str) -> None:
    said = {}
    for name, authorization in bad_credentials(editor).items():
        editor.app.extensions["seealso-attempts"] = Attempts()
        answer = ask(editor, path, Authorization=authorization)
        as_described(editor.client, path, answer)
        said[name] = (answer.status_code, answer.headers["WWW-Authenticate"], answer.data)
    assert len({*said.values()}) == 1, said
    assert said["none"][:2] == (401, "Bearer")


def test_every_refusal_does_the_same_work(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = bad_credentials(editor)
    compared: list[str] = []
    real = hmac.compare_digest

    def noted(a: str, b: str) -> bool:
        compared.append(a)
        return real(a, b)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    for name, authorization in credentials.items():  # the last of them get a 429
        compared.clear()
        editor.get("posts", Authorization=authorization)
        assert len(compared) == len(auth.read_tokens(editor.settings.decided)), name


def test_nothing_of_a_body_is_looked_at_without_a_token(editor: Editor) -> None:
    for body in (b"[" * 40_000, b"{}", json.dumps(BODY).encode()):
        assert editor.post("accept", body, Authorization=None).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_name_of_the_scheme_is_not_case_sensitive(editor: Editor, scheme: str) -> None:
    assert editor.get("posts", Authorization=f"{scheme} {editor.token}").status_code == 200


# ------------------------------------------------------------------------------- attempts that fail, and many of them


def refusals(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    lines = [one.getMessage() for one in caplog.records if one.name == "seealso"]
    return [json.loads(line.removeprefix("refused ")) for line in lines]


@every_route
def test_a_refused_attempt_is_one_line_of_the_log_without_what_was_sent(
    editor: Editor, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = bad_credentials(editor)
    for name in ("none", "wrong", "expired", "no scheme"):
        ask(editor, path, Authorization=said[name])
    assert refusals(caplog) == [
        {"path": path, "reason": "none"},
        {"path": path, "reason": "unknown"},
        {"path": path, "reason": "expired"},
        {"path": path, "reason": "unknown"},
    ]
    assert "seealso_" not in caplog.text
    assert editor.token not in caplog.text


@every_route
def test_after_five_failures_further_ones_get_a_429_and_a_good_token_still_passes(
    editor: Editor, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = [ask(editor, path, Authorization="Bearer zebra") for _ in range(MOST_FAILURES + 20)]
    assert [one.status_code for one in said] == [401] * MOST_FAILURES + [429] * 20
    as_described(editor.client, path, said[-1])
    assert 1 <= int(said[-1].headers["Retry-After"]) <= FAILURE_SECONDS
    assert len(refusals(caplog)) == MOST_FAILURES
    assert ask(editor, path).status_code == 200
    assert ask(editor, path, Authorization=None).status_code == 429


def test_visitors_never_get_a_429(editor: Editor) -> None:
    for _ in range(MOST_FAILURES + 1):
        editor.get("posts", Authorization=None)
    assert [editor.client.get(path).status_code for path in PUBLIC] == [200] * len(PUBLIC)


def test_a_minute_later_an_attempt_is_answered_again_and_says_how_many_were_not_logged() -> None:
    attempts = Attempts()
    first = [attempts.failed(float(second)) for second in range(MOST_FAILURES)]
    flood = [attempts.failed(MOST_FAILURES + number / 100) for number in range(1_000)]
    again = attempts.failed(FAILURE_SECONDS + 0.5)  # a minute after the first, not after the last
    assert {(one.more, one.wait) for one in first} == {(0, 0)}
    assert all(0 < one.wait <= FAILURE_SECONDS for one in flood)
    assert (again.more, again.wait) == (1_000, 0)
    assert attempts.failed(FAILURE_SECONDS + 0.6).wait == 1
    assert attempts.failed(10 * FAILURE_SECONDS).more == 1


def test_how_many_were_not_logged_is_a_line_of_its_own(
    editor: Editor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MOST_FAILURES + 20):
        editor.get("posts", Authorization=None)
    later = time.monotonic() + FAILURE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    caplog.clear()
    editor.get("posts", Authorization=None)
    assert [one.getMessage() for one in caplog.records] == [
        "refused 20 more",
        'refused {"path": "/api/v1/posts", "reason": "none"}',
    ]


# ---------------------------------------------------------------------------------------- the token in the query string


@every_route
@pytest.mark.parametrize("name", ["token", "access_token", "post", "q"])
def test_a_token_in_the_query_string_is_a_400_and_in_no_log(
    editor: Editor, path: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for authorization in (None, f"Bearer {editor.token}"):
        headers = editor.headers({"Authorization": authorization, "Content-Type": "application/json"})
        method = "POST" if path in WRITE_ROUTES else "GET"
        answer = editor.client.open(f"{path}?{name}={editor.token}", method=method, headers=headers, data=None)
        as_described(editor.client, path, answer)
        assert json_of(answer)["errors"] == [{"parameter": "query", "code": "token_in_query"}]
        assert editor.token not in answer.text
    assert editor.token not in caplog.text


def test_even_a_short_token_under_a_usual_name_is_no_way_in(editor: Editor) -> None:
    answer = editor.get("posts?token=abc")
    assert json_of(answer)["errors"] == [{"parameter": "query", "code": "unknown_parameter"}]


@pytest.mark.parametrize("path", WRITE_ROUTES)
def test_a_write_takes_nothing_from_its_query_string(editor: Editor, path: str) -> None:
    answer = editor.client.post(f"{path}?post=rye", json={}, headers=editor.headers({}))
    assert json_of(answer)["errors"] == [{"parameter": "query", "code": "unknown_parameter"}]


# ------------------------------------------------------------------------------------------------ pages of another site


@every_route
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
    ],
    ids=str,
)
def test_what_a_page_of_another_site_sends_is_refused_though_the_token_is_good(
    editor: Editor, path: str, headers: dict[str, str]
) -> None:
    files = editor.everything()
    answer = ask(editor, path, **headers)
    as_described(editor.client, path, answer)
    assert answer.status_code == 403
    assert editor.everything() == files


@every_route
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "same-origin", "Origin": "http://localhost"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://localhost"},
    ],
    ids=str,
)
def test_the_services_own_origin_is_let_in(editor: Editor, path: str, headers: dict[str, str]) -> None:
    assert ask(editor, path, **headers).status_code == 200


@every_route
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
def test_no_other_origin_may_read_an_answer_not_even_one_that_may_search(
    bakery: Path, tmp_path: Path, path: str, method: str
) -> None:
    copied(bakery, tmp_path / "site")
    friend = "https://blog.example"
    editor = Editor(tmp_path / "site", origins=(friend,))
    preflight = {"Origin": friend, "Access-Control-Request-Method": "POST"}
    answer = editor.client.open(path, method=method, headers=editor.headers(preflight))
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    assert editor.client.get(PUBLIC[0], headers=preflight).headers["Access-Control-Allow-Origin"] == friend


# ------------------------------------------------------------------------------------- methods, content types and sizes


@every_write
@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/json", "", None],
)
def test_a_body_that_says_it_is_no_json_is_a_415(editor: Editor, action: str, kind: str | None) -> None:
    answer = editor.post(action, Content_Type=kind)
    as_described(editor.client, f"/api/v1/suggestions/{action}", answer)
    assert answer.status_code == 415


@every_write
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_write_is_a_post_and_nothing_else(editor: Editor, action: str, method: str) -> None:
    answer = editor.client.open(f"/api/v1/suggestions/{action}", method=method, headers=editor.headers({}))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("path", READ_ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_is_read_cannot_be_written(editor: Editor, path: str, method: str) -> None:
    answer = editor.client.open(path, method=method, headers=editor.headers({}))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


@every_route
def test_a_preflight_says_which_methods_there_are(editor: Editor, path: str) -> None:
    answer = editor.client.options(path)
    assert (answer.status_code, answer.headers["Allow"]) == (204, ", ".join(ROUTES[path]))


@pytest.mark.parametrize("path", READ_ROUTES)
def test_head_is_get_without_a_body_and_get_has_none_to_send(editor: Editor, path: str) -> None:
    query = "?post=rye" if path.endswith("suggestions") else ""
    head = editor.client.head(path + query, headers=editor.headers({}))
    assert (head.status_code, head.data) == (200, b"")
    with_body = editor.client.get(path + query, headers=editor.headers({}), json={"post": "rye"})
    assert with_body.status_code == 400


@every_write
def test_a_body_of_more_than_64_kb_is_a_413(editor: Editor, action: str) -> None:
    answer = editor.post(action, json.dumps({"text": "x" * 65_536}).encode())
    as_described(editor.client, f"/api/v1/suggestions/{action}", answer)
    assert answer.status_code == 413


def test_a_draft_may_nearly_fill_its_body(editor: Editor) -> None:
    assert editor.post("draft", {"text": "Flour and water. " * 3_800}).status_code == 200


# --------------------------------------------------------------------------------------------------------- what is sent


LONG = "x" * 10_000


@pytest.mark.parametrize(
    ("body", "parameter", "code"),
    [
        (b"", "body", "not_json"),
        (b"[" * 40_000, "body", "not_json"),
        (b'{"post":' * 8_000, "body", "not_json"),
        (b'{"post": "rye", "targets": ["oat"],}', "body", "not_json"),
        (b"{'post': 'rye'}", "body", "not_json"),
        (b'{"post": "r\xffye"}', "body", "not_json"),
        (b'\xef\xbb\xbf{"post": "rye", "targets": ["oat"]}', "body", "not_json"),
        ('{"post": "rye"}'.encode("utf-16"), "body", "not_json"),
        (b'{"post": NaN, "targets": ["oat"]}', "body", "not_json"),
        (b'{"post": "rye", "targets": [Infinity]}', "body", "not_json"),
        (b'{"post": "rye", "targets": [-Infinity]}', "body", "not_json"),
        (b'{"post": ' + b"9" * 5_000 + b"}", "body", "not_json"),
        (b'{"post": "a\x00b", "targets": ["oat"]}', "body", "not_json"),
        (b'{"post": "rye", "post": "oat", "targets": ["spelt"]}', "body", "given_twice"),
        (b'{"post": "rye", "targets": [{"a": 1, "a": 2}]}', "body", "given_twice"),
        (b'["rye"]', "body", "wrong_type"),
        (b'"rye"', "body", "wrong_type"),
        (b"null", "body", "wrong_type"),
        (b"1e400", "body", "wrong_type"),
        (b'{"post": "\\ud800", "targets": ["oat"]}', "post", "not_text"),
        (b'{"post": "rye", "targets": ["\\udfff"]}', "targets", "not_text"),
        (b'{"\\ud800": "rye"}', "body", "unknown_parameter"),
        ({"post": "rye", "targets": ["oat"], "admin": True}, "body", "unknown_parameter"),
        ({"post": "rye", "targets": ["oat"], "path": "/etc/passwd"}, "body", "unknown_parameter"),
        ({"post": "rye", "targets": ["oat"], "__proto__": {}}, "body", "unknown_parameter"),
        ({"targets": ["oat"]}, "post", "required"),
        ({"post": "rye"}, "targets", "required"),
        ({"post": " ", "targets": ["oat"]}, "post", "required"),
        ({"post": "rye", "targets": []}, "targets", "required"),
        ({"post": "rye", "targets": [""]}, "targets", "required"),
        ({"post": 5, "targets": ["oat"]}, "post", "wrong_type"),
        ({"post": None, "targets": ["oat"]}, "post", "wrong_type"),
        ({"post": ["rye"], "targets": ["oat"]}, "post", "wrong_type"),
        ({"post": "rye", "targets": "oat"}, "targets", "wrong_type"),
        ({"post": "rye", "targets": {"oat": 1}}, "targets", "wrong_type"),
        ({"post": "rye", "targets": [["oat"]]}, "targets", "wrong_type"),
        ({"post": "rye", "targets": [True]}, "targets", "wrong_type"),
        ({"post": LONG, "targets": ["oat"]}, "post", "too_long"),
        ({"post": "rye", "targets": [LONG]}, "targets", "too_long"),
        ({"post": "rye", "targets": ["oat"] * 51}, "targets", "too_many"),
        ({"post": "rye", "targets": ["oat\n---\n"]}, "targets", "control_character"),
        ({"post": "rye", "targets": ["rye"]}, "targets", "itself"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_body_that_is_not_as_described_is_a_400_and_nothing_is_written(
    editor: Editor, body: Any, parameter: str, code: str
) -> None:
    files = editor.everything()
    answer = editor.post("accept", body)
    as_described(editor.client, "/api/v1/suggestions/accept", answer)
    assert (answer.status_code, json_of(answer)["errors"]) == (400, [{"parameter": parameter, "code": code}])
    assert editor.everything() == files


@pytest.mark.parametrize(
    ("action", "changes", "parameter", "code"),
    [
        ("dismiss", {"because": ""}, "because", "required"),
        ("dismiss", {"because": " ", "later": False}, "because", "required"),
        ("dismiss", {"because": 5}, "because", "wrong_type"),
        ("dismiss", {"because": LONG}, "because", "too_long"),
        ("dismiss", {"because": "a\nb"}, "because", "control_character"),
        ("dismiss", {"because": "a\u2028b"}, "because", "control_character"),
        ("dismiss", {"later": "true"}, "later", "wrong_type"),
        ("dismiss", {"later": 1}, "later", "wrong_type"),
        ("draft", {"text": ""}, "text", "required"),
        ("draft", {"text": 5}, "text", "wrong_type"),
        ("draft", {"text": "---\ntitle: [\n---\n\nText.\n"}, "text", "not_a_post"),
        ("draft", {"limit": 0}, "limit", "out_of_range"),
        ("draft", {"limit": 51}, "limit", "out_of_range"),
        ("draft", {"limit": True}, "limit", "wrong_type"),
        ("draft", {"limit": 1.5}, "limit", "wrong_type"),
        ("draft", {"limit": 10**4_000}, "limit", "out_of_range"),
        ("draft", {"path": "../../etc/passwd"}, "path", "not_a_path"),
        ("draft", {"path": "/etc/passwd"}, "path", "not_a_path"),
        ("draft", {"path": "a/./b.md"}, "path", "not_a_path"),
        ("draft", {"path": "a\x00.md"}, "path", "control_character"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_the_bodies_of_the_other_routes_are_checked_alike(
    editor: Editor, action: str, changes: dict[str, Any], parameter: str, code: str
) -> None:
    answer = editor.post(action, _fitting(action, BODY) | changes)
    assert (answer.status_code, json_of(answer)["errors"]) == (400, [{"parameter": parameter, "code": code}])


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_ANYTHING = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))


@given(st.dictionaries(st.sampled_from(["post", "targets", "limit"]), _ANYTHING, max_size=3), st.binary(max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_body_is_checked_values_or_an_error_with_a_code(said: dict[str, Any], noise: bytes) -> None:
    for data in (json.dumps(said).encode(), json.dumps(said).encode() + noise, noise):
        try:
            found = checked(ACCEPT, data)
        except InvalidQuery:
            continue
        assert isinstance(found["post"], str)
        assert all(isinstance(one, str) for one in found["targets"])


def test_a_problem_never_echoes_what_was_sent_nor_names_this_machine(editor: Editor) -> None:
    (editor.settings.decided / "decisions.jsonl").write_text("no JSON\n")
    said = [
        editor.post("accept", {"post": "zebra", "targets": ["zebra"]}),
        editor.post("accept", {"zebra": "zebra"}),
        editor.post("draft", {"text": "---\nzebra: [\n---\n"}),
        editor.post("accept", {"post": "rye", "targets": ["oat"]}, If_Match='"zebra"'),
        editor.post("dismiss"),
    ]
    assert [one.status_code for one in said] == [404, 400, 400, 412, 409]
    assert "line 1" in json_of(said[-1])["detail"]
    assert not [one.text for one in said if "zebra" in one.text or str(editor.root) in one.text]


# ----------------------------------------------------------------------------------------------- which version is meant


@both_decisions
@pytest.mark.parametrize("if_match", [None, "", "*", '""', "abc", 'W/"{}"', '"{}", "{}"', '"{}'])
def test_a_write_that_names_no_single_version_is_a_428(editor: Editor, action: str, if_match: str | None) -> None:
    files = editor.everything()
    said = if_match.replace("{}", editor.version("rye.md")) if if_match else if_match
    answer = editor.post(action, If_Match=said)
    as_described(editor.client, f"/api/v1/suggestions/{action}", answer)
    assert answer.status_code == 428
    assert editor.everything() == files


@both_decisions
def test_a_write_meant_for_another_version_is_a_412(editor: Editor, action: str) -> None:
    shown = editor.get("suggestions?post=rye").headers["ETag"]
    editor.file("rye.md").write_bytes(editor.file("rye.md").read_bytes() + b"\nOne more line.\n")
    files = editor.everything()
    answer = editor.post(action, If_Match=shown)
    as_described(editor.client, f"/api/v1/suggestions/{action}", answer)
    assert answer.status_code == 412
    assert editor.everything() == files


def test_accepting_twice_is_the_same_as_once(editor: Editor) -> None:
    shown = f'"{editor.version("rye.md")}"'
    first = editor.post("accept", If_Match=shown)
    file = editor.file("rye.md").read_bytes()
    again = editor.post("accept", If_Match=shown)
    assert (first.status_code, again.status_code) == (200, 200)
    assert [json_of(again)[key] for key in ("version", "accepted")] == [
        json_of(first)[key] for key in ("version", "accepted")
    ]
    assert (json_of(again)["added"], json_of(again)["patch"]) == ([], "")
    assert editor.file("rye.md").read_bytes() == file


def test_dismissing_twice_is_the_same_as_once(editor: Editor) -> None:
    answers = [json_of(editor.post("dismiss")) for _ in range(2)]
    for one in answers:
        assert datetime.fromisoformat(one["decided"][0].pop("on"))  # a second may pass between the two
    assert answers[0] == answers[1]
    assert len(editor.decided()) == 1


def readers_see(editor: Editor, **headers: str) -> TestResponse:
    return editor.client.get("/api/v1/related?post=rye", headers=headers)


def test_readers_no_longer_see_what_is_dismissed_without_a_build_between(editor: Editor) -> None:
    before = readers_see(editor)
    assert "oat" in [one["id"] for one in json_of(before)["related"]]
    editor.post("dismiss", {"post": "rye", "targets": ["oat"], "because": "another grain"})
    after = readers_see(editor, **{"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "oat" not in [one["id"] for one in json_of(after)["related"]]
    undo(editor.settings.content, editor.settings.decided, Signature("ann", NOW))
    again = readers_see(editor, **{"If-None-Match": after.headers["ETag"]})
    assert (again.headers["ETag"], json_of(again)) == (before.headers["ETag"], json_of(before))


def test_an_etag_outlives_decisions_about_other_posts(editor: Editor) -> None:
    before = readers_see(editor)
    body = {"post": "oat", "targets": ["rye"], "because": "another grain"}
    assert editor.post("dismiss", body, If_Match=f'"{editor.version("oat.md")}"').status_code == 200
    assert readers_see(editor, **{"If-None-Match": before.headers["ETag"]}).status_code == 304


def test_the_version_in_an_answer_is_good_for_the_next_write(editor: Editor) -> None:
    first = editor.post("accept", {"post": "rye", "targets": ["oat"]})
    second = editor.post("accept", {"post": "rye", "targets": ["spelt"]}, If_Match=first.headers["ETag"])
    assert second.status_code == 200


# ---------------------------------------------------------------------------- removed, linked elsewhere, read-only, odd


@pytest.mark.parametrize("action", ["accept", "dismiss"])
@pytest.mark.parametrize("gone", ["rye.md", "oat.md"])
def test_a_suggestion_for_a_removed_post_is_a_410(editor: Editor, action: str, gone: str) -> None:
    editor.file(gone).unlink()
    files = editor.everything()
    answer = editor.post(action)
    as_described(editor.client, f"/api/v1/suggestions/{action}", answer)
    assert answer.status_code == 410
    assert editor.everything() == files


def test_suggestions_for_a_post_whose_file_is_gone_or_no_longer_a_post_are_an_error(editor: Editor) -> None:
    editor.file("rye.md").unlink()
    assert editor.get("suggestions?post=rye").status_code == 410
    editor.file("oat.md").write_text("---\ntitle: [\n---\n\nText.\n")
    broken = editor.get("suggestions?post=oat")
    as_described(editor.client, "/api/v1/suggestions", broken)
    assert broken.status_code == 409


@pytest.mark.parametrize("what", ["symbolic link", "folder behind a link", "read-only", "hard link"])
def test_a_file_that_cannot_be_written_safely_is_a_409_and_nothing_is_written(editor: Editor, what: str) -> None:
    name, file = "rye", editor.file("rye.md")
    outside = editor.root / "outside"
    if what == "symbolic link":
        file.rename(outside)
        file.symlink_to(outside)
    elif what == "folder behind a link":
        name, file = "grain/barley", editor.file("grain/barley.md")
        file.parent.rename(outside)
        editor.file("grain").symlink_to(outside)
    elif what == "read-only":
        file.chmod(0o444)
    else:
        os.link(file, outside)
    before = file.read_bytes()
    answer = editor.post("accept", {"post": name, "targets": ["oat"]}, If_Match=f'"{version_of(before)}"')
    as_described(editor.client, "/api/v1/suggestions/accept", answer)
    assert answer.status_code == 409
    assert file.read_bytes() == before


def in_the_place_of(file: Path, what: str) -> None:
    """Puts something that is no post where a post was."""
    outside = file.parents[1] / "outside"
    shutil.copytree(file.parent, outside)
    if what == "a folder":
        file.unlink()
        file.mkdir()
    elif what == "a pipe":
        file.unlink()
        os.mkfifo(file)
    elif what == "content behind a link":
        shutil.rmtree(file.parent)
        file.parent.symlink_to(outside)
    elif what == "no content":
        shutil.rmtree(file.parent)
    else:
        file.unlink()
        file.symlink_to(outside / file.name)


@pytest.mark.parametrize(
    ("what", "status"),
    [("a folder", 409), ("a pipe", 409), ("a link", 409), ("content behind a link", 503), ("no content", 503)],
)
def test_what_is_no_file_of_the_site_is_refused_and_no_descriptor_stays_open(
    editor: Editor, what: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    shown = f'"{editor.version("rye.md")}"'
    in_the_place_of(editor.file("rye.md"), what)
    editor.get("suggestions?post=rye")  # what is imported for the first time is open from here on
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        for path, answer in {
            "/api/v1/suggestions": editor.get("suggestions?post=rye"),
            "/api/v1/suggestions/accept": editor.post("accept", If_Match=shown),
            "/api/v1/suggestions/dismiss": editor.post("dismiss", If_Match=shown),
        }.items():
            as_described(editor.client, path, answer)
            assert answer.status_code == status, answer.text
            assert str(editor.root) not in answer.text
    assert len(os.listdir("/proc/self/fd")) == before
    assert editor.decided() == []
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0
        assert "the content folder cannot be reached" in json_of(answer)["detail"]
        assert str(editor.root) in caplog.text  # whoever keeps the service is told where


def test_a_content_folder_that_was_a_link_from_the_start_is_followed(bakery: Path, tmp_path: Path) -> None:
    copied(bakery, tmp_path / "site")
    (tmp_path / "site" / "content").rename(tmp_path / "posts")
    (tmp_path / "site" / "content").symlink_to(tmp_path / "posts")
    editor = Editor(tmp_path / "site")
    assert editor.post("accept").status_code == 200


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link"])
def test_decisions_that_cannot_be_read_at_all_are_not_taken_for_none(editor: Editor, what: str) -> None:
    file = editor.settings.decided / "decisions.jsonl"
    if what == "a folder":
        file.mkdir()
    elif what == "a pipe":
        os.mkfifo(file)
    else:
        file.symlink_to(editor.root / "elsewhere")
    for path in ("/api/v1/suggestions", "/api/v1/suggestions/draft", "/api/v1/suggestions/dismiss"):
        answer = ask(editor, path)
        as_described(editor.client, path, answer)
        assert answer.status_code == 409
        assert "decisions.jsonl" in json_of(answer)["detail"]
        assert str(editor.root) not in answer.text


def test_where_a_draft_will_lie_is_asked_of_nobody(editor: Editor) -> None:
    editor.file("loop").symlink_to("loop")
    answer = editor.post("draft", {"text": "Flour and water.", "path": "loop/wheat.md"})
    assert (answer.status_code, json_of(answer)["post"]) == (200, "loop/wheat.md")


@pytest.mark.parametrize(
    "name", ["../secret", "../../etc/passwd", "/etc/passwd", "secret", "secret.md", "nothing", "."]
)
@pytest.mark.parametrize("key", ["post", "targets"])
def test_a_name_is_looked_up_among_published_posts_and_nowhere_else(editor: Editor, key: str, name: str) -> None:
    answer = editor.post("accept", {"post": "rye", "targets": ["oat"]} | {key: name if key == "post" else [name]})
    assert answer.status_code == 404
    if key == "post":
        assert editor.get(f"suggestions?post={name}").status_code == 404


def test_one_target_that_is_unknown_and_none_is_written(editor: Editor) -> None:
    files = editor.everything()
    assert editor.post("accept", {"post": "rye", "targets": ["oat", "quince"]}).status_code == 404
    assert editor.everything() == files


def test_a_line_of_the_decisions_that_cannot_be_read_stops_a_dismissal(editor: Editor) -> None:
    file = editor.settings.decided / "decisions.jsonl"
    file.write_text("<<<<<<< HEAD\n")
    answer = editor.post("dismiss")
    as_described(editor.client, "/api/v1/suggestions/dismiss", answer)
    assert (answer.status_code, file.read_text()) == (409, "<<<<<<< HEAD\n")


@pytest.mark.parametrize(
    "name", ["no: #1", "2024-01-01", "!!python tag", "*star", "&and", "'single' \"double\"", "loaf-🍞", "- dash", "@at"]
)
def test_a_name_that_yaml_would_misread_is_read_back_as_it_is(site: Site, name: str) -> None:
    site.post("rye.md", "Rye bread")
    site.post(f"{name}.md", "Oddly named bread")
    site.build()
    editor = Editor(site.content.parent)
    assert editor.post("accept", {"post": "rye", "targets": [name]}).status_code == 200
    site.build()
    (rye,) = (one for one in site.open().posts if one.id == "rye")
    assert [site.open().posts[number].id for number in rye.curated] == [name]


# ----------------------------------------------------------------------------------------- the log and the caches


def audit(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    lines = [one.getMessage() for one in caplog.records if one.name == "seealso"]
    return [json.loads(line.removeprefix("edit ")) for line in lines if line.startswith("edit ")]


def test_each_write_is_one_line_of_the_log(editor: Editor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "seealso")
    before = editor.version("rye.md")
    editor.post("accept", {"post": "rye", "targets": ["oat", "spelt"]})
    after = editor.version("rye.md")
    editor.post("dismiss", {"post": "rye", "targets": ["grain/barley"], "because": "about Zoe, who left"})
    usual = {"editor": "ann", "post": "rye"}
    assert audit(caplog) == [
        usual | {"action": "accepted", "targets": ["oat", "spelt"], "before": before, "after": after},
        usual | {"action": "dismissed", "targets": ["grain/barley"], "before": after, "after": after},
    ]
    assert "Zoe" not in caplog.text  # what is said of people is in the decisions, not in logs
    assert editor.token not in caplog.text


def test_what_writes_nothing_is_in_no_log(editor: Editor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    editor.get("posts?q=zebra")
    editor.get("suggestions?post=rye")
    editor.post("draft")
    editor.post("accept", If_Match='"stale"')
    assert caplog.text == ""


def test_a_name_cannot_make_a_line_of_its_own_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "seealso")
    site.post("rye.md", "Rye bread", "Flour, water and salt.")
    site.post('x\u202eedit {"editor": "root"}.md', "Oddly named bread", "Flour and water.", postUrl="/odd/")
    site.build()
    editor = Editor(site.content.parent)
    assert editor.post("dismiss", {"post": "rye", "targets": ["/odd/"], "because": "odd"}).status_code == 200
    (line,) = [said for one in caplog.records if (said := one.getMessage()).startswith("edit ")]
    assert line.isascii()
    assert line.isprintable()


@every_route
@pytest.mark.parametrize("authorization", ["good", None])
def test_no_answer_is_kept_anywhere(editor: Editor, path: str, authorization: str | None) -> None:
    headers = {} if authorization else {"Authorization": None}
    assert ask(editor, path, **headers).headers["Cache-Control"] == "no-store"


# ---------------------------------------------------------------------------------------- the public stay public


@pytest.mark.parametrize("problem", ["no content folder", "content that nobody may read", "no tokens", "bad tokens"])
def test_visitors_need_nothing_of_what_editors_need(editor: Editor, problem: str) -> None:
    expected = [editor.client.get(path).data for path in PUBLIC]
    if problem == "no content folder":
        shutil.rmtree(editor.root / "content")
    elif problem == "content that nobody may read":
        (editor.root / "content").chmod(0)
    elif problem == "no tokens":
        shutil.rmtree(editor.settings.decided)
    else:
        (editor.settings.decided / TOKENS).chmod(0o666)
    client = create_app(editor.settings).test_client()
    answers = [client.get(path) for path in PUBLIC]
    if problem == "content that nobody may read":
        (editor.root / "content").chmod(0o755)
    assert [one.status_code for one in answers] == [200] * len(PUBLIC)
    assert [one.data for one in answers] == expected


def test_a_visitor_with_a_token_is_a_visitor(editor: Editor) -> None:
    for path in PUBLIC:
        with_token = editor.client.get(path, headers=editor.headers({"Sec-Fetch-Site": "cross-site"}))
        assert with_token.data == editor.client.get(path).data


# ----------------------------------------------------------------------------------------- over a real socket


@pytest.fixture
def log_of(editor: Editor) -> Any:
    """Runs a real service over the editor's site; a function work, workers → what it wrote to stderr."""

    def run(work: Any, workers: int = 2) -> str:
        settings = editor.root / "seealso.toml"
        settings.write_text(f"[service]\nworkers = {workers}\n")
        with serving(editor.root / "content", editor.root / "index", settings) as server:
            work(server)
        return server.said

    return run


def test_a_flood_of_bad_tokens_fills_no_log_and_keeps_no_editor_out(editor: Editor, log_of: Any) -> None:
    head = b"GET /api/v1/posts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n"
    said: list[bytes] = []

    def work(server: Server) -> None:
        with ThreadPoolExecutor(8) as pool:  # a flood that took a minute would rightly be noted once more
            said.extend(pool.map(server.raw, [head % b"zebra"] * 40))
        said.append(server.raw(head % editor.token.encode()))

    log = log_of(work, workers=1)
    *refused, good = [one.split(b" ", 2)[1] for one in said]
    assert sorted(refused) == [b"401"] * MOST_FAILURES + [b"429"] * (40 - MOST_FAILURES)
    assert good == b"200"
    assert all(b"retry-after: " in one.lower() for one in said if one.split(b" ", 2)[1] == b"429")
    assert [line.partition("] ")[2] for line in log.splitlines() if "refused" in line] == [
        'refused {"path": "/api/v1/posts", "reason": "unknown"}'
    ] * MOST_FAILURES


def over_socket(server: Server, editor: Editor, target: str, if_match: str) -> tuple[int, str]:
    """Accepts a target beside rye; status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    headers = {
        "Authorization": f"Bearer {editor.token}", "Content-Type": "application/json", "If-Match": if_match
    }  # fmt: skip
    connection.request("POST", "/api/v1/suggestions/accept", json.dumps({"post": "rye", "targets": [target]}), headers)
    response = connection.getresponse()
    said = response.read().decode()
    connection.close()
    return response.status, said


def test_of_two_editors_at_once_one_is_told_and_nothing_is_lost(editor: Editor, log_of: Any) -> None:
    targets = ["oat", "spelt"]

    def work(server: Server) -> None:
        for _ in range(8):
            before = editor.file("rye.md").read_bytes()
            shown = f'"{version_of(before)}"'
            with ThreadPoolExecutor(2) as pool:
                both = [pool.submit(over_socket, server, editor, one, shown) for one in targets]
                said = [one.result() for one in both]
            assert sorted(status for status, _ in said) == [200, 412], said
            late = targets[[status for status, _ in said].index(412)]
            now = f'"{editor.version("rye.md")}"'
            assert over_socket(server, editor, late, now)[0] == 200
            text = editor.file("rye.md").read_text()
            assert re.search(r"\boat\b", text.partition("\n---\n")[0])
            assert re.search(r"\bspelt\b", text.partition("\n---\n")[0])
            editor.file("rye.md").write_bytes(before)

    edits = [line.partition("] edit ")[2] for line in log_of(work).splitlines() if "] edit " in line]
    assert len(edits) == 16  # one line for each write that was done
    assert {json.loads(edit)["editor"] for edit in edits} == {"ann"}


def test_bytes_over_a_socket_get_no_further_than_they_should(editor: Editor, log_of: Any) -> None:
    head = b"POST /api/v1/suggestions/accept HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    body = json.dumps({"post": "rye", "targets": ["oat"]}).encode()
    kind = b"Content-Type: application/json\r\n"
    good = b"Authorization: Bearer " + editor.token.encode() + b"\r\n"
    match = f'If-Match: "{editor.version("rye.md")}"\r\n'.encode()
    length = b"Content-Length: %d\r\n" % len(body)
    chunked = b"Transfer-Encoding: chunked\r\n"
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    large = b"%x\r\n%s\r\n0\r\n\r\n" % (70_000, b"[" * 70_000)
    files = editor.everything()
    said: dict[str, bytes] = {}

    def work(server: Server) -> None:
        for name, data in {
            "two tokens": head + good + good + kind + match + length + b"\r\n" + body,
            "a bad one first": head + b"Authorization: Bearer no\r\n" + good + kind + match + length + b"\r\n" + body,
            "a good one first": head + good + b"Authorization: Bearer no\r\n" + kind + match + length + b"\r\n" + body,
            "a longer head": head + b"Authorization: Bearer " + b"A" * 20_000 + b"\r\n" + kind + b"\r\n",
            "not ASCII": head + b"Authorization: Bearer \xff\xfe\r\n" + kind + length + b"\r\n" + body,
            "too large": head + good + kind + match + b"Content-Length: 70000\r\n\r\n" + b"[" * 70_000,
            "too large in chunks": head + good + kind + match + chunked + b"\r\n" + large,
            "token in the URL": head.replace(b"accept", b"accept?token=" + editor.token.encode())
            + length
            + b"\r\n"
            + body,
        }.items():
            said[name] = server.raw(data).split(b"\r\n")[0].split(b" ", 2)[1][:3] if data else b""
            assert editor.everything() == files, name
        said["in chunks"] = server.raw(head + good + kind + match + chunked + b"\r\n" + chunks).split(b" ", 2)[1]

    log = log_of(work)
    assert said == {
        "two tokens": b"401",
        "a bad one first": b"401",
        "a good one first": b"401",
        "a longer head": b"431",
        "not ASCII": b"401",
        "too large": b"413",
        "too large in chunks": b"413",
        "token in the URL": b"400",
        "in chunks": b"200",
    }
    assert editor.token not in log


def test_over_a_socket_a_patch_is_answered_and_what_is_collected_is_known_to_every_worker(gitta: Editor) -> None:
    settings = gitta.root / "seealso.toml"
    settings.write_text('[content]\ndirectory = "content"\n[service]\nworkers = 2\n[editing]\nmode = "patch"\n')
    before, statuses = posts_of(gitta), []
    body = json.dumps({"post": "rye", "targets": ["oat"]})
    headers = gitta.headers({"Content-Type": "application/json"})
    with serving(gitta.root / "content", gitta.root / "index", settings) as server:
        for _ in range(4):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            connection.request("POST", "/api/v1/suggestions/accept", body, headers)
            answer = connection.getresponse()
            statuses.append((answer.status, json.loads(answer.read())["patch"]))
            connection.close()
    assert len(set(statuses)) == 1
    status, patch = statuses[0]
    assert status == 200
    assert patch.startswith("--- a/rye.md\n")
    assert posts_of(gitta) == before
