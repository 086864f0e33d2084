"""A content folder → its posts and their token stream, on all cores, without repeating work on unchanged files.

Files with the same bytes as in the last generation come from its build cache. All others are read, parsed and analysed,
in several processes if there are many. The result is the same in any case.
"""

from __future__ import annotations

import gc
import hashlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import msgspec
from msgspec import structs

from indexer.content.build_cache import BuildCache, rules_of
from indexer.content.defaults import with_defaults_of_site
from indexer.content.files import digest_of, listing, parts_of_pages
from indexer.content.includes import source_with_includes
from indexer.content.languages import with_languages
from indexer.content.pool import cores, in_workers
from indexer.content.reader import ReadFile, read_file
from indexer.model import Corpus, Excluded, ExclusionReason, Post, Section
from indexer.progress import Progress, silent
from indexer.settings import ContentSettings
from indexer.store.sections import SpillFile, decoded, encoded
from indexer.store.since import Since
from indexer.text.token_stream import TokenStream, analysed, joined

# With less than this, this process is done before others have started.
FEWEST_FILES, FEWEST_BYTES = 200, 2_000_000
# Files per job: few, so that all cores finish at about the same time, but enough that the same words are not decoded
# again for each job.
FEWEST_PER_JOB, MOST_PER_JOB, JOBS_PER_CORE = 50, 500, 4


@dataclass(frozen=True, slots=True)
class Site:
    """The result of reading a content folder.

    excluded: the files that did not become posts, sorted by path. files: all files, sorted by path. digest: the SHA-256
    of the paths and digests of all files, in hex. rules: see `rules_of`. languages: codes of folders that name a
    language. _locations: path → (b, p) if the words of the post are those of post p in _batches[b]; posts without a
    location are not analysed yet. since: what has changed since the last generation; None where all was read anew.
    """

    corpus: Corpus
    excluded: tuple[Excluded, ...]
    files: list[ReadFile]
    digest: str
    rules: str
    languages: tuple[str, ...]
    since: Since | None
    _batches: list[TokenStream]
    _locations: dict[str, tuple[int, int]]

    @property
    def due(self) -> date | None:
        """The day on which the next post begins or ceases to be published, if there is any."""
        days = [*(file.due for file in self.excluded), *(post.expires for post in self.corpus)]
        return min((day for day in days if day), default=None)

    def tokens(self) -> TokenStream:
        """The token stream of the corpus: the same whatever was cached, and however many processes did the rest.

        Its batches go with it, as they take up as much memory, so it is joined once.
        """
        new = [post for post in self.corpus if post.path not in self._locations]
        locations = self._locations | {post.path: (len(self._batches), index) for index, post in enumerate(new)}
        batches = [*self._batches, *([analysed(new)] if new else [])]
        self._batches.clear()
        return joined(batches, [locations[post.path] for post in self.corpus])


def read_site(
    settings: ContentSettings,
    today: date,
    cache: BuildCache | None = None,
    progress: Progress = silent,
    workers: int | None = None,
    spill: SpillFile | None = None,
) -> Site:
    """Reads the content folder.

    today: posts dated later are excluded. cache: of the last generation; None reads all files. workers: the number of
    processes; None chooses by the number of cores and the amount of work. spill: for the texts of what several
    processes read, else they are held in memory. Raises NoContent if the folder is missing, ContentVanished if
    something in it goes away meanwhile, and BuildFailed if a process dies or the directory has no room.
    """
    listed = listing(settings)
    settings = in_effect(settings, listed.paths)
    rules = rules_of(settings)
    if cache and cache.rules != rules:
        cache = None
    with collector_at_rest():
        files = _unchanged(settings, listed.paths, cache, today) if cache else {}
        batches: list[TokenStream] = []
        locations: dict[str, tuple[int, int]] = {}
        kept = _numbers(files, cache) if cache else {}
        if cache and cache.tokens:
            batches.append(cache.tokens)
            locations = {path: (0, number) for path, number in kept.items()}
        resources = parts_of_pages(listed.paths, settings)
        files |= {path: _resource(path, page) for path, page in resources.items()}
        changed = [path for path in listed.paths if path not in files]

        def add(path: str, file: ReadFile) -> None:
            files[path] = file
            progress("reading", len(files), len(listed.paths))

        workers = _workers(settings, changed) if workers is None else workers
        if workers < 2:
            for path in changed:
                add(path, read_file(settings, path, today))
        else:
            _read_in_pool(settings, today, _jobs(changed, workers), workers, add, batches, locations, spill)
        listed.check_still_there()
        found = [files[path] for path in listed.paths]
        site = _as_site(found, rules, settings.languages, batches, locations)
        return replace(site, since=cache.since(kept, site.corpus)) if cache else site


def in_effect(settings: ContentSettings, paths: Sequence[str]) -> ContentSettings:
    """The settings with what the files of a site say: front matter of whole folders, and which ones name a language."""
    return with_languages(with_defaults_of_site(settings, paths), paths)


def _resource(path: str, page: str) -> ReadFile:
    return ReadFile(path, b"", Excluded(path, ExclusionReason.RESOURCE, f"of {page}"))


