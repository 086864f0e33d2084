"""check: what is broken in the lists, links and images of the content folder, and what an editor should look at."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexer.check.headings import HEADINGS
from indexer.cli.command import Flags, json_option, main, signature, today
from indexer.cli.terminal import MOST_LINES, bold, counted, place, print_json, print_patch
from indexer.errors import CannotWrite, PostGone, StaleVersion
from indexer.model import Finding, FindingKind, Reference
from indexer.output import serialize
from indexer.output.sanitize import sanitized
from indexer.settings import ContentSettings, Settings
from indexer.store.state_directory import DECISIONS

if TYPE_CHECKING:
    from indexer.check.findings import Findings
    from indexer.editing.edit import Edit

Changes = Mapping[str, Mapping[Reference, str]]


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Which findings the command line asks for, and whether they are to be mended. since: a revision of git."""

    fix: bool
    patch: bool
    only: tuple[str, ...]
    since: str | None
    baseline: Path | None


@main.command()
@click.option("--fix", is_flag=True, help="Write the names that are beyond doubt into the posts.")
@click.option("--patch", is_flag=True, help="Print what --fix would change as a unified diff; write nothing.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page with the site drawn.")
@click.option(
    "--format", "form", type=click.Choice(["text", "github"]), default="text", help="github: annotations of a workflow."
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([str(kind) for kind in FindingKind]),
    help="Only this kind; again for more.",
)
@click.option("--changed-since", "since", metavar="REV", help="Only what is in files that were touched since, in git.")
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Leave out what this file has.")
@click.option("--update-baseline", "update", is_flag=True, help="Write all findings into the baseline; end with 0.")
@json_option
@click.pass_obj
def check(flags: Flags, /, html: Path | None, form: str, as_json: bool, update: bool, **chosen: Any) -> None:
    """What is broken in lists, links and images, and what to look at. Ends with 1 where something is broken."""
    settings = flags.settings_with_warning()
    options = CheckOptions(**chosen)
    if update:
        _update_baseline(options, settings)
        return
    found = _found(settings, options)
    fix, patch = options.fix, options.patch
    edits: list[Edit] = []
    repaired: Changes = {}
    refused: list[str] = []
    if fix or patch:
        edits, repaired, refused = _edits(settings.content, found)
        if edits and not patch:
            repaired, unsaved = _saved(settings, found, edits, repaired)
            refused += unsaved
            found = _found(settings, options)
    if html:
        _write_page(html, found, settings)
    if as_json:
        print_json(serialize.builtins(serialize.check(found, repaired, refused)))
    elif patch:
        print_patch("".join(edit.patch() for edit in edits))
    elif form == "github":
        _print_annotations(found, settings.content.directory)
    else:
        _print_repairs(repaired)
        _print_findings(found)
    for reason in refused:
        click.echo(sanitized(f"seealso: {reason}"), err=True)
    sys.exit(1 if found.broken else 0)


def _found(settings: Settings, options: CheckOptions) -> Findings:
    """The findings that the options ask for."""
    from indexer.check.baseline import read_baseline

    baseline = read_baseline(options.baseline) if options.baseline else frozenset()
    paths = None if options.since is None else _changed(settings, options.since)
    return _all(settings).without(baseline).only(tuple(map(FindingKind, options.only)), paths)


def _all(settings: Settings) -> Findings:
    from indexer.build import last_good
    from indexer.check.findings import checked
    from indexer.editing.decisions import read_decisions

    decisions, decided = read_decisions(settings.decided), _decisions_file(settings)
    _, cache = last_good(settings.index.directory, settings, force=False)
    return checked(settings.content, today(), decisions, decided, settings.related.across_languages, cache)


def _decisions_file(settings: Settings) -> str:
    """The file of decisions as seen from the content folder."""
    return os.path.relpath(settings.decided / DECISIONS, settings.content.directory)


def _changed(settings: Settings, revision: str) -> set[str]:
    """The files that differ from a revision; the decisions are one of them."""
    from indexer.editing.git import changed_since, files_changed_since

    paths = set(changed_since(settings.content, revision))
    if settings.decided.is_dir() and DECISIONS in files_changed_since(settings.decided, revision):
        paths.add(_decisions_file(settings))
    return paths


def _update_baseline(options: CheckOptions, settings: Settings) -> None:
    """Writes all that is found now. What else is asked for would be lost, or would leave some of it out."""
    from indexer.check.baseline import baseline_text
    from indexer.output.export import write_if_new

    if not options.baseline:
        raise click.UsageError("--update-baseline needs the name of the file: --baseline FILE")
    if options.only or options.since is not None or options.fix or options.patch:
        raise click.UsageError("--update-baseline writes all findings: leave out the options beside --baseline")
    findings = _all(settings).findings
    write_if_new(options.baseline, baseline_text(findings))
    click.echo(sanitized(f"{counted(len(findings), 'finding')} in {options.baseline}: from now on only others count"))


