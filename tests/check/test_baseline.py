"""A baseline keeps old faults out of the way, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Site

from indexer.cli import main


def check(site: Site, *options: str) -> Result:
    return CliRunner().invoke(main, ["--content", str(site.content), "check", *options])


@pytest.fixture
def bakery(site: Site) -> Site:
    """A link to a file that is not there, a tag that is used once, and a post that no other leads to."""
    site.post("rye.md", "Rye", "Flour and salt. [Oat](oat.md)", tags="[flour]", relatedPosts="[stew]")
    site.post("stew.md", "Stew", "Lamb and barley.")
    return site


@pytest.fixture
def baseline(bakery: Site, tmp_path: Path) -> Path:
    file = tmp_path / "baseline.json"
    assert check(bakery, "--baseline", str(file), "--update-baseline").exit_code == 0
    return file


def test_an_old_fault_refuses_nothing_where_the_text_has_moved(bakery: Site, baseline: Path) -> None:
    assert check(bakery).exit_code == 1
    rye = bakery.content / "rye.md"
    rye.write_text(rye.read_text().replace("Flour and", "More\n\ntext.\n\nFlour and"))
    said = check(bakery, "--baseline", str(baseline))
    assert said.exit_code == 0
    assert "3 known" in said.output


def test_a_baseline_in_the_folder_of_the_site_hides_nothing_from_the_next_one(site: Site) -> None:
    for name in ("oat", "lamb", "barley"):
        site.post(f"bread/{name}.md", name, "Text. [Oat](/bread/oat/) [Lamb](/bread/lamb/) [Barley](/bread/barley/)")
    site.post("bread/rye.md", "Rye", "Flour. [Salt](/bread/salt/)")
    file = site.content / "bread-baseline.json"
    written = []
    for _ in range(2):
        assert check(site, "--baseline", str(file), "--update-baseline").exit_code == 0
        written.append(file.read_text())
        assert check(site, "--baseline", str(file)).exit_code == 0
    assert "/bread/salt/" in written[0]
    assert written[0] == written[1]


def test_a_new_fault_in_the_same_file_counts(bakery: Site, baseline: Path) -> None:
    bakery.post("stew.md", "Stew", "Lamb and barley. [Oat](oat.md)")
    said = check(bakery, "--baseline", str(baseline), "--json")
    answer = json.loads(said.stdout)
    assert said.exit_code == 1
    assert [(one["kind"], one["path"]) for one in answer["findings"]] == [("dead link", "stew.md")]
    assert (answer["known"], answer["mended"]) == (3, 0)


def test_what_was_mended_is_counted_until_the_baseline_is_written_again(bakery: Site, baseline: Path) -> None:
    bakery.post("oat.md", "Oat", "Porridge.", relatedPosts="[rye]")
    assert "2 of the baseline mended" in check(bakery, "--baseline", str(baseline)).output
    check(bakery, "--baseline", str(baseline), "--update-baseline")
    assert "mended" not in check(bakery, "--baseline", str(baseline)).output


def test_the_file_is_sorted_json_without_lines_and_the_same_twice(bakery: Site, baseline: Path) -> None:
    first = baseline.read_bytes()
    found = json.loads(first)["findings"]
    assert found[0] == {"kind": "dead link", "path": "rye.md", "subject": "oat.md"}
    assert found == sorted(found, key=lambda one: (one["kind"], one["path"], one["subject"]))
    check(bakery, "--baseline", str(baseline), "--update-baseline")
    assert baseline.read_bytes() == first


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"findings": [{"kind": "no such", "path": "", "subject": ""}]}', "\xff"]
)
def test_a_baseline_that_is_missing_or_none_is_an_error_with_the_way_out(
    bakery: Site, tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "baseline.json"
    if text is not None:
        file.write_text(text, encoding="latin-1")
    said = check(bakery, "--baseline", str(file))
    assert said.exit_code == 66
    assert "--update-baseline writes it" in said.stderr


def test_an_empty_baseline_is_written_and_read(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    site.post("rye.md", "Rye")
    check(site, "--baseline", str(file), "--update-baseline")
    assert check(site, "--baseline", str(file)).exit_code == 0


@pytest.mark.parametrize("options", [["--only", "dead link"], ["--changed-since", "HEAD"], ["--fix"], []])
def test_a_baseline_is_written_of_everything_or_not_at_all(bakery: Site, tmp_path: Path, options: list[str]) -> None:
    file = tmp_path / "baseline.json"
    named = ["--baseline", str(file)] if options else []
    assert check(bakery, "--update-baseline", *named, *options).exit_code == 2
    assert not file.exists()


def test_only_keeps_the_kinds_that_are_named(bakery: Site) -> None:
    assert check(bakery, "--only", "single-use tag").exit_code == 0
    both = json.loads(check(bakery, "--only", "single-use tag", "--only", "dead link", "--json").stdout)
    assert [one["kind"] for one in both["findings"]] == ["dead link", "single-use tag"]
    assert check(bakery, "--only", "no such").exit_code == 2


def git(site: Site, *arguments: str) -> None:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@blog.example"]
    subprocess.run(["git", "-C", str(site.content), *who, *arguments], check=True, capture_output=True)


def test_changed_since_keeps_what_is_in_files_that_were_touched(bakery: Site) -> None:
    git(bakery, "init")
    git(bakery, "add", ".")
    git(bakery, "commit", "-m", "Posts")
    assert check(bakery, "--changed-since", "HEAD").exit_code == 0
    bakery.post("stew.md", "Stew", "Lamb and barley. [Oat](oat.md)")
    said = json.loads(check(bakery, "--changed-since", "HEAD", "--json").stdout)
    assert [one["path"] for one in said["findings"] if one["broken"]] == ["stew.md"]


def test_changed_since_says_what_is_wrong_without_git_and_with_a_wrong_revision(bakery: Site) -> None:
    assert check(bakery, "--changed-since", "HEAD").exit_code == 66
    git(bakery, "init")
    said = check(bakery, "--changed-since", "--no-such")
    assert said.exit_code == 66
    assert 'git knows no revision "--no-such"' in said.stderr


def test_a_line_of_the_decisions_that_cannot_be_read_is_a_finding_until_it_is_old(bakery: Site) -> None:
    decided = bakery.content / ".seealso"
    decided.mkdir()
    (decided / "decisions.jsonl").write_text("no JSON\n")
    (one,) = json.loads(check(bakery, "--only", "unreadable", "--json").stdout)["findings"]
    assert (one["path"], one["line"]) == (".seealso/decisions.jsonl", 1)
    git(bakery, "init")
    git(bakery, "add", ".")
    assert check(bakery, "--only", "unreadable").exit_code == 1
    git(bakery, "commit", "-m", "Posts")
    assert check(bakery, "--only", "unreadable", "--changed-since", "HEAD").exit_code == 0
