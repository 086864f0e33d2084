"""What posts themselves say of the settings of their site: keys of their own, its address, the rule of its URLs.

Nothing is guessed from names alone: a key holds related posts if its values name posts of the site, and a rule of URLs
counts if the links of the site follow it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from indexer.content import markdown
from indexer.content.fields import reference_names, split_by
from indexer.content.files import read_source
from indexer.content.front_matter import BadFrontMatter, Split, split
from indexer.content.site import Site
from indexer.content.urls import slug_of, unquoted
from indexer.links.resolver import ReferenceResolver
from indexer.model import ExclusionReason, Post
from indexer.settings import ContentSettings

# Files that are looked into, evenly over the site.
MOST_FILES = 400
# Of the values of a key this share must name posts, and of the links this share must follow one rule.
SHARE = 0.6
# Fewer posts than this prove nothing.
FEWEST = 3
# Names that themes and generators use for a field beside those that are known anyway.
_OTHER_KEYS = {
    "title": ("headline", "name", "page_title"),
    "date": ("publishedAt", "published_at", "datePublished", "date_published", "pubDatetime", "pub_date", "posted"),
    "description": ("subtitle", "abstract", "dek", "meta_description"),
    "tags": ("tag", "labels", "subjects"),
}
_Item = TypeVar("_Item")
_NAME = re.compile(r"[\w-]+")
_END = re.compile(r"(/|\.html?)?\Z")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found. keys: field → key and the number of files that have it. files: how many were looked into.

    url: a pattern that the site's links follow, and of how many posts; site: its address. Empty where nothing is clear.
    """

    files: int
    keys: dict[str, tuple[str, int]]
    url: str = ""
    linked: int = 0
    site: str = ""


def evidence(site: Site, content: ContentSettings) -> Evidence:
    """site: as it is read without any of this."""
    posts = list(site.corpus)
    sample = [(post, parts) for post in spread(posts, MOST_FILES) if (parts := _parts(post, content))]
    keys = _other_keys([parts.values or {} for _, parts in sample], content)
    if related := _related_key(sample, posts, content):
        keys["related"] = related
    links = [(post, link) for post, parts in sample for link in markdown.parse(parts.body, post.path).links]
    url, linked = _url_rule(links, posts)
    return Evidence(len(sample), keys, url, linked, content.site or _address(links, posts))


def spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """So many of the items, evenly over all of them."""
    step = max(len(items) / max(most, 1), 1)
    return [items[int(place * step)] for place in range(min(most, len(items)))]


def _parts(post: Post, content: ContentSettings) -> Split | None:
    try:
        return split_by(content, read_source(content, post.path).data or b"")
    except BadFrontMatter:
        return None


def has_metadata_lines(site: Site, content: ContentSettings) -> bool:
    """Whether most files without front matter begin with lines such as `Title: Rye`, as Pelican has them."""
    without = [file.path for file in site.excluded if file.reason is ExclusionReason.NO_FRONT_MATTER]
    sample = spread(without, MOST_FILES)
    count = 0
    for path in sample:
        with suppress(BadFrontMatter):
            values = split(read_source(content, path).data or b"", metadata_lines=True).values or {}
            count += not {"title", "date"}.isdisjoint(key.lower() for key in values)
    return count > 0 and count >= SHARE * len(sample)


# ------------------------------------------------------------------------------------------------------------- keys


def _other_keys(fronts: Sequence[dict[str, Any]], content: ContentSettings) -> dict[str, tuple[str, int]]:
    """Fields that most files have under a name that is not known, and hardly any under one that is."""
    found = {}
    counts = Counter(key for front in fronts for key in front)
    for field, names in _OTHER_KEYS.items():
        known = max((counts[key] for key in getattr(content.keys, field)), default=0)
        name = max(names, key=counts.__getitem__)
        if counts[name] >= max(FEWEST, SHARE * len(fronts)) and known < counts[name] / 10:
            found[field] = (name, counts[name])
    return found


