"""What pelicanconf.py says, which is a program and is not run: URLs, folders of pages, and defaults."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from typing import Any

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDERS = {
    "slug": "{title}", "lang": "{language}",
    "date:%Y": "{year}", "date:%m": "{month}", "date:%d": "{day}",
}  # fmt: skip


def literals(text: str) -> dict[str, Any]:
    """The literals that a module assigns to names, a later one over an earlier one. Raises SyntaxError."""
    found: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with suppress(ValueError, TypeError):
                found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def adapt(table: dict[str, Any], config: dict[str, Any]) -> None:
    """Changes a `[content]` table by the names that a configuration assigns."""
    urls, translated = table["urls"], table["urls_of_translations"]
    table["url"] = _pattern(config, "ARTICLE") or table["url"]
    translated[""] = _pattern(config, "ARTICLE_LANG") or translated[""]
    page = _pattern(config, "PAGE") or urls["pages"]
    translated_page = _pattern(config, "PAGE_LANG") or translated["pages"]
    for old in (urls, translated, table["required"]):
        del old["pages"]
    for folder in map(str, _listed(config, "PAGE_PATHS") or ["pages"]):
        urls[folder], translated[folder], table["required"][folder] = page, translated_page, ["title"]
    if config.get("SLUGIFY_SOURCE") == "basename":
        table["url"] = table["url"].replace("{title}", "{slug}")
        for patterns in (urls, translated):
            patterns.update({folder: url.replace("{title}", "{slug}") for folder, url in patterns.items()})
    table["future"] = config.get("WITH_FUTURE_DATES") is not False
    if config.get("DEFAULT_DATE"):
        table["required"][""] = ["title"]
    excluded = [str(folder).strip("/") for folder in _listed(config, "ARTICLE_EXCLUDES")]
    table["exclude"] = [f"{folder}/*" for folder in excluded if folder]
    if isinstance(usual := config.get("DEFAULT_METADATA"), dict):
        table["defaults"] = {"": usual}
    table["slug_after_date"] = "(?P<slug>" in str(config.get("FILENAME_METADATA", ""))
    if re.search(r"\btoc\b", repr(config.get("MARKDOWN", ""))):
        table["anchors"] = "python-markdown"


def _pattern(config: dict[str, Any], kind: str) -> str | None:
    """The URL pattern for a kind of page; None if none is set, or only Pelican can fill it in."""
    given = config.get(f"{kind}_URL") or config.get(f"{kind}_SAVE_AS")
    if not isinstance(given, str) or any(name not in _PLACEHOLDERS for name in _PLACEHOLDER.findall(given)):
        return None
    return "/" + _PLACEHOLDER.sub(lambda match: _PLACEHOLDERS[match[1]], given).removesuffix("index.html").lstrip("/")


def _listed(config: dict[str, Any], name: str) -> list[Any]:
    value = config.get(name)
    return list(value) if isinstance(value, list | tuple) else []
