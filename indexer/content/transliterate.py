"""Letters of other alphabets → ASCII, as the programs do it that make ids and URLs of them."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import combining, normalize

_BY_SOUND = re.compile(
    "[ÆæØøÐðÞþĐđĦħŁłıĲĳßẞ\u0386-\u03ce"
    "\u0401\u0404\u0406\u0407\u0409\u040a\u0410-\u044f\u0451\u0454\u0456\u0457\u0459\u045a\u0490\u0491]"
)
# Where @sindresorhus/slugify has it otherwise than text-unidecode.
_OF_SLUGIFY = {
    "ä": "ae", "ö": "oe", "ü": "ue", "β": "v", "η": "i", "ή": "i", "ξ": "ks", "υ": "y", "ϋ": "y", "ύ": "y", "ΰ": "y",
    "φ": "f", "χ": "x", "ё": "yo", "є": "ye", "й": "y", "ї": "yi", "ґ": "g", "щ": "sch", "ь": "", "ю": "yu", "я": "ya",
    "€": "e",
}  # fmt: skip
_ACCENTS_ALONE = re.compile("[\\^`¨¯´·¸]")
_APOSTROPHE = re.compile(r"([a-z0-9]+)'([ts])(?=\s|$)")
_NO_LETTER_OR_DIGIT = re.compile(r"[^a-z0-9]+")


def slugified(text: str) -> str:
    """@sindresorhus/slugify 2, which Eleventy uses: lower-case ASCII, & is "and"; all else is one hyphen."""
    text = _ACCENTS_ALONE.sub("", normalize("NFC", text))
    text = text.replace("&", " and ").replace("♥", " love ").replace("🦄", " unicorn ")
    if not text.isascii():
        text = "".join(map(_as_slugify_has_it, text))
    return _NO_LETTER_OR_DIGIT.sub("-", _APOSTROPHE.sub(r"\1\2", text.lower())).strip("-")


@cache
def _as_slugify_has_it(char: str) -> str:
    if char.isascii() or char == "Β":
        return "b" if char == "Β" else char
    if (lower := char.lower()) in _OF_SLUGIFY:
        return _OF_SLUGIFY[lower]
    if _BY_SOUND.match(char):
        return unidecoded(char)
    return "".join(part for part in normalize("NFD", char) if not combining(part))


def unidecoded(text: str) -> str:
    """Text in ASCII, by sound; what text-unidecode does not know is "[?]"."""
    from text_unidecode import unidecode

    found: str = unidecode(text)
    return found
