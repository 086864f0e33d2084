"""A folder of files → posts, and each file that is none with the reason and the line."""

from __future__ import annotations

import errno
import os
import shutil
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from conftest import TODAY, Site, post_text

from indexer.content.files import read_source
from indexer.content.reader import draft_post
from indexer.content.site import Site as ReadSite
from indexer.content.site import read_site
from indexer.content.urls import is_internal
from indexer.errors import BadPost, ContentVanished, NoContent
from indexer.model import Excluded, ExclusionReason, Post, Reference, UnreadableField
from indexer.settings import ContentSettings, Keys, load_settings


def read(site: Site) -> ReadSite:
    return read_site(site.settings.content, TODAY)


def only(site: Site) -> Post:
    (post,) = read(site).corpus
    return post


def excluded(site: Site) -> Excluded:
    """The one file that is left out; a second file, which is good, is always among the posts."""
    site.post("good.md", "Good")
    reading = read(site)
    assert [post.id for post in reading.corpus] == ["good"]
    (one,) = reading.excluded
    return one


# ------------------------------------------------------------------------------------------ the native format

NATIVE = """---
title: When Not to Use a Web Framework
postUrl: /posts/when-not-to-use-a-web-framework/
imageUrl: "/images/frameworks-large.jpg"
description: "
<p>Sometimes, it's <em>best</em> to ditch
your <a href="/posts/tools/">framework</a>.</p>
"
featuredOrder: 3
relatedPosts:
    - "2017-01-15-cms-or-custom-software.md"
    - "2017-03-14-just-build-it.md"
---


All rules have exceptions.

## Low latency

See [the
other post <i class="linkify icon"></i>](/posts/other/) and [Python](https://python.example/).
""".replace('href="/posts/tools/"', "href='/posts/tools/'")


def test_a_post_in_the_native_format_is_read_whole(site: Site) -> None:
    site.write("2017-01-20-when-not-to-use.md", NATIVE)

    post = only(site)

    assert (post.id, post.path) == ("2017-01-20-when-not-to-use", "2017-01-20-when-not-to-use.md")
    assert (post.title, post.url) == ("When Not to Use a Web Framework", "/posts/when-not-to-use-a-web-framework/")
    assert post.description == "Sometimes, it's best to ditch your framework."
    assert (post.image, post.featured_order, post.date) == ("/images/frameworks-large.jpg", 3, date(2017, 1, 20))
    assert post.curated == (
        Reference("2017-01-15-cms-or-custom-software.md", 11),
        Reference("2017-03-14-just-build-it.md", 12),
    )
    assert post.links == ("/posts/tools/", "/posts/other/")
    assert [(one.heading, one.anchor, one.text) for one in post.sections] == [
        ("", "", "All rules have exceptions."),
        ("Low latency", "low-latency", "See the other post and Python."),
    ]


@pytest.mark.parametrize(
    "front",
    [
        pytest.param("---\ntitle: Rye\npermalink: /rye/\nsummary: Dark.\ncategories: [bread]\n---\n", id="Jekyll"),
        pytest.param("---\ntitle: Rye\nurl: /rye/\nhtmlDescription: <p>Dark.</p>\nkeywords: bread\n---\n", id="HTML"),
        pytest.param(
            "+++\ntitle = 'Rye'\nslug = 'rye'\ndescription = 'Dark.'\n[taxonomies]\ntags = ['bread']\n+++\n", id="Zola"
        ),
        pytest.param('{"title": "Rye", "path": "rye", "excerpt": "Dark.", "tags": ["bread"]}\n', id="JSON"),
    ],
)
def test_the_keys_of_other_sites_are_known(site: Site, front: str) -> None:
    site.write("2017-01-20-loaf.md", front + "Body.\n")

    post = only(site)

    assert (post.title, post.url, post.description, post.tags) == ("Rye", "/rye/", "Dark.", ("bread",))


def test_settings_name_keys_of_ones_own_and_dots_reach_into_mappings(site: Site) -> None:
    site.configure(keys=Keys(title=("naam",), image=("design.image",), related=("see_also",)))
    site.write("rye.md", "---\nnaam: Rogge\ndesign:\n  image: /rye.png\nsee_also: oats\n---\nBody.\n")

    post = only(site)

    assert (post.title, post.image, post.curated) == ("Rogge", "/rye.png", (Reference("oats", 5),))


def test_a_reference_stands_on_the_line_that_holds_its_whole_name(site: Site) -> None:
    site.write("rye.md", "---\ntitle: Rye\nrelated:\n  - oats-2 # old/oats, oats.md\n  - 'oats'\n---\nBody.\n")

    assert only(site).curated == (Reference("oats-2", 4), Reference("oats", 5))


@pytest.mark.parametrize(
    ("front", "names"),
    [
        pytest.param("relatedPosts: [a.md, b]", ["a.md", "b"], id="a list of names"),
        pytest.param("related: a.md", ["a.md"], id="one name"),
        pytest.param("related_resources:\n  - text: A\n    url: /a/\n  - path: b.md", ["/a/", "b.md"], id="mappings"),
        pytest.param("related_posts:\n  - url: /a/\n  - b", ["/a/", "b"], id="mixed"),
        pytest.param("related:\n  - \n  - text: no target\n  - [x]", [], id="entries that name nothing"),
        pytest.param("relatedPosts: null\nrelated: [~, a]", ["a"], id="YAML's words for nothing"),
        pytest.param("relatedPosts: []\nrelated: [a]", ["a"], id="an empty list before a full one"),
    ],
)
def test_related_posts_may_be_named_in_many_forms(site: Site, front: str, names: list[str]) -> None:
    site.write("rye.md", f"---\ntitle: Rye\n{front}\n---\nBody.\n")

    assert [one.name for one in only(site).curated] == names