def _related_key(
    sample: Iterable[tuple[Post, Split]], posts: Sequence[Post], content: ContentSettings
) -> tuple[str, int] | None:
    """The key whose values name other posts of the site, if the keys that are known do so nowhere."""
    resolver = ReferenceResolver(posts, content.site)
    numbers = {post.path: number for number, post in enumerate(posts)}
    used = {
        name for field in ("title", "url", "slug", "id", "tags", "aliases") for name in getattr(content.keys, field)
    }
    names, resolved, files = Counter[str](), Counter[str](), Counter[str]()
    for post, parts in sample:
        for key, value in (parts.values or {}).items():
            if key in used or not isinstance(value, list) or not _NAME.fullmatch(key):
                continue
            listed = [name for name in reference_names(value) if name]
            targets = [resolver.resolve(name, numbers[post.path]) for name in listed]
            names[key] += len(listed)
            resolved[key] += sum(len(found) == 1 and found[0] != numbers[post.path] for found in targets)
            files[key] += bool(listed)
    likely = [key for key in names if files[key] >= FEWEST and resolved[key] >= SHARE * names[key]]
    if not likely or set(likely) & set(content.keys.related):
        return None
    key = max(likely, key=resolved.__getitem__)
    return key, files[key]


# ------------------------------------------------------------------------------------------------------------- URLs


def _url_rule(links: Iterable[tuple[Post, str]], posts: Sequence[Post]) -> tuple[str, int]:
    """The pattern of URLs that the links of a site follow, and how many posts show it; empty if they follow ours."""
    by_slug = _by_slug(posts)
    seen = {}
    for source, link in links:
        path = _path(link)
        post = by_slug.get(_last(path))
        if post and post is not source and path.startswith("/"):
            is_ours = path.rstrip("/") == post.url.rstrip("/")
            seen[post.path] = "" if is_ours else _pattern(path, post)
    counts = Counter(seen.values())
    if not counts:
        return "", 0
    pattern, count = counts.most_common(1)[0]
    return (pattern, count) if pattern and count >= max(FEWEST, SHARE * len(seen)) else ("", 0)


def _pattern(path: str, post: Post) -> str:
    """The pattern that gives a post the URL with this path; empty if there can be none."""
    if "{" in path or "}" in path:
        return ""
    end = _END.search(path)
    ending = end[0] if end else ""
    stem = path.removesuffix(ending)
    if stem.endswith(f"/{post.id}"):
        return f"{stem.removesuffix(post.id)}{{path}}{ending}"
    before = stem.rpartition("/")[0]
    if post.date:
        year, month, day = post.date.isoformat().split("-")
        before = before.replace(f"/{year}/{month}/{day}", "/{year}/{month}/{day}")
        before = before.replace(f"/{year}/{month}", "/{year}/{month}").replace(f"/{year}", "/{year}")
    return f"{before}/{{slug}}{ending}"


def _address(links: Iterable[tuple[Post, str]], posts: Sequence[Post]) -> str:
    """The address that the site's links to its own posts begin with; empty if they do not show one."""
    by_slug = _by_slug(posts)
    hosts = Counter[str]()
    for source, link in links:
        if link.startswith(("http://", "https://")):
            post = by_slug.get(_last(_path(link)))
            if post and post is not source and post.url.strip("/") == _path(link).strip("/"):
                parts = urlsplit(link)
                hosts[f"{parts.scheme}://{parts.netloc}"] += 1
    (host, count), *_ = hosts.most_common(1) or [("", 0)]
    return host if count >= FEWEST else ""


def _by_slug(posts: Iterable[Post]) -> dict[str, Post]:
    """The posts by their slug, and by the last part of their URL; those that share one are left out."""
    found: dict[str, list[Post]] = {}
    for post in posts:
        for slug in {slug_of(post.id), _last(post.url)}:
            found.setdefault(slug, []).append(post)
    return {slug: those[0] for slug, those in found.items() if len(those) == 1 and slug}


def _path(link: str) -> str:
    try:
        return unquoted(urlsplit(link).path)
    except ValueError:
        return ""


def _last(path: str) -> str:
    return _END.sub("", path).rpartition("/")[2]
