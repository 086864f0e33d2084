"""The documentation against the code: what a page names exists, what exists is named, and what is shown is true.

Conventions of the pages that these tests rely on:
    ```console   `$ command` lines, each followed by what it prints; run in order in one folder
    ```toml      a whole seealso.toml, unless it stands below
    With this `name`:  a file of the site's generator
    Write `name`:  stands before the fenced block that is the file
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import indexer.cli
from indexer import errors, settings
from indexer.cli.queries import COLUMNS
from indexer.content.site import read_site
from indexer.editing import decisions
from indexer.model import FindingKind, Verdict
from indexer.profiles.profile import NAMES, profile
from indexer.queries import policy
from indexer.queries.keystrokes import OPEN_SECONDS, Click, Question
from indexer.queries.storage import FOLDER, open_queries
from indexer.setup.first_settings import first_settings
from indexer.store import generation
from indexer.store.manifest import CURRENT, FORMAT
from indexer.store.state_directory import DECISIONS
from indexer.text import simhash
from service.app import create_app
from service.openapi import document

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
GUIDES = [ROOT / "README.md", DOCS / "tutorial.md", *sorted((DOCS / "how-to").rglob("*.md"))]
COMMAND = indexer.cli.main
TODAY = date(2026, 1, 1)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL):
        yield match[1], match[2]


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)


def inline_code(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(page))


def chapter(page: Path, heading: str) -> str:
    """What stands under a heading, down to the next heading of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text_of(page), re.MULTILINE | re.DOTALL)
    assert found, f"{name_of(page)} has no heading {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of all tables of a text, without their heads and rules."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {place - 1 for place, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return [row for place, row in enumerate(cells) if place not in heads and place - 1 not in heads]


def every(kind: str, find: Callable[[Path], Iterable[str]], pages: list[Path] = PAGES) -> pytest.MarkDecorator:
    """A case for each thing of a kind that a page really has, so that every case can fail.

    A kind that no page has is an error (empty_parameter_set_mark in pyproject.toml).
    """
    found = [(page, one) for page in pages for one in sorted(set(find(page)))]
    ids = [f"{name_of(page)}: {one.splitlines()[0][:60]}" for page, one in found]
    return pytest.mark.parametrize(("page", kind), found, ids=ids)


def names_in(text: str) -> set[str]:
    """What the first column of the tables names in code."""
    return {name for row in rows(text) for name in re.findall(r"`([^`]+)`", row[0])}


# ---------------------------------------------------------------------------------------------------- the command


def options_of(command: click.Command) -> set[str]:
    return {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
        if name.startswith("--")
    }


def commands(group: click.Command = COMMAND, before: str = "") -> dict[str, click.Command]:
    """Every command by its full name: "build", "evaluate related"."""
    assert isinstance(group, click.Group)
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        full = f"{before} {name}".strip()
        found |= commands(command, full) if isinstance(command, click.Group) else {full: command}
    return found


@pytest.mark.parametrize("name", ["", *sorted(commands())])
def test_cli_md_names_every_option_of_a_command_and_no_other(name: str) -> None:
    command = commands()[name] if name else COMMAND
    under = chapter(REFERENCE / "cli.md", f"seealso {name}".strip())
    named = {one for one in names_in(under) if one.startswith("--")}
    assert named == options_of(command)


def test_cli_md_has_a_chapter_for_every_command_and_no_other() -> None:
    chapters = set(re.findall(r"^## seealso ([\w ]+)$", text_of(REFERENCE / "cli.md"), re.MULTILINE))
    assert chapters == set(commands())


def shell_lines(text: str, lang: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    lines = joined.split("\n")
    if lang == "console":
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return lines


def seealso_calls(line: str) -> Iterator[list[str]]:
    """The arguments of every `seealso` that a shell line runs."""
    if not re.search(r"(?:^|[\s/=])seealso\s", f"{line} "):
        return
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    call: list[str] | None = None
    for token in [*lexer, ";"]:
        if set(token) <= set("();<>|&"):
            if call is not None:
                yield call
            call = None
        elif call is not None:
            call.append(token)
        elif re.fullmatch(r"(?:\w+=)?(?:\S*/)?seealso", token):
            call = []


def parse_call(arguments: list[str]) -> None:
    """Raises click.UsageError where the command would refuse the line; runs nothing."""
    context = click.Context(COMMAND, info_name="seealso")
    _, rest, _ = COMMAND.make_parser(context).parse_args(list(arguments))
    if not rest:
        return
    words = 2 if isinstance(COMMAND.commands.get(rest[0]), click.Group) else 1
    name = " ".join(rest[:words])
    if name not in commands():
        raise click.UsageError(f"no command {name}")
    commands()[name].make_context(name, rest[words:], parent=context)


LANGUAGES_WITH_COMMANDS = {"sh", "console", "crontab", "ini"}


def lines_with_seealso(page: Path) -> Iterator[str]:
    """The shell lines of a page that run `seealso`."""
    for lang, block in blocks(page):
        if lang in LANGUAGES_WITH_COMMANDS:
            yield from (line for line in shell_lines(block, lang) if any(seealso_calls(line)))


@every("line", lines_with_seealso, GUIDES)
def test_every_command_line_of_a_guide_is_one_that_seealso_takes(
    page: Path, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idea.md").touch()  # --draft asks whether its file is there
    for call in seealso_calls(line):
        try:
            parse_call(call)
        except click.UsageError as error:
            pytest.fail(f"{name_of(page)}: {line!r}: {error.format_message()}")


@pytest.mark.parametrize("line", ["seealso build --fast", "seealso bild", "sudo /opt/seealso --indx x build"])
def test_a_command_line_that_seealso_refuses_is_noticed(line: str) -> None:
    (call,) = seealso_calls(line)
    with pytest.raises(click.UsageError):
        parse_call(call)


def test_the_guides_show_the_commands_that_everybody_needs() -> None:
    calls = [call for page in GUIDES for line in lines_with_seealso(page) for call in seealso_calls(line)]
    assert {word for call in calls for word in call} >= {"build", "search", "related", "suggest", "status", "serve"}


# -------------------------------------------------------------------------------------------------- what is shown


@pytest.fixture
def reader_machine(tmp_path: Path, warm_seealso: Path) -> Callable[[str], str]:
    """A folder in which a reader types; a function shell line → everything that it prints."""
    here = tmp_path / "here"
    (here / "posts").mkdir(parents=True)
    environment = os.environ | {"PATH": f"{warm_seealso.parent}:{os.environ['PATH']}"}

    def run(line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=here,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    return run


def shown(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is said to print."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    return [(line, output.rstrip()) for line, output in zip(parts[1::2], parts[2::2], strict=True)]


def without_time(text: str) -> str:
    lines = [line.rstrip() for line in re.sub(r"\d+\.\d s\b", "0.0 s", text).split("\n")]
    return "\n".join(lines).strip()


@pytest.mark.parametrize("page", [DOCS / "tutorial.md", DOCS / "how-to" / "steer-search.md"], ids=name_of)
def test_a_page_to_work_through_prints_what_it_says(
    page: Path, tmp_path: Path, reader_machine: Callable[[str], str]
) -> None:
    steps = re.compile(r"Write `([^`]+)`:\n\n```\w+\n(.*?)^```$|^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    said, printed = [], []
    for name, content, console in steps.findall(text_of(page)):
        if name:
            (tmp_path / "here" / name).write_text(content, encoding="utf-8")
        for line, output in shown(console):
            said.append((line, without_time(output)))
            printed.append((line, without_time(reader_machine(line))))
    assert len(said) > 4
    assert printed == said


def test_the_readme_prints_what_it_says(tmp_path: Path, reader_machine: Callable[[str], str]) -> None:
    here = tmp_path / "here"
    (here / "content").symlink_to(ROOT / "content")
    (here / "seealso.toml").write_bytes((ROOT / "seealso.toml").read_bytes())
    reader_machine("seealso build")
    steps = [step for lang, block in blocks(ROOT / "README.md") if lang == "console" for step in shown(block)]
    said = [(line, without_time(output)) for line, output in steps]
    printed = [(line, without_time(reader_machine(line.removeprefix(".venv/bin/")))) for line, _ in steps]
    assert len(said) == 4
    assert printed == said


# ------------------------------------------------------------------------------------------------------- settings


def settings_of(instance: Any, prefix: str = "") -> dict[str, Any]:
    """Every setting by its dotted name, with its default."""
    found: dict[str, Any] = {}
    for one in fields(instance):
        value = getattr(instance, one.name)
        name = f"{prefix}{one.name}"
        if name == "file":  # where they were read from
            continue
        found |= settings_of(value, f"{name}.") if is_dataclass(value) else {name: value}
    return found


def plain(value: Any) -> Any:
    """A default as TOML says it."""
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def test_settings_md_names_every_setting_with_its_default_and_no_other() -> None:
    tables = [row for row in rows(text_of(SETTINGS_MD)) if re.fullmatch(r"`[a-z]+\.[a-z_.]+`", row[0])]
    said = {row[0].strip("`"): row[1].strip("`") for row in tables}
    named = {name: None if text == "none" else tomllib.loads(f"it = {text}")["it"] for name, text in said.items()}
    assert named == {name: plain(value) for name, value in settings_of(settings.Settings()).items()}


SETTINGS_MD = REFERENCE / "settings.md"


def settings_named(page: Path) -> list[str]:
    pattern = re.compile(r"(?:content|search|related|index|service|editing)\.[a-z_.]+")
    others = (".py", ".md", ".markdown", ".toml", ".json", ".example")
    return [one for one in inline_code(page) if pattern.fullmatch(one) and not one.endswith(others)]


@every("name", settings_named)
def test_a_setting_that_a_page_names_exists(page: Path, name: str) -> None:
    known = settings_of(settings.Settings())
    tables = {one.rpartition(".")[0] for one in known}
    assert name in known.keys() | tables


def variables_named(page: Path) -> list[str]:
    return re.findall(r"(?<!_)SEEALSO_[A-Z_]*[A-Z]", text_of(page))


@every("name", variables_named)
def test_a_variable_that_a_page_names_exists(page: Path, name: str) -> None:
    known = {f"SEEALSO_{one}".replace(".", "_").upper() for one in settings_of(settings.Settings())}
    assert name in known | {"SEEALSO_SETTINGS"}


def generators_own_files(page: Path) -> dict[str, str]:
    """The files of a site that a page shows beside its posts: name → text."""
    pattern = re.compile(r"^With this `([^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return dict(pattern.findall(text_of(page)))


def settings_files(page: Path) -> list[str]:
    """The blocks in TOML but those that are a file of the site's generator."""
    others = generators_own_files(page).values()
    return [block for lang, block in blocks(page) if lang == "toml" and block not in others]


@every("block", settings_files)
def test_a_settings_file_that_a_page_shows_is_accepted(page: Path, block: str, tmp_path: Path) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text(block, encoding="utf-8")
    assert settings.load_settings(file) != settings.Settings()


GENERATOR_PAGES = sorted((DOCS / "how-to" / "generators").glob("*.md"))
NO_PAGE = "none: "  # what stands in place of a URL, before the reason


def posts_shown(page: Path) -> list[tuple[str, list[str], str]]:
    """The rows of a generator's page: a file, the lines of its front matter, its URL or why it has none."""
    table = rows(text_of(page).partition("\n## URLs\n")[2].partition("\n## ")[0])
    assert table, f"{name_of(page)} shows no files"
    return [(file.strip("`"), re.findall(r"`([^`]+)`", front), url) for file, front, url in table]


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def urls_of_files(folder: Path) -> dict[str, str]:
    """The files of a site with a seealso.toml that are posts, as seen from its folder, with their URLs."""
    content = settings.load_settings(folder / "seealso.toml").content
    corpus = read_site(content, TODAY).corpus
    return {os.path.relpath(content.directory / post.path, folder): post.url for post in corpus}


@pytest.mark.parametrize("page", GENERATOR_PAGES, ids=name_of)
def test_init_gives_the_files_of_a_generators_page_the_urls_that_stand_there(page: Path, tmp_path: Path) -> None:
    files = generators_own_files(page)
    needs_front_matter = profile(page.stem).content.get("front_matter") != "optional"
    for name, front, _ in posts_shown(page):
        lines = front or (["title: A page"] if needs_front_matter else [])
        files[name] = "\n".join(["---", *lines, "---", "", "Text.\n"]) if lines else "Text.\n"
    write_files(tmp_path, files)
    first_settings(tmp_path, TODAY).write()
    assert settings.load_settings(tmp_path / "seealso.toml").content.generator == page.stem
    expected = {file: url.strip("`") for file, _, url in posts_shown(page) if not url.startswith(NO_PAGE)}
    assert urls_of_files(tmp_path) == expected


@pytest.mark.parametrize("page", GENERATOR_PAGES, ids=name_of)
def test_a_generators_page_inspects_a_file_that_it_shows(page: Path) -> None:
    calls = [call for line in lines_with_seealso(page) for call in seealso_calls(line)]
    (inspected,) = (file for command, *files in calls if command == "inspect" for file in files)
    assert inspected in {file for file, _, _ in posts_shown(page)}


def test_patterns_written_by_hand_give_the_urls_that_are_shown(tmp_path: Path) -> None:
    page = chapter(DOCS / "how-to" / "use-your-own-site.md", "URLs")
    table = {file.strip("`"): url.strip("`") for file, url in rows(page)}
    toml = page.partition("```toml\n")[2].partition("```")[0]
    posts = dict.fromkeys([*table, "README.md"], "---\ntitle: A page\n---\n\nText.\n")
    write_files(tmp_path, {"seealso.toml": toml} | posts)
    assert urls_of_files(tmp_path) == table


def test_every_generator_has_a_page_and_use_your_own_site_leads_to_it() -> None:
    table = chapter(DOCS / "how-to" / "use-your-own-site.md", "Your generator")
    linked = re.findall(r"\]\(generators/(\w+)\.md\)", table)
    assert sorted(linked) == [page.stem for page in GENERATOR_PAGES] == sorted(NAMES)


# ------------------------------------------------------------------------------------------------------------ HTTP


API_MD = REFERENCE / "api.md"
API = document()


def test_api_md_has_a_chapter_for_every_route_and_no_other() -> None:
    chapters = set(re.findall(r"^##+ ((?:GET|POST) \S+)$", text_of(API_MD), re.MULTILINE))
    assert chapters == {f"{method.upper()} {path}" for path, methods in API["paths"].items() for method in methods}


@pytest.mark.parametrize("route", [route for route in API["paths"] if route.startswith("/api/")])
def test_api_md_names_every_parameter_of_a_route_and_no_other(route: str) -> None:
    ((method, about),) = API["paths"][route].items()
    named = {row[0].strip("`"): row[1] == "yes" for row in rows(chapter(API_MD, f"{method.upper()} {route}"))}
    expected = {one["name"]: one["required"] for one in about.get("parameters", ()) if one["in"] == "query"}
    if "requestBody" in about:
        body = about["requestBody"]["content"]["application/json"]["schema"]
        expected |= {name: name in body["required"] for name in body["properties"]}
    assert named == expected


def test_api_md_names_every_status_that_a_route_answers_with() -> None:
    named = {status for row in rows(chapter(API_MD, "Statuses")) for status in re.findall(r"\d{3}", row[0])}
    assert named >= {
        one for methods in API["paths"].values() for about in methods.values() for one in about["responses"]
    }


def routes_named(page: Path) -> list[str]:
    return re.findall(r"/api/v1/\w+(?:/\w+)?", text_of(page))


@every("route", routes_named)
def test_a_route_that_a_page_names_exists(page: Path, route: str) -> None:
    assert route in API["paths"]


SCHEMAS = API["components"]["schemas"]
# Records with a chapter of their own; the keys of others stand where they are used.
CHAPTERS = [name for name in SCHEMAS if f"\n### {name}\n" in text_of(API_MD)]


def keys_of(schema: dict[str, Any], prefix: str = "") -> set[str]:
    """The keys of a schema as the page writes them: `hits[].title`; a list of spans is one value."""
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return keys_of({} if name in CHAPTERS else SCHEMAS[name], prefix)
    if schema.get("type") == "array":
        return {prefix} if "prefixItems" in schema else keys_of(schema["items"] or {}, f"{prefix}[]")
    found = {prefix} if prefix and not prefix.endswith("[]") else set()
    for key, below in schema.get("properties", {}).items():
        name = f"{prefix}.{key}" if prefix else key
        found |= {name} | keys_of(below, name)
    return found


@pytest.mark.parametrize("name", CHAPTERS)
def test_api_md_names_every_key_of_an_answer_and_no_other(name: str) -> None:
    of_a_post = SCHEMAS["Post"]["properties"].keys()
    expected = keys_of(SCHEMAS[name])
    if name == "Hit":
        expected -= of_a_post
    for posts in ("related", "posts", "suggestions", "duplicates", "fallback"):
        expected -= {f"{posts}[].{key}" for key in of_a_post}
    table = chapter(API_MD, name).partition("| code |")[0]
    assert names_in(table) == {key for key in expected if not key.endswith("[]")}


def test_api_md_names_every_key_of_readyz_and_no_other(ready_index: Path) -> None:
    chosen = settings.load_settings(None, {}, ready_index / "content", ready_index / "index")
    answer = create_app(chosen).test_client().get("/readyz").get_json()
    assert names_in(chapter(API_MD, "Ready")) == answer.keys()


def test_api_md_names_every_code_of_a_wrong_parameter_and_no_other() -> None:
    codes = set()
    for file in [*(ROOT / "indexer").rglob("*.py"), *(ROOT / "service").rglob("*.py")]:
        for node in ast.walk(ast.parse(text_of(file))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "InvalidQuery":
                code = node.args[1]
                assert isinstance(code, ast.Constant), f"{file}: a code that is no plain text"
                codes.add(code.value)
    assert names_in(chapter(API_MD, "Problem").partition("| code |")[2]) == codes


# ------------------------------------------------------------------------------------------------ --json and files


@pytest.fixture
def ready_index(site: Any) -> Path:
    """The folder of a small built site that has one of everything that a report may hold."""
    site.post("bread.md", "Bread", "Flour, water and salt make bread. ", related="[rye]", tags="[baking]", date="May")
    site.post("rolls.md", "Rolls", "Flour, water and butter make rolls.", tags="[baking]", searchPins='["?"]')
    site.write("broken.md", "---\ntitle: [\n---\n\nText.\n")
    site.write(".seealso/decisions.jsonl", "{\n")
    site.build()
    root: Path = site.content.parent
    return root


def printed_json(root: Path, *arguments: str) -> dict[str, Any]:
    told = ["--content", str(root / "content"), "--index", str(root / "index"), *arguments, "--json"]
    answer: dict[str, Any] = json.loads(CliRunner().invoke(COMMAND, told, catch_exceptions=False).stdout)
    return answer


def keys_in(answer: Any, prefix: str = "") -> set[str]:
    """The keys of an answer as the page writes them; counts are one value."""
    if isinstance(answer, list):
        return {key for one in answer for key in keys_in(one, f"{prefix}[]")}
    if not isinstance(answer, dict) or prefix == "counts":
        return set()
    named = {key: f"{prefix}.{key}" if prefix else key for key in answer}
    return {one for key, name in named.items() for one in ({name} | keys_in(answer[key], name))}


def leaves(keys: set[str]) -> set[str]:
    """Keys without those that only hold others: `excluded` beside `excluded[].path`."""
    return {one for one in keys if not any(other.startswith((f"{one}.", f"{one}[")) for other in keys)}


def json_keys_named(command: str) -> set[str]:
    return names_in(chapter(REFERENCE / "cli.md", command).partition("| key of the JSON |")[2])


def test_cli_md_names_every_key_of_build_json(ready_index: Path) -> None:
    assert json_keys_named("seealso build") == leaves(keys_in(printed_json(ready_index, "build", "--force")))


def test_cli_md_names_every_key_of_check_json(ready_index: Path) -> None:
    misspelt = "---\ntitle: Cake\nrelatedPosts: [a-cake-of-rolls-and-bred]\n---\n\nText.\n"
    (ready_index / "content" / "cake.md").write_text(misspelt, encoding="utf-8")
    (ready_index / "content" / "a-cake-of-rolls-and-bread.md").write_text(misspelt, encoding="utf-8")
    assert json_keys_named("seealso check") == leaves(keys_in(printed_json(ready_index, "check", "--patch")))


def test_cli_md_names_every_key_of_inspect_json(ready_index: Path) -> None:
    linked = "---\ntitle: Cake\nrelatedPosts: [rolls]\ndate: May\n---\n\n[Rolls](rolls.md)\n"
    (ready_index / "content" / "cake.md").write_text(linked, encoding="utf-8")
    assert json_keys_named("seealso inspect") == leaves(keys_in(printed_json(ready_index, "inspect", "cake.md")))


def test_cli_md_names_every_kind_of_finding_and_no_other() -> None:
    kinds = chapter(REFERENCE / "cli.md", "seealso check").partition("| kind |")[2].partition("\n\n")[0]
    said = {row[0].strip("`"): row[1] == "yes" for row in rows(kinds) if row[0].startswith("`")}
    assert said == {str(kind): kind.broken for kind in FindingKind}


def test_cli_md_names_every_key_of_suggest_json(ready_index: Path) -> None:
    of_a_post = {f"suggestions[].{key}" for key in API["components"]["schemas"]["Post"]["properties"]}
    answer = printed_json(ready_index, "suggest", "rolls")
    assert json_keys_named("seealso suggest") - {"suggestions[]"} == leaves(keys_in(answer)) - of_a_post


def test_cli_md_names_every_key_of_status_json(ready_index: Path) -> None:
    assert json_keys_named("seealso status") == printed_json(ready_index, "status").keys()


def test_cli_md_names_every_key_of_settings_json(ready_index: Path) -> None:
    assert json_keys_named("seealso settings") == leaves(keys_in(printed_json(ready_index, "settings")))


def test_cli_md_names_every_key_of_queries_json(ready_index: Path) -> None:
    with open_queries(ready_index / "index" / FOLDER, datetime.now(UTC)) as queries:
        queries.add(datetime.now(UTC).date(), [Question("rye", 0, "", "en", [Click("/rye/", 0)])])
    tables = {"without_hits", "without_clicks", "respelt", "clicked_far_down"}
    keys = keys_in(printed_json(ready_index, "queries"))
    expected = {key for key in leaves(keys) if not key.startswith("without_hits")} | tables
    assert json_keys_named("seealso queries") == expected


def test_see_what_visitors_ask_says_what_the_code_holds_to() -> None:
    text = text_of(DOCS / "how-to" / "see-what-visitors-ask.md")
    assert f"more than {policy.LONGEST_QUESTION} characters" in text
    assert f"after {policy.RARE_DAYS} days" in text
    assert f"more than {policy.MOST_QUESTIONS:,} lines" in text
    assert (policy.RARE, OPEN_SECONDS) == (3, 60)  # less than three times; for a minute at most


def test_cli_md_names_every_column_of_the_csv_of_queries() -> None:
    (row,) = (row for row in rows(chapter(REFERENCE / "cli.md", "seealso queries")) if row[0] == "`--csv`")
    assert tuple(re.findall(r"`(\w+)`", row[1])) == COLUMNS


def test_generation_md_names_every_file_of_a_generation_and_no_other(ready_index: Path) -> None:
    directory = ready_index / "index" / "generations" / "000001"
    there = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    files = text_of(REFERENCE / "generation.md").partition("## The manifest")[0]
    assert names_in(files) == there


def test_generation_md_names_every_key_of_a_manifest_and_the_format(ready_index: Path) -> None:
    manifest = json.loads((ready_index / "index" / "generations" / "000001" / "manifest.json").read_bytes())
    said = re.search(r"This format is number (\d+)", text_of(REFERENCE / "generation.md"))
    assert said
    assert int(said[1]) == FORMAT
    assert names_in(chapter(REFERENCE / "generation.md", "The manifest")) == manifest.keys()


def test_decisions_md_names_every_key_of_a_line_in_order_and_shows_one(tmp_path: Path) -> None:
    page = REFERENCE / "decisions.md"
    named = [name for row in rows(chapter(page, "Decisions")) for name in re.findall(r"`([^`]+)`", row[0])]
    assert tuple(named) == decisions.KEYS
    (line,) = (text for language, text in blocks(page) if language == "json")
    (tmp_path / DECISIONS).write_text(line, encoding="utf-8")
    read = decisions.read_decisions(tmp_path)
    assert (read.wrong, list(map(decisions.line_of, read.decided))) == ((), [line])


def test_decisions_md_says_what_the_code_holds_to() -> None:
    text = text_of(REFERENCE / "decisions.md")
    assert f"at most {decisions.LONGEST_BECAUSE} characters on one line" in text
    assert f"at most {simhash.SAME} bits differ" in text
    assert f"`{decisions.KEEP_BOTH.strip()}`" in text
    assert {verdict.value for verdict in Verdict} == set(re.findall(r"^- `(\w+)`:", text, re.MULTILINE))


def test_generation_md_shows_a_current_that_is_read(tmp_path: Path) -> None:
    shown = [one for one in inline_code(REFERENCE / "generation.md") if re.match(r"\d{6} .*check", one)]
    said = []
    for line in shown:
        (tmp_path / CURRENT).write_text(f"{line}\n")
        said.append((generation.current_id(tmp_path), generation.rolled_back_id(tmp_path)))
    assert said == [("000042", None), ("000041", "000042")]


# ---------------------------------------------------------------------------------------------------------- errors


def error_classes(kind: type[errors.SeeAlsoError] = errors.SeeAlsoError) -> Iterator[type[errors.SeeAlsoError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from error_classes(below)


def test_exit_codes_md_names_every_error_with_its_codes_and_no_other() -> None:
    table = chapter(REFERENCE / "exit-codes.md", "Exit codes").partition("Other exit codes")[0]
    named = {row[0].strip("`"): (int(row[1]), int(row[2])) for row in rows(table)}
    assert named == {one.__name__: (one.exit_code, one.status) for one in error_classes()}


# ----------------------------------------------------------------------------------------------- links and the tree


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.replace("`", "").lower()).replace(" ", "-") for one in headings}


def links(page: Path) -> list[str]:
    """Where the links of a page lead, without those to other sites."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [one for one in targets if not one.startswith(("http://", "https://"))]


@every("target", links)
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    assert file.is_relative_to(ROOT), f"{target} leads out of the repository"
    assert file.exists(), f"{target} does not exist"
    assert not anchor or anchor in anchors(file), f"{target}: no such heading"


@pytest.mark.parametrize(
    ("find", "text", "case"),
    [
        (lines_with_seealso, "```sh\nseealso biuld\n```\n", "seealso biuld"),
        (settings_named, "Set `search.engin`.", "search.engin"),
        (variables_named, "Set SEEALSO_SERVICE_PROT=1.", "SEEALSO_SERVICE_PROT"),
        (settings_files, "```toml\n[contents]\n```\n", "[contents]\n"),
        (routes_named, "Ask `/api/v1/serch?q=rye`.", "/api/v1/serch"),
        (links, "[There](nowhere.md#at-all).", "nowhere.md#at-all"),
    ],
)
def test_a_slip_in_a_page_becomes_a_case(
    find: Callable[[Path], Iterable[str]], text: str, case: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    assert list(find(page)) == [case]


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = {ROOT / "README.md"}, [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        for target in re.findall(r"\]\(([^)#\s]+\.md)", prose(page)):
            file = (page.parent / target).resolve()
            if not target.startswith("http") and file not in reached:
                reached.add(file)
                waiting.append(file)
    assert set(PAGES) <= reached


ROOMS = [file.parent for room in ("indexer", "service") for file in (ROOT / room).rglob("__init__.py")]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_names_its_modules_and_no_others(room: Path) -> None:
    about = ast.get_docstring(ast.parse(text_of(room / "__init__.py"))) or ""
    modules = {file.name for file in room.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"(?<![/\w])\w+\.py\b", about)) == modules


def test_architecture_md_names_every_room_and_nothing_that_is_not_there() -> None:
    text = text_of(ROOT / "ARCHITECTURE.md")
    tree = next(block for _, block in blocks(ROOT / "ARCHITECTURE.md") if block.startswith("content/"))
    flat = [*(file.name for file in (ROOT / "indexer").glob("*.py") if file.name != "__init__.py")]
    rooms = [f"{file.parent.name}/" for file in (ROOT / "indexer").glob("*/__init__.py")]
    assert set(re.findall(r"^  (\S+)", tree, re.MULTILINE)) == {*flat, *rooms}
    paths = set(re.findall(r"`((?:indexer|service|benchmarks|docs)/[\w./]+)`", text))
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_few_modules_lie_flat() -> None:
    assert len([*(ROOT / "indexer").glob("*.py")]) <= 8


OWN_LIBRARIES = {"Whoosh": "whoosh", "scikit-learn": "sklearn", "SciPy": "scipy", "PyStemmer": "Stemmer",
                 "click": "click", "rapidfuzz": "rapidfuzz", "pyromark": "pyromark", "PyYAML": "yaml"}  # fmt: skip


@pytest.mark.parametrize("library", sorted(OWN_LIBRARIES))
def test_architecture_md_says_where_a_library_is_imported(library: str) -> None:
    table = chapter(ROOT / "ARCHITECTURE.md", "Who may import whom")
    (said,) = (set(re.findall(r"`([^`]+)`", row[1])) for row in rows(table) if library in row[0].split(", "))
    importing = re.compile(rf"^\s*(?:from|import) {OWN_LIBRARIES[library]}\b", re.MULTILINE)
    files = [*(ROOT / "indexer").rglob("*.py"), *(ROOT / "service").rglob("*.py")]
    users = {file.relative_to(ROOT).as_posix() for file in files if importing.search(text_of(file))}
    folders = {place for place in said if place.endswith("/")}
    assert {next((one for one in folders if user.startswith(one)), user) for user in users} == said
