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

# A post may count a tenth of what it would, or ten times as much; beyond that it is better pinned or hidden.
LEAST_BOOST, MOST_BOOST = 0.1, 10
_IN_A_NAME = re.compile(r"[\w./-]")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}", re.ASCII)


# ------------------------------------------------------------------------------------------------ front matter


_TABLES = ("extra", "taxonomies", "params")  # where Zola and Hugo want keys that they do not know

# Under which keys of a mapping the name of a related post is looked for.
NAMING_KEYS = ("url", "path", "href", "link", "post", "id", "slug")
_NOTHING = ("", "~", "null", "Null", "NULL")  # YAML's words for no value; a text may be one of them by chance only

_SWITCHES = dict.fromkeys(["true", "yes", "on", "y", "1"], True) | dict.fromkeys(
    ["false", "no", "off", "n", "0"], False
)


class FrontMatterFields:
    """Front matter as the keys of the settings see it. YAML gives texts only; TOML and JSON give what they say."""

    def __init__(self, parts: Split, settings: ContentSettings) -> None:
        self._values = parts.values or {}
        self._folded = {key.casefold(): value for key, value in self._values.items()}
        self._tables = [table for name in _TABLES if isinstance(table := self._values.get(name), dict)]
        self._names = {*self._folded, *(name.casefold() for table in self._tables for name in table)}
        self._lines = parts.lines
        self._front = parts.front
        self._keys = settings.keys

    def text(self, keys: tuple[str, ...]) -> str:
        """The first of the keys that holds a text, as one; empty where none does."""
        for key in keys:
            value = self._at(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return nfc(str(value)).strip()
        return ""

    def texts(self, keys: tuple[str, ...]) -> list[str]:
        """All texts below all the keys: lists as they are, a single text cut at commas."""
        found: list[str] = []
        for key in keys:
            value = self._at(key)
            items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
            found += [
                nfc(str(item)).strip()
                for item in items
                if isinstance(item, str | int | float) and not isinstance(item, bool)
            ]
        return [text for text in found if text]

    def whole_number(self, keys: tuple[str, ...]) -> int | None:
        text = self.text(keys)
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None

    def dated(self) -> date | None:
        """The date of the first key that holds one. Raises BadFrontMatter where it holds something else."""
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
        """What the scores of the post are multiplied by. Raises BadFrontMatter where the key holds anything else."""
        for key in self._keys.boost:
            said = self._at(key)
            if said is None or said == "":
                continue
            number = float(said) if isinstance(said, str) and _NUMBER.fullmatch(said) else said
            if isinstance(number, int | float) and not isinstance(said, bool) and LEAST_BOOST <= number <= MOST_BOOST:
                return float(number)
            raise BadFrontMatter(
                f'"{key}" is not a number from {LEAST_BOOST} to {MOST_BOOST}: {str(said)[:40]!r}',
                self._line_within(key),
            )
        return 1.0

    def _line_within(self, key: str) -> int | None:
        """The line of a key, in any case; of one within a mapping the line below the mapping's key that names it."""
        lines = {name.casefold(): number for name, number in self._lines.items()}
        outer, _, inner = key.casefold().rpartition(".")
        whole = lines.get(key.casefold())
        start = lines.get(outer.partition(".")[0]) if whole is None else whole
        if whole is None and start is not None:
            below = self._front.casefold().split("\n")[start - 1 :]
            return next((number for number, line in enumerate(below, start) if _stands_in(line, inner)), start)
        return lines.get(inner) if start is None else start

    def references(self, keys: tuple[str, ...]) -> tuple[Reference, ...]:
        """The related posts as the editor named them, from the first of the keys that holds any."""
        for key in keys:
            if names := [name for name in reference_names(self._at(key)) if name]:
                return tuple(Reference(name, self._line_of(key, name)) for name in names)
        return ()

    def place_of_references(self, keys: tuple[str, ...]) -> tuple[str, ...] | None:
        """The place of the list that `references` reads, or else of the first that stands empty."""
        known = [(self._place(key), self._at(key)) for key in keys if self._at(key) is not None]
        return next((place for place, value in known if any(reference_names(value))), None) or next(
            (place for place, _ in known), None
        )

    def _place(self, key: str) -> tuple[str, ...]:
        """The keys as they stand in the file, from the outermost inwards, of a value that `_at` finds."""
        if _reach(self._values, key) is not None:
            return tuple(key.split("."))
        if _reach(self._folded, key.casefold()) is not None:
            first, *inner = key.casefold().split(".")
            return ([name for name in self._values if name.casefold() == first][-1], *inner)
        table = next(
            name
            for name in _TABLES
            if isinstance(found := self._values.get(name), dict) and _reach(found, key) is not None
        )
        return (table, *key.split("."))

    def _line_of(self, key: str, name: str) -> int | None:
        """The line that names a related post, looked for below its key; the key's own line where it is not found."""
        start = self._lines.get(key)
        if start is None:
            return None
        below = self._front.split("\n")[start - 1 :]
        return next((number for number, line in enumerate(below, start) if _stands_in(line, name)), start)

    def line(self, keys: tuple[str, ...]) -> int | None:
        return next((self._lines[key] for key in keys if key in self._lines), None)

    def says(self, key: str, wanted: bool) -> bool:
        """Whether a switch is thrown: a boolean, 1 or 0, or YAML's texts such as yes and off, in any case.

        Raises BadFrontMatter for a draft that is neither: what cannot be read must never be published by mistake.
        """
        value = self._at(key)
        if not isinstance(value, str | int):
            return False
        text = str(value).strip().lower()
        if text and key == "draft" and text not in _SWITCHES:
            raise BadFrontMatter(f'"draft" is neither true nor false: {text[:40]!r}', self.line(("draft", "Draft")))
        return _SWITCHES.get(text) is wanted

    def _at(self, key: str) -> Any:
        """The value at a key; dots reach into mappings, also into a table named `extra` or `taxonomies` (Zola)."""
        if _first_name(key) not in self._names:
            return None  # nine keys in ten
        for values, name in ((self._values, key), (self._folded, key.casefold())):
            if (found := _reach(values, name)) is not None:
                return found
        return next((found for table in self._tables if (found := _reach(table, key)) is not None), None)


@lru_cache
def _first_name(key: str) -> str:
    """Where a key leads first, in any case. The keys of the settings are asked of every post."""
    return key.partition(".")[0].casefold()


def _reach(values: dict[str, Any], key: str) -> Any:
    value: Any = values
    for part in key.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _stands_in(line: str, name: str) -> bool:
    """Whether a line holds a name as a whole, not as a part of a longer one."""
    place = line.find(name)
    while place >= 0:
        before, after = line[place - 1 : place], line[place + len(name) :][:1]
        if not _IN_A_NAME.match(before) and not _IN_A_NAME.match(after):
            return True
        place = line.find(name, place + 1)
    return False


def reference_names(value: Any) -> list[str]:
    """The names in a list of related posts, item by item, empty where an item has none."""
    items = [value] if isinstance(value, str | dict) else value if isinstance(value, list) else []
    return [_reference_name(item) for item in items]


def _reference_name(item: Any) -> str:
    """A related post as a name: the text itself, or the url or path of a mapping."""
    if isinstance(item, dict):
        item = next((item[key] for key in NAMING_KEYS if item.get(key)), "")
    name = nfc(str(item)).strip() if isinstance(item, str | int) else ""
    return "" if name in _NOTHING else name


def references_in(parts: Split, settings: ContentSettings) -> tuple[Reference, ...]:
    """The related posts that front matter names, as a post would have them."""
    return FrontMatterFields(parts, settings).references(settings.keys.related)


def title_in(parts: Split, settings: ContentSettings) -> str:
    """The title as front matter has it, with tags and markup that the title of a post has lost; empty without one."""
    return FrontMatterFields(parts, settings).text(settings.keys.title)


def place_of_references(parts: Split, settings: ContentSettings) -> tuple[str, ...] | None:
    """Where the related posts stand, as keys from the outermost inwards; else where a list of them stands empty."""
    return FrontMatterFields(parts, settings).place_of_references(settings.keys.related)
