"""The path and the front matter of a file → URL, date of its post; and which links are internal.

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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from string import Formatter
from urllib.parse import quote, unquote, urlsplit

from indexer.content.path_styles import styled
from indexer.settings import ContentSettings
from indexer.text import analysis

_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[-_](?=.)")
_NUMBERED = re.compile(r"\d+\s*[-_.]+\s*(?=[^-_.\s])")
_NOT_A_NUMBER = re.compile(r"\d+[-_.]\d+")  # a date or a version: 2026-01-31, 1.2
_DATE_WITHIN = re.compile(r"((?:[^/]+/)*?)(\d{4})[-/](\d{1,2})[-/](\d{1,2})[-/]?(.*)")
_PARAMETER = re.compile(r":(\w+)(\*|\(\.\*\))?")
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


def site_origin(settings: ContentSettings) -> str:
    """What stands before the URL of a post: `https://blog.example`; empty where `content.site` does not say it."""
    if not settings.site.startswith(("https://", "http://")):
        return ""
    return settings.site.rstrip("/").removesuffix(f"/{settings.base.strip('/')}".rstrip("/"))


def on_site(url: str, settings: ContentSettings) -> str:
    """The address of a post on the site; its URL as it is where the site's own address is not known."""
    return f"{site_origin(settings)}{url}" if url.startswith("/") else url


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
    """What a URL is made from. slug, id: as the front matter gives them, or empty. categories: of Jekyll.

    language: of the post, or empty if that is the language of the site.
    """

    post_id: str
    dated: date | None
    title: str = ""
    slug: str = ""
    id: str = ""
    categories: tuple[str, ...] = ()
    language: str = ""


def url_by_pattern(named: Named, settings: ContentSettings) -> str:
    """The URL by the settings' pattern for the folder of the post."""
    post_id = _rewritten(named.post_id, settings) if settings.rewrites else named.post_id
    _, below = split_at_folder(post_id, settings.urls)
    _, pattern = pattern_for(post_id, bool(named.slug), named.language, settings)
    path, is_index = _path(named, below, settings)
    if is_index:  # /docs/ and not /docs.html
        pattern = f"{pattern.removesuffix('.html')}/" if pattern.endswith(".html") else pattern
    values: dict[str, Callable[[], str]] = {
        "path": lambda: path,
        "page": lambda: f"{path}/" if is_index else path,
        "dated_path": lambda: _dated_path(below),
        "slug": lambda: named.id or styled(named.slug or _bare_name(post_id, settings), settings.slug_style),
        "title": lambda: named.id or styled(named.slug or named.title, settings.slug_style),
        "categories": lambda: _categories(named, settings),
        "flat_path": lambda: _flat(below, settings),
        "language": named.language.lower,
    }
    used = {name: quote(values[name]()) for name in _names_in(pattern) if name in values}
    return prefixed(pattern.format(**used, **date_values(named.dated)), post_id, settings)


@lru_cache
def _names_in(pattern: str) -> tuple[str, ...]:
    """The placeholders of a URL pattern."""
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(pattern) if name))


def pattern_for(post_id: str, has_slug: bool, language: str, settings: ContentSettings) -> tuple[str, str]:
    """The setting that has the pattern for a post, such as `urls._posts`, and the pattern.

    language: of a translation, else empty.
    """
    folder, _ = split_at_folder(post_id, settings.urls)
    name = f".{folder}" if folder else ""
    if language and folder in settings.urls_of_translations:
        return f"urls_of_translations{name}", settings.urls_of_translations[folder]
    if has_slug and folder in settings.urls_with_slug:
        return f"urls_with_slug{name}", settings.urls_with_slug[folder]
    return (f"urls{name}", settings.urls[folder]) if folder in settings.urls else ("url", settings.url)


def _categories(named: Named, settings: ContentSettings) -> str:
    names = named.categories or tuple(filter(None, [settings.default_category]))
    return "/".join(styled(settings.category_names.get(name, name), settings.category_style) for name in names)


def _flat(below: str, settings: ContentSettings) -> str:
    """A path as one part of a URL, as in Hexo: what follows the date, or else all of it, with hyphens for slashes."""
    return _DATED.sub("", below, count=1) if _DATED.match(below) else styled(below, settings.slug_style)


def split_at_folder(post_id: str, folders: Iterable[str]) -> tuple[str, str]:
    """The folder that counts for an id, "" if there is none, and what follows it.

    _posts may lie in other folders, as in Jekyll.
    """
    best, below = "", post_id
    for folder in folders:
        before, found, after = f"/{post_id}".partition(f"/{folder}/")
        if found and (not before or folder.startswith("_")) and len(folder) > len(best):
            best, below = folder, after
    return best, below


def _rewritten(post_id: str, settings: ContentSettings) -> str:
    """The id that the first of the rewrites makes of an id."""
    for pattern, target in settings.rewrites.items():
        if match := _rewrite_pattern(pattern).fullmatch(post_id):
            return _PARAMETER.sub(lambda found: match[found[1]], target.removesuffix(".md"))
    return post_id


@cache
def _rewrite_pattern(pattern: str) -> re.Pattern[str]:
    """A path in which :name stands for a part, and :name* or :name(.*) for several."""
    pieces = _PARAMETER.split(pattern.removesuffix(".md"))  # text, name, its end, text, …
    found = re.escape(pieces[0])
    for name, several, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        found += rf"(?P<{name}>{'.+' if several else '[^/]+'}){re.escape(text)}"
    return re.compile(found)


def _dated_path(below: str) -> str:
    """An id whose date, in the name of a file or in those of folders, stands in parts before all: 2026/01/31/rye.

    A folder around the date follows it. An index page stands for its folder.
    """
    path = below.removesuffix("/index")
    if match := _DATE_WITHIN.fullmatch(path):
        folder, year, month, day, name = match.groups()
        path = "/".join(filter(None, [year, month, day, folder.strip("/"), name]))
    return path


def date_values(dated: date | None) -> dict[str, str]:
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


def prefixed(url: str, post_id: str, settings: ContentSettings, own: bool = False) -> str:
    """A URL with the language of a translation and the base of the site before it.

    own: whether a name that ends with the site's own language counts as a translation.
    """
    language = language_in_name(post_id) if settings.language_prefix else None
    prefix = f"/{language.lower()}" if language and (own or language != settings.language) else ""
    return _SLASHES.sub("/", f"/{settings.base}{prefix}/{url}")


def rooted(url: str) -> str:
    """A URL that is absolute or starts with a slash; a relative one is taken to be below the root."""
    return url if url.startswith(("/", "http://", "https://")) else f"/{url.strip('/')}/"


def unquoted(link: str) -> str:
    """A link or reference without query and fragment, percent-decoded, in normalization form C."""
    if not _NOT_PLAIN.search(link):  # as nearly all
        return link.strip()
    return nfc(unquote(re.split(r"[?#]", link, maxsplit=1)[0])).strip()
