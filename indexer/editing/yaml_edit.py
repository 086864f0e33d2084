"""A list in YAML front matter, changed at the offsets that the parser gives; no other byte is written anew.

Never through a dump, which folds, sorts and quotes the rest anew. `existing_list` reads the style of a list, `extended`
adds items to it, `inserted` makes a new list, `renamed` changes the names of items, `removed` takes one away. All take
the text between the fences with its own line endings, and raise Unsafe where the outcome would not be certain.

    block list      relatedPosts:        below the last item         a line for each new item, indented like the first
                      - oat
    flow list       relatedPosts: [oat]  after the last item         ", rye", or on a line of its own like the others
    scalar          relatedPosts: oat    the text becomes an item    a list in the style of the site
    none or empty   relatedPosts:        after the colon             a list in the style of the site
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from indexer.editing.list_edit import (
    Entry,
    ExistingList,
    KeyPath,
    ListStyle,
    Splice,
    Unsafe,
    line_end,
    line_ending,
    line_start,
    next_line,
    usual_quote,
)

DEFAULT_STYLE = ListStyle()  # of a site that has no list yet

_NULLS = ("", "~", "null", "Null", "NULL")
_REST = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?")
_COLON = re.compile(r"[ \t]*:")
# What some YAML parser, 1.1 or 1.2, reads as a number, date, time, boolean or null.
_NOT_TEXT = re.compile(
    r"[-+.]?\d[\d_.,:/+\-TZ \t]*|[-+]?\d*\.?\d*[eE][-+]?\d+|0[xXoObB][\da-fA-F_]+|[-+]?\.(?:inf|nan)"
    r"|~|=|<<|null|true|false|yes|no|on|off|y|n|",
    re.IGNORECASE,
)
_PRINTABLE = re.compile(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class _Found:
    """A value, its key, and the mapping that holds both."""

    within: yaml.MappingNode
    key: yaml.ScalarNode
    value: yaml.Node

    @property
    def is_empty(self) -> bool:
        """Whether there is no value: nothing, a null, or empty quotes."""
        value = self.value
        return isinstance(value, yaml.ScalarNode) and (not value.value or (_is_plain(value) and value.value in _NULLS))


def existing_list(block: str, key_path: KeyPath) -> ExistingList | None:
    """The list at a key path; None where there is none, or an empty one."""
    found = _found(block, key_path)
    if found is None or not isinstance(found.value, yaml.SequenceNode) or not found.value.value:
        return None
    items, start = found.value.value, found.value.start_mark
    flow = bool(found.value.flow_style)
    dash = re.match(r"-([ \t]+)\S", block[start.index :])
    style = ListStyle(
        flow=flow,
        indent=2 if flow else start.column - found.key.start_mark.column,
        gap=dash[1] if dash and not flow else " ",
        quote=_usual_quote(items),
        shape=_shape(items),
    )
    keys = [key.value for key, _ in found.within.value]
    position = keys.index(key_path[-1])
    return ExistingList(style, keys[position - 1] if position else "")


def extended(block: str, key_path: KeyPath, entries: Sequence[Entry], style: ListStyle, default_ending: str) -> Splice:
    """The splice that adds entries to the list at a key path; a single text there becomes the first item.

    style: of a list that holds nothing yet. default_ending: of lines, where the text has none.
    """
    found = _certain(block, key_path)
    if isinstance(found.value, yaml.SequenceNode):
        if not found.value.flow_style:
            return _below_last(block, found.value, entries, style, default_ending)
        return _in_brackets(block, found.value, entries, style, default_ending)
    if not isinstance(found.value, yaml.ScalarNode):
        raise Unsafe("it is a mapping, not a list: make it a list first", _line(found.key))
    return _replacing_scalar(block, found, entries, style, default_ending)


def inserted(
    block: str, key_path: KeyPath, entries: Sequence[Entry], style: ListStyle, after: Sequence[str], default_ending: str
) -> Splice:
    """The splice that makes a list at a new key path, after the first of the keys `after` that exists."""
    root, within, names = _root(block), None, list(key_path)
    node: yaml.Node | None = root
    while isinstance(node, yaml.MappingNode) and node.value and names:
        if node.flow_style:
            raise Unsafe("it would stand in a mapping in braces: put each key on a line of its own", _line(node))
        within = node
        node = next((value for key, value in node.value if key.value == names[0]), None)
        names = names[1:] if node is not None else names
    if node is not None and node is not root:
        raise Unsafe(f'"{key_path[-len(names) - 1]}" holds something else: move it away first', _line(node))
    column = within.start_mark.column if within else 0
    at = _insertion_point(block, within, after) if within else len(block)
    if within and block[line_start(block, within.start_mark.index) : within.start_mark.index].strip(" "):
        raise Unsafe("the keys stand behind something else on their line", _line(within))
    ending = line_ending(block, 0, default_ending)
    lines = []
    for name in names[:-1]:
        lines.append(f"{' ' * column}{_scalar(name, '')}:")
        column += 2
    key = f"{' ' * column}{_scalar(names[-1], '')}:"
    if style.flow:
        lines.append(f"{key} {_bracketed(entries, style)}")
    else:
        lines += [key, *(_dashed(entry, " " * (column + style.indent), style, ending) for entry in entries)]
    return Splice(at, at, "".join(f"{line}{ending}" for line in lines))


def renamed(block: str, key_path: KeyPath, changes: Mapping[int, str], keys: Sequence[str]) -> list[Splice]:
    """The splices that rename items of the list at a key path.

    changes: number of the item → its new name. keys: under which items that are mappings have their name.
    """
    found = _certain(block, key_path)
    items = found.value.value if isinstance(found.value, yaml.SequenceNode) else [found.value]
    splices = []
    for number, name in changes.items():
        item = items[number]
        if isinstance(item, yaml.MappingNode):
            values = {key.value: value for key, value in item.value}
            item = next((values[key] for key in keys if key in values and values[key].value), item)
        if not isinstance(item, yaml.ScalarNode) or _is_multiline(item):
            raise Unsafe("the name is written over several lines", _line(item))
        flow = item is not found.value or bool(found.within.flow_style)
        splices.append(Splice(item.start_mark.index, item.end_mark.index, _scalar(name, _quotes(item), flow)))
    return splices


def removed(block: str, key_path: KeyPath, number: int) -> Splice:
    """The splice that takes an item out of the list at a key path; with the last one the key goes, too."""
    found = _certain(block, key_path)
    value = found.value
    if not isinstance(value, yaml.SequenceNode) or len(value.value) == 1:
        return _without_key(block, found, value.value[0] if isinstance(value, yaml.SequenceNode) else value)
    items, item = value.value, value.value[number]
    if value.flow_style:
        start = _end(items[number - 1]) if number else item.start_mark.index
        end = _end(item) if number else items[1].start_mark.index
        if "#" in block[start:end].replace(block[item.start_mark.index : _end(item)], ""):
            raise Unsafe("a comment stands beside it", _line(item))
    else:
        start, end = line_start(block, item.start_mark.index), _line_after(block, _end(item))
        if block[start : item.start_mark.index].strip() != "-":
            raise Unsafe("it shares its line with something else", _line(item))
    return Splice(start, end, "")


def _without_key(block: str, found: _Found, item: yaml.Node) -> Splice:
    start, value_end = line_start(block, found.key.start_mark.index), max(_end(found.value), found.key.end_mark.index)
    end = _line_after(block, value_end)
    around = block[start : item.start_mark.index] + block[_end(item) : end]
    if found.within.flow_style or block[start : found.key.start_mark.index].strip() or "#" in around:
        raise Unsafe("it shares its lines with something else", _line(found.key))
    return Splice(start, end, "")


# ------------------------------------------------------------------------------------------------ finding


def _root(block: str) -> yaml.MappingNode | None:
    try:
        root = yaml.compose(block, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Unsafe(f"not YAML: {str(error).splitlines()[0]}") from None
    return root if isinstance(root, yaml.MappingNode) else None


def _found(block: str, key_path: KeyPath) -> _Found | None:
    node: yaml.Node | None = _root(block)
    found = None
    for name in key_path:
        pairs = [pair for pair in node.value if pair[0].value == name] if isinstance(node, yaml.MappingNode) else []
        if len(pairs) > 1:
            raise Unsafe(f'the key "{name}" stands twice: remove one of the two', _line(pairs[1][0]))
        if not pairs or not isinstance(node, yaml.MappingNode):
            return None
        found = _Found(node, *pairs[0])
        node = found.value
    return found


def _certain(block: str, key_path: KeyPath) -> _Found:
    """The value at a key path. Raises Unsafe where it is an alias, or holds an alias or an anchor."""
    found = _found(block, key_path)
    if found is None:
        raise Unsafe("it is not where it was read")
    start, end = found.key.start_mark.index, _end(found.value)
    for event in yaml.parse(block, Loader=yaml.CSafeLoader):
        if not isinstance(event, yaml.NodeEvent) or not event.anchor or not event.start_mark:
            continue
        if found.value.start_mark.index < start or start <= event.start_mark.index <= end:
            raise Unsafe("it holds an alias or an anchor (* or &): write it out first", _line(found.key))
    return found


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1


def _end(node: yaml.Node) -> int:
    """The end of a node; the parser puts the end of a block after the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    end: int = node.end_mark.index
    return end


