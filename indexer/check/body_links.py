"""Links and images in bodies that lead nowhere.

Only what can be known is said. The rest of a site may be made by its generator, lie in another repository or be behind
a redirect, so a link counts as dead only where it leads into a part of the site that is known:

    ../oat.md                a file, which is there or not
    oat, ../oat/             from the file or the page, where most such links of the site lead to a page
    /bread/oat/              posts have URLs below /bread/, and most links below it lead to a page
    /bread/rye/#crust        the page is known, and what its anchors are
    loaf.jpg, /img/loaf.jpg  images lie beside posts, or below /img/
    oats.example.com/        an address without https:// before it
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from indexer.check.anchors import Anchors
from indexer.check.pages import Pages, normal_path, path_of
from indexer.check.served_files import IMAGES, MARKDOWN, ServedFiles
from indexer.check.source_text import line_of
from indexer.content.files import read_source
from indexer.content.front_matter import BadFrontMatter, decode
from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.model import Corpus, Excluded, Finding, FindingKind, Post
from indexer.settings import ContentSettings

# Of the targets in one part of a site this share may be dead, or one where three are there; where more are, the part is
# not known.
MOST_DEAD_SHARE = 0.05
FEWEST_THERE = 3
# A page that so many posts lead to, or an anchor that so many pages lack, is made by the site's theme or generator.
MADE_ELSEWHERE = 4
# Images that have the name of a missing one and are named to the editor.
MOST_IMAGES = 5
# Pages that generators make among the posts of a folder: of tags, dates and the like, and feeds.
_MADE = re.compile(
    r"tags?|categor(?:y|ies)|topics?|authors?|archives?|series|pages?|search|\d+"
    r"|(?:feeds?|rss|atom|index|sitemap)(?:\.(?:xml|json|rss|atom))?"
)
# What a template has left, or was never meant to be a path of this site.
_ODD = re.compile(r"[{}<>$|\\*\s]|//|\A[~@](?!/)|\A@site|\.\.\.")
_NUMBER = re.compile(r"\d+")
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{0,5}\Z", re.IGNORECASE)
_DOMAIN = re.compile(r"\A(?:www\.[\w-]+\.|(?:[\w-]+\.)+(?:com|org|net|io|dev|gov|edu|co|us|uk|de)(?:/|\Z))")
_DOMAINS, _FILES = "addresses of other sites", "files"
# What lies at the top of a site may come from another repository, so there only what resembles a post is dead.
_TOP = "/"


@dataclass(frozen=True, slots=True)
class _Fault:
    """A target that may be dead. part: of the site, which decides whether it is known well enough.

    page: the post that lacks the anchor. file: the file that is not published.
    """

    kind: FindingKind
    post: Post
    target: str
    part: str = ""
    page: Post | None = None
    file: Excluded | None = None

    @property
    def fragment(self) -> str:
        return self.target.partition("#")[2]

    @property
    def name(self) -> str:
        """What others would lack too if it were made elsewhere."""
        return f"#{self.fragment}" if self.page else path_of(self.target)

    @property
    def is_certain(self) -> bool:
        """Whether nothing but the files at hand decides it."""
        return bool(self.file) or self.part in (_FILES, _DOMAINS)

    @property
    def whole_target(self) -> str:
        """What is dead, whoever leads to it."""
        return f"{self.page.path}#{self.fragment}" if self.page else path_of(self.target)


def body_findings(
    settings: ContentSettings,
    corpus: Corpus,
    excluded: Iterable[Excluded],
    renames: Callable[[], Mapping[str, str]] = dict,
) -> Iterator[Finding]:
    """What is wrong with the links and images of all posts. renames: as for `links.graph.link_graph`."""
    checker = _Checker(settings, corpus, excluded)
    faults = [fault for number, post in enumerate(corpus) for fault in checker.faults(number, post)]
    posts = list(corpus)
    matcher = cache(lambda: FuzzyMatcher(posts, settings.site, renames()))
    for fault in checker.known(faults):
        if line := line_of(checker.text_of(fault.post.path), fault.target):
            message, candidates = _message(fault, checker, matcher, posts)
            if fault.part == _TOP and not candidates:
                continue
            yield Finding(fault.kind, fault.post.path, line, message, candidates, subject=fault.target)


class _Checker:
    """Looks at each target, and counts for each part of the site how many lead somewhere."""

    def __init__(self, settings: ContentSettings, corpus: Corpus, excluded: Iterable[Excluded]) -> None:
        self._settings = settings
        self._corpus = corpus
        self._pages = Pages(settings, corpus, excluded)
        self.served = ServedFiles(settings)
        self.text_of = lru_cache(maxsize=64)(self._text_of)
        self.anchors = Anchors(self.text_of)
        self._alive: dict[str, set[str]] = defaultdict(set)
        self._of_rooted: dict[str, _Fault | None] = {}

    def _text_of(self, path: str) -> str:
        """The text of a file as it is now; empty if it cannot be read."""
        try:
            return decode(read_source(self._settings, path).data or b"")
        except BadFrontMatter:
            return ""

    def faults(self, number: int, post: Post) -> Iterator[_Fault]:
        for link in post.links:
            if fault := self._link(number, post, link):
                yield fault
        for image in post.images:
            if fault := self._image(post, image):
                yield fault

    def known(self, faults: list[_Fault]) -> Iterator[_Fault]:
        """The faults in parts of the site that are known."""
        dead: dict[str, set[str]] = defaultdict(set)
        for fault in faults:
            dead[fault.part].add(fault.whole_target)
        often = Counter(name for name, _ in {(fault.name, (fault.page or fault.post).path) for fault in faults})
        for fault in faults:
            missing, there = len(dead[fault.part]), len(self._alive[fault.part])
            is_known = there >= FEWEST_THERE and missing <= max(1, MOST_DEAD_SHARE * (missing + there))
            if fault.is_certain or (is_known and often[fault.name] < MADE_ELSEWHERE):
                yield fault

    # ------------------------------------------------------------------------------------------------- one target

    def _link(self, number: int, post: Post, link: str) -> _Fault | None:
        if not link.startswith("/"):
            return self._link_of(number, post, link)
        if link not in self._of_rooted:  # wherever it stands, it leads to the same place
            self._of_rooted[link] = self._link_of(number, post, link)
        fault = self._of_rooted[link]
        return replace(fault, post=post) if fault else None

    def _link_of(self, number: int, post: Post, link: str) -> _Fault | None:
        path = path_of(link)
        page = self._pages.number(number, link)
        if page is not None:
            self._alive[_part(path)].add(path)
            return self._anchor(post, link, self._corpus[page])
        if not path or _ODD.search(path) or self._pages.is_elsewhere(link):
            return None
        if file := self._pages.unpublished(number, link):
            return _Fault(FindingKind.NOT_PUBLISHED, post, link, file=file)
        if self.served.has(path, posixpath.dirname(post.path)):
            self._alive[_part(path)].add(path)
            return None
        if self._pages.may_have(number, link) or self.served.has_page(path):
            return None
        is_unknown = self._is_unknown(post, path) or self.served.redirects(path)
        return None if is_unknown else _Fault(FindingKind.DEAD_LINK, post, link, _part(path))

    def _anchor(self, post: Post, link: str, page: Post) -> _Fault | None:
        fault = _Fault(FindingKind.BAD_ANCHOR, post, link, "anchors", page)
        if self.anchors.may_have(page, fault.fragment):
            self._alive[fault.part].add(fault.whole_target)
            return None
        return fault

    def _is_unknown(self, post: Post, path: str) -> bool:
        """Whether no file of the site can say if there is such a page."""
        key = normal_path(path.strip("/")).casefold()
        if _DOMAIN.match(path):
            return False
        if _MADE.fullmatch(posixpath.basename(key)):
            return True
        found = _SUFFIX.search(key)
        suffix = found[0] if found else ""
        if suffix in MARKDOWN:
            return _leads_out(path, post)
        if path.startswith("/"):
            return suffix not in ("", ".html", ".htm") or posixpath.dirname(key) not in self._pages.folders_of_posts
        return suffix not in ("", ".html", ".htm", *self.served.suffixes)

    def _image(self, post: Post, image: str) -> _Fault | None:
        path = path_of(image)
        if not path or _ODD.search(path) or posixpath.splitext(path)[1].casefold() not in IMAGES:
            return None
        fault = _Fault(FindingKind.MISSING_IMAGE, post, image, f"images of {_part(path)}")
        if any(map(self.served.has, _places_of_image(path, post))):
            self._alive[fault.part].add(path)
            return None
        first = path.strip("/").partition("/")[0].casefold()
        known = first in self.served.image_folders if path.startswith("/") else self.served.images
        return fault if known and not _leads_out(path, post) else None


def _places_of_image(path: str, post: Post) -> list[str]:
    """Rooted paths at which an image may lie: beside its file or its page, in a folder of that name, or at the top."""
    if path.startswith("/"):
        return [path]
    folder, url = posixpath.dirname(post.path), post.url
    places = (folder, posixpath.splitext(post.path)[0], url, posixpath.dirname(url.rstrip("/")), "")
    return [f"/{normal_path(posixpath.join(place, path)).strip('/')}" for place in places]


def _leads_out(path: str, post: Post) -> bool:
    """Whether a relative path leads out of the content folder, where another part of the site may be."""
    is_relative = not path.startswith("/")
    return is_relative and posixpath.normpath(posixpath.join(posixpath.dirname(post.path), path)).startswith("..")


def _part(path: str) -> str:
    """The part of a site that a path leads to: files, what is relative, or what lies in one folder."""
    if path.startswith("/"):
        return _NUMBER.sub("0", posixpath.dirname(path.rstrip("/")).casefold())  # all days and years are one part
    if posixpath.splitext(path)[1].casefold() in MARKDOWN:
        return _FILES
    return _DOMAINS if _DOMAIN.match(path) else "relative"


# --------------------------------------------------------------------------------------------------------- messages


def _message(
    fault: _Fault, checker: _Checker, matcher: Callable[[], FuzzyMatcher], posts: list[Post]
) -> tuple[str, tuple[str, ...]]:
    """What to say of a fault, and what may be meant instead."""
    link = f'the link "{fault.target}"'
    if fault.page:
        return _about_anchor(fault, fault.page, checker.anchors.nearest(fault.page, fault.fragment))
    if fault.file:
        what = f"leads to {fault.file.path}, which is not published ({fault.file.reason})"
        return f"{link} {what}: publish it, or take the link out", ()
    if fault.kind is FindingKind.MISSING_IMAGE:
        images = _images_called(fault.target, checker.served.images)
        remedy = "use the one that is meant" if images else "add it"
        return f'the image "{fault.target}" does not exist: {remedy}, or take it out', images
    if fault.part == _DOMAINS:
        return f"{link} leads to no page of this site: write https:// before it", ()
    candidates = _candidates(fault, matcher(), posts)
    remedy = "link to the one that is meant" if candidates else "mend it"
    return f"{link} leads to no page: {remedy}, or take it out", candidates


def _about_anchor(fault: _Fault, page: Post, nearest: str) -> tuple[str, tuple[str, ...]]:
    where = "this post" if page is fault.post else page.path
    message = f'the link "{fault.target}" leads to no section: {where} has no anchor "{fault.fragment}"'
    if nearest:
        message += f', "#{nearest}" is most like it'
    return message, () if page is fault.post else (page.path,)


def _candidates(fault: _Fault, matcher: FuzzyMatcher, posts: list[Post]) -> tuple[str, ...]:
    path = path_of(fault.target)
    if not path.startswith("/"):
        path = normal_path(posixpath.join(posixpath.dirname(fault.post.path), path))
    return tuple(posts[proposal.number].path for proposal in matcher.proposals(path))


def _images_called(target: str, images: Iterable[str]) -> tuple[str, ...]:
    name = posixpath.basename(path_of(target)).casefold()
    return tuple(image for image in images if posixpath.basename(image) == name)[:MOST_IMAGES]
