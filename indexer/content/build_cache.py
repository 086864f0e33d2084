"""What a generation keeps of the files that it was made from, so that the next build reads only what has changed.

    build_cache/paths        the path of every file that need not be read again while its bytes are the same, sorted
    build_cache/digests.npy  the SHA-256 of each (files × 32 bytes)
    build_cache/posts.npy    the number of the post that each became, -1 where it was left out
    build_cache/found        a JSON object per file: why it was left out, or what posts/ does not say of a post
    build_cache/read_by.json the versions of everything that decides what is read in a file

There is no second store: texts and facts are in posts/, the words in words/ and fulltext/. A file that could not be
read, or doubles another, is not kept: what it becomes depends on more than its bytes.
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

import msgspec
import numpy as np
from msgspec.structs import replace

from indexer.content.reader import ReadFile
from indexer.model import Corpus, Excluded, Post
from indexer.store.arrays import Files, StringArray, save, save_bytes, save_strings
from indexer.store.posts import all_sections
from indexer.text.token_stream import TokenStream

FOLDER = "build_cache"
READ_BY = f"{FOLDER}/read_by.json"
_LEFT_OUT = -1


@cache
def read_by() -> dict[str, str]:
    """The versions of everything that decides what is read in a file; what another version read is not kept."""
    libraries = ("seealso", "pyromark", "python-frontmatter", "pyyaml")
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):  # so that whoever changes the code sees what it does
        code.update(file.read_bytes())
    said = {"python": sys.version.partition(" ")[0], "code": code.hexdigest()}
    return said | {name: version(name) for name in libraries}


# ------------------------------------------------------------------------------------------------------ writing


def write_cache(directory: Path, files: Sequence[ReadFile], corpus: Corpus) -> None:
    """Writes the folder build_cache/ into a generation's directory.

    files: all that were read, in the order of their paths. corpus: the posts among them that are published.
    """
    folder = directory / FOLDER
    folder.mkdir()
    numbers = {post.path: number for number, post in enumerate(corpus)}
    kept = [file for file in files if file.digest and (isinstance(file.found, Excluded) or file.path in numbers)]
    save_strings(folder, "paths", (file.path for file in kept))
    digests = np.frombuffer(b"".join(file.digest for file in kept), dtype=np.uint8)
    save(folder / "digests.npy", digests.reshape(len(kept), -1) if kept else digests)
    save(folder / "posts.npy", np.array([numbers.get(file.path, _LEFT_OUT) for file in kept], dtype=np.int32))
    save_bytes(folder, "found", (_encode(_without_sections(file.found)) for file in kept))
    (directory / READ_BY).write_text(json.dumps(read_by()), encoding="utf-8")


def _without_sections(found: Post | Excluded) -> Post | Excluded:
    return replace(found, sections=()) if isinstance(found, Post) else found


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Post | Excluded]).decode


# ------------------------------------------------------------------------------------------------------ reading


def load_cache(files: Files, tokens: Callable[[Files], TokenStream | None]) -> BuildCache | None:
    """What a generation knows of its files, if it was made as this version makes one.

    tokens: reads the words of its posts, in id order. Raises DamagedGeneration.
    """
    return BuildCache(files, tokens(files)) if json.loads(files.read(READ_BY)) == read_by() else None


def digests(files: Files) -> dict[str, bytes]:
    """The SHA-256 of every file that need not be read again while it has it, by path."""
    paths = StringArray(files, f"{FOLDER}/paths").all()
    joined = files.array(f"{FOLDER}/digests.npy").tobytes()
    return {path: joined[place * 32 : place * 32 + 32] for place, path in enumerate(paths)}


class BuildCache:
    """What the last generation knows of its files.

    numbers: of the path of each post its number in `tokens`. tokens: the words of all posts, None where the engine
    keeps none.
    """

    def __init__(self, files: Files, tokens: TokenStream | None) -> None:
        paths = StringArray(files, f"{FOLDER}/paths").all()
        numbers = files.array(f"{FOLDER}/posts.npy").tolist()
        found = _decode(b"[" + b",".join(StringArray(files, f"{FOLDER}/found").all_raw()) + b"]")
        sections = all_sections(files)
        self._digests = digests(files)
        self.numbers = {path: number for path, number in zip(paths, numbers, strict=True) if number != _LEFT_OUT}
        self.tokens = tokens
        self._found = {
            path: replace(one, sections=sections[number]) if isinstance(one, Post) else one
            for path, number, one in zip(paths, numbers, found, strict=True)
        }

    def __contains__(self, path: str) -> bool:
        return path in self._digests

    def found(self, path: str, digest: bytes, today: date) -> Post | Excluded | None:
        """What a file with these bytes gives today; None where it must be read to know."""
        if self._digests.get(path) != digest:
            return None
        found = self._found[path]
        if isinstance(found, Post):
            return found if found.date is None or found.date <= today else None
        return found if found.due is None or found.due > today else None
