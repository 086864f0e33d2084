"""The seam: a corpus or a question of ours goes in, answers of ours come out, and an engine may stand behind it.

Generations are built whole, so an engine has no update and no delete. One contract suite (tests/contract) runs on
every engine. Scores are never compared between engines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from indexer.columns import Files
from indexer.model import Corpus, Hits, Query
from indexer.progress import Progress, silent
from indexer.settings import SearchSettings
from indexer.stored import StoredPosts
from indexer.tokens import Tokens


class Reader(Protocol):
    """Answers questions from one generation; shared between threads."""

    def search(self, query: Query) -> Hits:
        """Best first, ties by id; the total is exact."""

    def ranked(self, query: Query) -> tuple[list[int], int]:
        """The same without anything to show: the numbers of the posts of the page, and the total."""

    def complete(self, prefix: str, limit: int) -> list[str]:
        """What a visitor may be about to type, most likely first."""

    def close(self) -> None: ...


class Engine(Protocol):
    """Writes a generation's full-text index, and opens one."""

    name: str

    def build(
        self, directory: Path, corpus: Corpus, tokens: Tokens, search: SearchSettings, progress: Progress = silent
    ) -> None:
        """All or nothing; readable on return. tokens: the words of the corpus."""

    def open(self, files: Files, posts: StoredPosts) -> Reader:
        """files: what `build` wrote, checked. posts: what hits show. Raises DamagedGeneration."""


def engine_named(name: str) -> Engine:
    """The engine that the settings name; only the one that is asked for is imported."""
    if name == "whoosh":
        from indexer.fulltext.whoosh import WhooshEngine

        return WhooshEngine()
    from indexer.fulltext.columnar import ColumnarEngine

    return ColumnarEngine()
