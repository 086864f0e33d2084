"""A text that is not published yet, compared with the posts that are."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date
from pathlib import Path

from indexer.content.reader import draft_post
from indexer.editing.decisions import NOTHING_DECIDED, Decisions
from indexer.editing.with_decisions import said_of, with_decisions
from indexer.links.resolver import ReferenceResolver
from indexer.model import Suggestions
from indexer.related.fields import field_terms
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot


def suggestions_for_draft(
    snapshot: Snapshot,
    text: str,
    path: str,
    settings: ContentSettings,
    limit: int,
    today: date,
    decisions: Decisions = NOTHING_DECIDED,
) -> tuple[str, Suggestions]:
    """The draft's title, and posts that may belong beside it; not those that it names or links to. Raises BadPost.

    path: of the draft, as `path_of` gives it. decisions: count for a draft that is a new version of a published post,
    as they stand for that post.
    """
    draft = draft_post(text, path, settings, today)
    names = ReferenceResolver(snapshot.posts, settings.site)
    # The draft may be a new version of a post that is published; its relative links then start where that post is.
    own = snapshot.posts.find(draft.id) or snapshot.posts.at_url(draft.url)
    source = own.number if own else None
    there = {
        found[0]
        for target in (*(one.name for one in draft.curated), *draft.links)
        if len(found := names.resolve(target, source)) == 1
    }
    documents = field_terms(draft, snapshot.related.ignored_paragraphs)

    def ask(most: int, unwanted: Collection[int]) -> Suggestions:
        return snapshot.related.for_draft(draft, documents, there | set(unwanted), most, source)

    return draft.title, with_decisions(ask, said_of(snapshot, decisions, own) if own else {}, limit)


def path_of(file: Path, settings: ContentSettings) -> str:
    """The path of a draft below the content folder, or as it was given where it lies elsewhere; it need not exist."""
    real, root = Path(os.path.realpath(file)), os.path.realpath(settings.directory)
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else str(file)
