"""What a site serves beside its posts, as far as the disk can say: files, static folders, redirects.

It errs on the side of too much: what may be served is no dead link.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from indexer.content.urls import nfc
from indexer.settings import ContentSettings
from indexer.store.regular_files import bytes_of, opened_file

IMAGES = frozenset([".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp"])
MARKDOWN = frozenset([".md", ".markdown", ".mdx"])
# Folders beside the content folder, by their usual names, that files and pages of the site come from.
STATIC = ("static", "public", "assets", "src", "source", "docs", "pages", "app")
# Folders above the content folder that may belong to the same repository.
MOST_PARENTS = 5
# Where redirects are written: in files with these names, in the folders of the site's configuration. Files of other
# names may hold paths for any reason: a baseline of a check has those of all its dead links.
CONFIGURED_IN = ("", "_data", "data", "config")
_OF_HOSTS = (
    r"_redirects|\.htaccess|caddyfile|(?:apache|httpd|nginx)[\w.-]*|[\w.-]+\.conf|netlify\.toml|vercel\.(?:json|ts)"
    r"|(?:now|firebase|serve|static|staticwebapp\.config|customhttp|amplify|app|render)\.(?:json|ya?ml)"
)
_OF_GENERATORS = (
    r"(?:astro|docusaurus|eleventy|next|nuxt|svelte)\.config\.[cm]?[jt]s|gatsby-(?:config|node)\.[cm]?[jt]s"
    r"|\.eleventy\.js|book\.toml|mkdocs\.ya?ml"
)
_BY_THEIR_NAME = r"(?:[\w.-]+[_.-])?redirects?(?:[_-](?:list|map|rules))?\.(?:[cm]?js|csv|json|map|toml|ts|txt|ya?ml)"
_REDIRECT_FILE = re.compile(f"{_OF_HOSTS}|{_OF_GENERATORS}|{_BY_THEIR_NAME}", re.IGNORECASE)
LARGEST_CONFIGURATION = 5_000_000
_PATH = re.compile(r"(?://[\w.:-]+)?(/[\w.~%/+-]+)")
# /bread/*, /bread/:name and /bread/(.*), which a redirect begins with; :splat is what it leads to.
_PATTERN = re.compile(r"""(?:^|(?<=["'\s^]))/[\w.~%/-]+/(?:\*|:(?!splat)\w|\(\.\*\))[^\s"'$]*""", re.MULTILINE)


class ServedFiles:
    """The files of a content folder, and of the folders around it that its site may be made from.

    suffixes: of the files in the content folder. images: their paths, sorted. image_folders: first folders of rooted
    paths that have images below them. All in small letters.
    """

    def __init__(self, settings: ContentSettings) -> None:
        content = settings.directory.resolve()
        parents = list(_parents(content))
        static = [folder for parent in parents for name in STATIC if (folder := parent / name).is_dir()]
        own = set(_files(content))
        self._files = own.union(*(_files(folder) for folder in static if not content.is_relative_to(folder)))
        self._roots = [content, *static, *parents]
        self.suffixes = {posixpath.splitext(file)[1] for file in own}
        self.images = sorted(file for file in own if posixpath.splitext(file)[1] in IMAGES)
        images = (file for file in self._files if "/" in file and posixpath.splitext(file)[1] in IMAGES)
        self.image_folders = {file.partition("/")[0] for file in images}
        stems = map(posixpath.splitext, self._files)
        self._pages = {posixpath.basename(stem) for stem, suffix in stems if suffix not in IMAGES | MARKDOWN}

    def has(self, path: str, folder: str = "") -> bool:
        """Whether a file or folder is where a path may lead. folder: of the file that names it."""
        places = [path.strip("/")] if path.startswith("/") else [posixpath.join(folder, path), path]
        return any(self._is_there(posixpath.normpath(place)) for place in places)

    def has_page(self, path: str) -> bool:
        """Whether a file that is no Markdown, such as a template, has the name of a page: rye.njk for /bread/rye/."""
        return posixpath.splitext(posixpath.basename(path.rstrip("/")))[0].casefold() in self._pages

    def redirects(self, path: str) -> bool:
        """Whether a file of redirects names a path, or a pattern that it fits: /bread/*, /bread/:name.

        The last part of a relative path is enough, as what is before it depends on the URL of its page.
        """
        if not path.startswith("/"):
            return posixpath.basename(path.rstrip("/")) in self._named_last
        path = f"/{path.strip('/')}"
        return path in self._named or any(pattern.fullmatch(path) for pattern in self._patterns)

    def _is_there(self, place: str) -> bool:
        if nfc(place).casefold() in self._files:
            return True
        try:
            return any(os.path.exists(os.path.join(root, place)) for root in self._roots)
        except ValueError:  # a NUL
            return False

    @cached_property
    def _configuration(self) -> str:
        """The text of all files that hold redirects."""
        folders = [root / name for root in self._roots for name in CONFIGURED_IN]
        return "\n".join(text for folder in folders for text in _configurations(folder))

    @cached_property
    def _named(self) -> set[str]:
        """The paths in it, also of absolute URLs."""
        return {path.rstrip("/") for path in _PATH.findall(self._configuration)}

    @cached_property
    def _named_last(self) -> set[str]:
        return set(map(posixpath.basename, self._named))

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(_as_regex(pattern)) for pattern in set(_PATTERN.findall(self._configuration))]


def _as_regex(pattern: str) -> str:
    parts = re.split(r"(\(\.\*\)|\*+|:\w+)", pattern.rstrip("/"))
    return "".join(re.escape(part) if index % 2 == 0 else ".*" for index, part in enumerate(parts))


def _parents(content: Path) -> Iterator[Path]:
    """The folder around the content folder; all up to the root of a repository, where there is one."""
    parents = list(content.parents)[:MOST_PARENTS]
    root = next((index for index, parent in enumerate(parents) if (parent / ".git").exists()), 0)
    if not (content / ".git").exists():
        yield from parents[: root + 1]


def _files(folder: Path) -> Iterator[str]:
    """The paths of all files below a folder, in small letters, but of those in hidden folders and of packages."""
    top = len(os.fspath(folder / "x")) - 1
    for walked, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        relative = f"{walked[top:]}/" if walked[top:] else ""
        for name in names:
            yield nfc(relative + name).casefold()


def _configurations(folder: Path) -> Iterator[str]:
    names = os.listdir(folder) if folder.is_dir() else []
    for name in names:
        if _REDIRECT_FILE.fullmatch(name):
            try:
                with opened_file(folder / name) as descriptor:
                    yield bytes_of(descriptor, LARGEST_CONFIGURATION).decode("utf-8", "replace")
            except OSError:
                continue
