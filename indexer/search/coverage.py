"""Which posts have most of what was asked: for an order in which nothing else counts, such as that by date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.search import ranking
from indexer.search.lexicon import Phrase
from indexer.search.resolver import ResolvedQuery

Mask = NDArray[np.bool_]

# The share of a question, in idf, that its words must have which a post is asked to have.
NEEDED = 0.7


def carrying_most(resolved: ResolvedQuery, docs_with: Callable[[Phrase], Mask], found: Mask) -> Mask:
    """Of the posts found those with the words that carry most of a query, or with whatever stands for them.

    docs_with: a word or phrase → whether each post has it. found: whether each post is a hit that passes the filters.
    """
    words = [docs_with((word,)) for word in (*resolved.words, resolved.unfinished) if word]
    return with_most_of(words, [docs_with(other.phrase) for other in resolved.alternatives], found)


def with_most_of(words: Sequence[Mask], instead: Iterable[Mask], found: Mask) -> Mask:
    """Of the posts found those with the words that carry most of a question; where none has, with the most telling.

    words: for each word whether each post has it. instead: the same for what stands for one or more of the words, so
    that it is as good as all. found: whether each post is a hit; of these at least one is left if there is any.
    """
    posts = len(found)
    covered = np.zeros(posts, dtype=np.float64)
    total = 0.0
    for has_word in words:
        frequency = int(np.count_nonzero(has_word))
        idf = float(ranking.idf(frequency, posts)) if frequency else 0.0
        covered += idf * has_word
        total += idf
    for has_other in instead:
        covered[has_other] = total
    # Sums in another order differ in their last digits.
    needed = min(NEEDED * total, covered[found].max(initial=0.0)) - 1e-9
    has_most: Mask = found & (covered >= needed)
    return has_most
