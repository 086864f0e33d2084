"""The hand-made links of a whole site, and what of them leads nowhere."""

from __future__ import annotations

from conftest import TODAY, Site

from indexer.content.site import read_site
from indexer.links.graph import link_graph
from indexer.model import BadReference, Graph, ReferenceProblem


def graph_of(site: Site) -> Graph:
    reading = read_site(site.settings.content, TODAY)
    return link_graph(reading.corpus, reading.excluded, site.settings.content.site)


def test_lists_keep_the_order_of_the_editor_and_name_each_post_once(site: Site) -> None:
    site.post("a.md", "A", relatedPosts="[c, b.md, /c/]")
    site.post("b.md", "B")
    site.post("c.md", "C")

    graph = graph_of(site)

    assert graph.curated == ((2, 1), (), ())
    assert (graph.references, graph.resolved, graph.bad) == (3, 3, ())


def test_a_post_never_points_to_itself(site: Site) -> None:
    site.post("a.md", "A", body="See [this](/a/) and [that](b.md).", relatedPosts="[a, b]")
    site.post("b.md", "B")

    graph = graph_of(site)

    assert (graph.curated, graph.linked, graph.bad) == (((1,), ()), ((1,), ()), ())


def test_links_in_the_body_count_when_they_lead_to_a_post_of_the_site(site: Site) -> None:
    site.configure(site="https://x.example")
    links = "[b](b.md#crust) [c](https://x.example/c/) [d](https://other.example/d/) [none](/none/) [drafted](/e/)"
    site.post("a.md", "A", body=f"{links} `[d](/d/)`")
    for name in "bcd":
        site.post(f"{name}.md", name)
    site.post("e.md", "E", draft="true")

    graph = graph_of(site)

    assert graph.linked[0] == (1, 2)
    assert graph.bad == ()


def test_a_name_with_its_first_digit_lost_is_reported_with_the_post_it_may_mean(site: Site) -> None:
    site.post("2017-01-15-cms-or-custom.md", "CMS")
    site.write("rye.md", "---\ntitle: Rye\nrelatedPosts:\n  - 017-01-15-cms-or-custom.md\n---\nBody.\n")

    graph = graph_of(site)

    assert graph.curated == ((), ())
    assert graph.bad == (
        BadReference(
            "rye.md",
            4,
            "017-01-15-cms-or-custom.md",
            ReferenceProblem.DANGLING,
            ("2017-01-15-cms-or-custom.md",),
            is_certain=True,
        ),
    )


def test_a_name_like_no_other_is_reported_without_a_candidate(site: Site) -> None:
    site.post("rye.md", "Rye", relatedPosts="[something-else-entirely]")

    assert [(one.problem, one.candidates) for one in graph_of(site).bad] == [(ReferenceProblem.DANGLING, ())]


def test_an_ambiguous_name_is_reported_with_all_it_may_mean(site: Site) -> None:
    site.post("2018-02-02-rye.md", "Rye", url="/one/")
    site.post("2019-01-01-rye.md", "Rye again", url="/two/")
    site.post("a.md", "A", relatedPosts="[rye]")

    graph = graph_of(site)

    assert graph.curated == ((), (), ())
    assert [(one.problem, one.candidates) for one in graph.bad] == [
        (ReferenceProblem.AMBIGUOUS, ("2018-02-02-rye.md", "2019-01-01-rye.md"))
    ]


def test_a_reference_to_a_draft_is_reported_and_is_no_target(site: Site) -> None:
    site.post("a.md", "A", relatedPosts="[b, c]")
    site.post("b.md", "B", draft="true")
    site.post("c.md", "C", date="2030-01-01")

    graph = graph_of(site)

    assert graph.curated == ((),)
    assert [(one.name, one.problem, one.candidates) for one in graph.bad] == [
        ("b", ReferenceProblem.NOT_PUBLISHED, ("b.md (draft)",)),
        ("c", ReferenceProblem.NOT_PUBLISHED, ("c.md (date in the future)",)),
    ]
    assert (graph.references, graph.resolved) == (2, 2)


def test_the_list_of_a_draft_is_looked_at_too(site: Site) -> None:
    site.post("a.md", "A")
    site.post("b.md", "B", draft="true", relatedPosts="[a, nowhere-at-all]")

    graph = graph_of(site)

    assert graph.curated == ((),)
    assert [(one.path, one.name) for one in graph.bad] == [("b.md", "nowhere-at-all")]


def test_a_site_without_posts_has_an_empty_graph(site: Site) -> None:
    assert graph_of(site) == Graph((), ())
