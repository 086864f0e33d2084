"""The JSON routes: parse, ask, answer. Which parameters a route takes is written once, in its table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from msgspec import Struct

from indexer.editing.decisions import Decisions, DecisionsFile
from indexer.errors import InvalidQuery
from indexer.model import Hits, SearchRequest, Sort, StoredPost
from indexer.output import serialize
from indexer.search import query as queries
from indexer.search.snippets import LONGEST_SNIPPET
from indexer.settings import Settings
from indexer.snapshot import Snapshot
from service.follower import GenerationFollower
from service.kept import MADE_FROM, MadeFrom
from service.recorder import Recorder

api = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_COMPLETIONS = 20
MOST_NEWEST = 10
MOST_FACET_VALUES = 1_000
SHORTEST_SNIPPET = 20  # characters
MOST_RELATED = 50
LONGEST_NAME = 1_000  # of a post or URL
_JSON = "application/json"
_READ = f"{queries.LONGEST:,} characters of it are read; line ends and tabs are blanks."


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter, or one key of a body: how it is checked and what it says about itself.

    schema: as in OpenAPI. most: how often it may be given.
    """

    name: str
    about: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    most: int = 1


def table(*parameters: Parameter) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters}


SEARCH = table(
    Parameter(
        "q",
        f'Words, "phrases" and -exclusions. Anything else counts as words. {_READ}',
        {"type": "string", "minLength": 1},
        required=True,
    ),
    Parameter("page", "Which page of hits, from 1.", {"type": "integer", "minimum": 1, "default": 1}),
    Parameter(
        "per_page",
        "Hits on a page.",
        {"type": "integer", "minimum": 1, "maximum": queries.MOST_PER_PAGE, "default": 10},
    ),
    Parameter("tag", "Only posts with this tag; given several times, with all of them.", most=queries.MOST_TAGS),
    Parameter(
        "language",
        "Only posts in this language, for example en.",
        {"type": "string", "pattern": f"^{queries.LANGUAGE}$"},
    ),
    Parameter("since", "Only posts of this day or later.", {"type": "string", "format": "date"}),
    Parameter("until", "Only posts of this day or earlier.", {"type": "string", "format": "date"}),
    Parameter("sort", "The order of the hits.", {"type": "string", "enum": list(Sort), "default": Sort.RELEVANCE}),
    Parameter(
        "prefix",
        "Whether the last word is still being typed.",
        {"type": "string", "enum": ["true", "false"], "default": "false"},
    ),
    Parameter(
        "complete",
        "How many completions of the last word to send along.",
        {"type": "integer", "minimum": 0, "maximum": MOST_COMPLETIONS, "default": 0},
    ),
    Parameter(
        "newest",
        "How many of the newest posts to send along where nothing is found.",
        {"type": "integer", "minimum": 0, "maximum": MOST_NEWEST, "default": 0},
    ),
    Parameter(
        "max_facet_values",
        "How many tags to count.",
        {"type": "integer", "minimum": 0, "maximum": MOST_FACET_VALUES, "default": 50},
    ),
    Parameter(
        "snippet",
        "Characters of a snippet, without ellipses.",
        {"type": "integer", "minimum": SHORTEST_SNIPPET, "maximum": LONGEST_SNIPPET, "default": LONGEST_SNIPPET},
    ),
)
COMPLETE = table(
    Parameter(
        "q",
        f"What has been typed so far. {_READ}",
        {"type": "string", "minLength": 1},
        required=True,
    ),
    Parameter(
        "limit",
        "How many completions.",
        {"type": "integer", "minimum": 1, "maximum": MOST_COMPLETIONS, "default": 8},
    ),
)
RELATED = table(
    Parameter("post", "The id of a post. Either this or url."),
    Parameter("url", "The URL of a post. Either this or post."),
    Parameter(
        "limit",
        "How many posts; the default is the site's own (related.shown).",
        {"type": "integer", "minimum": 1, "maximum": MOST_RELATED},
    ),
)


