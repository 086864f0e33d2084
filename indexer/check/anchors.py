"""Whether a page has the place that a fragment names.

Slugs differ from generator to generator, and themes give ids to more than headings. So a fragment is only missing where
no heading, no id and no line of the file says the same in whatever spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from rapidfuzz import fuzz, process

from indexer.model import Post

# Ids that browsers, themes and generators know beside those of the text.
MADE_BY_THEMES = frozenset(
    """
    top main content main-content maincontent page comments comment respond disqus_thread header footer nav menu toc
    table-of-contents contents share search subscribe newsletter related sidebar start readme
    """.split()  # noqa: SIM905  # a list of words
)
LEAST_SIMILARITY = 60
# Headings of which one fragment is made; a page has six levels.
MOST_NESTED = 5
_ID = re.compile(r"""(?:\b(?:id|name)\s*[=:]\s*["']?|\{#|\{:[^}\n]*#|\[[ \t]*#)([^\s"'>}\]]+)""", re.IGNORECASE)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_COUNTED = re.compile(r"[-_]\d{1,3}\Z")
_KEY = re.compile(r"\A[ \t-]*\w[\w-]*:[ \t]")  # in front matter, from which layouts make sections
_OUTER_NUMBER = re.compile(r"\A[\d\W_]+")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<[^<>\n]*>|\{[^{}\n]*\}|\]\([^()\n]*\)")
# What stands alone on a line and may bring headings of another file: a tag of a template, a component, an include.
_MADE_ELSEWHERE = re.compile(
    r"""
      ^ [ \t>*-]* (?:
          \{%-?\s* (?! /? (?:end)?(?:raw|highlight|comment|code|codeblock|figure|img|image|youtube|gist|tweet)\b )
        | \{\{ (?! [<%]? \s* /? (?:highlight|figure|youtube|gist|tweet|vimeo|code)\b )
        | <(?-i:[A-Z])
        | (?: !? @? include | partial | snippet | component ) :
        | --8<-- | !\[\[ | \{! | \[\[\s*\w+:
      )
    | \{\{[%<]? \s* (?: include | \#include | partial | import | embed | content | readfile )
    | \{%-? \s* (?: include | render | import | embed | partial | content )
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
# Fragments that are no ids: text fragments, routes, lines of code, footnotes, states of a page.
_NO_ID = re.compile(r"[:~/!=?&]|\A(?:L\d|fn|footnote|ref\d|cite|\d+\Z)", re.IGNORECASE)


class Anchors:
    """The places in pages by their ids. text_of: the text of a post's file."""

    def __init__(self, text_of: Callable[[Post], str]) -> None:
        self._text_of = text_of
        self._in_headings: dict[str, frozenset[str]] = {}
        self._in_text: dict[str, frozenset[str] | None] = {}

    def has(self, post: Post, fragment: str) -> bool:
        """Whether a page has the place, or may have it."""
        fragment = unquote(fragment)
        if not fragment or fragment.casefold() in MADE_BY_THEMES or _NO_ID.search(fragment):
            return True
        wanted = _spellings_of(fragment)
        if post.path not in self._in_headings:
            self._in_headings[post.path] = frozenset(_spellings_in_headings(post))
        headings = self._in_headings[post.path]
        if not headings.isdisjoint(wanted) or _is_heading_with_symbol(post, wanted) or _is_nested(headings, wanted):
            return True
        if post.path not in self._in_text:
            text = self._text_of(post)
            self._in_text[post.path] = None if _MADE_ELSEWHERE.search(text) else frozenset(_spellings_in(text))
        in_text = self._in_text[post.path]
        return in_text is None or not in_text.isdisjoint(wanted)

    def nearest(self, post: Post, fragment: str) -> str:
        """The anchor that is most likely meant; empty if none is like it."""
        anchors = sorted({section.anchor for section in post.sections if section.anchor})
        found = process.extractOne(unquote(fragment), anchors, scorer=fuzz.ratio, score_cutoff=LEAST_SIMILARITY)
        return found[0] if found else ""


def _spellings_of(fragment: str) -> set[str]:
    return {letters(fragment), letters(_COUNTED.sub("", fragment)), letters(_OUTER_NUMBER.sub("", fragment))} - {""}


def _spellings_in_headings(post: Post) -> Iterator[str]:
    spellings = {letters(post.title)}
    for section in post.sections:
        spellings |= {letters(section.anchor), letters(_OUTER_NUMBER.sub("", section.heading))}
    yield from spellings - {""}


def _is_heading_with_symbol(post: Post, wanted: set[str]) -> bool:
    """Whether a fragment is a heading and the name of the emoji before or behind it: crust-crab."""
    headings = [letters(heading) for heading in post.headings if _has_symbol(heading)]
    return any((heading and one.startswith(heading)) or one.endswith(heading) for heading in headings for one in wanted)


def _is_nested(headings: frozenset[str], wanted: set[str]) -> bool:
    """Whether a fragment is several headings in a row, as sites write where sections of two have the same name."""
    pending = list(wanted)
    for _ in range(MOST_NESTED):
        pending = [one.removesuffix(heading) for one in pending for heading in headings if one.endswith(heading)]
        if not headings.isdisjoint(pending):
            return True
    return False


def _has_symbol(heading: str) -> bool:
    return not heading.isascii() and any(unicodedata.category(char) == "So" for char in heading)


def _spellings_in(text: str) -> Iterator[str]:
    """Letters and digits of all that may be an id: ids, and whole lines, such as terms of a list."""
    for line in text.split("\n"):
        plain = _TAG.sub(" ", line)
        for one in {line, plain, plain.replace("&", " and "), _KEY.sub("", line)}:
            yield letters(one)
            yield letters(_OUTER_NUMBER.sub("", one))
    for match in _ID.finditer(text):
        yield letters(match[1])


@lru_cache(maxsize=4096)
def letters(text: str) -> str:
    """The letters and digits of a text without accents, in small letters."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _NOT_ALPHANUMERIC.sub("", text).casefold()
