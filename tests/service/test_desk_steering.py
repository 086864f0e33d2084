"""Pins, search aliases and synonyms from the desk: tried, seen as a diff, written, refused, and taken back."""

from __future__ import annotations

import html
import json
import logging
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import Site
from desk_editor import DeskEditor
from serving import COMMAND

from indexer.auth import new_token
from indexer.build import build
from indexer.editing.journal import latest
from indexer.model import EditingMode
from indexer.queries.keystrokes import Click, Question
from indexer.queries.storage import FOLDER, open_queries
from indexer.settings import SearchSettings, load_settings
from service.app import create_app

NOW = datetime.now(UTC)
HOSTILE = "<img src=x onerror=alert(1)>"
SETTINGS = '[search]\nsynonyms = [["stew", "casserole"]] # ours\n'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("kitchen"))
    site.post("rye.md", "Rye bread", "Sour flour for a loaf of rye.", searchPins="[baking day]", tags="[bread]")
    site.post("soup.md", "Onion soup", "Slowly, in broth.", searchAliases="[bouillon]")
    site.post("lamb.md", "Lamb stew", "Brown the lamb in a pan.")
    for number in range(6):
        site.post(f"loaf-{number}.md", f"Loaf {number}", "A loaf for every day of the week.")
    search = SearchSettings(synonyms=(("stew", "casserole"),))
    build(replace(site.settings, search=search), strict=False, force=False, today=NOW.date())
    return site


def editor_of(built: Site, folder: Path, name: str = "ann", **editing: Any) -> DeskEditor:
    """An editor, signed in, whose site has a settings file."""
    root = Site(folder).copy(built).content.parent
    (root / "seealso.toml").write_text(SETTINGS)
    return at_the_same_desk(root, name, **editing)


def at_the_same_desk(root: Path, name: str, **editing: Any) -> DeskEditor:
    token = new_token(root / ".seealso", name, NOW + timedelta(days=1), NOW)
    editor = DeskEditor(root, token, **editing)
    editor.settings = replace(editor.settings, file=root / "seealso.toml")
    editor.app = create_app(editor.settings)
    editor.client = editor.app.test_client()
    editor.sign_in()
    return editor


@pytest.fixture
def ann(built: Site, tmp_path: Path) -> DeskEditor:
    return editor_of(built, tmp_path)


def address(rule: str, **fields: str) -> str:
    return f"/desk/steer?{urlencode({'rule': rule, **fields})}"


def text_of(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", page).split()))


def column(page: str, heading: str) -> list[str]:
    """The titles and marks of one of the two lists of hits."""
    own = page.partition(heading)[2].partition("</article>")[0]
    return [text_of(hit) for hit in re.findall(r"<li.*?</li>", own, re.DOTALL)]


def sent(page: str) -> dict[str, str]:
    """What the form that writes sends."""
    own = page.partition('action="/desk/steer" method="post"')[2].partition("</form>")[0]
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', own)
    return {name: html.unescape(value) for name, value in fields}


def write(editor: DeskEditor, rule: str, **fields: str) -> None:
    """Looks at the page, and presses its button."""
    form = sent(editor.get(address(rule, **fields)))
    assert form, "nothing is offered to be written"
    answer = editor.client.post("/desk/steer", data=form)
    assert answer.status_code == 303, text_of(answer.text)


def rebuilt(editor: DeskEditor) -> None:
    settings = replace(
        load_settings(editor.settings.file), content=editor.settings.content, index=editor.settings.index
    )
    build(settings, strict=False, force=False, today=NOW.date())
    editor.app = create_app(editor.settings)
    editor.client = editor.app.test_client()
    editor.sign_in()


# ----------------------------------------------------------------------------------------------------- tried first


def test_a_pin_is_tried_side_by_side_and_nothing_is_written(ann: DeskEditor) -> None:
    before = ann.file("soup.md").read_bytes()
    page = ann.get(address("pin", q="loaf", post="soup.md"))
    assert column(page, "As it is: 7 hits")[0] == "Loaf 0 loaf-0.md"
    assert column(page, "As it would be: 8 hits")[:2] == ["Onion soup soup.md new here", "Loaf 0 loaf-0.md"]
    assert "after the next build" in page
    assert "<ins>+searchPins: [loaf]</ins>" in page
    assert ann.file("soup.md").read_bytes() == before
    assert latest(ann.settings.decided) == ()


def test_an_alias_is_tried_with_a_word_that_no_post_has(ann: DeskEditor) -> None:
    page = ann.get(address("alias", q="breadd", post="lamb"))
    assert "for bread" in text_of(page.partition("As it is")[2].partition("</article>")[0])
    assert column(page, "As it would be: 1 hit") == ["Lamb stew lamb.md new here"]


def test_synonyms_are_tried_with_a_question(ann: DeskEditor) -> None:
    page = ann.get(address("synonyms", q="meat", words="meat, lamb"))
    assert column(page, "As it is: 0 hits") == []
    assert column(page, "As it would be: 1 hit") == ["Lamb stew lamb.md new here"]
    assert '["meat", "lamb"]' in html.unescape(page)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("pin", {"q": "loaf", "post": "soup.md"}),
        ("alias", {"q": "breadd", "post": "lamb.md"}),
        ("synonyms", {"q": "meat", "words": "meat, lamb"}),
        ("pin", {"q": "baking day", "post": "rye.md", "do": "remove"}),
        ("alias", {"q": "bouillon", "post": "soup.md", "do": "remove"}),
        ("synonyms", {"q": "casserole", "words": "stew, casserole", "do": "remove"}),
    ],
)
def test_after_the_next_build_the_question_shows_what_was_tried(
    ann: DeskEditor, rule: str, fields: dict[str, str]
) -> None:
    tried = column(ann.get(address(rule, **fields)), "As it would be")
    write(ann, rule, **fields)
    rebuilt(ann)
    page = ann.get(f"/desk/search?{urlencode({'q': fields['q']})}")
    shown = [text_of(hit) for hit in re.findall(r"<li><b lang.*?</b>", page, re.DOTALL)]
    assert [hit.rpartition(".md")[0].rpartition(" ")[0] for hit in tried] == shown


