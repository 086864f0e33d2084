"""A list in YAML front matter, extended at the places that the parser gives: no byte but its own is written anew.

Never through a dump, which folds, sorts and quotes what it did not understand. `existing_list` says how a list is
written, `extended` adds to one that stands, `inserted` makes a new one, `renamed` changes names that stand. All take
the text between the fences with its line ends as they are, and raise Unsafe where the outcome would not be certain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from indexer.editing.list_edit import (
    Entry,
    ExistingList,
    ListStyle,
    Place,
    Splice,
    Unsafe,
    end_of_line,
    line_end,
    line_start,
    next_line,
    usual_quote,
)

USUAL = ListStyle()  # where no list tells how

_NOTHING = ("", "~", "null", "Null", "NULL")
_REST = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?")
_COLON = re.compile(r"[ \t]*:")
# What some reader of YAML, old or new, takes for a number, a date, a time, a switch or nothing.
_NO_TEXT = re.compile(
    r"[-+.]?\d[\d_.,:/+\-TZ \t]*|[-+]?\d*\.?\d*[eE][-+]?\d+|0[xXoObB][\da-fA-F_]+|[-+]?\.(?:inf|nan)"
    r"|~|=|<<|null|true|false|yes|no|on|off|y|n|",
    re.IGNORECASE,
)
_PRINTABLE = re.compile(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


@dataclass(frozen=True, slots=True)
class _Found:
    """A value, its key, and the mapping that both stand in."""

    within: yaml.MappingNode
    key: yaml.ScalarNode
    value: yaml.Node

    @property
    def empty(self) -> bool:
        """Whether nothing is said: no value, one of the words for none, or quotes around nothing."""
        value = self.value
        return isinstance(value, yaml.ScalarNode) and (not value.value or (_plainly(value) and value.value in _NOTHING))


def existing_list(block: str, place: Place) -> ExistingList | None:
    """How the list at a place is written; None where none stands there that holds anything."""
    found = _found(block, place)
    if found is None or not isinstance(found.value, yaml.SequenceNode) or not found.value.value:
        return None
    items, start = found.value.value, found.value.start_mark
    flow = bool(found.value.flow_style)
    dash = re.match(r"-([ \t]+)\S", block[start.index :])
    look = ListStyle(
        flow=flow,
        indent=2 if flow else start.column - found.key.start_mark.column,
        gap=dash[1] if dash and not flow else " ",
        quote=_usual_quote(items),
        shape=_shape(items),
    )
    keys = [key.value for key, _ in found.within.value]
    place_of_own = keys.index(place[-1])
    return ExistingList(look, keys[place_of_own - 1] if place_of_own else "")


def extended(block: str, place: Place, entries: Sequence[Entry], look: ListStyle, usual_end: str) -> Splice:
    """What adds entries to the list at a place; a single text there becomes the first item.

    look: how a list is written that holds nothing yet. usual_end: what ends a line where no line tells.
    """
    found = _certain(block, place)
    if isinstance(found.value, yaml.SequenceNode):
        if not found.value.flow_style:
            return _below_last(block, found.value, entries, look, usual_end)
        return _in_brackets(block, found.value, entries, look, usual_end)
    if not isinstance(found.value, yaml.ScalarNode):
        raise Unsafe("it is a mapping, not a list: make it a list first", _line(found.key))
    return _instead_of_scalar(block, found, entries, look, usual_end)


def inserted(
    block: str, place: Place, entries: Sequence[Entry], look: ListStyle, after: Sequence[str], usual_end: str
) -> Splice:
    """What makes a list at a place where there is none: behind the first of the keys `after` that stands there."""
    root, within, names = _root(block), None, list(place)
    node: yaml.Node | None = root
    while isinstance(node, yaml.MappingNode) and node.value and names:
        if node.flow_style:
            raise Unsafe("it would stand in a mapping in braces: put each key on a line of its own", _line(node))
        within = node
        node = next((value for key, value in node.value if key.value == names[0]), None)
        names = names[1:] if node is not None else names
    if node is not None and node is not root:
        raise Unsafe(f'"{place[-len(names) - 1]}" holds something else: move it away first', _line(node))
    column = within.start_mark.column if within else 0
    at = _behind(block, within, after) if within else len(block)
    if within and block[line_start(block, within.start_mark.index) : within.start_mark.index].strip(" "):
        raise Unsafe("the keys stand behind something else on their line", _line(within))
    end = end_of_line(block, 0, usual_end)
    lines = []
    for name in names[:-1]:
        lines.append(f"{' ' * column}{_scalar(name, '')}:")
        column += 2
    key = f"{' ' * column}{_scalar(names[-1], '')}:"
    if look.flow:
        lines.append(f"{key} {_bracketed(entries, look)}")
    else:
        lines += [key, *(_dashed(entry, " " * (column + look.indent), look, end) for entry in entries)]
    return Splice(at, at, "".join(f"{line}{end}" for line in lines))


def renamed(block: str, place: Place, changes: Mapping[int, str], keys: Sequence[str]) -> list[Splice]:
    """What gives other names to items of the list at a place: their numbers → names. keys: where mappings have them."""
    found = _certain(block, place)
    items = found.value.value if isinstance(found.value, yaml.SequenceNode) else [found.value]
    splices = []
    for number, name in changes.items():
        item = items[number]
        if isinstance(item, yaml.MappingNode):
            said = {key.value: value for key, value in item.value}
            item = next((said[key] for key in keys if key in said and said[key].value), item)
        if not isinstance(item, yaml.ScalarNode) or _over_lines(item):
            raise Unsafe("the name is written over several lines", _line(item))
        splices.append(Splice(item.start_mark.index, item.end_mark.index, _scalar(name, _quotes(item), flow=True)))
    return splices


# ------------------------------------------------------------------------------------------------ finding


def _root(block: str) -> yaml.MappingNode | None:
    try:
        root = yaml.compose(block, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Unsafe(f"not YAML: {str(error).splitlines()[0]}") from None
    return root if isinstance(root, yaml.MappingNode) else None


def _found(block: str, place: Place) -> _Found | None:
    node: yaml.Node | None = _root(block)
    found = None
    for name in place:
        pairs = [pair for pair in node.value if pair[0].value == name] if isinstance(node, yaml.MappingNode) else []
        if len(pairs) > 1:
            raise Unsafe(f'the key "{name}" stands twice: remove one of the two', _line(pairs[1][0]))
        if not pairs or not isinstance(node, yaml.MappingNode):
            return None
        found = _Found(node, *pairs[0])
        node = found.value
    return found


def _certain(block: str, place: Place) -> _Found:
    """The list at a place, if nothing in it stands for something elsewhere."""
    found = _found(block, place)
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
    """Where a node ends; the parser's own end of a block is beyond the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    place: int = node.end_mark.index
    return place


