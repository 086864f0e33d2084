"""What decides who comes first: the fields and their weights, and the rungs above them. The same for every engine.

docs/explanation/search.md has the measurements behind each number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.fulltext.catalogue import Catalogue
from indexer.fulltext.vocabulary import Asked
from indexer.tokens import Kind

K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Field:
    """Parts of a post that are scored together by BM25."""

    name: str
    kinds: tuple[Kind, ...]
    weight: float
    k1: float = K1
    b: float = B


_PROSE = (Kind.DESCRIPTION, Kind.HEADING, Kind.TEXT, Kind.TAG)
FIELDS = (
    Field("title", (Kind.TITLE, Kind.ALIAS), 1.0),
    Field("body", _PROSE, 1.0),
    Field("code", (Kind.CODE,), 0.05),
)
# The words that an unfinished word may become count less than the word itself.
CONTINUATION = 0.2
# What a synonym of the site counts, beside the word that was typed.
SYNONYM = 0.5
# The rungs above BM25. Nothing outranks what an editor pinned, and then the page whose title was typed.
PIN = 4_000_000.0
EXACT_TITLE = 2_000_000.0
EXACT_ALIAS = 1_000_000.0
TITLE_PREFIX = 10.0


def rungs(asked: Asked, catalogue: Catalogue) -> list[tuple[float, NDArray[np.int64]]]:
    """What is added to the scores of which posts for being called what was typed."""
    exact, alias = catalogue.titled(asked.title)
    return [
        (TITLE_PREFIX, catalogue.title_starting(asked.title, bool(asked.unfinished))),
        (EXACT_ALIAS, alias),
        (EXACT_TITLE, exact),
        (PIN, catalogue.pinned(asked.title)),
    ]
