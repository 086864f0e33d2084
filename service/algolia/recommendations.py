"""An item → related posts, as readers see them: the curated ones first."""

from __future__ import annotations

import time
from urllib.parse import unquote, urlsplit

from indexer.model import Condition, SearchRequest, StoredPost
from indexer.search.query import parse
from indexer.snapshot import Snapshot
from indexer.store.posts import PostStore
from service.algolia import records
from service.algolia.answers import Recommended, milliseconds
from service.algolia.requests import RelatedItem
from service.api import dismissed_beside

MODELS = ("related-products", "looking-similar", "related-content")
MOST = 50


def recommended(snapshot: Snapshot, item: RelatedItem, origin: str, usual: int) -> Recommended:
    """No posts beside one that is not known, for a page may be newer than the index. usual: how many there are then."""
    started = time.monotonic()
    post = named(snapshot.posts, item.post) if item.model in MODELS else None
    most = min(item.most or usual, MOST)
    found = snapshot.related.for_readers(post, MOST, dismissed_beside(snapshot, post)) if post else []
    if found and item.where:
        wanted = _meeting(snapshot, item.where)
        found = [one for one in found if one.post.number in wanted]
    shown = [one for one in found if one.post != post][:most]
    look = records.Look(origin, item.markup, {})
    hits = tuple(
        records.of_post(one.post, snapshot.posts, look, 100.0 if one.curated else round(100 * (one.score or 0.0), 2))
        for one in shown
    )
    took = milliseconds(started)
    return Recommended(index=item.index, hits_per_page=most, nb_hits=len(hits), processing_time_ms=took, hits=hits)


def _meeting(snapshot: Snapshot, condition: Condition) -> frozenset[int]:
    """The numbers of the posts that meet a condition."""
    everything = SearchRequest(parse(""), where=condition, per_page=len(snapshot.posts))
    return frozenset(snapshot.reader.ranked(everything)[0])


def named(posts: PostStore, name: str) -> StoredPost | None:
    """The post that a template knows by its id, an id with an anchor, its path, or its URL on any origin."""
    try:
        path = urlsplit(name).path
    except ValueError:
        path = name
    names = (name, name.partition("#")[0], path, unquote(path), path.removesuffix("index.html"))
    return next((post for one in names if one and (post := posts.find(one))), None)
