"""The names of files and folders → parts of URLs, in the styles of the generators."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from indexer.content.anchors import hexo_slug
from indexer.content.transliterate import slugified, unidecoded
from indexer.model import PathStyle

_NOT_PRETTY = re.compile(r"[^\w.~!$&'()+,;=@\u0300-\u036f]+")
_NOT_WORD = re.compile(r"[^\w\s-]", re.ASCII)
_BLANKS_OR_HYPHENS = re.compile(r"[-\s]+")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")


def styled(name: str, style: PathStyle) -> str:
    """A name as a part of a URL, not percent-encoded."""
    return _STYLES[style](name)


def _hugo(name: str) -> str:
    """Hugo 0.111, paths.Sanitize: lower case; a run of blanks is one hyphen, unless one is there; other signs go."""
    kept: list[str] = []
    blank = False
    for char in name:
        if char.isalnum() or char in "._-#+~@" or unicodedata.category(char).startswith("M"):
            if blank and char != "-" and kept and kept[-1] != "-":
                kept.append("-")
            blank = False
            kept.append(char)
        elif char.isspace():
            blank = True
    return "".join(kept).lower()


def _github(name: str) -> str:
    """github-slugger 2, with which Astro names the entries of a collection."""
    kept = (char for char in name.lower() if char.isalnum() or char in "_- " or unicodedata.category(char)[0] == "M")
    return "".join(kept).replace(" ", "-")


def _jekyll(name: str) -> str:
    """Jekyll 4, Utils.slugify in its mode "pretty": signs that a URL should not hold are one hyphen; case stays."""
    return _NOT_PRETTY.sub("-", name).strip("-")


def _ascii(name: str) -> str:
    """Lower-case ASCII letters and digits, all else a hyphen, as Zola names pages."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_ASCII_WORD.sub("-", folded).strip("-")


def _pelican(name: str) -> str:
    """Pelican 4, utils.slugify: transliterated to ASCII, signs are gone, blanks and hyphens are one hyphen."""
    text = _NOT_WORD.sub("", unidecoded(unicodedata.normalize("NFKC", name)))
    return _BLANKS_OR_HYPHENS.sub("-", text.strip()).lower()


_STYLES: dict[PathStyle, Callable[[str], str]] = {
    PathStyle.AS_IS: str,
    PathStyle.HUGO: _hugo,
    PathStyle.GITHUB: _github,
    PathStyle.JEKYLL: _jekyll,
    PathStyle.ASCII: _ascii,
    PathStyle.LOWER: str.lower,
    PathStyle.HEXO: hexo_slug,
    PathStyle.SLUGIFY: slugified,
    PathStyle.PELICAN: _pelican,
}
