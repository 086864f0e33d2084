"""seealso.toml → frozen dataclasses, one table per part of the package.

Order: default, file, environment (`SEEALSO_SERVICE_PORT`), flag. Unknown tables and keys are errors with a hint.
Only cli/command.py and service/app.py call `load_settings`; everybody else is handed what they need.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from indexer.errors import BadSetting
from indexer.model import EngineName

SETTINGS_FILE = "seealso.toml"
DECIDED = ".seealso"

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Keys:
    """Front-matter keys, the first that stands in a file counts. Dots reach into mappings: `design.image`."""

    title: tuple[str, ...] = ("title",)
    url: tuple[str, ...] = ("postUrl", "url", "permalink", "path", "slug")
    description: tuple[str, ...] = ("description", "summary", "excerpt", "htmlDescription", "lead")
    related: tuple[str, ...] = (
        "relatedPosts",
        "related",
        "related_posts",
        "related_resources",
        "relatedArticles",
    )
    tags: tuple[str, ...] = ("tags", "categories", "category", "keywords", "topics")
    date: tuple[str, ...] = ("date", "published", "publishDate", "pubDate", "created")
    language: tuple[str, ...] = ("language", "lang", "locale")
    image: tuple[str, ...] = ("imageUrl", "image", "cover", "hero")
    order: tuple[str, ...] = ("featuredOrder",)
    aliases: tuple[str, ...] = ("aliases", "redirect_from")
    search_aliases: tuple[str, ...] = ("searchAliases", "search_aliases")
    pins: tuple[str, ...] = ("searchPins",)
    boost: tuple[str, ...] = ("searchBoost", "search.boost")


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """Where the posts are and how they are written.

    url: pattern for posts without a URL of their own; {path} {slug} {year} {month} {day}. urls: the same for the
    posts below a folder, {path} then counts from there: `"_how-tos" = "/how-to/{path}/"`.
    site: the site's own address, so that absolute links to it count as internal.
    """

    directory: Path = Path("content")
    suffixes: tuple[str, ...] = (".md", ".markdown")
    exclude: tuple[str, ...] = ()
    url: str = "/{path}/"
    urls: Mapping[str, str] = field(default_factory=dict)
    site: str = ""
    language: str = "en"
    largest_file: int = 2_000_000
    keys: Keys = field(default_factory=Keys)


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """engine: columnar or whoosh. synonyms: groups of words or phrases that stand for each other.

    freshness: how much more the newest post counts than one of no date: 0.5 is half again, and each year halves it.
    """

    engine: EngineName = EngineName.COLUMNAR
    synonyms: tuple[tuple[str, ...], ...] = ()
    freshness: float = 0.0


@dataclass(frozen=True, slots=True)
class RelatedSettings:
    """shown: how many related posts a reader sees unless the request says otherwise."""

    shown: int = 5


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """verify_seconds: in how long a service reads all mapped files of its generation once more; 0 is never."""

    directory: Path = Path("index")
    keep: int = 3
    verify_seconds: int = 300


@dataclass(frozen=True, slots=True)
class EditingSettings:
    """directory: what editors decided, and who may; None is the folder .seealso, see `Settings.decided`."""

    directory: Path | None = None


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """origins: sites whose pages may ask from a browser (CORS), for example "https://blog.example".

    trusted_hosts: the names under which the service is asked; a request with another Host is refused. None: any name.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    title: str = "See Also"
    origins: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    content: ContentSettings = field(default_factory=ContentSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    related: RelatedSettings = field(default_factory=RelatedSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    editing: EditingSettings = field(default_factory=EditingSettings)

    @property
    def decided(self) -> Path:
        """The folder of what editors decided: beside the settings file; in the content folder where there is none."""
        return self.editing.directory or self.content.directory / DECIDED

    @property
    def once_decided(self) -> Path:
        """Where that folder was before it stood beside the settings file: beside the content folder."""
        return self.content.directory.resolve().parent / DECIDED

    def digest(self) -> str:
        """SHA-256 of everything that decides what a build writes, in hex.

        Where things lie on disk and how they are served decide nothing: a moved site needs no rebuild.
        """
        content = asdict(self.content) | {"directory": None}
        said = json.dumps([content, asdict(self.search)], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


def load_settings(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    content: Path | None = None,
    index: Path | None = None,
) -> Settings:
    """Settings from a file, the environment and two flags, each overriding what came before.

    file: None means seealso.toml in the working directory, if there is one. A relative directory in the file counts
    from the file's own folder. Raises BadSetting.
    """
    environment = environment or {}
    if file is None and (named := environment.get("SEEALSO_SETTINGS")):
        file = Path(named)
    tables, base = _read_file(file)
    settings = typing.cast("Settings", _filled(Settings, tables, "", base or Path()))
    settings = typing.cast("Settings", _overridden(settings, environment, "SEEALSO"))
    if base is not None and settings.editing.directory is None:
        settings = _replace(settings, "editing", directory=base / DECIDED)
    if content is not None:
        settings = _replace(settings, "content", directory=content)
    if index is not None:
        settings = _replace(settings, "index", directory=index)
    _check(settings)
    return settings


def _read_file(file: Path | None) -> tuple[dict[str, Any], Path | None]:
    """What the file says and the folder that it stands in; nothing where there is no file."""
    if file is None:
        file = Path(SETTINGS_FILE)
        if not os.path.exists(file):  # also where the working directory may not be looked into: cron runs anywhere
            return {}, None
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")), file.parent
    except FileNotFoundError:
        raise BadSetting(f"{file} does not exist: name an existing settings file, or leave the flag out") from None
    except (OSError, ValueError) as error:
        raise BadSetting(f"{file} cannot be read as TOML: {error}") from None


def _filled(kind: type, table: Mapping[str, Any], where: str, base: Path) -> Any:
    """A dataclass of `kind` with the values of one TOML table."""
    types_of = typing.get_type_hints(kind)
    known = {one.name for one in fields(kind)}
    values = {}
    for key, value in table.items():
        name = f"{where}.{key}" if where else key
        if key not in known:
            raise BadSetting(f'unknown setting "{name}"{_did_you_mean(key, known)}')
        if is_dataclass(types_of[key]):
            if not isinstance(value, dict):
                raise BadSetting(f'"{name}" is a table: write [{name}] and its keys below')
            values[key] = _filled(typing.cast("type", types_of[key]), value, name, base)
        else:
            values[key] = _converted(types_of[key], value, name, base)
    return kind(**values)


def _did_you_mean(key: str, known: set[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f': did you mean "{near[0]}"?' if near else f"; known here: {', '.join(sorted(known))}"


def _converted(kind: Any, value: Any, name: str, base: Path) -> Any:
    if kind in (Path, Path | None) and isinstance(value, str):
        return base / value
    if kind is str and isinstance(value, str):
        return value
    if kind is EngineName:
        if value in list(EngineName):
            return EngineName(value)
        raise BadSetting(f'"{name}" must be one of {", ".join(EngineName)}, not {value!r}')
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind == tuple[tuple[str, ...], ...] and isinstance(value, list):
        return tuple(_converted(tuple[str, ...], one, name, base) for one in value)
    if kind == tuple[str, ...]:  # also from one string
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            return tuple(texts)
    if kind == Mapping[str, str] and isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return {key.strip("/"): one for key, one in value.items()}
    wanted = {
        Path: "a path",
        Path | None: "a path",
        str: "a text",
        int: "a whole number",
        float: "a number",
        Mapping[str, str]: "a table of texts",
        tuple[tuple[str, ...], ...]: "a list of lists of texts",
    }
    raise BadSetting(f'"{name}" must be {wanted.get(kind, "a list of texts")}, not {value!r}')


def _overridden(settings: Any, environment: Mapping[str, str], prefix: str) -> Any:
    """`settings` with each value for which the environment has a variable."""
    types_of = typing.get_type_hints(type(settings))
    values: dict[str, Any] = {}
    for one in fields(settings):
        variable = f"{prefix}_{one.name}".upper()
        current = getattr(settings, one.name)
        if is_dataclass(current):
            values[one.name] = _overridden(current, environment, variable)
        elif variable in environment:
            said: Any = environment[variable]
            if types_of[one.name] in (Mapping[str, str], tuple[tuple[str, ...], ...]):
                raise BadSetting(f"{variable} cannot be set in the environment: write it in {SETTINGS_FILE}")
            if types_of[one.name] is int and said.isascii() and said.isdigit():
                said = int(said)
            elif types_of[one.name] is float and _NUMBER.fullmatch(said):
                said = float(said)
            elif types_of[one.name] == tuple[str, ...]:
                said = [text.strip() for text in said.split(",") if text.strip()]
            values[one.name] = _converted(types_of[one.name], said, variable, Path())
    return _with(settings, values)


def _replace(settings: Settings, table: str, **values: Any) -> Settings:
    return typing.cast("Settings", _with(settings, {table: _with(getattr(settings, table), values)}))


def _with(instance: Any, values: Mapping[str, Any]) -> Any:
    return type(instance)(**({one.name: getattr(instance, one.name) for one in fields(instance)} | dict(values)))


def _check(settings: Settings) -> None:
    limits = [
        ("service.port", settings.service.port, 1, 65_535),
        ("service.workers", settings.service.workers, 1, 64),
        ("index.keep", settings.index.keep, 2, 100),
        ("index.verify_seconds", settings.index.verify_seconds, 0, 604_800),
        ("related.shown", settings.related.shown, 1, 50),
        ("content.largest_file", settings.content.largest_file, 1, 1_000_000_000),
        ("search.freshness", settings.search.freshness, 0, 10),
    ]
    for name, value, least, most in limits:
        if not least <= value <= most:
            raise BadSetting(f'"{name}" must be between {least} and {most}, not {value}')
    for group in settings.search.synonyms:
        if len({member.casefold() for member in group}) < 2 or not all(map(_WORD.search, group)):
            raise BadSetting(
                f'"search.synonyms" holds {list(group)!r}: a group is at least two different words or phrases'
            )
    for pattern in (settings.content.url, *settings.content.urls.values()):
        try:
            plain = all(
                field in (None, "path", "slug", "year", "month", "day") and not form and not conversion
                for _, field, form, conversion in Formatter().parse(pattern)
            )
        except ValueError:
            plain = False
        if not plain:
            raise BadSetting(f"URL patterns know {{path}} {{slug}} {{year}} {{month}} {{day}}, not {pattern!r}")
