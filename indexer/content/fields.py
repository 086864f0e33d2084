"""The fields of a post in its front matter, under the keys that the settings name."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from indexer.content.front_matter import BadFrontMatter, Split
from indexer.content.urls import nfc
from indexer.model import Reference
from indexer.settings import ContentSettings

# Bounds of a post's boost; beyond them it is better pinned or hidden.
LEAST_BOOST, MOST_BOOST = 0.1, 10
_NAME_CHARACTER = re.compile(r"[\w./-]")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}", re.ASCII)

_TABLES = ("extra", "taxonomies", "params")  # in which Zola and Hugo expect keys that they do not know

# The keys of a mapping under which the name of a related post is looked for.
NAMING_KEYS = ("url", "path", "href", "link", "post", "id", "slug")
_NULLS = ("", "~", "null", "Null", "NULL")  # YAML's spellings of no value

_SWITCHES = dict.fromkeys(["true", "yes", "on", "y", "1"], True) | dict.fromkeys(
    ["false", "no", "off", "n", "0"], False
)


class FrontMatterFields:
    """Front matter by the keys of the settings. Values of YAML are strings; those of TOML and JSON have their types."""

    def __init__(self, parts: Split, settings: ContentSettings) -> None:
        self._values = parts.values or {}
        self._folded = {key.casefold(): value for key, value in self._values.items()}
        self._tables = [table for name in _TABLES if isinstance(table := self._values.get(name), dict)]
        self._names = {*self._folded, *(name.casefold() for table in self._tables for name in table)}
        self._lines = parts.lines
        self._front = parts.front
        self._keys = settings.keys

    def text(self, keys: tuple[str, ...]) -> str:
        """The value of the first key with a non-empty string or number, as a string; empty if there is none."""
        for key in keys:
            value = self._at(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return nfc(str(value)).strip()
        return ""

    def texts(self, keys: tuple[str, ...]) -> list[str]:
        """The non-empty strings and numbers of all keys, as strings: items of lists, and strings split at commas."""
        texts: list[str] = []
        for key in keys:
            value = self._at(key)
            items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
            texts += [
                nfc(str(item)).strip()
                for item in items
                if isinstance(item, str | int | float) and not isinstance(item, bool)
            ]
        return [text for text in texts if text]

    def whole_number(self, keys: tuple[str, ...]) -> int | None:
        text = self.text(keys)
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None

    def dated(self) -> date | None:
        """The date at the first key that has one. Raises BadFrontMatter if a key has another value."""
        for key in self._keys.date:
            value = self._at(key)
            if isinstance(value, datetime):
                return value.date()
            if isinstance(value, date):
                return value
            if isinstance(value, str) and value.strip() and value.strip().lower() not in _SWITCHES:
                return self._parsed_date(key, value.strip())
        return None

    def _parsed_date(self, key: str, text: str) -> date:
        match = re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", text) or re.match(
            r"(\d{4})(\d{2})(\d{2})(?!\d)", text
        )
        try:
            if match:
                return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            pass
        raise BadFrontMatter(f'"{key}" is not a date: {text[:40]!r}', self._lines.get(key))

    def boost(self) -> float:
        """The factor of the post's scores, 1 if not set. Raises BadFrontMatter for a value out of bounds."""
        for key in self._keys.boost:
            value = self._at(key)
            if value is None or value == "":
                continue
            number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
            if isinstance(number, int | float) and not isinstance(value, bool) and LEAST_BOOST <= number <= MOST_BOOST:
                return float(number)
            raise BadFrontMatter(
                f'"{key}" is not a number from {LEAST_BOOST} to {MOST_BOOST}: {str(value)[:40]!r}',
                self._line_within(key),
            )
        return 1.0

    def _line_within(self, key: str) -> int | None:
        """The line of a key, in any case; of a dotted key the first line with its last name below the outer key."""
        lines = {name.casefold(): number for name, number in self._lines.items()}
        outer, _, inner = key.casefold().rpartition(".")
        exact = lines.get(key.casefold())
        start = lines.get(outer.partition(".")[0]) if exact is None else exact
        if exact is None and start is not None:
            below = self._front.casefold().split("\n")[start - 1 :]
            return next((number for number, line in enumerate(below, start) if _contains_name(line, inner)), start)
        return lines.get(inner) if start is None else start

    def references(self, keys: tuple[str, ...]) -> tuple[Reference, ...]:
        """The related posts as the editor named them, from the first key that has any."""
        for key in keys:
            if names := [name for name in reference_names(self._at(key)) if name]:
                return tuple(Reference(name, self._line_of(key, name)) for name in names)
        return ()

    def key_path_of_references(self, keys: tuple[str, ...]) -> tuple[str, ...] | None:
        """The key path of the list that `references` reads, or else of the first empty list."""
        candidates = [(self._key_path(key), self._at(key)) for key in keys if self._at(key) is not None]
        return next((path for path, value in candidates if any(reference_names(value))), None) or next(
            (path for path, _ in candidates), None
        )

    def _key_path(self, key: str) -> tuple[str, ...]:
        """The keys as written in the file, outermost first, of a value that `_at` finds."""
        if _value_at(self._values, key) is not None:
            return tuple(key.split("."))
        if _value_at(self._folded, key.casefold()) is not None:
            first, *inner = key.casefold().split(".")
            return ([name for name in self._values if name.casefold() == first][-1], *inner)
        table = next(
            name
            for name in _TABLES
            if isinstance(values := self._values.get(name), dict) and _value_at(values, key) is not None
        )
        return (table, *key.split("."))

    def _line_of(self, key: str, name: str) -> int | None:
        """The first line below a key that names a related post; the key's own line if there is none."""
        start = self._lines.get(key)
        if start is None:
            return None
        below = self._front.split("\n")[start - 1 :]
        return next((number for number, line in enumerate(below, start) if _contains_name(line, name)), start)

    def line(self, keys: tuple[str, ...]) -> int | None:
        """The line of the first of the keys that is at the top level."""
        return next((self._lines[key] for key in keys if key in self._lines), None)

    def is_set_to(self, key: str, wanted: bool) -> bool:
        """Whether a key has this boolean, 1 or 0, or one of YAML's words for it such as yes and off, in any case.

        Raises BadFrontMatter for a draft that is neither, so that no draft is published because of a typo.
        """
        value = self._at(key)
        if not isinstance(value, str | int):
            return False
        text = str(value).strip().lower()
        if text and key == "draft" and text not in _SWITCHES:
            raise BadFrontMatter(f'"draft" is neither true nor false: {text[:40]!r}', self.line(("draft", "Draft")))
        return _SWITCHES.get(text) is wanted

    def _at(self, key: str) -> Any:
        """The value at a key, whose dots lead into mappings; tables such as `extra` are searched too."""
        if _first_name(key) not in self._names:
            return None  # nine keys in ten
        for values, name in ((self._values, key), (self._folded, key.casefold())):
            if (value := _value_at(values, name)) is not None:
                return value
        return next((value for table in self._tables if (value := _value_at(table, key)) is not None), None)


