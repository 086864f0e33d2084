"""What the configuration of a site generator says of the settings of its content.

YAML, TOML and JSON are parsed; of JavaScript, TypeScript and Python only `key: "text"` and `key = true` are looked for.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

Config = dict[str, Any]
MOST_BYTES = 1_000_000
_TEXT = ""  # the key under which a program's whole text stands

# The placeholders of Jekyll, Hugo and Hexo, and ours.
_COLON_NAMES = {
    "year": "{year}", "month": "{month}", "day": "{day}", "categories": "{categories}", "category": "{categories}",
    "slug": "{slug}", "name": "{slug}", "filename": "{slug}", "contentbasename": "{slug}", "path": "{path}",
    "slugorfilename": "{slug}", "slugorcontentbasename": "{slug}", "basename": "{slug}", "output_ext": ".html",
}  # fmt: skip
_COLON = re.compile(r":([a-z_]+)")
_STYLES_OF_JEKYLL = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "none": "/:categories/:title.html",
}


def read_config(path: Path) -> Config:
    """The configuration in a file; empty if it cannot be read, since nothing in it is needed."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return {}
        text = path.read_text(encoding="utf-8")
        parse = _PARSERS.get(path.suffix, _assignments)
        found = parse(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _assignments(text: str) -> Config:
    """The first value of each key that is a text, true or false, or a list of texts."""
    found: Config = {_TEXT: text}
    for match in re.finditer(r"""(\w+)["']?\s*[:=]\s*\[([^\[\]]{0,2000})\]""", text):
        if items := re.findall(r"""["'`]([^"'`\n]*)["'`]""", match[2]):
            found.setdefault(match[1], items)
    for match in re.finditer(r"""(\w+)["']?\s*[:=]\s*(?:(["'`])([^"'`\n]*)\2|(true|false|True|False)\b)""", text):
        found.setdefault(match[1], match[3] if match[2] else match[4].lower())
    return found


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yml": lambda text: yaml.load(text, yaml.CBaseLoader),  # noqa: S506  # makes texts, lists and mappings only
    ".yaml": lambda text: yaml.load(text, yaml.CBaseLoader),  # noqa: S506
}


def adapted(name: str, content: dict[str, Any], keys: Mapping[str, tuple[str, ...]], config: Config) -> dict[str, Any]:
    """The `[content]` table of a profile with what the configuration of a site says.

    keys: the name of a setting → dotted keys of the configuration, the first that is there counts.
    """
    table = {key: dict(value) if isinstance(value, dict) else value for key, value in content.items()}
    said = {key: value for key, names in keys.items() if (value := _first(config, names)) not in (None, "", [], {})}
    if isinstance(site := said.get("site"), str) and site.startswith(("http://", "https://")):
        table["site"] = site
        table["base"] = urlsplit(site).path
    if isinstance(base := said.get("base"), str) and base.startswith("/"):
        table["base"] = base
    if isinstance(language := said.get("language"), str) and re.fullmatch(r"[A-Za-z]{2,3}([-_]\w+)*", language):
        table["language"] = language.replace("_", "-")
    if isinstance(root := said.get("roots"), str):
        table["roots"] = (root.strip("./") or ".",)
    if isinstance(excluded := said.get("exclude"), list):
        table["exclude"] = [*table.get("exclude", []), *_patterns(excluded)]
    _ADAPT.get(name, _nothing)(table, config)
    return table


def _first(config: Config, names: tuple[str, ...]) -> Any:
    return next((value for name in names if (value := _at(config, name)) is not None), None)


def _at(config: Config, name: str) -> Any:
    value: Any = config
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _patterns(excluded: list[Any]) -> list[str]:
    """Names of files and folders as patterns of paths."""
    names = [str(name).strip("/") for name in excluded]
    return [pattern for name in names if name for pattern in (name, f"{name}/*")]


def _pattern(text: Any, title: str = "{slug}") -> str | None:
    """A permalink of Jekyll, Hugo or Hexo as a URL pattern; None if it has a placeholder that we have not."""
    if not isinstance(text, str) or "{" in text:
        return None
    names = _COLON_NAMES | {"title": title}
    if not all(name in names for name in _COLON.findall(text)):
        return None
    pattern = _COLON.sub(lambda match: names[match[1]], text)
    return pattern if pattern.startswith("/") else f"/{pattern}"


# ------------------------------------------------------------------------------- what one generator has of its own


def _nothing(table: dict[str, Any], config: Config) -> None:
    pass


