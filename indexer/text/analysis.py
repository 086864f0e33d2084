"""Text → terms: one definition for every engine and for the vectors, so that they agree.

A *word* is a piece of text folded to one form: NFKC, lower case, no diacritics. A *term* is what is matched: the
Snowball stem of a word in the language of its post. `c++ c# .net node.js` stay whole; Chinese, Japanese and Korean
become overlapping pairs of characters. Stop words are terms like others; who asks decides whether they count.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

import Stemmer

# A letter may carry any number of marks; more than this many are noise ("zalgo") and are dropped.
MOST_MARKS = 4
# Longer "words" are base64 or worse; cut, they still match themselves.
LONGEST_WORD = 64
# Words beyond ASCII whose folded form is remembered, and how long they may be: 10 MB at most, whoever sent them.
MOST_REMEMBERED, LONGEST_REMEMBERED = 20_000, 24

ENGLISH_STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "should",
        "so",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


def _marks() -> str:
    """Every combining mark of the basic plane as the inside of a character class: Python's \\w leaves them out."""
    codes = [code for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _marks()
_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
)
_LETTER = rf"(?:(?![{_CJK}])[^\W_][{_MARKS}]*)"
_WORD = re.compile(
    rf"""
      (?P<cjk>[{_CJK}]+)
    | (?<![^\W_])(?:[A-Za-z]\+\+|[A-Za-z]\#)(?![^\W_])      # c++ c#
    | (?<![^\W_])\.(?i:net)(?![^\W_])                       # .net
    | {_LETTER}+(?:\.(?i:js|net|io)(?![^\W_])               # node.js asp.net socket.io
        | (?:['’]{_LETTER}+)+)?                             # don't
    """,
    re.VERBOSE,
)
# The same words in text that is plain ASCII, which most is: several times as fast.
_ASCII_BUT_NET = (
    r"[a-z0-9]+(?:(?=[.'+#])(?:\.(?:js|net|io)(?![a-z0-9])|(?:'[a-z0-9]+)+|"
    r"(?<=[a-z])(?<![a-z0-9].)(?:\+\+|\#)(?![a-z0-9])))?"
)
_ASCII_WORD = re.compile(rf"{_ASCII_BUT_NET}|(?<![a-z0-9])\.net(?![a-z0-9])")
_ASCII_WORDS_APART = re.compile(f"({_ASCII_BUT_NET})")
_NET_WORDS_APART = re.compile(f"({_ASCII_WORD.pattern})")
# What typographers add to English: an apostrophe joins, all else parts words.
PUNCTUATION = str.maketrans("’", "'") | str.maketrans(dict.fromkeys("‘“”«»–—…•·×→←\u00a0\u2011©®°✓✅", " "))
_CJK_PIECE = re.compile(rf"[{_CJK}]{{1,2}}")
_SIGNS = ("+", "#")
_SIGNED = re.compile(r"[a-z0-9]+(\+\+|#)")


def words(text: str) -> list[str]:
    """The words of a text in order, folded."""
    if (plain := _plain(text)) is not None:
        return [word[:LONGEST_WORD] for word in _ASCII_WORD.findall(plain)]
    return [word for word, _, _ in spans(text)]


