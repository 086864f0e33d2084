"""An index with most posts gone, or with none, is never published by mistake, whatever became of the one before."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Site, unsealed

from indexer.cli import main
from indexer.errors import NoContent, NoPosts
from indexer.snapshot import open_snapshot
from indexer.store.generation import generation_ids


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("origin"))
    for word in ("old", "new"):
        for name in ("lamb", "oats", "quince", "rye"):
            site.post(f"{name}.md", f"The {name} recipe", f"Supper, {word} edition.")
        site.build()
    return site


@pytest.fixture
def two(site: Site, origin: Site) -> Site:
    """A site of four posts with two generations."""
    return site.copy(origin)


def flipped(file: Path) -> None:
    data = unsealed(file).read_bytes()
    file.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])


def generation(site: Site, number: int) -> Path:
    return site.index / "generations" / f"{number:06d}"


def damaged_file(site: Site) -> None:
    flipped(generation(site, 2) / "posts" / "facts.npy")


def damaged_manifest(site: Site) -> None:
    flipped(generation(site, 2) / "manifest.json")


def missing_generation(site: Site) -> None:
    shutil.rmtree(generation(site, 2))


def missing_current(site: Site) -> None:
    (site.index / "current").unlink()


def damaged_current(site: Site) -> None:
    (site.index / "current").write_bytes(b"\x00")


def other_format(site: Site) -> None:
    """All generations as a version may have sealed them that knew another format with other keys."""
    for directory in (generation(site, 1), generation(site, 2)):
        file = unsealed(directory / "manifest.json")
        values = json.loads(file.read_bytes())
        del values["seal"], values["due"]
        values |= {"format": 1, "flavour": "sour"}
        seal = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        file.write_text(json.dumps(values | {"seal": seal}, sort_keys=True, indent=1) + "\n")


def all_of_it(site: Site) -> None:
    damaged_manifest(site)
    missing_current(site)


HARMS = [damaged_file, damaged_manifest, missing_generation, missing_current, damaged_current, other_format, all_of_it]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: str(harm.__name__))
def test_an_empty_folder_is_not_published_over_an_index_that_cannot_be_used(
    two: Site, harm: Callable[[Site], None]
) -> None:
    harm(two)
    there = generation_ids(two.index)
    shutil.rmtree(two.content)
    two.content.mkdir()
    with pytest.raises(NoContent, match="holds 0 posts and held 4"):
        two.build()
    assert generation_ids(two.index) == there


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: str(harm.__name__))
def test_a_whole_folder_is_published_over_it(two: Site, harm: Callable[[Site], None]) -> None:
    harm(two)
    assert two.build().posts == 4
    assert open_snapshot(two.index).wrong == ()


def test_an_empty_folder_is_published_where_it_is_forced(two: Site) -> None:
    shutil.rmtree(two.content)
    two.content.mkdir()
    assert two.build(force=True).posts == 0
    assert not two.build().changed  # and none are gone any more


def refusal(site: Site) -> str:
    """What the command says of a first build that publishes nothing."""
    flags = ["--content", str(site.content), "--index", str(site.index)]
    result = CliRunner().invoke(main, [*flags, "build"])
    assert result.exit_code == 65
    assert generation_ids(site.index) == []
    assert not (site.index / "current").exists()
    return result.stderr


def test_a_first_build_of_an_empty_folder_publishes_nothing_and_says_what_may_be_wrong(site: Site) -> None:
    said = refusal(site)
    assert f"{site.content} holds no post to publish: no file in it ends in .md or .markdown" in said
    assert "mounted" in said
    assert "--content" in said
    assert "--force" in said


def test_a_first_build_of_the_wrong_folder_counts_what_was_left_out_and_why(site: Site) -> None:
    site.write("README.md", "# A program\n")
    site.write("NEWS.md", "# What is new\n")
    site.post("idea.md", "An idea", draft="true")
    said = refusal(site)
    assert "3 files were left out (2 no front matter, 1 draft), for example NEWS.md: no front matter" in said
    assert "Posts begin with front matter: is it the wrong folder?" in said


@pytest.mark.parametrize(
    ("front", "reason", "next_step"),
    [
        ({"draft": "true"}, "draft", "Take `draft` out"),
        ({"published": "false"}, "unpublished", "Take `published: false` and the like out"),
        ({"search": "false"}, "search: false", "Take `search: false` and the like out"),
        ({"date": "2999-01-01"}, "2999-01-01", "Wait for the day"),
        ({"expiryDate": "someday"}, '"expiryDate" is not a date', "Mend the files"),
    ],
)
def test_a_first_build_without_posts_says_what_would_make_one(
    site: Site, front: dict[str, str], reason: str, next_step: str
) -> None:
    site.post("lamb.md", "Lamb stew", **front)
    said = refusal(site)
    assert f"1 file was left out (1 {'cannot be read' if 'someday' in front.values() else ''}" in said
    assert reason in said
    assert next_step in said


def test_a_first_build_that_is_forced_publishes_an_empty_index(site: Site) -> None:
    assert site.build(force=True).posts == 0
    assert len(site.open().posts) == 0


# ------------------------------------------------------------------------------------------ the setting that is likely


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["a.mdx", "b.mdx"], '2 in .mdx: set content.suffixes = [".md", ".markdown", ".mdx"]. '),
        (["a.rst"], '1 in .rst: set content.suffixes = [".md", ".markdown", ".rst"]. That is no Markdown'),
        (["a.rst", "b.rst", "c.mdx"], "1 in .mdx: set content.suffixes"),
    ],
)
def test_files_with_another_suffix_are_counted_and_the_setting_is_named(
    site: Site, files: list[str], said: str
) -> None:
    for name in files:
        site.post(name, name)
    assert said in refusal(site)


def test_a_folder_without_markdown_is_told_which_folders_beside_it_have_some(site: Site) -> None:
    for path in ("../posts/rye.md", "../posts/oats/lamb.md", "../notes/one.md", "../node_modules/x/README.md"):
        site.post(path, "A page")
    posts, notes = site.content.with_name("posts"), site.content.with_name("notes")
    assert f"Markdown files lie in {posts} (2), {notes} (1). Name another with --content" in refusal(site)


def test_files_that_a_pattern_keeps_out_are_counted_and_the_settings_named(site: Site) -> None:
    site.write("_config.yml", "exclude: [posts]\n")
    site.post("posts/rye.md", "Rye")
    assert "there is 1 file of the right name, for example posts/rye.md, and all are left out" in refusal(site)


def test_a_folder_that_holds_a_readme_only_is_the_wrong_one(site: Site) -> None:
    site.write("docusaurus.config.js", "export default {};\n")
    site.write("README.md", "# How to build the site\n")
    site.post("../docs/rye.md", "Rye")
    said = refusal(site)
    assert f", {site.content.with_name('docs')} (1). " in said
    assert "Set content.directory to the folder of the pages" in said
    assert "Take a pattern out" not in said


def test_a_build_that_leaves_every_file_out_ends_with_65_and_the_last_good_index_serves_on(two: Site) -> None:
    there = generation_ids(two.index)
    for file in two.content.iterdir():
        file.write_text("Text.\n")
    result = CliRunner().invoke(main, ["--content", str(two.content), "--index", str(two.index), "build"])
    assert result.exit_code == 65
    assert "4 files were left out (4 no front matter)" in result.stderr
    assert 'set content.front_matter = "optional"' in result.stderr
    assert "generation 000002 with its 4 posts stays" in result.stderr
    assert generation_ids(two.index) == there
    assert len(open_snapshot(two.index).posts) == 4


def test_what_was_empty_on_purpose_is_no_longer_so_once_there_are_files(site: Site) -> None:
    site.build(force=True)
    site.post("idea.md", "An idea", draft="true")
    with pytest.raises(NoPosts, match="1 file was left out"):
        site.build()
