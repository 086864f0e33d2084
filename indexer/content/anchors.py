"""The text of a heading → its id, as the site's own generator makes it.

Each style is a row of STYLES: what of a heading its id is made from, how, and how a second heading of one id is told
from the first. tests/content/anchors/ has what the real programs answered, and for which versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from unicodedata import category, name, normalize
from urllib.parse import quote

from indexer.content.transliterate import slugified, unidecoded
from indexer.model import AnchorStyle


@dataclass(frozen=True, slots=True)
class HeadingText:
    """What an id is made from. explicit: the id that the author wrote. text: None where no id is made without one."""

    explicit: str
    text: str | None


class Reserved(Enum):
    """Which of the ids that authors wrote are taken when the id of a heading is made."""

    ALL = auto()
    EARLIER = auto()
    NONE = auto()


class AttributeLists(Enum):
    """Where a list such as {: #salt} stands that gives an id to a heading.

    NOWHERE: it is text. BESIDE: on a line of its own, below or above it. OF_SPANS: likewise, and within a heading only
    behind emphasis, code or a link, else it is text. IN_HEADINGS: at its end.
    """

    NOWHERE = auto()
    BESIDE = auto()
    OF_SPANS = auto()
    IN_HEADINGS = auto()


Taken = dict[str, int]
"""Ids that are taken, each with the number of the last heading that was told from it."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one generator makes ids.

    slug: text of a heading → id. unique: an id and those taken → one that is free, and takes it.
    has_image_text: whether the text of images belongs to the text of a heading.
    has_html_headings: whether headings written as HTML get ids too. has_comments: whether comments in HTML belong to
    the text. has_footnotes: whether [^1] is a footnote, and not text. needs_space_after_hashes: whether ##Salt is no
    heading. prose: what is made of the text outside code first; `typeset` sets dashes, dots and quotes as a printer
    would. joins_lines: whether the lines of a heading are joined without a space. has_top_ids: whether headings of the
    first level have ids. has_term_ids: whether the terms of definition lists have ids too.
    """

    slug: Callable[[str], str]
    unique: Callable[[str, Taken], str]
    has_image_text: bool = False
    has_html_headings: bool = False
    has_comments: bool = False
    has_footnotes: bool = True
    needs_space_after_hashes: bool = True
    attributes: AttributeLists = AttributeLists.BESIDE
    prose: Callable[[str], str] | None = None
    joins_lines: bool = False
    has_top_ids: bool = True
    has_term_ids: bool = False
    reserved: Reserved = Reserved.EARLIER


def anchors_of(headings: Iterable[HeadingText], style: AnchorStyle) -> list[str]:
    """The ids of all headings of one page, in order; empty for a heading without one."""
    row = STYLES[style]
    headings = list(headings)
    taken: Taken = {}
    if row.reserved is Reserved.ALL:
        taken = {heading.explicit: 0 for heading in headings if heading.explicit}
    anchors = []
    for heading in headings:
        if heading.explicit and row.reserved is Reserved.EARLIER:
            taken.setdefault(heading.explicit, 0)
        is_made = not heading.explicit and heading.text is not None and style is not AnchorStyle.NONE
        anchors.append(row.unique(row.slug(heading.text or ""), taken) if is_made else heading.explicit)
    return anchors


# ------------------------------------------------------------------------------------------ equal ids told apart


def _first_free(slug: str, taken: Taken) -> str:
    """salt, salt-1, salt-2: the first that no heading has."""
    anchor = slug
    while anchor in taken:
        taken[slug] += 1
        anchor = f"{slug}-{taken[slug]}"
    taken[anchor] = 0
    return anchor


def _times_seen(slug: str, taken: Taken) -> str:
    """salt, salt-1, salt-2: how often the slug has been seen, so that "Salt 1" may share its id with "Salt"."""
    seen = taken[slug] = taken.get(slug, -1) + 1
    return f"{slug}-{seen}" if seen else slug


def _counted_from_two(slug: str, taken: Taken) -> str:
    """salt, salt-2, salt-3: how often the slug has been seen, so that "Salt 2" may share its id with "Salt"."""
    if slug not in taken:
        taken[slug] = 1
        return slug
    taken[slug] = max(taken[slug], 1) + 1
    return f"{slug}-{taken[slug]}"


_COUNTED = re.compile(r"(.*)_(\d+)", re.DOTALL)


def _first_free_underscored(slug: str, taken: Taken) -> str:
    """salt, salt_1, salt_2. A slug that ends in a number counts on from there, and an empty one is always counted."""
    if slug and slug not in taken:
        taken[slug] = 0
        return slug
    found = _COUNTED.fullmatch(slug)
    base, count = (found[1], int(found[2])) if found else (slug, 0)
    count = max(count, taken.get(slug, 0))
    passed = [slug]
    while (anchor := f"{base}_{count + 1}") in taken:
        passed.append(anchor)
        count = max(count + 1, taken[anchor])
    taken[anchor] = 0
    taken.update(dict.fromkeys(passed, count + 1))  # so that no run of numbers is walked twice
    return anchor


def _as_written(slug: str, _: Taken) -> str:
    return slug


# ------------------------------------------------------------------------------------------------ text → slug

_NO_WORD = re.compile(r"[^\w\- ]+")
_NO_ASCII_WORD = re.compile(r"[^\w\s-]", re.ASCII)
_BLANKS_OR_HYPHENS = re.compile(r"[-\s]+")
_BLANKS = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x1f]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_MARKS_OF_VITEPRESS = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'“”‘’<>,.?/]+")
_MARKS_OF_HEXO = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'<>,.?/]+")
_TAG = re.compile(r"<(?!\s)[^<>]*>")
_ANGLED = re.compile(r"<[^<>]*>")
_NO_LETTER_OR_DIGIT = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=1024)  # half of the headings in a manual are "See also", "Examples" and the like
def github_slug(heading: str) -> str:
    """The anchor that GitHub gives a heading: lower case, punctuation gone, each space a hyphen, also an outer one."""
    if heading.isascii():
        return _NO_WORD.sub("", heading.lower()).replace(" ", "-")
    return "".join(char for char in heading.lower() if char in "- " or _is_word(char)).replace(" ", "-")


def _is_word(char: str) -> bool:
    """Letters, marks, decimal digits, letter-like numbers (Ⅳ), connectors (_), and letters in circles and squares."""
    kind = category(char)
    return kind[0] in "LM" or kind in ("Nd", "Nl", "Pc") or (kind == "So" and _is_circled_letter(char))


def _is_circled_letter(char: str) -> bool:
    return "\u24b6" <= char <= "\u24e9" or any(
        first <= char <= last
        for first, last in (
            ("\U0001f130", "\U0001f149"),
            ("\U0001f150", "\U0001f169"),
            ("\U0001f170", "\U0001f189"),
        )
    )


def _kramdown_slug(heading: str) -> str:
    """As GitHub, but a tab is a space, and each letter is lowered by itself, a final sigma to a common one."""
    return github_slug("".join(char.lower() for char in heading.replace("\t", " ")))


def _hugo_slug(heading: str) -> str:
    """As GitHub, but marks of letters are gone too, and nothing left is "heading"."""
    if heading.isascii():
        return github_slug(heading) or "heading"
    lowered = "".join(char.lower() for char in heading)  # each by itself, so that a final sigma stays a common one
    kept = (char for char in lowered if char in "-_ " or category(char)[0] == "L" or category(char) == "Nd")
    return "".join(kept).replace(" ", "-") or "heading"


def _python_markdown_slug(heading: str) -> str:
    """ASCII only: accents are stripped, other scripts dropped; runs of spaces and hyphens are one hyphen."""
    text = normalize("NFKD", heading).encode("ascii", "ignore").decode("ascii")
    return _BLANKS_OR_HYPHENS.sub("-", _NO_ASCII_WORD.sub("", text).strip().lower())


def _pymdownx_slug(heading: str) -> str:
    """Letters of all scripts, lower; what stands in angle brackets and punctuation dropped, each space a hyphen."""
    text = _ANGLED.sub("", " ".join(normalize("NFC", heading).split())).strip()
    return _NO_WORD.sub("", text.lower()).replace(" ", "-")


def _vitepress_slug(heading: str) -> str:
    """Letters decomposed and without accents; runs of ASCII punctuation and spaces are one hyphen."""
    text = _CONTROLS.sub("", _ACCENTS.sub("", normalize("NFKD", heading)))
    slug = _MARKS_OF_VITEPRESS.sub("-", text).strip("-")
    return (f"_{slug}" if slug[:1] in "0123456789" and slug else slug).lower()


def _uri_component(heading: str) -> str:
    """Lower case, spaces as hyphens, all else escaped as in a URL."""
    return quote(_BLANKS.sub("-", heading.strip().lower()), safe="!'()*~")


def _pandoc_slug(heading: str) -> str:
    """Letters, numbers and any of "_-.", from the first letter on; nothing left is "section"."""
    words = "".join(char for char in heading if category(char)[0] in "LN" or char in "_-." or char.isspace()).split()
    lowered = "".join(char.lower()[0] for char in "-".join(words))
    start = next((at for at, char in enumerate(lowered) if char.isalpha()), len(lowered))
    return lowered[start:] or "section"


def _zola_slug(heading: str) -> str:
    """Transliterated to ASCII, 日本 as "ri-ben"; runs of all but letters and digits are one hyphen."""
    text = heading if heading.isascii() else "".join(map(_transliterated, heading))
    return _NO_LETTER_OR_DIGIT.sub("-", text.lower()).strip("-")


@cache
def _transliterated(char: str) -> str:
    """One character in ASCII. text-unidecode agrees best on the scripts that people write; anyascii knows emoji."""
    from anyascii import anyascii

    known = unidecoded(char)
    return known if char.isascii() or known.strip() not in ("", "[?]") else anyascii(char)


def _mdbook_slug(heading: str) -> str:
    kept = (
        "-" if char.isspace() else char
        for char in heading.strip().lower()
        if char.isalnum() or char in "_-" or char.isspace()
    )
    return "".join(kept)


def hexo_slug(heading: str) -> str:
    """Case stays; Latin letters lose their accents; runs of ASCII punctuation and spaces are one hyphen."""
    text = _TAG.sub("", heading).strip()
    if not text.isascii():
        text = "".join(map(_plain_latin, text))
    return _MARKS_OF_HEXO.sub("-", _CONTROLS.sub("", text)).strip("-")


@cache
def _plain_latin(char: str) -> str:
    """A Latin letter with an accent, a stroke or a circle, and Æ, Œ, ß, as ASCII. All else stays as it is."""
    if char in "ßẞ":
        return "s" if char == "ß" else "S"
    called = name(char, "")
    if "LATIN" not in called or category(char) not in ("Lu", "Ll", "Lt", "So") or " LIGATURE F" in called:
        return char
    plain = _ACCENTS.sub("", normalize("NFKD", char))
    if plain.isascii() and plain.isalpha():
        return plain
    if " WITH " not in called and char not in "ÆæǢǣŒœı":
        return char
    from anyascii import anyascii

    return anyascii(char).upper() if char.isupper() else anyascii(char)


# ------------------------------------------------------------------------------------------------- typography

_DASHES_OR_DOTS = re.compile(r"---?|\.\.\.")
_SET_AS = {"--": "–", "---": "—", "...": "…"}
_OPENING_SINGLE = re.compile(r"(^|[-—/(\[{\"\s])'")
_OPENING_DOUBLE = re.compile(r"(^|[-—/(\[{‘\s])\"")


def typeset(prose: str) -> str:
    """Prose with dashes, an ellipsis and curly quotes, as smart typography makes them of ASCII."""
    text = _DASHES_OR_DOTS.sub(lambda match: _SET_AS[match[0]], prose)
    if "'" in text:
        text = _OPENING_SINGLE.sub(r"\1‘", text).replace("'", "’")
    if '"' in text:
        text = _OPENING_DOUBLE.sub(r"\1“", text).replace('"', "”")
    return text


# -------------------------------------------------------------------------- what is no text in a heading's prose

_TEXT_DIRECTIVE = re.compile(r"(?<!:):[A-Za-z](?:[\w-]*\w)?(?![\w:])")
_EMOJI_NAME = re.compile(r"(?<![\w:]):(?:[a-z][a-z0-9_-]*|[+-]1|100):(?![\w:])")


def _without_directives(prose: str) -> str:
    """Prose without :name, which remark-directive takes for a directive; of :name: the parser makes an emoji."""
    return _TEXT_DIRECTIVE.sub("", prose)


def _without_emoji_names(prose: str) -> str:
    """Prose without :tada:, which markdown-it takes for an emoji and not for text. Names are not looked up."""
    return _EMOJI_NAME.sub("", prose)


STYLES = {
    AnchorStyle.GITHUB: Style(github_slug, _first_free),
    AnchorStyle.HUGO: Style(_hugo_slug, _first_free, has_image_text=True, prose=typeset),
    AnchorStyle.HUGO_TERMS: Style(_hugo_slug, _first_free, has_image_text=True, prose=typeset, has_term_ids=True),
    AnchorStyle.KRAMDOWN: Style(
        _kramdown_slug, _times_seen, prose=typeset, attributes=AttributeLists.OF_SPANS, reserved=Reserved.NONE
    ),
    AnchorStyle.PYTHON_MARKDOWN: Style(
        _python_markdown_slug,
        _first_free_underscored,
        needs_space_after_hashes=False,
        attributes=AttributeLists.IN_HEADINGS,
        reserved=Reserved.ALL,
    ),
    AnchorStyle.PYMDOWNX: Style(
        _pymdownx_slug,
        _first_free_underscored,
        needs_space_after_hashes=False,
        attributes=AttributeLists.IN_HEADINGS,
        reserved=Reserved.ALL,
    ),
    AnchorStyle.VITEPRESS: Style(_vitepress_slug, _first_free, prose=_without_emoji_names, joins_lines=True),
    AnchorStyle.MARKDOWN_IT_ANCHOR: Style(
        _uri_component, _first_free, has_footnotes=False, attributes=AttributeLists.IN_HEADINGS
    ),
    AnchorStyle.PANDOC: Style(_pandoc_slug, _first_free, has_image_text=True, prose=typeset),
    AnchorStyle.ZOLA: Style(_zola_slug, _first_free, has_image_text=True, reserved=Reserved.ALL),
    AnchorStyle.MDBOOK: Style(_mdbook_slug, _first_free, prose=typeset, reserved=Reserved.NONE),
    AnchorStyle.HEXO: Style(
        hexo_slug,
        _times_seen,
        prose=typeset,
        has_footnotes=False,
        attributes=AttributeLists.NOWHERE,
        reserved=Reserved.NONE,
    ),
    AnchorStyle.SLUGIFY: Style(
        slugified, _counted_from_two, has_html_headings=True, has_comments=True, has_footnotes=False
    ),
    AnchorStyle.ASTRO: Style(github_slug, _first_free, prose=typeset, joins_lines=True, reserved=Reserved.NONE),
    AnchorStyle.DOCUSAURUS: Style(
        github_slug,
        _first_free,
        has_image_text=True,
        prose=_without_directives,
        joins_lines=True,
        has_top_ids=False,
        reserved=Reserved.NONE,
    ),
    AnchorStyle.NONE: Style(str, _as_written, attributes=AttributeLists.IN_HEADINGS),
}