def _insertion_point(block: str, within: yaml.MappingNode, after: Sequence[str]) -> int:
    """Where to insert a key into a mapping: after the first of the keys `after` that it has, or at its end."""
    values = {key.value: value for key, value in within.value}
    if "*" not in block:  # the end of an alias is that of its anchor
        for name in after:
            if name in values:
                return _line_after(block, _end(values[name]))
    return len(block) if within.start_mark.column == 0 else _line_after(block, _end(within))


def _line_after(block: str, position: int) -> int:
    """The start of the line after a position; the position itself where a block scalar has ended with its line."""
    return position if position and line_start(block, position) == position else next_line(block, position)


# ------------------------------------------------------------------------------------------------ extending


def _below_last(
    block: str, value: yaml.SequenceNode, entries: Sequence[Entry], style: ListStyle, default_ending: str
) -> Splice:
    last = value.value[-1]
    indent = block[line_start(block, value.start_mark.index) : value.start_mark.index]
    if indent.strip(" "):
        raise Unsafe("its first item does not begin a line", _line(value))
    if isinstance(last, yaml.ScalarNode) and last.style in ("|", ">"):
        raise Unsafe("its last item is a block of text (| or >): write it on one line", _line(last))
    ending, after = line_ending(block, _end(last), default_ending), line_end(block, _end(last))
    if not _REST.fullmatch(block, _end(last), after):
        raise Unsafe("something stands behind its last item", _line(last))
    text = "".join(f"{_dashed(entry, indent, style, ending)}{ending}" for entry in entries)
    return Splice(next_line(block, after), next_line(block, after), text)


