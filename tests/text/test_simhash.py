"""The simhash of a text: the same for the same words, near for nearly the same, far for others."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import Site
from corpora import post, section
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from indexer.content.site import read_site
from indexer.model import Post
from indexer.text.simhash import same_text, simhashes, with_text, written
from indexer.text.token_stream import tokens_of

# Two hundred different words in sentences: what a short post has.
WORDS = [
    f"{first}{second}{third}" for first in "bdfgk" for second in ("ar", "el", "im", "os") for third in "abcdefghij"
]
TEXT = ". ".join(" ".join(WORDS[start : start + 10]).capitalize() for start in range(0, len(WORDS), 10))
BREAD = post("bread", "Rye bread", section("", TEXT), section("Oven", "Hot and dry.", "bake --hot"))


def simhash(*posts: Post) -> str:
    return written(simhashes(tokens_of(posts))[0])


def test_a_fingerprint_never_changes_for_it_stands_in_the_files_of_sites() -> None:
    assert simhash(post("a", "Rye bread", section("Dough", "Flour, water and salt.", "bake()"))) == "2f69697cea951725"


def test_another_process_finds_the_same() -> None:
    code = "from test_simhash import BREAD, simhash; print(simhash(BREAD))"
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": path}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == simhash(BREAD)


@pytest.mark.parametrize(
    "other",
    [
        replace(BREAD, tags=("baking",), url="/elsewhere/", image="x.png", boost=2.0, pins=("rye",)),
        replace(BREAD, id="renamed", path="renamed.md"),
        replace(BREAD, sections=(section("", TEXT.replace(" ", "\n  ")), *BREAD.sections[1:])),
        replace(BREAD, sections=BREAD.sections[::-1]),
        replace(BREAD, title="RYE Bread!"),
    ],
    ids=["front matter", "file name", "white space", "order", "case and punctuation"],
)
def test_what_is_no_text_makes_no_difference(other: Post) -> None:
    assert simhash(other) == simhash(BREAD)


def test_the_other_posts_of_the_site_make_no_difference() -> None:
    others = (post("rye", "Rye", "Another text on rye."), post("brot", "Brot", "Der Teig.", language="de"))
    assert simhash(BREAD, *others) == simhash(BREAD)


@pytest.mark.parametrize("place", range(0, len(WORDS), 20))
def test_a_typo_mended_leaves_the_text_the_same(place: int) -> None:
    mended = TEXT.replace(WORDS[place], f"{WORDS[place]}x").replace(WORDS[place].capitalize(), f"{WORDS[place]}x")
    other = replace(BREAD, sections=(section("", mended), *BREAD.sections[1:]))
    assert mended != TEXT
    assert same_text(simhash(other), simhash(BREAD))


def test_half_a_text_rewritten_makes_another() -> None:
    rewritten = TEXT[: len(TEXT) // 2] + TEXT[len(TEXT) // 2 :].replace("a", "u").replace("e", "y")
    other = replace(BREAD, sections=(section("", rewritten), *BREAD.sections[1:]))
    assert not same_text(simhash(other), simhash(BREAD))


@pytest.mark.parametrize("part", ["title", "description", "heading", "text", "code"])
def test_every_part_of_the_text_counts(part: str) -> None:
    texts = dict.fromkeys(("title", "description", "heading", "text", "code"), "") | {part: TEXT}
    one = post("a", texts["title"], section(texts["heading"], texts["text"], texts["code"]))
    assert simhash(replace(one, description=texts["description"])) != simhash(post("a", ""))


def test_a_generation_holds_the_fingerprints_of_its_posts(site: Site) -> None:
    site.post("a.md", "Rye", "Rye and `code`.\n\n## Oven\n\nHot.\n\n```\nbake\n```")
    site.post("b.md", "Brot", "Der Teig der Bäckerei.", language="de", description="Ein dunkles Brot.")
    site.post("c.md", "酵母", "面团发酵。", language="zh")
    site.build()
    published = site.open()
    read = read_site(site.settings.content, published.built_at.date()).corpus
    assert [written(one) for one in published.simhashes] == [simhash(one) for one in read]
    for stored in published.posts:  # from what is stored of its text, too
        again = Post(stored.id, stored.path, stored.url, stored.title, stored.description, language=stored.language)
        sections = published.posts.sections(stored.number)
        assert simhash(replace(again, sections=sections)) == written(published.simhashes[stored.number])


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_has_a_fingerprint(texts: list[str]) -> None:
    assert len(simhash(post("a", "", *texts))) == 16


def test_posts_are_found_by_a_text_that_is_nearly_theirs() -> None:
    other = post("oat", "Oat", "Flakes in milk, nothing else at all.")
    known = simhashes(tokens_of([BREAD, other, replace(BREAD, id="copy")]))
    assert with_text(known, written(known[0])) == [0, 2]
    assert with_text(known, written(known[0] ^ known[0].dtype.type(0b1111))) == [0, 2]
    assert with_text(known, written(known[0] ^ known[0].dtype.type(0b11111))) == []
