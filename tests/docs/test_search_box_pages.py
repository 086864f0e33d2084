"""What the how-tos have people paste for the search box is what the script and the service know."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from indexer import settings
from indexer.output.assets import elements
from service.app import create_app

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
BOX = HOW_TO / "add-a-search-box.md"
ONE_SCREEN = 55  # lines
# The generators with a chapter of their own for the box, and the file of the site that its lines go into.
GENERATORS = {
    "astro": "src/layouts/Layout.astro",
    "docusaurus": "src/theme/SearchBar.js",
    "eleventy": "src/_includes/layout.njk",
    "hakyll": "templates/default.html",
    "hugo": "layouts/partials/header.html",
    "jekyll": "_includes/header.html",
    "mkdocs": "overrides/main.html",
    "vitepress": ".vitepress/theme/index.js",
}
EVERYWHERE = {"class", "style", "key"}  # attributes of any element, and what React and Vue call one


def box_chapter(name: str) -> str:
    text = (HOW_TO / "generators" / f"{name}.md").read_text(encoding="utf-8")
    return text.partition("\n## Search box\n")[2]


def pasted(text: str) -> str:
    return "\n".join(re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def attributes(code: str) -> set[str]:
    """Of the elements in HTML, and in calls of Vue's h()."""
    tags = re.findall(r"<see-also-\w+([^>]*)>", code)
    in_html = [name for tag in tags for name in re.findall(r"([\w-]+)(?:=\"[^\"]*\")?", tag)]
    calls = re.findall(r"h\('see-also-\w+', \{ (.*?) \}\)", code)
    return {*in_html, *(name for call in calls for name in re.findall(r"(\w+):(?= )", re.sub(r"'[^']*'", "''", call)))}


@pytest.fixture
def box_options() -> set[str]:
    return set(re.findall(r"^\| `([a-z]+)`", BOX.read_text(encoding="utf-8").partition("## Options")[2], re.MULTILINE))


@pytest.mark.parametrize("name", GENERATORS)
def test_a_chapter_names_the_file_and_fits_on_one_screen(name: str) -> None:
    chapter = box_chapter(name)
    assert f"`{GENERATORS[name]}`" in chapter
    assert len(chapter.strip().splitlines()) <= ONE_SCREEN


@pytest.mark.parametrize("name", GENERATORS)
def test_what_is_pasted_is_known_to_the_script(name: str, box_options: set[str]) -> None:
    code = pasted(box_chapter(name))
    defined = set(re.findall(r'customElements.define\("([\w-]+)"', elements()[0].data.decode()))
    assert set(re.findall(r"see-also-(?:search|list)", code)) == defined
    assert attributes(code) <= box_options | EVERYWHERE


@pytest.mark.parametrize("name", GENERATORS)
def test_the_script_that_is_pasted_is_served(name: str) -> None:
    (address,) = set(re.findall(r"https://search\.blog\.example[^\s'\"]*", pasted(box_chapter(name))))
    assert create_app(settings.Settings()).test_client().get(urlsplit(address).path).status_code == 200


@pytest.mark.parametrize("name", GENERATORS)
def test_the_preview_of_a_site_and_the_service_have_ports_of_their_own(name: str, tmp_path: Path) -> None:
    (tmp_path / "seealso.toml").write_text(box_chapter(name).partition("```toml\n")[2].partition("```")[0])
    service = settings.load_settings(tmp_path / "seealso.toml").service
    live, preview = map(urlsplit, service.origins)
    assert (live.scheme, live.path, preview.path) == ("https", "", "")
    assert preview.port != service.port


def test_add_a_search_box_leads_to_every_chapter() -> None:
    linked = re.findall(r"generators/(\w+)\.md#search-box", BOX.read_text(encoding="utf-8"))
    assert linked == sorted(GENERATORS)
