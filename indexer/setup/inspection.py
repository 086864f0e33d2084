"""One file as it is read: what of it counts, whether it is published, its URL, date and language, and why.

Nothing is read by other rules than in a build; only the reasons are looked up here once more.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from msgspec import Struct

from indexer.content.defaults import defaults_for
from indexer.content.fields import TABLES, FrontMatterFields, split_by
from indexer.content.files import listing, read_source
from indexer.content.front_matter import BadFrontMatter, Split
from indexer.content.permalinks import given_url
from indexer.content.reader import named_for_url, read_post
from indexer.content.site import Site, in_effect, read_site
from indexer.content.urls import date_in_name, language_in_name, pattern_for
from indexer.errors import BadPost, DamagedGeneration, NoSuchFile, NothingPublished
from indexer.links.resolver import ReferenceResolver
from indexer.model import Excluded, ExclusionReason, FrontMatter, Post
from indexer.profiles.profile import content_table, sign_of, title_of
from indexer.progress import Progress, silent
from indexer.settings import ContentSettings, Keys, Settings
from indexer.snapshot import open_snapshot

# Fields to which every key that is named for them adds; of the others the first key that a file has counts.
_COLLECTED = ("tags", "aliases", "search_aliases", "pins")
_DATES = ("date", "publish_date", "expiry_date")


class FrontMatterKey(Struct, frozen=True):
    """A key as it is written. line: None for one that the file has from its folder. used_for: empty if for nothing."""

    key: str
    line: int | None
    used_for: tuple[str, ...]


class Derived(Struct, frozen=True):
    """A value and where it is from."""

    value: str | None
    source: str


class Heading(Struct, frozen=True):
    """level: 0 for what stands before the first heading."""

    heading: str
    anchor: str
    level: int


class Target(Struct, frozen=True):
    """A link or related post as it is written. leads_to: the paths of the files that it may mean. note: in words."""

    name: str
    line: int | None
    leads_to: tuple[str, ...]
    note: str


class Unread(Struct, frozen=True):
    """A value that the post does without."""

    line: int | None
    reason: str


class Inspection(Struct, frozen=True):
    """One file.

    reason: why it is published or not. in_index: whether the published index has it; None if there is no index.
    is_read: whether there is more to say; False for a file without text, or that cannot be read.
    """

    path: str
    generator: str | None
    generator_file: str | None
    published: bool
    reason: str
    in_index: bool | None
    is_read: bool
    title: Derived
    url: Derived
    date: Derived
    language: Derived
    tags: tuple[str, ...]
    keys: tuple[FrontMatterKey, ...]
    front_matter: tuple[Unread, ...]
    sections: tuple[Heading, ...]
    related: tuple[Target, ...]
    links: tuple[Target, ...]


def inspected(settings: Settings, file: Path, today: date, progress: Progress = silent) -> Inspection:
    """How one file is read. file: from the working directory, or below the content folder. Raises NoSuchFile."""
    content = settings.content
    path = _path_of(file, content)
    site = read_site(content, today, progress=progress)
    effective = in_effect(content, [one.path for one in site.files])
    published, reason = _verdict(path, site, content)
    parts, post = _as_read(path, effective, today)
    fields = FrontMatterFields(parts, effective, defaults_for(effective, path))
    targets = _Targets(site, content)
    reasons = _Reasons(post, parts, fields, effective) if post else None
    nothing = Derived(None, "")
    return Inspection(
        path=path,
        generator=content.generator or None,
        generator_file=sign_of(content.directory, content.generator),
        published=published,
        reason=reason,
        in_index=_in_index(settings, path),
        is_read=post is not None,
        title=reasons.title() if reasons else nothing,
        url=reasons.url() if reasons else nothing,
        date=reasons.date() if reasons else nothing,
        language=reasons.language() if reasons else nothing,
        tags=post.tags if post else (),
        keys=tuple(_keys(parts, fields, effective, post)),
        front_matter=tuple(Unread(one.line, one.reason) for one in post.unreadable) if post else (),
        sections=tuple(Heading(one.heading, one.anchor, one.level) for one in post.sections) if post else (),
        related=tuple(targets.of(one.name, one.line, path) for one in post.curated) if post else (),
        links=tuple(targets.of(link, None, path) for link in dict.fromkeys(post.links)) if post else (),
    )


# --------------------------------------------------------------------------------------------------------- the file


def _path_of(file: Path, content: ContentSettings) -> str:
    """The path of a file below the content folder. Raises NoSuchFile."""
    root = os.path.realpath(content.directory)
    if not os.path.isdir(root):
        raise NoSuchFile(f"there is no content folder {content.directory}: `seealso init` finds it, --content names it")
    if not os.path.lexists(file) and os.path.lexists(os.path.join(root, file)):
        file = Path(root) / file
    if not os.path.lexists(file):
        raise NoSuchFile(f"there is no file {file}, here or in {content.directory}{_did_you_mean(file, content)}")
    there = Path(os.path.realpath(file.parent)) / file.name
    if not there.is_relative_to(root):
        raise NoSuchFile(
            f"{file} is not below the content folder {content.directory}, so it is never read: content.directory or "
            "--content names the folder"
        )
    if there.is_dir():
        raise NoSuchFile(f"{file} is a folder: name a file")
    return there.relative_to(root).as_posix()


def _did_you_mean(file: Path, content: ContentSettings) -> str:
    by_name: dict[str, str] = {}
    for path in listing(content).paths:
        by_name.setdefault(path.rpartition("/")[2], path)
    near = difflib.get_close_matches(file.name, by_name, n=1, cutoff=0.75)
    return f"; did you mean {content.directory / by_name[near[0]]}?" if near else ""


def _as_read(path: str, content: ContentSettings, today: date) -> tuple[Split, Post | None]:
    """The parts of a file, and its post whether it is published or not; None if it has no text or cannot be read."""
    source = read_source(content, path)
    try:
        parts = split_by(content, source.data or b"")
        found = read_post(source, replace(content, front_matter=FrontMatter.OPTIONAL), today)
    except (BadPost, BadFrontMatter):
        return Split(None, {}, ""), None
    return parts, found if isinstance(found, Post) else found.post


def _in_index(settings: Settings, path: str) -> bool | None:
    try:
        return any(post.path == path for post in open_snapshot(settings.index.directory, settings.search).posts)
    except (NothingPublished, DamagedGeneration):
        return None


# ------------------------------------------------------------------------------------------------- published or not


def _verdict(path: str, site: Site, content: ContentSettings) -> tuple[bool, str]:
    """Whether a file is published, and why."""
    if any(post.path == path for post in site.corpus):
        return True, "nothing keeps it out"
    excluded = next((file for file in site.excluded if file.path == path), None)
    return False, _in_words(excluded) if excluded else _why_not_listed(path, content)


def _in_words(file: Excluded) -> str:
    line = f", line {file.line}" if file.line else ""
    in_folder = file.detail.startswith(("in the folder", "no date in its name"))
    setting = {ExclusionReason.DRAFT: "content.draft_folders", ExclusionReason.UNPUBLISHED: "content.dated_folders"}
    if in_folder:
        what = "it is a draft" if file.reason is ExclusionReason.DRAFT else "it is not published"
        return f"{what}: {file.detail} ({setting[file.reason]})"
    if file.detail.startswith("no page"):
        return f"it is {file.detail}"
    return {
        ExclusionReason.NO_FRONT_MATTER: 'it has no front matter, and content.front_matter is "required"',
        ExclusionReason.EMPTY: "it has no title, and nothing stands below its front matter",
        ExclusionReason.DRAFT: f"it is a draft: its front matter says `{file.detail}`{line} (content.unpublished)",
        ExclusionReason.UNPUBLISHED: f"its front matter says `{file.detail}`{line} (content.unpublished)",
        ExclusionReason.FUTURE: f"its day is still to come: {file.detail}{line}; a build on that day takes it in",
        ExclusionReason.EXPIRED: f"its day is over: it expired on {file.detail}{line}",
        ExclusionReason.RESOURCE: f"it is no page of its own, but a part {file.detail}",
        ExclusionReason.HIDDEN: f"it is a page, but not in search: its front matter says `{file.detail}`{line} "
        "(content.hidden)",
        ExclusionReason.BAD: f"it cannot be read: {file.detail}{line}",
        ExclusionReason.DUPLICATE: f"another file was first: {file.detail}",
    }[file.reason]


def _why_not_listed(path: str, content: ContentSettings) -> str:
    """Why a file of the content folder is not even looked at."""
    *folders, name = path.split("/")
    if hidden := next((part for part in (*folders, name) if part.startswith(".")), None):
        return f"names that begin with a dot are passed over: {hidden}"
    above = ["/".join(folders[: count + 1]) for count in range(len(folders))]
    if link := next((folder for folder in above if os.path.islink(content.directory / folder)), None):
        return f"no symbolic link is followed: {link}"
    if not name.lower().endswith(content.suffixes):
        return f"its name ends in none of {', '.join(content.suffixes)} (content.suffixes)"
    if pattern := next((pattern for pattern in content.exclude if fnmatchcase(path, pattern)), None):
        return f"its path is like `{pattern}` ({_origin('exclude', content)})"
    pattern = next((pattern for pattern in content.exclude_names if fnmatchcase(name, pattern)), "")
    return f"its name is like `{pattern}` ({_origin('exclude_names', content)})"


# -------------------------------------------------------------------------------------------- values and their reasons


class _Reasons:
    """Where the values of one post are from."""

    def __init__(self, post: Post, parts: Split, fields: FrontMatterFields, content: ContentSettings) -> None:
        self._post, self._fields, self._content = post, fields, content
        self._own = {key.casefold() for key in parts.values or {}}

    def title(self) -> Derived:
        if key := self._key_with_text(self._content.keys.title):
            return Derived(self._post.title, self._in_front_matter(key))
        is_heading = any(section.heading == self._post.title for section in self._post.sections)
        return Derived(self._post.title, "the first heading" if is_heading else "the name of the file")

    def url(self) -> Derived:
        post, fields, content = self._post, self._fields, self._content
        named = named_for_url(fields, post.id, post.title, post.date, post.language, content)
        given = fields.text(content.keys.url)
        if given.lower() not in ("", "true", "false") and given_url(given, named, content) == post.url:
            key = self._key_with_text(content.keys.url)
            return Derived(post.url, f"{self._in_front_matter(key)}: {given}")
        setting, pattern = pattern_for(post.id, bool(named.slug), named.language, content)
        return Derived(post.url, f"the pattern {pattern} ({_origin(setting, content)})")

    def date(self) -> Derived:
        dated = self._post.date
        if dated is None:
            return Derived(None, "no key in the front matter and no name of the file says one")
        for key in self._content.keys.date:
            with suppress(BadFrontMatter):
                if self._fields.dated((key,)) == dated:
                    return Derived(f"{dated}", self._in_front_matter(key))
        return Derived(f"{dated}", "the name of the file" if date_in_name(self._post.path) == dated else "its path")

    def language(self) -> Derived:
        post = self._post
        if key := self._key_with_text(self._content.keys.language):
            return Derived(post.language, self._in_front_matter(key))
        if language_in_name(post.id) == post.language:
            return Derived(post.language, "the name of the file")
        is_usual = post.language == self._content.language
        return Derived(post.language, _origin("language", self._content) if is_usual else "its path")

    def _key_with_text(self, keys: tuple[str, ...]) -> str:
        """The key that counts, empty if none does."""
        return next((key for key in keys if self._fields.text((key,))), "")

    def _in_front_matter(self, key: str) -> str:
        written = self._fields.written(key)
        if written.partition(".")[0].casefold() not in self._own:
            return f"`{written}` in the defaults of its folder"
        line = self._fields.line((written,))
        return f"`{written}` in the front matter" + (f", line {line}" if line else "")


def _origin(setting: str, content: ContentSettings) -> str:
    """A setting of [content], such as urls._posts, with who says it: the generator's profile, the site, or nobody."""
    name, _, folder = setting.partition(".")
    usual: Any = content_table(content.directory, content.generator).get(name)
    value: Any = getattr(content, name)
    default: Any = getattr(ContentSettings(), name)
    if folder:
        usual, value, default = (usual or {}).get(folder), value.get(folder), default.get(folder)
    plain = list(value) if isinstance(value, tuple) else value
    if usual is not None and plain == usual:
        return f"content.{setting}, as is usual with {title_of(content.generator)}"
    return f"content.{setting}, the default" if value == default else f"content.{setting}, as the site sets it"


