"""Where decisions and tokens lie: beside the settings file, and what is done where they still lie somewhere else."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import post_text
from serving import serving

from indexer.auth import new_token, read_tokens
from indexer.cli import main
from indexer.content.files import source_files
from indexer.settings import load_settings
from indexer.store.state_directory import DECISIONS, TOKENS

NOW = datetime.now(UTC)


class Blog:
    """A folder that is the whole site, with its settings in it, as the guide has it for three generators."""

    def __init__(self, root: Path, directory: str = ".") -> None:
        self.root = root
        self.posts = root / directory
        self.posts.mkdir(parents=True, exist_ok=True)
        self.settings = root / "seealso.toml"
        self.settings.write_text(f'[content]\ndirectory = "{directory}"\n[index]\ndirectory = "index"\n')
        for name in ("rye", "oat", "spelt"):
            text = post_text(f"{name.title()} bread", f"{name.title()}, flour, water and salt for bread.")
            (self.posts / f"{name}.md").write_text(text)

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, ["--settings", str(self.settings), *arguments])
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result

    @property
    def folder(self) -> Path:
        return load_settings(self.settings).decided


@pytest.fixture
def blog(tmp_path: Path) -> Blog:
    """A site that has been built, below a folder where others may lie too."""
    made = Blog(tmp_path / "sites" / "bakery's blog")
    assert made.run("build").exit_code == 0
    return made


@pytest.fixture
def once(blog: Blog) -> Path:
    """The folder of old, with a decision and a token in it."""
    assert blog.run("dismiss", "rye", "oat", "--because", "another grain").exit_code == 0
    assert blog.run("token", "new", "ann").exit_code == 0
    return blog.folder.rename(blog.root.parent / ".seealso")


# --------------------------------------------------------------------------------------------------------- where


def test_it_stands_beside_the_settings_file_wherever_the_content_is(tmp_path: Path) -> None:
    for directory in (".", "content", "../elsewhere"):
        blog = Blog(tmp_path / "blog", directory)
        assert load_settings(blog.settings, content=tmp_path / "other").decided == blog.root / ".seealso"
        assert load_settings(None, {"SEEALSO_SETTINGS": str(blog.settings)}).decided == blog.root / ".seealso"


def test_a_settings_file_in_the_working_directory_counts_like_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Blog(tmp_path / "blog").root)
    assert load_settings().decided.resolve() == tmp_path / "blog" / ".seealso"


def test_without_a_settings_file_it_stands_in_the_content_folder(tmp_path: Path) -> None:
    assert load_settings(content=tmp_path / "posts").decided == tmp_path / "posts" / ".seealso"


def test_the_setting_moves_it(tmp_path: Path) -> None:
    blog = Blog(tmp_path / "blog")
    blog.settings.write_text('[editing]\ndirectory = "desk"\n')
    assert load_settings(blog.settings).decided == blog.root / "desk"
    assert load_settings(blog.settings, {"SEEALSO_EDITING_DIRECTORY": "/editing"}).decided == Path("/editing")


def test_git_sees_what_was_dismissed_and_never_a_token(blog: Blog) -> None:
    subprocess.run(["git", "init", "-q", blog.root], check=True)
    blog.run("dismiss", "rye", "oat", "--because", "another grain")
    blog.run("token", "new", "ann")
    subprocess.run(["git", "-C", blog.root, "add", "--all"], check=True)
    listed = subprocess.run(
        ["git", "-C", blog.root, "ls-files", ".seealso"], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == [f".seealso/{name}" for name in (".gitattributes", ".gitignore", DECISIONS)]


def test_sites_side_by_side_share_neither_decisions_nor_tokens(blog: Blog) -> None:
    other = Blog(blog.root.parent / "other")
    other.run("build")
    blog.run("dismiss", "rye", "oat", "--because", "another grain")
    token = blog.run("token", "new", "ann").stdout.strip()
    assert other.run("token", "list").stdout.startswith("no tokens")
    assert "Oat bread" in other.run("suggest", "rye").stdout
    with serving(other.posts, other.root / "index", other.settings) as server:
        said = server.raw(
            f"GET /api/v1/posts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
    assert said.startswith(b"HTTP/1.1 404 ")


def test_nothing_below_the_folder_is_ever_content(blog: Blog) -> None:
    blog.run("dismiss", "rye", "oat")
    (blog.folder / "notes.md").write_text(post_text("Notes", "Flour and salt."))
    assert source_files(load_settings(blog.settings).content) == ["oat.md", "rye.md", "spelt.md"]
    assert blog.run("suggest", "--draft", str(blog.folder / "notes.md")).exit_code == 0
    assert blog.run("suggest", ".seealso/notes.md").exit_code == 66


# ------------------------------------------------------------------------------------------------- left behind


REFUSED = [
    ["build"],
    ["build", "--force"],
    ["dismiss", "rye", "spelt"],
    ["token", "new", "bob"],
    ["token", "list"],
    ["token", "revoke", "ann"],
]
WARNED = [["suggest", "rye"], ["suggest", "--all"], ["check"], ["accept", "rye", "oat"]]


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_would_lose_old_decisions_is_refused_with_the_command_that_moves_them(
    blog: Blog, once: Path, arguments: list[str]
) -> None:
    refused = blog.run(*arguments)
    assert (refused.exit_code, refused.stdout) == (78, "")
    assert refused.stderr.startswith(f"seealso: {DECISIONS} and {TOKENS} lie in {once}, ")
    assert "those of another site beside this one" in refused.stderr
    assert not blog.folder.exists()


@pytest.mark.parametrize("arguments", WARNED, ids=" ".join)
def test_what_loses_nothing_warns_in_one_line_and_goes_on(blog: Blog, once: Path, arguments: list[str]) -> None:
    done = blog.run(*arguments)
    assert done.exit_code == 0
    assert len(done.stderr.splitlines()) == 1
    assert f"lie in {once}, " in done.stderr


def test_a_service_warns_and_serves(blog: Blog, once: Path) -> None:
    with serving(blog.posts, blog.root / "index", blog.settings) as server:
        assert server.search("rye") == ["rye"]
        assert server.get("/api/v1/posts")[0] == 404
    assert f"lie in {once}, " in server.said


def moved_by_what_is_said(blog: Blog) -> None:
    """Runs the command of the message as it stands there."""
    found = re.search(r"run `(.+?)`", blog.run("build").stderr)
    assert found
    subprocess.run(["sh", "-euc", found[1]], cwd=blog.root, check=True)


@pytest.mark.parametrize("there", ["no folder", "an empty folder", "a folder with a .gitignore"])
def test_the_command_of_the_message_moves_them_and_they_count_again(blog: Blog, once: Path, there: str) -> None:
    if there != "no folder":
        (blog.root / ".seealso").mkdir()
    if there == "a folder with a .gitignore":
        (blog.root / ".seealso" / ".gitignore").write_text("tokens.json*\n")
    moved_by_what_is_said(blog)
    assert not [name for name in (DECISIONS, TOKENS) if (once / name).exists()]
    assert [one.name for one in read_tokens(blog.folder)] == ["ann"]
    done = blog.run("build")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Oat bread" not in blog.run("suggest", "rye").stdout


def test_where_it_is_another_site_s_an_empty_file_ends_the_question(blog: Blog, once: Path) -> None:
    blog.folder.mkdir()
    (blog.folder / DECISIONS).touch()
    done = blog.run("build")
    assert (done.exit_code, done.stderr) == (0, "")
    assert (once / DECISIONS).stat().st_size


def test_a_site_whose_folder_was_always_there_is_asked_nothing(tmp_path: Path) -> None:
    blog = Blog(tmp_path / "blog", "content")
    new_token(blog.root / ".seealso", "ann", NOW + timedelta(days=1), NOW)
    done = blog.run("build")
    assert (done.exit_code, done.stderr) == (0, "")