def _jekyll(table: dict[str, Any], config: Config) -> None:
    _defaults_of_jekyll(table, config)
    permalink = str(config.get("permalink", "date"))
    if pattern := _pattern(_STYLES_OF_JEKYLL.get(permalink, permalink)):
        table["urls"]["_posts"] = pattern
        if pattern.endswith("/"):
            table["url"] = "/{path}/"
    collections = config.get("collections")
    for name, options in collections.items() if isinstance(collections, dict) else ():
        options = options if isinstance(options, dict) else {}
        if str(options.get("output", "false")).lower() != "true" and name != "posts":
            table["exclude"] = [*table["exclude"], f"_{name}/*"]
        elif name != "posts" or "permalink" in options:
            default = f"/{name}/{{path}}" + ("/" if table["url"].endswith("/") else ".html")
            own = str(options.get("permalink", "")).replace(":collection", name).replace(":title", ":path")
            table["urls"][f"_{name}"] = (_pattern(own) if own else None) or default


def _defaults_of_jekyll(table: dict[str, Any], config: Config) -> None:
    for rule in config.get("defaults") or ():
        scope, values = (rule.get("scope") or {}, rule.get("values") or {}) if isinstance(rule, dict) else ({}, {})
        kind, path = str(scope.get("type", "")), str(scope.get("path", "")).strip("/")
        below = "" if kind in ("", "pages") else f"_{kind}"
        if "*" not in path and isinstance(values, dict) and not (kind == "pages" and not path):
            folder = path if path.startswith(below) else f"{below}/{path}".strip("/")
            table.setdefault("defaults", {})[folder] = values


def _mkdocs(table: dict[str, Any], config: Config) -> None:
    _clean_urls("use_directory_urls", "false", "/", ".html")(table, config)
    for key in ("exclude_docs", "draft_docs"):
        lines = str(config.get(key) or "").split("\n")
        _ignore(table, [line.strip() for line in lines if line.strip() and line.strip()[0] not in "#!"])


def _vitepress(table: dict[str, Any], config: Config) -> None:
    _clean_urls("cleanUrls", "true", ".html", "")(table, config)
    excluded = config.get("srcExclude")
    _ignore(table, [str(name).removeprefix("**/") for name in excluded] if isinstance(excluded, list) else [])


def _ignore(table: dict[str, Any], lines: list[str]) -> None:
    """Patterns in the form of .gitignore: one without a slash is for names of files and folders at any depth."""
    for line in lines:
        path = line.strip("/")
        if "/" in line.rstrip("/"):
            table["exclude"] = [*table.get("exclude", []), path, f"{path}/*"]
        else:
            table["exclude"] = [*table.get("exclude", []), f"{path}/*", f"*/{path}/*"]
            table["exclude_names"] = [*table.get("exclude_names", []), *([] if line.endswith("/") else [path])]


def _hexo(table: dict[str, Any], config: Config) -> None:
    if pattern := _pattern(config.get("permalink"), title="{path}"):
        table["urls"]["_posts"] = pattern


def _hugo(table: dict[str, Any], config: Config) -> None:
    permalinks = config.get("permalinks")
    permalinks = permalinks if isinstance(permalinks, dict) else {}
    for section, text in (permalinks.get("page", permalinks) or {}).items():
        text = text.replace(":section", section) if isinstance(text, str) and ":sections" not in text else text
        if pattern := _pattern(text.replace(":slug/", ":title/") if isinstance(text, str) else text, title="{title}"):
            table.setdefault("urls", {})[section] = pattern


def _clean_urls(key: str, value: str, before: str, after: str) -> Callable[[dict[str, Any], Config], None]:
    """Where a switch of the configuration has a value, every pattern ends otherwise."""

    def adapt(table: dict[str, Any], config: Config) -> None:
        if str(config.get(key, "")).lower() == value:
            for name in ("urls", "urls_with_slug"):
                table[name] = {folder: _ended(url, before, after) for folder, url in table.get(name, {}).items()}
            table["url"] = _ended(table["url"], before, after)

    return adapt


def _ended(url: str, before: str, after: str) -> str:
    return url.removesuffix(before) + after


def _astro(table: dict[str, Any], config: Config) -> None:
    if config.get("trailingSlash") == "never":
        _clean_urls("trailingSlash", "never", "/", "")(table, config)
    elif config.get("format") == "file":
        _clean_urls("format", "file", "/", ".html")(table, config)


_ADAPT: dict[str, Callable[[dict[str, Any], Config], None]] = {
    "jekyll": _jekyll,
    "hexo": _hexo,
    "hugo": _hugo,
    "astro": _astro,
    "vitepress": _vitepress,
    "mkdocs": _mkdocs,
    "docusaurus": _clean_urls("trailingSlash", "true", "", "/"),
}
