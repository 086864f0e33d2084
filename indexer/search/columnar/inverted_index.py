"""The inverted index: its arrays, each written and read here, one file each in fulltext/.

Two posts, "Rye Bread" with the text "The oven bread", and "Rye", make this token stream (text/token_stream.py); a gap,
"·", follows each part:

    position        0    1      2  3    4     5      6  7    8
    stream          rye  bread  ·  the  oven  bread  ·  rye  ·      as word numbers; a gap is one more than the last
    spans           start and length of each word in the text of its part
    part_starts     0              3                    7           9
    part_kinds      TITLE          TEXT                 TITLE
    part_sections   -1             0                    -1
    post_starts     0                                   7           9

Each term has its positions and its postings: the posts that contain it, each with the score that the term adds to it,
computed at build time, so that a query adds up a few columns. Both are CSR: term t has the positions
positions[position_starts[t] : position_starts[t + 1]], and its postings likewise by posting_starts:

    term            bread   oven   rye        the
    idf             .69     .69    .18        .69
    positions       1  5    4      0    7     3
    posting_posts   0       0      0    1     0
    posting_scores  .80     .56    .15  .24   .56

    dense           the scores of each frequent term once more as a full row, one score for every post
    dense_rows      the row of each term in dense, -1 for all others

Pairs of terms that occur near each other are scored like terms of their own (pair_*): "rye bread" and "oven bread" are
the keys 2 · 4 + 0 and 1 · 4 + 0, that is first · number of terms + second. Titles and aliases are scored by the terms
that they contain (title_*). Phrases have no arrays: they are matched in the stream around their rarest word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus
from indexer.search import ranking
from indexer.search.ranking import FIELDS, K1, PROSE, TITLE, WINDOW, B, Field
from indexer.search.stored_stream import is_text
from indexer.store.arrays import Files, Rows
from indexer.store.tables import files_of, load_table, save_table
from indexer.text import analysis
from indexer.text.token_stream import BLOCK, PartKind, TokenStream

FOLDER = "fulltext"
# Terms in more than this share of the posts have a dense row.
DENSE = 0.15
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
NO_LINK_WORDS: Ints = np.zeros((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class InvertedIndex:
    """The arrays above.

    titles: the titles and aliases that contain each term (CSR by title_starts). A title has the number of its post,
    aliases are numbered after all titles; title_posts: the post of each. title_weights: TITLE / the sum of the idf of
    its terms, for each title and alias. pairs: the keys, sorted; pair_posts and pair_scores: the postings of each
    pair (CSR by pair_starts).
    """

    stream: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    part_starts: NDArray[np.uint32]
    part_kinds: NDArray[np.uint8]
    part_sections: NDArray[np.int32]
    post_starts: NDArray[np.uint32]
    positions: Rows
    position_starts: Ints
    posting_starts: Ints
    posting_posts: NDArray[np.unsignedinteger[Any]]
    posting_scores: Floats
    dense: Floats
    dense_rows: NDArray[np.int32]
    idf: Floats
    titles: NDArray[np.int32]
    title_starts: Ints
    title_weights: Floats
    title_posts: NDArray[np.int32]
    pairs: Ints
    pair_starts: NDArray[np.uint32]
    pair_posts: Rows
    pair_scores: Rows


FILES = files_of(FOLDER, InvertedIndex)


def open_inverted_index(files: Files) -> InvertedIndex:
    return load_table(files, FOLDER, InvertedIndex)


def has_inverted_index(files: Files) -> bool:
    """Whether a generation of another engine holds these arrays too."""
    return set(FILES) <= set(files.names(FOLDER))


def without_alias(index: InvertedIndex, post: int, alias: Sequence[Sequence[int]]) -> InvertedIndex:
    """The index as if a post had one alias less: as a title it scores nothing.

    alias: its words, each by all the numbers that it has in the stream.
    """
    aliases = np.flatnonzero(index.part_kinds == PartKind.ALIAS)  # each has a title, in this order, after all posts'
    weights = index.title_weights.copy()
    for number, part in enumerate(aliases.tolist(), len(weights) - len(aliases)):
        words = index.stream[index.part_starts[part] : index.part_starts[part + 1] - 1].tolist()
        if is_text(words, alias) and index.title_posts[number] == post:
            weights[number] = 0.0
    return replace(index, title_weights=weights)


# ------------------------------------------------------------------------------------------------------ writing


def write_inverted_index(
    directory: Path, tokens: TokenStream, term_of: NDArray[np.uint32], link_words: Ints = NO_LINK_WORDS
) -> None:
    """Writes the folder fulltext/ into a generation's directory.

    term_of: the term of each word of the tokens. link_words: see `link_words`.
    Imports SciPy, which the service must not load.
    """
    save_table(directory / FOLDER, InvertedIndex, index_arrays(tokens, term_of, link_words))


def link_words(corpus: Corpus, tokens: TokenStream, link_texts: Sequence[Sequence[str]]) -> Ints:
    """The words of the texts with which other posts link to each post, as pairs (post, number of the word), int64.

    A word stands there once for each text that has it. Words that no post has are left out.
    """
    number_of = {word: number for number, word in enumerate(tokens.words)} if any(link_texts) else {}
    pairs = [
        (number, number_of.get((post.language, word), -1))
        for number, (post, texts) in enumerate(zip(corpus, link_texts, strict=False))
        for text in texts
        for word in set(analysis.words(text))
    ]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[found[:, 1] >= 0]


def index_arrays(
    tokens: TokenStream, term_of: NDArray[np.uint32], link_words: Ints
) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays by name, one at a time: all of them at once would be the largest share of a build's memory."""
    yield from stream_arrays(tokens)
    occurrences = _occurrences(tokens, term_of)
    yield "positions", occurrences.positions
    yield "position_starts", occurrences.starts
    postings = _postings(occurrences, tokens)
    _add_link_words(postings, term_of, link_words, len(tokens.counts))
    yield "posting_starts", postings.starts
    yield "posting_posts", postings.posts.astype(_number_type(len(tokens.counts)))
    yield "posting_scores", postings.scores
    yield "idf", postings.idf
    yield from _dense(postings, len(tokens.counts))
    yield from _titles(occurrences, postings.idf, tokens)
    del occurrences, postings  # they take up more than all that is still to come
    yield from _pairs(tokens, term_of)


