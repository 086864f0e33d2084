"""The weights of ranking: the fields of BM25, and the scores added to their sum.

docs/explanation/search.md has the measurements behind each number, and says how flat each optimum is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.text.token_stream import PartKind

Floats = NDArray[np.float32]

_NAME_IN = {PartKind.TITLE: 1.5, PartKind.ALIAS: 1.5, PartKind.HEADING: 1.2}
# BM25, the same for every field. K3 is for words that a question repeats.
K1, B, K3 = 1.0, 0.7, 8.0


def idf(document_frequency: NDArray[np.int64] | float, posts: int) -> NDArray[np.float64]:
    """ln(1 + (N − df + ½) / (df + ½)), Robertson and Zaragoza (2009), of each document frequency."""
    found: NDArray[np.float64] = np.log1p((posts - document_frequency + 0.5) / (document_frequency + 0.5))
    return found


def repeated(count: int) -> float:
    """(k3 + 1) qtf / (k3 + qtf), Robertson and Zaragoza (2009): the weight of a word that a question has so often.

    It is 1 for a word that is not counted.
    """
    return (K3 + 1) * count / (K3 + count) if count > 1 else 1.0


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


def bm25(field: Field, idf: Floats, tf: Floats, norm: Floats) -> Floats:
    """weight · idf · tf (k1 + 1) / (tf + norm), Robertson and Zaragoza (2009).

    norm: k1 (1 − b + b · length / mean length). All of one shape.
    """
    scores: Floats = field.weight * idf * tf * (K1 + 1) / (tf + norm)
    return scores


# What words of the texts with which other posts link to a post add, where the post has them: LINK_TEXT · idf ·
# x (k1 + 1) / (x + k1), where x is the number of such texts. docs/decisions/0024-link-texts.md has the measurements.
LINK_TEXT = 0.1
# Titles score by the share of their words that was typed: TITLE · matched² / total, both sums of the idf of words, for
# the best of a post's title and aliases.
TITLE = 1.7
# Two words of the query near each other: NEAR · idf of the pair · (NEAR_K + 1) x / (NEAR_K + x), where x is the sum of
# 1 / distance over all occurrences, up to WINDOW words apart. In reverse order the pair has the weight REVERSED.
NEAR, NEAR_K, WINDOW, REVERSED = 0.2, 1.0, 5, 0.5


def of_link_texts(idf: Floats, counts: NDArray[np.int64]) -> Floats:
    """What a word adds to a post that has it. counts: the texts of links to the post that have it too."""
    return (LINK_TEXT * idf * counts * (K1 + 1) / (counts + K1)).astype(np.float32)


def of_nearness(idf: Floats, nearness: NDArray[np.float64]) -> Floats:
    """What a pair of words adds to a post. idf: of the pair; nearness: x above."""
    return (NEAR * idf * (NEAR_K + 1) * nearness / (nearness + NEAR_K)).astype(np.float32)


# A pinned post comes before all others, then the post whose title was typed, or is being typed.
# PIN is so large that in single precision it absorbs all other scores: posts with the same pin tie.
PIN, EXACT_TITLE, EXACT_ALIAS, TITLE_TYPED = 1e15, 2_000_000.0, 1_000_000.0, 10_000.0
# What the longest run of words counts that a title and a question with stop words share.
TITLE_RUN = 1.5
# So does a heading that stands in one post of a language, the last part of an address that is that of one post, as cli
# in /guide/cli, and a name that is all that was typed.
HEADING_TYPED, SLUG_TYPED, NAME_TYPED = 1_000.0, 1_500.0, 2_000.0
# A title that starts with the finished query is only slightly likelier than others: 10 instead of 2 costs .3 points.
TITLE_START = 2.0
# The weight of words that an unfinished word may become; the word itself has 1.
CONTINUATION = 0.2
# The weight of a synonym; the word that was typed has 1. JOINED: of words that are joined in one, or one word that is
# parted in two, where the site writes them so.
SYNONYM, JOINED = 0.5, 1.0
# A name as it was typed, with its signs: NAME · idf of the name · the part where it counts most; less where only
# hyphens tie it, and it is less than half of the question.
NAME = 1.5
# The same for a short question with stop words, all its words side by side.
WHOLE = 0.5
NAME_IN = np.array([_NAME_IN.get(kind, 1.0) for kind in PartKind], dtype=np.float32)
# The share of its score that a post loses whose only words with the stem of what was typed are others.
OTHER_FORM = 0.2