def test_a_post_without_title_takes_its_first_heading_or_its_slug(site: Site) -> None:
    site.write("a.md", "---\nurl: /a/\n---\n# Dark *rye*\n\nBody.\n")
    site.write("2017-01-20-pale-oats.md", "---\nurl: /b/\n---\nBody.\n")
    site.write("spelt/index.md", "---\nurl: /c/\n---\nBody.\n")

    assert [post.title for post in read(site).corpus] == ["pale oats", "Dark rye", "spelt"]


@pytest.mark.parametrize(
    ("name", "front", "expected"),
    [
        ("a.md", "date: 2017-01-20", date(2017, 1, 20)),
        ("a.md", "date: 2017-1-2 10:00:00 +0200", date(2017, 1, 2)),
        ("a.md", "date: 2017/01/20", date(2017, 1, 20)),
        ("a.md", 'pubDate: "2017-01-20T10:00:00Z"', date(2017, 1, 20)),
        ("2017-01-20-a.md", "title: Rye", date(2017, 1, 20)),
        ("2017-01-20-a.md", "date: 2018-02-03", date(2018, 2, 3)),
        ("2017-01-20-a.md", "date:", date(2017, 1, 20)),
        ("2017-02-30-a.md", "title: Rye", None),
        ("a.md", "title: Rye", None),
    ],
)
def test_a_date_is_that_of_the_key_or_else_of_the_file_name(
    site: Site, name: str, front: str, expected: date | None
) -> None:
    site.write(name, f"---\n{front}\n---\nBody.\n")

    assert only(site).date == expected


@pytest.mark.parametrize(
    "value", ["2024-13-45", "0000-00-00", "32 May", "soon", "20240", "25:99:00", "2024-01-02 25:99:00"]
)
def test_a_bad_date_costs_the_post_its_date_and_is_reported_with_its_line(site: Site, value: str) -> None:
    site.write("bad.md", f"---\ntitle: Rye\ndate: {value}\n---\nBody.\n")

    post = only(site)

    assert post.date is None
    assert post.unreadable == (UnreadableField(3, f"\"date\" is not a date: '{value}', so it does not count"),)


@pytest.mark.parametrize(("value", "shown"), [("[1, 2]", '["1", "2"]'), ("{day: 2024-01-02}", '{"day": "2024-01-02"}')])
def test_a_list_or_mapping_in_place_of_a_date_is_reported_too(site: Site, value: str, shown: str) -> None:
    site.post("bad.md", "Rye", date=value)
    reason = f"\"date\" is not a date: '{shown}', so it does not count"
    assert (only(site).date, only(site).unreadable) == (None, (UnreadableField(3, reason),))


@pytest.mark.parametrize("key", ["publishDate", "expiryDate"])
def test_a_bad_date_of_publication_keeps_the_post_back(site: Site, key: str) -> None:
    site.post("bad.md", "Rye", date="2024-01-01", **{key: "soon"})

    assert excluded(site) == Excluded("bad.md", ExclusionReason.BAD, f"\"{key}\" is not a date: 'soon'", 4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("'Mar 04 2023'", date(2023, 3, 4), id="Astro's starter"),
        pytest.param("March 4th, 2023", date(2023, 3, 4), id="American"),
        pytest.param("4 March 2023", date(2023, 3, 4), id="British"),
        pytest.param("Sat, 04 Mar 2023 07:05:00 GMT", date(2023, 3, 4), id="RFC 822"),
        pytest.param("Sat Mar 4 2023", date(2023, 3, 4), id="JavaScript"),
    ],
)
def test_a_date_may_be_written_in_words(site: Site, value: str, expected: date) -> None:
    site.post("rye.md", "Rye", date=value)

    assert only(site).date == expected


def test_the_folder_of_a_page_may_have_its_date(site: Site) -> None:
    site.post("2026-03-04-rye/index.md", "Rye")
    site.post("2026-08-01-oats/index.md", "Oats")

    reading = read(site)

    assert [(post.id, post.date) for post in reading.corpus] == [("2026-03-04-rye/index", date(2026, 3, 4))]
    assert [(file.path, file.reason) for file in reading.excluded] == [
        ("2026-08-01-oats/index.md", ExclusionReason.FUTURE)
    ]


@pytest.mark.parametrize(
    ("path", "front", "url"),
    [
        ("2017-01-20-rye.md", "title: x", "/2017/01/rye/"),
        ("deep/2017-01-20-rye.md", "title: x", "/2017/01/rye/"),
        ("rye.md", "title: x", "/rye/"),
        ("rye.md", "url: bread/rye", "/bread/rye"),
        ("rye.md", "url: https://x.example/rye", "https://x.example/rye"),
        ("a b.md", "title: x", "/a%20b/"),
        ("_how-tos/bake/rye.md", "title: x", "/how-to/bake/rye/"),
        ("_how-tos/index.md", "title: x", "/how-to/"),
    ],
)
def test_a_url_is_that_of_the_key_or_else_made_by_the_pattern_of_its_folder(
    site: Site, path: str, front: str, url: str
) -> None:
    site.configure(url="/{year}/{month}/{slug}/", urls={"_how-tos": "/how-to/{path}/"})
    site.write(path, f"---\n{front}\n---\nBody.\n")

    assert only(site).url == url


def test_an_index_page_has_the_url_of_its_folder(site: Site) -> None:
    site.post("guides/index.md", "Guides")
    site.post("_index.md", "Home")

    assert [(post.id, post.url) for post in read(site).corpus] == [("_index", "/"), ("guides/index", "/guides/")]


