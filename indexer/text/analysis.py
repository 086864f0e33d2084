"""Text → terms: one definition for every engine and for the vectors, so that they agree.

A *word* is a piece of text in normalized form: NFKC, lower case, no diacritics. A *term* is the Snowball stem of a
word in the language of its post, and the unit of matching. `c++ c# .net node.js` are single words; text of scripts
without spaces, such as Chinese, Japanese or Thai, is split into overlapping bigrams. Stop words are terms like all
others; each caller decides whether they count.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

import Stemmer

from indexer.model import Lead

# A letter may carry any number of combining marks; beyond these they are noise ("zalgo") and are dropped.
MOST_COMBINING_MARKS = 4
# Longer "words" are base64 or the like; truncated, they still match themselves.
LONGEST_WORD = 64
# Words beyond ASCII whose folded form is cached, and their longest length: 10 MB at most, whatever visitors type.
MOST_CACHED_WORDS, LONGEST_CACHED_WORD = 20_000, 24

ENGLISH_STOP_WORDS = frozenset(
    """
    a about an and are as at be been but by can could do does for from had has have how i if in into is it its my no
    not of on or our should so such than that the their them then there these they this to was we were what when
    where which who why will with would you your
    """.split()  # noqa: SIM905  # a list of words
)


def _combining_marks() -> str:
    """All combining marks of the Basic Multilingual Plane, as ranges of a character class; \\w does not match them."""
    codes = [code for code in range(0x300, 0xFFFF) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _combining_marks()
# Scripts written without spaces between words: Chinese, Japanese, Korean; Thai, Lao, Burmese and Khmer.
_CJK = (
    "\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff"
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
)
# Soft hyphens, word joiners, and spaces and marks without width: nobody sees them, and nobody types them.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
_INVISIBLES = str.maketrans("", "", _INVISIBLE)
_LETTER = rf"(?:(?![{_CJK}])[^\W_][{_MARKS}{_INVISIBLE}]*)"
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
# The same words in plain ASCII, as most text is: several times as fast.
_ASCII_BUT_NET = (
    r"[a-z0-9]+(?:(?=[.'+#])(?:\.(?:js|net|io)(?![a-z0-9])|(?:'[a-z0-9]+)+|"
    r"(?<=[a-z])(?<![a-z0-9].)(?:\+\+|\#)(?![a-z0-9])))?"
)
_ASCII_WORD = re.compile(rf"{_ASCII_BUT_NET}|(?<![a-z0-9])\.net(?![a-z0-9])")
_SPLIT_BUT_NET = re.compile(f"({_ASCII_BUT_NET})")
_SPLIT = re.compile(f"({_ASCII_WORD.pattern})")
# Typographic punctuation of English text as ASCII: an apostrophe joins words, all other signs separate them.
PUNCTUATION = str.maketrans("’", "'") | str.maketrans(dict.fromkeys("‘“”«»–—…•·×→←\u00a0\u2011©®°✓✅", " "))
_CJK_BIGRAM = re.compile(rf"[{_CJK}]{{1,4}}")  # of two characters, some of which are two when they are folded
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{3,}")
_HALFWIDTH = re.compile("[\uff66-\uff9f]")
_SIGNS = ("+", "#")
_SIGNED_WORD = re.compile(r"[a-z0-9]+(\+\+|#)")


# In scripts without spaces, a space without width is where a word ends.
_WORD_END = re.compile(f"(?<=[{_CJK}])\u200b+(?=[{_CJK}])")


def visible(text: str) -> str:
    """A text without the characters that nobody sees; between two words of Thai or the like, with a space for them."""
    return text if text.isascii() else _WORD_END.sub(" ", text).translate(_INVISIBLES)


def words(text: str) -> list[str]:
    """The words of a text in order, folded."""
    if (plain := _lower_ascii(text)) is not None:
        return [word[:LONGEST_WORD] for word in _ASCII_WORD.findall(plain)]
    return [word for word, _, _ in spans(text)]


def words_with_lengths(text: str) -> tuple[list[str], list[int]]:
    """The words of a text in order, not truncated, and the lengths of gaps and words in turn.

    The lengths, in characters, are those of the text before the first word, of the word, of the text between it and
    the next, and so on: one more than twice the words. CJK bigrams overlap, so the gap between two of them is −1.
    """
    if (plain := _lower_ascii(text)) is not None:
        pieces = (_SPLIT if ".net" in plain else _SPLIT_BUT_NET).split(plain)
        return pieces[1::2], list(map(len, pieces))
    text_words: list[str] = []
    lengths: list[int] = []
    last_end = 0
    for word, start, end in spans(text):
        text_words.append(word)
        lengths += (start - last_end, end - start)
        last_end = end
    return text_words, [*lengths, 0]


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text in order, each with its span [start, end) in characters of the original text."""
    if (plain := _lower_ascii(text)) is not None:
        for match in _ASCII_WORD.finditer(plain):
            yield match[0][:LONGEST_WORD], match.start(), match.end()
        return
    for match in _WORD.finditer(text):
        if match["cjk"] is None:
            if word := fold(match[0]):
                yield word, match.start(), match.end()
        else:
            yield from _bigrams(match[0], match.start())


