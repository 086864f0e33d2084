"""`seealso check`: what it prints, what it writes, and what it ends with."""

from __future__ import annotations

import json
import subprocess

import pytest
from click.testing import CliRunner, Result
from conftest import Site

from indexer.cli import main
from indexer.editing.journal import entries


def check(site: Site, *options: str) -> Result:
    return CliRunner().invoke(main, ["--content", str(site.content), "check", *options])


LOST = """---
title: Rye
relatedPosts:
  - '017-01-15-sourdough-or-yeast.md' # the first
  - no-such
---
Body.
""".replace("\n", "\r\n")


@pytest.fixture
def bakery(site: Site) -> Site:
    """A list with a lost digit, and a name that nothing is like."""
    site.post("2017-01-15-sourdough-or-yeast.md", "Sourdough or yeast", relatedPosts="[rye]")
    site.write("rye.md", LOST)
    return site


def test_what_is_broken_ends_with_1_and_says_the_line_and_what_to_do(bakery: Site) -> None:
    done = check(bakery)
    assert done.exit_code == 1
    heading, first, second = done.output.split("\n")[:3]
    assert heading == "Related posts that do not exist: 2"
    assert first.startswith('  rye.md, line 4: the related post "017-01-15-sourdough-or-yeast.md" does not exist')
    assert "2017-01-15-sourdough-or-yeast.md is meant: `seealso check --fix` writes that" in first
    assert second.endswith('"no-such" does not exist, and no post is called like it: take it out of the list')


def test_a_post_that_is_published_without_its_bad_date_is_not_called_unreadable(site: Site) -> None:
    site.post("rye.md", "Rye", "Flour and salt.", date="32 May")
    said = check(site, "--only", "unreadable").output.split("\n")
    assert said[:2] == [
        "Files that are left out, and values that do not count: 1",
        "  rye.md, line 3: \"date\" is not a date: '32 May', so it does not count",
    ]


def test_a_site_with_nothing_broken_ends_with_0(site: Site) -> None:
    site.post("rye.md", "Rye", "Flour and salt.", relatedPosts="[stew]")
    site.post("stew.md", "Stew", "Lamb and barley.")
    assert check(site).exit_code == 0


def test_fix_writes_what_is_sure_and_no_other_byte_and_what_is_left_is_still_broken(bakery: Site) -> None:
    done = check(bakery, "--fix")
    after = (bakery.content / "rye.md").read_bytes().decode()
    assert after == LOST.replace("017-01-15", "2017-01-15")
    assert (
        'mended: rye.md, line 4: "017-01-15-sourdough-or-yeast.md" is "2017-01-15-sourdough-or-yeast.md"' in done.output
    )
    assert done.exit_code == 1


def test_what_was_fixed_has_a_line_in_the_journal_and_can_be_taken_back(
    bakery: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "ana")
    check(bakery, "--fix")
    (entry,) = entries(bakery.settings.decided)
    assert (entry.by, entry.action, entry.post, entry.targets) == (
        "ana",
        "repaired",
        "rye",
        ("2017-01-15-sourdough-or-yeast.md",),
    )
    undone = CliRunner().invoke(main, ["--content", str(bakery.content), "undo"])
    assert undone.output == "taken back: repaired 2017-01-15-sourdough-or-yeast.md for rye.md\n"
    assert (bakery.content / "rye.md").read_bytes().decode() == LOST


def test_what_a_build_has_read_changes_nothing_that_is_found(bakery: Site) -> None:
    without = check(bakery, "--json").stdout
    bakery.build()
    assert check(bakery, "--json").stdout == without
    bakery.post("new.md", "New", relatedPosts="[nowhere-at-all]")
    assert "nowhere-at-all" in check(bakery, "--json").stdout


def test_a_name_in_the_list_of_a_draft_is_fixed_too(site: Site) -> None:
    site.post("sourdough-or-yeast.md", "Sourdough or yeast")
    draft = site.post("not-yet.md", "Not yet", draft="true", relatedPosts="[sourdoughor-yeast]")
    assert check(site, "--fix").exit_code == 0
    assert "[sourdough-or-yeast]" in draft.read_text()


def test_nothing_is_fixed_where_the_journal_cannot_be_written(bakery: Site) -> None:
    (bakery.settings.decided / "journal.jsonl").mkdir(parents=True)
    done = check(bakery, "--fix")
    assert "journal.jsonl cannot be " in done.stderr
    assert (bakery.content / "rye.md").read_bytes().decode() == LOST


def test_a_patch_leaves_no_line_in_the_journal(bakery: Site) -> None:
    check(bakery, "--patch")
    assert not bakery.settings.decided.exists()


def test_a_site_whose_every_fault_was_fixed_ends_with_0(bakery: Site) -> None:
    bakery.write("rye.md", LOST.replace("  - no-such\r\n", ""))
    assert check(bakery, "--fix").exit_code == 0
    assert check(bakery).exit_code == 0


def test_patch_prints_what_git_applies_and_writes_nothing(bakery: Site) -> None:
    done = check(bakery, "--patch")
    assert (bakery.content / "rye.md").read_bytes().decode() == LOST
    apply = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(apply, cwd=bakery.content, input=done.stdout_bytes, check=True)
    assert (bakery.content / "rye.md").read_bytes().decode() == LOST.replace("017-01-15", "2017-01-15")


def test_a_file_that_must_not_be_changed_is_named_and_the_others_are_fixed(bakery: Site) -> None:
    bakery.post("oat.md", "Oat", relatedPosts="[017-01-15-sourdough-or-yeast]")
    (bakery.content / "rye.md").chmod(0o444)
    done = check(bakery, "--fix")
    assert "rye.md" in done.stderr
    assert "[2017-01-15-sourdough-or-yeast]" in (bakery.content / "oat.md").read_text(encoding="utf-8")
    assert (bakery.content / "rye.md").read_bytes().decode() == LOST


def test_json_lists_everything(bakery: Site) -> None:
    said = json.loads(check(bakery, "--json").stdout)
    assert (said["posts"], said["broken"], said["repaired"]) == (2, 2, [])
    assert said["findings"][0] == {
        "kind": "dangling",
        "broken": True,
        "path": "rye.md",
        "line": 4,
        "message": said["findings"][0]["message"],
        "candidates": ["2017-01-15-sourdough-or-yeast.md"],
        "is_certain": True,
    }


def test_annotations_stand_at_the_file_as_seen_from_the_repository_and_cannot_be_broken_out_of(
    bakery: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bakery.content.parent)
    bakery.write("a,b:c%.md", '---\ntitle: Odd\nrelatedPosts: ["x%0A::error::y\\r"]\n---\nBody.\n')
    lines = check(bakery, "--format", "github").output.splitlines()
    assert lines[0].startswith("::error file=content/a%2Cb%3Ac%25.md,line=3,title=seealso%3A dangling::")
    assert "x%250A::error::y" in lines[0]
    assert lines[1].startswith("::error file=content/rye.md,line=4,title=seealso%3A dangling::the related post")
    assert all(line.startswith(("::error ", "::warning ")) for line in lines)


def test_a_terminal_shows_twenty_of_a_kind(site: Site) -> None:
    names = ", ".join(f"none-{number}" for number in range(25))
    site.post("rye.md", "Rye", relatedPosts=f"[{names}]")
    said = check(site).output
    assert said.count("no post is called like it") == 20
    assert "… and 5 more: seealso check --json lists all" in said