def test_a_language_is_that_of_the_key_or_the_file_name_or_the_site(site: Site) -> None:
    site.configure(language="nl")
    site.post("a.md", "A", lang="pt-BR")
    site.post("b.fr.md", "B")
    site.post("c.md", "C")

    assert [post.language for post in read(site).corpus] == ["pt-BR", "fr", "nl"]


def test_aliases_and_tags_may_be_one_text_or_a_list(site: Site) -> None:
    site.post("a.md", "A", tags="bread, rye, bread", aliases="/old/")
    site.post("b.md", "B", tags="[bread, rye]", redirect_from="[/older/, oldest]")

    posts = list(read(site).corpus)

    assert [post.tags for post in posts] == [("bread", "rye")] * 2
    assert [post.aliases for post in posts] == [("/old/",), ("/older/", "/oldest/")]


STEERING = {
    "lists": "---\nsearchAliases: [k8s, kube]\nsearchPins:\n  - deploy\n  - go live\nsearchBoost: 2\n---\n\nText.\n",
    "texts": "---\nsearch_aliases: k8s, kube\nsearchPins: deploy, go live\nsearch:\n  boost: '2.0'\n---\n\nText.\n",
    "TOML": '+++\nsearchAliases = ["k8s", "kube"]\nsearchPins = "deploy, go live"\n[search]\nboost = 2\n+++\n\nText.\n',
    "JSON": '{"searchAliases": ["k8s", "kube"], "searchPins": ["deploy", "go live"], "searchBoost": 2}\n\nText.\n',
}


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_editors_name_search_aliases_pins_and_a_boost_in_front_matter(site: Site, text: str) -> None:
    site.write("a.md", text)

    (post,) = read(site).corpus

    assert (post.search_aliases, post.pins, post.boost) == (("k8s", "kube"), ("deploy", "go live"), 2.0)


def test_search_aliases_are_no_urls_and_urls_are_no_search_aliases(site: Site) -> None:
    site.post("a.md", "A", aliases="[/old/]", searchAliases="[other name]")

    (post,) = read(site).corpus

    assert (post.aliases, post.search_aliases) == (("/old/",), ("other name",))


def test_keys_of_ones_own_steer_search_too(site: Site) -> None:
    site.configure(keys=Keys(search_aliases=("also",), pins=("find.first",), boost=("find.weight",)))
    site.post("a.md", "A", also="[b]", find="{first: [c], weight: 0.5}")

    (post,) = read(site).corpus

    assert (post.search_aliases, post.pins, post.boost) == (("b",), ("c",), 0.5)


def test_a_number_is_a_pin_too(site: Site) -> None:
    site.write("a.md", "+++\nsearchPins = 404\nsearchAliases = [418, true]\n+++\n\nText.\n")

    (post,) = read(site).corpus

    assert (post.pins, post.search_aliases) == (("404",), ("418",))


@pytest.mark.parametrize("value", ["0.1", "1", "10", ".5", "10.0"])
def test_a_boost_is_a_number_from_a_tenth_to_ten(site: Site, value: str) -> None:
    site.post("a.md", "A", searchBoost=value)

    assert [post.boost for post in read(site).corpus] == [float(value)]


@pytest.mark.parametrize(
    "front", ["searchBoost:", "search: {boost: }", "search: {}", "search: true", "search: [boost]"]
)
def test_without_a_boost_a_post_counts_as_it_is(site: Site, front: str) -> None:
    site.write("a.md", f"---\ntitle: A\n{front}\n---\n\nText.\n")

    assert [post.boost for post in read(site).corpus] == [1.0]


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("---\ntitle: A\nsearchBoost: high\n---\n", "\"searchBoost\" is not a number from 0.1 to 10: 'high'", 3),
        ("---\ntitle: A\nsearchBoost: 0\n---\n", "\"searchBoost\" is not a number from 0.1 to 10: '0'", 3),
        ("---\ntitle: A\nsearchBoost: 11\n---\n", "\"searchBoost\" is not a number from 0.1 to 10: '11'", 3),
        ("---\ntitle: A\nsearchBoost: -1\n---\n", "\"searchBoost\" is not a number from 0.1 to 10: '-1'", 3),
        ("---\ntitle: A\nsearchBoost: nan\n---\n", "\"searchBoost\" is not a number from 0.1 to 10: 'nan'", 3),
        ("---\ntitle: A\nsearchboost: [2]\n---\n", "\"searchBoost\" is not a number from 0.1 to 10: \"['2']\"", 3),
        ("---\nsearch: {boost: 20}\n---\n", "\"search.boost\" is not a number from 0.1 to 10: '20'", 2),
        ("---\nsearch:\n  a: 1\n  boost: 1e9\n---\n", "\"search.boost\" is not a number from 0.1 to 10: '1e9'", 4),
        ("+++\nsearchBoost = true\n+++\n", "\"searchBoost\" is not a number from 0.1 to 10: 'True'", 2),
        ("+++\n[search]\nboost = inf\n+++\n", "\"search.boost\" is not a number from 0.1 to 10: 'inf'", 3),
        ("+++\nsearch.boost = 0.01\n+++\n", "\"search.boost\" is not a number from 0.1 to 10: '0.01'", 2),
        ('{"title": "A",\n"search": {"boost": NaN}}\n', "\"search.boost\" is not a number from 0.1 to 10: 'nan'", 2),
    ],
    ids=["a word", "nothing", "too much", "negative", "no number", "a list", "in a mapping", "a power", "a truth",
         "in a table", "too little", "in JSON"],
)  # fmt: skip
def test_a_boost_that_is_no_such_number_is_reported_with_its_line(
    site: Site, text: str, reason: str, line: int
) -> None:
    site.write("a.md", f"{text}\nText.\n")

    (post,) = read(site).corpus

    assert post.boost == 1
    assert post.unreadable == (UnreadableField(line, f"{reason}, so it does not count"),)