def given(known: dict[str, Parameter]) -> dict[str, list[str]]:
    """The query string as name → texts. Raises InvalidQuery for names that are unknown or given too often."""
    params = dict(request.args.lists())
    for name, texts in params.items():
        if name not in known:
            raise InvalidQuery("query", "unknown_parameter", f"known parameters here: {', '.join(known) or 'none'}")
        most = known[name].most
        if len(texts) > most == 1:
            raise InvalidQuery(name, "given_twice", f"{name} is given more than once")
        if len(texts) > most:
            raise InvalidQuery(name, "too_many", f"{name} is given {len(texts)} times; at most {most} are allowed")
    for parameter in known.values():
        if parameter.required and not params.get(parameter.name, [""])[0].strip():
            raise InvalidQuery(parameter.name, "required", f"{parameter.name} is missing or empty")
    return params


def search_request(params: dict[str, list[str]]) -> SearchRequest:
    """The question that a query string asks. Raises InvalidQuery."""
    values = {_FIELDS.get(name, name): _VALUES[name](texts[0]) for name, texts in params.items() if name in _VALUES}
    prefix = "prefix" in params and switch("prefix", params["prefix"][0])
    return queries.checked(SearchRequest(queries.parse(params["q"][0], prefix), tuple(params.get("tag", ())), **values))


_VALUES: dict[str, Callable[[str], Any]] = {
    "language": queries.parsed_language,
    "since": partial(queries.parsed_date, "since"),
    "until": partial(queries.parsed_date, "until"),
    "sort": queries.parsed_sort,
    "page": lambda text: queries.parsed_number("page", text, 1, queries.DEEPEST_HIT),
    "per_page": lambda text: queries.parsed_number("per_page", text, 1, queries.MOST_PER_PAGE),
    "max_facet_values": lambda text: queries.parsed_number("max_facet_values", text, 0, MOST_FACET_VALUES),
    "snippet": lambda text: queries.parsed_number("snippet", text, SHORTEST_SNIPPET, LONGEST_SNIPPET),
}
_FIELDS = {"snippet": "snippet_length"}  # of a SearchRequest, where they have another name


