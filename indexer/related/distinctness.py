"""How far the posts nearest to a post stand out from the others: how much short fields and dates may say beside text.

On a site of one subject the same few words stand in most titles and tags. Two posts that share them may have nothing
else in common, and the whole text has to decide. Where near posts stand out, short fields say the same more plainly.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.related.languages import SAME, LanguageDistances

# The nearest posts of a post: at most so many, and at most this share of the site.
MOST_NEAREST, NEAREST_SHARE = 10, 0.05
# Posts that are looked at, evenly spread.
SAMPLE = 256
# Standard deviations by which near posts are more alike than any two: other fields count from the first number on, in
# full from the second. Five sites measured have 2.06, 3.8, 4.1, 5.0 and 6.5.
FROM, FULL = 2.1, 2.9
# Other fields never count for nothing: where texts are equally alike, they decide.
LEAST = 0.02
STEPS = 20
# A variance that is no more than what rounding leaves; and cosines that are in memory at a time.
ALL_ALIKE, BLOCK_VALUES = 1e-15, 2_000_000


def distinctness(all_text: sparse.csr_array, languages: LanguageDistances) -> float:
    """LEAST to 1 in steps of 1 / STEPS, the scale of the fixed score; posts are compared with those of their language.

    all_text: vectors of the whole texts, CSR, rows of length 1 or 0.
    In steps, so that one text more hardly ever moves the scores of all.
    """
    posts = all_text.shape[0]
    if not posts:
        return 1.0
    sample = np.unique(np.linspace(0, posts - 1, min(SAMPLE, posts)).astype(np.int64))
    nearest = max(1, min(MOST_NEAREST, int(NEAREST_SHARE * posts)))
    totals = np.zeros(5)
    for rows in np.array_split(sample, math.ceil(len(sample) * posts / BLOCK_VALUES)):
        is_pair = (languages.to_all(rows) == SAME) & (rows[:, None] != np.arange(posts))
        cosines = (all_text @ all_text[rows].T.tocsr()).toarray().T
        totals += _totals(np.where(is_pair, cosines, 0.0), is_pair, nearest)
    deviations = _deviations(*totals.tolist())
    return float(np.clip(round((deviations - FROM) / (FULL - FROM) * STEPS) / STEPS, LEAST, 1.0))


def _totals(cosines: NDArray[np.float64], is_pair: NDArray[np.bool_], nearest: int) -> NDArray[np.float64]:
    """The number, sum and sum of squares of the cosines of pairs, and number and sum of the nearest of each row."""
    best = np.partition(cosines, cosines.shape[1] - nearest, axis=1)[:, cosines.shape[1] - nearest :]
    best.sort(axis=1)  # or the order of a sum would be left to chance
    return np.array(
        [is_pair.sum(), cosines.sum(), (cosines**2).sum(), np.count_nonzero(best > 0), best[best > 0].sum()]
    )


def _deviations(pairs: float, total: float, squares: float, near: float, near_total: float) -> float:
    """By how many standard deviations the nearest of each row exceed the mean of all pairs; 0 where all are alike."""
    mean = total / max(pairs, 1.0)
    variance = squares / max(pairs, 1.0) - mean**2
    return (near_total / near - mean) / math.sqrt(variance) if near and variance > ALL_ALIKE else 0.0
