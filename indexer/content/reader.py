"""A content folder → the posts in it, and every file that is none, with the reason.

`read_site` is the way in. Files are visited in the order of their paths, so that of two files that claim the same
id or URL the same one wins on every machine. Nothing outside the folder is ever opened.
"""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from indexer.content import markdown
from indexer.content.fields import FrontMatterFields
from indexer.content.files import SourceFile, digest_of, listed_source
from indexer.content.front_matter import BadFrontMatter, Split, split
from indexer.content.urls import date_in_name, is_internal, language_in_name, nfc, rooted, slug_of, url_of
from indexer.errors import BadPost
from indexer.model import Excluded, ExclusionReason, Post, Section
from indexer.settings import ContentSettings

_SUFFIX = re.compile(r"(?<=[^/])\.[^./]+\Z")


class ReadFile(Struct, frozen=True):
    """What one file gave. digest: SHA-256 of its bytes; empty where they could not be read.

    Of a file that was left out the post is known by its names and its own references only.
    """

    path: str
    digest: bytes
    found: Post | Excluded


def read_file(settings: ContentSettings, path: str, today: date) -> ReadFile:
    """One file that was listed, read. today: a post dated later is left out. Raises ContentVanished."""
    source = listed_source(settings, path)
    try:
        found = read_post(source, settings, today)
    except BadPost as error:
        found = Excluded(error.path, ExclusionReason.BAD, error.reason, error.line)
    return ReadFile(source.path, digest_of(source), found if isinstance(found, Post) else _by_name(found))


def _by_name(left: Excluded) -> Excluded:
    """A file that was left out, without the text of what it would be: that is nobody's to see, and nobody needs it."""
    if left.post is None:
        return left
    post = left.post
    known = Post(
        post.id,
        post.path,
        post.url,
        post.title,
        aliases=post.aliases,
        curated=post.curated,
        search_aliases=post.search_aliases,
        pins=post.pins,
    )
    return replace(left, post=known)


def read_post(source: SourceFile, settings: ContentSettings, today: date) -> Post | Excluded:
    """One file → a post, or the reason why it is none. Raises BadPost where it cannot be read."""
    if source.data is None:
        raise BadPost(source.path, None, source.reason)
    try:
        parts = split(source.data)
        return _post(source.path, parts, settings, today)
    except BadFrontMatter as error:
        raise BadPost(source.path, error.line, error.reason) from None


def draft_post(text: str, name: str, settings: ContentSettings, today: date) -> Post:
    """A text that is not published, with or without front matter, as a post to compare with others. Raises BadPost.

    today: its date where it has none.
    """
    try:
        parts = split(text.encode())
        values = FrontMatterFields(parts, settings)
        return _assembled(
            name, values, markdown.parse(parts.body), values.dated() or date_in_name(name) or today, settings
        )
    except BadFrontMatter as error:
        raise BadPost(name, error.line, error.reason) from None


def _post(path: str, parts: Split, settings: ContentSettings, today: date) -> Post | Excluded:
    if parts.values is None:
        return Excluded(path, ExclusionReason.NO_FRONT_MATTER)
    values = FrontMatterFields(parts, settings)
    if not parts.body.strip():
        return Excluded(path, ExclusionReason.EMPTY)
    dated = values.dated() or date_in_name(path)
    post = _assembled(path, values, markdown.parse(parts.body), dated, settings)
    if values.says("draft", True):
        return Excluded(path, ExclusionReason.DRAFT, post=post)
    if values.says("published", False):
        return Excluded(path, ExclusionReason.UNPUBLISHED, post=post)
    if values.says("search", False):
        return Excluded(path, ExclusionReason.HIDDEN, post=post)
    if dated and dated > today:
        return Excluded(path, ExclusionReason.FUTURE, f"{dated}", values.line(settings.keys.date), dated, post)
    return post


def _assembled(
    path: str, values: FrontMatterFields, body: markdown.Parsed, dated: date | None, settings: ContentSettings
) -> Post:
    keys = settings.keys
    post_id = nfc(_SUFFIX.sub("", path))
    description, links = markdown.html_text(markdown.without_tags(values.text(keys.description)))
    top = next((section.heading for section in body.sections if section.level == 1), "")
    language = values.text(keys.language) or language_in_name(post_id) or settings.language
    return Post(
        id=post_id,
        path=path,
        url=url_of(values.text(keys.url), post_id, dated, settings),
        title=markdown.plain_line(values.text(keys.title)) or top or slug_of(post_id).replace("-", " "),
        description=description,
        sections=tuple(map(_composed, body.sections)),
        tags=tuple(dict.fromkeys(values.texts(keys.tags))),
        date=dated,
        language=language,
        image=values.text(keys.image) or None,
        featured_order=values.whole_number(keys.order),
        curated=values.references(keys.related),
        links=tuple(link for link in (*links, *body.links) if is_internal(link, settings.site)),
        aliases=tuple(rooted(alias) for alias in values.texts(keys.aliases)),
        search_aliases=tuple(dict.fromkeys(values.texts(keys.search_aliases))),
        pins=tuple(dict.fromkeys(values.texts(keys.pins))),
        boost=values.boost(),
    )


def _composed(section: Section) -> Section:
    text, heading = nfc(section.text), nfc(section.heading)
    if text is section.text and heading is section.heading:
        return section  # a copy costs as much as all the rest of a short section
    return replace(section, text=text, heading=heading)
