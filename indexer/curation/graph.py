"""The hand-made links of a whole corpus: curated lists and links in the bodies, and what of them leads nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from indexer.curation.names import Names
from indexer.model import BadReference, Corpus, Graph, LeftOut, Post, Reference, Trouble
from indexer.posts.reader import is_internal, unquoted

# A name at least this like another (0..100) is worth showing to an editor: a lost digit, a changed word.
LIKELY = 85


def link_graph(corpus: Corpus, left_out: Iterable[LeftOut] = (), site: str = "") -> Graph:
    """Who points to whom. Lists keep the editor's order; a post never points to itself.

    left_out: drafts and the like have lists too, and may be pointed to; both are looked at, neither is a target.
    """
    hidden = [(one, one.post) for one in left_out if one.post]
    posts = [*corpus, *(post for _, post in hidden)]
    names = Names(posts, site)
    known = names.known()
    curated: list[tuple[int, ...]] = []
    bad: list[BadReference] = []
    references = resolved = 0
    for number, post in enumerate(posts):
        targets = [names.resolve(reference.name, number) for reference in post.curated]
        references += len(targets)
        resolved += sum(len(found) == 1 for found in targets)
        curated.append(_certain(number, targets, len(corpus)))
        for reference, found in zip(post.curated, targets, strict=True):
            if len(found) != 1:
                bad.append(_bad(post, reference, found, posts, known, site))
            elif found[0] >= len(corpus):
                one = hidden[found[0] - len(corpus)][0]
                bad.append(_trouble(post, reference, Trouble.LEFT_OUT, (f"{one.path} ({one.why})",)))
    linked = [
        _certain(number, [names.resolve(link, number) for link in post.links], len(corpus))
        for number, post in enumerate(corpus)
    ]
    return Graph(tuple(curated[: len(corpus)]), tuple(linked), tuple(bad), references, resolved)


def _certain(number: int, targets: Iterable[list[int]], published: int) -> tuple[int, ...]:
    """The published targets that no doubt is about, once each, without the post itself."""
    sure = (found[0] for found in targets if len(found) == 1)
    return tuple(dict.fromkeys(one for one in sure if one != number and one < published))


def _bad(
    post: Post, reference: Reference, found: list[int], posts: Sequence[Post], known: list[tuple[str, int]], site: str
) -> BadReference:
    if found:
        return _trouble(post, reference, Trouble.AMBIGUOUS, tuple(posts[one].path for one in found[:5]))
    if reference.name.startswith(("http://", "https://")) and not is_internal(reference.name, site):
        return _trouble(post, reference, Trouble.DANGLING, ())
    asked = unquoted(reference.name).rstrip("/").rpartition("/")[2].removesuffix(".md").casefold()
    best = process.extractOne(asked, [name for name, _ in known], scorer=fuzz.ratio, score_cutoff=LIKELY)
    meant = (posts[known[best[2]][1]].path,) if best else ()
    return _trouble(post, reference, Trouble.DANGLING, meant)


def _trouble(post: Post, reference: Reference, trouble: Trouble, candidates: tuple[str, ...]) -> BadReference:
    return BadReference(post.path, reference.line, reference.name, trouble, candidates)
