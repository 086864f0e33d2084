"""Posts worth a look: those with suggestions that are sure enough, the emptiest and newest first. It ends.

stored confidence ──▶ posts that may have some ──▶ their files as they are now ──▶ what is left to decide
                          changed files, too ──┘   remembered until the file or a decision on it changes
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from indexer.editing.changes import ChangedFiles, Status
from indexer.editing.decisions import Decisions
from indexer.editing.suggestions import FILE_ERRORS, MOST, OnError, PostSuggestions, SuggestionService
from indexer.errors import SeeAlsoError
from indexer.model import Decision, StoredPost, Suggestion
from indexer.snapshot import Snapshot

# A post of the last so many days is new.
NEW = timedelta(days=30)
# A list with fewer is nearly empty.
FEW = 3
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post with suggestions that nobody has decided on.

    open: how many; put_off: how many of them were put off. best: the confidence in the surest of the others, or in the
    surest put-off one. listed: how many posts stood in its list when the index was built. news: "new", "changed" since
    the index was built, or "". is_skipped: whether it was passed over.
    """

    post: StoredPost
    open: int
    put_off: int
    best: float
    listed: int
    news: str
    is_skipped: bool

    @property
    def is_put_off(self) -> bool:
        return self.open == self.put_off

    @property
    def is_last(self) -> bool:
        """Whether it comes behind all that nobody has looked at."""
        return self.is_put_off or self.is_skipped

    @property
    def rank(self) -> tuple[bool, bool, int, float, int, int]:
        """Orders posts, the one that most deserves a look first; what was put off, then what was skipped come last."""
        emptiness = 2 if not self.listed else 1 if self.listed < FEW else 0
        newest = -self.post.date.toordinal() if self.post.date else 0
        deserves = emptiness + bool(self.news)
        return self.is_skipped, self.is_put_off, -deserves, -round(self.best, 2), newest, self.post.number


@dataclass(frozen=True, slots=True)
class _Open:
    """A suggestion for a post on which nobody has decided."""

    target: str
    confidence: float
    is_put_off: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts are worth a look. least: the least confidence, as it is shown.

    taken: pairs that are decided on but not written. skipped: ids of posts that were passed over.
    """

    least: float
    taken: frozenset[Pair] = frozenset()
    skipped: frozenset[str] = frozenset()


def _pass_over(_: SeeAlsoError) -> None:
    """What is wrong with one file is said where that file is looked at."""


@dataclass(slots=True)
class Queue:
    """The queue of one process; it remembers what was worked out of a generation."""

    _files: ChangedFiles = field(default_factory=ChangedFiles)
    _generation: str = ""
    _left: dict[str, tuple[object, tuple[_Open, ...]]] = field(default_factory=dict)

    def waiting(self, service: SuggestionService, wanted: Wanted, on_error: OnError = _pass_over) -> list[Waiting]:
        """The posts that are wanted, best first. on_error: called for each unreadable file.

        Raises NoContent, ContentVanished.
        """
        snapshot = service.snapshot
        changes = self._files.since(snapshot, service.content)
        if self._generation != snapshot.id:
            self._generation, self._left = snapshot.id, {}
        status, own = dict(changes.status), _by_post(service.decisions)
        found = []
        for post in snapshot.posts:
            is_changed = post.path in changes.changed or post.path in changes.gone
            if is_changed or _may_have(snapshot, post, wanted.least):
                left = self._left_of(service, post, status.get(post.path), own.get(post.id, ()), on_error)
                if waiting := _waiting(post, left, wanted, service.today, is_changed):
                    found.append(waiting)
        return sorted(found, key=lambda waiting: waiting.rank)

    def _left_of(
        self,
        service: SuggestionService,
        post: StoredPost,
        status: Status | None,
        decided: tuple[Decision, ...],
        on_error: OnError,
    ) -> tuple[_Open, ...]:
        key = status, decided
        if post.path not in self._left or self._left[post.path][0] != key:
            try:
                suggestions = service.of(post, MOST).advice.suggestions
            except FILE_ERRORS as error:
                on_error(error)
                return ()
            left = tuple(_Open(one.post.id, one.confidence, one.is_put_off) for one in suggestions)
            self._left[post.path] = key, left
        return self._left[post.path][1]


def pairs_of(
    waiting: Sequence[Waiting], service: SuggestionService, least: float, limit: int
) -> list[tuple[PostSuggestions, Suggestion]]:
    """The suggestions of posts one by one, at most `limit` a post: put-off ones last, those of skipped posts behind."""
    found = list(_each_of(waiting, service, least, limit))
    found.sort(key=lambda three: (three[0], three[2].is_put_off))
    return [(post, suggestion) for _, post, suggestion in found]


def _each_of(
    waiting: Sequence[Waiting], service: SuggestionService, least: float, limit: int
) -> Iterator[tuple[bool, PostSuggestions, Suggestion]]:
    for one in waiting:
        post = service.of(one.post, limit)
        for suggestion in post.advice.suggestions:
            if round(suggestion.confidence, 2) >= least:
                yield one.is_skipped, post, suggestion


def _by_post(decisions: Decisions) -> Mapping[str, tuple[Decision, ...]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions.decided:
        found[decision.post].append(decision)
    return {post: tuple(own) for post, own in found.items()}


def _may_have(snapshot: Snapshot, post: StoredPost, least: float) -> bool:
    """Whether the stored ranking has a target that is sure enough and not there yet."""
    there = {post.number, *post.curated, *post.linked}
    ranked = snapshot.related.ranked(post.number)
    return any(target not in there and round(confidence, 2) >= least for target, confidence in ranked)


def _waiting(post: StoredPost, left: Sequence[_Open], wanted: Wanted, today: date, is_changed: bool) -> Waiting | None:
    found = [one for one in left if round(one.confidence, 2) >= wanted.least]
    found = [one for one in found if (post.id, one.target) not in wanted.taken]
    if not found:
        return None
    put_off = sum(one.is_put_off for one in found)
    best = max(one.confidence for one in found if not one.is_put_off or put_off == len(found))
    is_new = post.date is not None and timedelta() <= today - post.date <= NEW
    news = "new" if is_new else "changed" if is_changed else ""
    return Waiting(post, len(found), put_off, best, len(post.curated), news, post.id in wanted.skipped)