def test_a_pin_that_would_not_be_reached_says_so_and_what_to_do_instead(ann: DeskEditor) -> None:
    page = text_of(ann.get(address("pin", q="breadd", post="lamb")))
    assert "This changes nothing of what breadd shows first" in page
    assert "searched as bread: add a search alias instead" in page


# -------------------------------------------------------------------------------------------------------- written


def test_a_pin_is_written_into_the_post_with_its_line_in_journal_and_log(
    ann: DeskEditor, caplog: pytest.LogCaptureFixture
) -> None:
    before = ann.file("soup.md").read_text()
    with caplog.at_level(logging.INFO, "seealso"):
        write(ann, "pin", q="loaf", post="soup.md")
    after = ann.file("soup.md").read_text()
    assert after == before.replace("searchAliases: [bouillon]\n", "searchAliases: [bouillon]\nsearchPins: [loaf]\n")
    (entry,) = latest(ann.settings.decided)
    assert (entry.by, entry.action, entry.post, entry.targets) == ("ann", "pinned", "soup", ("loaf",))
    logged = json.loads(caplog.messages[-1].removeprefix("edit "))
    assert (logged["editor"], logged["action"], logged["post"]) == ("ann", "pinned", "soup")


def test_what_was_written_is_said_and_taken_back_from_the_page(ann: DeskEditor) -> None:
    before = ann.file("soup.md").read_bytes()
    write(ann, "alias", q="clear broth", post="soup.md")
    page = ann.get("/desk/search?q=clear+broth")
    assert "You gave the search alias clear broth to Onion soup . It counts after the next build." in text_of(page)
    entry = re.search(r'name="entry" value="(\w+)"', page)
    assert entry
    answer = ann.post("/desk/undo", entry=entry[1])
    assert answer.location == "/desk/search?q=clear+broth"
    assert ann.file("soup.md").read_bytes() == before


def test_synonyms_are_written_into_the_settings_and_taken_back(ann: DeskEditor) -> None:
    file = ann.root / "seealso.toml"
    write(ann, "synonyms", q="meat", words="meat, lamb")
    assert file.read_text() == '[search]\nsynonyms = [["stew", "casserole"], ["meat", "lamb"]] # ours\n'
    (entry,) = latest(ann.settings.decided)
    assert (entry.action, entry.post, entry.path, entry.targets) == ("joined", "", "seealso.toml", ("meat", "lamb"))
    assert "joined meat, lamb seealso.toml" in text_of(ann.get("/desk/site"))
    ann.post("/desk/undo", entry=entry.id)
    assert file.read_text() == SETTINGS


