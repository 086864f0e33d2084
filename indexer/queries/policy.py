"""What of a question may be kept, in which form, and for how long.

What looks like a secret, or like the way to a person, is never kept. Too much is refused rather than too little: a
report can do without a question, but nobody can take back what was written down.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from indexer.text import analysis

# Days after which a question goes that was asked less often than RARE times in all days that are kept.
RARE, RARE_DAYS = 3, 7
LONGEST_QUESTION = 100  # characters
# Questions on the disk, of all days. About 25 MB; new ones beyond are left out, and known ones counted on.
MOST_QUESTIONS = 200_000


def normalized(text: str) -> str:
    """A question in the form in which it is counted: one line, in small letters, without characters nobody sees."""
    return " ".join(analysis.fullwidth(analysis.visible(text)).casefold().split())


def may_be_kept(text: str) -> bool:
    """Whether a text, as it was typed, is short enough and holds nothing that should not be written down."""
    return 0 < len(text) <= LONGEST_QUESTION and text.isprintable() and not _is_private(text)


# Short words without the signs that secrets have, as in most questions: of these only numbers may tell of somebody.
_PLAIN = re.compile(r"(?:[^\s@:/\\=_-]{1,12}(?:\s+|\Z))+")


def _is_private(text: str) -> bool:
    if any(_is_number_of_somebody(match[0]) for match in _DIGITS.finditer(text)):
        return True
    if _PLAIN.fullmatch(text) and "bearer" not in text.casefold():
        return any(map(_is_address, text.split())) if "." in text else False
    return _TELLING.search(text) is not None or any(
        _is_address(piece) or _is_random(piece) for piece in _PIECE.findall(text)
    )


# Ways to a person, words that announce a secret, and how well-known kinds of secrets begin.
_TELLING = re.compile(
    r"""
    [^\s@]@[^\W\d_]                            # an e-mail address, perhaps half of one; no version, as in react@18
  | :// \S* [?@#]                              # a URL with values, a name or a password in it
  | (?: /home/ | /users/ | \\users\\ ) \w      # a folder with somebody's name
  | (?<! [^\W_] ) (?: pass(?:word|wd|phrase)? | pwd | pin | secret | token | credentials? | auth(?:orization)?
      | (?: api | access | secret | private )[ _-]?key ) \b ["']? \s* [:=] \s* \S
  | \b bearer \s+ \S{8}
  | -----begin \b
  | \b (?: seealso_ | gh[pousr]_ | github_pat_ | glpat- | xox[a-z]- | sk- | [sprw]k_(?:live|test)_ | npm_ | pypi- | hf_
      | shp(?:at|ss)_ | dop_v1_ | eyj ) [\w-]{10}
  | \b (?: a[ks]ia [0-9a-z]{12} | aiza [\w-]{20} | ya29\. )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Digits in groups, as people write the numbers of telephones, cards and accounts.
_DIGITS = re.compile(r"(?<![^\W_])\+?\(?\d(?:[\s().\-/–]*\d)+|\d{11,}")
_MOST_DIGITS = 6
_DAY = re.compile(r"(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])")
_YEARS = re.compile(r"(?:19|20)\d\d[\s–-]+(?:19|20)\d\d")
_PIECE = re.compile(r"""[^\s"'`,;()<>\[\]{}]+""")
_HEX = re.compile(r"(?:0x)?[0-9a-f]{16,}", re.IGNORECASE)
# Between a letter and a digit, either way.
_SWITCH = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
# Between small letters, capitals and digits, any way.
_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[a-zA-Z])")
_OPAQUE, _MOST_SWITCHES, _MOST_CHANGES = 16, 3, 0.45  # characters, switches, changes of all characters
_KEY = 24  # characters, with letters of both cases and digits


def _is_number_of_somebody(text: str) -> bool:
    """Whether so many digits are more than a version, a code or a day."""
    if _DAY.fullmatch(text) or _YEARS.fullmatch(text):
        return False
    return sum(character.isdigit() for character in text) > _MOST_DIGITS


def _is_address(piece: str) -> bool:
    """Whether it is the address of a machine, perhaps with a port or the length of a prefix."""
    if piece.count(".") < 3 and piece.count(":") < 2:
        return False
    host = re.split("[/%]", piece)[0].rstrip(".")
    if host.count(":") < 2:
        host = host.partition(":")[0]
    try:
        return ip_address(host).packed.strip(b"\0") != b""
    except ValueError:
        return False


def _is_random(piece: str) -> bool:
    """Whether it is long hexadecimal, or letters and digits mixed as no word, version or name mixes them."""
    if len(piece) < _OPAQUE:
        return False
    joined = re.sub(r"[-_.:/+=~]", "", piece)
    if _HEX.fullmatch(joined) and re.search(r"\d", joined):
        return True
    if len(joined) < _OPAQUE:
        return False
    if len(_SWITCH.findall(piece)) > _MOST_SWITCHES or len(_CHANGE.findall(joined)) > _MOST_CHANGES * len(joined):
        return True
    return len(joined) >= _KEY and all(re.search(kind, joined) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
