"""Suggestions for an editor: for a published post with its file as it is now, and for a draft.

    file as indexed ────▶ StoredPost ──▶ stored ranking ─────────┐
    list or links new ──▶ StoredPost with its new targets ───────┼─▶ dismissed pairs left out, ──▶ editor
    text new, a draft ──▶ Post ──▶ compared with stored vectors ─┘   put-off ones last

The files that an editor works on are newer than the index. Posts that a file names by now are not suggested again, and
a text that has changed since the build is compared as it is. Files that are as the index knows them, which is nearly
all of them, are not parsed. Decisions count at once, without a build: a dismissed pair comes back when one of its posts
has changed materially, and one that was put off stays, behind the others. Everything here reads, and writes nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from indexer.content.build_cache import digests, languages
from indexer.content.files import SourceFile
from indexer.content.reader import draft_post, read_post
from indexer.editing.decisions import NOTHING_DECIDED, Decisions, DecisionState, decision_states, is_text
from indexer.editing.edit import version_of
from indexer.editing.saving import read_bytes
from indexer.errors import BadPost, CannotWrite, PostGone, SeeAlsoError
from indexer.links.resolver import ReferenceResolver
from indexer.model import Decision, Excluded, ExclusionReason, Post, StoredPost, Suggestion, Suggestions
from indexer.related.fields import field_terms
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot
from indexer.text.simhash import same_text, written

T = TypeVar("T")
OnError = Callable[[SeeAlsoError], None]
# A limit and the posts that are not to be offered → suggestions.
Suggest = Callable[[int, Collection[int]], Suggestions]

# How many suggestions are looked up where some may have been accepted since the build: as many as are ever shown.
MOST = 50
# Files that are no posts yet but will be: their editors want suggestions, too.
_FUTURE_POSTS = (ExclusionReason.DRAFT, ExclusionReason.FUTURE, ExclusionReason.UNPUBLISHED)
# Errors of one file, which do not concern the others.
FILE_ERRORS = (BadPost, CannotWrite, PostGone)


@dataclass(frozen=True, slots=True)
class PostSuggestions:
    """A post and the suggestions for it.

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
    """Suggestions for the posts of one generation, with their files as they are now. today: of undated drafts."""

    def __init__(self, snapshot: Snapshot, decisions: Decisions, content: ContentSettings, today: date) -> None:
        self.snapshot = snapshot
        self.decisions = decisions
        self.content = as_built(content, snapshot)
        self.today = today

    def of(self, post: StoredPost, limit: int) -> PostSuggestions:
        """At most `limit` posts that may belong beside a published one.

        Raises BadPost where its file is broken, and PostGone, NoContent or CannotWrite where it cannot be read.
        """
        data = read_bytes(self.content, post.path)
        current = self._current(post, data)
        if isinstance(current, Post):
            return self._for_new_text(data, current, limit)
        advice = suggestions_for(self.snapshot, self.decisions, current, limit)
        return PostSuggestions(post.id, post.title, post.path, post.url, version_of(data), advice)

    def to(self, post: StoredPost, limit: int) -> PostSuggestions:
        """The same the other way round: posts that should link to this one and do not yet. Raises like `of`."""
        version = version_of(read_bytes(self.content, post.path))
        advice = suggestions_to(self.snapshot, self.decisions, post, MOST)
        new = [suggestion for suggestion in advice.suggestions if not self._points_to(suggestion.post, post)]
        advice = replace(advice, suggestions=tuple(new[:limit]))
        return PostSuggestions(post.id, post.title, post.path, post.url, version, advice)

    def of_file(self, path: str, limit: int) -> PostSuggestions | None:
        """The same for a file of the content folder, published or not; None where it is no post and will be none.

        Raises like `of`.
        """
        if not is_text(path):
            raise BadPost(path, None, "the file name is not UTF-8, or holds a control character")
        post = self.snapshot.posts.find(path)
        if post is not None and post.path == path:
            return self.of(post, limit)
        data = read_bytes(self.content, path)
        found = read_post(SourceFile(path, data), self.content, self.today)
        if isinstance(found, Excluded) and found.reason not in _FUTURE_POSTS:
            return None
        draft = found.post if isinstance(found, Excluded) else found
        return self._for_new_text(data, draft, limit) if draft else None

    def of_draft(self, file: Path, limit: int) -> PostSuggestions:
        """The same for a text file that is not published, wherever it lies. Raises BadPost."""
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise BadPost(str(file), None, "this is no text in UTF-8: name the Markdown file, saved as UTF-8") from None
        except OSError as error:
            raise BadPost(str(file), None, f"it cannot be read: {error.strerror}") from None
        title, advice = self._of_text(text, draft_path(file, self.content), limit)
        return PostSuggestions(str(file), title, str(file), "", None, advice)

    def of_files(self, paths: Sequence[str], limit: int, on_error: OnError) -> list[PostSuggestions]:
        """The same for several files, without those that are no posts. on_error: called for each unreadable file."""
        return _each(lambda path: self.of_file(path, limit), paths, on_error)

    def of_all(self, limit: int, most: int, on_error: OnError) -> list[PostSuggestions]:
        """The `most` likeliest suggestions of the whole site, at most `limit` a post, by post, likeliest first."""
        by_post: dict[str, tuple[PostSuggestions, list[Suggestion]]] = {}
        for post, suggestion in self.surest(limit, on_error)[:most]:
            by_post.setdefault(post.name, (post, []))[1].append(suggestion)
        return [
            replace(post, advice=replace(post.advice, suggestions=tuple(suggestions)))
            for post, suggestions in by_post.values()
        ]

    def surest(self, limit: int, on_error: OnError) -> list[tuple[PostSuggestions, Suggestion]]:
        """All suggestions of the whole site, at most `limit` a post: the likeliest first, those put off last."""
        posts = _each(lambda post: self.of(post, limit), self.snapshot.posts, on_error)
        pairs = [(post, suggestion) for post in posts for suggestion in post.advice.suggestions]
        return sorted(pairs, key=lambda pair: (pair[1].is_put_off, -pair[1].confidence))

    # ---------------------------------------------------------------------------------------- the files as they are

    def _current(self, post: StoredPost, data: bytes) -> StoredPost | Post:
        """The stored post with the lists and links of its file as it is now; a Post where its text has changed."""
        if self._digests.get(post.path) == hashlib.sha256(data).digest():
            return post
        result = read_post(SourceFile(post.path, data), self.content, self.today)
        found = result.post if isinstance(result, Excluded) else result
        if found is None:
            return post
        if not self._has_same_text(found, post):
            return found
        return structs.replace(
            post,
            curated=self._resolved(post, [reference.name for reference in found.curated]),
            linked=self._resolved(post, found.links),
        )

    def _has_same_text(self, found: Post, post: StoredPost) -> bool:
        """Whether a post, its lists and links apart, is as it was indexed."""
        names = ("url", "title", "description", "tags", "date", "language")
        is_same = all(getattr(found, name) == getattr(post, name) for name in names)
        return is_same and found.sections == self.snapshot.posts.sections(post.number)

    def _points_to(self, source: StoredPost, target: StoredPost) -> bool:
        """Whether the file of one post, as it is now, names or links to another."""
        try:
            current = self._current(source, read_bytes(self.content, source.path))
        except FILE_ERRORS:
            return False
        if isinstance(current, Post):
            names = [*(reference.name for reference in current.curated), *current.links]
            return target.number in self._resolved(source, names)
        return target.number in (*current.curated, *current.linked)

    def _resolved(self, post: StoredPost, names: Sequence[str]) -> tuple[int, ...]:
        found = (self._resolver.resolve(name, post.number) for name in names)
        return tuple(dict.fromkeys(numbers[0] for numbers in found if len(numbers) == 1))

    def _for_new_text(self, data: bytes, post: Post, limit: int) -> PostSuggestions:
        """Suggestions for a file whose text the index does not know. post: the file, parsed."""
        text = data.decode("utf-8-sig")  # it was parsed, so it is UTF-8
        title, advice = self._of_text(text, post.path, limit)
        return PostSuggestions(post.id, title, post.path, post.url, version_of(data), advice)

    def _of_text(self, text: str, path: str, limit: int) -> tuple[str, Suggestions]:
        return suggestions_for_draft(self.snapshot, text, path, self.content, limit, self.today, self.decisions)

    @cached_property
    def _resolver(self) -> ReferenceResolver:
        return ReferenceResolver(self.snapshot.posts, self.content.site)

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return digests(self.snapshot.files)


