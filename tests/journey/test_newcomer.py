"""A post in the native format, with all its habits, put beside the demo content: found, and its dead names reported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import TODAY

from indexer.build import BuildResult, build
from indexer.model import Hit, ReferenceProblem, SearchRequest
from indexer.search.query import parse
from indexer.settings import ContentSettings, IndexSettings, Settings
from indexer.snapshot import Snapshot, open_snapshot

DEMO = Path(__file__).parents[2] / "content"
NEWCOMER = """---
title: When a Web Framework Gets in the Way
postUrl: /posts/when-a-web-framework-gets-in-the-way/
imageUrl: "/images/way.jpg"
description: "
<p>Mainstream frameworks serve pages well. This is about the jobs
that are <em>not</em> pages.</p>
"
featuredOrder: 3
relatedPosts:
    - "2017-01-15-build-or-buy-a-cms.md"
    - "017-04-10-postgres-until-proven-otherwise.md"
---


Some jobs are no pages.

## Games and other hurries

### Online Games

A shooter cannot wait while a <i>template</i> renders.

[<i class="linkify icon"></i>How a game server keeps
time](https://example.org/games)

## Moving heaps of data

Columns by the million are another trade.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[BuildResult, Snapshot]:
    root = tmp_path_factory.mktemp("newcomer")
    shutil.copytree(DEMO, root / "content")
    (root / "content" / "2017-01-20-when-a-web-framework-gets-in-the-way.md").write_text(NEWCOMER)
    settings = Settings(
        content=ContentSettings(directory=root / "content"), index=IndexSettings(directory=root / "index")
    )
    return build(settings, today=TODAY), open_snapshot(root / "index")


def found(snapshot: Snapshot, text: str) -> list[Hit]:
    return [hit for hit in snapshot.reader.search(SearchRequest(parse(text))).hits if "gets-in-the-way" in hit.post.id]


def test_it_is_found_first_by_its_title(built: tuple[BuildResult, Snapshot]) -> None:
    title = "When a Web Framework Gets in the Way"
    assert built[1].reader.search(SearchRequest(parse(title))).hits[0].post.title == title


def test_it_is_found_by_a_phrase_with_the_anchor_of_its_section(built: tuple[BuildResult, Snapshot]) -> None:
    (hit,) = found(built[1], '"shooter cannot wait"')
    assert hit.section is not None
    assert hit.section.anchor == "online-games"


def test_it_is_found_by_a_misspelt_word(built: tuple[BuildResult, Snapshot]) -> None:
    assert len(found(built[1], "framwork")) == 1


def test_its_dead_names_are_reported_with_line_and_the_one_that_was_meant(built: tuple[BuildResult, Snapshot]) -> None:
    assert [(one.line, one.name, one.problem, one.candidates) for one in built[0].bad_references] == [
        (11, "2017-01-15-build-or-buy-a-cms.md", ReferenceProblem.DANGLING, ()),
        (
            12,
            "017-04-10-postgres-until-proven-otherwise.md",
            ReferenceProblem.DANGLING,
            ("2017-04-10-postgres-until-proven-otherwise.md",),
        ),
    ]
