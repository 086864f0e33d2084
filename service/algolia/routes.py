"""The routes of Algolia's protocol: parse, ask, answer.

Browsers send JSON under other types, so that they need not ask before (no preflight), and bodies are read as bytes.
The bare prefix answers too: a client that is given `search.blog.example/algolia#` for an application's id joins a host
and a path behind it, and the mark swallows them.
"""

from __future__ import annotations

import gzip

from flask import Blueprint, Response, abort, request
from msgspec import Struct

from indexer.content.urls import site_origin
from indexer.output import serialize
from indexer.settings import Settings
from service.algolia import recommendations, requests, search
from service.algolia.answers import Problem, Results
from service.algolia.requests import FacetItem, Json
from service.api import current_snapshot, may_be_kept, record, settings

MOUNT = "/algolia"
# What may be sent, for the browsers that ask before.
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "POST"),
    ("Access-Control-Allow-Headers", "content-type, x-algolia-api-key, x-algolia-application-id, x-algolia-agent"),
    ("Access-Control-Max-Age", "86400"),
)
# Shorter bodies are sent as they are.
SMALLEST_COMPRESSED = 1_000
# Seconds after which a client may ask again.
RETRY_AFTER = "2"

algolia = Blueprint("algolia", __name__, url_prefix=MOUNT)


def is_algolia(path: str) -> bool:
    """Whether a path is one of this protocol."""
    return path == MOUNT or path.startswith(f"{MOUNT}/")


@algolia.post("", strict_slashes=False)
def bare() -> Response:
    """All that a client sends to one address: searches, or requests for related posts if any has a model."""
    items = requests.items_of(request.get_data())
    return _related(items) if any("model" in item for item in items) else _found(items)


@algolia.post("/1/indexes/*/queries")
def queries() -> Response:
    return _found(requests.items_of(request.get_data()))


@algolia.post("/1/indexes/*/recommendations")
def related() -> Response:
    return _related(requests.items_of(request.get_data()))


@algolia.post("/1/indexes/<path:index>/query")
def query(index: str) -> Response:
    """One item, and its answer unwrapped."""
    item = {**requests.body_of(request.get_data()), "indexName": index}
    (answer,) = _answers([item]).results
    return _sent(answer)


@algolia.post("/1/indexes/<path:index>/facets/<path:facet>/query")
def facet_query(index: str, facet: str) -> Response:
    """The values of one facet."""
    item = requests.facet_search({**requests.body_of(request.get_data()), "indexName": index}, facet)
    return _sent(search.facet_values(current_snapshot(), item))


@algolia.route("/<path:_path>", methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
@algolia.get("", strict_slashes=False)
def elsewhere(_path: str = "") -> Response:
    abort(404, "nothing is here: searches are sent with POST to 1/indexes/*/queries")


def _found(items: list[Json]) -> Response:
    return _sent(_answers(items))


def _answers(items: list[Json]) -> Results:
    asked = requests.searches(items)
    snapshot, origin = current_snapshot(), _origin()
    results = tuple(
        search.facet_values(snapshot, item)
        if isinstance(item, FacetItem)
        else search.answered(snapshot, item, origin, record)
        for item in asked
    )
    may_be_kept(snapshot)
    return Results(results)


def _related(items: list[Json]) -> Response:
    asked = [requests.related(item) for item in items]
    snapshot, origin, usual = current_snapshot(), _origin(), settings().related.shown
    return _sent(Results(tuple(recommendations.recommended(snapshot, item, origin, usual) for item in asked)))


def _origin() -> str:
    """What stands before the URLs of posts: the site's own address, or that of the page that asks, or this one."""
    known: Settings = settings()
    if site := site_origin(known.content):
        return site
    return str(request.origin) if request.origin in known.service.origins else request.host_url.rstrip("/")


# ---------------------------------------------------------------------------------------------------- what is sent


def _sent(answer: Struct) -> Response:
    body = serialize.encode(answer)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) >= SMALLEST_COMPRESSED and request.accept_encodings["gzip"]:
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, content_type="application/json")


def problem(status: int, message: str) -> Response:
    """An error in the shape that clients read, with the time to wait where that helps."""
    response = Response(serialize.encode(Problem(message, status)), status=status, content_type="application/json")
    if status in (429, 503):
        response.headers["Retry-After"] = RETRY_AFTER
    return response
