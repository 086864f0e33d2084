"""A list in TOML front matter, extended by tomlkit, which leaves everything else as it stands.

The same four functions as in yaml_list.py, for the other format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable, String

from indexer.editing.list_edit import (
    Entry,
    ExistingList,
    ListStyle,
    Place,
    Splice,
    Unsafe,
    end_of_line,
    next_line,
    usual_quote,
)

USUAL = ListStyle(flow=True, quote='"')  # where no list tells how

_HEADER = re.compile(r"[ \t]*\[")
_KEY = re.compile(r"[ \t]*([\w-]+)[ \t]*=")
_CLOSING = re.compile(r"[\]}]|\"{3}|'{3}")  # one of these ends each value that goes on over several lines
_UNSAID = re.compile(r"[ \t]*(?:#[^\r\n]*)?[\r\n]*")


def existing_list(block: str, place: Place) -> ExistingList | None:
    """How the list at a place is written; None where none stands there that holds anything."""
    table, value = _at(_document(block), place)
    if not isinstance(value, Array) or not value:
        return None
    items = list(value)
    shape = tuple((key, _quote(said)) for key, said in items[-1].items()) if isinstance(items[-1], Mapping) else ()
    quotes = [(_quote(one), False) for one in items if isinstance(one, String)]
    keys = list(table)
    place_of_own = keys.index(place[-1])
    look = ListStyle(flow="\n" not in value.as_string(), quote=usual_quote(quotes), shape=shape)
    return ExistingList(look, keys[place_of_own - 1] if place_of_own else "")


def extended(block: str, place: Place, entries: Sequence[Entry], look: ListStyle, usual_end: str) -> Splice:
    """What adds entries to the list at a place; a single text there becomes the first item.

    look: how a list is written that holds nothing yet. usual_end: what ends a line where no line tells.
    """
    document = _document(block)
    table, value = _at(document, place)
    if isinstance(value, Array) and value:
        for entry in entries:
            value.append(_item(entry, look))
    elif isinstance(value, Array | String):
        first = [value] if isinstance(value, String) and value else []
        if isinstance(value, Array) and value.as_string().strip("[ \t]"):
            raise Unsafe("its brackets hold something, but no name: remove that, or write the first name by hand")
        table[place[-1]] = tomlkit.value(_array([*first, *(_item(entry, look) for entry in entries)], look, usual_end))
    else:
        raise Unsafe("it is no list of names: write it as one first")
    return _difference(block, tomlkit.dumps(document))


def inserted(
    block: str, place: Place, entries: Sequence[Entry], look: ListStyle, after: Sequence[str], usual_end: str
) -> Splice:
    """What makes a list at a place where there is none: behind the first of the keys `after` that stands there."""
    end = end_of_line(block, 0, usual_end)
    array = _array([_item(entry, look) for entry in entries], look, end)
    line = f"{tomlkit.key(place[-1]).as_string()} = {array}{end}"
    if len(place) > 1 and place[0] not in _document(block):
        return Splice(len(block), len(block), f"{end}[{tomlkit.key(list(place[:-1])).as_string()}]{end}{line}")
    at = _behind(block, _start_of_table(block, place[:-1]), after)
    return Splice(at, at, line)


def renamed(block: str, place: Place, changes: Mapping[int, str], keys: Sequence[str]) -> list[Splice]:
    """What gives other names to items of the list at a place: their numbers → names. keys: where mappings have them."""
    document = _document(block)
    table, value = _at(document, place)
    for number, name in changes.items():
        within: Any = value if isinstance(value, Array) else table
        where: Any = number if isinstance(value, Array) else place[-1]
        if isinstance(within[where], InlineTable):
            within = within[where]
            where = next(key for key in keys if within.get(key))
        if not isinstance(within[where], String):
            raise Unsafe("one of its names is no text")
        within[where] = _string(name, _quote(within[where]))
    return [_difference(block, tomlkit.dumps(document))]


def _document(block: str) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(block)
    except TOMLKitError as error:
        raise Unsafe(f"not TOML: {error}") from None
    if tomlkit.dumps(document) != block:
        raise Unsafe("it cannot be written back byte for byte")
    return document


def _at(document: tomlkit.TOMLDocument, place: Place) -> tuple[Any, Any]:
    """The table that a place stands in, and its value; None where there is none."""
    table: Any = document
    for name in place[:-1]:
        table = table.get(name, {})
    return table, table.get(place[-1])


def _start_of_table(block: str, names: Place) -> int:
    """Where the first line below the header of a table begins."""
    if not names:
        return 0
    dotted = r"[ \t]*\.[ \t]*".join(map(re.escape, names))
    header = re.search(rf"^[ \t]*\[[ \t]*{dotted}[ \t]*\]", block, re.MULTILINE)
    if header is None:
        raise Unsafe(f'the table "{".".join(names)}" has no line of its own: give it one')
    return next_line(block, header.end())


def _behind(block: str, start: int, after: Sequence[str]) -> int:
    """Where a line begins that stands behind the first of the keys `after`, or behind all keys of a table.

    start: where the table begins. A line ends a value where all from its key on is TOML.
    """
    at, place, ends = start, start, dict[str, int]()
    while place < len(block) and not _HEADER.match(block, place):
        line, place = place, _end_of_value(block, place)
        if not _UNSAID.fullmatch(block, line, place):
            at = place
        if key := _KEY.match(block, line):
            ends[key[1]] = place
    return next((ends[name] for name in after if name in ends), at)


def _end_of_value(block: str, line: int) -> int:
    """Where the line begins that follows a value. line: where the line of its key begins, or one without a key."""
    place = next_line(block, line)
    while place < len(block) and not _whole(block[line:place]):
        closing = _CLOSING.search(block, place)
        place = next_line(block, closing.end()) if closing else len(block)
    return place


def _whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _difference(before: str, after: str) -> Splice:
    """The one stretch of text in which two texts differ."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    return Splice(start, len(before) - end, after[start : len(after) - end])


def _alike(one: str, other: str) -> int:
    """With how many equal characters two texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _item(entry: Entry, look: ListStyle) -> Any:
    if isinstance(entry, str):
        return _string(entry, look.quote)
    table = tomlkit.inline_table()
    for key, said in entry.items():
        table[key] = _string(said, dict(look.shape).get(key, '"'))
    return table


def _string(text: str, quote: str) -> String:
    """A text in these quotes where they can hold it."""
    literal = quote == "'" and "'" not in text and text.isprintable()
    return tomlkit.string(text, literal=literal)


def _quote(value: object) -> str:
    return "'" if isinstance(value, String) and value.as_string().startswith("'") else '"'


def _array(items: Sequence[Any], look: ListStyle, end: str) -> str:
    texts = [item.as_string() for item in items]
    if look.flow:
        return f"[{', '.join(texts)}]"
    return f"[{end}" + "".join(f"{' ' * (look.indent or 2)}{text},{end}" for text in texts) + "]"
