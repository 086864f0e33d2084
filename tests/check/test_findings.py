"""What a check finds in a content folder, and where."""

from __future__ import annotations

import pytest
from conftest import TODAY, Site, signed
from two_subjects import write_two_subjects

from indexer.check.findings import OVER_CURATED_LEAST, Findings, checked
from indexer.editing.decisions import decide, read_decisions
from indexer.model import Finding, FindingKind, Verdict


def check(site: Site) -> Findings:
    return checked(site.settings.content, TODAY)


def found(site: Site, kind: FindingKind) -> list[tuple[str, int | None]]:
    return [(one.path, one.line) for one in check(site).findings if one.kind is kind]


def the_only(site: Site, kind: FindingKind) -> Finding:
    (one,) = [one for one in check(site).findings if one.kind is kind]
    return one


def test_a_lost_digit_is_broken_and_the_post_that_is_meant_is_named(site: Site) -> None:
    site.post("2017-01-15-sourdough-or-yeast.md", "Sourdough or yeast")
    site.write("rye.md", "---\ntitle: Rye\nrelatedPosts:\n  - 017-01-15-sourdough-or-yeast.md\n---\nBody.\n")
    one = the_only(site, FindingKind.DANGLING)
    assert (one.path, one.line, one.is_certain) == ("rye.md", 4, True)
    assert one.candidates == ("2017-01-15-sourdough-or-yeast.md",)
    assert check(site).broken


def test_a_name_that_may_be_two_posts_is_broken(site: Site) -> None:
    site.post("a/rye.md", "One")
    site.post("b/rye.md", "Two")
    site.post("c.md", "Three", relatedPosts="[rye]")
    assert the_only(site, FindingKind.AMBIGUOUS).candidates == ("a/rye.md", "b/rye.md")


def test_a_file_that_cannot_be_read_is_broken_with_its_line(site: Site) -> None:
    site.write("broken.md", "---\ntitle: [\n---\n\nText.\n")
    assert [path for path, _ in found(site, FindingKind.UNREADABLE)] == ["broken.md"]
    assert check(site).broken


@pytest.mark.parametrize("hidden", [{"draft": "true"}, {"date": "2030-01-01"}, {"search": "false"}])
def test_a_reference_to_a_post_that_is_not_published_is_to_be_looked_at(site: Site, hidden: dict[str, str]) -> None:
    site.post("draft.md", "Not yet", **hidden)
    site.post("rye.md", "Rye", relatedPosts="[draft]")
    assert found(site, FindingKind.NOT_PUBLISHED) == [("rye.md", 3)]
    assert not check(site).broken


def test_a_post_that_is_curated_and_does_not_curate_back_is_found_where_that_is_likely(site: Site) -> None:
    write_two_subjects(site)
    one = the_only(site, FindingKind.ONE_WAY)
    assert (one.path, one.candidates) == ("d2.md", ("d1.md",))


def test_a_pair_that_an_editor_dismissed_is_neither_missed_nor_suggested(site: Site) -> None:
    write_two_subjects(site)
    site.build()
    published = site.open()
    post, target = published.posts.find("d2"), published.posts.find("d1")
    assert post
    assert target
    pair = (post.number, target.number)
    assert pair in [one[:2] for one in check(site).suggested]
    decide(site.settings.decided, published, post, [target], Verdict.DISMISSED, "", signed())
    after = checked(site.settings.content, TODAY, read_decisions(site.settings.decided))
    assert FindingKind.ONE_WAY not in [one.kind for one in after.findings]
    assert pair not in [one[:2] for one in after.suggested]


def test_a_link_in_the_body_is_a_way_back_too(site: Site) -> None:
    write_two_subjects(site)
    site.post("d2.md", "Sourdough Flour Crumb Oven", body="sourdough flour [this](d1.md)", relatedPosts="[d0]")
    assert found(site, FindingKind.ONE_WAY) == []


def test_a_post_that_nobody_leads_to_is_an_orphan(site: Site) -> None:
    site.post("a.md", "A", body="See [b](b.md).")
    site.post("b.md", "B", relatedPosts="[c]")
    site.post("c.md", "C")
    assert found(site, FindingKind.ORPHAN) == [("a.md", None)]


def test_where_no_post_leads_anywhere_none_is_called_an_orphan(site: Site) -> None:
    site.post("a.md", "Rye", body="Flour and salt.")
    site.post("b.md", "Stew", body="Lamb and barley.")
    assert check(site).findings == ()


def test_posts_that_only_lead_to_each_other_are_unreachable(site: Site) -> None:
    site.post("a.md", "A", relatedPosts="[b, c]")
    site.post("b.md", "B", relatedPosts="[a]")
    site.post("c.md", "C")
    site.post("x.md", "X", relatedPosts="[y]")
    site.post("y.md", "Y", relatedPosts="[x]")
    one = the_only(site, FindingKind.UNREACHABLE)
    assert (one.path, one.candidates) == ("x.md", ("y.md",))


def test_the_same_text_twice_is_found_once(site: Site) -> None:
    for name in ("a", "b"):
        site.post(f"{name}.md", "Rye bread", body="Flour, water and salt, kneaded and rested.")
    site.post("c.md", "Lamb stew", body="Onions, barley and lamb, cooked in a pot.")
    one = the_only(site, FindingKind.NEARLY_SAME)
    assert (one.path, one.candidates) == ("a.md", ("b.md",))


def test_a_post_that_stands_in_too_many_lists_is_found(site: Site) -> None:
    site.post("top.md", "Everything")
    site.post("other.md", "Other")
    for number in range(OVER_CURATED_LEAST + 1):
        site.post(f"p{number}.md", f"Post {number}", relatedPosts="[top, other]" if number else "[top]")
    assert found(site, FindingKind.OVER_CURATED) == [("top.md", None)]


def test_a_tag_used_once_is_found_with_the_one_that_may_be_meant(site: Site) -> None:
    site.post("a.md", "A", tags="[javascript]")
    site.post("b.md", "B", tags="[JavaScript]")
    site.post("c.md", "C", tags="[javascripts]")
    one = the_only(site, FindingKind.SINGLE_TAG)
    assert one.path == "c.md"
    assert '"javascript" by 2' in one.message


def test_a_clean_site_has_no_findings(site: Site) -> None:
    site.post("a.md", "Rye", body="Flour and salt.", relatedPosts="[b]")
    site.post("b.md", "Stew", body="Lamb and barley.", relatedPosts="[a]")
    assert check(site).findings == ()
