"""Titles, tags, languages and dates of all posts as columns: what filters, counts and orders beside the text."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date

from indexer.analysis import title_key
from indexer.model import Query
from indexer.stored import StoredPosts

MOST_FACETS = 50


class Catalogue:
    """The facts of one generation's posts, by number."""

    def __init__(self, posts: StoredPosts) -> None:
        self._tags = [post.tags for post in posts]
        self._dates = [post.date or date.min for post in posts]
        self._titles = sorted((title_key(post.title), post.number) for post in posts)
        self._signed = {_as_typed(post.title) for post in posts if " -" in post.title}
        self._with_tag: dict[str, set[int]] = defaultdict(set)
        self._in_language: dict[str, set[int]] = defaultdict(set)
        for post in posts:
            self._in_language[post.language.casefold()].add(post.number)
            for tag in post.tags:
                self._with_tag[tag.casefold()].add(post.number)

    def allowed(self, query: Query) -> set[int] | None:
        """The posts that pass the query's filters; None where it has none. All tags must be there; case is ignored."""
        groups = [self._with_tag.get(tag.casefold(), set()) for tag in query.tags]
        if query.language:
            groups.append(self._in_language.get(query.language.casefold(), set()))
        if query.since or query.until:
            groups.append(self._between(query.since or date(1, 1, 2), query.until or date.max))
        return set.intersection(*groups) if groups else None

    def _between(self, since: date, until: date) -> set[int]:
        """Posts dated within both days; a post without a date is never within."""
        return {number for number, day in enumerate(self._dates) if day is not date.min and since <= day <= until}

    def facets(self, numbers: Collection[int]) -> tuple[tuple[str, int], ...]:
        """How many of these posts carry each tag, the most frequent first."""
        counts = Counter(tag for number in numbers for tag in self._tags[number])
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_FACETS])

    def newest_first(self, numbers: Collection[int]) -> list[int]:
        """These posts by date, newest first, those without a date last, ties by id."""
        return sorted(numbers, key=lambda number: (-self._dates[number].toordinal(), number))

    def is_signed_title(self, text: str) -> bool:
        """Whether a text is a title that only looks like an exclusion: "Compile with -Wall"."""
        return _as_typed(text) in self._signed

    def titled(self, key: str, unfinished: bool) -> tuple[set[int], set[int]]:
        """The posts whose title is this, and those whose title starts with it (mid-word too where it is unfinished).

        key: as `analysis.title_key` makes it.
        """
        exact: set[int] = set()
        starting: set[int] = set()
        if key:
            for title, number in self._titles[bisect_left(self._titles, (key, -1)) :]:
                if title == key:
                    exact.add(number)
                elif title.startswith(key if unfinished else f"{key} "):
                    starting.add(number)
                elif not title.startswith(key):
                    break
        return exact, starting


def _as_typed(text: str) -> str:
    return " ".join(text.casefold().split())
