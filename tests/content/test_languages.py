"""The language of a post: its front matter, its name, or a folder that plainly is one of a language."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TODAY, Site

from indexer.content.languages import language_in_path, languages_of_folders
from indexer.content.site import read_site
from indexer.profiles.profile import content_table
from indexer.settings import load_settings

SIDE_BY_SIDE = ["about.md", "en/rye.md", "pt-BR/rye.md", "pt-BR/broa.md"]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        pytest.param(SIDE_BY_SIDE, ("en", "pt-BR"), id="the same page in two languages"),
        pytest.param(["docs/en/a/rye.md", "docs/de/a/rye.mdx"], ("de", "en"), id="below another folder"),
        pytest.param(["zh_CN/rye.md", "ja/rye.md"], ("ja", "zh-CN"), id="an underscore"),
        pytest.param(["en/rye.md", "fr/seigle.md"], ("en", "fr"), id="other names, the site's own language"),
        pytest.param(["en/rye.md", "fr/rye.md", "fil/rye.md"], ("en", "fil", "fr"), id="one that has no stemmer"),
        pytest.param(["rye.md", "fr/rye.md"], ("fr",), id="originals in the folder above"),
        pytest.param(["rye.md", "it/rye.md", "it/b.md", "it/c.md"], (), id="one page of three is like one above"),
        pytest.param(["it/networks.md", "no/excuses.md"], (), id="two topics"),
        pytest.param(["it/index.md", "no/index.md", "index.md"], (), id="index pages, which all folders have"),
        pytest.param(["it/networks.md"], (), id="one topic"),
        pytest.param(["en/rye.md", "fr/rye.md", "api/calls.md"], ("en", "fr"), id="another folder beside languages"),
        pytest.param(["no-code/rye.md", "it-security/rye.md"], (), id="names that begin with a code"),
    ],
)
def test_folders_name_a_language_where_the_site_plainly_has_them(paths: list[str], found: tuple[str, ...]) -> None:
    assert languages_of_folders(paths) == found


def test_the_language_is_that_of_the_key_then_the_name_then_the_folder_then_the_site(site: Site) -> None:
    site.post("fr/key.md", "Key", language="de")
    site.post("fr/name.es.md", "Name")
    site.post("fr/folder.md", "Folder")
    site.post("en/folder.md", "Folder")
    site.post("site.md", "Site")
    site.build()
    found = {post.id: post.language for post in site.open().posts}
    assert found == {"fr/key": "de", "fr/name.es": "es", "fr/folder": "fr", "en/folder": "en", "site": "en"}


def test_the_setting_says_which_folders_name_a_language(site: Site) -> None:
    site.configure(languages=("it", "pt_BR"))
    for path in ("it/rete.md", "pt-br/broa.md", "en/rye.md", "fr/rye.md"):
        site.post(path, path)
    site.build()
    found = {post.id: post.language for post in site.open().posts}
    assert found == {"it/rete": "it", "pt-br/broa": "pt-BR", "en/rye": "en", "fr/rye": "en"}


def test_a_draft_from_elsewhere_has_no_language_of_a_folder() -> None:
    assert language_in_path("/home/it/draft", ("it",)) is None
    assert language_in_path("it/draft", ("it",)) == "it"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hugo.toml", '[languages.en]\nweight = 1\n[languages.it]\ncontentDir = "content/it"\n'),
        ("config.toml", 'base_url = "https://bakery.example"\n[languages.en]\n[languages.it]\n'),
        ("_config.yml", "languages: [en, it]\n"),
    ],
    ids=["hugo", "zola", "jekyll"],
)
def test_the_generator_says_which_languages_there_are(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "content").mkdir()
    assert content_table(tmp_path / "content", "")["languages"] == ["en", "it"]


def test_a_second_language_beside_the_first_is_noticed_by_a_rebuild(site: Site) -> None:
    site.post("fr/pain.md", "Pain")
    site.post("fr/seigle.md", "Seigle")
    site.build()
    before = {post.language for post in site.open().posts}
    site.post("de/pain.md", "Brot")
    site.build()
    assert (before, {post.language for post in site.open().posts}) == ({"en"}, {"de", "fr"})


def test_many_files_in_two_languages_are_looked_through_once(site: Site) -> None:
    paths = [f"{code}/{'a/' * 50}{number}.md" for code in ("de", "fr") for number in range(3_000)]
    assert languages_of_folders(paths) == ("de", "fr")


def test_a_relative_url_has_the_language_of_the_name_before_it(site: Site) -> None:
    site.post("error.de.md", "Fehler", url="manager/error")
    site.post("error.en.md", "Error", url="manager/error")
    site.post("blog/first.fr.md", "Premier")
    site.post("blog/second/index.fr.md", "Deuxième")
    site.build()
    urls = [post.url for post in site.open().posts]
    assert urls == ["/fr/blog/first/", "/fr/blog/second/", "/de/manager/error", "/en/manager/error"]


@pytest.mark.parametrize(("in_subdir", "url"), [("false", "/manager/error/"), ("true", "/en/manager/error/")])
def test_hugo_puts_its_own_language_before_a_url_only_where_it_is_told_to(
    tmp_path: Path, in_subdir: str, url: str
) -> None:
    config = f'defaultContentLanguage = "en"\ndefaultContentLanguageInSubdir = {in_subdir}\n'
    (tmp_path / "hugo.toml").write_text(config, encoding="utf-8")
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "error.en.md").write_text("---\nurl: manager/error\n---\nAn error.\n", encoding="utf-8")
    settings = load_settings(content=tmp_path / "content").content
    assert [post.url for post in read_site(settings, TODAY).corpus] == [url]
