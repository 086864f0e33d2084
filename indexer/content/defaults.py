"""Front matter that a site gives whole folders: settings, and the cascade of a section in Hugo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from indexer.content.files import read_source
from indexer.content.front_matter import BadFrontMatter, split
from indexer.settings import ContentSettings


def with_cascades(settings: ContentSettings, paths: Iterable[str]) -> ContentSettings:
    """The settings with what the index pages of sections hand down to all pages below them."""
    if not settings.keys.cascade:
        return settings
    found: dict[str, Mapping[str, Any]] = dict(settings.defaults)
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name.partition(".")[0] in settings.index_names and (values := _cascade(settings, path)):
            found[folder] = {**found.get(folder, {}), **values}
    return replace(settings, defaults=found)


def _cascade(settings: ContentSettings, path: str) -> dict[str, Any]:
    """What one page hands down; nothing that is meant for some of the pages only."""
    data = read_source(settings, path).data or b""
    if not any(key.encode() in data for key in settings.keys.cascade):
        return {}
    try:
        front = split(data).values or {}
    except BadFrontMatter:  # whoever reads the page itself reports it
        return {}
    value: Any = next((front[key] for key in settings.keys.cascade if key in front), {})
    parts = [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]
    return {key: below for part in parts if not {"_target", "target"} & part.keys() for key, below in part.items()}


def defaults_for(settings: ContentSettings, path: str) -> dict[str, Any]:
    """The front matter that a file has unless it says otherwise: that of its folder over those of the outer ones."""
    values: dict[str, Any] = {}
    if settings.defaults:
        for folder in sorted(settings.defaults, key=len):
            if not folder or path.startswith(f"{folder}/"):
                values |= settings.defaults[folder]
    return values
