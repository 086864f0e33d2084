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

from indexer.search.ranking import FIELDS, K1, NEAR, NEAR_K, PROSE, TITLE, WINDOW, B, Field
from indexer.store.arrays import save
from indexer.text import analysis
from indexer.text.token_stream import Kind, Tokens

FOLDER = "fulltext"
# Terms in more than this part of the posts have a row of their own.
DENSE = 0.15
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
    # A matrix with one entry in each row, turned on its side, is a counting sort: ten times as fast as np.argsort. What
    # the entries hold goes along.
    rows = sparse.csr_array(
        (kind, numbers.astype(np.int32), np.arange(len(numbers) + 1)), shape=(len(numbers), terms + 1)
    )
    turned = rows.tocsc()
    starts = turned.indptr[: terms + 1].astype(np.int64)
    positions = turned.indices[: starts[-1]]
    return Occurrences(positions.astype(np.uint32), starts, post[positions], turned.data[: starts[-1]])


def posts_with(tokens: Tokens) -> NDArray[np.int32]:
    """In the prose of how many posts each word stands."""
    sizes = tokens.lengths.astype(np.int64) + 1
    places = np.flatnonzero(np.repeat(tokens.kinds <= Kind.ALIAS, sizes) & (tokens.stream < len(tokens.words)))
    first_places = np.searchsorted(places, tokens.starts()[tokens.first_parts()])
    shape = (len(tokens.counts), len(tokens.words))
    words = tokens.stream[places].astype(np.int32)
    # Turned on its side as above, it has for each word the posts in order, as often as the word stands there.
    turned = sparse.csr_array((np.zeros(len(words), dtype=np.uint8), words, first_places), shape=shape).tocsc()
    is_first = np.ones(len(words), dtype=bool)
    is_first[1:] = turned.indices[1:] != turned.indices[:-1]
    is_first[turned.indptr[:-1][np.diff(turned.indptr) > 0]] = True
    counted = np.concatenate([[0], np.cumsum(is_first)])
    having: NDArray[np.int32] = np.diff(counted[turned.indptr]).astype(np.int32)
    return having


def write_postings(directory: Path, tokens: Tokens, term_of: NDArray[np.uint32]) -> None:
    """Writes the folder fulltext/ into a generation's directory. term_of: the term of each word of the tokens."""
    folder = directory / FOLDER
    folder.mkdir()
    part_starts = tokens.starts().astype(np.uint32)
    save(folder / "stream.npy", np.minimum(tokens.stream, np.uint32(len(tokens.words))))
    save(folder / "spans.npy", tokens.spans)
    save(folder / "part_starts.npy", part_starts)
    save(folder / "part_kinds.npy", tokens.kinds)
    save(folder / "part_sections.npy", tokens.sections)
    save(folder / "post_starts.npy", part_starts[tokens.first_parts()])
    found = occurrences(tokens, term_of)
    save(folder / "positions.npy", found.positions)
    save(folder / "position_starts.npy", found.starts)
    postings = scored(found, tokens)
    save(folder / "starts.npy", postings.starts)
    save(folder / "posts.npy", postings.posts)
    save(folder / "scores.npy", postings.scores)
    _write_dense(folder, postings, len(tokens.counts))
    save(folder / "idf.npy", postings.idf)
    _write_titles(folder, found, postings.idf, tokens)
    _write_couples(folder, tokens, term_of)


