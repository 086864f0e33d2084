"""What git knows of the names that files had before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from indexer.editing.git import renames_in


class Repository:
    """A repository with a content folder in it, in the hand of an editor."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.content = root / "content"
        self.content.mkdir()
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@x.example"]
        subprocess.run(["git", "-C", str(self.root), *who, *arguments], check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a step")

    def post(self, name: str) -> None:
        (self.content / name).write_text("".join(f"{name} says {line}\n" for line in range(40)), encoding="utf-8")

    def rename(self, old: str, new: str) -> None:
        (self.content / new).parent.mkdir(parents=True, exist_ok=True)
        (self.content / old).rename(self.content / new)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_file_renamed_twice_is_known_by_both_its_old_names(repository: Repository) -> None:
    repository.post("rye.md")
    repository.commit()
    repository.rename("rye.md", "rye-bread.md")
    repository.commit()
    repository.rename("rye-bread.md", "breads/späte rye\nbread.md")
    repository.commit()
    now = "breads/späte rye\nbread.md"
    assert renames_in(repository.content) == {"rye.md": now, "rye-bread.md": now}


def test_what_is_renamed_outside_the_content_folder_is_nobodys_name(repository: Repository) -> None:
    repository.post("rye.md")
    repository.rename("rye.md", "../notes.md")
    repository.commit()
    repository.rename("../notes.md", "../more.md")
    repository.commit()
    assert renames_in(repository.content) == {}


def test_a_name_that_came_back_is_no_old_name(repository: Repository) -> None:
    repository.post("rye.md")
    repository.commit()
    repository.rename("rye.md", "oat.md")
    repository.commit()
    repository.rename("oat.md", "rye.md")
    repository.commit()
    assert renames_in(repository.content) == {"oat.md": "rye.md"}


def test_within_a_hook_the_repository_of_the_content_folder_is_asked(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.post("rye.md")
    repository.commit()
    repository.rename("rye.md", "oat.md")
    repository.commit()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-index"))
    assert renames_in(repository.content) == {"rye.md": "oat.md"}


def test_without_a_repository_without_commits_and_without_git_nothing_is_known(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path_factory.mktemp("plain")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(plain.parent))
    assert renames_in(plain) == {}
    assert renames_in(repository.content) == {}
    monkeypatch.setenv("PATH", "")
    assert renames_in(repository.content) == {}
