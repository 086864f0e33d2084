"""The pages for people: they work without JavaScript, and nothing that a post or a visitor says becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Site, json_of
from flask.testing import FlaskClient

from indexer.content.urls import on_site
from indexer.errors import BadSetting
from indexer.settings import ContentSettings, ServiceSettings, Settings
from service.app import create_app
from service.look import look_of


class Page(HTMLParser):
    """What a page holds, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def links(self) -> dict[str, str]:
        """Text → target."""
        return dict(zip(self.texts["a"], [str(one["href"]) for one in self.all("a")], strict=True))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    site = Site(tmp_path_factory.mktemp("pages"))
    site.post(
        "lamb-stew.md", "Lamb & <stew>", "Brown <b>lamb</b> & 1 &lt; 2.\n\n## The pot\n\nSimmer.", date="2020-01-01"
    )
    site.post("rye.md", "Rye bread", "Lamb goes with it.", tags="[bread]", relatedPosts='["lamb-stew"]')
    for number in range(25):
        site.post(f"menu/{number:02}.md", f"Menu {number:02}", "Porridge today.", tags="[menu]")
    site.build()
    return create_app(site.settings).test_client()


def page(client: FlaskClient, path: str, status: int = 200) -> Page:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    return Page(answer.text)


def test_the_first_page_is_a_form_that_needs_no_script(client: FlaskClient) -> None:
    first = page(client, "/")
    (form,) = first.all("form")
    names = [one.get("name") for one in first.all("input")]
    assert (form["action"], form["method"], names) == ("/", "get", ["q"])
    assert first.all("script") == []
    assert first.texts["h1"] == ["Search 27 posts"]


def test_hits_are_marked_and_escaped(client: FlaskClient) -> None:
    html = client.get("/?q=lamb").text
    assert "<mark>Lamb</mark> &amp; &lt;stew&gt;" in html
    assert "Brown <mark>lamb</mark> &amp; 1 &lt; 2." in html
    assert Page(html).texts["h1"] == ["2 results for lamb"]


def test_the_form_keeps_what_was_asked(client: FlaskClient) -> None:
    (field,) = page(client, "/?q=lamb+%22the+pot%22").all("input")
    assert field["value"] == 'lamb "the pot"'


def test_a_post_page_shows_its_text_and_see_also(client: FlaskClient) -> None:
    post = page(client, "/rye/")
    assert post.texts["h1"] == ["Rye bread"]
    assert "Lamb goes with it." in post.texts["p"]
    assert post.texts["h2"] == ["See also"]
    assert post.links()["Lamb & <stew>"] == "/lamb-stew/"


def test_a_section_of_a_post_page_has_the_anchor_that_hits_link_to(client: FlaskClient) -> None:
    link = next(target for text, target in page(client, "/?q=simmer").links().items() if "The pot" in text)
    post = page(client, link.partition("#")[0])
    assert link.partition("#")[2] in [one.get("id") for one in post.all("h2")]


def test_every_page_of_hits_can_be_reached_by_links_and_none_overlap(client: FlaskClient) -> None:
    seen: list[str] = []
    path = "/?q=porridge"
    for _ in range(3):
        shown = page(client, path)
        seen += [str(one["href"]) for one in shown.all("a") if str(one["href"]).startswith("/menu/")]
        onward = [str(one["href"]) for one in shown.all("a") if one.get("rel") == "next"]
        path = onward[0] if onward else ""
    assert path == ""
    assert sorted(set(seen)) == [f"/menu/{number:02}/" for number in range(25)]
    assert len(seen) == 25


def test_links_for_order_and_tags_keep_the_question(client: FlaskClient) -> None:
    links = page(client, "/?q=lamb").links()
    assert parse_qs(urlsplit(links["newest first"]).query) == {"q": ["lamb"], "sort": ["date"]}
    assert parse_qs(urlsplit(links["bread 1"]).query) == {"q": ["lamb"], "tag": ["bread"]}


def test_a_misspelt_word_offers_the_word_that_was_found(client: FlaskClient) -> None:
    links = page(client, "/?q=porrige").links()
    assert links["porridge"] == "/?q=porridge"


