"""What an editor accepts, in the post's file: one list longer, named as the site names posts, all else as it was."""

from __future__ import annotations

import subprocess
import time

import pytest
import yaml
from conftest import Site

from indexer.editing import toml_edit, yaml_edit
from indexer.editing.edit import Edit, version_of
from indexer.editing.list_edit import ListStyle, spliced
from indexer.editing.write_back import acceptance, repaired, without_name
from indexer.errors import CannotWrite, PostGone, StaleVersion
from indexer.model import Reference, StoredPost
from indexer.snapshot import Snapshot

OTHERS = ("2021-03-01-rye", "2021-03-02-stew", "2021-03-03-soup", "2021-03-04-cocoa")


class SuggestionService:
    """A built site of one post, its front matter as given, and four others that lead nowhere."""

    def __init__(self, site: Site, front: str | bytes, path: str = "bread.md", neighbour: str = "") -> None:
        self.site, self.path = site, path
        for name in OTHERS:
            site.write(f"{name}.md", f"---\ntitle: {name[11:].title()}\nurl: /food/{name[11:]}/\n---\nWords.\n")
        if neighbour:
            site.write("baking.md", neighbour)
        site.write(path, front)
        site.build()
        self.snapshot: Snapshot = site.open()

    def __getitem__(self, name: str) -> StoredPost:
        return self.snapshot.post(next((one for one in OTHERS if one.endswith(name)), name))

    def accept(self, *names: str, version: str | None = None) -> Edit:
        """The edit that adds posts, each given by the end of its name."""
        post = self.snapshot.post(self.path.rpartition(".")[0])
        return acceptance(self.site.settings.content, self.snapshot, post, [self[one] for one in names], version)

    def accepted(self, *names: str) -> str:
        return self.accept(*names).after.decode()


