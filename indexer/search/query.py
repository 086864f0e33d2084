"""Typed text → ParsedQuery, by a parser that never fails; and the limits of a request.

A query has words, "phrases", -exclusions, and perhaps an unfinished last word; anything else counts as words. Signs
that tie words together or stand before one make them a name: `no_std`, `Cargo.lock`, `--help`. Of a text
that is too long the beginning is read, and one with more phrases than anybody types is taken for words. Other limits
are checked apart from parsing, in `checked`, where requests come in.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from indexer.errors import InvalidQuery
from indexer.model import Lead, Name, ParsedQuery, SearchRequest, Sort
from indexer.text import analysis

LONGEST = 2_000  # characters that are read
MOST_TERMS = 32  # that are asked; the most telling ones, see Lexicon.resolve
MOST_PHRASES = 6  # of several words, excluded ones too: each is compared at every position of its rarest word
MOST_NAMES = 6  # for the same reason
MOST_EXCLUSIONS = 16
MOST_PER_PAGE = 100
MOST_TAGS = 16
# A visitor pages ten screens deep at most; past that, every engine gets slow in its own way.
DEEPEST_HIT = 1_000
# The form of a language code: en, pt-BR, zh_Hant_TW. Whether any post is written in that language does not matter.
LANGUAGE = "[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}"

# A minus before another, a digit or a single letter is a flag or part of a name, not an exclusion: --help, -1, -d.
_CLAUSE = re.compile(r'(?P<minus>(?<!\S)-(?!-|\d|[A-Za-z](?![\w+#])))?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')
# Line ends and tabs, as in a stack trace; all other control characters are refused.
_BLANKS = str.maketrans("\t\n\v\f\r", "     ")
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")
# The quotation marks of telephones, word processors and other languages.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂〝〞〟", '"'))
# Signs that end a clause, and no name.
_CLOSING = ".,:;?!)"


def parse(text: str, prefix: bool = False, options: Collection[str] = ()) -> ParsedQuery:
    """The words, phrases, exclusions and names of a text, of which at most LONGEST characters are read, as one line.

    prefix: whether the last word may be unfinished; it is not if the text ends in a space or a closed phrase.
    options: words that a minus does not exclude, nor what they are tied to, because the site has them with a minus.
    """
    typed, is_cut = _cut(text)
    plain = typed if typed.isascii() else analysis.fullwidth(analysis.visible(typed)).translate(_QUOTES)
    if '"' not in plain and "-" not in plain:
        return _as_words(typed, plain, prefix, is_cut)
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    exclusions: list[tuple[str, ...]] = []
    names: list[Name] = []
    runs: list[tuple[str, ...]] = []
    tokens: list[str] = []
    last_is_word = last_is_phrase = False
    for match in _CLAUSE.finditer(plain):
        piece = match["word"] if match["phrase"] is None else match["phrase"]
        clause = analysis.words(piece)
        if not clause:
            continue
        is_excluded = bool(match["minus"]) and (match["word"] is None or clause[0] not in options)
        last_is_word = not is_excluded and (match["phrase"] is None or len(clause) == 1)
        last_is_phrase = not is_excluded and not last_is_word
        if is_excluded:
            exclusions.append(tuple(clause))
            continue
        tokens += clause
        if last_is_word:
            words += clause
            names += _names(match[0] if match["minus"] else piece)
            runs += analysis.katakana(piece)
        else:
            phrases.append(tuple(clause))
    if sum(len(group) > 1 for group in (*phrases, *exclusions)) > MOST_PHRASES or len(exclusions) > MOST_EXCLUSIONS:
        return _as_words(typed, plain, prefix, is_cut)  # nobody asks so: something was pasted
    is_open = plain.count('"') % 2 == 1
    is_typing = prefix and not re.search(r"\s\Z", plain)
    is_prefix = is_typing and last_is_word and plain[-1:] != '"'
    return ParsedQuery(
        text=typed,
        words=_unique(words, is_prefix),
        phrases=tuple(dict.fromkeys(phrases)),
        exclusions=tuple(dict.fromkeys(exclusions)),
        names=tuple(dict.fromkeys(names)),
        runs=tuple(dict.fromkeys(runs)),
        tokens=tuple(tokens),
        is_typing=prefix,
        is_prefix=is_prefix,
        is_phrase_open=is_open and is_typing and last_is_phrase,
        is_cut=is_cut,
    )


def without_quotes(text: str) -> str:
    """A query with each phrase as single words."""
    return " ".join(text.translate(_QUOTES).replace('"', " ").split())


def _as_words(typed: str, plain: str, prefix: bool, is_cut: bool) -> ParsedQuery:
    """A query without phrases and exclusions."""
    tokens = analysis.words(plain)
    is_prefix = prefix and bool(tokens) and not re.search(r"\s\Z", plain)
    return ParsedQuery(
        text=typed,
        words=_unique(tokens, is_prefix),
        names=tuple(dict.fromkeys(_names(plain))),
        runs=tuple(dict.fromkeys(analysis.katakana(plain))),
        tokens=tuple(tokens),
        is_typing=prefix,
        is_prefix=is_prefix,
        is_cut=is_cut,
    )


def _names(text: str) -> list[Name]:
    """The names in a text: words tied together by signs, or with a sign before them."""
    names: list[list[tuple[str, Lead]]] = []
    for piece in text.split():
        if piece.rstrip(_CLOSING).isalnum():
            continue
        in_piece = len(names)
        for word, lead in zip(analysis.words(piece), analysis.leads(piece), strict=True):
            if lead.is_joined and len(names) > in_piece:
                names[-1].append((word, lead))
            else:
                names.append([(word, lead)])
    return [tuple(name) for name in names if len(name) > 1 or name[0][1] is not Lead.NONE]


def _cut(text: str) -> tuple[str, bool]:
    """At most LONGEST characters of a text, up to a blank if there is one; and whether any are left out.

    Line ends and tabs are blanks.
    """
    if len(text) <= LONGEST:
        return text.translate(_BLANKS), False
    head = text[:LONGEST].translate(_BLANKS)
    return (head if text[LONGEST].isspace() or head[-1].isspace() else head.rsplit(None, 1)[0]), True


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
    if not query.text.strip():
        raise InvalidQuery("q", "required", "q is empty: give the words to search for")
    if _CONTROL.search(query.text):
        raise InvalidQuery("q", "control_character", "q holds a control character: send plain text")


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
