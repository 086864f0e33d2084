"""Front matters as people write them, and as they would not: for tests that try thousands.

Each comes with what is in it by construction, so that no reader has to be trusted: the names in its list, and what the
list must look like to be found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Written:
    """The bytes of a file, and the names in its list; None where it has none. shared: an anchor stands in the list."""

    data: bytes
    names: list[str] | None
    shared: bool = False


NAMES = [
    "rye",
    "2021-03-03-soup",
    "/food/cocoa/",
    "baking.md",
    "no such post",
    "a: b",
    "#5",
    "*",
    "brød 🍞",
    "it's",
    "null?",
]
KEYS = ["related", "relatedPosts", "related_posts"]
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_COMMENTS = st.sampled_from(["", " # why", "  # ä, [b] {c} 'd", " #"])
_OTHERS = st.sampled_from(
    [
        "title: Bread", "date: 2024-01-02", "draft: no", "n: 1_000", "x: ~", "tags: [a,b, 'c']", "tags:\n- a\n- b # c",
        "text: |\n  One\n\n  two\n", "text: >-\n  One\n  two", "text: |+\n  One\n\n", "d: \"\n<p>One,\ntwo</p>\n\"",
        "long: one\n  two\n\n  three",
        "m:\n  k: v\n  # c\n  l: [1,\n 2]", "'odd key': 1", "? complex\n: value", "e: 🍞",
        "# related: [x]", "", "a: &a [1]\nb: *a", "u: http://x/#y", "q: 'it''s'", "empty:",
        "w: \"a \\\n  b\"", "n\u00e4: \u2028",
    ]
)  # fmt: skip


def _quoted(name: str, quote: str) -> str:
    if quote == "'" or (not quote and name in ("a: b", "#5", "*", "null?")):
        return "'" + name.replace("'", "''") + "'"
    return json.dumps(name, ensure_ascii=False) if quote else name


@st.composite
def _block_list(draw: st.DrawFn, names: list[str]) -> str:
    indent, gap = " " * draw(st.integers(0, 5)), " " * draw(st.integers(1, 4))
    text = draw(_COMMENTS)
    for name in names:
        text += f"\n{indent}-{gap}{_quoted(name, draw(st.sampled_from(['', chr(39), chr(34)])))}{draw(_COMMENTS)}"
        text += draw(st.sampled_from(["", "", "\n", f"\n{indent}# between", "\n# outside"]))
    return text


@st.composite
def _flow_list(draw: st.DrawFn, names: list[str]) -> str:
    quotes = [draw(st.sampled_from(["", "'", '"'])) for _ in names]
    items = [_quoted(name, quote) for name, quote in zip(names, quotes, strict=True)]
    if draw(st.booleans()):
        comma = draw(st.sampled_from([",", ", ", " , "]))
        end = draw(st.sampled_from(["", " ", ",", ", "]))
        return f" [{draw(st.sampled_from(['', ' ']))}{comma.join(items)}{end}]{draw(_COMMENTS)}"
    lines = [f"  {item}{',' if place < len(items) - 1 else ''}{draw(_COMMENTS)}" for place, item in enumerate(items)]
    closing = draw(st.sampled_from(["\n]", "\n  ]", "]", " ]"]))
    return " [\n" + "\n".join(lines) + (f"\n{closing.strip()}" if "#" in lines[-1] else closing)


@st.composite
def _mappings(draw: st.DrawFn, names: list[str]) -> str:
    indent = " " * draw(st.integers(0, 4))
    pairs = [(f"text: {_quoted(draw(_TEXTS), chr(34))}", f"url: {_quoted(name, chr(34))}") for name in names]
    if draw(st.booleans()):
        return "".join(f"\n{indent}- {one}\n{indent}  {other}{draw(_COMMENTS)}" for one, other in pairs)
    return " [" + ", ".join(f"{{{one}, {other}}}" for one, other in pairs) + "]"


@st.composite
def yaml_files(draw: st.DrawFn) -> Written:
    """A file with YAML front matter, with a list of related posts in any style, or none."""
    names = draw(st.none() | st.lists(st.sampled_from(NAMES), max_size=4))
    others = draw(st.lists(_OTHERS, max_size=6, unique_by=lambda line: line.partition(":")[0]))
    key = draw(st.sampled_from(KEYS))
    lines = others
    if names:
        style = draw(st.sampled_from([_block_list, _flow_list, _mappings]))
        lines = _inserted(draw, others, key + draw(st.sampled_from([":", ": ", " :"])) + draw(style(names)))
    elif names is not None:
        empty = draw(
            st.sampled_from([":", ": []", ": [ ]", ": null", ": ~", ": ''", ":   # none", ": [ # x\n]", ": [\n]"])
        )
        lines = _inserted(draw, others, key + empty)
    if draw(st.integers(0, 9)) == 0 and names:
        block = "\n".join(f"  {line}" for line in "\n".join(lines).split("\n"))
        lines = [f"extra:\n{block}"]
    block, shared = "\n".join(lines), False
    if names and draw(st.integers(0, 19)) == 0 and f'"{names[-1]}"' in block:
        shared = True
        block = block.replace(f'"{names[-1]}"', f'&r "{names[-1]}"', 1)
    if draw(st.integers(0, 9)) == 0:
        block = "\n".join(f"  {line}" for line in block.split("\n"))
    return Written(_file(draw, "---", block), names, shared)


@st.composite
def toml_files(draw: st.DrawFn) -> Written:
    """A file with TOML front matter, likewise."""
    names = draw(st.none() | st.lists(st.sampled_from(NAMES), max_size=4))
    others = draw(
        st.lists(
            st.sampled_from(
                ['title = "Bread"', "date = 2024-01-02", "n = 1_000", "tags = [\n'a', # b\n]", "t = '''\na\n[x]\n'''",
                 "# c", "", 'm = {a = 1, "b c" = [2]}', "f = 1e3", "a.b = 1"]
            ),
            max_size=5,
            unique=True,
        )
    )  # fmt: skip
    lines = others
    if names is not None:
        items = [draw(st.sampled_from([_toml_text, _basic]))(name) for name in names]
        style = draw(st.sampled_from(["[{}]", "[ {} ]", "[\n  {}\n]", "[\n\t{}, # last\n  # end\n]"]))
        array = (
            style.format((",\n  " if "\n" in style else ", ").join(items))
            if items
            else draw(st.sampled_from(["[]", "''"]))
        )
        lines = _inserted(draw, others, draw(st.sampled_from(KEYS)) + draw(st.sampled_from([" = ", "="])) + array)
    tables = draw(st.sampled_from(["", "\n[extra]\nx = 1", "\n# of the table\n[other]\ny = [[1], [2]]\n[[z]]\nk = 1"]))
    return Written(_file(draw, "+++", "\n".join(lines) + tables), names)


def _toml_text(name: str) -> str:
    return _basic(name) if "'" in name else f"'{name}'"


def _basic(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _inserted(draw: st.DrawFn, lines: list[str], line: str) -> list[str]:
    place = draw(st.integers(0, len(lines)))
    return [*lines[:place], line, *lines[place:]]


def _file(draw: st.DrawFn, fence: str, block: str) -> bytes:
    body = draw(st.sampled_from(["Body.\n", "Body", "", "---\n\n+++\nrelated: [x]\n", "A\n\n---\nB: c\n---\n"]))
    text = f"{fence}{draw(st.sampled_from(['', ' ']))}\n{block}\n{fence}\n{body}"
    text = text.replace("\n", "\r\n", draw(st.sampled_from([0, 0, -1, 3])))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode()
