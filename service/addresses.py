"""Addresses of the results page: the question that one asks, and the address of a question.

Others append parameters to addresses (`utm_source`, `fbclid`), and people cut them off and mistype them. So what the
page does not know is passed over, and what cannot be read is left out; where a filter is lost by that, it is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from indexer.errors import InvalidQuery
from indexer.model import SearchRequest, Sort
from indexer.queries.policy import LONGEST_QUESTION
from indexer.search import query as queries
from indexer.text import analysis

PER_PAGE = 10
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")
# What may be an exclusion, without its minus; whether it is one depends on the site.
_EXCLUSION = re.compile(r"(?<!\S)-(?P<piece>[^\s\d-]\S+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks. unread: what of it cannot be read and does not count, in words."""

    request: SearchRequest
    unread: tuple[str, ...] = ()


def asked(parameters: Mapping[str, Sequence[str]]) -> Asked:
    """The question of a query string, whatever it holds. parameters: name → its values."""
    given = {name: values[0] for name, values in parameters.items() if values and values[0]}
    filters: dict[str, Any] = {}
    unread: list[str] = []
    for name, read in _FILTERS.items():
        try:
            filters[name] = read(given[name]) if name in given else None
        except InvalidQuery as error:
            unread.append(str(error))
    since, until = filters.get("since"), filters.get("until")
    if since and until and until < since:
        unread.append("until must not be before since")
        filters["until"] = None
    per_page = _number(given.get("per_page"), PER_PAGE, queries.MOST_PER_PAGE)
    request = SearchRequest(
        query=queries.parse(_CONTROL.sub(" ", given.get("q", "")).strip()),
        tags=_tags(parameters.get("tag", ())),
        sort=Sort.DATE if given.get("sort") == Sort.DATE else Sort.RELEVANCE,
        page=_number(given.get("page"), 1, queries.DEEPEST_HIT // per_page),
        per_page=per_page,
        **filters,
    )
    return Asked(request, tuple(unread))


_FILTERS: dict[str, Callable[[str], str | date]] = {
    "language": queries.parsed_language,
    "since": partial(queries.parsed_date, "since"),
    "until": partial(queries.parsed_date, "until"),
}


def _number(text: str | None, usual: int, most: int) -> int:
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text):
        return usual
    return min(max(int(text), 1), most)


def _tags(values: Sequence[str]) -> tuple[str, ...]:
    """Each tag once, whatever its case, and no more than may be asked for."""
    unique = {tag.casefold(): tag for value in reversed(values) if (tag := value.strip())}
    return tuple(reversed(unique.values()))[: queries.MOST_TAGS]


def is_filtered(request: SearchRequest) -> bool:
    return request.condition is not None


def unfiltered(request: SearchRequest) -> SearchRequest:
    """The same question of all posts."""
    return replace(request, tags=(), language=None, since=None, until=None, page=1)


def parameters_of(request: SearchRequest) -> list[tuple[str, str]]:
    """What an address says of a question beside its words and its page; what is usual is not said."""
    values = [("tag", tag) for tag in request.tags]
    values += [(name, str(value)) for name in _FILTERS if (value := getattr(request, name))]
    values += [("sort", str(request.sort))] if request.sort is not Sort.RELEVANCE else []
    values += [("per_page", str(request.per_page))] if request.per_page != PER_PAGE else []
    return values


def address_of(request: SearchRequest) -> str:
    """The address of a question, below the root of the service. One question has one address."""
    values = [("q", request.query.text)] if request.query.text else []
    values += parameters_of(request)
    values += [("page", str(request.page))] if request.page > 1 else []
    return f"/?{urlencode(values)}" if values else "/"


def ping_of(text: str, url: str, rank: int) -> str:
    """Where a browser tells that a hit of a question was followed; empty for a question that is not counted."""
    if not 0 < len(text) <= LONGEST_QUESTION:
        return ""
    return f"/api/v1/click?{urlencode([('q', text), ('url', url), ('rank', rank)])}"


def with_text(request: SearchRequest, text: str) -> SearchRequest:
    """The same question in other words."""
    return replace(request, query=queries.parse(text), page=1)


def with_tag_switched(request: SearchRequest, tag: str) -> SearchRequest:
    """The same question with a tag more, or without it if it is there."""
    rest = tuple(other for other in request.tags if other.casefold() != tag.casefold())
    return replace(request, tags=(*rest, tag) if rest == request.tags else rest, page=1)


def including(request: SearchRequest, excluded: str) -> SearchRequest:
    """The same question, with words that it excludes asked for like all others. excluded: one of `Hits.excluded`."""

    def without_minus(match: re.Match[str]) -> str:
        words = analysis.words(match["piece"])
        return match["piece"] if words and words == excluded.split(" ")[: len(words)] else match[0]

    return with_text(request, _EXCLUSION.sub(without_minus, request.query.text))
