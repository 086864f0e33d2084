"""Links and images in bodies that lead nowhere.

Only what can be known is said. The rest of a site may be made by its generator, lie in another repository or be behind
a redirect, so a link counts as dead only where it leads into a part of the site that is known:

    ../oat.md                a file, which is there or not
    oat, ../oat/             from the file or the page, where most such links of the site lead to a page
    /bread/oat/              posts have URLs below /bread/, and most links below it lead to a page
    /bread/rye/#crust        the page is known, and what its anchors are
    loaf.jpg                 a file, where images lie beside posts
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from indexer.check.anchors import Anchors
from indexer.check.pages import Pages, normal_path, path_of
from indexer.check.served_files import IMAGES, ServedFiles
from indexer.check.source_text import line_of
from indexer.content.files import read_source
from indexer.content.front_matter import BadFrontMatter, decode
from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.model import Corpus, Excluded, Finding, FindingKind, Post
from indexer.settings import ContentSettings

# Of the targets in one part of a site as many may be dead as this, or this share; where more are, it is not known.
MOST_DEAD, MOST_DEAD_SHARE = 3, 0.2
# An anchor that is missing on so many pages is made by the site's theme.
FROM_A_THEME = 4
# First folders of pages that generators make, and the names of files that they write.
MADE_FOLDERS = frozenset(
    """
    tags tag categories category topics topic authors author archive archives page pages feed feeds rss search series
    users user people api
    """.split()  # noqa: SIM905  # a list of words
)
_MADE_FILE = re.compile(r"(?:\A|/)(?:page/\d+|(?:feed|rss|atom|index|sitemap)(?:\.(?:xml|json|rss|atom))?)\Z")
_MARKDOWN = re.compile(r"\.(?:md|markdown|mdx)\Z", re.IGNORECASE)
# What a template has left, or was never meant to be a path of this site.
_ODD = re.compile(r"[{}<>$|\\*\s]|//|\A[~@](?!/)|\A@site|\.\.\.")
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{0,5}\Z", re.IGNORECASE)
_DOMAIN = re.compile(r"\A(?:[\w-]+\.)+(?:com|org|net|io|dev|gov|edu|co|us|uk|de)(?:/|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A target that may be dead. part: of the site, which decides whether it is known well enough."""

    kind: FindingKind
    post: Post
    target: str
    part: str
    page: Post | None = None
    file: Excluded | None = None


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
        if line := line_of(checker.text_of(fault.post), fault.target):
            yield _finding(fault, line, checker, matcher, posts)


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

    def _text_of(self, post: Post) -> str:
        """The text of a file as it is now; empty if it cannot be read."""
        try:
            return decode(read_source(self._settings, post.path).data or b"")
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
            dead[fault.part].add(_whole_target(fault))
        pages_without = Counter(
            fragment for _, fragment in {(fault.page.path, _fragment(fault.target)) for fault in faults if fault.page}
        )
        for fault in faults:
            missing, there = len(dead[fault.part]), len(self._alive[fault.part])
            if missing > MOST_DEAD and missing > MOST_DEAD_SHARE * (missing + there):
                continue
            if fault.page is None or pages_without[_fragment(fault.target)] < FROM_A_THEME:
                yield fault

    # ------------------------------------------------------------------------------------------------- one target

    def _link(self, number: int, post: Post, link: str) -> _Fault | None:
        path = path_of(link)
        page = self._pages.number(number, link)
        if page is not None:
            if path:
                self._alive[_part(path)].add(path)
            return self._anchor(post, link, self._corpus[page])
        if not path or _ODD.search(path) or self._pages.is_elsewhere(link):
            return None
        if self._pages.has(number, link) or self._is_served(post, path):
            self._alive[_part(path)].add(path)
            return None
        if file := self._pages.unpublished(number, link):
            return _Fault(FindingKind.UNPUBLISHED_TARGET, post, link, "unpublished", file=file)
        if self._is_unknown(post, path):
            return None
        kind = FindingKind.DEAD_FILE_LINK if _MARKDOWN.search(path) else FindingKind.DEAD_LINK
        return _Fault(kind, post, link, _part(path))

    def _anchor(self, post: Post, link: str, page: Post) -> _Fault | None:
        fragment = _fragment(link)
        if self.anchors.has(page, fragment):
            self._alive["#"].add(f"{page.path}#{fragment}")
            return None
        return _Fault(FindingKind.BAD_ANCHOR, post, link, "#", page)

    def _is_served(self, post: Post, path: str) -> bool:
        name = posixpath.splitext(posixpath.basename(path.rstrip("/")))[0].casefold()
        return name in self.served.names or self.served.has(path, posixpath.dirname(post.path))

    def _is_unknown(self, post: Post, path: str) -> bool:
        """Whether no file of the site can say if there is such a page."""
        key = normal_path(path.strip("/")).casefold()
        first, slash, _ = key.partition("/")
        if first in MADE_FOLDERS or _MADE_FILE.search(key) or self.served.redirects(path):
            return True
        suffix = _SUFFIX.search(key)
        if _MARKDOWN.search(key):
            return not path.startswith("/") and self.served.is_outside(path, posixpath.dirname(post.path))
        if path.startswith("/"):
            is_page = suffix is None or suffix[0] in (".html", ".htm")
            return not is_page or not slash or first not in self._pages.first_folders
        if suffix and suffix[0] not in (".html", ".htm") and not _DOMAIN.match(path):
            return suffix[0] not in self.served.suffixes
        return False

    def _image(self, post: Post, image: str) -> _Fault | None:
        path = path_of(image)
        if not path or _ODD.search(path) or posixpath.splitext(path)[1].casefold() not in IMAGES:
            return None
        part = "image" if not path.startswith("/") else f"image /{path.strip('/').partition('/')[0]}"
        folder, url = posixpath.dirname(post.path), post.url
        places = (folder, posixpath.splitext(post.path)[0], url, posixpath.dirname(url.rstrip("/")))
        if path.startswith("/"):
            found = self.served.has(path)
        else:
            found = any(self.served.has(f"/{normal_path(posixpath.join(place, path))}") for place in places)
            found = found or self.served.has(path, folder)
        if found:
            self._alive[part].add(path)
            return None
        if path.startswith("/"):
            known = self.served.has_images_below(path.strip("/").partition("/")[0])
            return _Fault(FindingKind.MISSING_SITE_IMAGE, post, image, part) if known else None
        if not self.served.images or self.served.is_outside(path, folder):
            return None
        return _Fault(FindingKind.MISSING_IMAGE, post, image, part)


