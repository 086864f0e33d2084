"""The command `seealso`. Parses, asks, prints; with --json it prints what the matching API route answers."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from indexer import answers
from indexer.errors import BadPost, PostNotFound, SeeAlsoError
from indexer.model import Advice, Band, Fragment, Hit, Query, StoredPost, Suggestion, Words
from indexer.settings import Settings, load_settings
from indexer.similarity.terms import FIELDS

if TYPE_CHECKING:
    from indexer.published import Published

# How many bad files or references a terminal shows before it says how to see the rest.
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Told:
    """The flags that stand before a command's name."""

    file: Path | None
    content: Path | None
    index: Path | None

    def settings(self) -> Settings:
        return load_settings(self.file, os.environ, self.content, self.index)


@contextmanager
def _errors_as_lines() -> Iterator[None]:
    """A known error becomes one line and its exit code; a closed pipe or Ctrl-C is nobody's error."""
    try:
        yield
    except SeeAlsoError as error:
        click.echo(f"seealso: {_harmless(str(error))}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("seealso: stopped; what was published before still serves", err=True)
        sys.exit(130)
    except MemoryError:
        click.echo("seealso: out of memory; what was published before still serves", err=True)
        sys.exit(71)


class _Group(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        with _errors_as_lines():
            return super().invoke(ctx)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings file [default: seealso.toml].")
@click.option("--content", type=click.Path(path_type=Path), help="Folder of Markdown posts.")
@click.option("--index", type=click.Path(path_type=Path), help="Folder of the index.")
@click.version_option(package_name="seealso", prog_name="seealso")
@click.pass_context
def main(context: click.Context, file: Path | None, content: Path | None, index: Path | None) -> None:
    """Search and related posts for a folder of Markdown files."""
    context.obj = Told(file, content, index)


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def _print_json(answer: dict[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


# -------------------------------------------------------------------------------------------------------- build


@main.command()
@click.option("--strict", is_flag=True, help="End with an error if a file cannot be read.")
@click.option("--force", is_flag=True, help="Build though nothing changed, or though most posts are gone.")
@_json
@click.pass_obj
def build(told: Told, strict: bool, force: bool, as_json: bool) -> None:
    """Build the index and publish it, unless nothing has changed."""
    from indexer.build import (
        build as build_index,
    )  # scikit-learn takes a second to import; only builds pay it

    settings = told.settings()
    signal.signal(signal.SIGTERM, _terminated)
    with _progress_bar() as progress:
        report = build_index(settings, strict, force, progress=progress)
    if as_json:
        _print_json(answers.build(report))
        return
    said = answers.build(report)
    _print_left_out(said)
    _print_bad_references(said)
    _print_steering(said)
    _print_relations(said["relations"])
    click.echo(_build_line(said))


def _terminated(number: int, _frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that a half-written generation is removed at once."""
    click.echo("seealso: stopped; what was published before still serves", err=True)
    sys.exit(128 + number)


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda step, done, of: None
        return
    bar: Any = None
    shown = ""

    def progress(step: str, done: int, of: int) -> None:
        nonlocal bar, shown
        if step != shown:
            if bar is not None:
                bar.render_finish()
            bar, shown = click.progressbar(length=of, label=f"{step:<9}", file=sys.stderr), step
            bar.render_progress()
        bar.update(done - bar.pos)

    try:
        yield progress
    finally:
        if bar is not None:
            bar.render_finish()


def _print_left_out(said: dict[str, Any]) -> None:
    bad = [one for one in said["left_out"] if one["reason"] and one["why"] in ("cannot be read", "duplicate")]
    _print_some([f"{_place(one)}: {one['reason']}" for one in bad])


def _print_bad_references(said: dict[str, Any]) -> None:
    _print_some([f"{_place(one)}: {_trouble(one)}" for one in said["bad_references"]])


def _place(one: dict[str, Any]) -> str:
    return f"{one['path']}, line {one['line']}" if one["line"] else str(one["path"])


def _trouble(one: dict[str, Any]) -> str:
    candidates = ", ".join(one["candidates"])
    match one["trouble"]:
        case "ambiguous":
            return f'related post "{one["name"]}" may be any of {candidates}: name it by its path'
        case "left out":
            return f'related post "{one["name"]}" is not published: {candidates}'
        case _:
            if one["name"].startswith(("http://", "https://")) and not candidates:
                return f'related post "{one["name"]}" is on another site, or no post of this one'
            meant = f"; did you mean {candidates}?" if candidates else ""
            return f'related post "{one["name"]}" does not exist{meant}'


def _print_steering(said: dict[str, Any]) -> None:
    _print_some(
        [
            f'{one["path"] or "search.synonyms"}: {one["what"]} "{one["text"]}" {one["reason"]}'
            for one in said["steering"]
        ]
    )


def _print_some(lines: list[str]) -> None:
    for line in lines[:MOST_LINES]:
        click.echo(_harmless(line))
    if len(lines) > MOST_LINES:
        click.echo(f"… and {len(lines) - MOST_LINES:,} more: seealso status --json lists all")


def _print_relations(relations: dict[str, Any] | None) -> None:
    """Which ranking of related posts is used and why, in two lines; nothing where nothing was built."""
    if relations is None:
        return
    click.echo(f"related posts: {relations['because']}")
    parts = [f"{100 * relations['coverage']:.0f} % of the posts are recommended somewhere"]
    if relations["most_recommended"]:
        path, count = relations["most_recommended"][0]
        parts.append(f"most often {_harmless(path)} ({_count(count, 'post')})")
    if relations["duplicates"]:
        pairs = relations["duplicates"]
        first = _harmless(" and ".join(pairs[0]))
        parts.append(f"{_count(len(pairs), 'pair')} of posts nearly the same, {first} for one")
    if relations["ignored_paragraphs"]:
        parts.append(f"{_count(len(relations['ignored_paragraphs']), 'paragraph')} ignored that many posts repeat")
    click.echo(f"  {'; '.join(parts)}")


def _build_line(said: dict[str, Any]) -> str:
    parts = [_count(said["posts"], "post"), _left_out_words(said["left_out"])]
    if said["bad_references"]:
        parts.append(f"{_count(len(said['bad_references']), 'related reference')} to mend")
    if said["steering"]:
        parts.append(f"{_count(len(said['steering']), 'search hint')} to mend")
    made = f"generation {said['generation']}"
    if not said["changed"]:
        made = f"nothing changed, {made} stays"
    return ", ".join([*parts, made, f"{said['seconds']:.1f} s"])


def _left_out_words(left_out: list[dict[str, Any]]) -> str:
    if not left_out:
        return "none left out"
    counts: dict[str, int] = {}
    for one in left_out:
        counts[one["why"]] = counts.get(one["why"], 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"{len(left_out):,} left out ({', '.join(f'{count:,} {why}' for why, count in ordered)})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


# -------------------------------------------------------------------------------------------------- questions


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--tag", "tags", multiple=True, help="Only posts with this tag; may be given several times.")
@click.option("--language", help="Only posts in this language.")
@click.option("--since", metavar="DAY", help="Only posts of this day or later.")
@click.option("--until", metavar="DAY", help="Only posts of this day or earlier.")
@click.option("--sort", default="relevance", show_default=True, help="relevance or date.")
@click.option("--page", default="1", show_default=True)
@click.option("--per-page", default="10", show_default=True)
@_json
@click.pass_obj
def search(told: Told, /, words: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Search the published posts. An excluded word needs "--" before it: seealso search -- cache -redis"""
    from indexer.fulltext import query as queries
    from indexer.published import open_published

    query = queries.checked(
        Query(
            Words(),
            " ".join(words),
            tags=asked["tags"],
            language=asked["language"],
            since=queries.parsed_date("since", asked["since"]) if asked["since"] else None,
            until=queries.parsed_date("until", asked["until"]) if asked["until"] else None,
            sort=queries.parsed_sort(asked["sort"]),
            page=queries.parsed_number("page", asked["page"], 1, queries.DEEPEST_HIT),
            per_page=queries.parsed_number("per_page", asked["per_page"], 1, queries.MOST_PER_PAGE),
        )
    )
    published = open_published(told.settings().index.directory)
    _warn(published.wrong)
    hits = published.reader.search(query)
    if as_json:
        _print_json(answers.search(published, query, hits))
        return
    if hits.suggestion:
        click.echo(f"Not every word is found as it is spelt; showing results for: {_bold(hits.suggestion)}")
    click.echo(_count(hits.total, "post") if hits.total else _nothing_found(query))
    for rank, hit in enumerate(hits.hits, start=(query.page - 1) * query.per_page + 1):
        click.echo(f"\n{rank:>3}. {_bold(hit.post.title)}\n     {_where(hit)}")
        for fragment in hit.fragments:
            click.echo(f"     {_marked(fragment)}")


def _nothing_found(query: Query) -> str:
    filtered = query.tags or query.language or query.since or query.until
    return f"No post has these words{' with these filters' if filtered else ''}."


def _bold(text: str) -> str:
    return click.style(_harmless(text), bold=True)


def _where(hit: Hit) -> str:
    section = f"#{hit.section.anchor}" if hit.section else ""
    return _harmless(f"{hit.post.url}{section}") + (f"  {hit.post.date}" if hit.post.date else "")


def _marked(fragment: Fragment) -> str:
    """A fragment for a terminal: matches underlined, control characters of the post made harmless."""
    pieces, done = [], 0
    for start, end in fragment.spans:
        pieces += [
            _harmless(fragment.text[done:start]),
            click.style(_harmless(fragment.text[start:end]), underline=True),
        ]
        done = end
    return "".join([*pieces, _harmless(fragment.text[done:])])


def _harmless(text: str) -> str:
    """A text from a post or a name for a terminal, which must not take orders from it."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


@main.command()
@click.argument("post")
@click.option("--limit", type=click.IntRange(1, 50), help="How many [default: related.shown of the settings].")
@_json
@click.pass_obj
def related(told: Told, post: str, limit: int | None, as_json: bool) -> None:
    """What a reader of POST sees beside it. POST is an id, a file path or a URL."""
    from indexer.published import open_published

    settings = told.settings()
    published = open_published(settings.index.directory)
    _warn(published.wrong)
    source = _named(published, post, settings)
    found = published.related.for_readers(source, limit or settings.related.shown)
    if as_json:
        _print_json(answers.related(published, source, found))
        return
    click.echo(f"{_bold(source.title)}: see also")
    for one in found:
        alike = "often chosen beside posts like this" if one.score is None else f"similarity {one.score:.2f}"
        how = "curated" if one.curated else alike
        click.echo(
            f"  {_harmless(one.post.title)}  {click.style(f'({how})', dim=True)}\n    {_harmless(one.post.path)}"
        )
    if not found:
        click.echo("  nothing: no other post shares enough with it")


@main.command()
@click.argument("post", required=False)
@click.option("--draft", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A text not published yet.")
@click.option("--to", is_flag=True, help="The other way round: posts that should link to POST.")
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True)
@_json
@click.pass_obj
def suggest(told: Told, post: str | None, draft: Path | None, to: bool, limit: int, as_json: bool) -> None:
    """Posts that may belong beside POST and are not there yet, each with the reason."""
    from indexer.published import open_published

    if (post is None) == (draft is None):
        raise click.UsageError("name a POST, or a file with --draft")
    if draft is not None and to:
        raise click.UsageError("--to needs a published POST: nothing can link to a draft yet")
    settings = told.settings()
    published = open_published(settings.index.directory)
    _warn(published.wrong)
    if post is not None:
        source = _named(published, post, settings)
        name, title = source.id, source.title
        asked = published.related.pointing_to if to else published.related.for_editors
        advice = asked(source, limit)
    elif draft is not None:
        from indexer.drafts import suggestions_for_draft

        name = str(draft)
        title, advice = suggestions_for_draft(published, _draft_text(draft), name, settings.content, limit, _today())
    if as_json:
        _print_json(answers.suggestions(published, name, advice))
        return
    click.echo(f"{_bold(title)}: {'should be linked from' if to else 'not beside it yet'}")
    _print_advice(advice)


def _print_advice(advice: Advice) -> None:
    for one in advice.duplicates:
        click.echo(_harmless(f"  nearly the same text: {one.title}\n        {one.path}: one of the two may go"))
    for suggestion in advice.suggestions:
        post, sure = suggestion.post, f"{suggestion.confidence:.2f} {suggestion.band}"
        click.echo(_harmless(f"  {sure:<13} {post.title}\n        {post.path}\n        {_because(suggestion)}"))
    if not advice.suggestions:
        click.echo("  nothing to suggest: no other post shares enough with it")
    elif not any(one.band is Band.STRONG for one in advice.suggestions):
        click.echo("  none of these is strong")
    for fallback in advice.fallback:
        click.echo(_harmless(f"  only {fallback.label}: {fallback.post.title}\n        {fallback.post.path}"))
    if advice.suggestions and not advice.calibrated:
        click.echo("  the numbers are guesses until five posts have curated lists to measure on")


def _today() -> date:
    return datetime.now().astimezone().date()


def _draft_text(draft: Path) -> str:
    try:
        return draft.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPost(str(draft), None, f"cannot be read as UTF-8 text ({error})") from None


def _because(suggestion: Suggestion) -> str:
    """The reasons in words, those of people before those of the text's."""
    reason = suggestion.reason
    there = {field for term in reason.terms for field in term.fields}
    fields = [field for field in FIELDS if field in there]
    parts = []
    if reason.terms:
        parts.append(f"both about {', '.join(term.term for term in reason.terms)} ({', '.join(fields)})")
    if reason.together:
        parts.append(f"curated together by {_titles(reason.together)}")
    if reason.alike:
        parts.append(f"curated by {_titles(reason.alike)}, much like this one")
    if reason.curated_back:
        parts.append("curates this one already")
    if reason.linked_back:
        parts.append("links to this one already")
    if reason.tags:
        parts.append(f"same tag{'s' if len(reason.tags) > 1 else ''} {', '.join(reason.tags)}")
    return "; ".join(parts) or "many small things in common"


def _titles(posts: tuple[StoredPost, ...]) -> str:
    return " and ".join(f'"{post.title}"' for post in posts)


def _named(published: Published, name: str, settings: Settings) -> StoredPost:
    """A post by id, URL, path below the content folder, path from here, or any name that a related post may have."""
    from indexer.curation.names import Names

    if post := published.posts.find(name):
        return post
    file = Path(name).resolve()
    if file.is_relative_to(settings.content.directory.resolve()):
        name = file.relative_to(settings.content.directory.resolve()).as_posix()
        if post := published.posts.find(name):
            return post
        if file.exists():
            raise PostNotFound(f"{name} is not published: is it a draft, or newer than the index? See `seealso build`")
    found = Names(published.posts, settings.content.site).resolve(name)
    if len(found) == 1:
        return published.posts[found[0]]
    if found:
        paths = ", ".join(published.posts[one].path for one in found[:5])
        raise PostNotFound(f'"{name}" may be any of {paths}: name it by its path')
    raise PostNotFound(
        f'no published post is called "{name}": give an id, a file path or a URL; `seealso search` finds posts'
    )


def _warn(wrong: tuple[SeeAlsoError, ...]) -> None:
    for one in wrong:
        click.echo(f"seealso: {_harmless(str(one))}; an older generation answers", err=True)


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
@_json
@click.pass_obj
def evaluate_related(told: Told, file: Path | None, as_json: bool) -> None:
    """How well related posts are found, by hiding each curated list while its post is asked."""
    from indexer.similarity.report import compared, lists_from, read_for_evaluation

    content = told.settings().content
    corpus, graph = read_for_evaluation(content)
    lists = lists_from(file, corpus) if file else None
    said = compared(corpus, graph, lists)
    if as_json:
        _print_json(said)
        return
    click.echo(
        f"{_count(said['posts'], 'post')}, {_count(said['lists'], 'curated list')}, each hidden while its post is asked"
    )
    for row in said["rankings"]:
        measures = "  ".join(
            f"{name} {mean:.3f} ({low:.3f}–{high:.3f})" for name, (mean, low, high) in row["measures"].items()
        )
        click.echo(
            f"  {row['name']:<16} {measures}  coverage {row['coverage']:.2f}  largest in-degree {row['in_degree']}"
        )
    click.echo(said["because"])


# ------------------------------------------------------------------------------------------------- operations


@main.command()
@_json
@click.pass_obj
def status(told: Told, as_json: bool) -> None:
    """What is published, how old it is, and what is to be mended."""
    from indexer.generation import generation_ids
    from indexer.published import open_published

    index = told.settings().index.directory
    published = open_published(index)
    said = answers.status(published, generation_ids(index))
    if as_json:
        _print_json(said)
    else:
        _print_left_out(said)
        _print_bad_references(said)
        _print_steering(said)
        click.echo(
            f"generation {said['generation']} serves {_count(said['counts']['posts'], 'post')}, "
            f"{_left_out_words(said['left_out'])}, built {said['built_at']} ({_age(said['age_seconds'])} ago), "
            f"engine {said['engine']}; kept: {', '.join(said['generations'])}"
        )
    _warn(published.wrong)
    if published.wrong:
        sys.exit(published.wrong[0].exit_code)


def _age(seconds: int) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return _count(seconds // size, name)
    return _count(seconds, "second")


@main.command()
@_json
@click.pass_obj
def rollback(told: Told, as_json: bool) -> None:
    """Publish the generation before the current one again."""
    from indexer import generation

    index = told.settings().index.directory
    with generation.locked(index):
        now = generation.rollback(index)
    if as_json:
        _print_json({"generation": now})
    else:
        click.echo(f"generation {now} serves now, until the content changes or a build is forced")


@main.command()
@click.option("--host", help="Address to listen on [default: service.host of the settings].")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on [default: service.port].")
@click.pass_obj
def serve(told: Told, host: str | None, port: int | None) -> None:
    """Serve search and related posts over HTTP."""
    told.settings()  # a bad setting is said here, not by a worker
    flags = {
        "SEEALSO_SETTINGS": told.file,
        "SEEALSO_CONTENT_DIRECTORY": told.content,
        "SEEALSO_INDEX_DIRECTORY": told.index,
        "SEEALSO_SERVICE_HOST": host,
        "SEEALSO_SERVICE_PORT": port,
    }
    os.environ.update({name: str(value) for name, value in flags.items() if value is not None})
    # The server takes this process over, so signals and the exit code are its own. -P: what lies in the working
    # directory is never imported.
    command = [sys.executable, "-P", "-m", "service.server"]
    os.execv(command[0], command)  # noqa: S606  # our own interpreter, no shell wanted
