"""The application: wiring, health, and every error as an answer."""

from __future__ import annotations

import logging
import os
import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.utils import host_is_trusted

from indexer.editing.decisions import DecisionsFile
from indexer.errors import (
    CannotUndo,
    DamagedGeneration,
    EngineUnavailable,
    NothingPublished,
    OtherFormat,
    SeeAlsoError,
    not_installed,
)
from indexer.output import serialize
from indexer.settings import Settings, load_settings
from service.admission import REFUSAL
from service.algolia import routes as algolia
from service.api import api, current_snapshot, follower, given, settings
from service.assets import assets
from service.clicks import PATH, clicks
from service.desk import pages as desk_pages
from service.desk.door import desk, is_desk, is_signed_in, recognise
from service.desk.sessions import Sessions
from service.editing import READS, ROUTES, WRITES, TokenFile, editing
from service.follower import GenerationFollower
from service.kept import KeptAnswers
from service.logs import request_id
from service.look import look_of
from service.openapi import document
from service.pages import look, pages, words_of
from service.recorder import Channel, Recorder

log = logging.getLogger("seealso")

WEB = Path(__file__).parent / "web"


def create_app(settings: Settings | None = None, channel: Channel | None = None) -> Flask:
    """The service over one index. Without settings they come from seealso.toml and the environment.

    channel: what the workers of a server share to record questions. Raises BadSetting.
    """
    settings = settings or load_settings(environment=os.environ)
    app = Flask("service", template_folder=str(WEB / "templates"), static_folder=str(WEB / "static"))
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.extensions["seealso-settings"] = settings
    app.extensions["seealso-look"] = look_of(settings)
    follower = GenerationFollower(settings.index.directory, settings.index.verify_seconds, settings.search)
    app.extensions["seealso-follower"] = follower
    app.extensions["seealso-decisions"] = decisions = DecisionsFile(settings.decided)
    app.extensions["seealso-tokens"] = TokenFile(settings.decided)
    app.extensions["seealso-recorder"] = recorder = Recorder(settings, channel)
    app.extensions["seealso-kept"] = KeptAnswers(follower, decisions.now, recorder, settings.service.origins)
    app.extensions["seealso-sessions"] = Sessions(settings.decided)
    app.register_blueprint(api)
    app.register_blueprint(clicks)
    app.register_blueprint(assets)
    app.register_blueprint(algolia.algolia)
    app.register_blueprint(pages)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/openapi.json", view_func=openapi)
    app.before_request(_before)
    app.register_blueprint(editing)  # after `_before`, so that its gate opens for proper requests only
    app.register_blueprint(desk)
    app.after_request(_after)
    app.teardown_request(lambda _: request_id.set("") and None)
    app.register_error_handler(SeeAlsoError, _known_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    try:
        app.extensions["seealso-follower"].get()  # the first visitor should not wait for it
    except SeeAlsoError as error:
        log.warning("%s", error)
    except Exception:  # a worker that ends here would be started again and again, and answer nobody
        log.exception("the published generation cannot be opened")
    return app


def is_editors(path: str) -> bool:
    """Whether a path is one of the editors', who wait in a line of their own."""
    return path in ROUTES or is_desk(path)


def is_posted_to(path: str) -> bool:
    """Whether visitors send bodies to a path."""
    return path == PATH or algolia.is_algolia(path)


class Routes:
    """The routes of an application by which requests are told apart in log and metrics: no more than it has rules."""

    def __init__(self, app: Flask) -> None:
        self._plain = {rule.rule for rule in app.url_map.iter_rules() if "<" not in rule.rule}
        self._rules = app.url_map.bind("localhost")

    def named(self, method: str, path: str) -> str:
        """The rule that a request is answered by; "none" if there is none."""
        if path in self._plain:
            return path
        try:
            return self._rules.match(path, method, return_rule=True)[0].rule
        except HTTPException:
            return "none"


# Asked of a process whether it lives, by programs; nobody waits in line for them.
HEALTH = ("/healthz", "/readyz")


def healthz() -> Response:
    """The process is up. Looks at nothing."""
    return jsonify({"status": "up"})


def readyz() -> Response:
    """A good generation is served, and its engine answers, or what answers in its place.

    Raises InvalidQuery; NothingPublished or DamagedGeneration where none is, EngineUnavailable where it does not.
    """
    given({})
    snapshot = current_snapshot()
    snapshot.reader.check()
    trouble = snapshot.reader.trouble
    age = (datetime.now(UTC) - snapshot.built_at).total_seconds()
    return jsonify(
        {
            "status": "ready",
            "generation": snapshot.id,
            "built_at": snapshot.manifest.built_at,
            "age_seconds": max(0, int(age)),
            "posts": len(snapshot.posts),
            "degraded": bool(trouble),
            "problems": [*follower().problems(), *([trouble] if trouble else [])],
        }
    )


def openapi() -> Response:
    return jsonify(document())


_METHODS = ROUTES | {PATH: WRITES}
_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)


