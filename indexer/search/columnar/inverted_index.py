"""The inverted index: its arrays, each written and read here, a file each in fulltext/.

The words of all posts make one token stream (text/token_stream.py); a gap, "·", follows each part of a post:

    position        0    1      2  3    4     5      6  7   8
    stream          rye  bread  ·  the  oven  bread  ·  rye ·      word numbers; here the words themselves
    spans           start and length of each word in the text of its part
    part_starts     0              3                    7          9
    part_kinds      TITLE          TEXT                 TITLE
    part_sections   -1             0                    -1
    post_starts     0                                   7          9

Terms know where they stand (CSR: term t has positions[position_starts[t] : position_starts[t + 1]]), and what they add
to the score of each post, worked out at build time, so that a query adds up a few columns:

    term            bread       oven    rye
    positions       1  5        4       0  7
    posting_posts   0           0       0  1
    posting_scores  .9          .8      .4  .6
    dense           frequent terms have a whole row instead, a score for every post; dense_rows says which, or -1

Two terms near each other are scored like one term more (pair_*, keyed first · terms + second), and titles and aliases
by the terms that they have (title_*). A phrase is read off the stream around its rarest word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.search.lexicon import word_pairs
from indexer.search.ranking import FIELDS, K1, NEAR, NEAR_K, PROSE, TITLE, WINDOW, B, Field
from indexer.store.arrays import Files, files_of, load_arrays, save_each
from indexer.text import analysis
from indexer.text.token_stream import PartKind, TokenStream

FOLDER = "fulltext"
# Terms in more than this part of the posts have a row of their own.
DENSE = 0.15
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class InvertedIndex:
    """The arrays above.

    titles: for each term the names that have it. A name is a title, numbered as its post, or an alias, numbered behind
    all titles; title_posts: the post of each name. title_weights: TITLE / the idf of all its terms.
    """

    stream: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    part_starts: NDArray[np.uint32]
    part_kinds: NDArray[np.uint8]
    part_sections: NDArray[np.int32]
    post_starts: NDArray[np.uint32]
    positions: NDArray[np.uint32]
    position_starts: Ints
    posting_starts: Ints
    posting_posts: NDArray[np.int32]
    posting_scores: Floats
    dense: Floats
    dense_rows: NDArray[np.int32]
    idf: Floats
    titles: NDArray[np.int32]
    title_starts: Ints
    title_weights: Floats
    title_posts: NDArray[np.int32]
    pairs: Ints
    pair_starts: Ints
    pair_posts: NDArray[np.int32]
    pair_scores: Floats


FILES = files_of(FOLDER, InvertedIndex)


def open_inverted_index(files: Files) -> InvertedIndex:
    return load_arrays(files, FOLDER, InvertedIndex)


def stored_tokens(files: Files) -> TokenStream:
    """The words of all posts in id order, as they were when the index was written."""
    index = open_inverted_index(files)
    part_starts = index.part_starts.astype(np.int64)
    return TokenStream(
        word_pairs(files),
        index.stream,
        index.spans,
        index.part_kinds,
        index.part_sections,
        (np.diff(part_starts) - 1).astype(np.uint32),
        np.diff(np.searchsorted(part_starts, index.post_starts)).astype(np.uint32),
    )


# ------------------------------------------------------------------------------------------------------ writing


def write_inverted_index(directory: Path, tokens: TokenStream, term_of: NDArray[np.uint32]) -> None:
    """Writes the folder fulltext/ into a generation's directory. term_of: the term of each word of the tokens.

    Needs SciPy, which only a build has.
    """
    folder = directory / FOLDER
    folder.mkdir()
    save_each(folder, InvertedIndex, _arrays(tokens, term_of))


def _arrays(tokens: TokenStream, term_of: NDArray[np.uint32]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays by name, one after the other: together they would take up more memory than all else of a build."""
    part_starts = tokens.starts().astype(np.uint32)
    yield "stream", np.minimum(tokens.stream, np.uint32(len(tokens.words)))
    yield "spans", tokens.spans
    yield "part_starts", part_starts
    yield "part_kinds", tokens.kinds
    yield "part_sections", tokens.sections
    yield "post_starts", part_starts[tokens.first_parts()]
    found = occurrences(tokens, term_of)
    yield "positions", found.positions
    yield "position_starts", found.starts
    postings = scored(found, tokens)
    yield "posting_starts", postings.starts
    yield "posting_posts", postings.posts
    yield "posting_scores", postings.scores
    yield "idf", postings.idf
    yield from _dense(postings, len(tokens.counts))
    yield from _titles(found, postings.idf, tokens)
    yield from _pairs(tokens, term_of)


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


