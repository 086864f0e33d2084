"""Completions of a query: titles that start with it, then completions of its last word."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from indexer.search.lexicon import Lexicon
from indexer.search.metadata import Metadata
from indexer.store.posts import PostStore
from indexer.text import analysis


def completions(
    typed: str,
    limit: int,
    metadata: Metadata,
    lexicon: Lexicon,
    posts: PostStore,
    following: Callable[[str, range], list[int]] | None = None,
) -> list[str]:
    """Completions of what was typed so far, most likely first.

    At most half of them are titles if words can fill the rest. The text before the last word stays as typed.
    following: (word, numbers of words) → those of them that follow it somewhere, the most frequent first; None if the
    engine does not know.
    """
    key = analysis.title_key(typed)
    if not key:
        return []
    titled = metadata.titled(key, unfinished=True)
    numbers = np.union1d(titled.exact, titled.starting)[:limit].tolist()
    titles = [posts[number].title for number in numbers]
    *before, (last, start, _) = analysis.spans(typed)
    neighbours = following(before[-1][0], lexicon.with_prefix(last)) if following and before else []
    found = lexicon.words(neighbours[:limit]) or lexicon.complete(last, limit)
    words = [typed[:start] + word for word in found]
    return list(dict.fromkeys([*titles[: max(limit // 2, 1)], *words]))[:limit]
