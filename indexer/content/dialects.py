"""What a generator reads otherwise than CommonMark → the same in CommonMark.

An id may be made of words that no reader sees, such as the source of {{ an expression }} in a heading. They are put
between characters of private use, with what is shown in their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from indexer.model import AnchorStyle

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_HASHES = re.compile(r"^(?:(#{1,6})(?!#*[ \t]|#*$)|(#{6})(?=#))")
_DOCUMENTED = re.compile(r"((?:> ?)*#{1,6} +)::: +([A-Za-z_]\w*(?:\.\w+)+) *")
_NAMED = re.compile(r"\[([^\[\]]+)\]\[[A-Za-z_]\w*(?:\.\w+)+\]")
_UNDERLINE = re.compile(r"(?:=+|-+) *")
_HEADING_LINE = re.compile(r"^ {0,3}(?:> ?|[-*+] )*#{1,6} [^\n]*[&{][^\n]*$", re.MULTILINE)
_HEADING_WITH_ESCAPE = re.compile(r"^ {0,3}(?:> ?|[-*+] )*#{1,6} [^\n]*[&\\][^\n]*$", re.MULTILINE)
_CODE_OR_COLON = re.compile(r"(`+)(?!`)[^\n]+?(?<!`)\1(?!`)|\\:|&(?:#58|#[xX]3[aA]|colon);")
_CODE_OR_EXPRESSION = re.compile(r"(`+)(?!`)[^\n]+?(?<!`)\1(?!`)|\{\{([^{}\n]*)\}\}|(&#?\w{1,31};)")
_IN_ID = re.compile("\ue000([^\ue000-\ue002]*)\ue001([^\ue000-\ue002]*)\ue002")


def as_commonmark(text: str, style: AnchorStyle) -> str:
    """A body as a parser of CommonMark reads it as the generator does. style: of ids, which tells the generator."""
    dialect = _DIALECTS.get(style)
    return dialect(text) if dialect else text


def in_id(words: str, shown: str = "") -> str:
    """A piece of a heading whose id is made of some words while others are shown."""
    return f"\ue000{words}\ue001{shown}\ue002"


def text_of_id(heading: str) -> str:
    return heading if heading.isascii() else _IN_ID.sub(r"\1", heading)


def text_shown(heading: str) -> str:
    return heading if heading.isascii() else _IN_ID.sub(r"\2", heading).strip()


def _python_markdown(text: str) -> str:
    """Python-Markdown needs no space after the hashes of a heading; only a single line can be underlined."""
    return "\n".join(_python_markdown_lines(text.split("\n")))


def _python_markdown_lines(lines: list[str]) -> Iterator[str]:
    fence = before = above = ""  # the line before, and the one above that
    for line in lines:
        if fence:
            fence = "" if line.lstrip(" \t>").startswith(fence) else fence
        elif match := _FENCE.match(line):
            fence = match[1]
        elif line.startswith("#"):
            line = _HASHES.sub(r"\1\2 ", line, count=1)
        elif above.strip() and before.strip() and not above.startswith("#") and _UNDERLINE.fullmatch(line):
            line = ""
        yield line if fence or "#" not in line else _with_identifiers(line)
        above, before = before, line


def _with_identifiers(line: str) -> str:
    """A heading in which mkdocstrings and autorefs know names of Python: ::: oven.heat, and [the oven][oven.heat]."""
    if ":::" in line and (match := _DOCUMENTED.fullmatch(line)):
        return f"{match[1]}{match[2]} {{#{match[2]}}}"
    return _NAMED.sub(r"\1", line) if "][" in line and line.startswith(("#", ">")) else line


def _vitepress(text: str) -> str:
    """VitePress makes ids of the source of expressions, and of entities as they are written."""
    if "{{" not in text and "&" not in text:
        return text
    return _HEADING_LINE.sub(lambda line: _CODE_OR_EXPRESSION.sub(_with_source, line[0]), text)


def _with_source(match: re.Match[str]) -> str:
    if match[2]:
        return in_id(match[2])
    return in_id(match[3].replace("&", "&amp;"), shown=match[3]) if match[3] else match[0]


def _docusaurus(text: str) -> str:
    """A colon that is escaped or written as an entity opens no directive: &#58;name."""
    return _HEADING_WITH_ESCAPE.sub(lambda line: _CODE_OR_COLON.sub(_as_text, line[0]), text)


def _as_text(match: re.Match[str]) -> str:
    return match[0] if match[1] else in_id(":", shown=":")


_DIALECTS: dict[AnchorStyle, Callable[[str], str]] = {
    AnchorStyle.PYTHON_MARKDOWN: _python_markdown,
    AnchorStyle.PYMDOWNX: _python_markdown,
    AnchorStyle.VITEPRESS: _vitepress,
    AnchorStyle.DOCUSAURUS: _docusaurus,
}
