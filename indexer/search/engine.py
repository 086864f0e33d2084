"""The seam: a corpus or a question of ours goes in, answers of ours come out, and an engine may stand behind it.

Generations are built whole, so an engine has no update and no delete. One contract suite (tests/contract) runs on
every engine. Scores are never compared between engines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from indexer.model import Corpus, EngineName, Hits, SearchRequest
from indexer.progress import Progress, silent
from indexer.settings import SearchSettings
from indexer.store.arrays import Files
from indexer.store.posts import PostStore
from indexer.text.token_stream import TokenStream


class Reader(Protocol):
    """Answers questions from one generation; shared between threads."""

    def search(self, request: SearchRequest) -> Hits:
        """Best first, ties by id; the total is exact."""

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        """The same without anything to show: the numbers of the posts of the page, and the total."""

    def complete(self, prefix: str, limit: int) -> list[str]:
        """What a visitor may be about to type, most likely first."""

    def close(self) -> None: ...


class Engine(Protocol):
    """Writes a generation's full-text index, and opens one."""

    name: EngineName

    def build(
        self, directory: Path, corpus: Corpus, tokens: TokenStream, search: SearchSettings, progress: Progress = silent
    ) -> None:
        """All or nothing; readable on return. tokens: the words of the corpus."""

    def stored_tokens(self, files: Files) -> TokenStream | None:
        """The words of all posts in id order, as `build` has written them; None where the engine keeps none."""

    def open(self, files: Files, posts: PostStore) -> Reader:
        """files: what `build` wrote, checked. posts: what hits show. Raises DamagedGeneration."""
