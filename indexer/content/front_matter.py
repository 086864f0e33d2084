"""The bytes of a file → its front matter and its body.

Files come from anybody who may commit to the site, so everything is bounded before a parser sees it: 100 kB of "["
crash the interpreter in python-frontmatter's loader, a 381-byte merge bomb takes seconds, and a date such as
2024-13-45 raises an error that is no YAMLError. All YAML scalars stay strings; fields.py interprets them.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

LARGEST = 64 * 1024
DEEPEST = 20
MOST_ALIASES = 50
BOM = "\ufeff"
# After the dashes may stand the language of what follows, as Eleventy has it.
_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\n|$)|(?=\{\s*\")|(---)[ \t]*(json|js|javascript|node)[ \t]*\n")
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+(?=(---|\+\+\+)[ \t]*(?:\n|\Z))")
_CLOSINGS = {
    "---": re.compile(r"\n((?:---|\.\.\.)[ \t]*)$", re.MULTILINE),
    "+++": re.compile(r"\n(\+\+\+[ \t]*)$", re.MULTILINE),
}
_METADATA_LINE = re.compile(r"(?:(?P<key>[A-Za-z][\w-]*):[ \t]*(?P<value>[^\n]*)|[ \t]+(?P<more>\S[^\n]*))(?:\n|\Z)")
_KEY = re.compile(r"[\"']?([\w.-]+)[\"']?\s*[:=]|\s*\"([\w.-]+)\"\s*:")


class BadFrontMatter(Exception):
    """Why a file cannot be read, and the line at fault (1-based; None if there is no single line)."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Split:
    """A file split into front matter and body.

    values: None if there is no front matter. lines: top-level key → its line in the file, 1-based. front: the text of
    the front matter, from the first line of the file, so that its line numbers are those of the file. unread: why
    nothing is read from the front matter, which is a program then; else empty.
    """

    values: dict[str, Any] | None
    lines: dict[str, int]
    body: str
    front: str = ""
    unread: str = ""


def split(data: bytes, metadata_lines: bool = False, blank_lines_first: bool = False) -> Split:
    """A file's bytes → front matter and body. Raises BadFrontMatter with the reason and the line.

    metadata_lines: whether `Key: value` lines before the first empty line are front matter, as in Pelican and MkDocs.
    blank_lines_first: whether blank lines may stand before `---`, as in Hugo and Zola; before `+++` they always may.
    """
    text = decode(data)
    blank = _BLANK_LINES.match(text)
    if blank is None or (blank[1] == "---" and not blank_lines_first):
        return _split(text, metadata_lines)
    count = blank[0].count("\n")
    try:
        parts = _split(text[blank.end() :], metadata_lines)
    except BadFrontMatter as error:
        raise BadFrontMatter(error.reason, error.line and error.line + count) from None
    if parts.values is None:
        return Split(None, {}, text)
    return replace(
        parts, lines={key: line + count for key, line in parts.lines.items()}, front=f"{blank[0]}{parts.front}"
    )


def _split(text: str, metadata_lines: bool) -> Split:
    opening = _OPENING.match(text)
    if opening is None:
        return _split_lines(text) if metadata_lines else Split(None, {}, text)
    fence, language = opening[1] or opening[2], opening[3]
    if fence is None:
        return _split_json(text)
    closing = _CLOSINGS[fence].search(text, opening.end() - 1)  # from the line feed that ends the opening
    if closing is None:
        if fence == "---" and not language and not re.match(r"\s*[\w\"'-][^\n]*:", text[opening.end() :]):
            return Split(None, {}, text)  # a body that opens with a thematic break
        raise BadFrontMatter(f"the front matter is opened by {fence} and never closed", 1)
    block = text[opening.end() : closing.start(1)]
    if len(block.encode()) > LARGEST:
        raise BadFrontMatter(f"the front matter is larger than {LARGEST // 1024} kB", 1)
    body, front = text[closing.end() :], text[: closing.start(1)]
    if language not in (None, "json"):
        return Split({}, {}, body, front, f"the front matter is a program ({language}), which is not run")
    values = _yaml(block) if fence == "---" and not language else _toml(block) if fence == "+++" else _json(block)
    return Split(values, _key_lines(block), body, front)


def _split_lines(text: str) -> Split:
    """Front matter as lines of `Key: value`; an indented line goes on with the value before it."""
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    end, key = 0, ""
    for number, match in enumerate(_METADATA_LINE.finditer(text), 1):
        if match.start() != end or end > LARGEST:
            break
        end = match.end()
        if match["key"]:
            key = match["key"]
            values[key], lines[key] = match["value"].strip(), number
        elif key:
            values[key] = f"{values[key]}\n{match['more'].strip()}"
    return Split(values, lines, text[end:], text[:end]) if values else Split(None, {}, text)


