"""What must never be published by mistake, and forms of front matter that other tools allow."""

from __future__ import annotations

import pytest
from conftest import Site, post_text

from indexer.model import ExclusionReason


@pytest.mark.parametrize("said", ["true", "True", "yes", "on", "y", "1", '"true"'])
def test_a_draft_is_a_draft_however_it_says_so(site: Site, said: str) -> None:
    site.post("a.md", "A", draft=said)
    site.post("b.md", "B", Draft=said)
    site.post("c.md", "C")
    assert {one.reason for one in site.build().excluded} == {ExclusionReason.DRAFT}


@pytest.mark.parametrize("said", ["false", "no", "0", "off", "n"])
def test_unpublished_is_unpublished_however_it_says_so(site: Site, said: str) -> None:
    site.post("a.md", "A", published=said)
    site.post("b.md", "B")
    assert [one.reason for one in site.build().excluded] == [ExclusionReason.UNPUBLISHED]


def test_a_draft_that_nobody_can_read_is_reported_and_not_published(site: Site) -> None:
    site.post("a.md", "A", draft="perhaps")
    site.post("b.md", "B")
    (one,) = site.build().excluded
    assert (one.reason, one.line, one.detail) == (
        ExclusionReason.BAD,
        3,
        "\"draft\" is neither true nor false: 'perhaps'",
    )


def test_keys_are_known_in_any_case(site: Site) -> None:
    site.write("a.md", "---\nTitle: Rye\nTags: [bread]\n---\n\nDough.\n")
    site.build()
    (post,) = site.open().posts
    assert (post.title, post.tags) == ("Rye", ("bread",))


def test_front_matter_may_end_in_dots(site: Site) -> None:
    site.write("a.md", "---\ntitle: Dots\n...\nBody.\n")
    site.build()
    assert [post.title for post in site.open().posts] == ["Dots"]


def test_a_date_may_stand_without_hyphens(site: Site) -> None:
    site.post("a.md", "A", date="20190103")
    site.build()
    assert [str(post.date) for post in site.open().posts] == ["2019-01-03"]


def test_the_line_of_a_reference_is_that_of_the_whole_name(site: Site) -> None:
    site.post("advanced-git.md", "Advanced git")
    site.write("a.md", post_text("A").replace("---\n\n", "relatedPosts:\n  - advanced-git\n  - git\n---\n\n", 1))
    assert [(one.name, one.line) for one in site.build().bad_references] == [("git", 5)]


def test_a_reference_to_another_site_has_no_candidates(site: Site) -> None:
    site.post("guide.md", "Guide")
    site.post("a.md", "A", relatedPosts='["https://other.example/guide"]')
    assert [one.candidates for one in site.build().bad_references] == [()]
