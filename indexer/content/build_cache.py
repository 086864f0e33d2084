"""The build cache: what a generation stores of the files it was built from, so that the next build reads only changes.

    build_cache/paths         the path of every file that need not be read again while its bytes are the same, sorted
    build_cache/digests.npy   the SHA-256 of each (files × 32, uint8)
    build_cache/posts.npy     the number of the post that each became, -1 for an excluded file (int32)
    build_cache/found         a JSON object for each: why it was excluded, or the fields of its post that are not in
                              posts/
    build_cache/read_by.json  the versions of everything that affects how a file is read

Nothing is stored twice: texts and facts are in posts/, the words in lexicon/ and fulltext/. Files that could not be
read and duplicates of others are not cached, because what becomes of them depends on more than their bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from indexer.content.reader import ReadFile
from indexer.model import Corpus, Excluded, ExclusionReason, Post, Reference, Section
from indexer.store.arrays import Files, StringArray, save, save_strings
from indexer.store.posts import as_json_list, facts_and_sections
from indexer.text.token_stream import TokenStream

FOLDER = "build_cache"
READ_BY = f"{FOLDER}/read_by.json"
_EXCLUDED = -1


@cache
def read_by() -> dict[str, str]:
    """The versions of everything that affects how a file is read; a cache of other versions is not used."""
    libraries = ("seealso", "pyromark", "python-frontmatter", "pyyaml")
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):  # so that a change of the code takes effect at once
        code.update(file.read_bytes())
    versions = {"python": sys.version.partition(" ")[0], "code": code.hexdigest()}
    return versions | {name: version(name) for name in libraries}


# ------------------------------------------------------------------------------------------------------ writing


def write_cache(directory: Path, files: Sequence[ReadFile], corpus: Corpus) -> None:
    """Writes the folder build_cache/ into a generation's directory.

    files: all files that were read, in the order of their paths. corpus: the posts among them that are published.
    """
    folder = directory / FOLDER
    folder.mkdir()
    numbers = {post.path: number for number, post in enumerate(corpus)}
    cached = [file for file in files if file.digest and (isinstance(file.found, Excluded) or file.path in numbers)]
    save_strings(folder, "paths", (file.path for file in cached))
    digests = np.frombuffer(b"".join(file.digest for file in cached), dtype=np.uint8)
    save(folder / "digests.npy", digests.reshape(len(cached), -1) if cached else digests)
    save(folder / "posts.npy", np.array([numbers.get(file.path, _EXCLUDED) for file in cached], dtype=np.int32))
    encode = json.JSONEncoder(ensure_ascii=False).encode
    save_strings(folder, "found", (encode(_fields(file.found)) for file in cached))
    (directory / READ_BY).write_text(json.dumps(read_by()), encoding="utf-8")


def _fields(found: Post | Excluded) -> dict[str, Any]:
    """The fields of an excluded file, or those of a post that are not in posts/, without default values."""
    if isinstance(found, Post):
        fields: dict[str, Any] = {
            "links": found.links,
            "curated": _pairs(found.curated),
            "order": found.featured_order,
            "search_aliases": found.search_aliases,
            "pins": found.pins,
            "boost": None if found.boost == 1.0 else found.boost,
        }
    else:
        fields = {
            "reason": str(found.reason),
            "detail": found.detail,
            "line": found.line,
            "due": found.due.isoformat() if found.due else None,
            "post": _named(found.post) if found.post else None,
        }
    return {key: value for key, value in fields.items() if value not in (None, (), "")}


def _named(post: Post) -> dict[str, Any]:
    """The fields of an excluded post."""
    return {
        "id": post.id,
        "url": post.url,
        "title": post.title,
        "aliases": post.aliases,
        "curated": _pairs(post.curated),
        "search_aliases": post.search_aliases,
        "pins": post.pins,
    }


def _pairs(references: Sequence[Reference]) -> tuple[tuple[str, int | None], ...]:
    return tuple((reference.name, reference.line) for reference in references)


# ------------------------------------------------------------------------------------------------------ reading


def load_cache(files: Files, tokens: Callable[[Files], TokenStream | None]) -> BuildCache | None:
    """The build cache of a generation; None if it was written by other versions, see `read_by`.

    tokens: reads the token stream of its posts, in id order. Raises DamagedGeneration.
    """
    return BuildCache(files, tokens(files)) if json.loads(files.read(READ_BY)) == read_by() else None


def digests(files: Files) -> dict[str, bytes]:
    """The SHA-256 of every cached file, by path."""
    paths = StringArray(files, f"{FOLDER}/paths").all()
    data = files.array(f"{FOLDER}/digests.npy").tobytes()
    return {path: data[index * 32 : index * 32 + 32] for index, path in enumerate(paths)}


class BuildCache:
    """The files of the last generation as they were read.

    numbers: path → the index of its post in `tokens`. tokens: the token stream of all posts, None if the engine does
    not store it.
    """

    def __init__(self, files: Files, tokens: TokenStream | None) -> None:
        paths = StringArray(files, f"{FOLDER}/paths").all()
        numbers = files.array(f"{FOLDER}/posts.npy").tolist()
        found = json.loads(as_json_list(StringArray(files, f"{FOLDER}/found").all_raw()))
        posts = list(facts_and_sections(files))
        self._digests = digests(files)
        self.numbers = {path: number for path, number in zip(paths, numbers, strict=True) if number != _EXCLUDED}
        self.tokens = tokens
        self._found = {
            path: _excluded(path, fields) if number == _EXCLUDED else _post(posts[number], fields)
            for path, number, fields in zip(paths, numbers, found, strict=True)
        }

    def __contains__(self, path: str) -> bool:
        return path in self._digests

    def found(self, path: str, digest: bytes, today: date) -> Post | Excluded | None:
        """What a file with this digest is today; None if it must be read again."""
        if self._digests.get(path) != digest:
            return None
        found = self._found[path]
        if isinstance(found, Post):
            return found if found.date is None or found.date <= today else None
        return found if found.due is None or found.due > today else None


def _post(stored: tuple[dict[str, Any], tuple[Section, ...]], fields: dict[str, Any]) -> Post:
    """A post from its facts and sections in posts/, and its fields in the cache."""
    facts, sections = stored
    return Post(
        id=facts["id"],
        path=facts["path"],
        url=facts["url"],
        title=facts["title"],
        description=facts["description"],
        sections=sections,
        tags=tuple(facts["tags"]),
        date=date.fromisoformat(facts["date"]) if facts["date"] else None,
        language=facts["language"],
        image=facts["image"],
        featured_order=fields.get("order"),
        curated=_references(fields),
        links=tuple(fields.get("links", ())),
        aliases=tuple(facts["aliases"]),
        search_aliases=tuple(fields.get("search_aliases", ())),
        pins=tuple(fields.get("pins", ())),
        boost=fields.get("boost", 1.0),
    )


def _excluded(path: str, fields: dict[str, Any]) -> Excluded:
    due, named = fields.get("due"), fields.get("post")
    post = None
    if named:
        aliases = tuple(named["aliases"])
        post = Post(
            named["id"],
            path,
            named["url"],
            named["title"],
            aliases=aliases,
            curated=_references(named),
            search_aliases=tuple(named["search_aliases"]),
            pins=tuple(named["pins"]),
        )
    return Excluded(
        path,
        ExclusionReason(fields["reason"]),
        fields.get("detail", ""),
        fields.get("line"),
        date.fromisoformat(due) if due else None,
        post,
    )


def _references(fields: dict[str, Any]) -> tuple[Reference, ...]:
    return tuple(Reference(name, line) for name, line in fields.get("curated", ()))