def _read_in_pool(
    settings: ContentSettings,
    today: date,
    jobs: Sequence[Sequence[str]],
    workers: int,
    add: Callable[[str, ReadFile], None],
    batches: list[TokenStream],
    locations: dict[str, tuple[int, int]],
    spill: SpillFile | None,
) -> None:
    """Reads files in several processes; extends `batches` by their token streams, and `locations` by their posts."""
    streams: dict[int, TokenStream] = {}
    posts: dict[int, list[str]] = {}
    words: dict[tuple[str, str], tuple[str, str]] = {}

    def take(job: int, batch: _Batch) -> None:
        files = batch.files(spill)
        for path, file in zip(jobs[job], files, strict=True):
            add(path, file)
        posts[job] = [path for path, file in zip(jobs[job], files, strict=True) if _is_post(file)]
        # Batches have most of their words in common, so each is kept once.
        streams[job] = replace(batch.tokens, words=[words.setdefault(word, word) for word in batch.tokens.words])

    in_workers(partial(_read_batch, settings, today), jobs, workers, take)
    for job in range(len(jobs)):
        locations |= {path: (len(batches), index) for index, path in enumerate(posts[job])}
        batches.append(streams[job])


def _as_site(
    files: list[ReadFile],
    rules: str,
    languages: tuple[str, ...],
    batches: list[TokenStream],
    locations: dict[str, tuple[int, int]],
) -> Site:
    """A Site of all files, in the order of their paths; duplicates are excluded."""
    posts, duplicates = _without_duplicates([file.found for file in files if isinstance(file.found, Post)])
    excluded = [file.found for file in files if isinstance(file.found, Excluded)]
    excluded = sorted([*excluded, *duplicates], key=lambda file: file.path)
    digest = hashlib.sha256()
    for file in files:
        unread = "" if file.digest or isinstance(file.found, Post) else file.found.detail
        name, content = file.path.encode(), file.digest or unread.encode()
        digest.update(f"{len(name)} {len(content)} {not file.digest}\n".encode() + name + content)
    return Site(Corpus(posts), tuple(excluded), files, digest.hexdigest(), rules, languages, None, batches, locations)


def _without_duplicates(posts: list[Post]) -> tuple[list[Post], list[Excluded]]:
    """The posts in their order without those whose id or URL an earlier one has, and these as duplicates.

    Ids that differ only in case count as equal, as they are on many file systems and servers, and to people.
    """
    unique: list[Post] = []
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
            unique.append(post)
    return unique, duplicates


def _numbers(files: Mapping[str, ReadFile], cache: BuildCache) -> dict[str, int]:
    """The numbers that the posts among some unchanged files have in the cache, by path."""
    return {path: cache.numbers[path] for path, file in files.items() if _is_post(file)}


def _is_post(file: ReadFile) -> bool:
    return isinstance(file.found, Post)


def _unchanged(settings: ContentSettings, paths: Sequence[str], cache: BuildCache, today: date) -> dict[str, ReadFile]:
    """The files whose bytes are those in the cache, as it has them, by path."""
    files = {}
    for path in paths:
        if path in cache:
            digest = digest_of(source_with_includes(settings, path))
            if found := cache.found(path, digest, today):
                files[path] = ReadFile(path, digest, found)
    return files


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Disables the garbage collector: with a million objects and no reference cycles it costs a quarter more time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


# -------------------------------------------------------------------------------------------- in several processes


def _workers(settings: ContentSettings, paths: Sequence[str]) -> int:
    """The number of processes to read these files; 1 stands for this process alone."""
    if len(paths) < FEWEST_FILES or cores() < 2:
        return 1
    size = 0
    for path in paths:
        with suppress(OSError):  # reading the file will report it
            size += os.stat(settings.directory / path).st_size
        if size >= FEWEST_BYTES:
            return cores()
    return 1


def _jobs(paths: Sequence[str], workers: int) -> list[Sequence[str]]:
    size = min(max(math.ceil(len(paths) / workers / JOBS_PER_CORE), FEWEST_PER_JOB), MOST_PER_JOB)
    return [paths[start : start + size] for start in range(0, len(paths), size)]


def _read_batch(settings: ContentSettings, today: date, paths: Sequence[str]) -> _Batch:
    files = [read_file(settings, path, today) for path in paths]
    posts = [file.found for file in files if isinstance(file.found, Post)]
    sections = [encoded(post.sections) for post in posts]
    bare = [_with_sections(file, ()) if isinstance(file.found, Post) else file for file in files]
    return _Batch(_encode(bare), sections, analysed(posts))


@dataclass(frozen=True, slots=True)
class _Batch:
    """Read files, to pass between processes.

    encoded: the files without the sections of their posts, as MessagePack, many times faster than pickling them.
    sections: those of each post, as `encoded` makes them.
    """

    encoded: bytes
    sections: list[bytes]
    tokens: TokenStream

    def files(self, spill: SpillFile | None) -> list[ReadFile]:
        """spill: where to keep the sections; None keeps them in memory."""
        sections = iter(spill.add(self.sections) if spill else map(decoded, self.sections))
        files = _decode(self.encoded)
        return [_with_sections(file, next(sections)) if _is_post(file) else file for file in files]


def _with_sections(file: ReadFile, sections: Sequence[Section]) -> ReadFile:
    return structs.replace(file, found=structs.replace(file.found, sections=sections))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[ReadFile]).decode
