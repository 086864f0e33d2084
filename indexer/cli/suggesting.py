"""suggest: posts that an editor might add, each with the reason."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from indexer import answers
from indexer.cli.command import Told, json_option, main, named
from indexer.cli.terminal import bold, harmless, print_json, titles, warn
from indexer.errors import BadPost
from indexer.model import Advice, Band, Suggestion
from indexer.similarity.terms import FIELDS


@main.command()
@click.argument("post", required=False)
@click.option("--draft", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A text not published yet.")
@click.option("--to", is_flag=True, help="The other way round: posts that should link to POST.")
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True)
@json_option
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
    warn(published.wrong)
    if post is not None:
        source = named(published, post, settings)
        name, title = source.id, source.title
        asked = published.related.pointing_to if to else published.related.for_editors
        advice = asked(source, limit)
    elif draft is not None:
        from indexer.drafts import suggestions_for_draft

        name = str(draft)
        title, advice = suggestions_for_draft(published, _draft_text(draft), name, settings.content, limit, _today())
    if as_json:
        print_json(answers.suggestions(published, name, advice))
        return
    click.echo(f"{bold(title)}: {'should be linked from' if to else 'not beside it yet'}")
    _print_advice(advice)


def _print_advice(advice: Advice) -> None:
    for one in advice.duplicates:
        click.echo(harmless(f"  nearly the same text: {one.title}\n        {one.path}: one of the two may go"))
    for suggestion in advice.suggestions:
        post, sure = suggestion.post, f"{suggestion.confidence:.2f} {suggestion.band}"
        click.echo(harmless(f"  {sure:<13} {post.title}\n        {post.path}\n        {because(suggestion)}"))
    if not advice.suggestions:
        click.echo("  nothing to suggest: no other post shares enough with it")
    elif not any(one.band is Band.STRONG for one in advice.suggestions):
        click.echo("  none of these is strong")
    for fallback in advice.fallback:
        click.echo(harmless(f"  only {fallback.label}: {fallback.post.title}\n        {fallback.post.path}"))
    if advice.suggestions and not advice.calibrated:
        click.echo("  the numbers are guesses until five posts have curated lists to measure on")


def _today() -> date:
    return datetime.now().astimezone().date()


def _draft_text(draft: Path) -> str:
    try:
        return draft.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPost(str(draft), None, f"cannot be read as UTF-8 text ({error})") from None


def because(suggestion: Suggestion) -> str:
    """The reasons in words, those of people before those of the text's."""
    reason = suggestion.reason
    there = {field for term in reason.terms for field in term.fields}
    fields = [field for field in FIELDS if field in there]
    parts = []
    if reason.terms:
        parts.append(f"both about {', '.join(term.term for term in reason.terms)} ({', '.join(fields)})")
    if reason.together:
        parts.append(f"curated together by {titles(reason.together)}")
    if reason.alike:
        parts.append(f"curated by {titles(reason.alike)}, much like this one")
    if reason.curated_back:
        parts.append("curates this one already")
    if reason.linked_back:
        parts.append("links to this one already")
    if reason.tags:
        parts.append(f"same tag{'s' if len(reason.tags) > 1 else ''} {', '.join(reason.tags)}")
    return "; ".join(parts) or "many small things in common"
