"""The URL that stands in front matter, with the placeholders and simple templates of the generators filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from indexer.content.transliterate import slugified
from indexer.content.urls import Named, date_values, prefixed, slug_of
from indexer.settings import ContentSettings

_INDEX_PAGE = re.compile(r"(?:(?<=/)|\A)index\.html?\Z")
_PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9]):([a-z_]+)")  # not the colon of https: or of a port
_TEMPLATE = re.compile(r"\{\{-?\s*([^{}]*?)\s*-?\}\}")
_DATE_FILTER = re.compile(r"date:?\s*\(?\s*[\"']([^\"']*)[\"']\s*\)?")
_DIRECTIVES = {"%Y": "year", "%m": "month", "%d": "day"}
_DIRECTIVE = re.compile(r"%.")


def given_url(given: str, named: Named, settings: ContentSettings) -> str | None:
    """The URL in front matter, with what Jekyll, Hexo and Eleventy fill in: /blog/:year/:title/, /{{ page.fileSlug }}/.

    None if there is none, or only the site's generator can fill it in: {{ page.url }}, :collection.
    """
    if not given or "{%" in given:
        return None
    templates = [_filled(match[1], named) for match in _TEMPLATE.finditer(given)]
    if not all(templates):
        return None
    given = _TEMPLATE.sub(lambda _: quote(templates.pop(0) or ""), given)
    slug = quote(named.slug or slug_of(named.post_id))
    values = date_values(named.dated) | dict.fromkeys(("title", "slug", "name"), slug)
    if "{{" in given or not all(values.get(name) for name in _PLACEHOLDER.findall(given)):
        return None
    url = _INDEX_PAGE.sub("", _PLACEHOLDER.sub(lambda match: values[match[1]], given))
    if settings.slash_after_url and "." not in url.rpartition("/")[2]:
        url = f"{url.rstrip('/')}/"
    if url.startswith("/"):
        return f"{settings.base.rstrip('/')}{url}"
    if "://" in url:
        return url
    url = url if "/" in url or url.endswith(".html") else f"{url}/"
    return prefixed(url, named.post_id, settings, settings.own_language_prefix)


def leads_out(url: str) -> bool:
    """Whether a URL leads to another host, as //rye.example does, or up, as /../rye/ does; browsers take \\ for /."""
    path = unquote(url).replace("\\", "/").strip()
    return path.startswith("//") or ".." in path.split("/")


def _filled(expression: str, named: Named) -> str | None:
    """What `title | slugify` stands for; None if only the generator knows."""
    name, *filters = (part.strip() for part in expression.split("|"))
    if name == "page.date" and len(filters) == 1 and (form := _DATE_FILTER.fullmatch(filters[0])):
        return _date_in_form(form[1], named)
    year = date_values(named.dated)["year"]
    values = {
        "page.date.getFullYear()": year, "page.date.getUTCFullYear()": year,
        "title": named.title, "slug": named.slug, "page.fileSlug": slug_of(named.post_id),
        "page.filePathStem": f"/{named.post_id.rpartition('/')[0]}/{slug_of(named.post_id)}".replace("//", "/"),
    }  # fmt: skip
    value = values.get(name)
    if value is None or any(one not in _FILTERS for one in filters):
        return None
    for one in filters:
        value = _FILTERS[one](value)
    return value


_FILTERS: dict[str, Callable[[str], str]] = {"slugify": slugified, "slug": slugified, "lower": str.lower}


def _date_in_form(form: str, named: Named) -> str | None:
    """A date in a form such as %Y/%m; None for a directive other than those of year, month and day."""
    values = date_values(named.dated)
    if named.dated is None or any(found not in _DIRECTIVES for found in _DIRECTIVE.findall(form)):
        return None
    return _DIRECTIVE.sub(lambda match: values[_DIRECTIVES[match[0]]], form)
