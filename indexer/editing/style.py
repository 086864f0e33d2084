"""How a site writes its lists: under which key, where in the front matter, in what look, with what names.

What the list of a post shows itself counts most, then what the posts near it do, then the native format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from indexer.content.fields import place_of_references, references_in
from indexer.content.front_matter import BadFrontMatter
from indexer.editing.document import Document, read_document
from indexer.editing.list_edit import ExistingList, ListStyle, Place, Unsafe
from indexer.editing.name_style import NameStyle
from indexer.editing.saving import read_bytes
from indexer.errors import CannotWrite, PostGone
from indexer.links.resolver import ReferenceResolver
from indexer.model import StoredPost
from indexer.settings import ContentSettings
from indexer.store.posts import PostStore

NEIGHBOURS = 40


@dataclass(frozen=True, slots=True)
class SiteStyle:
    """place, after, look: of a list that is new. after: the keys that may stand before it, the most usual first.

    name_styles: how names are written, in the list itself and then near it.
    """

    place: Place
    after: tuple[str, ...]
    look: ListStyle
    name_styles: tuple[NameStyle, ...]


def site_style(
    content: ContentSettings, posts: PostStore, names: ReferenceResolver, post: StoredPost, front: Document
) -> SiteStyle:
    """What to hold to in the list of a post. posts: all that are published, in id order. front: that of the post."""
    near = list(islice(_near(content, posts, post), NEIGHBOURS))
    place = place_of_references(front.parts, content)
    own = front.lists.existing_list(front.block, place) if place else None
    alike = [(where, existing_list) for _, its, where, existing_list in near if its.lists is front.lists]
    usual = Counter(where for where, _ in alike).most_common(1)
    place = place or (usual[0][0] if usual else (content.keys.related[0],))
    like_it = [existing_list for where, existing_list in alike if where == place] or [
        existing_list for _, existing_list in alike
    ]
    looks = Counter(existing_list.look for existing_list in like_it).most_common(1)
    after = Counter(existing_list.after for existing_list in like_it if existing_list.after)
    return SiteStyle(
        place=place,
        after=tuple(key for key, _ in after.most_common()),
        look=own.look if own else looks[0][0] if looks else front.lists.USUAL,
        name_styles=(
            _name_style(content, posts, names, [(post, front)]),
            _name_style(content, posts, names, [(one, their_front) for one, their_front, _, _ in near]),
        ),
    )


def _near(
    content: ContentSettings, posts: PostStore, post: StoredPost
) -> Iterator[tuple[StoredPost, Document, Place, ExistingList]]:
    """The posts nearest in the order of paths whose lists can be read, with their lists."""
    for step in range(1, len(posts)):
        for number in (post.number - step, post.number + step):
            if 0 <= number < len(posts) and posts[number].curated and (found := _list_of(content, posts[number])):
                yield posts[number], *found


def _list_of(content: ContentSettings, post: StoredPost) -> tuple[Document, Place, ExistingList] | None:
    try:
        front = read_document(read_bytes(content, post.path))
        place = place_of_references(front.parts, content)
        existing_list = front.lists.existing_list(front.block, place) if place else None
    except (BadFrontMatter, Unsafe, CannotWrite, PostGone):  # it has changed since the build; others will do
        return None
    return (front, place, existing_list) if place and existing_list else None


def _name_style(
    content: ContentSettings, posts: PostStore, names: ReferenceResolver, fronts: Sequence[tuple[StoredPost, Document]]
) -> NameStyle:
    """How often each way of writing names is used in these lists."""
    name_styles = NameStyle()
    for source, front in fronts:
        for reference in references_in(front.parts, content):
            found = names.resolve(reference.name, source.number)
            if len(found) == 1 and found[0] < len(posts):
                name_styles.count(reference.name, posts[found[0]], source, content.site)
    return name_styles