# --------------------------------------------------------------------------------------------------------- repairs


def _edits(content: ContentSettings, found: Findings) -> tuple[list[Edit], Changes, list[str]]:
    """The edits that mend what is beyond doubt, what they change, and why some cannot be made."""
    from indexer.check.repair import repairs
    from indexer.editing.write_back import repaired

    edits, changes, refused = [], {}, []
    kept = {(finding.path, finding.line, finding.subject) for finding in found.findings}
    bad = [reference for reference in found.graph.bad if (reference.path, reference.line, reference.name) in kept]
    for path, names in repairs(bad, found.corpus, content.site).items():
        try:
            edits.append(repaired(content, path, names))
            changes[path] = names
        except (CannotWrite, PostGone) as error:
            refused.append(str(error))
    return edits, changes, refused


def _saved(settings: Settings, found: Findings, edits: list[Edit], changes: Changes) -> tuple[Changes, list[str]]:
    """What is on the disk now of the changes, each with its line in the journal, and why the rest is not."""
    from indexer.check.repair import holder
    from indexer.editing.journal import Action, record

    signed = signature()
    saved, refused = {}, []
    for edit in edits:
        try:
            post = holder(edit.path, found.corpus)
            record(settings.content, settings.decided, edit, Action.REPAIRED, post, edit.added, signed)
            saved[edit.path] = changes[edit.path]
        except (CannotWrite, PostGone, StaleVersion) as error:
            refused.append(str(error))
    return saved, refused


def _print_repairs(repaired: Changes) -> None:
    for path, changes in repaired.items():
        for reference, name in changes.items():
            click.echo(sanitized(f'mended: {place(path, reference.line)}: "{reference.name}" is "{name}" now'))


# -------------------------------------------------------------------------------------------------------- findings


def _print_findings(found: Findings) -> None:
    for kind, findings in _by_kind(found):
        click.echo(bold(f"{HEADINGS[kind]}: {len(findings):,}"))
        for finding in findings[:MOST_LINES]:
            click.echo(sanitized(f"  {place(finding.path, finding.line)}: {finding.message}"))
            if finding.candidates and not finding.is_certain:
                click.echo(sanitized(f"    {_candidates(finding)}"))
        if len(findings) > MOST_LINES:
            click.echo(f"  … and {len(findings) - MOST_LINES:,} more: seealso check --json lists all")
    broken = sum(finding.kind.broken for finding in found.findings)
    certain = sum(finding.is_certain for finding in found.findings)
    parts = [counted(len(found.corpus), "post"), f"{broken:,} broken" if broken else "nothing broken"]
    parts.append(f"{len(found.findings) - broken:,} to look at")
    if found.known:
        parts.append(f"{found.known:,} known")
    if found.mended:
        parts.append(f"{found.mended:,} of the baseline mended")
    if certain:
        parts.append(f"{certain:,} can be mended with --fix")
    click.echo(", ".join(parts))


def _by_kind(found: Findings) -> Iterator[tuple[FindingKind, list[Finding]]]:
    """Findings come in the order of their kinds."""
    for kind, findings in groupby(found.findings, key=lambda finding: finding.kind):
        yield kind, list(findings)


def _candidates(finding: Finding) -> str:
    """The other posts that a finding is about, as many as a reader takes in."""
    shown = ", ".join(finding.candidates[:5])
    more = len(finding.candidates) - 5
    return f"{shown} and {more:,} more" if more > 0 else shown


def _print_annotations(found: Findings, content: Path) -> None:
    """Workflow commands of GitHub Actions, which shows them at the lines of a pull request.

    All that is broken; of each kind that is only to be looked at no more than a terminal shows.
    """
    for kind, findings in _by_kind(found):
        for finding in findings if kind.broken else findings[:MOST_LINES]:
            file = os.path.relpath(content / finding.path)
            target = f"file={_property(file)}" + (f",line={finding.line}" if finding.line else "")
            message = (
                f"{finding.message} ({_candidates(finding)})"
                if finding.candidates and not finding.is_certain
                else finding.message
            )
            level = "error" if kind.broken else "warning"
            click.echo(f"::{level} {target},title={_property(f'seealso: {kind}')}::{_escaped(message)}")


def _escaped(text: str) -> str:
    """A text by GitHub's rules for the message of a command; what else a terminal would obey is made harmless."""
    return sanitized(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _write_page(file: Path, found: Findings, settings: Settings) -> None:
    from indexer.check.report.page import page
    from indexer.output.export import write_if_new

    write_if_new(file, page(serialize.drawn(found), settings.service.title))
