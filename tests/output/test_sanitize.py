"""Whatever somebody wrote into a post, it ends no line of ours, moves no cursor, and gives no CI service an order."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import Site
from hypothesis import given
from hypothesis import strategies as st

from indexer.cli import main
from indexer.cli.terminal import print_json
from indexer.output.sanitize import sanitized

HOSTILE = {
    "newline": "a\n::error file=x::forged",
    "carriage return": "a\r::error file=x::forged",
    "command": "::error file=x::forged",
    "indented command": "  ::stop-commands::forged",
    "old command": "a ##[error]forged",
    "pipeline command": "a ##vso[task.complete]forged",
    "escape": "a\x1b[31m\x1b]0;forged\x07",
    "C1": "a\x9b31m",
    "bidi": "a\u202eforged\u2066",
    "other ends of lines": "a\u2028b\u0085c\x0bd",
}
every_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def orders(printed: str) -> list[str]:
    """The lines that a terminal or GitHub would obey; the rule for commands is that of GitHub's runner."""
    return [
        line
        for line in printed.split("\n")
        if not line.isprintable() or line.lstrip().startswith("::") or "##[" in line or "##vso[" in line
    ]


@given(st.text())
def test_any_text_becomes_part_of_one_line_of_the_same_length(text: str) -> None:
    assert len(sanitized(text)) == len(text)
    assert sanitized(text).isprintable()
    assert orders(sanitized(text)) == []
    assert sanitized(sanitized(text)) == sanitized(text)


@every_text
def test_a_hostile_text_is_harmless(text: str) -> None:
    assert orders(text)
    assert orders(sanitized(text)) == []


@pytest.mark.parametrize("text", ["std::vector", "a: b", ": b", "## Heading", "#1 [a]", "résumé 鍋 🍞", "C:\\x"])
def test_a_usual_text_stays_as_it_is(text: str) -> None:
    assert sanitized(text) == text


# -------------------------------------------------------------------------------------------- every command


def yaml(text: str) -> str:
    """A text as YAML and JSON both write it."""
    return json.dumps(text)


def site_with(site: Site, text: str) -> Site:
    """A site with a hostile text everywhere that one may stand."""
    path = "".join(one for one in text if one >= " " and one not in "/\x7f")
    front = f"title: {yaml(text)}\ntags: [{yaml(text)}, bread]\ndescription: {yaml(text)}\n"
    refs = f"relatedPosts: [{yaml(text)}, oat, {yaml(text + '-2')}]\nsearchPins: [{yaml(text)}]\n"
    body = f"Rye flour, water and salt for bread. {text}\n"
    site.write(f"{path}.md", f"---\n{front}{refs}postUrl: /odd/\n---\n\n{body}")
    site.write(f"{path}-copy.md", f"---\n{front}{refs}postUrl: /copy/\n---\n\n{body}")
    site.write("broken.md", f"---\ntitle: [{yaml(text)}\n---\n\nText.\n")
    site.write("doubled-1.md", f"---\ntitle: A\npostUrl: {yaml('/' + text)}\n---\n\nSpelt flour.\n")
    site.write("doubled-2.md", f"---\ntitle: B\npostUrl: {yaml('/' + text)}\n---\n\nSpelt flour, water.\n")
    for name in ("oat", "rye", "spelt"):
        site.post(f"{name}.md", f"{name} bread", f"{name} flour, water and salt for bread.", tags="[bread]")
    return site


def seealso(site: Site, *arguments: str) -> Result:
    result = CliRunner().invoke(main, ["--content", str(site.content), "--index", str(site.index), *arguments])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


COMMANDS = [
    ["build", "--strict"],
    ["build"],
    ["build", "--json"],
    ["status"],
    ["status", "--json"],
    ["check"],
    ["check", "--json"],
    ["check", "--fix"],
    ["search", "bread"],
    ["search", "bread", "--json"],
    ["related", "/odd/"],
    ["related", "oat", "--json"],
    ["suggest", "/odd/"],
    ["suggest", "oat"],
    ["suggest", "oat", "--json"],
    ["suggest", "--all"],
    ["suggest", "--all", "--format", "markdown"],
    ["accept", "oat", "/odd/"],
    ["accept", "/odd/", "spelt"],
    ["dismiss", "oat", "/odd/", "/copy/"],
    ["dismiss", "/odd/", "rye"],
]


