"""The names of files and folders → parts of URLs, in the styles of the generators."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from indexer.model import PathStyle

_NOT_PRETTY = re.compile(r"[^\w.~!$&'()+,;=@\u0300-\u036f]+")
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
    """Lower-case ASCII letters and digits, all else a hyphen, as Zola and Pelican name pages."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_ASCII_WORD.sub("-", folded).strip("-")


_STYLES: dict[PathStyle, Callable[[str], str]] = {
    PathStyle.AS_IS: str,
    PathStyle.HUGO: _hugo,
    PathStyle.GITHUB: _github,
    PathStyle.JEKYLL: _jekyll,
    PathStyle.ASCII: _ascii,
}
