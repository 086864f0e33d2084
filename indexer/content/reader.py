"""One file → a post, or the reason why it is none."""

from __future__ import annotations

import re
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from indexer.content import markdown
from indexer.content.defaults import defaults_for
from indexer.content.fields import FrontMatterFields, split_by, title_in
from indexer.content.files import SourceFile, digest_of
from indexer.content.front_matter import BadFrontMatter, Split
from indexer.content.includes import source_with_includes
from indexer.content.languages import language_in_path
from indexer.content.permalinks import given_url, leads_out
from indexer.content.urls import (
    Named,
    date_in_name,
    is_internal,
    nfc,
    rooted,
    slug_of,
    split_at_folder,
    url_by_pattern,
)
from indexer.errors import BadPost
from indexer.model import Excluded, ExclusionReason, FrontMatter, Post, Section
from indexer.settings import ContentSettings

# The ends of URLs of what a generator makes beside pages: feeds, data, calendars.
NO_PAGES = (".xml", ".rss", ".atom", ".json", ".csv", ".ics", ".txt", ".css", ".js", ".webmanifest")
_SUFFIX = re.compile(r"(?<=[^/])\.[^./]+\Z")


class ReadFile(Struct, frozen=True):
    """The result of reading one file. digest: the SHA-256 of its bytes; empty if they could not be read.

    The post of an excluded file has only its names and its references.
    """

    path: str
    digest: bytes
    found: Post | Excluded


def read_file(settings: ContentSettings, path: str, today: date) -> ReadFile:
    """Reads a listed file. today: posts dated later are excluded. Raises ContentVanished.

    settings: with the languages of the site's folders, as `read_site` finds them.
    """
    source = source_with_includes(settings, path)
    try:
        found = read_post(source, settings, today)
    except BadPost as error:
        found = Excluded(error.path, ExclusionReason.BAD, error.reason, error.line)
    return ReadFile(source.path, digest_of(source), found if isinstance(found, Post) else _without_text(found))


def _without_text(excluded: Excluded) -> Excluded:
    """An excluded file without the text of its post, which nobody may see and nothing needs."""
    if excluded.post is None:
        return excluded
    post = excluded.post
    named = Post(
        post.id,
        post.path,
        post.url,
        post.title,
        aliases=post.aliases,
        curated=post.curated,
        search_aliases=post.search_aliases,
        pins=post.pins,
    )
    return replace(excluded, post=named)


def read_post(source: SourceFile, settings: ContentSettings, today: date) -> Post | Excluded:
    """One file → a post, or the reason why it is none. Raises BadPost if it cannot be read."""
    if source.data is None:
        raise BadPost(source.path, None, source.reason)
    try:
        parts = split_by(settings, source.data)
        return _post(source.path, parts, settings, today)
    except BadFrontMatter as error:
        raise BadPost(source.path, error.line, error.reason) from None


def page_of(source: SourceFile, settings: ContentSettings) -> Post | None:
    """What names the page of a file, whatever keeps it from being a post; None if it cannot be read."""
    try:
        parts = split_by(settings, source.data or b"")
        fields = FrontMatterFields(parts, settings, defaults_for(settings, source.path))
        dated = fields.dated_if_readable(settings.keys.date) or date_in_name(source.path)
        return _make_post(source.path, fields, markdown.Parsed((), ()), dated, settings)
    except BadFrontMatter:
        return None


def draft_post(text: str, name: str, settings: ContentSettings, today: date) -> Post:
    """An unpublished text, with or without front matter, as a post to compare with others. Raises BadPost.

    name: in place of a path. today: its date if it has none.
    """
    try:
        parts = split_by(settings, text.encode())
        fields = FrontMatterFields(parts, settings)
        return _make_post(
            name,
            fields,
            _parsed(parts.body, name, settings),
            fields.dated(settings.keys.date) or date_in_name(name) or today,
            settings,
        )
    except BadFrontMatter as error:
        raise BadPost(name, error.line, error.reason) from None


def _post(path: str, parts: Split, settings: ContentSettings, today: date) -> Post | Excluded:
    is_dated_post = date_in_name(path) is not None and _folder_in(path, settings.dated_folders) is not None
    if parts.values is None and settings.front_matter is FrontMatter.REQUIRED and not is_dated_post:
        return Excluded(path, ExclusionReason.NO_FRONT_MATTER)
    fields = FrontMatterFields(parts, settings, defaults_for(settings, path))
    keys = settings.keys
    if not parts.body.strip() and not title_in(parts, settings):
        return Excluded(path, ExclusionReason.EMPTY)
    dated = fields.dated_if_readable(keys.date) or date_in_name(path)
    body = markdown.with_title(parts.body, fields.text(keys.title), settings.title_tags)
    post = _make_post(path, fields, _parsed(body, path, settings), dated, settings)
    if folder := _folder_in(path, settings.draft_folders):
        return Excluded(path, ExclusionReason.DRAFT, f"in the folder {folder}", post=post)
    if not date_in_name(path) and (folder := _folder_in(path, settings.dated_folders)):
        return Excluded(path, ExclusionReason.UNPUBLISHED, f"no date in its name, in the folder {folder}", post=post)
    if rule := fields.matched(settings.unpublished):
        is_draft = "draft" in rule.lower()
        return Excluded(path, ExclusionReason.DRAFT if is_draft else ExclusionReason.UNPUBLISHED, rule, post=post)
    if rule := fields.matched(settings.hidden):
        return Excluded(path, ExclusionReason.HIDDEN, rule, post=post)
    if missing := _missing(post, fields, settings):
        return Excluded(path, ExclusionReason.UNPUBLISHED, f"no {missing}", post=post)
    if post.url.endswith(NO_PAGES):
        return Excluded(path, ExclusionReason.UNPUBLISHED, f"no page, its URL is {post.url}", post=post)
    begins = fields.dated(keys.publish_date) or dated
    if begins and begins > today and not settings.future:
        line = fields.line((*keys.publish_date, *keys.date))
        return Excluded(path, ExclusionReason.FUTURE, f"{begins}", line, begins, post)
    if post.expires and post.expires <= today:
        return Excluded(path, ExclusionReason.EXPIRED, f"{post.expires}", fields.line(keys.expiry_date), post=post)
    return post


