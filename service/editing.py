"""The editors' routes: their list, suggestions, and what they decide of them.

There are none until a token is made. Each asks for one, takes nothing that a page of another site has sent, and never
gives a page of another origin anything to read. What is imported inside a function is not needed to answer visitors.
"""

from __future__ import annotations

import json
import logging
import math
import re
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, g, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.exceptions import MethodNotAllowed, ServiceUnavailable, TooManyRequests, UnsupportedMediaType

from indexer import auth
from indexer.editing.decisions import LONGEST_BECAUSE, Decisions, decide, read_decisions
from indexer.editing.journal import Action, Signature, record
from indexer.editing.saving import is_a_link, read_version
from indexer.errors import (
    BadDecisions,
    BadPost,
    BadTokens,
    CannotWrite,
    CrossSiteRequest,
    InvalidQuery,
    NoContent,
    NotAuthorized,
    StaleVersion,
    VersionRequired,
)
from indexer.model import EditingMode, StoredPost, Verdict
from indexer.output import serialize
from indexer.output.sanitize import sanitized
from indexer.search.query import parsed_number
from indexer.snapshot import Snapshot
from indexer.store.followed_file import FollowedFile
from indexer.store.state_directory import DECISIONS, TOKENS
from service import validation
from service.api import LONGEST_NAME, Parameter, current_snapshot, given, settings, switch, table

log = logging.getLogger("seealso")

editing = Blueprint("editing", __name__, url_prefix="/api/v1")

MOST_SUGGESTIONS = 50
MOST_TARGETS = 50
MOST_PER_PAGE = 100
LAST_PAGE = 100_000

_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
_LIMIT = Parameter(
    "limit", "How many suggestions.", {"type": "integer", "minimum": 1, "maximum": MOST_SUGGESTIONS, "default": 10}
)
_POST = Parameter("post", "The id of a post; its path or URL will do.", _NAME, required=True)
_TARGETS = Parameter(
    "targets",
    "The posts that are suggested, named like post.",
    {"type": "array", "items": _NAME, "minItems": 1, "maxItems": MOST_TARGETS},
    required=True,
)
POSTS = table(
    Parameter("q", "Only posts with every word of this in their title or id.", {"type": "string", "maxLength": 200}),
    Parameter("page", "Which page, from 1.", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1}),
    Parameter(
        "per_page", "Posts on a page.", {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": 50}
    ),
)
SUGGESTIONS = table(
    _POST,
    _LIMIT,
    Parameter(
        "to",
        "The other way round: posts that should link to this one.",
        {"type": "string", "enum": ["true", "false"], "default": "false"},
    ),
)
ACCEPT = table(_POST, _TARGETS)
DISMISS = table(
    _POST,
    _TARGETS,
    Parameter(
        "because",
        "Why not, in one line; needed unless later is true.",
        {"type": "string", "maxLength": LONGEST_BECAUSE, "default": ""},
    ),
    Parameter("later", "Put off instead of dismissed.", {"type": "boolean", "default": False}),
)
DRAFT = table(
    Parameter(
        "text",
        "A Markdown text, with or without front matter.",
        {"type": "string", "minLength": 1, "contentMediaType": "text/markdown"},
        required=True,
    ),
    Parameter("path", "Where it will lie below the content folder.", {**_NAME, "default": "draft.md"}),
    _LIMIT,
)
READS, WRITES = ("GET", "HEAD", "OPTIONS"), ("POST", "OPTIONS")
ROUTES = {
    "/api/v1/posts": READS,
    "/api/v1/suggestions": READS,
    "/api/v1/suggestions/accept": WRITES,
    "/api/v1/suggestions/dismiss": WRITES,
    "/api/v1/suggestions/draft": WRITES,
}

# -------------------------------------------------------------------------------------------------------- the door

