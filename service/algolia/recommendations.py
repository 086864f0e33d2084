"""An item → related posts, as readers see them: the curated ones first."""

from __future__ import annotations

import time
from urllib.parse import unquote, urlsplit

from indexer.model import AllOf, AnyOf, Condition, DatedWithin, HasTag, InLanguage, Not, StoredPost
from indexer.snapshot import Snapshot
from indexer.store.posts import PostStore
from service.algolia import records
from service.algolia.answers import Recommended
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
    shown = [one for one in found if one.post != post and meets(one.post, item.where)][:most]
    look = records.Look(origin, item.markup, {})
    hits = tuple(
        records.of_post(one.post, snapshot.posts, look, 100.0 if one.curated else round(100 * (one.score or 0.0), 2))
        for one in shown
    )
    took = max(1, round((time.monotonic() - started) * 1_000))
    return Recommended(index=item.index, hits_per_page=most, nb_hits=len(hits), processing_time_ms=took, hits=hits)


def named(posts: PostStore, name: str) -> StoredPost | None:
    """The post that a template knows by its id, an id with an anchor, its path, or its URL on any origin."""
    try:
        path = urlsplit(name).path
    except ValueError:
        path = name
    names = (name, name.partition("#")[0], path, unquote(path), path.removesuffix("index.html"))
    return next((post for one in names if one and (post := posts.find(one))), None)


def meets(post: StoredPost, condition: Condition) -> bool:
    """Whether one post meets a condition, as the engines mean it."""
    match condition:
        case HasTag(tag):
            return tag.casefold() in (own.casefold() for own in post.tags)
        case InLanguage(language):
            own = post.language.casefold()
            return own == language.casefold() or own.startswith((f"{language.casefold()}-", f"{language.casefold()}_"))
        case DatedWithin(since, until):
            return post.date is not None and (since or post.date) <= post.date <= (until or post.date)
        case Not(other):
            return not meets(post, other)
        case AllOf(others):
            return all(meets(post, other) for other in others)
        case AnyOf(others):
            return any(meets(post, other) for other in others)
