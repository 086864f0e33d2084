"""Markdown → plain-text sections with anchors, code apart from prose, and targets of links and images.

The parser is pyromark (pulldown-cmark in Rust), which gives a stream of events and is some thirty times as fast as
parsers written in Python. Tags of template languages (Liquid, Hugo, KumaScript, Kramdown attributes) and HTML are
removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pyromark

from indexer.content.anchors import STYLES, AttributeLists, HeadingText, Style, anchors_of
from indexer.content.dialects import as_commonmark, text_of_id, text_shown
from indexer.content.directives import is_mdx, without_directives, without_jsx
from indexer.content.headings import around_attributes, with_spaces_after_hashes
from indexer.model import AnchorStyle, Section
from indexer.text.analysis import visible

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_GFM
)
_PLAIN_MARKDOWN = pyromark.Markdown(options=_OPTIONS)  # in which "Salt {#salt}" is all text
_OPTIONS |= pyromark.Options.ENABLE_HEADING_ATTRIBUTES
_MARKDOWN = pyromark.Markdown(options=_OPTIONS)
# [[Oven rye|the loaf]], as Obsidian and other wikis link; elsewhere [[1]](/notes/) is a link whose text has brackets.
_WIKI_MARKDOWN = pyromark.Markdown(options=_OPTIONS | pyromark.Options.ENABLE_WIKILINKS)
_WITH_TERMS = pyromark.Markdown(options=_OPTIONS | pyromark.Options.ENABLE_DEFINITION_LIST)
_WIKI_LINK = re.compile(r"\[\[[^\s\[\]][^\[\]\n]{0,500}\]\](?![(\[:])")
_BRACKETS_IN_LINK = re.compile(r"\]\][(\[]")
_INLINE_KINDS = frozenset(["Link", "Image", "Emphasis", "Strong", "Strikethrough", "TableCell"])

# Code, which may contain tags, and template tags. Code comes first, so that tags shown as code stay. Every alternative
# begins with a literal character, and none with a common one, so that the search skips from one to the next.
_CODE_OR_TAG = re.compile(
    r"""
      `(?P<fence>`{2,11}) | ~(?P<waves>~{2,11})
    | `(?<!``)(?: [^`\n]{1,2000}+`(?!`) | (?P<ticks>`?)(?!`)[^\n]{1,2000}?(?<!`)`(?P=ticks)(?!`) )(?P<code>)
    | \{(?: %[^%\n]*+%\} | \{[^{}\n]*+\}\}\}? | :[^{}\n]*+\} )
    | \{(?P<tag>%|\{\{?|\#(?![\w:.-]+[^\#}\n]*\}))
    """,
    re.VERBOSE,
)
# Code in a line, between three backticks or more.
_CODE_IN_LINE = re.compile(r"(`{3,12})(?!`)[^\n]{1,2000}?(?<!`)\1(?!`)")
_OPENING = re.compile(r"\{[%{:#]")
_END = re.compile(r"\{%-?\s*end")
# Where the target of a link stands before a tag: [rye](…), [rye]: …, href="…".
_LINK_OPENING = re.compile(r"(?:\]\(<?|^ {0,3}\[[^\]\n]+\]:[ \t]*|href=[\"']?)[\w/.:-]*\Z", re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_NAMED = re.compile(r"\{%-?\s*(?:post_url|link)\s+(\S+)\s*-?%\}")
_COMMENT_TAG = re.compile(r"\{%-?\s*comment\b")
_END_OF_COMMENT = re.compile(r"\{%-?\s*endcomment\s*-?%\}")
_END_OF_RAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_RAW_BRACE = "\ufdd0"  # no character of any text
_RAW_TAG = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
_HIGHLIGHT = re.compile(
    r"^[ \t]*\{%-?\s*highlight\b[^%\n]*%\}[ \t]*\n(.*?)^[ \t]*\{%-?\s*endhighlight\s*-?%\}", re.DOTALL | re.MULTILINE
)
_HTML_HEADING = re.compile(r"<h([1-6])\b([^>]*)>(.*?)</h\1\s*>", re.IGNORECASE | re.DOTALL)
_ID = re.compile(r"""\bid\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_TAG_ENDS = {
    "#": re.compile(r"#\}"),
    "%": re.compile(r"%\}"),
    "{": re.compile(r"\}\}\}?"),
    "{{": re.compile(r"\}\}\}?"),
}
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|em|i|kbd|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^>]*>", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--(?s:.*?)-->")
_SILENT_TAG = re.compile(r"<(/?)(?:script|style|template|svg)\b[^>]*?(/?)>", re.IGNORECASE)
# Tags that all HTML parsers read in the same way.
_SIMPLE_TAG = re.compile(
    r"""<(?:/([a-zA-Z][a-zA-Z0-9]*)[ \n]*|([a-zA-Z][a-zA-Z0-9]*)((?:[ \n]+[a-z-]+="[^"<>&]*")*)[ \n]*/?)>"""
)
_ATTRIBUTE = re.compile(r"""([a-z-]+)="([^"]*)\"""")
# Elements whose content some parsers do not read as markup, and those whose content is not shown.
_RAW_ELEMENTS = frozenset(
    "iframe noembed noframes plaintext script style svg template textarea title xmp".split()  # noqa: SIM905
)
# A tag further from the line feeds around it than this is not taken for one that stands alone.
MOST_INDENTED = 100
_BLANKS = " \t\n"
_NO_HEADING = HeadingText("", None)
# Characters before a tag in which the opening of a link is looked for.
LONGEST_OPENING = 100
_SPACE = re.compile(r"[ \t\n]{2,}|[\t\n]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The sections of a body in order, the lead first if there is one, and every distinct target as written.

    links: targets of links. images: addresses of images. link_texts: targets of Markdown links with the text of each;
    each pair once.
    """

    sections: tuple[Section, ...]
    links: tuple[str, ...]
    images: tuple[str, ...] = ()
    link_texts: tuple[tuple[str, str], ...] = ()


def parse(
    body: str, path: str = "", anchors: AnchorStyle = AnchorStyle.GITHUB, heading_ids: bool = True, mdx: bool = False
) -> Parsed:
    """A Markdown body → sections and links. Never fails: any text is valid Markdown.

    path: of the file, whose suffix tells MDX from Markdown. anchors: the style of the headings' ids.
    heading_ids: whether "Salt {#salt}" has an id of its own. mdx: whether all Markdown is MDX.
    """
    builder = _SectionBuilder(anchors)
    event: Any
    text = as_commonmark(body, anchors)
    text = without_directives(without_jsx(text) if mdx or is_mdx(path, text) else without_tags(text, builder.style))
    if not builder.style.needs_space_after_hashes:
        text = with_spaces_after_hashes(text)
    for event in _parser_for(text, builder.style, heading_ids).events(text):
        if isinstance(event, str):
            builder.mark(event)
        else:
            kind, value = event.popitem()  # its only item
            builder.handlers.get(kind, _ignore)(value)
    return builder.finish()


def inline_links(body: str) -> list[tuple[str, int, int]]:
    """Links written [text](target) in a body as it stands in its file, with template tags and all.

    The target of each as it is read, and where "](target)" begins and ends, in bytes of UTF-8.
    """
    found: list[tuple[str, int, int]] = []
    link: dict[str, str] = {}
    inner = 0
    event: Any
    for event, place in _MARKDOWN.events_with_range(body):
        match event:
            case {"Start": {"Link": link}}:
                inner = place["start"] + 1
            case {"End": "Link"} if link["link_type"] == "Inline":
                found.append((link["dest_url"], inner, place["end"]))
            case _:
                inner = place["end"]
    return found


def _parser_for(text: str, style: Style, heading_ids: bool) -> pyromark.Markdown:
    if style.has_term_ids:
        return _WITH_TERMS
    if "[[" in text and _WIKI_LINK.search(text) and not _BRACKETS_IN_LINK.search(text):
        return _WIKI_MARKDOWN
    return _MARKDOWN if heading_ids else _PLAIN_MARKDOWN


def with_title(body: str, title: str, tags: tuple[str, ...]) -> str:
    """A body with the title of the page in place of {{ page.title }}; tags: the names that stand for it."""
    if not title or not any(tag in body for tag in tags):
        return body
    names = "|".join(map(re.escape, tags))
    return re.sub(rf"\{{\{{-? *(?:{names}) *-?\}}\}}", lambda _: title, body)


def without_tags(text: str, style: Style = STYLES[AnchorStyle.GITHUB]) -> str:
    """Text without the tags and comments of template languages, except in code.

    A tag that stands for the target of a link leaves the name of the target: {% post_url 2024-05-17-oven-rye %}. An id
    in an attribute list beside a heading goes to the end of the heading, where the parser reads it.
    """
    if not _OPENING.search(text):
        return text
    has_ends = _END.search(text) is not None
    if is_raw := has_ends and "endraw" in text:
        text = _RAW_TAG.sub("", _with_raw_braces(text))
    if has_ends and "endhighlight" in text:
        text = _HIGHLIGHT.sub(r"````\n\1````", text)
    text = f"\n{text}"  # so that a fence on the first line follows a line feed, as all others do
    pieces: list[str] = []
    copied, position = 1, 0
    has_comments = has_ends and "endcomment" in text
    unclosed: set[str] = set()  # openings without an end from here on: searching again each time would take hours
    while match := _CODE_OR_TAG.search(text, position):
        position = match.end()
        kind = match.lastgroup
        if kind == "code":
            continue
        is_fence = kind in ("fence", "waves")
        if is_fence:
            line_end = _end_of_fence_line(text, match.start(), position)
            if not line_end:
                code = _CODE_IN_LINE.match(text, match.start())
                position = code.end() if code else position
                continue
            position = line_end
        if kind:
            opening = match[0] if is_fence else match[kind]
            end = None if opening in unclosed else _end_pattern(opening).search(text, position)
            if end is None and is_fence:
                break  # an unclosed fence extends to the end
            if end is None:
                unclosed.add(opening)
                continue
            position = end.end()
        if not is_fence:
            if has_comments:
                position = _end_of_comment(text, match.start(), position, unclosed)
            if lines := _lines_of_lone_tag(text, match.start(), position):
                pieces.append(text[copied : lines[0]])
                copied, position = lines[1], lines[1] - 1
            elif text[match.start() + 1] == ":":
                kept, position = around_attributes(text, copied, match.start(), position, style)
                pieces += kept
                copied = position
            else:
                before = text[copied : match.start()]
                line = before if len(before) > LONGEST_OPENING else "".join([*pieces[-4:], before])
                tag = text[match.start() : position]
                pieces += _around_tag(before, line[-LONGEST_OPENING:], tag)
                copied = position
    text = "".join(pieces) + text[copied:]
    return text.replace(_RAW_BRACE, "{") if is_raw else text


def _with_raw_braces(text: str) -> str:
    """Text in which the braces between {% raw %} and {% endraw %} are no braces, so that nothing there is a tag."""
    *parts, rest = _END_OF_RAW.split(text)
    for at, part in enumerate(parts):
        if opening := _RAW_TAG.search(part):
            parts[at] = part[: opening.end()] + part[opening.end() :].replace("{", _RAW_BRACE)
    return "".join(parts) + rest


def _end_of_fence_line(text: str, start: int, end: int) -> int:
    """The end of the line of a fence; 0 if something stands before the fence, or no line follows."""
    while text[start - 1] in " \t>":
        start -= 1
    return max(text.find("\n", end), 0) if text[start - 1] == "\n" else 0


def _end_of_comment(text: str, start: int, end: int, unclosed: set[str]) -> int:
    """The end of the comment that a tag opens; if it opens none, or one that is never closed, that of the tag."""
    if "comment" in unclosed or not _COMMENT_TAG.match(text, start):
        return end
    closing = _END_OF_COMMENT.search(text, end)
    if closing is None:
        unclosed.add("comment")
    return closing.end() if closing else end


def _around_tag(before: str, line: str, tag: str) -> list[str]:
    """What is left of the text before a tag and of the tag itself, in pieces.

    line: the end of all text that is left so far.
    """
    if ("](" not in line and "]:" not in line and "href" not in line) or not _LINK_OPENING.search(line):
        return [before]
    target = _NAMED.match(tag) or _QUOTED.search(tag)
    return [before, quote(target[1], safe="/:#?&=%+,;@~!$*.-_")] if target else [before]


def _lines_of_lone_tag(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Start and end of the lines on which a tag stands alone between two lines that are not empty.

    They go with the tag, since an empty line would end a block of HTML.
    """
    if text[end : end + 1] not in _BLANKS or text[start - 1] not in _BLANKS:
        return None  # nine tags in ten
    before = text.rfind("\n", max(start - MOST_INDENTED, 0), start) + 1
    after = text.find("\n", end, end + MOST_INDENTED) + 1
    if before < 2 or not after or text[start + 1] == ":" or text[before:start].strip() or text[end:after].strip():
        return None
    return (before, after) if text[before - 2] != "\n" and text[after : after + 1] not in ("\n", "") else None


@cache
def _end_pattern(opening: str) -> re.Pattern[str]:
    return _TAG_ENDS.get(opening) or re.compile(rf"\n[ \t>]*{opening}[`~]*[ \t]*$", re.MULTILINE)


def plain_line(text: str) -> str:
    """A title in one line, without template tags and inline HTML. `Vec<T>` stays."""
    return _collapsed(_INLINE_TAG.sub("", without_tags(text)))


def _collapsed(text: str) -> str:
    """Text with each run of white space as one space, and without the characters that nobody sees."""
    text = visible(text)
    if "  " in text or "\n" in text or "\t" in text:  # rare: checking first is ten times as fast
        text = _SPACE.sub(" ", text)
    return text.strip()


def html_text(html: str) -> tuple[str, list[str]]:
    """The text of a piece of HTML, one paragraph per line, and the targets of its links."""
    return _text_and_targets(html, [])


def _text_and_targets(html: str, images: list[str]) -> tuple[str, list[str]]:
    """The same; the addresses of its images are added to a list."""
    markup, rest = _split_after_last_tag(html)
    if "<" not in markup and "&" not in markup:
        return _collapsed(markup + unescape(rest)), []  # a comment, or a description without HTML
    parser = _TextParser(images)
    _feed(markup, parser)
    parser.handle_data(unescape(rest))
    lines = (_collapsed(line) for line in "".join(parser.parts).split("\n\n"))
    return "\n".join(line for line in lines if line), parser.links


def _feed(markup: str, parser: _TextParser) -> None:
    """Calls the handlers of a parser; for simple tags directly, which is 2.6 times as fast as HTMLParser.feed."""
    pieces = _SIMPLE_TAG.split(markup)  # text, name of an end tag, name of a start tag, attributes, text, …
    names = {name.lower() for name in (*pieces[1::4], *pieces[2::4]) if name}
    if "<" in "".join(pieces[::4]) or names & _RAW_ELEMENTS:
        parser.feed(markup)
        parser.close()
        return
    parser.handle_data(unescape(pieces[0]))
    for end, start, attributes, text in zip(pieces[1::4], pieces[2::4], pieces[3::4], pieces[4::4], strict=True):
        if end:
            parser.handle_endtag(end.lower())
        else:
            parser.handle_starttag(start.lower(), _ATTRIBUTE.findall(attributes))
        parser.handle_data(unescape(text))


def _split_after_last_tag(html: str) -> tuple[str, str]:
    """HTML without its comments up to the end of its last tag, and the rest.

    HTMLParser searches for a missing end again from each opening, which would take hours on a hostile page, and raises
    on a <![ that it does not know.
    """
    head, arrow, tail = html.replace("<![", "<! [").rpartition("-->")
    html = _COMMENT.sub("", head + arrow) + tail.partition("<!--")[0]
    end = html.rfind(">") + 1
    return html[:end], html[end:]


class _TextParser(HTMLParser):
    """Collects the text and the targets of HTML. parts: pieces of text, with "\\n\\n" between blocks."""

    _SILENT = frozenset(["script", "style", "template", "svg"])
    _BLOCKS = frozenset(
        """
        address article aside blockquote dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5
        h6 header hr li main nav ol p pre section summary table td th tr ul
        """.split()  # noqa: SIM905  # a list of words
    )

    def __init__(self, images: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.images = images
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        elif tag == "a":
            self.links.extend(value for name, value in attrs if name == "href" and value)
        elif tag == "img":
            self.images.extend(value for name, value in attrs if name == "src" and value)
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


class _SectionBuilder:
    """Builds the sections of a body from the events of the parser.

    handlers: the function for each kind of event. Most events are texts, so theirs is the `append` of the list that
    they belong to at the moment: of the current block, of the code, or none.
    """

    def __init__(self, anchors: AnchorStyle) -> None:
        self.anchors = anchors
        self.style = STYLES[anchors]
        self.sections: list[tuple[str, int, str, str]] = []  # heading, level, text, code
        self.headings: list[HeadingText] = []  # what the anchor of each of them is made from, and of each term
        self.terms: list[HeadingText] = []  # of the current section
        self.places: list[int] = []  # of the sections in self.headings
        self.links: list[str] = []
        self.images: list[str] = []
        self.heading, self.level, self.heading_text = "", 0, _NO_HEADING
        self.lines: list[str] = []
        self.code: list[str] = []
        self.block: list[str] = []  # the pieces of the current block
        self.html: list[str] = []
        self.is_silent = False  # within an inline <script> or the like
        self.verbatim: set[int] = set()  # which pieces of a heading are code
        self.left_out: set[int] = set()  # and which are not part of its anchor
        self.only_in_anchor: set[int] = set()
        self.attributes = ""  # those of a heading that are text in this dialect
        self.image_start = 0
        self.link = ("", 0)  # target of the current link, and the piece of the block that its text begins with
        self.link_texts: list[tuple[str, str]] = []
        self.handlers: dict[str, Callable[[Any], None]] = {
            "Text": self.block.append,
            "Code": self.inline_code if self.style.prose else self.block.append,
            "Start": self.start,
            "End": self.end,
            "Html": self.html.append,
            "InlineHtml": self.inline_html,
        }
        self.ends: dict[str, Callable[[], None]] = {
            "DefinitionListTitle": self.end_term,
            "Heading": self.end_heading,
            "HtmlBlock": self.end_html,
            "Image": self.end_image,
            "Link": self.end_link,
            "CodeBlock": self.collect_text,
        }
        if not self.style.has_footnotes:
            self.handlers["FootnoteReference"] = lambda label: self.for_anchor(f"[^{label}]")

    def mark(self, event: str) -> None:
        if event == "Rule":
            self.end_block()
        else:  # a line break, soft or hard
            if self.style.joins_lines:
                self.left_out.add(len(self.block))
            self.block.append(" ")

    def start(self, value: Any) -> None:
        kind, detail = (value, {}) if isinstance(value, str) else value.popitem()
        if kind not in _INLINE_KINDS:
            if self.block or self.is_silent:
                self.end_block()
            if kind == "Heading":
                self.start_section(detail)
            elif kind == "CodeBlock":
                self.handlers["Text"] = self.code.append
        elif kind == "Link":
            self.links.append(detail["dest_url"])
            self.link = detail["dest_url"], len(self.block)
        elif kind == "Image":
            self.image_start = len(self.block)
            if "WikiLink" in detail["link_type"]:
                self.collect_text(is_silent=True)  # ![[oven.png]] has no text, only the name of a file
            else:
                self.images.append(detail["dest_url"])
        elif kind == "TableCell" and any(self.block):
            self.block.append(" · ")

    def end(self, value: Any) -> None:
        kind = value if isinstance(value, str) else next(iter(value))
        if ends := self.ends.get(kind):
            ends()
        elif (self.block or self.is_silent) and kind not in _INLINE_KINDS:
            self.end_block()

    def end_heading(self) -> None:
        if self.attributes:
            self.for_anchor(self.attributes)
            self.attributes = ""
        self.heading_text = HeadingText(self.heading_text.explicit, self.text_of_heading())
        self.heading = text_shown(self.take_block())

    def end_term(self) -> None:
        self.terms.append(HeadingText("", self.text_of_heading()))
        self.end_block()

    def end_html(self) -> None:
        self.html_block("".join(self.html))
        self.html.clear()

    def html_block(self, html: str) -> None:
        """Headings written as HTML open sections too; such a heading has an anchor only if it has an id."""
        pieces = _HTML_HEADING.split(html) if "<h" in html.lower() and not _SILENT_TAG.search(html) else [html]
        self.html_text(pieces[0])
        for level, attributes, inner, below in zip(*(pieces[part::4] for part in (1, 2, 3, 4)), strict=True):
            found = _ID.search(attributes)
            self.start_section({"level": f"h{level}", "id": unescape(found[1]) if found else ""})
            text, links = _text_and_targets(inner, self.images)
            if self.style.has_html_headings:
                self.heading_text = HeadingText(self.heading_text.explicit, text)
            self.heading = text.replace("\n", " ")
            self.links.extend(links)
            self.html_text(below)

    def html_text(self, html: str) -> None:
        text, links = _text_and_targets(html, self.images)
        self.lines.extend(text.split("\n") if text else ())
        self.links.extend(links)

    def inline_html(self, tag: str) -> None:
        if tag.startswith(("<a", "<A", "<img", "<IMG")):
            self.links.extend(_text_and_targets(tag, self.images)[1])
        elif tag.lower().startswith("<br"):
            self.left_out.add(len(self.block))
            self.block.append(" ")
        elif self.style.has_comments and tag.startswith("<!--"):
            self.for_anchor(tag)
        elif match := _SILENT_TAG.match(tag):
            self.collect_text(is_silent=not (match[1] or match[2]))

    def for_anchor(self, text: str) -> None:
        """Takes text that belongs to the anchor of a heading, but is not shown."""
        self.only_in_anchor.add(len(self.block))
        self.block.append(text)

    def collect_text(self, is_silent: bool = False) -> None:
        self.is_silent = is_silent
        self.handlers["Text"] = _ignore if is_silent else self.block.append

    def inline_code(self, code: str) -> None:
        self.verbatim.add(len(self.block))
        self.block.append(code)

    def end_image(self) -> None:
        if self.is_silent:
            self.collect_text()
        if not self.style.has_image_text:
            self.left_out.update(range(self.image_start, len(self.block)))

    def end_link(self) -> None:
        target, start = self.link
        if text := _collapsed("".join(self.block[start:])):
            self.link_texts.append((target, text))

    def text_of_heading(self) -> str:
        """The text of the current block, a heading, of which its anchor is made."""
        prose = self.style.prose
        pieces = (
            prose(piece) if prose and at not in self.verbatim else piece
            for at, piece in enumerate(self.block)
            if at not in self.left_out
        )
        return text_of_id("".join(pieces))

    def take_block(self) -> str:
        pieces = self.block
        if self.only_in_anchor:
            pieces = [piece for at, piece in enumerate(pieces) if at not in self.only_in_anchor]
        text = _collapsed("".join(pieces))
        self.block.clear()
        if self.only_in_anchor or self.verbatim or self.left_out:
            for noted in (self.only_in_anchor, self.verbatim, self.left_out):
                noted.clear()
        return text

    def end_block(self) -> None:
        if self.is_silent:
            self.collect_text()
        if self.block and (text := self.take_block()):
            self.lines.append(text)

    def start_section(self, heading: dict[str, Any]) -> None:
        self.end_section()
        self.level = int(heading["level"][1:])
        explicit = heading["id"] or _id_among(heading.get("attrs", ()))
        has_more = bool(heading.get("classes") or heading.get("attrs"))
        if "attrs" in heading and _is_text(self.style.attributes, has_more, has_id=bool(explicit)):
            self.attributes = _written(heading)
            explicit = ""
        self.heading_text = HeadingText(explicit, None)

    def end_section(self) -> None:
        text, code = "\n".join(self.lines), "".join(self.code).strip()
        if self.level or text or code:
            self.sections.append((self.heading, self.level, text, code))
            self.places.append(len(self.headings))
            self.headings += [self.heading_text, *self.terms]
        self.terms.clear()
        self.heading, self.level, self.heading_text = "", 0, _NO_HEADING
        self.lines.clear()
        self.code.clear()

    def finish(self) -> Parsed:
        self.end_block()
        self.end_section()
        self.ends.clear()  # both refer to methods of this object: a cycle that only the garbage collector would free
        self.handlers.clear()
        has_top_ids = self.style.has_top_ids
        anchors = anchors_of(self.headings, self.anchors)
        sections = (
            Section(heading, anchor if has_top_ids or level > 1 else "", level, text, code)
            for (heading, level, text, code), anchor in zip(
                self.sections, [anchors[at] for at in self.places], strict=True
            )
            if heading or text or code or anchor
        )
        links, images = (tuple(filter(None, dict.fromkeys(targets))) for targets in (self.links, self.images))
        return Parsed(tuple(sections), links, images, tuple(dict.fromkeys(self.link_texts)))


def _is_text(attributes: AttributeLists, has_more: bool, has_id: bool) -> bool:
    """Whether the dialect takes {#salt .wide} behind a heading for text."""
    if attributes is AttributeLists.NOWHERE:
        return has_more or has_id
    return attributes is AttributeLists.OF_SPANS and has_more


def _id_among(attributes: Iterable[tuple[str, str | None]]) -> str:
    """The id of a heading with {id="salt"} behind it; empty if there is none."""
    return next((value.strip("\"'") for key, value in attributes if key == "id" and value), "")


def _written(heading: dict[str, Any]) -> str:
    """The attributes of a heading as they stand behind it: {.wide #both}."""
    names = [*(f".{name}" for name in heading["classes"]), *(f"#{name}" for name in [heading["id"]] if name)]
    pairs = [key if value is None else f"{key}={value}" for key, value in heading["attrs"]]
    return f" {{{' '.join([*names, *pairs])}}}"


def _ignore(_: object) -> None:
    pass
