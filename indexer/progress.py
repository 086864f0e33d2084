"""How a long piece of work tells how far it is: one way for every step, whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Step = Literal["reading", "indexing", "relating", "checking"]
# Called with the step, parts of it done, and parts in all.
Progress = Callable[[Step, int, int], None]


def silent(step: Step, done: int, of: int) -> None:
    """For those who do not want to know."""