def _behind(block: str, within: yaml.MappingNode, after: Sequence[str]) -> int:
    """Where a key begins that stands behind the first of the keys `after` in a mapping, or behind all of it."""
    values = {key.value: value for key, value in within.value}
    if "*" not in block:  # an alias has its end elsewhere
        for name in after:
            if name in values:
                return _line_behind(block, _end(values[name]))
    return len(block) if within.start_mark.column == 0 else _line_behind(block, _end(within))


def _line_behind(block: str, place: int) -> int:
    """The start of the line after a place; the place itself where a block text has ended with its line."""
    return place if place and line_start(block, place) == place else next_line(block, place)


# ------------------------------------------------------------------------------------------------ extending


def _below_last(
    block: str, value: yaml.SequenceNode, entries: Sequence[Entry], look: ListStyle, usual_end: str
) -> Splice:
    last = value.value[-1]
    indent = block[line_start(block, value.start_mark.index) : value.start_mark.index]
    if indent.strip(" "):
        raise Unsafe("its first item does not begin a line", _line(value))
    if isinstance(last, yaml.ScalarNode) and last.style in ("|", ">"):
        raise Unsafe("its last item is a block of text (| or >): write it on one line", _line(last))
    end, after = end_of_line(block, _end(last), usual_end), line_end(block, _end(last))
    if not _REST.fullmatch(block, _end(last), after):
        raise Unsafe("something stands behind its last item", _line(last))
    text = "".join(f"{_dashed(entry, indent, look, end)}{end}" for entry in entries)
    return Splice(next_line(block, after), next_line(block, after), text)


def _in_brackets(
    block: str, value: yaml.SequenceNode, entries: Sequence[Entry], look: ListStyle, usual_end: str
) -> Splice:
    inner = value.start_mark.index + 1
    closing = value.end_mark.index - 1
    if not value.value:
        end = closing if not block[inner:closing].strip(" \t") else inner
        return Splice(inner, end, _bracketed(entries, look)[1:-1])
    last = value.value[-1]
    at = _end(last)
    comma = _comma(block, at, closing)
    at = at if comma is None else comma + 1
    before = block[line_start(block, last.start_mark.index) : last.start_mark.index]
    own_line = not before.strip() and line_start(block, last.start_mark.index) > value.start_mark.index
    lead = end_of_line(block, value.start_mark.index, usual_end) + before if own_line else _between(block, value)
    until = min(line_end(block, at), closing) if own_line else at
    if until == closing:  # the bracket closes on the line of the last item
        until = at
    text = ",".join(f"{lead}{_in_flow(entry, look)}" for entry in entries)
    return Splice(at, until, f"{'' if comma else ','}{block[at:until]}{text}{',' if comma else ''}")


def _comma(block: str, start: int, end: int) -> int | None:
    """The comma that stands between two places outside of comments, if one does."""
    for match in re.finditer(r"#[^\r\n]*|,", block[start:end]):
        if match[0] == ",":
            return start + match.start()
    return None


def _between(block: str, value: yaml.SequenceNode) -> str:
    """The space after the last comma between two items that stand on one line."""
    if len(value.value) > 1:
        gap = re.fullmatch(r"[ \t]*,([ \t]*)", block[_end(value.value[-2]) : value.value[-1].start_mark.index])
        if gap:
            return gap[1]
    return " "


