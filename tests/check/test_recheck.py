"""Findings of a build, with what has changed since: what lists name is as a check of the files would say it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import TODAY, Site, signed
from two_subjects import write_two_subjects

from indexer.check.findings import checked
from indexer.check.recheck import Rechecked, rechecked
from indexer.check.stored_findings import read_findings
from indexer.editing.changes import ChangedFiles
from indexer.editing.decisions import decide, read_decisions
from indexer.model import Finding, FindingKind, Verdict
from indexer.store.state_directory import DECISIONS

OF_LISTS = (FindingKind.DANGLING, FindingKind.AMBIGUOUS, FindingKind.UNREADABLE)


@pytest.fixture
def bakery(site: Site) -> Site:
    """A built site with one fault of most kinds."""
    for name in ("rye", "oat", "spelt", "barley"):
        site.post(f"bread/{name}.md", name.title(), "[a](/bread/rye/) [b](/bread/oat/) [c](/bread/spelt/)")
    site.post("bread/asks.md", "Asks", "[x](/bread/spelt-loav/)", relatedPosts="[rye, oats-of-old, bread/oat]")
    site.post("soup/leek.md", "Leek", "[spelt](spelt-loav.md)", relatedPosts="[leek-and-potato]", tags="[leeks]")
    site.post("notes/draft.md", "Draft", draft="true", relatedPosts="[bread/oatt]")
    site.write("broken.md", "---\ntitle: [\n---\n\nText.\n")
    site.build()
    return site


def now(site: Site) -> Rechecked:
    snapshot, decisions = site.open(), read_decisions(site.settings.decided)
    return rechecked(snapshot, ChangedFiles().since(snapshot, site.settings.content), decisions, DECISIONS, TODAY)


def found(site: Site, *kinds: FindingKind) -> list[Finding]:
    return [one for one in now(site).found.findings if one.kind in kinds]


def test_a_generation_holds_what_a_check_finds(bakery: Site) -> None:
    fresh = checked(bakery.settings.content, TODAY)
    assert len({one.kind for one in fresh.findings}) > 4
    assert read_findings(bakery.open()).findings == fresh.findings
    assert now(bakery).found.findings == fresh.findings


def remove(site: Site) -> None:
    (site.content / "bread/rye.md").unlink()


def rename(site: Site) -> None:
    (site.content / "bread/oat.md").rename(site.content / "bread/oats-of-old.md")


def add(site: Site) -> None:
    site.post("soup/leek-and-potato.md", "Leek and potato", relatedPosts="[./leek, bread/nothing]")


def add_another_of_the_name(site: Site) -> None:
    site.post("soup/rye.md", "Rye soup")


def edit(site: Site) -> None:
    site.post("bread/spelt.md", "Spelt", relatedPosts="[rye, spelt-and-rye]")


def unpublish(site: Site) -> None:
    site.post("bread/rye.md", "Rye", draft="true", relatedPosts="[gone]")


def give_another_url(site: Site) -> None:
    site.post("bread/asks.md", "Asks", relatedPosts="[/bread/rye/]")
    site.build()
    site.post("bread/rye.md", "Rye", url="/rolls/")


def mend_what_could_not_be_read(site: Site) -> None:
    site.post("broken.md", "Mended", relatedPosts="[nowhere]")


@pytest.mark.parametrize(
    "change",
    [
        remove,
        rename,
        add,
        edit,
        unpublish,
        give_another_url,
        mend_what_could_not_be_read,
        add_another_of_the_name,
    ],
)
def test_what_lists_name_is_as_a_check_of_the_files_finds_it(bakery: Site, change: Callable[[Site], None]) -> None:
    change(bakery)
    fresh = [one for one in checked(bakery.settings.content, TODAY).findings if one.kind in OF_LISTS]
    assert found(bakery, *OF_LISTS) == fresh


def test_a_dead_link_is_gone_once_its_file_no_longer_has_it(bakery: Site) -> None:
    assert [one.path for one in found(bakery, FindingKind.DEAD_LINK)] == ["bread/asks.md", "soup/leek.md"]
    bakery.post("bread/asks.md", "Asks", "Mended.")
    assert [one.path for one in found(bakery, FindingKind.DEAD_LINK)] == ["soup/leek.md"]


def test_a_dead_link_that_has_moved_has_its_line_of_today(bakery: Site) -> None:
    bakery.post("soup/leek.md", "Leek", "One.\n\nTwo.\n\nA leek. [spelt](spelt-loav.md)")
    (one,) = [one for one in found(bakery, FindingKind.DEAD_LINK) if one.path == "soup/leek.md"]
    assert one.line == 9


def test_what_was_found_in_a_file_that_is_gone_is_gone(bakery: Site) -> None:
    (bakery.content / "soup/leek.md").unlink()
    assert not [one for one in now(bakery).found.findings if one.path == "soup/leek.md"]


def test_a_tag_that_was_used_once_is_gone_with_the_tag(bakery: Site) -> None:
    assert found(bakery, FindingKind.SINGLE_TAG)
    bakery.post("soup/leek.md", "Leek")
    assert not found(bakery, FindingKind.SINGLE_TAG)


def test_an_orphan_is_one_no_longer_once_a_post_leads_to_it(bakery: Site) -> None:
    assert "bread/asks.md" in [one.path for one in found(bakery, FindingKind.ORPHAN)]
    bakery.post("soup/leek.md", "Leek", "See [this](/bread/asks/).")
    assert "bread/asks.md" not in [one.path for one in found(bakery, FindingKind.ORPHAN)]


@pytest.fixture
def one_way(site: Site) -> Site:
    """A built site in which every list is answered but one."""
    write_two_subjects(site)
    site.build()
    return site


@pytest.mark.parametrize(
    ("path", "front"),
    [("d2.md", "[d0, d1]"), ("d1.md", "[d0]")],
    ids=["the list is answered", "the list is shorter"],
)
def test_a_list_that_is_answered_or_gone_misses_nothing(one_way: Site, path: str, front: str) -> None:
    assert [(one.path, one.subject) for one in found(one_way, FindingKind.ONE_WAY)] == [("d2.md", "d1.md")]
    text = "sourdough crumb"
    one_way.post(path, text.title(), body=f"{text} " * 5, relatedPosts=front)
    assert not found(one_way, FindingKind.ONE_WAY)


def test_a_pair_that_was_dismissed_since_the_build_is_not_missed(one_way: Site) -> None:
    snapshot = one_way.open()
    post, target = snapshot.post("d2"), snapshot.post("d1")
    decide(one_way.settings.decided, snapshot, post, [target], Verdict.DISMISSED, "not alike", signed())
    assert not found(one_way, FindingKind.ONE_WAY)


def test_a_decision_that_cannot_be_read_is_found_without_a_build(bakery: Site) -> None:
    bakery.settings.decided.mkdir(exist_ok=True)
    (bakery.settings.decided / DECISIONS).write_text("{}\n")
    assert DECISIONS in [one.path for one in found(bakery, FindingKind.UNREADABLE)]


def test_a_file_counts_as_changed_by_what_it_says_and_not_by_its_age(bakery: Site) -> None:
    files, snapshot = ChangedFiles(), bakery.open()
    (bakery.content / "bread/rye.md").touch()
    assert not files.since(snapshot, bakery.settings.content)
    bakery.post("bread/rye.md", "Rye anew")
    bakery.post("new.md", "New")
    (bakery.content / "bread/oat.md").unlink()
    changes = files.since(snapshot, bakery.settings.content)
    assert (set(changes.changed), set(changes.new)) == ({"bread/rye.md"}, {"new.md"})
    assert set(changes.gone) == {"bread/oat.md"}