# ------------------------------------------------------------------------------------------------------ front matter


def _keys(
    parts: Split, fields: FrontMatterFields, content: ContentSettings, post: Post | None
) -> Iterator[FrontMatterKey]:
    """The keys of the front matter in their order, those from the folder's defaults last."""
    uses = _uses(fields, content, post)
    values = parts.values or {}
    own = [
        name
        for key, value in values.items()
        for name in ([f"{key}.{inner}" for inner in value] if key in TABLES and isinstance(value, dict) else [key])
    ]
    for name in own:
        used_for = [use for key, found in uses.items() if key == name or key.startswith(f"{name}.") for use in found]
        yield FrontMatterKey(name, parts.lines.get(name.partition(".")[0]), tuple(dict.fromkeys(used_for)))
    for key, found in uses.items():
        if key.partition(".")[0] not in values:
            yield FrontMatterKey(key, None, tuple(found))


def _uses(fields: FrontMatterFields, content: ContentSettings, post: Post | None) -> dict[str, list[str]]:
    """Key as it is written → the fields that it is read for."""
    uses: dict[str, list[str]] = {}
    for field in fields_of(Keys):
        for key in getattr(content.keys, field.name):
            if (written := fields.written(key)) and not (field.name in _DATES and fields.is_switch(key)):
                uses.setdefault(written, []).append(field.name.replace("_", " "))
                if field.name not in _COLLECTED:
                    break
    for what, rules in (("whether it is published", content.unpublished), ("whether it is in search", content.hidden)):
        for rule in rules:
            if written := fields.written(rule.partition(":")[0].strip()):
                uses.setdefault(written, []).append(what)
    if post and "{categories}" in pattern_for(post.id, False, "", content)[1]:
        for key in ("categories", "category"):
            if written := fields.written(key):
                uses.setdefault(written, []).append("url")
    return uses


# -------------------------------------------------------------------------------------------------------------- links


class _Targets:
    """What names and links lead to: the posts of a site, and the files that are none."""

    def __init__(self, site: Site, content: ContentSettings) -> None:
        hidden = [(file.post, str(file.reason)) for file in site.excluded if file.post]
        self._posts: Sequence[Post] = [*site.corpus, *(post for post, _ in hidden)]
        self._notes = [*([""] * len(site.corpus)), *(reason for _, reason in hidden)]
        self._numbers = {post.path: number for number, post in enumerate(self._posts)}
        self._resolver = ReferenceResolver(self._posts, content.site)

    def of(self, name: str, line: int | None, source: str) -> Target:
        """source: the path of the file that has the name or link."""
        found = self._resolver.resolve(name, self._numbers.get(source))
        paths = tuple(self._posts[number].path for number in found)
        if len(found) == 1:
            return Target(name, line, paths, self._notes[found[0]])
        if found:
            return Target(name, line, paths, "may be any of these: name it by its path")
        return Target(name, line, (), "within the page" if name.startswith("#") else "no page of this site")
