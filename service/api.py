"""The JSON routes: parse, ask, answer. Which parameters a route takes is written once, in its table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from indexer import answers
from indexer.errors import InvalidQuery
from indexer.fulltext import query as queries
from indexer.model import Query, Sort, Words
from indexer.published import Published
from indexer.settings import Settings
from service.current import Current

api = Blueprint("api", __name__, url_prefix="/api/v1")

MOST_COMPLETIONS = 20
MOST_RELATED = 50
LONGEST_NAME = 1_000  # of a post or URL


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter: how it is checked and what it says about itself. schema: as in OpenAPI."""

    name: str
    about: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    repeated: bool = False


SEARCH = (
    Parameter(
        "q",
        'Words, "phrases" and -exclusions. Anything else counts as words.',
        {"type": "string", "minLength": 1, "maxLength": queries.LONGEST},
        required=True,
    ),
    Parameter("page", "Which page of hits, from 1.", {"type": "integer", "minimum": 1, "default": 1}),
    Parameter(
        "per_page",
        "Hits on a page.",
        {"type": "integer", "minimum": 1, "maximum": queries.MOST_PER_PAGE, "default": 10},
    ),
    Parameter("tag", "Only posts with this tag; given several times, with all of them.", repeated=True),
    Parameter("language", "Only posts in this language, for example en."),
    Parameter("since", "Only posts of this day or later.", {"type": "string", "format": "date"}),
    Parameter("until", "Only posts of this day or earlier.", {"type": "string", "format": "date"}),
    Parameter("sort", "The order of the hits.", {"type": "string", "enum": list(Sort), "default": Sort.RELEVANCE}),
    Parameter(
        "prefix",
        "Whether the last word is still being typed.",
        {"type": "string", "enum": ["true", "false"], "default": "false"},
    ),
)
COMPLETE = (
    Parameter(
        "q",
        "What has been typed so far.",
        {"type": "string", "minLength": 1, "maxLength": queries.LONGEST},
        required=True,
    ),
    Parameter(
        "limit",
        "How many completions.",
        {"type": "integer", "minimum": 1, "maximum": MOST_COMPLETIONS, "default": 8},
    ),
)
RELATED = (
    Parameter("post", "The id of a post. Either this or url."),
    Parameter("url", "The URL of a post. Either this or post."),
    Parameter(
        "limit",
        "How many posts; the default is the site's own (related.shown).",
        {"type": "integer", "minimum": 1, "maximum": MOST_RELATED},
    ),
)


def given(parameters: tuple[Parameter, ...]) -> dict[str, str]:
    """The query string as name → text. Raises InvalidQuery for names that are unknown or given twice."""
    known = {one.name: one for one in parameters}
    for name in request.args:
        if name not in known:
            raise InvalidQuery("query", "unknown_parameter", f"known parameters here: {', '.join(known)}")
        if len(request.args.getlist(name)) > 1 and not known[name].repeated:
            raise InvalidQuery(name, "given_twice", f"{name} is given more than once")
    for one in parameters:
        if one.required and not request.args.get(one.name, "").strip():
            raise InvalidQuery(one.name, "required", f"{one.name} is missing or empty")
    return request.args.to_dict()


def search_query(said: dict[str, str]) -> Query:
    """The question that a query string asks. Raises InvalidQuery."""
    return queries.checked(
        Query(
            Words(prefix=_switch("prefix", said.get("prefix", "false"))),
            said.get("q", ""),
            tags=tuple(request.args.getlist("tag")),
            language=said.get("language"),
            since=queries.parsed_date("since", said["since"]) if "since" in said else None,
            until=queries.parsed_date("until", said["until"]) if "until" in said else None,
            sort=queries.parsed_sort(said.get("sort", Sort.RELEVANCE)),
            page=queries.parsed_number("page", said.get("page", "1"), 1, queries.DEEPEST_HIT),
            per_page=queries.parsed_number("per_page", said.get("per_page", "10"), 1, queries.MOST_PER_PAGE),
        )
    )


def _switch(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidQuery(name, "unknown", f"{name} must be true or false")
    return text == "true"


def settings() -> Settings:
    found: Settings = current_app.extensions["seealso-settings"]
    return found


def current() -> Current:
    found: Current = current_app.extensions["seealso-current"]
    return found


@api.get("/search")
def search() -> Response:
    query = search_query(given(SEARCH))
    published = current().get()
    return answer(published, answers.search(published, query, published.reader.search(query)))


@api.get("/complete")
def complete() -> Response:
    said = given(COMPLETE)
    limit = queries.parsed_number("limit", said.get("limit", "8"), 1, MOST_COMPLETIONS)
    typed = queries.checked(Query(Words(), said["q"])).text
    published = current().get()
    return answer(published, answers.completions(published, published.reader.complete(typed, limit)))


@api.get("/related")
def related() -> Response:
    said = given(RELATED)
    if ("post" in said) == ("url" in said):
        raise InvalidQuery("post", "required", "give either post or url")
    for name in ("post", "url"):
        if len(said.get(name, "")) > LONGEST_NAME:
            raise InvalidQuery(name, "too_long", f"{name} has more than {LONGEST_NAME} characters")
    limit = queries.parsed_number("limit", said.get("limit", str(settings().related.shown)), 1, MOST_RELATED)
    published = current().get()
    post = published.post(said["post"]) if "post" in said else published.post_at(said["url"])
    return answer(published, answers.related(published, post, published.related.for_readers(post, limit)))


def answer(published: Published, body: dict[str, Any]) -> Response:
    """JSON that a browser or proxy may keep for a minute, and check by generation and question after that."""
    response = jsonify(body)
    asked = repr((request.path, sorted(request.args.items(multi=True)), published.manifest.inputs))
    response.set_etag(f"{published.id}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}")
    response.headers["Cache-Control"] = "public, max-age=60"
    response.make_conditional(request)
    return response
