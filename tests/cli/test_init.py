"""`seealso init`: what it finds in the folder of a site, what it writes there, and what it leaves alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import post_text

from indexer.cli import main

GENERATORS = Path(__file__).parents[1] / "generators"


def init(folder: Path, *flags: str) -> Result:
    result = CliRunner().invoke(main, [*flags, "init", str(folder)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def written(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "seealso.toml").read_text(encoding="utf-8"))


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    """Four dated posts without a generator."""
    folder = tmp_path / "blog"
    for number, name in enumerate(("rye", "oats", "lamb", "quince"), start=1):
        write(folder, {f"posts/2024-0{number}-10-{name}.md": post_text(name.title(), f"Supper of {name}.")})
    return folder


# ------------------------------------------------------------------------------------------------------ what it finds


@pytest.mark.parametrize(
    ("fixture", "generator", "directory"),
    [
        ("astro", "astro", "src/content"),
        ("docusaurus", "docusaurus", "."),
        ("eleventy", "eleventy", "content"),
        ("hexo", "hexo", "source"),
        ("hugo", "hugo", "content"),
        ("jekyll", "jekyll", "."),
        ("mdbook", "mdbook", "src"),
        ("mkdocs", "mkdocs", "docs"),
        ("pelican", "pelican", "content"),
        ("vitepress", "vitepress", "docs"),
    ],
)
def test_the_generator_of_a_site_and_its_content_are_found(
    fixture: str, generator: str, directory: str, tmp_path: Path
) -> None:
    site = shutil.copytree(GENERATORS / fixture / "site", tmp_path / "site")
    assert init(site).exit_code == 0
    content = written(site)["content"]
    assert (content["generator"], content["directory"]) == (generator, directory)


def test_a_generator_in_a_folder_of_the_repository_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "# Bread\n", "website/docusaurus.config.js": "", "website/docs/rye.md": "# Rye\n"})
    assert init(tmp_path).exit_code == 0
    assert written(tmp_path)["content"]["directory"] == "website"


def test_a_generator_without_content_gives_way_to_one_in_a_folder_below(tmp_path: Path) -> None:
    write(tmp_path, {"mkdocs.yml": "site_name: Bread\n", "web/docusaurus.config.js": "", "web/docs/rye.md": "# Rye\n"})
    assert "it may also be MkDocs" in init(tmp_path).stdout
    assert written(tmp_path)["content"] == {"generator": "docusaurus", "directory": "web"}


def test_a_folder_that_only_one_generator_knows_decides_between_two(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "", ".eleventy.js": "", "_posts/2024-01-02-rye.md": post_text("Rye")})
    assert "it may also be Eleventy" in init(tmp_path).stdout
    assert written(tmp_path)["content"]["generator"] == "jekyll"


def test_in_a_part_of_a_site_it_says_where_the_site_begins(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "title: Bread\n", "_posts/2024-01-02-rye.md": post_text("Rye")})
    said = init(tmp_path / "_posts").stdout
    assert f"this is a part of the site in {tmp_path}: to have all of it" in said
    assert "\n    /2024/01/02/rye.html\n" in said
    assert "told by ../_config.yml." in (tmp_path / "_posts" / "seealso.toml").read_text(encoding="utf-8")


def test_the_configuration_of_a_theme_is_not_that_of_the_site(blog: Path) -> None:
    write(blog, {"theme/_config.yml": "title: Theme\n", "theme/about.md": post_text("About the theme")})
    said = init(blog).stdout
    assert written(blog)["content"] == {"directory": "posts"}
    assert "it may also be Jekyll" in said


def test_of_two_generators_the_one_with_content_is_taken_and_the_other_named(blog: Path) -> None:
    write(blog, {"astro.config.mjs": "", "mkdocs.yml": "site_name: Bread\n", "docs/rye.md": "# Rye\n"})
    shutil.rmtree(blog / "posts")
    said = init(blog).stdout
    assert said.startswith("MkDocs (")
    assert "it may also be Astro" in said
    assert written(blog)["content"] == {"generator": "mkdocs", "directory": "docs"}


OUTSIDE = "export default { presets: [['classic', { docs: { path: '../docs', routeBasePath: 'guide' } }]] };\n"


@pytest.mark.parametrize(("start", "directory"), [("", "docs"), ("website", "../docs")])
def test_docusaurus_may_make_its_pages_of_a_folder_beside_its_own(tmp_path: Path, start: str, directory: str) -> None:
    write(tmp_path, {"website/docusaurus.config.js": OUTSIDE, "website/README.md": "# Site", "docs/rye.md": "# Rye"})
    write(tmp_path, {"docs/oat.md": "# Oat"})
    said = init(tmp_path / start).stdout
    assert written(tmp_path / start)["content"] == {"generator": "docusaurus", "directory": directory}
    assert "    /guide/rye\n" in said


def test_a_site_without_markdown_of_its_own_has_that_of_the_folder_beside_it(tmp_path: Path) -> None:
    write(tmp_path, {"website/docusaurus.config.js": OUTSIDE, "docs/rye.md": "# Rye"})
    init(tmp_path / "website")
    assert written(tmp_path / "website")["content"]["directory"] == "../docs"


def test_without_a_generator_the_rule_of_the_urls_is_that_of_the_links_between_posts(blog: Path) -> None:
    links = " ".join(f"[x](/blog/2024/0{number}/{name}/)" for number, name in enumerate(("rye", "oats", "lamb"), 1))
    write(blog, {"posts/2024-05-10-links.md": post_text("Links", links)})
    said = init(blog).stdout
    assert written(blog)["content"]["url"] == "/blog/{year}/{month}/{slug}/"
    assert "\n    /blog/2024/01/rye/\n" in said


def test_the_address_of_the_site_is_that_of_the_links_to_its_own_posts(tmp_path: Path) -> None:
    for name in ("rye", "oats", "lamb", "quince"):
        write(tmp_path, {f"posts/{name}.md": post_text(name.title(), f"[x](https://bread.example/{name}/)")})
    links = " ".join(f"[x](https://bread.example/{name}/)" for name in ("rye", "oats", "lamb"))
    write(tmp_path, {"posts/links.md": post_text("Links", f"{links} [y](https://other.example/rye/)")})
    init(tmp_path)
    assert written(tmp_path)["content"]["site"] == "https://bread.example"


@pytest.mark.parametrize(
    ("address", "origins"),
    [
        ("https://Bread.example/blog/", ["https://bread.example"]),
        ("http://localhost:8080", ["http://localhost:8080"]),
        ("/", None),
    ],
)
def test_the_pages_of_the_site_may_ask_the_service(tmp_path: Path, address: str, origins: list[str] | None) -> None:
    write(tmp_path, {"mkdocs.yml": f"site_name: Bread\nsite_url: {address}\n", "docs/rye.md": "# Rye\n"})
    init(tmp_path)
    assert written(tmp_path).get("service", {}).get("origins") == origins
    assert "Sites whose pages may ask the service" in (tmp_path / "seealso.toml").read_text(encoding="utf-8")


def test_a_key_that_names_posts_holds_the_related_posts(blog: Path) -> None:
    for name, other in (("01-10-rye", "oats"), ("02-10-oats", "lamb"), ("03-10-lamb", "rye")):
        write(blog, {f"posts/2024-{name}.md": post_text(name, further=f"[{other}]", series="[bread, supper]")})
    init(blog)
    assert written(blog)["content"]["keys"] == {"related": "further"}


def test_keys_of_a_theme_are_found_where_the_usual_ones_are_missing(tmp_path: Path) -> None:
    for name in ("rye", "oats", "lamb"):
        write(tmp_path, {f"posts/{name}.md": f"---\nheadline: {name}\npublishedAt: 2024-01-02\n---\nText.\n"})
    init(tmp_path)
    assert written(tmp_path)["content"]["keys"] == {"title": "headline", "date": "publishedAt"}


def test_files_without_front_matter_are_pages_where_there_is_hardly_anything_else(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "# Notes\n", "rye.md": "# Rye\n\nFlour.\n", "oats.mdx": "# Oats\n\nPorridge.\n"})
    said = init(tmp_path).stdout
    assert written(tmp_path)["content"] == {
        "directory": ".",
        "suffixes": [".md", ".markdown", ".mdx"],
        "exclude": ["README.md"],
        "front_matter": "optional",
    }
    assert "2 posts, none left out" in said


@pytest.mark.parametrize(
    ("bare", "said"), [(1, "# 1 of 5 files has no front matter"), (2, "# 2 of 6 files have no front matter")]
)
def test_files_that_are_left_out_are_counted(tmp_path: Path, bare: int, said: str) -> None:
    write(tmp_path, {f"posts/{number}.md": post_text(f"Post {number}") for number in range(4)})
    write(tmp_path, {f"posts/bare-{number}.md": "No title." for number in range(bare)})
    init(tmp_path)
    assert said in (tmp_path / "seealso.toml").read_text()


def test_front_matter_in_lines_without_a_fence_is_found(tmp_path: Path) -> None:
    for name in ("rye", "oats"):
        write(tmp_path, {f"posts/{name}.md": f"Title: All about {name}\nDate: 2024-01-02\n\nSupper.\n"})
    assert "2 posts, none left out" in init(tmp_path).stdout
    assert written(tmp_path)["content"] == {"directory": "posts", "metadata_lines": True}


def test_several_folders_of_content_are_named(blog: Path) -> None:
    write(blog, {f"notes/{number}.md": post_text(f"Note {number}") for number in range(4)})
    said = init(blog).stdout
    assert "several folders hold content: notes (4), posts (4)" in said
    assert written(blog)["content"]["directory"] == "."


def test_of_many_folders_of_content_the_fullest_are_named(tmp_path: Path) -> None:
    write(tmp_path, {f"{topic}/{number}.md": post_text("Note") for topic in range(10, 40) for number in range(topic)})
    names = ", ".join(f"{topic} ({topic})" for topic in range(39, 29, -1))
    said = init(tmp_path).stdout
    assert f"several folders hold content: {names} and 20 more; all are read" in said
    file = (tmp_path / "seealso.toml").read_text().replace("\n# ", " ")
    assert f"Among them: {names} and 20 more." in file


def test_the_content_folder_may_be_said(blog: Path) -> None:
    write(blog, {"notes/one.md": post_text("Note")})
    init(blog, "--content", str(blog / "notes"))
    assert written(blog)["content"]["directory"] == "notes"


# ----------------------------------------------------------------------------------------------------- what it writes


def test_every_line_of_the_file_has_a_comment_that_says_what_it_is(blog: Path) -> None:
    init(blog)
    lines = (blog / "seealso.toml").read_text(encoding="utf-8").splitlines()
    settings = [number for number, line in enumerate(lines) if re.match(r"(# )?\w+ = ", line)]
    assert len(settings) > 4
    assert all(re.match(r"# .*\w.*", lines[number - 1]) for number in settings)
    assert max(map(len, lines)) <= 120


def test_only_the_settings_and_a_gitignore_are_new(blog: Path) -> None:
    before = files_in(blog.parent)
    init(blog)
    after = files_in(blog.parent)
    assert after.keys() - before.keys() == {"blog/seealso.toml", "blog/index/.gitignore"}
    assert {path: after[path] for path in before} == before


def test_git_sees_the_settings_and_not_the_index(blog: Path) -> None:
    subprocess.run(["git", "init", "--quiet", blog], check=True)
    init(blog)
    assert CliRunner().invoke(main, ["--settings", str(blog / "seealso.toml"), "build"]).exit_code == 0
    seen = subprocess.run(["git", "-C", blog, "status", "--short"], capture_output=True, text=True, check=True).stdout
    assert seen == "?? posts/\n?? seealso.toml\n"


def test_a_settings_file_that_is_there_stays_as_it_is(blog: Path) -> None:
    write(blog, {"seealso.toml": "# mine\n"})
    before = files_in(blog)
    result = init(blog)
    assert result.exit_code == 73
    assert "seealso.toml is there already and stays as it is: `seealso build` reads it" in result.stderr
    assert files_in(blog) == before


def test_a_link_in_the_place_of_the_settings_file_is_not_written_through(blog: Path) -> None:
    (blog / "seealso.toml").symlink_to(blog.parent / "elsewhere.toml")
    assert init(blog).exit_code == 73
    assert not (blog.parent / "elsewhere.toml").exists()


def test_a_folder_of_the_site_that_is_called_index_is_left_alone(blog: Path) -> None:
    write(blog, {"index/index.html": "<p>Hello.\n"})
    init(blog)
    assert written(blog)["index"]["directory"] == "seealso-index"
    assert files_in(blog / "index") == {"index.html": b"<p>Hello.\n"}


@pytest.mark.parametrize(("fixture", "said"), [("jekyll", "add `index/` and `seealso.toml`"), ("hugo", None)])
def test_a_generator_that_would_copy_the_index_into_the_site_is_told_not_to(
    fixture: str, said: str | None, tmp_path: Path
) -> None:
    site = shutil.copytree(GENERATORS / fixture / "site", tmp_path / "site")
    line = next((line for line in init(site).stdout.splitlines() if "take the index for a part" in line), None)
    assert (line is None) == (said is None)
    assert said is None or said in str(line)


@pytest.mark.parametrize("page", ["docs/how-to/generators/jekyll.md", "docs/how-to/generators/obsidian.md"])
def test_the_guides_name_the_index_as_a_folder_too_as_a_bare_name_takes_the_home_page_with_it(page: str) -> None:
    text = (GENERATORS.parents[1] / page).read_text(encoding="utf-8")
    assert re.search(r"[`\[]index/", text)
    assert not re.search(r"^exclude: \[index,|Add `index` to", text, re.MULTILINE)


# ------------------------------------------------------------------------------------------------------ what it shows


def test_the_urls_that_are_shown_are_those_that_a_build_gives(tmp_path: Path) -> None:
    site = shutil.copytree(GENERATORS / "jekyll" / "site", tmp_path / "site")
    shown = re.findall(r"^  (\S.*)\n    (\S+)$", init(site).stdout, re.MULTILINE)
    assert len(shown) == 5
    flags = ["--settings", str(site / "seealso.toml")]
    for file, url in shown:
        said = json.loads(CliRunner().invoke(main, [*flags, "inspect", file, "--json"]).stdout)
        assert (said["published"], said["url"]["value"]) == (True, url)


def test_it_says_how_to_check_and_what_comes_next(blog: Path) -> None:
    lines = init(blog).stdout.splitlines()
    assert lines[-3].startswith("To check, open one on the site: /")
    assert "seealso inspect" in lines[-2]
    assert lines[-1] == "Then build the index: seealso build"


# ------------------------------------------------------------------------------------------------- what it cannot use


def test_names_that_no_settings_file_can_hold_are_passed_over(blog: Path) -> None:
    for name in (b"a\nurl = 'x'", b"b\x1b[31m", b"c\xff"):
        folder = os.fsencode(blog) + b"/" + name
        os.mkdir(folder)
        Path(os.fsdecode(folder), "page.md").write_text(post_text("A page"))
    said = init(blog)
    assert said.exit_code == 0
    assert written(blog)["content"] == {"directory": "posts"}
    assert "\x1b" not in said.stdout


def test_a_folder_without_markdown_is_no_site(tmp_path: Path) -> None:
    write(tmp_path, {"docs/index.rst": "Bread\n=====\n"})
    result = init(tmp_path)
    assert result.exit_code == 65
    assert "but 1 in .rst: run this in the folder of a site written in Markdown" in result.stderr
    assert not (tmp_path / "seealso.toml").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = init(tmp_path / "none")
    assert result.exit_code == 66
    assert f"there is no folder {tmp_path / 'none'}" in result.stderr


def test_flags_that_would_lead_out_of_the_folder_are_refused(blog: Path) -> None:
    assert init(blog, "--index", "/elsewhere").exit_code == 2
    assert init(blog, "--content", str(blog.parent)).exit_code == 66
    assert not (blog / "seealso.toml").exists()
