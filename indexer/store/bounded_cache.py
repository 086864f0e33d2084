"""Caches that live from request to request, with a bound: a service runs for months, and anybody may send queries."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(dict[Key, Value]):
    """A cache that is emptied when the sizes of its values would exceed `max_size` in all.

    This is cruder than evicting the oldest value, but a lookup costs nothing extra, and frequent values soon return.
    """

    def __init__(self, max_size: int) -> None:
        super().__init__()
        self._max_size = max_size
        self._size = 0

    def keep(self, key: Key, value: Value, size: int = 1) -> Value:
        """Caches a value and returns it. size: in the unit of `max_size`; a value larger than that is not cached."""
        if self._size + size > self._max_size:
            self.clear()
            self._size = 0
        if size <= self._max_size:
            self[key] = value
            self._size += size
        return value
