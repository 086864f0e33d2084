"""Which posts are the same one in different languages: by what their front matter says, and by their paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from indexer.content.urls import language_in_name
from indexer.model import Corpus, Graph, Post


def translations(corpus: Corpus, graph: Graph) -> tuple[tuple[int, ...], ...]:
    """The translations of each post, ascending.

    Posts in different languages are translations of each other if one names the other, if their paths differ only in
    the part that names the language, or if they share a key. A key that two posts of one language have is none:
    `ref` has other meanings, too.
    """
    found: list[set[int]] = [set() for _ in corpus]
    for members in translation_groups(corpus).values():
        for number in members:
            found[number].update(members)
    for number, named in enumerate(graph.translations):
        for other in named:
            found[number].add(other)
            found[other].add(number)
    languages = [post.language.casefold() for post in corpus]
    return tuple(
        tuple(sorted(other for other in others if languages[other] != languages[number]))
        for number, others in enumerate(found)
    )


def translation_groups(corpus: Corpus) -> dict[str, list[int]]:
    """The posts with the same name or key, by `group_names`."""
    codes = _codes(languages_of(corpus))
    groups: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        for name in _names(post, codes):
            groups[name].append(number)
    return {name: members for name, members in groups.items() if _is_group(name, members, corpus)}


def languages_of(corpus: Corpus) -> list[str]:
    """The languages of the posts, case-folded and sorted."""
    return sorted({post.language.casefold() for post in corpus})


def _is_group(name: str, members: Sequence[int], corpus: Corpus) -> bool:
    return name.startswith(_NAME) or len({corpus[member].language.casefold() for member in members}) == len(members)


_NAME, _KEY = "page ", "translation "


def group_names(post: Post, languages: Collection[str]) -> Iterator[str]:
    """What a post shares with its translations: "page guide" by its path, "translation gif" by its front matter.

    languages: those of the site, case-folded.
    """
    return _names(post, _codes(languages))


def _codes(languages: Collection[str]) -> set[str]:
    """What a folder of one of some languages may be called, case-folded."""
    return {*languages, *(language.partition("-")[0] for language in languages)}


def _names(post: Post, codes: set[str]) -> Iterator[str]:
    yield f"{_NAME}{_without_language(post.id, codes)}"
    if post.translation:
        yield f"{_KEY}{post.translation}"


def _without_language(post_id: str, codes: set[str]) -> str:
    """An id without the parts that name its language: guide.fr and fr/guide both give guide."""
    *folders, name = post_id.split("/")
    if language_in_name(name):
        name = name.rpartition(".")[0]
    return "/".join([*(folder for folder in folders if folder.replace("_", "-").casefold() not in codes), name])
