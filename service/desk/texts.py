"""The texts of two posts, paragraph by paragraph, with the sentences marked that show what they share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from indexer.model import Snippet, StoredPost
from indexer.snapshot import Snapshot

# Paragraphs of a post that are shown; who wants to read on opens the post.
MOST_PARAGRAPHS = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the paragraphs under it. level: of the heading on the page."""

    heading: str
    paragraphs: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two posts that stand beside each other."""

    post: StoredPost
    parts: tuple[Part, ...]


def side_by_side(snapshot: Snapshot, post: StoredPost, other: StoredPost | None) -> list[Side]:
    """A post and one that is suggested, if any, with what they share marked in both."""
    if other is None:
        return [_side(snapshot, post, ())]
    return [_side(snapshot, post, ()), _side(snapshot, other, ())]


def _side(snapshot: Snapshot, post: StoredPost, sentences: Collection[str]) -> Side:
    parts, left = [], MOST_PARAGRAPHS
    for section in snapshot.posts.sections(post.number):
        lines = [line for line in section.text.split("\n") if line][:left]
        left -= len(lines)
        if section.heading or lines:
            parts.append(Part(section.heading, tuple(_marked(line, sentences) for line in lines)))
        if not left:
            break
    return Side(post, tuple(parts))


def _marked(line: str, sentences: Collection[str]) -> Snippet:
    """A paragraph with the spans of some sentences in it."""
    spans = [(start, start + len(sentence)) for sentence in sentences if (start := line.find(sentence)) >= 0]
    return Snippet(line, tuple(_apart(sorted(spans))))


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans without those that begin within an earlier one."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found
