"""A content folder → the posts in it, and every file that is none, with the reason.

`read_posts` is the way in. Files are visited in the order of their paths, so that of two files that claim the same
id or URL the same one wins on every machine. Nothing outside the folder is ever opened.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from indexer import analysis
from indexer.errors import BadPost, ContentVanished, NoContent
from indexer.files import bytes_of, opened_file
from indexer.model import Corpus, LeftOut, Post, Reference, Section, Why
from indexer.posts import markdown
from indexer.posts.frontmatter import BadFrontMatter, Split, split
from indexer.progress import Progress, silent
from indexer.settings import ContentSettings

# What the system says where a file that was listed is no longer there, or where the disk or server under it is gone.
_GONE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ESTALE,
    errno.EIO,
    errno.ENOTCONN,
    errno.ETIMEDOUT,
    errno.EHOSTDOWN,
}
# A post may count a tenth of what it would, or ten times as much; beyond that it is better pinned or hidden.
LEAST_BOOST, MOST_BOOST = 0.1, 10

_DATED = re.compile(r"(\d{4})-(\d{2})-(\d{2})-(?=.)")
_SUFFIX = re.compile(r"(?<=[^/])\.[^./]+\Z")
_INDEX = re.compile(r"(?:^|/)_?index$")
_SLASHES = re.compile(r"/{2,}")
_IN_A_NAME = re.compile(r"[\w./-]")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Links whose host is seen without urlsplit, as nearly all are; that takes ten times as long.
_ROOTED = re.compile(r"/[^/\s]")
_ABSOLUTE = re.compile(r"https?://([\w.:-]+)(?=[/?#]|\Z)", re.ASCII)
_LANGUAGE_SUFFIX = re.compile(r"\.([a-z]{2}(?:-[A-Za-z]{2,4})?)$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a content folder holds. digest: SHA-256 over the paths and digests of all files that were read, in hex."""

    corpus: Corpus
    left_out: tuple[LeftOut, ...]
    digest: str

    @property
    def due(self) -> date | None:
        """The day on which the first of the future posts becomes one, if any waits."""
        return min((one.due for one in self.left_out if one.due), default=None)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What one file gave. digest: SHA-256 of its bytes; empty where they could not be read.

    Of a file that was left out the post is known by its names and its own references only.
    """

    path: str
    digest: bytes
    found: Post | LeftOut


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may become a post. data: its bytes, or None with the reason where it must not be read.

    is_gone: whether it is not there at all, or what it lies on is not.
    """

    path: str
    data: bytes | None
    reason: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that may be posts, sorted, and the folders that were seen, each as it was: "" is the content folder."""

    root: str
    paths: list[str]
    folders: dict[str, os.stat_result]

    def still_there(self) -> None:
        """Raises ContentVanished where a folder is another by now, or may no longer be read.

        So what was read is one content folder, not the halves of two, and nothing that a link came to lead to.
        """
        for below, then in self.folders.items():
            folder = os.path.join(self.root, below)
            try:
                now = _folder_status(self.root, below)
            except OSError as error:
                raise _vanished(below or self.root, self.root, str(error.strerror)) from None
            if (now.st_dev, now.st_ino) != (then.st_dev, then.st_ino):
                raise _vanished(below or self.root, self.root, "another took its place")
            if now.st_mode != then.st_mode and not os.access(folder, os.R_OK | os.X_OK):
                raise _vanished(below or self.root, self.root, os.strerror(errno.EACCES))


def _folder_status(root: str, below: str) -> os.stat_result:
    """The content folder itself may be a link; no folder below it may."""
    return os.stat(os.path.join(root, below), follow_symlinks=not below)


def _vanished(name: str, root: str, reason: str) -> ContentVanished:
    return ContentVanished(
        f"{name} went away while {root} was read ({reason}). If somebody is at work there, build again; "
        "if not, is it still mounted? What was published before still serves"
    )


def source_files(settings: ContentSettings) -> list[str]:
    """The paths below the content folder that may be posts, sorted. Raises as `listing`."""
    return listing(settings).paths


def listing(settings: ContentSettings) -> Listing:
    """What lies below the content folder. Raises NoContent where there is no such folder, or it cannot be read, and
    ContentVanished where a folder goes away meanwhile."""
    root = os.fspath(settings.directory)
    if not os.path.isdir(root):
        raise NoContent(f"the content folder {root} does not exist: name it with --content, or mount it")
    paths: list[str] = []
    folders = [""]
    seen = {}
    while folders:
        below = folders.pop()
        try:
            status = _folder_status(root, below)
            if not stat.S_ISDIR(status.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            with os.scandir(os.path.join(root, below)) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError as error:
            if not below:
                raise NoContent(f"the content folder {root} cannot be read ({error.strerror})") from None
            if error.errno in _GONE:
                raise _vanished(below, root, str(error.strerror)) from None
            paths.append(below)  # the report names it like a file that cannot be read
            continue
        seen[below] = status
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if not _is_folder(entry):
                if os.path.splitext(entry.name)[1].lower() in settings.suffixes:
                    paths.append(path)
            elif entry.is_symlink():
                paths.append(path)  # likewise
            else:
                folders.append(path)
    return Listing(root, sorted(path for path in paths if not _excluded(path, settings)), seen)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether something is a folder, or a link to one; what cannot be looked at is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _excluded(path: str, settings: ContentSettings) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in settings.exclude)


def listed_source(settings: ContentSettings, path: str) -> SourceFile:
    """A file that was listed, as it is on the disk. Raises ContentVanished where it is no longer there."""
    source = read_source(settings, path)
    if source.is_gone:
        raise _vanished(source.path, os.fspath(settings.directory), source.reason)
    return source


def read_source(settings: ContentSettings, path: str) -> SourceFile:
    """A file of the content folder as it is on the disk."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return SourceFile(path.encode("utf-8", "replace").decode(), None, "the file name is not UTF-8")
    if _CONTROL.search(path):
        return SourceFile(_CONTROL.sub("?", path), None, "the file name holds a control character")
    limit = settings.largest_file
    try:
        with opened_file(settings.directory / path) as descriptor:
            if (size := os.fstat(descriptor).st_size) > limit:
                return SourceFile(path, None, f"{size:,} bytes, more than content.largest_file = {limit:,}")
            return SourceFile(path, bytes_of(descriptor, limit + 1))
    except OSError as error:
        return SourceFile(path, None, str(error.strerror), error.errno in _GONE)


