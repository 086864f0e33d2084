"""The text of a post → 64 bits of which few change when the text changes little: this detects material changes.

A SimHash (Charikar 2002) of the terms of title, description, headings, prose and code. Each term votes on every bit by
its hash, with a weight of 1, and 1 more each time its count doubles. Other front matter, white space and the order of
the text make no difference. Nor does the machine: votes are integers, and the hash is BLAKE2b.

Manku, Jain and Das Sarma (2007) treat pages as equal up to 3 differing bits. On the posts of three sites 4 is the
better threshold (docs/explanation/related.md has the measurement). Of posts with 200 words and more, 99 in 100 keep
their text after the fix of a typo; 98 in 100 count as changed after a section is replaced, 82 beyond 600 words. Shorter
posts are more sensitive: a typo changes up to 12 in 100, an added sentence three in four. Posts with nothing in common
differ in about 28 bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from indexer.text import analysis
from indexer.text.token_stream import PartKind, TokenStream

# The file of a generation with the simhash of each post, by number (uint64).
FILE = "posts/simhashes.npy"
BITS = 64
# Texts whose simhashes differ in at most this many bits count as the same.
SAME = 4

Simhashes = NDArray[np.uint64]

_HASHED_KINDS = (PartKind.TITLE, PartKind.DESCRIPTION, PartKind.HEADING, PartKind.TEXT, PartKind.CODE)


def simhashes(tokens: TokenStream, known: Simhashes | None = None, then: NDArray[np.int64] | None = None) -> Simhashes:
    """The simhash of each post of a token stream. Each depends on no other post.

    known: simhashes of an earlier build; then: for each post its number there, -1 where its text may be another.
    """
    if known is None or then is None:
        return _simhashes(tokens, np.ones(len(tokens.counts), dtype=bool))
    hashes = _simhashes(tokens, then < 0)
    hashes[then >= 0] = known[then[then >= 0]]
    return hashes


def _simhashes(tokens: TokenStream, is_wanted: NDArray[np.bool_]) -> Simhashes:
    """The simhash of each post that is wanted, 0 for the others."""
    pieces = [_of_piece(piece, is_wanted[first : first + len(piece.counts)]) for first, piece in tokens.blocks()]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *pieces])


def _of_piece(tokens: TokenStream, is_wanted: NDArray[np.bool_]) -> Simhashes:
    is_hashed = np.isin(tokens.kinds, _HASHED_KINDS) & np.repeat(is_wanted, tokens.counts)
    sizes = tokens.lengths.astype(np.int64) + 1  # with the gap that follows each part
    words = tokens.stream[np.repeat(is_hashed, sizes)]
    posts = np.repeat(np.repeat(np.arange(len(tokens.counts)), tokens.counts)[is_hashed], sizes[is_hashed])
    is_word = words < len(tokens.words)
    words, posts = words[is_word], posts[is_word]
    term_numbers: dict[str, int] = {}
    term_of = np.full(len(tokens.words), -1, dtype=np.int64)
    for word in np.flatnonzero(np.bincount(words)).tolist():
        term_of[word] = _term_number(term_numbers, *tokens.words[word])
    terms = term_of[words]
    pairs, counts = np.unique((posts * len(term_numbers) + terms)[terms >= 0], return_counts=True)
    posts, terms = np.divmod(pairs, max(1, len(term_numbers)))
    return _majority_bits(posts, _hashes(term_numbers)[terms], np.frexp(counts)[1], len(tokens.counts))


def _term_number(numbers: dict[str, int], language: str, word: str) -> int:
    """The number of a word's term, the next one for a new term; -1 for a stop word."""
    if analysis.is_stop_word(word, language):
        return -1
    return numbers.setdefault(analysis.stemmer(language)(word), len(numbers))


def _hashes(terms: Iterable[str]) -> Simhashes:
    encoded = (term.encode("utf-8", "surrogatepass") for term in terms)
    return np.frombuffer(b"".join(blake2b(term, digest_size=BITS // 8).digest() for term in encoded), dtype=">u8")


def _majority_bits(posts: NDArray[np.int64], hashes: Simhashes, votes: NDArray[np.int32], count: int) -> Simhashes:
    """For each of `count` posts the bits with more votes for 1 than for 0. Each entry has a post, a hash and votes."""
    majority = np.zeros(count, dtype=np.uint64)
    for bit in range(BITS):
        shift = np.uint64(bit)
        signed = np.where(hashes >> shift & np.uint64(1), votes, -votes)
        majority |= (np.bincount(posts, signed, minlength=count) > 0).astype(np.uint64) << shift
    return majority


def written(simhash: np.uint64) -> str:
    """A simhash as 16 hex digits."""
    return f"{int(simhash):016x}"


def same_text(one: str, other: str) -> bool:
    """Whether two simhashes, as 16 hex digits, are of the same or nearly the same text."""
    return (int(one, 16) ^ int(other, 16)).bit_count() <= SAME


def with_text(known: Simhashes, simhash: str) -> list[int]:
    """The numbers of the posts with the same or nearly the same text. known: the simhash of each post, by number."""
    distances = np.bitwise_count(known ^ np.uint64(int(simhash, 16)))
    return np.flatnonzero(distances <= SAME).tolist()
