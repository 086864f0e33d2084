"""The hand-made links of a whole corpus: curated lists and links in the bodies, and what of them leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.links.resolver import ReferenceResolver
from indexer.model import BadReference, Corpus, Excluded, Graph, Post, Reference, ReferenceProblem


def link_graph(
    corpus: Corpus,
    excluded: Iterable[Excluded] = (),
    site: str = "",
    renames: Callable[[], Mapping[str, str]] = dict,
) -> Graph:
    """Who points to whom. Lists keep the editor's order; a post never points to itself.

    excluded: drafts and the like have lists too, and may be pointed to; both are looked at, neither is a target.
    renames: tells old path → path of today of files that were renamed; asked only where a name leads nowhere.
    """
    hidden = [(one, one.post) for one in excluded if one.post]
    posts = [*corpus, *(post for _, post in hidden)]
    names = ReferenceResolver(posts, site)
    meant = cache(
        lambda: FuzzyMatcher(posts, site, renames())
    )  # comparing names with all others is work that few sites need
    curated: list[tuple[int, ...]] = []
    bad: list[BadReference] = []
    references = resolved = 0
    for number, post in enumerate(posts):
        targets = [names.resolve(reference.name, number) for reference in post.curated]
        references += len(targets)
        resolved += sum(len(found) == 1 for found in targets)
        curated.append(_certain(number, targets, len(corpus)))
        for reference, found in zip(post.curated, targets, strict=True):
            if not found:
                bad.append(_dangling(post, reference, meant(), posts, len(corpus)))
            elif len(found) > 1:
                bad.append(
                    _problem(post, reference, ReferenceProblem.AMBIGUOUS, [posts[one].path for one in found[:5]])
                )
            elif found[0] >= len(corpus):
                one = hidden[found[0] - len(corpus)][0]
                bad.append(_problem(post, reference, ReferenceProblem.NOT_PUBLISHED, [f"{one.path} ({one.reason})"]))
    linked = [
        _certain(number, [names.resolve(link, number) for link in post.links], len(corpus))
        for number, post in enumerate(corpus)
    ]
    return Graph(tuple(curated[: len(corpus)]), tuple(linked), tuple(bad), references, resolved)


def _certain(number: int, targets: Iterable[list[int]], published: int) -> tuple[int, ...]:
    """The published targets that no doubt is about, once each, without the post itself."""
    sure = (found[0] for found in targets if len(found) == 1)
    return tuple(dict.fromkeys(one for one in sure if one != number and one < published))


def _dangling(
    post: Post, reference: Reference, meant: FuzzyMatcher, posts: Sequence[Post], published: int
) -> BadReference:
    proposals = meant.proposals(reference.name)
    sure = bool(proposals) and proposals[0].is_certain and proposals[0].number < published
    return _problem(post, reference, ReferenceProblem.DANGLING, [posts[one.number].path for one in proposals], sure)


def _problem(
    post: Post, reference: Reference, problem: ReferenceProblem, candidates: Iterable[str], sure: bool = False
) -> BadReference:
    return BadReference(post.path, reference.line, reference.name, problem, tuple(candidates), sure)
