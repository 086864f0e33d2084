"""Suggestions without those that an editor has dismissed, and with what was said of the others before.

What is decided counts at once; no build is needed. A pair that was dismissed comes back when one of its posts says
something else, and one that was put off stays, behind those that were not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from indexer.editing.decisions import Decisions, DecisionState, decision_states
from indexer.model import Decision, StoredPost, Suggestion, Suggestions, Verdict
from indexer.snapshot import Snapshot
from indexer.text.simhash import same_text, written

# Asks for advice with a limit and posts that are not to be offered.
Ask = Callable[[int, Collection[int]], Suggestions]


def suggestions_for(snapshot: Snapshot, decisions: Decisions, post: StoredPost, limit: int) -> Suggestions:
    """At most `limit` posts that may belong beside this one, each with what was decided of it before."""
    said = said_of(snapshot, decisions, post)
    return with_decisions(lambda most, unwanted: snapshot.related.for_editors(post, most, unwanted), said, limit)


def suggestions_to(snapshot: Snapshot, decisions: Decisions, post: StoredPost, limit: int) -> Suggestions:
    """The same the other way round: posts that should link to this one."""
    stands = _standing(snapshot, decisions, post, lambda one: (one.target, one.texts[1]))
    said = {source: one for (source, target), one in stands.items() if target == post.number}
    return with_decisions(lambda most, unwanted: snapshot.related.pointing_to(post, most, unwanted), said, limit)


def said_of(snapshot: Snapshot, decisions: Decisions, post: StoredPost) -> dict[int, DecisionState]:
    """What was decided of the targets of a post, by their numbers."""
    stands = _standing(snapshot, decisions, post, lambda one: (one.post, one.texts[0]))
    return {target: one for (source, target), one in stands.items() if source == post.number}


def _standing(
    snapshot: Snapshot, decisions: Decisions, post: StoredPost, end: Callable[[Decision], tuple[str, str]]
) -> dict[tuple[int, int], DecisionState]:
    """What was decided of pairs of which one end is a post, or was it under another name. end: its id and text."""
    text = written(snapshot.simhashes[post.number])
    # Nearly all of the others would be looked up in vain.
    near = [one for one in decisions.decided if end(one)[0] == post.id or same_text(end(one)[1], text)]
    return decision_states(near, snapshot.posts.number_of, snapshot.simhashes)


def with_decisions(ask: Ask, said: Mapping[int, DecisionState], limit: int) -> Suggestions:
    """Suggestions as `ask` gives it, but for what was decided. said: by the number of the post that is offered."""
    dismissed = {number for number, one in said.items() if one.dismissed}
    # As many more as may have to stand behind the others.
    advice = ask(limit + len(said) - len(dismissed), dismissed)
    offered = [_with_before(one, said) for one in advice.suggestions]
    offered.sort(key=lambda one: one.before is not None and one.before.verdict is Verdict.LATER)
    return replace(advice, suggestions=tuple(offered[:limit]))


def _with_before(suggestion: Suggestion, said: Mapping[int, DecisionState]) -> Suggestion:
    one = said.get(suggestion.post.number)
    return replace(suggestion, before=one.decision) if one else suggestion
