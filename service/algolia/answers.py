"""The shapes of the answers, with the names that Algolia's clients read."""

from __future__ import annotations

import time

from msgspec import UNSET, Struct, UnsetType, field


class Highlighted(Struct, frozen=True, gc=False, rename="camel"):
    """A whole text with its matches between tags. match_level: none, partial, or full: all words of the question."""

    value: str
    match_level: str
    matched_words: tuple[str, ...]
    fully_highlighted: bool


class Snipped(Struct, frozen=True, gc=False, rename="camel"):
    """The part of a text around its matches."""

    value: str
    match_level: str


class HighlightResult(Struct, frozen=True, gc=False):
    """hierarchy: without the levels that are empty."""

    title: Highlighted
    content: Highlighted
    description: Highlighted
    tags: tuple[Highlighted, ...]
    hierarchy: dict[str, Highlighted]


class SnippetResult(Struct, frozen=True, gc=False):
    """description: only if it is asked for."""

    title: Snipped
    content: Snipped
    description: Snipped | UnsetType
    hierarchy: dict[str, Snipped]


class Record(Struct, frozen=True, gc=False, kw_only=True):
    """One post. url: absolute, with the anchor of a section. timestamp: seconds since 1970. score: 0 to 100."""

    object_id: str = field(name="objectID")
    url: str
    url_without_anchor: str
    anchor: str | None
    title: str
    description: str
    tags: tuple[str, ...]
    date: str | None
    timestamp: int | None
    language: str
    image: str | None
    type: str
    content: str
    hierarchy: dict[str, str | None]
    highlight_result: HighlightResult = field(name="_highlightResult")
    snippet_result: SnippetResult = field(name="_snippetResult")
    score: float | UnsetType = field(default=UNSET, name="_score")


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """One page of hits. facets: attribute → value → hits that have it."""

    index: str
    query: str
    params: str = ""
    page: int
    nb_pages: int
    hits_per_page: int
    nb_hits: int
    processing_time_ms: int = field(name="processingTimeMS")
    exhaustive_nb_hits: bool = True
    exhaustive_facets_count: bool = True
    facets: dict[str, dict[str, int]] | UnsetType = UNSET
    hits: tuple[Record, ...]


class FacetHit(Struct, frozen=True):
    """A value of a facet, and how many hits have it."""

    value: str
    highlighted: str
    count: int


class FacetValues(Struct, frozen=True, kw_only=True, rename="camel"):
    """Values of a facet, the most frequent first."""

    facet_hits: tuple[FacetHit, ...]
    exhaustive_facets_count: bool = True
    processing_time_ms: int = field(name="processingTimeMS")


def milliseconds(started: float) -> int:
    """The time since a moment of `time.monotonic`, at least 1."""
    return max(1, round((time.monotonic() - started) * 1_000))


class Recommended(Struct, frozen=True, kw_only=True, rename="camel"):
    """Related posts, the curated ones first."""

    index: str
    page: int = 0
    nb_pages: int = 1
    hits_per_page: int
    nb_hits: int
    processing_time_ms: int = field(name="processingTimeMS")
    hits: tuple[Record, ...]


Answer = Result | FacetValues | Recommended


class Results(Struct, frozen=True):
    """The answers to the items of a request, in their order."""

    results: tuple[Answer, ...]


class Problem(Struct, frozen=True):
    """message: for a developer. status: as in HTTP."""

    message: str
    status: int
