"""Markdown → plain-text sections with GitHub-style anchors, code apart from prose, and link targets.

The parser is pyromark (pulldown-cmark in Rust): a stream of events, some thirty times as fast as the parsers written
in Python. Tags of template languages (Liquid, Hugo, KumaScript, Kramdown attributes) and HTML leave no trace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import pyromark

from indexer.model import Section

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_GFM
)

# Code first, so that a tag that is shown as code stays.
_CODE_OR_TAG = re.compile(
    r"""
      (?P<opening> ^[ \t>]*(?P<fence>`{3,12}|~{3,12})[^\n]*\n | \{% | \{\{\{? )
    | (?P<code> (?<!`)(?P<ticks>`{1,3})(?!`)[^\n]{1,2000}?(?<!`)(?P=ticks)(?!`) )
    | \{:[^{}\n]*\}
    """,
    re.VERBOSE | re.MULTILINE,
)
_ENDS = {"{%": re.compile(r"%\}"), "{{": re.compile(r"\}\}\}?"), "{{{": re.compile(r"\}\}\}?")}
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|em|i|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^>]*>", re.IGNORECASE
)
_HREF = re.compile(r"""<a\s[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?s:.*?)-->")
_SILENT_TAG = re.compile(r"<(/?)(?:script|style|template|svg)\b[^>]*?(/?)>", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body taken apart: its sections in order, the lead first if there is one, and every link target as written."""

    sections: tuple[Section, ...]
    links: tuple[str, ...]


def parse(body: str) -> Parsed:
    """A Markdown body → sections and links. Never fails: every text is some Markdown."""
    building = _Building()
    for event in pyromark.events(without_tags(body), options=_OPTIONS):
        if isinstance(event, str):
            building.mark(event)
        else:
            ((kind, value),) = event.items()
            building.take(kind, value)
    return building.finish()


def without_tags(text: str) -> str:
    """Text without the tags of template languages; code keeps its own."""
    if "{" not in text:
        return text
    kept: list[str] = []
    done = place = 0
    endless: set[str] = set()  # what is never closed from here on: to look again each time would take hours
    while match := _CODE_OR_TAG.search(text, place):
        opening = match["fence"] or match["opening"]
        place = match.end()
        if opening:
            end = None if opening in endless else _end_of(opening).search(text, place)
            if end is None and match["fence"]:
                break  # a fence that is never closed holds all the rest
            if end is None:
                endless.add(opening)
                continue
            place = end.end()
        if not (match["fence"] or match["code"]):
            kept.append(text[done : match.start()])
            done = place
    return "".join(kept) + text[done:]


def _end_of(opening: str) -> re.Pattern[str]:
    return _ENDS.get(opening) or re.compile(rf"^[ \t>]*{opening}[`~]*[ \t]*$", re.MULTILINE)


def plain_line(text: str) -> str:
    """A title as authors write one, in one line: no template tags and no inline HTML. `Vec<T>` stays."""
    return _one_line(_INLINE_TAG.sub("", without_tags(text)))


def _one_line(text: str) -> str:
    """Text with one space wherever there is any; a soft hyphen is nothing that a reader sees."""
    return _SPACE.sub(" ", text.replace("\u00ad", "")).strip()


def html_text(html: str) -> tuple[str, list[str]]:
    """The text of a piece of HTML, paragraphs on lines of their own, and the targets of its links."""
    reader = _HTMLText()
    markup, rest = _closed(html)
    reader.feed(markup)
    reader.close()
    reader.handle_data(unescape(rest))
    lines = (_one_line(line) for line in "".join(reader.parts).split("\n\n"))
    return "\n".join(line for line in lines if line), reader.links


def _closed(html: str) -> tuple[str, str]:
    """HTML without its comments, up to its last tag, and what follows that.

    The parser looks for an end that never comes from each opening anew, which would take hours on a hostile page, and
    raises on a <![ that it does not know.
    """
    head, arrow, tail = html.replace("<![", "<! [").rpartition("-->")
    html = _COMMENT.sub("", head + arrow) + tail.partition("<!--")[0]
    end = html.rfind(">") + 1
    return html[:end], html[end:]


class _HTMLText(HTMLParser):
    _SILENT = frozenset(["script", "style", "template", "svg"])
    _BLOCKS = frozenset(
        [
            "address",
            "article",
            "aside",
            "blockquote",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "summary",
            "table",
            "td",
            "th",
            "tr",
            "ul",
        ]
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        elif tag == "a":
            self.links.extend(value for name, value in attrs if name == "href" and value)
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent = max(0, self._silent - 1)
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in self._BLOCKS:
            self.parts.append("\n\n")
        elif tag == "br":
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\n+", " ", data))


@dataclass(slots=True)
class _Building:
    """What has been read of a body so far."""

    sections: list[Section] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: dict[str, int] = field(default_factory=dict)
    heading: str = ""
    anchor: str = ""
    level: int = 0
    lines: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    run: list[str] = field(default_factory=list)  # the pieces of the block that is being read
    html: list[str] = field(default_factory=list)
    in_code: bool = False
    silent: bool = False  # within a <script> or the like that stands in a line

    def mark(self, event: str) -> None:
        if event in ("SoftBreak", "HardBreak"):
            self.run.append(" ")
        elif event == "Rule":
            self.end_block()

    def take(self, kind: str, value: object) -> None:
        if kind == "Text":
            if not self.silent:
                (self.code if self.in_code else self.run).append(str(value))
        elif kind == "Code":
            self.run.append(str(value))
        elif kind == "Start":
            self.start(value)
        elif kind == "End":
            self.end(value)
        elif kind == "Html":
            self.html.append(str(value))
        elif kind == "InlineHtml":
            self.inline_html(str(value))

    def start(self, value: object) -> None:
        kind, detail = next(iter(value.items())) if isinstance(value, dict) else (value, None)
        if kind == "Link" or kind == "Image":
            if kind == "Link" and isinstance(detail, dict):
                self.links.append(str(detail["dest_url"]))
        elif kind in ("Emphasis", "Strong", "Strikethrough"):
            pass
        elif kind == "TableCell":
            if any(self.run):
                self.run.append(" · ")
        else:
            self.end_block()
            if kind == "Heading" and isinstance(detail, dict):
                self.end_section()
                self.level = int(str(detail["level"])[1:])
                if detail["id"]:
                    self.anchor = str(detail["id"])
                    self.anchors.setdefault(self.anchor, 0)
            self.in_code = kind == "CodeBlock"

    def end(self, value: object) -> None:
        kind = next(iter(value)) if isinstance(value, dict) else value
        if kind in ("Link", "Image", "Emphasis", "Strong", "Strikethrough", "TableCell"):
            return
        if kind == "CodeBlock":
            self.in_code = False
        elif kind == "Heading":
            self.heading = self.take_run()
            self.anchor = self.anchor or self.unique_anchor(self.heading)
        elif kind == "HtmlBlock":
            text, links = html_text("".join(self.html))
            self.html.clear()
            self.lines.extend(text.split("\n") if text else ())
            self.links.extend(links)
        else:
            self.end_block()

    def inline_html(self, tag: str) -> None:
        if match := _HREF.match(tag):
            self.links.append(match[1] or match[2] or match[3] or "")
        elif tag.lower().startswith("<br"):
            self.run.append(" ")
        elif match := _SILENT_TAG.match(tag):
            self.silent = not (match[1] or match[2])

    def take_run(self) -> str:
        text = _one_line("".join(self.run))
        self.run.clear()
        return text

    def end_block(self) -> None:
        self.silent = False
        if self.run and (text := self.take_run()):
            self.lines.append(text)

    def end_section(self) -> None:
        text, code = "\n".join(self.lines), "".join(self.code).strip()
        if self.heading or text or code:
            self.sections.append(Section(self.heading, self.anchor, self.level, text, code))
        self.heading, self.anchor, self.level = "", "", 0
        self.lines.clear()
        self.code.clear()

    def unique_anchor(self, heading: str) -> str:
        slug = anchor = github_slug(heading)
        while anchor in self.anchors:
            self.anchors[slug] += 1
            anchor = f"{slug}-{self.anchors[slug]}"
        self.anchors[anchor] = 0
        return anchor

    def finish(self) -> Parsed:
        self.end_block()
        self.end_section()
        return Parsed(tuple(self.sections), tuple(dict.fromkeys(link for link in self.links if link)))


def github_slug(heading: str) -> str:
    """The anchor that GitHub gives a heading: lower case, punctuation gone, each space a hyphen."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