def _lower_ascii(text: str) -> str | None:
    """A text in lower case, of the same length; None if more than punctuation in it is beyond ASCII."""
    if text.isascii() or (text := text.translate(PUNCTUATION)).isascii():
        return text.lower()
    return None


def katakana(text: str) -> list[tuple[str, ...]]:
    """The words of each run of three or more katakana, which is a word of its own: メモリ as メモ and モリ."""
    return [tuple(words(run)) for run in _KATAKANA.findall(text)]


def fullwidth(text: str) -> str:
    """A text in which no katakana are of half the width: ｻｰﾊﾞｰ as サーバー."""
    return unicodedata.normalize("NFKC", text) if _HALFWIDTH.search(text) else text


def _bigrams(run: str, start: int) -> Iterator[tuple[str, int, int]]:
    """The overlapping bigrams of a run of CJK characters, or its only character. start: its offset in the text."""
    if len(run) == 1:
        yield fold(run), start, start + 1
    is_folded = unicodedata.is_normalized("NFKC", run)  # these scripts have no case and no accents
    for offset in range(len(run) - 1):
        bigram = run[offset : offset + 2]
        yield bigram if is_folded else fold(bigram), start + offset, start + offset + 2


def fold(word: str) -> str:
    """A word in the form in which words are compared, at most LONGEST_WORD characters."""
    if word.isascii():
        return word.lower()[:LONGEST_WORD]
    return _cached_fold(word) if len(word) <= LONGEST_CACHED_WORD else _fold(word)


def _fold(word: str) -> str:
    word = unicodedata.normalize("NFKC", word.translate(_INVISIBLES)).casefold().replace("’", "'")
    characters, marks = [], 0
    for character in unicodedata.normalize("NFKD", word):
        category = unicodedata.category(character)
        if category == "Mn" and character < "\u0590":  # accents of Latin, Greek and Cyrillic; other scripts need theirs
            continue
        marks = marks + 1 if category in ("Mn", "Mc") else 0
        if marks <= MOST_COMBINING_MARKS:
            characters.append(character)
    folded = "".join(characters).replace("ı", "i").replace("ø", "o").replace("ł", "l").replace("đ", "d")
    return unicodedata.normalize("NFC", folded)[:LONGEST_WORD]


_cached_fold = lru_cache(maxsize=MOST_CACHED_WORDS)(_fold)


# The signs that tie a word to what is before it, and how many of them are looked at.
LEADING_SIGNS = frozenset(r"_-.:/#@+&=\*~<$%!?^|")
MOST_LEADING_SIGNS = 3
JOINING_SIGNS = {
    "-": Lead.HYPHENED,
    "_": Lead.UNDERSCORED,
    ".": Lead.DOTTED,
}


def lead(text: str, start: int) -> Lead:
    """What stands before the word that starts at a character of a text, whose punctuation is ASCII."""
    first = start
    while first and start - first < MOST_LEADING_SIGNS and text[first - 1] in LEADING_SIGNS:
        first -= 1
    if first == start:
        return Lead.NONE
    if first and (text[first - 1].isalnum() or not text[first - 1].isascii()):
        return JOINING_SIGNS.get(text[first], Lead.JOINED) if start - first == 1 else Lead.JOINED
    if text[start - 1] != "-":
        return Lead.SIGNED
    return Lead.TWICE_DASHED if text[max(start - 2, 0) : start] == "--" else Lead.DASHED


def leads(text: str) -> list[Lead]:
    """What stands before each of the `words` of a text."""
    plain = text.translate(PUNCTUATION)
    return [lead(plain, start) for _, start, _ in spans(text)]


def terms(text: str, language: str = "en") -> list[str]:
    """The terms of a text in order: the stems of its words. language: an ISO 639 code such as "en" or "pt-BR"."""
    stem = stemmer(language)
    return [stem(word) for word in words(text)]


