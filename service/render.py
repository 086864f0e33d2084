"""The only place where markup is made: of text and spans, every piece escaped, and of the site's own fragments."""

from __future__ import annotations

from markupsafe import Markup, escape

from indexer.model import Snippet


def highlighted(fragment: Snippet) -> Markup:
    """A fragment with its spans marked."""
    text, done = fragment.text, 0
    pieces: list[str] = []
    for start, end in fragment.spans:
        pieces += (text[done:start], text[start:end])
        done = end
    pieces.append(text[done:])
    if len(escape(text)) != len(text):  # most texts need no escaping, and then no piece of them does
        pieces = [escape(piece) for piece in pieces]
    pieces[1::2] = [f"<mark>{piece}</mark>" for piece in pieces[1::2]]
    return Markup("".join(pieces))  # noqa: S704  # every piece of text is escaped


def paragraphs(text: str) -> list[str]:
    """Stored text as its paragraphs, for a template that escapes them."""
    return [line for line in text.split("\n") if line]


def fragment(html: str) -> Markup:
    """HTML that the operator of the service wrote for the pages, as it is."""
    return Markup(html)  # noqa: S704  # a file that the settings name, and no script runs in it
