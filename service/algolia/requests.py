"""What clients send, flattened and checked: one record for each item of a request.

Version 5 of the client sends flat objects, version 4 an object whose `params` is a query string with JSON in it. An
unknown key is passed over, for clients send many that concern nobody here; a known one of a wrong type is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from indexer.errors import InvalidQuery
from indexer.model import AllOf, Condition
from indexer.search.query import DEEPEST_HIT
from service.algolia import filters
from service.algolia.markup import Markup

# Of one request. InstantSearch sends an item more than there are facets with a choice, DocSearch one an index.
MOST_ITEMS = 20
# Hits of one request: of its only item that asks for any, or shared by several. A page of a client has 20.
MOST_HITS, MOST_SHARED_HITS = DEEPEST_HIT, 400
# Characters of the questions of one request, shared by its items; DocSearch lets visitors type 512.
LONGEST_QUESTIONS = 2_000
HITS_PER_PAGE = 20
FACET_VALUES, MOST_FACET_VALUES = 100, 1_000
FACET_HITS, MOST_FACET_HITS = 10, 100
LONGEST_FACET_QUERY = 100  # characters
LONGEST_TAG = 100  # characters of what stands before or after a match
MOST_SNIPPET_WORDS = 100
MOST_PARAMS = 200

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SearchItem:
    """A question, its filters and a page, which counts from 0. facets: attributes to count; None if none are asked for.

    snippet_words: how long the snippet of an attribute is, `*` for all others. is_counted: whether a visitor asks it:
    a program that asks for itself says so with `analytics`, or wants other hits than the first.
    """

    index: str
    query: str
    page: int
    hits_per_page: int
    facets: tuple[str, ...] | None
    most_facet_values: int
    where: Condition | None
    markup: Markup
    snippet_words: Mapping[str, int]
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class FacetItem:
    """A question for the values of one facet that begin with a text, among the hits of a search."""

    facet: str
    text: str
    most: int
    search: SearchItem


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """A question for the posts beside one. most: 0 where the site's own number is wanted."""

    index: str
    post: str
    model: str
    most: int
    where: Condition | None
    markup: Markup


# ----------------------------------------------------------------------------------------------------- a request


def items_of(data: bytes) -> list[Json]:
    """The items of a body `{"requests": […]}`, as they were sent. Raises InvalidQuery."""
    items = body_of(data).get("requests")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidQuery("requests", "wrong_type", "requests must be a list of objects")
    if len(items) > MOST_ITEMS:
        raise InvalidQuery("requests", "too_many", f"requests holds more than {MOST_ITEMS}")
    return items


def body_of(data: bytes) -> Json:
    """The JSON object of a body. Raises InvalidQuery."""
    body = _json("the body", data.decode(errors="replace"))
    if not isinstance(body, dict):
        raise InvalidQuery("body", "wrong_type", "the body must be a JSON object")
    return body


def searches(items: list[Json]) -> list[SearchItem | FacetItem]:
    """The items of a request, each checked, and so bounded that all of them cost about what one may. InvalidQuery."""
    many = [_values(_flattened(item)) for item in items]
    showing = sum(values.get("type") != "facet" and values.get("hitsPerPage") != 0 for values in many)
    most_hits = MOST_HITS if showing <= 1 else MOST_SHARED_HITS // showing
    longest = LONGEST_QUESTIONS // max(len(many), 1)
    return [
        _facet_item(values, longest) if values.get("type") == "facet" else _search_item(values, longest, most_hits)
        for values in many
    ]


def facet_search(item: Json, facet: str) -> FacetItem:
    """The only item of a request for the values of a facet. Raises InvalidQuery."""
    return _facet_item({**_values(_flattened(item)), "facet": facet}, LONGEST_QUESTIONS)


def related(item: Json) -> RelatedItem:
    """Raises InvalidQuery."""
    values = _values(_flattened(item))
    of_hits = _values(_flattened(_object("queryParameters", item.get("queryParameters") or {})))
    return RelatedItem(
        index=values.get("indexName", ""),
        post=values.get("objectID", ""),
        model=values.get("model", ""),
        most=values.get("maxRecommendations", 0),
        where=_condition(of_hits),
        markup=_markup(of_hits),
    )


def _search_item(values: Json, longest: int, most_hits: int) -> SearchItem:
    """longest: characters of the question that are read."""
    return SearchItem(
        index=values.get("indexName", ""),
        query=_cut(values.get("query", ""), longest),
        page=values.get("page", 0),
        hits_per_page=min(values.get("hitsPerPage", HITS_PER_PAGE), most_hits),
        facets=values.get("facets"),
        most_facet_values=min(values.get("maxValuesPerFacet", FACET_VALUES), MOST_FACET_VALUES),
        where=_condition(values),
        markup=_markup(values),
        snippet_words=dict(map(_snippet_length, values.get("attributesToSnippet", ()))),
        is_counted=values.get("analytics", True) and values.get("hitsPerPage") != 0 and values.get("page", 0) == 0,
    )