def _each(
    suggest: Callable[[T], PostSuggestions | None], posts: Iterable[T], on_error: OnError
) -> list[PostSuggestions]:
    results = []
    for post in posts:
        try:
            found = suggest(post)
        except FILE_ERRORS as error:
            on_error(error)
            continue
        if found is not None:
            results.append(found)
    return results


# ------------------------------------------------------------------------------------------------ with decisions


def suggestions_for(snapshot: Snapshot, decisions: Decisions, post: StoredPost, limit: int) -> Suggestions:
    """At most `limit` posts that may belong beside this one, each with what was decided on it before."""
    states = _states_of_targets(snapshot, decisions, post)
    return _with_decisions(lambda most, unwanted: snapshot.related.for_editors(post, most, unwanted), states, limit)


def suggestions_to(snapshot: Snapshot, decisions: Decisions, post: StoredPost, limit: int) -> Suggestions:
    """The same the other way round: posts that should link to this one."""
    by_pair = _states(snapshot, decisions, post, lambda decision: (decision.target, decision.texts[1]))
    states = {source: state for (source, target), state in by_pair.items() if target == post.number}
    return _with_decisions(lambda most, unwanted: snapshot.related.pointing_to(post, most, unwanted), states, limit)


def _states_of_targets(snapshot: Snapshot, decisions: Decisions, post: StoredPost) -> dict[int, DecisionState]:
    """What was decided on the targets of a post, by their numbers."""
    by_pair = _states(snapshot, decisions, post, lambda decision: (decision.post, decision.texts[0]))
    return {target: state for (source, target), state in by_pair.items() if source == post.number}


