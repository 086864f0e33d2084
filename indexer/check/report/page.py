"""Findings as JSON → a self-contained page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib.resources import files
from typing import Any

_PARTS = files("indexer.check.report")
_LOADED = ("page.css", "d3.min.js", "page.js")


def page(findings: dict[str, Any], name: str) -> str:
    """The page of a check. findings: as `serialize.drawn` returns them. name: of the site.

    No text of a post can end the element that holds it, and only our own scripts run: a Content-Security-Policy names
    the digest of each script and of the style, and forbids to fetch anything.
    """
    # Escaped, "<" means the same in JSON, and leaves nothing that an HTML parser looks for.
    data = json.dumps(findings, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    style, library, script = map(_text, _LOADED)
    values = {
        "NAME": html.escape(name),
        "POLICY": policy(),
        "STYLE": style,
        "LIBRARY": library,
        "SCRIPT": script,
        "DATA": data,
    }
    pieces = _text("page.html").split("%%")
    # Every second piece is the name of a placeholder. Values are never searched for placeholders themselves.
    return "".join(values[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def policy() -> str:
    """The Content-Security-Policy of the page."""
    style, library, script = map(_digest, map(_text, _LOADED))
    return f"default-src 'none'; style-src {style}; script-src {library} {script}"


def _text(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