def post(front: str, body: str = "Bread needs time.\n") -> str:
    return f"---\n{front}---\n{body}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            'relatedPosts:\n    - "2021-03-01-rye.md"\ntags: [a]\n',
            'relatedPosts:\n    - "2021-03-01-rye.md"\n    - "2021-03-02-stew.md"\ntags: [a]\n',
            id="native: indented, double quotes, suffix",
        ),
        pytest.param(
            "related:\n- 2021-03-01-rye\ntags: [a]\n",
            "related:\n- 2021-03-01-rye\n- 2021-03-02-stew\ntags: [a]\n",
            id="not indented, plain, dated stem",
        ),
        pytest.param(
            "related:\n  -   'rye'   # best with this\n  # - soup\n\n# Tags\ntags: [a]\n",
            "related:\n  -   'rye'   # best with this\n  -   'stew'\n  # - soup\n\n# Tags\ntags: [a]\n",
            id="wide gap, single quotes, slug, comments",
        ),
        pytest.param("related: [rye]\n", "related: [rye, stew]\n", id="in brackets"),
        pytest.param("related: [rye,soup]\n", "related: [rye,soup,stew]\n", id="in brackets without spaces"),
        pytest.param("related: [ rye, soup, ]\n", "related: [ rye, soup, stew, ]\n", id="a comma at the end"),
        pytest.param(
            "related: [\n  'rye', # one\n  'soup' # two\n]\n",
            "related: [\n  'rye', # one\n  'soup', # two\n  'stew'\n]\n",
            id="brackets over several lines",
        ),
        pytest.param(
            "related: [\n  rye, # one\n  soup, # two, or three\n]\n",
            "related: [\n  rye, # one\n  soup, # two, or three\n  stew,\n]\n",
            id="brackets over several lines with a comma at the end",
        ),
        pytest.param(
            "related: [rye,\n  soup]\n", "related: [rye,\n  soup,\n  stew]\n", id="brackets closed on an item"
        ),
        pytest.param("related: [/food/rye/]\n", "related: [/food/rye/, /food/stew/]\n", id="URLs"),
        pytest.param(
            "related: # none yet\ntags: [a]\n",
            "related: # none yet\n  - 2021-03-02-stew.md\ntags: [a]\n",
            id="nothing but a comment",
        ),
        pytest.param("related: null\n", "related:\n  - 2021-03-02-stew.md\n", id="null"),
        pytest.param("related: ~ # no\n", "related: # no\n  - 2021-03-02-stew.md\n", id="a tilde"),
        pytest.param("related: []\n", "related: [2021-03-02-stew.md]\n", id="empty brackets"),
        pytest.param("related: rye\n", "related:\n  - rye\n  - stew\n", id="a single name becomes a list"),
        pytest.param(
            "related:\n  - text: Rye\n    url: /food/rye/\n",
            "related:\n  - text: Rye\n    url: /food/rye/\n  - text: Stew\n    url: /food/stew/\n",
            id="mappings",
        ),
        pytest.param(
            "related: [{url: /food/rye, title: 'Rye'}]\n",
            "related: [{url: /food/rye, title: 'Rye'}, {url: /food/stew, title: 'Stew'}]\n",
            id="mappings in brackets, quoted title",
        ),
        pytest.param(
            "extra:\n  related:\n    - rye\n  x: 1\n",
            "extra:\n  related:\n    - rye\n    - stew\n  x: 1\n",
            id="a list within extra",
        ),
        pytest.param("{related: [rye], x: 1}\n", "{related: [rye, stew], x: 1}\n", id="all in braces"),
        pytest.param("params: {related: [rye], x: 1}\n", "params: {related: [rye, stew], x: 1}\n", id="within braces"),
        pytest.param("Related: [rye]\n", "Related: [rye, stew]\n", id="the key in another case"),
        pytest.param(
            "related_posts: []\nrelated: []\nrelatedArticles: [rye]\n",
            "related_posts: []\nrelated: []\nrelatedArticles: [rye, stew]\n",
            id="the list that is read, not an empty one before it",
        ),
        pytest.param(
            "description: |\n  Long.\n\nsummary: x\n",
            "description: |\n  Long.\n\nsummary: x\nrelatedPosts:\n  - 2021-03-02-stew.md\n",
            id="no list: at the end in the native format",
        ),
        pytest.param("", "relatedPosts:\n  - 2021-03-02-stew.md\n", id="nothing at all"),
    ],
)
def test_a_list_grows_in_its_own_manner(site: Site, before: str, after: str) -> None:
    assert SuggestionService(site, post(before)).accepted("stew") == post(after)


def test_two_names_stand_in_the_order_given(site: Site) -> None:
    edit = SuggestionService(site, post("related: [rye]\n")).accept("stew", "cocoa")
    assert edit.after.decode() == post("related: [rye, stew, cocoa]\n")
    assert edit.added == ("stew", "cocoa")


def test_line_ends_the_byte_order_mark_and_the_missing_last_line_end_stay(site: Site) -> None:
    before = b"\xef\xbb\xbf---\r\ntitle: \xf0\x9f\x8d\x9e\r\nrelated:\r\n- rye\r\n---\r\n\r\nBread needs\ntime."
    edit = SuggestionService(site, before).accept("stew")
    assert edit.after == before.replace(b"- rye\r\n", b"- rye\r\n- stew\r\n")


TOML = '+++\ntitle = "Bread"\nweight = 1_000\n{}\n[extra]\nx = 1\n+++\nBody.\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('related = ["rye"]', 'related = ["rye", "stew"]', id="one line"),
        pytest.param("related=['rye']", "related=['rye', 'stew']", id="literal texts"),
        pytest.param(
            'related = [\n    "rye", # one\n    # two\n]',
            'related = [\n    "rye", # one\n    # two\n    "stew"\n]',
            id="several lines with comments",
        ),
        pytest.param("related = []", 'related = ["2021-03-02-stew.md"]', id="empty"),
        pytest.param('related = "rye"', 'related = ["rye", "stew"]', id="a single name becomes a list"),
        pytest.param("", 'relatedPosts = ["2021-03-02-stew.md"]\n', id="no list: before the first table"),
    ],
)
def test_a_list_in_toml_grows_likewise(site: Site, before: str, after: str) -> None:
    assert SuggestionService(site, TOML.format(before)).accepted("stew") == TOML.format(after)