def _states(
    snapshot: Snapshot, decisions: Decisions, post: StoredPost, end: Callable[[Decision], tuple[str, str]]
) -> dict[tuple[int, int], DecisionState]:
    """What was decided on pairs of which one end is this post, or was under another name.

    end: the id and the simhash of that end of a decision.
    """
    simhash = written(snapshot.simhashes[post.number])
    # Nearly all of the others would be looked up in vain.
    near = [
        decision
        for decision in decisions.decided
        if end(decision)[0] == post.id or same_text(end(decision)[1], simhash)
    ]
    return decision_states(near, snapshot.posts.number_of, snapshot.simhashes)


def _with_decisions(suggest: Suggest, states: Mapping[int, DecisionState], limit: int) -> Suggestions:
    """Suggestions without dismissed posts, those put off behind the others. states: by number of the offered post."""
    dismissed = {number for number, state in states.items() if state.dismissed}
    # As many more as may have to go behind the others.
    found = suggest(limit + len(states) - len(dismissed), dismissed)
    offered = [_with_earlier_decision(suggestion, states) for suggestion in found.suggestions]
    offered.sort(key=lambda suggestion: suggestion.is_put_off)
    return replace(found, suggestions=tuple(offered[:limit]))


def _with_earlier_decision(suggestion: Suggestion, states: Mapping[int, DecisionState]) -> Suggestion:
    state = states.get(suggestion.post.number)
    return replace(suggestion, before=state.decision) if state else suggestion


# -------------------------------------------------------------------------------------------------------- drafts


# The path of a draft that was sent without one.
UNNAMED_DRAFT = "draft.md"


def suggestions_for_draft(
    snapshot: Snapshot,
    text: str,
    path: str,
    settings: ContentSettings,
    limit: int,
    today: date,
    decisions: Decisions = NOTHING_DECIDED,
) -> tuple[str, Suggestions]:
    """The title of a draft, and posts that may belong beside it and that it does not name yet. Raises BadPost.

    path: of the draft, as `draft_path` returns it. decisions: where the draft is a new version of a published post,
    those on that post count.
    """
    draft = draft_post(text, path, as_built(settings, snapshot), today)
    title = draft.title
    if path == UNNAMED_DRAFT and title == "draft":  # it has no title, and nobody chose that name
        draft = structs.replace(draft, title="")
    resolver = ReferenceResolver(snapshot.posts, settings.site)
    # If the draft is a new version of a published post, its relative links start from the folder of that post.
    published = snapshot.posts.find(draft.id) or snapshot.posts.at_url(draft.url)
    number = published.number if published else None
    names = (*(item.name for item in draft.curated), *draft.links, *draft.translations)
    found = [resolver.resolve(name, number) for name in names]
    known = {numbers[0] for numbers in found if len(numbers) == 1}
    documents = field_terms(draft, snapshot.related.ignored_paragraphs)

    def suggest(most: int, unwanted: Collection[int]) -> Suggestions:
        return snapshot.related.for_draft(draft, documents, known | set(unwanted), most, number)

    states = _states_of_targets(snapshot, decisions, published) if published else {}
    return title, _with_decisions(suggest, states, limit)


def as_built(settings: ContentSettings, snapshot: Snapshot) -> ContentSettings:
    """The settings with the languages of folders that were found when the generation was built."""
    return settings if settings.languages else replace(settings, languages=languages(snapshot.files))


def draft_path(file: Path, settings: ContentSettings) -> str:
    """The path of a draft below the content folder, or as given where it lies elsewhere; it need not exist."""
    real, root = Path(os.path.realpath(file)), os.path.realpath(settings.directory)
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else str(file)
