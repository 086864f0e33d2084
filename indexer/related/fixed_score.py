"""The score of fixed weights, and the numbers that the build and the read side must agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# How many nearest neighbours of a post vote: their lists and links speak for a target.
VOTING_NEIGHBOURS = 30
# The similarity of the neighbour of this rank measures how much of a hub a post is.
HUB_RANK = 10
# Days over which recency falls to 1/e.
YEAR = 365.0
# Posts whose cosine of all text reaches this are near-duplicates: a warning for the editor, not a suggestion.
NEARLY_SAME = 0.97
# The weight of recency beside a similarity of 1 where nothing was learned: editors link posts of about the same time.
# On sites without dates it changes nothing.
RECENCY_WEIGHT = 0.08
# The exponent of the hub correction in the fixed score: s · (s / √(r_i r_j)) ** HUB_EXPONENT, r the similarity of the
# neighbour of HUB_RANK. As in local scaling (Schnitzer et al. 2012, "Local and global scaling reduce hubs in space").
HUB_EXPONENT = 0.25


def fixed_score(
    similarity: NDArray[np.float64], hub_corrected: NDArray[np.float64], recency: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The score that ranks where nothing was learned, 0 to about 1. similarity, recency: 0..1."""
    correction = np.power(np.maximum(hub_corrected, 0.0), HUB_EXPONENT)
    score: NDArray[np.float64] = similarity * correction + RECENCY_WEIGHT * recency
    return score
