"""Whose site a folder may be, and where its content may lie: the likeliest, and what else it may be."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from indexer.content.survey import Survey, entries_of, is_no_content, is_of_the_repository, survey
from indexer.profiles.profile import Site, find_site, profile, sites_in

# Folders that only hold the site: what lies in them is looked at, not they themselves.
_CONTAINERS = frozenset(["src", "source", "site", "website", "web", "www", "app"])
# A folder with this share of all Markdown files is where the content lies.
MOST = 0.75
# Of all Markdown files a site that begins in a folder below has at least this share, or it is not what is meant.
LEAST = 0.25
# Folders in each other in which a generator is looked for, where the folder itself has none; and how many of them.
DEEPEST, MOST_FOLDERS = 2, 300
# Folders that are named to a person, of all that have Markdown files.
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A generator, and where its content would lie. generator: empty if none is known.

    sign: the file that tells it. content: the folder of its Markdown files. beside: other folders of the site that have
    some, with their numbers. All of them as seen from the folder that was looked at.
    is_usual: whether the content lies where the generator looks for it. begins_above: the folder of a site of which
    this one is a part, as seen from it; else empty. has_own_folder: whether there is a folder that only it knows.
    """

    generator: str
    sign: str
    content: str
    files: int
    beside: tuple[tuple[str, int], ...] = ()
    is_usual: bool = True
    begins_above: str = ""
    has_own_folder: bool = False

    def folders_beside(self) -> str:
        """The first of them in words, with their numbers, and how many more there are."""
        named = ", ".join(f"{name} ({count:,})" for name, count in self.beside[:MOST_NAMED])
        left = len(self.beside) - MOST_NAMED
        return f"{named} and {left:,} more" if left > 0 else named


def candidates(folder: Path, found: Survey) -> list[Candidate]:
    """All that a folder may be, the likeliest first. found: the Markdown files below it.

    A generator with content where it looks for it counts before one without, then one with a folder of its own, such as
    _posts, then the order in which a build looks.
    """
    known = _known(folder, found)
    begins_here = next(sites_in(folder), None) is not None
    fullest = max((one.files for one in known), default=0)
    if known and (begins_here or fullest >= LEAST * len(found.markdown)):
        return known
    above = find_site(folder)
    return [_of_site(folder, above, found) if above else _without_generator(found), *known]


def _known(folder: Path, found: Survey) -> list[Candidate]:
    """The sites that begin in a folder; those below it, too, where none of them has content in its usual place."""
    known: list[Candidate] = []
    level = [folder]
    for _ in range(DEEPEST + 1):
        sites = [site for here in level[:MOST_FOLDERS] for site in _without_doubles(sites_in(here))]
        known += (_of_site(folder, site, found) for site in sites)
        if any(one.files and one.is_usual for one in known):
            break
        level = [below for here in level[:MOST_FOLDERS] for below in _folders_in(here)]
    return sorted(known, key=_rank)


def _rank(candidate: Candidate) -> tuple[bool, bool]:
    return not (candidate.files and candidate.is_usual), not candidate.has_own_folder


def _without_doubles(sites: Iterable[Site]) -> list[Site]:
    """One site for each configuration: a _config.yml that is Hexo's is not Jekyll's."""
    return list({site.sign: site for site in reversed(list(sites))}.values())[::-1]


def _folders_in(folder: Path) -> list[Path]:
    names = [name for name, is_folder in entries_of(folder) if is_folder and not is_no_content(name)]
    return [folder / name for name in sorted(names)]


def _of_site(folder: Path, site: Site, found: Survey) -> Candidate:
    sign = os.path.relpath(site.sign, folder) if site.sign else ""
    place = os.path.relpath(site.folder, folder)
    if place.startswith(".."):  # the folder is a part of a site
        return Candidate(site.name, sign, ".", len(found.markdown), begins_above=place)
    roots = {os.path.normpath(os.path.join(place, root)) for root in site.roots}
    counted = [(root, _count(folder, root, found)) for root in sorted(roots) if (folder / root).is_dir()]
    counts = [(root, count) for root, count in counted if count]
    if not counts:
        below = found.below(place)
        content = os.path.normpath(os.path.join(place, _likely_folder(below)))
        return Candidate(site.name, sign, content, found.count(content), is_usual=False)
    common = os.path.commonpath([root for root, _ in counts]) or "."
    if common not in (".", place):  # both are read, each by its own rule
        return Candidate(site.name, sign, common, _count(folder, common, found))
    counts.sort(key=lambda root: -root[1])
    content, files = counts[0]
    own = [name for name in profile(site.name).content.get("urls", {}) if name.startswith("_")]
    has_own_folder = any(found.count(os.path.normpath(os.path.join(content, name))) for name in own)
    return Candidate(site.name, sign, content, files, tuple(counts[1:]), has_own_folder=has_own_folder)


def _count(folder: Path, root: str, found: Survey) -> int:
    """How many Markdown files a root of content has, which may lie outside of the folder that was looked at."""
    return len(survey(folder / root).markdown) if root.startswith("..") else found.count(root)


def _without_generator(found: Survey) -> Candidate:
    content = _likely_folder(found)
    inside = found.below(content)
    beside = [one for one in found.folders() if not f"{content}/".startswith(f"{one[0]}/")]
    if content == "." and not any("/" not in path for path in _pages(inside)):
        beside = found.folders() if len(found.folders()) > 1 else []
    return Candidate("", "", content, found.count(content), tuple(beside if content != "." or beside else ()))


def _likely_folder(found: Survey) -> str:
    """The folder that nearly all Markdown files lie below; `.` if no folder has nearly all of them."""
    folder = "."
    while True:
        pages = _pages(found.below(folder))
        counts = Counter(path.partition("/")[0] for path in pages if "/" in path)
        (name, most), *_ = counts.most_common(1) or [("", 0)]
        if not name or most < MOST * len(pages):
            return folder
        folder = os.path.normpath(os.path.join(folder, name))
        if name not in _CONTAINERS:
            return folder


def _pages(found: Survey) -> list[str]:
    """The files without those that tell of the repository."""
    return [path for path in found.markdown if "/" in path or not is_of_the_repository(path)]
