"""What a search engine must do to be compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks.peers.questions import KINDS, Question

FIRST_PAGE = 10
# The numbers of the first ten posts, best first, and how many posts match; None where a peer cannot tell.
Answer = tuple[list[int], int | None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking, such as "ids and count". own: kinds that it can only ask in a manner of its own."""

    name: str
    answer: Callable[[Question], Answer]
    kinds: tuple[str, ...] = KINDS
    own: tuple[str, ...] = ()


class Peer(Protocol):
    """One engine with its own sensible best settings, which `settings` says in words."""

    name: str
    settings: str
    threads: str

    def read(self, material: Path) -> Any:
        """The posts in the form that `build` takes; not counted."""

    def build(self, posts: Any, folder: Path) -> dict[str, float]:
        """Analyses and writes an index into an empty folder: what is counted. Gives seconds of parts worth telling."""

    def open(self, folder: Path) -> list[Way]:
        """Ready to answer; the first way is the one with the least to do."""