def _in_brackets(
    block: str, value: yaml.SequenceNode, entries: Sequence[Entry], style: ListStyle, default_ending: str
) -> Splice:
    inner = value.start_mark.index + 1
    closing = value.end_mark.index - 1
    if not value.value:
        end = closing if not block[inner:closing].strip(" \t") else inner
        return Splice(inner, end, _bracketed(entries, style)[1:-1])
    last = value.value[-1]
    at = _end(last)
    comma = _comma(block, at, closing)
    at = at if comma is None else comma + 1
    before = block[line_start(block, last.start_mark.index) : last.start_mark.index]
    own_line = not before.strip() and line_start(block, last.start_mark.index) > value.start_mark.index
    lead = line_ending(block, value.start_mark.index, default_ending) + before if own_line else _between(block, value)
    until = min(line_end(block, at), closing) if own_line else at
    if until == closing:  # the bracket closes on the line of the last item
        until = at
    text = ",".join(f"{lead}{_in_flow(entry, style)}" for entry in entries)
    return Splice(at, until, f"{'' if comma else ','}{block[at:until]}{text}{',' if comma else ''}")


def _comma(block: str, start: int, end: int) -> int | None:
    """The first comma between two positions, outside of comments."""
    for match in re.finditer(r"#[^\r\n]*|,", block[start:end]):
        if match[0] == ",":
            return start + match.start()
    return None


def _between(block: str, value: yaml.SequenceNode) -> str:
    """The space after the comma before the last item, where both are on one line."""
    if len(value.value) > 1:
        gap = re.fullmatch(r"[ \t]*,([ \t]*)", block[_end(value.value[-2]) : value.value[-1].start_mark.index])
        if gap:
            return gap[1]
    return " "


def _replacing_scalar(
    block: str, found: _Found, entries: Sequence[Entry], style: ListStyle, default_ending: str
) -> Splice:
    """A list in place of an empty value, or of a single text, which becomes its first item."""
    value = found.value
    colon = _COLON.match(block, found.key.end_mark.index)
    if not colon:
        raise Unsafe("its colon stands elsewhere", _line(found.key))
    if isinstance(value, yaml.ScalarNode) and _is_multiline(value):
        raise Unsafe("it is a text over several lines: make it a list first", _line(found.key))
    scalar = block[value.start_mark.index : value.end_mark.index]
    first = [] if found.is_empty else [scalar]
    start, end = colon.end(), max(value.end_mark.index, colon.end())
    if style.flow or found.within.flow_style:
        items = ", ".join([*first, *(_in_flow(entry, style) for entry in entries)])
        return Splice(start, end, f" [{items}]")
    after, ending = line_end(block, end), line_ending(block, end, default_ending)
    before = block[line_start(block, found.key.start_mark.index) : found.key.start_mark.index]
    if (
        before.strip(" ")
        or not _REST.fullmatch(block, end, after)
        or line_start(block, start) != line_start(block, end)
    ):
        raise Unsafe("it shares its line with something else", _line(found.key))
    indent = " " * (len(before) + style.indent)
    lines = [f"{indent}-{style.gap}{item}" for item in first]
    lines += [_dashed(entry, indent, style, ending) for entry in entries]
    return Splice(start, after, block[end:after] + "".join(f"{ending}{line}" for line in lines))