def read_posts(settings: ContentSettings, today: date, progress: Progress = silent) -> Reading:
    """Everything in the content folder. today: posts dated later are left out.

    Raises NoContent where the folder is missing, and ContentVanished where something goes away while it is read.
    """
    files: list[ReadFile] = []
    listed = listing(settings)
    for number, path in enumerate(listed.paths, start=1):
        files.append(read_file(settings, path, today))
        progress("reading", number, len(listed.paths))
    listed.still_there()
    return gathered(files)


def read_file(settings: ContentSettings, path: str, today: date) -> ReadFile:
    """One file that was listed, read. today: a post dated later is left out. Raises ContentVanished."""
    source = listed_source(settings, path)
    try:
        found = read_post(source, settings, today)
    except BadPost as error:
        found = LeftOut(error.path, Why.BAD, error.reason, error.line)
    return ReadFile(source.path, digest_of(source), found if isinstance(found, Post) else _by_name(found))


def digest_of(source: SourceFile) -> bytes:
    """SHA-256 of a file's bytes; empty where there are none."""
    return b"" if source.data is None else hashlib.sha256(source.data).digest()


def _by_name(left: LeftOut) -> LeftOut:
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


def gathered(files: Sequence[ReadFile]) -> Reading:
    """All files of a content folder, in the order of their paths, as posts without doubles."""
    posts, doubled = _without_doubles([file.found for file in files if isinstance(file.found, Post)])
    left_out = [file.found for file in files if isinstance(file.found, LeftOut)]
    left_out = sorted([*left_out, *doubled], key=lambda one: one.path)
    digest = hashlib.sha256()
    for file in files:
        unread = "" if file.digest or isinstance(file.found, Post) else file.found.reason
        name, said = file.path.encode(), file.digest or unread.encode()
        digest.update(f"{len(name)} {len(said)} {not file.digest}\n".encode() + name + said)
    return Reading(Corpus(posts), tuple(left_out), digest.hexdigest())


def _without_doubles(posts: list[Post]) -> tuple[list[Post], list[LeftOut]]:
    """The posts in the order given, without those whose id or URL an earlier one has.

    Two ids that differ in case alone are one on many file systems and servers, and to whoever names a post.
    """
    kept: list[Post] = []
    doubled: list[LeftOut] = []
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for post in posts:
        if other := ids.get(post.id.casefold()):
            doubled.append(LeftOut(post.path, Why.DUPLICATE, f"{other} has the id {post.id}"))
        elif other := urls.get(post.url):
            doubled.append(LeftOut(post.path, Why.DUPLICATE, f"{other} has the url {post.url}"))
        else:
            ids[post.id.casefold()] = urls[post.url] = post.path
            kept.append(post)
    return kept, doubled


