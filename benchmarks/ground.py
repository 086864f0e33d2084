"""What the benchmarks stand on: a corpus built and opened the product's way, without publishing it."""

from __future__ import annotations

from pathlib import Path

from indexer.fulltext.engine import Reader, engine_named
from indexer.generation import Label, seal
from indexer.model import Corpus, Graph
from indexer.stored import StoredPosts, write_posts


def built(corpus: Corpus, directory: Path, engine: str = "whoosh") -> Reader:
    """A reader over a corpus, its files in an empty directory."""
    nothing = tuple(() for _ in corpus)
    write_posts(directory, corpus, Graph(nothing, nothing))
    engine_named(engine).build(directory, corpus)
    files = seal(directory, Label(engine, "", "", "", {}, None), "000001")
    return engine_named(engine).open(files, StoredPosts(files))
