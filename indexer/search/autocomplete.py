"""Completions of a query: titles that start with it, then completions of its last word."""

from __future__ import annotations

import numpy as np

from indexer.search.lexicon import Lexicon
from indexer.search.metadata import Metadata
from indexer.store.posts import PostStore
from indexer.text import analysis


def completions(typed: str, limit: int, metadata: Metadata, lexicon: Lexicon, posts: PostStore) -> list[str]:
    """Completions of what was typed so far, most likely first.

    At most half of them are titles if words can fill the rest. The text before the last word stays as typed.
    """
    key = analysis.title_key(typed)
    if not key:
        return []
    titled = metadata.titled(key, unfinished=True)
    numbers = np.union1d(titled.exact, titled.starting)[:limit].tolist()
    titles = [posts[number].title for number in numbers]
    *_, (last, start, _) = analysis.spans(typed)
    words = [typed[:start] + word for word in lexicon.complete(last, limit)]
    return list(dict.fromkeys([*titles[: max(limit // 2, 1)], *words]))[:limit]