def words_apart(text: str) -> tuple[list[str], list[int]]:
    """The words of a text in order, and lengths in characters: before the first, of it, between it and the next, …

    So there is one length more than twice the words. Chinese pairs overlap: the length between two of them is −1. This
    is the way of builds, so it is the fastest; words longer than LONGEST_WORD are whole here.
    """
    if (plain := _plain(text)) is not None:
        pieces = (_NET_WORDS_APART if ".net" in plain else _ASCII_WORDS_APART).split(plain)
        return pieces[1::2], list(map(len, pieces))
    found: list[str] = []
    lengths: list[int] = []
    done = 0
    for word, start, end in spans(text):
        found.append(word)
        lengths += (start - done, end - start)
        done = end
    return found, [*lengths, 0]


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text in order, each with its place [start, end) in characters of the text as it stands."""
    if (plain := _plain(text)) is not None:
        for match in _ASCII_WORD.finditer(plain):
            yield match[0][:LONGEST_WORD], match.start(), match.end()
        return
    for match in _WORD.finditer(text):
        if match["cjk"] is None:
            if word := fold(match[0]):
                yield word, match.start(), match.end()
        else:
            yield from _pairs(match[0], match.start())


def _plain(text: str) -> str | None:
    """The text in small letters if nothing in it is beyond ASCII but punctuation, character for character."""
    if text.isascii() or (text := text.translate(PUNCTUATION)).isascii():
        return text.lower()
    return None


def _pairs(run: str, start: int) -> Iterator[tuple[str, int, int]]:
    if len(run) == 1:
        yield fold(run), start, start + 1
    folded = unicodedata.is_normalized("NFKC", run)  # no letter of these scripts has a case or an accent
    for place in range(len(run) - 1):
        pair = run[place : place + 2]
        yield pair if folded else fold(pair), start + place, start + place + 2


def fold(word: str) -> str:
    """One word in the form in which words are compared."""
    if word.isascii():
        return word.lower()[:LONGEST_WORD]
    return _folded_once(word) if len(word) <= LONGEST_REMEMBERED else _folded(word)


def _folded(word: str) -> str:
    word = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    plain, marks = [], 0
    for character in unicodedata.normalize("NFKD", word):
        category = unicodedata.category(character)
        if category == "Mn" and character < "\u0590":  # Latin, Greek and Cyrillic accents; other scripts need theirs
            continue
        marks = marks + 1 if category in ("Mn", "Mc") else 0
        if marks <= MOST_MARKS:
            plain.append(character)
    folded = "".join(plain).replace("ı", "i").replace("ø", "o").replace("ł", "l").replace("đ", "d")
    return unicodedata.normalize("NFC", folded)[:LONGEST_WORD]


_folded_once = lru_cache(maxsize=MOST_REMEMBERED)(_folded)


def terms(text: str, language: str = "en") -> list[str]:
    """The terms of a text in order: the stems of its words. language: an ISO 639 code such as "en" or "pt-BR"."""
    stem = stemmer(language)
    return [stem(word) for word in words(text)]


class _Stems(dict[str, str]):
    """word → stem, each worked out once: for whole texts, whose words come again and again."""

    LARGEST = 500_000

    def __init__(self, algorithm: str) -> None:
        self._stem = _forgetful(algorithm)

    def __missing__(self, word: str) -> str:
        if len(self) >= self.LARGEST:
            self.clear()
        self[word] = stem = sys.intern(self._stem(word))
        return stem


# Both by the name of an algorithm, of which there are some thirty, and never by what somebody calls a language.


@cache
def _stems(algorithm: str) -> _Stems:
    return _Stems(algorithm)


@cache
def _forgetful(algorithm: str) -> Callable[[str], str]:
    if not algorithm:
        return _unchanged
    stem: Callable[[str], str] = Stemmer.Stemmer(algorithm, 0).stemWord
    return lambda word: word if word[-1:] in _SIGNS and _SIGNED.fullmatch(word) else stem(word)


def _unchanged(word: str) -> str:
    return word


def stemmer(language: str) -> Callable[[str], str]:
    """The function word → stem of a language; languages without a Snowball stemmer leave words as they are.

    It remembers words, so it is for those of posts. What visitors type goes through `stemmers`.
    """
    return _stems(_algorithm(language)).__getitem__


def stemmers(languages: Iterable[str]) -> list[Callable[[str], str]]:
    """The different functions word → stem of some languages, in their order. They remember nothing."""
    return [_forgetful(algorithm) for algorithm in dict.fromkeys(map(_algorithm, languages))]


def _algorithm(language: str) -> str:
    """The name of a language's Snowball stemmer, empty where it has none."""
    return _SNOWBALL.get(language.lower().replace("_", "-").partition("-")[0], "")


_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_UNSTEMMED = frozenset(
    "af bg bn cs fa he hr is ja ko lv mk ms pl sk sl sq th uk ur vi zh".split()  # noqa: SIM905  # a list of words
)


def is_cjk(word: str) -> bool:
    """Whether a word is one or two Chinese, Japanese or Korean characters: a piece of a text without spaces."""
    return bool(_CJK_PIECE.fullmatch(word))


def is_language(code: str) -> bool:
    """Whether a code such as "fr" or "pt-BR" names a language that sites are written in, and not a file's kind."""
    main = code.lower().partition("-")[0]
    return main in _SNOWBALL or main in _UNSTEMMED


def is_stop_word(word: str, language: str = "en") -> bool:
    """Whether a folded word says nothing about what a text is about. Only English has a list; elsewhere idf decides."""
    return language.partition("-")[0] == "en" and word in ENGLISH_STOP_WORDS


def title_key(title: str) -> str:
    """A title in the form in which titles are compared: all its words, one space between."""
    return " ".join(words(title))