def test_search_false_hides_and_a_mapping_below_search_does_not(site: Site) -> None:
    site.post("hidden.md", "Hidden", search="false", searchPins="[hidden]")
    site.post("lifted.md", "Lifted", search="{boost: 2}")

    reading = read(site)

    assert [(one.path, one.reason) for one in reading.excluded] == [("hidden.md", ExclusionReason.HIDDEN)]
    assert [post.id for post in reading.corpus] == ["lifted"]


@pytest.mark.parametrize(
    ("link", "internal"),
    [
        ("/rye/", True),
        ("rye.md", True),
        ("../rye/#crust", True),
        ("r%C3%BCbe/", True),
        ("https://x.example/rye/", True),
        ("//X.example/rye/", True),
        ("https://other.example/rye/", False),
        ("https://sub.x.example/rye/", False),
        ("https://x.example", True),
        ("HTTPS://X.example?a=1", True),
        ("https://x.example:8080/rye/", False),
        ("https://editor@other.example/rye/", False),
        ("https://x.example@other.example/", False),
        ("https://x.example\\.other.example/", False),
        ("/\t/other.example/", False),
        ("#crust", False),
        ("mailto:a@x.example", False),
        ("javascript:alert(1)", False),
        ("http://[broken", False),
    ],
)
def test_internal_links_lead_to_this_site(link: str, internal: bool) -> None:
    assert is_internal(link, "https://x.example/blog") is internal


def test_without_a_site_no_absolute_link_is_internal() -> None:
    assert not is_internal("https://x.example/rye/", "")


# ---------------------------------------------------------------------------------------- what is left out


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        pytest.param(post_text("Rye", draft="true"), ExclusionReason.DRAFT, None, id="draft"),
        pytest.param("+++\ntitle = 'Rye'\ndraft = true\n+++\nBody.\n", ExclusionReason.DRAFT, None, id="draft in TOML"),
        pytest.param(post_text("Rye", published="false"), ExclusionReason.UNPUBLISHED, None, id="published: false"),
        pytest.param(post_text("Rye", published="no"), ExclusionReason.UNPUBLISHED, None, id="published: no"),
        pytest.param(post_text("Rye", search="false"), ExclusionReason.HIDDEN, None, id="search: false"),
        pytest.param(post_text("Rye", url="/rye/", date="2026-06-02"), ExclusionReason.FUTURE, 4, id="tomorrow"),
        pytest.param(
            post_text("Rye", date="2020-01-01", publishDate="2026-06-02"), ExclusionReason.FUTURE, 4, id="scheduled"
        ),
        pytest.param(post_text("Rye", expiryDate="2026-06-01"), ExclusionReason.EXPIRED, 3, id="expired"),
        pytest.param(post_text("Rye", unlisted="true"), ExclusionReason.UNPUBLISHED, None, id="Docusaurus"),
        pytest.param(post_text("Rye", Status="Draft"), ExclusionReason.DRAFT, None, id="Pelican"),
        pytest.param(post_text("Rye", publish="false"), ExclusionReason.UNPUBLISHED, None, id="Obsidian"),
        pytest.param(post_text("Rye", permalink="false"), ExclusionReason.UNPUBLISHED, None, id="Eleventy"),
        pytest.param(post_text("Rye", permalink="/feed.xml"), ExclusionReason.UNPUBLISHED, None, id="a feed"),
        pytest.param(post_text("Rye", build="{render: never}"), ExclusionReason.UNPUBLISHED, None, id="Hugo"),
        pytest.param("+++\nrender = false\n+++\nBody.\n", ExclusionReason.UNPUBLISHED, None, id="Zola"),
        pytest.param("+++\nin_search_index = false\n+++\nBody.\n", ExclusionReason.HIDDEN, None, id="Zola's search"),
        pytest.param(post_text("Rye", search="{exclude: true}"), ExclusionReason.HIDDEN, None, id="Material"),
        pytest.param(post_text("Rye", pagefind="false"), ExclusionReason.HIDDEN, None, id="Starlight"),
        pytest.param("---\ndate: 2020-01-01\n---\n", ExclusionReason.EMPTY, None, id="neither title nor body"),
        pytest.param("---\ntitle: ''\n---\n \n\t\n", ExclusionReason.EMPTY, None, id="a body of blanks"),
        pytest.param("A piece to include.\n", ExclusionReason.NO_FRONT_MATTER, None, id="a fragment"),
        pytest.param("", ExclusionReason.NO_FRONT_MATTER, None, id="an empty file"),
    ],
)
def test_what_is_not_to_be_found_is_left_out_with_the_reason(
    site: Site, text: str, why: ExclusionReason, line: int | None
) -> None:
    site.write("rye.md", text)

    one = excluded(site)

    assert (one.path, one.reason, one.line) == ("rye.md", why, line)


@pytest.mark.parametrize("body", ["", " \n\t\n"])
def test_a_page_whose_text_its_layout_makes_is_found_by_its_title(site: Site, body: str) -> None:
    site.write("bread/_index.md", f"---\ntitle: All loaves\n---\n{body}")

    (post,) = read(site).corpus

    assert (post.title, post.sections) == ("All loaves", ())


