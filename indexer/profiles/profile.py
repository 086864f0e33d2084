"""The generator of a site → the settings that are usual with it."""

from __future__ import annotations

import glob
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from msgspec import Struct

from indexer.errors import BadSetting
from indexer.profiles.site_config import Config, adapted, ignore, lines_of, read_config, value_at, with_parts

# In the order in which they are looked for: a _config.yml may be Hexo's, and a site may have more than one.
NAMES = (
    "docusaurus", "vitepress", "astro", "eleventy", "gatsby", "hugo", "zola", "mkdocs", "mdbook", "pelican", "hakyll",
    "hexo", "jekyll", "obsidian",
)  # fmt: skip
NONE = "none"
_TITLES = {"mkdocs": "MkDocs", "mdbook": "mdBook", "vitepress": "VitePress"}
MOST_BESIDE = 50  # folders beside it in which they are looked for
MOST_PARENTS = 4  # folders above the content folder in which a generator's files are looked for


class Profile(Struct, frozen=True):
    """One generator.

    signs: files that tell it, as `path`, `path: dotted key in it`, `path ~ regular expression for a line of it`, or
    `path + path` where both have to be there. config_file: where the configuration stands, if not in the sign.
    config_folders: folders with further files of it, see `with_parts`. roots: where content lies below the folder of
    the sign. ignore_files: lists of files that are no content, in the form of .gitignore, beside the sign. config: the
    name of a setting → the keys of the generator's configuration that say it. content: settings. keep_out: how to keep
    a folder {index} out of the site, where the generator would copy it from the root of content.
    """

    signs: tuple[str, ...]
    roots: tuple[str, ...]
    config_file: str = ""
    config_folders: tuple[str, ...] = ()
    ignore_files: tuple[str, ...] = ()
    config: dict[str, tuple[str, ...]] = {}
    content: dict[str, Any] = {}
    keep_out: str = ""


class Site(Struct, frozen=True):
    """A site whose generator is known. folder: where its configuration lies. sign: the file that tells it."""

    name: str
    folder: Path
    config: Config
    sign: Path | None = None

    @property
    def roots(self) -> tuple[str, ...]:
        """Where its content lies, below its folder, by its configuration or else as is usual."""
        said = adapted(self.name, profile(self.name).content, profile(self.name).config, self.config)
        return tuple(said.get("roots", profile(self.name).roots))


def title_of(name: str) -> str:
    """The name of a generator as its makers write it."""
    return _TITLES.get(name, name.capitalize())


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
    site = find_site(directory, (generator,) if generator else NAMES)
    if site is None and not generator:
        return {}
    site = site or Site(generator, directory, {})
    table = adapted(site.name, profile(site.name).content, profile(site.name).config, site.config)
    ignore(table, [line for name in profile(site.name).ignore_files for line in lines_of(site.folder / name)])
    return _counted_from(directory, site, table) | {"generator": site.name}


def find_site(directory: Path, names: tuple[str, ...] = NAMES) -> Site | None:
    """The site that a content folder belongs to, looked for there and above, up to the root of the repository.

    Else one that begins in a folder beside it, and whose configuration names it: docs, of which website/ makes a site.
    """
    above = next((site for folder in _upwards(directory) for site in sites_in(folder, names)), None)
    return above or next(_beside(Path(os.path.abspath(directory)), names), None)


def _beside(directory: Path, names: tuple[str, ...]) -> Iterator[Site]:
    """The sites in the folders beside a content folder that name it as theirs."""
    if os.path.exists(directory / ".git") or not os.access(directory.parent, os.R_OK):
        return
    folders = sorted(
        path for path in directory.parent.iterdir() if os.path.isdir(path) and not path.name.startswith(".")
    )
    for folder in folders[:MOST_BESIDE]:
        for site in sites_in(folder, names):
            if any(os.path.normpath(folder / root) == str(directory) for root in site.roots):
                yield site


def sign_of(directory: Path, generator: str) -> str | None:
    """The file that tells the generator of a content folder, as seen from the working directory; None if none does."""
    site = find_site(directory, (generator,)) if generator in NAMES else None
    return place_of(site.sign) if site and site.sign else None


def place_of(path: Path) -> str:
    """A path as seen from the working directory if it lies below it, else from the root."""
    below = os.path.relpath(path)
    return os.path.abspath(path) if below.startswith("..") else below


def sites_in(folder: Path, names: tuple[str, ...] = NAMES) -> Iterator[Site]:
    """The sites whose configuration lies in a folder, one for each of the generators, the likeliest first."""
    for name in names:
        for sign in profile(name).signs:
            if (told := _told_by(folder, sign)) is not None:
                yield _site(name, folder, *told)
                break


