"""Posts written down in a test, built by an engine and asked: no Markdown, no publishing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from indexer.model import Corpus, EngineName, Graph, Hits, Manifest, Post, SearchRequest, Section
from indexer.related.relate import write_relations
from indexer.search.engine import Reader
from indexer.search.lexicon import Lexicon, write_lexicon
from indexer.search.query import parse
from indexer.search.registry import engine_named
from indexer.settings import OpenSearchSettings, SearchSettings
from indexer.store.generation import seal
from indexer.store.manifest import FORMAT
from indexer.store.posts import PostStore, write_posts
from indexer.store.sealed_files import SealedFiles
from indexer.text.token_stream import tokens_of


def section(heading: str, text: str = "", code: str = "") -> Section:
    """A section with the anchor that its heading gets."""
    return Section(heading, heading.lower().replace(" ", "-"), 2 if heading else 0, text, code)


def post(post_id: str, title: str, *parts: str | Section, day: str | None = None, **facts: object) -> Post:
    """A post at /id/. parts: its sections; a bare text is one without a heading. day: YYYY-MM-DD."""
    sections = tuple(section("", part) if isinstance(part, str) else part for part in parts)
    dated = date.fromisoformat(day) if day else None
    return Post(post_id, f"{post_id}.md", f"/{post_id}/", title, sections=sections, date=dated, **facts)  # type: ignore[arg-type]


def write(directory: Path, posts: Iterable[Post], graph: Graph | None = None) -> Corpus:
    """Writes what every engine and the vectors rely on; returns the posts in id order."""
    corpus = Corpus(list(posts))
    write_posts(directory, corpus, graph or _unlinked(corpus))
    return corpus


def _unlinked(corpus: Corpus) -> Graph:
    nothing = tuple(() for _ in corpus)
    return Graph(nothing, nothing)


def sealed(directory: Path) -> SealedFiles:
    """The files of a generation, sealed. Hundreds of tiny ones need not survive a power cut, so nothing waits for the
    disk; that builds do wait is shown in test_faults.py."""
    with patch("os.fsync"):
        return seal(directory, Manifest("000001", FORMAT, EngineName.COLUMNAR, "", "", "", {}))


def opened_reader(directory: Path, engine: str, posts: Iterable[Post], search: SearchSettings | None = None) -> Reader:
    """The posts, built by an engine in an empty directory and opened again."""
    corpus = write(directory, posts)
    search = replace(search or SearchSettings(), opensearch=nodes())
    chosen = engine_named(engine, search)
    chosen.build(directory, corpus, tokens_of(corpus), search)
    files = sealed(directory)
    return chosen.open(files, PostStore(files))


def nodes(**settings: Any) -> OpenSearchSettings:
    """The nodes that `make test-opensearch` has started. On a busy machine they take their time."""
    hosts = tuple(os.environ.get("OPENSEARCH_URLS", "http://127.0.0.1:9200").split(","))
    return OpenSearchSettings(**{"hosts": hosts, "timeout": 20.0, "prefix": "seealso-tests", **settings})


def lexicon_of(directory: Path, *posts: Post, synonyms: tuple[tuple[str, ...], ...] = ()) -> Lexicon:
    """The words of posts, written into a directory and opened again."""
    corpus = Corpus(list(posts))
    write_lexicon(directory, corpus, tokens_of(corpus), synonyms)
    return Lexicon(sealed(directory))


def with_vectors(directory: Path, posts: Iterable[Post], graph: Graph | None = None) -> SealedFiles:
    """The posts and their relations, written into an empty directory and sealed."""
    corpus = write(directory, posts, graph)
    write_relations(directory, corpus, graph or _unlinked(corpus))
    return sealed(directory)


def ask(reader: Reader, text: str, *, prefix: bool = False, **asked: object) -> Hits:
    """What a reader answers to a text. asked: the other values of a Query, such as tags or page."""
    return reader.search(SearchRequest(parse(text, prefix), **asked))  # type: ignore[arg-type]


def ids(hits: Hits) -> list[str]:
    return [hit.post.id for hit in hits.hits]