def test_files_in_a_folder_of_drafts_are_drafts(site: Site) -> None:
    site.post("_drafts/rye.md", "Rye")
    site.post("bread/_drafts/oats.md", "Oats")

    assert {(file.path, file.reason) for file in read(site).excluded} == {
        ("_drafts/rye.md", ExclusionReason.DRAFT),
        ("bread/_drafts/oats.md", ExclusionReason.DRAFT),
    }


def test_settings_say_what_else_is_not_published_or_not_found(site: Site) -> None:
    site.configure(unpublished=("stage: idea",), hidden=("meta.find: off",))
    site.post("idea.md", "Idea", stage="Idea")
    site.post("secret.md", "Secret", meta="{find: false}")
    site.post("draft.md", "No draft by these rules", draft="true")

    reading = read(site)

    assert [post.id for post in reading.corpus] == ["draft"]
    assert [(file.path, file.reason, file.detail) for file in reading.excluded] == [
        ("idea.md", ExclusionReason.UNPUBLISHED, "stage: idea"),
        ("secret.md", ExclusionReason.HIDDEN, "meta.find: off"),
    ]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        pytest.param("/blog/:year/:title/", "/blog/2023/rye/", id="placeholders of Jekyll"),
        pytest.param("/bread/rye/index.html", "/bread/rye/", id="an index page"),
        pytest.param("https://x.example:8000/rye/", "https://x.example:8000/rye/", id="a port is no placeholder"),
    ],
)
def test_a_permalink_is_the_url_that_it_stands_for(site: Site, given: str, url: str) -> None:
    site.post("rye.md", "Rye bread", date="2023-03-04", permalink=given)

    post = only(site)

    assert (post.url, post.unreadable) == (url, ())


@pytest.mark.parametrize(
    ("timezone", "day"), [("", date(2023, 3, 4)), ("UTC", date(2023, 3, 5)), ("Nowhere/Town", date(2023, 3, 4))]
)
def test_a_date_with_a_zone_of_its_own_counts_in_that_of_the_site(site: Site, timezone: str, day: date) -> None:
    site.post("rye.md", "Rye", date="2023-03-04 23:30:00 -0500")

    (post,) = read_site(replace(site.settings.content, timezone=timezone), TODAY).corpus

    assert post.date == day


@pytest.mark.parametrize("given", ["'posts/{{ title | shout }}/index.html'", "/:collection/:title/"])
def test_a_permalink_that_only_the_generator_can_fill_in_gives_way_to_the_pattern(site: Site, given: str) -> None:
    site.post("rye.md", "Rye", permalink=given)
    site.post("oats.md", "Oats", permalink=given)

    reading = read(site)

    assert [post.url for post in reading.corpus] == ["/oats/", "/rye/"]
    assert [[field.line for field in post.unreadable] for post in reading.corpus] == [[3], [3]]


def test_tags_of_jekyll_are_words_and_lists_may_hold_lists(site: Site) -> None:
    site.post("a.md", "A", categories="bread rye")
    site.post("b.md", "B", tags="sour dough, rye")
    site.post("c.md", "C", tags="[[bread, rye], {name: oats}]")

    assert [post.tags for post in read(site).corpus] == [
        ("bread", "rye"),
        ("sour dough", "rye"),
        ("bread", "rye", "oats"),
    ]


@pytest.mark.parametrize("value", ["true", "false", "True"])
def test_related_may_be_a_switch_of_the_theme(site: Site, value: str) -> None:
    site.post("a.md", "A", related=value, related_posts="[b]")
    site.post("b.md", "B", related=value)

    assert [[name.name for name in post.curated] for post in read(site).corpus] == [["b"], []]


def test_a_post_of_today_is_published_and_one_of_tomorrow_is_due(site: Site) -> None:
    site.post("today.md", "Today", date="2026-06-01")
    site.post("2026-06-02-tomorrow.md", "Tomorrow")
    site.post("later.md", "Later", date="2026-07-01")

    reading = read(site)

    assert [post.id for post in reading.corpus] == ["today"]
    assert reading.due == date(2026, 6, 2)


@pytest.mark.parametrize(
    "front", [{"draft": "false"}, {"published": "true"}, {"search": "yes"}, {"published": "2020-01-02"}]
)
def test_switches_that_are_not_thrown_hide_nothing(site: Site, front: dict[str, str]) -> None:
    site.post("rye.md", "Rye", **front)

    assert only(site).title == "Rye"


def test_hidden_files_other_suffixes_and_excluded_paths_are_not_looked_at(site: Site) -> None:
    site.configure(exclude=("includes/*",))
    for path in (".draft.md", ".git/x.md", "rye.txt", "includes/x.md"):
        site.post(path, "Hidden")
    site.post("rye.MD", "Rye")

    reading = read(site)

    assert ([post.path for post in reading.corpus], reading.excluded) == (["rye.MD"], ())


def test_a_missing_content_folder_is_no_empty_site(site: Site) -> None:
    site.configure(directory=site.content / "nowhere")

    with pytest.raises(NoContent, match="nowhere does not exist"):
        read(site)


# ------------------------------------------------------------------------------------------------ bad files

