"""Front matter that a site gives whole folders: settings, the cascade of a section in Hugo, data files of Eleventy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from indexer.content.files import read_source
from indexer.content.front_matter import BadFrontMatter, split
from indexer.settings import ContentSettings


def with_defaults_of_site(settings: ContentSettings, paths: Sequence[str]) -> ContentSettings:
    """The settings with what files of the site hand down to the pages below them."""
    if settings.data_files:
        settings = replace(settings, defaults={**settings.defaults, **_data_files(settings, paths)})
    return _with_cascades(settings, paths) if settings.keys.cascade else settings


def _data_files(settings: ContentSettings, paths: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """What blog/blog.json and blog/rye.json say of the pages in blog and of blog/rye.md, as in Eleventy."""
    name = settings.directory.resolve().name
    folders = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
    stems = {"" if folder == "." else folder: f"{folder}/{PurePosixPath(folder).name or name}" for folder in folders}
    stems |= {path: str(PurePosixPath(path).with_suffix("")) for path in paths}
    found: dict[str, Mapping[str, Any]] = {}
    for of, stem in stems.items():
        if values := _data(settings, f"{stem}.json") | _data(settings, f"{stem}.11tydata.json"):
            found[of] = values
    return found


def _data(settings: ContentSettings, path: str) -> dict[str, Any]:
    """The mapping in a JSON file; empty if it is not there or holds something else, which is no concern of a page."""
    try:
        values = json.loads(read_source(settings, path).data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _with_cascades(settings: ContentSettings, paths: Iterable[str]) -> ContentSettings:
    """The settings with what the index pages of sections hand down to all pages below them."""
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
        front = split(data, blank_lines_first=settings.blank_lines_first).values or {}
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
            if folder in ("", path) or path.startswith(f"{folder}/"):
                values |= settings.defaults[folder]
    return values
