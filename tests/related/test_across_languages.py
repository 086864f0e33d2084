"""Related posts and languages: translations are never offered, another language only when nothing else is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import TODAY, Site, post_text
from test_promises import drafted, suggested

from indexer.check.findings import checked
from indexer.model import AcrossLanguages, FindingKind

GIF = "Use python and pillow to open the gif and save it as webp."
FUNDO = "Com python e pillow, open the gif e save como webp."
BASICS = "Python and pillow open and save images."


def shown(site: Site, name: str) -> list[str]:
    published = site.open()
    post = published.posts.find(name)
    assert post
    return [one.post.id for one in published.related.for_readers(post, 10)]


def blog(site: Site, original: dict[str, str], translation: dict[str, str], path: str = "fundo-do-gif.md") -> None:
    """A post in English, the same in Portuguese, and one that has less in common with it."""
    site.post("gif.md", "Background of a gif", GIF, **original)
    site.post(path, "Fundo do gif", FUNDO, **{"language": "pt"} | translation)
    site.post("pillow.md", "Pillow basics", BASICS)
    site.build()


@pytest.mark.parametrize(
    ("original", "translation", "path"),
    [
        pytest.param({"translationKey": "gif"}, {"translationKey": "gif"}, "fundo-do-gif.md", id="key of Hugo"),
        pytest.param({"ref": "gif"}, {"ref": "gif"}, "fundo-do-gif.md", id="ref"),
        pytest.param({"translations": "{pt: /fundo-do-gif/}"}, {}, "fundo-do-gif.md", id="a mapping that names it"),
        pytest.param({}, {"translations": "[gif.md]"}, "fundo-do-gif.md", id="a list that names it"),
        pytest.param({}, {}, "gif.pt.md", id="the name"),
        pytest.param({}, {}, "pt/gif.md", id="the folder"),
    ],
)
def test_a_translation_is_never_offered(
    site: Site, original: dict[str, str], translation: dict[str, str], path: str
) -> None:
    always = replace(site.settings.related, across_languages=AcrossLanguages.ALWAYS)
    site.settings = replace(site.settings, related=always)
    blog(site, original, translation, path)
    other = path.removesuffix(".md")
    assert (shown(site, "gif"), suggested(site, "gif")) == (["pillow"], ["pillow"])
    assert (shown(site, other), suggested(site, other)) == (["pillow"], ["pillow"])
    assert other not in suggested(site, "gif", to=True)
    draft = site.content / "gif.md"
    assert [one.post.id for one in drafted(site, draft.read_text(), str(draft)).suggestions] == ["pillow"]


def test_the_page_in_three_folders_of_languages_is_beside_nothing(site: Site) -> None:
    site.post("en/bread.md", "Bread limits", "The bread limit is 50 loaves for each oven and week.")
    site.post("de/bread.md", "Brotgrenzen", "Die Grenze (bread limit) sind 50 loaves je oven und Woche.")
    site.post("fr/bread.md", "Limites de pain", "La limite (bread limit) est de 50 loaves par oven et semaine.")
    site.build()
    assert [post.language for post in site.open().posts] == ["de", "en", "fr"]
    assert (shown(site, "en/bread"), suggested(site, "en/bread")) == ([], [])


def test_a_key_that_two_posts_of_one_language_share_says_nothing_of_translations(site: Site) -> None:
    site.post("other.md", "Other", "Bread.", ref="gif")
    blog(site, {"ref": "gif"}, {"ref": "gif"})
    assert "fundo-do-gif" in shown(site, "gif")


@pytest.mark.parametrize(
    ("across", "expected"),
    [
        (AcrossLanguages.LAST, ["pillow", "fundo-do-gif"]),  # the Portuguese post is nearer, and in another language
        (AcrossLanguages.NEVER, ["pillow"]),
        (AcrossLanguages.ALWAYS, ["fundo-do-gif", "pillow"]),
    ],
)
def test_another_language_comes_last_never_or_by_its_likeness(
    site: Site, across: AcrossLanguages, expected: list[str]
) -> None:
    site.settings = replace(site.settings, related=replace(site.settings.related, across_languages=across))
    blog(site, {}, {})
    assert (shown(site, "gif"), suggested(site, "gif")) == (expected, expected)
    draft = drafted(site, post_text("Draft", GIF))
    assert [one.post.language for one in draft.suggestions][-1] == ("pt" if across is AcrossLanguages.LAST else "en")


def test_a_variant_of_the_language_comes_before_other_languages(site: Site) -> None:
    site.post("a.md", "Broa", "Rye dough with caraway.", language="pt-BR")
    site.post("b.md", "Broas", "Rye dough with caraway and salt.", language="en")
    site.post("c.md", "Broa de milho", "Rye.", language="pt")
    site.build()
    assert shown(site, "a") == ["c", "b"]


def test_an_editor_may_name_a_post_in_another_language(site: Site) -> None:
    blog(site, {"relatedPosts": "[fundo-do-gif]"}, {})
    assert shown(site, "gif") == ["fundo-do-gif", "pillow"]


def test_check_neither_suggests_a_translation_nor_takes_it_for_a_copy(site: Site) -> None:
    text = "Rye dough with caraway, for the oven. " * 5
    site.post("en/bread.md", "Bread", text)
    site.post("fr/bread.md", "Bread", text)  # not translated yet
    found = checked(site.settings.content, TODAY)
    assert (found.suggested, found.duplicates) == ((), ())
    assert FindingKind.NEARLY_SAME not in {finding.kind for finding in found.findings}