BRACKETS = "---\na: " + "[" * 100_000 + "\n---\nBody.\n"


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        pytest.param(BRACKETS.encode(), "larger than 64 kB", 1, id="100 kB of brackets"),
        pytest.param(b"---\na: !!python/object/apply:os.system ['x']\n---\nx", "not allowed", 2, id="a YAML tag"),
        pytest.param(b"---\ntitle: a\ntitle: b\n---\nx", "stands twice", 3, id="duplicate key"),
        pytest.param(b"---\n- a\n---\nx", "is a list", 2, id="a list"),
        pytest.param(b"---\ntitle: Rye\n\nHalf of the bo", "never closed", 1, id="half written"),
        pytest.param(b"---\ntitle: R\0ye\n---\nx", "NUL", 2, id="NUL"),
        pytest.param("---\ntitle: Rye\n---\nx".encode("utf-16"), "UTF-16", None, id="UTF-16"),
        pytest.param("---\ntitle: Rye\n---\n\ncafé".encode("latin-1"), "byte 23", 5, id="Latin-1"),
        pytest.param(b"+++\ntitle = 0x" + b"f" * 9_000 + b"\n+++\nx", "digits", None, id="a title of 9,000 digits"),
        pytest.param(b'{"title": "\\ud800"}\nx', "surrogates", None, id="half a character"),
    ],
)
def test_a_bad_file_is_one_line_of_the_report_and_never_the_end(
    site: Site, data: bytes, reason: str, line: int | None
) -> None:
    site.write("bad.md", data)

    one = excluded(site)

    assert (one.path, one.reason, one.line) == ("bad.md", ExclusionReason.BAD, line)
    assert reason in one.detail


def test_a_build_publishes_what_is_good_beside_all_kinds_of_bad_files(site: Site) -> None:
    site.post("good.md", "Good")
    site.write("a.md", BRACKETS)
    site.write("b.md", b'{"title": "\\ud800"}\nx')
    site.write("c.md", "<![foo[x]]>\n---\ntitle: fragment")
    site.write("d.md", post_text("D", body="<div><![foo[x]]></div> words"))
    os.symlink("/etc/hostname", site.content / "e.md")
    site.write(os.fsdecode(b"caf\xe9.md"), post_text("Not UTF-8"))

    report = site.build()

    assert report.posts == 2
    assert Counter(file.reason for file in report.excluded) == {"cannot be read": 4, "no front matter": 1}


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(site: Site) -> None:
    text = post_text("Rye")
    site.configure(largest_file=len(text))
    site.write("fits.md", text)
    site.write("larger.md", text + "!")

    reading = read(site)

    assert [post.id for post in reading.corpus] == ["fits"]
    assert reading.excluded[0].detail == f"{len(text) + 1} bytes, more than content.largest_file = {len(text)}"


def test_a_file_of_fifty_megabytes_is_never_read(site: Site) -> None:
    os.truncate(site.post("huge.md", "Huge"), 50_000_000)

    assert excluded(site).detail == "50,000,000 bytes, more than content.largest_file = 2,000,000"


def test_a_post_with_one_word_of_a_megabyte_is_a_post(site: Site) -> None:
    site.post("long.md", "Long", body="a" * 1_000_000)
    started = process_time()

    assert site.build().posts == 1
    assert process_time() - started < 10


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    # A socket's path may have 108 bytes at most, so it is bound by a short one.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _outside(path: Path) -> None:
    outside = path.parent.parent / "secret.md"
    outside.write_text(post_text("Secret"))
    path.symlink_to(outside)


def _cycle(path: Path) -> None:
    path.symlink_to(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(_fifo, "it is not a regular file", id="FIFO"),
        pytest.param(_socket, "it is not a regular file", id="socket"),
        pytest.param(_outside, "it is a symbolic link", id="link out of the folder"),
        pytest.param(_cycle, "it is a symbolic link", id="link to itself"),
        pytest.param(_device, "it is a symbolic link", id="link to a device"),
    ],
)
def test_what_is_no_regular_file_is_never_opened_but_reported(
    site: Site, make: Callable[[Path], None], reason: str
) -> None:
    make(site.content / "odd.md")

    assert excluded(site) == Excluded("odd.md", ExclusionReason.BAD, reason)


@pytest.mark.parametrize("target", ["..", ".", "../outside"])
def test_a_link_to_a_folder_is_not_followed_but_reported(site: Site, target: str) -> None:
    (site.content.parent / "outside").mkdir()
    (site.content.parent / "outside" / "secret.md").write_text(post_text("Secret"))
    (site.content / "linked").symlink_to(target)

    assert excluded(site) == Excluded("linked", ExclusionReason.BAD, "it is a symbolic link")


@pytest.mark.parametrize("exclude", ["linked/*", "linked", "link*", "linked/**"])
def test_a_link_to_a_folder_that_is_passed_over_is_no_fault(site: Site, exclude: str) -> None:
    site.configure(exclude=(exclude,))
    site.post("rye.md", "Rye")
    (site.content.parent / "outside").mkdir()
    (site.content / "linked").symlink_to("../outside")

    assert read(site).excluded == ()
    assert site.build(strict=True).posts == 1


def test_a_link_to_the_packages_of_a_generator_is_no_fault(site: Site) -> None:
    (site.content / "eleventy.config.js").write_text("export default function () {}\n")
    site.post("rye.md", "Rye")
    (site.content.parent / "packages").mkdir()
    (site.content / "node_modules").symlink_to("../packages")
    settings = load_settings(content=site.content).content

    assert settings.generator == "eleventy"
    assert read_site(settings, TODAY).excluded == ()


def test_a_link_to_a_file_that_is_passed_over_is_no_fault(site: Site) -> None:
    site.configure(exclude=("notes/*",))
    site.post("rye.md", "Rye")
    (site.content / "notes").mkdir()
    (site.content / "notes" / "one.md").symlink_to("../rye.md")

    assert read(site).excluded == ()
    assert site.build(strict=True).posts == 1