_BEARER = re.compile(r"(?i:bearer) +([\w.~+/-]+=*)", re.ASCII)
_VERSION = re.compile(r'"([\x21\x23-\x7e]+)"')
# So many failures within so many seconds are answered and logged; a person who mistypes makes fewer.
MOST_FAILURES, FAILURE_SECONDS = 5, 60


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one that failed. more: how many before it were counted and not logged. wait: seconds, or 0."""

    more: int
    wait: int


class Attempts:
    """The attempts without a good token that one worker has seen: five in a minute are answered and logged.

    Further ones are counted only. It is one count for everybody, for behind a proxy no address is to be trusted; a good
    token is never held up by it.
    """

    def __init__(self) -> None:
        self._failed: deque[float] = deque(maxlen=MOST_FAILURES)
        self._more = 0
        self._lock = threading.Lock()

    def failed(self, now: float) -> _Attempt:
        """One more has failed. now: of a clock that never goes back, in seconds."""
        with self._lock:
            if len(self._failed) == MOST_FAILURES and (left := self._failed[0] + FAILURE_SECONDS - now) > 0:
                self._more += 1
                return _Attempt(0, math.ceil(left))
            self._failed.append(now)
            more, self._more = self._more, 0
            return _Attempt(more, 0)


class TokenFile:
    """The tokens of a folder as they are now: the file is looked at each time, and read where it was replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = FollowedFile(folder / TOKENS, self._trusted)

    def now(self) -> tuple[auth.Token, ...]:
        """All that are kept; none where the file cannot be trusted, and the log then says why."""
        return self._file.now()

    def _trusted(self) -> tuple[auth.Token, ...]:
        try:
            return auth.read_tokens(self._folder)
        except BadTokens as error:
            log.error("%s; nobody can edit until then", error)  # noqa: TRY400  # the reason is all in the message
            return ()


@editing.record
def prepare(state: BlueprintSetupState) -> None:
    """What a service notes of editing as it starts."""
    state.app.extensions["seealso-attempts"] = Attempts()
    is_a_link(state.app.extensions["seealso-settings"].content.directory)


@editing.before_app_request
def gate() -> None:
    """Whoever comes to an editors' route: is there such a route, with this method, for them?"""
    if request.blueprint != editing.name and request.path not in ROUTES:
        return
    tokens: tuple[auth.Token, ...] = current_app.extensions["seealso-tokens"].now()
    if not tokens:
        abort(404)
    if request.method not in ROUTES[request.path]:
        raise MethodNotAllowed(ROUTES[request.path])
    if any(auth.holds_token(text) for pair in request.args.items(multi=True) for text in pair):
        raise InvalidQuery(
            "query", "token_in_query", "a token belongs in the Authorization header; revoke one that stood in a URL"
        )
    g.editor = _editor(tokens, datetime.now(UTC))
    refuse_other_sites()


@editing.after_app_request
def keep_nowhere(response: Response) -> Response:
    if request.path in ROUTES:
        response.headers["Cache-Control"] = "no-store"
    return response


def _editor(tokens: Sequence[auth.Token], now: datetime) -> str:
    """The name of who asks. Raises NotAuthorized, always the same one after the same work, or TooManyRequests."""
    header = request.headers.get("Authorization", "")
    bearer = _BEARER.fullmatch(header)
    token = auth.known(tokens, bearer[1] if bearer else "")
    if token is not None and not token.is_expired(now):
        return token.name
    raise refusal("expired" if token else "unknown" if header else "none")


def refusal(reason: str) -> NotAuthorized | TooManyRequests:
    """What an attempt is answered that has failed. It is counted, and logged without what was sent and by whom."""
    attempts: Attempts = current_app.extensions["seealso-attempts"]
    failed = attempts.failed(time.monotonic())
    if failed.wait:
        return TooManyRequests("too many attempts without a good token: wait", retry_after=failed.wait)
    if failed.more:
        log.warning("refused %d more", failed.more)
    log.warning("refused %s", json.dumps({"path": request.path, "reason": reason}))
    return NotAuthorized("this needs a good token in the Authorization header: `seealso token new NAME` makes one")


def refuse_other_sites() -> None:
    """A browser says where a request comes from; who is no browser says nothing. Raises CrossSiteRequest."""
    own = {f"{scheme}://{request.environ.get('HTTP_HOST', '')}" for scheme in ("http", "https")}
    site, origin = request.headers.get("Sec-Fetch-Site", "none"), request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin is not None and origin not in own):
        raise CrossSiteRequest(
            "a page of another site may not edit: send this from the service's own origin, or from no browser"
        )


