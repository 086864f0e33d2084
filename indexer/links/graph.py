"""The hand-made links of a whole corpus: curated lists, links in bodies, and broken references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.links.link_texts import LinkTexts
from indexer.links.resolver import ReferenceResolver
from indexer.model import BadReference, Corpus, Excluded, Graph, Post, Reference, ReferenceProblem

# Posts that are named to the editor where a reference is ambiguous.
MOST_CANDIDATES = 5


def link_graph(
    corpus: Corpus,
    excluded: Iterable[Excluded] = (),
    site: str = "",
    renames: Callable[[], Mapping[str, str]] = dict,
) -> Graph:
    """Who points to whom. Lists keep the editor's order; a post never points to itself.

    excluded: drafts and the like. Their references are checked too, and may be meant, but they are no targets.
    renames: earlier path → path of today of renamed files; called only if some reference leads nowhere.
    """
    hidden = [file for file in excluded if file.post]
    posts = [*corpus, *(file.post for file in hidden if file.post)]
    resolver = ReferenceResolver(posts, site)
    # Comparing names with all others is work that few sites need.
    fuzzy_matcher = cache(lambda: FuzzyMatcher(posts, site, renames()))
    curated: list[tuple[int, ...]] = []
    bad: list[BadReference] = []
    references = resolved = 0
    for number, post in enumerate(posts):
        targets = [resolver.resolve(reference.name, number) for reference in post.curated]
        references += len(targets)
        resolved += sum(len(found) == 1 for found in targets)
        curated.append(_unambiguous(number, targets, len(corpus)))
        for reference, found in zip(post.curated, targets, strict=True):
            if not found:
                bad.append(_dangling(number, reference, fuzzy_matcher(), posts, len(corpus)))
            elif len(found) > 1:
                paths = [posts[target].path for target in found[:MOST_CANDIDATES]]
                bad.append(_bad(post, reference, ReferenceProblem.AMBIGUOUS, paths))
            elif found[0] >= len(corpus):
                file = hidden[found[0] - len(corpus)]
                bad.append(_bad(post, reference, ReferenceProblem.NOT_PUBLISHED, [f"{file.path} ({file.reason})"]))
    linked, link_texts = _links(corpus, resolver)
    return Graph(
        tuple(curated[: len(corpus)]),
        linked,
        tuple(bad),
        references,
        resolved,
        translations=_named_translations(corpus, resolver),
        link_texts=link_texts,
    )


def _links(
    corpus: Corpus, resolver: ReferenceResolver
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[str, ...], ...]]:
    """For each post those that its body links to, and what others call it where they link to it."""
    linked: list[tuple[int, ...]] = []
    texts = LinkTexts(corpus)
    for number, post in enumerate(corpus):
        found = {link: resolver.resolve(link, number) for link in post.links}
        linked.append(_unambiguous(number, found.values(), len(corpus)))
        for link, text in post.link_texts:
            for target in _unambiguous(number, [found[link]], len(corpus)):
                texts.add(number, target, text)
    return tuple(linked), texts.of_posts()


def _named_translations(corpus: Corpus, resolver: ReferenceResolver) -> tuple[tuple[int, ...], ...]:
    """For each post those that it names as its translations; empty if no post names any."""
    named = [
        _unambiguous(number, [resolver.resolve(name, number) for name in post.translations], len(corpus))
        for number, post in enumerate(corpus)
    ]
    return tuple(named) if any(named) else ()


def _unambiguous(number: int, targets: Iterable[list[int]], published: int) -> tuple[int, ...]:
    """The published targets that are beyond doubt, once each, without the post itself. published: how many posts."""
    certain = (found[0] for found in targets if len(found) == 1)
    return tuple(dict.fromkeys(target for target in certain if target != number and target < published))


def _dangling(
    number: int, reference: Reference, fuzzy_matcher: FuzzyMatcher, posts: Sequence[Post], published: int
) -> BadReference:
    proposals = fuzzy_matcher.proposals(reference.name, number)
    is_certain = bool(proposals) and proposals[0].is_certain and proposals[0].number < published
    paths = [posts[proposal.number].path for proposal in proposals]
    return _bad(posts[number], reference, ReferenceProblem.DANGLING, paths, is_certain)


def _bad(
    post: Post, reference: Reference, problem: ReferenceProblem, candidates: Iterable[str], is_certain: bool = False
) -> BadReference:
    return BadReference(post.path, reference.line, reference.name, problem, tuple(candidates), is_certain)
