"""Where lists and links lead a reader: groups of posts that cannot be reached from outside.

a ⇄ b → c    d ⇄ e    f      {d, e} and {f} are such groups
                             {a, b} is left out: it leads to the most posts, so the site begins there
                             c is in none: b leads to it
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from indexer.model import Graph


def targets_of_each(graph: Graph) -> list[set[int]]:
    """For each post the posts that it leads to: what it curates and what it links to."""
    return [{*curated, *linked} for curated, linked in zip(graph.curated, graph.linked, strict=True)]


def sources_of_each(targets: Sequence[Iterable[int]]) -> list[set[int]]:
    """For each post the posts that lead to it."""
    sources: list[set[int]] = [set() for _ in targets]
    for post, posts in enumerate(targets):
        for target in posts:
            sources[target].add(post)
    return sources


def unreachable_groups(targets: Sequence[set[int]]) -> list[list[int]]:
    """Groups of posts that lead to each other and that no other post leads to, sorted; a group of one is an orphan.

    They are the strongly connected components without an incoming link. The posts that such a group leads to are not
    in it: one link to the group makes all of them reachable. Of the groups of several posts, the one that leads to the
    most is left out; the site begins there.
    """
    seen: set[int] = set()
    roots = []
    for post in range(len(targets)):
        if post not in seen:
            roots.append(post)
            seen |= _reached(post, targets, seen)
    # A root can be reached from a later root, never from an earlier one. A root that no later one reaches is in a group
    # that no other post leads to: all posts that reach it are in that group.
    seen = set()
    groups: dict[int, list[int]] = {}
    reach: dict[int, int] = {}
    sources = sources_of_each(targets)
    for root in reversed(roots):
        if root not in seen:
            groups[root] = sorted(_reached(root, sources, set()))
            reach[root] = len(_reached(root, targets, set())) if len(groups[root]) > 1 else 0
            seen |= _reached(root, targets, seen)
    if reach and max(reach.values()):
        del groups[max(reach, key=lambda root: (reach[root], -root))]
    return sorted(groups.values())


def _reached(start: int, targets: Sequence[set[int]], avoided: set[int]) -> set[int]:
    """The posts that can be reached from a post, itself included, on paths that avoid some posts."""
    reached, stack = {start}, [start]
    while stack:
        new = targets[stack.pop()] - reached - avoided
        reached |= new
        stack += new
    return reached
