"""A text that is not published yet, compared with the posts that are."""

from __future__ import annotations

from collections import Counter

from indexer.curation.names import Names
from indexer.model import Suggestion
from indexer.posts.reader import draft_post
from indexer.published import Published
from indexer.settings import ContentSettings
from indexer.similarity.terms import post_terms


def suggestions_for_draft(
    published: Published, text: str, name: str, settings: ContentSettings, limit: int
) -> tuple[str, list[Suggestion]]:
    """The draft's title, and posts that may belong beside it; not those that it names or links to. Raises BadPost."""
    draft = draft_post(text, name, settings)
    names = Names(published.posts, settings.site)
    there = {
        found[0]
        for target in (*(one.name for one in draft.curated), *draft.links)
        if len(found := names.resolve(target)) == 1
    }
    if own := published.posts.find(draft.id) or published.posts.at_url(draft.url):
        there.add(own.number)  # the draft is a new version of a post that is published
    return draft.title, published.related.for_draft(draft, Counter(post_terms(draft)), there, limit)
