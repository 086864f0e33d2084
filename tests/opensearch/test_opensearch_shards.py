"""An index in several shards answers as one in a single shard, and both find what the embedded engine finds."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from nodes import Nodes
from opensearch_site import WORDS, search_on

from indexer.model import Hits, SearchRequest, Sort
from indexer.search.engine import Reader
from indexer.search.query import parse
from indexer.settings import SearchSettings

if TYPE_CHECKING:
    from conftest import Site

POSTS, SHARDS = 240, 5


def questions(count: int) -> list[SearchRequest]:
    """Words, phrases, exclusions, unfinished and misspelt words; filters, pages, both orders; few of many tags."""
    chance = random.Random(17)
    asked = []
    for _ in range(count):
        words = chance.sample(WORDS, chance.randint(1, 3))
        if chance.random() < 0.3:
            words.append(f'"{chance.choice(WORDS)} {chance.choice(WORDS)}"')
        if chance.random() < 0.2:
            words.append(f"-{chance.choice(WORDS)}")
        if chance.random() < 0.2:
            words[0] = words[0][:-1]
        request = SearchRequest(
            parse(" ".join(words), prefix=chance.random() < 0.3),
            tags=chance.choice([(), (), ("t3",)]),
            sort=chance.choice([Sort.RELEVANCE, Sort.RELEVANCE, Sort.DATE]),
            page=chance.choice([1, 1, 2]),
            per_page=chance.choice([10, 100]),
            max_facet_values=chance.choice([3, 50]),
        )
        asked.append(request)
    return asked


def answer(reader: Reader, request: SearchRequest) -> Any:
    hits: Hits = reader.search(request)
    return replace(hits, hits=()), [(hit.post.id, hit.snippets) for hit in hits.hits]


@pytest.fixture
def readers(whole: Nodes, site: Site) -> tuple[Reader, Reader, Reader]:
    """The same posts in one shard, in several, and in the embedded engine."""
    chance = random.Random(4)
    for number in range(POSTS):
        body = " ".join(chance.choices(WORDS, weights=range(1, len(WORDS) + 1), k=chance.randint(5, 90)))
        title = " ".join(chance.sample(WORDS, 2))
        tags = f"[t{int(chance.expovariate(0.1)) % 40}, t{number % 7}]"
        site.post(f"p{number:03d}.md", title, body, tags=tags, date=f"2026-0{number % 9 + 1}-11")
    readers = []
    for search in (search_on(whole), search_on(whole, shards=SHARDS), SearchSettings()):
        site.settings = replace(site.settings, search=search)
        assert site.build().changed
        readers.append(site.open().reader)
    return readers[0], readers[1], readers[2]


def found(reader: Reader, request: SearchRequest) -> Any:
    """Which posts, how many, and how many of each tag; the newest in their order."""
    posts, total = reader.ranked(replace(request, page=1, per_page=POSTS))
    return (posts if request.sort is Sort.DATE else sorted(posts)), total, reader.search(request).tags


def test_several_shards_answer_as_one_does_and_find_what_the_embedded_engine_does(
    readers: tuple[Reader, Reader, Reader], whole: Nodes
) -> None:
    counts = {
        len({shard["shard"] for shard in whole.nodes[0].ask("GET", f"/_cat/shards/{one['index']}?format=json")})
        for one in whole.nodes[0].ask("GET", "/_cat/indices/seealso-faults-*?format=json")
    }
    assert counts == {1, SHARDS}
    in_one, in_several, embedded = readers
    for request in questions(400):
        assert answer(in_several, request) == answer(in_one, request), request
        assert found(in_one, request) == found(embedded, request), request
