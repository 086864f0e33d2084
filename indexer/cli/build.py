"""build, status, rollback: what is published."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from indexer.cli.command import Flags, json_option, main
from indexer.cli.terminal import counted, place, print_json, print_some, progress_bar, warn
from indexer.model import BadReference, ExclusionReason, ReferenceProblem
from indexer.output import serialize
from indexer.output.sanitize import sanitized
from indexer.profiles.profile import NONE, sign_of, title_of
from indexer.settings import ContentSettings
from indexer.store.report import Report
from indexer.store.state_directory import DECISIONS

if TYPE_CHECKING:
    from indexer.build import BuildResult
    from indexer.content.site import Site


@main.command()
@click.option("--strict", is_flag=True, help="End with an error if a file cannot be read.")
@click.option("--force", is_flag=True, help="Build though nothing changed, or though most posts or all are gone.")
@json_option
@click.pass_obj
def build(flags: Flags, strict: bool, force: bool, as_json: bool) -> None:
    """Build the index and publish it, unless nothing has changed."""
    from indexer.build import (
        build as build_index,
    )  # scikit-learn takes a second to import; only builds pay it

    settings = flags.settings_in_place()
    if not as_json:
        click.echo(sanitized(generator_words(settings.content)))
    with _unwound_by_sigterm(), progress_bar() as progress:
        result = build_index(settings, strict, force, progress=progress)
    if as_json:
        print_json(serialize.builtins(result))
        return
    _print_report(result)
    _print_shared_urls(result, settings.content)
    _print_relations(result.relations)
    click.echo(_build_line(result))


def generator_words(content: ContentSettings) -> str:
    """The generator of a site and what tells it: `Jekyll (_config.yml)`."""
    if not content.generator:
        return "plain Markdown (no site generator found)"
    if content.generator == NONE:
        return "plain Markdown (content.generator)"
    return f"{title_of(content.generator)} ({sign_of(content.directory, content.generator) or 'content.generator'})"


@contextmanager
def _unwound_by_sigterm() -> Iterator[None]:
    """SIGTERM unwinds like Ctrl-C, so that a half-written generation is removed at once; afterwards it does what it
    did before."""
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    except SystemExit:
        click.echo("seealso: stopped; what was published before still serves", err=True)
        raise
    finally:
        # None stands for a handler that was not set from Python, and cannot be set from there.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _terminated(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _print_report(report: Report) -> None:
    """What somebody should mend, a line each."""
    bad = (ExclusionReason.BAD, ExclusionReason.DUPLICATE)
    excluded = [file for file in report.excluded if file.detail and file.reason in bad]
    print_some([f"{place(file.path, file.line)}: {file.detail}" for file in excluded])
    print_some([f"{place(value.path, value.line)}: {value.reason}" for value in report.front_matter])
    print_some([f"{place(bad.path, bad.line)}: {problem(bad)}" for bad in report.bad_references])
    rules = report.curation_rules
    print_some([f'{rule.path or "search.synonyms"}: {rule.what} "{rule.text}" {rule.reason}' for rule in rules])
    print_some([f"{place(DECISIONS, unread.line)}: {unread.reason}" for unread in report.decisions])


def _print_shared_urls(result: BuildResult, content: ContentSettings) -> None:
    """The setting that is likely to be wrong, where most files have the URL of another."""
    doubles = sum(file.reason is ExclusionReason.DUPLICATE for file in result.excluded)
    if doubles > result.posts:
        patterns = " and ".join(dict.fromkeys([content.url, *content.urls.values()]))
        click.echo(
            sanitized(
                f"{counted(doubles, 'file')} have the URL of another: is the pattern {patterns} right? Each needs "
                "{path}, {slug} or {title}; set content.url, or see `seealso inspect FILE`"
            )
        )


def problem(bad: BadReference) -> str:
    candidates = ", ".join(bad.candidates)
    match bad.problem:
        case ReferenceProblem.AMBIGUOUS:
            return f'related post "{bad.name}" may be any of {candidates}: name it by its path'
        case ReferenceProblem.NOT_PUBLISHED:
            return f'related post "{bad.name}" is not published: {candidates}'
        case ReferenceProblem.DANGLING:
            if bad.name.startswith(("http://", "https://")) and not candidates:
                return f'related post "{bad.name}" is on another site, or no post of this one'
            meant = f"; did you mean {candidates}?" if candidates else ""
            return f'related post "{bad.name}" does not exist{meant}'


def _print_relations(relations: dict[str, Any] | None) -> None:
    """Which ranking of related posts is used and why, in two lines; nothing where nothing was built."""
    if relations is None:
        return
    click.echo(f"related posts: {relations['because']}")
    parts = [f"{100 * relations['coverage']:.0f} % of the posts are recommended somewhere"]
    if relations["most_recommended"]:
        path, count = relations["most_recommended"][0]
        parts.append(f"most often {sanitized(path)} ({counted(count, 'post')})")
    if relations["duplicates"]:
        pairs = relations["duplicates"]
        first = sanitized(" and ".join(pairs[0]))
        parts.append(f"{counted(len(pairs), 'pair')} of posts nearly the same, {first} for one")
    if relations["ignored_paragraphs"]:
        parts.append(f"{counted(len(relations['ignored_paragraphs']), 'paragraph')} ignored that many posts repeat")
    click.echo(f"  {'; '.join(parts)}")


def _build_line(result: BuildResult) -> str:
    parts = [counted(result.posts, "post"), left_out_words(result)]
    if result.front_matter:
        parts.append(f"{counted(len(result.front_matter), 'value')} in front matter to mend")
    if result.bad_references:
        parts.append(f"{counted(len(result.bad_references), 'related reference')} to mend")
    if result.curation_rules:
        parts.append(f"{counted(len(result.curation_rules), 'search hint')} to mend")
    if result.decisions:
        parts.append(f"{counted(len(result.decisions), 'decision')} to mend")
    made = f"generation {result.generation}"
    if not result.changed:
        made = f"nothing changed, {made} stays"
    return ", ".join([*parts, made, f"{result.seconds:.1f} s"])


def left_out_words(report: Report | Site) -> str:
    if not report.excluded:
        return "none left out"
    counts = Counter(file.reason for file in report.excluded)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"{len(report.excluded):,} left out ({', '.join(f'{count:,} {reason}' for reason, count in ordered)})"


@main.command()
@json_option
@click.pass_obj
def status(flags: Flags, as_json: bool) -> None:
    """What is published, how old it is, and what is to be mended."""
    from indexer.snapshot import open_snapshot
    from indexer.store.generation import generation_ids

    settings = flags.settings()
    index = settings.index.directory
    snapshot = open_snapshot(index, settings.search)
    answer = serialize.status(snapshot, generation_ids(index))
    if as_json:
        print_json(serialize.builtins(answer))
    else:
        _print_report(answer)
        click.echo(
            f"generation {answer.generation} serves {counted(answer.counts['posts'], 'post')}, "
            f"{left_out_words(answer)}, built {answer.built_at} ({_age(answer.age_seconds)} ago), "
            f"engine {answer.engine}; kept: {', '.join(answer.generations)}"
        )
    warn(snapshot.wrong)
    if snapshot.wrong:
        sys.exit(snapshot.wrong[0].exit_code)


def _age(seconds: int) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, name)
    return counted(seconds, "second")


@main.command()
@json_option
@click.pass_obj
def rollback(flags: Flags, as_json: bool) -> None:
    """Publish the generation before the current one again."""
    from indexer.search.registry import verify
    from indexer.store import generation

    settings = flags.settings()
    index = settings.index.directory
    with generation.locked(index):
        now = generation.rollback(index, lambda files: verify(files, settings.search))
    if as_json:
        print_json({"generation": now})
    else:
        click.echo(f"generation {now} serves now, until the content changes or a build is forced")
