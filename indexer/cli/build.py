"""build, status, rollback: what is published."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from indexer.cli.command import Flags, json_option, main
from indexer.cli.terminal import counted, place, print_json, print_some, progress_bar, warn
from indexer.output import serialize
from indexer.output.sanitize import sanitized


@main.command()
@click.option("--strict", is_flag=True, help="End with an error if a file cannot be read.")
@click.option("--force", is_flag=True, help="Build though nothing changed, or though most posts or all are gone.")
@json_option
@click.pass_obj
def build(told: Flags, strict: bool, force: bool, as_json: bool) -> None:
    """Build the index and publish it, unless nothing has changed."""
    from indexer.build import (
        build as build_index,
    )  # scikit-learn takes a second to import; only builds pay it

    settings = told.settings_in_place()
    with _unwound_by_sigterm(), progress_bar() as progress:
        report = build_index(settings, strict, force, progress=progress)
    if as_json:
        print_json(serialize.build(report))
        return
    said = serialize.build(report)
    _print_excluded(said)
    _print_bad_references(said)
    _print_curation_rules(said)
    _print_decisions(said)
    _print_relations(said["relations"])
    click.echo(_build_line(said))


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


def _print_excluded(said: dict[str, Any]) -> None:
    bad = [one for one in said["excluded"] if one["detail"] and one["reason"] in ("cannot be read", "duplicate")]
    print_some([f"{place(one)}: {one['detail']}" for one in bad])


def _print_bad_references(said: dict[str, Any]) -> None:
    print_some([f"{place(one)}: {problem(one)}" for one in said["bad_references"]])


def problem(one: dict[str, Any]) -> str:
    candidates = ", ".join(one["candidates"])
    match one["problem"]:
        case "ambiguous":
            return f'related post "{one["name"]}" may be any of {candidates}: name it by its path'
        case "not published":
            return f'related post "{one["name"]}" is not published: {candidates}'
        case _:
            if one["name"].startswith(("http://", "https://")) and not candidates:
                return f'related post "{one["name"]}" is on another site, or no post of this one'
            meant = f"; did you mean {candidates}?" if candidates else ""
            return f'related post "{one["name"]}" does not exist{meant}'


def _print_curation_rules(said: dict[str, Any]) -> None:
    print_some(
        [
            f'{one["path"] or "search.synonyms"}: {one["what"]} "{one["text"]}" {one["reason"]}'
            for one in said["curation_rules"]
        ]
    )


def _print_decisions(said: dict[str, Any]) -> None:
    print_some([f"{place({'path': 'decisions.jsonl', **one})}: {one['reason']}" for one in said["decisions"]])


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


def _build_line(said: dict[str, Any]) -> str:
    parts = [counted(said["posts"], "post"), left_out_words(said["excluded"])]
    if said["bad_references"]:
        parts.append(f"{counted(len(said['bad_references']), 'related reference')} to mend")
    if said["curation_rules"]:
        parts.append(f"{counted(len(said['curation_rules']), 'search hint')} to mend")
    if said["decisions"]:
        parts.append(f"{counted(len(said['decisions']), 'decision')} to mend")
    made = f"generation {said['generation']}"
    if not said["changed"]:
        made = f"nothing changed, {made} stays"
    return ", ".join([*parts, made, f"{said['seconds']:.1f} s"])


def left_out_words(excluded: list[dict[str, Any]]) -> str:
    if not excluded:
        return "none left out"
    counts: dict[str, int] = {}
    for one in excluded:
        counts[one["reason"]] = counts.get(one["reason"], 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"{len(excluded):,} left out ({', '.join(f'{count:,} {why}' for why, count in ordered)})"


@main.command()
@json_option
@click.pass_obj
def status(told: Flags, as_json: bool) -> None:
    """What is published, how old it is, and what is to be mended."""
    from indexer.snapshot import open_snapshot
    from indexer.store.generation import generation_ids

    index = told.settings().index.directory
    snapshot = open_snapshot(index)
    said = serialize.status(snapshot, generation_ids(index))
    if as_json:
        print_json(said)
    else:
        _print_excluded(said)
        _print_bad_references(said)
        _print_curation_rules(said)
        _print_decisions(said)
        click.echo(
            f"generation {said['generation']} serves {counted(said['counts']['posts'], 'post')}, "
            f"{left_out_words(said['excluded'])}, built {said['built_at']} ({_age(said['age_seconds'])} ago), "
            f"engine {said['engine']}; kept: {', '.join(said['generations'])}"
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
def rollback(told: Flags, as_json: bool) -> None:
    """Publish the generation before the current one again."""
    from indexer.store import generation

    index = told.settings().index.directory
    with generation.locked(index):
        now = generation.rollback(index)
    if as_json:
        print_json({"generation": now})
    else:
        click.echo(f"generation {now} serves now, until the content changes or a build is forced")
