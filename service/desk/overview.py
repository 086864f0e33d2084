"""The site in a few numbers, as it was when its index was built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from indexer.model import StoredPost
from indexer.snapshot import Snapshot

MOST_LISTED = 12
FEWEST_LISTS = 5  # to measure on: that of indexer/related/ranker.py, which would load SciPy
# Of the measures of related posts those that a person can imagine, in words.
_MEASURES = {
    "recall@5": "of the posts that editors chose are among the first five suggestions",
    "recall@10": "of the posts that editors chose are among the first ten",
}
# How wide and high a bar is drawn, in the units of its picture.
WIDE = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as a bar, 0..1. low, high: where it lies with 95 % confidence; both the share where it is exact."""

    label: str
    share: float
    low: float
    high: float

    @property
    def percent(self) -> int:
        return round(self.share * 100)

    @property
    def width(self) -> int:
        return round(self.share * WIDE)

    @property
    def interval(self) -> tuple[int, int]:
        return round(self.low * WIDE), round(self.high * WIDE)


@dataclass(frozen=True, slots=True)
class Overview:
    """bars: what the site has. quality: how good suggestions are here, measured on hidden lists; because: how they are
    ranked, and why. orphans: posts that no other leads to. crowded: the posts that are recommended most, and how often.
    """

    posts: int
    bars: tuple[Bar, ...]
    quality: tuple[Bar, ...]
    because: str
    orphans: tuple[StoredPost, ...]
    crowded: tuple[tuple[str, int], ...]


def overview(snapshot: Snapshot) -> Overview:
    posts, relations = snapshot.posts, snapshot.report().relations or {}
    led_to = {target for post in posts for target in (*post.curated, *post.linked)}
    orphans = [post for post in posts if post.number not in led_to]
    curated = sum(bool(post.curated) for post in posts)
    bars = (
        _exact("have a list of related posts", curated, len(posts)),
        _exact("can be reached from another post", len(posts) - len(orphans), len(posts)),
        Bar("are recommended somewhere", *[float(relations.get("coverage", 0.0))] * 3),
    )
    measured = relations.get("held_out") if relations.get("learned") else relations.get("fixed")
    return Overview(
        posts=len(posts),
        bars=bars,
        quality=tuple(_quality(measured or {})) if curated >= FEWEST_LISTS else (),
        because=str(relations.get("because", "")),
        orphans=tuple(orphans[:MOST_LISTED]),
        crowded=tuple((str(path), int(count)) for path, count in relations.get("most_recommended", ())),
    )


def _exact(label: str, count: int, posts: int) -> Bar:
    share = count / posts if posts else 0.0
    return Bar(label, share, share, share)


def _quality(measured: dict[str, Sequence[Any]]) -> list[Bar]:
    return [Bar(label, *map(float, measured[name])) for name, label in _MEASURES.items() if name in measured]