def _write_couples(folder: Path, tokens: Tokens, term_of: NDArray[np.uint32]) -> None:
    """Two words that follow each other, stop words left out, at most WINDOW apart and within one part of the prose."""
    terms = int(term_of.max()) + 1 if len(term_of) else 0
    posts = len(tokens.counts)
    tells = np.array([not analysis.is_stop_word(word, language) for language, word in tokens.words] + [False])
    sizes = tokens.lengths.astype(np.int64) + 1
    words = np.minimum(tokens.stream, np.uint32(len(tokens.words)))
    # A gap counts as far away, so that no couple is found across two parts.
    far = np.repeat(np.arange(len(sizes)), sizes) * WINDOW
    place = np.flatnonzero(tells[words] & np.repeat(tokens.kinds <= Kind.TAG, sizes))
    distance = np.diff(place + far[place])
    near = np.flatnonzero((distance <= WINDOW) & (np.diff(term_of[words[place]].astype(np.int64)) != 0))
    first, second = term_of[words[place[near]]].astype(np.int64), term_of[words[place[near + 1]]]
    post = np.repeat(np.repeat(np.arange(posts), tokens.counts), sizes)[place[near]]
    # One number for all three, so that one sort brings together what belongs together.
    keys = ((first * terms + second) * posts + post) * (WINDOW + 1) + distance[near]
    keys.sort()
    pairs, distances = keys // (WINDOW + 1), keys % (WINDOW + 1)
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))
    nearness = np.add.reduceat(1.0 / distances, begins) if len(begins) else np.zeros(0)
    couples, of_post = pairs[begins] // max(posts, 1), pairs[begins] % max(posts, 1)
    starts = np.flatnonzero(np.diff(couples, prepend=-1))
    having = np.diff(starts, append=len(couples))
    idf = np.repeat(_idf(having, posts), having)
    save(folder / "couples.npy", couples[starts])
    save(folder / "couple_starts.npy", np.append(starts, len(couples)))
    save(folder / "couple_posts.npy", of_post.astype(np.int32))
    save(folder / "couple_worths.npy", (NEAR * idf * (NEAR_K + 1) * nearness / (nearness + NEAR_K)).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term where its postings begin, and its idf; for each posting its post and its score."""

    starts: Ints
    posts: NDArray[np.int32]
    scores: Floats
    idf: Floats


def scored(found: Occurrences, tokens: Tokens) -> Postings:
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


def _frequency(kinds: tuple[Kind, ...], found: Occurrences, posting: Ints, postings: int) -> Ints:
    """How often each posting's term stands in parts of these kinds. posting: the posting of each occurrence."""
    return np.bincount(posting[_among(kinds)[found.kind]], minlength=postings)


def _write_dense(folder: Path, postings: Postings, posts: int) -> None:
    """To add a whole row is many times as fast as to add to thousands of posts one by one."""
    frequent = np.flatnonzero(np.diff(postings.starts) > DENSE * posts)
    rows = np.zeros((len(frequent), posts), dtype=np.float32)
    row_of = np.full(len(postings.starts) - 1, -1, dtype=np.int32)
    row_of[frequent] = np.arange(len(frequent))
    for row, term in enumerate(frequent.tolist()):
        own = slice(postings.starts[term], postings.starts[term + 1])
        rows[row, postings.posts[own]] = postings.scores[own]
    save(folder / "dense.npy", rows)
    save(folder / "dense_of.npy", row_of)


def _bm25(
    field: Field, found: Occurrences, posting: Ints, posts: NDArray[np.int32], terms: NDArray[np.int32], tokens: Tokens
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


def _among(kinds: tuple[Kind, ...]) -> NDArray[np.bool_]:
    """Whether a kind is among some, by its number."""
    return np.isin(np.arange(len(Kind)), kinds)


def _idf(having: Ints, posts: int) -> Floats:
    idf: Floats = np.log1p((posts - having + 0.5) / (having + 0.5)).astype(np.float32)
    return idf


def _write_titles(folder: Path, found: Occurrences, idf: Floats, tokens: Tokens) -> None:
    """The titles that have each term, and what a title is worth in which all of it was asked for."""
    posts = len(tokens.counts)
    named = np.flatnonzero((found.kind == Kind.TITLE) | (found.kind == Kind.ALIAS))
    term = (np.searchsorted(found.starts, named, side="right") - 1).astype(np.int64)
    part = np.searchsorted(tokens.starts(), found.positions[named], side="right") - 1
    aliases = np.cumsum(tokens.kinds == Kind.ALIAS)
    title = np.where(found.kind[named] == Kind.TITLE, found.post[named], posts + aliases[part] - 1)
    titles = posts + int(aliases[-1]) if len(aliases) else posts
    pairs = np.unique(term * max(titles, 1) + title)
    term, title = pairs // max(titles, 1), pairs % max(titles, 1)
    totals = np.bincount(title, weights=idf[term], minlength=titles)
    owners = np.repeat(np.arange(posts), tokens.counts)[tokens.kinds == Kind.ALIAS]
    save(folder / "titles.npy", title.astype(np.int32))
    save(folder / "title_starts.npy", np.searchsorted(term, np.arange(found.terms + 1)))
    save(folder / "title_idf.npy", (TITLE / np.where(totals > 0, totals, np.inf)).astype(np.float32))
    save(folder / "title_posts.npy", np.concatenate([np.arange(posts), owners]).astype(np.int32))
