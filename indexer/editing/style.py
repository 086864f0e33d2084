"""How a site writes its lists: under which key, where in the front matter, in which list style and name style.

The list of the post itself counts most, then those of posts near it, then the native format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from indexer.content.fields import key_path_of_references, references_in
from indexer.content.front_matter import BadFrontMatter
from indexer.editing.document import Document, read_document
from indexer.editing.list_edit import ExistingList, KeyPath, ListStyle, Unsafe
from indexer.editing.name_style import NameStyle
from indexer.editing.saving import read_bytes
from indexer.errors import CannotWrite, PostGone
from indexer.links.resolver import ReferenceResolver
from indexer.model import StoredPost
from indexer.settings import ContentSettings
from indexer.store.posts import PostStore

NEARBY = 40  # posts whose lists are read


@dataclass(frozen=True, slots=True)
class SiteStyle:
    """How to write the list of one post.

    key_path, after, list_style: of a new list. after: the keys that may come right before it, the most usual first.
    name_styles: how names are written, in the list itself and then in the lists of posts near it.
    """

    key_path: KeyPath
    after: tuple[str, ...]
    list_style: ListStyle
    name_styles: tuple[NameStyle, ...]


def site_style(
    content: ContentSettings, posts: PostStore, resolver: ReferenceResolver, post: StoredPost, document: Document
) -> SiteStyle:
    """The style for the list of a post. posts: all that are published. document: the front matter of the post."""
    nearby = list(islice(_nearby(content, posts, post), NEARBY))
    key_path = key_path_of_references(document.parts, content)
    own = document.lists.existing_list(document.block, key_path) if key_path else None
    same_format = [(path, found) for _, other, path, found in nearby if other.lists is document.lists]
    usual = Counter(path for path, _ in same_format).most_common(1)
    key_path = key_path or (usual[0][0] if usual else (content.keys.related[0],))
    at_same_key = [found for path, found in same_format if path == key_path]
    examples = at_same_key or [found for _, found in same_format]
    list_styles = Counter(found.style for found in examples).most_common(1)
    after = Counter(found.after for found in examples if found.after)
    return SiteStyle(
        key_path=key_path,
        after=tuple(key for key, _ in after.most_common()),
        list_style=own.style if own else list_styles[0][0] if list_styles else document.lists.DEFAULT_STYLE,
        name_styles=(
            _name_style(content, posts, resolver, [(post, document)]),
            _name_style(content, posts, resolver, [(source, other) for source, other, _, _ in nearby]),
        ),
    )


def _nearby(
    content: ContentSettings, posts: PostStore, post: StoredPost
) -> Iterator[tuple[StoredPost, Document, KeyPath, ExistingList]]:
    """Posts with a list that can be read, and that list; the nearest in the order of ids first."""
    for step in range(1, len(posts)):
        for number in (post.number - step, post.number + step):
            if 0 <= number < len(posts) and posts[number].curated and (found := _list_of(content, posts[number])):
                yield posts[number], *found


def _list_of(content: ContentSettings, post: StoredPost) -> tuple[Document, KeyPath, ExistingList] | None:
    try:
        document = read_document(read_bytes(content, post.path), content.blank_lines_first)
        key_path = key_path_of_references(document.parts, content)
        found = document.lists.existing_list(document.block, key_path) if key_path else None
    except (BadFrontMatter, Unsafe, CannotWrite, PostGone):  # it has changed since the build; others will do
        return None
    return (document, key_path, found) if key_path and found else None


def _name_style(
    content: ContentSettings,
    posts: PostStore,
    resolver: ReferenceResolver,
    documents: Sequence[tuple[StoredPost, Document]],
) -> NameStyle:
    """How often each way to write names is used in the lists of some posts."""
    name_style = NameStyle()
    for source, document in documents:
        for reference in references_in(document.parts, content):
            found = resolver.resolve(reference.name, source.number)
            if len(found) == 1 and found[0] < len(posts):
                name_style.count(reference.name, posts[found[0]], source, content.site)
    return name_style
