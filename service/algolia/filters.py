"""facetFilters, filters and numericFilters → a Condition.

What cannot be read, or names what posts do not have, is refused: a filter that is passed over would show what it was
meant to hide. Only what themes send by themselves, see OF_THEMES, is met by every post.

    filters      or
    or           and ("OR" and)*
    and          not ("AND" not)*
    not          "NOT"* ( "(" or ")" | attribute ":" value | attribute ":" number "TO" number | attribute sign number )
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from indexer.errors import InvalidQuery
from indexer.model import AllOf, AnyOf, Condition, DatedWithin, HasTag, InLanguage, Not

# Comparisons in one item, and how deep brackets and NOT may stand in each other.
MOST_COMPARISONS = 100
DEEPEST = 16

LANGUAGES = ("language", "lang")
DATES = ("date", "timestamp")
# Attributes that themes filter by unasked, and that posts do not have.
OF_THEMES = ("docusaurus_tag", "version", "docsearch")

EVERY_POST = AllOf(())
NO_POST = AnyOf(())


# The name of a parameter and a text of it → what the text asks for.
_Read = Callable[[str, str], Condition]


def facet_filters(parameter: str, value: Any) -> Condition:
    """A list joined by AND, whose lists are joined by OR, of `attribute:value`. Raises InvalidQuery."""
    return _nested(parameter, value, _facet_filter)


def numeric_filters(parameter: str, value: Any) -> Condition:
    """The same, of `attribute sign number`. Raises InvalidQuery."""
    return _nested(parameter, value, filters)


def filters(parameter: str, text: str) -> Condition:
    """A text in the grammar above; none at all is met by every post. Raises InvalidQuery."""
    return _Parser(parameter, text).read() if text.strip() else EVERY_POST


def comparisons(condition: Condition) -> int:
    """How many comparisons a condition holds."""
    match condition:
        case Not(other):
            return comparisons(other)
        case AllOf(others) | AnyOf(others):
            return sum(map(comparisons, others))
    return 1


def _nested(parameter: str, value: Any, read: _Read) -> Condition:
    rows = [value] if isinstance(value, str) else value
    if not isinstance(rows, list):
        raise _unreadable(parameter, "must be a text, or a list of texts and of lists of texts")
    return AllOf(tuple(_row(parameter, row, read) for row in rows))


def _row(parameter: str, row: Any, read: _Read) -> Condition:
    texts = [row] if isinstance(row, str) else row
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _unreadable(parameter, "must be a text, or a list of texts and of lists of texts")
    # Nothing to choose from is no choice, and filters by nothing.
    return AnyOf(tuple(read(parameter, text) for text in texts)) if texts else EVERY_POST


def _facet_filter(parameter: str, text: str) -> Condition:
    attribute, colon, value = text.partition(":")
    if not colon:
        raise _unreadable(parameter, "holds a text that is not of the form attribute:value")
    if attribute.strip() in OF_THEMES:
        return EVERY_POST
    if value.startswith("-"):
        return Not(_has(parameter, attribute.strip(), value[1:]))
    return _has(parameter, attribute.strip(), value.removeprefix("\\") if value.startswith("\\-") else value)


def _has(parameter: str, attribute: str, value: str) -> Condition:
    """Whether an attribute has a value; languages are compared by their primary subtag."""
    if attribute == "tags":
        return HasTag(value)
    if attribute in LANGUAGES:
        return InLanguage(primary_subtag(value))
    raise _unknown_attribute(parameter)


def primary_subtag(language: str) -> str:
    return re.split("[-_]", language, maxsplit=1)[0]


# -------------------------------------------------------------------------------------------------------- dates

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


def _dated(sign: str, number: Fraction) -> Condition:
    """Posts by their date, which is the second at which its day begins."""
    day = number / _DAY
    match sign:
        case ">=":
            return _within(ceil(day), None)
        case ">":
            return _within(floor(day) + 1, None)
        case "<=":
            return _within(None, floor(day))
        case "<":
            return _within(None, ceil(day) - 1)
        case "!=":
            return Not(_within(ceil(day), floor(day)))
    return _within(ceil(day), floor(day))


def _within(first: int | None, last: int | None) -> Condition:
    """Posts of these days, which count from 1970; no day that has no date in Python has a post."""
    since = date.min.toordinal() if first is None else first + _EPOCH
    until = date.max.toordinal() if last is None else last + _EPOCH
    since, until = max(since, date.min.toordinal()), min(until, date.max.toordinal())
    if since > until:
        return NO_POST
    return DatedWithin(date.fromordinal(since), date.fromordinal(until))


# ------------------------------------------------------------------------------------------------------ grammar

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<sign><=|>=|!=|[=<>:()])
    | "(?P<double>(?:[^"\\]|\\.)*)"
    | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<word>[^\s<>=!:()"'][^\s<>=!:()"]*)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_Token = tuple[str, str]  # "sign", "text" or "word", and what it says
_END: _Token = ("end", "")


class _Parser:
    """Reads one text from left to right, without ever going back."""

    def __init__(self, parameter: str, text: str) -> None:
        self._parameter = parameter
        self._tokens = _tokens(parameter, text.rstrip())
        self._place = 0
        self._comparisons = 0

    def read(self) -> Condition:
        condition = self._either(0)
        if self._next() != _END:
            raise self._wrong("after a comparison comes AND, OR or the end")
        return condition

    def _either(self, depth: int) -> Condition:
        return AnyOf(self._joined("OR", self._all, depth))

    def _all(self, depth: int) -> Condition:
        return AllOf(self._joined("AND", self._one, depth))

    def _joined(self, by: str, part: Callable[[int], Condition], depth: int) -> tuple[Condition, ...]:
        parts = [part(depth)]
        while self._next() == ("word", by):
            self._take()
            parts.append(part(depth))
        return tuple(parts)

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise self._wrong(f"brackets and NOT may stand {DEEPEST} deep in each other")
        token = self._take()
        if token == ("word", "NOT"):
            return Not(self._one(depth + 1))
        if token != ("sign", "("):
            return self._comparison(token)
        condition = self._either(depth + 1)
        if self._take() != ("sign", ")"):
            raise self._wrong("a bracket is not closed")
        return condition

    def _comparison(self, token: _Token) -> Condition:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise too_many_comparisons(self._parameter)
        (kind, attribute), (_, sign) = token, self._next()
        if kind not in ("word", "text") or self._take()[0] != "sign" or sign in "()":
            raise self._wrong("a comparison is attribute:value, or date with <, <=, =, !=, >= or > and a number")
        if attribute in DATES:
            return self._of_date(sign)
        kind, value = self._take()
        if sign != ":" or kind not in ("word", "text"):
            raise self._wrong("after an attribute comes a colon and a value; one with signs or blanks stands in quotes")
        return _has(self._parameter, attribute, value)

    def _of_date(self, sign: str) -> Condition:
        number = self._number()
        if sign != ":":
            return _dated(sign, number)
        if self._next() != ("word", "TO"):
            return _dated("=", number)
        self._take()
        return AllOf((_dated(">=", number), _dated("<=", self._number())))

    def _number(self) -> Fraction:
        kind, text = self._take()
        if kind != "word" or not _NUMBER.fullmatch(text):
            raise self._wrong("a date is compared with a number, of seconds since 1970")
        return Fraction(text)

    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _wrong(self, why: str) -> InvalidQuery:
        return _unreadable(self._parameter, f"cannot be read: {why}")


def _tokens(parameter: str, text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unreadable(parameter, "cannot be read: a quotation mark is not closed, or a sign stands alone")
        kind = str(match.lastgroup)
        said = match[kind]
        tokens.append(("text", re.sub(r"\\(.)", r"\1", said)) if kind in ("double", "single") else (kind, said))
        place = match.end()
    return [*tokens, _END]


def _unreadable(parameter: str, why: str) -> InvalidQuery:
    return InvalidQuery(parameter, "wrong_type", f"{parameter} {why}")


def _unknown_attribute(parameter: str) -> InvalidQuery:
    known = f"tags, {', '.join(LANGUAGES)}, and by number {', '.join(DATES)}"
    return InvalidQuery(parameter, "unknown", f"{parameter} names an attribute that posts do not have; known: {known}")


def too_many_comparisons(parameter: str) -> InvalidQuery:
    return InvalidQuery(parameter, "too_many", f"{parameter} holds more than {MOST_COMPARISONS} comparisons")
