"""Posts → the documents of an index, drawn below; and the mapping that they are indexed by.

The post "Rye Bread" with the text "The oven bread", the tag "Baking" and the arrow "=>" somewhere. Terms are numbers
in the sorted list of the lexicon: bread 0, oven 1, rye 2, the 3:

    text     ["2 0", "3 1 0", …]    a text for each part, so that no phrase matches across two of them
    worth    {"2": .74,             the score that a term adds, as the columnar engine computes it
              "2_0": .31,           a pair of terms near each other, in this order
              "t2": .12,            a title's term, and a pair of them, the smaller first: together they add up to
              "t0_2": .93}          TITLE · matched² / total, as (a + b)² = a² + 2ab + b²
    tag      ["000004"]             the number of each tag, so that equal counts come in the order of the tags
    language "000000"
    sign     ["17"], titled ["17"]  signs that are names, and those of the title
    day, order, number              the date, the rank among posts with equal scores, the place in id order

`worth` is a field of rank features: OpenSearch keeps nine significant bits of each number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus
from indexer.search.lexicon import Term
from indexer.search.metadata import Marks
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


def pair_name(first: Term, second: Term) -> str:
    return f"{first}_{second}"


def title_name(term: Term) -> str:
    return f"t{term}"


def title_pair_name(term: Term, other: Term) -> str:
    return f"t{min(term, other)}_{max(term, other)}"


@dataclass(frozen=True, slots=True)
class ByPost:
    """What a term-by-term index has, post by post (CSR): names and values of post p at starts[p] : starts[p + 1]."""

    starts: Ints
    keys: NDArray[Any]
    values: Floats

    @classmethod
    def of(cls, posts: NDArray[Any], keys: NDArray[Any], values: Floats, count: int) -> ByPost:
        """posts, keys, values: one of each for each posting. count: of posts."""
        order = np.argsort(posts, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(posts, minlength=count))])
        return cls(starts, keys[order], values[order])

    def slice(self, post: int) -> slice:
        return slice(int(self.starts[post]), int(self.starts[post + 1]))


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one build by post. terms: the number of terms; a pair's key is first · terms + second.

    titles: the terms of each title and alias, by its number; title_posts, title_weights: as in the inverted index.
    """

    terms: int
    of_terms: ByPost
    of_pairs: ByPost
    titles: ByPost
    titles_of_post: Sequence[Sequence[int]]
    title_weights: Floats
    idf: Floats
    frequencies: NDArray[np.int32]


def scores_of(arrays: Iterable[tuple[str, NDArray[Any]]], posts: int) -> tuple[Scores, dict[str, NDArray[Any]]]:
    """The scores that the arrays of the inverted index hold, by post; and the arrays of its token stream.

    arrays: as `columnar.inverted_index.index_arrays` gives them, one at a time; each is dropped when it is no longer
    needed.
    """
    unneeded = ("positions", "position_starts", "dense", "dense_rows")
    kept = {name: array for name, array in arrays if name not in unneeded}
    terms = len(kept["posting_starts"]) - 1
    frequencies = np.diff(kept["posting_starts"]).astype(np.int32)
    term_of = np.repeat(np.arange(terms, dtype=np.int32), frequencies)
    of_terms = ByPost.of(kept.pop("posting_posts"), term_of, kept.pop("posting_scores"), posts)
    pair_of = np.repeat(kept.pop("pairs"), np.diff(kept.pop("pair_starts")))
    of_pairs = ByPost.of(kept.pop("pair_posts"), pair_of, kept.pop("pair_scores"), posts)
    titles, idf = kept.pop("titles"), kept.pop("idf")
    term_of = np.repeat(np.arange(terms), np.diff(kept.pop("title_starts")))
    weights, title_posts = kept.pop("title_weights"), kept.pop("title_posts")
    titles_of_post: list[list[int]] = [[] for _ in range(posts)]
    for title, post in enumerate(title_posts.tolist()):
        titles_of_post[post].append(title)
    kept.pop("posting_starts")
    of_titles = ByPost.of(titles, term_of, idf[term_of], len(weights))
    return Scores(terms, of_terms, of_pairs, of_titles, titles_of_post, weights, idf, frequencies), kept