def test_a_new_list_stands_where_the_neighbours_have_theirs_and_looks_like_it(site: Site) -> None:
    theirs = post('title: Baking\ndate: 2020-01-01\nrelated:\n- "rye"\nlayout: post\n')
    desk = SuggestionService(
        site, post("title: Bread\ndate: 2020-01-02 # a Thursday\nlayout: post\n"), neighbour=theirs
    )
    after = post('title: Bread\ndate: 2020-01-02 # a Thursday\nrelated:\n- "stew"\nlayout: post\n')
    assert desk.accepted("stew") == after


def test_a_list_of_its_own_outvotes_the_neighbours(site: Site) -> None:
    desk = SuggestionService(site, post("related: [2021-03-03-soup]\n"), neighbour=post("related: [rye, stew]\n"))
    assert desk.accepted("cocoa") == post("related: [2021-03-03-soup, 2021-03-04-cocoa]\n")


def test_a_name_that_another_post_has_too_gives_way_to_the_path(site: Site) -> None:
    site.write("old/stew.md", post("title: Old stew\n"))
    desk = SuggestionService(site, post("related: [rye]\n"))
    assert desk.accepted("stew") == post("related: [rye, 2021-03-02-stew.md]\n")


def test_posts_that_share_a_file_name_are_named_as_their_like_are(site: Site) -> None:
    for folder in ("hot", "cold"):
        site.write(f"samples/{folder}/sample.md", post(f"title: {folder}\n"))
    neighbour = post("related:\n- samples/cold\n- /food/rye/\n- /food/soup/\n")
    desk = SuggestionService(site, post("related: [/food/rye/, /food/soup/]\n"), neighbour=neighbour)
    assert desk.accepted("samples/hot/sample") == post("related: [/food/rye/, /food/soup/, samples/hot]\n")


def test_a_title_is_written_with_the_tags_that_its_own_front_matter_has(site: Site) -> None:
    desk = SuggestionService(site, post("related:\n- text: Rye\n  url: /food/rye/\n"))
    site.write("2021-03-02-stew.md", post('title: "Stew with {{site.herb}}"\n'))
    after = "related:\n- text: Rye\n  url: /food/rye/\n- text: Stew with {{site.herb}}\n  url: /food/stew/\n"
    assert desk.accepted("stew") == post(after)


def test_a_name_that_a_draft_has_too_gives_way_likewise(site: Site) -> None:
    site.write("old/stew.md", post("title: Old stew\ndraft: true\n"))
    desk = SuggestionService(site, post("related: [rye]\n"))
    assert desk.accepted("stew") == post("related: [rye, 2021-03-02-stew.md]\n")


@pytest.mark.parametrize("spelling", ["stew", "2021-03-02-stew.md", "/food/stew", "https://x.example/food/stew/"])
def test_what_the_list_names_in_any_way_is_passed_over(site: Site, spelling: str) -> None:
    site.configure(site="https://x.example")
    edit = SuggestionService(site, post(f"related: ['{spelling}']\n")).accept("stew", version="of another file")
    assert not edit.changed
    assert edit.added == ()
    assert edit.patch() == ""


def test_a_file_that_is_another_than_was_shown_is_left_alone(site: Site) -> None:
    desk = SuggestionService(site, post("related: [rye]\n"))
    with pytest.raises(StaleVersion, match=r"bread\.md has changed since it was shown"):
        desk.accept("stew", version=version_of(b"of another file"))


