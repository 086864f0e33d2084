"""How a rule is tried before it is written: a copy of a reader, with the same arrays, that knows it already."""

from __future__ import annotations

from copy import copy
from typing import Self

from indexer.search.lexicon import Lexicon
from indexer.search.metadata import Metadata
from indexer.search.resolver import QueryResolver
from indexer.search.rule_change import RuleChange


class TriesRules:
    """The part of a reader that the rules bear on; what else an engine makes of them it adds to `_apply`."""

    _lexicon: Lexicon
    _resolver: QueryResolver
    _metadata: Metadata

    def as_if(self, change: RuleChange) -> Self:
        """See `Reader.as_if`."""
        reader = copy(self)
        reader._apply(change)  # noqa: SLF001  # a copy of its own
        return reader

    def _apply(self, change: RuleChange) -> None:
        self._resolver = QueryResolver(self._lexicon, change)
        self._metadata = self._metadata.as_if(change)
