"""See Also itself, through the seam: a question goes the visitor's way."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from benchmarks.peers.material import read_corpus
from benchmarks.peers.peer import FIRST_PAGE, Answer, Way
from benchmarks.peers.questions import AND, KINDS, PREFIX, Question
from indexer.model import Corpus, EngineName, Graph, Manifest, SearchRequest
from indexer.search import query as queries
from indexer.search.registry import engine_named
from indexer.settings import SearchSettings
from indexer.store.generation import seal
from indexer.store.manifest import FORMAT
from indexer.store.posts import PostStore, write_posts
from indexer.store.sealed_files import SealedFiles
from indexer.text.token_stream import tokens_of


class SeeAlso:
    threads = "as many as it takes by default"

    def __init__(self, engine: str) -> None:
        self.name = f"See Also, {engine}"
        self.settings = (
            f"engine {engine}, default settings; written, stored for display, hashed and synced as a generation is"
        )
        self._engine = engine

    def read(self, material: Path) -> Corpus:
        return read_corpus(material)

    def build(self, posts: Corpus, folder: Path) -> dict[str, float]:
        nothing = tuple(() for _ in posts)
        started = time.perf_counter()
        write_posts(folder, posts, Graph(nothing, nothing))
        stored = time.perf_counter()
        tokens = tokens_of(posts)
        analysed = time.perf_counter()
        engine_named(self._engine).build(folder, posts, tokens, SearchSettings())
        indexed = time.perf_counter()
        seal(folder, Manifest("000001", FORMAT, EngineName(self._engine), "", "", "", {}))
        return {
            "store": stored - started,
            "analyse": analysed - stored,
            "index": indexed - analysed,
            "seal": time.perf_counter() - indexed,
        }

    def open(self, folder: Path) -> list[Way]:
        """Posts with all words come first here and no word is demanded: AND is asked as the same words."""
        files = SealedFiles.at(folder)
        reader = engine_named(self._engine).open(files, PostStore(files))

        def whole(question: Question) -> Answer:
            hits = reader.search(visitors(question))
            return [hit.post.number for hit in hits.hits], hits.total

        ways = [Way("whole answer", whole, KINDS, (AND,))]
        if ranked := getattr(reader, "ranked", None):  # engines that can rank without showing anything have it
            ways.insert(0, Way("ranking only", lambda question: ranked(visitors(question)), KINDS, (AND,)))
        return ways


def visitors(question: Question) -> SearchRequest:
    """A question as the search box sends it; one over the visitor's limits is cut to them."""
    query = queries.parse(question.text[: queries.LONGEST], prefix=question.kind == PREFIX)
    if len(query.words) > queries.MOST_TERMS:
        query = replace(query, words=query.words[: queries.MOST_TERMS])
    return SearchRequest(query, per_page=FIRST_PAGE)
