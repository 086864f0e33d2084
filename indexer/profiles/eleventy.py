"""What the configuration of Eleventy says, a program that is not run: folders, and who makes the ids of headings."""

from __future__ import annotations

import re
from typing import Any

_COMMENT = re.compile(r"^\s*//.*|/\*(?s:.{0,2000}?)\*/", re.MULTILINE)
_FOLDER = re.compile(
    r"""\b(?:(?P<key>input|includes|layouts|data)["']?\s*:|set(?P<name>Input|Includes|Layouts|Data)Directory\()"""
    r"""\s*["'`](?P<folder>[^"'`\n]*)["'`]"""
)
_FOLDERS = re.compile(r"\bdir[\"']?\s*[:=]\s*\{([^{}]{0,1000})\}|(set\w+Directory\([^()\n]{0,200}\))")


def adapt(table: dict[str, Any], text: str) -> None:
    """Changes a `[content]` table by the text of a configuration."""
    text = _COMMENT.sub("", text)
    if "IdAttributePlugin" in text:
        table["anchors"] = "slugify"
    elif "markdown-it-anchor" in text:
        table["anchors"] = "slugify" if re.search(r"getFilter\([\"']slugify", text) else "markdown-it-anchor"
    folders = "".join(inner or call for inner, call in _FOLDERS.findall(text))
    for match in _FOLDER.finditer(folders):
        kind, folder = (match["key"] or match["name"]).lower(), match["folder"].removeprefix("./").strip("/")
        if kind == "input":
            table["roots"] = (folder or ".",)
        elif folder and not folder.startswith(".."):
            table["exclude"] = [*table["exclude"], f"{folder}/*", f"*/{folder}/*"]
