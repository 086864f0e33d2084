"""The build cache: what a generation stores of the files it was built from, so that the next build reads only changes.

Texts and facts are in posts/, the words in lexicon/ and fulltext/. Files that could not be read and duplicates
of others are not cached, because what becomes of them depends on more than their bytes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from indexer.content.reader import ReadFile
from indexer.content.since import Since
from indexer.model import Corpus, Excluded, Post
from indexer.settings import ContentSettings
from indexer.store.arrays import Files, StringArray
from indexer.store.posts import all_sections
from indexer.store.tables import files_of, load_table, save_table
from indexer.text.token_stream import TokenStream

FOLDER = "build_cache"
_EXCLUDED = -1


@dataclass(frozen=True, slots=True)
class _Cached:
    """The files that need not be read again while their bytes are the same.

    paths: sorted. digests: the SHA-256 of each, 32 bytes a file. languages: codes of folders that name a language.
    """

    paths: StringArray
    digests: NDArray[np.uint8]
    languages: StringArray


@dataclass(frozen=True, slots=True)
class _Found:
    """The results of reading them.

    posts: the number of the post that each file became, -1 for an excluded file. found: a Post without its sections or
    an Excluded, as JSON. read_by: the versions of everything that affects how a file is read.
    """

    posts: NDArray[np.int32]
    found: StringArray
    read_by: dict[str, str]


FILES = (*files_of(FOLDER, _Cached), *files_of(FOLDER, _Found))


@cache
def read_by() -> dict[str, str]:
    """The versions of everything that affects how a file is read; a cache of other versions is not used."""
    libraries = ("seealso", "pyromark", "python-frontmatter", "pyyaml")
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):  # a change of the code takes effect at once
        code.update(file.read_bytes())
    versions = {"python": sys.version.partition(" ")[0], "code": code.hexdigest()}
    return versions | {name: version(name) for name in libraries}


def rules_of(settings: ContentSettings) -> str:
    """A digest of all that the settings, and other files of the site, say of how a file is read; in hex."""
    return hashlib.sha256(repr(dataclasses.replace(settings, directory=Path())).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------ writing


def write_cache(
    directory: Path, files: Sequence[ReadFile], corpus: Corpus, rules: str, languages: Sequence[str]
) -> None:
    """Writes the folder build_cache/ into a generation's directory.

    files: all files that were read, in the order of their paths. corpus: the posts among them that are published.
    rules: see `rules_of`. languages: codes of folders that name a language.
    """
    folder = directory / FOLDER
    numbers = {post.path: number for number, post in enumerate(corpus)}
    cached = [file for file in files if file.digest and (isinstance(file.found, Excluded) or file.path in numbers)]
    digests = np.frombuffer(b"".join(file.digest for file in cached), dtype=np.uint8)
    names = {"paths": (file.path for file in cached), "digests": digests, "languages": languages}
    save_table(folder, _Cached, names)
    found = {
        "posts": np.array([numbers.get(file.path, _EXCLUDED) for file in cached], dtype=np.int32),
        "found": (_encode(_without_sections(file.found)) for file in cached),
        "read_by": read_by() | {"rules": rules},
    }
    save_table(folder, _Found, found)


def _without_sections(found: Post | Excluded) -> Post | Excluded:
    if isinstance(found, Post):
        # msgspec leaves out a default if it is the very same object, which depends on where the post comes from.
        return replace(found, sections=(), language=sys.intern(found.language))
    return replace(found, post=_without_sections(found.post)) if found.post else found


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Post | Excluded]).decode


# ------------------------------------------------------------------------------------------------------ reading


def load_cache(files: Files, tokens: Callable[[Files], TokenStream | None]) -> BuildCache | None:
    """The build cache of a generation; None if it was written by other versions, see `read_by`.

    tokens: reads the token stream of its posts, in id order. Raises DamagedGeneration.
    """
    found = load_table(files, FOLDER, _Found)
    rules = found.read_by.pop("rules", "")
    return BuildCache(files, found, tokens(files), rules) if found.read_by == read_by() else None


def digests(files: Files) -> dict[str, bytes]:
    """The SHA-256 of every file that need not be read again while it has it, by path."""
    known = load_table(files, FOLDER, _Cached)
    joined = known.digests.tobytes()
    return {path: joined[start : start + 32] for path, start in zip(known.paths.all(), count(step=32))}


def languages(files: Files) -> tuple[str, ...]:
    """The codes of folders that name a language, as they were when the generation was built."""
    return tuple(load_table(files, FOLDER, _Cached).languages.all())


class BuildCache:
    """The files of the last generation as they were read.

    numbers: path → the index of its post in `tokens`. tokens: the token stream of all posts, None if the engine does
    not store it. rules: see `rules_of`; the cache holds for a site with the same ones only.
    """

    def __init__(self, files: Files, stored: _Found, tokens: TokenStream | None, rules: str) -> None:
        self.rules = rules
        self._files = files
        self._digests = digests(files)
        self.tokens = tokens
        numbers = dict(zip(self._digests, stored.posts.tolist(), strict=True))
        self.numbers = {path: number for path, number in numbers.items() if number != _EXCLUDED}
        found = _decode(b"[" + b",".join(stored.found.all_raw()) + b"]")
        sections = all_sections(files)
        self._posts = len(sections)
        self._found = {
            path: replace(file, sections=sections[number]) if isinstance(file, Post) else file
            for (path, number), file in zip(numbers.items(), found, strict=True)
        }

    def __contains__(self, path: str) -> bool:
        return path in self._digests

    def since(self, kept: Mapping[str, int], corpus: Corpus) -> Since | None:
        """What a corpus has in common with the posts of the last generation, if the cache has all of these.

        kept: path → number in that generation.
        """
        if len(self.numbers) != self._posts:
            return None
        then = np.array([kept.get(post.path, -1) for post in corpus], dtype=np.int64)
        common = set(then.tolist())
        gone = (self._found[path] for path, number in self.numbers.items() if number not in common)
        return Since(self._files, then, tuple(post for post in gone if isinstance(post, Post)))

    def found(self, path: str, digest: bytes, today: date) -> Post | Excluded | None:
        """What a file with this digest is today; None if it must be read again."""
        if self._digests.get(path) != digest:
            return None
        found = self._found[path]
        if isinstance(found, Post):
            is_past = found.expires is not None and found.expires <= today
            return None if is_past or (found.date and found.date > today) else found
        return found if found.due is None or found.due > today else None
