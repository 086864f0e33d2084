"""The path and the front matter of a file → URL, date and language of its post; and which links are internal.

How a URL is made where front matter has none, here with `urls = {"blog" = "/blog/{year}/{path}/"}`:

    blog/2026-01-31-Rye Bread/index.fr.md
         └────────────────────────────┘      below the folder whose pattern counts
         2026-01-31-Rye Bread                the index page stands for its folder, the language goes before all
         Rye Bread                           drop_dates, drop_numbers
         rye-bread                           path_style; or the slug of the front matter in place of the last part
    /fr/blog/2026/rye-bread/                 the pattern filled in; base and language before it
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote, urlsplit

from indexer.content.path_styles import styled
from indexer.settings import ContentSettings
from indexer.text import analysis

_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[-_](?=.)")
_NUMBERED = re.compile(r"\d+\s*[-_.]+\s*(?=[^-_.\s])")
_NOT_A_NUMBER = re.compile(r"\d+[-_.]\d+")  # a date or a version: 2026-01-31, 1.2
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


# ------------------------------------------------------------------------------------------------------- URLs


@dataclass(frozen=True, slots=True)
class Named:
    """What a URL is made from. slug, id: as the front matter gives them, or empty. categories: of Jekyll."""

    post_id: str
    dated: date | None
    title: str = ""
    slug: str = ""
    id: str = ""
    categories: tuple[str, ...] = ()


def given_url(given: str, named: Named, settings: ContentSettings) -> str | None:
    """The URL in front matter, with placeholders of Jekyll and Hexo filled in: /blog/:year/:title/.

    None if there is none, or only the site's generator can fill it in: {{ title | slugify }}, :collection.
    """
    if not given or "{{" in given or "{%" in given:
        return None
    slug = quote(named.slug or slug_of(named.post_id))
    values = _date_values(named.dated) | dict.fromkeys(("title", "slug", "name"), slug)
    if not all(values.get(name) for name in _PLACEHOLDER.findall(given)):
        return None
    url = _INDEX_PAGE.sub("", _PLACEHOLDER.sub(lambda match: values[match[1]], given))
    if url.startswith("/"):
        return f"{settings.base.rstrip('/')}{url}"
    if "://" in url:
        return url
    return _prefixed(url if "/" in url else f"{url}/", named.post_id, settings)


def url_by_pattern(named: Named, settings: ContentSettings) -> str:
    """The URL by the settings' pattern for the folder of the post."""
    post_id = named.post_id
    folder, below = _split_at_folder(post_id, settings)
    pattern = settings.urls.get(folder, settings.url)
    if named.slug:
        pattern = settings.urls_with_slug.get(folder, pattern)
    path, is_index = _path(named, below, settings)
    if is_index:  # /docs/ and not /docs.html
        pattern = f"{pattern.removesuffix('.html')}/" if pattern.endswith(".html") else pattern
    url = pattern.format(
        path=quote(path),
        slug=quote(styled(named.slug or _bare_name(post_id, settings), settings.slug_style)),
        title=quote(styled(named.slug or named.title, settings.slug_style)),
        categories=quote("/".join(category.lower() for category in named.categories)),
        **_date_values(named.dated),
    )
    return _prefixed(url, post_id, settings)


def _split_at_folder(post_id: str, settings: ContentSettings) -> tuple[str, str]:
    """The folder whose pattern counts for an id, and what follows it. _posts may lie in other folders, as in Jekyll."""
    best, below = "", post_id
    for folder in settings.urls:
        before, found, after = f"/{post_id}".partition(f"/{folder}/")
        if found and (not before or folder.startswith("_")) and len(folder) > len(best):
            best, below = folder, after
    return best, below


def _date_values(dated: date | None) -> dict[str, str]:
    year, month, day = dated.isoformat().split("-") if dated else ("", "", "")
    return {"year": year, "month": month, "day": day}


def _path(named: Named, below: str, settings: ContentSettings) -> tuple[str, bool]:
    """What {path} stands for, and whether the page stands for its folder. below: the id from the pattern's folder."""
    parts = _without_language(below, settings).split("/")
    is_index = parts[-1] in settings.index_names or (settings.folder_pages and parts[-1:] == parts[-2:-1])
    if is_index:
        parts.pop()
    parts = [styled(_cut(part, settings), settings.path_style) for part in parts]
    if named.slug.startswith("/"):
        return named.slug.strip("/"), is_index
    if parts and named.slug:
        parts[-1] = styled(named.slug.strip("/"), settings.slug_style)
    elif parts and named.id:
        parts[-1] = named.id
    return "/".join(parts), is_index


def _cut(part: str, settings: ContentSettings) -> str:
    """A part of a path without the date or the number that it begins with, where the settings say so."""
    if settings.drop_dates:
        part = _DATED.sub("", part, count=1) if _DATED.match(part) else part
    if settings.drop_numbers and not _NOT_A_NUMBER.match(part):
        part = _NUMBERED.sub("", part, count=1) if _NUMBERED.match(part) else part
    return part


def _bare_name(post_id: str, settings: ContentSettings) -> str:
    return _cut(slug_of(_without_language(post_id, settings)), settings)


def _without_language(post_id: str, settings: ContentSettings) -> str:
    """An id without the suffix that names its language, if the language stands before the URL instead."""
    language = language_in_name(post_id) if settings.language_prefix else None
    return post_id.removesuffix(f".{language}") if language else post_id


def _prefixed(url: str, post_id: str, settings: ContentSettings) -> str:
    """A URL with the language of a translation and the base of the site before it."""
    language = language_in_name(post_id) if settings.language_prefix else None
    prefix = f"/{language.lower()}" if language and language != settings.language else ""
    return _SLASHES.sub("/", f"/{settings.base}{prefix}/{url}")


def rooted(url: str) -> str:
    """A URL that is absolute or starts with a slash; a relative one is taken to be below the root."""
    return url if url.startswith(("/", "http://", "https://")) else f"/{url.strip('/')}/"


def unquoted(link: str) -> str:
    """A link or reference without query and fragment, percent-decoded, in normalization form C."""
    if not _NOT_PLAIN.search(link):  # as nearly all
        return link.strip()
    return nfc(unquote(re.split(r"[?#]", link, maxsplit=1)[0])).strip()
