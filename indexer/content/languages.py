"""Which folders of a site name a language, and the language of a post by its path."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from indexer.content.urls import language_in_name
from indexer.settings import ContentSettings
from indexer.text import analysis

# fr, fil, pt-BR, pt_br, zh-Hans; folders such as no-code and it-security begin with a code and are none.
_CODE_FOLDER = re.compile(r"(?:^|(?<=/))([a-z]{2,3}(?:[-_](?:[A-Za-z]{2}|[A-Z][a-z]{3}|han[st]|\d{3}))?)(?=/)")
# A folder whose name may be a word, as fil or api, is one of a language if so many of its pages are pages of others.
TRANSLATED_SHARE = 0.5


def with_languages(settings: ContentSettings, paths: Iterable[str]) -> ContentSettings:
    """The settings with the languages of the site's folders, found in the paths of its files if none are given."""
    if settings.languages:
        return settings
    return replace(settings, languages=languages_of_folders(paths, settings.language, settings.index_names))


def languages_of_folders(
    paths: Iterable[str], own: str = "en", index_names: tuple[str, ...] = ("index",)
) -> tuple[str, ...]:
    """The codes of folders that name a language, sorted.

    own: the language of the site. index_names: pages that every folder may have, so they prove nothing.
    A code alone proves nothing either, as it/ may be about computers. Two such folders side by side must have a page of
    the same path below them, or one of them must be of the site's own language; or half of the pages in one folder must
    be pages beside it, too: guide.md and fr/guide.md.
    """
    pages = {path.rpartition(".")[0] for path in paths}
    levels: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for page in pages:
        for match in _CODE_FOLDER.finditer(page):
            levels[page[: match.start()].rstrip("/")][match[1]].add(page[match.end() + 1 :])
    found: set[str] = set()
    for above, folders in levels.items():
        if not any(map(_is_language, folders)):
            continue
        telling = {name: below.difference(index_names) for name, below in folders.items()}
        beside = {name: {page for page in below if _joined(above, page) in pages} for name, below in telling.items()}
        found |= _side_by_side(telling, own) | _beside_their_originals(telling, beside)
    return tuple(sorted(map(_code, found)))


def _side_by_side(folders: Mapping[str, set[str]], own: str) -> set[str]:
    """Which folders of one level name a language, by what the others have. folders: the pages below each."""
    known = {name for name in folders if _is_language(name)}
    counts = Counter(page for name in known for page in folders[name])
    shared = {page for page, folders_with_it in counts.items() if folders_with_it > 1}
    has_own = any(_main(name) == _main(own) for name in known)
    if len(known) < 2 or not (shared or has_own):
        return set()
    # Beside languages that we know, one that we do not: my, fil.
    return known | {name for name, pages in folders.items() if _mostly(pages, pages.intersection(counts))}


def _beside_their_originals(folders: Mapping[str, set[str]], beside: Mapping[str, set[str]]) -> set[str]:
    """Which folders name a language because their pages are those of the folder that they are in."""
    return {name for name, pages in folders.items() if _is_language(name) and _mostly(pages, beside[name])}


def _mostly(pages: set[str], translated: set[str]) -> bool:
    return bool(pages) and len(translated) >= TRANSLATED_SHARE * len(pages)


def language_in_path(post_id: str, languages: tuple[str, ...]) -> str | None:
    """The language that the name of a file says, or else the outermost of its folders that is named after one.

    languages: codes of folders that name a language.
    """
    if found := language_in_name(post_id):
        return found
    if not languages or post_id.startswith("/"):  # a draft from outside the site
        return None
    codes = {_code(language).casefold(): _code(language) for language in languages}
    folders = (_code(name).casefold() for name in post_id.split("/")[:-1])
    return next((codes[folder] for folder in folders if folder in codes), None)


def _joined(folder: str, page: str) -> str:
    return f"{folder}/{page}" if folder else page


def _code(folder: str) -> str:
    """The name of a folder as a language code: pt-BR."""
    return folder.replace("_", "-")


def _main(name: str) -> str:
    return _code(name).partition("-")[0].casefold()


def _is_language(folder: str) -> bool:
    return analysis.is_language(_code(folder))