def _told_by(folder: Path, sign: str) -> tuple[str, Config] | None:
    """The path of a sign and the configuration in it; None if it is not there."""
    path, kind, more = re.split(r"\s*(:|~|\+)\s*|\Z", sign, maxsplit=1)
    if not os.path.exists(folder / path):
        return None
    if kind == "~":
        return (path, {}) if any(re.match(more, line) for line in lines_of(folder / path)) else None
    if kind == "+":
        return (path, {}) if os.path.exists(folder / more) else None
    config = read_config(folder / path)
    return (path, config) if not kind or value_at(config, more) is not None else None


def _site(name: str, folder: Path, sign: str, config: Config) -> Site:
    """The site that a sign tells. config: what the sign says."""
    file = folder / profile(name).config_file
    if os.path.isfile(file):
        return Site(name, folder, read_config(file), file)
    for further in profile(name).config_folders:
        config = with_parts(config, folder / further)
    return Site(name, folder, config, folder / sign)


def _upwards(directory: Path) -> Iterator[Path]:
    folder = Path(os.path.abspath(directory))
    for parent in (folder, *list(folder.parents)[:MOST_PARENTS]):
        yield parent
        if os.path.exists(parent / ".git"):
            return


def _counted_from(directory: Path, site: Site, table: dict[str, Any]) -> dict[str, Any]:
    """The table with its folders counted from the content folder, instead of from where the generator looks."""
    said = table.pop("roots", ())
    roots = said or profile(site.name).roots
    prefixes = table.pop("prefixes", {})
    content = PurePosixPath(os.path.relpath(os.path.abspath(directory), site.folder))
    excluded = table.get("exclude", [])
    url, urls = table["url"], table.get("urls", {})
    given = {name: table[name] for name in ("urls_with_slug", "urls_of_translations", "required") if name in table}
    others: dict[str, dict[str, Any]] = {name: {} for name in given}
    for root in map(PurePosixPath, roots):
        if content.is_relative_to(root):  # within the root, or the root itself
            url, urls = _from_within(content.relative_to(root), *_prefixed(prefixes.get(str(root), ""), url, urls))
            others = {name: _from_within(content.relative_to(root), "", of)[1] for name, of in given.items()}
            excluded = _patterns_within(content.relative_to(root), excluded)
            break
        if root.is_relative_to(content):  # the content folder is the whole project
            below = root.relative_to(content)
            inner, inner_urls = _prefixed(prefixes.get(str(root), ""), table["url"], table.get("urls", {}))
            urls = urls | {str(below): inner} | {str(below / folder): one for folder, one in inner_urls.items()}
            for name, of in given.items():
                others[name] |= {str(below / folder): value for folder, value in of.items()}
    inside = [PurePosixPath(root).relative_to(content) for root in said if PurePosixPath(root).is_relative_to(content)]
    excluded = [*excluded, *_outside(directory, inside)]
    return table | {"url": url, "urls": urls, "exclude": excluded} | others


def _outside(directory: Path, roots: list[PurePosixPath]) -> Iterator[str]:
    """Patterns of what lies below a content folder, but in none of the roots that are there, of which there is one."""
    roots = [root for root in roots if os.path.isdir(directory / root)]
    for folder in sorted({parent for root in roots for parent in root.parents}):
        names = os.listdir(directory / folder) if os.access(directory / folder, os.R_OK) else []
        for path in (folder / name for name in sorted(names) if not name.startswith(".")):
            if not any(root.is_relative_to(path) or path.is_relative_to(root) for root in roots):
                yield from (glob.escape(str(path)), f"{glob.escape(str(path))}/*")


def _prefixed(prefix: str, url: str, urls: dict[str, str]) -> tuple[str, dict[str, str]]:
    return prefix + url, {folder: prefix + pattern for folder, pattern in urls.items()}


def _patterns_within(offset: PurePosixPath, patterns: list[str]) -> list[str]:
    """Patterns of paths as they count from a folder below the root."""
    start = "" if offset == PurePosixPath() else f"{offset}/"
    return [pattern.removeprefix(start) for pattern in patterns if pattern.startswith((start, "*"))]


def _from_within(offset: PurePosixPath, url: str, urls: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The patterns as they count from a folder below the root. Under "" stands the one for that folder itself."""
    if offset == PurePosixPath():
        return url, urls
    inner = {}
    url = _below(offset, url)
    for folder, pattern in urls.items():
        path = PurePosixPath(folder)
        if offset.is_relative_to(path):
            rest = offset.relative_to(path)
            url = pattern if rest == PurePosixPath() else _below(rest, pattern)
            inner[""] = url
        elif path.is_relative_to(offset):
            inner[str(path.relative_to(offset))] = pattern
    return url, inner


def _below(folder: PurePosixPath, pattern: str) -> str:
    """A pattern whose paths are below a folder."""
    for name in ("{path}", "{page}", "{dated_path}"):
        pattern = pattern.replace(name, f"{folder}/{name}")
    return pattern
