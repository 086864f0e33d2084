"""The how-tos for git and GitHub: the hook really runs, and every workflow is one that GitHub and See Also take.

GitHub's own parts (gh, actions) are not run; git, the shell and the command are.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from conftest import post_text
from test_reference import DOCS, blocks, parse_call, seealso_calls, text_of

HOOK = DOCS / "how-to" / "check-before-each-commit.md"
COMMENT = DOCS / "how-to" / "comment-on-pull-requests.md"
NIGHTLY = DOCS / "how-to" / "open-a-pull-request-every-night.md"


def file_of(page: Path, name: str) -> str:
    """The file that a page tells to write."""
    found = re.search(rf"^Write `{re.escape(name)}`:\n\n```\w+\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} does not tell to write {name}"
    return found[1]


def workflows() -> Iterator[tuple[str, dict[Any, Any]]]:
    for page in (COMMENT, NIGHTLY):
        for name in re.findall(r"^Write `(.github/workflows/[^`]+)`:", text_of(page), re.MULTILINE):
            yield name, yaml.safe_load(file_of(page, name))


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in workflows():
        for job in workflow["jobs"].values():
            yield from ((name, step) for step in job["steps"])


# ---------------------------------------------------------------------------------------------------------- the hook


class Blog:
    """A repository with a built site, the hook of the page, and a `seealso` on the path."""

    def __init__(self, root: Path, seealso: Path) -> None:
        self.root = root / "blog"
        self.content = self.root / "content"
        self.content.mkdir(parents=True)
        self.bin = root / "bin"
        self.bin.mkdir()
        who = {f"GIT_{role}_{key}": "ann@blog.example" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        self.environment = os.environ | who | {"PATH": f"{self.bin}:{seealso.parent}:{os.environ['PATH']}"}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)

    def commit(self) -> subprocess.CompletedProcess[str]:
        self.run("git", "add", "content")
        return self.run("git", "commit", "--message", "Posts")

    def commits(self) -> int:
        return len(self.run("git", "log", "--oneline").stdout.splitlines())

    def post(self, path: str, title: str, body: str, **front: str) -> None:
        (self.content / path).write_text(post_text(title, body, **front))


@pytest.fixture
def blog(tmp_path: Path, warm_seealso: Path) -> Blog:
    made = Blog(tmp_path, warm_seealso)
    made.run("git", "init")
    made.post("lamb-stew.md", "Lamb stew", "Brown the lamb, then simmer it with turnips.", related="[winter-pot]")
    made.post("winter-pot.md", "Winter pot", "Simmer turnips with lamb again.", related="[lamb-stew]")
    made.post("salad.md", "Salad", "Leaves and oil.")
    hook = made.root / ".git" / "hooks" / "pre-commit"
    hook.write_text(file_of(HOOK, ".git/hooks/pre-commit"))
    hook.chmod(0o755)
    return made


def test_the_first_commit_is_made_though_there_is_nothing_to_compare_with(blog: Blog) -> None:
    done = blog.commit()
    assert 'git knows no revision "HEAD"' in done.stderr
    assert blog.commits() == 1


def test_a_commit_shows_what_may_be_added_to_the_posts_that_it_touches(blog: Blog) -> None:
    blog.commit()
    blog.post("goulash.md", "Goulash", "Lamb and turnips, simmered with paprika.")
    done = blog.commit()
    assert "Goulash (goulash.md): not beside it yet" in done.stdout + done.stderr
    assert blog.commits() == 2


def test_a_commit_with_a_related_post_that_leads_nowhere_is_refused(blog: Blog) -> None:
    blog.commit()
    blog.post("goulash.md", "Goulash", "Lamb and turnips.", related="[quince-jam]")
    done = blog.commit()
    assert "quince-jam" in done.stdout + done.stderr
    assert (done.returncode, blog.commits()) == (1, 1)


def test_a_build_that_fails_holds_no_commit_up(blog: Blog) -> None:
    (blog.root / "index").write_text("a file where the index should be")
    assert blog.commit().returncode == 0


def test_the_hooks_of_pre_commit_run_lines_that_seealso_takes() -> None:
    (repository,) = yaml.safe_load(file_of(HOOK, ".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    calls = [call for hook in repository["hooks"] for call in calls_of(hook["entry"])]
    assert [call[0] for call in calls] == ["check", "build", "suggest"]
    for hook in repository["hooks"]:
        assert hook.keys() >= {"id", "name", "entry", "language"}
        assert re.search(hook["files"], "content/2020-01-01-lamb-stew.md")


def calls_of(line: str) -> list[list[str]]:
    """The calls of a line, those in sh -c '…' too."""
    words = shlex.split(line)
    return list(seealso_calls(words[2] if words[:2] == ["sh", "-c"] else line))


# ------------------------------------------------------------------------------------------------------ the workflows


def test_every_line_of_a_workflow_is_one_that_seealso_takes() -> None:
    calls = []
    for name, step in steps():
        for line in step.get("run", "").replace("\\\n", " ").splitlines():
            if "seealso suggest -->" in line:  # the mark of the comment
                continue
            for call in seealso_calls(line):
                calls.append(call[0])
                try:
                    parse_call(call)
                except click.UsageError as error:
                    pytest.fail(f"{name}: {line!r}: {error.format_message()}")
    assert calls == ["build", "suggest", "check", "check"]


def test_the_step_that_links_to_the_desk_stands_in_for_the_one_of_the_workflow() -> None:
    (text,) = (text for lang, text in blocks(COMMENT) if lang == "yaml" and "--desk" in text)
    (linking,) = yaml.safe_load(text)
    (former,) = (step for _, step in steps() if step.get("name") == linking["name"])
    assert linking["run"].replace(' --desk "$DESK"', "") == former["run"]
    assert linking["env"].keys() == {"DESK"}
    (call,) = seealso_calls(linking["run"].replace("$DESK", "https://desk.blog.example/desk/"))
    parse_call(call)


def test_every_script_of_a_workflow_is_one_that_a_shell_reads() -> None:
    for name, step in steps():
        if "run" in step:
            read = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True, check=False)
            assert (name, read.stderr) == (name, "")


def test_nothing_of_a_pull_request_becomes_part_of_a_script() -> None:
    assert [step["run"] for _, step in steps() if "${{" in step.get("run", "")] == []


def test_actions_of_others_are_named_by_their_commit() -> None:
    used = [step["uses"] for _, step in steps() if "uses" in step]
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one)] == []


def test_the_files_of_a_fork_meet_no_right_to_write() -> None:
    found = {name.rpartition("/")[2]: workflow for name, workflow in workflows()}
    on = {name: workflow[True] for name, workflow in found.items()}  # YAML 1.1 reads "on" as true
    assert on["related-posts.yml"] == "pull_request"
    assert found["related-posts.yml"]["permissions"] == {"contents": "read"}
    assert list(on["related-posts-comment.yml"]) == ["workflow_run"]
    assert on["related-posts-comment.yml"]["workflow_run"]["workflows"] == [found["related-posts.yml"]["name"]]
    assert found["related-posts-comment.yml"]["permissions"] == {"actions": "read", "pull-requests": "write"}
    scripts = [step.get("run", "") for name, step in steps() if name.endswith("-comment.yml")]
    assert not any(word in script for script in scripts for word in ("git clone", "checkout", "pipx"))


def test_the_mark_that_the_job_looks_for_is_the_one_that_a_comment_begins_with() -> None:
    from indexer.cli.pull_request_comment import MARKER

    assert f"marker='{MARKER}'" in file_of(COMMENT, ".github/workflows/related-posts-comment.yml")


JQ = "jq --raw-output --slurp"


def test_the_comment_is_found_among_those_of_others() -> None:
    script = file_of(COMMENT, ".github/workflows/related-posts-comment.yml")
    found = re.search(rf"{JQ} --arg marker \"\$marker\" \\\n\s*'(.*?)'\)", script)
    assert found
    pages = (
        '[{"id": 1, "user": {"login": "ann"}, "body": "<!-- seealso suggest --> mine"}]'
        '[{"id": 2, "user": {"login": "github-actions[bot]"}, "body": "<!-- seealso suggest -->\\nrest"}]'
    )
    if subprocess.run(["sh", "-c", "command -v jq"], capture_output=True, check=False).returncode:
        pytest.skip("jq is not installed")
    printed = subprocess.run(
        [*JQ.split(), "--arg", "marker", "<!-- seealso suggest -->", found[1]],
        input=pages, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert printed == "2\n"


def test_the_nightly_script_commits_what_was_mended_and_nothing_else(blog: Blog) -> None:
    blog.post("2020-01-01-roast-shoulder.md", "Roast shoulder", "In the oven.")
    blog.post("lamb-stew.md", "Lamb stew", "Brown the lamb.", related="[020-01-01-roast-shoulder]")  # a digit is lost
    blog.run("git", "add", "content")
    blog.run("git", "commit", "--no-verify", "--message", "Posts")
    (blog.root / "remote").mkdir()
    blog.run("git", "init", "--bare", "remote")
    blog.run("git", "remote", "add", "origin", "remote")
    scripts = {step["name"]: step["run"] for name, step in steps() if name.endswith("-nightly.yml")}
    blog.environment |= {"BRANCH": "mend-related-posts", "RUNNER_TEMP": str(blog.root.parent)}
    gh = blog.bin / "gh"
    gh.write_text('#!/bin/sh\ncase "$2" in list) echo 0 ;; *) echo "$@" >> "$RUNNER_TEMP/asked" ;; esac\n')
    gh.chmod(0o755)
    for name in ("Mend", "Propose"):
        done = blog.run("bash", "-e", "-o", "pipefail", "-c", scripts[name])
        assert done.returncode == 0, done.stderr
    assert (blog.root.parent / "asked").read_text().startswith("pr create --head mend-related-posts ")
    changed = blog.run("git", "--git-dir=remote", "show", "--format=", "--unified=0", "mend-related-posts").stdout
    assert [line for line in changed.splitlines() if re.match(r"[-+]\w", line)] == [
        "-related: [020-01-01-roast-shoulder]",
        "+related: [2020-01-01-roast-shoulder]",
    ]


def test_the_pages_show_what_they_tell_to_write() -> None:
    for page in (HOOK, COMMENT, NIGHTLY):
        assert [lang for lang, _ in blocks(page) if lang == "yaml"]
