"""The generator of a site → the settings that are usual with it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from msgspec import Struct

from indexer.errors import BadSetting
from indexer.profiles.site_config import Config, adapted, read_config

# In the order in which they are looked for: a _config.yml may be Hexo's, and a site may have more than one.
NAMES = (
    "docusaurus", "vitepress", "astro", "eleventy", "gatsby", "hugo", "zola", "mkdocs", "mdbook", "pelican", "hakyll",
    "hexo", "jekyll", "obsidian",
)  # fmt: skip
NONE = "none"
MOST_PARENTS = 4  # folders above the content folder in which a generator's files are looked for


class Profile(Struct, frozen=True):
    """One generator.

    signs: files that tell it, as `path` or `path: key that is in it`. roots: where content lies below the folder of
    the sign. config: the name of a setting → the keys of the generator's configuration that say it. content: settings.
    """

    signs: tuple[str, ...]
    roots: tuple[str, ...]
    config: dict[str, tuple[str, ...]] = {}
    content: dict[str, Any] = {}


class Site(Struct, frozen=True):
    """A site whose generator is known. folder: where its configuration lies."""

    name: str
    folder: Path
    config: Config


@cache
def profile(name: str) -> Profile:
    text = resources.files("indexer.profiles").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Profile)


def content_table(directory: Path, generator: str) -> dict[str, Any]:
    """The `[content]` table that is usual for the files below a content folder; empty if no generator is known.

    generator: its name; empty to find it out; "none" for no profile. Raises BadSetting for an unknown name.
    """
    if generator == NONE:
        return {}
    if generator and generator not in NAMES:
        raise BadSetting(f'"content.generator" must be one of {", ".join(NAMES)} or {NONE}, not {generator!r}')
    site = _find(directory, (generator,) if generator else NAMES)
    if site is None and not generator:
        return {}
    site = site or Site(generator, directory, {})
    table = adapted(site.name, profile(site.name).content, profile(site.name).config, site.config)
    return _counted_from(directory, site, table) | {"generator": site.name}


def _find(directory: Path, names: tuple[str, ...]) -> Site | None:
    """The site that a content folder belongs to, looked for there and above, up to the root of the repository."""
    for folder in _upwards(directory):
        for name in names:
            for sign in profile(name).signs:
                path, _, key = (part.strip() for part in sign.partition(":"))
                if (folder / path).exists():
                    config = read_config(folder / path)
                    if not key or key in config:
                        return Site(name, folder, config)
    return None


def _upwards(directory: Path) -> Iterator[Path]:
    folder = Path(os.path.abspath(directory))
    for parent in (folder, *list(folder.parents)[:MOST_PARENTS]):
        yield parent
        if (parent / ".git").exists():
            return


def _counted_from(directory: Path, site: Site, table: dict[str, Any]) -> dict[str, Any]:
    """The table with its folders counted from the content folder, instead of from where the generator looks."""
    roots = table.pop("roots", profile(site.name).roots)
    content = PurePosixPath(os.path.relpath(os.path.abspath(directory), site.folder))
    url, urls, with_slug = table["url"], table.get("urls", {}), table.get("urls_with_slug", {})
    for root in map(PurePosixPath, roots):
        if content.is_relative_to(root):  # within the root, or the root itself
            url, urls = _from_within(content.relative_to(root), url, urls)
            _, with_slug = _from_within(content.relative_to(root), "", with_slug)
            break
        if root.is_relative_to(content):  # the content folder is the whole project
            below = root.relative_to(content)
            urls = urls | {str(below): url} | {str(below / folder): pattern for folder, pattern in urls.items()}
            with_slug = {str(below / folder): pattern for folder, pattern in with_slug.items()}
    return table | {"url": url, "urls": urls, "urls_with_slug": with_slug}


def _from_within(offset: PurePosixPath, url: str, urls: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The patterns as they count from a folder below the root. Under "" stands the one for that folder itself."""
    if offset == PurePosixPath():
        return url, urls
    inner = {}
    url = url.replace("{path}", f"{offset}/{{path}}")
    for folder, pattern in urls.items():
        path = PurePosixPath(folder)
        if offset.is_relative_to(path):
            rest = offset.relative_to(path)
            url = pattern if rest == PurePosixPath() else pattern.replace("{path}", f"{rest}/{{path}}")
            inner[""] = url
        elif path.is_relative_to(offset):
            inner[str(path.relative_to(offset))] = pattern
    return url, inner
