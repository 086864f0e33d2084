"""Headings that one generator reads otherwise than CommonMark."""

from __future__ import annotations

import time

import pytest

from indexer.content.markdown import parse
from indexer.model import AnchorStyle


def headings(text: str, style: AnchorStyle, mdx: bool = False) -> list[tuple[str, str]]:
    return [(one.heading, one.anchor) for one in parse(text, anchors=style, mdx=mdx).sections if one.level]


def test_python_markdown_needs_no_space_after_the_hashes() -> None:
    text = "##Salt\n\n```\n##Code\n```\n\n####### Deep\n"
    assert headings(text, AnchorStyle.PYTHON_MARKDOWN) == [("Salt", "salt"), ("# Deep", "deep")]


def test_code_in_a_quotation_ends_where_its_fence_does() -> None:
    text = "> ```\n> ##Code\n> ```\n\n##Salt\n"
    assert headings(text, AnchorStyle.PYTHON_MARKDOWN) == [("Salt", "salt")]


def test_python_markdown_underlines_a_single_line_only() -> None:
    text = "Salt\n----\n\nA paragraph\nof two lines\n------------\n"
    assert headings(text, AnchorStyle.PYTHON_MARKDOWN) == [("Salt", "salt")]


def test_headings_of_mkdocs_may_name_what_is_documented_and_link_to_it() -> None:
    text = "> ## ::: oven.Heat\n\n## The [`Heat`][oven.Heat] of an [oven][]\n"
    shown = [("oven.Heat", "oven.Heat"), ("The Heat of an [oven][]", "the-heat-of-an-oven")]
    assert headings(text, AnchorStyle.PYTHON_MARKDOWN) == shown


def test_vitepress_makes_ids_of_expressions_and_entities_as_they_are_written() -> None:
    text = "## Loaves: {{ 1 + 2 }}\n\n## Rye &amp; wheat\n"
    assert headings(text, AnchorStyle.VITEPRESS) == [("Loaves:", "loaves-1-2"), ("Rye & wheat", "rye-amp-wheat")]


def test_mdx_makes_ids_of_the_source_of_expressions() -> None:
    text = "## Sum: {1 + 1}\n\n## Salt {/* #sea */}\n"
    shown = [("Sum:", "sum-1--1"), ("Salt", "sea")]
    assert headings(text, AnchorStyle.DOCUSAURUS, mdx=True) == shown


def test_docusaurus_gives_no_id_to_a_heading_of_level_one() -> None:
    assert headings("# Salt\n\n## Salt\n", AnchorStyle.DOCUSAURUS) == [("Salt", ""), ("Salt", "salt-1")]


def test_a_colon_that_is_escaped_or_an_entity_opens_no_directive() -> None:
    text = "### &lt;OVEN&gt;&#58;heat\n\n### Oven\\:heat\n\n### Oven :heat\n"
    shown = [("<OVEN>:heat", "ovenheat"), ("Oven:heat", "ovenheat-1"), ("Oven :heat", "oven-")]
    assert headings(text, AnchorStyle.DOCUSAURUS) == shown


@pytest.mark.parametrize("style", [AnchorStyle.PYTHON_MARKDOWN, AnchorStyle.VITEPRESS, AnchorStyle.DOCUSAURUS])
@pytest.mark.parametrize("piece", ["# {{", "# &", "# ` {{", "#", "- ", "\\:`", "&#58;", "[a][a."])
def test_a_hostile_page_is_read_at_once(style: AnchorStyle, piece: str) -> None:
    start = time.process_time()
    parse("# " + piece * (300_000 // len(piece)), anchors=style)
    assert time.process_time() - start < 5
