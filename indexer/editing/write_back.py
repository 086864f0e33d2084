"""What an editor accepts, written into the front matter of the post: one list longer, every other byte as it was.

`acceptance` and `repaired` only read. They give an Edit, which saving.py puts on the disk, or a patch shows. An edit is
handed out only after its outcome was read back and found to be what was meant; else there is CannotWrite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from typing import Any

from indexer.content.fields import NAMING_KEYS, place_of_references, reference_names, references_in, title_in
from indexer.content.front_matter import BadFrontMatter, split
from indexer.editing.document import Document, read_document
from indexer.editing.edit import Edit, version_of
from indexer.editing.list_edit import Entry, ListStyle, Place, Unsafe
from indexer.editing.name_style import spelled
from indexer.editing.saving import read_bytes
from indexer.editing.style import SiteStyle, site_style
from indexer.errors import CannotWrite, StaleVersion
from indexer.links.resolver import ReferenceResolver
from indexer.model import ExclusionReason, Post, Reference, StoredPost
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot
from indexer.store.posts import PostStore

_TITLES = ("text", "title", "name", "label")  # what mappings call the words that a reader sees
_SUFFIX = re.compile(r"(?<=[^/])\.[^./]+\Z")
_NAMED_LATER = (ExclusionReason.DRAFT, ExclusionReason.UNPUBLISHED, ExclusionReason.FUTURE, ExclusionReason.HIDDEN)


def acceptance(
    content: ContentSettings,
    snapshot: Snapshot,
    post: StoredPost,
    targets: Sequence[StoredPost],
    version: str | None = None,
) -> Edit:
    """The edit that puts targets into a post's list, named as this site names posts; what it names already stays.

    version: of the file that the editor saw. Raises StaleVersion where it is another now, unless there is nothing to
    add; PostGone where a file is no longer there, and CannotWrite.
    """
    data = read_bytes(content, post.path)
    posts = snapshot.posts
    names = _names(posts, _hidden(snapshot), content.site)
    with _explained(post.path):
        front = read_document(data)
        missing = _missing(content, names, post, targets, front)
        if not missing:
            return Edit(post.path, data, data)
        if version is not None and version != version_of(data):
            raise StaleVersion(f"{post.path} has changed since it was shown; nothing was written: look at it again")
        style = site_style(content, posts, names, post, front)
        written = [_name(target, post, style, names, content) for target in missing]
        entries = [_entry(name, target, style.look, content) for name, target in zip(written, missing, strict=True)]
        after = _extended(front, style, entries, names, post)
        _prove(content, front, after, style.place, _with(front, style.place, entries))
    return Edit(post.path, data, after, tuple(written))


def repaired(content: ContentSettings, path: str, changes: Mapping[Reference, str]) -> Edit:
    """The edit that gives references in a post's list other names. Raises PostGone, CannotWrite."""
    data = read_bytes(content, path)
    with _explained(path):
        front = read_document(data)
        place = place_of_references(front.parts, content)
        numbered = _numbered(front, place, changes) if place else {}
        if not place or set(numbered.values()) != set(changes.values()):
            raise Unsafe("a name that is to be changed is no longer in its list: build the index anew")
        after = front.with_splices(front.lists.renamed(front.block, place, numbered, NAMING_KEYS))
        _prove(content, front, after, place, _with_names(front, place, numbered))
    return Edit(path, data, after, tuple(changes.values()))


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Why nothing can be written, as an error of ours with the file and the line."""
    try:
        yield
    except BadFrontMatter as error:
        raise CannotWrite(_reason(path, error.line, error.reason)) from None
    except Unsafe as error:
        raise CannotWrite(_reason(path, error.line and error.line + 1, error.reason)) from None


def _reason(path: str, line: int | None, reason: str) -> str:
    return f"{path}, line {line}: not changed: {reason}" if line else f"{path}: not changed: {reason}"


# ------------------------------------------------------------------------------------------------ what to write


def _hidden(snapshot: Snapshot) -> tuple[str, ...]:
    """Drafts and the like: no targets, but a name that fits one of them too is not certain once it is published."""
    return tuple(file.path for file in snapshot.report().excluded if file.reason in _NAMED_LATER)


@lru_cache(maxsize=1)  # an editor decides many times on one generation
def _names(posts: PostStore, hidden: tuple[str, ...], site: str) -> ReferenceResolver:
    """All names of the posts, and behind them those of the files `hidden`."""
    ids = [_SUFFIX.sub("", path) for path in hidden]
    return ReferenceResolver(
        [*posts, *(Post(id_, path, f"/{id_}/", id_) for id_, path in zip(ids, hidden, strict=True))], site
    )


def _missing(
    content: ContentSettings, names: ReferenceResolver, post: StoredPost, targets: Sequence[StoredPost], front: Document
) -> list[StoredPost]:
    """The targets that the list does not name in any way, in their order, once each."""
    named = [names.resolve(one.name, post.number) for one in references_in(front.parts, content)]
    there = {found[0] for found in named if len(found) == 1}
    missing = {target.number: target for target in targets if target.number not in there}
    for target in missing.values():
        if target.number == post.number:
            raise Unsafe("a post does not belong into its own list")
        read_bytes(content, target.path)  # or it is gone
    return list(missing.values())


def _name(
    target: StoredPost, post: StoredPost, style: SiteStyle, names: ReferenceResolver, content: ContentSettings
) -> str:
    if name := spelled(target, post, style.name_styles, names, content.site):
        return name
    raise Unsafe(f"no name leads to {target.path} alone: another post has the same names")


def _entry(name: str, target: StoredPost, look: ListStyle, content: ContentSettings) -> Entry:
    """The item for a target: its name, or a mapping as the others have it, with its title where they have a text."""
    keys = [key for key, _ in look.shape]
    naming = next((key for key in NAMING_KEYS if key in keys), None)
    if naming is None:
        return name
    title = title_in(split(read_bytes(content, target.path)), content) or target.title
    return {key: name if key == naming else title for key in keys if key == naming or key in _TITLES}


def _extended(
    front: Document, style: SiteStyle, entries: Sequence[Entry], names: ReferenceResolver, post: StoredPost
) -> bytes:
    """The file with entries at the end of the list, or with a list where there was none."""
    place, value = style.place, _value(front, style.place)
    if value is None:
        splice = front.lists.inserted(front.block, place, entries, style.look, style.after, front.line_end)
    else:
        if isinstance(value, str) and any(reference_names(value)) and len(names.resolve(value, post.number)) != 1:
            raise Unsafe(f'"{".".join(place)}" is a text that names no post, not a list: make it a list first')
        splice = front.lists.extended(front.block, place, entries, style.look, front.line_end)
    return front.with_splices([splice])


def _numbered(front: Document, place: Place, changes: Mapping[Reference, str]) -> dict[int, str]:
    """The items of a list that get another name, by number."""
    by_name = {reference.name: name for reference, name in changes.items()}
    return {
        number: by_name[name] for number, name in enumerate(reference_names(_value(front, place))) if name in by_name
    }


# ------------------------------------------------------------------------------------------------ the proof


def _value(front: Document, place: Place) -> Any:
    return _at(front.parts.values, place)


def _at(value: Any, place: Place) -> Any:
    for name in place:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if any(reference_names(value)) else []


def _with(front: Document, place: Place, entries: Sequence[Entry]) -> dict[str, Any]:
    """All that the front matter says, with entries at the end of the list at a place."""
    return _changed(front, place, [*_items(_value(front, place)), *entries])


def _with_names(front: Document, place: Place, numbered: Mapping[int, str]) -> dict[str, Any]:
    """All that the front matter says, with other names for items of the list at a place."""
    value = deepcopy(_value(front, place))
    if isinstance(value, str):
        return _changed(front, place, numbered[0])
    for number, name in numbered.items():
        item = value[number] if isinstance(value, list) else value
        if isinstance(item, dict):
            item[next(key for key in NAMING_KEYS if item.get(key))] = name
        else:
            value[number] = name
    return _changed(front, place, value)


def _changed(front: Document, place: Place, value: Any) -> dict[str, Any]:
    values: dict[str, Any] = deepcopy(front.parts.values or {})
    within = values
    for name in place[:-1]:
        within = within.setdefault(name, {})
    within[place[-1]] = value
    return values


def _prove(content: ContentSettings, front: Document, after: bytes, place: Place, meant: dict[str, Any]) -> None:
    """Raises Unsafe where what would be written does not read as exactly what is meant."""
    try:
        found = read_document(after)
    except (BadFrontMatter, Unsafe) as error:
        raise Unsafe(f"written anew, it could not be read: {error}") from None
    if found.parts.values != meant or (found.above, found.below) != (front.above, front.below):
        raise Unsafe("written anew, it would say something else: add the name by hand")
    names = [name for name in reference_names(_at(meant, place)) if name]
    if names != [one.name for one in references_in(found.parts, content)]:
        raise Unsafe("written anew, another list would be read: add the name by hand")
