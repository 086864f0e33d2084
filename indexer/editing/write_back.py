"""Accepted targets → the file of the post with its list longer, every other byte as it was.

`acceptance`, `repaired` and `without_name` only read. They return an Edit, which saving.py writes to disk, or a patch
shows. The outcome of each edit is parsed again and compared with what was intended; if it differs, CannotWrite is
raised instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

from indexer.content.fields import (
    NAMING_KEYS,
    key_path_of_references,
    reference_names,
    references_in,
    split_by,
    title_in,
)
from indexer.editing.document import Document, read_document
from indexer.editing.edit import Edit, version_of
from indexer.editing.list_edit import Entry, KeyPath, ListStyle, Unsafe
from indexer.editing.name_style import spelled
from indexer.editing.saving import read_bytes
from indexer.editing.style import SiteStyle, site_style
from indexer.editing.verifying import explained, read_again, value_at, with_value
from indexer.errors import StaleVersion
from indexer.links.resolver import ReferenceResolver
from indexer.model import ExclusionReason, Post, Reference, StoredPost
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot
from indexer.store.posts import PostStore

_TITLES = ("text", "title", "name", "label")  # the keys under which mappings have the text of a link
_SUFFIX = re.compile(r"(?<=[^/])\.[^./]+\Z")
_FUTURE_NAMES = (ExclusionReason.DRAFT, ExclusionReason.UNPUBLISHED, ExclusionReason.FUTURE, ExclusionReason.HIDDEN)


def acceptance(
    content: ContentSettings,
    snapshot: Snapshot,
    post: StoredPost,
    targets: Sequence[StoredPost],
    version: str | None = None,
) -> Edit:
    """The edit that puts targets into a post's list, named in the style of the site. Targets that it has stay.

    version: of the file that the editor saw. Raises StaleVersion where it is another now, unless there is nothing to
    add; PostGone where a file is no longer there, and CannotWrite.
    """
    data = read_bytes(content, post.path)
    posts = snapshot.posts
    resolver = _resolver(posts, _hidden(snapshot), content.site)
    with explained(post.path, data):
        document = read_document(data, content.blank_lines_first)
        missing = _missing(content, resolver, post, targets, document)
        if not missing:
            return Edit(post.path, data, data)
        if version is not None and version != version_of(data):
            raise StaleVersion.of(post.path)
        style = site_style(content, posts, resolver, post, document)
        names = [_name(target, post, style, resolver, content) for target in missing]
        entries = [_entry(name, target, style.list_style, content) for name, target in zip(names, missing, strict=True)]
        after = _extended(document, style, entries, resolver, post)
        _verify(content, document, after, style.key_path, _with(document, style.key_path, entries))
    return Edit(post.path, data, after, tuple(names))


def repaired(content: ContentSettings, path: str, changes: Mapping[Reference, str]) -> Edit:
    """The edit that renames references in the list of a post. Raises PostGone, CannotWrite."""
    data = read_bytes(content, path)
    with explained(path, data):
        document = read_document(data, content.blank_lines_first)
        key_path = key_path_of_references(document.parts, content)
        numbered = _numbered(document, key_path, changes) if key_path else {}
        if not key_path or set(numbered.values()) != set(changes.values()):
            raise Unsafe("a name that is to be changed is no longer in its list: build the index anew")
        after = document.with_splices(document.lists.renamed(document.block, key_path, numbered, NAMING_KEYS))
        _verify(content, document, after, key_path, _with_names(document, key_path, numbered))
    return Edit(path, data, after, tuple(changes.values()))


def without_name(content: ContentSettings, path: str, name: str) -> Edit:
    """The edit that takes a name out of the list of a post; with the last one its key goes, too.

    Raises PostGone, CannotWrite.
    """
    data = read_bytes(content, path)
    with explained(path, data):
        document = read_document(data, content.blank_lines_first)
        key_path = key_path_of_references(document.parts, content) or ()
        value = value_at(document.parts.values, key_path)
        found = [number for number, other in enumerate(reference_names(value)) if other == name]
        if not found:
            raise Unsafe("a name that is to be taken out is no longer in its list: build the index anew")
        if len(found) > 1:
            raise Unsafe(f'"{name}" stands in the list {len(found)} times: take it out by hand')
        left = [item for number, item in enumerate(_items(value)) if number != found[0]]
        after = document.with_splices([document.lists.removed(document.block, key_path, found[0])])
        _verify(content, document, after, key_path, with_value(document, key_path, left or None))
    return Edit(path, data, after)


# ------------------------------------------------------------------------------------------------ what to write


def _hidden(snapshot: Snapshot) -> tuple[str, ...]:
    """The paths of drafts and the like. A name that fits one of them, too, would be ambiguous once it is published."""
    return tuple(file.path for file in snapshot.report().excluded if file.reason in _FUTURE_NAMES)


@lru_cache(maxsize=1)  # an editor decides many times on one generation
def _resolver(posts: PostStore, hidden: tuple[str, ...], site: str) -> ReferenceResolver:
    """Resolves the names of the posts, and after them those of the files `hidden`."""
    ids = [_SUFFIX.sub("", path) for path in hidden]
    return ReferenceResolver(
        [*posts, *(Post(id_, path, f"/{id_}/", id_) for id_, path in zip(ids, hidden, strict=True))], site
    )


def _missing(
    content: ContentSettings,
    resolver: ReferenceResolver,
    post: StoredPost,
    targets: Sequence[StoredPost],
    document: Document,
) -> list[StoredPost]:
    """The targets that the list does not name in any way, in their order, once each."""
    resolved = [resolver.resolve(reference.name, post.number) for reference in references_in(document.parts, content)]
    listed = {found[0] for found in resolved if len(found) == 1}
    missing = {target.number: target for target in targets if target.number not in listed}
    for target in missing.values():
        if target.number == post.number:
            raise Unsafe("a post does not belong into its own list")
        read_bytes(content, target.path)  # raises PostGone
    return list(missing.values())


def _name(
    target: StoredPost, post: StoredPost, style: SiteStyle, resolver: ReferenceResolver, content: ContentSettings
) -> str:
    if name := spelled(target, post, style.name_styles, resolver, content.site):
        return name
    raise Unsafe(f"no name leads to {target.path} alone: another post has the same names")


def _entry(name: str, target: StoredPost, style: ListStyle, content: ContentSettings) -> Entry:
    """The item for a target: its name, or a mapping like those of the list, with its title where they have a text."""
    keys = [key for key, _ in style.shape]
    naming = next((key for key in NAMING_KEYS if key in keys), None)
    if naming is None:
        return name
    title = title_in(split_by(content, read_bytes(content, target.path)), content) or target.title
    return {key: name if key == naming else title for key in keys if key == naming or key in _TITLES}


def _extended(
    document: Document, style: SiteStyle, entries: Sequence[Entry], resolver: ReferenceResolver, post: StoredPost
) -> bytes:
    """The file with entries at the end of the list, or with a list where there was none."""
    key_path, value = style.key_path, value_at(document.parts.values, style.key_path)
    if value is None:
        splice = document.lists.inserted(
            document.block, key_path, entries, style.list_style, style.after, document.line_ending
        )
    else:
        if isinstance(value, str) and any(reference_names(value)) and len(resolver.resolve(value, post.number)) != 1:
            raise Unsafe(f'"{".".join(key_path)}" is a text that names no post, not a list: make it a list first')
        splice = document.lists.extended(document.block, key_path, entries, style.list_style, document.line_ending)
    return document.with_splices([splice])


def _numbered(document: Document, key_path: KeyPath, changes: Mapping[Reference, str]) -> dict[int, str]:
    """The new names of items of a list, by number of the item."""
    by_name = {reference.name: name for reference, name in changes.items()}
    return {
        number: by_name[name]
        for number, name in enumerate(reference_names(value_at(document.parts.values, key_path)))
        if name in by_name
    }


# ------------------------------------------------------------------------------------------------ verifying


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if any(reference_names(value)) else []


def _with(document: Document, key_path: KeyPath, entries: Sequence[Entry]) -> dict[str, Any]:
    """The values of the front matter, with entries at the end of the list at a key path."""
    return with_value(document, key_path, [*_items(value_at(document.parts.values, key_path)), *entries])


def _with_names(document: Document, key_path: KeyPath, numbered: Mapping[int, str]) -> dict[str, Any]:
    """The values of the front matter, with new names for items of the list at a key path."""
    value = deepcopy(value_at(document.parts.values, key_path))
    if isinstance(value, str):
        return with_value(document, key_path, numbered[0])
    for number, name in numbered.items():
        item = value[number] if isinstance(value, list) else value
        if isinstance(item, dict):
            item[next(key for key in NAMING_KEYS if item.get(key))] = name
        else:
            value[number] = name
    return with_value(document, key_path, value)


def _verify(
    content: ContentSettings, document: Document, after: bytes, key_path: KeyPath, intended: dict[str, Any]
) -> None:
    """Raises Unsafe unless the new file is parsed as exactly the intended values, and the list in it is read."""
    found = read_again(content, document, after, intended)
    names = [name for name in reference_names(value_at(intended, key_path)) if name]
    if names != [reference.name for reference in references_in(found.parts, content)]:
        raise Unsafe("written anew, another list would be read: edit it by hand")
