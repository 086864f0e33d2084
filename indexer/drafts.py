"""A text that is not published yet, compared with the posts that are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from indexer.curation.advice import heeded, said_of
from indexer.curation.decisions import NOTHING_DECIDED, Decisions
from indexer.curation.names import Names
from indexer.model import Advice
from indexer.posts.reader import draft_post
from indexer.published import Published
from indexer.settings import ContentSettings
from indexer.similarity.terms import field_terms


def suggestions_for_draft(
    published: Published,
    text: str,
    name: str,
    settings: ContentSettings,
    limit: int,
    today: date,
    decisions: Decisions = NOTHING_DECIDED,
) -> tuple[str, Advice]:
    """The draft's title, and posts that may belong beside it; not those that it names or links to. Raises BadPost.

    name: the path of the draft, from here or below the content folder; it need not exist. decisions: count for a draft
    that is a new version of a published post, as they stand for that post.
    """
    file, root = Path(name).resolve(), settings.directory.resolve()
    draft = draft_post(text, file.relative_to(root).as_posix() if file.is_relative_to(root) else name, settings, today)
    names = Names(published.posts, settings.site)
    # The draft may be a new version of a post that is published; its relative links then start where that post is.
    own = published.posts.find(draft.id) or published.posts.at_url(draft.url)
    source = own.number if own else None
    there = {
        found[0]
        for target in (*(one.name for one in draft.curated), *draft.links)
        if len(found := names.resolve(target, source)) == 1
    }
    documents = field_terms(draft, published.related.ignored)

    def ask(most: int, unwanted: Collection[int]) -> Advice:
        return published.related.for_draft(draft, documents, there | set(unwanted), most, source)

    return draft.title, heeded(ask, said_of(published, decisions, own) if own else {}, limit)
