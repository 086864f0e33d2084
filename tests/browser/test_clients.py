"""Other people's front ends, unmodified from npm, over a real service."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from browsing import DEMO, HERE, Serve, Site, bundled
from playwright.sync_api import Page, Route
from serving import Server, environment

BOATS = {
    "hull.md": "---\ntitle: Hull week\ntags: [boats, letters]\n---\n\n## Scraping\n\nA barnacle comes off.\n",
    "letters.md": "---\ntitle: Letters\ntags: [letters]\nrelatedPosts: [hull]\n---\n\nPost from the harbour.\n",
    "lights.md": "---\ntitle: Harbour lights\ntags: ['R&D <b>']\n---\n\n`<img src=x onerror=alert(1)>` & lamps.\n",
}


@pytest.fixture
def boats(tmp_path: Path) -> Path:
    """The content of a small blog with tags."""
    folder = tmp_path / "boats"
    folder.mkdir()
    for name, text in BOATS.items():
        (folder / name).write_text(text)
    return folder


def started(serve: Serve, site: Site, content: Path = DEMO) -> Server:
    """A service that pages of the site may ask, and whose hits lead to it."""
    return serve(content, service=f'origins = ["{site.origin}"]', more=f'site = "{site.origin}"')


def opened(page: Page, site: Site, script: str, body: str = '<div id="box"></div>') -> None:
    """Opens a page with a bundled script. Errors that no script has caught fail the test."""
    bundled(script, site.folder / "bundle.js")
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A blog</title>'
    page.goto(site.write("index.html", f'{head}<body>{body}<script src="bundle.js"></script>'))


LITE = """
import { liteClient } from "algoliasearch/lite";
const client = liteClient("any", "any", {hosts: [{url: "HOST/algolia", accept: "readWrite", protocol: "http"}]});
"""
LITE_4 = """
import algoliasearch from "algoliasearch-4/lite";
const client = algoliasearch("any", "any", {hosts: [{url: "HOST/algolia", protocol: "http"}]});
"""


def of_service(script: str, server: Server) -> str:
    return script.replace("HOST", server.origin.removeprefix("http://"))


# ------------------------------------------------------------------------------------------------------- DocSearch

DOCSEARCH_5 = f"""
{LITE}
import docsearch from "@docsearch/js/docsearch";
docsearch({{container: "#box", appId: "any", apiKey: "any", indices: ["blog"], transformSearchClient: () => client}});
"""
DOCSEARCH_4 = f"""
{LITE}
import docsearch from "docsearch-4";
docsearch({{container: "#box", appId: "any", apiKey: "any", indexName: "blog", transformSearchClient: () => client}});
"""


@pytest.mark.parametrize("script", [DOCSEARCH_5, DOCSEARCH_4], ids=["5", "4"])
def test_docsearch_shows_hits_while_a_word_is_typed_and_leads_to_them(
    page: Page, site: Site, serve: Serve, script: str
) -> None:
    opened(page, site, of_service(script, started(serve, site)))
    page.locator(".DocSearch-Button").click()
    page.locator(".DocSearch-Input").fill("expand then contr")
    hit = page.locator(".DocSearch-Hit a").first
    hit.wait_for()
    assert hit.locator("mark").all_text_contents() == ["Expand", "contract"]
    assert hit.get_attribute("href") == f"{site.origin}/posts/schema-changes-without-downtime/#expand-then-contract"


@pytest.mark.parametrize("script", [DOCSEARCH_5, DOCSEARCH_4], ids=["5", "4"])
def test_docsearch_shows_texts_as_texts(page: Page, site: Site, serve: Serve, boats: Path, script: str) -> None:
    opened(page, site, of_service(script, started(serve, site, boats)))
    page.locator(".DocSearch-Button").click()
    page.locator(".DocSearch-Input").fill("lamps")
    page.locator(".DocSearch-Hit a").first.wait_for()
    shown = page.locator(".DocSearch-Dropdown").inner_text()
    assert "R&D <b>" in shown
    assert "&lt;" not in shown
    assert page.locator(".DocSearch-Dropdown img[src=x]").count() == 0


CONFIGURED = """
import docsearch from "PACKAGE";
docsearch({container: "#box", appId: "search.blog.example/algolia#", apiKey: "any", INDEX});
"""


@pytest.mark.parametrize(
    ("package", "index"),
    [("@docsearch/js/docsearch", 'indices: ["blog"]'), ("docsearch-4", 'indexName: "blog"')],
    ids=["5", "4"],
)
def test_docsearch_needs_nothing_but_an_application_id(
    page: Page, site: Site, serve: Serve, package: str, index: str
) -> None:
    """As Docusaurus and VitePress do, which have no place for code. TLS is that of the test."""
    server = started(serve, site)
    asked: list[str] = []

    def forwarded(route: Route) -> None:
        asked.append(route.request.url)
        path = route.request.url.removeprefix("https://search.blog.example")
        route.fulfill(response=route.fetch(url=f"{server.origin}{path}"))

    page.route("https://search.blog.example/**", forwarded)
    opened(page, site, CONFIGURED.replace("PACKAGE", package).replace("INDEX", index))
    page.locator(".DocSearch-Button").click()
    page.locator(".DocSearch-Input").fill("schema")
    page.locator(".DocSearch-Hit a").first.wait_for()
    assert set(asked) == {"https://search.blog.example/algolia"}


# ---------------------------------------------------------------------------------------------------- InstantSearch

WIDGETS = """
import instantsearch from "instantsearch.js";
import { hits, pagination, refinementList, relatedProducts, searchBox, stats } from "instantsearch.js/es/widgets";
const search = instantsearch({indexName: "blog", searchClient: client});
const item = (hit, {html, components}) => html`
  <a href="${hit.url}">${components.Highlight({hit, attribute: "title"})}</a>
  <p>${components.Snippet({hit, attribute: "content"})}</p>`;
