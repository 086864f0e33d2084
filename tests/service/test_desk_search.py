"""What visitors ask, at the desk, and what a question would show them; with really recorded questions."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Site
from desk_editor import DeskEditor

from indexer.auth import new_token
from indexer.build import build
from indexer.queries.keystrokes import Click, Question
from indexer.queries.storage import FILE, FOLDER, open_queries
from indexer.settings import SearchSettings, ServiceSettings
from service.app import create_app

NOW = datetime.now(UTC)
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("kitchen"))
    site.post("rye.md", "Rye bread", "## The starter\n\nSour flour for a loaf of rye.", searchPins="[sourdough]")
    site.post("soup.md", "Onion soup", "Slowly, in broth.", searchAliases="[bouillon]")
    site.post("lamb.md", "Lamb stew", "Brown the lamb in a pan.", searchAliases='["onion soup"]')
    for number in range(6):
        site.post(f"loaf-{number}.md", f"Loaf {number}", "A loaf for every day of the week.")
    search = SearchSettings(synonyms=(("stew", "casserole"), ("aubergine", "eggplant")))
    build(replace(site.settings, search=search), strict=False, force=False, today=NOW.date())
    return site


@pytest.fixture
def bob(built: Site, tmp_path: Path) -> DeskEditor:
    """An editor, signed in, where nothing is recorded."""
    bob = DeskEditor(Site(tmp_path).copy(built).content.parent)
    bob.sign_in()
    return bob


@pytest.fixture
def ann(built: Site, tmp_path: Path) -> DeskEditor:
    """An editor, signed in, where visitors are recorded."""
    ann = DeskEditor(Site(tmp_path).copy(built).content.parent)
    ann.settings = replace(ann.settings, service=ServiceSettings(record_queries=True))
    ann.app = create_app(ann.settings)
    ann.client = ann.app.test_client()
    ann.sign_in()
    return ann


def record(
    ann: DeskEditor, text: str, hits: int, times: int = 1, respelt: str = "", clicks: Sequence[Click] = ()
) -> None:
    with open_queries(ann.settings.index.directory / FOLDER, NOW) as queries:
        queries.add(NOW.date(), [Question(text, hits, respelt, "en", list(clicks)) for _ in range(times)])


def table(page: str, title: str) -> list[str]:
    """The rows of a table, as text."""
    own = re.search(rf">{title} <small>.*?(?=<h3|</main>)", page, re.DOTALL)
    assert own is not None, title
    rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", own[0], re.DOTALL)
    return [html.unescape(" ".join(re.sub(r"<[^>]*>", " ", row).split())) for row in rows]


def hits(page: str) -> list[str]:
    """The hits of a question, as text."""
    found = re.findall(r"<li><b.*?</li>", page, re.DOTALL)
    return [html.unescape(" ".join(re.sub(r"<[^>]*>", " ", hit).split())) for hit in found]


def rules(page: str) -> str:
    """What bears on a question, as text."""
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", page.partition("said about it</h3>")[2]).split()))


# -------------------------------------------------------------------------------------------------- what is asked


def test_the_tables_say_what_is_asked_and_what_to_do(ann: DeskEditor) -> None:
    record(ann, "rye", 1, times=4, clicks=[Click("/rye/", 1)])
    record(ann, "broths", 0, times=3, clicks=[Click("/soup/", 0)])
    record(ann, "lamb", 1, times=3)
    record(ann, "oniom", 1, respelt="onion")
    record(ann, "loaf", 6, times=2, clicks=[Click("/rye/", 6)])
    page = ann.get("/desk/search")
    assert "5 questions, asked 13 times, with 6 clicks, in 90 days." in page
    assert [row.partition(" ")[0] for row in table(page, "Most asked")] == ["rye", "broths", "lamb", "loaf", "oniom"]
    assert table(page, "Without hits") == ["broths 3 × 0 hits, 0 clicks nothing: it finds 1 post now"]
    assert [row.partition(" ")[0] for row in table(page, "Without clicks")] == ["lamb"]
    assert [row.partition(" ×")[0] for row in table(page, "Respelt")] == ["oniom shown: onion 1"]
    assert table(page, "Clicked far down") == ["loaf 2 × 6 hits, 2 clicks opened at place 6.0 pin rye.md to “loaf”"]
    assert 'href="/desk/steer?rule=pin&amp;q=loaf&amp;post=rye.md">pin rye.md' in page
    assert 'href="/desk/search?q=lamb"' in page


def test_a_bar_is_as_long_as_the_question_is_asked_often(ann: DeskEditor) -> None:
    record(ann, "rye", 1, times=8)
    record(ann, "lamb", 1, times=2)
    most_asked = ann.get("/desk/search").partition(">Most asked")[2].partition("<h3")[0]
    assert re.findall(r'class="share" width="(\d+)"', most_asked) == ["100", "25"]


def test_a_long_table_ends_and_says_where_the_rest_is(ann: DeskEditor) -> None:
    with open_queries(ann.settings.index.directory / FOLDER, NOW) as queries:
        queries.add(NOW.date(), [Question(f"question {number}", 1, "", "en") for number in range(23)])
    page = ann.get("/desk/search")
    assert len(table(page, "Most asked")) == 20
    assert "3 more: <code>seealso queries --csv</code> lists all." in page


def test_where_nothing_is_recorded_the_page_says_how_to_turn_it_on(bob: DeskEditor) -> None:
    page = bob.get("/desk/search")
    assert "<code>service.record_queries = true</code>" in page
    assert "docs/how-to/see-what-visitors-ask.md" in page
    assert not (bob.settings.index.directory / FOLDER).exists()


def test_where_nothing_is_asked_yet_nobody_is_told_to_turn_it_on(ann: DeskEditor) -> None:
    page = ann.get("/desk/search")
    assert "Nothing is recorded yet." in page
    assert "record_queries" not in page


def test_a_record_that_cannot_be_read_is_said_and_the_form_still_answers(
    bob: DeskEditor, caplog: pytest.LogCaptureFixture
) -> None:
    (bob.settings.index.directory / FOLDER / FILE).mkdir(parents=True)
    page = bob.get("/desk/search?q=rye")
    assert "cannot be read right now" in page
    assert hits(page)[0].startswith("Rye bread")
    assert "the desk shows no questions: " in caplog.text


# --------------------------------------------------------------------------------------------- what a question shows


def test_a_question_shows_the_first_five_hits_as_a_visitor_gets_them(ann: DeskEditor) -> None:
    page = ann.get("/desk/search?q=loaf")
    answer = ann.client.get("/api/v1/search?q=loaf&per_page=5").json
    assert answer is not None
    titles = [hit["title"] for hit in answer["hits"]]
    assert [hit[: len(title)] for hit, title in zip(hits(page), titles, strict=True)] == titles
    assert "7 hits for loaf; the first 5" in page


def test_a_hit_is_shown_with_its_section_and_its_address(ann: DeskEditor) -> None:
    assert hits(ann.get("/desk/search?q=starter")) == ["Rye bread § The starter /rye/#the-starter · Pin Rye bread"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Sourdough!", "It is a pin of Rye bread rye.md"),
        ("bouillon", "It is a search alias of Onion soup soup.md"),
        ("lamb casserole", "casserole finds stew too synonyms in seealso.toml"),
        ("onion soup", "lamb.md: search alias “onion soup” is the title of soup.md, which comes first"),
        ("eggplant", "seealso.toml: synonyms “aubergine, eggplant” match nothing"),
        ("lamb", "No pin, search alias or synonym bears on it."),
    ],
)
def test_the_rules_that_bear_on_a_question_are_named(ann: DeskEditor, question: str, said: str) -> None:
    assert said in rules(ann.get(f"/desk/search?q={quote(question)}"))


def test_a_pinned_hit_says_so(ann: DeskEditor) -> None:
    assert hits(ann.get("/desk/search?q=sourdough"))[0] == "Rye bread pinned /rye/"


def test_a_misspelt_question_says_for_what_the_hits_are(ann: DeskEditor) -> None:
    page = ann.get("/desk/search?q=oniom")
    assert 'These are the hits for <a href="/desk/search?q=onion">onion</a>' in page


def test_a_question_that_finds_nothing_says_so(ann: DeskEditor) -> None:
    page = ann.get("/desk/search?q=pancakes")
    assert "A visitor is told that nothing is found" in page
    assert hits(page) == []


def test_a_question_with_a_control_character_is_refused_with_the_reason(ann: DeskEditor) -> None:
    answer = ann.client.get("/desk/search?q=rye%00")
    assert answer.status_code == 400
    assert "q holds a control character: send plain text" in answer.text


def test_what_an_editor_tries_is_not_counted_as_asked(ann: DeskEditor) -> None:
    ann.get("/desk/search?q=loaf")
    ann.app.extensions["seealso-recorder"].close()
    assert "Nothing is recorded yet." in ann.get("/desk/search")


def test_markup_in_a_question_is_text(ann: DeskEditor) -> None:
    record(ann, HOSTILE, 1, respelt=HOSTILE)
    page = ann.get(f"/desk/search?q={quote(HOSTILE)}")
    assert "<img" not in page
    assert page.count(html.escape(HOSTILE)) >= 4


def test_the_page_is_for_whoever_is_signed_in_and_kept_by_nobody(ann: DeskEditor) -> None:
    record(ann, "rye", 1)
    answer = ann.client.get("/desk/search")
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'href="/desk/search" aria-current="page">Search' in answer.text
    ann.client.delete_cookie("seealso-desk", path="/desk")
    stranger = ann.client.get("/desk/search")
    assert stranger.status_code == 401
    assert "rye" not in stranger.text


def test_a_token_in_the_form_is_refused(ann: DeskEditor) -> None:
    token = new_token(ann.settings.decided, "bob", NOW.replace(year=NOW.year + 1), NOW)
    answer = ann.client.get(f"/desk/search?q={quote(token)}")
    assert answer.status_code == 400
    assert token not in answer.text