def test_the_command_takes_back_what_the_desk_wrote_into_the_settings(ann: DeskEditor, tmp_path: Path) -> None:
    write(ann, "synonyms", q="meat", words="meat, lamb")
    (entry,) = latest(ann.settings.decided)
    command = [str(COMMAND), "--settings", "seealso.toml", "undo", entry.id]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ann.root)
    assert "taken back: joined meat, lamb for seealso.toml" in done.stdout, done.stderr
    assert (ann.root / "seealso.toml").read_text() == SETTINGS


def test_rules_that_bear_on_a_question_can_be_taken_away_from_its_page(ann: DeskEditor) -> None:
    for question, file in (("baking day", "rye.md"), ("bouillon", "soup.md"), ("casserole", "")):
        page = html.unescape(ann.get(f"/desk/search?{urlencode({'q': question})}"))
        link = re.search(r'href="(/desk/steer\?[^"]*do=remove[^"]*)"', page)
        assert link, question
        ann.client.post("/desk/steer", data=sent(ann.get(link[1])))
        assert question not in (ann.file(file) if file else ann.root / "seealso.toml").read_text()


# ------------------------------------------------------------------------------------------- from what visitors ask


def record(ann: DeskEditor, text: str, hits: int, times: int, *clicks: Click) -> None:
    with open_queries(ann.settings.index.directory / FOLDER, NOW) as queries:
        queries.add(NOW.date(), [Question(text, hits, "", "en", list(clicks)) for _ in range(times)])


def test_the_advice_of_the_tables_leads_to_the_form_filled_in(ann: DeskEditor) -> None:
    record(ann, "pottage", 0, 3, Click("/soup/", 0))
    record(ann, "loaf", 6, 2, Click("/rye/", 6))
    record(ann, "pancakes", 0, 3)
    page = html.unescape(ann.get("/desk/search"))
    assert 'href="/desk/steer?rule=alias&q=pottage&post=soup.md">add alias “pottage” to soup.md' in page
    assert 'href="/desk/steer?rule=pin&q=loaf&post=rye.md">pin rye.md to “loaf”' in page
    assert 'write this post, or <a href="/desk/steer?rule=alias&q=pancakes">add an alias to one' in page
    filled = ann.get(address("alias", q="pottage", post="soup.md"))
    assert sent(filled)["post"] == "soup.md"
    assert column(filled, "As it would be: 1 hit") == ["Onion soup soup.md new here"]


def test_without_a_post_those_are_offered_that_may_be_meant(ann: DeskEditor) -> None:
    page = html.unescape(ann.get(address("alias", q="pottage", post="onion")))
    assert 'href="/desk/steer?rule=alias&q=pottage&post=soup.md">Onion soup' in page
    assert 'post=lamb.md">Lamb stew' in html.unescape(ann.get(address("pin", q="lamb")))


# --------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("rule", "fields", "said"),
    [
        ("pin", {"q": "loaf", "post": "nothing.md"}, "no such post is published"),
        ("pin", {"q": "!!!", "post": "soup"}, "“!!!” has no word, so nobody can type it"),
        ("alias", {"q": "Onion Soup", "post": "soup"}, "“Onion Soup” is the title of the post"),
        ("alias", {"q": "lamb stew", "post": "soup"}, "is the title of lamb.md, which comes first: pin it here"),
        ("synonyms", {"words": "lamb"}, "a group is at least two different words or phrases"),
        ("synonyms", {"words": "Lamb, lamb"}, "a group is at least two different words or phrases"),
        ("synonyms", {"words": "loaf, loafs"}, "do nothing: they differ in their endings only"),
        ("synonyms", {"words": "tofu, seitan"}, "match nothing: no post has any of them"),
        ("synonyms", {"words": "lamb, the"}, "“the” is one of the little words that most posts have"),
    ],
)
def test_what_a_build_would_report_is_refused_with_its_reason(
    ann: DeskEditor, rule: str, fields: dict[str, str], said: str
) -> None:
    page = ann.get(address(rule, **fields))
    assert said in text_of(page)
    assert sent(page) == {}
    before = (ann.root / "seealso.toml").read_bytes()
    answer = ann.post("/desk/steer", {}, rule=rule, version=ann.version("soup.md"), **fields)
    assert answer.status_code in (404, 409)
    assert said in text_of(answer.text)
    assert (ann.root / "seealso.toml").read_bytes() == before
    assert latest(ann.settings.decided) == ()


