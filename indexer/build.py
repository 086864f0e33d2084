"""The pipeline, readable top to bottom: read, write, relate, look, publish."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from indexer.check.findings import findings_of
from indexer.check.repair import with_repairable
from indexer.check.stored_findings import write_findings
from indexer.content.build_cache import BuildCache, load_cache, write_cache
from indexer.content.shrink_guard import refuse_loss
from indexer.content.site import Site, collector_at_rest, read_site
from indexer.editing.decisions import Decisions, read_decisions, with_dismissed
from indexer.editing.git import renames_in
from indexer.errors import BuildFailed, DamagedGeneration, EngineUnavailable, NothingPublished, StrictBuildRefused
from indexer.links.graph import link_graph
from indexer.model import (
    BadCurationRule,
    Corpus,
    ExclusionReason,
    Graph,
    Manifest,
    SearchRequest,
)
from indexer.profiles.profile import sign_of
from indexer.progress import Progress, silent
from indexer.related.relate import write_relations
from indexer.search.curation_rules import bad_curation_rules
from indexer.search.query import parse
from indexer.search.registry import engine_named, tidy, verify
from indexer.settings import SearchSettings, Settings
from indexer.snapshot import snapshot_of
from indexer.store.arrays import save
from indexer.store.generation import (
    current_id,
    locked,
    new_generation,
    next_id,
    posts_of_last,
    publish,
    rolled_back_id,
    seal,
)
from indexer.store.last_build import Outcome, recorded
from indexer.store.manifest import FORMAT, GENERATIONS
from indexer.store.memory import give_back_memory
from indexer.store.posts import write_posts
from indexer.store.report import ExcludedFile, Report, UnreadableDecision, UnreadableValue, read_report, write_report
from indexer.store.sealed_files import SealedFiles
from indexer.store.sections import SpillFile
from indexer.store.state_directory import DECISIONS
from indexer.text.simhash import FILE, simhashes

# Seconds that git may take to say which files were renamed, which only names that lead nowhere need.
PATIENCE_WITH_GIT = 5.0
Renames = Callable[[], Mapping[str, str]]


class BuildResult(Report, frozen=True, kw_only=True):
    """What a build did: its report, and what is published now.

    changed: False where nothing had changed, so that nothing was written. references: how many curated references
    there are in all. generator: whose rules the content was read by, and generator_file: what tells it.
    """

    generator: str | None
    generator_file: str | None
    generation: str
    changed: bool
    posts: int
    references: int
    seconds: float


def build(
    settings: Settings,
    strict: bool = False,
    force: bool = False,
    today: date | None = None,
    progress: Progress = silent,
) -> BuildResult:
    """Builds and publishes one generation, or finds that nothing has changed.

    strict: a file that cannot be read ends the build. force: build though nothing changed, or most posts or all are
    gone. Raises one of `errors`; whatever happens, what was published before still serves.
    """
    started = time.monotonic()
    today = today or datetime.now().astimezone().date()
    index = settings.index.directory
    with (
        locked(index) as lock,
        recorded(index, lock.check_still_held, started) as record,
        collector_at_rest(),
        closing(SpillFile(index)) as spill,  # before it is recorded how the build ended: that may need its room
    ):
        _tidy(index, settings)
        last, cache = last_good(index, settings, force)
        site = read_site(settings.content, today, cache, progress, spill=spill)
        decisions = read_decisions(settings.decided)
        if strict:
            _refuse_bad(site, decisions)
        if not force:
            refuse_loss(site, posts_of_last(index), settings.content)
        renames = _renames(settings)
        graph = link_graph(site.corpus, site.excluded, settings.content.site, renames)
        graph = with_repairable(graph, site.corpus, settings.content.site)
        inputs = _inputs(site, decisions, settings)
        if last and not force and inputs in (last.manifest.inputs, _rolled_back(index)):
            record.outcome = Outcome.UNCHANGED
            report = _report(site, graph, read_report(last).curation_rules, decisions, None)
            return _result(report, site, graph, settings, last.manifest.id, changed=False, started=started)
        generation = next_id(index)
        with new_generation(index) as directory:
            report = _write(directory, site, graph, decisions, settings, progress, renames)
            give_back_memory()
            progress("checking", 0, 1)
            files = seal(directory, _manifest(generation, site, graph, inputs, settings))
            look(files, site.corpus, settings.search.without_hurry())
            lock.check_still_held()
            publish(index, directory, generation, settings.index.keep)
            _tidy(index, settings)
            progress("checking", 1, 1)
    return _result(report, site, graph, settings, generation, changed=True, started=started)


def _renames(settings: Settings) -> Renames:
    """What git knows of renamed files, asked once and only if some name leads nowhere."""
    return cache(lambda: renames_in(settings.content.directory, PATIENCE_WITH_GIT))


def _tidy(index: Path, settings: Settings) -> None:
    """Removes what nobody needs any more from a cluster; what cannot be removed now waits for the next build."""
    with suppress(EngineUnavailable):
        tidy(index / GENERATIONS, settings.search)


def _write(
    directory: Path,
    site: Site,
    graph: Graph,
    decisions: Decisions,
    settings: Settings,
    progress: Progress,
    renames: Renames,
) -> Report:
    """Everything that a generation holds but its manifest."""
    corpus, tokens = site.corpus, site.tokens()
    give_back_memory()
    write_cache(directory, site.files, corpus, site.rules, site.languages)
    write_posts(directory, corpus, graph)
    give_back_memory()
    since = site.since
    hashes = simhashes(tokens, since.files.array(FILE), since.then) if since else simhashes(tokens)
    save(directory / FILE, hashes)
    numbers = {post.id: number for number, post in enumerate(corpus)}
    graph = with_dismissed(graph, decisions.decided, numbers, hashes)
    engine = engine_named(settings.search.engine, settings.search)
    engine.build(directory, corpus, tokens, settings.search, progress, graph.link_texts, since)
    tokens = replace(tokens, spans=tokens.spans[:0].copy())  # only engines need them, and of all words
    give_back_memory()
    curation_rules = bad_curation_rules(corpus, site.excluded, tokens, settings.search.synonyms)
    progress("relating", 0, 1)
    summary, related = write_relations(
        directory, corpus, graph, tokens, settings.related.across_languages, since.files if since else None
    )
    progress("relating", 1, 1)
    write_findings(directory, findings_of(settings.content, site, graph, related, renames))
    report = _report(site, graph, curation_rules, decisions, summary)
    write_report(directory, report)
    return report


def _manifest(generation: str, site: Site, graph: Graph, inputs: str, settings: Settings) -> Manifest:
    """What the manifest says of a generation, but for its files."""
    return Manifest(
        id=generation,
        format=FORMAT,
        engine=settings.search.engine,
        settings=settings.digest(),
        inputs=inputs,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        counts={"posts": len(site.corpus), "excluded": len(site.excluded), "bad_references": len(graph.bad)},
        due=site.due,
    )


def look(files: SealedFiles, corpus: Corpus, search: SearchSettings) -> None:
    """Opens a generation as the service would and asks it three questions. Raises BuildFailed at a wrong answer.

    Raises EngineUnavailable where only the index on disk answers.
    """
    try:
        snapshot = snapshot_of(files, search)
    except DamagedGeneration as error:
        raise BuildFailed(f"what was just written cannot be read back: {error}") from error
    if len(snapshot.posts) != len(corpus):
        raise BuildFailed(f"{len(corpus)} posts were written and {len(snapshot.posts)} can be read back")
    titled = next((post for post in snapshot.posts if len(post.title.split()) > 1), None)
    if titled:
        hits = snapshot.reader.search(SearchRequest(parse(titled.title), per_page=50))
        if hits.degraded:
            raise EngineUnavailable("the cluster does not answer from the new index")
        if titled.title not in [hit.post.title for hit in hits.hits]:
            raise BuildFailed(f"the new index does not find {titled.title!r} by its own title")
        if titled.number in [related.post.number for related in snapshot.related.for_readers(titled, 10)]:
            raise BuildFailed(f"{titled.id} is said to be related to itself")
    snapshot.reader.close()


def _refuse_bad(site: Site, decisions: Decisions) -> None:
    reasons = (ExclusionReason.BAD, ExclusionReason.DUPLICATE)
    bad = [(file.path, file.line, file.detail) for file in site.excluded if file.reason in reasons]
    bad += [(post.path, field.line, field.reason) for post in site.corpus for field in post.unreadable]
    _refuse(
        f"{len({path for path, _, _ in bad})} files cannot be read as they are", sorted(bad, key=lambda file: file[0])
    )
    unread = [(DECISIONS, line, reason) for line, reason in decisions.wrong]
    _refuse(f"{len(unread)} lines of what was decided cannot be read", unread)


def _refuse(what: str, bad: Sequence[tuple[str, int | None, str]]) -> None:
    if bad:
        lines = [f"{path}{f', line {line}' if line else ''}: {reason}" for path, line, reason in bad]
        raise StrictBuildRefused(f"{what}, and the build is strict", lines)


def _inputs(site: Site, decisions: Decisions, settings: Settings) -> str:
    """A digest of everything that a generation is made from: files, what was decided, settings, which posts
    wait for their day or are past it, and this program."""
    waiting = sorted(file.path for file in site.excluded if file.due or file.reason is ExclusionReason.EXPIRED)
    inputs = json.dumps([version("seealso"), FORMAT, site.digest, decisions.digest, settings.digest(), waiting])
    return hashlib.sha256(inputs.encode()).hexdigest()


def last_good(index: Path, settings: Settings, force: bool) -> tuple[SealedFiles | None, BuildCache | None]:
    """The published generation if every byte of it is good, and what it knows of the files it was made from.

    Nothing is taken from one that was made with other settings, or where a build is forced: that reads everything anew.
    """
    cache = None
    try:
        files = SealedFiles.at(index / GENERATIONS / current_id(index))
        is_alike = files.manifest.settings == settings.digest()
        if is_alike and not force:
            with suppress(DamagedGeneration):  # it may be of a version that kept nothing
                cache = load_cache(files, engine_named(files.manifest.engine).stored_tokens)
        if is_alike:
            verify(files, settings.search)
        else:  # what its engine needs may be gone, as the settings say so
            files.verify()
    except (NothingPublished, DamagedGeneration):
        return None, None
    return files, cache


def _rolled_back(index: Path) -> str | None:
    """The inputs of the generation that a rollback took back: building them again would undo the rollback."""
    rolled_back = rolled_back_id(index)
    try:
        return SealedFiles.at(index / GENERATIONS / rolled_back).manifest.inputs if rolled_back else None
    except DamagedGeneration:
        return None


def _report(
    site: Site,
    graph: Graph,
    curation_rules: tuple[BadCurationRule, ...],
    decisions: Decisions,
    relations: dict[str, Any] | None,
) -> Report:
    return Report(
        excluded=tuple(ExcludedFile(file.path, file.line, file.reason, file.detail) for file in site.excluded),
        front_matter=tuple(
            UnreadableValue(post.path, field.line, field.reason) for post in site.corpus for field in post.unreadable
        ),
        bad_references=graph.bad,
        curation_rules=curation_rules,
        decisions=tuple(UnreadableDecision(line, reason) for line, reason in decisions.wrong),
        relations=relations,
    )


def _result(
    report: Report, site: Site, graph: Graph, settings: Settings, generation: str, *, changed: bool, started: float
) -> BuildResult:
    content = settings.content
    return BuildResult(
        **asdict(report),
        generator=content.generator or None,
        generator_file=sign_of(content.directory, content.generator),
        generation=generation,
        changed=changed,
        posts=len(site.corpus),
        references=graph.references,
        seconds=round(time.monotonic() - started, 2),
    )
