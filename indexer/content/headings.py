"""Headings and the attribute lists beside them, as each dialect has them → as the parser has them: ## Salt {#salt}."""

from __future__ import annotations

import re

from indexer.content.anchors import AttributeLists, Style

_ID = re.compile(r"\{:[^{}\n]*#([\w:.-]+)[^{}\n]*\}")
_UNDERLINE = re.compile(r"\n(?:=+|-+)[ \t]*\Z")
_NEXT_HEADING = re.compile(r"\n(#{1,6}[ \t][^\n{}`]*)(?=\n|\Z)")
_REST_OF_HEADING = re.compile(r"[ \t]*#*[ \t]*(?:\n|\Z)")
_FENCE_OR_HASHES = re.compile(
    r"^(?P<fence>`{3,12}+|~{3,12}+)[^\n]*\n(?s:.*?^(?P=fence)[`~]*[ \t]*$|.*)"
    r"|^(?P<hashes>#{1,6})(?=[^\s#])",
    re.MULTILINE,
)
_NOT_AT_THE_END = "<!---->"  # so that the parser does not read what is before it as attributes
LONGEST_HEADING = 1000


def with_spaces_after_hashes(text: str) -> str:
    """Text whose lines such as ##Salt are headings, as in Python-Markdown; in fenced code they stay."""
    return _FENCE_OR_HASHES.sub(lambda match: f"{match['hashes']} " if match["hashes"] else match[0], text)


def around_attributes(text: str, copied: int, start: int, end: int, style: Style) -> tuple[list[str], int]:
    """What is left of text from `copied` on to the attribute list that lies from start to end, and where to go on.

    An id that counts for a heading above, below or around the list goes to the end of that heading.
    """
    before = text[copied:start]
    found = _ID.fullmatch(text, start, end)
    in_heading = text.startswith("#", text.rfind("\n", max(start - LONGEST_HEADING, 0), start) + 1)
    if style.attributes is AttributeLists.IN_HEADINGS:
        is_last = in_heading and _REST_OF_HEADING.match(text, end)
        return [before, f"{{#{found[1]}}}" if found and is_last else ""], end
    if found and text[start - 1] == "\n" and text[end : end + 1] in ("\n", ""):
        if above := _with_id(before[:-1], found[1]):
            return above, end
        if text[max(start - 2, 0) : start].strip("\n") == "" and (below := _NEXT_HEADING.match(text, end)):
            return [before, below[1].rstrip(), f" {{#{found[1]}}}"], below.end()
    if in_heading and style.attributes is AttributeLists.OF_SPANS and text[start - 1] not in "*_`)]":
        return [before, text[start:end], _NOT_AT_THE_END], end
    return [before], end


def _with_id(lines: str, anchor: str) -> list[str] | None:
    """Lines whose last is a heading, underlined or not, with {#anchor} in it; None if it is none."""
    underline = _UNDERLINE.search(lines)
    end = underline.start() if underline else len(lines)
    start = lines.rfind("\n", 0, end) + 1
    if not lines[start:end].strip() or not (underline or lines[start:].startswith("#")):
        return None
    return [lines[:end], f" {{#{anchor}}}", lines[end:], "\n"]
