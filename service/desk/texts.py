"""The texts of two posts, paragraph by paragraph, with the sentences marked that show what they share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from indexer.model import Snippet, StoredPost, Suggestion
from indexer.snapshot import Snapshot

# Paragraphs of a post that are shown; who wants to read on opens the post.
MOST_PARAGRAPHS = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the paragraphs under it."""

    heading: str
    paragraphs: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two posts that stand beside each other."""

    post: StoredPost
    description: Snippet
    parts: tuple[Part, ...]


def side_by_side(
    snapshot: Snapshot, post: StoredPost, other: StoredPost | None, suggestion: Suggestion | None
) -> list[Side]:
    """A post and one that is suggested, if any, with what they share marked in both."""
    if other is None or suggestion is None:
        return [_side(snapshot, post, ())]
    both = [snippet.text for pair in _sentences(suggestion) for snippet in pair]
    return [_side(snapshot, post, both), _side(snapshot, other, both)]


def sentences_of_draft(suggestion: Suggestion) -> list[Snippet]:
    """The sentences of a draft where a link to the suggested post belongs, each once."""
    return list({here.text: here for here, _ in _sentences(suggestion)}.values())


def _sentences(suggestion: Suggestion) -> list[tuple[Snippet, Snippet]]:
    return [term.sentences for term in suggestion.reason.terms if term.sentences]


def _side(snapshot: Snapshot, post: StoredPost, sentences: Collection[str]) -> Side:
    parts, left = [], MOST_PARAGRAPHS
    for section in snapshot.posts.sections(post.number):
        lines = [line for line in section.text.split("\n") if line][:left]
        left -= len(lines)
        if section.heading or lines:
            parts.append(Part(section.heading, tuple(_marked(line, sentences) for line in lines)))
        if not left:
            break
    return Side(post, _marked(post.description, sentences), tuple(parts))


def _marked(line: str, sentences: Collection[str]) -> Snippet:
    """A paragraph with the spans of some sentences in it, which may be cut at their ends."""
    bare = [sentence.strip("… ") for sentence in sentences]
    spans = [(start, start + len(sentence)) for sentence in bare if (start := line.find(sentence)) >= 0]
    return Snippet(line, tuple(_apart(sorted(spans))))


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans without those that begin within an earlier one."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if not found or start >= found[-1][1]:
            found.append((start, end))
    return found