# ------------------------------------------------------------------------------------------------ writing


def _dashed(entry: Entry, indent: str, style: ListStyle, ending: str) -> str:
    """An item of a block list, without the line ending of its last line."""
    if isinstance(entry, str):
        return f"{indent}-{style.gap}{_scalar(entry, style.quote)}"
    return f"{indent}-{style.gap}" + f"{ending}{indent} {' ' * len(style.gap)}".join(_pairs(entry, style, flow=False))


def _bracketed(entries: Sequence[Entry], style: ListStyle) -> str:
    return f"[{', '.join(_in_flow(entry, style) for entry in entries)}]"


def _in_flow(entry: Entry, style: ListStyle) -> str:
    if isinstance(entry, str):
        return _scalar(entry, style.quote, flow=True)
    return f"{{{', '.join(_pairs(entry, style, flow=True))}}}"


def _pairs(entry: Mapping[str, str], style: ListStyle, flow: bool) -> list[str]:
    quotes = dict(style.shape)
    return [f"{_scalar(key, '', flow)}: {_scalar(value, quotes.get(key, ''), flow)}" for key, value in entry.items()]


def _scalar(text: str, quote: str, flow: bool = False) -> str:
    """A text as a scalar that is parsed as exactly this text, in these quotes where they can hold it."""
    if quote == "" and _can_be_plain(text, flow):
        return text
    if quote == "'" and _PRINTABLE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    written: str = yaml.dump(text, default_style='"', allow_unicode=True, width=10**9, Dumper=yaml.SafeDumper)
    return written.rstrip("\n")


@lru_cache(maxsize=1_024)  # of a site's lists the same names are asked about at every suggestion
def _can_be_plain(text: str, flow: bool) -> bool:
    """Whether a text needs no quotes as an item, value or key, for parsers of YAML 1.1 and 1.2 alike."""
    if _NOT_TEXT.fullmatch(text) or not _PRINTABLE.fullmatch(text):
        return False
    attempts = (f"[{text}]", f"{{{text}: {text}}}") if flow else (f"- {text}", f"{text}: {text}")
    try:
        return all(
            _is_flat(attempt) and yaml.load(attempt, Loader=yaml.CSafeLoader) == yaml.safe_load(attempt) == value
            for attempt, value in zip(attempts, ([text], {text: text}), strict=True)
        )
    except (yaml.YAMLError, ValueError):
        return False


def _is_flat(text: str) -> bool:
    """Whether a list or mapping holds scalars only. Does not build it: a title may have 50,000 brackets."""
    events = yaml.parse(text, Loader=yaml.CSafeLoader)
    nested = (event for event in events if isinstance(event, yaml.CollectionStartEvent | yaml.AliasEvent))
    return next(nested, None) is not None and next(nested, None) is None


def _is_plain(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style not in ("'", '"', "|", ">")


def _quotes(node: yaml.Node) -> str:
    return node.style if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') else ""


def _is_multiline(node: yaml.ScalarNode) -> bool:
    return node.style in ("|", ">") or bool(node.start_mark.line != node.end_mark.line)


def _usual_quote(nodes: Sequence[yaml.Node]) -> str:
    scalars = [node for node in nodes if isinstance(node, yaml.ScalarNode)]
    return usual_quote(
        [(_quotes(node), bool(_quotes(node)) and not _can_be_plain(node.value, flow=True)) for node in scalars]
    )


def _shape(items: Sequence[yaml.Node]) -> tuple[tuple[str, str], ...]:
    """The keys of the last item, if it is a mapping, each with the quotes that its values have."""
    if not isinstance(items[-1], yaml.MappingNode):
        return ()
    mappings = [{key.value: value for key, value in item.value} for item in items if isinstance(item, yaml.MappingNode)]
    return tuple((key, _usual_quote([mapping[key] for mapping in mappings if key in mapping])) for key in mappings[-1])