def read_post(source: SourceFile, settings: ContentSettings, today: date) -> Post | LeftOut:
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
        values = _Values(parts, settings)
        return _assembled(
            name, values, markdown.parse(parts.body), values.dated() or _date_in_name(name) or today, settings
        )
    except BadFrontMatter as error:
        raise BadPost(name, error.line, error.reason) from None


def _post(path: str, parts: Split, settings: ContentSettings, today: date) -> Post | LeftOut:
    if parts.values is None:
        return LeftOut(path, Why.NO_FRONT_MATTER)
    values = _Values(parts, settings)
    if not parts.body.strip():
        return LeftOut(path, Why.EMPTY)
    dated = values.dated() or _date_in_name(path)
    post = _assembled(path, values, markdown.parse(parts.body), dated, settings)
    if values.says("draft", True):
        return LeftOut(path, Why.DRAFT, post=post)
    if values.says("published", False):
        return LeftOut(path, Why.UNPUBLISHED, post=post)
    if values.says("search", False):
        return LeftOut(path, Why.HIDDEN, post=post)
    if dated and dated > today:
        return LeftOut(path, Why.FUTURE, f"{dated}", values.line(settings.keys.date), dated, post)
    return post


def _assembled(
    path: str, values: _Values, body: markdown.Parsed, dated: date | None, settings: ContentSettings
) -> Post:
    keys = settings.keys
    post_id = _nfc(_SUFFIX.sub("", path))
    description, links = markdown.html_text(markdown.without_tags(values.text(keys.description)))
    top = next((section.heading for section in body.sections if section.level == 1), "")
    language = values.text(keys.language) or _language_in_name(post_id) or settings.language
    return Post(
        id=post_id,
        path=path,
        url=_url(values.text(keys.url), post_id, dated, settings),
        title=markdown.plain_line(values.text(keys.title)) or top or _slug(post_id).replace("-", " "),
        description=description,
        sections=tuple(map(_composed, body.sections)),
        tags=tuple(dict.fromkeys(values.texts(keys.tags))),
        date=dated,
        language=language,
        image=values.text(keys.image) or None,
        featured_order=values.whole_number(keys.order),
        curated=values.references(keys.related),
        links=tuple(link for link in (*links, *body.links) if is_internal(link, settings.site)),
        aliases=tuple(_rooted(alias) for alias in values.texts(keys.aliases)),
        search_aliases=tuple(dict.fromkeys(values.texts(keys.search_aliases))),
        pins=tuple(dict.fromkeys(values.texts(keys.pins))),
        boost=values.boost(),
    )


def _composed(section: Section) -> Section:
    text, heading = _nfc(section.text), _nfc(section.heading)
    if text is section.text and heading is section.heading:
        return section  # a copy costs as much as all the rest of a short section
    return replace(section, text=text, heading=heading)


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_internal(link: str, site: str) -> bool:
    """Whether a link target may lead to a post of this site: relative, or absolute below the site's own address."""
    if link.startswith("#"):
        return False
    if _ROOTED.match(link):
        return True
    if match := _ABSOLUTE.match(link):
        host = match[1]
    else:
        try:
            parts = urlsplit(link)
        except ValueError:
            return False
        if parts.scheme not in ("", "http", "https"):
            return False
        host = parts.netloc
    return not host or (bool(site) and host.lower() == urlsplit(site).netloc.lower())


# -------------------------------------------------------------------------------------------- names and dates


def _slug(post_id: str) -> str:
    """The last part of an id without its date; of a folder's index page the name of the folder."""
    parts = post_id.split("/")
    name = parts[-2] if parts[-1] in ("index", "_index") and len(parts) > 1 else parts[-1]
    return _DATED.sub("", name, count=1) if _DATED.match(name) else name


def _date_in_name(path: str) -> date | None:
    if match := _DATED.match(path.rpartition("/")[2]):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    return None


def _language_in_name(post_id: str) -> str | None:
    """The language that a name such as guide.fr or guide.pt-BR ends in; the js of node.js is none."""
    match = _LANGUAGE_SUFFIX.search(post_id)
    return match[1] if match and analysis.is_language(match[1]) else None


def _url(given: str, post_id: str, dated: date | None, settings: ContentSettings) -> str:
    """The URL that a post claims, or the one that the site's pattern gives it."""
    given = markdown.without_tags(given).strip()
    if given:
        return given if given.startswith(("/", "http://", "https://")) else _rooted(given)
    folder = max((one for one in settings.urls if post_id.startswith(f"{one}/")), key=len, default="")
    pattern = settings.urls.get(folder, settings.url)
    path = _INDEX.sub("", post_id[len(folder) :].lstrip("/"))
    year, month, day = dated.isoformat().split("-") if dated else ("", "", "")
    url = pattern.format(path=quote(path), slug=quote(_slug(post_id)), year=year, month=month, day=day)
    return _SLASHES.sub("/", f"/{url}")