def occurrences(tokens: TokenStream, term_of: NDArray[np.uint32]) -> Occurrences:
    """term_of: the term of each word of the tokens."""
    from scipy import sparse

    terms = int(term_of.max()) + 1 if len(term_of) else 0
    sizes = tokens.lengths.astype(np.int64) + 1
    post = np.repeat(np.repeat(np.arange(len(tokens.counts), dtype=np.int32), tokens.counts), sizes)
    kind = np.repeat(tokens.kinds, sizes)
    # Gaps are a term of their own, the last one, which is then left out.
    numbers = np.append(term_of, terms)[np.minimum(tokens.stream, len(term_of))]
    # The transpose of a matrix with one entry in each row is a counting sort: ten times as fast as np.argsort. What
    # the entries hold goes along.
    rows = sparse.csr_array(
        (kind, numbers.astype(np.int32), np.arange(len(numbers) + 1)), shape=(len(numbers), terms + 1)
    )
    transposed = rows.tocsc()
    starts = transposed.indptr[: terms + 1].astype(np.int64)
    positions = transposed.indices[: starts[-1]]
    return Occurrences(positions.astype(np.uint32), starts, post[positions], transposed.data[: starts[-1]])


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term where its postings begin, and its idf; for each posting its post and its score."""

    starts: Ints
    posts: NDArray[np.int32]
    scores: Floats
    idf: Floats


def scored(found: Occurrences, tokens: TokenStream) -> Postings:
    """The postings: BM25 of every field, added up.

    Robertson and Zaragoza (2009): idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean length)), with
    idf = ln(1 + (N − df + ½) / (df + ½)).
    """
    term = np.repeat(np.arange(found.terms, dtype=np.int32), np.diff(found.starts))
    is_first = np.ones(len(term), dtype=bool)
    is_first[1:] = (term[1:] != term[:-1]) | (found.post[1:] != found.post[:-1])
    posting = np.cumsum(is_first) - 1
    posts, terms = found.post[is_first], term[is_first]
    scores = np.zeros(len(posts), dtype=np.float32)
    for field in FIELDS:
        at, added = _bm25(field, found, posting, posts, terms, tokens)
        scores[at] += added
    in_prose = np.flatnonzero(_frequency(PROSE, found, posting, len(posts)))
    idf = _idf(np.bincount(terms[in_prose], minlength=found.terms), len(tokens.counts))
    starts = np.concatenate([[0], np.cumsum(np.bincount(terms, minlength=found.terms))])
    return Postings(starts, posts, scores, idf)


def _frequency(kinds: tuple[PartKind, ...], found: Occurrences, posting: Ints, postings: int) -> Ints:
    """How often each posting's term stands in parts of these kinds. posting: the posting of each occurrence."""
    return np.bincount(posting[_among(kinds)[found.kind]], minlength=postings)


def _bm25(
    field: Field,
    found: Occurrences,
    posting: Ints,
    posts: NDArray[np.int32],
    terms: NDArray[np.int32],
    tokens: TokenStream,
) -> tuple[Ints, Floats]:
    """The postings to which a field adds something, and what. posting: the posting of each occurrence."""
    every = _frequency(field.kinds, found, posting, len(posts))
    at = np.flatnonzero(every)
    posts, terms, frequency = posts[at], terms[at], every[at].astype(np.float32)
    here = _among(field.kinds)[tokens.kinds]
    of_part = np.repeat(np.arange(len(tokens.counts)), tokens.counts)[here]
    lengths = np.bincount(of_part, weights=tokens.lengths[here], minlength=len(tokens.counts))
    mean = lengths.sum() / max(len(lengths), 1) or 1.0
    idf = _idf(np.bincount(terms, minlength=found.terms), len(lengths))
    norm = (K1 * (1 - B + B * lengths / mean)).astype(np.float32)
    added: Floats = field.weight * idf[terms] * frequency * (K1 + 1) / (frequency + norm[posts])
    return at, added


def _among(kinds: tuple[PartKind, ...]) -> NDArray[np.bool_]:
    """Whether a kind is among some, by its number."""
    return np.isin(np.arange(len(PartKind)), kinds)


