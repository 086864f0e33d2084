"""The only place where markup is made: text and spans become HTML, every piece escaped."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup, escape

from indexer.model import Fragment, Query, Sort


def highlighted(fragment: Fragment) -> Markup:
    """A fragment with its spans marked."""
    pieces: list[Markup] = []
    done = 0
    for start, end in fragment.spans:
        pieces += [
            escape(fragment.text[done:start]),
            Markup("<mark>{}</mark>").format(fragment.text[start:end]),
        ]
        done = end
    pieces.append(escape(fragment.text[done:]))
    return Markup("").join(pieces)


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
    return f"/?{urlencode({'q': text, 'tag': query.tags}, doseq=True)}"


def _link(query: Query, tags: Sequence[str], sort: Sort, page: int) -> str:
    said: list[tuple[str, str | int]] = [("q", query.text), *(("tag", tag) for tag in tags)]
    if sort is not Sort.RELEVANCE:
        said.append(("sort", sort))
    if page > 1:
        said.append(("page", page))
    return f"/?{urlencode(said)}"
