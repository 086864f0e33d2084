"""How far the posts nearest to a post stand out from the others: how much short fields and dates may say beside text.

On a site of one subject the same few words stand in most titles and tags. Two posts that share them may have nothing
else in common, and the whole text has to decide. Where near posts stand out, short fields say the same more plainly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.related.languages import SAME, LanguageDistances
from indexer.related.vectors import FieldVectors

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


def distinctness(all_text: FieldVectors, languages: LanguageDistances) -> float:
    """LEAST to 1 in steps of 1 / STEPS, the scale of the fixed score; posts are compared with those of their language.

    In steps, so that one text more hardly ever moves the scores of all.
    """
    posts = all_text.matrix.shape[0]
    if not posts:
        return 1.0
    sample = np.unique(np.linspace(0, posts - 1, min(SAMPLE, posts)).astype(np.int64))
    cosines = (all_text.matrix[sample] @ all_text.matrix.T).toarray()
    table = languages.to_all(sample)
    is_pair = (table == SAME) & (sample[:, None] != np.arange(posts))
    deviations = _deviations(cosines, is_pair, max(1, min(MOST_NEAREST, int(NEAREST_SHARE * posts))))
    return float(np.clip(round((deviations - FROM) / (FULL - FROM) * STEPS) / STEPS, LEAST, 1.0))


def _deviations(cosines: NDArray[np.float64], is_pair: NDArray[np.bool_], nearest: int) -> float:
    """By how many standard deviations the nearest of each row exceed the mean of all pairs; 0 where all are alike."""
    values = cosines[is_pair]
    if not len(values) or values.std() < 1e-9:
        return 0.0
    near = np.where(is_pair, cosines, 0.0)
    best = np.partition(near, near.shape[1] - nearest, axis=1)[:, near.shape[1] - nearest :]
    best.sort(axis=1)  # or the order of a sum would be left to chance
    return float((best[best > 0].mean() - values.mean()) / values.std()) if best.any() else 0.0
