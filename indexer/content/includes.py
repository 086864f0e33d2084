"""Files that a page includes → the text of the page with theirs in it, as the site's generator makes it.

    mdBook      {{#include oven.md}}  {{#include oven.rs:flour}}  {{#rustdoc_include oven.rs:2:10}}
                {{#playground oven.rs}}
    VitePress   <!--@include: ../parts/oven.md-->  <!--@include: @/parts/oven.md{2,10}-->
    MDX         import Oven from './_oven.mdx'  …  <Oven />
    Jekyll      ## Oven {% include badge.html since="2.0" %}

Only Markdown files of the content folder are included, in mdBook its other files, too, as programs within fences; what
mdBook includes from elsewhere is left out. Of Jekyll, only files of its _includes without any logic are, and in
headings alone, where they are part of the id. All else stays as it is written.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from indexer.content.files import SourceFile, listed_source, read_source
from indexer.content.front_matter import BadFrontMatter, decode, split
from indexer.model import IncludeStyle
from indexer.settings import ContentSettings

DEEPEST = 5  # files that include files

_MDBOOK = re.compile(
    r"(?<!\\)\{\{[ \t]*#(?P<kind>include|rustdoc_include|playground)[ \t]+(?P<target>[^\s:{}]+)"
    r"(?::(?P<part>[^\s{}]*))?(?:[ \t][^{}\n]{0,200})?\}\}"
)
_ANCHOR_LINE = re.compile(r"ANCHOR(?:_END)?:[ \t]*[\w-]")
_VITEPRESS = re.compile(
    r"<!--[ \t]*@include:[ \t]*(?P<target>[^\s{}#<>]+)(?:\{(?P<part>[\d,]*)\})?[ \t]*-->", re.IGNORECASE
)
_IMPORT = re.compile(
    r"^import[ \t]+(\w+)[ \t]*(?:,[ \t]*\{[^}\n]*\}[ \t]*)?from[ \t]+[\"']([^\"'\n]+\.mdx?)[\"']", re.MULTILINE
)
_COMPONENT = re.compile(r"<(?P<name>[A-Z]\w*)(?:[ \t\n][^<>]{0,500})?/>")
_JEKYLL = re.compile(
    r"""(?P<blanks>[ \t]*)\{%(?P<trims>-?)\s*include\s+(?P<target>[\w./-]+)(?P<values>[^%{}\n]*?)-?%\}"""
)
_HEADING_WITH_TAG = re.compile(r"^(?:#{1,6}[ \t]|[ \t]*<h[1-6]\b)[^\n]*\{%[^\n]*$", re.MULTILINE)
_VALUE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)')""")
_PARAMETER = re.compile(r"\{\{-?\s*include\.([\w-]+)\s*-?\}\}")
_SIGNS = (b"% include", b"%- include", b"#include", b"#rustdoc_include", b"#playground", b"@include", b"import ")
_LINES = re.compile(r"(\d*)([:,]?)(\d*)")


