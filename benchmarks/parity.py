"""What the program that builds a site makes of each file, does See Also make of it too, with no setting of its own?

    python -m benchmarks.parity GENERATOR SITE [--content FOLDER] [--programs DIR] [--today DATE] [--lines N]
    python -m benchmarks.parity GENERATOR SITE --marked COPY
    python -m benchmarks.parity GENERATOR SITE --built FOLDER

SITE is the folder of a site; nothing is written there. A copy of it is built by the program, and SITE itself is read
with the generator's profile alone. A site whose build needs more than the program is built by hand: --marked writes
the copy, and --built names the folder that its pages were built to.

Prints how many files both publish and only one of them, how many URLs and ids of headings are equal, and the first
differences of each kind. Ends with exit code 1 if one of the shares is below 99.5 %, or something is found that the
program does not publish. Files that say themselves that they are not to be found are counted apart.

A heading of a built page counts if See Also has it too, or if its text stands in a heading of the source file: those
of layouts, and those that a template makes, are none of the file's.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import chdir
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from benchmarks.built_pages import BuiltFile, Heading, built_files, pages_of
from benchmarks.generators import GENERATORS, PROGRAMS, BuiltSite, Generator, built_site, marked_copy
from indexer.content.site import Site, read_site
from indexer.content.survey import survey
from indexer.model import Excluded, ExclusionReason, Post
from indexer.settings import ContentSettings, load_settings
from indexer.setup.candidates import candidates

LEAST = 0.995
# What a file says of itself, whatever its generator makes of it.
ON_PURPOSE = frozenset({ExclusionReason.DRAFT, ExclusionReason.UNPUBLISHED, ExclusionReason.HIDDEN})
PURPOSE = "left out on purpose"
TEXTLESS = "published, but its layout shows nothing of its text"
SLASH = "equal but for the slash at the end, which the site leaves out"
_FRONT_MATTER = re.compile(r"\A(?:\ufeff)?(---|\+\+\+)\s*\n.*?\n\1\s*?\n", re.DOTALL)
_UNDERLINE = re.compile(r"\s*(?:=+|-+)\s*")
_HEADING_TAG = re.compile(r"<h[1-6]\b", re.IGNORECASE)
_TARGET = re.compile(r"\]\([^)\s]*\)|<[^<>]*>|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Difference:
    """kind: of the difference. text: what a person reads, `path: theirs / ours`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts of files, URLs and headings, and each difference.

    files: source files that the program or See Also has, published or not. both, program_only, ours_only: published
    by. on_purpose: files left out though the program publishes them, since they ask for it. urls, ids: how many of
    those that the program gives, and how many of them are equal.
    """

    files: int
    both: int
    program_only: int
    on_purpose: int
    ours_only: int
    urls: tuple[int, int]
    ids: tuple[int, int]
    differences: tuple[Difference, ...]

    def is_good(self) -> bool:
        shares = (_share(*self.urls), _share(*self.ids))
        return self.both > 0 and not self.ours_only and min(shares) >= LEAST


def content_folder(site: Path) -> str:
    """The folder in a site that its sources are in, as `seealso init` finds it; empty for the site itself."""
    return candidates(site, survey(site))[0].content.strip(".")


def settings_of_profile(content: Path) -> ContentSettings:
    """The settings of a content folder where there is no settings file."""
    with tempfile.TemporaryDirectory() as nowhere, chdir(nowhere):
        return load_settings(None, {}, content).content


def compared(built: BuiltSite, ours: Site, settings: ContentSettings) -> Comparison:
    """What the program and See Also make of the files below a content folder."""
    content = settings.directory
    theirs = built.files
    posts = {post.path: post for post in ours.corpus}
    reasons = {one.path: one for one in ours.excluded}
    published = {path: file for path, file in theirs.items() if file.url is not None}
    both = [path for path in published if path in posts]
    left_out = [_left_out(path, file, reasons.get(path)) for path, file in published.items() if path not in posts]
    others = [post for path, post in posts.items() if path not in published]
    textless, ours_only = _not_published(built, others, settings.base.rstrip("/"))
    urls = [_of_urls(path, theirs[path], posts[path]) for path in both if theirs[path].url != _url(posts[path])]
    wrong = [one for one in urls if one.kind != SLASH]
    pairs = [
        (path, pair)
        for path in both
        for pair in paired(published[path].before, _headings(posts[path]), _heading_lines(content / path))
    ]
    headings = [_of_headings(path, pair) for path, pair in pairs if not _is_equal(pair)]
    on_purpose = sum(one.kind.startswith(PURPOSE) for one in left_out)
    due = len(published) - on_purpose
    return Comparison(
        files=len({*theirs, *posts, *reasons}),
        both=len(both),
        program_only=due - len(both),
        on_purpose=on_purpose,
        ours_only=len(ours_only),
        urls=(len(both) - len(wrong), due),
        ids=(len(pairs) - len(headings), len(pairs)),
        differences=(*ours_only, *textless, *left_out, *urls, *headings),
    )


def _url(post: Post) -> str:
    return unquote(post.url)


def _not_published(built: BuiltSite, posts: Sequence[Post], base: str) -> tuple[list[Difference], list[Difference]]:
    """Posts without a page of their own. Of some there is a page, but its layout shows nothing of the file's text."""
    urls = {post.path: _url(post).removeprefix(base) for post in posts}
    textless = [Difference(TEXTLESS, f"{path}: {url}") for path, url in urls.items() if url in built.pages]
    return textless, [Difference("found, but not published", path) for path in urls if urls[path] not in built.pages]


