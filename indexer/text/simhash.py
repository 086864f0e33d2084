"""The text of a post → 64 bits that hardly change where the text hardly does: how a material change is known.

A SimHash (Charikar 2002) of the terms of title, description, headings, prose and code. Every term votes on each bit by
a hash of its own, and counts once more each time its number doubles. Front matter beside title and description, white
space and the order of the text make no difference, nor does the machine: votes are whole numbers, the hash is BLAKE2b.

Manku, Jain and Das Sarma (2007) take pages for the same up to 3 bits. On the posts of three sites 4 is the better line
(docs/explanation/related.md has the measurement). In posts of 200 words and more, a typo mended leaves 99 of 100 the
same text; a section replaced makes another of 98 in 100, of 82 where there are more than 600 words. Shorter posts are
touchy: a typo makes another text of up to 12 in 100, a sentence added of three in four. Posts with nothing in common
are about 28 bits apart.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from indexer.text import analysis
from indexer.text.token_stream import GAP, PartKind, TokenStream

# Where a generation keeps the simhash of each of its posts, by number (uint64).
FILE = "posts/simhashes.npy"
BITS = 64
# Simhashes that differ in so many bits are of the same text.
SAME = 4

Simhashes = NDArray[np.uint64]

_SAID = (PartKind.TITLE, PartKind.DESCRIPTION, PartKind.HEADING, PartKind.TEXT, PartKind.CODE)


def simhashes(tokens: TokenStream) -> Simhashes:
    """The simhashes of posts. tokens: the words of those posts; no other post changes a simhash."""
    terms: dict[str, int] = {}
    of_word = np.array([_number(terms, *word) for word in tokens.words], dtype=np.int64)
    said = np.isin(tokens.kinds, _SAID)
    sizes = tokens.lengths[said].astype(np.int64) + 1  # a gap follows each part
    words = tokens.stream[np.repeat(said, tokens.lengths.astype(np.int64) + 1)]
    posts = np.repeat(np.repeat(np.arange(len(tokens.counts)), tokens.counts)[said], sizes)
    stands = words != GAP
    number, posts = of_word[words[stands]], posts[stands]
    pairs, counts = np.unique((posts * len(terms) + number)[number >= 0], return_counts=True)
    post, term = np.divmod(pairs, max(1, len(terms)))
    return _voted(post, _hashes(terms)[term], np.frexp(counts)[1], len(tokens.counts))


def _number(terms: dict[str, int], language: str, word: str) -> int:
    """The number of the term of a word; -1 where it says nothing."""
    if analysis.is_stop_word(word, language):
        return -1
    return terms.setdefault(analysis.stemmer(language)(word), len(terms))


def _hashes(terms: dict[str, int]) -> Simhashes:
    encoded = (term.encode("utf-8", "surrogatepass") for term in terms)
    return np.frombuffer(b"".join(blake2b(term, digest_size=BITS // 8).digest() for term in encoded), dtype=">u8")


def _voted(post: NDArray[np.int64], hashes: Simhashes, votes: NDArray[np.int32], posts: int) -> Simhashes:
    """Of every post the bits that have more votes for them than against."""
    found = np.zeros(posts, dtype=np.uint64)
    for bit in range(BITS):
        place = np.uint64(bit)
        signed = np.where(hashes >> place & np.uint64(1), votes, -votes)
        found |= (np.bincount(post, signed, minlength=posts) > 0).astype(np.uint64) << place
    return found


def written(simhash: np.uint64) -> str:
    """A simhash as 16 hex digits."""
    return f"{int(simhash):016x}"


def same_text(one: str, other: str) -> bool:
    """Whether two simhashes, as they are written, are of the same text or nearly so."""
    return (int(one, 16) ^ int(other, 16)).bit_count() <= SAME


def with_text(known: Simhashes, simhash: str) -> list[int]:
    """The numbers of the posts that have this text or nearly so. known: the simhash of every post."""
    differing = np.bitwise_count(known ^ np.uint64(int(simhash, 16)))
    return np.flatnonzero(differing <= SAME).tolist()
