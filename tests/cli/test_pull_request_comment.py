"""Suggestions as a comment on a pull request: whatever a post is called, its title is text there and nothing more."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.cli.pull_request_comment import LONGEST, MARKER, comment
from indexer.editing.suggestions import PostSuggestions
from indexer.model import Reason, StoredPost, Suggestion, Suggestions


def post(title: str = "Lamb stew", url: str = "/lamb-stew/", path: str = "lamb-stew.md") -> StoredPost:
    return StoredPost(path.removesuffix(".md"), path, url, title, date=date(2026, 1, 1), number=0)


def told(*titles: str, name: str = "Winter pot", url: str = "/lamb-stew/") -> PostSuggestions:
    """A post with a suggestion for each title."""
    some = tuple(Suggestion(post(title, url), 0.7, partial(Reason, tags=(title,))) for title in titles)
    return PostSuggestions(
        "winter-pot", name, "winter-pot.md", "/winter-pot/", None, Suggestions(some, calibrated=True)
    )


def rows(text: str) -> list[list[str]]:
    """The cells of the suggestions."""
    return [line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| \d", line)]


def test_a_comment_begins_with_what_a_job_finds_it_by() -> None:
    assert comment([told("Lamb stew")], "").startswith(f"{MARKER}\n### See also\n")


def test_a_row_has_number_link_confidence_and_reasons() -> None:
    assert rows(comment([told("Lamb stew")], "https://food.example/blog/")) == [
        [
            " 1 ",
            " [Lamb stew](<https://food.example/blog/lamb-stew/>)<br><code>lamb-stew&#46;md</code> ",
            " strong 0.70 ",
            " same tag Lamb stew ",
        ]
    ]


def test_without_the_site_s_address_a_title_is_no_link() -> None:
    assert "](" not in comment([told("Lamb stew", url="javascript:alert(1)")], "")


def test_a_post_leads_to_its_place_at_the_desk_where_that_is_known() -> None:
    said = comment(
        [replace(told("Lamb stew"), name="lamb & stew>", version="1")], "", desk="https://desk.example/desk/"
    )
    assert "(<https://desk.example/desk/post?post=lamb%20%26%20stew%3E>)" in said
    assert said.endswith("\nThe desk has a post once it is published there.\n")
    assert "desk" not in comment([told("Lamb stew")], "")


def test_a_draft_has_no_place_at_the_desk() -> None:
    assert "](" not in comment([told("Lamb stew")], "", desk="https://desk.example/desk/")


def test_nothing_to_suggest_is_said_with_the_number_of_posts() -> None:
    said = comment([told(), told()], "")
    assert said.endswith("\nNothing to suggest for 2 posts: no other shares enough that is not there already.\n")
    assert "|" not in said


def test_guesses_are_called_guesses() -> None:
    guess = PostSuggestions("a", "A", "a.md", "/a/", None, Suggestions((Suggestion(post(), 0.2),)))
    assert "The confidence is a guess" in comment([guess], "")


HOSTILE = {
    "end of a cell": "a | b",
    "end of a row": "a\n| 9 | b | c | d |",
    "HTML": "<img src=x onerror=alert(1)>",
    "end of a comment": "--> <script>",
    "mention": "@octocat and @octo/team",
    "reference": "see #1 and octo/repo#2",
    "link": "[here](https://evil.example)",
    "bare link": "https://evil.example or www.evil.example or ann@evil.example",
    "image": "![x](https://evil.example/x.png)",
    "code": "`x` ``` y",
    "entity": "&lt;b&gt; &#64;octocat",
    "backslash": "\\| \\",
    "emphasis": "**a** __b__ ~~c~~ $d$",
    "control characters": "a\x1b[31m\x00b\u202ec",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_title_is_text(title: str) -> None:
    said = comment([told(title, name=title)], "https://food.example")
    ((_, cell, _, _),) = rows(said)
    shown = re.fullmatch(r" \[(.*)\]\(<https://food\.example/lamb-stew/>\)<br><code>.*</code> ", cell)
    assert shown
    assert re.findall(r"[<>\[\]()|`*_~!$\\@:.]", shown[1]) == []
    text = html.unescape(shown[1])
    assert re.findall(r"[@#](?!\u200b)", text) == []
    assert text.replace("\u200b", "") == " ".join("".join(c if c.isprintable() else " " for c in title).split())


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1, max_size=5))
def test_whatever_titles_are_a_table_has_a_row_for_each_and_four_cells_in_each(titles: list[str]) -> None:
    found = rows(comment([told(*titles, name=titles[0])], "https://food.example"))
    assert [len(row) for row in found] == [4] * len(titles)


def test_a_comment_is_never_longer_than_github_takes_and_says_that_it_was_cut() -> None:
    said = comment([told(*["鍋" * 400] * 50, name=f"Post {number}") for number in range(40)], "")
    assert LONGEST - 10_000 < len(said.encode()) < 65_536
    assert said.endswith("\n\n… and more than a comment holds: `seealso suggest` prints the rest.\n")
    assert all(len(row) == 4 for row in rows(said))
