"""The seam between search and its engines: a Corpus is indexed, a SearchRequest gives Hits.

Generations are built in full, so an engine has no update and no delete. One contract suite (tests/contract) runs on
every engine. Scores are never compared between engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from indexer.model import Corpus, EngineName, Hits, ParsedQuery, SearchRequest
from indexer.progress import Progress, silent
from indexer.search.applied_rules import AppliedRules
from indexer.search.rule_change import RuleChange
from indexer.settings import SearchSettings
from indexer.store.arrays import Files
from indexer.store.posts import PostStore
from indexer.store.since import Since
from indexer.text.token_stream import TokenStream

LinkTexts = Sequence[Sequence[str]]


class Reader(Protocol):
    """Searches one generation; shared between threads."""

    def search(self, request: SearchRequest) -> Hits:
        """One page of hits, best first, ties by featuredOrder, date and id; the total is exact."""

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        """As `search`, without snippets and facets: the numbers of the posts of the page, and the total."""

    def complete(self, prefix: str, limit: int) -> list[str]:
        """Completions of a query, most likely first."""

    def rules(self, query: ParsedQuery) -> AppliedRules:
        """The pins, search aliases and synonyms that bear on a query."""

    def as_if(self, change: RuleChange) -> Reader:
        """A reader that shows what this one would after a build with one rule more, or one less.

        Exact for pins and synonyms. An alias is indexed by a build only: here its post has its place for the question
        that the alias is, while questions that share a word with it are answered as before.
        """

    @property
    def trouble(self) -> str:
        """What is away though questions are answered, in words that anybody may read; empty if nothing is."""

    def check(self) -> None:
        """Raises EngineUnavailable if no question can be answered at the moment."""

    def close(self) -> None: ...


class Engine(Protocol):
    """Writes a generation's full-text index, and opens one."""

    name: EngineName

    def build(
        self,
        directory: Path,
        corpus: Corpus,
        tokens: TokenStream,
        search: SearchSettings,
        progress: Progress = silent,
        link_texts: LinkTexts = (),
        since: Since | None = None,
    ) -> None:
        """Writes the index into a generation's directory.

        tokens: the token stream of the corpus. link_texts: as in Graph, or empty; they change the order of hits only.
        since: what may be taken over; it changes no byte.
        """

    def stored_tokens(self, files: Files) -> TokenStream | None:
        """The token stream of all posts in id order, as given to `build`; None if the engine does not store it."""

    def open(self, files: Files, posts: PostStore) -> Reader:
        """files: those that `build` wrote. posts: the posts that hits show. Raises DamagedGeneration."""

    def verify(self, files: Files) -> None:
        """Raises DamagedGeneration if what the engine keeps outside of the generation is not what `build` made."""