def _of_urls(path: str, built: BuiltFile, post: Post) -> Difference:
    """URLs that differ. The slash after a folder with an index.html is a matter of its server, not of the program."""
    is_slash = built.is_index and (built.url or "").rstrip("/") == _url(post).rstrip("/")
    return Difference(SLASH if is_slash else "URL", f"{path}: {built.url} / {_url(post)}")


def _left_out(path: str, built: BuiltFile, why: Excluded | None) -> Difference:
    """A published file that is no post. why: None if it was not even listed."""
    kind = PURPOSE if why and why.reason in ON_PURPOSE else "published, but not found"
    reason = why.reason if why else "not read"
    return Difference(f"{kind}: {reason}", f"{path}: {built.url} / {reason} {why.detail if why else ''}".rstrip())


# ------------------------------------------------------------------------------------------------------ headings

Pair = tuple[Heading | None, Heading | None]


def paired(theirs: Sequence[Heading], ours: Sequence[Heading], lines: Sequence[str]) -> list[Pair]:
    """The headings of a file in their order: those of the built page with ours, and those that only one side has.

    theirs: with the headings of the layout; what we have not counts only if it stands in one of the lines. The pairs
    are those with most in common, of all pairings that keep the order.
    """
    best = [[0] * (len(ours) + 1) for _ in range(len(theirs) + 1)]
    for i in reversed(range(len(theirs))):
        for j in reversed(range(len(ours))):
            together = best[i + 1][j + 1] + _in_common(theirs[i], ours[j])
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(theirs) or j < len(ours):
        if i < len(theirs) and best[i][j] == best[i + 1][j]:
            pairs.append((theirs[i], None))
            i += 1
        elif j < len(ours) and best[i][j] == best[i][j + 1]:
            pairs.append((None, ours[j]))
            j += 1
        else:
            pairs.append((theirs[i], ours[j]))
            i, j = i + 1, j + 1
    return _without_layout(pairs, lines)


def _without_layout(pairs: Sequence[Pair], lines: Sequence[str]) -> list[Pair]:
    """The pairs without the headings of the built page that stand in no line that is left for them."""
    left = Counter(lines)
    left.subtract(_letters(ours.text) for _, ours in pairs if ours)
    kept = []
    for theirs, ours in pairs:
        if ours is None and theirs is not None:
            line = _letters(theirs.text)
            if not line or left[line] < 1:
                continue
            left[line] -= 1
        kept.append((theirs, ours))
    return kept


def _in_common(theirs: Heading, ours: Heading) -> int:
    same_text = _letters(theirs.text) == _letters(ours.text)
    same_id = theirs.id == ours.id
    return 4 * (same_id and same_text) or 2 * (same_id and theirs.id is not None) or 3 * same_text


