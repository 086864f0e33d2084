"""The route that hits tell when they are followed: a beacon of the search box, or a ping of the results page.

It answers 204 to everybody and whatever is sent, for nobody waits for the answer. A click counts where the question was
counted that day and a post is published at the URL.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, request

from indexer.errors import SeeAlsoError
from indexer.queries.policy import LONGEST_QUESTION
from indexer.search.query import DEEPEST_HIT
from service.api import LONGEST_NAME, Parameter, addresses, current_snapshot, recorder, settings, table

PATH = "/api/v1/click"
LARGEST_CLICK = 4_096  # bytes of a body
CLICK = table(
    Parameter(
        "q", "The question, as it was asked.", {"type": "string", "minLength": 1, "maxLength": LONGEST_QUESTION}, True
    ),
    Parameter("url", "The URL of the hit.", {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}, True),
    Parameter("rank", "Its place among the hits.", {"type": "integer", "minimum": 1, "maximum": DEEPEST_HIT}, True),
)

clicks = Blueprint("clicks", __name__)


@clicks.post(PATH)
def click() -> Response:
    if recorder().is_recording and _is_from_here():
        _record(_sent())
    return Response(status=HTTPStatus.NO_CONTENT)


@clicks.get(PATH)
def not_a_page() -> NoReturn:
    """Else a page that posts have would look for one here."""
    abort(HTTPStatus.METHOD_NOT_ALLOWED, valid_methods=("POST", "OPTIONS"))


def _is_from_here() -> bool:
    """Whether a page has sent it that may ask: of this service or of `service.origins`; or no page at all."""
    origin = request.origin
    return origin is None or origin in settings().service.origins or f"{origin}/" == request.host_url


def _sent() -> dict[str, Any]:
    """The values of the address, if it has any, else those of the body, whatever its type says; none if unreadable."""
    if request.args:
        values: dict[str, Any] = request.args.to_dict()
        rank = values.get("rank", "")
        return values | {"rank": int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 5 else 0}
    if (request.content_length or 0) > LARGEST_CLICK:
        return {}
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _record(sent: dict[str, Any]) -> None:
    typed, url, rank = (sent.get(name) for name in CLICK)
    if not (isinstance(typed, str) and isinstance(url, str) and isinstance(rank, int)):
        return
    if len(url) > LONGEST_NAME or not 1 <= rank <= DEEPEST_HIT or not (typed + url).isprintable():
        return
    try:
        post = current_snapshot().post_at(url, addresses())
    except SeeAlsoError:
        return
    recorder().clicked(request.environ, typed, post.url, rank)
