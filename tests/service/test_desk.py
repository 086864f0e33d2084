"""The desk: suggestions are decided on, and every form works without a script."""

from __future__ import annotations

import html
import io
import json
import logging
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from conftest import Site, copied
from desk_editor import DeskEditor
from werkzeug.test import TestResponse

from indexer.auth import new_token
from indexer.editing.decisions import read_decisions
from indexer.editing.journal import Signature, latest
from indexer.editing.undo import undo
from indexer.model import EditingMode, Verdict
from indexer.related import ranker
from service.admission import REFUSAL
from service.desk.overview import FEWEST_LISTS

TITLES = "Fixed Price or Time and Materials", "What Maintenance Really Costs"
COSTS, PRICE = "2019-08-19-what-maintenance-really-costs", "2018-12-10-fixed-price-or-time-and-materials"


@pytest.fixture
def ann(demo_blog: Site, tmp_path: Path) -> DeskEditor:
    """An editor of the demo blog, signed in."""
    copied(demo_blog.content.parent, tmp_path / "blog")
    ann = DeskEditor(tmp_path / "blog")
    ann.sign_in()
    return ann


def pair(editor: DeskEditor, source: str, target: str) -> str:
    return json.dumps([source, target, editor.version(f"{source}.md")])


def decide(editor: DeskEditor, action: str, *pairs: str, **more: str) -> TestResponse:
    return editor.post("/desk/decide", {}, action=action, pair=list(pairs), post=COSTS, **more)


