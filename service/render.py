"""The only place where markup is made: text and spans become HTML, every piece escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup, escape

from indexer.model import SearchRequest, Snippet, Sort
from indexer.search.query import parse
from indexer.text import analysis

# What may be an exclusion, without its minus; whether it is one depends on the site.
_EXCLUSION = re.compile(r"(?<!\S)-(?P<piece>[^\s\d-]\S+)")


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


def page_link(wanted: SearchRequest, page: int) -> str:
    return _link(wanted, wanted.tags, wanted.sort, page)


def sort_link(wanted: SearchRequest, sort: Sort) -> str:
    return _link(wanted, wanted.tags, sort, 1)


def tag_link(wanted: SearchRequest, tag: str) -> str:
    """The same question with a tag more, or without it if it is there."""
    tags = tuple(other for other in wanted.tags if other != tag) if tag in wanted.tags else (*wanted.tags, tag)
    return _link(wanted, tags, wanted.sort, 1)


def spelling_link(wanted: SearchRequest, text: str) -> str:
    return _link(replace(wanted, query=parse(text)), wanted.tags, wanted.sort, 1)


def including_link(wanted: SearchRequest, excluded: str) -> str:
    """The same question, with words that it excludes asked for like all others. excluded: one of `Hits.excluded`."""

    def without_minus(match: re.Match[str]) -> str:
        words = analysis.words(match["piece"])
        return match["piece"] if words and words == excluded.split(" ")[: len(words)] else match[0]

    text = _EXCLUSION.sub(without_minus, wanted.query.text)
    return _link(replace(wanted, query=parse(text)), wanted.tags, wanted.sort, 1)


def _link(wanted: SearchRequest, tags: Sequence[str], sort: Sort, page: int) -> str:
    """The same question with other tags, another order or another page; what stands at its default is left out."""
    params: dict[str, object] = {"q": wanted.query.text, "tag": list(tags), "language": wanted.language}
    params |= {"since": wanted.since, "until": wanted.until, "sort": sort, "page": page, "per_page": wanted.per_page}
    usual = {"sort": Sort.RELEVANCE, "page": 1, "per_page": 10}
    changed = {name: value for name, value in params.items() if value and value != usual.get(name)}
    return f"/?{urlencode(changed, doseq=True)}"