search.addWidgets([
  searchBox({container: "#box"}),
  stats({container: "#stats"}),
  refinementList({container: "#tags", attribute: "tags", searchable: true}),
  hits({container: "#hits", templates: {item}}),
  pagination({container: "#pages"}),
  relatedProducts({container: "#related", objectIDs: ["/letters/"], limit: 1,
    templates: {item: (hit, {html}) => html`<a href="${hit.url}">${hit.title}</a>`}}),
]);
search.start();
"""
PLACES = "".join(f'<div id="{name}"></div>' for name in ("box", "stats", "tags", "hits", "pages", "related"))


@pytest.mark.parametrize("client", [LITE, LITE_4], ids=["algoliasearch 5", "algoliasearch 4"])
def test_instantsearch_searches_filters_and_recommends(
    page: Page, site: Site, serve: Serve, boats: Path, client: str
) -> None:
    opened(page, site, of_service(client + WIDGETS, started(serve, site, boats)), PLACES)
    page.locator("#stats", has_text="3 results").wait_for()
    assert page.locator("#related a").get_attribute("href") == f"{site.origin}/hull/"
    page.locator("#tags input[type=search]").fill("lett")
    page.locator("#tags mark", has_text="lett").wait_for()
    page.locator("#tags label").click()
    page.locator("#stats", has_text="2 results").wait_for()
    assert set(page.locator("#tags .ais-RefinementList-labelText").all_text_contents()) >= {"letters", "R&D <b>"}
    page.locator("#box input").fill("barna")
    page.locator("#hits mark", has_text="barnacle").wait_for()
    assert page.locator("#hits a").get_attribute("href") == f"{site.origin}/hull/#scraping"


def test_instantsearch_shows_texts_as_texts(page: Page, site: Site, serve: Serve, boats: Path) -> None:
    opened(page, site, of_service(LITE + WIDGETS, started(serve, site, boats)), PLACES)
    page.locator("#box input").fill("lamps")
    page.locator("#hits mark", has_text="lamps").wait_for()
    assert "&lt;" not in page.locator("body").inner_text()


# ------------------------------------------------------------------------------------------------- clients in node


def run(script: str, server: Server) -> Any:
    """What a script prints as JSON, run by node beside its packages."""
    node = shutil.which("node")
    assert node, "node is not installed"
    done = subprocess.run(
        [node, "--input-type=module", "--eval", of_service(script, server)],
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE,
        env=environment(),
        timeout=60,
    )
    return json.loads(done.stdout)


FULL_5 = """
import { algoliasearch } from "algoliasearch";
const client = algoliasearch("any", "any", {hosts: [{url: "HOST/algolia", accept: "readWrite", protocol: "http"}]});
const many = await client.search({requests: [{indexName: "blog", query: "barnacle"}]});
const one = await client.searchSingleIndex({indexName: "blog", searchParams: {query: "barnacle"}});
const values = await client.searchForFacetValues(
  {indexName: "blog", facetName: "tags", searchForFacetValuesRequest: {facetQuery: "lett"}});
console.log(JSON.stringify([many.results[0].nbHits, one.nbHits, values.facetHits[0].value]));
"""
FULL_4 = """
import algoliasearch from "algoliasearch-4";
const client = algoliasearch("any", "any", {hosts: [{url: "HOST/algolia", protocol: "http"}]});
const index = client.initIndex("blog");
const many = await client.search([{indexName: "blog", query: "barnacle", params: {hitsPerPage: 1}}]);
const one = await index.search("barnacle", {facets: ["tags"]});
const values = await index.searchForFacetValues("tags", "lett");
console.log(JSON.stringify([many.results[0].nbHits, one.nbHits, values.facetHits[0].value]));
"""


@pytest.mark.parametrize("script", [FULL_5, FULL_4], ids=["algoliasearch 5", "algoliasearch 4"])
def test_the_full_clients_ask_one_index_and_its_facets(serve: Serve, boats: Path, script: str) -> None:
    assert run(script, serve(boats)) == [1, 1, "letters"]


# As the search page of the theme of Docusaurus 3.10 asks, and reads what it gets.
DOCUSAURUS = f"""
{LITE}
import helperOf from "algoliasearch-helper";
const options = {{hitsPerPage: 15, advancedSyntax: true, disjunctiveFacets: ["language", "docusaurus_tag"]}};
const helper = helperOf(client, "blog", options);
helper.addDisjunctiveFacetRefinement("docusaurus_tag", "default");
helper.addDisjunctiveFacetRefinement("language", "en");
helper.on("result", ({{results}}) => {{
  const hits = results.hits.map(({{url, _highlightResult: {{hierarchy}}}}) => [
    new URL(url).pathname, Object.keys(hierarchy).map(level => hierarchy[level].value).pop()]);
  console.log(JSON.stringify([results.nbHits, results.nbPages, hits]));
}});
helper.setQuery("barnac").setPage(0).search();
"""


def test_the_search_page_of_docusaurus_reads_hits_although_it_filters_by_what_posts_do_not_have(
    serve: Serve, boats: Path
) -> None:
    assert run(DOCUSAURUS, serve(boats)) == [1, 1, [["/hull/", "Scraping"]]]
