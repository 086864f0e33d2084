"""Data files for static sites: what readers see beside each post."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from conftest import Site
from hypothesis import given
from hypothesis import strategies as st

from indexer.cli import main
from indexer.output.export import as_json, as_yaml, write_if_new


def export(site: Site, file: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["--index", str(site.index), "export", str(file), *options])


@pytest.fixture
def bakery(site: Site) -> Site:
    site.post("breads/rye.md", "Rye bread: dark", "Flour, water and salt.", relatedPosts="[oat]")
    site.post("oat.md", "Oat bread", "Flour, water and oats.")
    site.post("draft.md", "Not yet", "Flour, water and time.", draft="true")
    site.build()
    return site


def test_each_post_is_found_by_the_path_of_its_file(bakery: Site, tmp_path: Path) -> None:
    file = tmp_path / "related.json"
    assert export(bakery, file).exit_code == 0
    lists = json.loads(file.read_text(encoding="utf-8"))
    assert list(lists) == ["breads/rye.md", "oat.md"]
    assert lists["breads/rye.md"] == [
        {"id": "oat", "path": "oat.md", "url": "/oat/", "title": "Oat bread", "curated": True}
    ]


def test_yaml_says_what_json_says(bakery: Site, tmp_path: Path) -> None:
    for name in ("related.json", "related.yaml"):
        assert export(bakery, tmp_path / name).exit_code == 0
    said = [(tmp_path / name).read_text(encoding="utf-8") for name in ("related.json", "related.yaml")]
    assert yaml.safe_load(said[1]) == json.loads(said[0])


def test_a_file_that_says_it_already_is_not_touched(bakery: Site, tmp_path: Path) -> None:
    file = tmp_path / "related.json"
    export(bakery, file)
    before = file.stat()
    bakery.build(force=True)
    said = export(bakery, file).output
    assert "not touched" in said
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_changed_file_is_replaced_and_keeps_its_mode(bakery: Site, tmp_path: Path) -> None:
    file = tmp_path / "related.json"
    file.write_text("{}", encoding="utf-8")
    file.chmod(0o640)
    assert export(bakery, file, "--limit", "1").exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o640
    assert [len(own) for own in json.loads(file.read_text(encoding="utf-8")).values()] == [1, 1]
    assert list(tmp_path.glob(".related*")) == []


def test_a_file_of_another_kind_and_a_folder_that_is_not_there_are_refused(bakery: Site, tmp_path: Path) -> None:
    assert export(bakery, tmp_path / "related.toml").exit_code == 2
    missing = export(bakery, tmp_path / "none" / "related.json")
    assert missing.exit_code == 73
    assert "is its folder there" in missing.output


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ENTRIES = st.fixed_dictionaries({"id": TEXTS, "title": TEXTS, "curated": st.booleans()})


@given(st.dictionaries(TEXTS, st.lists(ENTRIES, max_size=3), max_size=3))
def test_whatever_a_title_holds_both_kinds_of_file_read_back_the_same(
    lists: dict[str, list[dict[str, object]]],
) -> None:
    assert yaml.safe_load(as_yaml(lists)) == lists
    assert json.loads(as_json(lists)) == lists


def test_a_killed_export_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "related.json"
    file.write_text("old", encoding="utf-8")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_if_new(file, "new")
    assert file.read_text(encoding="utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["related.json"]


def test_options_may_stand_before_the_file_and_the_lists_may_be_named(bakery: Site, tmp_path: Path) -> None:
    short, long = tmp_path / "short.json", tmp_path / "long.json"
    for words in (["--limit", "1", str(short)], ["lists", str(long), "--limit", "1"]):
        assert CliRunner().invoke(main, ["--index", str(bakery.index), "export", *words]).exit_code == 0
    assert short.read_text() == long.read_text()
