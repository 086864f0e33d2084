"""What other posts call a post where they link to it."""

from __future__ import annotations

from collections import defaultdict

from indexer.model import Corpus
from indexer.text.analysis import title_key

# A text that leads to so many posts names none of them: here, read more, this guide.
MANY_POSTS = 4
# Texts of one post that are kept, those of the most posts first; characters of one that are.
MOST_TEXTS, LONGEST_TEXT = 20, 100


class LinkTexts:
    """Collects the texts of links between the posts of a corpus. Two with the same words are one."""

    def __init__(self, corpus: Corpus) -> None:
        self._titles = [title_key(post.title) for post in corpus]
        self._sources: list[dict[str, set[int]]] = [defaultdict(set) for _ in corpus]
        self._posts: dict[str, set[int]] = defaultdict(set)

    def add(self, source: int, target: int, text: str) -> None:
        """Notes that one post links to another with a text."""
        if len(text) <= LONGEST_TEXT and (key := title_key(text)):
            self._sources[target][key].add(source)
            self._posts[key].add(target)

    def of_posts(self) -> tuple[tuple[str, ...], ...]:
        """For each post at most MOST_TEXTS texts, as `title_key` has them, without its title and what names many."""
        return tuple(map(self._texts, self._titles, self._sources))

    def _texts(self, title: str, sources: dict[str, set[int]]) -> tuple[str, ...]:
        telling = (key for key in sources if key != title and len(self._posts[key]) < MANY_POSTS)
        return tuple(sorted(telling, key=lambda key: (-len(sources[key]), key))[:MOST_TEXTS])