def stream_arrays(tokens: TokenStream) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays of a joined token stream, by name."""
    part_starts = tokens.starts().astype(np.uint32)
    yield "stream", tokens.stream
    yield "spans", tokens.spans
    yield "part_starts", part_starts
    yield "part_kinds", tokens.kinds
    yield "part_sections", tokens.sections
    yield "post_starts", part_starts[tokens.first_parts()]


def _number_type(posts: int) -> type[np.unsignedinteger[Any]]:
    """What the number of a post fits in: there are millions of them, and most sites need two bytes for each."""
    return np.uint16 if posts <= 1 << 16 else np.uint32


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """Every occurrence of every term, sorted by term and position.

    starts: the first occurrence of each term, and their number. posts, kinds: the post and part kind of each.
    """

    positions: NDArray[np.uint32]
    starts: Ints
    posts: NDArray[np.int32]
    kinds: NDArray[np.uint8]

    @property
    def terms(self) -> int:
        return len(self.starts) - 1

    def blocks(self) -> Iterator[_Occurrences]:
        """The occurrences of some terms after the others, so that what is worked out of each needs little memory."""
        borders = np.searchsorted(self.starts, np.arange(0, self.starts[-1], BLOCK))
        for first, end in pairwise(np.unique([0, *borders.tolist(), self.terms]).tolist()):
            of_terms = slice(self.starts[first], self.starts[end])
            starts = self.starts[first : end + 1] - self.starts[first]
            yield _Occurrences(self.positions[of_terms], starts, self.posts[of_terms], self.kinds[of_terms])


def _occurrences(tokens: TokenStream, term_of: NDArray[np.uint32]) -> _Occurrences:
    """term_of: the term of each word of the tokens."""
    from scipy import sparse

    terms = int(term_of.max()) + 1 if len(term_of) else 0
    sizes = tokens.lengths.astype(np.int64) + 1
    # Gaps count as one more term, the last, which is then dropped.
    term_stream = np.append(term_of, np.uint32(terms))[np.minimum(tokens.stream, np.uint32(len(term_of)))]
    # Transposing a matrix with one entry per row is a counting sort, ten times as fast as np.argsort; the values of
    # the entries, here the kinds, are sorted along.
    rows = sparse.csr_array(
        (np.repeat(tokens.kinds, sizes), term_stream.view(np.int32), np.arange(len(term_stream) + 1, dtype=np.int32)),
        shape=(len(term_stream), terms + 1),
    )
    transposed = rows.tocsc()
    del term_stream, rows  # each as large as what is returned
    starts = transposed.indptr[: terms + 1].astype(np.int64)
    positions = transposed.indices[: starts[-1]]
    posts = np.repeat(np.repeat(np.arange(len(tokens.counts), dtype=np.int32), tokens.counts), sizes)
    return _Occurrences(positions.view(np.uint32), starts, posts[positions], transposed.data[: starts[-1]])


@dataclass(frozen=True, slots=True)
class _Postings:
    """The postings of all terms (CSR): starts and idf of each term, post and score of each posting."""

    starts: Ints
    posts: NDArray[np.int32]
    scores: Floats
    idf: Floats


def _postings(occurrences: _Occurrences, tokens: TokenStream) -> _Postings:
    """The postings, each with the sum of the BM25 scores of all fields.

    Robertson and Zaragoza (2009): idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean length)), with
    idf = ln(1 + (N − df + ½) / (df + ½)).
    """
    norms = norms_of(tokens)
    blocks = [_postings_of_block(block, norms) for block in occurrences.blocks()]
    sizes = np.concatenate([np.zeros(0, dtype=np.int64), *(np.diff(block.starts) for block in blocks)])
    return _Postings(
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([np.zeros(0, dtype=np.int32), *(block.posts for block in blocks)]),
        np.concatenate([np.zeros(0, dtype=np.float32), *(block.scores for block in blocks)]),
        np.concatenate([np.zeros(0, dtype=np.float32), *(block.idf for block in blocks)]),
    )


def norms_of(tokens: TokenStream) -> list[Floats]:
    """k1 (1 − b + b · length / mean length) of each post, by field."""
    return [_norm(field, tokens) for field in FIELDS]


def _norm(field: Field, tokens: TokenStream) -> Floats:
    in_field = is_any_of(field.kinds)[tokens.kinds]
    post_of_part = np.repeat(np.arange(len(tokens.counts)), tokens.counts)[in_field]
    lengths = np.bincount(post_of_part, weights=tokens.lengths[in_field], minlength=len(tokens.counts))
    mean = lengths.sum() / max(len(lengths), 1) or 1.0
    norm: Floats = (K1 * (1 - B + B * lengths / mean)).astype(np.float32)
    return norm


def _postings_of_block(occurrences: _Occurrences, norms: Sequence[Floats]) -> _Postings:
    """The postings of some terms. norms: see `norms_of`."""
    term_of = np.repeat(np.arange(occurrences.terms, dtype=np.int32), np.diff(occurrences.starts))
    is_first = np.ones(len(term_of), dtype=bool)
    is_first[1:] = (term_of[1:] != term_of[:-1]) | (occurrences.posts[1:] != occurrences.posts[:-1])
    posting_of = np.cumsum(is_first) - 1
    posts, terms = occurrences.posts[is_first], term_of[is_first]
    scores, idf_of_prose = np.zeros(len(posts), dtype=np.float32), np.zeros(occurrences.terms, dtype=np.float32)
    for field, norm in zip(FIELDS, norms, strict=True):
        is_in_field = is_any_of(field.kinds)[occurrences.kinds]
        frequencies = np.bincount(posting_of[is_in_field], minlength=len(posts))
        postings = np.flatnonzero(frequencies)
        tf, of_postings = frequencies[postings].astype(np.float32), terms[postings]
        idf = ranking.idf(np.bincount(of_postings, minlength=occurrences.terms), len(norm)).astype(np.float32)
        scores[postings] += ranking.bm25(field, idf[of_postings], tf, norm[posts[postings]])
        if field.kinds == PROSE:
            idf_of_prose = idf
    starts = np.concatenate([[0], np.cumsum(np.bincount(terms, minlength=occurrences.terms))])
    return _Postings(starts, posts, scores, idf_of_prose)


def _add_link_words(postings: _Postings, term_of: NDArray[np.uint32], link_words: Ints, posts: int) -> None:
    """Adds to the scores of postings, in place, what ranking.py says of the texts with which other posts link."""
    terms = np.repeat(np.arange(len(postings.idf)), np.diff(postings.starts))
    of_link_words = term_of[link_words[:, 1]].astype(np.int64) * posts + link_words[:, 0]
    places, counts = found_in(terms * posts + postings.posts, of_link_words)
    postings.scores[places] += ranking.of_link_texts(postings.idf[terms[places]], counts)


def found_in(known: Ints, keys: Ints) -> tuple[Ints, Ints]:
    """The places of those of some keys that are known, and how often each is among the keys. known: ascending."""
    keys, counts = np.unique(keys, return_counts=True)
    places = np.minimum(known.searchsorted(keys), max(len(known) - 1, 0))
    is_known = known[places] == keys if len(known) else np.zeros(len(keys), dtype=bool)
    return places[is_known], counts[is_known]


def is_any_of(kinds: tuple[PartKind, ...]) -> NDArray[np.bool_]:
    """For each PartKind, by its number, whether it is one of these."""
    return np.isin(np.arange(len(PartKind)), kinds)


def _dense(postings: _Postings, posts: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Adding a full row is many times as fast as adding to thousands of posts one by one."""
    frequent = np.flatnonzero(np.diff(postings.starts) > DENSE * posts)
    rows = np.zeros((len(frequent), posts), dtype=np.float32)
    row_of = np.full(len(postings.starts) - 1, -1, dtype=np.int32)
    row_of[frequent] = np.arange(len(frequent))
    for row, term in enumerate(frequent.tolist()):
        of_term = slice(postings.starts[term], postings.starts[term + 1])
        rows[row, postings.posts[of_term]] = postings.scores[of_term]
    yield "dense", rows
    yield "dense_rows", row_of


