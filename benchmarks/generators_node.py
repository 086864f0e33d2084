"""What do the real generators make of the fixture sites: which files are published, at which URL, with which ids?

    python -m benchmarks.generators_node PROGRAMS [NAME …]

PROGRAMS is a folder outside the repository that holds one folder a generator, `PROGRAMS/mkdocs/bin/mkdocs` or
`PROGRAMS/astro/node_modules/`; what is missing is installed there. Each `tests/generators/NAME/site/` is built by the
real program in a scratch folder, and `tests/generators/NAME/expected.json` is written anew.

Each source holds a word of its own, `marker001`. A page belongs to the source whose word comes first in its main
content, so that nothing here knows how a generator makes URLs. A file whose word comes first on no page is not
published as a page; where its word is found all the same is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, unquote, urlsplit

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "generators"
MARKER = re.compile(r"marker\d{3}")
SOURCES = {".md", ".mdx", ".markdown"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ANCHOR_LINKS = {"headerlink", "header-anchor", "hash-link"}
QUIET = {"CI": "1", "ASTRO_TELEMETRY_DISABLED": "1", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
"""What in the environment keeps programs from sending anything home and from drawing on the screen."""
INVISIBLE = re.compile("[\u200b\u200d\ufeff]+$")

Heading = tuple[int, str, str | None]


@dataclass(frozen=True)
class Page:
    """One built page: its URL as the site itself gives it, and the headings of its main content in their order."""

    url: str
    marker: str | None
    headings: tuple[Heading, ...]
    kept_from_robots: bool


class Generator:
    """How one program is had and run, and where its pages land."""

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    content: ClassVar[str] = "."
    """The folder of the site that paths of sources are relative to."""
    output: ClassVar[str]
    main: ClassVar[str]
    """Tag, class or role of the element that holds a page's own content."""
    no_pages: ClassVar[frozenset[str]] = frozenset()
    """Files of HTML that repeat other pages."""

    def install(self, program: Path) -> None:
        raise NotImplementedError

    def version(self, program: Path) -> str:
        raise NotImplementedError

    def build(self, program: Path, site: Path) -> None:
        raise NotImplementedError

    def url_of(self, file: str) -> str:
        """The URL of a built file that names no canonical one."""
        return "/" + re.sub(r"(^|/)index\.html$", r"\1", file)


