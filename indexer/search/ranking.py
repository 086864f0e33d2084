"""What decides who comes first: the fields and their weights, and what is added to their sum.

docs/explanation/search.md has the measurements behind each number and says how flat each optimum is.
"""

from __future__ import annotations

from dataclasses import dataclass

from indexer.text.token_stream import PartKind

# BM25, the same for every field.
K1, B = 1.0, 0.7


@dataclass(frozen=True, slots=True)
class Field:
    """Parts of a post that are scored together by BM25."""

    name: str
    kinds: tuple[PartKind, ...]
    weight: float


PROSE = (PartKind.TITLE, PartKind.DESCRIPTION, PartKind.HEADING, PartKind.TEXT, PartKind.TAG)
FIELDS = (
    Field("prose", PROSE, 1.0),
    Field("path", (PartKind.PATH,), 0.6),
    Field("compounds", (PartKind.COMPOUND,), 0.1),
    Field("headings", (PartKind.HEADING,), 0.05),
    Field("code", (PartKind.CODE,), 0.05),
)
# A title whose every word was typed counts most: TITLE · matched² / total, in idf of words, of the best title or alias.
TITLE = 1.7
# Two words of the question near each other: NEAR · idf of the couple · (NEAR_K + 1) x / (NEAR_K + x), where x is the
# sum of 1 / distance over all places, up to WINDOW words apart. A couple the other way round counts a part of that.
NEAR, NEAR_K, WINDOW, REVERSED = 0.2, 1.0, 5, 0.5
# Nothing outranks what an editor pinned, and then the page whose title was typed, or is being typed.
# PIN is so large that beside it, in single precision, all else is nothing: posts with the same pin are equals.
PIN, EXACT_TITLE, EXACT_ALIAS, TITLE_TYPED = 1e15, 2_000_000.0, 1_000_000.0, 10_000.0
# A title that starts with a whole question is only a little likelier than others: 10 in place of 2 costs .3 points.
TITLE_START = 2.0
# The words that an unfinished word may become count less than the word itself.
CONTINUATION = 0.2
# What a synonym of the site counts, beside the word that was typed.
SYNONYM = 0.5