def _before() -> Response | None:
    """What the server lets through and nobody should send; then preflights get 204, and JSON must be acceptable."""
    environ = request.environ
    request_id.set(environ.get("HTTP_X_REQUEST_ID", ""))
    if (refusal := environ.get(REFUSAL)) is not None:
        return _refused(refusal)
    host = environ.get("HTTP_HOST", "")  # two of them arrive joined by a comma
    needs_none = environ.get("SERVER_PROTOCOL") in ("HTTP/1", "HTTP/1.0")  # granian says HTTP/1
    if not _HOST.fullmatch(host) and (host or not needs_none):
        return _problem(HTTPStatus.BAD_REQUEST, "a request has one Host, and a valid one")
    hosts = settings().service.trusted_hosts
    if hosts and request.path not in HEALTH and not host_is_trusted(host, hosts):
        return _problem(HTTPStatus.BAD_REQUEST, "this service does not answer under that name")
    has_body = "HTTP_TRANSFER_ENCODING" in environ or (environ.get("CONTENT_LENGTH") and request.content_length)
    if has_body and request.method in ("GET", "HEAD"):
        return _problem(HTTPStatus.BAD_REQUEST, f"{request.method} has no body here")
    if algolia.is_algolia(request.path):
        return Response(status=204, headers={"Allow": "POST"}) if request.method == "OPTIONS" else None
    if not request.path.startswith("/api/"):
        return None
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": ", ".join(_METHODS.get(request.path, READS))})
    if environ.get("HTTP_ACCEPT", "*/*") == "*/*":  # no Accept at all means anything
        return None
    if request.accept_mimetypes and not request.accept_mimetypes.accept_json:
        return _problem(HTTPStatus.NOT_ACCEPTABLE, "only application/json is spoken here")
    return None


_REFUSALS = {
    HTTPStatus.SERVICE_UNAVAILABLE: "more is asked than can be answered; ask again in a moment",
    HTTPStatus.REQUEST_TIMEOUT: "the body was not complete in time; send it again",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body has more than 64 kB: send less of it",
}


def _refused(status: HTTPStatus) -> Response:
    """What the worker must refuse. Clients of Algolia ask again after a 429, and give a host up after a 503."""
    if is_desk(request.path):
        recognise()
    is_later = status is HTTPStatus.SERVICE_UNAVAILABLE and algolia.is_algolia(request.path)
    return _problem(HTTPStatus.TOO_MANY_REQUESTS if is_later else status, _REFUSALS[status])


_ALWAYS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))


def _after(response: Response) -> Response:
    if (snapshot := g.pop("snapshot", None)) is not None:
        try:
            follower().check(snapshot)
        except DamagedGeneration as error:
            response = _known_error(error)
    response.headers.extend(_ALWAYS)
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", look().policy)
    if algolia.is_algolia(request.path):
        _allow(response, "Retry-After", algolia.PREFLIGHT)
    elif request.path.startswith("/api/") and request.path not in ROUTES:
        _allow(response, "ETag, Retry-After", _PREFLIGHT)
    return response


_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD"),
    ("Access-Control-Allow-Headers", "If-None-Match"),
    ("Access-Control-Max-Age", "86400"),
)


