"""What has changed since the last generation, for writers of the next one; light, as readers are in their modules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Post
from indexer.store.arrays import Files


@dataclass(frozen=True, slots=True)
class Since:
    """What has changed since the last generation, for those who take over what has not.

    files: those of that generation. then: for each post its number there, -1 where it is new or its file has changed.
    gone: the posts of that generation of which this is not said; what they are now is among the new ones.
    """

    files: Files
    then: NDArray[np.int64]
    gone: tuple[Post, ...]

    def now(self) -> NDArray[np.int64]:
        """For each post of that generation its number now, -1 where it is among the gone; and -1 once more."""
        is_kept = self.then >= 0
        now = np.full(np.count_nonzero(is_kept) + len(self.gone) + 1, -1, dtype=np.int64)
        now[self.then[is_kept]] = np.flatnonzero(is_kept)
        return now

    def new(self, corpus: Corpus) -> list[tuple[int, Post]]:
        """The posts that are new, with their numbers."""
        return [(number, corpus[number]) for number in np.flatnonzero(self.then < 0).tolist()]
