"""A content folder → its posts and their words, with no more work than is new, on all cores.

A file whose bytes are those that the last generation was made from is taken from there (sources.py). All others are
read, parsed and analysed, in several processes where they are many. What comes out is the same however it was done.
"""

from __future__ import annotations

import gc
import hashlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial

import msgspec

from indexer.content.build_cache import BuildCache
from indexer.content.files import digest_of, listed_source, listing
from indexer.content.pool import cores, in_workers
from indexer.content.reader import ReadFile, read_file
from indexer.model import Corpus, Excluded, ExclusionReason, Post
from indexer.progress import Progress, silent
from indexer.settings import ContentSettings
from indexer.text.token_stream import TokenStream, analysed, joined

# Less than this is read faster than a process starts.
FEWEST_FILES, FEWEST_BYTES = 200, 2_000_000
# Files of one job: few enough that all cores end at about the same time, enough that their words are told once.
LEAST_OF_A_JOB, MOST_OF_A_JOB, JOBS_OF_A_CORE = 50, 500, 4


@dataclass(frozen=True, slots=True)
class Site:
    """A content folder, read.

    excluded: the files that did not become posts, by path. files: every file, in the order of their paths. digest:
    SHA-256 over the paths and digests of all files, in hex. The words of a post stand in `_batches[b]` as its post p,
    where `_places` says (b, p) of its path; those of posts that it does not name are not analysed yet.
    """

    corpus: Corpus
    excluded: tuple[Excluded, ...]
    files: list[ReadFile]
    digest: str
    _batches: list[TokenStream]
    _places: dict[str, tuple[int, int]]

    @property
    def due(self) -> date | None:
        """The day on which the first of the future posts becomes one, if any waits."""
        return min((file.due for file in self.excluded if file.due), default=None)

    def tokens(self) -> TokenStream:
        """The words of the corpus: the same whichever were cached, and however many processes found the others."""
        new = [post for post in self.corpus if post.path not in self._places]
        batches = [*self._batches, analysed(new)] if new else self._batches
        places = self._places | {post.path: (len(self._batches), place) for place, post in enumerate(new)}
        return joined(batches, [places[post.path] for post in self.corpus])


def read_site(
    settings: ContentSettings,
    today: date,
    cache: BuildCache | None = None,
    progress: Progress = silent,
    workers: int | None = None,
) -> Site:
    """Everything in the content folder, and the words of its posts.

    today: posts dated later are excluded. cache: what is known of files that have not changed; None reads all of them
    anew. workers: how many processes read; None: as many as there are cores, if there is enough to do. Raises
    NoContent where the folder is missing, ContentVanished where something in it goes away while it is read, and
    BuildFailed where a process dies.
    """
    listed = listing(settings)
    with collector_at_rest():
        files = _unchanged(settings, listed.paths, cache, today) if cache else {}
        batches: list[TokenStream] = []
        places: dict[str, tuple[int, int]] = {}
        if cache and cache.tokens:
            batches.append(cache.tokens)
            places = {path: (0, cache.numbers[path]) for path, file in files.items() if _is_post(file)}
        changed = [path for path in listed.paths if path not in files]

        def done(path: str, file: ReadFile) -> None:
            files[path] = file
            progress("reading", len(files), len(listed.paths))

        workers = _workers(settings, changed) if workers is None else workers
        if workers < 2:
            for path in changed:
                done(path, read_file(settings, path, today))
        else:
            _read_in_pool(settings, today, _jobs(changed, workers), workers, done, batches, places)
        listed.check_still_there()
        return _merged([files[path] for path in listed.paths], batches, places)


