"""The fields of a post in its front matter, under the keys that the settings name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from indexer.content.front_matter import BadFrontMatter, Split, split
from indexer.content.urls import nfc
from indexer.model import Reference, UnreadableField
from indexer.settings import ContentSettings

# Bounds of a post's boost; beyond them it is better pinned or hidden.
LEAST_BOOST, MOST_BOOST = 0.1, 10
_NAME_CHARACTER = re.compile(r"[\w./-]")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}", re.ASCII)

# ISO 8601, also with slashes or dots or in one; 08 Jul 2022, also of RFC 822; Jul 8, 2022.
_DATE_FORMS = [
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        r"(?:[a-z]{3,9},? +)?(?P<day>\d{1,2})(?:[a-z]{2})?[ .-]+(?P<month>[a-z]{3,9})[.,]*[ -]+(?P<year>\d{4})(?!\d)",
        r"(?:[a-z]{3,9},? +)?(?P<month>[a-z]{3,9})\.? +(?P<day>\d{1,2})(?:[a-z]{2})?,? +(?P<year>\d{4})(?!\d)",
    )
]
# What may follow a date: a time of day, which only counts where it is none.
_TIME = re.compile(r"[Tt, ]{0,4}(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_ZONED = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ]+(\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?\s*([Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

TABLES = ("extra", "taxonomies", "params")  # in which Zola and Hugo expect keys that they do not know

# The keys of a mapping under which the name of a related post is looked for.
NAMING_KEYS = ("url", "path", "href", "link", "post", "id", "slug")
_NULLS = ("", "~", "null", "Null", "NULL")  # YAML's spellings of no value

# Under these keys Jekyll reads a text without a comma as one word each: categories: jekyll update.
_SPACED_KEYS = ("tags", "categories")

_SWITCHES = dict.fromkeys(["true", "yes", "on", "y", "1"], True) | dict.fromkeys(
    ["false", "no", "off", "n", "0"], False
)


class FrontMatterFields:
    """Front matter by the keys of the settings. Values of YAML are strings; those of TOML and JSON have their types."""

    def __init__(self, parts: Split, settings: ContentSettings, defaults: Mapping[str, Any] | None = None) -> None:
        self._values = {**(defaults or {}), **(parts.values or {})}
        self._folded = {key.casefold(): value for key, value in self._values.items()}
        self._tables = [table for name in TABLES if isinstance(table := self._values.get(name), dict)]
        self._names = {*self._folded, *(name.casefold() for table in self._tables for name in table)}
        self._lines = parts.lines
        self._front = parts.front
        self._keys = settings.keys
        self._timezone = settings.timezone
        self._spaced_keys = _SPACED_KEYS if settings.tags_are_words else ()
        self.unreadable = [UnreadableField(1, parts.unread)] if parts.unread else []

    def text(self, keys: tuple[str, ...]) -> str:
        """The value of the first key with a non-empty string or number, as a string; empty if there is none."""
        for key in self._among(keys):
            value = self._at(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return nfc(str(value)).strip()
        return ""

    def texts(self, keys: tuple[str, ...]) -> list[str]:
        """The non-empty strings and numbers of all keys, as strings: items of lists, and strings split at commas."""
        texts: list[str] = []
        for key in self._among(keys):
            value = self._at(key)
            if isinstance(value, str):
                value = value.split(None if key in self._spaced_keys and "," not in value else ",")
            texts += [nfc(str(item)).strip() for item in _flat(value)]
        return [text for text in texts if text]

    def whole_number(self, keys: tuple[str, ...]) -> int | None:
        text = self.text(keys)
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None

    def dated(self, keys: tuple[str, ...]) -> date | None:
        """The date at the first key that has a value. Raises BadFrontMatter if that is no date."""
        for key in self._among(keys):
            value = self._at(key)
            if isinstance(value, datetime):
                return _day_in(value, self._timezone)
            if isinstance(value, date):
                return value
            if isinstance(value, str) and value.strip() and value.strip().lower() not in _SWITCHES:
                return self._parsed_date(key, value.strip())
            if isinstance(value, list | dict) and value:
                raise BadFrontMatter(f'"{key}" is not a date: {_in_one_line(value)!r}', self._line_within(key))
        return None

    def dated_if_readable(self, keys: tuple[str, ...]) -> date | None:
        """The same, but a value that is no date is noted as unreadable."""
        try:
            return self.dated(keys)
        except BadFrontMatter as error:
            self.unreadable.append(UnreadableField(error.line, f"{error.reason}, so it does not count"))
            return None

    def _parsed_date(self, key: str, text: str) -> date:
        if self._timezone and (zoned := _ZONED.fullmatch(text)):
            try:
                return _day_in(datetime.fromisoformat(f"{zoned[1]}T{zoned[2]}{zoned[3].upper()}"), self._timezone)
            except ValueError:
                raise BadFrontMatter(f'"{key}" is not a date: {text[:40]!r}', self._line_within(key)) from None
        match = next((match for form in _DATE_FORMS if (match := form.match(text))), None)
        try:
            if match and _is_time(text[match.end() :]):
                month = match["month"]
                number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
                return date(int(match["year"]), number, int(match["day"]))
        except ValueError:
            pass
        raise BadFrontMatter(f'"{key}" is not a date: {text[:40]!r}', self._line_within(key))

    def boost(self) -> float:
        """The factor of the post's scores, 1 if not set. A value out of bounds is noted as unreadable."""
        for key in self._keys.boost:
            value = self._at(key)
            if value is None or value == "":
                continue
            number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
            if isinstance(number, int | float) and not isinstance(value, bool) and LEAST_BOOST <= number <= MOST_BOOST:
                return float(number)
            reason = f'"{key}" is not a number from {LEAST_BOOST} to {MOST_BOOST}: {str(value)[:40]!r}'
            self.unreadable.append(UnreadableField(self._line_within(key), f"{reason}, so it does not count"))
            return 1.0
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

    def names(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """The posts named in a list or in the values of a mapping (pt: /gif/), from the first key that has any."""
        for key in keys:
            value = self._at(key)
            if isinstance(value, dict) and not any(value.get(name) for name in NAMING_KEYS):
                value = list(value.values())
            if names := [name for name in reference_names(value) if name]:
                return tuple(names)
        return ()

    def key_path_of_references(self, keys: tuple[str, ...]) -> tuple[str, ...] | None:
        """The key path of the list that `references` reads, or else of the first empty list."""
        candidates = [
            (self._key_path(key), value)
            for key in keys
            if (value := self._at(key)) is not None and not _is_switch(value)
        ]
        return next((path for path, value in candidates if any(reference_names(value))), None) or next(
            (path for path, _ in candidates), None
        )

    def written(self, key: str) -> str:
        """A key as the front matter has it, with the table that it lies in; empty if it is not there."""
        return ".".join(self._key_path(key)) if self._at(key) is not None else ""

    def is_switch(self, key: str) -> bool:
        """Whether the value at a key is true or false in any of YAML's words, and so neither a date nor a name."""
        return str(self._at(key)).strip().lower() in _SWITCHES

    def _key_path(self, key: str) -> tuple[str, ...]:
        """The keys as written in the file, outermost first, of a value that `_at` finds."""
        if _value_at(self._values, key) is not None:
            return tuple(key.split("."))
        if _value_at(self._folded, key.casefold()) is not None:
            first, *inner = key.casefold().split(".")
            return ([name for name in self._values if name.casefold() == first][-1], *inner)
        table = next(
            name
            for name in TABLES
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

    def note(self, keys: tuple[str, ...], reason: str) -> None:
        """Notes that the value of the first of the keys cannot be used."""
        self.unreadable.append(UnreadableField(self.line(keys), reason))

    def line(self, keys: tuple[str, ...]) -> int | None:
        """The line of the first of the keys that is at the top level."""
        return next((self._lines[key] for key in keys if key in self._lines), None)

    def matched(self, rules: tuple[str, ...]) -> str | None:
        """The first of the rules `key: value` that holds; case does not matter, nor which of YAML's words for true or
        false is used.

        Raises BadFrontMatter for a draft that is neither true nor false, so that none is published because of a typo.
        """
        if self._names.isdisjoint(_names_in_rules(rules)):
            return None
        for rule in rules:
            key, value = _parsed_rule(rule)
            found = self._at(key)
            if not isinstance(found, str | int):
                continue
            text = str(found).strip().lower()
            if text and key == "draft" and text not in _SWITCHES:
                raise BadFrontMatter(f'"draft" is neither true nor false: {text[:40]!r}', self.line(("draft", "Draft")))
            if _SWITCHES.get(text, text) == value:
                return rule
        return None

    def _among(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Keys of the settings, none where the front matter has none of them: so it is with nine in ten."""
        return () if self._names.isdisjoint(_first_names(keys)) else keys

    def _at(self, key: str) -> Any:
        """The value at a key, whose dots lead into mappings; tables such as `extra` are searched too."""
        if _first_name(key) not in self._names:
            return None
        for values, name in ((self._values, key), (self._folded, key.casefold())):
            if (value := _value_at(values, name)) is not None:
                return value
        return next((value for table in self._tables if (value := _value_at(table, key)) is not None), None)


def _is_time(text: str) -> bool:
    """Whether what follows a date is no impossible time of day, such as 25:99:00."""
    match = _TIME.match(text)
    return match is None or (int(match[1]) <= 24 and int(match[2]) < 60 and int(match[3] or 0) <= 60)


def _in_one_line(value: Any) -> str:
    """The beginning of a list or mapping."""
    return json.dumps(value, ensure_ascii=False, default=str)[:40]


def _day_in(moment: datetime, timezone: str) -> date:
    """The day of a moment in a time zone; as it is written if either says none, or the zone is not known here."""
    if moment.tzinfo and timezone:
        with suppress(ZoneInfoNotFoundError, ValueError, OverflowError):
            return moment.astimezone(ZoneInfo(timezone)).date()
    return moment.date()


@lru_cache
def _names_in_rules(rules: tuple[str, ...]) -> frozenset[str]:
    """The first names of the keys in rules, case-folded."""
    return frozenset(_first_name(_parsed_rule(rule)[0]) for rule in rules)


@lru_cache  # the rules of the settings are looked up in every post
def _parsed_rule(rule: str) -> tuple[str, str | bool]:
    """A rule `key: value` as the key and its value, true and false in any of YAML's words as a boolean."""
    key, _, value = (part.strip() for part in rule.partition(":"))
    return key, _SWITCHES.get(value.lower(), value.lower())


@lru_cache  # the keys of the settings are looked up in every post
def _first_name(key: str) -> str:
    """The first name of a dotted key, case-folded."""
    return key.partition(".")[0].casefold()


@lru_cache
def _first_names(keys: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_first_name, keys))


def _flat(value: Any) -> Iterator[str | int | float]:
    """The strings and numbers of a value: items of lists within lists, and of a mapping its name or title."""
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        yield from _flat(next((value[key] for key in ("name", "title", "slug") if value.get(key)), None))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value


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
    if _is_switch(value):
        return []
    items = [value] if isinstance(value, str | dict) else value if isinstance(value, list) else []
    return [_reference_name(item) for item in items]


def _is_switch(value: Any) -> bool:
    """Whether a value switches related posts on or off, as `related: true` does in several themes."""
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in ("true", "false"))


def _reference_name(item: Any) -> str:
    """The name of a related post: the string itself, or the value of a mapping at one of NAMING_KEYS."""
    if isinstance(item, dict):
        item = next((item[key] for key in NAMING_KEYS if item.get(key)), "")
    name = nfc(str(item)).strip() if isinstance(item, str | int) else ""
    return "" if name in _NULLS else name


def split_by(settings: ContentSettings, data: bytes) -> Split:
    """A file's bytes → front matter and body, as the settings say they are told apart. Raises BadFrontMatter."""
    return split(data, settings.metadata_lines, settings.blank_lines_first)


def references_in(parts: Split, settings: ContentSettings) -> tuple[Reference, ...]:
    """The related posts named in front matter."""
    return FrontMatterFields(parts, settings).references(settings.keys.related)


def title_in(parts: Split, settings: ContentSettings) -> str:
    """The title as written in front matter, with template tags and markup; empty if there is none."""
    return FrontMatterFields(parts, settings).text(settings.keys.title)


def key_path_of_references(parts: Split, settings: ContentSettings) -> tuple[str, ...] | None:
    """The keys of the list of related posts, outermost first; of an empty list if there is no other, None if none."""
    return FrontMatterFields(parts, settings).key_path_of_references(settings.keys.related)
