"""A suggestion in words: how sure, why, and what was decided of it before."""

from __future__ import annotations

from indexer.model import StoredPost, Suggestion, Verdict
from indexer.related.fields import FIELDS

DAY = len("2026-01-31")


def confidence(suggestion: Suggestion) -> str:
    return f"{suggestion.confidence:.2f} {suggestion.band}"


def because(suggestion: Suggestion) -> str:
    """The reasons in words, those of people before those of the text's."""
    reason = suggestion.reason
    names = {field for term in reason.terms for field in term.fields}
    fields = [field for field in FIELDS if field in names]
    parts = []
    if reason.terms:
        parts.append(f"both about {', '.join(term.term for term in reason.terms)} ({', '.join(fields)})")
    if reason.together:
        parts.append(f"curated together by {_titles(reason.together)}")
    if reason.alike:
        parts.append(f"curated by {_titles(reason.alike)}, much like this one")
    if reason.curated_back:
        parts.append("curates this one already")
    if reason.linked_back:
        parts.append("links to this one already")
    if reason.tags:
        parts.append(f"same tag{'s' if len(reason.tags) > 1 else ''} {', '.join(reason.tags)}")
    return "; ".join(parts) or "many small things in common"


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
