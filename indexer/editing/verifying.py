"""What every change of front matter is held against before it is saved: parsed again, it says what was intended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from indexer.content.front_matter import BadFrontMatter
from indexer.editing.document import Document, read_document
from indexer.editing.list_edit import KeyPath, Unsafe
from indexer.errors import CannotWrite
from indexer.settings import ContentSettings


@contextmanager
def explained(path: str, data: bytes) -> Iterator[None]:
    """Raises the reason why nothing can be written as CannotWrite, with the file and the line."""
    opening = len(data[: len(data) - len(data.lstrip())].splitlines()) + 1  # the line that opens the front matter
    try:
        yield
    except BadFrontMatter as error:
        raise CannotWrite(_reason(path, error.line, error.reason)) from None
    except Unsafe as error:
        raise CannotWrite(_reason(path, error.line and error.line + opening, error.reason)) from None


def _reason(path: str, line: int | None, reason: str) -> str:
    return f"{path}, line {line}: not changed: {reason}" if line else f"{path}: not changed: {reason}"


def value_at(values: Any, key_path: KeyPath) -> Any:
    """The value at a key path; None where there is none."""
    for name in key_path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def with_value(document: Document, key_path: KeyPath, value: Any) -> dict[str, Any]:
    """The values of the front matter with another one at a key path; None takes the key away."""
    values: dict[str, Any] = deepcopy(document.parts.values or {})
    container = values
    for name in key_path[:-1]:
        container = container.setdefault(name, {})
    if value is None:
        container.pop(key_path[-1], None)
    else:
        container[key_path[-1]] = value
    return values


def read_again(content: ContentSettings, document: Document, after: bytes, intended: dict[str, Any]) -> Document:
    """The new file, parsed. Raises Unsafe unless it has the intended values, and differs only in its block."""
    try:
        found = read_document(after, content.blank_lines_first)
    except (BadFrontMatter, Unsafe) as error:
        raise Unsafe(f"written anew, it could not be read: {error}") from None
    if found.parts.values != intended or (found.above, found.below) != (document.above, document.below):
        raise Unsafe("written anew, it would say something else: write it by hand")
    return found