def _letters(text: str) -> str:
    """A text by which headings are known again, whatever was done to punctuation and signs in it."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _headings(post: Post) -> list[Heading]:
    return [Heading(one.anchor or None, one.heading) for one in post.sections if one.level and one.heading]


def _heading_lines(source: Path) -> list[str]:
    """The lines of a source file's body that hold a heading, as letters."""
    text = source.read_text("utf-8", "replace").replace("\r\n", "\n")
    return [_letters(_TARGET.sub("]", unescape(line))) for line in _likely_headings(_FRONT_MATTER.sub("", text))]


def _likely_headings(body: str) -> Iterator[str]:
    lines = body.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.lstrip(" \t>-*+").startswith("#") or _HEADING_TAG.search(line) or _UNDERLINE.fullmatch(following):
            yield line


def _is_equal(pair: Pair) -> bool:
    return pair[0] is not None and pair[1] is not None and pair[0].id == pair[1].id


def _of_headings(path: str, pair: Pair) -> Difference:
    theirs, ours = pair
    if theirs is None or ours is None:
        (one, kind) = (theirs, "heading that only the program has") if theirs else (ours, "heading that only we have")
        return Difference(kind, f"{path}: {one and one.text!r} #{one and one.id}")
    return Difference("id of a heading", f"{path}: {theirs.text!r} #{theirs.id} / {ours.text!r} #{ours.id}")


# ------------------------------------------------------------------------------------------------------- the table


def _share(equal: int, total: int) -> float:
    return equal / total if total else 1.0


def report(one: Comparison, most: int) -> Iterator[str]:
    """The lines that are printed. most: how many differences of a kind."""
    yield f"files                       {one.files:6}"
    yield f"published by both           {one.both:6}"
    yield f"only by the program         {one.program_only:6}"
    yield f"left out on purpose         {one.on_purpose:6}"
    yield f"found, but not published    {one.ours_only:6}"
    for label, counts in (("URLs equal", one.urls), ("ids of headings equal", one.ids)):
        yield f"{label:27} {counts[0]:6} of {counts[1]}, {_share(*counts):.2%}"
    for kind, count in Counter(one.kind for one in one.differences).most_common():
        yield f"\n{kind}: {count}"
        yield from (f"  {found.text}" for found in [found for found in one.differences if found.kind == kind][:most])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("generator", choices=sorted(GENERATORS), metavar="GENERATOR")
    parser.add_argument("site", type=Path, metavar="SITE")
    parser.add_argument("--content", metavar="FOLDER", help="the folder in SITE that sources are in")
    parser.add_argument("--programs", type=Path, default=PROGRAMS, metavar="DIR")
    parser.add_argument("--marked", type=Path, metavar="COPY", help="write the copy that is to be built, and no more")
    parser.add_argument("--built", type=Path, metavar="FOLDER", help="what a copy with the same --content was built to")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today(), metavar="DATE")  # noqa: DTZ011
    parser.add_argument("--lines", type=int, default=20, metavar="N", help="of differences of a kind (default 20)")
    told = parser.parse_args()
    generator, site = GENERATORS[told.generator], told.site.resolve()
    content = content_folder(site) if told.content is None else told.content
    if told.marked:
        print(f"{len(marked_copy(generator, site, content, told.marked))} source files in {content or 'the site'}")
        return
    theirs = _built(generator, site, content, told.built) if told.built else None
    theirs = theirs or built_site(generator, site, content, told.programs)
    settings = settings_of_profile(site / content)
    found = compared(theirs, read_site(settings, told.today), settings)
    print(f"{generator.name} {theirs.version}", *report(found, told.lines), sep="\n")
    sys.exit(not found.is_good())


def _built(generator: Generator, site: Path, content: str, built: Path) -> BuiltSite:
    with tempfile.TemporaryDirectory() as scratch:
        markers = marked_copy(generator, site, content, Path(scratch) / "site")
    return BuiltSite("built by hand", built_files(built, markers, generator.previews), pages_of(built))


if __name__ == "__main__":
    main()
