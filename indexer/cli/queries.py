"""queries: what visitors ask, and what to do about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from indexer.cli.command import Flags, json_option, main
from indexer.cli.terminal import bold, counted, lays_out, print_json
from indexer.errors import SeeAlsoError
from indexer.output import serialize
from indexer.output.sanitize import sanitized
from indexer.settings import Settings

if TYPE_CHECKING:
    from indexer.queries.report import QueriesReport, ReportRow, Site
    from indexer.queries.storage import Recorded

# Of a table; --json and --csv give all.
MOST_SHOWN = 10


@main.command()
@click.option("--days", type=click.IntRange(1, 3_650), help="Only of so many days [default: all that are kept].")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a line a question.")
@click.option("--forget", metavar="TEXT", help="Remove every question that holds TEXT, and show nothing.")
@click.option("--forget-all", is_flag=True, help="Remove every question, and show nothing.")
@json_option
@click.pass_obj
def queries(flags: Flags, days: int | None, as_csv: bool, forget: str | None, forget_all: bool, as_json: bool) -> None:
    """Show what visitors ask: most, without hits, without clicks, respelt, clicked far down; and what to do."""
    settings = flags.settings()
    if forget is not None and not forget.strip():
        raise click.UsageError("--forget needs a text; --forget-all removes everything")
    if forget is not None or forget_all:
        click.echo(f"{counted(_forgotten(settings, None if forget_all else forget), 'question')} forgotten")
        return
    report = _report(settings, days or settings.service.keep_queries_days)
    if as_json:
        print_json(serialize.builtins(serialize.queries(report)))
    elif as_csv:
        click.echo(_csv(report), nl=False)
    else:
        _print(report, settings)


def _forgotten(settings: Settings, text: str | None) -> int:
    """text: None for everything."""
    from indexer.queries.storage import FOLDER, has_queries, open_queries

    folder = settings.index.directory / FOLDER
    if not has_queries(folder):
        return 0
    with open_queries(folder, datetime.now(UTC)) as opened:
        return opened.forget_all() if text is None else opened.forget(text)


def _report(settings: Settings, days: int) -> QueriesReport:
    from indexer.queries.report import report_of

    return report_of(_recorded(settings, days), _site(settings))


def _recorded(settings: Settings, days: int) -> Sequence[Recorded]:
    """What is kept of the last days; what is too old is removed, for the service may not have run."""
    from indexer.queries.storage import FOLDER, has_queries, open_queries

    folder, now = settings.index.directory / FOLDER, datetime.now(UTC)
    if not has_queries(folder):
        return ()
    with open_queries(folder, now) as opened:
        if opened.set_aside:
            click.echo(f"seealso: {opened.file} was damaged and is now {opened.set_aside}", err=True)
        opened.purge(now.date(), settings.service.keep_queries_days)
        return opened.recorded(now.date() - timedelta(days=days - 1))


def _site(settings: Settings) -> Site:
    """The published site; one that knows nothing where none is."""
    from indexer.queries.report import Site, site_of
    from indexer.snapshot import open_snapshot

    try:
        return site_of(open_snapshot(settings.index.directory, settings.search))
    except SeeAlsoError:
        return Site(lambda _: None, lambda _: 0)


# ------------------------------------------------------------------------------------------------ what is printed


def _print(report: QueriesReport, settings: Settings) -> None:
    if not report.most_asked:
        why = "" if settings.service.record_queries else "; `service.record_queries = true` in seealso.toml records it"
        click.echo(f"nothing is recorded of what visitors ask{why}")
        return
    asked = f"{counted(len(report.most_asked), 'question')}, asked {counted(report.times, 'time')}"
    click.echo(f"{asked}, with {counted(report.clicks, 'click')}")
    for title, entries in report.tables():
        if entries:
            _print_table(title, entries)


HEADS = ("times", "question", "hits", "clicks", "place")


def _print_table(title: str, entries: Sequence[ReportRow]) -> None:
    rows = [_row(entry) for entry in entries[:MOST_SHOWN]]
    click.echo(f"\n{title}")
    if lays_out():
        from indexer.cli.screen import print_columns

        print_columns(HEADS, [row[:-1] for row in rows], numbers=(0, 2, 3, 4))
        for _, question, *_, todo in rows:
            if todo:  # below, for a table would break the path of a post
                click.echo(f"  {bold(question)}: {todo}")
    else:
        for row in rows:
            click.echo(_line(*row))
    if len(entries) > MOST_SHOWN:
        click.echo(f"  … and {len(entries) - MOST_SHOWN:,} more: --json or --csv lists all")


def _line(times: str, question: str, hits: str, clicks: str, place: str, todo: str) -> str:
    found = f"{hits} hit{'' if hits == '1' else 's'}, {clicks} click{'' if clicks == '1' else 's'}"
    return f"  {times} × {question}: {found}{f', place {place}' if place else ''}{f'; {todo}' if todo else ''}"


def _row(entry: ReportRow) -> tuple[str, ...]:
    one = entry.recorded
    question = f"{one.question} (shown: {one.respelt})" if one.respelt else one.question
    place = "" if entry.rank is None else f"{entry.rank:.1f}"
    numbers = f"{one.hits:,}", f"{entry.clicks:,}", place
    return (f"{one.times:,}", sanitized(question), *numbers, sanitized(entry.advice.text))


COLUMNS = ("question", "language", "times", "last", "hits", "respelt", "clicks", "rank", "page", "step", "post")


def _csv(report: QueriesReport) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    for entry in report.most_asked:
        one, advice = entry.recorded, entry.advice
        rank = "" if entry.rank is None else f"{entry.rank:.1f}"
        path = advice.post.path if advice.post else ""
        values = (one.question, one.language, one.times, one.last, one.hits, one.respelt, entry.clicks, rank)
        writer.writerow(map(_cell, (*values, entry.url or "", advice.step, path)))
    return lines.getvalue()


def _cell(value: object) -> str:
    """A value that a spreadsheet takes for no formula: what visitors type is not to be run."""
    text = sanitized(str(value))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