def _facet_item(values: Json, longest: int) -> FacetItem:
    return FacetItem(
        facet=values.get("facet", ""),
        text=values.get("facetQuery", "")[:LONGEST_FACET_QUERY].strip(),
        most=min(values.get("maxFacetHits", FACET_HITS), MOST_FACET_HITS),
        search=_search_item({**values, "hitsPerPage": 0}, longest, 0),
    )


def _condition(values: Json) -> Condition | None:
    """All filters of an item as one condition; None if there are none."""
    given = (
        filters.facet_filters("facetFilters", values.get("facetFilters", [])),
        filters.filters("filters", values.get("filters", "")),
        filters.numeric_filters("numericFilters", values.get("numericFilters", [])),
    )
    conditions = tuple(condition for condition in given if condition != filters.EVERY_POST)
    if not conditions:
        return None
    if filters.comparisons(AllOf(conditions)) > filters.MOST_COMPARISONS:
        raise filters.too_many_comparisons("facetFilters, filters and numericFilters")
    return AllOf(conditions)


def _markup(values: Json) -> Markup:
    ours = Markup()
    return Markup(
        _tag("highlightPreTag", values, ours.before),
        _tag("highlightPostTag", values, ours.after),
        _tag("snippetEllipsisText", values, ours.ellipsis),
    )


def _tag(name: str, values: Json, default: str) -> str:
    tag: str = values.get(name, default)
    if len(tag) > LONGEST_TAG:
        raise InvalidQuery(name, "too_long", f"{name} has more than {LONGEST_TAG} characters")
    return tag


def _snippet_length(text: str) -> tuple[str, int]:
    """An attribute and the words of its snippet, from `content:15`."""
    attribute, _, words = text.partition(":")
    is_number = re.fullmatch("[0-9]{1,9}", words.strip())
    return attribute, max(1, min(int(words), MOST_SNIPPET_WORDS)) if is_number else 0


def _cut(text: str, longest: int) -> str:
    """So much of a text as is read, up to a blank if there is one."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return head if text[longest].isspace() else head.rsplit(None, 1)[0] if head.strip() else ""


# ------------------------------------------------------------------------------------------------ keys and values


def _flattened(item: Json) -> Json:
    """The keys of an item, and those of its `params` that do not stand beside it."""
    params = item.get("params") or {}
    if isinstance(params, str):
        try:
            params = dict(parse_qsl(params, keep_blank_values=True, max_num_fields=MOST_PARAMS))
        except ValueError:
            raise InvalidQuery("params", "too_many", f"params holds more than {MOST_PARAMS} values") from None
    return {**_object("params", params), **item}


def _object(name: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise InvalidQuery(name, "wrong_type", f"{name} must be an object")
    return value


def _values(item: Json) -> Json:
    """The known keys of a flat item with their values; null is as good as nothing."""
    return {name: _KINDS[name](name, value) for name, value in item.items() if name in _KINDS and value is not None}


# Control characters, and halves of characters that a field of limited length has cut in two.
_UNTYPED = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidQuery(name, "wrong_type", f"{name} must be a text")
    return _UNTYPED.sub(" ", value)


def _number(name: str, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidQuery(name, "wrong_type", f"{name} must be a whole number")
    if value < 0:
        raise InvalidQuery(name, "out_of_range", f"{name} must be 0 or more")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    texts = _list(name, value)
    if not isinstance(texts, list):
        texts = [texts]
    if not all(isinstance(text, str) for text in texts):
        raise InvalidQuery(name, "wrong_type", f"{name} must be a list of texts")
    return tuple(_text(name, text) for text in texts)


def _list(name: str, value: Any) -> Any:
    """A list, which may be written as JSON, or what stands in its place."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json(name, value)
    if not isinstance(value, str | list):
        raise InvalidQuery(name, "wrong_type", f"{name} must be a list")
    return value


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):  # also from numbers of 5,000 digits
        raise InvalidQuery(name, "not_json", f"{name} must be JSON in UTF-8") from None


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


_KINDS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("indexName", "query", "filters", "highlightPreTag", "highlightPostTag"), _text),
    **dict.fromkeys(("snippetEllipsisText", "type", "facet", "facetQuery", "model", "objectID"), _text),
    **dict.fromkeys(("page", "hitsPerPage", "maxValuesPerFacet", "maxFacetHits", "maxRecommendations"), _number),
    "analytics": lambda _, value: value not in (False, "false"),
    **dict.fromkeys(("facets", "attributesToSnippet", "attributesToHighlight", "attributesToRetrieve"), _texts),
    **dict.fromkeys(("facetFilters", "numericFilters", "tagFilters"), _list),
}
