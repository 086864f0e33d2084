"""What the configuration of a site says of its URLs, where it is a program that is not run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

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


def test_a_value_that_a_template_fills_in_is_unknown_and_the_next_one_counts(tmp_path: Path) -> None:
    config = "const of = (locale) => ({ baseUrl: `/${locale}/` });\nexport default { baseUrl: '/bread/' };\n"
    (tmp_path / "docusaurus.config.js").write_text(config)
    assert content_table(tmp_path, "")["base"] == "/bread/"


@pytest.mark.parametrize(
    ("package", "config"),
    [
        ('{"hexo": {"version": "8.1.2"}}', "permalink: news/:title/\n"),
        ('{"dependencies": {"hexo": "^8"}}', "permalink: news/:title/\n"),
        ("{}", "permalink: news/:title/\nnew_post_name: :title.md\n"),
    ],
)
def test_a_config_yml_is_that_of_hexo_where_hexo_is_installed(tmp_path: Path, package: str, config: str) -> None:
    (tmp_path / "package.json").write_text(package)
    (tmp_path / "_config.yml").write_text(config)
    table = content_table(tmp_path / "source", "")
    assert (table["generator"], table["urls"]["_posts"]) == ("hexo", "/news/{path}/")


def test_what_lies_outside_the_folder_that_a_configuration_names_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "content" / "en").mkdir(parents=True)
    (tmp_path / "content" / "LICENSE.md").touch()
    (tmp_path / "hugo.toml").write_text("[[module.mounts]]\nsource = 'content/en'\ntarget = 'content'\n")
    assert "LICENSE.md" in content_table(tmp_path / "content", "")["exclude"]
    assert "LICENSE.md" not in content_table(tmp_path / "content" / "en", "")["exclude"]
    (tmp_path / "hugo.toml").write_text("[[module.mounts]]\nsource = 'content/gone'\ntarget = 'content'\n")
    assert "LICENSE.md" not in content_table(tmp_path / "content", "")["exclude"]


def test_hugo_may_give_ids_to_the_terms_of_definition_lists(tmp_path: Path) -> None:
    (tmp_path / "hugo.toml").write_text("[markup.goldmark.parser]\nautoDefinitionTermID = true\n")
    assert content_table(tmp_path / "content", "")["anchors"] == "hugo-terms"


def test_hexo_may_leave_the_suffix_out_of_its_urls(tmp_path: Path) -> None:
    config = "source_dir: source\npermalink: news/:title/\npretty_urls:\n  trailing_html: false\n"
    (tmp_path / "_config.yml").write_text(config)
    table = content_table(tmp_path / "source", "")
    assert (table["url"], table["urls"]["_posts"]) == ("/{page}", "/news/{path}/")


def test_what_is_left_out_at_the_root_of_a_site_is_not_left_out_below_it(tmp_path: Path) -> None:
    (tmp_path / "docusaurus.config.js").write_text(DOCUSAURUS)
    (tmp_path / "docs").mkdir()
    assert "README.md" in content_table(tmp_path, "")["exclude"]
    assert "README.md" not in content_table(tmp_path / "docs", "")["exclude"]


@pytest.mark.parametrize(
    ("plugins", "urls"),
    [
        ("[search, blog]", {"blog/posts": "/blog/{year}/{month}/{day}/{title}/"}),
        ('[{blog: {blog_dir: ., post_url_format: "{slug}"}}]', {"posts": "/{title}/"}),
        ("[{blog: {blog_dir: news, post_date_format: yyyy}}]", {"news/posts": "/news/{year}/{title}/"}),
        ('[{blog: {post_url_format: "{categories}/{slug}"}}]', {}),
        ("[{blog: {post_date_format: MMM yyyy}}]", {}),
        ("[search]", {}),
    ],
)
def test_posts_of_the_blog_plugin_of_mkdocs_are_where_their_date_and_title_say(
    tmp_path: Path, plugins: str, urls: dict[str, str]
) -> None:
    (tmp_path / "mkdocs.yml").write_text(f"site_name: Bread\nplugins: {plugins}\n")
    assert content_table(tmp_path / "docs", "")["urls"] == urls


def test_mkdocs_may_make_ids_of_letters_of_all_scripts(tmp_path: Path) -> None:
    slugify = "!!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}"
    (tmp_path / "mkdocs.yml").write_text(f"markdown_extensions:\n  - toc:\n      slugify: {slugify}\n")
    assert content_table(tmp_path / "docs", "")["anchors"] == "pymdownx"


def test_vitepress_moves_pages_by_its_rewrites(tmp_path: Path) -> None:
    (tmp_path / ".vitepress").mkdir()
    (tmp_path / ".vitepress" / "config.ts").write_text("export default { rewrites: { 'en/:rest*': ':rest*' } }")
    assert content_table(tmp_path, "")["rewrites"] == {"en/:rest*": ":rest*"}


def test_a_template_of_vitepress_is_no_page(tmp_path: Path) -> None:
    (tmp_path / ".vitepress").mkdir()
    (tmp_path / ".vitepress" / "config.ts").write_text("export default {}")
    (tmp_path / "[guild]").mkdir()
    for path in ("rye.md", "[loaf].md", "[guild]/index.md"):
        (tmp_path / path).write_text("# Rye\n\nFlour.\n")
    (tmp_path / "seealso.toml").write_text('[content]\ndirectory = "."\n')
    content = load_settings(tmp_path / "seealso.toml").content
    assert [post.path for post in read_site(content, date(2026, 1, 1)).corpus] == ["rye.md"]


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


@pytest.mark.parametrize(
    "paths",
    [["_posts/", "_layouts/"], ["_posts/", "_includes/"], ["Gemfile"]],
    ids=["layouts", "includes", "Gemfile"],
)
def test_a_site_of_jekyll_is_known_without_a_configuration(tmp_path: Path, paths: list[str]) -> None:
    for path in paths:
        (tmp_path / path).mkdir() if path.endswith("/") else (tmp_path / path).write_text('gem "github-pages"\n')
    table = content_table(tmp_path, "")
    assert (table["generator"], table["url"]) == ("jekyll", "/{path}.html")


@pytest.mark.parametrize("gemfile", ["# gem 'jekyll'\n", "gem 'jekyllish'\n", "gem 'rails'\n"])
def test_a_gemfile_that_does_not_name_jekyll_is_no_sign_of_it_and_neither_are_posts_alone(
    tmp_path: Path, gemfile: str
) -> None:
    (tmp_path / "_posts").mkdir()
    (tmp_path / "Gemfile").write_text(gemfile)
    assert content_table(tmp_path, "") == {}


def hugo_site(folder: Path, **further: str) -> Path:
    """A site whose languages have files of their own, as Hugo 0.111 reads them."""
    files = {
        "hugo": "baseURL = 'https://bread.example/'\ndefaultContentLanguage = 'en'\n",
        "permalinks": "post = '/:year/:slug/'\n",
        "languages.en": "contentDir = 'content/en'\n",
        "languages.fr": "contentDir = 'content/fr'\n",
        "languages.de": "contentDir = 'content/de'\ndisabled = true\n",
    }
    (folder / "config" / "_default").mkdir(parents=True)
    for name, text in (files | further).items():
        (folder / "config" / "_default" / f"{name}.toml").write_text(text)
    for language in ("en", "fr", "de"):
        for name in ("docs/rye.md", "post/rye.md"):
            file = folder / "content" / language / name
            file.parent.mkdir(parents=True)
            file.write_text("---\ntitle: Rye\ndate: 2024-01-02\n---\nRye.\n")
    return folder / "content"


def urls_in(content: Path) -> dict[str, str]:
    settings = load_settings(None, {}, content)
    return {post.path: post.url for post in read_site(settings.content, date(2026, 1, 1), workers=1).corpus}


def test_the_files_of_a_folder_are_one_configuration_of_hugo(tmp_path: Path) -> None:
    assert urls_in(hugo_site(tmp_path)) == {
        "en/docs/rye.md": "/docs/rye/",
        "en/post/rye.md": "/2024/rye/",
        "fr/docs/rye.md": "/fr/docs/rye/",
        "fr/post/rye.md": "/fr/2024/rye/",
    }


def test_the_default_language_of_hugo_may_have_a_folder_too(tmp_path: Path) -> None:
    content = hugo_site(tmp_path, hugo="defaultContentLanguageInSubdir = true\ndisableLanguages = ['fr']\n")
    assert urls_in(content) == {"en/docs/rye.md": "/en/docs/rye/", "en/post/rye.md": "/en/2024/rye/"}
