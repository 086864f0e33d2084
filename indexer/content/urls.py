"""The path of a file → the URL, date and language of its post; and which links are internal."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import quote, unquote, urlsplit

from indexer.settings import ContentSettings
from indexer.text import analysis

_DATED = re.compile(r"(\d{4})-(\d{2})-(\d{2})-(?=.)")
_INDEX = re.compile(r"(?:^|/)_?index$")
_INDEX_PAGE = re.compile(r"(?:(?<=/)|\A)index\.html?\Z")
_PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9]):([a-z_]+)")  # not the colon of https: or of a port
_SLASHES = re.compile(r"/{2,}")
# Nearly all links have one of these forms, whose host is known without urlsplit, which takes ten times as long.
_ROOTED = re.compile(r"/[^/\s]")
_ABSOLUTE = re.compile(r"https?://([\w.:-]+)(?=[/?#]|\Z)", re.ASCII)
_NOT_PLAIN = re.compile(r"[?#%]|[^\x00-\x7f]")
_LANGUAGE_SUFFIX = re.compile(r"\.([a-z]{2}(?:-[A-Za-z]{2,4})?)$")


def nfc(text: str) -> str:
    """A text in Unicode normalization form C; the same object if it is ASCII."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_internal(link: str, site: str) -> bool:
    """Whether a link target may lead to a post of this site: it is relative, or absolute with the site's host.

    site: the address of the site; empty if it is unknown.
    """
    if link.startswith("#"):
        return False
    if _ROOTED.match(link):
        return True
    if match := _ABSOLUTE.match(link):
        host = match[1]
    else:
        try:
            parts = urlsplit(link)
        except ValueError:
            return False
        if parts.scheme not in ("", "http", "https"):
            return False
        host = parts.netloc
    return not host or (bool(site) and host.lower() == urlsplit(site).netloc.lower())


# -------------------------------------------------------------------------------------------- names and dates


def slug_of(post_id: str) -> str:
    """The last part of an id without its date; for an index page, the name of its folder."""
    parts = post_id.split("/")
    name = parts[-2] if parts[-1] in ("index", "_index") and len(parts) > 1 else parts[-1]
    return _DATED.sub("", name, count=1) if _DATED.match(name) else name


def date_in_name(path: str) -> date | None:
    """The date that the name of a file, or of the folder of an index page, starts with: 2026-01-31-rye/index.md."""
    *folders, name = path.split("/")
    if folders and name.partition(".")[0] in ("index", "_index"):
        name = folders[-1]
    if match := _DATED.match(name):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    return None


def language_in_name(post_id: str) -> str | None:
    """The language code that a name such as guide.fr or guide.pt-BR ends with; the js of node.js is none."""
    match = _LANGUAGE_SUFFIX.search(post_id)
    return match[1] if match and analysis.is_language(match[1]) else None


def given_url(given: str, post_id: str, dated: date | None) -> str | None:
    """The URL in front matter, with placeholders of Jekyll and Hexo filled in: /blog/:year/:title/.

    None if there is none, or only the site's generator can fill it in: {{ title | slugify }}, :categories.
    """
    if not given or "{{" in given or "{%" in given:
        return None
    year, month, day = dated.isoformat().split("-") if dated else ("", "", "")
    slug = quote(slug_of(post_id))
    values = {"year": year, "month": month, "day": day} | dict.fromkeys(("title", "slug", "name"), slug)
    if not all(values.get(name) for name in _PLACEHOLDER.findall(given)):
        return None
    url = _PLACEHOLDER.sub(lambda match: values[match[1]], given)
    return rooted(_INDEX_PAGE.sub("", url))


def url_by_pattern(post_id: str, dated: date | None, settings: ContentSettings) -> str:
    """The URL by the settings' pattern for the folder of the post."""
    folder = max((prefix for prefix in settings.urls if post_id.startswith(f"{prefix}/")), key=len, default="")
    pattern = settings.urls.get(folder, settings.url)
    path = _INDEX.sub("", post_id[len(folder) :].lstrip("/"))
    year, month, day = dated.isoformat().split("-") if dated else ("", "", "")
    url = pattern.format(path=quote(path), slug=quote(slug_of(post_id)), year=year, month=month, day=day)
    return _SLASHES.sub("/", f"/{url}")


def rooted(url: str) -> str:
    """A URL that is absolute or starts with a slash; a relative one is taken to be below the root."""
    return url if url.startswith(("/", "http://", "https://")) else f"/{url.strip('/')}/"


def unquoted(link: str) -> str:
    """A link or reference without query and fragment, percent-decoded, in normalization form C."""
    if not _NOT_PLAIN.search(link):  # as nearly all
        return link.strip()
    return nfc(unquote(re.split(r"[?#]", link, maxsplit=1)[0])).strip()
