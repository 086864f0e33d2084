"""The scripts for browsers: small, each text in each language, and written where a site wants them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from indexer.cli import main
from indexer.output.assets import FOLDER, elements

ELEMENTS = FOLDER / "see-also.js"
LANGUAGES = ("de", "es", "fr", "it", "ja", "nl", "pl", "pt", "zh")


def texts(file: Path, start: str) -> dict[str, str]:
    """The texts of a script: an object of plain strings, one a line."""
    lines = file.read_text().partition(start)[2].partition("\n};")[0]
    pairs = re.findall(r'^  "?([\w-]+)"?: (".*"),$', lines, re.MULTILINE)
    assert len(pairs) == lines.count("\n")
    return {name: json.loads(text) for name, text in pairs}


ENGLISH = texts(ELEMENTS, "const ENGLISH = {")


def test_the_elements_and_their_style_are_8_kb_compressed() -> None:
    assert len(gzip.compress(elements()[0].data, 9)) <= 8 * 1024


def test_what_is_for_readers_of_the_source_is_not_sent() -> None:
    sent = elements()[0].data.decode().splitlines()
    assert not [line for line in sent if line.startswith((" ", "//"))]
    source = [line.strip() for line in ELEMENTS.read_text().splitlines()]
    assert sent == [line for line in source if not line.startswith("//")]


def test_there_is_a_file_for_each_language_that_is_loaded() -> None:
    named = re.search(r'const LANGUAGES = "(.*)";', ELEMENTS.read_text())
    assert named
    assert tuple(named[1].split()) == LANGUAGES
    assert {file.name for file in FOLDER.glob("see-also.??.js")} == {f"see-also.{name}.js" for name in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_every_place_to_fill(language: str) -> None:
    def plain(name: str) -> str:
        return re.sub("-(one|few|many)$", "", name)

    found = texts(FOLDER / f"see-also.{language}.js", "export default {")
    assert {plain(name) for name in found} == {plain(name) for name in ENGLISH}
    for name, text in found.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", ENGLISH[plain(name)])), name


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval", "localStorage", "cookie"])
def test_no_script_does_what_a_careful_site_forbids(word: str) -> None:
    assert not [asset.name for asset in elements() if word.encode() in asset.data]


def test_a_hashed_name_changes_with_the_bytes_and_only_with_them() -> None:
    first, *others = elements()
    assert first.name == "see-also.js"
    assert re.fullmatch(r"see-also-[0-9a-f]{16}\.js", first.hashed_name)
    assert len({asset.hashed_name for asset in (first, *others)}) == len(elements())


def test_export_writes_the_scripts_once_and_says_how_to_check_them(tmp_path: Path) -> None:
    folder = tmp_path / "static" / "js"
    said = CliRunner().invoke(main, ["export", "assets", str(folder)])
    assert said.exit_code == 0, said.output
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {one.name: one.data for one in elements()}
    assert elements()[0].integrity in said.output
    again = CliRunner().invoke(main, ["export", "assets", str(folder)])
    assert again.output.count("not touched") == len(elements())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = CliRunner().invoke(main, ["export", "assets", str(tmp_path / "file" / "below")])
    assert said.exit_code != 0
    assert str(tmp_path / "file" / "below") in said.output
    assert "Traceback" not in said.output
