"""search, related, evaluate: questions about what is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from indexer.cli.command import Flags, dismissed_now, json_option, main, named
from indexer.cli.completion import complete_post
from indexer.cli.terminal import bold, counted, marked, print_json, warn
from indexer.model import Hit, Hits, SearchRequest
from indexer.output import serialize
from indexer.output.sanitize import sanitized


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--tag", "tags", multiple=True, help="Only posts with this tag; may be given several times.")
@click.option("--language", help="Only posts in this language.")
@click.option("--since", metavar="DAY", help="Only posts of this day or later.")
@click.option("--until", metavar="DAY", help="Only posts of this day or earlier.")
@click.option("--sort", default="relevance", show_default=True, help="relevance or date.")
@click.option("--page", default="1", show_default=True)
@click.option("--per-page", default="10", show_default=True)
@json_option
@click.pass_obj
def search(flags: Flags, /, words: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Search the published posts. An excluded word needs "--" before it: seealso search -- cache -redis"""
    from indexer.search import query as queries
    from indexer.snapshot import open_snapshot

    request = queries.checked(
        SearchRequest(
            queries.parse(" ".join(words)),
            tags=options["tags"],
            language=options["language"],
            since=queries.parsed_date("since", options["since"]) if options["since"] else None,
            until=queries.parsed_date("until", options["until"]) if options["until"] else None,
            sort=queries.parsed_sort(options["sort"]),
            page=queries.parsed_number("page", options["page"], 1, queries.DEEPEST_HIT),
            per_page=queries.parsed_number("per_page", options["per_page"], 1, queries.MOST_PER_PAGE),
        )
    )
    settings = flags.settings()
    snapshot = open_snapshot(settings.index.directory, settings.search)
    warn(snapshot.wrong)
    hits = snapshot.reader.search(request)
    if as_json:
        print_json(serialize.builtins(serialize.search(snapshot, request, hits)))
        return
    for note in _notes(hits):
        click.echo(note)
    click.echo(counted(hits.total, "post") if hits.total else _nothing_found(request))
    if hits.more:
        has = "has" if hits.more == 1 else "have"
        click.echo(f"{hits.more:,} more {has} some of the words: --sort relevance shows them")
    for rank, hit in enumerate(hits.hits, start=(request.page - 1) * request.per_page + 1):
        click.echo(f"\n{rank:>3}. {bold(hit.post.title)}\n     {_where(hit)}")
        for fragment in hit.snippets:
            click.echo(f"     {marked(fragment)}")


def _notes(hits: Hits) -> Iterator[str]:
    """What was asked instead of what was typed, a line each."""
    if hits.suggestion:
        yield f"Not every word is found as it is spelt; showing results for: {bold(hits.suggestion)}"
    if hits.is_cut:
        yield "This is more than is read of a question: its beginning was asked for, or its most telling words."
    if hits.excluded:
        yield f"Left out, because of the minus: posts with {', '.join(map(bold, hits.excluded))}"


def _nothing_found(request: SearchRequest) -> str:
    is_filtered = request.tags or request.language or request.since or request.until
    return f"No post has these words{' with these filters' if is_filtered else ''}."


def _where(hit: Hit) -> str:
    section = f"#{hit.section.anchor}" if hit.section else ""
    return sanitized(f"{hit.post.url}{section}") + (f"  {hit.post.date}" if hit.post.date else "")


@main.command()
@click.argument("post", shell_complete=complete_post)
@click.option("--limit", type=click.IntRange(1, 50), help="How many [default: related.shown of the settings].")
@json_option
@click.pass_obj
def related(flags: Flags, post: str, limit: int | None, as_json: bool) -> None:
    """What a reader of POST sees beside it. POST is an id, a file path or a URL."""
    from indexer.snapshot import open_snapshot

    settings = flags.settings()
    snapshot = open_snapshot(settings.index.directory, settings.search)
    warn(snapshot.wrong)
    source = named(snapshot, post, settings)
    dismissed = dismissed_now(settings, snapshot).get(source.number, ())
    found = snapshot.related.for_readers(source, limit or settings.related.shown, dismissed)
    if as_json:
        print_json(serialize.builtins(serialize.related(snapshot, source, found)))
        return
    click.echo(f"{bold(source.title)}: see also")
    for item in found:
        computed = "often chosen beside posts like this" if item.score is None else f"similarity {item.score:.2f}"
        reason = click.style(f"({'curated' if item.curated else computed})", dim=True)
        click.echo(f"  {sanitized(item.post.title)}  {reason}\n    {sanitized(item.post.path)}")
    if not found:
        click.echo("  nothing: no other post shares enough with it")


@main.group()
def evaluate() -> None:
    """Measure on the site's own data."""


@evaluate.command("related")
@click.option(
    "--related",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='Lists from outside: one {"post": path, "related": [path, …]} a line.',
)
@json_option
@click.pass_obj
def evaluate_related(flags: Flags, file: Path | None, as_json: bool) -> None:
    """How well related posts are found, by hiding each curated list while its post is asked."""
    from indexer.related.evaluation import compared, lists_from, read_for_evaluation

    settings = flags.settings()
    corpus, graph = read_for_evaluation(settings.content)
    lists = lists_from(file, corpus) if file else None
    report = compared(corpus, graph, lists, settings.related.across_languages)
    if as_json:
        print_json(report)
        return
    listed = counted(report["lists"], "curated list")
    click.echo(f"{counted(report['posts'], 'post')}, {listed}, each hidden while its post is asked")
    for row in report["rankings"]:
        measures = "  ".join(
            f"{name} {mean:.3f} ({low:.3f}–{high:.3f})" for name, (mean, low, high) in row["measures"].items()
        )
        click.echo(
            f"  {row['name']:<16} {measures}  coverage {row['coverage']:.2f}  largest in-degree {row['in_degree']}"
        )
    click.echo(report["because"])
