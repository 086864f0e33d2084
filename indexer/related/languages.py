"""How far the language of one post is from that of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.links.translations import languages_of
from indexer.model import AcrossLanguages, Corpus

# Distances: pt-BR is a variant beside pt and pt-PT.
SAME, VARIANT, OTHER = 0, 1, 2


def distances_from(language: str, others: Sequence[str], across: AcrossLanguages) -> NDArray[np.int8]:
    """The distance of each of some languages from one, all case-folded; SAME of all where languages do not matter."""
    main = language.partition("-")[0]
    distances = [
        SAME if other == language else VARIANT if other.partition("-")[0] == main else OTHER for other in others
    ]
    return np.array(distances, dtype=np.int8) * (across is not AcrossLanguages.ALWAYS)


class LanguageDistances:
    """The distances between the languages of the posts of a corpus.

    codes: the languages, case-folded and sorted. numbers: for each post that of its language.
    """

    def __init__(self, corpus: Corpus, across: AcrossLanguages) -> None:
        self.codes = languages_of(corpus)
        number_of = {code: number for number, code in enumerate(self.codes)}
        self.numbers = np.array([number_of[post.language.casefold()] for post in corpus], dtype=np.uint16)
        self._table = np.array(
            [distances_from(code, self.codes, across) for code in self.codes], dtype=np.int8
        ).reshape(len(self.codes), len(self.codes))

    @property
    def matter(self) -> bool:
        """Whether any two posts are apart."""
        return bool(self._table.any())

    def between(self, sources: NDArray[np.integer], targets: NDArray[np.integer]) -> NDArray[np.int8]:
        """The distance of each target from its source."""
        distances: NDArray[np.int8] = self._table[self.numbers[sources], self.numbers[targets]]
        return distances

    def to_all(self, posts: NDArray[np.int64]) -> NDArray[np.int8]:
        """The distances of all posts from some posts, some × all."""
        distances: NDArray[np.int8] = self._table[self.numbers[posts]][:, self.numbers]
        return distances