def _allow(response: Response, exposed: str, preflight: tuple[tuple[str, str], ...]) -> None:
    """Lets the pages of `service.origins` read an answer (CORS). exposed: a header that their scripts may see."""
    origins = settings().service.origins
    if origins:
        response.vary.add("Origin")
    if request.origin in origins:
        response.headers["Access-Control-Allow-Origin"] = str(request.origin)
        response.headers["Access-Control-Expose-Headers"] = exposed
        if request.method == "OPTIONS":
            response.headers.extend(preflight)


# ------------------------------------------------------------------------------------------------------- errors


def _known_error(error: SeeAlsoError) -> Response:
    status = HTTPStatus(error.status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s", error)
    if _wants_page():
        return _page(status, _shown(error), error)
    return _json_problem(status, _shown(error), error)


def _shown(error: SeeAlsoError) -> str:
    """What anybody may read of an error: which file of the index is wrong, and where folders lie, is in the log."""
    if isinstance(error, OtherFormat):
        return _OF_ANOTHER_VERSION
    if isinstance(error, NothingPublished | DamagedGeneration):
        return _UNAVAILABLE
    if isinstance(error, EngineUnavailable):
        return _NO_ENGINE
    detail = str(error)
    for folder in (settings().decided, settings().content.directory):
        if folder.is_absolute():
            detail = detail.replace(str(folder), folder.name)
    return detail


_OF_ANOTHER_VERSION = (
    "the index was built by another version; run `seealso build` of this version, and it is served without a restart"
)
_NO_ENGINE = "the cluster that searches does not answer; ask again in a few seconds"
_UNAVAILABLE = "no good index is published; run `seealso build`, then ask again"


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()  # a redirect is no error
    response = _problem(HTTPStatus(error.code), error.description or "")
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _bug(error: Exception) -> Response:
    if isinstance(error, ModuleNotFoundError) and (missing := not_installed(error)):
        return _known_error(missing)
    log.error("%s %s", request.method, request.path, exc_info=error)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a fault of the service; it has been logged")


def _problem(status: HTTPStatus, detail: str) -> Response:
    if _wants_page():
        return _page(status, detail)
    return _json_problem(status, detail)


def _json_problem(status: HTTPStatus, detail: str, error: Exception | None = None) -> Response:
    if algolia.is_algolia(request.path):
        return algolia.problem(status.value, detail)
    body = serialize.encode(serialize.problem(status.value, status.phrase, detail, error))
    response = Response(body, status=status.value, content_type="application/problem+json")
    _say_when_to_retry(response)
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _page(status: HTTPStatus, detail: str, error: Exception | None = None) -> Response:
    """What has happened and what to do, for a visitor; the detail is for whoever runs the service."""
    if is_signed_in():
        patch = error.patch if isinstance(error, CannotUndo) else ""
        response = Response(desk_pages.problem(status, detail, patch), status=status.value, mimetype="text/html")
        _say_when_to_retry(response)
        return response
    title, advice = _ADVICE.get(status, _ADVICE[HTTPStatus.BAD_REQUEST])
    typed = words_of(request.path) if status is HTTPStatus.NOT_FOUND else ""
    html = render_template("problem.html", title=title, advice=advice, detail=detail.rstrip("."), typed=typed)
    response = Response(html, status=status.value, mimetype="text/html")
    _say_when_to_retry(response)
    return response


_LATER = "The search is not available right now"
_ADVICE = {
    HTTPStatus.BAD_REQUEST: (
        "This request could not be understood",
        "The address may be incomplete. Type your question into the field above.",
    ),
    HTTPStatus.NOT_FOUND: (
        "This page does not exist",
        "The address may be mistyped, or the page may have moved. Search for it with the field above.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        _LATER,
        "Something went wrong here, and not through you. Please try again in a few minutes.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (_LATER, "Please try again in a few seconds: reload the page."),
}


def _say_when_to_retry(response: Response) -> None:
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "2" if REFUSAL in request.environ else "10"


def _wants_page() -> bool:
    """Whether a person is asking: the pages are theirs, everything else is for programs."""
    machines = ("/api/", "/healthz", "/readyz", "/openapi.json")
    return not request.path.startswith(machines) and not algolia.is_algolia(request.path)
