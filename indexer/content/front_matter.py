"""The bytes of a file → its front matter and its body.

Files come from anybody who may commit to the site, so everything is bounded before a parser sees it: 100 kB of "["
crashes the interpreter in python-frontmatter's loader, a 381-byte merge bomb takes seconds, and a date such as
2024-13-45 raises an error that is no YAMLError. All scalars stay texts; what they mean is decided by the reader.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

LARGEST = 64 * 1024
DEEPEST = 20
MOST_ALIASES = 50
BOM = "\ufeff"
_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\n|$)|(?=\{\s*\")")
_CLOSINGS = {
    "---": re.compile(r"\n((?:---|\.\.\.)[ \t]*)$", re.MULTILINE),
    "+++": re.compile(r"\n(\+\+\+[ \t]*)$", re.MULTILINE),
}
_KEY = re.compile(r"[\"']?([\w.-]+)[\"']?\s*[:=]|\s*\"([\w.-]+)\"\s*:")


class BadFrontMatter(Exception):
    """Why a file cannot be read, and the line of the file to look at (1-based; None where no line is to blame)."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Split:
    """A file taken apart. values is None where there is no front matter.

    lines: top-level key → the line of the file it stands on. front: the front matter as it stands, from the first line
    of the file, so that its line numbers are those of the file.
    """

    values: dict[str, Any] | None
    lines: dict[str, int]
    body: str
    front: str = ""


def split(data: bytes) -> Split:
    """A file's bytes → front matter and body. Raises BadFrontMatter with the reason and the line."""
    text = decode(data)
    opening = _OPENING.match(text)
    if opening is None:
        return Split(None, {}, text)
    if opening[1] is None:
        return _split_json(text)
    fence = opening[1]
    closing = _CLOSINGS[fence].search(text, opening.end() - 1)  # from the line feed that ends the opening
    if closing is None:
        if fence == "---" and not re.match(r"\s*[\w\"'-][^\n]*:", text[opening.end() :]):
            return Split(None, {}, text)  # a body that opens with a thematic break
        raise BadFrontMatter(f"the front matter is opened by {fence} and never closed", 1)
    block = text[opening.end() : closing.start(1)]
    if len(block.encode()) > LARGEST:
        raise BadFrontMatter(f"the front matter is larger than {LARGEST // 1024} kB", 1)
    values = _yaml(block) if fence == "---" else _toml(block)
    return Split(values, _key_lines(block), text[closing.end() :], text[: closing.start(1)])


