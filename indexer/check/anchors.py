"""Whether a page has the place that a fragment names.

Themes and plugins give ids to more than headings, each in its way. So a fragment is only missing where no heading, no
id and no line of the file says the same, whatever its spelling, and nothing in the file brings in other text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from rapidfuzz import fuzz, process

from indexer.model import Post

# Ids that browsers and themes know beside those of the text.
MADE_BY_THEMES = frozenset(
    """
    top main content maincontent comments comment respond disqusthread header footer nav menu toc tableofcontents
    contents share search subscribe newsletter related sidebar
    """.split()  # noqa: SIM905  # a list of words
)
# The least similarity (0..100) of an anchor that is named to the editor.
LEAST_SIMILARITY = 60
# A longer fragment is not taken apart.
LONGEST_FRAGMENT = 200
# Fragments that are no ids: of text, routes, lines of code, footnotes, states of a page.
_NO_ID = re.compile(r"[:~/!=?&]|\A(?:L\d|fn|footnote|ref\d|cite|\d+\Z)", re.IGNORECASE)
_ID = re.compile(r"""(?:\b(?:id|name)\s*[=:]\s*["']?|\{\s*#|\{:[^}\n]*#|\[[ \t]*#)([^\s"'>}\]]+)""", re.IGNORECASE)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_COUNTED = re.compile(r"[-_]\d{1,3}\Z")  # rye-1, the second heading "Rye"
_OUTER_NUMBER = re.compile(r"\A[\d\W_]+")  # 2. Rye
_KEY = re.compile(r"\A[ \t-]*\w[\w-]*:[ \t]")  # in front matter, from which layouts make sections
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<[^<>\n]*>|\{[^{}\n]*\}|\]\([^()\n]*\)")
_MADE_ELSEWHERE = re.compile(
    r"""
      ^ [ \t>*-]* (?:  # what stands alone on a line: a template tag, a component, a directive, an include
          \{%-?\s* (?! /? (?:end)?(?:raw|highlight|comment|code|codeblock|figure|img|image|youtube|gist|tweet)\b )
        | \{\{ (?! [<%]? \s* /? (?:highlight|figure|youtube|gist|tweet|vimeo|code)\b )
        | <(?-i:[A-Z]) | :::\ \S+\n[ ]{4} | --8<-- | !\[\[ | \{! | \[\[\s*\w+:
        | (?: !? @? include | partial | snippet | component ) :
      )
    | \{[{%][%<-]? \s* (?: \#?include | render | import | embed | partial | content | readfile )  # anywhere in a line
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)


class Anchors:
    """The places in pages by their ids. text_of: the text of a file by its path."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._in_headings: dict[str, set[str]] = {}
        self._with_symbol: dict[str, set[str]] = {}
        self._in_text: dict[str, set[str] | None] = {}

    def may_have(self, post: Post, fragment: str) -> bool:
        """Whether a page has the place, or may have it."""
        fragment = unquote(fragment)
        if not fragment or letters(fragment) in MADE_BY_THEMES or _NO_ID.search(fragment):
            return True
        wanted = {letters(fragment), letters(_COUNTED.sub("", fragment)), letters(_OUTER_NUMBER.sub("", fragment))}
        if post.path not in self._in_headings:
            self._in_headings[post.path] = set(_spellings_of_headings(post)) - {""}
            self._with_symbol[post.path] = {letters(heading) for heading in post.headings if _has_symbol(heading)} - {
                ""
            }
        headings = self._in_headings[post.path]
        if wanted & headings or any(self._is_made_of_headings(post, one) for one in wanted):
            return True
        if post.path not in self._in_text:
            text = self._text_of(post.path)
            self._in_text[post.path] = None if _MADE_ELSEWHERE.search(text) else set(_spellings_in(text))
        in_text = self._in_text[post.path]
        return in_text is None or bool(wanted & in_text)

    def _is_made_of_headings(self, post: Post, wanted: str) -> bool:
        """Whether a fragment begins and ends with a heading, as where themes put those above a heading before it.

        One that has an emoji at either end will do, as themes may write its name.
        """
        if len(wanted) > LONGEST_FRAGMENT:
            return False
        headings, symbols = self._in_headings[post.path], self._with_symbol[post.path]
        begins, ends = _begins_with(headings, wanted), _ends_with(headings, wanted)
        return (begins and ends) or (bool(symbols) and (_begins_with(symbols, wanted) or _ends_with(symbols, wanted)))

    def nearest(self, post: Post, fragment: str) -> str:
        """The anchor that is most likely meant; empty if none is like it."""
        anchors = sorted({section.anchor for section in post.sections if section.anchor})
        found = process.extractOne(unquote(fragment), anchors, scorer=fuzz.ratio, score_cutoff=LEAST_SIMILARITY)
        return found[0] if found else ""


def _spellings_of_headings(post: Post) -> Iterator[str]:
    yield letters(post.title)
    for section in post.sections:
        yield letters(section.anchor)
        yield letters(_OUTER_NUMBER.sub("", section.heading))


def _has_symbol(heading: str) -> bool:
    return not heading.isascii() and any(unicodedata.category(char) == "So" for char in heading)


def _begins_with(headings: set[str], wanted: str) -> bool:
    return any(wanted[:end] in headings for end in range(1, len(wanted)))


def _ends_with(headings: set[str], wanted: str) -> bool:
    return any(wanted[start:] in headings for start in range(1, len(wanted)))


def _spellings_in(text: str) -> Iterator[str]:
    """All that may be an id: ids, and whole lines, such as terms of a list."""
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
