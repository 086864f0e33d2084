"""References that can mean one post only, and the name that is written instead."""

from __future__ import annotations

import pytest
from conftest import TODAY, Site

from indexer.check.repair import named_like, repairs, with_repairable
from indexer.content.site import read_site
from indexer.links.graph import link_graph
from indexer.model import Post

RYE = Post("breads/2017-01-15-rye-bread", "breads/2017-01-15-rye-bread.md", "/breads/rye-bread/", "Rye")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("017-01-15-rye-bread.md", "2017-01-15-rye-bread.md"),
        ("017-01-15-rye-bread", "2017-01-15-rye-bread"),
        ("rye-brad", "rye-bread"),
        ("breads/2017-01-15-rye-brad", "breads/2017-01-15-rye-bread"),
        ("breads/2017-01-15-rye-brad.md", "breads/2017-01-15-rye-bread.md"),
        ("/breads/rye-brad/", "/breads/rye-bread/"),
        ("/breads/rye-brad#crust", "/breads/rye-bread#crust"),
        ("https://x.example/breads/rye-brad/?a=b", "https://x.example/breads/rye-bread/?a=b"),
    ],
)
def test_the_new_name_is_written_in_the_way_of_the_old_one(old: str, new: str) -> None:
    assert named_like(old, RYE) == new


def repaired(site: Site) -> dict[str, list[tuple[int | None, str, str]]]:
    reading = read_site(site.settings.content, TODAY)
    graph = link_graph(reading.corpus, reading.excluded, site.settings.content.site)
    found = repairs(graph.bad, reading.corpus, site.settings.content.site)
    return {path: [(one.line, one.name, name) for one, name in changes.items()] for path, changes in found.items()}


def test_what_is_sure_is_repaired_and_the_rest_is_left(site: Site) -> None:
    site.post("2017-01-15-sourdough-or-yeast.md", "Sourdough or yeast")
    lost = "---\ntitle: Rye\nrelatedPosts:\n  - 017-01-15-sourdough-or-yeast.md\n  - yeast-or-sourdough\n---\nBody.\n"
    site.write("rye.md", lost)
    assert repaired(site) == {"rye.md": [(4, "017-01-15-sourdough-or-yeast.md", "2017-01-15-sourdough-or-yeast.md")]}


def test_a_draft_is_no_repair(site: Site) -> None:
    site.post("2017-01-15-sourdough-or-yeast.md", "Sourdough or yeast", draft="true")
    site.post("rye.md", "Rye", relatedPosts="[017-01-15-sourdough-or-yeast]")
    assert repaired(site) == {}


def test_a_new_name_that_would_mean_two_posts_is_written_so_that_it_means_one(site: Site) -> None:
    site.post("a/keeping-a-starter.md", "Starter")
    site.post("b/keeping-a-starter.md", "Other")
    site.post("rye.md", "Rye", relatedPosts="[a/keeping-a-statrer]")
    assert repaired(site) == {"rye.md": [(3, "a/keeping-a-statrer", "a/keeping-a-starter")]}


def test_a_slug_stays_a_slug_or_is_left(site: Site) -> None:
    site.post("a/old-dough.md", "Old dough")
    site.post("b/old-dough.md", "Other dough", slug="2019-03-03-old-dough")
    site.post("rye.md", "Rye", relatedPosts="[keeping-dough, c/keeping-dough]")
    reading = read_site(site.settings.content, TODAY)
    graph = link_graph(reading.corpus, renames=lambda: {"c/keeping-dough.md": "a/old-dough.md"})
    assert all(one.is_certain for one in graph.bad)
    known = with_repairable(graph, reading.corpus)
    assert [(one.name, one.is_certain) for one in known.bad] == [("keeping-dough", False), ("c/keeping-dough", True)]
    assert list(repairs(known.bad, reading.corpus)["rye.md"].values()) == ["a/old-dough"]