def test_a_post_that_is_gone_and_a_target_that_is_gone_say_so(site: Site) -> None:
    desk = SuggestionService(site, post("related: [rye]\n"))
    (site.content / "2021-03-02-stew.md").unlink()
    with pytest.raises(PostGone, match=r"2021-03-02-stew\.md is no longer there: build the index anew"):
        desk.accept("stew")
    (site.content / "bread.md").unlink()
    with pytest.raises(PostGone, match=r"bread\.md is no longer there"):
        desk.accept("rye")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("related:\nrelated: [rye]\n", 'line 3: not changed: the key "related" stands twice', id="doubled"),
        pytest.param("x: &a [rye]\nrelated: *a\n", "line 3: not changed: it holds an alias", id="an alias"),
        pytest.param(
            "related: &a [rye]\nx: *a\n", "line 2: not changed: it holds an alias or an anchor", id="an anchor"
        ),
        pytest.param("related:\n- &a rye\n- *a\n", "it holds an alias or an anchor", id="aliases of items"),
        pytest.param("{title: x}\n", "in a mapping in braces", id="braces"),
        pytest.param("related:\n- rye\n- |\n  soup\n", "its last item is a block of text", id="a block of text"),
        pytest.param("related: {url: /food/rye/}\n", "it is a mapping, not a list", id="a mapping"),
        pytest.param("related: rye, soup\n", "is a text that names no post, not a list", id="a text with commas"),
    ],
)
def test_what_cannot_be_changed_with_certainty_is_refused_with_the_reason(site: Site, text: str, reason: str) -> None:
    desk = SuggestionService(site, post(text))
    with pytest.raises(CannotWrite, match=reason):
        desk.accept("stew")


def test_json_and_files_without_front_matter_are_refused(site: Site) -> None:
    desk = SuggestionService(site, '{"title": "Bread"}\n\nBody.\n')
    with pytest.raises(CannotWrite, match=r"bread\.md: not changed: its front matter is JSON"):
        desk.accept("stew")
    site.write("bread.md", "Only a body.\n")
    with pytest.raises(CannotWrite, match="it has no front matter: put one at its top"):
        desk.accept("stew")
    site.write("bread.md", "---\ntitle: [\n---\nBody.\n")
    with pytest.raises(CannotWrite, match=r"bread\.md, line \d: not changed: not YAML"):
        desk.accept("stew")


def test_a_post_is_not_put_into_its_own_list(site: Site) -> None:
    with pytest.raises(CannotWrite, match="a post does not belong into its own list"):
        SuggestionService(site, post("related: [rye]\n")).accept("bread")


@pytest.mark.parametrize(
    "text",
    [
        "a\n---\nb", "!!python/object:os.system", "a: b", "a #b", "*a", "&a", "@a", "[a", "{a", "no", "2024-01-01",
        "1e3", "0x1F", "12:30", "~", "null", "'quoted'", '"', "\\", " a ", "-", "- a", "? a", "%a",
        "`a", "\x85", "\u2028", "\ufeff", "\x07", "🍞", "ماء", "a" * 10_000, "<<", "=", "a,b", "a]b", "tab\there",
    ],
)  # fmt: skip
@pytest.mark.parametrize("block", ["related:\n- rye\n", "related: [rye]\n", "related: ['rye']\n", 'related: ["rye"]\n'])
def test_any_text_reads_as_exactly_itself(text: str, block: str) -> None:
    for entry in (text, {"text": text, "url": text}):
        splice = yaml_edit.extended(block, ("related",), [entry], ListStyle(), "\n")
        assert yaml.safe_load(spliced(block, [splice])) == {"related": ["rye", entry]}


# ------------------------------------------------------------------------------------------------ repairs


