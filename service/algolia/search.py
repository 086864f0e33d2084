"""An item → one page of hits with its counts, or the values of one facet."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

from msgspec import UNSET

from indexer.model import Hits, SearchRequest
from indexer.search import query as queries
from indexer.search.query import DEEPEST_HIT
from indexer.snapshot import Snapshot
from service.algolia import records
from service.algolia.answers import FacetHit, FacetValues, Result, milliseconds
from service.algolia.filters import LANGUAGES, primary_subtag
from service.algolia.matches import Question
from service.algolia.requests import FacetItem, SearchItem

TAGS = "tags"
# Values of a facet that are looked through for those that begin with a text, and languages of a site.
MOST_LOOKED_THROUGH = 10_000


def answered(
    snapshot: Snapshot, item: SearchItem, origin: str, record: Callable[[SearchRequest, Hits], None]
) -> Result:
    """origin: what stands before the URLs of posts. record: is told of a question that counts, with what it found."""
    started = time.monotonic()
    asked = _request(item)
    hits = snapshot.reader.search(asked)
    if item.is_counted:
        record(asked, hits)
    question = Question(asked.query, hits)
    look = records.Look(origin, item.markup, item.snippet_words)
    return Result(
        index=item.index,
        query=item.query,
        page=item.page,
        nb_pages=-(-min(hits.total, DEEPEST_HIT) // item.hits_per_page) if item.hits_per_page else 0,
        hits_per_page=item.hits_per_page,
        nb_hits=hits.total,
        facets=UNSET if item.facets is None else _facets(hits, item),
        hits=tuple(records.of_hit(hit, snapshot.posts, question, look) for hit in hits.hits),
        processing_time_ms=milliseconds(started),
    )


def facet_values(snapshot: Snapshot, item: FacetItem) -> FacetValues:
    """The most frequent values of a facet in which a word begins with the text that was typed; any, without a text."""
    started = time.monotonic()
    hits = snapshot.reader.search(_request(item.search, MOST_LOOKED_THROUGH))
    begins = re.compile(rf"(?<!\w){re.escape(item.text)}", re.IGNORECASE)
    found: list[FacetHit] = []
    for value, count in _counts(hits, item.facet):
        match = begins.search(value)
        if match and len(found) < item.most:
            highlighted = item.search.markup.marked(value, [match.span()] if item.text else [])
            found.append(FacetHit(value, highlighted, count))
    return FacetValues(facet_hits=tuple(found), processing_time_ms=milliseconds(started))


def _request(item: SearchItem, facet_values: int | None = None) -> SearchRequest:
    """facet_values: how many values are counted; None is as many as the item asks for."""
    is_reachable = item.page * item.hits_per_page < DEEPEST_HIT
    counted = item.most_facet_values if facet_values is None else facet_values
    return SearchRequest(
        queries.parse(item.query, prefix=True),
        where=item.where,
        page=item.page + 1 if is_reachable else 1,
        per_page=item.hits_per_page if is_reachable else 0,
        max_facet_values=counted,
    )


def _facets(hits: Hits, item: SearchItem) -> dict[str, dict[str, int]]:
    names = item.facets or ()
    if "*" in names:
        names = (TAGS, LANGUAGES[0], *names)
    known = [name for name in dict.fromkeys(names) if name == TAGS or name in LANGUAGES]
    return {name: dict(_counts(hits, name)[: item.most_facet_values]) for name in known}


def _counts(hits: Hits, facet: str) -> list[tuple[str, int]]:
    """The values of a facet with their counts, the most frequent first. Languages are those that filters tell apart."""
    if facet == TAGS:
        return list(hits.tags)
    if facet not in LANGUAGES:
        return []
    counts: Counter[str] = Counter()
    for language, count in hits.languages:
        counts[primary_subtag(language)] += count
    return counts.most_common()
