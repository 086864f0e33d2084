"""Who may open the desk: the rows of OWASP ASVS 5.0, level 1, on sessions, forgery and access, each with a test."""

from __future__ import annotations

import json
import logging
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Site, copied
from desk_editor import DeskEditor
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from indexer.auth import new_token, read_tokens, revoke
from service.desk import door
from service.desk.sessions import IDLE_SECONDS, LONGEST_SECONDS, SESSIONS, Session, Sessions
from service.editing import MOST_FAILURES

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = Site(tmp_path_factory.mktemp("bakery"))
    site.post("rye.md", "Rye bread", "Flour, water, salt and a sour starter for bread.", tags="[bread]")
    site.post("oat.md", "Oat bread", "Oat flakes, flour, water and salt for bread.", tags="[bread]")
    site.build()
    return site.content.parent


@pytest.fixture
def ann(bakery: Path, tmp_path: Path) -> DeskEditor:
    """An editor with a token, who has not signed in."""
    copied(bakery, tmp_path / "site")
    return DeskEditor(tmp_path / "site")


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The service's clock goes on."""
    monkeypatch.setattr(door, "utc_now", lambda: datetime.now(UTC) + timedelta(seconds=seconds))


# ------------------------------------------------------------------------------------------------- ASVS V8, V6: access


def test_there_is_no_desk_while_no_token_exists(ann: DeskEditor) -> None:
    revoke(ann.settings.decided, "ann")
    for path in ("/desk", "/desk/", "/desk/sign-in", "/desk/sign-out"):
        assert ann.client.get(path).status_code == 404, path
        assert "no post is published at this URL" in ann.client.get(path).text


def test_every_page_and_form_asks_for_a_session_8_2_1(ann: DeskEditor) -> None:
    rules = [rule for rule in ann.app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    assert len(rules) > 2
    for rule in rules:
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            if rule.endpoint != "desk.sign_in":
                form = {"csrf": "", "post": "rye"} if method == "POST" else None
                answer = ann.client.open(rule.rule, method=method, data=form)
                assert answer.status_code == 401, rule
                assert "Rye bread" not in answer.text


def test_a_good_token_opens_the_desk_and_leads_to_the_page_that_was_asked_for(ann: DeskEditor) -> None:
    assert 'name="to" value="/desk/?page=2"' in ann.client.get("/desk/?page=2").text
    answer = ann.sign_in(to="/desk/?page=2")
    assert (answer.status_code, answer.location) == (303, "/desk/?page=2")
    assert ann.client.get("/desk/").status_code == 200


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "/desk/\\evil", "/desk/ x", "/rye/", "desk"]
)
def test_signing_in_leads_to_no_other_place_than_the_desk(ann: DeskEditor, to: str) -> None:
    assert ann.sign_in(to=to).location == "/desk/"


def test_guessing_is_limited_and_logged_without_what_was_guessed_6_3_1(
    ann: DeskEditor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "seealso"):
        answers = [ann.sign_in("seealso_" + "x" * 43) for _ in range(MOST_FAILURES + 1)]
    assert [answer.status_code for answer in answers] == [401] * MOST_FAILURES + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert caplog.text.count('"reason": "unknown"') == MOST_FAILURES
    assert "xxx" not in caplog.text + answers[0].text
    assert ann.sign_in().status_code == 303  # a good token is never held up


def test_a_token_in_an_address_is_refused_14_2_1(ann: DeskEditor) -> None:
    ann.sign_in()
    answer = ann.client.get(f"/desk/?token={ann.token}")
    assert answer.status_code == 400
    assert "revoke one that stood in a URL" in answer.text


def test_who_signs_in_and_out_is_in_the_log(ann: DeskEditor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "seealso"):
        ann.sign_in()
        ann.post("/desk/sign-out")
    assert 'edit {"editor": "ann", "action": "signed in"}' in caplog.text
    assert 'edit {"editor": "ann", "action": "signed out"}' in caplog.text
    assert ann.token not in caplog.text


# ----------------------------------------------------------------------------------------------- ASVS V7, V9: sessions