def _read_in_pool(
    settings: ContentSettings,
    today: date,
    jobs: Sequence[Sequence[str]],
    workers: int,
    done: Callable[[str, ReadFile], None],
    batches: list[TokenStream],
    places: dict[str, tuple[int, int]],
) -> None:
    """Reads files in several processes; adds their words to `batches`, and to `places` where those of each post are."""
    analysed_jobs: dict[int, TokenStream] = {}
    posts: dict[int, list[str]] = {}

    def take(number: int, batch: _Batch) -> None:
        files = batch.files()
        for path, file in zip(jobs[number], files, strict=True):
            done(path, file)
        posts[number] = [path for path, file in zip(jobs[number], files, strict=True) if _is_post(file)]
        analysed_jobs[number] = batch.tokens

    in_workers(partial(_read_batch, settings, today), jobs, workers, take)
    for number in range(len(jobs)):
        places |= {path: (len(batches), place) for place, path in enumerate(posts[number])}
        batches.append(analysed_jobs[number])


def _merged(files: list[ReadFile], batches: list[TokenStream], places: dict[str, tuple[int, int]]) -> Site:
    """All files of a content folder, in the order of their paths, as posts without duplicates."""
    posts, duplicates = _without_duplicates([file.found for file in files if isinstance(file.found, Post)])
    excluded = [file.found for file in files if isinstance(file.found, Excluded)]
    excluded = sorted([*excluded, *duplicates], key=lambda file: file.path)
    digest = hashlib.sha256()
    for file in files:
        unread = "" if file.digest or isinstance(file.found, Post) else file.found.detail
        name, content = file.path.encode(), file.digest or unread.encode()
        digest.update(f"{len(name)} {len(content)} {not file.digest}\n".encode() + name + content)
    return Site(Corpus(posts), tuple(excluded), files, digest.hexdigest(), batches, places)


def _without_duplicates(posts: list[Post]) -> tuple[list[Post], list[Excluded]]:
    """The posts in the order given, without those whose id or URL an earlier one has.

    Two ids that differ in case alone are one on many file systems and servers, and to whoever names a post.
    """
    kept: list[Post] = []
    duplicates: list[Excluded] = []
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for post in posts:
        if other := ids.get(post.id.casefold()):
            duplicates.append(Excluded(post.path, ExclusionReason.DUPLICATE, f"{other} has the id {post.id}"))
        elif other := urls.get(post.url):
            duplicates.append(Excluded(post.path, ExclusionReason.DUPLICATE, f"{other} has the url {post.url}"))
        else:
            ids[post.id.casefold()] = urls[post.url] = post.path
            kept.append(post)
    return kept, duplicates


def _is_post(file: ReadFile) -> bool:
    return isinstance(file.found, Post)


def _unchanged(settings: ContentSettings, paths: Sequence[str], cache: BuildCache, today: date) -> dict[str, ReadFile]:
    """The files that the last generation knows as they are now."""
    files = {}
    for path in paths:
        if path in cache:
            digest = digest_of(listed_source(settings, path))
            if found := cache.found(path, digest, today):
                files[path] = ReadFile(path, digest, found)
    return files


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Without the collector of cycles: among a million objects without garbage it costs a quarter more time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# -------------------------------------------------------------------------------------------- in several processes


def _workers(settings: ContentSettings, paths: Sequence[str]) -> int:
    """How many processes should read these files; one is this process itself."""
    if len(paths) < FEWEST_FILES or cores() < 2:
        return 1
    size = 0
    for path in paths:
        with suppress(OSError):  # whoever reads it says so
            size += os.stat(settings.directory / path).st_size
        if size >= FEWEST_BYTES:
            return cores()
    return 1


def _jobs(paths: Sequence[str], workers: int) -> list[Sequence[str]]:
    size = min(max(math.ceil(len(paths) / workers / JOBS_OF_A_CORE), LEAST_OF_A_JOB), MOST_OF_A_JOB)
    return [paths[start : start + size] for start in range(0, len(paths), size)]


def _read_batch(settings: ContentSettings, today: date, paths: Sequence[str]) -> _Batch:
    files = [read_file(settings, path, today) for path in paths]
    tokens = analysed(file.found for file in files if isinstance(file.found, Post))
    return _Batch(_encode(files), tokens)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Files that were read, as they pass between processes. encoded: as MessagePack, which is many times faster than
    pickling a hundred thousand small objects."""

    encoded: bytes
    tokens: TokenStream

    def files(self) -> list[ReadFile]:
        return _decode(self.encoded)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[ReadFile]).decode