def test_what_a_minus_leaves_out_is_said_with_a_link_that_takes_it_back(client: FlaskClient) -> None:
    shown = page(client, "/?q=lamb+-goes&tag=bread")
    assert "posts with goes" in " ".join(shown.texts["p"])
    assert shown.links()["search for goes too"] == "/?q=lamb+goes&tag=bread"


def test_each_exclusion_has_a_link_of_its_own_and_the_others_stay(client: FlaskClient) -> None:
    links = page(client, '/?q=lamb+-goes+-"simmer+porridge"+-1').links()
    assert links["search for goes too"] == "/?q=lamb+goes+-%22simmer+porridge%22+-1"
    assert links["search for simmer porridge too"] == "/?q=lamb+-goes+%22simmer+porridge%22+-1"


@pytest.mark.parametrize("text", ["lamb -goes", "lamb -Goes -goes", "-“goes with” lamb", "-goes"])
def test_following_such_a_link_excludes_nothing(client: FlaskClient, text: str) -> None:
    links = page(client, f"/?q={text}").links()
    (target,) = (url for label, url in links.items() if label.startswith("search for"))
    followed = page(client, target)
    assert not [label for label in followed.links() if label.startswith("search for")]


def test_a_question_without_exclusions_has_no_such_link(client: FlaskClient) -> None:
    assert not [label for label in page(client, "/?q=lamb-stew+--1").links() if label.startswith("search for")]


def test_a_question_that_was_cut_is_said_to_be(client: FlaskClient) -> None:
    assert [note for note in page(client, "/?q=" + "lamb+" * 900).texts["p"] if "more than is read" in note]
    assert not [note for note in page(client, "/?q=lamb").texts["p"] if "more than is read" in note]


def test_newest_first_says_how_many_more_there_are_with_some_of_the_words(client: FlaskClient) -> None:
    shown = page(client, "/?q=lamb+simmer&sort=date")
    assert shown.texts["h1"] == ["1 result for lamb simmer"]
    assert [note for note in shown.texts["p"] if note.startswith("1 more has some of the words")]
    assert shown.links()["best of all first"] == "/?q=lamb+simmer"
    assert "best of all first" not in page(client, "/?q=lamb+simmer").links()


def test_a_search_without_hits_says_so(client: FlaskClient) -> None:
    assert page(client, "/?q=xylophone").texts["h1"] == ["0 results for xylophone"]


@pytest.mark.parametrize("path", ["/quince/", "/lamb-stew/x", "/..%2f..%2fetc/passwd", "/%00", "/favicon.ico"])
def test_an_unknown_page_is_a_404_with_a_way_to_the_search(client: FlaskClient, path: str) -> None:
    assert page(client, path, status=404).links()["To the search"] == "/"


def test_an_unknown_page_offers_to_search_for_the_words_of_its_address(client: FlaskClient) -> None:
    (field,) = page(client, "/2024/03/rye-bread_today.html", status=404).all("input")
    assert field["value"] == "rye bread_today"


def test_an_error_says_to_a_visitor_what_to_do_and_to_the_operator_what_it_is(site: Site) -> None:
    answer = create_app(site.settings).test_client().get("/?q=lamb")
    shown = Page(answer.text)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert shown.texts["h1"] == ["The search is not available right now"]
    assert shown.texts["p"][0] == "Please try again in a few seconds: reload the page."
    assert shown.texts["p"][-1] == (
        "For whoever runs this search: no good index is published; run `seealso build`, then ask again."
    )


@pytest.mark.parametrize("path", ["/", "/?q=lamb", "/rye/", "/quince/", "/?q=lamb&page=0"])
def test_every_page_may_load_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_style_sheet_that_pages_name_is_there(client: FlaskClient) -> None:
    (link,) = [link for link in page(client, "/").all("link") if link["rel"] == "stylesheet"]
    assert client.get(str(link["href"])).mimetype == "text/css"


# ------------------------------------------------------------------------------------------------------ addresses


def h1(client: FlaskClient, path: str) -> str:
    return page(client, path).texts["h1"][0]