@every_text
def test_no_command_hands_an_order_on(site: Site, text: str) -> None:
    site_with(site, text)
    for arguments in COMMANDS:
        done = seealso(site, *arguments)
        assert done.output, arguments
        assert orders(done.output) == [], arguments


@every_text
def test_json_says_the_text_as_it_is_all_the_same(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": text})
    printed = capsys.readouterr().out
    assert orders(printed) == []
    assert json.loads(printed) == {"name": text}


@every_text
def test_an_annotation_is_one_line_whatever_the_reference_is(site: Site, text: str) -> None:
    printed = seealso(site_with(site, text), "check", "--format", "github").output
    for line in printed.splitlines():
        assert line.startswith(("::error file=", "::warning file="))
        assert line.isprintable()
        properties = line.removeprefix("::").partition("::")[0]
        assert [one.partition("=")[0] for one in properties.partition(" ")[2].split(",")] in (
            ["file", "line", "title"],
            ["file", "title"],
        )
    assert printed.count("\n") == len(printed.splitlines())


Terminal = Callable[..., str]


@pytest.fixture
def on_a_terminal(site: Site, warm_seealso: Path) -> Terminal:
    """A function arguments, environment → what the real command prints on a terminal of 100 columns."""
    return partial(_on_a_terminal, site, [str(warm_seealso)])


def _on_a_terminal(
    site: Site, command: list[str], *arguments: str, environment: Mapping[str, str] | None = None
) -> str:
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [*command, "--content", str(site.content), "--index", str(site.index), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"COLUMNS": "100"} | dict(environment or {}),
    )
    os.close(terminal)
    printed = b""
    while True:
        try:
            piece = os.read(screen, 65_536)
        except OSError:
            break
        if not piece:
            break
        printed += piece
    os.close(screen)
    process.wait()
    return printed.decode().replace("\r\n", "\n")


ESCAPE = "a\x1b]0;forged\x07\u202e\x9bb"


@pytest.mark.parametrize(
    "arguments", [["accept", "--patch", "odd", "rye"], ["check", "--patch"], ["suggest", "oat"]], ids=" ".join
)
def test_a_terminal_gets_no_escape_of_a_post(site: Site, on_a_terminal: Terminal, arguments: list[str]) -> None:
    site.post("2017-01-15-sourdough-or-yeast.md", "Yeast", "Flour for bread.")
    front = "relatedPosts:\n  - 017-01-15-sourdough-or-yeast"
    site.write("odd.md", f"---\ntitle: {yaml(ESCAPE)}\n{front}\n---\n{ESCAPE} Flour, water and salt for bread.\n")
    site.post("oat.md", "Oat bread", "Oat, flour, water and salt for bread.")
    site.post("rye.md", "Rye bread", "Rye, flour, water and salt for bread.")
    site.build()
    printed = on_a_terminal(*arguments)
    ours = ("\x1b[1m", "\x1b[2m", "\x1b[0m", "\x1b[?25h")
    for one in ours:
        printed = printed.replace(one, "")
    assert printed
    assert orders(printed) == []


MARKUP = "[red]Rye[/red] :smile: [link=https://x.example]12[/]"


def test_what_a_library_would_take_for_markup_is_printed_as_it_is(site: Site, on_a_terminal: Terminal) -> None:
    site.post("oat.md", "Oat bread", "Oat, flour, water and salt for bread.")
    site.post("rye.md", MARKUP, "Rye, flour, water and salt for bread.")
    site.build()
    printed = on_a_terminal("suggest", "oat", environment={"COLUMNS": "200", "TERM": "xterm-256color"})
    assert f"\x1b[1m{MARKUP}\x1b[0m" in printed


