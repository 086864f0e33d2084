"""A post as the one record that serves all clients: plain lists, DocSearch's hierarchy, highlights and snippets.

DocSearch groups by `lvl0` and then by `lvl1`, and shows at most five hits a group, so `lvl0` is the first tag or the
folder of a post. JavaScript moves keys that are whole numbers to the front, so these are not used as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from msgspec import UNSET, UnsetType

from indexer.model import Hit, StoredPost
from indexer.store.posts import PostStore
from service.algolia.answers import Highlighted, HighlightResult, Record, Snipped, SnippetResult
from service.algolia.markup import Markup
from service.algolia.matches import NO_MATCHES, Matches, Question

# Characters of a section that are sent; a snippet is cut from them.
LONGEST_CONTENT = 300
SNIPPET_WORDS = 10
LEVELS = tuple(f"lvl{level}" for level in range(7))
_EPOCH = date(1970, 1, 1).toordinal()
_NUMBER = re.compile(r"\s*\d+\s*")
# Keys that JavaScript's own objects have, or sort; a word joiner behind them makes them others and shows nothing.
_NO_KEYS = re.compile(r"\d+|hasOwnProperty|__proto__")
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True)
class Look:
    """How records look.

    origin: what stands before the URLs of posts, without a slash at its end. snippet_words: by attribute, `*` for all.
    """

    origin: str
    markup: Markup
    snippet_words: Mapping[str, int]

    def words_of(self, attribute: str) -> int:
        return self.snippet_words.get(attribute) or self.snippet_words.get("*", SNIPPET_WORDS)


def of_hit(hit: Hit, posts: PostStore, question: Question, look: Look) -> Record:
    """A hit, as its best section; where all that was asked for is in the title, as the post itself."""
    post = hit.post

    def matches(text: str) -> Matches:
        return question.matches(text, post.language)

    title = matches(post.title)
    section = None if title.level == "full" else hit.section
    heading = matches(section.heading) if section else NO_MATCHES
    kind = "content"
    if title.level == "full":
        kind = "lvl1"
    elif section and section.heading and heading.words and question.covers(post.language, title, heading):
        kind = "lvl2"
    headings = (section.heading,) if section and section.heading else ()
    anchor = section.anchor if section else None
    return _record(post, kind, anchor, headings, _shown_text(hit, posts, look.markup.ellipsis), matches, look)


def of_post(post: StoredPost, posts: PostStore, look: Look, score: float) -> Record:
    """A post without a question."""
    text = post.description or next((section.text for section in posts.sections(post.number) if section.text), "")
    return _record(
        post,
        "lvl1",
        None,
        (),
        _stretch(text.replace("\n", " "), 0, look.markup.ellipsis),
        lambda _: NO_MATCHES,
        look,
        score,
    )


def _record(
    post: StoredPost,
    kind: str,
    anchor: str | None,
    headings: tuple[str, ...],
    content: str,
    matches: Callable[[str], Matches],
    look: Look,
    score: float | UnsetType = UNSET,
) -> Record:
    markup = look.markup
    hierarchy = dict(zip(LEVELS, (_as_key(_group(post)), _as_key(post.title) or "Untitled", *headings), strict=False))
    texts = {"title": post.title, "content": content, "description": post.description, **hierarchy}
    found = {name: matches(text) for name, text in texts.items()}
    marked = {name: _highlighted(text, found[name], markup) for name, text in texts.items()}
    without_anchor = f"{look.origin}{post.url}" if post.url.startswith("/") else post.url
    return Record(
        object_id=f"{post.id}#{anchor}" if anchor else post.id,
        url=f"{without_anchor}#{anchor}" if anchor else without_anchor,
        url_without_anchor=without_anchor,
        anchor=anchor,
        title=post.title,
        description=post.description,
        tags=post.tags,
        date=post.date.isoformat() if post.date else None,
        timestamp=(post.date.toordinal() - _EPOCH) * 86_400 if post.date else None,
        language=post.language,
        image=post.image,
        type=kind,
        content=markup.shown(content),
        hierarchy={level: markup.shown(hierarchy[level]) if level in hierarchy else None for level in LEVELS},
        highlight_result=HighlightResult(
            title=marked["title"],
            content=marked["content"],
            description=marked["description"],
            tags=tuple(_highlighted(tag, matches(tag), markup) for tag in post.tags),
            hierarchy={level: marked[level] for level in hierarchy},
        ),
        snippet_result=_snippets(texts, found, marked, look),
        score=score,
    )


def _highlighted(text: str, matches: Matches, markup: Markup) -> Highlighted:
    return Highlighted(markup.marked(text, matches.spans), matches.level, matches.words, matches.is_whole)


def _snippets(
    texts: Mapping[str, str], found: Mapping[str, Matches], marked: Mapping[str, Highlighted], look: Look
) -> SnippetResult:
    def cut(name: str) -> Snipped:
        return Snipped(look.markup.snippet(texts[name], found[name].spans, look.words_of(name)), found[name].level)

    return SnippetResult(
        title=_whole(marked["title"]),
        content=cut("content"),
        description=cut("description") if look.snippet_words.keys() & {"description", "*"} else UNSET,
        hierarchy={level: _whole(marked[level]) for level in LEVELS if level in marked},
    )


def _whole(highlighted: Highlighted) -> Snipped:
    """A text that is too short to be cut."""
    return Snipped(highlighted.value, highlighted.match_level)


# ----------------------------------------------------------------------------------------------------- hierarchy


def _group(post: StoredPost) -> str:
    """The first tag of a post, or the first folder that it is in, but for numbers; "Posts" if there is none."""
    folders = [folder.replace("-", " ").replace("_", " ") for folder in post.id.split("/")[:-1]]
    names = [name.strip() for name in (*post.tags, *folders) if not _NUMBER.fullmatch(name)]
    name = next(filter(None, names), "Posts")
    return name[0].upper() + name[1:]


def _as_key(text: str) -> str:
    """A text that JavaScript leaves in its place as a key."""
    return f"{text}{_WORD_JOINER}" if _NO_KEYS.fullmatch(text) else text


# ------------------------------------------------------------------------------------------------------- content


def _shown_text(hit: Hit, posts: PostStore, ellipsis: str) -> str:
    """The text that a hit's first snippet is from, on one line, from there on where it is long."""
    if not hit.snippets:
        return ""
    snippet = hit.snippets[0].text
    piece = snippet.removeprefix("… ").removesuffix(" …")
    if hit.section:
        texts = [hit.section.text, hit.post.description]
    else:
        texts = [hit.post.description, *(section.text for section in posts.sections(hit.post.number))]
    for text in texts:
        flat = text.replace("\n", " ")
        if (start := flat.find(piece)) >= 0:
            return _stretch(flat, start, ellipsis)
    return snippet


def _stretch(text: str, start: int, ellipsis: str) -> str:
    """All of a text, or so much of it from a place on as is sent, with ellipses where it is cut."""
    if len(text) <= LONGEST_CONTENT:
        return text
    start = min(start, text.rfind(" ", 0, len(text) - LONGEST_CONTENT) + 1)
    end = len(text)
    if end - start > LONGEST_CONTENT:
        blank = text.rfind(" ", start + LONGEST_CONTENT // 2, start + LONGEST_CONTENT)
        end = blank if blank >= 0 else start + LONGEST_CONTENT
    return f"{ellipsis if start else ''}{text[start:end]}{ellipsis if end < len(text) else ''}"
