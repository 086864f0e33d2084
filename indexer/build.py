"""The pipeline, readable top to bottom: read, write, relate, look, publish."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from indexer.columns import save
from indexer.curation.decisions import DECISIONS, Decisions, read_decisions, with_dismissed
from indexer.curation.fingerprint import FILE, fingerprints
from indexer.curation.graph import link_graph
from indexer.errors import BuildFailed, DamagedGeneration, NothingPublished, StrictBuildRefused
from indexer.fulltext.engine import engine_named
from indexer.fulltext.query import parse
from indexer.fulltext.steering import bad_steering
from indexer.generation import (
    FORMAT,
    GENERATIONS,
    Label,
    SealedFiles,
    current_id,
    locked,
    new_generation,
    next_id,
    posts_of_last,
    publish,
    seal,
    taken_back_id,
)
from indexer.guard import refuse_loss
from indexer.lines import harmless
from indexer.model import BadReference, BadSteering, Corpus, Graph, LeftOut, Query, Steering, Why
from indexer.posts.reader import Reading
from indexer.progress import Progress, silent
from indexer.published import REPORT, opened
from indexer.reading import SiteRead, collector_at_rest, read_site
from indexer.settings import Settings
from indexer.similarity.relate import write_relations
from indexer.sources import Kept, kept_by, write_sources
from indexer.stored import write_posts


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did. generation: the published id, also where nothing changed and so nothing was written.

    steering: pins, search aliases and synonyms to mend. decisions: line and reason of what was decided and cannot be
    read.
    relations: which ranking of related posts is used and why, None where nothing was built; see similarity/relate.py.
    """

    posts: int
    left_out: tuple[LeftOut, ...]
    bad_references: tuple[BadReference, ...]
    references: int
    steering: tuple[BadSteering, ...]
    decisions: tuple[tuple[int | None, str], ...]
    generation: str
    seconds: float
    relations: dict[str, Any] | None

    @property
    def changed(self) -> bool:
        return self.relations is not None

    def reasons(self) -> dict[str, int]:
        """How many files were left out for each reason, the most frequent first."""
        return dict(Counter(str(one.why) for one in self.left_out).most_common())


def build(
    settings: Settings,
    strict: bool = False,
    force: bool = False,
    today: date | None = None,
    progress: Progress = silent,
) -> Report:
    """Builds and publishes one generation, or finds that nothing has changed.

    strict: a file that cannot be read ends the build. force: build though nothing changed, or most posts or all are
    gone.
    Raises one of `errors`; whatever happens, what was published before still serves.
    """
    started = time.monotonic()
    today = today or datetime.now().astimezone().date()
    index = settings.index.directory
    with locked(index) as lock, collector_at_rest():
        last, kept = _last_good(index, settings, force)
        site = read_site(settings.content, today, kept, progress)
        reading, decisions = site.reading, read_decisions(settings.decided)
        if strict:
            _refuse_bad(reading, decisions)
        if not force:
            refuse_loss(reading, posts_of_last(index), settings.content)
        graph = link_graph(reading.corpus, reading.left_out, settings.content.site)
        inputs = _inputs(reading, decisions, settings)
        if last and not force and inputs in (last.manifest.inputs, _taken_back(index)):
            return _report(reading, graph, _steering_said(last), decisions, last.manifest.id, started)
        generation = next_id(index)
        with new_generation(index) as directory:
            steering, relations = _write(directory, site, graph, decisions, settings, progress)
            label = Label(
                engine=settings.search.engine,
                settings=settings.digest(),
                inputs=inputs,
                built_at=datetime.now(UTC).isoformat(timespec="seconds"),
                counts={
                    "posts": len(reading.corpus),
                    "left_out": len(reading.left_out),
                    "bad_references": len(graph.bad),
                },
                due=reading.due,
            )
            progress("checking", 0, 1)
            look(seal(directory, label, generation), reading.corpus)
            lock.still_holds()
            publish(index, directory, generation, settings.index.keep)
            progress("checking", 1, 1)
    return _report(reading, graph, steering, decisions, generation, started, relations)


