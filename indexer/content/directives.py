"""What site generators add to Markdown, taken out before the parser: directives and admonitions, and all of MDX.

    :::note[Flour]            !!! warning "Hot"                <Tabs>
    Flour is dusty.               The oven is hot.               Rye wants time.
    :::                                                        </Tabs>

The titles and the text stay, without indentation that the parser would take for code; all else goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexer.content.dialects import in_id

# ::: of Docusaurus, VitePress, Pandoc and remark-directive: with a name, a title, or attributes in braces; or the end.
_DIRECTIVE = re.compile(
    r":{3,}[ \t]*(?:[A-Za-z][\w-]*)?[ \t]*(?:\[(?P<title>[^\]\n]*)\]|(?P<words>[^\n{}]*))[ \t]*(?:\{[^}\n]*\})?[ \t]*"
)
# !!! and ??? of Python-Markdown, and the tabs of its pymdown extensions; what belongs to them is indented by four.
_ADMONITION = re.compile(
    r"""
      (?: !!! | \?\?\?\+? ) [ \t]+ [\w-]+ (?: [ \t]+[\w-]+ )* (?: [ \t]+ "(?P<title>[^"\n]*)" )? [ \t]*
    | ===[!+]? [ \t]+ "(?P<tab>[^"\n]*)" [ \t]*
    """,
    re.VERBOSE,
)
# Where one of them may begin: one pass over a text, where four searches for its signs would be four.
_OPENING = re.compile(r"\n[ \t>]*+(?::::|!!![ \t]|\?\?\?|===[!+]?[ \t])")
MOST_BEFORE = 200  # characters before an opening on the first line
_COMMENTED_ID = re.compile(r"\{/\*[ \t]*(#[\w:.-]+)[ \t]*\*/\}(?=[ \t]*$)", re.MULTILINE)  # as Docusaurus writes it
_HEADING_START = re.compile(r"[ \t]*#{1,6}[ \t]")
_FENCE = re.compile(r"`{3,}|~{3,}")
_INDENT = 4

_IMPORT = re.compile(r"import[ \t]+(?:[\w*{][^\n]*|[\"'][^\"'\n]+[\"'];?[ \t]*)\Z")
_EXPORT = re.compile(r"export[ \t]+(?:(?:const|let|var|function|default|async|class)\b|[{*])")
_IMPORT_FIRST = re.compile(r"\s*import[ \t]+[\w*{][^;\n]*(?:\n[^\n]+)*?[ \t]from[ \t]+[\"']")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
# Code, which is skipped, and what may open a tag or an expression.
_CODE_OR_JSX = re.compile(
    r"""
      (?: ^ | (?<=\n) ) [ \t>]* (?P<fence> `{3,} | ~{3,} ) [^\n]*
    | (?P<ticks> `+ )
    | (?P<tag> </? (?: [A-Za-z][\w.:-]* )? (?=[\s/>]) )
    | (?P<brace> \{ (?!\#[\w:.-]+\}) )  # {#id} is the id of a heading
    """,
    re.VERBOSE,
)
# Characters of one tag or expression; and how often all of a text may be looked through for the ends of them.
MOST_JSX, MOST_SCANS = 20_000, 4


def without_directives(text: str) -> str:
    """Text whose directives and admonitions are plain paragraphs."""
    if not (_OPENING.search(text) or _OPENING.match(f"\n{text[:MOST_BEFORE]}")):
        return text
    lines: list[str] = []
    blocks: list[int] = []  # the indentation of each admonition that is open
    fence = ""
    for line in text.split("\n"):
        width = len(line) - len(line.lstrip(" "))
        while blocks and line.strip() and width < blocks[-1] + _INDENT:
            blocks.pop()
            fence = ""
        line = line[min(width, _INDENT * len(blocks)) :]
        stripped = line.strip()
        if fence:
            fence = "" if stripped.startswith(fence) and not stripped.strip(fence[0]) else fence
        elif match := _DIRECTIVE.fullmatch(stripped):
            line = f"\n{match['title'] or match['words'] or ''}\n"
        elif match := _ADMONITION.fullmatch(stripped):
            blocks.append(width)
            line = f"\n{match['title'] or match['tab'] or ''}\n"
        elif match := _FENCE.match(stripped):
            fence = match[0]
        lines.append(line)
    return "\n".join(lines)


# --------------------------------------------------------------------------------------------------------- MDX


def is_mdx(path: str, body: str) -> bool:
    """Whether a body is MDX: by the suffix of its file, or because it begins with an import, as in Docusaurus."""
    return path.lower().endswith(".mdx") or bool(_IMPORT_FIRST.match(body))


def without_jsx(text: str) -> str:
    """Text of MDX without imports and exports, tags of components, expressions and comments."""
    if "/*" in text:
        text = _COMMENTED_ID.sub(r"{\1}", text)
    text = "".join(_without_tags_of_components(_without_modules(text)))
    return "\n".join(_without_indentation(text.split("\n")))


def _without_modules(text: str) -> str:
    """Text without the blocks of import and export, each of which ends at an empty line."""
    lines: list[str] = []
    in_module, after_blank, fence = False, True, ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif match := _FENCE.match(line.lstrip(" \t>")):
            fence = match[0]
        elif after_blank and (_IMPORT.match(line) or _EXPORT.match(line)):
            in_module = True
        after_blank = not line.strip()
        in_module = in_module and not after_blank
        if not in_module:
            lines.append(line)
    return "\n".join(lines)


def _without_tags_of_components(text: str) -> Iterator[str]:
    """The pieces of text around tags of components, tags with expressions, and expressions; code stays."""
    copied = position = scanned = 0
    while scanned < MOST_SCANS * (len(text) + MOST_JSX) and (match := _CODE_OR_JSX.search(text, position)):
        position = match.end()
        if match["fence"]:
            closing = re.compile(rf"\n[ \t>]*{match['fence']}[`~]*[ \t]*(?=\n|\Z)").search(text, position)
            if closing is None:
                break
            position = closing.end()
        elif match["ticks"]:
            closing = re.compile(rf"(?<!`){match['ticks']}(?!`)").search(text, position, position + MOST_JSX)
            position = closing.end() if closing else position
        else:
            end = _end_of_jsx(text, match.start(), is_tag=bool(match["tag"]))
            scanned += end - match.start() if end else MOST_JSX
            name = (match["tag"] or "").strip("</")
            if end and (not name or not name[0].islower() or "." in name or "{" in text[match.start() : end]):
                yield text[copied : match.start()]
                if match["brace"] and _HEADING_START.match(text, text.rfind("\n", 0, match.start()) + 1):
                    yield _source_of_expression(text[match.start() + 1 : end - 1])
                copied = position = end
    yield text[copied:]


def _source_of_expression(source: str) -> str:
    """What an expression in a heading adds to its id: its own source, unless it is a comment."""
    return "" if source.startswith("/*") or "\n" in source else in_id(source)


def _end_of_jsx(text: str, start: int, *, is_tag: bool) -> int | None:
    """Where a tag or an expression ends, with strings and braces within it; None if it does not end soon."""
    depth, quote, position = 0, "", start
    for position in range(start, min(len(text), start + MOST_JSX)):
        char = text[position]
        if quote:
            quote = "" if char == quote and text[position - 1] != "\\" else quote
        elif char in "\"'`" and (is_tag or depth > 0) and not (char == "'" and text[position - 1].isalnum()):
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0 and not is_tag:
                return position + 1
        elif char == ">" and depth == 0 and is_tag:
            return position + 1
    return None


def _without_indentation(lines: list[str]) -> Iterator[str]:
    """MDX has no indented code: what is indented outside of lists and code is the content of a component."""
    in_list, fence = False, ""
    for line in lines:
        stripped = line.lstrip(" \t")
        if fence:
            fence = "" if stripped.startswith(fence) else fence
        elif match := _FENCE.match(stripped):
            fence = match[0]
            line = line if in_list else stripped
        elif _LIST_ITEM.match(line):
            in_list = True
        elif stripped == line and stripped:
            in_list = False
        yield line if in_list or fence or not stripped else stripped
