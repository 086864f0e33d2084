"""What git says of the content folder: the posts that were touched, however they were, and why it cannot say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Site

from indexer.editing.git import changed_since
from indexer.errors import NoHistory


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@blog.example", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(site: Site) -> Path:
    """A repository with the content folder in it and one commit: two posts."""
    site.post("rye.md", "Rye bread")
    site.post("2020/lamb stew.md", "Lamb stew")
    root = site.content.parent
    git(root, "init")
    git(root, "add", "--all")
    git(root, "commit", "--message", "Two posts")
    return root


def touched(site: Site, revision: str = "main") -> tuple[str, ...]:
    return changed_since(site.settings.content, revision)


def test_nothing_touched_is_nothing(site: Site, repository: Path) -> None:
    assert touched(site) == ()


def test_edited_staged_committed_and_new_files_all_count(site: Site, repository: Path) -> None:
    start = git(repository, "rev-parse", "HEAD")
    site.post("committed.md", "Committed")
    git(repository, "add", "--all")
    git(repository, "commit", "--message", "Another")
    site.post("staged.md", "Staged")
    git(repository, "add", "--all")
    site.post("rye.md", "Rye bread, edited")
    site.post("grün\nund.md", "Odd names")
    site.post("2020/new here.md", "New")
    assert touched(site, start) == ("2020/new here.md", "committed.md", "grün\nund.md", "rye.md", "staged.md")


def test_deleted_ignored_and_other_files_do_not_count(site: Site, repository: Path) -> None:
    (site.content / "rye.md").unlink()
    site.write("picture.png", "no post")
    site.write(".hidden.md", "no post either")
    site.post("scratch/idea.md", "Ignored")
    site.write("../.gitignore", "scratch/\n")
    site.write("../README.md", "outside of the content folder")
    assert touched(site) == ()


def test_a_file_with_another_name_is_touched_under_its_new_one(site: Site, repository: Path) -> None:
    git(repository, "mv", "content/rye.md", "content/rye-bread.md")
    assert touched(site) == ("rye-bread.md",)


def test_what_others_added_to_the_revision_meanwhile_is_not_ours(site: Site, repository: Path) -> None:
    git(repository, "switch", "--create", "mine")
    site.post("mine.md", "Mine")
    git(repository, "add", "--all")
    git(repository, "commit", "--message", "Mine")
    git(repository, "switch", "main")
    site.post("theirs.md", "Theirs")
    git(repository, "add", "--all")
    git(repository, "commit", "--message", "Theirs")
    git(repository, "switch", "mine")
    assert touched(site, "main") == ("mine.md",)


def test_it_is_the_same_in_a_hook_where_git_has_set_its_variables(
    site: Site, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.post("rye.md", "Rye bread, edited")
    monkeypatch.chdir(repository)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert touched(site) == ("rye.md",)


@pytest.mark.parametrize("revision", ["no-such", "", "main..main", "main:content", "--output=stolen", "-h"])
def test_what_is_no_revision_is_never_an_option(site: Site, repository: Path, revision: str) -> None:
    with pytest.raises(NoHistory, match="git knows no revision"):
        touched(site, revision)
    assert not list(repository.rglob("stolen*"))


def test_a_folder_outside_of_any_repository_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(site.content.parents[1]))
    with pytest.raises(NoHistory, match=r"has changed in .*content: not a git repository"):
        touched(site)


def test_a_machine_without_git_is_said(site: Site, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(site.content))
    with pytest.raises(NoHistory, match="install git"):
        touched(site)


def test_a_shallow_clone_says_how_to_get_the_rest(site: Site, repository: Path, tmp_path: Path) -> None:
    start = git(repository, "rev-parse", "HEAD")
    site.post("rye.md", "Rye bread, edited")
    git(repository, "commit", "--all", "--message", "Edited")
    git(tmp_path, "clone", "--depth=1", repository.as_uri(), "clone")
    content = Site(tmp_path / "other").settings.content
    os.rmdir(content.directory)
    content.directory.symlink_to(tmp_path / "clone" / "content")
    with pytest.raises(NoHistory, match="git fetch --unshallow"):
        changed_since(content, start)


def test_branches_without_a_common_commit_are_said(site: Site, repository: Path) -> None:
    git(repository, "switch", "--orphan", "alone")
    site.post("rye.md", "Rye bread")
    git(repository, "add", "--all")
    git(repository, "commit", "--message", "Alone")
    with pytest.raises(NoHistory, match="no history in common"):
        touched(site)