@pytest.mark.parametrize(
    "address",
    [
        "/?q=lamb&utm_source=letter&fbclid=x",
        "/?q=lamb&q=rye",
        "/?q=lamb&page=abc",
        "/?q=lamb&page=0",
        "/?q=lamb&page=-1",
        "/?q=lamb&per_page=many&sort=best",
        "/?q=lamb%00&tag=",
        "/?q=+lamb+&prefix=true",
    ],
)
def test_what_an_address_holds_beside_the_question_makes_no_difference(client: FlaskClient, address: str) -> None:
    html = client.get(address).text
    assert html == client.get("/?q=lamb").text


@pytest.mark.parametrize("query", ["q=lamb&utm_source=letter", "q=lamb&page=abc", "q=lamb&page=0", "q=a&q=b", "page=2"])
def test_the_api_stays_strict(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/search?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=yesterday", "since must be a day such as 2026-01-31"),
        ("language=!", "language must be a code such as en or pt-BR"),
        ("since=2026-02-01&until=2026-01-01", "until must not be before since"),
    ],
)
@pytest.mark.parametrize("question", ["", "&q=lamb"])
def test_a_filter_that_cannot_be_read_is_left_out_and_said(
    client: FlaskClient, query: str, said: str, question: str
) -> None:
    (note,) = [text for text in page(client, f"/?{query}{question}").texts["p"] if "cannot be read" in text]
    assert note.endswith(f"{said}.")


@pytest.mark.parametrize("number", ["4", "99", "999999999"])
def test_a_page_beyond_the_last_leads_to_the_last_and_the_first(client: FlaskClient, number: str) -> None:
    links = page(client, f"/?q=porridge&page={number}").links()
    assert links["last page"] == "/?q=porridge&page=3"
    assert links["first page"] == "/?q=porridge"
    assert page(client, links["last page"]).all("h2")


def test_no_page_is_to_be_found_by_search_engines_and_each_question_has_one_address(client: FlaskClient) -> None:
    for path in ("/", "/?q=lamb", "/rye/", "/?tag=menu"):
        assert {"name": "robots", "content": "noindex"} in page(client, path).all("meta"), path
    shown = page(client, "/?fbclid=x&page=2&sort=relevance&tag=menu&q=porridge")
    (canonical,) = [link["href"] for link in shown.all("link") if link["rel"] == "canonical"]
    assert canonical == "/?q=porridge&tag=menu&page=2"
    assert client.get("/robots.txt").text.startswith("User-agent: *\nDisallow: /\n")


def test_the_form_keeps_the_filters_and_the_order(client: FlaskClient) -> None:
    fields = page(client, "/?q=porridge&tag=menu&tag=bread&sort=date&since=2001-01-01&page=2&utm_source=x").all("input")
    assert [(field["name"], field["value"]) for field in fields] == [
        ("q", "porridge"),
        ("tag", "menu"),
        ("tag", "bread"),
        ("since", "2001-01-01"),
        ("sort", "date"),
    ]
    assert "maxlength" not in fields[0]


