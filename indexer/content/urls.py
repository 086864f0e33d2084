"""What the path of a file says of its post: URL, date and language; and which links stay on the site."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import quote, unquote, urlsplit

from indexer.content import markdown
from indexer.settings import ContentSettings
from indexer.text import analysis

_DATED = re.compile(r"(\d{4})-(\d{2})-(\d{2})-(?=.)")
_INDEX = re.compile(r"(?:^|/)_?index$")
_SLASHES = re.compile(r"/{2,}")
# Links whose host is seen without urlsplit, as nearly all are; that takes ten times as long.
_ROOTED = re.compile(r"/[^/\s]")
_ABSOLUTE = re.compile(r"https?://([\w.:-]+)(?=[/?#]|\Z)", re.ASCII)
_QUOTED = re.compile(r"[?#%]|[^\x00-\x7f]")
_LANGUAGE_SUFFIX = re.compile(r"\.([a-z]{2}(?:-[A-Za-z]{2,4})?)$")


def nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_internal(link: str, site: str) -> bool:
    """Whether a link target may lead to a post of this site: relative, or absolute below the site's own address."""
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
    """The last part of an id without its date; of a folder's index page the name of the folder."""
    parts = post_id.split("/")
    name = parts[-2] if parts[-1] in ("index", "_index") and len(parts) > 1 else parts[-1]
    return _DATED.sub("", name, count=1) if _DATED.match(name) else name


def date_in_name(path: str) -> date | None:
    if match := _DATED.match(path.rpartition("/")[2]):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    return None


def language_in_name(post_id: str) -> str | None:
    """The language that a name such as guide.fr or guide.pt-BR ends in; the js of node.js is none."""
    match = _LANGUAGE_SUFFIX.search(post_id)
    return match[1] if match and analysis.is_language(match[1]) else None


def url_of(given: str, post_id: str, dated: date | None, settings: ContentSettings) -> str:
    """The URL that a post claims, or the one that the site's pattern gives it."""
    given = markdown.without_tags(given).strip()
    if given:
        return given if given.startswith(("/", "http://", "https://")) else rooted(given)
    folder = max((one for one in settings.urls if post_id.startswith(f"{one}/")), key=len, default="")
    pattern = settings.urls.get(folder, settings.url)
    path = _INDEX.sub("", post_id[len(folder) :].lstrip("/"))
    year, month, day = dated.isoformat().split("-") if dated else ("", "", "")
    url = pattern.format(path=quote(path), slug=quote(slug_of(post_id)), year=year, month=month, day=day)
    return _SLASHES.sub("/", f"/{url}")


def rooted(url: str) -> str:
    return url if url.startswith(("/", "http://", "https://")) else f"/{url.strip('/')}/"


def unquoted(link: str) -> str:
    """A link or reference without query, fragment and percent signs; few have any."""
    if not _QUOTED.search(link):
        return link.strip()
    return nfc(unquote(re.split(r"[?#]", link, maxsplit=1)[0])).strip()
