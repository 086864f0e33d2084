"""An index in several shards answers as one in a single shard: ranking is worked out by the build, not by a shard."""

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
def both(whole: Nodes, site: Site) -> tuple[Reader, Reader]:
    """The same posts in one shard and in several."""
    chance = random.Random(4)
    for number in range(POSTS):
        body = " ".join(chance.choices(WORDS, weights=range(1, len(WORDS) + 1), k=chance.randint(5, 90)))
        title = " ".join(chance.sample(WORDS, 2))
        tags = f"[t{int(chance.expovariate(0.1)) % 40}, t{number % 7}]"
        site.post(f"p{number:03d}.md", title, body, tags=tags, date=f"2026-0{number % 9 + 1}-11")
    readers = []
    for shards in (1, SHARDS):
        site.settings = replace(site.settings, search=search_on(whole, shards=shards))
        assert site.build().changed
        readers.append(site.open().reader)
    return readers[0], readers[1]


def test_several_shards_answer_as_one_does(both: tuple[Reader, Reader], whole: Nodes) -> None:
    counts = {
        len({shard["shard"] for shard in whole.nodes[0].ask("GET", f"/_cat/shards/{one['index']}?format=json")})
        for one in whole.nodes[0].ask("GET", "/_cat/indices/seealso-faults-*?format=json")
    }
    assert counts == {1, SHARDS}
    in_one, in_several = both
    for request in questions(400):
        assert answer(in_several, request) == answer(in_one, request), request