def _missing(post: Post, fields: FrontMatterFields, settings: ContentSettings) -> str | None:
    """The first field that a post has not, though it is no page without it."""
    folder, _ = split_at_folder(post.id, settings.required)
    has = {"title": bool(fields.text(settings.keys.title)), "date": post.date is not None}
    return next((name for name in settings.required.get(folder, ()) if not has[name]), None)


def _parsed(body: str, path: str, settings: ContentSettings) -> markdown.Parsed:
    return markdown.parse(body, path, settings.anchors, settings.heading_ids, settings.mdx)


def _folder_in(path: str, names: tuple[str, ...]) -> str | None:
    """The first folder of a path that has one of these names."""
    return next((name for name in path.split("/")[:-1] if name in names), None)


def _make_post(
    path: str, fields: FrontMatterFields, body: markdown.Parsed, dated: date | None, settings: ContentSettings
) -> Post:
    keys = settings.keys
    post_id = nfc(_SUFFIX.sub("", path))
    description, links = markdown.html_text(markdown.without_tags(fields.text(keys.description)))
    top = next((section.heading for section in body.sections if section.level == 1), "") or _opening(body.sections)
    language = fields.text(keys.language) or language_in_path(post_id, settings.languages) or settings.language
    title = markdown.plain_line(fields.text(keys.title)) or top or slug_of(post_id).replace("-", " ")
    return Post(
        id=post_id,
        path=path,
        url=_url(fields, named_for_url(fields, post_id, title, dated, language, settings), settings),
        title=title,
        description=description,
        sections=tuple(map(_normalized, body.sections)),
        tags=tuple(dict.fromkeys(fields.texts(keys.tags))),
        date=dated,
        language=language,
        image=fields.text(keys.image) or None,
        featured_order=fields.whole_number(keys.order),
        curated=fields.references(keys.related),
        links=tuple(link for link in (*links, *body.links) if link[0] == "#" or is_internal(link, settings.site)),
        link_texts=tuple(
            (link, text)
            for link, text in body.link_texts
            if link[:1] not in ("", "#") and is_internal(link, settings.site)
        ),
        images=tuple(image for image in body.images if is_internal(image, settings.site)),
        aliases=tuple(rooted(alias) for alias in fields.texts(keys.aliases)),
        search_aliases=tuple(dict.fromkeys(fields.texts(keys.search_aliases))),
        pins=tuple(dict.fromkeys(fields.texts(keys.pins))),
        boost=fields.boost(),
        expires=fields.dated(keys.expiry_date),
        unreadable=tuple(fields.unreadable),
        translation=fields.text(keys.translation),
        translations=fields.names(keys.translations),
    )


def _opening(sections: tuple[Section, ...]) -> str:
    """The heading that a body opens with, empty if text comes first."""
    return sections[0].heading if sections else ""


def named_for_url(
    fields: FrontMatterFields, post_id: str, title: str, dated: date | None, language: str, settings: ContentSettings
) -> Named:
    """What the URL of a post is made from. A category of Jekyll is also each folder around _posts."""
    keys = settings.keys
    folders = post_id.partition("_posts/")[0].strip("/").split("/") if "_posts/" in post_id else []
    categories = dict.fromkeys([*filter(None, folders), *fields.texts(("categories", "category"))])
    slug, other = fields.text(keys.slug), language if language != settings.language else ""
    if settings.slug_after_date and not slug and date_in_name(f"{post_id}."):
        slug = slug_of(post_id)
    return Named(post_id, dated, title, slug, fields.text(keys.id), tuple(categories), other)


def _url(fields: FrontMatterFields, named: Named, settings: ContentSettings) -> str:
    """The URL given in front matter, or else by pattern."""
    given = fields.text(settings.keys.url)
    url = url_by_pattern(named, settings)
    if given.lower() in ("", "true", "false"):
        return url
    found = given_url(given, named, settings)
    if found and not leads_out(given) and not leads_out(found):
        return found
    why = "leads out of the site" if found else "is filled in by the site's generator only"
    fields.note(settings.keys.url, f"{given[:80]!r} {why}, so the URL is {url}")
    return url


def _normalized(section: Section) -> Section:
    """A section with heading and text in Unicode normalization form C."""
    text, heading = nfc(section.text), nfc(section.heading)
    if text is section.text and heading is section.heading:
        return section  # copying costs as much as all other work on a short section
    return replace(section, text=text, heading=heading)
