"""Where links and lists lead a reader: what nobody can come to who is not there already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from indexer.model import Graph


def pointed(graph: Graph) -> list[set[int]]:
    """For each post where it leads: what it curates and what it links to."""
    return [{*curated, *linked} for curated, linked in zip(graph.curated, graph.linked, strict=True)]


def transposed(targets: Sequence[Iterable[int]]) -> list[set[int]]:
    """For each post those that lead to it."""
    sources: list[set[int]] = [set() for _ in targets]
    for post, own in enumerate(targets):
        for target in own:
            sources[target].add(post)
    return sources


def unreachable_groups(targets: Sequence[set[int]]) -> list[list[int]]:
    """Groups of posts that lead to each other and that no other post leads to; a group of one is an orphan.

    What such a group leads to is not in it: one link to the group makes all of that reachable. Of the groups of several
    the one that leads to the most posts is left out; the site begins there.
    """
    seen: set[int] = set()
    roots = []
    for post in range(len(targets)):
        if post not in seen:
            roots.append(post)
            seen |= _reached(post, targets, seen)
    # A root may be reached from a later one, never from an earlier one; nobody else can reach the post of one that is
    # not, so whoever leads there belongs to its group.
    seen = set()
    groups: dict[int, list[int]] = {}
    gained: dict[int, int] = {}
    sources = transposed(targets)
    for root in reversed(roots):
        if root not in seen:
            groups[root] = sorted(_reached(root, sources, set()))
            gained[root] = len(_reached(root, targets, set())) if len(groups[root]) > 1 else 0
            seen |= _reached(root, targets, seen)
    if gained and max(gained.values()):
        del groups[max(gained, key=lambda root: (gained[root], -root))]
    return sorted(groups.values())


def _reached(start: int, targets: Sequence[set[int]], without: set[int]) -> set[int]:
    """What can be reached from a post, itself too, on ways that avoid some posts."""
    reached, waiting = {start}, [start]
    while waiting:
        new = targets[waiting.pop()] - reached - without
        reached |= new
        waiting += new
    return reached