def test_wide_characters_take_two_columns_of_the_table(site: Site, on_a_terminal: Terminal) -> None:
    site.post("oat.md", "Oat bread", "Oat, flour, water and salt for bread.")
    site.post("rye.md", "ライ麦パン 鍋", "Rye, flour, water and salt for bread.")
    site.post("spelt.md", "Spelt bread in a pot", "Spelt, flour, water and salt for bread.")
    site.build()
    printed = on_a_terminal("suggest", "oat").replace("\x1b[1m", "").replace("\x1b[0m", "")
    starts = {line[: line.index("both")] for line in printed.splitlines() if "both about" in line}
    columns = {sum(2 if one in "ライ麦パン鍋" else 1 for one in start) for start in starts}
    assert len(starts) == 2
    assert columns == {18 + 2 + len("Spelt bread in a pot") + 2}


def test_a_path_is_never_broken_on_a_terminal(site: Site, on_a_terminal: Terminal) -> None:
    long = f"{'a-long-name-' * 12}rye.md"
    site.post("oat.md", "Oat bread", "Oat, flour, water and salt for bread.")
    site.post(long, "Rye bread", "Rye, flour, water and salt for bread.")
    site.build()
    assert long in on_a_terminal("suggest", "oat")


COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3|9)[0-7][;m]")


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=str)
def test_a_build_shows_a_bar_a_step_in_colour_unless_none_is_wanted(
    site: Site, on_a_terminal: Terminal, environment: dict[str, str], coloured: bool
) -> None:
    site.post("oat.md", "Oat bread")
    printed = on_a_terminal("build", environment={"TERM": "xterm-256color"} | environment)
    for step in ("reading", "indexing", "relating", "checking"):
        assert re.search(rf"{step} .*100%", printed)
    assert bool(COLOUR.search(printed)) == coloured


@pytest.mark.parametrize("arguments", [["build"], ["suggest", "oat"], ["check"]], ids=" ".join)
def test_what_is_no_terminal_gets_plain_lines_whatever_the_environment_says(
    site: Site, warm_seealso: Path, arguments: list[str]
) -> None:
    site.post("oat.md", "Oat bread", "Oat, flour, water and salt for bread.")
    site.post("rye.md", f"{'Rye bread ' * 20}end", "Rye, flour, water and salt for bread.")
    site.build()
    done = subprocess.run(
        [warm_seealso, "--content", site.content, "--index", site.index, *arguments],
        env=os.environ | {"COLUMNS": "40", "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    assert done.stderr == ""
    assert orders(done.stdout) == []
    if arguments[0] == "suggest":
        assert f"{'Rye bread ' * 20}end\n" in done.stdout


STOPPED = """
import os, signal, indexer.build
from indexer.cli import main
indexer.build.write_relations = lambda *_: os.kill(os.getpid(), signal.SIGTERM)
main()
"""


def test_a_build_that_is_stopped_says_so_below_its_bars(site: Site) -> None:
    site.post("oat.md", "Oat bread")
    printed = _on_a_terminal(site, [sys.executable, "-c", STOPPED], "build")
    assert "relating" in printed
    assert printed.endswith("seealso: stopped; what was published before still serves\n")


def test_a_patch_that_goes_elsewhere_is_exact(site: Site) -> None:
    site.write("odd.md", f"---\ntitle: Odd\n---\n{ESCAPE} Flour, water and salt for bread.\n")
    site.post("rye.md", "Rye bread", "Rye, flour, water and salt for bread.")
    site.build()
    patch = seealso(site, "accept", "--patch", "odd", "rye").stdout_bytes
    assert f"\n {ESCAPE} Flour".encode() in patch
    subprocess.run(["git", "apply", "-"], cwd=site.content, input=patch, check=True)
    assert "rye" in (site.content / "odd.md").read_text().partition("\n---\n")[0]


def test_a_draft_s_own_name_ends_no_line_of_a_comment(site: Site, tmp_path: Path) -> None:
    site.post("oat.md", "Oat bread", "Oat, flour, water and salt for bread.")
    site.build()
    draft = tmp_path / "a\n::error::forged.md"
    draft.write_text("Flour, water and salt for bread.")
    for form in ("text", "markdown"):
        printed = seealso(site, "suggest", "--draft", str(draft), "--format", form).output
        assert orders(printed) == []
