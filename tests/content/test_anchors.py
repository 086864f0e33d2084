"""The ids of headings → those that the real programs gave, see benchmarks/anchors.py."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from indexer.content.markdown import parse
from indexer.model import AnchorStyle

ANSWERS = Path(__file__).parent / "anchors"


def read(name: str) -> Any:
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


ASKED = read("headings")
PROGRAMS = [style for style in AnchorStyle if (ANSWERS / f"{style}.json").exists()]
ENTITY = "the program takes an entity as it is written, our parser decodes it"
FAULT = "a fault of the program: it looks the id up in an object of JavaScript, which has a constructor"
BARE_ADDRESS = "the program takes no text from a bare address"
ARABIC = "the program has a table of its own for Arabic; ours are Latin, Greek and Cyrillic"
# Where ours differ, and why.
KNOWN = {
    ("hugo", "user@example.com"): BARE_ADDRESS,
    ("hugo", "http://rye.example/a_b"): BARE_ADDRESS,
    ("hugo", '*Don\'t* "quote *me*"'): "the program loses what follows an apostrophe within emphasis",
    ("pandoc", "Line<br>break"): "the program alone takes a line break for a space",
    ("zola", "\U0001f469\u200d\U0001f373 cook"): "one emoji in eleven has another name there",
    ("zola", "zero\u200bwidth"): "the program takes it for a space",
    ("hexo", "Fish &copy; chips"): ENTITY,
    ("hexo", "&nbsp;Space"): ENTITY,
    ("hexo", "constructor"): FAULT,
    ("hexo", "constructor + constructor"): FAULT,
    ("slugify", "constructor"): FAULT,
    ("slugify", "constructor + constructor"): FAULT,
    ("slugify", "ⓐ circled"): "the program knows letters in circles",
    ("slugify", "العربية عنوان"): ARABIC,
    ("slugify", "مقدمة في الخبز"): ARABIC,
}


def cases(kind: str) -> list[Any]:
    found = []
    for style in PROGRAMS:
        answers = read(style)
        if kind == "headings":
            pairs = [([heading], [answer]) for heading, answer in answers["headings"].items()]
        else:
            pairs = list(zip(ASKED["documents"] + ASKED["explicit"], answers["documents"], strict=False))
        for headings, expected in pairs:
            name = " + ".join(headings)
            why = KNOWN.get((style, name))
            marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
            found.append(pytest.param(style, headings, expected, id=f"{style}: {name}", marks=marks))
    return found


def anchors(headings: list[str], style: AnchorStyle) -> list[str]:
    body = "".join(f"## {heading}\n\n" for heading in headings)
    return [section.anchor for section in parse(body, anchors=style).sections]


@pytest.mark.parametrize(("style", "headings", "expected"), cases("headings"))
def test_a_heading_has_the_id_that_the_program_gives_it(
    style: AnchorStyle, headings: list[str], expected: list[str]
) -> None:
    assert anchors(headings, style) == expected


@pytest.mark.parametrize(("style", "headings", "expected"), cases("documents"))
def test_equal_headings_are_told_apart_as_the_program_does(
    style: AnchorStyle, headings: list[str], expected: list[str]
) -> None:
    assert anchors(headings, style) == expected


def test_without_a_style_only_the_ids_that_are_written_count() -> None:
    assert anchors(["Salt", "Pepper {#hot}"], AnchorStyle.NONE) == ["", "hot"]


def test_an_id_may_be_written_as_a_pair() -> None:
    assert anchors(['Salt { id="sea.1" }', "Rye {id=dark .wide}"], AnchorStyle.PYTHON_MARKDOWN) == ["sea.1", "dark"]


def test_markdown_it_attrs_reads_a_list_with_or_without_a_colon() -> None:
    given = anchors(["Salt: `NaCl` {: #sea }", "Rye {#dark}"], AnchorStyle.MARKDOWN_IT_ANCHOR)
    assert given == ["sea", "dark"]


def test_a_term_may_have_an_id_that_a_later_heading_then_has_not() -> None:
    body = "`OVEN`\n: Hot.\n\n## Oven\n\n## Salt\n\nsalt\n: White.\n\n## Salt\n"
    given = [(one.anchor, one.text) for one in parse(body, anchors=AnchorStyle.HUGO_TERMS).sections]
    assert given == [("", "OVEN\nHot."), ("oven-1", ""), ("salt", "salt\nWhite."), ("salt-2", "")]


@pytest.mark.parametrize("style", AnchorStyle)
def test_a_heading_written_as_html_has_only_the_id_in_it_but_in_eleventy(style: AnchorStyle) -> None:
    sections = parse('<h2 id="salt">Salt</h2>\n\n<h2>Water</h2>\n', anchors=style).sections

    assert [section.anchor for section in sections] == ["salt", "water" if style is AnchorStyle.SLUGIFY else ""]


@pytest.mark.parametrize("style", AnchorStyle)
@pytest.mark.parametrize(
    "heading",
    [
        pytest.param("x", id="one word"),
        pytest.param("x_{number}", id="counted"),
        pytest.param("x-1", id="counted once"),
        pytest.param("\u00c6{number}", id="transliterated"),
    ],
)
def test_a_page_of_headings_alone_is_read_at_once(style: AnchorStyle, heading: str, exhaustive: bool) -> None:
    lines = [f"# {heading.format(number=number)}\n" for number in range(2, 6_000 if exhaustive else 3_000)]
    started = time.process_time()

    parse("".join(lines + lines), anchors=style)

    assert time.process_time() - started < (2 if exhaustive else 1)


def test_a_long_heading_is_read_at_once() -> None:
    started = time.process_time()

    for style in AnchorStyle:
        parse("# " + "<" * 100_000 + "_ -" * 30_000 + "\n", anchors=style)
        parse("# " + "_1" * 100_000 + "\n\n# " + "_1" * 100_000 + "\n", anchors=style)

    assert time.process_time() - started < 10
