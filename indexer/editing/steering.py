"""A pin or a search alias in the front matter of a post, a group of synonyms in the settings: written, or taken away.

All of these only read. They return an Edit, which saving.py writes to disk, or a patch shows; its outcome is parsed
again and compared with what was intended.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from indexer.content.fields import TABLES, FrontMatterFields, key_path_of_references
from indexer.content.urls import nfc
from indexer.editing import toml_edit
from indexer.editing.document import Document, read_document
from indexer.editing.edit import Edit
from indexer.editing.list_edit import KeyPath, ListStyle, Splice, Unsafe
from indexer.editing.saving import read_bytes
from indexer.editing.verifying import explained, read_again, value_at, with_value
from indexer.errors import CannotWrite, StaleVersion
from indexer.model import CurationRule
from indexer.search.rule_change import RuleChange
from indexer.settings import ContentSettings
from indexer.text.analysis import title_key

_SYNONYMS = ("search", "synonyms")


def rule_written(content: ContentSettings, path: str, change: RuleChange, version: str | None = None) -> Edit:
    """The edit that writes a pin or a search alias into the file of a post, or takes it away.

    Nothing changes where the post has the rule already, or has it no more. version: of the file that the editor saw.
    Raises StaleVersion where it is another now and something changes; PostGone, NoContent and CannotWrite.
    """
    edit = with_rule(content, path, read_bytes(content, path), change)
    _refuse_stale(edit, version)
    return edit


def with_rule(content: ContentSettings, path: str, data: bytes, change: RuleChange) -> Edit:
    """The same of a file with these bytes. Raises CannotWrite."""
    keys = content.keys.pins if change.rule is CurationRule.PIN else content.keys.search_aliases
    text = nfc(change.texts[0]).strip()
    with explained(path, data):
        document = read_document(data, content.blank_lines_first)
        fields = FrontMatterFields(document.parts, content)
        there = fields.texts(keys)
        own = [key for key in keys if _has(fields.texts((key,)), text)]
        if bool(own) == change.adds:
            return Edit(path, data, data)
        if change.adds:
            key_path = _key_path(fields, keys) or _new_key_path(content, document, keys[0])
            splice, value = _added(document, key_path, text)
            expected = [*there, text]
        else:
            key_path = tuple(fields.written(own[0]).split("."))
            splice, value = _taken_away(document, key_path, text)
            expected = [other for other in there if title_key(other) != title_key(text)]
        after = document.with_splices([splice])
        found = read_again(content, document, after, with_value(document, key_path, value))
        if sorted(FrontMatterFields(found.parts, content).texts(keys)) != sorted(expected):
            raise Unsafe("written anew, something else would be read: write it by hand")
    return Edit(path, data, after, (text,) if change.adds else ())


def _refuse_stale(edit: Edit, version: str | None) -> None:
    if edit.changed and version is not None and version != edit.version:
        raise StaleVersion.of(edit.path)


def _has(texts: Sequence[str], text: str) -> bool:
    return any(title_key(other) == title_key(text) for other in texts)


# ------------------------------------------------------------------------------------------------ front matter


def _key_path(fields: FrontMatterFields, keys: Sequence[str]) -> KeyPath:
    """Where the list is that a post has already; empty where it has none."""
    written = next(filter(None, map(fields.written, keys)), "")
    return tuple(written.split(".")) if written else ()


def _new_key_path(content: ContentSettings, document: Document, key: str) -> KeyPath:
    """Where a new list belongs: in the table in which the post has its list of related posts, or keys of its own."""
    beside = (key_path_of_references(document.parts, content) or ("",))[0]
    tables = [name for name in TABLES if isinstance((document.parts.values or {}).get(name), dict)]
    table = beside if beside in tables else "extra" if "extra" in tables else ""
    return (table, *key.split(".")) if table else tuple(key.split("."))


def _added(document: Document, key_path: KeyPath, text: str) -> tuple[Splice, Any]:
    """The splice that adds a text, and the value that the key has then."""
    value = value_at(document.parts.values, key_path)
    if isinstance(value, str) and "," in value:
        if "," in text:
            raise Unsafe(f'"{".".join(key_path)}" is a text with commas, where one with a comma is two: make it a list')
        return _renamed(document, key_path, f"{value}, {text}")
    style, block, ending = _style(document), document.block, document.line_ending
    if value is None:
        return document.lists.inserted(block, key_path, [text], style, (), ending), [text]
    there = value if isinstance(value, list) else [value] if str(value).strip() else []
    return document.lists.extended(block, key_path, [text], style, ending), [*there, text]


def _taken_away(document: Document, key_path: KeyPath, text: str) -> tuple[Splice, Any]:
    """The splice that takes a text away, and the value that the key has then; None where it goes with it."""
    value = value_at(document.parts.values, key_path)
    if isinstance(value, str) and "," in value:
        left = [part for part in value.split(",") if title_key(part) != title_key(text)]
        if left:
            return _renamed(document, key_path, ",".join(left).strip())
    items = value if isinstance(value, list) else [value]
    found = [number for number, item in enumerate(items) if _has([str(item)], text)]
    if len(items) == 1:
        return document.lists.removed(document.block, key_path, 0), None
    if len(found) != 1 or not isinstance(items[found[0]], str):
        raise Unsafe("it is written in another way than as an item of its own: take it away by hand")
    left = [item for number, item in enumerate(items) if number != found[0]]
    return document.lists.removed(document.block, key_path, found[0]), left


def _renamed(document: Document, key_path: KeyPath, value: str) -> tuple[Splice, str]:
    (splice,) = document.lists.renamed(document.block, key_path, {0: value}, ())
    return splice, value


def _style(document: Document) -> ListStyle:
    """How the post writes its other lists of texts, the first of them."""
    values = document.parts.values or {}
    named = [key for key, value in values.items() if isinstance(value, list) and value and isinstance(value[0], str)]
    found = document.lists.existing_list(document.block, (named[0],)) if named else None
    style: ListStyle = found.style if found else document.lists.DEFAULT_STYLE
    return style


# ------------------------------------------------------------------------------------------------ synonyms


def synonyms_written(file: Path, change: RuleChange, version: str | None = None) -> Edit:
    """The edit that writes a group of synonyms into a settings file, or takes it away.

    Its path is the name of the file. Nothing changes where the words stand for each other already, or the group is not
    there. version: of the file that the editor saw. Raises StaleVersion where it is another now; CannotWrite.
    """
    data, tables = _settings(file)
    groups = _groups(tables)
    is_there = any(is_within(change.texts, group) if change.adds else group == change.texts for group in groups)
    if is_there == change.adds:
        return Edit(file.name, data, data)
    text = data.decode()
    try:
        splice = _splice(text, groups, change)
        after = (text[: splice.start] + splice.text + text[splice.end :]).encode()
        _check(tables, _parsed(after), change)
    except Unsafe as error:
        raise CannotWrite(f"{file.name}: not changed: {error.reason}") from None
    edit = Edit(file.name, data, after, change.texts if change.adds else ())
    _refuse_stale(edit, version)
    return edit


def groups_in(file: Path) -> list[tuple[str, ...]]:
    """The groups of synonyms that a settings file has now. Raises CannotWrite where it cannot be read."""
    return _groups(_settings(file)[1])


def is_within(members: Sequence[str], group: Sequence[str]) -> bool:
    """Whether a group has all of some words or phrases."""
    return {title_key(member) for member in members} <= {title_key(member) for member in group}


def _settings(file: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        data = file.read_bytes()
        return data, _parsed(data)
    except OSError as error:
        raise CannotWrite(f"{file.name} was not read: {error.strerror}") from None
    except ValueError as error:
        raise CannotWrite(f"{file.name} cannot be read as TOML: {error}") from None


def _parsed(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode())


def _groups(tables: dict[str, Any]) -> list[tuple[str, ...]]:
    found = value_at(tables, _SYNONYMS) or []
    return [tuple(group) if isinstance(group, list) else (group,) for group in found]


def _without_groups(tables: dict[str, Any]) -> dict[str, Any]:
    others = deepcopy(tables)
    others.get("search", {}).pop("synonyms", None)
    return {name: table for name, table in others.items() if name != "search" or table}


def _check(before: dict[str, Any], after: dict[str, Any], change: RuleChange) -> None:
    """Raises Unsafe unless the tables differ by the change alone."""
    intended = [group for group in _groups(before) if group != change.texts] + [change.texts] * change.adds
    if _without_groups(after) != _without_groups(before) or _groups(after) != intended:
        raise Unsafe("written anew, it would say something else: write it by hand")


def _splice(text: str, groups: Sequence[tuple[str, ...]], change: RuleChange) -> Splice:
    if not change.adds:
        return toml_edit.removed(text, _SYNONYMS, groups.index(change.texts))
    if value_at(tomllib.loads(text), _SYNONYMS) is None:
        return toml_edit.inserted(text, _SYNONYMS, [change.texts], toml_edit.DEFAULT_STYLE, (), "\n")
    return toml_edit.extended(text, _SYNONYMS, [change.texts], toml_edit.DEFAULT_STYLE, "\n")
