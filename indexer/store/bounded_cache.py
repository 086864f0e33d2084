"""What is remembered from question to question, up to a bound: a service runs for months, and anybody may ask."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(dict[Key, Value]):
    """Values that were worked out once. When they would be more than `most` in all, everything is forgotten.

    That is cruder than to forget the oldest, and costs nothing to look up; what matters is soon there again.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._size = 0

    def keep(self, key: Key, value: Value, size: int = 1) -> Value:
        """Remembers a value and returns it. size: what it takes, in the unit of `most`; too large a one is not kept."""
        if self._size + size > self._most:
            self.clear()
            self._size = 0
        if size <= self._most:
            self[key] = value
            self._size += size
        return value
