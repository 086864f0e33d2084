"""Posts worth a look: those with suggestions that are sure enough, the emptiest and newest first.

stored confidence ──▶ posts that may have some ──▶ their files as they are now ──▶ what is left to decide
                          changed files, too ──┘   remembered until the file or a decision on it changes
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from indexer.content.build_cache import digests
from indexer.editing.decisions import Decisions
from indexer.editing.saving import read_bytes
from indexer.editing.suggestions import MOST, SuggestionService
from indexer.errors import BadPost, CannotWrite, NoContent, PostGone
from indexer.model import Band, Decision, StoredPost, band_of
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot

# A post of the last so many days is new.
NEW = timedelta(days=30)
_Signature = tuple[int, int, int]
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
    def rank(self) -> tuple[bool, int, float, int]:
        """Orders posts, the one that most deserves a look first."""
        emptiness = 2 if not self.listed else 1 if self.listed < 3 else 0
        return self.is_last, -(emptiness + bool(self.news)), -round(self.best, 2), self.post.number


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of one post. found: target, confidence, whether it was put off."""

    is_changed: bool
    found: tuple[tuple[str, float, Band, bool], ...]


@dataclass(slots=True)
class Queue:
    """The queue of a service; it remembers what was worked out of a generation."""

    _generation: str = ""
    _digests: dict[str, bytes] = field(default_factory=dict)
    _as_indexed: dict[str, tuple[_Signature, bool]] = field(default_factory=dict)
    _left: dict[str, tuple[object, _Left]] = field(default_factory=dict)

    def waiting(
        self,
        snapshot: Snapshot,
        decisions: Decisions,
        content: ContentSettings,
        today: date,
        least: Band = Band.STRONG,
        taken: frozenset[Pair] = frozenset(),
        skipped: frozenset[str] = frozenset(),
    ) -> list[Waiting]:
        """The posts with suggestions of a band or a surer one. taken: pairs that are decided on but not written.

        skipped: ids of posts that were passed over. Raises NoContent.
        """
        if not content.directory.is_dir():
            raise NoContent(f"the content folder {content.directory} is not there: mount it")
        if self._generation != snapshot.id:
            self._generation, self._digests = snapshot.id, digests(snapshot.files)
            self._as_indexed, self._left = {}, {}
        service = SuggestionService(snapshot, decisions, content, today)
        own = _by_post(decisions)
        found = []
        for post in snapshot.posts:
            left = self._left_of(snapshot, service, content, own.get(post.id, ()), post, least)
            waiting = _waiting(post, left, least, taken, today, post.id in skipped) if left else None
            if waiting:
                found.append(waiting)
        return sorted(found, key=lambda waiting: waiting.rank)

    def _left_of(
        self,
        snapshot: Snapshot,
        service: SuggestionService,
        content: ContentSettings,
        decided: tuple[Decision, ...],
        post: StoredPost,
        least: Band,
    ) -> _Left | None:
        try:
            status = os.stat(content.directory / post.path)
        except OSError:
            return None
        signature = status.st_ino, status.st_mtime_ns, status.st_size
        if post.path not in self._as_indexed or self._as_indexed[post.path][0] != signature:
            self._as_indexed[post.path] = signature, self._is_as_indexed(content, post)
        is_changed = not self._as_indexed[post.path][1]
        if not is_changed and not _may_have(snapshot, post, least):
            return None
        key = signature, decided
        if post.path not in self._left or self._left[post.path][0] != key:
            self._left[post.path] = key, _Left(is_changed, tuple(_open(service, post)))
        return self._left[post.path][1]

    def _is_as_indexed(self, content: ContentSettings, post: StoredPost) -> bool:
        try:
            return hashlib.sha256(read_bytes(content, post.path)).digest() == self._digests.get(post.path)
        except (CannotWrite, PostGone):
            return False


def _by_post(decisions: Decisions) -> Mapping[str, tuple[Decision, ...]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions.decided:
        found[decision.post].append(decision)
    return {post: tuple(own) for post, own in found.items()}


def _may_have(snapshot: Snapshot, post: StoredPost, least: Band) -> bool:
    """Whether the stored ranking has a target that is sure enough and not there yet."""
    there = {post.number, *post.curated, *post.linked}
    ranked, bands = snapshot.related.ranked(post.number), least.and_surer
    return any(target not in there and band_of(confidence) in bands for target, confidence in ranked)


def _open(service: SuggestionService, post: StoredPost) -> Iterator[tuple[str, float, Band, bool]]:
    try:
        suggestions = service.of(post, MOST).advice.suggestions
    except (BadPost, CannotWrite, PostGone):
        return
    for suggestion in suggestions:
        yield suggestion.post.id, suggestion.confidence, suggestion.band, suggestion.is_put_off


def _waiting(
    post: StoredPost, left: _Left, least: Band, taken: frozenset[Pair], today: date, is_skipped: bool
) -> Waiting | None:
    found = [one for one in left.found if one[2] in least.and_surer and (post.id, one[0]) not in taken]
    if not found:
        return None
    put_off = sum(is_put_off for *_, is_put_off in found)
    best = max(confidence for _, confidence, _, is_put_off in found if not is_put_off or put_off == len(found))
    is_new = post.date is not None and timedelta() <= today - post.date <= NEW
    news = "new" if is_new else "changed" if left.is_changed else ""
    return Waiting(post, len(found), put_off, best, len(post.curated), news, is_skipped)
