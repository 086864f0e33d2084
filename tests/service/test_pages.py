"""The pages for people: they work without JavaScript, and nothing that a post or a visitor says becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Site, json_of
from flask.testing import FlaskClient

from service.app import create_app


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


@pytest.mark.parametrize("query", ["q=lamb&page=0", "q=lamb&colour=red", "q=a&q=b", "q=a%00b", "page=2"])
def test_a_wrong_question_is_said_beside_the_form(client: FlaskClient, query: str) -> None:
    shown = page(client, f"/?{query}", status=400)
    assert [one.get("role") for one in shown.all("p") if one.get("role")] == ["alert"]
    assert len(shown.all("form")) == 1


@pytest.mark.parametrize("path", ["/quince/", "/lamb-stew/x", "/..%2f..%2fetc/passwd", "/%00", "/favicon.ico"])
def test_an_unknown_page_is_a_404_with_a_way_back(client: FlaskClient, path: str) -> None:
    assert page(client, path, status=404).links()["Back to the search"] == "/"


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
    (link,) = page(client, "/").all("link")
    assert client.get(str(link["href"])).mimetype == "text/css"


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


def test_the_newest_posts_stand_before_those_without_a_date(site: Site) -> None:
    site.post("undated.md", "Undated")
    site.post("old.md", "Old", date="2001-01-01")
    site.post("new.md", "New", date="2024-01-01")
    site.build()
    page = create_app(site.settings).test_client().get("/").text
    assert page.index("New<") < page.index("Old<") < page.index("Undated<")
