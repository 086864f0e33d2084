"""What other posts call a post where they link to it."""

from __future__ import annotations

from conftest import TODAY, Site

from indexer.content.site import read_site
from indexer.links.graph import link_graph
from indexer.links.link_texts import MANY_POSTS, MOST_TEXTS


def texts_of(site: Site) -> dict[str, tuple[str, ...]]:
    """The link texts of each post that has any, by its path."""
    corpus = read_site(site.settings.content, TODAY).corpus
    texts = link_graph(corpus, (), site.settings.content.site).link_texts
    return {post.path: found for post, found in zip(corpus, texts, strict=True) if found}


def test_a_post_has_the_texts_of_links_from_others_those_of_most_posts_first(site: Site) -> None:
    site.post("a.md", "A", body="Feed [a wild culture](rye.md#feeding) and a [*Sour* `dough`](/rye/).")
    site.post(
        "b.md", "B", body="See [the sour dough][1], [a sour dough](rye) and again [Sour dough](rye.md).\n\n[1]: /rye/"
    )
    site.post("rye.md", "Rye starter", body="[This page](/rye/), [that part](#feeding).")

    assert texts_of(site) == {"rye.md": ("sour dough", "a sour dough", "a wild culture", "the sour dough")}


def test_its_title_says_nothing_new(site: Site) -> None:
    site.post("a.md", "A", body="[Rye starter!](rye.md)")
    site.post("rye.md", "Rye Starter")

    assert texts_of(site) == {}


def test_a_text_that_leads_to_many_posts_names_none(site: Site) -> None:
    names = [f"p{number}" for number in range(MANY_POSTS)]
    for name in names:
        site.post(f"{name}.md", name.upper())
    site.post("few.md", "Few", body=" ".join(f"[read on]({name}.md)" for name in names[1:]))
    assert texts_of(site)["p1.md"] == ("read on",)

    site.post("many.md", "Many", body="[Read on](p0.md)")
    assert texts_of(site) == {}


def test_there_is_a_limit_to_the_texts_of_a_post(site: Site) -> None:
    site.post("a.md", "A", body=" ".join(f"[text {number}](rye.md)" for number in range(MOST_TEXTS + 5)))
    site.post("rye.md", "Rye")

    assert len(texts_of(site)["rye.md"]) == MOST_TEXTS