def decode(data: bytes) -> str:
    """UTF-8 with or without BOM, any line ends, as text with line feeds. Raises BadFrontMatter."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFrontMatter("the file is UTF-16: save it as UTF-8")
    try:
        text = data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = _line_at(data, error.start)
        raise BadFrontMatter(f"not UTF-8 at byte {error.start}: save the file as UTF-8", line) from None
    if (place := data.find(b"\0")) >= 0:
        raise BadFrontMatter(f"a NUL character at byte {place}", _line_at(data, place))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _line_at(data: bytes, place: int) -> int:
    return len(re.findall(rb"\r\n?|\n", data[:place])) + 1


class _TextLoader(yaml.CBaseLoader):
    """YAML whose scalars all stay texts: no dates to be wrong, no numbers to be cut, no merges to explode."""

    def construct_document(self, node: yaml.Node) -> Any:
        """Refuses a key that says two things; one that is repeated, or empty once, does no harm on many sites."""
        said: dict[str, Any] = {}
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode) or not value.value:
                continue
            if said.setdefault(key.value, value.value) != value.value:
                raise yaml.constructor.ConstructorError(
                    problem=f'the key "{key.value}" stands twice', problem_mark=key.start_mark
                )
        return super().construct_document(node)


class _YAML(YAMLHandler):
    def load(self, fm: str, **kwargs: object) -> Any:
        return super().load(fm, **{**kwargs, "Loader": _TextLoader})


def _yaml(block: str) -> dict[str, Any]:
    try:
        if (plain := _plain_yaml(block)) is not None:
            return plain
        _refuse_bombs(block)
        values = _YAML().load(block)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        raise BadFrontMatter(f"not YAML: {reason}", mark.line + 2 if mark else None) from None
    except yaml.YAMLError as error:
        raise BadFrontMatter(f"not YAML: {str(error).splitlines()[0]}") from None
    except (ValueError, TypeError, RecursionError) as error:  # an unhashable key, for one
        raise BadFrontMatter(f"not YAML: {error}") from None
    if values is None or values == "":
        return {}
    return _mapping(values)


def _plain_yaml(block: str) -> dict[str, Any] | None:
    """A mapping without tags, anchors and repeated keys, as the loader would build it, in one pass instead of three.

    None for all else, which has to be looked at with care. Raises YAMLError.
    """
    within: list[list[Any]] = [[]]  # the collections that are open, the outermost first; mappings as key, value, key, …
    for event in yaml.parse(block, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor or event.tag:
                return None
            within[-1].append(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            if event.anchor or event.tag or len(within) > DEEPEST:
                return None
            within.append([])
        elif isinstance(event, yaml.MappingEndEvent):
            items = within.pop()
            keys = items[::2]
            if {*map(type, keys)} - {str} or len({*keys}) < len(keys):
                return None
            within[-1].append(dict(zip(keys, items[1::2], strict=True)))
        elif isinstance(event, yaml.SequenceEndEvent):
            items = within.pop()  # before the next line looks for the outer one
            within[-1].append(items)
        elif isinstance(event, yaml.AliasEvent):
            return None
    return within[0][0] if len(within[0]) == 1 and isinstance(within[0][0], dict) else None


def _refuse_bombs(block: str) -> None:
    """Walks the events, which neither nest nor copy, and stops at the first that goes too far."""
    depth = aliases = 0
    for event in yaml.parse(block, Loader=yaml.CBaseLoader):
        line = event.start_mark.line + 2 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > DEEPEST:
            raise BadFrontMatter(f"front matter nested deeper than {DEEPEST} levels", line)
        if aliases > MOST_ALIASES:
            raise BadFrontMatter(f"more than {MOST_ALIASES} YAML aliases", line)
        if (tag := getattr(event, "tag", None)) is not None:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            raise BadFrontMatter(f"the YAML tag {short} is not allowed: quote the value", line)


def _toml(block: str) -> dict[str, Any]:
    try:
        values = tomllib.loads(block)
        _refuse_unwritable(values)
        return values
    except (ValueError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise BadFrontMatter(f"not TOML: {error}", int(found[1]) + 1 if found else None) from None


def _split_json(text: str) -> Split:
    try:
        values, end = json.JSONDecoder(object_pairs_hook=_without_doubles).raw_decode(text[:LARGEST])
        _refuse_unwritable(values)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and len(text) > LARGEST and error.pos > LARGEST // 2:
            raise BadFrontMatter(f"the front matter is larger than {LARGEST // 1024} kB", 1) from None
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise BadFrontMatter(f"not JSON: {error}", line) from None
    block = text[:end]
    return Split(_mapping(values), _key_lines(block, first=1), text[end:], block)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f'the key "{name}" stands twice')
    return values


def _refuse_unwritable(values: Any) -> None:
    """Half a character, or a number of thousands of digits, can be read and never be written again: ValueError."""
    json.dumps(values, ensure_ascii=False, default=str).encode()


def _mapping(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        kind = "a list" if isinstance(values, list) else "a single value"
        raise BadFrontMatter(f"the front matter is {kind}, not keys and values", 2)
    return {str(key): value for key, value in values.items()}


def _key_lines(block: str, first: int = 2) -> dict[str, int]:
    """Top-level key → the line of the file it stands on."""
    found: dict[str, int] = {}
    for number, line in enumerate(block.split("\n"), start=first):
        if match := _KEY.match(line):
            found.setdefault(match[1] or match[2], number)
    return found
