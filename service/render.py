"""The only place where markup is made: text and spans become HTML, every piece escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup, escape

from indexer.model import Fragment, Query, Sort


def highlighted(fragment: Fragment) -> Markup:
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


def page_link(query: Query, page: int) -> str:
    return _link(query, query.tags, query.sort, page)


def sort_link(query: Query, sort: Sort) -> str:
    return _link(query, query.tags, sort, 1)


def tag_link(query: Query, tag: str) -> str:
    """The same question with a tag more, or without it if it is there."""
    tags = tuple(one for one in query.tags if one != tag) if tag in query.tags else (*query.tags, tag)
    return _link(query, tags, query.sort, 1)


def spelling_link(query: Query, text: str) -> str:
    return _link(replace(query, text=text), query.tags, query.sort, 1)


def _link(query: Query, tags: Sequence[str], sort: Sort, page: int) -> str:
    """The same question with other tags, another order or another page; what stands at its default is left out."""
    said: dict[str, object] = {"q": query.text, "tag": list(tags), "language": query.language}
    said |= {"since": query.since, "until": query.until, "sort": sort, "page": page, "per_page": query.per_page}
    usual = {"sort": Sort.RELEVANCE, "page": 1, "per_page": 10}
    asked = {name: value for name, value in said.items() if value and value != usual.get(name)}
    return f"/?{urlencode(asked, doseq=True)}"