class PythonGenerator(Generator):
    """A program from PyPI, in an environment of its own."""

    def install(self, program: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", program], check=True)
        subprocess.run([program / "bin" / "pip", "install", "--quiet", *self.packages], check=True)

    def version(self, program: Path) -> str:
        shown = subprocess.run([program / "bin" / "pip", "show", self.name], check=True, capture_output=True, text=True)
        return str(re.findall(r"^Version: (\S+)", shown.stdout, re.MULTILINE)[0])


class NodeGenerator(Generator):
    """A program from npm. A site's settings import it, so its modules are linked into the site."""

    arguments: ClassVar[tuple[str, ...]] = ("build",)

    def install(self, program: Path) -> None:
        program.mkdir(parents=True)
        (program / "package.json").write_text('{"private": true}\n')
        subprocess.run(["npm", "install", "--silent", *self.packages], cwd=program, check=True)

    def version(self, program: Path) -> str:
        manifest = program / "node_modules" / self.packages[0].rsplit("@", 1)[0] / "package.json"
        return str(json.loads(manifest.read_bytes())["version"])

    def build(self, program: Path, site: Path) -> None:
        modules = program / "node_modules"
        (site / "node_modules").symlink_to(modules.resolve())
        # A version of Node.js that the program needs is among its packages.
        path = os.pathsep.join([str(modules.resolve() / ".bin"), os.environ["PATH"]])
        command: list[str | Path] = [modules / ".bin" / self.name, *self.arguments]
        subprocess.run(command, cwd=site, check=True, env=os.environ | QUIET | {"PATH": path})


class Mkdocs(PythonGenerator):
    name = "mkdocs"
    packages = ("mkdocs",)
    content = "docs"
    output = "site"
    main = "main"

    def build(self, program: Path, site: Path) -> None:
        subprocess.run([program / "bin" / "mkdocs", "build", "--quiet"], cwd=site, check=True)


class Vitepress(NodeGenerator):
    name = "vitepress"
    packages = ("vitepress@1",)
    arguments = ("build", "docs")
    content = "docs"
    output = "docs/.vitepress/dist"
    main = "vp-doc"


class Docusaurus(NodeGenerator):
    name = "docusaurus"
    packages = (
        "@docusaurus/core@3",
        "@docusaurus/preset-classic@3",
        "@mdx-js/react@3",
        "clsx@2",
        "prism-react-renderer@2",
        "react@19",
        "react-dom@19",
    )
    output = "build"
    main = "main"


class Astro(NodeGenerator):
    name = "astro"
    packages = ("astro@6", "@astrojs/mdx@5", "@astrojs/sitemap@3", "node@22")
    content = "src/content/blog"
    output = "dist"
    main = "main"


GENERATORS: dict[str, Generator] = {
    generator.name: generator for generator in (Mkdocs(), Vitepress(), Docusaurus(), Astro())
}


@dataclass
class _OpenHeading:
    level: int
    id: str | None
    text: list[str] = field(default_factory=list)


class _PageReader(HTMLParser):
    """Reads a built page; whatever stands outside the main content gives neither headings nor markers."""

    def __init__(self, main: str) -> None:
        super().__init__()
        self.canonical: str | None = None
        self.kept_from_robots = False
        self.headings: list[Heading] = []
        self.text: list[str] = []
        self._main = main
        self._open: list[str] = []
        self._main_depth: int | None = None
        self._anchor_depth: int | None = None
        self._heading: _OpenHeading | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {key: value or "" for key, value in attrs}
        classes = known.get("class", "").split()
        if tag == "link" and known.get("rel") == "canonical":
            self.canonical = known.get("href")
        if tag == "meta" and known.get("name") == "robots" and "noindex" in known.get("content", ""):
            self.kept_from_robots = True
        if tag in VOID:
            return
        self._open.append(tag)
        if self._main_depth is None and self._main in {tag, known.get("role", ""), *classes}:
            self._main_depth = len(self._open)
        if self._main_depth is not None and re.fullmatch("h[1-6]", tag):
            self._heading = _OpenHeading(int(tag[1]), known.get("id"))
        if self._heading and self._anchor_depth is None and not ANCHOR_LINKS.isdisjoint(classes):
            self._anchor_depth = len(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open.pop() != tag:
            pass
        if self._anchor_depth is not None and len(self._open) < self._anchor_depth:
            self._anchor_depth = None
        if self._heading and tag == f"h{self._heading.level}":
            text = " ".join("".join(self._heading.text).split())
            self.headings.append((self._heading.level, INVISIBLE.sub("", text).strip(), self._heading.id))
            self._heading = None
        if self._main_depth is not None and len(self._open) < self._main_depth:
            self._main_depth = None

    def handle_data(self, data: str) -> None:
        if self._main_depth is not None:
            self.text.append(data)
        if self._heading and self._anchor_depth is None:
            self._heading.text.append(data)


def built_pages(generator: Generator, output: Path) -> list[Page]:
    """The pages of a built site, in the order of their paths."""
    files = sorted(file.relative_to(output).as_posix() for file in output.rglob("*.html"))
    return [_page(generator, output, file) for file in files if file not in generator.no_pages]


def _page(generator: Generator, output: Path, file: str) -> Page:
    reader = _PageReader(generator.main)
    reader.feed((output / file).read_text())
    reader.close()
    url = urlsplit(reader.canonical).path if reader.canonical else generator.url_of(file)
    marker = MARKER.search("".join(reader.text))
    return Page(
        quote(unquote(url)), marker.group() if marker else None, tuple(reader.headings), reader.kept_from_robots
    )


def answers(generator: Generator, program: Path, fixture: Path) -> dict[str, dict[str, object]]:
    """Path of a source below the content folder → what the program made of it."""
    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch) / "site"
        shutil.copytree(fixture, site)
        generator.build(program, site)
        output = site / generator.output
        pages = built_pages(generator, output)
        elsewhere = {
            marker: file.relative_to(output).as_posix()
            for file in sorted(output.rglob("*"))
            if file.is_file()
            for marker in MARKER.findall(file.read_text(errors="replace"))
        }
    found: dict[str, dict[str, object]] = {}
    for path, marker in _sources(fixture / generator.content).items():
        own = [page for page in pages if page.marker == marker]
        if len(own) > 1:
            raise ValueError(f"{path}: several pages begin with {marker}: {', '.join(page.url for page in own)}")
        if not own and marker in elsewhere:
            print(f"{generator.name}: {path} is no page, but part of {elsewhere[marker]}")
        found[path] = _answer(own[0] if own else None)
    return found


def _sources(content: Path) -> dict[str, str]:
    """Path → marker of every source. Raises ValueError where a source has none of its own."""
    markers: dict[str, str] = {}
    for file in sorted(content.rglob("*")):
        if file.suffix in SOURCES:
            path = file.relative_to(content).as_posix()
            marker = MARKER.search(file.read_text())
            if marker is None or marker.group() in markers.values():
                raise ValueError(f"{path}: no marker of its own")
            markers[path] = marker.group()
    return markers


def _answer(page: Page | None) -> dict[str, object]:
    if page is None:
        return {"published": False, "url": None, "headings": []}
    answer: dict[str, object] = {"published": True, "url": page.url, "headings": page.headings}
    return answer | ({"noindex": True} if page.kept_from_robots else {})


def as_json(name: str, version: str, files: dict[str, dict[str, object]]) -> str:
    """The answers as JSON, with one line for each heading."""
    whole = json.dumps({"program": name, "version": version, "files": files}, ensure_ascii=False, indent=2)
    return re.sub(r"\[\n\s+(\d),\n\s+(.+),\n\s+(.+)\n\s+\]", r"[\1, \2, \3]", whole) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args(arguments)
    for name in given.names or GENERATORS:
        generator, program = GENERATORS[name], given.programs / name
        if not program.exists():
            generator.install(program)
        files = answers(generator, program, FIXTURES / name / "site")
        expected = FIXTURES / name / "expected.json"
        expected.write_text(as_json(name, generator.version(program), files))
        print(f"{name}: {sum(bool(file['published']) for file in files.values())} of {len(files)} files are published")


if __name__ == "__main__":
    main()
