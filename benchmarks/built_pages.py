"""What a site generator made of each source file: the page that holds its text, with the page's URL and headings.

How a generator names its pages is what is to be found out, so nothing is derived from names: each source file is given
a word of its own at the end of its body, and the built site is searched for these words.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

MARKER = re.compile(r"zq\d{5}qz")
PAGES = (".html", ".htm")
# Classes of the links to themselves that MkDocs, VitePress and Docusaurus put into headings.
_PERMALINKS = frozenset({"headerlink", "header-anchor", "hash-link"})
_HEADING = re.compile(r"h[1-6]")
_LOCATION = re.compile(r"<loc>\s*([^<\s][^<]*?)\s*</loc>")
_TAG = re.compile(r"<[A-Za-z][^<>]*>")
# Elements that hold a whole body, and whose end no minifier leaves out.
_CONTAINERS = frozenset({"body", "main", "article", "section", "div", "aside", "details", "template", "td"})


@dataclass(frozen=True, slots=True)
class Heading:
    """id: None where the heading has none, or an empty one. text: with single spaces."""

    id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """What became of a source file.

    url: the path of its page's URL, decoded; None if it has no page. listed: False where the site has a sitemap and it
    is not in it. elsewhere: the files of the built site that hold its text though it has no page, sorted. rivals: how
    many other pages hold its text and as few others. headings: those of the content. before: all that stand on its page
    before the end of the content, with those of the layout. is_index: whether the page is the index.html of a folder.
    """

    url: str | None = None
    headings: tuple[Heading, ...] = ()
    before: tuple[Heading, ...] = ()
    listed: bool = True
    elsewhere: tuple[str, ...] = ()
    rivals: int = 0
    is_index: bool = False


def mark(source: Path, number: int) -> str:
    """Appends to the body of a source file a word that stands nowhere else, and returns it."""
    marker = f"zq{number:05}qz"
    with source.open("ab") as file:
        file.write(f"\n\n{marker}\n".encode())
    return marker


def built_files(output: Path, markers: Mapping[str, str], previews: str | None = None) -> dict[str, BuiltFile]:
    """What became of each source file, by path.

    markers: path → the word that was appended to it. previews: the folder of the built site for pages that are not
    published yet.
    """
    holders: dict[str, list[str]] = {}
    held: dict[str, int] = {}
    for file in sorted(output.rglob("*")):
        if file.is_file():
            name, text = file.relative_to(output).as_posix(), file.read_bytes().decode("utf-8", "ignore")
            # The description of a page may be the first words of another.
            words = set(MARKER.findall(_TAG.sub("", text) if name.lower().endswith(PAGES) else text))
            held[name] = len(words)
            for marker in words:
                holders.setdefault(marker, []).append(name)
    pages = _pages(markers, holders, held)
    listed = _sitemap(output)
    form = _usual_form([name for name, _ in pages.values()], listed or set())
    files = {}
    for path, marker in markers.items():
        found = _elsewhere(holders.get(marker, []))
        files[path] = _built_file(output, pages[path], marker, listed, form) if path in pages else found
    if previews:
        start = f"/{previews}/"
        files = {path: BuiltFile() if (file.url or "").startswith(start) else file for path, file in files.items()}
    if listed is not None:
        files = {path: replace(file, listed=file.url is None or file.url in listed) for path, file in files.items()}
    return files


def _pages(
    markers: Mapping[str, str], holders: Mapping[str, list[str]], held: Mapping[str, int]
) -> dict[str, tuple[str, int]]:
    """The page of each source file that has one, and how many rivals the page had.

    A page that holds a file's text among that of fewest others is its page. Where that is so for several files, as when
    one is included in the other or a list shows them all, it is the page of the file that is named most like it.
    """
    claims: dict[str, list[tuple[float, str, int]]] = {}
    for path, marker in markers.items():
        pages = [name for name in holders.get(marker, []) if name.lower().endswith(PAGES)]
        own = [name for name in pages if held[name] == min(held[other] for other in pages)]
        if own:
            # A page of a list that has one post may hold all of its text too; a page is named more like its source.
            name = _original(max(own, key=lambda one: _likeness(path, one)), own)
            claims.setdefault(name, []).append((_likeness(path, name), path, len(own) - 1))
    winners = {name: max(claimed) for name, claimed in claims.items()}
    return {path: (name, rivals) for name, (_, path, rivals) in winners.items()}


def _original(page: str, pages: list[str]) -> str:
    """The page that another is a copy of, in the folder of a language that its text is not in: rye/ of de/rye/."""
    return min((one for one in pages if "/" in one and page.endswith(f"/{one}")), key=len, default=page)


def _likeness(path: str, page: str) -> float:
    return difflib.SequenceMatcher(None, path.lower(), page.lower()).ratio()


def _sitemap(output: Path) -> set[str] | None:
    """The paths of all URLs in the sitemaps of a built site; None if it has none."""
    sitemaps = list(output.rglob("sitemap.xml"))
    if not sitemaps:
        return None
    found = [url for file in sitemaps for url in _LOCATION.findall(file.read_text("utf-8", "replace"))]
    return {_decoded_path(unescape(url)) for url in found}


def _decoded_path(url: str) -> str:
    return unquote(urlsplit(url).path) or "/"


def _elsewhere(holders: list[str]) -> BuiltFile:
    return BuiltFile(elsewhere=tuple(holders))


def _built_file(output: Path, found: tuple[str, int], marker: str, listed: set[str] | None, form: int) -> BuiltFile:
    name, rivals = found
    page = _Page(marker)
    page.feed((output / name).read_text("utf-8", "replace"))
    page.close()
    url = _url(name, page.canonical, listed or set(), form)
    is_index = f"/{name}".endswith("/index.html")
    return BuiltFile(url, page.content_headings(), page.headings_before(), rivals=rivals, is_index=is_index)


def _url(name: str, canonical: str | None, listed: set[str], form: int) -> str:
    """The path of the URL of a built page: the one that the page gives itself if a server would send this page for it.

    So a base path counts, and a page that is written to `about.html` may be meant to be asked for as `/about`. listed:
    what the sitemap gives, which counts next. form: the usual one of the URLs there, for a page that is not in it.
    """
    forms = list(_forms(name))
    if canonical:
        path = _decoded_path(canonical)
        if path.endswith(tuple(forms)):
            return path.removesuffix("index.html")
    usual = forms[0] if name.endswith("index.html") else forms[form]
    return next((form for form in forms if form in listed), usual)


def _usual_form(names: Iterable[str], listed: set[str]) -> int:
    """Which of the forms of their URLs most pages have in the sitemap that are no index.html; the first without one."""
    forms = [list(_forms(name)) for name in names if not name.endswith("index.html")]
    found = Counter(at for of in forms for at, url in enumerate(of) if url in listed)
    return found.most_common(1)[0][0] if found else 0


def pages_of(output: Path) -> frozenset[str]:
    """The paths of the URLs, in each form, at which a server may send a page of a built site."""
    names = (file.relative_to(output).as_posix() for file in output.rglob("*") if file.suffix in PAGES)
    return frozenset(form for name in names for form in _forms(name))


def _forms(name: str) -> Iterator[str]:
    folder, _, last = f"/{name}".rpartition("/")
    if last == "index.html":
        yield f"{folder}/"
        yield folder or "/"
    yield f"/{name}"
    yield f"/{name}".rpartition(".")[0]


def _heading(heading_id: str | None, texts: list[str]) -> Heading:
    return Heading(heading_id or None, " ".join("".join(texts).split()))


class _Page(HTMLParser):
    """A built page: its headings, its canonical URL, and where in it the marker of a source file stands.

    The content is what the innermost container around the marker holds. Containers are known by number.
    """

    def __init__(self, marker: str) -> None:
        super().__init__()
        self.canonical: str | None = None
        self._marker = marker
        self._open: list[tuple[str, int]] = []
        self._count = 0
        self._headings: list[tuple[frozenset[int], str | None, list[str]]] = []
        self._in_heading = self._in_permalink = False
        self._marked: list[tuple[bool, int]] = []
        self._count_before = 0

    def content_headings(self) -> tuple[Heading, ...]:
        """The headings of the content in their order. The marker alone in its paragraph counts before any other."""

        def within(container: int) -> list[Heading]:
            return [_heading(one, texts) for containers, one, texts in self._headings if container in containers]

        alone = max((alone for alone, _ in self._marked), default=False)
        contents = [within(container) for is_alone, container in self._marked if is_alone == alone]
        longest = max(contents, key=len, default=[])
        return tuple(longest)

    def headings_before(self) -> tuple[Heading, ...]:
        """All headings of the page that stand before the last marker, in their order."""
        return tuple(_heading(one, texts) for _, one, texts in self._headings[: self._count_before])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and (given.get("rel") or "").lower() == "canonical":
            self.canonical = given.get("href")
        elif tag in _CONTAINERS:
            self._count += 1
            self._open.append((tag, self._count))
        elif _HEADING.fullmatch(tag):
            self._headings.append((frozenset({0, *(number for _, number in self._open)}), given.get("id"), []))
            self._in_heading = True
        elif tag == "a" and not _PERMALINKS.isdisjoint((given.get("class") or "").split()):
            self._in_permalink = True

    def handle_endtag(self, tag: str) -> None:
        if _HEADING.fullmatch(tag):
            self._in_heading = False
        if tag == "a":
            self._in_permalink = False
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._in_heading and not self._in_permalink:
            self._headings[-1][2].append(data)
        if self._marker in data:
            self._count_before = len(self._headings)
            self._marked.append((data.strip() == self._marker, self._open[-1][1] if self._open else 0))
