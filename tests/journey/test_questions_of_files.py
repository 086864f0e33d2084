"""What stands in files, and what a question finds of it: front matter, MDX and folders read as a build reads them."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Site, json_of

from service.app import create_app


def search(site: Site, text: str, **asked: str) -> list[dict[str, Any]]:
    site.build()
    answer = create_app(site.settings).test_client().get("/api/v1/search", query_string={"q": text, **asked})
    hits: list[dict[str, Any]] = json_of(answer)["hits"]
    return hits


OVENS = """import OvenSwitch from '~/parts/OvenSwitch.astro';
export const heat = 250;

:::note[Mind the heat]
Ovens are hot.
:::

An oven bakes one of several loaves.
"""


@pytest.mark.parametrize(
    ("text", "fragments"),
    [("ovens", ["Ovens are hot."]), ("OvenSwitch", []), ("mind heat", ["Mind the heat"])],
    ids=["prose", "an import", "the title of a note"],
)
def test_only_what_a_reader_sees_of_mdx_is_found_and_shown(site: Site, text: str, fragments: list[str]) -> None:
    site.post("ovens.md", "Working with heat", OVENS)
    shown = [snippet["text"] for hit in search(site, text) for snippet in hit["snippets"]]
    assert all("import" not in one and ":::" not in one for one in shown)
    assert all(any(fragment in one for one in shown) for fragment in fragments)
    assert bool(shown) is bool(fragments)


@pytest.mark.parametrize(
    ("text", "language", "urls"),
    [
        ("パン", "ja", {"/ja/bread/"}),
        ("Brot", "de", {"/de/bread/", "/de/loaf/"}),
        ("bread", "en", {"/en/bread/"}),
        ("Brote", None, {"/de/bread/", "/de/loaf/"}),
    ],
)
def test_a_folder_of_a_language_gives_its_posts_the_words_of_that_language(
    site: Site, text: str, language: str | None, urls: set[str]
) -> None:
    site.post("en/bread.md", "Bread", "What bread is.")
    site.post("de/bread.md", "Brot", "Was ein Brot ist.")
    site.post("de/loaf.md", "Der Laib", "Viele Brote.")
    site.post("ja/bread.md", "パン", "パンとは。")
    found = search(site, text, **({"language": language} if language else {}))
    assert {hit["url"] for hit in found} == urls
