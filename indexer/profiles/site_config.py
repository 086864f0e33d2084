"""What the configuration of a site generator says of the settings of its content.

YAML, TOML, JSON and the literals of Python are parsed; of JavaScript and TypeScript only `key: "text"` and `key = true`
are looked for.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from indexer.profiles import eleventy, pelican

Config = dict[str, Any]
MOST_BYTES = 1_000_000
TEXT = ""  # the key under which a program's whole text stands

# The placeholders of Jekyll, Hugo and Hexo, and ours.
_COLON_NAMES = {
    "year": "{year}", "month": "{month}", "day": "{day}", "categories": "{categories}", "category": "{categories}",
    "slug": "{slug}", "name": "{slug}", "filename": "{slug}", "contentbasename": "{slug}", "path": "{path}",
    "slugorfilename": "{slug}", "slugorcontentbasename": "{slug}", "basename": "{slug}", "output_ext": ".html",
}  # fmt: skip
_BRACE = re.compile(r"[{}]")
_PAIR = re.compile(r"""["'`]([^"'`\n]+)["'`]\s*:\s*["'`]([^"'`\n]+)["'`]""")
_COLON = re.compile(r":([a-z_]+)")
_STYLES_OF_JEKYLL = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "none": "/:categories/:title.html",
}


def read_config(path: Path) -> Config:
    """The configuration in a file; empty if it cannot be read, since nothing in it is needed."""
    try:
        if not os.path.isfile(path) or path.stat().st_size > MOST_BYTES:
            return {}
        text = path.read_text(encoding="utf-8")
        found = _PARSERS.get(path.suffix, _assignments)(text)
    except (OSError, ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def with_parts(config: Config, folder: Path) -> Config:
    """A configuration of Hugo with what the files of a folder say over it.

    hugo.toml holds all keys, permalinks.toml those below `permalinks`, languages.fr.toml those below `languages.fr`.
    """
    for path in sorted(folder.iterdir()) if os.access(folder, os.R_OK | os.X_OK) and folder.is_dir() else ():
        name, _, language = path.stem.partition(".")
        if path.suffix in (".toml", ".yaml", ".yml", ".json") and name not in ("menu", "menus"):
            keys = ["languages", language] if language else [] if name in ("config", "hugo") else [name]
            keys += ["params"] if language and name == "params" else []
            part = read_config(path)
            for key in reversed(keys):
                part = {key: part}
            config = _merged(config, part)
    return config


def _merged(below: Config, above: Config) -> Config:
    """Two configurations in one; where both have a value that is no table, the second counts."""
    both = {
        key: _merged(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return below | above | both


def lines_of(path: Path) -> list[str]:
    """The patterns in a file in the form of .gitignore, without its exceptions; none if there is no file."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n") if os.path.isfile(path) else []
    except (OSError, ValueError):
        return []
    return [line.strip() for line in lines if line.strip() and line.strip()[0] not in "#!"]


def _assignments(text: str) -> Config:
    """The first value of each key that is a text, true or false, or a list of texts; `/${locale}/` is none of them."""
    found: Config = {TEXT: text}
    for match in re.finditer(r"""(\w+)["']?\s*[:=]\s*\[([^\[\]]{0,2000})\]""", text):
        if items := re.findall(r"""["'`]([^"'`\n]*)["'`]""", match[2]):
            found.setdefault(match[1], items)
    for match in re.finditer(r"""(\w+)["']?\s*[:=]\s*(?:(["'`])([^"'`\n]*)\2|(true|false|True|False)\b)""", text):
        if match[2] != "`" or "${" not in match[3]:
            found.setdefault(match[1], match[3] if match[2] else match[4].lower())
    return found


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, yaml.CBaseLoader)  # noqa: S506  # makes texts, lists and mappings only
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".py": pelican.literals,
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yml": _yaml,
    ".yaml": _yaml,
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
    if _is_code(language := said.get("language")):
        table["language"] = language.replace("_", "-")
    if isinstance(languages := said.get("languages"), list | dict):  # a list, or the keys of a table
        table["languages"] = [code.replace("_", "-") for code in languages if _is_code(code)]
    if isinstance(zone := said.get("timezone"), str):
        table["timezone"] = zone
    if isinstance(root := said.get("roots"), str):
        table["roots"] = (root.strip("./") or ".",)
    if isinstance(excluded := said.get("exclude"), list):
        table["exclude"] = [*table.get("exclude", []), *_patterns(excluded)]
    _ADAPT.get(name, _nothing)(table, config)
    return table


def _is_code(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z]{2,3}([-_]\w+)*", value))


def _first(config: Config, names: tuple[str, ...]) -> Any:
    return next((value for name in names if (value := value_at(config, name)) is not None), None)


def value_at(config: Config, name: str) -> Any:
    """The value at a dotted key; None where there is none."""
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
            own = str(options.get("permalink", "")).replace(":collection", name)
            own = own if name == "posts" else own.replace(":title", ":path")
            table["urls"][f"_{name}"] = (_pattern(own) if own else None) or default
    # A folder with _ before its name is read only if it is a collection; one with a known initial may yet be another.
    known = "".join(sorted({name[1] for name in ("_posts", "_drafts", *table["urls"]) if name[:1] == "_" and name[1:]}))
    table["exclude"] = [*table["exclude"], f"_[!{known}]*/*", f"*/_[!{known}]*/*"]


def _defaults_of_jekyll(table: dict[str, Any], config: Config) -> None:
    for rule in config.get("defaults") or ():
        scope, values = (rule.get("scope") or {}, rule.get("values") or {}) if isinstance(rule, dict) else ({}, {})
        kind, path = str(scope.get("type", "")), str(scope.get("path", "")).strip("/")
        below = "" if kind in ("", "pages") else f"_{kind}"
        if "*" not in path and isinstance(values, dict) and not (kind == "pages" and not path):
            folder = path if path.startswith(below) else f"{below}/{path}".strip("/")
            table.setdefault("defaults", {})[folder] = values


# The parts of a date, as Babel writes them, and as patterns do.
_DAYS = {"yyyy": "{year}", "MM": "{month}", "dd": "{day}"}
_DAY = re.compile("|".join(_DAYS))
# The extensions of Python-Markdown that read {#id}.
_WITH_ATTRIBUTES = (
    "attr_list",
    "markdown.extensions.attr_list",
    "extra",
    "markdown.extensions.extra",
    "pymdownx.extra",
)


def _mkdocs(table: dict[str, Any], config: Config) -> None:
    _clean_urls("use_directory_urls", "false", "/", ".html")(table, config)
    for key in ("exclude_docs", "draft_docs"):
        lines = str(config.get(key) or "").split("\n")
        ignore(table, [line.strip() for line in lines if line.strip() and line.strip()[0] not in "#!"])

    _blog_of_material(table, config.get("plugins"))
    extensions = config.get("markdown_extensions")
    names = [name for one in extensions or () for name in (one if isinstance(one, dict) else (one,))]
    table["heading_ids"] = any(name in _WITH_ATTRIBUTES for name in names)
    tables = [one for one in extensions or () if isinstance(one, dict)]
    # This is how pymdownx.slugs.slugify is called; the name itself is a tag of YAML, which is not read.
    if any(value_at(one, "toc.slugify.kwds.case") == "lower" for one in tables):
        table["anchors"] = "pymdownx"


def _blog_of_material(table: dict[str, Any], plugins: Any) -> None:
    """The posts of the blog plugin of Material for MkDocs, whose URLs have date and title: /blog/2026/01/31/rye/."""
    found = [
        options if isinstance(options, dict) else {}
        for one in (plugins if isinstance(plugins, list) else ())
        for name, options in (one if isinstance(one, dict) else {one: {}}).items()
        if name in ("blog", "material/blog")
    ]
    for options in found:
        blog = str(options.get("blog_dir", "blog")).strip("./")
        posts = str(options.get("post_dir", "{blog}/posts")).replace("{blog}", blog).strip("/")
        pattern = str(options.get("post_url_format", "{date}/{slug}")).replace("{slug}", "{title}")
        dated = str(options.get("post_date_format", "yyyy/MM/dd"))
        is_known = not re.search(r"[A-Za-z]", _DAY.sub("", dated))
        if is_known and set(re.findall(r"\{\w+\}", pattern)) <= {"{title}", "{date}"}:
            pattern = pattern.replace("{date}", _DAY.sub(lambda part: _DAYS[part[0]], dated))
            table["urls"][posts] = f"/{blog}/{pattern}/".replace("//", "/")
            table["slug_style"] = "github"
            table["keys"] |= {"id": ["slug"], "date": ["date", "date.created"]}


def _vitepress(table: dict[str, Any], config: Config) -> None:
    _clean_urls("cleanUrls", "true", "{path}.html", "{page}")(table, config)
    rewrites = next(_blocks(config, r"\brewrites"), "")
    table["rewrites"] = dict(_PAIR.findall(rewrites))
    excluded = config.get("srcExclude")
    ignore(table, [str(name).removeprefix("**/") for name in excluded] if isinstance(excluded, list) else [])


def _docusaurus(table: dict[str, Any], config: Config) -> None:
    """Documents and blogs, each with its folder and where its pages are, as a preset or plugin of its own."""
    for kind, pattern in (("docs", "{page}"), ("blog", "{dated_path}")):
        for block in _blocks(config, rf"(?:\b|-content-){kind}"):
            options = _assignments(block)
            folder, base = options.get("path", kind), options.get("routeBasePath", kind)
            if isinstance(folder, str) and isinstance(base, str):
                folder, start = folder.removeprefix("./").strip("/"), f"/{base.strip('/')}/".replace("//", "/")
                table["urls"][folder] = f"{start}{pattern}"
                if folder.startswith("../"):
                    table["roots"] = (*table.get("roots", ("",)), folder)
                if kind == "blog":
                    table["urls_with_slug"][folder] = f"{start}{{slug}}"
    _clean_urls("trailingSlash", "true", "", "/")(table, config)
    if config.get("trailingSlash") == "false":
        table["url"] = table["url"].replace("{page}", "{path}")
        table["urls"] = {folder: url.replace("{page}", "{path}") for folder, url in table["urls"].items()}


def _blocks(config: Config, name: str) -> Iterator[str]:
    """What stands in the braces after a name in a program. name: a regular expression."""
    text = str(config.get(TEXT, ""))
    for match in re.finditer(rf"{name}[\"']?\s*[:,]\s*(?:/\*[^*]*\*/\s*\(?)?\{{", text):
        depth = 1
        for brace in _BRACE.finditer(text, match.end()):
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                yield text[match.end() : brace.start()]
                break


def ignore(table: dict[str, Any], lines: list[str]) -> None:
    """Patterns in the form of .gitignore: one without a slash is for names of files and folders at any depth."""
    for line in lines:
        line = line.removeprefix("**/")
        path = line.strip("/")
        if "/" in line.rstrip("/"):
            table["exclude"] = [*table.get("exclude", []), path, f"{path}/*"]
        else:
            table["exclude"] = [*table.get("exclude", []), f"{path}/*", f"*/{path}/*"]
            table["exclude_names"] = [*table.get("exclude_names", []), *([] if line.endswith("/") else [path])]


def _hexo(table: dict[str, Any], config: Config) -> None:
    is_flat = config.get("new_post_name") not in (None, ":title.md")
    if pattern := _pattern(config.get("permalink"), title="{flat_path}" if is_flat else "{path}"):
        table["urls"]["_posts"] = pattern
    table["future"] = str(config.get("future", "true")).lower() != "false"
    _clean_urls("pretty_urls.trailing_html", "false", "{path}.html", "{page}")(table, config)
    skipped = config.get("skip_render") or []
    patterns = [str(pattern).replace("**", "*") for pattern in (skipped if isinstance(skipped, list) else [skipped])]
    table["exclude"] = [*table["exclude"], *patterns]
    if isinstance(names := config.get("category_map"), dict):
        table["category_names"] = {str(name): str(value) for name, value in names.items()}
    table["default_category"] = str(config.get("default_category") or table["default_category"])


def _hugo(table: dict[str, Any], config: Config) -> None:
    table["own_language_prefix"] = str(config.get("defaultContentLanguageInSubdir", "")).lower() == "true"
    _mounts_of_hugo(table, config)
    dates = value_at(config, "frontmatter.date")
    table["slug_after_date"] = isinstance(dates, list) and ":filename" in dates
    if str(value_at(config, "markup.goldmark.parser.autoDefinitionTermID")).lower() == "true":
        table["anchors"] = "hugo-terms"
    permalinks = config.get("permalinks")
    permalinks = permalinks if isinstance(permalinks, dict) else {}
    for section, text in (permalinks.get("page", permalinks) or {}).items():
        text = text.replace(":section", section) if isinstance(text, str) and ":sections" not in text else text
        if pattern := _pattern(text.replace(":slug/", ":title/") if isinstance(text, str) else text, title="{title}"):
            table.setdefault("urls", {})[section] = pattern


def _mounts_of_hugo(table: dict[str, Any], config: Config) -> None:
    """The folders that content lies in, where they are named, and what stands before the URLs of those below each."""
    mounts = value_at(config, "module.mounts")
    mounted = [mount for mount in mounts if isinstance(mount, dict)] if isinstance(mounts, list) else []
    prefixes = {str(mount.get("source")): "" for mount in mounted if mount.get("target") == "content"}
    for language, options in _languages_of_hugo(config).items():
        if str(options.get("disabled", "")).lower() == "true":
            table["exclude_names"] = [*table.get("exclude_names", []), f"*.{language}.*"]
        elif isinstance(folder := options.get("contentDir"), str):
            is_bare = language == config.get("defaultContentLanguage", "en") and not table["own_language_prefix"]
            prefixes[folder.strip("/")] = "" if is_bare else f"/{language.lower()}"
    if not prefixes and isinstance(folder := config.get("contentDir"), str):
        prefixes = {folder.strip("/"): ""}
    if prefixes:
        table["roots"], table["prefixes"] = tuple(prefixes), prefixes


def _languages_of_hugo(config: Config) -> dict[str, Config]:
    """The languages of a site with their options; those that are disabled elsewhere say so, too."""
    languages = config.get("languages")
    found = {
        language: options
        for language, options in (languages.items() if isinstance(languages, dict) else ())
        if isinstance(options, dict)
    }
    disabled = config.get("disableLanguages")
    for language in disabled if isinstance(disabled, list) else ():
        found[str(language)] = {**found.get(str(language), {}), "disabled": True}
    return found


def _clean_urls(key: str, value: str, before: str, after: str) -> Callable[[dict[str, Any], Config], None]:
    """Where a switch of the configuration has a value, every pattern that ends in one way ends in another."""

    def adapt(table: dict[str, Any], config: Config) -> None:
        if str(value_at(config, key)).lower() == value:
            for name in ("urls", "urls_with_slug"):
                table[name] = {folder: _ended(url, before, after) for folder, url in table.get(name, {}).items()}
            table["url"] = _ended(table["url"], before, after)

    return adapt


def _ended(url: str, before: str, after: str) -> str:
    return url.removesuffix(before) + after if url.endswith(before) else url


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
    "eleventy": lambda table, config: eleventy.adapt(table, config.get(TEXT, "")),
    "pelican": pelican.adapt,
    "vitepress": _vitepress,
    "mkdocs": _mkdocs,
    "docusaurus": _docusaurus,
}
