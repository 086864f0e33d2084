"""The editor's loop on real files: build, suggest, decide, and look again. Nothing is replaced."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Site, known_of
from warm_command import WarmProcess

from indexer.cli import main


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("origin"))
    site.post("lamb-stew.md", "Lamb stew", "Brown the lamb, then simmer it with turnips.", description="Slow food.")
    site.post("winter-pot.md", "Winter pot", "Simmer turnips with lamb again.", description="For the coldest days.")
    site.post("roast.md", "Roast lamb", "In the oven, with turnips beside it.", relatedPosts="\n  - menu")
    site.post("menu.md", "A menu", "Three courses of lamb.")
    site.post("salad.md", "Salad", "Leaves and oil.")
    site.post("oats.md", "Oats", "Porridge for breakfast.")
    git(site, "init")
    git(site, "add", "--all")
    git(site, "commit", "--message", "Six posts")
    site.build()
    return site


@pytest.fixture
def larder(site: Site, origin: Site) -> Site:
    """Six posts of which three are about lamb and turnips, in a repository."""
    return site.copy(origin)


def git(site: Site, *arguments: str) -> str:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@blog.example", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=site.content.parent, capture_output=True, text=True, check=True
    )
    return done.stdout


def seealso(site: Site, *arguments: str | Path) -> Result:
    told = ["--content", str(site.content), "--index", str(site.index), *map(str, arguments)]
    result = CliRunner().invoke(main, told)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def suggested(site: Site, *arguments: str | Path) -> list[str]:
    """The paths that are suggested, best first."""
    said = json.loads(seealso(site, "suggest", "--json", *arguments).stdout)
    return [one["path"] for one in said["suggestions"]]


def changed(site: Site, *arguments: str) -> dict[str, list[str]]:
    """What is suggested for each post that was touched since the last commit."""
    said = json.loads(seealso(site, "suggest", "--changed-since", "HEAD", "--json", *arguments).stdout)
    return {one["post"]: [each["path"] for each in one["suggestions"]] for one in said["posts"]}


# ------------------------------------------------------------------------------------------------------------ accept


def test_accepting_adds_one_line_and_says_so(larder: Site) -> None:
    before = (larder.content / "roast.md").read_bytes()
    printed = seealso(larder, "accept", "roast", "lamb-stew").stdout
    assert printed == "roast.md: 1 line added, no other byte touched\n  + lamb-stew\n"
    after = (larder.content / "roast.md").read_bytes()
    assert after == before.replace(b"  - menu\n", b"  - menu\n  - lamb-stew\n")


def test_what_is_accepted_is_not_suggested_again_though_the_index_is_older(larder: Site) -> None:
    first, *others = suggested(larder, "lamb-stew")
    assert seealso(larder, "accept", "lamb-stew", first).exit_code == 0
    assert suggested(larder, "lamb-stew") == others
    larder.build()
    assert first not in suggested(larder, "lamb-stew")


def test_who_was_asked_the_other_way_round_is_not_asked_again_either(larder: Site) -> None:
    first, *others = suggested(larder, "--to", "lamb-stew")
    assert seealso(larder, "accept", first, "lamb-stew").exit_code == 0
    assert suggested(larder, "--to", "lamb-stew") == others


def test_what_is_taken_out_of_a_file_may_be_suggested_again(larder: Site) -> None:
    larder.post(
        "lamb-stew.md", "Lamb stew", "Brown the lamb, then simmer it with turnips.", relatedPosts="[winter-pot]"
    )
    larder.build()
    assert "winter-pot.md" not in suggested(larder, "lamb-stew")
    larder.post("lamb-stew.md", "Lamb stew", "Brown the lamb, then simmer it with turnips.")
    assert "winter-pot.md" in suggested(larder, "lamb-stew")


def test_accepting_twice_writes_nothing(larder: Site) -> None:
    seealso(larder, "accept", "lamb-stew", "roast")
    written = known_of(larder.content / "lamb-stew.md")
    printed = seealso(larder, "accept", "lamb-stew", "roast.md").stdout
    assert printed == "lamb-stew.md: nothing to write, it names them already\n"
    assert known_of(larder.content / "lamb-stew.md") == written


def test_a_patch_is_printed_and_does_what_accepting_does(larder: Site) -> None:
    patch = seealso(larder, "accept", "--patch", "roast", "lamb-stew").stdout
    assert git(larder, "status", "--short") == "?? index/\n"
    (larder.content.parent / "it.patch").write_text(patch)
    git(larder, "apply", "--directory=content", "it.patch")
    assert seealso(larder, "accept", "roast", "lamb-stew").stdout.startswith("roast.md: nothing to write")


def test_a_version_that_is_no_longer_the_file_s_is_refused(larder: Site) -> None:
    version = json.loads(seealso(larder, "suggest", "roast", "--json").stdout)["version"]
    larder.post("roast.md", "Roast lamb", "Written by somebody else meanwhile.")
    refused = seealso(larder, "accept", "--version", version, "roast", "lamb-stew")
    assert refused.exit_code == 75
    assert "lamb-stew" not in (larder.content / "roast.md").read_text()


def test_a_number_of_a_list_is_no_name_and_the_reason_is_said(larder: Site) -> None:
    refused = seealso(larder, "accept", "lamb-stew", "1")
    assert refused.exit_code == 66
    assert "name the post by its path" in refused.stderr


def test_a_post_is_not_put_beside_itself(larder: Site) -> None:
    assert seealso(larder, "accept", "roast", "roast.md").exit_code == 2


# ----------------------------------------------------------------------------------------------------------- dismiss


def test_what_is_dismissed_comes_back_only_when_a_post_has_changed_and_says_so(larder: Site) -> None:
    first = suggested(larder, "lamb-stew")[0]
    printed = seealso(larder, "dismiss", "lamb-stew", first, "--because", "too heavy").stdout
    assert printed.startswith(f"lamb-stew.md: 1 post dismissed, in {larder.content / '.seealso'}\n")
    assert first not in suggested(larder, "lamb-stew")
    larder.build(force=True)
    assert first not in suggested(larder, "lamb-stew")
    larder.post(first, "Lamb and turnips", "Lamb, turnips, wine and thyme, simmered for a long and quiet afternoon.")
    larder.build()
    assert first in suggested(larder, "lamb-stew")
    lines = seealso(larder, "suggest", "lamb-stew").stdout
    assert "(too heavy), but one of the two has changed since" in lines


def test_json_says_what_was_decided_before(larder: Site) -> None:
    first = suggested(larder, "lamb-stew")[0]
    seealso(larder, "dismiss", "lamb-stew", first, "--because", "too heavy")
    larder.post(first, "Lamb and turnips", "Lamb, turnips, wine and thyme, simmered for a long and quiet afternoon.")
    larder.build()
    said = json.loads(seealso(larder, "suggest", "lamb-stew", "--json").stdout)["suggestions"]
    (before,) = [one["before"] for one in said if one["path"] == first]
    assert (before["decision"], before["because"], len(before["on"])) == ("dismissed", "too heavy", 20)
    assert {one["before"] is None for one in said if one["path"] != first} <= {True}


# -------------------------------------------------------------------------------------------------- several at a time


def test_the_posts_that_were_touched_are_answered_for_as_they_are_on_the_disk(larder: Site) -> None:
    larder.post("goulash.md", "Goulash", "Lamb and turnips, simmered with paprika.")  # new
    larder.post("oats.md", "Oats with lamb", "Brown the lamb, simmer it with turnips and oats.")  # another text
    (larder.content / "note.md").write_text("Nothing like a post.\n")
    found = changed(larder)
    assert found.keys() == {"goulash", "oats"}
    assert "lamb-stew.md" in found["goulash"]
    assert "lamb-stew.md" in found["oats"]


def test_a_draft_that_was_touched_is_answered_for(larder: Site) -> None:
    larder.post("goulash.md", "Goulash", "Lamb and turnips, simmered with paprika.", draft="true")
    assert "lamb-stew.md" in changed(larder)["goulash"]


def test_a_file_that_is_broken_is_said_and_the_others_are_answered_for(larder: Site) -> None:
    larder.write("broken.md", "---\ntitle: [\n---\n\nText.\n")
    larder.post("goulash.md", "Goulash", "Lamb and turnips, simmered with paprika.")
    result = seealso(larder, "suggest", "--changed-since", "HEAD")
    assert "broken.md, line 3" in result.stderr
    assert result.stdout.startswith("Goulash (goulash.md): not beside it yet\n  1. ")
    assert result.exit_code == 0


def test_nothing_touched_is_an_honest_line(larder: Site) -> None:
    assert seealso(larder, "suggest", "--changed-since", "HEAD").stdout == "0 suggestions for 0 posts\n"
    printed = seealso(larder, "suggest", "--changed-since", "HEAD", "--format", "markdown").stdout
    assert printed.endswith("\n\nNothing to suggest: no post is new or has changed.\n")


def test_a_revision_that_git_does_not_know_ends_with_66(larder: Site) -> None:
    result = seealso(larder, "suggest", "--changed-since", "nowhere")
    assert (result.exit_code, result.stdout) == (66, "")
    assert 'git knows no revision "nowhere"' in result.stderr


def test_all_gives_the_surest_of_the_site_and_no_more_than_asked(larder: Site) -> None:
    said = json.loads(seealso(larder, "suggest", "--all", "--limit", "2", "--most", "4", "--json").stdout)
    given = [one["confidence"] for post in said["posts"] for one in post["suggestions"]]
    every = json.loads(seealso(larder, "suggest", "--all", "--limit", "2", "--most", "100", "--json").stdout)
    others = [one["confidence"] for post in every["posts"] for one in post["suggestions"]]
    assert sorted(given, reverse=True) == sorted(others, reverse=True)[:4]
    assert max(len(post["suggestions"]) for post in said["posts"]) <= 2
    assert said.keys() == {"generation", "posts"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--all", "roast"],
        ["--all", "--changed-since", "HEAD"],
        ["--all", "--to"],
        ["roast", "--json", "--format=markdown"],
    ],
    ids=" ".join,
)
def test_questions_that_exclude_each_other_are_usage_errors(larder: Site, arguments: list[str]) -> None:
    assert seealso(larder, "suggest", *arguments).exit_code == 2


def test_readers_no_longer_see_what_is_dismissed_without_a_build_between(larder: Site, tmp_path: Path) -> None:
    def seen() -> tuple[list[str], list[str]]:
        seealso(larder, "export", tmp_path / "related.json")
        exported = json.loads((tmp_path / "related.json").read_text())["lamb-stew.md"]
        related = json.loads(seealso(larder, "related", "lamb-stew", "--json").stdout)["related"]
        return [one["id"] for one in related], [one["id"] for one in exported]

    before = seen()
    assert "winter-pot" in before[0]
    seealso(larder, "dismiss", "lamb-stew", "winter-pot")
    assert seen() == tuple([one for one in ids if one != "winter-pot"] for ids in before)


def test_what_is_decided_is_printed_as_json_that_the_api_would_answer(larder: Site) -> None:
    accepted = json.loads(seealso(larder, "accept", "--json", "roast", "lamb-stew").stdout)
    assert (accepted["post"], accepted["accepted"], accepted["added"]) == ("roast", ["lamb-stew"], ["lamb-stew"])
    dismissed = json.loads(seealso(larder, "dismiss", "--json", "roast", "salad", "--because", "no").stdout)
    assert dismissed["version"] == accepted["version"]
    assert [(one["target"], one["because"]) for one in dismissed["decided"]] == [("salad", "no")]
    undone = json.loads(seealso(larder, "undo", "--json").stdout)
    assert (undone["action"], undone["targets"], undone["taken_back"]) == ("dismissed", ["salad"], True)
    written = json.loads(seealso(larder, "undo", "--list", "--json").stdout)["writes"]
    assert [one["action"] for one in written] == ["undone", "dismissed", "accepted"]
    assert written[2]["patch"] == accepted["patch"]
    assert seealso(larder, "accept", "--json", "--patch", "roast", "salad").exit_code == 2


# -------------------------------------------------------------------------------------------------------------- undo


def test_what_was_decided_last_is_taken_back_and_the_one_before_after_it(larder: Site) -> None:
    before = known_bytes(larder)
    seealso(larder, "accept", "roast", "lamb-stew")
    seealso(larder, "dismiss", "lamb-stew", "winter-pot")
    assert seealso(larder, "undo").stdout == "taken back: dismissed winter-pot for lamb-stew\n"
    assert seealso(larder, "undo").stdout == "taken back: accepted lamb-stew for roast.md\n"
    assert known_bytes(larder) == before
    assert seealso(larder, "undo").exit_code == 66


def known_bytes(site: Site) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in site.content.glob("*.md")}


def test_the_last_decisions_are_listed_and_taken_back_by_their_ids(larder: Site) -> None:
    seealso(larder, "dismiss", "lamb-stew", "winter-pot")
    seealso(larder, "dismiss", "lamb-stew", "salad")
    newest, older = seealso(larder, "undo", "--list").stdout.splitlines()
    assert newest.endswith(": dismissed salad for lamb-stew")
    assert seealso(larder, "undo", older.split()[0]).stdout == "taken back: dismissed winter-pot for lamb-stew\n"
    assert seealso(larder, "undo", "--list").stdout.splitlines()[2].endswith("winter-pot for lamb-stew, taken back")


def test_what_cannot_be_taken_back_is_shown_as_a_patch(larder: Site) -> None:
    seealso(larder, "accept", "roast", "lamb-stew")
    file = larder.content / "roast.md"
    file.write_text(file.read_text() + "More.\n")
    refused = seealso(larder, "undo")
    assert (refused.exit_code, refused.stdout.startswith("--- a/roast.md\n")) == (75, True)
    assert "roast.md has changed since" in refused.stderr


# ------------------------------------------------------------------------------------------------------------ review


class Terminal:
    """The real command on a terminal of its own, with somebody at the keys."""

    def __init__(self, site: Site, *arguments: str, environment: dict[str, str] | None = None) -> None:
        told = ["--content", str(site.content), "--index", str(site.index), *arguments]
        variables = os.environ | {"COLUMNS": "90", "TERM": "xterm"} | (environment or {})
        self._new = ""
        self._screen, terminal = pty.openpty()
        self._command = WarmProcess(told, variables, Path.cwd(), [terminal] * 3, has_terminal=True)
        os.close(terminal)

    def sees(self, text: str) -> str:
        """All that was printed up to this text, since what was seen last."""
        until = time.monotonic() + 20
        while text not in self._new:
            ready, _, _ = select.select([self._screen], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{text!r} was not printed, but {self._new!r}"
            try:
                data = os.read(self._screen, 65_536)
            except OSError:
                data = b""
            assert data, f"ended without {text!r}, but with {self._new!r}"
            self._new += data.decode(errors="replace")
        seen, found, self._new = self._new.partition(text)
        return seen + found

    def presses(self, key: str) -> None:
        """One key, as soon as one is waited for."""
        self.sees(ASKED)
        until = time.monotonic() + 10
        while termios.tcgetattr(self._screen)[3] & termios.ICANON:
            assert time.monotonic() < until, "no key is waited for"
            time.sleep(0.005)
        os.write(self._screen, key.encode())

    def types(self, line: str) -> None:
        os.write(self._screen, line.encode())

    def ends(self) -> int:
        """The exit code."""
        return self._command.wait(20)

    def close(self) -> None:
        os.close(self._screen)  # which ends a command that still runs
        self._command.wait(20)


ASKED = "q quit  "


OnTerminal = Callable[..., Terminal]


@pytest.fixture
def on_a_terminal(larder: Site) -> Iterator[OnTerminal]:
    """A function arguments, environment → the command on a terminal, which is taken away at the end."""
    with ExitStack() as stack:

        def start(*arguments: str, environment: dict[str, str] | None = None) -> Terminal:
            terminal = Terminal(larder, *arguments, environment=environment)
            stack.callback(terminal.close)
            return terminal

        yield start


@pytest.fixture
def review(on_a_terminal: OnTerminal) -> Terminal:
    return on_a_terminal("review", "lamb-stew")


def test_a_review_accepts_dismisses_and_puts_off_with_one_key_each(larder: Site, review: Terminal) -> None:
    offered = suggested(larder, "lamb-stew")
    assert len(offered) == 3
    assert "Slow food." in review.sees("why")  # what a post says of itself
    review.presses("a")
    review.sees("lamb-stew.md: 2 lines added, no other byte touched")
    review.sees("post 1 of 1, suggestion 2 of 3")
    review.presses("d")
    review.sees("because: ")
    review.types("not this one\n")
    review.sees("suggestion 3 of 3")
    review.presses("l")
    review.sees("1 accepted, 1 dismissed, 1 put off; 0 posts left")
    assert review.ends() == 0
    assert Path(offered[0]).stem in (larder.content / "lamb-stew.md").read_text()
    decided = [json.loads(line) for line in (larder.settings.decided / "decisions.jsonl").read_text().splitlines()]
    assert {(one["target"], one["decision"], one["because"]) for one in decided} == {
        (Path(offered[1]).stem, "dismissed", "not this one"),
        (Path(offered[2]).stem, "later", ""),
    }


@pytest.mark.parametrize("key", ["q", "\x03", "\x04"], ids=["q", "Ctrl-C", "Ctrl-D"])
def test_a_review_that_is_left_is_taken_up_where_it_was(larder: Site, review: Terminal, key: str) -> None:
    offered = suggested(larder, "lamb-stew")
    review.presses("a")
    review.presses(key)
    review.sees("1 accepted, 0 dismissed, 0 put off; 1 post left")
    assert review.ends() == 0
    assert suggested(larder, "lamb-stew") == offered[1:]


def test_leaving_where_a_reason_is_asked_for_decides_nothing(larder: Site, review: Terminal) -> None:
    offered = suggested(larder, "lamb-stew")
    review.presses("d")
    review.sees("because: ")
    time.sleep(0.3)  # between the prompt and the reading Python would note a Ctrl-C, and go on to read
    review.types("\x03")
    review.sees("0 accepted, 0 dismissed, 0 put off; 1 post left")
    assert suggested(larder, "lamb-stew") == offered


def reviewed(terminal: Terminal) -> tuple[str, str]:
    """The title of the post that is asked about, and of the one that is suggested."""
    shown = [line.strip() for line in terminal.sees("why").splitlines()]
    titles = [line.partition("\x1b[1m")[2].partition("\x1b")[0] for line in shown if "\x1b[1m" in line]
    return titles[0], titles[1]


def test_a_whole_site_is_walked_post_by_post_with_what_was_put_off_last(on_a_terminal: OnTerminal) -> None:
    first = on_a_terminal("review", "--least", "0")
    put_off = reviewed(first)
    first.presses("l")
    first.presses("q")
    first.sees("1 put off")
    again = on_a_terminal("review", "--least", "0")
    assert reviewed(again) != put_off


def test_posts_with_the_shortest_lists_come_first(on_a_terminal: OnTerminal) -> None:
    terminal = on_a_terminal("review", "--least", "0")
    asked: list[str] = []
    while not asked or asked[-1] != "Roast lamb":  # the only post that has a list
        post, _ = reviewed(terminal)
        asked.append(post)
        terminal.presses("s")
    terminal.sees("0 accepted, 0 dismissed, 0 put off; ")
    assert len(asked) == len(set(asked)) > 2


def test_a_post_that_is_skipped_comes_last_in_the_next_review(on_a_terminal: OnTerminal) -> None:
    first = on_a_terminal("review", "--least", "0")
    skipped, _ = reviewed(first)
    first.presses("s")
    following, _ = reviewed(first)
    first.presses("q")
    first.sees("0 put off")
    again = on_a_terminal("review", "--least", "0")
    assert reviewed(again)[0] == following != skipped


def test_one_key_takes_back_what_was_decided_last_and_asks_again(larder: Site, review: Terminal) -> None:
    before = known_bytes(larder)
    asked = reviewed(review)
    review.presses("u")
    review.sees("nothing was decided in this review yet")
    review.presses("a")
    review.presses("u")
    review.sees("taken back: accepted ")
    assert reviewed(review) == asked
    assert known_bytes(larder) == before
    review.presses("q")
    review.sees("0 accepted, 0 dismissed, 0 put off; 1 post left")


def test_a_review_asks_of_strong_suggestions_only_unless_it_is_told_more(on_a_terminal: OnTerminal) -> None:
    terminal = on_a_terminal("review")
    terminal.sees("no suggestion has a confidence of 0.60 or more: `seealso review --least 0.3` asks for less")
    assert terminal.ends() == 0


def test_a_shell_completes_the_name_of_a_post(larder: Site) -> None:
    told = {"COMP_WORDS": f"seealso --content {larder.content} --index {larder.index} accept la", "COMP_CWORD": "6"}
    shown = CliRunner().invoke(main, env=told | {"_SEEALSO_COMPLETE": "bash_complete"}, prog_name="seealso")
    assert shown.stdout == "plain,lamb-stew\n"
    told["COMP_WORDS"] = told["COMP_WORDS"].removesuffix("la") + "ROAST"
    by_title = CliRunner().invoke(main, env=told | {"_SEEALSO_COMPLETE": "bash_complete"}, prog_name="seealso")
    assert by_title.stdout == "plain,roast\n"
    nowhere = told | {"COMP_WORDS": f"seealso --index {larder.content} accept la", "COMP_CWORD": "4"}
    silent = CliRunner().invoke(main, env=nowhere | {"_SEEALSO_COMPLETE": "bash_complete"}, prog_name="seealso")
    assert silent.stdout.strip() == ""


def test_what_cannot_be_written_is_said_and_asked_again(larder: Site, review: Terminal) -> None:
    review.sees("why")
    (larder.content / "lamb-stew.md").unlink()
    review.presses("a")
    review.sees("lamb-stew.md is no longer there")
    review.presses("q")
    review.sees("0 accepted")
    assert review.ends() == 0


def test_both_files_are_opened_in_the_editor_and_the_question_stays(
    larder: Site, on_a_terminal: OnTerminal, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\necho "$@" > {opened}\n')
    editor.chmod(0o755)
    terminal = on_a_terminal("review", "lamb-stew", environment={"VISUAL": str(editor)})
    terminal.presses("o")
    terminal.presses("q")
    terminal.sees("0 accepted")
    assert opened.read_text().split() == [
        str(larder.content / "lamb-stew.md"),
        str(larder.content / suggested(larder, "lamb-stew")[0]),
    ]


def test_a_review_needs_a_terminal(larder: Site) -> None:
    result = seealso(larder, "review")
    assert result.exit_code == 2
    assert "needs a terminal" in result.stderr


def test_on_a_terminal_suggestions_are_a_table_that_fits_it(on_a_terminal: OnTerminal) -> None:
    terminal = on_a_terminal("suggest", "lamb-stew")
    lines = terminal.sees("the numbers are guesses").splitlines()
    plain = [line.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "") for line in lines]
    assert plain[1].startswith("  1  0.")
    assert max(map(len, plain)) <= 90