def _instead_of_scalar(block: str, found: _Found, entries: Sequence[Entry], look: ListStyle, usual_end: str) -> Splice:
    """A list where there was nothing, or a single text, which becomes its first item."""
    value = found.value
    colon = _COLON.match(block, found.key.end_mark.index)
    if not colon:
        raise Unsafe("its colon stands elsewhere", _line(found.key))
    if isinstance(value, yaml.ScalarNode) and _over_lines(value):
        raise Unsafe("it is a text over several lines: make it a list first", _line(found.key))
    written = block[value.start_mark.index : value.end_mark.index]
    first = [] if found.empty else [written]
    start, end = colon.end(), max(value.end_mark.index, colon.end())
    if look.flow or found.within.flow_style:
        items = ", ".join([*first, *(_in_flow(entry, look) for entry in entries)])
        return Splice(start, end, f" [{items}]")
    after, line_feed = line_end(block, end), end_of_line(block, end, usual_end)
    before = block[line_start(block, found.key.start_mark.index) : found.key.start_mark.index]
    if (
        before.strip(" ")
        or not _REST.fullmatch(block, end, after)
        or line_start(block, start) != line_start(block, end)
    ):
        raise Unsafe("it shares its line with something else", _line(found.key))
    indent = " " * (len(before) + look.indent)
    lines = [f"{indent}-{look.gap}{one}" for one in first]
    lines += [_dashed(entry, indent, look, line_feed) for entry in entries]
    return Splice(start, after, block[end:after] + "".join(f"{line_feed}{line}" for line in lines))


# ------------------------------------------------------------------------------------------------ writing


def _dashed(entry: Entry, indent: str, look: ListStyle, line_feed: str) -> str:
    """An item of a block list, without the end of its last line."""
    if isinstance(entry, str):
        return f"{indent}-{look.gap}{_scalar(entry, look.quote)}"
    return f"{indent}-{look.gap}" + f"{line_feed}{indent} {' ' * len(look.gap)}".join(_pairs(entry, look, flow=False))


def _bracketed(entries: Sequence[Entry], look: ListStyle) -> str:
    return f"[{', '.join(_in_flow(entry, look) for entry in entries)}]"


def _in_flow(entry: Entry, look: ListStyle) -> str:
    if isinstance(entry, str):
        return _scalar(entry, look.quote, flow=True)
    return f"{{{', '.join(_pairs(entry, look, flow=True))}}}"


def _pairs(entry: Mapping[str, str], look: ListStyle, flow: bool) -> list[str]:
    quotes = dict(look.shape)
    return [f"{_scalar(key, '', flow)}: {_scalar(value, quotes.get(key, ''), flow)}" for key, value in entry.items()]


def _scalar(text: str, quote: str, flow: bool = False) -> str:
    """A text as a scalar that reads as exactly this text, in these quotes where they can hold it."""
    if quote == "" and _could_be_plain(text, flow):
        return text
    if quote == "'" and _PRINTABLE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    written: str = yaml.dump(text, default_style='"', allow_unicode=True, width=10**9, Dumper=yaml.SafeDumper)
    return written.rstrip("\n")


def _could_be_plain(text: str, flow: bool) -> bool:
    """Whether a text needs no quotes as an item, value or key, for old, new and narrow readers of YAML alike."""
    if _NO_TEXT.fullmatch(text) or not _PRINTABLE.fullmatch(text):
        return False
    tries = (f"[{text}]", f"{{{text}: {text}}}") if flow else (f"- {text}", f"{text}: {text}")
    try:
        return all(
            _is_flat(written) and yaml.load(written, Loader=yaml.CSafeLoader) == yaml.safe_load(written) == meant
            for written, meant in zip(tries, ([text], {text: text}), strict=True)
        )
    except (yaml.YAMLError, ValueError):
        return False


def _is_flat(written: str) -> bool:
    """Whether texts alone stand in a list or mapping; seen without building it, as a title may hold 50,000 brackets."""
    events = yaml.parse(written, Loader=yaml.CSafeLoader)
    opened = (one for one in events if isinstance(one, yaml.CollectionStartEvent | yaml.AliasEvent))
    return next(opened, None) is not None and next(opened, None) is None


def _plainly(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style not in ("'", '"', "|", ">")


def _quotes(node: yaml.Node) -> str:
    return node.style if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') else ""


def _over_lines(node: yaml.ScalarNode) -> bool:
    return node.style in ("|", ">") or bool(node.start_mark.line != node.end_mark.line)


def _usual_quote(nodes: Sequence[yaml.Node]) -> str:
    scalars = [one for one in nodes if isinstance(one, yaml.ScalarNode)]
    return usual_quote(
        [(_quotes(one), bool(_quotes(one)) and not _could_be_plain(one.value, flow=True)) for one in scalars]
    )


def _shape(items: Sequence[yaml.Node]) -> tuple[tuple[str, str], ...]:
    """The keys of the last item, if it is a mapping, each with the quotes that its values have."""
    if not isinstance(items[-1], yaml.MappingNode):
        return ()
    mappings = [{key.value: value for key, value in one.value} for one in items if isinstance(one, yaml.MappingNode)]
    return tuple((key, _usual_quote([one[key] for one in mappings if key in one])) for key in mappings[-1])
