"""What was stored of the vectors → related posts for readers, suggestions with reasons for editors.

A reader sees what an editor chose, untouched and first, then computed posts until the list is full. An editor sees
only what is not there yet: not curated, not linked from the body, not the post itself; drafts are in no generation.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import analysis
from indexer.errors import DamagedGeneration
from indexer.model import Post, Reason, Related, Section, SharedTerm, StoredPost, Suggestion
from indexer.stored import Files, StoredPosts

FOLDER = "vectors"
MOST_SHARED_TERMS = 5
# Below this share of the cosine a term explains nothing.
LEAST_SHARE = 0.02


class RelatedPosts:
    """The similarities of one generation. Neighbours are in memory; the vectors are read when a reason is asked for."""

    def __init__(self, files: Files, posts: StoredPosts) -> None:
        self._files = files
        self._posts = posts
        self._neighbours = _array(files, "neighbours")
        self._cosines = _array(files, "cosines")

    def neighbours(self, number: int) -> list[tuple[int, float]]:
        """The nearest posts of a post and their cosines, best first."""
        pairs = zip(self._neighbours[number].tolist(), self._cosines[number].tolist(), strict=True)
        return [(other, cosine) for other, cosine in pairs if other >= 0]

    def for_readers(self, post: StoredPost, limit: int) -> list[Related]:
        """At most `limit` posts: the curated ones in the editor's order, then the nearest others."""
        cosines = dict(self.neighbours(post.number))
        curated = [Related(self._posts[one], True, cosines.get(one)) for one in post.curated]
        computed = (
            Related(self._posts[one], False, cosine) for one, cosine in cosines.items() if one not in post.curated
        )
        return [*curated, *computed][:limit]

    def for_editors(self, post: StoredPost, limit: int) -> list[Suggestion]:
        """At most `limit` posts that may belong beside this one and are not there yet, each with its reasons."""
        there = {post.number, *post.curated, *post.linked}
        new = [(other, cosine) for other, cosine in self.neighbours(post.number) if other not in there]
        source = _Text.stored(post, self._posts)
        return [self._suggestion(source, self._row(post.number), one, cosine) for one, cosine in new[:limit]]

    def for_draft(self, draft: Post, counts: Counter[str], there: set[int], limit: int) -> list[Suggestion]:
        """The same for a text that is not published. counts: its terms, weighted as those of posts are.

        there: the posts that it names or links to already.
        """
        vector = self._vector(counts)
        cosines = self._compared(vector)
        order = np.lexsort((np.arange(len(cosines)), -np.round(cosines, 6)))
        near = [(int(one), float(cosines[one])) for one in order if cosines[one] > 0 and int(one) not in there]
        source = _Text.draft(draft)
        return [self._suggestion(source, vector, one, min(cosine, 1.0)) for one, cosine in near[:limit]]

    # ------------------------------------------------------------------------------------------------- vectors

    @cached_property
    def _terms(self) -> list[tuple[str, str, float]]:
        return [(term, written, idf) for term, written, idf in json.loads(self._files.read(f"{FOLDER}/terms.json"))]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, (term, _, _) in enumerate(self._terms)}

    @cached_property
    def _csr(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        return _array(self._files, "indptr"), _array(self._files, "indices"), _array(self._files, "values")

    def _row(self, number: int) -> dict[int, float]:
        indptr, indices, values = self._csr
        within = slice(int(indptr[number]), int(indptr[number + 1]))
        return dict(zip(indices[within].tolist(), values[within].tolist(), strict=True))

    def _vector(self, counts: Counter[str]) -> dict[int, float]:
        """Terms with their weighted frequencies → a row of length 1, with the idf of the stored posts."""
        weights = {
            place: (1 + math.log(count)) * self._terms[place][2]
            for term, count in counts.items()
            if (place := self._places.get(term)) is not None
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {place: weight / length for place, weight in weights.items()}

    def _compared(self, vector: dict[int, float]) -> NDArray[np.float64]:
        """The cosine of a row with every post."""
        indptr, indices, values = self._csr
        dense = np.zeros(len(self._terms))
        dense[list(vector)] = list(vector.values())
        sums = np.concatenate([[0.0], np.cumsum(values * dense[indices])])
        compared: NDArray[np.float64] = sums[indptr[1:]] - sums[indptr[:-1]]
        return compared

    # ------------------------------------------------------------------------------------------------- reasons

    def _suggestion(self, source: _Text, row: dict[int, float], target: int, cosine: float) -> Suggestion:
        other = self._row(target)
        parts = {place: row[place] * other[place] for place in row.keys() & other.keys()}
        best = sorted(parts, key=lambda place: (-parts[place], place))[:MOST_SHARED_TERMS]
        beside = _Text.stored(self._posts[target], self._posts)
        terms = tuple(
            SharedTerm(self._terms[place][1], parts[place], source.fields_with(self._terms[place][0], beside))
            for place in best
            if parts[place] >= LEAST_SHARE * cosine
        )
        tags = tuple(tag for tag in self._posts[target].tags if tag.casefold() in source.tags)
        return Suggestion(self._posts[target], cosine, Reason(terms, tags))


class _Text:
    """The terms of a post by field, to say where a shared one stands."""

    def __init__(self, post: Post | StoredPost, sections: tuple[Section, ...]) -> None:
        self.tags = frozenset(tag.casefold() for tag in post.tags)
        texts = {
            "title": [post.title],
            "description": [post.description],
            "headings": [section.heading for section in sections],
            "tags": list(post.tags),
            "body": [section.text for section in sections],
        }
        self._fields = {
            name: frozenset(term for text in parts for term in analysis.terms(text, post.language))
            for name, parts in texts.items()
        }

    @classmethod
    def stored(cls, post: StoredPost, posts: StoredPosts) -> _Text:
        return cls(post, posts.sections(post.number))

    @classmethod
    def draft(cls, post: Post) -> _Text:
        return cls(post, post.sections)

    def fields_with(self, term: str, other: _Text) -> tuple[str, ...]:
        """The fields in which either of two posts has a term, the weightiest first."""
        return tuple(name for name, terms in self._fields.items() if term in terms or term in other._fields[name])


def _array(files: Files, name: str) -> NDArray[Any]:
    data = files.read(f"{FOLDER}/{name}.npy")
    try:
        array: NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    except ValueError as error:
        raise DamagedGeneration(f"{FOLDER}/{name}.npy cannot be read ({error}): run `seealso build --force`") from None
    return array
