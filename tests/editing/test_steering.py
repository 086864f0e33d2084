"""Pins, search aliases and synonyms, written and taken away: to the byte, or refused with the reason."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Site, signed
from front_matters import KEYS, Written, toml_files, yaml_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.content.fields import FrontMatterFields, split_by
from indexer.editing import journal
from indexer.editing.edit import Edit
from indexer.editing.journal import Action, latest
from indexer.editing.saving import save, settings_folder, why_read_only
from indexer.editing.steering import groups_in, rule_written, synonyms_written, with_rule
from indexer.editing.undo import undo
from indexer.errors import CannotUndo, CannotWrite, StaleVersion
from indexer.model import CurationRule
from indexer.search.rule_change import RuleChange
from indexer.settings import ContentSettings, Keys

PIN, ALIAS, SYNONYMS = CurationRule.PIN, CurationRule.ALIAS, CurationRule.SYNONYMS


def changed(front: str, change: RuleChange, fence: str = "---") -> str:
    """The front matter of a post after a change."""
    data = f"{fence}\n{front}{fence}\nBody: kept.\n".encode()
    after = with_rule(ContentSettings(), "post.md", data, change).after.decode()
    assert after.startswith(f"{fence}\n")
    assert after.endswith(f"{fence}\nBody: kept.\n")
    return after.removeprefix(f"{fence}\n").removesuffix(f"{fence}\nBody: kept.\n")


def pin(text: str) -> RuleChange:
    return RuleChange(PIN, True, (text,), 0)


def unpin(text: str) -> RuleChange:
    return RuleChange(PIN, False, (text,), 0)


# ---------------------------------------------------------------------------------------------------- front matter


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: Rye\n", "title: Rye\nsearchPins:\n  - go live\n"),
        ("title: Rye\ntags: [a, b]\n", "title: Rye\ntags: [a, b]\nsearchPins: [go live]\n"),
        ("tags:\n- 'a'\ntitle: Rye\n", "tags:\n- 'a'\ntitle: Rye\nsearchPins:\n- 'go live'\n"),
        ("searchPins: [deploy] # first\n", "searchPins: [deploy, go live] # first\n"),
        ("searchPins:\n    - deploy\nb: 1\n", "searchPins:\n    - deploy\n    - go live\nb: 1\n"),
        ("searchPins: deploy\n", "searchPins:\n  - deploy\n  - go live\n"),
        ("searchPins: deploy, ship it\n", "searchPins: deploy, ship it, go live\n"),
        ("searchPins:\n", "searchPins:\n  - go live\n"),
        ("SearchPins: [deploy]\n", "SearchPins: [deploy, go live]\n"),
        ("extra:\n  a: 1\ntitle: Rye\n", "extra:\n  a: 1\n  searchPins:\n    - go live\ntitle: Rye\n"),
    ],
)
def test_a_pin_is_added_in_the_style_of_the_post_and_no_other_byte_is_touched(before: str, after: str) -> None:
    assert changed(before, pin("go live")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('title = "Rye"\n', 'title = "Rye"\nsearchPins = ["go live"]\n'),
        ('title = "Rye"\n[extra]\na = 1\n', 'title = "Rye"\n[extra]\na = 1\nsearchPins = ["go live"]\n'),
        ("searchPins = ['deploy'] # first\n", "searchPins = ['deploy', 'go live'] # first\n"),
    ],
)
def test_a_pin_is_added_to_toml_too(before: str, after: str) -> None:
    assert changed(before, pin("go live"), "+++") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: Rye\nsearchPins: [Go live!]\n", "title: Rye\n"),
        ("searchPins: go live\ntitle: Rye\n", "title: Rye\n"),
        ("searchPins:\n  - go live\ntitle: Rye\n", "title: Rye\n"),
        ("searchPins: [go live, deploy]\n", "searchPins: [deploy]\n"),
        ("searchPins: [deploy, go live] # first\n", "searchPins: [deploy] # first\n"),
        ("searchPins:\n  - deploy # keep\n  - go live\n  - ship\n", "searchPins:\n  - deploy # keep\n  - ship\n"),
        ("searchPins: [\n  deploy,\n  go live,\n]\n", "searchPins: [\n  deploy,\n]\n"),
        ("searchPins: deploy, go live, ship\n", "searchPins: deploy, ship\n"),
    ],
)
def test_a_pin_is_taken_away_and_its_key_with_the_last_one(before: str, after: str) -> None:
    assert changed(before, unpin("go live")) == after


def test_a_pin_is_taken_out_of_toml_too() -> None:
    assert changed('searchPins = ["go live", "deploy"]\n', unpin("go live"), "+++") == 'searchPins = ["deploy"]\n'
    assert changed('a = 1\nsearchPins = ["go live"]\n', unpin("go live"), "+++") == "a = 1\n"


def test_an_alias_goes_under_the_key_that_the_post_uses() -> None:
    alias = RuleChange(ALIAS, True, ("go live",), 0)
    assert changed("search_aliases: [deploy]\n", alias) == "search_aliases: [deploy, go live]\n"
    assert changed("title: Rye\n", alias) == "title: Rye\nsearchAliases:\n  - go live\n"


@pytest.mark.parametrize(
    "text", ['"quoted" # no comment', "- dash", "yes", "12", "a: b", "[x]", "{{ x }}", "é, ü", "it's"]
)
def test_any_question_is_read_again_as_it_was_asked(text: str) -> None:
    for front, fence in (("title: Rye\ntags: [a]\n", "---"), ('title = "Rye"\n', "+++")):
        after = f"{fence}\n{changed(front, pin(text), fence)}{fence}\n".encode()
        fields = FrontMatterFields(split_by(ContentSettings(), after), ContentSettings())
        assert fields.texts(("searchPins",)) == [text]


@pytest.mark.parametrize(
    "front", ["searchPins: [Go Live!]\n", "searchPins: deploy, go live\n", "searchPins: GO LIVE\n"]
)
def test_a_pin_that_is_there_already_is_not_written_twice(front: str) -> None:
    assert changed(front, pin("go live")) == front


def test_a_pin_that_is_not_there_is_not_taken_away() -> None:
    assert changed("searchPins: [deploy]\n", unpin("go live")) == "searchPins: [deploy]\n"


@pytest.mark.parametrize(
    ("front", "change", "reason"),
    [
        ("searchPins: {a: b}\n", pin("go live"), "is a mapping, not a list"),
        ("searchPins: deploy, ship\n", pin("live, now"), "make it a list"),
        ("x: &a [deploy]\nsearchPins: *a\n", pin("go live"), "an alias or an anchor"),
        ("searchPins: [go live] # why\n", unpin("go live"), "shares its lines with something else"),
        ("searchPins: [[go live, ship], deploy]\n", unpin("go live"), "in another way than as an item of its own"),
    ],
)
def test_what_cannot_be_written_with_certainty_is_refused_with_the_reason(
    front: str, change: RuleChange, reason: str
) -> None:
    with pytest.raises(CannotWrite, match=f"post.md.*not changed: .*{reason}"):
        changed(front, change)


IN_ANY_STYLE = ContentSettings(keys=replace(Keys(), pins=tuple(KEYS), related=("relatives",)))


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(written=st.one_of(yaml_files(), toml_files()))
def test_in_any_front_matter_a_pin_comes_and_goes_and_no_line_of_another_key_changes(written: Written) -> None:
    """Lists of related posts of every style stand for those of pins here."""
    try:
        added = with_rule(IN_ANY_STYLE, "post.md", written.data, pin("go live"))
        gone = with_rule(IN_ANY_STYLE, "post.md", added.after, unpin("go live"))
    except CannotWrite:
        return  # what is not certain is not written
    assert pins(added) == [*pins(Edit("post.md", b"", written.data)), "go live"]
    assert pins(gone) == pins(Edit("post.md", b"", written.data))


def pins(edit: Edit) -> list[str]:
    return FrontMatterFields(split_by(IN_ANY_STYLE, edit.after), IN_ANY_STYLE).texts(IN_ANY_STYLE.keys.pins)


# -------------------------------------------------------------------------------------------------- on the disk


@pytest.fixture
def kitchen(site: Site) -> Site:
    site.post("bread.md", "Bread", "All about bread.")
    site.build()
    return site


def test_a_file_that_has_changed_meanwhile_is_refused_and_stays(kitchen: Site) -> None:
    content, file = kitchen.settings.content, kitchen.content / "bread.md"
    shown = rule_written(content, "bread.md", pin("go live"))
    file.write_text(file.read_text() + "A line of somebody else.\n")
    now = file.read_bytes()
    with pytest.raises(StaleVersion):
        rule_written(content, "bread.md", pin("go live"), shown.version)
    with pytest.raises(StaleVersion):
        save(content, shown)
    assert file.read_bytes() == now


def test_a_pin_is_in_the_journal_and_undo_gives_the_file_its_bytes_back(kitchen: Site) -> None:
    content, folder, file = kitchen.settings.content, kitchen.settings.decided, kitchen.content / "bread.md"
    before, post = file.read_bytes(), kitchen.open().post("bread")
    edit = rule_written(content, "bread.md", pin("go live"))
    journal.record(content, folder, edit, Action.PINNED, post, ["go live"], signed(by="ana"))
    assert [(one.by, one.action, one.post, one.targets) for one in latest(folder)] == [
        ("ana", "pinned", "bread", ("go live",))
    ]
    assert file.read_bytes() == edit.after != before
    undo(content, folder, signed(by="ana"))
    assert file.read_bytes() == before


# ----------------------------------------------------------------------------------------------------- synonyms

GROUP = ("k8s", "kubernetes")


def joined(*members: str) -> RuleChange:
    return RuleChange(SYNONYMS, True, members)


def parted(*members: str) -> RuleChange:
    return RuleChange(SYNONYMS, False, members)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '\n[search]\nsynonyms = [["k8s", "kubernetes"]]\n'),
        ("[content] # here", '[content] # here\n\n[search]\nsynonyms = [["k8s", "kubernetes"]]\n'),
        (
            "[search]\nfreshness = 1 # news\n\n[index]\nkeep = 3\n",
            '[search]\nfreshness = 1 # news\nsynonyms = [["k8s", "kubernetes"]]\n\n[index]\nkeep = 3\n',
        ),
        (
            '[search]\nsynonyms = [["a", "b"]] # ours\n',
            '[search]\nsynonyms = [["a", "b"], ["k8s", "kubernetes"]] # ours\n',
        ),
        (
            '[search]\nsynonyms = [\n  ["a", "b"], # one\n]\n',
            '[search]\nsynonyms = [\n  ["a", "b"], # one\n  ["k8s", "kubernetes"],\n]\n',
        ),
    ],
)
def test_a_group_of_synonyms_is_added_to_the_settings_and_no_other_byte_is_touched(
    tmp_path: Path, before: str, after: str
) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text(before)
    edit = synonyms_written(file, joined(*GROUP))
    assert edit.after.decode() == after
    assert tomllib.loads(after)["search"]["synonyms"][-1] == list(GROUP)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[search]\nsynonyms = [["k8s", "kubernetes"]]\n', "[search]\n"),
        ('[search]\nsynonyms = [["k8s", "kubernetes"]] # ours\n', "[search]\nsynonyms = [] # ours\n"),
        ('[search]\nsynonyms = [["k8s", "kubernetes"], ["a", "b"]]\n', '[search]\nsynonyms = [["a", "b"]]\n'),
        (
            '[search]\nsynonyms = [\n  ["a", "b"], # one\n  ["k8s", "kubernetes"],\n]\n',
            '[search]\nsynonyms = [\n  ["a", "b"], # one\n]\n',
        ),
    ],
)
def test_a_group_of_synonyms_is_taken_out_of_the_settings(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text(before)
    assert synonyms_written(file, parted(*GROUP)).after.decode() == after


def test_words_that_stand_for_each_other_already_are_not_written_twice(tmp_path: Path) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text('[search]\nsynonyms = [["Kubernetes", "kube", "K8s"]]\n')
    assert not synonyms_written(file, joined(*GROUP)).changed
    assert not synonyms_written(file, parted(*GROUP)).changed  # that very group is not there
    assert synonyms_written(file, joined("k8s", "pods")).changed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("search.freshness = 1\n", "has no line of its own"),
        ("search = {freshness = 1}\n", "has no line of its own"),
        ('[search]\nsynonyms = [["a", "b"], # ours\n["k8s", "kubernetes"] # theirs\n]\n', "a comment stands beside it"),
        ("[search\n", "cannot be read as TOML"),
    ],
)
def test_settings_that_cannot_be_written_with_certainty_are_left_alone(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text(text)
    with pytest.raises(CannotWrite, match=f"seealso.toml.*{reason}"):
        synonyms_written(file, parted(*GROUP) if "theirs" in text else joined(*GROUP))


def test_synonyms_are_in_the_journal_and_undo_gives_the_settings_their_bytes_back(kitchen: Site) -> None:
    content, folder = kitchen.settings.content, kitchen.settings.decided
    file = folder.parent / "seealso.toml"
    file.write_text("[search]\nfreshness = 1 # news\n")
    file.chmod(0o640)
    edit = synonyms_written(file, joined(*GROUP))
    journal.record(settings_folder(file), folder, edit, Action.JOINED, None, GROUP, signed(by="ana"))
    assert groups_in(file) == [GROUP]
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(CannotUndo, match=r"seealso.toml is not the settings file here"):
        undo(content, folder, signed(by="ana"))
    assert undo(content, folder, signed(by="ana"), settings_file=file).action is Action.JOINED
    assert file.read_text() == "[search]\nfreshness = 1 # news\n"


def test_settings_that_changed_meanwhile_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text("[search]\n")
    shown = synonyms_written(file, joined(*GROUP))
    file.write_text('[search]\nsynonyms = [["a", "b"]]\n')
    with pytest.raises(StaleVersion, match=r"seealso.toml has changed since it was shown"):
        synonyms_written(file, joined(*GROUP), shown.version)


def test_a_settings_file_that_may_not_be_written_says_why(tmp_path: Path) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text("")
    assert why_read_only(settings_folder(file), file.name) == ""
    file.chmod(0o444)
    assert "seealso.toml is read-only" in why_read_only(settings_folder(file), file.name)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    assert "symbolic link" in why_read_only(settings_folder(link), link.name)