def _titles(occurrences: _Occurrences, idf: Floats, tokens: TokenStream) -> Iterator[tuple[str, NDArray[Any]]]:
    """The titles and aliases that contain each term, and the weight of each title and alias."""
    posts = len(tokens.counts)
    in_titles = np.flatnonzero((occurrences.kinds == PartKind.TITLE) | (occurrences.kinds == PartKind.ALIAS))
    terms = (np.searchsorted(occurrences.starts, in_titles, side="right") - 1).astype(np.int64)
    parts = np.searchsorted(tokens.starts(), occurrences.positions[in_titles], side="right") - 1
    aliases = np.cumsum(tokens.kinds == PartKind.ALIAS)
    is_title = occurrences.kinds[in_titles] == PartKind.TITLE
    titles = np.where(is_title, occurrences.posts[in_titles], posts + aliases[parts] - 1)
    title_count = posts + int(aliases[-1]) if len(aliases) else posts
    keys = np.unique(terms * max(title_count, 1) + titles)
    terms, titles = keys // max(title_count, 1), keys % max(title_count, 1)
    idf_sums = np.bincount(titles, weights=idf[terms], minlength=title_count)
    alias_posts = np.repeat(np.arange(posts), tokens.counts)[tokens.kinds == PartKind.ALIAS]
    yield "titles", titles.astype(np.int32)
    yield "title_starts", np.searchsorted(terms, np.arange(occurrences.terms + 1))
    yield "title_weights", (TITLE / np.where(idf_sums > 0, idf_sums, np.inf)).astype(np.float32)
    yield "title_posts", np.concatenate([np.arange(posts), alias_posts]).astype(np.int32)