def test_another_name_takes_the_place_of_one_and_of_nothing_else(site: Site) -> None:
    text = post('related: # mine\n- "17-rye" # lost\n- stew\n- 17-rye-and-more\nx: 17-rye\n')
    desk = SuggestionService(site, text)
    edit = repaired(site.settings.content, "bread.md", {Reference("17-rye", 3): "2021-03-01-rye"})
    assert edit.after.decode() == text.replace('"17-rye"', '"2021-03-01-rye"')
    assert desk.path == edit.path


def test_repairs_reach_into_mappings_brackets_and_toml(site: Site) -> None:
    content = site.settings.content
    site.write("a.md", post("related: [{text: /x, url: /x}, '/y']\n"))
    assert repaired(content, "a.md", {Reference("/x"): "/u", Reference("/y"): "/v"}).after.decode() == post(
        "related: [{text: /x, url: /u}, '/v']\n"
    )
    site.write("b.md", "+++\nrelated = [\n  '/x', # one\n  '/y',\n]\n+++\nBody.\n")
    assert repaired(content, "b.md", {Reference("/y"): "/v"}).after == (site.content / "b.md").read_bytes().replace(
        b"/y", b"/v"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            post("title: Bread\nrelatedPosts:\n  - rye\n  - gone # once\n  # kept\n  - stew\n"),
            post("title: Bread\nrelatedPosts:\n  - rye\n  # kept\n  - stew\n"),
            id="an item of a block",
        ),
        pytest.param(post("relatedPosts: [gone, rye]\n"), post("relatedPosts: [rye]\n"), id="the first in brackets"),
        pytest.param(post("relatedPosts: ['rye', 'gone']\n"), post("relatedPosts: ['rye']\n"), id="the last in them"),
        pytest.param(post("title: Bread\nrelatedPosts:\n- gone\n"), post("title: Bread\n"), id="the only one"),
        pytest.param(post("relatedPosts: gone\nkey: 1\n"), post("key: 1\n"), id="a text"),
        pytest.param(
            post("relatedPosts:\n  - text: Gone\n    url: gone\n  - text: Rye\n    url: rye\n"),
            post("relatedPosts:\n  - text: Rye\n    url: rye\n"),
            id="a mapping",
        ),
        pytest.param(
            '+++\ntitle = "Bread"  # x\n[extra]\nrelated = ["gone", "rye"]\n+++\nBody.\n',
            '+++\ntitle = "Bread"  # x\n[extra]\nrelated = ["rye"]\n+++\nBody.\n',
            id="TOML",
        ),
        pytest.param(
            "\ufeff---\r\nrelatedPosts:\r\n- gone\r\n- rye\r\n---\r\nBody.",
            "\ufeff---\r\nrelatedPosts:\r\n- rye\r\n---\r\nBody.",
            id="CR LF and a byte order mark",
        ),
    ],
)
def test_a_name_goes_out_of_its_list_and_nothing_else_changes(site: Site, before: str, after: str) -> None:
    site.write("bread.md", before.encode())
    assert without_name(site.settings.content, "bread.md", "gone").after.decode() == after


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("relatedPosts: [rye]\n", "no longer in its list"),
        ("title: Bread\n", "no longer in its list"),
        ("relatedPosts: [gone, rye, gone]\n", "stands in the list 2 times"),
        ("relatedPosts: [&a gone, rye]\n", "an alias or an anchor"),
        ("relatedPosts: [rye, # why\n  gone]\n", "a comment stands beside it"),
        ("relatedPosts: [gone]\nrelated: [rye]\n", "another list would be read"),
    ],
)
def test_a_name_that_cannot_be_taken_out_with_certainty_stays(site: Site, front: str, reason: str) -> None:
    site.write("bread.md", post(front))
    with pytest.raises(CannotWrite, match=reason):
        without_name(site.settings.content, "bread.md", "gone")