@lru_cache  # the keys of the settings are looked up in every post
def _first_name(key: str) -> str:
    """The first name of a dotted key, case-folded."""
    return key.partition(".")[0].casefold()


def _value_at(values: dict[str, Any], key: str) -> Any:
    value: Any = values
    for part in key.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _contains_name(line: str, name: str) -> bool:
    """Whether a line contains a name that is not part of a longer one."""
    offset = line.find(name)
    while offset >= 0:
        before, after = line[offset - 1 : offset], line[offset + len(name) :][:1]
        if not _NAME_CHARACTER.match(before) and not _NAME_CHARACTER.match(after):
            return True
        offset = line.find(name, offset + 1)
    return False


def reference_names(value: Any) -> list[str]:
    """The name in each item of a list of related posts, empty if an item has none."""
    items = [value] if isinstance(value, str | dict) else value if isinstance(value, list) else []
    return [_reference_name(item) for item in items]


def _reference_name(item: Any) -> str:
    """The name of a related post: the string itself, or the value of a mapping at one of NAMING_KEYS."""
    if isinstance(item, dict):
        item = next((item[key] for key in NAMING_KEYS if item.get(key)), "")
    name = nfc(str(item)).strip() if isinstance(item, str | int) else ""
    return "" if name in _NULLS else name


def references_in(parts: Split, settings: ContentSettings) -> tuple[Reference, ...]:
    """The related posts named in front matter."""
    return FrontMatterFields(parts, settings).references(settings.keys.related)


def title_in(parts: Split, settings: ContentSettings) -> str:
    """The title as written in front matter, with template tags and markup; empty if there is none."""
    return FrontMatterFields(parts, settings).text(settings.keys.title)


def key_path_of_references(parts: Split, settings: ContentSettings) -> tuple[str, ...] | None:
    """The keys of the list of related posts, outermost first; of an empty list if there is no other, None if none."""
    return FrontMatterFields(parts, settings).key_path_of_references(settings.keys.related)
