"""Tokens → the arrays of the columnar engine. Only a build needs this file, and SciPy with it.

fulltext/stream.npy, spans.npy            the words in the order of the text and where they stand in it (tokens.py)
fulltext/part_*.npy, post_starts.npy      where each part and each post begins in the stream, and what each part is
fulltext/positions.npy, position_starts   for each term its places in the stream, ascending (CSR)
fulltext/posts.npy, scores.npy, starts    for each term the posts that have it and what it adds to their score (CSR)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.columns import save
from indexer.fulltext.ranking import FIELDS, Field
from indexer.tokens import Tokens

FOLDER = "fulltext"
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every term at every place, sorted by term and place. starts: where each term's begin. post, kind: of each."""

    positions: NDArray[np.uint32]
    starts: Ints
    post: NDArray[np.int32]
    kind: NDArray[np.uint8]

    @property
    def terms(self) -> int:
        return len(self.starts) - 1


def occurrences(tokens: Tokens, term_of: NDArray[np.uint32]) -> Occurrences:
    """term_of: the term of each word of the tokens."""
    terms = int(term_of.max()) + 1 if len(term_of) else 0
    sizes = tokens.lengths.astype(np.int64) + 1
    post = np.repeat(np.repeat(np.arange(len(tokens.counts), dtype=np.int32), tokens.counts), sizes)
    kind = np.repeat(tokens.kinds, sizes)
    # Gaps are a term of their own, the last one, which is then left out.
    numbers = np.append(term_of, terms)[np.minimum(tokens.stream, len(term_of))]
    # A matrix with one entry in each row, turned on its side, is a counting sort: ten times as fast as np.argsort.
    ones = np.zeros(len(numbers), dtype=np.uint8)
    rows = sparse.csr_array(
        (ones, numbers.astype(np.int32), np.arange(len(numbers) + 1)), shape=(len(numbers), terms + 1)
    )
    turned = rows.tocsc()
    starts = turned.indptr[: terms + 1].astype(np.int64)
    positions = turned.indices[: starts[-1]]
    return Occurrences(positions.astype(np.uint32), starts, post[positions], kind[positions])


def write_postings(directory: Path, tokens: Tokens, term_of: NDArray[np.uint32], gain: Floats) -> None:
    """Writes the folder fulltext/ into a generation's directory. gain: what each post's scores are multiplied by."""
    folder = directory / FOLDER
    folder.mkdir()
    part_starts = tokens.starts()
    save(folder / "stream.npy", np.minimum(tokens.stream, np.uint32(len(tokens.words))))
    save(folder / "spans.npy", tokens.spans)
    save(folder / "part_starts.npy", part_starts)
    save(folder / "part_kinds.npy", tokens.kinds)
    save(folder / "part_sections.npy", tokens.sections)
    save(folder / "post_starts.npy", part_starts[tokens.first_parts()])
    found = occurrences(tokens, term_of)
    save(folder / "positions.npy", found.positions)
    save(folder / "position_starts.npy", found.starts)
    starts, posts, scores = scored(found, tokens)
    save(folder / "starts.npy", starts)
    save(folder / "posts.npy", posts)
    save(folder / "scores.npy", scores * gain[posts])


def scored(found: Occurrences, tokens: Tokens) -> tuple[Ints, NDArray[np.int32], Floats]:
    """For each term where its postings begin; for each posting its post and its score: BM25 of every field, added up.

    Robertson and Zaragoza (2009): idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean length)), with
    idf = ln(1 + (N − df + ½) / (df + ½)).
    """
    term = np.repeat(np.arange(found.terms), np.diff(found.starts))
    is_first = np.ones(len(term), dtype=bool)
    is_first[1:] = (term[1:] != term[:-1]) | (found.post[1:] != found.post[:-1])
    posting = np.cumsum(is_first) - 1
    posts, terms = found.post[is_first], term[is_first]
    scores = np.zeros(len(posts), dtype=np.float32)
    for field in FIELDS:
        scores += _bm25(field, found, posting, posts, terms, tokens)
    starts = np.searchsorted(terms, np.arange(found.terms + 1))
    return starts, posts, scores


def _bm25(
    field: Field, found: Occurrences, posting: Ints, posts: NDArray[np.int32], terms: Ints, tokens: Tokens
) -> Floats:
    """What one field adds to each posting. posting: the posting of each occurrence."""
    inside = np.isin(np.arange(256), field.kinds)
    frequency = np.bincount(posting[inside[found.kind]], minlength=len(posts)).astype(np.float32)
    of_part = np.repeat(np.arange(len(tokens.counts)), tokens.counts)
    here = inside[tokens.kinds]
    lengths = np.bincount(of_part[here], weights=tokens.lengths[here], minlength=len(tokens.counts))
    mean = lengths.sum() / max(len(lengths), 1) or 1.0
    documents = np.bincount(terms[frequency > 0], minlength=found.terms)
    idf = np.log1p((len(lengths) - documents + 0.5) / (documents + 0.5)).astype(np.float32)
    norm = (field.k1 * (1 - field.b + field.b * lengths / mean)).astype(np.float32)
    return field.weight * idf[terms] * frequency * (field.k1 + 1) / (frequency + norm[posts])