def test_a_cookie_that_was_not_signed_here_opens_nothing_9_1_1(ann: DeskEditor) -> None:
    ann.sign_in()
    good = ann.cookie()
    other = URLSafeTimedSerializer("another key", salt="desk session")
    forged = str(other.dumps(other.loads_unsafe(good)[1]))
    for cookie in (
        forged,
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        f"x{good}",
        good.replace(".", "", 1),
        ".",
    ):
        assert fresh(ann, cookie).get("/desk/").status_code == 401, cookie
    assert fresh(ann, good).get("/desk/").status_code == 200


def fresh(ann: DeskEditor, cookie: str) -> FlaskClient:
    """A browser that has only this cookie."""
    client = ann.app.test_client()
    client.set_cookie(door.COOKIE, cookie, path="/desk")
    return client


def test_the_id_of_a_session_is_random_and_new_each_time_7_2_3_7_2_4(ann: DeskEditor) -> None:
    ann.sign_in()
    first, id_ = ann.cookie(), ann.session().id
    assert len(id_) * 6 >= 128  # bits, in base64
    ann.sign_in()
    assert ann.session().id != id_
    assert fresh(ann, first).get("/desk/").status_code == 401  # signing in again ends the session before


def test_a_session_ends_after_half_an_hour_without_a_request_9_2_1(
    ann: DeskEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.sign_in()
    cookie = ann.cookie()
    later(monkeypatch, IDLE_SECONDS - 60)
    assert fresh(ann, cookie).get("/desk/").status_code == 200
    later(monkeypatch, IDLE_SECONDS + 60)
    assert fresh(ann, cookie).get("/desk/").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy(ann: DeskEditor) -> None:
    ann.sign_in()
    session, sessions = ann.session(), Sessions(ann.settings.decided)
    tokens = read_tokens(ann.settings.decided)
    old = Session(session.id, session.editor, session.token, session.started - LONGEST_SECONDS - 1, session.csrf)
    assert sessions.open(sessions.renewed(session), tokens, datetime.now(UTC))
    assert sessions.open(sessions.renewed(old), tokens, datetime.now(UTC)) is None


def test_signing_out_ends_the_session_wherever_its_cookie_is_kept_7_4_1(ann: DeskEditor) -> None:
    ann.sign_in()
    kept = ann.cookie()
    answer = ann.post("/desk/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert fresh(ann, kept).get("/desk/").status_code == 401
    other_worker = DeskEditor(ann.root, token=ann.token)
    assert fresh(other_worker, kept).get("/desk/").status_code == 401


def test_a_revoked_or_expired_token_ends_its_sessions_at_once_7_4_2(
    ann: DeskEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_token(ann.settings.decided, "eve", NOW + timedelta(minutes=1), NOW)
    ann.sign_in()
    assert ann.client.get("/desk/").status_code == 200
    revoke(ann.settings.decided, "ann")
    assert ann.client.get("/desk/").status_code == 401
    # Another token of the same name is another editor.
    new_token(ann.settings.decided, "ann", NOW + timedelta(days=1), NOW)
    assert ann.client.get("/desk/").status_code == 401


def test_a_session_outlives_its_token_by_nothing(ann: DeskEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    token = new_token(ann.settings.decided, "eve", datetime.now(UTC) + timedelta(minutes=5), datetime.now(UTC))
    ann.sign_in(token)
    assert ann.client.get("/desk/").status_code == 200
    later(monkeypatch, 301)
    assert ann.client.get("/desk/").status_code == 401


def test_all_workers_and_the_next_start_know_the_same_sessions(ann: DeskEditor) -> None:
    ann.sign_in()
    assert fresh(DeskEditor(ann.root, token=ann.token), ann.cookie()).get("/desk/").status_code == 200


def test_the_key_is_readable_by_its_owner_only_and_never_in_git(ann: DeskEditor) -> None:
    ann.sign_in()
    file = ann.settings.decided / SESSIONS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"{SESSIONS}*" in (ann.settings.decided / ".gitignore").read_text().splitlines()
    assert json.loads(file.read_text())["key"] not in ann.cookie()


@pytest.mark.parametrize("text", ["", "{}", '{"key": "00", "ended": {}}', "[", '{"key": 1, "ended": 2}'])
def test_nobody_is_signed_in_by_a_damaged_file_and_the_log_says_why(
    ann: DeskEditor, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    ann.sign_in()
    (ann.settings.decided / SESSIONS).write_text(text)
    assert ann.client.get("/desk/").status_code == 401
    assert "sessions.json is damaged: remove it" in caplog.text


def test_nobody_is_signed_in_by_a_key_that_others_may_read(ann: DeskEditor, caplog: pytest.LogCaptureFixture) -> None:
    ann.sign_in()
    (ann.settings.decided / SESSIONS).chmod(0o644)
    assert ann.client.get("/desk/").status_code == 401
    assert "may be read or written by others" in caplog.text


# -------------------------------------------------------------------------------------------------- ASVS V3.3: cookies


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_3_3_1(ann: DeskEditor) -> None:
    said = ann.sign_in().headers["Set-Cookie"]
    assert re.fullmatch(
        rf"{door.COOKIE}=[\w.-]+; Expires=[^;]+; Max-Age={IDLE_SECONDS}; HttpOnly; Path=/desk; SameSite=Strict", said
    )
    plain = ann.sign_in(headers={"Origin": "http://localhost"}).headers["Set-Cookie"]
    assert "Secure" not in plain
    secure = ann.sign_in(headers={"Origin": "https://localhost"}).headers["Set-Cookie"]
    assert secure.startswith(f"{door.SECURE_COOKIE}=")
    assert "; Secure; HttpOnly; Path=/; SameSite=Strict" in secure


def test_a_secure_cookie_stays_secure(ann: DeskEditor) -> None:
    ann.sign_in(headers={"X-Forwarded-Proto": "https"})
    answer = ann.client.get("/desk/", base_url="https://localhost")
    assert answer.status_code == 200
    assert parse_cookie(answer.headers["Set-Cookie"].partition(";")[0]).keys() == {door.SECURE_COOKIE}


# -------------------------------------------------------------------------------- ASVS V3.4, V3.5: forgery and framing


@pytest.mark.parametrize("csrf", ["", "0" * 64, "ü"])
def test_a_form_without_the_sessions_own_token_does_nothing_3_5_1(ann: DeskEditor, csrf: str) -> None:
    ann.sign_in()
    answer = ann.client.post("/desk/sign-out", data={"csrf": csrf})
    assert answer.status_code == 403
    assert "load its page again" in answer.text
    assert ann.client.get("/desk/").status_code == 200


def test_the_form_of_another_session_does_nothing_3_5_1(ann: DeskEditor) -> None:
    ann.sign_in()
    before = ann.session().csrf
    ann.sign_in()
    assert ann.client.post("/desk/sign-out", data={"csrf": before}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_a_page_of_another_site_sends_is_refused_3_5_1(ann: DeskEditor, headers: dict[str, str]) -> None:
    assert ann.sign_in(headers=headers).status_code == 403
    ann.sign_in()
    assert ann.post("/desk/sign-out", headers=headers).status_code == 403


def test_only_forms_that_are_posted_change_anything_3_5_3(ann: DeskEditor) -> None:
    ann.sign_in()
    writes = [rule for rule in ann.app.url_map.iter_rules() if rule.endpoint == "desk.sign_out"]
    assert [rule.methods for rule in writes] == [{"POST", "OPTIONS"}]


def test_a_link_on_another_site_leads_in_after_one_more_step(ann: DeskEditor) -> None:
    answer = ann.client.get("/desk/?page=2", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/desk/?page=2"' in answer.text


def test_no_page_may_be_kept_framed_scripted_or_read_from_elsewhere_3_4_2(ann: DeskEditor) -> None:
    for signed_in in (False, True):
        if signed_in:
            ann.sign_in()
        answer = ann.client.get("/desk/", headers={"Origin": "https://evil.example"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
