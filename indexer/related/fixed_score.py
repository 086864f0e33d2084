"""The fixed score and the numbers that the build and the read side must agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Where a generation keeps what was worked out.
FOLDER = "vectors"
# The nearest posts of a post, whose lists and links speak for a target.
VOTING_NEIGHBOURS = 30
# Which neighbour's similarity says how much of a hub a post is.
HUB_RANK = 10
YEAR = 365.0
# Posts whose whole texts are this alike are one post twice: a warning for the editor, not a suggestion.
NEARLY_SAME = 0.97
# What closeness in time is worth beside a similarity of 1 where nothing has been learned: editors link the posts of
# their day. It changes nothing on sites without dates.
RECENCY_SHARE = 0.08
# How much of the correction for hubs the fixed score takes: s · (s / √(r_i r_j)) ** HUB, r the 10th-best similarity.
HUB = 0.25


def fixed_score(
    similarity: NDArray[np.float64], for_hub: NDArray[np.float64], recency: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The score that ranks where nothing was learned."""
    score: NDArray[np.float64] = similarity * np.power(np.maximum(for_hub, 0.0), HUB) + RECENCY_SHARE * recency
    return score
