"""Markdown → plain-text sections with GitHub-style anchors, code apart from prose, and link targets.

The parser is pyromark (pulldown-cmark in Rust): a stream of events, some thirty times as fast as the parsers written
in Python. Tags of template languages (Liquid, Hugo, KumaScript, Kramdown attributes) and HTML leave no trace.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pyromark

from indexer.model import Section

_MARKDOWN = pyromark.Markdown(
    options=pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_GFM
)
_WITHIN_A_BLOCK = frozenset(["Link", "Image", "Emphasis", "Strong", "Strikethrough", "TableCell"])

# What may hide a tag and what may open one. Code first, so that a tag that is shown as code stays. Every alternative
# opens with a plain character: the search then leaps from one of these to the next, four times as fast.
_CODE_OR_TAG = re.compile(
    r"""
      \n[ \t>]*+(?P<fence>`{3,12}|~{3,12})[^\n]*+(?=\n)
    | `(?<!``)(?: [^`\n]{1,2000}+`(?!`) | (?P<ticks>`{0,2})(?!`)[^\n]{1,2000}?(?<!`)`(?P=ticks)(?!`) )(?P<code>)
    | \{(?: %[^%\n]*+%\} | \{[^{}\n]*+\}\}\}? | :[^{}\n]*+\} )
    | \{(?P<tag>%|\{\{?)
    """,
    re.VERBOSE,
)
_ENDS = {"%": re.compile(r"%\}"), "{": re.compile(r"\}\}\}?"), "{{": re.compile(r"\}\}\}?")}
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|em|i|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^>]*>", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--(?s:.*?)-->")
_SILENT_TAG = re.compile(r"<(/?)(?:script|style|template|svg)\b[^>]*?(/?)>", re.IGNORECASE)
# Tags that every parser of HTML understands alike.
_SIMPLE_TAG = re.compile(
    r"""<(?:/([a-zA-Z][a-zA-Z0-9]*)[ \n]*|([a-zA-Z][a-zA-Z0-9]*)((?:[ \n]+[a-z-]+="[^"<>&]*")*)[ \n]*/?)>"""
)
_ATTRIBUTE = re.compile(r"""([a-z-]+)="([^"]*)\"""")
# Elements whose content is no markup to one parser or the other, and those that are silent unless they end at once.
_RAW = frozenset(
    ["iframe", "noembed", "noframes", "plaintext", "script", "style", "svg", "template", "textarea", "title", "xmp"]
)
_SPACE = re.compile(r"[ \t\n]{2,}|[\t\n]")
_NO_WORD = re.compile(r"[^\w\- ]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body taken apart: its sections in order, the lead first if there is one, and every link target as written."""

    sections: tuple[Section, ...]
    links: tuple[str, ...]


def parse(body: str) -> Parsed:
    """A Markdown body → sections and links. Never fails: every text is some Markdown."""
    building = _Building()
    event: Any
    for event in _MARKDOWN.events(without_tags(body)):
        if isinstance(event, str):
            building.mark(event)
        else:
            kind, value = event.popitem()  # its only one
            building.take.get(kind, _nothing)(value)
    return building.finish()


def without_tags(text: str) -> str:
    """Text without the tags of template languages; code keeps its own."""
    if "{%" not in text and "{{" not in text and "{:" not in text:
        return text
    text = f"\n{text}"  # so that a fence on the first line follows a line feed, as all others do
    kept: list[str] = []
    done, place = 1, 0
    endless: set[str] = set()  # what is never closed from here on: to look again each time would take hours
    while match := _CODE_OR_TAG.search(text, place):
        place = match.end()
        kind = match.lastgroup
        if kind == "code":
            continue
        if kind:
            opening = match[kind]
            end = None if opening in endless else _end_of(opening).search(text, place)
            if end is None and kind == "fence":
                break  # a fence that is never closed holds all the rest
            if end is None:
                endless.add(opening)
                continue
            place = end.end()
        if kind != "fence":
            kept.append(text[done : match.start()])
            done = place
    return "".join(kept) + text[done:]


@cache
def _end_of(opening: str) -> re.Pattern[str]:
    return _ENDS.get(opening) or re.compile(rf"\n[ \t>]*{opening}[`~]*[ \t]*$", re.MULTILINE)


def plain_line(text: str) -> str:
    """A title as authors write one, in one line: no template tags and no inline HTML. `Vec<T>` stays."""
    return _one_line(_INLINE_TAG.sub("", without_tags(text)))


def _one_line(text: str) -> str:
    """Text with one space wherever there is any; a soft hyphen is nothing that a reader sees."""
    if not text.isascii():
        text = text.replace("\u00ad", "").replace("\u200b", " ").replace("\ufeff", " ")
    if "  " in text or "\n" in text or "\t" in text:  # few lines do: to look first is ten times as fast
        text = _SPACE.sub(" ", text)
    return text.strip()


def html_text(html: str) -> tuple[str, list[str]]:
    """The text of a piece of HTML, paragraphs on lines of their own, and the targets of its links."""
    markup, rest = _closed(html)
    if "<" not in markup and "&" not in markup:
        return _one_line(markup + unescape(rest)), []  # a comment, or a description without any HTML
    reader = _HTMLText()
    _hand_out(markup, reader)
    reader.handle_data(unescape(rest))
    lines = (_one_line(line) for line in "".join(reader.parts).split("\n\n"))
    return "\n".join(line for line in lines if line), reader.links


def _hand_out(markup: str, reader: _HTMLText) -> None:
    """Gives a reader the texts and tags of some HTML; HTMLParser would take 2.6 times as long over simple tags."""
    pieces = _SIMPLE_TAG.split(markup)  # text, name of an end tag, name of a start tag, attributes, text, …
    names = {name.lower() for name in (*pieces[1::4], *pieces[2::4]) if name}
    if "<" in "".join(pieces[::4]) or names & _RAW:
        reader.feed(markup)
        reader.close()
        return
    reader.handle_data(unescape(pieces[0]))
    for end, start, attributes, text in zip(pieces[1::4], pieces[2::4], pieces[3::4], pieces[4::4], strict=True):
        if end:
            reader.handle_endtag(end.lower())
        else:
            reader.handle_starttag(start.lower(), _ATTRIBUTE.findall(attributes))
        reader.handle_data(unescape(text))


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
            self.parts.append(data.replace("\n", " "))


class _Building:
    """What has been read of a body so far.

    take: what to do with an event of each kind. Most events are texts, so the list that they belong to stands there
    itself: the block that is being read, the code, or nowhere.
    """

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.links: list[str] = []
        self.anchors: dict[str, int] = {}
        self.heading = self.anchor = ""
        self.level = 0
        self.lines: list[str] = []
        self.code: list[str] = []
        self.run: list[str] = []  # the pieces of the block that is being read
        self.html: list[str] = []
        self.silent = False  # within a <script> or the like that stands in a line
        self.take: dict[str, Callable[[Any], None]] = {
            "Text": self.run.append,
            "Code": self.run.append,
            "Start": self.start,
            "End": self.end,
            "Html": self.html.append,
            "InlineHtml": self.inline_html,
        }

    def mark(self, event: str) -> None:
        if event == "Rule":
            self.end_block()
        else:  # a line break, soft or hard
            self.run.append(" ")

    def start(self, value: Any) -> None:
        kind, detail = (value, {}) if isinstance(value, str) else value.popitem()
        if kind not in _WITHIN_A_BLOCK:
            self.end_block()
            if kind == "Heading":
                self.start_section(detail)
            elif kind == "CodeBlock":
                self.take["Text"] = self.code.append
        elif kind == "Link":
            self.links.append(detail["dest_url"])
        elif kind == "TableCell" and any(self.run):
            self.run.append(" · ")

    def end(self, value: Any) -> None:
        kind = value if isinstance(value, str) else next(iter(value))
        if kind in _WITHIN_A_BLOCK:
            return
        if kind == "CodeBlock":
            self.listen()
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
        if tag.startswith(("<a", "<A")):
            self.links.extend(html_text(tag)[1])
        elif tag.lower().startswith("<br"):
            self.run.append(" ")
        elif match := _SILENT_TAG.match(tag):
            self.listen(silent=not (match[1] or match[2]))

    def listen(self, silent: bool = False) -> None:
        self.silent = silent
        self.take["Text"] = _nothing if silent else self.run.append

    def take_run(self) -> str:
        text = _one_line("".join(self.run))
        self.run.clear()
        return text

    def end_block(self) -> None:
        if self.silent:
            self.listen()
        if self.run and (text := self.take_run()):
            self.lines.append(text)

    def start_section(self, heading: dict[str, Any]) -> None:
        self.end_section()
        self.level = int(heading["level"][1:])
        if heading["id"]:
            self.anchor = heading["id"]
            self.anchors.setdefault(self.anchor, 0)

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
        self.take.clear()  # it holds methods of this object, which would wait for the garbage collector
        return Parsed(tuple(self.sections), tuple(dict.fromkeys(link for link in self.links if link)))


def _nothing(_: object) -> None:
    pass


@lru_cache(maxsize=1024)  # half of the headings of a manual are "See also", "Examples" and the like
def github_slug(heading: str) -> str:
    """The anchor that GitHub gives a heading: lower case, punctuation gone, each space a hyphen."""
    return _NO_WORD.sub("", heading.lower()).strip().replace(" ", "-")
