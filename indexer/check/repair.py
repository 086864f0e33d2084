"""Broken references that can only mean one post → the name to write instead.

The new name follows the style of the old one: with or without suffix, date, folder and host; a slug stays a slug. It is
resolved before it is used: a name that does not lead to the post that is meant is not written.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from indexer.links.fuzzy_match import DAMAGED_DATE
from indexer.links.resolver import DATE, ReferenceResolver, without_suffix
from indexer.model import BadReference, Corpus, Graph, Post, PostFacts, Reference, ReferenceProblem, StoredPost
from indexer.store.posts import PostStore

Posts = Corpus | PostStore | Sequence[Post | StoredPost]


def repairs(bad: Sequence[BadReference], corpus: Posts, site: str = "") -> dict[str, dict[Reference, str]]:
    """The new name of every reference that is certain, by the path of the file that holds it."""
    posts = {post.path: post for post in corpus}
    resolver = ReferenceResolver(corpus, site)
    numbers = {post.path: number for number, post in enumerate(corpus)}
    new_names: dict[str, dict[Reference, str]] = defaultdict(dict)
    for reference in bad:
        if reference.problem is ReferenceProblem.DANGLING and reference.is_certain:
            post = posts[reference.candidates[0]]
            for name in _names_for(reference.name, post):
                if resolver.resolve(name, numbers.get(reference.path)) == [numbers[post.path]]:
                    new_names[reference.path][Reference(reference.name, reference.line)] = name
                    break
    return dict(new_names)


def holder(path: str, posts: Iterable[PostFacts]) -> PostFacts:
    """The post whose file is repaired; of one that is not published, what its path says."""
    name = without_suffix(path)
    return next((post for post in posts if post.path == path), PostFacts(name, path, "", name))


def name_instead(reference: BadReference, candidate: str, corpus: Posts, site: str = "") -> str | None:
    """The name to write instead of a reference if a person says which post it means; None if none leads to it alone.

    candidate: the path of that post.
    """
    numbers = {post.path: number for number, post in enumerate(corpus)}
    if candidate not in numbers:
        return None
    post, resolver = corpus[numbers[candidate]], ReferenceResolver(corpus, site)
    names = (*_names_for(reference.name, post), without_suffix(post.path), post.path, post.url)
    wanted, source = [numbers[candidate]], numbers.get(reference.path)
    return next((name for name in names if resolver.resolve(name, source) == wanted), None)


def with_repairable(graph: Graph, corpus: Posts, site: str = "") -> Graph:
    """The same graph; a bad reference in it is certain only if there is a name to write instead."""
    if not any(one.is_certain for one in graph.bad):
        return graph
    names = repairs(graph.bad, corpus, site)
    bad = (
        replace(one, is_certain=one.is_certain and Reference(one.name, one.line) in names.get(one.path, {}))
        for one in graph.bad
    )
    return replace(graph, bad=tuple(bad))


def _names_for(old: str, post: Post | StoredPost) -> Iterator[str]:
    """The names of a post that may stand in the place of another name, the best first."""
    yield named_like(old, post)
    if "/" in old:
        yield from (without_suffix(post.path), post.path, post.url)


def named_like(old: str, post: Post | StoredPost) -> str:
    """The name of a post in the style of another name."""
    if old.startswith(("http://", "https://", "//")):
        parts = urlsplit(old)
        return parts._replace(path=with_slash_like(parts.path, urlsplit(post.url).path)).geturl()
    path = re.split(r"[?#]", old, maxsplit=1)[0]
    rest = old[len(path) :]
    if path.startswith("/"):
        return with_slash_like(path, urlsplit(post.url).path) + rest
    suffix = posixpath.splitext(post.path)[1] if without_suffix(path) != path else ""
    if "/" in path.strip("/"):
        return f"{without_suffix(post.path)}{suffix}{rest}"
    name = posixpath.basename(post.id)
    if name in ("index", "_index"):
        name = posixpath.basename(posixpath.dirname(post.id)) or name
    elif DATE.match(name) and not DAMAGED_DATE.match(path):
        name = DATE.sub("", name)
    return f"{name}{suffix}{rest}"


def with_slash_like(old: str, path: str) -> str:
    """The path of a URL with a trailing slash if another has one."""
    return path.rstrip("/") + "/" * old.endswith("/") if path != "/" else path
