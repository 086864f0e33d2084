"""What an editor is told of a post, with its file as it is now: `SuggestionService` is the way in.

An index is older than the files that an editor works on. What a file names by now counts as there, so an accepted
suggestion is not made again; and a text that has changed since, or is new, is compared as it is on the disk. Files that
are as the index knows them, and that is nearly all of them, are not parsed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from indexer.content.build_cache import digests
from indexer.content.files import SourceFile
from indexer.content.reader import read_post
from indexer.editing.decisions import Decisions, is_text
from indexer.editing.drafts import path_of, suggestions_for_draft
from indexer.editing.edit import version_of
from indexer.editing.saving import read_bytes
from indexer.editing.with_decisions import suggestions_for, suggestions_to
from indexer.errors import BadPost, CannotWrite, PostGone, SeeAlsoError
from indexer.links.resolver import ReferenceResolver
from indexer.model import Excluded, ExclusionReason, Post, StoredPost, Suggestion, Suggestions, Verdict
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot

T = TypeVar("T")
Failed = Callable[[SeeAlsoError], None]

# What is asked for where some of it may have been accepted since the index was built: as much as anybody is shown.
MOST = 50
# Files that are no posts yet and will be: who writes one wants to know what belongs beside it.
_TO_COME = (ExclusionReason.DRAFT, ExclusionReason.FUTURE, ExclusionReason.UNPUBLISHED)
# What is wrong with one file and says nothing of the others.
_OF_ONE_FILE = (BadPost, CannotWrite, PostGone)


@dataclass(frozen=True, slots=True)
class PostSuggestions:
    """A post and what its editor is told of it.

    name: its id, or the file of a draft. path: of its file, below the content folder if it lies there. version: of the
    file as it was read; None where nothing can be written to it.
    """

    name: str
    title: str
    path: str
    url: str
    version: str | None
    advice: Suggestions


class SuggestionService:
    """The posts of one generation beside their files and what was decided of them. today: the date of an undated draft.

    Reads, and writes nothing.
    """

    def __init__(self, snapshot: Snapshot, decisions: Decisions, content: ContentSettings, today: date) -> None:
        self._snapshot = snapshot
        self._decisions = decisions
        self._content = content
        self._today = today

    def of(self, post: StoredPost, limit: int) -> PostSuggestions:
        """At most `limit` posts that may belong beside a published one.

        Raises BadPost where its file is broken, and PostGone, NoContent or CannotWrite where there is none to read.
        """
        data = read_bytes(self._content, post.path)
        now = self._now(post, data)
        if isinstance(now, Post):
            return self._compared(data, now, limit)
        advice = suggestions_for(self._snapshot, self._decisions, now, limit)
        return PostSuggestions(post.id, post.title, post.path, post.url, version_of(data), advice)

    def to(self, post: StoredPost, limit: int) -> PostSuggestions:
        """The same the other way round: posts that should link to this one and do not by now. Raises like `of`."""
        version = version_of(read_bytes(self._content, post.path))
        advice = suggestions_to(self._snapshot, self._decisions, post, MOST)
        new = [one for one in advice.suggestions if not self._points(one.post, post)]
        advice = replace(advice, suggestions=tuple(new[:limit]))
        return PostSuggestions(post.id, post.title, post.path, post.url, version, advice)

    def of_file(self, path: str, limit: int) -> PostSuggestions | None:
        """The same for a file of the content folder, published or not; None where it is nothing like a post.

        Raises like `of`.
        """
        if not is_text(path):
            raise BadPost(path, None, "the file name is not UTF-8, or holds a control character")
        post = self._snapshot.posts.find(path)
        if post is not None and post.path == path:
            return self.of(post, limit)
        data = read_bytes(self._content, path)
        found = read_post(SourceFile(path, data), self._content, self._today)
        if isinstance(found, Excluded) and found.reason not in _TO_COME:
            return None
        named = found.post if isinstance(found, Excluded) else found
        return self._compared(data, named, limit) if named else None

    def of_draft(self, file: Path, limit: int) -> PostSuggestions:
        """The same for a text that is not published, wherever it lies. Raises BadPost."""
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadPost(str(file), None, f"cannot be read as UTF-8 text ({error})") from None
        title, advice = self._of_text(text, path_of(file, self._content), limit)
        return PostSuggestions(str(file), title, str(file), "", None, advice)

    def of_files(self, paths: Sequence[str], limit: int, failed: Failed) -> list[PostSuggestions]:
        """The same for several files, those left out that are nothing like a post.

        failed: called with each file that cannot be read; the others are answered for.
        """
        return _each(lambda path: self.of_file(path, limit), paths, failed)

    def of_all(self, limit: int, most: int, failed: Failed) -> list[PostSuggestions]:
        """The `most` surest suggestions of the whole site, at most `limit` a post; the surest post comes first."""
        kept: dict[str, tuple[PostSuggestions, list[Suggestion]]] = {}
        for one, suggestion in self.surest(limit, failed)[:most]:
            kept.setdefault(one.name, (one, []))[1].append(suggestion)
        return [replace(one, advice=replace(one.advice, suggestions=tuple(some))) for one, some in kept.values()]

    def surest(self, limit: int, failed: Failed) -> list[tuple[PostSuggestions, Suggestion]]:
        """Every suggestion of the whole site, at most `limit` a post: the surest first, what was put off last."""
        told = _each(lambda post: self.of(post, limit), self._snapshot.posts, failed)
        return sorted(((one, each) for one in told for each in one.advice.suggestions), key=_when_to_ask)

    # ---------------------------------------------------------------------------------------- the files as they are

    def _now(self, post: StoredPost, data: bytes) -> StoredPost | Post:
        """The post with what its file names by now; a Post where the text itself is another than the index knows."""
        if self._digests.get(post.path) == hashlib.sha256(data).digest():
            return post
        read = read_post(SourceFile(post.path, data), self._content, self._today)
        found = read.post if isinstance(read, Excluded) else read
        if found is None:
            return post
        if not self._says_the_same(found, post):
            return found
        return structs.replace(
            post,
            curated=self._resolved(post, [one.name for one in found.curated]),
            linked=self._resolved(post, found.links),
        )

    def _says_the_same(self, found: Post, post: StoredPost) -> bool:
        """Whether a file says what was indexed, its lists and links apart."""
        facts = ("url", "title", "description", "tags", "date", "language")
        same = all(getattr(found, one) == getattr(post, one) for one in facts)
        return same and found.sections == self._snapshot.posts.sections(post.number)

    def _points(self, source: StoredPost, target: StoredPost) -> bool:
        """Whether the file of a post names or links to another by now."""
        try:
            now = self._now(source, read_bytes(self._content, source.path))
        except _OF_ONE_FILE:
            return False
        if isinstance(now, Post):
            names = [*(one.name for one in now.curated), *now.links]
            return target.number in self._resolved(source, names)
        return target.number in (*now.curated, *now.linked)

    def _resolved(self, post: StoredPost, names: Sequence[str]) -> tuple[int, ...]:
        found = (self._names.resolve(name, post.number) for name in names)
        return tuple(dict.fromkeys(one[0] for one in found if len(one) == 1))

    def _compared(self, data: bytes, now: Post, limit: int) -> PostSuggestions:
        """What is told of a file whose text the index does not know. now: what it is read as."""
        text = data.decode("utf-8-sig")  # it has been read, so it is UTF-8
        title, advice = self._of_text(text, now.path, limit)
        return PostSuggestions(now.id, title, now.path, now.url, version_of(data), advice)

    def _of_text(self, text: str, path: str, limit: int) -> tuple[str, Suggestions]:
        return suggestions_for_draft(self._snapshot, text, path, self._content, limit, self._today, self._decisions)

    @cached_property
    def _names(self) -> ReferenceResolver:
        return ReferenceResolver(self._snapshot.posts, self._content.site)

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return digests(self._snapshot.files)


def _each(told_of: Callable[[T], PostSuggestions | None], asked: Iterable[T], failed: Failed) -> list[PostSuggestions]:
    told = []
    for one in asked:
        try:
            advised = told_of(one)
        except _OF_ONE_FILE as error:
            failed(error)
            continue
        if advised is not None:
            told.append(advised)
    return told


def _when_to_ask(pair: tuple[PostSuggestions, Suggestion]) -> tuple[bool, float]:
    before, confidence = pair[1].before, pair[1].confidence
    return before is not None and before.verdict is Verdict.LATER, -confidence
