"""How a site writes its lists: under which key, where in the front matter, in what look, with what names.

What the list of a post shows itself counts most, then what the posts near it do, then the native format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from indexer.content.front_matter import BadFrontMatter
from indexer.content.reader import place_of_references, references_in
from indexer.editing.document import Front, front_of
from indexer.editing.list_edit import Look, Place, Standing, Unsafe
from indexer.editing.name_style import Habits
from indexer.editing.saving import read_bytes
from indexer.errors import CannotWrite, PostGone
from indexer.links.resolver import Names
from indexer.model import StoredPost
from indexer.settings import ContentSettings
from indexer.store.posts import StoredPosts

NEIGHBOURS = 40


@dataclass(frozen=True, slots=True)
class Manners:
    """place, after, look: of a list that is new. after: the keys that may stand before it, the most usual first.

    habits: how names are written, in the list itself and then near it.
    """

    place: Place
    after: tuple[str, ...]
    look: Look
    habits: tuple[Habits, ...]


def manners_for(content: ContentSettings, posts: StoredPosts, names: Names, post: StoredPost, front: Front) -> Manners:
    """What to hold to in the list of a post. posts: all that are published, in id order. front: that of the post."""
    near = list(islice(_near(content, posts, post), NEIGHBOURS))
    place = place_of_references(front.parts, content)
    own = front.lists.standing(front.block, place) if place else None
    alike = [(where, standing) for _, its, where, standing in near if its.lists is front.lists]
    usual = Counter(where for where, _ in alike).most_common(1)
    place = place or (usual[0][0] if usual else (content.keys.related[0],))
    like_it = [standing for where, standing in alike if where == place] or [standing for _, standing in alike]
    looks = Counter(standing.look for standing in like_it).most_common(1)
    after = Counter(standing.after for standing in like_it if standing.after)
    return Manners(
        place=place,
        after=tuple(key for key, _ in after.most_common()),
        look=own.look if own else looks[0][0] if looks else front.lists.USUAL,
        habits=(
            _habits(content, posts, names, [(post, front)]),
            _habits(content, posts, names, [(one, their_front) for one, their_front, _, _ in near]),
        ),
    )


def _near(
    content: ContentSettings, posts: StoredPosts, post: StoredPost
) -> Iterator[tuple[StoredPost, Front, Place, Standing]]:
    """The posts nearest in the order of paths whose lists can be read, with their lists."""
    for step in range(1, len(posts)):
        for number in (post.number - step, post.number + step):
            if 0 <= number < len(posts) and posts[number].curated and (found := _list_of(content, posts[number])):
                yield posts[number], *found


def _list_of(content: ContentSettings, post: StoredPost) -> tuple[Front, Place, Standing] | None:
    try:
        front = front_of(read_bytes(content, post.path))
        place = place_of_references(front.parts, content)
        standing = front.lists.standing(front.block, place) if place else None
    except (BadFrontMatter, Unsafe, CannotWrite, PostGone):  # it has changed since the build; others will do
        return None
    return (front, place, standing) if place and standing else None


def _habits(
    content: ContentSettings, posts: StoredPosts, names: Names, fronts: Sequence[tuple[StoredPost, Front]]
) -> Habits:
    """How often each way of writing names is used in these lists."""
    habits = Habits()
    for source, front in fronts:
        for reference in references_in(front.parts, content):
            found = names.resolve(reference.name, source.number)
            if len(found) == 1 and found[0] < len(posts):
                habits.count(reference.name, posts[found[0]], source, content.site)
    return habits