@editing.errorhandler(NoContent)
def no_content(error: NoContent) -> ResponseReturnValue:
    log.error("%s", sanitized(str(error)))
    return current_app.handle_http_exception(ServiceUnavailable("the content folder cannot be reached: ask again"))


# -------------------------------------------------------------------------------------------------------- routes


@editing.get("/posts")
def posts() -> Response:
    params = {name: texts[0] for name, texts in given(POSTS).items()}
    page = parsed_number("page", params.get("page", "1"), 1, LAST_PAGE)
    per_page = parsed_number("per_page", params.get("per_page", "50"), 1, MOST_PER_PAGE)
    if len(params.get("q", "")) > POSTS["q"].schema["maxLength"]:
        raise InvalidQuery("q", "too_long", f"q has more than {POSTS['q'].schema['maxLength']} characters")
    snapshot = current_snapshot()
    found = _numbers(snapshot, params.get("q", ""))
    shown = [snapshot.posts[number] for number in found[(page - 1) * per_page : page * per_page]]
    return _answer(serialize.posts(snapshot, len(found), page, per_page, shown))


def _numbers(snapshot: Snapshot, words: str) -> Sequence[int]:
    """The posts with every word in their title or id, in id order."""
    wanted = words.casefold().split()
    if not wanted:
        return range(len(snapshot.posts))
    texts = (f"{post.id} {post.title}".casefold() for post in snapshot.posts)
    return [number for number, text in enumerate(texts) if all(word in text for word in wanted)]


@editing.get("/suggestions")
def suggestions() -> Response:
    from indexer.editing.suggestions import SuggestionService

    params = {name: texts[0] for name, texts in given(SUGGESTIONS).items()}
    limit = parsed_number("limit", params.get("limit", "10"), 1, MOST_SUGGESTIONS)
    is_reversed = switch("to", params.get("to", "false"))
    snapshot, content = current_snapshot(), settings().content
    post = _post(snapshot, "post", params["post"])
    service = SuggestionService(snapshot, decisions_now(), content, today())
    try:
        most = limit + len(taken := _taken())
        found = service.to(post, most) if is_reversed else service.of(post, most)
    except BadPost as error:
        raise CannotWrite(f"{post.path} can no longer be read as a post: {error.reason}") from None
    left = [one for one in found.advice.suggestions if _as_accepted(post, one.post, is_reversed) not in taken]
    advice = replace(found.advice, suggestions=tuple(left[:limit]))
    return _answer(serialize.suggestions(snapshot, post.id, advice, found.version), found.version)


def _taken() -> frozenset[tuple[str, str]]:
    """The pairs that are accepted and only collected; none where they are written."""
    from indexer.editing.collected import collected

    if settings().editing.mode is EditingMode.WRITE:
        return frozenset()
    return frozenset(one.pair for one in collected(settings().decided))


def _as_accepted(post: StoredPost, other: StoredPost, is_reversed: bool) -> tuple[str, str]:
    """A post and the target of its list, by their ids."""
    return (other.id, post.id) if is_reversed else (post.id, other.id)


@editing.post("/suggestions/draft")
def draft() -> Response:
    from indexer.editing.suggestions import UNNAMED_DRAFT, suggestions_for_draft

    body = _sent(DRAFT)
    path = body.get("path", UNNAMED_DRAFT)
    if not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise InvalidQuery("path", "not_a_path", "path must lead below the content folder, such as notes/rye.md")
    snapshot, content = current_snapshot(), settings().content
    try:
        _, advice = suggestions_for_draft(
            snapshot,
            body["text"],
            path,
            content,
            body.get("limit", 10),
            today(),
            decisions_now(),
        )
    except BadPost as error:
        raise InvalidQuery("text", "not_a_post", f"text cannot be read as a post: {error.reason}") from None
    return _answer(serialize.suggestions(snapshot, path, advice, None))