def test_a_folder_named_like_a_post_is_only_a_folder(site: Site) -> None:
    site.post("rye.md/oats.md", "Oats")

    assert only(site).path == "rye.md/oats.md"


@pytest.mark.parametrize(
    ("name", "reported", "reason"),
    [
        pytest.param(b"caf\xe9.md", "caf?.md", "the file name is not UTF-8", id="Latin-1"),
        pytest.param(b"a\nb.md", "a?b.md", "the file name holds a control character", id="a new line"),
        pytest.param(b"a\x1b[31m.md", "a?[31m.md", "the file name holds a control character", id="an escape"),
    ],
)
def test_a_file_name_that_cannot_be_written_in_a_report_is_reported(
    site: Site, name: bytes, reported: str, reason: str
) -> None:
    site.write(os.fsdecode(name), post_text("Rye"))

    assert excluded(site) == Excluded(reported, ExclusionReason.BAD, reason)


def without_folder(content: Path) -> None:
    shutil.rmtree(content / "bread")


def without_anything(content: Path) -> None:
    shutil.rmtree(content)


def moved(content: Path) -> None:
    content.rename(content.with_name("moved"))


def unmounted(content: Path) -> None:
    """An empty folder stands there then."""
    moved(content)
    content.mkdir()


def linked_elsewhere(content: Path) -> None:
    """The same names, but in a folder outside the content: nothing in it may be read."""
    (content / "bread").rename(content.parent / "outside")
    (content / "bread").symlink_to(content.parent / "outside")


def replaced(content: Path) -> None:
    """As a release does that is put in place while a build runs."""
    shutil.copytree(content, content.with_name("new"))
    moved(content)
    content.with_name("new").rename(content)


def a_file_in_its_place(content: Path) -> None:
    without_folder(content)
    (content / "bread").touch()


@pytest.mark.parametrize("after", [1, 3], ids=["while files are read", "when all are read"])
@pytest.mark.parametrize(
    "happens",
    [without_folder, without_anything, moved, unmounted, linked_elsewhere, replaced, a_file_in_its_place],
    ids=lambda happens: str(happens.__name__),
)
def test_a_folder_that_goes_away_while_it_is_read_ends_the_reading(
    site: Site, happens: Callable[[Path], None], after: int
) -> None:
    for path in ("a.md", "bread/rye.md", "z.md"):
        site.post(path, path)

    def progress(step: str, done: int, of: int) -> None:
        if done == after:
            happens(site.content)

    with pytest.raises(ContentVanished, match=r"went away while .* was read .* build again"):
        read_site(site.settings.content, TODAY, progress=progress)


def test_a_file_that_goes_between_listing_and_reading_ends_the_reading(site: Site) -> None:
    site.post("a.md", "A")
    gone = site.post("b.md", "B")

    with pytest.raises(ContentVanished, match=r"b\.md went away .*No such file or directory"):
        read_site(site.settings.content, TODAY, progress=lambda step, done, of: gone.unlink())


@pytest.mark.parametrize("code", ["ENOENT", "ENOTDIR", "ESTALE", "EIO", "ENOTCONN"])
def test_a_disk_or_server_that_goes_away_is_no_bad_file(site: Site, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """No network file system can be unplugged in a test: one call says what the kernel would."""
    site.post("rye.md", "Rye")
    number = getattr(errno, code)
    real = os.open

    def gone(path: Any, *rest: Any, **more: Any) -> int:
        if os.fspath(path).endswith("rye.md"):
            raise OSError(number, os.strerror(number), path)
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", gone)
    with pytest.raises(ContentVanished, match=os.strerror(number)):
        read(site)


def test_a_file_that_is_replaced_while_others_are_read_is_read_as_it_is_then(site: Site) -> None:
    site.post("a.md", "A")
    site.post("b.md", "B")

    def save(step: str, done: int, of: int) -> None:
        if done == 1:
            site.post("b.md.new", "B, better").replace(site.content / "b.md")

    assert [post.title for post in read_site(site.settings.content, TODAY, progress=save).corpus] == ["A", "B, better"]


def test_a_file_that_is_cut_between_listing_and_reading_is_reported(site: Site) -> None:
    site.post("a.md", "A")
    cut = site.post("b.md", "B")

    reading = read_site(site.settings.content, TODAY, progress=lambda step, done, of: os.truncate(cut, 12))

    assert [(one.path, one.line) for one in reading.excluded] == [("b.md", 1)]
    assert "never closed" in reading.excluded[0].detail


# ------------------------------------------------------------------------------------------------- doubles


def test_of_two_posts_with_one_url_the_first_path_wins_and_both_are_named(site: Site) -> None:
    site.post("b.md", "B", url="/rye/")
    site.post("a.md", "A", url="/rye/")

    reading = read(site)

    assert [post.path for post in reading.corpus] == ["a.md"]
    assert reading.excluded == (Excluded("b.md", ExclusionReason.DUPLICATE, "a.md has the url /rye/"),)


def test_of_two_suffixes_for_one_name_the_first_path_wins(site: Site) -> None:
    site.post("rye.md", "A")
    site.post("rye.markdown", "B")

    assert [(one.path, one.detail) for one in read(site).excluded] == [("rye.md", "rye.markdown has the id rye")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("Rye.md", "rye.md", id="case"),
        pytest.param("cafe\u0301.md", "caf\u00e9.md", id="NFD and NFC"),
    ],
)
def test_names_that_look_the_same_are_one_post_and_both_are_named(site: Site, first: str, second: str) -> None:
    site.post(first, "First")
    site.post(second, "Second")

    reading = read(site)

    assert [post.title for post in reading.corpus] == ["First"]
    assert [(one.path, one.reason) for one in reading.excluded] == [(second, ExclusionReason.DUPLICATE)]
    assert first in reading.excluded[0].detail