def _pairs(tokens: TokenStream, term_of: NDArray[np.uint32]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Pairs of consecutive content words, at most WINDOW positions apart and within one part of the prose.

    The score of a pair in a post is NEAR · idf · (NEAR_K + 1) x / (NEAR_K + x), where x is the sum of 1 / distance
    over its occurrences there, see ranking.py.
    """
    posts = len(tokens.counts)
    is_content_word = content_words(tokens)
    pieces = [pair_keys(first, piece, term_of, is_content_word, posts) for first, piece in tokens.blocks()]
    keys = np.concatenate([np.zeros(0, dtype=np.int64), *pieces])
    del pieces
    keys.sort()
    blocks = [_postings_of_pairs(block, posts) for block in _whole_pairs(keys, posts)]
    del keys
    frequencies = np.concatenate([np.zeros(0, dtype=np.int64), *(block.frequencies for block in blocks)])
    yield "pairs", np.concatenate([np.zeros(0, dtype=np.int64), *(block.pairs for block in blocks)])
    yield "pair_starts", np.concatenate([[0], np.cumsum(frequencies)]).astype(np.uint32)
    number_type = _number_type(posts)
    yield "pair_posts", np.concatenate([np.zeros(0, dtype=number_type), *(block.posts for block in blocks)])
    yield "pair_scores", np.concatenate([np.zeros(0, dtype=np.float32), *(block.scores for block in blocks)])


def content_words(tokens: TokenStream) -> NDArray[np.bool_]:
    """Of each word, and of the gap after them, whether it is no stop word."""
    return np.array([not analysis.is_stop_word(word, language) for language, word in tokens.words] + [False])


class _PairPostings(NamedTuple):
    """Some pairs, their document frequencies, and the post and score of each posting."""

    pairs: Ints
    frequencies: Ints
    posts: NDArray[np.unsignedinteger[Any]]
    scores: Floats


def _whole_pairs(keys: Ints, posts: int) -> Iterator[Ints]:
    """The keys in pieces of about BLOCK, all of a pair in one. keys: see `pair_keys`, sorted."""
    keys_of_pair = max(posts, 1) * (WINDOW + 1)
    borders = np.searchsorted(keys, keys[::BLOCK] // keys_of_pair * keys_of_pair)
    for first, end in pairwise(np.unique([*borders.tolist(), len(keys)]).tolist()):
        yield keys[first:end]


def _postings_of_pairs(keys: Ints, posts: int) -> _PairPostings:
    """keys: of some pairs, all of each, sorted. posts: of the whole corpus."""
    postings, nearness = near_each_other(keys)
    pairs, posts_of_pairs = np.divmod(postings, posts)
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    frequencies = np.diff(starts, append=len(pairs))
    idf = np.repeat(ranking.idf(frequencies, posts).astype(np.float32), frequencies)
    scores = ranking.of_nearness(idf, nearness)
    return _PairPostings(pairs[starts], frequencies, posts_of_pairs.astype(_number_type(posts)), scores)


def near_each_other(keys: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Pair and post in one number, pair · posts + post, of each pair in each post, ascending; and its x in ranking.py.

    keys: see `pair_keys`, sorted.
    """
    postings, distances = keys // (WINDOW + 1), keys % (WINDOW + 1)
    starts = np.flatnonzero(np.diff(postings, prepend=-1))
    return postings[starts], np.add.reduceat(1.0 / distances, starts) if len(keys) else np.zeros(0)


def pair_keys(
    first_post: int, tokens: TokenStream, term_of: NDArray[np.uint32], is_content_word: NDArray[np.bool_], posts: int
) -> Ints:
    """Pair, post and distance of each pair in one number, so that a single sort groups all three.

    A pair is first term · number of terms + second. first_post: the number of the first post of these tokens. posts:
    of all that are told apart.
    """
    terms = int(term_of.max()) + 1 if len(term_of) else 0
    sizes = tokens.lengths.astype(np.int64) + 1
    words = np.minimum(tokens.stream, np.uint32(len(tokens.words)))
    # Each gap adds WINDOW to the distance, so that no pair spans two parts.
    shifts = np.repeat(np.arange(len(sizes)), sizes) * WINDOW
    positions = np.flatnonzero(is_content_word[words] & np.repeat(tokens.kinds <= PartKind.TAG, sizes))
    distances = np.diff(positions + shifts[positions])
    near = np.flatnonzero((distances <= WINDOW) & (np.diff(term_of[words[positions]].astype(np.int64)) != 0))
    first, second = term_of[words[positions[near]]].astype(np.int64), term_of[words[positions[near + 1]]]
    post = np.repeat(np.repeat(np.arange(len(tokens.counts)), tokens.counts), sizes)[positions[near]] + first_post
    keys: Ints = ((first * terms + second) * posts + post) * (WINDOW + 1) + distances[near]
    return keys
