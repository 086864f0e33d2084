"""Files that a page includes are part of it, as in the program that builds the site."""

from __future__ import annotations

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


def test_nothing_outside_the_content_folder_is_included(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("Secret.")
    site = tmp_path / "site"
    site.mkdir()
    (site / "page.md").write_text(f"{{{{#include ../secret.md}}}} {{{{#include {tmp_path}/secret.md}}}}")
    assert "Secret" not in text_of(site, IncludeStyle.MDBOOK)


def test_a_file_that_includes_itself_twice_ends(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("{{#include page.md}} {{#include page.md}}\n" * 200)
    assert len(text_of(tmp_path, IncludeStyle.MDBOOK)) < 3_000_000