@dataclass(slots=True)
class _Pages:
    """Reads what is included. left: how many characters may still be, which ends inclusions that grow without end."""

    settings: ContentSettings
    left: int

    def expanded(self, text: str, path: str, depth: int) -> str:
        if self.settings.includes is IncludeStyle.JEKYLL:
            return _HEADING_WITH_TAG.sub(lambda line: _JEKYLL.sub(self._of_jekyll, line[0]), text)
        if depth == DEEPEST or not (pattern := _pattern(self.settings, path)):
            return text
        targets = dict(_IMPORT.findall(text)) if pattern is _COMPONENT else {}

        def included(match: re.Match[str]) -> str:
            named = match.groupdict()
            target = targets.get(named.get("name") or "", "") or named.get("target", "")
            found = self._text(target, path, depth) if target else None
            if found is None:
                return "" if pattern is _MDBOOK else match[0]
            part = _part(found, named.get("part") or "")
            return f"```rust\n{part}\n```" if named.get("kind") == "playground" else part

        return pattern.sub(included, text)

    def _of_jekyll(self, match: re.Match[str]) -> str:
        """What an include of Jekyll gives; the tag itself where only Jekyll knows."""
        path = posixpath.normpath(f"_includes/{match['target']}")
        data = read_source(self.settings, path).data if path.startswith("_includes/") else None
        if data is None or len(data) > self.left:
            return match[0]
        self.left -= len(data)
        values = {name: double or single for name, double, single in _VALUE.findall(match["values"])}
        given = _PARAMETER.sub(lambda named: values.get(named[1], ""), data.decode("utf-8", "replace")).rstrip("\n")
        return match[0] if "{" in given or "\n" in given else f"{'' if match['trims'] else match['blanks']}{given}"

    def _text(self, target: str, page: str, depth: int) -> str | None:
        """The body of an included file, with what it includes itself; None if there is none to be had."""
        for path in _candidates(target, page, self.settings):
            is_page = path.endswith(self.settings.suffixes)
            is_read = is_page or self.settings.includes is IncludeStyle.MDBOOK
            data = read_source(self.settings, path).data if is_read else None
            if data is not None and len(data) <= self.left:
                self.left -= len(data)
                try:
                    return self.expanded(split(data).body if is_page else decode(data), path, depth + 1)
                except BadFrontMatter:
                    return None
        return None


def source_with_includes(settings: ContentSettings, path: str) -> SourceFile:
    """A listed file, read from the disk, with what it includes. Raises ContentVanished if it is no longer there.

    So a page counts as changed when a file changes that it includes.
    """
    source = listed_source(settings, path)
    if settings.includes is IncludeStyle.NONE or not source.data or not _may_include(source.data):
        return source
    try:
        text = source.data.decode()
    except UnicodeDecodeError:
        return source  # the reader says so
    expanded = _Pages(settings, settings.largest_file).expanded(text, path, 0)
    return source if expanded == text else replace(source, data=expanded.encode())


def _may_include(data: bytes) -> bool:
    return any(sign in data for sign in _SIGNS)


def _pattern(settings: ContentSettings, path: str) -> re.Pattern[str] | None:
    """What stands for an included file in a text."""
    if settings.includes is IncludeStyle.MDX:
        return _COMPONENT if settings.mdx or path.lower().endswith(".mdx") else None
    return {IncludeStyle.MDBOOK: _MDBOOK, IncludeStyle.VITEPRESS: _VITEPRESS}.get(settings.includes)


def _candidates(target: str, page: str, settings: ContentSettings) -> Iterator[str]:
    """The paths that a target may mean: beside the page; from the root of the site, which @ and @site stand for."""
    root, _, below = target.partition("/")
    if root in ("@", "@site"):
        paths = [below, below.removeprefix(f"{settings.directory.resolve().name}/")]
    else:
        paths = [posixpath.join(posixpath.dirname(page), target)]
    for path in map(posixpath.normpath, paths):
        if not path.startswith(("../", "/")):
            yield path


def _part(text: str, part: str) -> str:
    """A part of an included text: lines by their numbers, or what stands between ANCHOR: name and ANCHOR_END: name."""
    if not part:
        return text
    lines = text.split("\n")
    if match := _LINES.fullmatch(part):
        first = int(match[1] or 1)
        last = int(match[3] or len(lines)) if match[2] else first
        return "\n".join(lines[first - 1 : last])
    name = rf"[ \t]*{re.escape(part)}(?![\w-])"
    start = next((at + 1 for at, line in enumerate(lines) if re.search(rf"ANCHOR:{name}", line)), len(lines))
    end = next((at for at, line in enumerate(lines) if re.search(rf"ANCHOR_END:{name}", line)), len(lines))
    return "\n".join(line for line in lines[start:end] if not _ANCHOR_LINE.search(line))
