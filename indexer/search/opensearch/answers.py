"""One page of answers from the cluster: which posts, with which scores, how many, and their facets.

A question takes one round, sometimes two: what other forms of its words count, and which posts a phrase has whose last
word is being typed, must be known first. Both are kept, for an index never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.errors import DamagedGeneration
from indexer.search.lexicon import Phrase
from indexer.search.opensearch.cluster import Cluster
from indexer.search.opensearch.question import Clause, of_posts
from indexer.store.bounded_cache import BoundedCache

# Counts that are kept, about 10 MB.
MOST_COUNTS = 50_000
# The cluster lists no more hits than this at once.
MOST_LISTED = 10_000
# What is not asked for need not be sent.
_PLAIN: Clause = {"_source": False, "stored_fields": "_none_"}


@dataclass(frozen=True, slots=True)
class Facets:
    """How many values are counted at most, and how many each shard tells."""

    values: int
    of_shard: int


NO_FACETS = Facets(0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """posts: the numbers of the hits, best first; scores: of each. tags, languages: numbers with their counts."""

    posts: list[int]
    scores: list[float]
    total: int
    tags: list[tuple[int, int]]
    languages: list[tuple[int, int]]


class Answers:
    """What one index answers; shared between threads."""

    def __init__(self, cluster: Cluster, name: str, frequencies: Sequence[int]) -> None:
        self._cluster = cluster
        self._name = name
        self._frequencies = frequencies
        self._counts: BoundedCache[Phrase, int] = BoundedCache(MOST_COUNTS)

    def search(self, bodies: Sequence[Clause]) -> list[dict[str, Any]]:
        return self._cluster.search(self._name, bodies)

    def counts(self, wanted: Iterable[tuple[Phrase, Clause]]) -> dict[Phrase, int]:
        """How many posts have each phrase, given with its clause."""
        phrases = dict(wanted)
        known = {phrase: count for phrase in phrases if (count := self._known(phrase)) is not None}
        missing = [phrase for phrase in phrases if phrase not in known]
        if missing:
            answers = self.search([count_body(phrases[phrase]) for phrase in missing])
            for phrase, answer in zip(missing, answers, strict=True):
                known[phrase] = self._counts.keep(phrase, _total(answer))
        return known

    def _known(self, phrase: Phrase) -> int | None:
        if not all(phrase):
            return 0
        if len(phrase) == 1 and len(phrase[0]) == 1:
            return int(self._frequencies[phrase[0][0]])
        return self._counts.get(phrase)


def count_body(clause: Clause) -> Clause:
    return {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": [clause]}}}


def listing_body(clause: Clause) -> Clause:
    """All posts with a clause, or the first MOST_LISTED of them."""
    return {
        **count_body(clause),
        **_PLAIN,
        "size": MOST_LISTED,
        "sort": [{"number": "asc"}],
    }


def best_body(query: Clause, first: int, size: int, facets: Facets = NO_FACETS) -> Clause:
    """The best posts; `order` tells posts with equal scores apart."""
    return {**_body(query, first, size, facets), "sort": [{"_score": "desc"}, {"order": "asc"}]}


def newest_body(query: Clause, first: int, size: int, facets: Facets, least: float = 0.0) -> Clause:
    """The newest posts with at least this score. Ties in id order."""
    body = {**_body(query, first, size, facets), "sort": [{"day": "desc"}, {"number": "asc"}], "track_scores": True}
    return {**body, "min_score": least} if least > 0 else body


def _body(query: Clause, first: int, size: int, facets: Facets) -> Clause:
    body = {"query": query, "from": first, "size": size, "track_total_hits": True, **_PLAIN}
    if facets.values:
        order = [{"_count": "desc"}, {"_key": "asc"}]
        body["aggs"] = {
            field: {"terms": {"field": field, "size": facets.values, "shard_size": facets.of_shard, "order": order}}
            for field in ("tag", "language")
        }
    return body


def among(query: Clause, posts: Sequence[int]) -> Clause:
    """The same query, of these posts alone."""
    return {"bool": {"must": [query], "filter": [of_posts(posts)]}}


def page_of(answer: dict[str, Any], post_of: Sequence[int] | None = None) -> Page:
    """post_of: the post of each place of `order`; None if hits were sorted by their number.

    Raises DamagedGeneration where the answer is of another index, with more posts than this generation has.
    """
    hits = answer["hits"]["hits"]
    places = [hit["sort"][-1] for hit in hits]
    counted = answer.get("aggregations", {})
    try:
        posts = places if post_of is None else [post_of[place] for place in places]
    except IndexError:
        raise DamagedGeneration("the index has posts that this generation has not: run `seealso build`") from None
    return Page(
        posts,
        [hit["_score"] or 0.0 for hit in hits],
        _total(answer),
        _buckets(counted.get("tag")),
        _buckets(counted.get("language")),
    )


def best_score(answer: dict[str, Any]) -> float:
    """The highest score of all hits; 0 where there are none."""
    return max((hit["_score"] or 0.0 for hit in answer["hits"]["hits"]), default=0.0)


def _total(answer: dict[str, Any]) -> int:
    total: int = answer["hits"]["total"]["value"]
    return total


def _buckets(facet: dict[str, Any] | None) -> list[tuple[int, int]]:
    return [(int(bucket["key"]), bucket["doc_count"]) for bucket in facet["buckets"]] if facet else []
