"""Posts → the documents of an index, drawn below; and the mapping that they are indexed by.

The post "Rye Bread" with the text "The oven bread", the tag "Baking" and the arrow "=>" somewhere. Terms are numbers
in the sorted list of the lexicon: bread 0, oven 1, rye 2, the 3:

    text     ["2 0", "3 1 0", …]    a text for each part, so that no phrase matches across two of them
    worth    {"2": .74,             the score that a term adds, as the columnar engine computes it
              "30000000": .31,      a pair of terms near each other, in this order; the names are those of worth.py
              "-3": .12,            a title's term
              "-10000002": .93}     a pair of a title's terms
    tag      ["000004"]             the number of each tag, so that equal counts come in the order of the tags
    language "000000"
    sign     ["17"], titled ["17"]  signs that are names, and those of the title
    day, order, number              the date, the rank among posts with equal scores, the place in id order

`worth` is a field of rank features: OpenSearch keeps nine significant bits of each number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus
from indexer.search.metadata import Marks
from indexer.search.opensearch.worth import Counted, Worth, names_of, worth_of, worth_of_names
from indexer.text.token_stream import TokenStream

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Lists = Sequence[Sequence[int]]

_KEY = {"type": "keyword", "doc_values": False, "norms": False, "index_options": "docs"}
_COUNTED = {"type": "keyword", "norms": False, "index_options": "docs"}
MAPPING: Mapping[str, Any] = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        "text": {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "positions"},
        "worth": {"type": "rank_features"},
        "tag": _COUNTED,
        "language": _COUNTED,
        "sign": _KEY,
        "titled": _KEY,
        "day": {"type": "integer"},
        "order": {"type": "integer", "index": False},
        "number": {"type": "integer"},
    },
}
# Bits of a number that rank features do not keep: those below the nine significant ones.
_LOST_BITS = 15
_SMALLEST = np.float32(1.2e-38)  # of the numbers that a rank feature can have


def numbered(number: int) -> str:
    """A number as a text that sorts as it does."""
    return f"{number:06d}"


class Documents:
    """The documents of one build, made one by one: all of them at once would take up several times their memory."""

    def __init__(
        self,
        counted: Counted,
        corpus: Corpus,
        tokens: TokenStream,
        term_of: NDArray[np.uint32],
        marks: Marks,
        signs: tuple[Lists, Lists],
        link_words: Ints,
    ) -> None:
        """signs: the posts of each sign, and those with it in the title. link_words: as in `index_arrays`."""
        self._counted = counted
        self._corpus = corpus
        self._tokens = tokens
        self._term_of = term_of
        self._link_words = link_words
        self._boost = marks.boost
        self._orders, self._languages = marks.order.tolist(), marks.language_of.tolist()
        self._tags = _turned(marks.tag_posts, len(corpus))
        self._signs, self._titled = (_turned(posts_of, len(corpus)) for posts_of in signs)
        self._encode = msgspec.json.Encoder().encode

    def __iter__(self) -> Iterator[bytes]:
        """Each post as two lines of a bulk request."""
        for worth, piece in worth_of(self._tokens, self._term_of, self._link_words, self._counted):
            posts = range(worth.first, worth.first + len(piece.counts))
            for post, text, of_post in zip(posts, self._texts(piece), self._worths(worth, piece), strict=True):
                document = {"text": text, "worth": of_post, **self._facts(post)}
                yield b'{"index":{"_id":"%d"}}\n%s\n' % (post, self._encode(document))

    def _facts(self, post: int) -> dict[str, Any]:
        date = self._corpus[post].date
        return {
            "tag": [numbered(tag) for tag in self._tags[post]],
            "language": numbered(self._languages[post]),
            "sign": list(map(numbered, self._signs[post])),
            "titled": list(map(numbered, self._titled[post])),
            "day": date.toordinal() if date else 0,
            "order": self._orders[post],
            "number": post,
        }

    def _texts(self, piece: TokenStream) -> Iterator[msgspec.Raw]:
        """The parts of each post, an array of texts in JSON."""
        gap = -1
        terms = np.append(self._term_of.astype(np.int64), gap)[np.minimum(piece.stream, len(self._term_of))]
        starts = piece.starts()[piece.first_parts()].tolist()
        for first, end in pairwise(starts):
            numbers = self._encode(terms[first : max(end - 1, first)].tolist())[1:-1]  # a gap is the last
            parts = numbers.replace(b",", b" ").replace(b" %d " % gap, b'","')
            yield msgspec.Raw(b'["%s"]' % parts)

    def _worths(self, worth: Worth, piece: TokenStream) -> Iterator[dict[int, float]]:
        """What each post adds up, by name."""
        idf, gains = self._counted.idf_of_prose, self._boost[worth.first : worth.first + len(piece.counts)]
        values = worth.values * np.repeat(gains, np.diff(worth.starts))
        is_kept = values > _SMALLEST
        starts = np.concatenate([[0], np.cumsum(is_kept)])[worth.starts].tolist()
        names, values = worth.names[is_kept], values[is_kept]
        for (first, end), titles, gain in zip(
            pairwise(starts), names_of(piece, self._term_of), gains.tolist(), strict=True
        ):
            found = dict(zip(names[first:end].tolist(), _short(values[first:end]), strict=True))
            of_titles = {name: value * gain for name, value in worth_of_names(titles, idf).items()}
            kept = {name: value for name, value in of_titles.items() if value > _SMALLEST}
            found.update(zip(kept, _short(np.fromiter(kept.values(), np.float32, len(kept))), strict=True))
            yield found


def _short(values: Floats) -> list[float]:
    """Positive numbers, each as one with few digits of which the cluster keeps the same bits."""
    short: list[float] = _short_numbers()[values.view(np.uint32) >> _LOST_BITS].tolist()
    return short


@cache
def _short_numbers() -> NDArray[np.float64]:
    """For the upper bits of each positive number the middle of those that have them, in four digits."""
    bits = np.arange(np.float32(np.inf).view(np.uint32) >> _LOST_BITS, dtype=np.uint32)
    middles = (bits << _LOST_BITS | 1 << (_LOST_BITS - 1)).view(np.float32)
    return np.array([float(f"{middle:.4g}") for middle in middles.tolist()])


def _turned(posts_of: Lists, posts: int) -> list[list[int]]:
    """The numbers of the lists that have each post."""
    numbers: list[list[int]] = [[] for _ in range(posts)]
    for number, its_posts in enumerate(posts_of):
        for post in its_posts:
            numbers[post].append(number)
    return numbers


def in_slices(documents: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """Documents by the slice, each as soon as it has about so many bytes."""
    pending: list[bytes] = []
    length = 0
    for document in documents:
        pending.append(document)
        length += len(document)
        if length >= size:
            yield pending
            pending, length = [], 0
    if pending:
        yield pending
