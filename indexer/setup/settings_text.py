"""The text of a seealso.toml for a site, with a comment for every line: what it is, and why it has this value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from indexer.profiles.profile import title_of
from indexer.settings import ContentSettings
from indexer.setup.candidates import Candidate
from indexer.setup.evidence import Evidence

NO_EVIDENCE = Evidence(0, {})
_HEAD = """\
# How See Also reads this site, as `seealso init` found it. What stands here counts before what is usual with the site's
# generator; a setting behind a # is a proposal. docs/reference/settings.md lists all of them.
"""
_WHAT = {"title": "titles", "date": "dates", "description": "descriptions", "tags": "tags", "related": "related posts"}


@dataclass(frozen=True, slots=True)
class Found:
    """What the text is made from.

    others: further generators. exclude: files that are no pages, suffixes: those of pages, both where no generator says
    so. without_front_matter: how many of `read` files have none, and whether they are to be pages all the same.
    """

    chosen: Candidate
    others: Sequence[Candidate] = ()
    exclude: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    without_front_matter: int = 0
    read: int = 0
    takes_all: bool = False
    metadata_lines: bool = False
    evidence: Evidence = field(default_factory=lambda: NO_EVIDENCE)
    index: str = "index"


def settings_text(found: Found, content: ContentSettings | None = None, keep_out: str = "") -> str:
    """content: the settings that it gives, from which its proposals are made; None leaves them out.

    keep_out: what is to be done so that the generator leaves the index alone.
    """
    parts = [_HEAD, "[content]", *_generator(found), *_directory(found), *_files(found)]
    if found.evidence.url:
        reason = f"Links in the site lead to {found.evidence.linked:,} posts by this rule"
        parts += _line("url", found.evidence.url, f"How URLs are made from paths. {reason}.")
    elif content:
        parts += _url_proposal(content)
    parts += _site(found, content)
    if content:
        parts += _proposal("language", content.language, "The language of pages that do not name theirs.")
    if found.evidence.keys:
        parts += ["", "[content.keys]", *_keys(found.evidence)]
    about = "Where the index is written. A .gitignore in it keeps it out of git."
    about += f" So that {title_of(found.chosen.generator)} leaves it alone, {keep_out}." if keep_out else ""
    parts += ["", "[index]", *_line("directory", found.index, about)]
    if content:
        parts += _service(content)
    return "\n".join(parts) + "\n"


def _line(name: str, value: object, about: str) -> list[str]:
    written = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # which TOML wants escaped, too
    return [*_comment(about), f"{name} = {written}"]


def _proposal(name: str, value: object, about: str) -> list[str]:
    *comment, line = _line(name, value, about)
    return [*comment, f"# {line}"]


def _comment(text: str) -> list[str]:
    """A comment in lines of at most 120 characters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > 117:
            lines.append("")
        lines[-1] += f" {word}"
    return [f"#{line}" for line in lines]


def _generator(found: Found) -> list[str]:
    chosen = found.chosen
    if not chosen.generator:
        about = "No file of a site generator was found. If one makes the site, name it: its rules say what is a page."
        return _proposal("generator", "hugo", about)
    about = f"What makes the site, told by {chosen.sign}. Its rules say which files are pages, and what their URLs are."
    if found.others:
        others = " and ".join(f'{other.sign} ("{other.generator}")' for other in found.others)
        about += f" There is also {others}: name that instead, and its folder below, if it makes the pages to be found."
    return _line("generator", chosen.generator, about)


def _directory(found: Found) -> list[str]:
    chosen = found.chosen
    about = f"The folder with the Markdown files, {chosen.files:,} in all."
    if chosen.beside:
        where = "Among them" if chosen.content == "." else "Others, which are not read, lie in"
        about += f" {where}: {chosen.folders_beside()}."
    return _line("directory", chosen.content, about)


def _files(found: Found) -> Iterable[str]:
    if found.suffixes:
        yield from _line("suffixes", found.suffixes, "How the names of pages end: all that there are here.")
    if found.exclude:
        about = "Patterns of paths that are no pages: these files tell of the repository."
        yield from _line("exclude", found.exclude, about)
    count = f"{found.without_front_matter:,} of {found.read:,} files"
    without = f"{count} {'has' if found.without_front_matter == 1 else 'have'} no front matter"
    if found.takes_all:
        yield from _line("front_matter", "optional", f"{without}; all files are pages.")
    elif found.without_front_matter and not found.chosen.generator:  # a generator would make no pages of them
        yield from _proposal("front_matter", "optional", f"{without}, so not all are taken in. This takes in all.")
    if found.metadata_lines:
        about = "Front matter is lines of `Key: value` at the beginning, without --- around them."
        yield from _line("metadata_lines", True, about)


def _url_proposal(content: ContentSettings) -> list[str]:
    rules = [f"{url} for {folder or 'the files at the top'}" for folder, url in content.urls.items()]
    rules += [f"{url} for those in {folder} with a slug" for folder, url in content.urls_with_slug.items()]
    about = "How URLs are made from paths, unless front matter says one"
    about += f"; {', '.join(rules)}." if rules else "."
    about += (
        " If URLs of the site look otherwise, write how; {path}, {slug}, {title}, {year}, {month} and {day} are known."
    )
    return _proposal("url", content.url, about)


def _site(found: Found, content: ContentSettings | None) -> list[str]:
    about = "The site's own address: links that begin with it are links within the site."
    if found.evidence.site and not found.chosen.generator:
        return _line("site", found.evidence.site, f"{about} Links in the posts show it.")
    if content and content.site:
        return _proposal("site", content.site, f"{about} {found.chosen.sign} says it.")
    return _proposal("site", "https://www.example.org", f"{about} Nothing here says it, so write it.")


def _service(content: ContentSettings) -> list[str]:
    about = "Sites whose pages may ask the service from a browser: the search box does. Add that of your preview."
    address = urlsplit(content.site)
    if not (address.scheme and address.netloc):
        *comment, line = _proposal("origins", ["https://www.example.org"], about)
        return ["", *comment, "# [service]", line]
    return ["", "[service]", *_line("origins", [f"{address.scheme}://{address.netloc}".lower()], about)]


def _keys(evidence: Evidence) -> Iterable[str]:
    for name, (key, count) in evidence.keys.items():
        about = f"The key in front matter that holds {_WHAT[name]}: {count:,} of {evidence.files:,} files have it."
        yield from _line(name, key, about)
