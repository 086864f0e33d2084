"""A dead link or a bad anchor in a text → the target to write instead, and the edit that writes it.

Only the bytes of the target change, in one place: a link written [text](target) that the Markdown parser finds on the
line of the finding. Links in HTML, in references and with template tags are left to an editor. The new target keeps
the form of the old one and leads to the page that is meant, by the same reading that finds links dead; written anew,
the text has the same links but for that one, or nothing is written.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, urlsplit

from indexer.check.anchors import Anchors
from indexer.check.pages import Pages
from indexer.check.repair import with_slash_like
from indexer.check.served_files import MARKDOWN
from indexer.check.source_text import is_link_at
from indexer.content.fields import split_by
from indexer.content.front_matter import decode
from indexer.content.markdown import inline_links
from indexer.editing.edit import Edit
from indexer.editing.list_edit import Unsafe
from indexer.editing.saving import read_bytes
from indexer.editing.verifying import explained
from indexer.links.resolver import without_suffix
from indexer.model import Finding, Post, StoredPost
from indexer.settings import ContentSettings

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_SAFE = "/:#?&=%+,;@~!$*.-_'"


def links_instead(
    content: ContentSettings, posts: Sequence[Post | StoredPost], finding: Finding, candidates: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """The target to write instead of a dead one for each post that may be meant, if one surely leads there.

    candidates: the paths of those posts, each of which stands before its target.
    """
    numbers = {post.path: number for number, post in enumerate(posts)}
    if finding.path not in numbers:
        return
    pages, source = Pages(content, posts, ()), numbers[finding.path]
    for candidate in candidates:
        number = numbers.get(candidate, source)
        likely = (
            quote(one, safe=_SAFE) for one in _targets_like(finding.subject, posts[source], posts[number], content)
        )
        found = (one for one in likely if one != finding.subject and pages.number(source, one) == number != source)
        if target := next(found, None):
            yield candidate, target


def anchor_instead(page: Post, target: str) -> str | None:
    """The target with the anchor of a page that is most like the one it names; None if none is like it."""
    before, _, fragment = target.partition("#")
    nearest = Anchors(lambda _: "").nearest(page, fragment)
    return f"{before}#{nearest}" if nearest else None


def _targets_like(
    old: str, source: Post | StoredPost, post: Post | StoredPost, content: ContentSettings
) -> Iterator[str]:
    """Targets that lead to a post in the form of another one, the smallest change first."""
    parts = urlsplit(old)
    host = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    path = re.split(r"[?#]", old.removeprefix(host), maxsplit=1)[0]
    rest = old[len(host) + len(path) :]
    is_file = posixpath.splitext(path)[1].casefold() in MARKDOWN
    url = urlsplit(post.url).path
    folder = path.rstrip("/").rpartition("/")
    for name in (post.path,) if is_file else (url, without_suffix(post.path)):
        yield host + folder[0] + folder[1] + with_slash_like(path, posixpath.basename(name.rstrip("/"))) + rest
    if path.startswith(("/", "@/")):
        root = path[: path.index("/") + 1]
        bases = (urlsplit(content.site).path.strip("/"), content.base.strip("/"))
        base = next((f"{one}/" for one in bases if one and path.startswith(f"/{one}/")), "")
        below = "" if url.startswith(f"/{base}") else base
        yield host + root + (post.path if is_file else below + with_slash_like(path, url).lstrip("/")) + rest
    elif is_file:
        relative = posixpath.relpath(post.path, posixpath.dirname(source.path) or ".")
        yield ("./" if path.startswith("./") and not relative.startswith("../") else "") + relative + rest


def relinked(content: ContentSettings, finding: Finding, target: str) -> Edit:
    """The edit that has the link of a finding lead to another target. Raises PostGone, NoContent, CannotWrite."""
    data = read_bytes(content, finding.path)
    with explained(finding.path, data):
        start = _start_of_body(content, data)
        body = data[start:].decode()
        links = inline_links(body)
        number, at = _place(data, start, links, finding)
        end = at + len(finding.subject.encode())
        after = data[:at] + target.encode() + data[end:]
        intended = [target if place == number else one for place, (one, _, _) in enumerate(links)]
        if [one for one, _, _ in inline_links(after[start:].decode())] != intended:
            raise Unsafe("written anew, the text would have other links: change it by hand")
    return Edit(finding.path, data, after, (target,))


def _start_of_body(content: ContentSettings, data: bytes) -> int:
    """The start of the first line of the text in a file, in bytes."""
    text, body = decode(data), split_by(content, data).body
    if not text.endswith(body):
        raise Unsafe("where its text begins is not certain: change it by hand")
    above = text[: len(text) - len(body)]
    lines = above.count("\n") + (above != "" and not above.endswith("\n"))  # the rest of a line of --- is not text
    return len("".join(_LINE.findall(data.decode())[:lines]).encode())


def _place(data: bytes, start: int, links: Sequence[tuple[str, int, int]], finding: Finding) -> tuple[int, int]:
    """Which of the links is meant, and where its target begins in a file, in bytes. start: of the body."""
    written = re.compile(rb"\]\(\s*<?(?=" + re.escape(finding.subject.encode()) + rb"[\s)>])")
    text = data.decode()
    for number, (target, begin, end) in enumerate(links):
        found = written.match(data, start + begin, start + end) if target == finding.subject else None
        if found is None:
            continue
        before = data[: found.end()].decode()
        line = len(_LINE.findall(before)) + 1
        if line == finding.line and is_link_at(text, len(before), len(before) + len(target)):
            return number, found.end()
    raise Unsafe(f'line {finding.line} has "{finding.subject}" in another way than [text](target): change it by hand')
