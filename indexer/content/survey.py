"""Which text files lie below a folder, whatever the settings say: for whoever looks for the content of a site."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# What may hold a page. Of the others that are no Markdown a site is told, not that it has none.
MARKDOWN = (".md", ".mdx", ".markdown", ".mkd", ".mkdn", ".mdown", ".mkdown")
OTHER_MARKUP = (".rst", ".adoc", ".asciidoc", ".org", ".textile", ".qmd", ".rmd", ".txt")
# Where programs keep what nobody wrote by hand; and near the top, where they put what they make.
NOT_WRITTEN = frozenset(["node_modules", "bower_components", "vendor", "venv", "_site", "__pycache__"])
MADE = frozenset(["public", "dist", "build", "target"])
MADE_DEEPEST = 1
# What a repository says of itself: no page, unless the site's generator makes one of it.
OF_THE_REPOSITORY = frozenset(
    ["readme", "changelog", "contributing", "license", "licence", "code_of_conduct", "security", "summary"]
)
# Not hidden, and to be written into a file: without control characters, and UTF-8.
_ORDINARY = re.compile(r"(?!\.)[^\x00-\x1f\x7f\ud800-\udfff]+\Z")
DEEPEST, MOST_ENTRIES = 12, 200_000


@dataclass(frozen=True, slots=True)
class Survey:
    """markdown: the paths of Markdown files below the folder, sorted. suffixes: how many files have each suffix."""

    markdown: tuple[str, ...]
    suffixes: Mapping[str, int]

    def count(self, folder: str) -> int:
        """How many of the Markdown files lie below a folder; `.` and the empty text are the folder itself."""
        return sum(path.startswith(f"{folder}/") for path in self.markdown) if folder.strip(".") else len(self.markdown)

    def below(self, folder: str) -> Survey:
        """The same for a folder below this one, with paths from there."""
        if not folder.strip("."):
            return self
        paths = tuple(path.removeprefix(f"{folder}/") for path in self.markdown if path.startswith(f"{folder}/"))
        return Survey(paths, {})

    def folders(self) -> list[tuple[str, int]]:
        """The folders at the top with Markdown files in or below them, the fullest first."""
        counts = Counter(path.partition("/")[0] for path in self.markdown if "/" in path)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def survey(root: Path, deepest: int = DEEPEST) -> Survey:
    """The text files below a folder, without those in hidden folders and in those of programs; no link is followed.

    deepest: how many folders may lie in each other. A folder that cannot be read has none.
    """
    markdown: list[str] = []
    suffixes: Counter[str] = Counter()
    for path in _files(root, deepest):
        suffix = os.path.splitext(path)[1].lower()
        suffixes[suffix] += suffix in MARKDOWN or suffix in OTHER_MARKUP
        if suffix in MARKDOWN:
            markdown.append(path)
    return Survey(tuple(sorted(markdown)), {suffix: count for suffix, count in suffixes.items() if count})


def is_of_the_repository(path: str) -> bool:
    return PurePosixPath(path).stem.lower().replace("-", "_") in OF_THE_REPOSITORY


def is_no_content(path: str) -> bool:
    """Whether a folder holds what programs keep or make, by its path below that of the site."""
    name = path.rpartition("/")[2]
    return name in NOT_WRITTEN or (name in MADE and path.count("/") <= MADE_DEEPEST)


def _files(root: Path, deepest: int) -> Iterator[str]:
    pending, seen = [""], 0
    while pending and seen < MOST_ENTRIES:
        folder = pending.pop()
        for name, is_folder in entries_of(root / folder):
            seen += 1
            path = f"{folder}/{name}" if folder else name
            if not is_folder:
                yield path
            elif path.count("/") < deepest and not is_no_content(path):
                pending.append(path)


def entries_of(folder: Path) -> list[tuple[str, bool]]:
    """The ordinary names in a folder, and whether each is a folder; without links."""
    try:
        with os.scandir(folder) as entries:
            return [
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if _ORDINARY.match(entry.name) and not entry.is_symlink()
            ]
    except OSError:
        return []