def decode(data: bytes) -> str:
    """The text of UTF-8 bytes without BOM, with line feeds as line ends. Raises BadFrontMatter."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFrontMatter("the file is UTF-16: save it as UTF-8")
    try:
        text = data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = _line_at(data, error.start)
        raise BadFrontMatter(f"not UTF-8 at byte {error.start}: save the file as UTF-8", line) from None
    if (offset := data.find(b"\0")) >= 0:
        raise BadFrontMatter(f"a NUL character at byte {offset}", _line_at(data, offset))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _line_at(data: bytes, offset: int) -> int:
    return len(re.findall(rb"\r\n?|\n", data[:offset])) + 1


class _StringLoader(yaml.CBaseLoader):
    """Loads all YAML scalars as strings: no invalid dates, no numbers that lose digits, no merges that explode."""

    def construct_document(self, node: yaml.Node) -> Any:
        """Refuses a key with two different values; many sites repeat a key, or have it once without a value."""
        values: dict[str, Any] = {}
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode) or not value.value:
                continue
            if values.setdefault(key.value, value.value) != value.value:
                raise yaml.constructor.ConstructorError(
                    problem=f'the key "{key.value}" stands twice', problem_mark=key.start_mark
                )
        return super().construct_document(node)


class _YAML(YAMLHandler):
    def load(self, fm: str, **kwargs: object) -> Any:
        return super().load(fm, **{**kwargs, "Loader": _StringLoader})


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

    None for everything else, which the loader has to check. Raises YAMLError.
    """
    stack: list[list[Any]] = [[]]  # the open collections, outermost first; mappings as key, value, key, …
    for event in yaml.parse(block, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor or event.tag:
                return None
            stack[-1].append(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            if event.anchor or event.tag or len(stack) > DEEPEST:
                return None
            stack.append([])
        elif isinstance(event, yaml.MappingEndEvent):
            items = stack.pop()
            keys = items[::2]
            if {*map(type, keys)} - {str} or len({*keys}) < len(keys):
                return None
            stack[-1].append(dict(zip(keys, items[1::2], strict=True)))
        elif isinstance(event, yaml.SequenceEndEvent):
            items = stack.pop()  # before the next line evaluates stack[-1]
            stack[-1].append(items)
        elif isinstance(event, yaml.AliasEvent):
            return None
    return stack[0][0] if len(stack[0]) == 1 and isinstance(stack[0][0], dict) else None


def _refuse_bombs(block: str) -> None:
    """Raises BadFrontMatter at the first event beyond a limit. Events neither nest nor copy, so this is safe."""
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
        match = re.search(r"line (\d+)", str(error))
        raise BadFrontMatter(f"not TOML: {error}", int(match[1]) + 1 if match else None) from None


def _json(block: str) -> dict[str, Any]:
    """The mapping between two fences. Raises BadFrontMatter with the line of the file."""
    indent = len(block) - len(block.lstrip())
    try:
        parts = _split_json(block[indent:])
    except BadFrontMatter as error:
        line = error.line and error.line + block[:indent].count("\n") + 1
        raise BadFrontMatter(error.reason, line) from None
    if parts.body.strip():
        raise BadFrontMatter("not JSON: more than one value", 1)
    return parts.values or {}


def _split_json(text: str) -> Split:
    try:
        values, end = json.JSONDecoder(object_pairs_hook=_without_repeated_keys).raw_decode(text[:LARGEST])
        _refuse_unwritable(values)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and len(text) > LARGEST and error.pos > LARGEST // 2:
            raise BadFrontMatter(f"the front matter is larger than {LARGEST // 1024} kB", 1) from None
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise BadFrontMatter(f"not JSON: {error}", line) from None
    block = text[:end]
    return Split(_mapping(values), _key_lines(block, first=1), text[end:], block)


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f'the key "{name}" stands twice')
    return values


def _refuse_unwritable(values: Any) -> None:
    """Raises ValueError for what can be read but not written: lone surrogates, and integers of thousands of digits."""
    json.dumps(values, ensure_ascii=False, default=str).encode()


def _mapping(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        kind = "a list" if isinstance(values, list) else "a single value"
        raise BadFrontMatter(f"the front matter is {kind}, not keys and values", 2)
    return {str(key): value for key, value in values.items()}


def _key_lines(block: str, first: int = 2) -> dict[str, int]:
    """Top-level key → its line in the file. first: the line on which the block starts."""
    lines: dict[str, int] = {}
    for number, line in enumerate(block.split("\n"), start=first):
        if match := _KEY.match(line):
            lines.setdefault(match[1] or match[2], number)
    return lines
