"""What each term, pair of terms and term of a title adds to the score of each post, worked out some posts at a time.

The numbers are those of `columnar/inverted_index.py`, by post instead of by term: the tokens are gone through twice,
first to count what depends on all posts, then to score. So a build needs memory for what is counted of each term and
pair, and for one block of posts.

Each number has a name, itself a number. Of terms a and b, where PAIR is larger than any term:

    a term               a
    a pair, in order     (a + 1) · PAIR + b
    a title's term       −(a + 1)
    a pair of them       −((a + 1) · PAIR + b), the smaller first
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.errors import BuildFailed
from indexer.search import ranking
from indexer.search.columnar.inverted_index import (
    content_words,
    found_in,
    is_any_of,
    near_each_other,
    norms_of,
    pair_keys,
)
from indexer.search.lexicon import Term
from indexer.search.ranking import FIELDS, PROSE, TITLE
from indexer.text.token_stream import PartKind, TokenStream

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

# Above any term; a site of 500,000 posts has about a million of them.
PAIR = 10_000_000
# Bits of a PartKind.
_KIND_BITS = 4


def pair_name(first: Term, second: Term) -> int:
    return (first + 1) * PAIR + second


def title_name(term: Term) -> int:
    return -(term + 1)


def title_pair_name(term: Term, other: Term) -> int:
    return -pair_name(min(term, other), max(term, other))


@dataclass(frozen=True, slots=True)
class Counted:
    """What the scores of a post depend on beside itself.

    frequencies: of each term in posts, in any part. idf: of each term, by field of ranking.FIELDS. norms: of each post,
    by field. pairs: first · number of terms + second, ascending; pair_idf: of each. is_content_word: see
    `content_words`.
    """

    frequencies: NDArray[np.int32]
    idf: Sequence[Floats]
    norms: Sequence[Floats]
    pairs: Ints
    pair_idf: Floats
    is_content_word: NDArray[np.bool_]

    @property
    def idf_of_prose(self) -> Floats:
        return next(idf for field, idf in zip(FIELDS, self.idf, strict=True) if field.kinds == PROSE)


@dataclass(frozen=True, slots=True)
class Worth:
    """Of some posts, the first of which has the number `first`: the names and values of post first + p stand at
    starts[p] : starts[p + 1]. Those of titles are missing."""

    first: int
    starts: Ints
    names: Ints
    values: Floats


def counted(tokens: TokenStream, term_of: NDArray[np.uint32]) -> Counted:
    """term_of: the term of each word of the tokens. Raises BuildFailed where there are more terms than can be told."""
    terms, posts = _terms(term_of), len(tokens.counts)
    if terms >= PAIR:
        raise BuildFailed(
            f'the posts have {terms:,} terms, and the engine "opensearch" can tell {PAIR - 1:,} apart: use "columnar"'
        )
    frequencies = np.zeros((len(FIELDS) + 1, terms), dtype=np.int64)
    pairs, is_content_word = _PairCounter(), content_words(tokens)
    for _, piece in tokens.blocks():
        postings = _Postings.of(piece, term_of)
        frequencies[-1] += np.bincount(postings.terms, minlength=terms)
        for field, tf in enumerate(postings.tf):
            frequencies[field] += np.bincount(postings.terms[tf > 0], minlength=terms)
        pairs.add(_nearness(piece, term_of, is_content_word)[0])
    keys, pair_frequencies = pairs.all()
    return Counted(
        frequencies[-1].astype(np.int32),
        [ranking.idf(of_field, posts).astype(np.float32) for of_field in frequencies[:-1]],
        norms_of(tokens),
        keys,
        ranking.idf(pair_frequencies, posts).astype(np.float32),
        is_content_word,
    )


def worth_of(
    tokens: TokenStream, term_of: NDArray[np.uint32], link_words: Ints, found: Counted
) -> Iterator[tuple[Worth, TokenStream]]:
    """What each post is worth, block by block, and the tokens of each block. link_words: as in `index_arrays`."""
    terms = max(len(found.frequencies), 1)
    linked = link_words[:, 0] * terms + term_of[link_words[:, 1]]  # post and term in one number
    linked.sort()
    for first, piece in tokens.blocks():
        end = first + len(piece.counts)
        postings = _Postings.of(piece, term_of)
        here = slice(*linked.searchsorted([first * terms, end * terms]))
        places, counts = found_in(postings.posts * terms + postings.terms, linked[here] - first * terms)
        values = postings.scores(found, slice(first, end))
        values[places] += ranking.of_link_texts(found.idf_of_prose[postings.terms[places]], counts)
        pairs, pair_posts, nearness = _nearness(piece, term_of, found.is_content_word)
        pair_values = ranking.of_nearness(found.pair_idf[found.pairs.searchsorted(pairs)], nearness)
        firsts, seconds = np.divmod(pairs, terms)
        posts = np.concatenate([postings.posts, pair_posts])
        order = np.argsort(posts, kind="stable")
        yield (
            Worth(
                first,
                np.concatenate([[0], np.cumsum(np.bincount(posts, minlength=end - first))]),
                np.concatenate([postings.terms, (firsts + 1) * PAIR + seconds])[order],
                np.concatenate([values, pair_values])[order],
            ),
            piece,
        )


def _terms(term_of: NDArray[np.uint32]) -> int:
    return int(term_of.max()) + 1 if len(term_of) else 0


@dataclass(frozen=True, slots=True)
class _Postings:
    """The terms of some posts, numbered from 0, in any part, in the order of posts and terms.

    tf: how often each is there, by field of ranking.FIELDS.
    """

    posts: Ints
    terms: Ints
    tf: Sequence[Floats]

    @classmethod
    def of(cls, tokens: TokenStream, term_of: NDArray[np.uint32]) -> _Postings:
        terms, sizes = max(_terms(term_of), 1), tokens.lengths.astype(np.int64) + 1
        is_word = tokens.stream < len(tokens.words)
        part_posts = np.repeat(np.arange(len(tokens.counts)), tokens.counts)
        keys = np.repeat(part_posts * terms << _KIND_BITS | tokens.kinds, sizes)[is_word]
        keys += term_of[tokens.stream[is_word]].astype(np.int64) << _KIND_BITS
        keys.sort()
        postings = keys >> _KIND_BITS
        starts = np.flatnonzero(np.diff(postings, prepend=-1))
        kinds = keys & ((1 << _KIND_BITS) - 1)
        posts, found = np.divmod(postings[starts], terms)
        return cls(posts, found, [_sums(is_any_of(field.kinds)[kinds], starts) for field in FIELDS])

    def scores(self, found: Counted, posts: slice) -> Floats:
        """What each adds to the score of its post. posts: the numbers of these posts on the site."""
        scores = np.zeros(len(self.terms), dtype=np.float32)
        for field, tf, idf, norm in zip(FIELDS, self.tf, found.idf, found.norms, strict=True):
            scores += ranking.bm25(field, idf[self.terms], tf, norm[posts][self.posts])
        return scores


def _sums(values: NDArray[np.bool_], starts: Ints) -> Floats:
    return np.add.reduceat(values, starts, dtype=np.float32) if len(starts) else np.zeros(0, dtype=np.float32)


def _nearness(
    tokens: TokenStream, term_of: NDArray[np.uint32], is_content_word: NDArray[np.bool_]
) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """The pairs of these posts, ascending, with the post of each, from 0, and its x in ranking.py."""
    posts = max(len(tokens.counts), 1)
    keys = pair_keys(0, tokens, term_of, is_content_word, posts)
    keys.sort()
    postings, nearness = near_each_other(keys)
    pairs, pair_posts = np.divmod(postings, posts)
    return pairs, pair_posts, nearness


class _PairCounter:
    """How many posts have each pair, from the pairs of one block after the other.

    Counts are merged with those of about as many pairs, so each is merged but a few times.
    """

    def __init__(self) -> None:
        self._counts: list[tuple[Ints, Ints]] = []

    def add(self, pairs: Ints) -> None:
        """pairs: of each post, ascending."""
        starts = np.flatnonzero(np.diff(pairs, prepend=-1))
        self._counts.append((pairs[starts], np.diff(starts, append=len(pairs))))
        while len(self._counts) > 1 and len(self._counts[-2][0]) <= 2 * len(self._counts[-1][0]):
            self._merge_last()

    def all(self) -> tuple[Ints, Ints]:
        """The pairs, ascending, and the count of each."""
        while len(self._counts) > 1:
            self._merge_last()
        return self._counts[0] if self._counts else (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def _merge_last(self) -> None:
        (pairs, counts), (others, other_counts) = self._counts.pop(), self._counts.pop()
        merged = np.concatenate([pairs, others])
        order = np.argsort(merged, kind="stable")
        merged = merged[order]
        starts = np.flatnonzero(np.diff(merged, prepend=-1))
        summed = np.add.reduceat(np.concatenate([counts, other_counts])[order], starts) if len(starts) else counts
        self._counts.append((merged[starts], summed))


# -------------------------------------------------------------------------------------------------------- titles


def worth_of_names(names: Sequence[Sequence[Term]], idf: Floats) -> dict[int, float]:
    """What terms of a post's title, and pairs of them, add by name; of several names of a post the larger counts.

    names: the terms of its title and of each alias. Together the numbers of a name add up to TITLE · matched² / total,
    as (a + b)² = a² + 2ab + b².
    """
    best: dict[int, float] = {}
    for name in names:
        terms = sorted(set(name))
        its_idf = idf[terms].tolist()
        weight = TITLE / total if (total := sum(its_idf)) else 0.0
        for index, (term, one) in enumerate(zip(terms, its_idf, strict=True)):
            _raise_to(best, title_name(term), weight * one * one)
            for other, other_idf in zip(terms[:index], its_idf[:index], strict=True):
                _raise_to(best, title_pair_name(other, term), 2 * weight * one * other_idf)
    return best


def _raise_to(best: dict[int, float], name: int, value: float) -> None:
    best[name] = max(best.get(name, 0.0), value)


def names_of(tokens: TokenStream, term_of: NDArray[np.uint32]) -> list[list[list[Term]]]:
    """For each post the terms of its title and of each alias."""
    names: list[list[list[Term]]] = [[] for _ in tokens.counts]
    starts = tokens.starts()
    post_of = np.repeat(np.arange(len(tokens.counts)), tokens.counts)
    are_names = np.flatnonzero((tokens.kinds == PartKind.TITLE) | (tokens.kinds == PartKind.ALIAS))
    for part, post in zip(are_names.tolist(), post_of[are_names].tolist(), strict=True):
        words = tokens.stream[starts[part] : starts[part + 1] - 1]
        names[post].append(term_of[words].tolist())
    return names
