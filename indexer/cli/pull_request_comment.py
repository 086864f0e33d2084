"""Suggestions as a comment on a pull request: GitHub's Markdown, in which no text of a post is more than text."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from indexer.cli.terminal import counted
from indexer.editing.suggestions import PostSuggestions
from indexer.model import Suggestion
from indexer.output.reasons import because, before
from indexer.output.sanitize import sanitized

# By it a job finds its own comment again; a person does not see it.
MARKER = "<!-- seealso suggest -->"
# GitHub takes 65,536 characters. Bytes are never fewer than characters, however those are counted.
LONGEST = 65_000
LONGEST_TEXT = 500
_PLAIN = " ,-/;='\"%+"


def comment(
    found: Sequence[PostSuggestions], site: str, nobody: str = "no post is new or has changed", desk: str = ""
) -> str:
    """The whole comment, in lines. found: of the posts that were asked about. site: their address, for the links.

    nobody: why there is none, where found is empty. desk: the address of the desk, empty where there is none.
    """
    shown = [post for post in found if post.advice.suggestions]
    lines = [MARKER, "### See also", "", _first_line(found, shown, nobody)]
    lines += [line for post in shown for line in _about(post, site, desk)]
    if shown:
        lines += ["", "`seealso accept POST TARGET` adds one to a post; `seealso dismiss` keeps it from coming back."]
        if desk:
            lines += ["The desk has a post once it is published there."]
    return "\n".join(_cut(lines)) + "\n"


def _first_line(found: Sequence[PostSuggestions], shown: Sequence[PostSuggestions], nobody: str) -> str:
    if not found:
        return f"Nothing to suggest: {nobody}."
    if not shown:
        return (
            f"Nothing to suggest for {counted(len(found), 'post')}: no other shares enough that is not there already."
        )
    posts = (
        f"{len(shown):,} of {counted(len(found), 'post')}" if len(shown) < len(found) else counted(len(found), "post")
    )
    return f"What may belong beside {posts} and is not there yet:"


def _about(post: PostSuggestions, site: str, desk: str) -> Iterator[str]:
    yield from ("", f"#### {_text(post.title)}", "", f"{_code(post.path)}{_at_desk(post, desk)}", "")
    yield from ("| | post | confidence | why |", "|---|---|---|---|")
    for number, suggestion in enumerate(post.advice.suggestions, start=1):
        yield f"| {number} | {_post(suggestion, site)} | {_confidence(suggestion)} | {_why(suggestion)} |"
    if not post.advice.calibrated:
        yield from ("", "The confidence is a guess until five posts have curated lists to measure on.")


def _post(suggestion: Suggestion, site: str) -> str:
    title, url = _text(suggestion.post.title), _address(suggestion.post.url, site)
    return f"{f'[{title}](<{url}>)' if url else title}<br>{_code(suggestion.post.path)}"


def _at_desk(post: PostSuggestions, desk: str) -> str:
    """A link to where the post is decided on; empty for a draft, which has no place there."""
    if not desk or post.version is None:
        return ""
    return f" · [decide at the desk](<{_address('post', desk)}?post={quote(post.name, safe='')}>)"


def _address(url: str, site: str) -> str:
    """Where a post is read; empty where the site's own address is not known."""
    whole = url if url.startswith(("https://", "http://")) else f"{site.rstrip('/')}/{url.lstrip('/')}"
    return quote(whole, safe=":/?&=%#~+,;@") if whole.startswith(("https://", "http://")) else ""


def _confidence(suggestion: Suggestion) -> str:
    return f"{suggestion.band} {suggestion.confidence:.2f}"


def _why(suggestion: Suggestion) -> str:
    return "<br>".join(_text(text) for text in (because(suggestion), before(suggestion)) if text)


def _text(text: str) -> str:
    """A text as nothing but text: no markup, no table's end, no HTML, no link, and nobody is told of it."""
    short = " ".join(sanitized(text).split())
    if len(short) > LONGEST_TEXT:
        short = f"{short[:LONGEST_TEXT]}…"
    # GitHub makes mentions of @name and references of #1 after all else; only a space of no width keeps it from that.
    return "".join(f"{_escaped(character)}&#8203;" if character in "@#" else _escaped(character) for character in short)


def _code(path: str) -> str:
    """A path as code, where GitHub leaves @ and # alone, so that it may be copied."""
    return f"<code>{''.join(map(_escaped, sanitized(path)))}</code>"


def _escaped(character: str) -> str:
    return f"&#{ord(character)};" if character in string.punctuation and character not in _PLAIN else character


def _cut(lines: Sequence[str]) -> list[str]:
    """As many lines as GitHub takes; where some are missing, the last one says so."""
    room = LONGEST
    for place, line in enumerate(lines):
        room -= len(line.encode()) + 1
        if room < 0:
            return [*lines[:place], "", "… and more than a comment holds: `seealso suggest` prints the rest."]
    return list(lines)
