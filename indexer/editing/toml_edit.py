"""A list in TOML front matter, changed by tomlkit, which preserves everything else.

The same five functions as in yaml_edit.py, for the other format.
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
    KeyPath,
    ListStyle,
    Splice,
    Unsafe,
    line_ending,
    next_line,
    usual_quote,
)

# An item that is a list of texts, as in a list of lists.
Group = tuple[str, ...]

DEFAULT_STYLE = ListStyle(flow=True, quote='"')  # of a site that has no list yet

_HEADER = re.compile(r"[ \t]*\[")
_KEY = re.compile(r"[ \t]*([\w-]+)[ \t]*=")
_CLOSING = re.compile(r"[\]}]|\"{3}|'{3}")  # ends a value of several lines
_BLANK = re.compile(r"[ \t]*(?:#[^\r\n]*)?[\r\n]*")


def existing_list(block: str, key_path: KeyPath) -> ExistingList | None:
    """The list at a key path; None where there is none, or an empty one."""
    table, value = _at(_document(block), key_path)
    if not isinstance(value, Array) or not value:
        return None
    items = list(value)
    shape = tuple((key, _quote(text)) for key, text in items[-1].items()) if isinstance(items[-1], Mapping) else ()
    quotes = [(_quote(item), False) for item in items if isinstance(item, String)]
    keys = list(table)
    position = keys.index(key_path[-1])
    style = ListStyle(flow="\n" not in value.as_string(), quote=usual_quote(quotes), shape=shape)
    return ExistingList(style, keys[position - 1] if position else "")


def extended(
    block: str, key_path: KeyPath, entries: Sequence[Entry | Group], style: ListStyle, default_ending: str
) -> Splice:
    """The splice that adds entries to the list at a key path; a single text there becomes the first item.

    style: of a list that holds nothing yet. default_ending: of lines, where the text has none.
    """
    document = _document(block)
    table, value = _at(document, key_path)
    if isinstance(value, Array) and value:
        for entry in entries:
            value.append(_item(entry, style))
    elif isinstance(value, Array | String):
        first = [value] if isinstance(value, String) and value else []
        if isinstance(value, Array) and value.as_string().strip("[ \t]"):
            raise Unsafe("its brackets hold something, but no name: remove that, or write the first name by hand")
        table[key_path[-1]] = tomlkit.value(
            _array([*first, *(_item(entry, style) for entry in entries)], style, default_ending)
        )
    else:
        raise Unsafe("it is no list of names: write it as one first")
    return _difference(block, tomlkit.dumps(document))


def inserted(
    block: str,
    key_path: KeyPath,
    entries: Sequence[Entry | Group],
    style: ListStyle,
    after: Sequence[str],
    default_ending: str,
) -> Splice:
    """The splice that makes a list at a new key path, after the first of the keys `after` that exists."""
    ending = line_ending(block, 0, default_ending)
    array = _array([_item(entry, style) for entry in entries], style, ending)
    line = f"{tomlkit.key(key_path[-1]).as_string()} = {array}{ending}"
    lead = ending if block and not block.endswith(("\n", "\r")) else ""
    if len(key_path) > 1 and key_path[0] not in _document(block):
        table = f"[{tomlkit.key(list(key_path[:-1])).as_string()}]"
        return Splice(len(block), len(block), f"{lead}{ending}{table}{ending}{line}")
    at = _insertion_point(block, _start_of_table(block, key_path[:-1]), after)
    return Splice(at, at, f"{lead}{line}" if at == len(block) else line)


def renamed(block: str, key_path: KeyPath, changes: Mapping[int, str], keys: Sequence[str]) -> list[Splice]:
    """The splices that rename items of the list at a key path.

    changes: number of the item → its new name. keys: under which items that are mappings have their name.
    """
    document = _document(block)
    table, value = _at(document, key_path)
    for number, name in changes.items():
        container: Any = value if isinstance(value, Array) else table
        key: Any = number if isinstance(value, Array) else key_path[-1]
        if isinstance(container[key], InlineTable):
            container = container[key]
            key = next(name_key for name_key in keys if container.get(name_key))
        if not isinstance(container[key], String):
            raise Unsafe("one of its names is no text")
        container[key] = _string(name, _quote(container[key]))
    return [_difference(block, tomlkit.dumps(document))]


def removed(block: str, key_path: KeyPath, number: int) -> Splice:
    """The splice that takes an item out of the list at a key path.

    With the last one the key goes, too, unless a comment stands on its line.
    """
    document = _document(block)
    table, value = _at(document, key_path)
    item = value[number] if isinstance(value, Array) else value
    if isinstance(value, Array) and (len(value) > 1 or value.trivia.comment):
        del value[number]
    else:
        table.remove(key_path[-1])
    after = tomlkit.dumps(document)
    if block.count("#") > after.count("#") + item.as_string().count("#"):
        raise Unsafe("a comment stands beside it")
    return _difference(block, after)


def _document(block: str) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(block)
    except TOMLKitError as error:
        raise Unsafe(f"not TOML: {error}") from None
    if tomlkit.dumps(document) != block:
        raise Unsafe("it cannot be written back byte for byte")
    return document


def _at(document: tomlkit.TOMLDocument, key_path: KeyPath) -> tuple[Any, Any]:
    """The table that holds a key path, and the value there; None where there is none."""
    table: Any = document
    for name in key_path[:-1]:
        table = table.get(name, {})
    return table, table.get(key_path[-1])


def _start_of_table(block: str, names: KeyPath) -> int:
    """The start of the first line below the header of a table."""
    if not names:
        return 0
    dotted = r"[ \t]*\.[ \t]*".join(map(re.escape, names))
    header = re.search(rf"^[ \t]*\[[ \t]*{dotted}[ \t]*\]", block, re.MULTILINE)
    if header is None:
        raise Unsafe(f'the table "{".".join(names)}" has no line of its own: give it one')
    return next_line(block, header.end())


def _insertion_point(block: str, start: int, after: Sequence[str]) -> int:
    """Where to insert a line into a table: after the first of the keys `after` that it has, or after all keys.

    start: of the table.
    """
    end_of_keys, position, ends = start, start, dict[str, int]()
    while position < len(block) and not _HEADER.match(block, position):
        line, position = position, _end_of_value(block, position)
        if not _BLANK.fullmatch(block, line, position):
            end_of_keys = position
        if key := _KEY.match(block, line):
            ends[key[1]] = position
    return next((ends[name] for name in after if name in ends), end_of_keys)


def _end_of_value(block: str, line: int) -> int:
    """The start of the line after a value, or after a line without a key. line: the start of the line.

    A value is complete where everything from its key on is valid TOML.
    """
    position = next_line(block, line)
    while position < len(block) and not _is_valid(block[line:position]):
        closing = _CLOSING.search(block, position)
        position = next_line(block, closing.end()) if closing else len(block)
    return position


def _is_valid(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _difference(before: str, after: str) -> Splice:
    """The smallest splice that makes one text of the other."""
    start = _common_prefix(before, after)
    end = _common_prefix(before[start:][::-1], after[start:][::-1])
    return Splice(start, len(before) - end, after[start : len(after) - end])


def _common_prefix(first: str, second: str) -> int:
    """How many characters two texts have in common at their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _item(entry: Entry | Group, style: ListStyle) -> Any:
    if isinstance(entry, str):
        return _string(entry, style.quote)
    if isinstance(entry, tuple):
        return tomlkit.item([_string(text, style.quote) for text in entry])
    table = tomlkit.inline_table()
    for key, text in entry.items():
        table[key] = _string(text, dict(style.shape).get(key, '"'))
    return table


def _string(text: str, quote: str) -> String:
    """A text in these quotes where they can hold it."""
    literal = quote == "'" and "'" not in text and text.isprintable()
    return tomlkit.string(text, literal=literal)


def _quote(value: object) -> str:
    return "'" if isinstance(value, String) and value.as_string().startswith("'") else '"'


def _array(items: Sequence[Any], style: ListStyle, ending: str) -> str:
    texts = [item.as_string() for item in items]
    if style.flow:
        return f"[{', '.join(texts)}]"
    return f"[{ending}" + "".join(f"{' ' * (style.indent or 2)}{text},{ending}" for text in texts) + "]"
