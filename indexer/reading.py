"""A content folder → its posts and their words, with no more work than is new, on all cores.

A file whose bytes are those that the last generation was made from is taken from there (sources.py). All others are
read, parsed and analysed, in several processes where they are many. What comes out is the same however it was done.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from itertools import accumulate
from operator import attrgetter
from typing import Any

from indexer.model import LeftOut, Post, Section
from indexer.posts.reader import ReadFile, Reading, digest_of, gathered, listed_source, listing, read_file
from indexer.progress import Progress, silent
from indexer.settings import ContentSettings
from indexer.sources import Kept
from indexer.tokens import Tokens, analysed, joined
from indexer.workers import cores, in_workers

# Less than this is read faster than a process starts.
FEWEST_FILES, FEWEST_BYTES = 200, 2_000_000
# Files of one job: few enough that all cores end at about the same time, enough that their words are told once.
LEAST_OF_A_JOB, MOST_OF_A_JOB, JOBS_OF_A_CORE = 50, 500, 4


@dataclass(frozen=True, slots=True)
class SiteRead:
    """A content folder, read. files: in the order of their paths. places: of each post's path, where its words are."""

    reading: Reading
    files: list[ReadFile]
    batches: list[Tokens]
    places: dict[str, tuple[int, int]]

    def tokens(self) -> Tokens:
        """The words of the corpus: the same whichever were kept, and however many processes found the others."""
        corpus = self.reading.corpus
        new = [post for post in corpus if post.path not in self.places]
        batches = [*self.batches, analysed(new)] if new else self.batches
        places = self.places | {post.path: (len(self.batches), place) for place, post in enumerate(new)}
        return joined(batches, [places[post.path] for post in corpus])


def read_site(
    settings: ContentSettings,
    today: date,
    kept: Kept | None = None,
    progress: Progress = silent,
    workers: int | None = None,
) -> SiteRead:
    """Everything in the content folder, as `read_posts` has it, and the words of the posts.

    kept: what is known of files that have not changed; None reads all of them anew. workers: how many processes read;
    None: as many as there are cores, if there is enough to do. Raises NoContent where the folder is missing,
    ContentVanished where something in it goes away while it is read, and BuildFailed where a process dies.
    """
    listed = listing(settings)
    paths = listed.paths
    files: dict[str, ReadFile] = {}
    places: dict[str, tuple[int, int]] = {}
    batches: list[Tokens] = []
    with collector_at_rest():
        if kept:
            files = _unchanged(settings, paths, kept, today)
            if kept.tokens:
                batches.append(kept.tokens)
                places = {file.path: (0, kept.numbers[file.path]) for file in files.values() if _is_post(file)}
        changed = [path for path in paths if path not in files]

        def done(path: str, file: ReadFile) -> None:
            files[path] = file
            progress("reading", len(files), len(paths))

        workers = _workers(settings, changed) if workers is None else workers
        if workers < 2:
            for path in changed:
                done(path, read_file(settings, path, today))
        else:
            jobs = _jobs(changed, workers)
            found: dict[int, Tokens] = {}

            def take(number: int, batch: _Packed) -> None:
                for path, file in zip(jobs[number], batch.files(), strict=True):
                    done(path, file)
                found[number] = batch.tokens

            in_workers(partial(_read_batch, settings, today), jobs, workers, take)
            for number, job in enumerate(jobs):
                posts = [file.path for path in job if _is_post(file := files[path])]
                places |= {path: (len(batches), place) for place, path in enumerate(posts)}
                batches.append(found[number])
        listed.still_there()
        ordered = [files[path] for path in paths]
    return SiteRead(gathered(ordered), ordered, batches, places)


def _is_post(file: ReadFile) -> bool:
    return isinstance(file.found, Post)


def _unchanged(settings: ContentSettings, paths: Sequence[str], kept: Kept, today: date) -> dict[str, ReadFile]:
    """The files that the last generation knows as they are now."""
    files = {}
    for path in paths:
        if path in kept:
            digest = digest_of(listed_source(settings, path))
            if found := kept.found(path, digest, today):
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


def _read_batch(settings: ContentSettings, today: date, paths: Sequence[str]) -> _Packed:
    files = [read_file(settings, path, today) for path in paths]
    return _packed(files, analysed(file.found for file in files if isinstance(file.found, Post)))


@dataclass(frozen=True, slots=True)
class _Packed:
    """Files that were read, as they pass between processes: a hundred thousand small objects would cost a second.

    found: what was left out, or a post as all its values but its sections. texts: heading, anchor, prose and code of
    every section of all posts. levels: likewise. counts: sections of every post.
    """

    paths: list[str]
    digests: list[bytes]
    found: list[LeftOut | tuple[Any, ...]]
    texts: list[str]
    levels: list[int]
    counts: list[int]
    tokens: Tokens

    def files(self) -> Iterator[ReadFile]:
        texts = self.texts
        sections = list(map(Section, texts[::4], texts[1::4], self.levels, texts[2::4], texts[3::4]))
        ends = list(accumulate(self.counts, initial=0))
        post = 0
        for path, digest, found in zip(self.paths, self.digests, self.found, strict=True):
            if isinstance(found, LeftOut):
                yield ReadFile(path, digest, found)
            else:
                yield ReadFile(path, digest, _unpacked(found, tuple(sections[ends[post] : ends[post + 1]])))
                post += 1


def _packed(files: Sequence[ReadFile], tokens: Tokens) -> _Packed:
    posts = [file.found for file in files if isinstance(file.found, Post)]
    sections = [section for post in posts for section in post.sections]
    return _Packed(
        [file.path for file in files],
        [file.digest for file in files],
        [_values(file.found) if isinstance(file.found, Post) else file.found for file in files],
        [text for one in sections for text in (one.heading, one.anchor, one.text, one.code)],
        [one.level for one in sections],
        [len(post.sections) for post in posts],
        tokens,
    )


_NAMES = tuple(one.name for one in fields(Post) if one.name != "sections")
_values = attrgetter(*_NAMES)


def _unpacked(values: tuple[Any, ...], sections: tuple[Section, ...]) -> Post:
    return Post(**dict(zip(_NAMES, values, strict=True)), sections=sections)