def _idf(document_frequency: Ints, posts: int) -> Floats:
    idf: Floats = np.log1p((posts - document_frequency + 0.5) / (document_frequency + 0.5)).astype(np.float32)
    return idf


def _dense(postings: Postings, posts: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """To add a whole row is many times as fast as to add to thousands of posts one by one."""
    frequent = np.flatnonzero(np.diff(postings.starts) > DENSE * posts)
    rows = np.zeros((len(frequent), posts), dtype=np.float32)
    row_of = np.full(len(postings.starts) - 1, -1, dtype=np.int32)
    row_of[frequent] = np.arange(len(frequent))
    for row, term in enumerate(frequent.tolist()):
        own = slice(postings.starts[term], postings.starts[term + 1])
        rows[row, postings.posts[own]] = postings.scores[own]
    yield "dense", rows
    yield "dense_rows", row_of


def _titles(found: Occurrences, idf: Floats, tokens: TokenStream) -> Iterator[tuple[str, NDArray[Any]]]:
    """The titles and aliases that have each term, and what one adds of which all was asked for."""
    posts = len(tokens.counts)
    occurrence = np.flatnonzero((found.kind == PartKind.TITLE) | (found.kind == PartKind.ALIAS))
    term = (np.searchsorted(found.starts, occurrence, side="right") - 1).astype(np.int64)
    part = np.searchsorted(tokens.starts(), found.positions[occurrence], side="right") - 1
    aliases = np.cumsum(tokens.kinds == PartKind.ALIAS)
    title = np.where(found.kind[occurrence] == PartKind.TITLE, found.post[occurrence], posts + aliases[part] - 1)
    titles = posts + int(aliases[-1]) if len(aliases) else posts
    keys = np.unique(term * max(titles, 1) + title)
    term, title = keys // max(titles, 1), keys % max(titles, 1)
    totals = np.bincount(title, weights=idf[term], minlength=titles)
    owners = np.repeat(np.arange(posts), tokens.counts)[tokens.kinds == PartKind.ALIAS]
    yield "titles", title.astype(np.int32)
    yield "title_starts", np.searchsorted(term, np.arange(found.terms + 1))
    yield "title_weights", (TITLE / np.where(totals > 0, totals, np.inf)).astype(np.float32)
    yield "title_posts", np.concatenate([np.arange(posts), owners]).astype(np.int32)


def _pairs(tokens: TokenStream, term_of: NDArray[np.uint32]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Two words that follow each other, stop words left out, at most WINDOW apart and within one part of the prose."""
    terms = int(term_of.max()) + 1 if len(term_of) else 0
    posts = len(tokens.counts)
    counts = np.array([not analysis.is_stop_word(word, language) for language, word in tokens.words] + [False])
    sizes = tokens.lengths.astype(np.int64) + 1
    words = np.minimum(tokens.stream, np.uint32(len(tokens.words)))
    # A gap counts as far away, so that no pair is found across two parts.
    far = np.repeat(np.arange(len(sizes)), sizes) * WINDOW
    position = np.flatnonzero(counts[words] & np.repeat(tokens.kinds <= PartKind.TAG, sizes))
    distance = np.diff(position + far[position])
    near = np.flatnonzero((distance <= WINDOW) & (np.diff(term_of[words[position]].astype(np.int64)) != 0))
    first, second = term_of[words[position[near]]].astype(np.int64), term_of[words[position[near + 1]]]
    post = np.repeat(np.repeat(np.arange(posts), tokens.counts), sizes)[position[near]]
    # One number for all three, so that one sort brings together what belongs together.
    keys = ((first * terms + second) * posts + post) * (WINDOW + 1) + distance[near]
    keys.sort()
    in_posts, distances = keys // (WINDOW + 1), keys % (WINDOW + 1)
    begins = np.flatnonzero(np.diff(in_posts, prepend=-1))
    nearness = np.add.reduceat(1.0 / distances, begins) if len(begins) else np.zeros(0)
    pairs, of_post = in_posts[begins] // max(posts, 1), in_posts[begins] % max(posts, 1)
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    document_frequency = np.diff(starts, append=len(pairs))
    idf = np.repeat(_idf(document_frequency, posts), document_frequency)
    yield "pairs", pairs[starts]
    yield "pair_starts", np.append(starts, len(pairs))
    yield "pair_posts", of_post.astype(np.int32)
    yield "pair_scores", (NEAR * idf * (NEAR_K + 1) * nearness / (nearness + NEAR_K)).astype(np.float32)