def _rooted(url: str) -> str:
    return url if url.startswith(("/", "http://", "https://")) else f"/{url.strip('/')}/"


# ------------------------------------------------------------------------------------------------ front matter


_TABLES = ("extra", "taxonomies", "params")  # where Zola and Hugo want keys that they do not know

# Under which keys of a mapping the name of a related post is looked for.
NAMING_KEYS = ("url", "path", "href", "link", "post", "id", "slug")
_NOTHING = ("", "~", "null", "Null", "NULL")  # YAML's words for no value; a text may be one of them by chance only

_SWITCHES = dict.fromkeys(["true", "yes", "on", "y", "1"], True) | dict.fromkeys(
    ["false", "no", "off", "n", "0"], False
)


class _Values:
    """Front matter as the keys of the settings see it. YAML gives texts only; TOML and JSON give what they say."""

    def __init__(self, parts: Split, settings: ContentSettings) -> None:
        self._values = parts.values or {}
        self._folded = {key.casefold(): value for key, value in self._values.items()}
        self._tables = [table for name in _TABLES if isinstance(table := self._values.get(name), dict)]
        self._names = {*self._folded, *(name.casefold() for table in self._tables for name in table)}
        self._lines = parts.lines
        self._front = parts.front
        self._keys = settings.keys

    def text(self, keys: tuple[str, ...]) -> str:
        """The first of the keys that holds a text, as one; empty where none does."""
        for key in keys:
            value = self._at(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return _nfc(str(value)).strip()
        return ""

    def texts(self, keys: tuple[str, ...]) -> list[str]:
        """All texts below all the keys: lists as they are, a single text cut at commas."""
        found: list[str] = []
        for key in keys:
            value = self._at(key)
            items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
            found += [
                _nfc(str(item)).strip()
                for item in items
                if isinstance(item, str | int | float) and not isinstance(item, bool)
            ]
        return [text for text in found if text]

    def whole_number(self, keys: tuple[str, ...]) -> int | None:
        text = self.text(keys)
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None

    def dated(self) -> date | None:
        """The date of the first key that holds one. Raises BadFrontMatter where it holds something else."""
        for key in self._keys.date:
            value = self._at(key)
            if isinstance(value, datetime):
                return value.date()
            if isinstance(value, date):
                return value
            if isinstance(value, str) and value.strip() and value.strip().lower() not in _SWITCHES:
                return self._parsed_date(key, value.strip())
        return None

    def _parsed_date(self, key: str, text: str) -> date:
        match = re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", text) or re.match(
            r"(\d{4})(\d{2})(\d{2})(?!\d)", text
        )
        try:
            if match:
                return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            pass
        raise BadFrontMatter(f'"{key}" is not a date: {text[:40]!r}', self._lines.get(key))

    def boost(self) -> float:
        """What the scores of the post are multiplied by. Raises BadFrontMatter where the key holds anything else."""
        for key in self._keys.boost:
            said = self._at(key)
            if said is None or said == "":
                continue
            number = float(said) if isinstance(said, str) and _NUMBER.fullmatch(said) else said
            if isinstance(number, int | float) and not isinstance(said, bool) and LEAST_BOOST <= number <= MOST_BOOST:
                return float(number)
            raise BadFrontMatter(
                f'"{key}" is not a number from {LEAST_BOOST} to {MOST_BOOST}: {str(said)[:40]!r}',
                self._line_within(key),
            )
        return 1.0

    def _line_within(self, key: str) -> int | None:
        """The line of a key, in any case; of one within a mapping the line below the mapping's key that names it."""
        lines = {name.casefold(): number for name, number in self._lines.items()}
        outer, _, inner = key.casefold().rpartition(".")
        whole = lines.get(key.casefold())
        start = lines.get(outer.partition(".")[0]) if whole is None else whole
        if whole is None and start is not None:
            below = self._front.casefold().split("\n")[start - 1 :]
            return next((number for number, line in enumerate(below, start) if _stands_in(line, inner)), start)
        return lines.get(inner) if start is None else start

    def references(self, keys: tuple[str, ...]) -> tuple[Reference, ...]:
        """The related posts as the editor named them, from the first of the keys that holds any."""
        for key in keys:
            if names := [name for name in reference_names(self._at(key)) if name]:
                return tuple(Reference(name, self._line_of(key, name)) for name in names)
        return ()

    def place_of_references(self, keys: tuple[str, ...]) -> tuple[str, ...] | None:
        """The place of the list that `references` reads, or else of the first that stands empty."""
        known = [(self._place(key), self._at(key)) for key in keys if self._at(key) is not None]
        return next((place for place, value in known if any(reference_names(value))), None) or next(
            (place for place, _ in known), None
        )

    def _place(self, key: str) -> tuple[str, ...]:
        """The keys as they stand in the file, from the outermost inwards, of a value that `_at` finds."""
        if _reach(self._values, key) is not None:
            return tuple(key.split("."))
        if _reach(self._folded, key.casefold()) is not None:
            first, *inner = key.casefold().split(".")
            return ([name for name in self._values if name.casefold() == first][-1], *inner)
        table = next(
            name
            for name in _TABLES
            if isinstance(found := self._values.get(name), dict) and _reach(found, key) is not None
        )
        return (table, *key.split("."))

    def _line_of(self, key: str, name: str) -> int | None:
        """The line that names a related post, looked for below its key; the key's own line where it is not found."""
        start = self._lines.get(key)
        if start is None:
            return None
        below = self._front.split("\n")[start - 1 :]
        return next((number for number, line in enumerate(below, start) if _stands_in(line, name)), start)

    def line(self, keys: tuple[str, ...]) -> int | None:
        return next((self._lines[key] for key in keys if key in self._lines), None)

    def says(self, key: str, wanted: bool) -> bool:
        """Whether a switch is thrown: a boolean, 1 or 0, or YAML's texts such as yes and off, in any case.

        Raises BadFrontMatter for a draft that is neither: what cannot be read must never be published by mistake.
        """
        value = self._at(key)
        if not isinstance(value, str | int):
            return False
        text = str(value).strip().lower()
        if text and key == "draft" and text not in _SWITCHES:
            raise BadFrontMatter(f'"draft" is neither true nor false: {text[:40]!r}', self.line(("draft", "Draft")))
        return _SWITCHES.get(text) is wanted

    def _at(self, key: str) -> Any:
        """The value at a key; dots reach into mappings, also into a table named `extra` or `taxonomies` (Zola)."""
        if _first_name(key) not in self._names:
            return None  # nine keys in ten
        for values, name in ((self._values, key), (self._folded, key.casefold())):
            if (found := _reach(values, name)) is not None:
                return found
        return next((found for table in self._tables if (found := _reach(table, key)) is not None), None)


