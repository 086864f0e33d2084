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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from indexer.errors import BadSetting
from indexer.model import (
    AcrossLanguages,
    AnchorStyle,
    EditingMode,
    EngineName,
    FrontMatter,
    IncludeStyle,
    LogFormat,
    PathStyle,
    RequestLog,
)
from indexer.profiles.profile import content_table

SETTINGS_FILE = "seealso.toml"
DECIDED = ".seealso"
GROUP = "a group is at least two different words or phrases"

_PREFIX = "SEEALSO_"
_FILE_VARIABLE = "SEEALSO_SETTINGS"
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_WORD = re.compile(r"[^\W_]")
_PORT = re.compile(r"\d{1,5}", re.ASCII)

# What a URL pattern may hold; content/urls.py says what each stands for.
PLACEHOLDERS = (
    "path", "slug", "title", "categories", "year", "month", "day", "language", "flat_path", "page", "dated_path",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keys:
    """Front-matter keys, the first that stands in a file counts. Dots reach into mappings: `design.image`."""

    title: tuple[str, ...] = ("title",)
    url: tuple[str, ...] = ("postUrl", "url", "permalink", "path", "slug")
    slug: tuple[str, ...] = ("slug",)
    id: tuple[str, ...] = ()
    cascade: tuple[str, ...] = ()
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
    publish_date: tuple[str, ...] = ("publishDate", "publish_date")
    expiry_date: tuple[str, ...] = ("expiryDate", "expiry_date", "unpublishDate", "expires")
    language: tuple[str, ...] = ("language", "lang", "locale")
    translation: tuple[str, ...] = (
        "translationKey",
        "translation_key",
        "translationId",
        "i18nKey",
        "lang-ref",
        "ref",
    )
    translations: tuple[str, ...] = ("translations",)
    image: tuple[str, ...] = ("imageUrl", "image", "cover", "hero")
    order: tuple[str, ...] = ("featuredOrder",)
    aliases: tuple[str, ...] = ("aliases", "redirect_from")
    search_aliases: tuple[str, ...] = ("searchAliases", "search_aliases")
    pins: tuple[str, ...] = ("searchPins",)
    boost: tuple[str, ...] = ("searchBoost", "search.boost")


# What the usual generators take for "make no page of this file".
UNPUBLISHED = (
    "draft: true",
    "published: false",
    "publish: false",  # Obsidian
    "unlisted: true",  # Docusaurus
    "status: draft",  # Pelican and Nikola, as the next two
    "status: hidden",
    "status: private",
    "permalink: false",  # Eleventy
    "render: false",  # Zola
    "build.render: never",  # Hugo, as those below
    "build.render: false",
    "build.render: link",
    "_build.render: never",
    "_build.render: false",
    "_build.render: link",
    "headless: true",
)
# What they, and search programs beside them, take for "a page, but not in search".
HIDDEN = (
    "search: false",
    "search.exclude: true",  # Material for MkDocs
    "pagefind: false",  # Starlight
    "in_search_index: false",  # Zola
    "search_exclude: true",  # Just the Docs
    "exclude_search: true",  # Docsy
    "excludeSearch: true",  # Hextra
    "searchHidden: true",  # PaperMod
    "bookSearchExclude: true",  # Hugo Book
)


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """Where the posts are and how they are written.

    unpublished, hidden: front matter that keeps a file from being a page, or a page from being found, as `key: value`.
    draft_folders: names of folders whose files are drafts.
    generator: whose files they are, see indexer/profiles; empty if nothing says so, "none" if no profile is to be used.
    url: pattern for posts without a URL of their own, see PLACEHOLDERS. urls: the same for the posts below a folder,
    {path} then counts from there: `"_how-tos" = "/how-to/{path}/"`. urls_with_slug: the same for those of them that
    have a slug in their front matter, urls_of_translations: for those in another language than the site's. base: what
    comes before every URL. category_style, category_names, default_category: how a category becomes a part of
    {categories}, which have another name there, and which one a post without any has. language_prefix: whether
    translations named page.fr.md have /fr before theirs. own_language_prefix: whether `url: rye` in page.en.md of an
    English site becomes /en/rye. path_style: how names of files become parts of URLs. drop_dates,
    drop_numbers: whether {path} is without the date or the number that a name begins with. index_names: names of files
    that stand for their folder. folder_pages: whether rye/rye.md does so too. slug_style: path_style for {slug} and
    {title}. exclude_names: patterns of the names of files. dated_folders: those in which names need a date. required:
    folder → the fields without which a file is no page: title, date. future:
    whether posts are published before their day. leaf_bundles: whether files beside an index.md belong to its page.
    defaults: folder or file → front matter of the files below it. data_files: whether NAME/NAME.json holds such.
    site: the site's own address, to which hits lead; absolute links to it count as internal.
    slug_after_date: whether what follows the date in a name is the slug. slash_after_url: whether a URL in front matter
    that names no file ends in a slash. title_tags: what stands between braces where a template has the title.
    timezone: the one in which dates are taken that say theirs; empty leaves each day as it is written.
    tags_are_words: whether each word of a text under `tags` or `categories` without a comma is one, as in Jekyll.
    front_matter: whether a file without any is a page. metadata_lines: whether `Key: value` lines are front matter.
    blank_lines_first: whether blank lines may stand before `---`.
    anchors: how the site's generator makes the ids of headings. heading_ids: whether `## Salt {#salt}` gives one.
    mdx: whether all Markdown is MDX, and not only that in files named .mdx. includes: how a page names files that it
    includes. summary: the name of a file whose links are the pages of its folder; empty if every file is a page.
    rewrites: path of a file → the path that its URL is made from, as in VitePress: `"packages/:name/:page"`.
    language: of posts that do not say theirs. languages: folders of these names hold posts in that language; empty:
    found by what stands side by side.
    """

    directory: Path = Path("content")
    generator: str = ""
    suffixes: tuple[str, ...] = (".md", ".markdown")
    exclude: tuple[str, ...] = ()
    unpublished: tuple[str, ...] = UNPUBLISHED
    hidden: tuple[str, ...] = HIDDEN
    draft_folders: tuple[str, ...] = ("_drafts",)
    url: str = "/{path}/"
    urls: Mapping[str, str] = field(default_factory=dict)
    urls_with_slug: Mapping[str, str] = field(default_factory=dict)
    urls_of_translations: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    category_style: PathStyle = PathStyle.LOWER
    category_names: Mapping[str, str] = field(default_factory=dict)
    default_category: str = ""
    language_prefix: bool = True
    own_language_prefix: bool = True
    path_style: PathStyle = PathStyle.AS_IS
    slug_style: PathStyle = PathStyle.AS_IS
    folder_pages: bool = False
    exclude_names: tuple[str, ...] = ()
    dated_folders: tuple[str, ...] = ()
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    future: bool = False
    drop_dates: bool = False
    slug_after_date: bool = False
    slash_after_url: bool = False
    title_tags: tuple[str, ...] = ()
    drop_numbers: bool = False
    index_names: tuple[str, ...] = ("index", "_index")
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    leaf_bundles: bool = False
    data_files: bool = False
    front_matter: FrontMatter = FrontMatter.REQUIRED
    metadata_lines: bool = False
    blank_lines_first: bool = False
    tags_are_words: bool = True
    timezone: str = ""
    site: str = ""
    anchors: AnchorStyle = AnchorStyle.GITHUB
    heading_ids: bool = True
    mdx: bool = False
    includes: IncludeStyle = IncludeStyle.NONE
    summary: str = ""
    rewrites: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    languages: tuple[str, ...] = ()
    largest_file: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 2_000_000
    keys: Keys = field(default_factory=Keys)


# Values that let one in: they are never shown, and never stand in the settings file.
SECRETS = ("search.opensearch.password", "search.opensearch.api_key")


@dataclass(frozen=True, slots=True)
class OpenSearchSettings:
    """Where the cluster is, for engine = "opensearch"; of it `shards` and `fallback` decide what a build writes.

    hosts: URLs of nodes. timeout: the seconds in which a question is answered or refused. prefix: what the names of
    indices begin with. ca: a file with the certificates to trust instead of the usual ones. user and password, or
    api_key: who asks; the secrets come from a file or from the environment, never from the settings file. fallback:
    whether a build writes the index of the columnar engine too, which answers while the cluster does not. shards: into
    how many parts an index is split, which are searched at the same time.
    """

    hosts: tuple[str, ...] = ("http://127.0.0.1:9200",)
    timeout: Annotated[float, Meta(ge=0.05, le=60)] = 1.0
    prefix: str = "seealso"
    ca: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    api_key: str = field(default="", repr=False)
    api_key_file: Path | None = None
    shards: Annotated[int, Meta(ge=1, le=100)] = 1
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """engine: columnar, whoosh or opensearch. synonyms: groups of words or phrases that stand for each other.

    freshness: how much more the newest post counts than one of no date: 0.5 is half again, and each year halves it.
    """

    engine: EngineName = EngineName.COLUMNAR
    synonyms: tuple[tuple[str, ...], ...] = ()
    freshness: Annotated[float, Meta(ge=0, le=10)] = 0.0
    opensearch: OpenSearchSettings = field(default_factory=OpenSearchSettings)

    def without_hurry(self) -> SearchSettings:
        """The same for whoever is no visitor: a build's questions are the first that a cluster hears about an index."""
        return replace(self, opensearch=replace(self.opensearch, timeout=60.0))


@dataclass(frozen=True, slots=True)
class RelatedSettings:
    """shown: how many related posts a reader sees unless the request says otherwise.

    across_languages: whether posts in another language than that of the post are related to it.
    """

    shown: Annotated[int, Meta(ge=1, le=50)] = 5
    across_languages: AcrossLanguages = AcrossLanguages.LAST


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """verify_seconds: in how long a service reads all mapped files of its generation once more; 0 is never."""

    directory: Path = Path("index")
    keep: Annotated[int, Meta(ge=2, le=100)] = 3
    verify_seconds: Annotated[int, Meta(ge=0, le=604_800)] = 300


@dataclass(frozen=True, slots=True)
class EditingSettings:
    """directory: what editors decided, and who may; None is the folder .seealso, see `Settings.decided`.

    mode: whether the desk writes what is accepted into the posts, hands it out as a patch, or commits it to a branch.
    """

    directory: Path | None = None
    mode: EditingMode = EditingMode.WRITE


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """origins: sites whose pages may ask from a browser (CORS), for example "https://blog.example".

    trusted_hosts: the names under which the service is asked; a request with another Host is refused. None: any name.
    stylesheet: a file of CSS for the pages; header, footer: files with HTML for their beginning and end.
    record_queries: whether what visitors ask is counted; keep_queries_days: when all of it is gone.
    watch: whether a change of the content is built at once, and pages load themselves anew, for whoever writes.
    metrics: address and port on which Prometheus is answered, as HOST:PORT; empty: nowhere.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65_535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=64)] = 2
    title: str = "See Also"
    origins: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    stylesheet: Path | None = None
    header: Path | None = None
    footer: Path | None = None
    record_queries: bool = False
    keep_queries_days: Annotated[int, Meta(ge=1, le=3_650)] = 90
    log: LogFormat = LogFormat.TEXT
    log_requests: RequestLog = RequestLog.ROUTE
    metrics: str = ""
    watch: bool = False

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """Host and port of `metrics`; None where nobody is to be answered. An IPv6 address stands in brackets."""
        if not self.metrics:
            return None
        host, _, port = self.metrics.rpartition(":")
        if not host or not _PORT.fullmatch(port) or not 1 <= int(port) <= 65_535:
            raise BadSetting(
                f'"service.metrics" must be an address and a port, as in "127.0.0.1:9464", not {self.metrics!r}'
            )
        return host.removeprefix("[").removesuffix("]"), int(port)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. file: the one that they were read from; None where there is none."""

    content: ContentSettings = field(default_factory=ContentSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    related: RelatedSettings = field(default_factory=RelatedSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    editing: EditingSettings = field(default_factory=EditingSettings)
    file: Path | None = None

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
        search = asdict(self.search)
        cluster = search.pop("opensearch")  # where it is decides as little
        search |= {"shards": cluster["shards"], "fallback": cluster["fallback"]}
        decisive = json.dumps([content, search, self.related.across_languages], sort_keys=True)
        return hashlib.sha256(decisive.encode()).hexdigest()


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
    file = _named_file(file, environment)
    settings = _settings(_tables(file), file.parent if file else None, environment, content, index)
    return replace(settings, file=file)


def _named_file(file: Path | None, environment: Mapping[str, str]) -> Path | None:
    """The settings file that counts; None where there is none."""
    if file is None and (named := environment.get(_FILE_VARIABLE)):
        file = Path(named)
    if file is None and os.path.exists(SETTINGS_FILE):  # also where one may not look: cron runs anywhere
        file = Path(SETTINGS_FILE)
    return file


class Origin(StrEnum):
    """Where a value comes from; a later one outranks those before it."""

    DEFAULT = "default"
    PROFILE = "profile"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that is in force. by: the generator, file, variable or flag that says it; empty for a default.

    is_secret: whether it lets one in.
    """

    name: str
    value: Any
    origin: Origin
    by: str
    is_secret: bool


def settings_in_force(
    file: Path | None, environment: Mapping[str, str], content: Path | None, index: Path | None
) -> list[Setting]:
    """Every setting with its value and where that comes from; arguments and errors as of `load_settings`."""
    file = _named_file(file, environment)
    tables, base = _tables(file), file.parent if file else None
    settings = _settings(tables, base, environment, content, index)
    own = tables.get("content", {})
    named = environment.get("SEEALSO_CONTENT_GENERATOR", own.get("generator", ""))
    usual = content_table(content or _directory(tables, environment, base), named)
    if "url" in own:
        usual = {key: value for key, value in usual.items() if not key.startswith("urls")}
    flags = {"content.directory": content, "index.directory": index}

    def origin(name: str) -> tuple[Origin, str]:
        if flags.get(name) is not None:
            return Origin.FLAG, f"--{name.partition('.')[0]}"
        if (variable := _variable(name)) in environment:
            return Origin.ENVIRONMENT, variable
        if _stands_in(tables, name):
            return Origin.FILE, str(file or SETTINGS_FILE)
        if _stands_in({"content": usual}, name):
            return Origin.PROFILE, settings.content.generator or named or "found"
        return Origin.DEFAULT, ""

    return [Setting(name, value, *origin(name), name in SECRETS) for name, value in _values(settings, "")]


def _stands_in(tables: Mapping[str, Any], name: str) -> bool:
    *folders, key = name.split(".")
    for folder in folders:
        tables = tables.get(folder, {})
    return key in tables


def _values(settings: Any, before: str) -> Iterator[tuple[str, Any]]:
    for key in _settable(type(settings)):
        value, name = getattr(settings, key), f"{before}{key}"
        if is_dataclass(value):
            yield from _values(value, f"{name}.")
        else:
            yield name, value


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.replace('.', '_').upper()}"


def settings_in(text: str, folder: Path) -> Settings:
    """The settings that a file with this text would give in a folder, whatever the environment says."""
    return _settings(tomllib.loads(text), folder, {}, None, None)


def _settings(
    tables: dict[str, Any],
    base: Path | None,
    environment: Mapping[str, str],
    content: Path | None,
    index: Path | None,
) -> Settings:
    _refuse_unknown(environment)
    directory = content or _directory(tables, environment, base)
    tables = tables | {"content": _with_profile(tables.get("content", {}), environment, directory)}
    _refuse_secrets(tables)
    settings: Settings = _filled(Settings, tables, "", base or Path())
    settings = _overridden(settings, environment, "SEEALSO")
    if base is not None and settings.editing.directory is None:
        settings = replace(settings, editing=replace(settings.editing, directory=base / DECIDED))
    if content is not None:
        settings = replace(settings, content=replace(settings.content, directory=content))
    if index is not None:
        settings = replace(settings, index=replace(settings.index, directory=index))
    _check(settings)
    return settings


def _directory(tables: Mapping[str, Any], environment: Mapping[str, str], base: Path | None) -> Path:
    """The content folder, before the settings are read: they depend on what lies there."""
    given = tables.get("content", {}).get("directory", "") if isinstance(tables.get("content"), dict) else ""
    if named := environment.get("SEEALSO_CONTENT_DIRECTORY"):
        return Path(named)
    return (base or Path()) / given if given and isinstance(given, str) else ContentSettings().directory


def _with_profile(table: Any, environment: Mapping[str, str], directory: Path) -> Any:
    """The table `[content]` over that of the profile of the site's generator, key by key."""
    if not isinstance(table, dict):
        return table
    named = environment.get("SEEALSO_CONTENT_GENERATOR", table.get("generator", ""))
    usual = content_table(directory, named) if isinstance(named, str) else {}
    if "url" in table:  # it is for all posts, unless it says otherwise itself
        usual = {key: value for key, value in usual.items() if not key.startswith("urls")}
    inner = {key: usual[key] | value for key, value in table.items() if isinstance(value, dict) and key in usual}
    added = {key: _added(usual.get(key, []), table[key]) for key in _ADDED if isinstance(table.get(key), list)}
    return usual | table | inner | added


# Lists to which a site adds; all others take the place of those of its generator.
_ADDED = ("exclude", "exclude_names")


def _added(usual: list[Any], own: list[Any]) -> list[Any]:
    """What is usual with the generator, then what the site has; `!pattern` takes away one of those before it."""
    patterns = [pattern for pattern in usual if f"!{pattern}" not in own]
    return [*patterns, *(pattern for pattern in own if not (isinstance(pattern, str) and pattern.startswith("!")))]


def _tables(file: Path | None) -> dict[str, Any]:
    """What the file says; nothing where there is none."""
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSetting(f"{file} does not exist: name an existing settings file, or leave the flag out") from None
    except (OSError, ValueError) as error:
        raise BadSetting(f"{file} cannot be read as TOML: {error}") from None


def _filled(kind: type, table: Mapping[str, Any], where: str, base: Path) -> Any:
    """A dataclass of `kind` with the values of one TOML table."""
    types = _settable(kind)
    values = {}
    for key, value in table.items():
        name = f"{where}.{key}" if where else key
        if key not in types:
            raise BadSetting(f'unknown setting "{name}"{_did_you_mean(key, types)}')
        if is_dataclass(types[key]):
            if not isinstance(value, dict):
                raise BadSetting(f'"{name}" is a table: write [{name}] and its keys below')
            values[key] = _filled(types[key], value, name, base)
        else:
            values[key] = _converted(types[key], value, name, base)
    return kind(**values)


def _settable(kind: type) -> dict[str, Any]:
    """The settings of a dataclass, each with its type."""
    types = typing.get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in types.items() if kind is not Settings or is_dataclass(hint)}


def _did_you_mean(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f': did you mean "{near[0]}"?' if near else f"; known here: {', '.join(sorted(known))}"


def _converted(kind: Any, value: Any, name: str, base: Path) -> Any:
    try:
        return msgspec.convert(_in_full(kind, value), kind, dec_hook=lambda _, path: base / path)
    except msgspec.ValidationError:
        raise BadSetting(f'"{name}" must be {_wanted(kind, value)}, not {value!r}') from None


def _in_full(kind: Any, value: Any) -> Any:
    """What may be written in short: a text for a list of one, and folders with slashes."""
    if kind == tuple[str, ...] and isinstance(value, str):
        return [value]
    if kind == tuple[tuple[str, ...], ...] and isinstance(value, list):
        return [_in_full(tuple[str, ...], item) for item in value]
    if kind in (Mapping[str, str], Mapping[str, Mapping[str, Any]]) and isinstance(value, dict):
        return {folder.strip("/"): text for folder, text in value.items()}
    return value


def _wanted(kind: Any, value: Any) -> str:
    """What should stand in the place of a value, in words."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"one of {', '.join(kind)}"
    if typing.get_origin(kind) is Annotated:
        kind, bounds = typing.get_args(kind)
        if isinstance(value, int | float) and not isinstance(value, bool) and (kind is float or isinstance(value, int)):
            return f"between {bounds.ge} and {bounds.le}"
    return {
        Path: "a path",
        Path | None: "a path",
        str: "a text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        Mapping[str, str]: "a table of texts",
        Mapping[str, Mapping[str, Any]]: "a table of tables",
        tuple[tuple[str, ...], ...]: "a list of lists of texts",
    }.get(kind, "a list of texts")


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raises BadSetting for a variable with our prefix that stands for no setting."""
    known = {_FILE_VARIABLE, *(_variable(name) for name, _ in _values(Settings(), ""))}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            advice = f': did you mean "{near[0]}"?' if near else "; `seealso settings` lists what there is"
            raise BadSetting(f'the environment has an unknown variable "{name}"{advice}')


def _overridden(settings: Any, environment: Mapping[str, str], prefix: str) -> Any:
    """`settings` with each value for which the environment has a variable."""
    values: dict[str, Any] = {}
    for name, kind in _settable(type(settings)).items():
        variable = f"{prefix}_{name}".upper()
        if is_dataclass(kind):
            values[name] = _overridden(getattr(settings, name), environment, variable)
        elif variable in environment:
            if kind in (Mapping[str, str], Mapping[str, Mapping[str, Any]], tuple[tuple[str, ...], ...]):
                raise BadSetting(f"{variable} cannot be set in the environment: write it in {SETTINGS_FILE}")
            values[name] = _converted(kind, _as_value(kind, environment[variable]), variable, Path())
    return replace(settings, **values)


def _as_value(kind: Any, text: str) -> Any:
    """A text of the environment as TOML would have the value."""
    if kind is bool and text in ("true", "false"):
        return text == "true"
    if typing.get_origin(kind) is Annotated and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if kind == tuple[str, ...]:
        return [item for part in text.split(",") if (item := part.strip())]
    return text


def is_group(members: Iterable[str]) -> bool:
    """Whether some words or phrases can be a group of `search.synonyms`."""
    members = list(members)
    return len({member.casefold() for member in members}) > 1 and all(map(_WORD.search, members))


def _refuse_secrets(tables: Mapping[str, Any]) -> None:
    """Raises BadSetting if the settings file holds a secret: such files lie in repositories."""
    search = tables.get("search")
    cluster = search.get("opensearch") if isinstance(search, dict) else None
    for name in SECRETS:
        key = name.rpartition(".")[2]
        if isinstance(cluster, dict) and key in cluster:
            raise BadSetting(
                f'"{name}" must not stand in the settings file: '
                f"write it into a file of its own and name that with {key}_file, or set {_variable(name)}"
            )


_INDEX_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_HOST = re.compile(r"https?://[^\s/@?#]+/?", re.ASCII)


def _check_cluster(cluster: OpenSearchSettings) -> None:
    if not cluster.hosts or not all(map(_HOST.fullmatch, cluster.hosts)):
        raise BadSetting(
            '"search.opensearch.hosts" must be URLs of nodes such as "https://search.example:9200", without a password'
        )
    if not _INDEX_PREFIX.fullmatch(cluster.prefix):
        raise BadSetting(
            f'"search.opensearch.prefix" must be small letters, digits, "-" and "_", not {cluster.prefix!r}'
        )
    if cluster.user and (cluster.api_key or cluster.api_key_file):
        raise BadSetting('"search.opensearch" has both a user and an API key: leave one of them out')


def _check(settings: Settings) -> None:
    _ = settings.service.metrics_address  # raises
    _check_cluster(settings.search.opensearch)
    for group in settings.search.synonyms:
        if not is_group(group):
            raise BadSetting(f'"search.synonyms" holds {list(group)!r}: {GROUP}')
    for name in ("unpublished", "hidden"):
        for rule in getattr(settings.content, name):
            key, _, value = rule.partition(":")
            if not key.strip() or not value.strip():
                raise BadSetting(f'"content.{name}" holds {rule!r}: write a key and its value, as in "draft: true"')
    content = settings.content
    patterns = (content.url, *content.urls.values(), *content.urls_with_slug.values())
    for pattern in (*patterns, *content.urls_of_translations.values()):
        if not _is_pattern(pattern):
            known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            raise BadSetting(f"URL patterns know {known}, not {pattern!r}")


def _is_pattern(text: str) -> bool:
    try:
        fields = [(name, form or conversion) for _, name, form, conversion in Formatter().parse(text)]
    except ValueError:
        return False
    return all((name is None or name in PLACEHOLDERS) and not extra for name, extra in fields)
