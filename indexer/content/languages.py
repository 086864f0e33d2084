"""Which folders of a site name a language, and the language of a post by its path."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from indexer.content.urls import language_in_name
from indexer.settings import ContentSettings
from indexer.text import analysis

# fr, pt-BR, pt_br, zh-Hans; folders such as no-code and it-security begin with a code and are none.
_CODE = re.compile(r"[a-z]{2}(?:[-_](?:[A-Za-z]{2}|[A-Z][a-z]{3}|han[st]|\d{3}))?")


def with_languages(settings: ContentSettings, paths: Iterable[str]) -> ContentSettings:
    """The settings with the languages of the site's folders, found in the paths of its files if none are given."""
    return settings if settings.languages else replace(settings, languages=languages_of_folders(paths))


def languages_of_folders(paths: Iterable[str]) -> tuple[str, ...]:
    """The codes of folders that name a language, sorted.

    A code alone proves nothing, as it/ may be about computers: another such folder must stand beside it, or some file
    must name its language, as guide.fr.md does.
    """
    siblings: dict[str, set[str]] = defaultdict(set)
    names_language = False
    for folder, names in _files_by_folder(paths).items():
        *above, name = folder.split("/")
        while name:
            if code := _code(name):
                siblings["/".join(above)].add(code)
            name = above.pop() if above else ""
        names_language = names_language or any(language_in_name(file.rpartition(".")[0]) for file in names)
    return tuple(sorted({code for codes in siblings.values() if len(codes) > 1 or names_language for code in codes}))


def _files_by_folder(paths: Iterable[str]) -> dict[str, list[str]]:
    """The names of the files in each folder."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        folder, _, name = path.rpartition("/")
        files[folder].append(name)
    return files


def language_in_path(post_id: str, languages: tuple[str, ...]) -> str | None:
    """The language that the name of a file says, or else the outermost of its folders that is named after one.

    languages: codes of folders that name a language.
    """
    if found := language_in_name(post_id):
        return found
    if not languages or post_id.startswith("/"):  # a draft from outside the site
        return None
    codes = {language.casefold(): language for language in languages}
    folders = (name.replace("_", "-").casefold() for name in post_id.split("/")[:-1])
    return next((codes[folder] for folder in folders if folder in codes), None)


def _code(folder: str) -> str | None:
    """The language code that the name of a folder is, in the form pt-BR."""
    code = folder.replace("_", "-")
    return code if _CODE.fullmatch(folder) and analysis.is_language(code) else None