class _StemCache(dict[str, str]):
    """word → stem, computed when first used: for the texts of posts, whose words recur."""

    LARGEST = 500_000

    def __init__(self, algorithm: str) -> None:
        self._stem = _uncached_stemmer(algorithm)

    def __missing__(self, word: str) -> str:
        if len(self) >= self.LARGEST:
            self.clear()
        self[word] = stem = sys.intern(self._stem(word))
        return stem


# Both are cached by the name of an algorithm, of which there are some thirty, not by language codes, which visitors
# can make up: of these a cache holds so many.
LANGUAGES = 64


@cache
def _stem_cache(algorithm: str) -> _StemCache:
    return _StemCache(algorithm)


@cache
def _uncached_stemmer(algorithm: str) -> Callable[[str], str]:
    if not algorithm:
        return _unchanged
    stem: Callable[[str], str] = Stemmer.Stemmer(algorithm, 0).stemWord
    return lambda word: word if word[-1:] in _SIGNS and _SIGNED_WORD.fullmatch(word) else stem(word)


def _unchanged(word: str) -> str:
    return word


def stemmer(language: str) -> Callable[[str], str]:
    """The function word → stem of a language; without a Snowball stemmer for it, words stay unchanged.

    It caches every word, so it is for the words of posts; use `stemmers` for what visitors type.
    """
    return _stem_cache(algorithm(language)).__getitem__


def stemmers(languages: Iterable[str]) -> dict[str, Callable[[str], str]]:
    """The distinct functions word → stem of some languages, by `algorithm`, in their order. They cache no words."""
    return {name: _uncached_stemmer(name) for name in dict.fromkeys(map(algorithm, languages))}


@lru_cache(LANGUAGES)
def algorithm(language: str) -> str:
    """The name of a language's Snowball stemmer, empty if there is none."""
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
    """Whether a word is a bigram or a single character of a script without spaces, such as Chinese or Thai."""
    return bool(_CJK_BIGRAM.fullmatch(word))


def is_language(code: str) -> bool:
    """Whether a code such as "fr" or "pt-BR" names a language; "js", a file type, does not."""
    main = code.lower().partition("-")[0]
    return main in _SNOWBALL or main in _UNSTEMMED


def is_stop_word(word: str, language: str = "en") -> bool:
    """Whether a folded word is a stop word; never in a language without a list."""
    return word in stop_words(language)


@lru_cache(LANGUAGES)
def stop_words(language: str = "en") -> frozenset[str]:
    """The stop words of a language, folded; none in a language without a list."""
    main = language.lower().replace("_", "-").partition("-")[0]
    return _stop_words(main) if is_language(main) else frozenset()


# Words of the package that people ask for.
_SAY_SOMETHING = frozenset(
    """
    ejemplo ejemplos trabajo trabajar trabajos uso usos usar valor valores estado empleo verdad lavoro nome valeur
    valeurs iniciar nome nomes valor conhecido ponto время работа случай человек люди
    """.split()  # noqa: SIM905  # a list of words
)


@cache
def _stop_words(language: str) -> frozenset[str]:
    """The stop words of a language, folded: our own for English, else those of the package stop-words."""
    if language == "en":
        return ENGLISH_STOP_WORDS
    from stop_words import StopWordError, get_stop_words

    try:
        found = get_stop_words({"no": "nb", "nn": "nb"}.get(language, language))
    except StopWordError:
        return frozenset()
    return frozenset(fold(word) for word in found if len(words(word)) == 1) - _SAY_SOMETHING


_COMPOUND_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")
_COMPOUND = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]?[a-z0-9]++(?<=[a-z])[A-Z]|[A-Z]{2,}+[a-z])[A-Za-z0-9]*+")

_PLURAL = re.compile("[A-Z]{2,}s")


def compounds(text: str) -> Iterator[list[str]]:
    """The words within each compound of a text, folded: rate and limiting of RateLimiting; APIs is a single word."""
    if text.islower():
        return
    for compound in _COMPOUND.findall(text):
        if _PLURAL.fullmatch(compound):
            continue
        inner = [word.lower() for word in _COMPOUND_WORD.findall(compound)]
        if sum(len(word) > 1 for word in inner) > 1:
            yield inner


def title_key(title: str) -> str:
    """A title in the form in which titles are compared: all its words, separated by single spaces."""
    return " ".join(words(visible(title)))
