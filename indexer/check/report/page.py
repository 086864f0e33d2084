"""Findings as JSON → a page that stands alone."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib.resources import files
from typing import Any

_PARTS = files("indexer.check.report")


def page(drawn: dict[str, Any], name: str) -> str:
    """The page of a check. drawn: as `answers.drawn` has it. name: what the site is called.

    No text of a post can end the element that it stands in, and nothing but our own script runs: the browser is told
    the digest of each script and of the style, and that the page fetches nothing.
    """
    # As JSON, "<" means the same when it is escaped, and nothing that an HTML parser looks for is left.
    data = json.dumps(drawn, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    style, library, script = (_text(part) for part in ("page.css", "d3.min.js", "page.js"))
    filled = {
        "NAME": html.escape(name),
        "POLICY": f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(library)} {_digest(script)}",
        "STYLE": style,
        "LIBRARY": library,
        "SCRIPT": script,
        "DATA": data,
    }
    pieces = _text("page.html").split("%%")
    # What stands between two marks is a name; texts that are filled in are never looked at again.
    return "".join(filled[piece] if place % 2 else piece for place, piece in enumerate(pieces))


def _text(part: str) -> str:
    return (_PARTS / part).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