def _write(
    directory: Path,
    site: SiteRead,
    graph: Graph,
    decisions: Decisions,
    settings: Settings,
    progress: Progress,
) -> tuple[tuple[BadSteering, ...], dict[str, Any]]:
    """Everything that a generation holds except its manifest. Returns what the report says of search and relations."""
    reading, tokens = site.reading, site.tokens()
    write_sources(directory, site.files, reading.corpus)
    write_posts(directory, reading.corpus, graph)
    known = fingerprints(tokens)
    save(directory / FILE, known)
    numbers = {post.id: number for number, post in enumerate(reading.corpus)}
    graph = with_dismissed(graph, decisions.decided, numbers, known)
    engine_named(settings.search.engine).build(directory, reading.corpus, tokens, settings.search, progress)
    steering = bad_steering(reading.corpus, reading.left_out, tokens, settings.search.synonyms)
    progress("relating", 0, 1)
    relations = write_relations(directory, reading.corpus, graph, tokens)
    progress("relating", 1, 1)
    said = {
        "relations": relations,
        "left_out": [
            {"path": one.path, "line": one.line, "why": str(one.why), "reason": one.reason} for one in reading.left_out
        ],
        "bad_references": [asdict(one) | {"trouble": str(one.trouble)} for one in graph.bad],
        "steering": [asdict(one) for one in steering],
        "decisions": [{"line": line, "reason": reason} for line, reason in decisions.wrong],
    }
    (directory / REPORT).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return steering, relations


def _steering_said(files: SealedFiles) -> tuple[BadSteering, ...]:
    """What a generation's report says of search; to find it out again, all posts would have to be analysed."""
    said = json.loads(files.read(REPORT))["steering"]
    return tuple(BadSteering(one["path"], Steering(one["what"]), one["text"], one["reason"]) for one in said)


def look(files: SealedFiles, corpus: Corpus) -> None:
    """Opens a generation as the service would and asks it three questions. Raises BuildFailed at a wrong answer."""
    try:
        published = opened(files)
    except DamagedGeneration as error:
        raise BuildFailed(f"what was just written cannot be read back: {error}") from error
    if len(published.posts) != len(corpus):
        raise BuildFailed(f"{len(corpus)} posts were written and {len(published.posts)} can be read back")
    titled = next((post for post in published.posts if len(post.title.split()) > 1), None)
    if titled:
        hits = published.reader.search(Query(parse(titled.title), titled.title, per_page=50))
        if titled.title not in [hit.post.title for hit in hits.hits]:
            raise BuildFailed(f"the new index does not find {titled.title!r} by its own title")
        if titled.number in [one.post.number for one in published.related.for_readers(titled, 10)]:
            raise BuildFailed(f"{titled.id} is said to be related to itself")
    published.reader.close()


def _refuse_bad(reading: Reading, decisions: Decisions) -> None:
    bad = [(one.path, one.line, one.reason) for one in reading.left_out if one.why in (Why.BAD, Why.DUPLICATE)]
    _refuse(f"{len(bad)} files cannot be read", bad)
    unread = [(DECISIONS, line, reason) for line, reason in decisions.wrong]
    _refuse(f"{len(unread)} lines of what was decided cannot be read", unread)


def _refuse(what: str, bad: Sequence[tuple[str, int | None, str]]) -> None:
    if bad:
        said = (f"  {path}{f', line {line}' if line else ''}: {reason}" for path, line, reason in bad)
        lines = "\n".join(map(harmless, said))
        raise StrictBuildRefused(f"{what}, and the build is strict:\n{lines}")


def _inputs(reading: Reading, decisions: Decisions, settings: Settings) -> str:
    """A digest of everything that a generation is made from: files, what was decided, settings, which posts are due,
    and this program."""
    waiting = sorted(one.path for one in reading.left_out if one.due)
    said = json.dumps([version("seealso"), FORMAT, reading.digest, decisions.digest, settings.digest(), waiting])
    return hashlib.sha256(said.encode()).hexdigest()


def _last_good(index: Path, settings: Settings, force: bool) -> tuple[SealedFiles | None, Kept | None]:
    """The published generation if every byte of it is good, and what it knows of the files it was made from.

    Nothing is taken from one that was made with other settings, or where a build is forced: that reads everything anew.
    """
    kept = None
    try:
        files = SealedFiles.at(index / GENERATIONS / current_id(index))
        if files.manifest.settings == settings.digest() and not force:
            with suppress(DamagedGeneration):  # it may be of a version that kept nothing
                kept = kept_by(files)
        files.verify()
    except (NothingPublished, DamagedGeneration):
        return None, None
    return files, kept


def _taken_back(index: Path) -> str | None:
    """The inputs of the generation that a rollback took back: building them again would undo the rollback."""
    taken_back = taken_back_id(index)
    try:
        return SealedFiles.at(index / GENERATIONS / taken_back).manifest.inputs if taken_back else None
    except DamagedGeneration:
        return None


def _report(
    reading: Reading,
    graph: Graph,
    steering: tuple[BadSteering, ...],
    decisions: Decisions,
    generation: str,
    started: float,
    relations: dict[str, Any] | None = None,
) -> Report:
    return Report(
        posts=len(reading.corpus),
        left_out=reading.left_out,
        bad_references=graph.bad,
        references=graph.references,
        steering=steering,
        decisions=decisions.wrong,
        generation=generation,
        seconds=time.monotonic() - started,
        relations=relations,
    )