def _fragment(link: str) -> str:
    return link.partition("#")[2]


def _whole_target(fault: _Fault) -> str:
    return f"{fault.page.path}#{_fragment(fault.target)}" if fault.page else path_of(fault.target)


def _part(path: str) -> str:
    """The part of a site that a path leads to: files, what is relative, or a first folder."""
    if _MARKDOWN.search(path):
        return "files"
    return f"/{path.strip('/').partition('/')[0].casefold()}/" if path.startswith("/") else "relative"


# --------------------------------------------------------------------------------------------------------- messages


def _finding(
    fault: _Fault, line: int, checker: _Checker, matcher: Callable[[], FuzzyMatcher], posts: list[Post]
) -> Finding:
    candidates: tuple[str, ...] = ()
    if fault.page:
        message = _about_anchor(fault, checker.anchors.nearest(fault.page, _fragment(fault.target)))
    elif fault.file:
        message = f'the link "{fault.target}" leads to {fault.file.path}, which is not published ({fault.file.reason})'
        message += ": publish it, or take the link out"
    elif fault.kind in (FindingKind.MISSING_IMAGE, FindingKind.MISSING_SITE_IMAGE):
        candidates = _images_called(fault.target, checker.served.images)
        message = f'the image "{fault.target}" does not exist: '
        message += "use the one that is meant, or take it out" if candidates else "add it, or take it out"
    elif _DOMAIN.match(fault.target):
        message = f'the link "{fault.target}" leads to no page of this site: write https:// before it'
    else:
        candidates = _candidates(fault, matcher(), posts)
        message = f'the link "{fault.target}" leads to no page: '
        message += "link to the one that is meant, or take the link out" if candidates else "take it out or mend it"
    return Finding(fault.kind, fault.post.path, line, message, candidates)


def _about_anchor(fault: _Fault, nearest: str) -> str:
    page = "this post" if fault.page is fault.post else fault.page.path if fault.page else ""
    message = f'the link "{fault.target}" leads to no section: {page} has no anchor "{_fragment(fault.target)}"'
    return f'{message}, "#{nearest}" is most like it' if nearest else message


def _candidates(fault: _Fault, matcher: FuzzyMatcher, posts: list[Post]) -> tuple[str, ...]:
    path = path_of(fault.target)
    if not path.startswith("/"):
        path = normal_path(posixpath.join(posixpath.dirname(fault.post.path), path))
    return tuple(posts[proposal.number].path for proposal in matcher.proposals(path))


def _images_called(target: str, images: Iterable[str]) -> tuple[str, ...]:
    name = posixpath.basename(path_of(target)).casefold()
    return tuple(image for image in images if posixpath.basename(image) == name)[:5]
