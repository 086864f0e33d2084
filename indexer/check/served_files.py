"""What a site serves beside its posts, as far as the disk can say: files, static folders, redirects.

It errs on the side of too much: what may be served is no dead link.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from indexer.content.urls import nfc
from indexer.links.resolver import without_suffix
from indexer.settings import ContentSettings
from indexer.store.regular_files import bytes_of, opened_file

IMAGES = frozenset([".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp"])
PAGES = ("", ".html", ".htm", ".md", ".markdown", ".mdx")
# Folders whose content generators copy into the site, by their usual names.
STATIC = ("static", "public", "assets", "src", "source", "docs")
# Folders above the content folder that may belong to the same repository.
MOST_PARENTS = 5
# Where redirects are written; the content of such a file is only searched for paths.
REDIRECTS = (
    "_redirects", "_redirects.txt", "redirects", "redirects.csv", "redirects.json", "redirects.js", "redirects.txt",
    "redirects.yml", "redirects.yaml", "netlify.toml", "vercel.json", "firebase.json", "staticwebapp.config.json",
    ".htaccess", "nginx.conf", "mkdocs.yml", "docusaurus.config.js", "docusaurus.config.ts", "astro.config.mjs",
    "astro.config.ts", "next.config.js", "gatsby-node.js", "book.toml", "hugo.toml", "_config.yml",
)  # fmt: skip
LARGEST_REDIRECTS = 5_000_000


class ServedFiles:
    """The files of a content folder, and of the folders around it that its site may be made from.

    names: last part of the path of each file that is no Markdown, without suffix. images: paths of all images below
    the content folder. suffixes: of all files there. All in small letters.
    """

    def __init__(self, settings: ContentSettings) -> None:
        self._content = settings.directory
        self.files: set[str] = set()
        for walked, _, names in os.walk(self._content):
            relative = Path(walked).relative_to(self._content).as_posix()
            self.files.update(nfc(posixpath.normpath(posixpath.join(relative, name))).casefold() for name in names)
        self.suffixes = {posixpath.splitext(file)[1] for file in self.files}
        self.images = sorted(file for file in self.files if posixpath.splitext(file)[1] in IMAGES)
        others = (file for file in self.files if not file.endswith((".md", ".markdown", *IMAGES)))
        self.names = {without_suffix(posixpath.basename(file)) for file in others}
        parents = list(_parents(self._content))
        self.static = [folder for parent in parents for name in STATIC if (folder := parent / name).is_dir()]
        self._with_images: dict[str, bool] = {"": False}
        self._roots = [self._content, *self.static, *parents]

    def has(self, path: str, folder: str = "") -> bool:
        """Whether a file or folder is where a path may lead. folder: of the file that names it."""
        if path.startswith("/"):
            places = [os.path.join(root, path.strip("/")) for root in self._roots]
        else:
            places = [os.path.join(self._content, folder, path)]
            places += [os.path.join(root, path) for root in self._roots]
        return any(_exists(place) for place in places)

    def is_outside(self, path: str, folder: str) -> bool:
        """Whether a relative path leads out of the content folder, where another part of the site may be."""
        return posixpath.normpath(posixpath.join(folder, path)).startswith("..")

    def has_images_below(self, first: str) -> bool:
        """Whether images lie below this folder of the content folder, or of a static one."""
        if first not in self._with_images:
            found = any(image.startswith(f"{first.casefold()}/") for image in self.images)
            self._with_images[first] = found or any(_has_image(folder / first) for folder in self.static)
        return self._with_images[first]

    def redirects(self, path: str) -> bool:
        """Whether a file with redirects names a path, or a folder above it with a star behind."""
        parts = path.strip("/").split("/")
        folders = (f"/{'/'.join(parts[:end])}/" for end in range(1, len(parts)))
        stars = (f"{folder}{star}" for folder in folders for star in ("*", ":", "(.*)"))
        return f"/{path.strip('/')}" in self._redirects or any(star in self._redirects for star in stars)

    @cached_property
    def _redirects(self) -> str:
        texts = []
        for root in self._roots:
            for name in REDIRECTS:
                try:
                    with opened_file(root / name) as descriptor:
                        texts.append(bytes_of(descriptor, LARGEST_REDIRECTS).decode("utf-8", "replace"))
                except OSError:
                    continue
        return "\n".join(texts)


def _parents(content: Path) -> Iterator[Path]:
    """The folder around the content folder; all up to the root of a repository, where there is one."""
    parents = list(content.resolve().parents)[:MOST_PARENTS]
    root = next((index for index, parent in enumerate(parents) if (parent / ".git").exists()), 0)
    if not (content / ".git").exists():
        yield from parents[: root + 1]


def _has_image(folder: Path) -> bool:
    return any(posixpath.splitext(name)[1].casefold() in IMAGES for _, _, names in os.walk(folder) for name in names)


def _exists(place: str) -> bool:
    try:
        return any(os.path.exists(place.rstrip("/") + suffix) for suffix in PAGES)
    except ValueError:  # a NUL
        return False