def test_a_repair_of_what_is_no_longer_there_is_refused(site: Site) -> None:
    site.write("bread.md", post("related: [rye]\n"))
    with pytest.raises(CannotWrite, match="a name that is to be changed is no longer in its list"):
        repaired(site.settings.content, "bread.md", {Reference("soup"): "stew"})


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("[" * 50_000, id="50,000 brackets"),
        pytest.param("- " * 20_000 + "x", id="20,000 lists in each other"),
        pytest.param(f"a: {'[' * 50_000}", id="brackets behind a key"),
        pytest.param("&a {b: 1}, " + "*a, " * 9 + "{<<: *a}", id="aliases"),
    ],
)
@pytest.mark.parametrize("flow", [True, False])
def test_a_title_that_would_be_deep_yaml_if_it_stood_bare_is_written_in_quotes(title: str, flow: bool) -> None:
    """Building what it would be ended the process: the parser nests as deep as its text."""
    look = ListStyle(flow=flow, shape=(("text", ""), ("url", "")))
    splice = yaml_edit.inserted("", ("related",), [{"text": title, "url": "/x/"}], look, (), "\n")
    assert yaml.safe_load(splice.text) == {"related": [{"text": title, "url": "/x/"}]}


@pytest.mark.parametrize("last", ["x = [\n" + "'y',\n" * 3_000 + "]\n", 'x = """\n' + "y\n" * 5_000 + '"""\n'])
def test_front_matter_as_long_as_it_may_be_is_extended_at_once(last: str) -> None:
    """Every line was read together with all before it: 13 seconds."""
    block = "".join(f"key{number} = 'some words'\n" for number in range(1_800)) + last
    started = time.process_time()
    splice = toml_edit.inserted(block, ("related",), ["rye"], toml_edit.DEFAULT_STYLE, (), "\n")
    assert splice.start == len(block)
    assert time.process_time() - started < 1


# ------------------------------------------------------------------------------------------------ patches


@pytest.mark.parametrize("path", ["bread.md", "a b/brød \U0001f35e.md"])
@pytest.mark.parametrize("body", ["", "Body", "Body\n", "A\rB\n\x0cC\u2028D"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_git_applies_a_patch_and_has_the_same_bytes(site: Site, path: str, body: str, line_end: str) -> None:
    site.write(path, (post("title: Bread\nrelated:\n- rye\n", "") + body).replace("\n", line_end))
    edit = repaired(site.settings.content, path, {Reference("rye"): "stew"})
    subprocess.run(["git", "init", "-q"], cwd=site.content, check=True)
    subprocess.run(["git", "apply", "-"], cwd=site.content, input=edit.patch().encode(), check=True)
    assert (site.content / path).read_bytes() == edit.after != edit.before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "\n \n+++\nrelated = ['rye'] # good\n+++\n\nBread.\n",
            "\n \n+++\nrelated = ['rye', 'stew'] # good\n+++\n\nBread.\n",
        ),
        ("\r\n\n---\r\nrelated: [rye]\r\n---\nBread.", "\r\n\n---\r\nrelated: [rye, stew]\r\n---\nBread."),
    ],
    ids=["TOML", "YAML"],
)
def test_blank_lines_before_the_front_matter_stay(site: Site, before: str, after: str) -> None:
    site.configure(blank_lines_first=True)
    assert SuggestionService(site, before).accepted("stew") == after


def test_a_reason_names_the_line_of_the_file_below_blank_lines(site: Site) -> None:
    site.configure(blank_lines_first=True)
    bakery = SuggestionService(site, "\n\n---\ntitle: Bread\nrelated: &them [rye]\nextra: *them\n---\nBread.\n")
    with pytest.raises(CannotWrite, match=r"^bread\.md, line 5: not changed: "):
        bakery.accept("stew")


def test_json_between_dashes_is_not_written_to(site: Site) -> None:
    bakery = SuggestionService(site, '---json\n{"title": "Bread"}\n---\nBread.\n')
    with pytest.raises(CannotWrite, match="JSON or a program"):
        bakery.accept("stew")