@editing.post("/suggestions/accept")
def accept() -> Response:
    from indexer.editing.collected import accept_collected
    from indexer.editing.write_back import acceptance

    body = _sent(ACCEPT)
    before = _version()
    snapshot, content, mode = current_snapshot(), settings().content, settings().editing.mode
    post, targets = _pair(snapshot, body)
    if mode is not EditingMode.WRITE:
        edit, commit = accept_collected(snapshot, settings(), post, targets, before, _signature())
        if edit.changed:
            _note("collected", post, targets, before, before)
        return _answer(serialize.accepted(snapshot, post, targets, edit, mode, commit), edit.version)
    edit = acceptance(content, snapshot, post, targets, before)
    if edit.changed:
        ids = [target.id for target in targets]
        record(content, settings().decided, edit, Action.ACCEPTED, post, ids, _signature())
        _note("accepted", post, targets, before, edit.new_version)
    return _answer(serialize.accepted(snapshot, post, targets, edit), edit.new_version)


@editing.post("/suggestions/dismiss")
def dismiss() -> Response:
    body = _sent(DISMISS)
    because, verdict = body.get("because", "").strip(), Verdict.LATER if body.get("later") else Verdict.DISMISSED
    if not because and verdict is Verdict.DISMISSED:
        raise InvalidQuery("because", "required", "because is missing: say why in one line, or that it is for later")
    before = _version()
    snapshot, content = current_snapshot(), settings().content
    post, targets = _pair(snapshot, body)
    if read_version(content, post.path) != before:
        raise StaleVersion.of(post.path)
    decided = decide(settings().decided, snapshot, post, targets, verdict, because, _signature())
    _note(str(verdict), post, targets, before, before)
    return _answer(serialize.decided(snapshot, post, decided, before), before)


# ------------------------------------------------------------------------------------------- what they have in common


def _sent(keys: dict[str, Parameter]) -> validation.JsonObject:
    """The body of this request. Raises InvalidQuery, UnsupportedMediaType, and RequestEntityTooLarge over 64 kB."""
    given({})
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("the body is JSON: send Content-Type: application/json")
    data = request.stream.read()
    request.stream.read(
        1
    )  # of a body that does not say how long it is, Werkzeug would drop what is too much in silence
    return validation.checked(keys, data)


def _version() -> str:
    """The version of the post's file that this write is meant for. Raises VersionRequired.

    `*` means whatever is there, and so something that the editor has not seen.
    """
    version = _VERSION.fullmatch(request.headers.get("If-Match", ""))
    if version is None:
        raise VersionRequired("If-Match must give the ETag of the suggestions that were shown, one and in full")
    return version[1]


def _pair(snapshot: Snapshot, body: validation.JsonObject) -> tuple[StoredPost, list[StoredPost]]:
    """The post of a body and its targets, each once. Raises PostNotFound, PostGone, InvalidQuery."""
    post = _post(snapshot, "post", body["post"])
    targets = list(dict.fromkeys(snapshot.post(name) for name in body["targets"]))
    if post in targets:
        raise InvalidQuery("targets", "itself", "a post is never beside itself: take it out of targets")
    for target in targets:
        read_version(settings().content, target.path)  # or it is gone
    return post, targets


def decisions_now() -> Decisions:
    """What was decided; a line that cannot be read is passed over. Raises BadDecisions where none of them can."""
    found = read_decisions(settings().decided)
    for line, reason in found.wrong:
        if line is None:
            raise BadDecisions(f"{DECISIONS} {reason}: what was dismissed is not known until it is mended")
    return found


def _post(snapshot: Snapshot, name: str, value: str) -> StoredPost:
    if len(value) > LONGEST_NAME:
        raise InvalidQuery(name, "too_long", f"{name} has more than {LONGEST_NAME:,} characters")
    return snapshot.post(value)


def today() -> date:
    return datetime.now().astimezone().date()


def _signature() -> Signature:
    return Signature(g.editor, datetime.now(UTC))


def note(editor: str, action: str, **what: object) -> None:
    """One line for whoever must know later who did what. Reasons are left out: they stand in decisions.jsonl."""
    record = {"editor": editor, "action": action, **what}
    log.info("edit %s", json.dumps(record))  # in ASCII, so no title or name can make a line of its own


def _note(action: str, post: StoredPost, targets: Sequence[StoredPost], before: str, after: str) -> None:
    ids = [target.id for target in targets]
    note(g.editor, action, post=post.id, targets=ids, before=before, after=after)


def _answer(answer: Struct, version: str | None = None) -> Response:
    headers = [("ETag", f'"{version}"')] if version else []
    return Response(serialize.encode(answer), headers=headers, content_type="application/json")
