"""Files that a page includes are part of it, as in the program that builds the site."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from indexer.content.includes import source_with_includes
from indexer.model import IncludeStyle
from indexer.settings import ContentSettings


def text_of(folder: Path, style: IncludeStyle, path: str = "page.md") -> str:
    settings = ContentSettings(directory=folder, includes=style, suffixes=(".md", ".mdx"))
    return (source_with_includes(settings, path).data or b"").decode()


PARTS = "Before.\n<!-- ANCHOR: flour -->\nRye.\n<!-- ANCHOR_END: flour -->\nAfter.\n"


@pytest.mark.parametrize(
    ("style", "page", "read"),
    [
        (IncludeStyle.MDBOOK, "{{#include parts/rye.md:flour}}", "Rye."),
        (IncludeStyle.MDBOOK, "{{#include parts/rye.md:3}}", "Rye."),
        (IncludeStyle.MDBOOK, "{{#include parts/rye.md:5:}}", "After.\n"),
        (IncludeStyle.MDBOOK, r"\{{#include parts/rye.md}}", r"\{{#include parts/rye.md}}"),
        (IncludeStyle.VITEPRESS, "<!--@include: ./parts/rye.md{1,1}-->", "Before."),
        (IncludeStyle.VITEPRESS, "<!-- @include: @/parts/rye.md{3,3} -->", "Rye."),
        (IncludeStyle.NONE, "{{#include parts/rye.md}}", "{{#include parts/rye.md}}"),
    ],
)
def test_a_part_of_a_file_stands_where_it_is_named(tmp_path: Path, style: IncludeStyle, page: str, read: str) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "rye.md").write_text(PARTS)
    (tmp_path / "page.md").write_text(page)
    assert text_of(tmp_path, style) == read


def test_an_imported_page_stands_where_its_component_does_and_has_no_front_matter(tmp_path: Path) -> None:
    (tmp_path / "_oven.mdx").write_text("---\ntitle: Oven\n---\nHot.")
    (tmp_path / "page.mdx").write_text("import Oven from './_oven.mdx';\n\n<Oven kind='rye' />\n\n<Other />")
    assert text_of(tmp_path, IncludeStyle.MDX, "page.mdx").endswith("\n\nHot.\n\n<Other />")


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('## Oven {%- include badge.html since="2.0" -%}', "## Oven<b>2.0</b>"),
        ("## Oven {% include badge.html since='2.0' %}", "## Oven <b>2.0</b>"),
        ('<h3>Oven {% include badge.html since="2.0" %}</h3>', "<h3>Oven <b>2.0</b></h3>"),
        ("## Oven {% include list.html %}", "## Oven {% include list.html %}"),  # only Jekyll knows what a loop gives
        ("## Oven {% include ../secret.html %}", "## Oven {% include ../secret.html %}"),
        ("The oven {% include badge.html %}", "The oven {% include badge.html %}"),
    ],
)
def test_what_jekyll_includes_in_a_heading_is_part_of_it(tmp_path: Path, line: str, read: str) -> None:
    (tmp_path / "_includes").mkdir()
    (tmp_path / "_includes" / "badge.html").write_text("<b>{{ include.since }}</b>\n")
    (tmp_path / "_includes" / "list.html").write_text("{% for one in site.ovens %}{{ one }}{% endfor %}")
    (tmp_path / "secret.html").write_text("Secret")
    (tmp_path / "page.md").write_text(f"{line}\n")
    assert text_of(tmp_path, IncludeStyle.JEKYLL) == f"{read}\n"


PROGRAM = """fn before() {}
// ANCHOR: bake
fn bake() {
    // ANCHOR: heat
    heat();
    // ANCHOR_END: heat
}
// ANCHOR_END: bake
"""


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("```rust\n{{#include oven.rs:bake}}\n```", "```rust\nfn bake() {\n    heat();\n}\n```"),
        ("```rust,editable\n{{ #rustdoc_include oven.rs:heat}}\n```", "```rust,editable\n    heat();\n```"),
        ("{{#playground oven.rs:heat editable}}", "```rust\n    heat();\n```"),
    ],
)
def test_a_part_of_a_program_is_code_of_the_page_of_mdbook(tmp_path: Path, page: str, read: str) -> None:
    (tmp_path / "oven.rs").write_text(PROGRAM)
    (tmp_path / "page.md").write_text(page)
    assert text_of(tmp_path, IncludeStyle.MDBOOK) == read


def test_what_mdbook_includes_from_elsewhere_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```rust\n{{#include ../oven.rs:bake}}\n```\n{{#include gone.md}}\nRye.")
    assert text_of(tmp_path, IncludeStyle.MDBOOK) == "```rust\n\n```\n\nRye."


def test_nothing_outside_the_content_folder_is_included(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("Secret.")
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.md").write_text(f"{{{{#include ../secret.md}}}} {{{{#include {tmp_path}/secret.md}}}}")
    assert "Secret" not in text_of(site, IncludeStyle.MDBOOK)


def test_a_file_that_includes_itself_twice_ends(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("{{#include page.md}} {{#include page.md}}\n" * 200)
    assert len(text_of(tmp_path, IncludeStyle.MDBOOK)) < 3_000_000


@pytest.mark.parametrize("piece", ["{% include a ", "{%", " {%- include a b=", "{% include a.html %}"])
def test_a_hostile_heading_is_read_at_once(tmp_path: Path, piece: str) -> None:
    (tmp_path / "page.md").write_text("# " + piece * (300_000 // len(piece)))
    start = time.process_time()
    text_of(tmp_path, IncludeStyle.JEKYLL)
    assert time.process_time() - start < 5