def test_an_unfinished_group_of_synonyms_asks_for_its_next_word(ann: DeskEditor) -> None:
    way = re.search(r'href="([^"]*rule=synonyms[^"]*)" data-key="s"', ann.get("/desk/search?q=lamb"))
    assert way
    page = text_of(ann.get(html.unescape(way[1])))
    assert "After the comma, write what should be found with lamb, too." in page
    assert "Nothing can be written" not in page


def test_the_title_of_the_post_is_refused_as_an_alias_without_advice_on_one_that_exists(ann: DeskEditor) -> None:
    page = text_of(ann.get(address("alias", q="Onion Soup", post="soup")))
    assert "“Onion Soup” is the title of the post, by which it is found anyway" in page
    assert "take it away" not in page


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("pin", {"q": "Baking day!", "post": "rye.md"}),
        ("alias", {"q": "bouillon", "post": "soup.md"}),
        ("synonyms", {"words": "casserole, Stew"}),
    ],
)
def test_a_rule_that_exists_already_is_named_and_not_written_twice(
    ann: DeskEditor, rule: str, fields: dict[str, str]
) -> None:
    page = ann.get(address(rule, **fields))
    name = fields.get("post", "seealso.toml")
    assert f"{name} says so already" in text_of(page)
    assert sent(page) == {}
    assert ann.post("/desk/steer", {}, rule=rule, version="", **fields).status_code == 303
    assert latest(ann.settings.decided) == ()


def test_of_two_editors_at_once_the_slower_one_loses_nothing_and_sees_who_was_faster(ann: DeskEditor) -> None:
    bob = at_the_same_desk(ann.root, "bob")
    shown = sent(ann.get(address("pin", q="loaf", post="soup.md")))
    write(bob, "alias", q="clear broth", post="soup.md")
    now = ann.file("soup.md").read_bytes()
    answer = ann.client.post("/desk/steer", data=shown)
    assert answer.status_code == 412
    assert "bob gave the search alias clear broth there" in text_of(answer.text)
    assert 'href="/desk/steer?rule=pin&amp;q=loaf&amp;post=soup.md"' in answer.text
    assert ann.file("soup.md").read_bytes() == now
    write(ann, "pin", q="loaf", post="soup.md")
    assert "searchAliases: [bouillon, clear broth]\nsearchPins: [loaf]\n" in ann.file("soup.md").read_text()


def test_settings_that_another_editor_has_changed_are_looked_at_again(ann: DeskEditor) -> None:
    shown = sent(ann.get(address("synonyms", words="meat, lamb")))
    (ann.root / "seealso.toml").write_text(SETTINGS + "# somebody was here\n")
    assert ann.client.post("/desk/steer", data=shown).status_code == 412
    assert (ann.root / "seealso.toml").read_text() == SETTINGS + "# somebody was here\n"


def test_a_file_that_may_not_be_written_is_handed_out_as_a_patch(ann: DeskEditor) -> None:
    file = ann.root / "seealso.toml"
    file.chmod(0o444)
    page = ann.get(address("synonyms", q="meat", words="meat, lamb"))
    assert "seealso.toml is read-only" in text_of(page)
    assert sent(page) == {}
    link = re.search(r'href="(/desk/rule.patch[^"]*)"', page)
    assert link
    patch = ann.client.get(html.unescape(link[1]))
    assert patch.headers["Content-Disposition"] == 'attachment; filename="see-also.patch"'
    subprocess.run(["git", "apply", "-"], input=patch.data, check=True, cwd=ann.root)
    assert '["meat", "lamb"]' in file.read_text()


def test_without_a_settings_file_the_page_says_how_to_get_one(ann: DeskEditor) -> None:
    ann.settings = replace(ann.settings, file=None)
    ann.app = create_app(ann.settings)
    ann.client = ann.app.test_client()
    ann.sign_in()
    page = text_of(ann.get(address("synonyms", words="meat, lamb")))
    assert "there is no settings file for synonyms: `seealso init` makes seealso.toml" in page


@pytest.mark.parametrize("form", [{"rule": "boost"}, {"rule": "pin", "do": "twice"}, {}])
def test_a_damaged_form_is_refused(ann: DeskEditor, form: dict[str, str]) -> None:
    assert ann.post("/desk/steer", {}, **form).status_code == 400


