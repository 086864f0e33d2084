"""The hand-made links of a whole corpus: curated lists, links in bodies, and broken references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property

from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.links.link_texts import LinkTexts
from indexer.links.resolver import ReferenceResolver
from indexer.model import BadReference, Corpus, Excluded, Graph, Post, Reference, ReferenceProblem, StoredPost

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
    checker = ReferenceChecker(list(corpus), hidden, site, renames)
    curated: list[tuple[int, ...]] = []
    bad: list[BadReference] = []
    references = resolved = 0
    for number, post in enumerate([*corpus, *(file.post for file in hidden if file.post)]):
        targets = checker.targets(number, post)
        references += len(targets)
        resolved += sum(len(found) == 1 for found in targets)
        curated.append(_unambiguous(number, targets, len(corpus)))
        bad += checker.bad(number, post, targets)
    resolver = checker.resolver
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


class ReferenceChecker:
    """Whether references lead to one published post.

    posts: those that are published. hidden: files that are not, each with its post; they are numbered after the others.
    renames: as for `link_graph`.
    """

    def __init__(
        self,
        posts: Sequence[Post | StoredPost],
        hidden: Sequence[Excluded],
        site: str,
        renames: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._posts = [*posts, *(file.post for file in hidden if file.post)]
        self._hidden = hidden
        self._published = len(posts)
        self._site = site
        self._renames = renames
        self.resolver = ReferenceResolver(self._posts, site)

    def targets(self, number: int, post: Post) -> list[list[int]]:
        """The posts that each reference of a post may mean. number: of the post."""
        return [self.resolver.resolve(reference.name, number) for reference in post.curated]

    def bad(self, number: int, post: Post, targets: Sequence[Sequence[int]]) -> Iterator[BadReference]:
        """Those of its references that do not lead to one published post. targets: as above."""
        for reference, found in zip(post.curated, targets, strict=True):
            if not found:
                yield self._dangling(number, post, reference)
            elif len(found) > 1:
                paths = [self._posts[target].path for target in found[:MOST_CANDIDATES]]
                yield _bad(post, reference, ReferenceProblem.AMBIGUOUS, paths)
            elif found[0] >= self._published:
                file = self._hidden[found[0] - self._published]
                yield _bad(post, reference, ReferenceProblem.NOT_PUBLISHED, [f"{file.path} ({file.reason})"])

    @cached_property
    def _fuzzy_matcher(self) -> FuzzyMatcher:
        """Comparing names with all others is work that few sites need."""
        return FuzzyMatcher(self._posts, self._site, self._renames())

    def _dangling(self, number: int, post: Post, reference: Reference) -> BadReference:
        proposals = self._fuzzy_matcher.proposals(reference.name, number)
        is_certain = bool(proposals) and proposals[0].is_certain and proposals[0].number < self._published
        paths = [self._posts[proposal.number].path for proposal in proposals]
        return _bad(post, reference, ReferenceProblem.DANGLING, paths, is_certain)


def _links(
    corpus: Corpus, resolver: ReferenceResolver
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[str, ...], ...]]:
    """For each post those that its body links to, and what others call it where they link to it."""
    linked: list[tuple[int, ...]] = []
    texts = LinkTexts(corpus)
    of_rooted = cache(resolver.resolve)  # wherever such a link stands, it leads to the same post
    for number, post in enumerate(corpus):
        found = {
            link: of_rooted(link) if link.startswith("/") else resolver.resolve(link, number) for link in post.links
        }
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


def _bad(
    post: Post, reference: Reference, problem: ReferenceProblem, candidates: Iterable[str], is_certain: bool = False
) -> BadReference:
    return BadReference(post.path, reference.line, reference.name, problem, tuple(candidates), is_certain)
