"""What the configuration of a site says of its URLs, where it is a program that is not run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from indexer.content.site import read_site
from indexer.profiles.profile import content_table
from indexer.settings import load_settings

DOCUSAURUS = """
export default {
  trailingSlash: false,
  presets: [['classic', { docs: { routeBasePath: '/' }, blog: { path: './news', routeBasePath: 'updates' } }]],
  plugins: [['@docusaurus/plugin-content-docs', { id: 'api', path: 'reference', routeBasePath: 'api' }]],
};
"""


def test_docusaurus_has_documents_and_blogs_where_its_configuration_puts_them(tmp_path: Path) -> None:
    (tmp_path / "docusaurus.config.js").write_text(DOCUSAURUS)
    urls = content_table(tmp_path, "")["urls"]
    assert urls["docs"] == "/{path}"
    assert urls["news"] == "/updates/{dated_path}"
    assert urls["reference"] == "/api/{path}"


def test_what_is_left_out_at_the_root_of_a_site_is_not_left_out_below_it(tmp_path: Path) -> None:
    (tmp_path / "docusaurus.config.js").write_text(DOCUSAURUS)
    (tmp_path / "docs").mkdir()
    assert "README.md" in content_table(tmp_path, "")["exclude"]
    assert "README.md" not in content_table(tmp_path / "docs", "")["exclude"]


def test_vitepress_moves_pages_by_its_rewrites(tmp_path: Path) -> None:
    (tmp_path / ".vitepress").mkdir()
    (tmp_path / ".vitepress" / "config.ts").write_text("export default { rewrites: { 'en/:rest*': ':rest*' } }")
    assert content_table(tmp_path, "")["rewrites"] == {"en/:rest*": ":rest*"}


def test_a_folder_of_jekyll_that_is_no_collection_is_left_out(tmp_path: Path) -> None:
    page = "---\ntitle: Rye\n---\n\nFlour.\n"
    for folder in ("_notes", "_guides", "_guides/_old", "_posts"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "2024-03-10-rye.md").write_text(page)
    (tmp_path / "_config.yml").write_text("collections: {guides: {output: true}}\n")
    (tmp_path / "seealso.toml").write_text('[content]\ndirectory = "."\n')
    content = load_settings(tmp_path / "seealso.toml").content
    read = [post.path for post in read_site(content, date(2026, 1, 1)).corpus]
    assert read == ["_guides/2024-03-10-rye.md", "_posts/2024-03-10-rye.md"]


def test_a_text_that_a_program_is_yet_to_make_is_no_value(tmp_path: Path) -> None:
    program = "const of = (code) => ({ baseUrl: `/${code}/` });\nexport default { baseUrl: '/docs/' };"
    (tmp_path / "docusaurus.config.js").write_text(program)
    assert content_table(tmp_path, "")["base"] == "/docs/"


def test_a_config_yml_that_leaves_hexos_folder_as_it_is_is_hexos_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("title: Bread\nnew_post_name: :year-:month-:day-:title.md\n")
    assert content_table(tmp_path, "")["generator"] == "hexo"


def test_what_hexo_excludes_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("source_dir: source\nexclude: ['drafts/**', 'note.md']\n")
    (tmp_path / "seealso.toml").write_text('[content]\ndirectory = "source"\n')
    for name in ("rye.md", "note.md", "drafts/old/wheat.md"):
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / name).write_text("Flour.\n")
    content = load_settings(tmp_path / "seealso.toml").content
    assert [post.path for post in read_site(content, date(2026, 1, 1)).corpus] == ["rye.md"]


def test_patterns_of_the_settings_file_are_added_to_those_of_the_generator(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("exclude: [drafts]\n", encoding="utf-8")
    settings = tmp_path / "seealso.toml"
    settings.write_text('[content]\ndirectory = "."\nexclude = ["old/*", "!vendor/*"]\n', encoding="utf-8")
    exclude = load_settings(settings).content.exclude
    assert {"_site/*", "drafts/*", "old/*"} <= set(exclude)
    assert not {"vendor/*", "!vendor/*"} & set(exclude)