def test_a_form_of_another_session_writes_nothing(ann: DeskEditor) -> None:
    shown = sent(ann.get(address("pin", q="loaf", post="soup.md"))) | {"csrf": "0" * 64}
    before = ann.file("soup.md").read_bytes()
    assert ann.client.post("/desk/steer", data=shown).status_code == 403
    ann.client.delete_cookie("seealso-desk", path="/desk")
    assert ann.client.post("/desk/steer", data=shown).status_code == 401
    assert ann.client.get(address("pin", q="loaf", post="soup.md")).status_code == 401
    assert ann.client.get("/desk/rule.patch?rule=pin&q=loaf&post=soup.md").status_code == 401
    assert ann.file("soup.md").read_bytes() == before


def test_markup_in_any_field_is_text_and_is_written_as_text(ann: DeskEditor) -> None:
    for rule, fields in (
        ("pin", {"q": HOSTILE, "post": "soup.md"}),
        ("alias", {"q": "x", "post": HOSTILE}),
        ("synonyms", {"q": HOSTILE, "words": f"lamb, {HOSTILE}"}),
    ):
        page = ann.get(address(rule, **fields))
        assert "<img" not in page
        assert html.escape(HOSTILE, quote=False) in page.replace("&#34;", '"')
    write(ann, "pin", q=HOSTILE, post="soup.md")
    for place in ("/desk/site", f"/desk/search?{urlencode({'q': HOSTILE})}"):
        assert "<img" not in ann.get(place)


# ------------------------------------------------------------------------------------------------ patch and branch


def test_where_posts_belong_to_git_a_pin_is_collected_with_what_is_accepted(built: Site, tmp_path: Path) -> None:
    gitta = editor_of(built, tmp_path, "gitta", mode=EditingMode.PATCH)
    gitta.file("soup.md").chmod(0o444)  # as where content is mounted read-only
    before = gitta.file("soup.md").read_bytes()
    write(gitta, "pin", q="loaf", post="soup.md")
    assert "It counts after the next build of a site that has the patch." in text_of(gitta.get("/desk/search"))
    write(gitta, "alias", q="clear broth", post="soup.md")
    assert gitta.file("soup.md").read_bytes() == before
    gitta.post(
        "/desk/decide", action="accept", pair=json.dumps(["soup", "lamb", gitta.version("soup.md")]), post="soup"
    )
    assert "It is in the patch already" in text_of(gitta.get(address("pin", q="loaf", post="soup.md")))
    assert "pinned loaf to Onion soup" in text_of(gitta.get("/desk/patch"))
    patch = gitta.client.get("/desk/see-also.patch").data
    subprocess.run(["git", "apply", "-"], input=patch, check=True, cwd=gitta.root / "content")
    after = gitta.file("soup.md").read_text()
    assert "searchAliases: [bouillon, clear broth]\nrelatedPosts:\n  - lamb.md\nsearchPins: [loaf]\n" in after
    assert "Nothing is collected" in gitta.get("/desk/patch")


def test_synonyms_are_a_patch_of_their_own_where_posts_belong_to_git(built: Site, tmp_path: Path) -> None:
    gitta = editor_of(built, tmp_path, "gitta", mode=EditingMode.BRANCH)
    page = gitta.get(address("synonyms", words="meat, lamb"))
    assert sent(page) == {}
    assert "in the folder of the settings" in text_of(page)


def test_a_collected_pin_is_committed_to_the_branch_with_who_decided_it(built: Site, tmp_path: Path) -> None:
    gitta = editor_of(built, tmp_path, "gitta", mode=EditingMode.BRANCH)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", str(gitta.root)]
    for command in (["init", "-q"], ["add", "content"], ["commit", "-qm", "posts"]):
        subprocess.run([*git, *command], check=True)
    write(gitta, "pin", q="loaf", post="soup.md")
    assert gitta.post("/desk/commit").status_code == 303
    shown = subprocess.run([*git, "show", "see-also"], check=True, capture_output=True, text=True).stdout
    assert "gitta: pinned “loaf”: soup" in shown
    assert "+searchPins: [loaf]" in shown
    assert subprocess.run([*git, "status", "--porcelain", "content"], check=True, capture_output=True).stdout == b""