class Forms(HTMLParser):
    """The forms of a page, as a browser without scripts has them: address → buttons, each with all that it sends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append((given.get("action") or "", {}))
        elif tag in ("input", "button") and given.get("name"):
            self.found[-1][1].setdefault(given["name"] or "", []).append(given.get("value") or "")


def form(text: str, action: str) -> dict[str, list[str]]:
    """What the form sends that does this."""
    return next(sent for _, sent in Forms(text).found if sent.get("action") == [action])


# ------------------------------------------------------------------------------------------------------ suggestions


def test_the_queue_has_posts_with_strong_suggestions_the_emptiest_first(ann: DeskEditor) -> None:
    page = ann.get("/desk/")
    assert "<h1>5 posts worth a look</h1>" in page
    rows = re.findall(r'<th scope="row">.*?</tr>', page, re.DOTALL)
    assert [("no list yet" in row) for row in rows] == [True, False, False, False, False]
    assert COSTS in rows[0]


def test_less_sure_ones_are_shown_to_whoever_asks(ann: DeskEditor) -> None:
    def posts(path: str) -> int:
        return ann.get(path).count('<th scope="row">')

    assert posts("/desk/") < posts("/desk/?least=likely") < posts("/desk/?least=possible")


def test_a_post_that_changed_since_the_build_comes_first(ann: DeskEditor) -> None:
    ann.get("/desk/")
    file = ann.file("2019-02-11-when-not-to-cache.md")
    file.write_text(file.read_text() + "\nMore on caching headers, and when a cache should be invalidated.\n")
    rows = re.findall(r'<th scope="row">.*?</tr>', ann.get("/desk/?least=likely"), re.DOTALL)
    changed = [row for row in rows if "<b>changed</b>" in row]
    assert len(changed) == 1
    assert "when-not-to-cache" in changed[0]


def test_the_two_texts_stand_beside_each_other_with_the_reason_in_words(ann: DeskEditor) -> None:
    page = ann.get(f"/desk/post?post={COSTS}")
    assert page.count("<article") == 2
    assert "A boat owner in this town" in page
    assert "This autumn we took the books of 31 projects" in page
    assert "curated by &#34;Estimates Are Not Promises&#34;" in page


def test_what_would_be_written_is_shown_and_nothing_is_written(ann: DeskEditor) -> None:
    before = ann.file(f"{COSTS}.md").read_bytes()
    page = html.unescape(ann.get(f"/desk/post?post={COSTS}"))
    assert f'<ins>+  - "{PRICE}"' in page or f"{PRICE}" in page.partition('class="diff"')[2]
    assert ann.file(f"{COSTS}.md").read_bytes() == before


def test_accepting_by_the_form_of_the_page_writes_the_list_and_leads_on(
    ann: DeskEditor, caplog: pytest.LogCaptureFixture
) -> None:
    sent = form(ann.get(f"/desk/post?post={COSTS}"), "accept")
    with caplog.at_level(logging.INFO, "seealso"):
        answer = ann.client.post("/desk/decide", data=sent)
    assert answer.status_code == 303
    assert answer.location.startswith("/desk/post?post=2019-03-18-threat-modelling-in-an-afternoon")
    assert PRICE in ann.file(f"{COSTS}.md").read_text().split("---")[1]
    assert [(entry.by, entry.action) for entry in latest(ann.settings.decided)] == [("ann", "accepted")]
    assert f'"action": "accepted", "post": "{COSTS}", "targets": ["{PRICE}"]' in caplog.text
    assert "4 posts worth a look" in ann.get("/desk/")


def test_dismissing_keeps_the_reason_and_the_suggestion_does_not_come_back(ann: DeskEditor) -> None:
    sent = form(ann.get(f"/desk/post?post={COSTS}"), "dismiss")
    ann.client.post("/desk/decide", data=sent | {"because": "about money"})
    (decision,) = read_decisions(ann.settings.decided).decided
    assert (decision.post, decision.target, decision.because) == (COSTS, PRICE, "about money")
    assert PRICE not in ann.get(f"/desk/post?post={COSTS}").partition('class="several"')[2]


def test_dismissing_needs_a_reason(ann: DeskEditor) -> None:
    answer = decide(ann, "dismiss", pair(ann, COSTS, PRICE), because=" ")
    assert answer.status_code == 400
    assert "say in one line why not" in answer.text
    assert read_decisions(ann.settings.decided).decided == ()


def test_what_is_put_off_comes_last_and_the_queue_ends_before_it(ann: DeskEditor) -> None:
    answer = decide(ann, "later", pair(ann, COSTS, PRICE))
    assert COSTS not in answer.location
    assert [decision.verdict for decision in read_decisions(ann.settings.decided).decided] == [Verdict.LATER]
    rows = re.findall(r'<th scope="row">.*?</tr>', ann.get("/desk/"), re.DOTALL)
    assert "put off" in rows[-1]
    assert "4 posts worth a look" in ann.get("/desk/")


def test_a_post_that_is_skipped_comes_last(ann: DeskEditor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "seealso"):
        answer = ann.post("/desk/skip", post=COSTS)
    assert f'"editor": "ann", "action": "skipped", "post": "{COSTS}"' in caplog.text
    assert COSTS not in answer.location
    rows = re.findall(r'<th scope="row">.*?</tr>', ann.get("/desk/"), re.DOTALL)
    assert COSTS in rows[-1]
    assert "skipped" in rows[-1]
    assert "4 posts worth a look" in ann.get("/desk/")


def test_the_sentence_that_shows_what_is_shared_is_marked_in_both_texts(ann: DeskEditor) -> None:
    page = ann.get(f"/desk/post?post={COSTS}")
    sides = page.partition('class="sides"')[2].split("</article>")
    assert ["<mark>" in side for side in sides[:2]] == [True, True]


def test_a_draft_is_told_the_sentence_where_a_link_belongs(ann: DeskEditor) -> None:
    page = ann.post("/desk/draft", text=DRAFT).text
    assert "<mark>cache</mark>" in page.partition("Cache Invalidation for the Rest of Us")[2]


def test_the_queue_ends(ann: DeskEditor) -> None:
    for _ in range(20):
        answer = ann.client.get("/desk/next")
        if answer.location == "/desk/":
            break
        sent = form(ann.get(answer.location), "accept")
        ann.client.post("/desk/decide", data=sent)
    assert "Nothing left to decide" in ann.get("/desk/")


@pytest.mark.parametrize("action", ["accept", "dismiss", "later"])
def test_undo_takes_the_last_decision_back(ann: DeskEditor, action: str) -> None:
    before = ann.file(f"{COSTS}.md").read_bytes()
    decide(ann, action, pair(ann, COSTS, PRICE), because="no")
    sent = next(sent for where, sent in Forms(ann.get("/desk/")).found if where == "/desk/undo")
    answer = ann.client.post("/desk/undo", data=sent)
    assert answer.location.startswith(f"/desk/post?post={COSTS}")
    assert ann.file(f"{COSTS}.md").read_bytes() == before
    assert read_decisions(ann.settings.decided).decided == ()
    assert "5 posts worth a look" in ann.get("/desk/")
    assert "/desk/undo" not in ann.get("/desk/")


def test_both_ways_are_written_at_once(ann: DeskEditor) -> None:
    decide(ann, "accept", pair(ann, COSTS, PRICE), pair(ann, PRICE, "2019-02-11-when-not-to-cache"))
    assert PRICE in ann.file(f"{COSTS}.md").read_text().split("---")[1]
    assert "when-not-to-cache" in ann.file(f"{PRICE}.md").read_text().split("---")[1]


def test_several_are_shown_as_they_would_be_written_before_they_are(ann: DeskEditor) -> None:
    chosen = [pair(ann, COSTS, PRICE), pair(ann, COSTS, "2019-02-11-when-not-to-cache")]
    page = ann.post("/desk/several", pair=chosen, post=COSTS).text
    assert "2 suggestions at once" in page
    assert page.count("<ins>+") >= 2
    ann.client.post("/desk/decide", data=form(page, "accept"))
    assert "when-not-to-cache" in ann.file(f"{COSTS}.md").read_text().split("---")[1]


# --------------------------------------------------------------------------------------------------------- findings


FRAMEWORK = "2017-02-06-what-a-framework-decides-for-you.md"


@pytest.fixture
def broken(ann: DeskEditor) -> DeskEditor:
    """The same with one name in a list that can mean one post only, one that may mean several, and one that is lost."""
    file = ann.file(FRAMEWORK)
    names = ["2017-03-02-five-questions-before-you-pick-a-cmss.md", "nothing-like-this"]
    lines = "".join(f'    - "{name}"\n' for name in names)
    file.write_text(file.read_text().replace("relatedPosts:\n", f"relatedPosts:\n{lines}", 1))
    return ann


def test_findings_are_those_of_the_files_as_they_are_now(broken: DeskEditor) -> None:
    page = broken.get("/desk/findings")
    assert "2 things broken" in page
    assert "Related posts that do not exist" in page
    broken.file(FRAMEWORK).write_text("---\ntitle: Anew\n---\n\nOther words.\n")
    assert "nothing-like-this" not in broken.get("/desk/findings")


def test_findings_say_as_of_which_build_they_are_and_how_many_files_have_changed_since(ann: DeskEditor) -> None:
    page = ann.get("/desk/findings")
    (built,) = re.findall(r'<time datetime="([^"]+)">', page)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(built)).total_seconds()) < 3600
    assert "No file has changed since" in page
    ann.file(FRAMEWORK).write_text("---\ntitle: Anew\n---\n\nOther words.\n")
    assert "1 file has changed since" in ann.get("/desk/findings")


def test_findings_are_shown_without_a_check_of_the_site(ann: DeskEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the request reads the whole site")

    monkeypatch.setattr("indexer.check.findings.read_site", refuse)
    monkeypatch.setattr("indexer.related.relate.relations", refuse)
    assert "to look at" in ann.get("/desk/findings")
    assert ann.client.get("/desk/graph").status_code == 200


def test_a_certain_name_in_the_list_of_a_draft_is_repaired(broken: DeskEditor) -> None:
    draft = broken.file("not-yet.md")
    name = "2017-03-02-five-questions-before-you-pick-a-cms.md"
    wrong = name.replace("cms", "cmss")
    draft.write_text(f"---\ntitle: Not yet\ndraft: true\nrelatedPosts:\n  - {wrong}\n---\n\nText.\n")
    sent = next(sent for where, sent in Forms(broken.get("/desk/findings")).found if "sure" in sent)
    assert broken.client.post("/desk/repair", data=sent).status_code == 303
    assert f"  - {name}\n" in draft.read_text()


def test_what_is_sure_is_repaired_by_one_form_and_can_be_undone(broken: DeskEditor) -> None:
    before = broken.file(FRAMEWORK).read_bytes()
    sent = next(sent for where, sent in Forms(broken.get("/desk/findings")).found if "sure" in sent)
    assert broken.client.post("/desk/repair", data=sent).location == "/desk/findings"
    assert before.replace(b"-cmss.md", b"-cms.md") == broken.file(FRAMEWORK).read_bytes()
    assert "1 thing broken" in broken.get("/desk/findings")
    assert [entry.action for entry in latest(broken.settings.decided)] == ["repaired"]
    undo = next(sent for where, sent in Forms(broken.get("/desk/findings")).found if where == "/desk/undo")
    broken.client.post("/desk/undo", data=undo)
    assert broken.file(FRAMEWORK).read_bytes() == before


def ways(
    editor: DeskEditor, subject: str, kind: str = "dangling", path: str = FRAMEWORK
) -> dict[str, dict[str, list[str]]]:
    """The ways to mend a finding, as its page offers them: what is meant → what its form sends."""
    page = editor.get("/desk/repair?" + urlencode({"kind": kind, "path": path, "subject": subject}))
    return {sent["meant"][0]: sent for where, sent in Forms(page).found if where == "/desk/repair"}


WRONG, RIGHT = (f"2017-03-02-five-questions-before-you-pick-a-{end}.md" for end in ("cmss", "cms"))


def test_each_name_that_leads_nowhere_has_a_page_with_the_ways_to_mend_it(broken: DeskEditor) -> None:
    page = broken.get("/desk/findings")
    addresses = [html.unescape(one) for one in re.findall(r'href="(/desk/repair[^"]*)"', page)]
    assert len(addresses) == 2
    assert [list(ways(broken, name)) for name in (WRONG, "nothing-like-this")] == [[RIGHT, ""], [""]]
    shown = broken.get(next(one for one in addresses if "nothing-like-this" in one))
    assert "<del>-    - &#34;nothing-like-this&#34;</del>" in shown


def test_one_repair_is_chosen_by_an_editor(broken: DeskEditor) -> None:
    before = broken.file(FRAMEWORK).read_bytes()
    assert broken.client.post("/desk/repair", data=ways(broken, WRONG)[RIGHT]).location == "/desk/findings"
    assert broken.file(FRAMEWORK).read_bytes() == before.replace(b"-cmss.md", b"-cms.md")


def test_a_name_that_nothing_is_like_is_taken_out_of_its_list_and_back_in_by_undo(
    broken: DeskEditor, caplog: pytest.LogCaptureFixture
) -> None:
    before = broken.file(FRAMEWORK).read_bytes()
    caplog.set_level(logging.INFO)
    assert broken.client.post("/desk/repair", data=ways(broken, "nothing-like-this")[""]).status_code == 303
    assert broken.file(FRAMEWORK).read_bytes() == before.replace(b'    - "nothing-like-this"\n', b"")
    (entry,) = latest(broken.settings.decided)
    assert (entry.action, entry.targets, entry.by) == ("removed", ("nothing-like-this",), "ann")
    assert any("removed" in record.getMessage() for record in caplog.records)
    page = broken.get("/desk/findings")
    assert "1 thing broken" in page
    sent = next(sent for where, sent in Forms(page).found if where == "/desk/undo")
    assert broken.client.post("/desk/undo", data=sent).location == "/desk/findings"
    assert broken.file(FRAMEWORK).read_bytes() == before


def test_what_was_removed_at_the_desk_is_taken_back_on_the_command_line(broken: DeskEditor) -> None:
    before = broken.file(FRAMEWORK).read_bytes()
    broken.client.post("/desk/repair", data=ways(broken, "nothing-like-this")[""])
    undo(broken.settings.content, broken.settings.decided, Signature("ann", datetime.now(UTC)))
    assert broken.file(FRAMEWORK).read_bytes() == before


def test_a_repair_of_a_file_that_has_changed_is_not_made(broken: DeskEditor) -> None:
    sent = [sent for where, sent in Forms(broken.get("/desk/findings")).found if where == "/desk/repair"]
    sent += [*ways(broken, WRONG).values(), *ways(broken, "nothing-like-this").values()]
    broken.file(FRAMEWORK).write_bytes(broken.file(FRAMEWORK).read_bytes() + b"\nMore.\n")
    before = broken.file(FRAMEWORK).read_bytes()
    assert [broken.client.post("/desk/repair", data=one).status_code for one in sent] == [412] * 4
    assert broken.file(FRAMEWORK).read_bytes() == before


def test_a_repair_that_was_not_shown_is_never_written(broken: DeskEditor) -> None:
    sent, before = ways(broken, WRONG)[RIGHT], broken.file(FRAMEWORK).read_bytes()
    for wrong in ({"meant": [f"{PRICE}.md"]}, {"subject": ["other"]}, {"path": ["../x.md"]}, {"kind": ["orphan"]}):
        assert broken.client.post("/desk/repair", data=sent | wrong).status_code == 400
    assert broken.client.post("/desk/repair", data=sent | {"becomes": ["0" * 32]}).status_code == 412
    assert broken.file(FRAMEWORK).read_bytes() == before


def test_a_repair_that_cannot_be_written_says_why_in_its_place(broken: DeskEditor) -> None:
    file = broken.file(FRAMEWORK)
    file.write_text(file.read_text().replace("    - ", '    - "nothing-like-this"\n    - ', 1))
    page = broken.get(f"/desk/repair?kind=dangling&path={FRAMEWORK}&subject=nothing-like-this")
    assert "stands in the list 2 times: take it out by hand" in page
    assert Forms(page).found[-1][0] != "/desk/repair"


@pytest.fixture
def bakery(tmp_path: Path) -> DeskEditor:
    """A site with a dead link, a bad anchor, and a link in HTML that is dead, at the desk of an editor."""
    site = Site(tmp_path / "bakery")
    names = ["rye", "oat", "spelt-loaf", "barley"]
    for name in names:
        links = " ".join(f"[{other}](/bread/{other}/#crust)" for other in names)
        site.post(f"bread/{name}.md", name.title(), f"{links}\n\n## Crust\n\nDark {name}.")
    body = '`[a](bred.md)` [x](spelt-loav.md) and [y](/bread/rye/#crusd).\n\n<a href="barlee.md">z</a>'
    site.post("bread/asks.md", "Asks", body)
    site.build()
    editor = DeskEditor(site.content.parent)
    editor.sign_in()
    return editor


ASKS = "bread/asks.md"


@pytest.mark.parametrize(
    ("kind", "old", "meant", "new"),
    [
        ("dead link", "spelt-loav.md", "bread/spelt-loaf.md", "spelt-loaf.md"),
        ("bad anchor", "/bread/rye/#crusd", "#crust", "/bread/rye/#crust"),
    ],
)
def test_a_link_in_a_text_is_mended_by_its_target_alone_and_taken_back(
    bakery: DeskEditor, kind: str, old: str, meant: str, new: str
) -> None:
    before = bakery.file(ASKS).read_bytes()
    sent = ways(bakery, old, kind, ASKS)
    assert list(sent) == [meant]
    assert bakery.client.post("/desk/repair", data=sent[meant]).location == "/desk/findings"
    assert bakery.file(ASKS).read_bytes() == before.replace(f"]({old})".encode(), f"]({new})".encode())
    page = bakery.get("/desk/findings")
    assert f"subject={quote(old, safe='')}" not in page
    (entry,) = latest(bakery.settings.decided)
    assert (entry.action, entry.post, entry.targets) == ("repaired", "bread/asks", (new,))
    undone = next(sent for where, sent in Forms(page).found if where == "/desk/undo")
    bakery.client.post("/desk/undo", data=undone)
    assert bakery.file(ASKS).read_bytes() == before
    assert list(ways(bakery, old, kind, ASKS)) == [meant]


def test_a_link_in_a_text_that_has_changed_since_is_not_written(bakery: DeskEditor) -> None:
    sent = ways(bakery, "spelt-loav.md", "dead link", ASKS)["bread/spelt-loaf.md"]
    bakery.file(ASKS).write_bytes(bakery.file(ASKS).read_bytes() + b"\nMore.\n")
    assert bakery.client.post("/desk/repair", data=sent).status_code == 412
    assert b"spelt-loav" in bakery.file(ASKS).read_bytes()


def test_a_link_in_html_is_left_to_the_editor_with_the_reason(bakery: DeskEditor) -> None:
    page = bakery.get(f"/desk/repair?kind=dead+link&path={ASKS}&subject=barlee.md")
    assert "in another way than [text](target): change it by hand" in page
    assert ways(bakery, "barlee.md", "dead link", ASKS) == {}


def test_a_link_in_a_text_is_handed_out_as_a_patch_where_posts_belong_to_git(bakery: DeskEditor) -> None:
    gitta = DeskEditor(bakery.root, token=bakery.token, mode=EditingMode.PATCH)
    gitta.sign_in()
    sent = ways(gitta, "spelt-loav.md", "dead link", ASKS)["bread/spelt-loaf.md"]
    before, answer = gitta.file(ASKS).read_bytes(), gitta.client.post("/desk/repair", data=sent)
    assert (gitta.file(ASKS).read_bytes(), answer.mimetype) == (before, "text/x-patch")
    assert b"+`[a](bred.md)` [x](spelt-loaf.md)" in answer.data


def test_a_link_back_is_added_from_the_page(ann: DeskEditor) -> None:
    sent = next(sent for where, sent in Forms(ann.get("/desk/findings")).found if where == "/desk/decide")
    source, target, _ = json.loads(sent["pair"][0])
    assert ann.client.post("/desk/decide", data=sent).location == "/desk/findings"
    assert target.removesuffix(".md") in ann.file(source).read_text().split("---")[1]


# --------------------------------------------------------------------------------------------------- draft and site


DRAFT = (
    "---\ntitle: Caching for authors\n---\n\nA cache that nobody can invalidate is a bug. "
    "Caching headers say how long a cache keeps a page.\n"
)


def test_a_draft_is_compared_and_kept_nowhere(ann: DeskEditor) -> None:
    before = {file: file.stat().st_mtime_ns for file in ann.root.rglob("*") if file.is_file()}
    page = ann.post("/desk/draft", text=DRAFT).text
    assert "posts for Caching for authors" in page
    assert "[Cache Invalidation for the Rest of Us](/posts/cache-invalidation-for-the-rest-of-us/)" in page
    assert html.escape(DRAFT.splitlines()[-1]) in page  # what was typed is still there
    assert {file: file.stat().st_mtime_ns for file in ann.root.rglob("*") if file.is_file()} == before


def test_a_draft_may_be_a_file(ann: DeskEditor) -> None:
    page = ann.post("/desk/draft", text="", file=(io.BytesIO(DRAFT.encode()), "draft.md")).text
    assert "posts for Caching for authors" in page
    assert ann.post("/desk/draft", text="", file=(io.BytesIO(b"\xff\xfe"), "draft.md")).status_code == 400


@pytest.mark.parametrize(
    ("text", "said"), [("", "There is no text yet"), ("---\n: [\n---\n", "cannot be read as a post")]
)
def test_what_is_no_draft_is_said(ann: DeskEditor, text: str, said: str) -> None:
    assert said in ann.post("/desk/draft", text=text).text


def test_a_pasted_text_without_a_title_is_not_taken_for_one_about_drafts(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for number in range(3):
        site.post(f"writing-{number}.md", f"Writing {number}", "A draft becomes a post when somebody has read it.")
        site.post(f"rye-{number}.md", f"Rye {number}", "A loaf for every day of the week.")
    site.build()
    now = datetime.now(UTC)
    ann = DeskEditor(tmp_path, new_token(tmp_path / ".seealso", "ann", now + timedelta(days=1), now))
    ann.sign_in()
    assert "No post shares enough with it" in ann.post("/desk/draft", text="zugzwang").text
    assert re.search(r"\d posts? for", ann.post("/desk/draft", text="Somebody read the draft of my post.").text)


def test_the_site_says_how_good_suggestions_are_and_who_decided_what(ann: DeskEditor) -> None:
    decide(ann, "accept", pair(ann, COSTS, PRICE))
    page = ann.get("/desk/site")
    assert "of the posts that editors chose are among the first five suggestions" in page
    assert re.search(r"91 %.*?have a list of related posts", page, re.DOTALL)
    assert re.search(rf"<td>ann</td>\s*<td>accepted {TITLES[0]} <small>{TITLES[1]}</small>", page)


@pytest.mark.parametrize("lists", [0, 1, FEWEST_LISTS - 1])
def test_where_too_few_lists_are_there_to_measure_on_no_share_is_claimed(tmp_path: Path, lists: int) -> None:
    site = Site(tmp_path)
    for number in range(8):
        named = {"relatedPosts": f"[rye-{number + 1}]"} if number < lists else {}
        site.post(f"rye-{number}.md", f"Rye {number}", "A loaf of rye for every day.", **named)
    site.build()
    now = datetime.now(UTC)
    ann = DeskEditor(tmp_path, new_token(tmp_path / ".seealso", "ann", now + timedelta(days=1), now))
    ann.sign_in()
    page = ann.get("/desk/site")
    assert "of the posts that editors chose" not in page
    assert "There are too few lists to measure it on" in page


def test_the_site_page_asks_for_as_many_lists_as_the_ranking_does() -> None:
    assert FEWEST_LISTS == ranker.FEWEST_LISTS


def test_any_decision_can_be_taken_back_on_the_site_page(ann: DeskEditor) -> None:
    before = ann.file(f"{COSTS}.md").read_bytes()
    decide(ann, "accept", pair(ann, COSTS, PRICE))
    decide(ann, "later", pair(ann, PRICE, COSTS))
    undos = [sent for where, sent in Forms(ann.get("/desk/site")).found if where == "/desk/undo"]
    ann.client.post("/desk/undo", data=undos[1])
    assert ann.file(f"{COSTS}.md").read_bytes() == before
    assert "taken back" in ann.get("/desk/site")


def test_the_site_is_drawn_by_scripts_that_the_policy_names(ann: DeskEditor) -> None:
    answer = ann.client.get("/desk/graph")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert COSTS in answer.text


# ------------------------------------------------------------------------------------------------------------ patch


@pytest.fixture
def gitta(ann: DeskEditor) -> DeskEditor:
    """The same editor where posts belong to git: the desk may not write into them."""
    gitta = DeskEditor(ann.root, token=ann.token, mode=EditingMode.PATCH)
    gitta.sign_in()
    return gitta


def test_where_posts_belong_to_git_what_is_accepted_becomes_one_patch(gitta: DeskEditor) -> None:
    before = {file: file.read_bytes() for file in gitta.file(".").rglob("*.md")}
    sent = form(gitta.get(f"/desk/post?post={COSTS}"), "accept")
    assert COSTS not in gitta.client.post("/desk/decide", data=sent).location
    decide(gitta, "accept", pair(gitta, PRICE, "2019-02-11-when-not-to-cache"))
    assert {file: file.read_bytes() for file in gitta.file(".").rglob("*.md")} == before
    assert "4 posts worth a look" in gitta.get("/desk/")
    answer = gitta.client.get("/desk/see-also.patch")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="see-also.patch"'
    subprocess.run(["git", "apply", "-"], input=answer.data, cwd=gitta.file("."), check=True)
    assert PRICE in gitta.file(f"{COSTS}.md").read_text().split("---")[1]
    assert "when-not-to-cache" in gitta.file(f"{PRICE}.md").read_text().split("---")[1]
    assert "Nothing is collected" in gitta.get("/desk/patch")


def test_what_is_collected_can_be_undone_and_forgotten(gitta: DeskEditor) -> None:
    decide(gitta, "accept", pair(gitta, COSTS, PRICE))
    undo = next(sent for where, sent in Forms(gitta.get("/desk/")).found if where == "/desk/undo")
    gitta.client.post("/desk/undo", data=undo)
    assert "5 posts worth a look" in gitta.get("/desk/")
    decide(gitta, "accept", pair(gitta, COSTS, PRICE))
    sent = next(sent for where, sent in Forms(gitta.get("/desk/patch")).found if where == "/desk/patch")
    gitta.client.post("/desk/patch", data=sent)
    assert gitta.client.get("/desk/see-also.patch").data == b""


def test_what_was_written_before_posts_belonged_to_git_is_not_taken_back_in_them(ann: DeskEditor) -> None:
    decide(ann, "accept", pair(ann, COSTS, PRICE))
    (written,) = latest(ann.settings.decided)
    gitta = DeskEditor(ann.root, token=ann.token, mode=EditingMode.PATCH)
    gitta.sign_in()
    before = gitta.file(f"{COSTS}.md").read_bytes()
    answer = gitta.post("/desk/undo", entry=written.id)
    assert (answer.status_code, gitta.file(f"{COSTS}.md").read_bytes()) == (409, before)
    assert "take it back in git" in answer.text
    assert written.id not in gitta.get("/desk/site")


def test_a_repair_is_handed_out_where_posts_belong_to_git(broken: DeskEditor) -> None:
    gitta = DeskEditor(broken.root, token=broken.token, mode=EditingMode.PATCH)
    gitta.sign_in()
    before = gitta.file(FRAMEWORK).read_bytes()
    sent = next(sent for where, sent in Forms(gitta.get("/desk/findings")).found if "sure" in sent)
    answer = gitta.client.post("/desk/repair", data=sent)
    assert gitta.file(FRAMEWORK).read_bytes() == before
    subprocess.run(["git", "apply", "-"], input=answer.data, cwd=gitta.file("."), check=True)
    assert gitta.file(FRAMEWORK).read_bytes() == before.replace(b"-cmss.md", b"-cms.md")


@pytest.mark.parametrize("mode", [EditingMode.PATCH, EditingMode.BRANCH])
def test_a_repair_that_an_editor_chooses_is_handed_out_likewise(broken: DeskEditor, mode: EditingMode) -> None:
    gitta = DeskEditor(broken.root, token=broken.token, mode=mode)
    gitta.sign_in()
    before = gitta.file(FRAMEWORK).read_bytes()
    answer = gitta.client.post("/desk/repair", data=ways(gitta, "nothing-like-this")[""])
    assert (gitta.file(FRAMEWORK).read_bytes(), latest(gitta.settings.decided)) == (before, ())
    subprocess.run(["git", "apply", "-"], input=answer.data, cwd=gitta.file("."), check=True)
    assert gitta.file(FRAMEWORK).read_bytes() == before.replace(b'    - "nothing-like-this"\n', b"")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def branching(ann: DeskEditor) -> DeskEditor:
    """The same editor where the blog is a repository and the desk commits to a branch."""
    git(ann.root, "init", "-q", "-b", "main")
    git(ann.root, "add", "content")
    git(ann.root, "commit", "-q", "-m", "The blog")
    editor = DeskEditor(ann.root, token=ann.token, mode=EditingMode.BRANCH)
    editor.sign_in()
    return editor


def test_what_is_accepted_is_committed_to_a_branch_and_nothing_else_is_touched(branching: DeskEditor) -> None:
    root = branching.root
    before = git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")
    decide(branching, "accept", pair(branching, COSTS, PRICE))
    assert branching.post("/desk/commit").status_code == 303
    assert git(root, "diff", "--name-only", "main", "see-also").split() == [f"content/{COSTS}.md"]
    assert f"ann: {PRICE} beside {COSTS}" in git(root, "log", "-1", "--format=%B", "see-also")
    # One more for the same post goes on top of it.
    decide(branching, "accept", pair(branching, COSTS, "2019-02-11-when-not-to-cache"))
    assert branching.post("/desk/commit").status_code == 303
    assert git(root, "rev-list", "--count", "main..see-also").strip() == "2"
    listed = git(root, "show", f"see-also:content/{COSTS}.md").split("---")[1]
    assert PRICE in listed
    assert "when-not-to-cache" in listed
    assert (git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")) == before
    git(root, "merge", "-q", "see-also")
    assert "Nothing is collected" in branching.get("/desk/patch")


def test_what_is_all_on_the_branch_says_so_and_is_not_offered_again(branching: DeskEditor) -> None:
    decide(branching, "accept", pair(branching, COSTS, PRICE))
    assert "Commit to the branch see-also" in branching.get("/desk/patch")
    branching.post("/desk/commit")
    page = branching.get("/desk/patch")
    assert "Commit to the branch" not in page
    assert "All of it is on the branch see-also" in page
    decide(branching, "accept", pair(branching, PRICE, "2019-02-11-when-not-to-cache"))
    assert "Commit to the branch see-also" in branching.get("/desk/patch")


def test_a_file_that_is_another_one_on_the_branch_is_not_committed(branching: DeskEditor) -> None:
    file = branching.file(f"{COSTS}.md")
    file.write_text(file.read_text() + "\nNot committed yet.\n")
    decide(branching, "accept", pair(branching, COSTS, PRICE))
    answer = branching.post("/desk/commit")
    assert answer.status_code == 409
    assert "commit or merge it first" in answer.text
    assert git(branching.root, "branch", "--list", "see-also") == ""


def test_a_branch_that_is_checked_out_is_left_alone(branching: DeskEditor) -> None:
    git(branching.root, "switch", "-q", "-c", "see-also")
    decide(branching, "accept", pair(branching, COSTS, PRICE))
    answer = branching.post("/desk/commit")
    assert answer.status_code == 409
    assert "checked out" in answer.text


def test_there_is_no_patch_where_the_desk_writes(ann: DeskEditor) -> None:
    for path in ("/desk/patch", "/desk/see-also.patch"):
        assert ann.client.get(path).status_code == 404


# ------------------------------------------------------------------------------------------------------ two editors


def test_of_two_editors_at_once_both_are_heard_and_nothing_is_lost(ann: DeskEditor) -> None:
    now = datetime.now(UTC)
    bob = DeskEditor(ann.root, token=new_token(ann.settings.decided, "bob", now.replace(year=now.year + 1), now))
    bob.sign_in()
    stale = form(ann.get(f"/desk/post?post={COSTS}"), "accept")
    decide(bob, "accept", pair(bob, COSTS, "2019-02-11-when-not-to-cache"))
    answer = ann.client.post("/desk/decide", data=stale)
    assert answer.status_code == 412
    assert "Somebody else was faster" in answer.text
    assert re.search(r"<b>bob</b> accepted <b>When Not to Cache</b>", answer.text)
    front = ann.file(f"{COSTS}.md").read_text().split("---")[1]
    assert "when-not-to-cache" in front
    assert PRICE not in front
    again = form(ann.get(f"/desk/post?post={COSTS}"), "accept")  # the link of that page
    assert ann.client.post("/desk/decide", data=again).status_code == 303
    front = ann.file(f"{COSTS}.md").read_text().split("---")[1]
    assert "when-not-to-cache" in front
    assert PRICE in front


def test_a_change_by_hand_is_laid_on_no_other_editor(ann: DeskEditor) -> None:
    now = datetime.now(UTC)
    bob = DeskEditor(ann.root, token=new_token(ann.settings.decided, "bob", now.replace(year=now.year + 1), now))
    bob.sign_in()
    decide(bob, "accept", pair(bob, COSTS, "2019-02-11-when-not-to-cache"))
    stale = form(ann.get(f"/desk/post?post={COSTS}"), "accept")
    with ann.file(f"{COSTS}.md").open("a") as file:
        file.write("One more sentence.\n")
    answer = ann.client.post("/desk/decide", data=stale)
    assert answer.status_code == 412
    assert f"{COSTS}.md has changed since it was shown" in answer.text
    assert "bob" not in answer.text


def test_what_cannot_be_undone_shows_the_change_to_take_away_by_hand(ann: DeskEditor) -> None:
    decide(ann, "accept", pair(ann, COSTS, PRICE))
    with ann.file(f"{COSTS}.md").open("a") as file:
        file.write("One more sentence.\n")
    entry = latest(ann.settings.decided, 1)[0].id
    answer = ann.post("/desk/undo", entry=entry)
    assert answer.status_code == 409
    assert "take away by hand what this patch added" in answer.text
    assert re.search(rf"<ins>\+ *- [^<]*{PRICE}", answer.text)


def test_a_file_that_has_changed_holds_up_no_other(ann: DeskEditor) -> None:
    stale = json.dumps([COSTS, PRICE, "0" * 32])
    answer = decide(ann, "accept", stale, pair(ann, PRICE, "2019-02-11-when-not-to-cache"))
    assert answer.status_code == 412
    assert "The other one was written" in answer.text
    assert "when-not-to-cache" in ann.file(f"{PRICE}.md").read_text().split("---")[1]


# ----------------------------------------------------------------------------------------------- what is sent wrongly


@pytest.mark.parametrize(
    "sent", ["", "x", "[]", '["a", "a", ""]', '["../x", "y", 1]', "[" * 10_000, '{"a": 1}'], ids=range(7)
)
def test_a_damaged_form_is_refused(ann: DeskEditor, sent: str) -> None:
    assert decide(ann, "accept", sent).status_code == 400


def test_too_long_a_draft_is_refused_on_a_page_of_the_desk(ann: DeskEditor) -> None:
    refused = {REFUSAL: HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    answer = ann.client.post("/desk/draft", data={"text": "x" * 70_000}, environ_overrides=refused)
    assert answer.status_code == 413
    assert "This is too much text" in answer.text
    assert 'href="/desk/draft">Look again' in answer.text
    assert "/desk/sign-out" in answer.text


def test_whoever_is_not_signed_in_is_refused_without_a_page_of_the_desk(ann: DeskEditor) -> None:
    refused = {REFUSAL: HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    answer = ann.app.test_client().post("/desk/draft", data={}, environ_overrides=refused)
    assert answer.status_code == 413
    assert "/desk/sign-out" not in answer.text


def test_a_form_without_a_choice_says_so(ann: DeskEditor) -> None:
    answer = ann.post("/desk/several", post=COSTS)
    assert answer.status_code == 400
    assert "tick at least one" in answer.text


def test_an_unknown_post_is_a_page_of_the_desk_that_says_so(ann: DeskEditor) -> None:
    for answer in (ann.client.get("/desk/post?post=nothing"), decide(ann, "accept", '["no", "nothing", ""]')):
        assert answer.status_code == 404
        assert "No such post" in answer.text
        assert "/desk/sign-out" in answer.text


@pytest.mark.parametrize("what", ["index", "content"])
@pytest.mark.parametrize("page", ["/desk/", f"/desk/post?post={COSTS}", "/desk/findings"])
def test_what_cannot_be_reached_is_said_on_a_page_of_the_desk(ann: DeskEditor, page: str, what: str) -> None:
    ann.get(page)
    (ann.root / what).rename(ann.root / "elsewhere")
    editor = DeskEditor(ann.root, token=ann.token)
    editor.sign_in()
    answer = editor.client.get(page)
    assert answer.status_code == 503
    assert "Not available right now" in answer.text
    assert str(ann.root) not in answer.text
    assert "/desk/sign-out" in answer.text


def test_decisions_that_cannot_be_read_are_said_before_anything_is_offered_again(ann: DeskEditor) -> None:
    (ann.settings.decided / "decisions.jsonl").mkdir()
    answer = ann.client.get("/desk/")
    assert answer.status_code == 409
    assert "what was dismissed is not known until it is mended" in answer.text


# ------------------------------------------------------------------------------------------------------------ hostile


HOSTILE = "</script><img src=x onerror=alert(1)>\"'<b>"


@pytest.fixture
def hostile(tmp_path: Path) -> DeskEditor:
    """A site in which every field that a page shows is an attack."""
    site = Site(tmp_path / "hostile")
    for name in ("a", "b", "c", "d"):
        body = f"{HOSTILE}\n\n## {HOSTILE}\n\nRye {name} sour starter flour water salt {HOSTILE} [x](/gone<img>)."
        title, tag = json.dumps(HOSTILE + name), json.dumps(HOSTILE)
        site.write(
            f"x<img src=x>{name}.md",
            f"---\ntitle: {title}\ntags: [{tag}]\ndescription: {tag}\nrelatedPosts: [{tag}]\n---\n\n{body}\n",
        )
    site.build(today=date(2026, 6, 1))
    editor = DeskEditor(site.content.parent)
    editor.sign_in()
    return editor


def test_markup_in_any_field_of_a_post_or_a_decision_is_text_on_every_page(hostile: DeskEditor) -> None:
    posts = [f"x<img src=x>{name}" for name in "abcd"]
    first, second = (json.dumps([one, posts[2], hostile.version(f"{one}.md")]) for one in posts[:2])
    hostile.post("/desk/decide", action="later", pair=first, post=posts[0], because=HOSTILE)
    hostile.post("/desk/decide", action="accept", pair=second, post=posts[1])
    pages = [hostile.get(path) for path in PAGES]
    pages += [hostile.get(f"/desk/post?least=possible&post={quote(post)}") for post in posts]
    pages.append(
        hostile.post("/desk/draft", text=f"---\ntitle: {json.dumps(HOSTILE)}\n---\n{HOSTILE} rye starter").text
    )
    pages.append(hostile.post("/desk/several", pair=[first, second], post=posts[0]).text)
    pages.append(hostile.post("/desk/decide", action="accept", pair=first.replace("<img", "<IMG"), post=HOSTILE).text)
    found = re.findall(r'href="(/desk/repair[^"]*)"', hostile.get("/desk/findings"))
    pages += [hostile.get(html.unescape(address)) for address in found]
    assert found
    assert any(html.escape(HOSTILE, quote=False)[:20] in page for page in pages)
    for page in pages:
        assert "<img" not in page.casefold()
        assert '<b>"' not in page


PAGES = [
    "/desk/",
    "/desk/?least=possible",
    "/desk/findings",
    "/desk/draft",
    "/desk/search?q=rye",
    "/desk/site",
    "/desk/graph",
]