def switch(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidQuery(name, "unknown", f"{name} must be true or false")
    return text == "true"


def settings() -> Settings:
    found: Settings = current_app.extensions["seealso-settings"]
    return found


def addresses() -> tuple[str, ...]:
    """Where the site is read: its own address first, then those of the pages that may ask."""
    return (settings().content.site, *settings().service.origins)


def follower() -> GenerationFollower:
    found: GenerationFollower = current_app.extensions["seealso-follower"]
    return found


def recorder() -> Recorder:
    found: Recorder = current_app.extensions["seealso-recorder"]
    return found


def record(wanted: SearchRequest, hits: Hits) -> None:
    """Counts a question with what it found, if questions are recorded. Further pages of its hits are no new question.

    An answer that is not made, because the one which was sent before is still right, asks nothing.
    """
    if wanted.page > 1 or not wanted.query.text or request.method == "HEAD":
        return
    if question := recorder().asked(request.environ, wanted.query, hits, wanted.language):
        g.questions = (*g.get("questions", ()), question)


def may_be_kept(snapshot: Snapshot, etag: str = "", decisions: Decisions | None = None) -> None:
    """Says of the answer to this request that it depends on nothing else: it may be sent again, see kept.py.

    While the cluster is away nothing is kept. To be called when the answer is made, and its questions are recorded.
    decisions: as they were before.
    """
    if snapshot.reader.trouble:
        return
    request.environ[MADE_FROM] = MadeFrom(snapshot.manifest, etag, decisions, g.get("questions", ()))


def current_snapshot() -> Snapshot:
    """The generation that this request is answered from. Raises NothingPublished or DamagedGeneration."""
    found: Snapshot = follower().get()
    g.snapshot = found
    return found


def decisions_file() -> DecisionsFile:
    found: DecisionsFile = current_app.extensions["seealso-decisions"]
    return found


def dismissed_beside(snapshot: Snapshot, post: StoredPost) -> frozenset[int]:
    """The posts that editors do not want beside a post, as they have decided by now."""
    return decisions_file().dismissed(snapshot, post)


@api.get("/search")
def search() -> Response:
    params = given(SEARCH)
    wanted = search_request(params)
    complete = queries.parsed_number("complete", params.get("complete", ["0"])[0], 0, MOST_COMPLETIONS)
    newest = queries.parsed_number("newest", params.get("newest", ["0"])[0], 0, MOST_NEWEST)
    snapshot = current_snapshot()

    def body() -> Struct:
        hits = snapshot.reader.search(wanted)
        record(wanted, hits)
        completions = snapshot.reader.complete(wanted.query.text, complete) if complete else ()
        instead = newest_posts(snapshot, wanted, newest) if newest and not hits.total else ()
        return serialize.search(snapshot, wanted, hits, completions, instead, clicks)

    clicks = recorder().is_recording
    return answer(snapshot, body, clicks)


def newest_posts(snapshot: Snapshot, wanted: SearchRequest, most: int) -> list[StoredPost]:
    """The newest of the posts that the filters of a request let through, whatever is asked; none if none has a date."""
    numbers, _ = snapshot.reader.ranked(replace(wanted, query=queries.parse(""), page=1, per_page=most))
    posts = [snapshot.posts[number] for number in numbers]
    return posts if posts and posts[0].date else []


@api.get("/complete")
def complete() -> Response:
    params = given(COMPLETE)
    limit = queries.parsed_number("limit", params.get("limit", ["8"])[0], 1, MOST_COMPLETIONS)
    typed = queries.checked(SearchRequest(queries.parse(params["q"][0]))).query.text
    snapshot = current_snapshot()
    return answer(snapshot, lambda: serialize.completions(snapshot, snapshot.reader.complete(typed, limit)))


@api.get("/related")
def related() -> Response:
    params = {name: texts[0] for name, texts in given(RELATED).items()}
    if ("post" in params) == ("url" in params):
        raise InvalidQuery("post", "required", "give either post or url")
    for name in ("post", "url"):
        if len(params.get(name, "")) > LONGEST_NAME:
            raise InvalidQuery(name, "too_long", f"{name} has more than {LONGEST_NAME} characters")
    limit = queries.parsed_number("limit", params.get("limit", str(settings().related.shown)), 1, MOST_RELATED)
    snapshot = current_snapshot()
    post = snapshot.post(params["post"]) if "post" in params else snapshot.post_at(params["url"], addresses())
    decisions = decisions_file().now()
    dismissed = dismissed_beside(snapshot, post)
    return answer(
        snapshot,
        lambda: serialize.related(snapshot, post, snapshot.related.for_readers(post, limit, dismissed)),
        limit,
        sorted(dismissed),
        decisions=decisions,
    )


def answer(
    snapshot: Snapshot, body: Callable[[], Struct], *defaults: object, decisions: Decisions | None = None
) -> Response:
    """JSON that a browser or proxy may keep for a minute, and check by generation and question after that.

    One that is degraded is kept by nobody. body: makes the answer; it is not made where what was sent before is still
    right. defaults: what the answer takes from settings and decisions, which may change without a build. decisions: as
    in `may_be_kept`.
    """
    asked = repr((request.path, sorted(request.args.items(multi=True)), snapshot.manifest.inputs, *defaults))
    etag = f"{snapshot.id}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    headers = [("ETag", f'"{etag}"'), ("Cache-Control", "public, max-age=60")]
    if "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(etag):
        may_be_kept(snapshot, etag, decisions)
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers, content_type=_JSON)
    made = body()
    if getattr(made, "degraded", False):
        return Response(serialize.encode(made), headers=[("Cache-Control", "no-store")], content_type=_JSON)
    may_be_kept(snapshot, etag, decisions)
    return Response(serialize.encode(made), headers=headers, content_type=_JSON)