# -------------------------------------------------------------------------------------------------------- filters


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Posts with several tags, in two languages, some with the same title, of a site with an address."""
    site = Site(tmp_path_factory.mktemp("library"))
    site.post("a/notes.md", "Notes", "Rye flour.", tags="[Rye, flour]", date="2024-01-01")
    site.post("b/notes.md", "Notes", "Rye oven. \n\n## The crumb\n\nSourdough.", tags="[rye, oven]", date="2023-01-01")
    site.post("c.md", "Crumbs", "Rye crumbs.", tags="[rye]", date="2022-01-01")
    site.post("brot.md", "Brot", "Rye heißt Roggen.", language="de")
    site.configure(site="https://blog.example/", base="/")
    site.build()
    return create_app(site.settings).test_client()


def filters(client: FlaskClient, path: str) -> list[tuple[str, bool, str]]:
    """The filters of a page: text, whether it is chosen, where it leads."""
    shown = page(client, path)
    anchors = zip(shown.texts["a"], shown.all("a"), strict=True)
    return [
        (text.removesuffix(" ×, take this filter away"), one.get("aria-current") == "true", str(one["href"]))
        for text, one in anchors
        if str(one["href"]).startswith("/?") and re.search(r" \d+| \d{4}-", text)
    ]


def test_tags_and_languages_are_filters_with_counts(library: FlaskClient) -> None:
    assert filters(library, "/?q=rye") == [
        ("rye 3", False, "/?q=rye&tag=rye"),
        ("flour 1", False, "/?q=rye&tag=flour"),
        ("oven 1", False, "/?q=rye&tag=oven"),
        ("en 3", False, "/?q=rye&language=en"),
        ("de 1", False, "/?q=rye&language=de"),
    ]


def test_chosen_filters_stay_come_first_and_can_be_taken_away(library: FlaskClient) -> None:
    assert filters(library, "/?q=rye&tag=OVEN&tag=rye&language=en&since=2023-01-01") == [
        ("oven 1", True, "/?q=rye&tag=rye&language=en&since=2023-01-01"),
        ("rye 1", True, "/?q=rye&tag=OVEN&language=en&since=2023-01-01"),
        ("en 1", True, "/?q=rye&tag=OVEN&tag=rye&since=2023-01-01"),
        ("since 2023-01-01", True, "/?q=rye&tag=OVEN&tag=rye&language=en"),
    ]


def test_another_language_can_be_chosen_in_place_of_one(library: FlaskClient) -> None:
    assert [found for found in filters(library, "/?q=rye&language=de") if "language" in found[2]] == [
        ("en 3", False, "/?q=rye&language=en"),
    ]
    assert ("de 1", True, "/?q=rye") in filters(library, "/?q=rye&language=de")


def test_filters_that_leave_nothing_stay_to_be_taken_away(library: FlaskClient) -> None:
    assert filters(library, "/?q=crumbs&tag=flour") == [("flour 0", True, "/?q=crumbs")]


def test_a_tag_without_words_lists_its_posts_the_newest_first(library: FlaskClient) -> None:
    shown = page(library, "/?tag=rye")
    assert shown.texts["h1"] == ["3 posts"]
    assert shown.texts["h2"] == ["Notes", "Notes", "Crumbs"]


def test_the_first_page_offers_tags_and_languages(library: FlaskClient) -> None:
    assert [text for text, _, _ in filters(library, "/")] == ["rye 3", "flour 1", "oven 1", "en 3", "de 1"]


# ------------------------------------------------------------------------------------------------- nothing is found


def hints(client: FlaskClient, path: str) -> list[str]:
    shown = page(client, path)
    return [text.strip() for text in shown.texts["li"] if "without" in text]


def test_where_nothing_is_found_the_question_without_filters_is_offered_with_its_count(
    library: FlaskClient,
) -> None:
    assert hints(library, "/?q=crumbs&tag=flour") == ["crumbs without the filters: 2 results"]


def test_a_misspelt_question_is_offered_as_it_was_corrected(library: FlaskClient) -> None:
    assert hints(library, "/?q=sourdoguh&tag=flour") == ["sourdough without the filters: 1 result"]


def test_a_phrase_that_no_post_has_is_offered_without_quotation_marks(library: FlaskClient) -> None:
    assert hints(library, "/?q=“oven+rye”") == ["oven rye without the quotation marks: 4 results"]
    links = page(library, '/?q="oven+flour"&tag=flour').links()
    assert links["oven flour without the quotation marks"] == "/?q=oven+flour&tag=flour"


def test_only_what_finds_something_is_offered(library: FlaskClient) -> None:
    assert hints(library, "/?q=xylophone&tag=flour") == []


def test_where_nothing_is_found_the_newest_posts_of_the_tag_stand(library: FlaskClient) -> None:
    shown = page(library, "/?q=xylophone&tag=flour")
    assert shown.texts["h2"] == ["Newest with the tag flour"]
    assert "https://blog.example/a/notes/" in shown.links().values()
    assert page(library, "/?q=xylophone").texts["h2"] == ["Newest"]
    assert "https://blog.example/brot/" not in page(library, "/?q=xylophone&language=en").links().values()


# ------------------------------------------------------------------------------------------------------- the site


def test_a_hit_has_the_language_of_its_post_and_its_direction(library: FlaskClient) -> None:
    hits = [one for one in page(library, "/?q=roggen").all("li") if "lang" in one]
    assert hits == [{"lang": "de", "dir": "auto"}]


def test_hits_lead_to_the_site_the_title_to_the_top_and_the_section_to_its_place(library: FlaskClient) -> None:
    links = page(library, "/?q=sourdough").links()
    assert links["Notes"] == "https://blog.example/b/notes/"
    assert links["§ The crumb"] == "https://blog.example/b/notes/#the-crumb"
    assert page(library, "/").links()["Crumbs"] == "https://blog.example/c/"


def test_posts_with_the_same_title_are_told_apart_by_their_addresses(library: FlaskClient) -> None:
    shown = " ".join(page(library, "/?q=rye").texts["p"])
    assert "/a/notes/" in shown
    assert "/b/notes/" in shown
    assert "/c/" not in shown


def test_a_hit_in_another_language_says_which(library: FlaskClient) -> None:
    assert [item.get("lang") for item in page(library, "/?q=roggen").all("li") if item.get("lang")] == ["de"]


def test_a_site_with_an_address_has_no_copies_of_its_posts_here(library: FlaskClient) -> None:
    answer = library.get("/b/notes?utm_source=x")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://blog.example/b/notes/")
    assert page(library, "/b/other/", status=404)


def test_without_an_address_a_post_is_a_preview_that_says_so(client: FlaskClient) -> None:
    preview = page(client, "/rye/")
    assert preview.texts["p"][0].startswith("A preview of what is searched of this post.")
    assert preview.texts["code"] == ["content.site"]


def test_the_site_has_its_own_styles_and_fragments_and_none_of_them_may_run_a_script(site: Site) -> None:
    site.post("rye.md", "Rye bread")
    site.build()
    site.configure(site="https://blog.example/docs", base="docs")
    look = {"stylesheet": "main { color: red }", "header": "<header><script>x</script>Hi</header>", "footer": "<p>Bye"}
    stylesheet, header, footer = (site.write(f"../{name}", text) for name, text in look.items())
    settings = replace(site.settings, service=ServiceSettings(stylesheet=stylesheet, header=header, footer=footer))
    answer = (client := create_app(settings).test_client()).get("/")
    assert answer.text.index(look["header"]) < answer.text.index("<main") < answer.text.index(look["footer"])
    (_, own) = [str(link["href"]) for link in Page(answer.text).all("link") if link["rel"] == "stylesheet"]
    assert client.get(own).text == look["stylesheet"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; img-src 'self' https://blog.example; font-src https://blog.example; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize(
    ("address", "pictures"),
    [
        ("", "img-src 'self';"),
        ("http://x.example:8080/blog/", "img-src 'self' http://x.example:8080; font-src http://x.example:8080;"),
        ("https://käse.example", "img-src 'self' https://xn--kse-qla.example; font-src https://xn--kse-qla.example;"),
        ("https://x; script-src 'unsafe-inline'", "img-src 'self';"),
        ("https://" + "x" * 80, "img-src 'self';"),
        ("https://[x", "img-src 'self';"),
    ],
)
def test_of_the_address_of_a_site_only_the_origin_gets_into_the_policy(address: str, pictures: str) -> None:
    policy = look_of(Settings(content=ContentSettings(site=address))).policy
    assert policy.startswith(f"default-src 'none'; style-src 'self'; {pictures} form-action 'self';")


def test_without_a_header_of_its_own_the_title_leads_to_the_site(library: FlaskClient) -> None:
    assert page(library, "/").links()["See Also"] == "https://blog.example/"


def test_a_site_without_a_style_sheet_has_none_here(client: FlaskClient) -> None:
    assert client.get("/site.css").status_code == 404


@pytest.mark.parametrize("name", ["stylesheet", "header", "footer"])
def test_a_file_of_the_look_that_cannot_be_read_is_a_bad_setting(site: Site, name: str) -> None:
    missing = replace(site.settings, service=ServiceSettings(**{name: site.content / "x"}))  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match=f'"service.{name}" names .*, which does not exist'):
        create_app(missing)
    latin = replace(site.settings, service=ServiceSettings(**{name: site.write("x", b"\xe4")}))  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match="cannot be read as a text in UTF-8"):
        create_app(latin)


@pytest.mark.parametrize(
    ("site_address", "base", "url", "address"),
    [
        ("", "", "/rye/", "/rye/"),
        ("https://x.example", "", "/rye/", "https://x.example/rye/"),
        ("https://x.example/", "", "/rye/", "https://x.example/rye/"),
        ("https://x.example/blog/", "/blog", "/blog/rye/", "https://x.example/blog/rye/"),
        ("https://x.example", "blog/", "/blog/rye/", "https://x.example/blog/rye/"),
        ("https://x.example/blog", "", "/rye/", "https://x.example/blog/rye/"),
        ("x.example", "", "/rye/", "/rye/"),
        ("https://x.example", "", "https://other.example/", "https://other.example/"),
    ],
)
def test_an_address_is_that_of_the_site_and_the_url_with_the_base_only_once(
    site_address: str, base: str, url: str, address: str
) -> None:
    assert on_site(url, ContentSettings(site=site_address, base=base)) == address


# ------------------------------------------------------------------------------------------------- hostile posts

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '\\" onmouseover=\\"alert(1)',
    "</title></h1><script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "<mark>not a match</mark>",
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    site = Site(tmp_path_factory.mktemp("hostile"))
    for number, text in enumerate(HOSTILE):
        site.post(
            f"{number}.md",
            f"Trap {text}",
            f"Body trap\n\n    code trap {text}\n\n## Head trap `{text}`\n\n`trap {text}`",
            tags=f'["tag {text}"]',
            description=f'"Trap `x` {text}"',
            imageUrl=f'"{text}"',
        )
    site.post("link.md", "Trap link", "x", postUrl='"javascript:alert(1)"')
    site.build()
    return create_app(site.settings).test_client()


def test_hostile_posts_are_inert_wherever_they_are_shown(hostile: FlaskClient) -> None:
    hits = json_of(hostile.get("/api/v1/search?q=trap&per_page=100"))["hits"]
    paths = ["/", "/?q=trap", "/?q=alert", "/?q=trap&sort=date", *(hit["url"] for hit in hits if hit["url"][0] == "/")]
    assert len(paths) >= 4 + len(HOSTILE)
    for path in paths:
        shown = page(hostile, path)
        assert shown.all("script") == [], path
        assert shown.all("img") == [], path
        assert not [one for _, one in shown.tags if any(name.startswith("on") for name in one)], path
        assert not [one for one in shown.all("a") if urlsplit(str(one["href"])).scheme not in ("", "http", "https")], (
            path
        )
        assert "49" not in shown.texts["title"][0], path


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '" autofocus onfocus="alert(1)', "{{7*7}}", "'><u>", "</title><u>"]
)
def test_what_a_visitor_types_is_inert_on_the_page(client: FlaskClient, text: str) -> None:
    shown = Page(client.get("/", query_string={"q": text}).text)
    (field,) = shown.all("input")
    assert field["value"] == text
    assert shown.all("script") == shown.all("u") == []
    assert "onfocus" not in field


def test_marks_are_only_around_what_matched(hostile: FlaskClient) -> None:
    html = hostile.get("/?q=trap").text
    assert {text.casefold() for text in re.findall(r"<mark>(.*?)</mark>", html)} == {"trap"}


def test_a_site_without_dates_has_no_newest_posts(site: Site) -> None:
    site.post("page.md", "Page")
    site.build()
    client = create_app(site.settings).test_client()
    assert page(client, "/").texts.get("h2") is None
    assert page(client, "/?q=xylophone").texts.get("h2") is None
    assert "newest first" not in page(client, "/?q=words").texts["a"]
    assert json_of(client.get("/api/v1/search?q=xylophone&newest=3"))["newest"] == []


def test_the_newest_posts_stand_before_those_without_a_date(site: Site) -> None:
    site.post("undated.md", "Undated")
    site.post("old.md", "Old", date="2001-01-01")
    site.post("new.md", "New", date="2024-01-01")
    site.build()
    page = create_app(site.settings).test_client().get("/").text
    assert page.index("New<") < page.index("Old<") < page.index("Undated<")