def test_an_id_is_composed_whatever_the_file_system_made_of_the_name(site: Site) -> None:
    site.post("cafe\u0301.md", "Café")

    post = only(site)

    assert (post.id, post.path, post.url) == ("caf\u00e9", "cafe\u0301.md", "/caf%C3%A9/")


# ------------------------------------------------------------------------------------------------ the digest


def test_the_digest_is_that_of_the_files_wherever_they_lie(site: Site, tmp_path: Path) -> None:
    site.post("a.md", "A")
    moved = Site(tmp_path / "moved")
    moved.post("a.md", "A")

    assert read(moved).digest == read(site).digest


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda site: site.post("a.md", "B"), id="other bytes"),
        pytest.param(lambda site: site.post("b.md", "A"), id="one more file"),
        pytest.param(lambda site: (site.content / "a.md").rename(site.content / "c.md"), id="another name"),
        pytest.param(lambda site: site.write("z.md", b"\xff"), id="one more bad file"),
    ],
)
def test_the_digest_changes_with_any_change_of_the_files(site: Site, change: Callable[[Site], object]) -> None:
    site.post("a.md", "A")
    before = read(site).digest

    change(site)

    assert read(site).digest != before


# ------------------------------------------------------------------------------------- few posts, and drafts


def test_an_empty_folder_is_a_site_without_posts(site: Site) -> None:
    reading = read(site)

    assert (len(reading.corpus), reading.excluded, reading.due) == (0, (), None)


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param([], id="no post"),
        pytest.param(["Rye bread."], id="one post"),
        pytest.param(["Rye bread."] * 4, id="all posts the same"),
        pytest.param(["The and of.", "It is what it is."], id="only stop words"),
        pytest.param(["!!!", "--- ..."], id="only punctuation"),
    ],
)
def test_the_smallest_sites_build_a_generation_that_answers(site: Site, bodies: list[str]) -> None:
    for number, body in enumerate(bodies):
        site.post(f"{number}.md", "The", body=body)

    report = site.build(force=not bodies)

    assert report.posts == len(bodies)
    assert len(site.open().posts) == len(bodies)


def test_a_text_that_is_no_file_becomes_a_post_to_compare(site: Site) -> None:
    draft = draft_post("# Dark rye\n\nBread.\n", "unsaved", ContentSettings(), date(2026, 6, 1))

    assert (draft.id, draft.title, draft.sections[0].text) == ("unsaved", "Dark rye", "Bread.")
    assert draft.date == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [("drafts/rye.md", "---\ndate: 2020-02-01\n---\nBread."), ("drafts/2020-02-01-rye.md", "Bread.")],
    ids=["front matter", "file name"],
)
def test_a_draft_that_says_its_day_has_that_day(name: str, text: str) -> None:
    assert draft_post(text, name, ContentSettings(), date(2026, 6, 1)).date == date(2020, 2, 1)


def test_a_draft_that_cannot_be_read_says_where(site: Site) -> None:
    with pytest.raises(BadPost, match=r"^unsaved, line 3: ") as refused:
        draft_post('---\nurl: /rye/\ntitle: "a" b\n---\nBody.', "unsaved", ContentSettings(), date(2026, 6, 1))

    assert (refused.value.path, refused.value.line) == ("unsaved", 3)


@pytest.mark.parametrize(
    ("name", "language"),
    [("guide.fr.md", "fr"), ("guide.pt-BR.md", "pt-BR"), ("2017-01-01-node.js.md", "en"), ("socket.io.md", "en")],
)
def test_a_file_name_may_end_in_a_language_and_never_in_a_kind_of_file(site: Site, name: str, language: str) -> None:
    site.post(name, "A post")
    site.build()
    assert [post.language for post in site.open().posts] == [language]


def test_a_folder_in_the_place_of_a_file_is_reported_and_leaves_nothing_open(site: Site) -> None:
    (site.content / "lamb.md").mkdir()
    before = len(os.listdir("/proc/self/fd"))
    sources = [read_source(site.settings.content, "lamb.md") for _ in range(50)]
    assert {source.reason for source in sources} == {"it is not a regular file"}
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_post_whose_front_matter_is_a_program_has_its_title_from_its_heading_and_a_line_of_the_report(
    site: Site,
) -> None:
    site.write("rye.md", "---js\n{ title: shout('Rye') }\n---\n# Rye bread\n\nFlour.\n")
    post = only(site)
    assert (post.title, [section.text for section in post.sections]) == ("Rye bread", ["Flour."])
    assert [field.reason for field in post.unreadable] == ["the front matter is a program (js), which is not run"]


@pytest.mark.parametrize(
    "given",
    ["/../rye/", "../rye/", "/bread/../rye/", "//rye.example/", "/%2e%2e/rye/", "/\\rye.example/", "https://a/../b/"],
)
def test_a_permalink_that_leads_out_of_the_site_is_reported_and_the_pattern_counts(site: Site, given: str) -> None:
    site.post("oat.md", "Oat", permalink=f"'{given}'")
    post = only(site)
    assert post.url == "/oat/"
    assert post.unreadable == (UnreadableField(3, f"{given!r} leads out of the site, so the URL is /oat/"),)


def test_dots_within_a_permalink_are_part_of_it(site: Site) -> None:
    site.post("oat.md", "Oat", permalink="/oat..rye/v1.2/...")
    assert (only(site).url, only(site).unreadable) == ("/oat..rye/v1.2/...", ())
