"""The score of fixed weights, and the numbers that the build and the read side must agree on."""

from __future__ import annotations

from collections.abc import Mapping

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


Floats = NDArray[np.floating]


def fixed_score(features: Mapping[str, Floats], shares: Mapping[str, float], scale: float) -> NDArray[np.float64]:
    """The score that ranks where nothing was learned, 0 to about 1.

    features: by name, as in candidates.py. shares: of each field in the similarity. scale: how much recency and fields
    beside the whole text count, above 0 to 1; see distinctness.py.
    """
    weights = {name: share if name == "all_text" else scale * share for name, share in shares.items()}
    similarity = np.zeros(len(features["similarity"]))
    for name, weight in weights.items():
        similarity += weight / sum(weights.values()) * features[name]
    similarity = np.round(similarity, 6)  # or the last bit of a cosine would decide between equals
    hub_corrected = features["hub-corrected similarity"] * similarity / np.maximum(features["similarity"], 1e-9)
    correction = np.power(np.maximum(hub_corrected, 0.0), HUB_EXPONENT)
    score: NDArray[np.float64] = similarity * correction + RECENCY_WEIGHT * scale * features["recency"]
    return score