class Documents:
    """The documents of one build, made one by one: all of them at once would take up several times their memory."""

    def __init__(
        self,
        scores: Scores,
        corpus: Corpus,
        tokens: TokenStream,
        term_of: NDArray[np.uint32],
        marks: Marks,
        signs: tuple[Lists, Lists],
    ) -> None:
        """signs: the posts of each sign, and those with it in the title."""
        self._scores = scores
        self._corpus = corpus
        self._tokens = tokens
        self._term_of = np.append(term_of, np.uint32(scores.terms))
        self._boost = marks.boost
        self._orders, self._languages = marks.order.tolist(), marks.language_of.tolist()
        self._tags = _turned(marks.tag_posts, len(corpus))
        self._signs, self._titled = (_turned(posts_of, len(corpus)) for posts_of in signs)
        self._words = [str(term) for term in range(scores.terms)] + ['","']  # the gap ends a text of the array
        self._features = [f'"{term}":' for term in range(scores.terms)]
        self._numbers = _Numbers()
        starts = tokens.starts()[tokens.first_parts()]
        self._starts = starts.tolist()

    def __iter__(self) -> Iterator[str]:
        """Each post as two lines of a bulk request."""
        for post, written in enumerate(self._corpus):
            facts = {
                "tag": [numbered(tag) for tag in self._tags[post]],
                "language": numbered(self._languages[post]),
                "sign": list(map(numbered, self._signs[post])),
                "titled": list(map(numbered, self._titled[post])),
                "day": written.date.toordinal() if written.date else 0,
                "order": self._orders[post],
                "number": post,
            }
            rest = json.dumps(facts, separators=(",", ":"))[1:]
            action = f'{{"index":{{"_id":"{post}"}}}}'
            yield f'{action}\n{{"text":{self._text(post)},"worth":{{{self._worth(post)}}},{rest}\n'

    def _text(self, post: int) -> str:
        words = np.minimum(self._tokens.stream[self._starts[post] : self._starts[post + 1]], len(self._term_of) - 1)
        return f'["{" ".join(map(self._words.__getitem__, self._term_of[words].tolist()))}"]'

    def _worth(self, post: int) -> str:
        scores, gain = self._scores, self._boost[post]
        of_terms, of_pairs = scores.of_terms.slice(post), scores.of_pairs.slice(post)
        features, terms = self._features, scores.terms
        names = [features[term] for term in scores.of_terms.keys[of_terms].tolist()]
        firsts, seconds = np.divmod(scores.of_pairs.keys[of_pairs], max(terms, 1))
        names += [f'"{a}_{b}":' for a, b in zip(firsts.tolist(), seconds.tolist(), strict=True)]
        titled = self._of_titles(post)
        names += [f'"{name}":' for name in titled]
        values = np.concatenate(
            [
                scores.of_terms.values[of_terms],
                scores.of_pairs.values[of_pairs],
                np.fromiter(titled.values(), dtype=np.float32, count=len(titled)),
            ]
        )
        values = values * gain
        is_kept = (values > _SMALLEST).tolist()
        written = self._numbers.written(values)
        return ",".join([name + number for name, number, keep in zip(names, written, is_kept, strict=True) if keep])

    def _of_titles(self, post: int) -> dict[str, float]:
        titles, weights = self._scores.titles, self._scores.title_weights
        places = [(titles.slice(title), float(weights[title])) for title in self._scores.titles_of_post[post]]
        return worth_of_titles(
            (titles.keys[place].tolist(), titles.values[place].tolist(), weight) for place, weight in places
        )


def worth_of_titles(titles: Iterable[tuple[Sequence[Term], Sequence[float], float]]) -> dict[str, float]:
    """What terms of a post's title, and pairs of them, add by name; of several names of a post the larger counts.

    titles: of the title and each alias the terms, the idf of each, and its weight.
    """
    best: dict[str, float] = {}
    for terms, idf, weight in titles:
        for index, (term, its_idf) in enumerate(zip(terms, idf, strict=True)):
            name = title_name(term)
            best[name] = max(best.get(name, 0.0), weight * its_idf * its_idf)
            for other, other_idf in zip(terms[:index], idf[:index], strict=True):
                name = title_pair_name(other, term)
                best[name] = max(best.get(name, 0.0), 2 * weight * its_idf * other_idf)
    return best


def _turned(posts_of: Lists, posts: int) -> list[list[int]]:
    """The numbers of the lists that have each post."""
    numbers: list[list[int]] = [[] for _ in range(posts)]
    for number, its_posts in enumerate(posts_of):
        for post in its_posts:
            numbers[post].append(number)
    return numbers


class _Numbers:
    """Numbers as texts, each made once: with nine significant bits there are only some thousands."""

    def __init__(self) -> None:
        self._written: dict[int, str] = {}

    def written(self, values: Floats) -> list[str]:
        bits = (values.astype(np.float32).view(np.uint32) >> _LOST_BITS).tolist()
        known = self._written
        for one in set(bits) - known.keys():
            # The middle of the numbers that are kept alike: it needs few digits.
            value = np.uint32((one << _LOST_BITS) | 1 << (_LOST_BITS - 1)).view(np.float32)
            known[one] = f"{float(value):.6g}"
        return [known[one] for one in bits]


def in_slices(documents: Iterable[str], size: int) -> Iterator[list[str]]:
    """Documents by the slice, each as soon as it has about so many characters."""
    pending: list[str] = []
    length = 0
    for document in documents:
        pending.append(document)
        length += len(document)
        if length >= size:
            yield pending
            pending, length = [], 0
    if pending:
        yield pending
