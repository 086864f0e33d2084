"""The pins, search aliases and synonyms that bear on a question, for whoever steers the search."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.model import ParsedQuery
from indexer.search.metadata import Metadata
from indexer.search.query import parse
from indexer.search.resolver import QueryResolver


@dataclass(frozen=True, slots=True)
class AppliedRules:
    """What editors have said that changes the hits of a question.

    pinned, aliased: the numbers of the posts that are pinned to it, or have it for a search alias. synonyms: its words
    that stand for others, with those.
    """

    pinned: tuple[int, ...] = ()
    aliased: tuple[int, ...] = ()
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()


def applied_rules(query: ParsedQuery, resolver: QueryResolver, metadata: Metadata) -> AppliedRules:
    """The rules for a question as it is searched: corrected, where a word is found nowhere."""
    resolved = resolver.resolve(query)
    return AppliedRules(
        pinned=tuple(metadata.with_pin(resolved.title_key).tolist()),
        aliased=tuple(metadata.titled(resolved.title_key, unfinished=False).alias.tolist()),
        synonyms=resolver.synonyms(parse(resolved.text)),
    )
