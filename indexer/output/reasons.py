"""A suggestion in words: how sure, why, and what was decided of it before."""

from __future__ import annotations

from indexer.model import Band, Snippet, StoredPost, Suggestion, Verdict
from indexer.text.analysis import terms

DAY = len("2026-01-31")


def confidence(suggestion: Suggestion) -> str:
    return f"{suggestion.confidence:.2f} {suggestion.band}"


def because(suggestion: Suggestion) -> str:
    """The reasons in words, those of people before those of the text's."""
    reason = suggestion.reason
    parts = []
    if reason.terms:
        parts.append(f"both about {', '.join(term.term for term in reason.terms)}")
    if reason.together:
        parts.append(f"curated together by {_titles(reason.together)}")
    if reason.alike:
        parts.append(f"curated by {_titles(reason.alike)}, much like this one")
    if reason.curated_back:
        parts.append("curates this one already")
    if reason.linked_back:
        parts.append("links to this one already")
    named = [terms(term.term) for term in reason.terms]
    if tags := [tag for tag in reason.tags if terms(tag) not in named]:
        parts.append(f"same tag{'s' if len(tags) > 1 else ''} {', '.join(tags)}")
    return "; ".join(parts) or "no word in particular"


def shared_sentences(suggestion: Suggestion) -> tuple[tuple[str, Snippet], ...]:
    """The sentence of each of the two posts that shows what they share, after its label; none where it is little."""
    found = [term.sentences for term in suggestion.reason.terms if term.sentences]
    if not found or suggestion.band is Band.POSSIBLE:
        return ()
    return tuple(zip(("here", "there"), found[0], strict=True))


def before(suggestion: Suggestion) -> str:
    """What was decided of it earlier, and why it is back; empty where nothing was."""
    decision = suggestion.before
    if decision is None:
        return ""
    why = f" ({decision.because})" if decision.because else ""
    if decision.verdict is Verdict.LATER:
        return f"put off on {decision.on[:DAY]}{why}"
    return f"dismissed on {decision.on[:DAY]}{why}, but one of the two has changed since"


def _titles(posts: tuple[StoredPost, ...]) -> str:
    return " and ".join(f'"{post.title}"' for post in posts)
