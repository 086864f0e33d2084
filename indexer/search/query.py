"""Typed text → ParsedQuery, by a parser that never fails; and the limits of a request.

A query has words, "phrases", -exclusions, and perhaps an unfinished last word; anything else counts as words. Limits
are checked apart from parsing, in `checked`, where requests come in.
"""

from __future__ import annotations

import re
from datetime import date

from indexer.errors import InvalidQuery
from indexer.model import ParsedQuery, SearchRequest, Sort
from indexer.text import analysis

LONGEST = 200  # characters
MOST_TERMS = 32
MOST_PHRASES = 6  # of several words, excluded ones too: each is compared at every position of its rarest word
MOST_PER_PAGE = 100
MOST_TAGS = 16
# A visitor pages ten screens deep at most; past that, every engine gets slow in its own way.
DEEPEST_HIT = 1_000
# The form of a language code: en, pt-BR, zh_Hant_TW. Whether any post is written in that language does not matter.
LANGUAGE = "[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}"

# A minus before another, a digit or a single letter is a flag or part of a name, not an exclusion: --help, -1, -d.
_CLAUSE = re.compile(r'(?P<minus>(?<!\S)-(?!-|\d|[A-Za-z](?![\w+#])))?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')
_CONTROL = re.compile(r"[\0-\x08\x0a-\x1f\x7f-\x9f]")  # all control characters but the tab


def parse(text: str, prefix: bool = False) -> ParsedQuery:
    """The words, phrases and exclusions of a text.

    prefix: whether the last word may be unfinished; it is not if the text ends in a space or a quote.
    """
    if '"' not in text and "-" not in text:
        return as_words(text, prefix)
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    exclusions: list[tuple[str, ...]] = []
    tokens: list[str] = []
    last_is_word = False
    for match in _CLAUSE.finditer(text):
        clause = analysis.words(match["word"] if match["phrase"] is None else match["phrase"])
        if not clause:
            continue
        last_is_word = not match["minus"] and (match["phrase"] is None or len(clause) == 1)
        if match["minus"]:
            exclusions.append(tuple(clause))
            continue
        tokens += clause
        if last_is_word:
            words += clause
        else:
            phrases.append(tuple(clause))
    is_prefix = prefix and last_is_word and _ends_in_word(text) and text.count('"') % 2 == 0
    return ParsedQuery(
        text=text,
        words=_unique(words, is_prefix),
        phrases=tuple(dict.fromkeys(phrases)),
        exclusions=tuple(dict.fromkeys(exclusions)),
        is_prefix=is_prefix,
        tokens=tuple(tokens),
    )


def as_words(text: str, prefix: bool = False) -> ParsedQuery:
    """A query of the words of a text, whose quotes and minus signs mean nothing. prefix: as in `parse`."""
    tokens = analysis.words(text)
    is_prefix = prefix and bool(tokens) and _ends_in_word(text)
    return ParsedQuery(text, _unique(tokens, is_prefix), is_prefix=is_prefix, tokens=tuple(tokens))


def _ends_in_word(text: str) -> bool:
    return bool(re.search(r'[^\s"]$', text))


def _unique(words: list[str], is_prefix: bool) -> tuple[str, ...]:
    """Each word once, in the order of first occurrence; an unfinished last word stays the last."""
    unique = dict.fromkeys(words)
    if is_prefix:
        unique[words[-1]] = unique.pop(words[-1])
    return tuple(unique)


def checked(request: SearchRequest) -> SearchRequest:
    """The request itself. Raises InvalidQuery, with the name of the parameter, if it exceeds a limit."""
    _check_query(request.query)
    if not 1 <= request.per_page <= MOST_PER_PAGE:
        raise InvalidQuery("per_page", "out_of_range", f"per_page must be between 1 and {MOST_PER_PAGE}")
    if request.page < 1:
        raise InvalidQuery("page", "out_of_range", "page must be 1 or more")
    if request.page * request.per_page > DEEPEST_HIT:
        raise InvalidQuery("page", "out_of_range", f"only the first {DEEPEST_HIT} hits can be paged through")
    if request.since and request.until and request.until < request.since:
        raise InvalidQuery("until", "out_of_range", "until must not be before since")
    return request


def _check_query(query: ParsedQuery) -> None:
    text = query.text
    if not text.strip():
        raise InvalidQuery("q", "required", "q is empty: give the words to search for")
    if len(text) > LONGEST:
        raise InvalidQuery("q", "too_long", f"q has {len(text)} characters; at most {LONGEST} are searched")
    if _CONTROL.search(text):
        raise InvalidQuery("q", "control_character", "q holds a control character: send plain text")
    groups = (*query.phrases, *query.exclusions)
    unique = {*query.words, *(word for group in groups for word in group)}
    # CJK bigrams do not count: a short Chinese question of forty characters has some forty of them.
    if len(unique) > MOST_TERMS and (count := sum(not analysis.is_cjk(word) for word in unique)) > MOST_TERMS:
        raise InvalidQuery("q", "too_many_terms", f"q has {count} different words; at most {MOST_TERMS} are searched")
    if (phrases := sum(len(group) > 1 for group in groups)) > MOST_PHRASES:
        raise InvalidQuery("q", "too_many_phrases", f"q has {phrases} phrases; at most {MOST_PHRASES} are searched")


def parsed_date(parameter: str, text: str) -> date:
    """A date from YYYY-MM-DD. Raises InvalidQuery."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidQuery(parameter, "not_a_date", f"{parameter} must be a day such as 2026-01-31")


def parsed_number(parameter: str, text: str, least: int, most: int) -> int:
    """An integer from `least` to `most`, in ASCII digits. Raises InvalidQuery."""
    if re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most:
        return int(text)
    raise InvalidQuery(parameter, "out_of_range", f"{parameter} must be a whole number between {least} and {most}")


def parsed_language(text: str) -> str:
    """A language code, whether or not any post is in that language. Raises InvalidQuery."""
    if re.fullmatch(LANGUAGE, text):
        return text
    raise InvalidQuery("language", "not_a_language", "language must be a code such as en or pt-BR")


def parsed_sort(text: str) -> Sort:
    """An order of hits by its name. Raises InvalidQuery."""
    try:
        return Sort(text)
    except ValueError:
        raise InvalidQuery("sort", "unknown", f"sort must be one of {', '.join(Sort)}") from None