@lru_cache
def _first_name(key: str) -> str:
    """Where a key leads first, in any case. The keys of the settings are asked of every post."""
    return key.partition(".")[0].casefold()


def _reach(values: dict[str, Any], key: str) -> Any:
    value: Any = values
    for part in key.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _stands_in(line: str, name: str) -> bool:
    """Whether a line holds a name as a whole, not as a part of a longer one."""
    place = line.find(name)
    while place >= 0:
        before, after = line[place - 1 : place], line[place + len(name) :][:1]
        if not _IN_A_NAME.match(before) and not _IN_A_NAME.match(after):
            return True
        place = line.find(name, place + 1)
    return False


def reference_names(value: Any) -> list[str]:
    """The names in a list of related posts, item by item, empty where an item has none."""
    items = [value] if isinstance(value, str | dict) else value if isinstance(value, list) else []
    return [_reference_name(item) for item in items]


def _reference_name(item: Any) -> str:
    """A related post as a name: the text itself, or the url or path of a mapping."""
    if isinstance(item, dict):
        item = next((item[key] for key in NAMING_KEYS if item.get(key)), "")
    name = _nfc(str(item)).strip() if isinstance(item, str | int) else ""
    return "" if name in _NOTHING else name


def references_in(parts: Split, settings: ContentSettings) -> tuple[Reference, ...]:
    """The related posts that front matter names, as a post would have them."""
    return _Values(parts, settings).references(settings.keys.related)


def title_in(parts: Split, settings: ContentSettings) -> str:
    """The title as front matter has it, with tags and markup that the title of a post has lost; empty without one."""
    return _Values(parts, settings).text(settings.keys.title)


def place_of_references(parts: Split, settings: ContentSettings) -> tuple[str, ...] | None:
    """Where the related posts stand, as keys from the outermost inwards; else where a list of them stands empty."""
    return _Values(parts, settings).place_of_references(settings.keys.related)


def unquoted(link: str) -> str:
    """A link or reference without query, fragment and percent signs."""
    return _nfc(unquote(re.split(r"[?#]", link, maxsplit=1)[0])).strip()
