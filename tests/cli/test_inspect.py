"""`seealso inspect`: how one file is read, and why; in words and as JSON, of files that are left out too."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Site

from indexer.cli import main

REPORTED = """---
title: Rye bread
layout: post
date: 32 May
lang: de
tags: [bread, sour]
relatedPosts: [lamb, quince]
extra:
  author: Ann
---

Flour, and [lamb](/stews/lamb/), [an idea](idea.md), [nothing](/gone/).

## The starter

Feed it.
"""


def inspect(site: Site, file: str | Path, *flags: str, settings: str = "") -> Result:
    named = ["--settings", str(site.write("../seealso.toml", settings))] if settings else []
    where = [*named, "--content", str(site.content), "--index", str(site.index)]
    result = CliRunner().invoke(main, [*where, "inspect", str(file), *flags])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def said_of(site: Site, file: str, settings: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(inspect(site, file, "--json", settings=settings).stdout)
    return found


@pytest.fixture
def kitchen(site: Site) -> Site:
    site.write("2024-05-06-rye.md", REPORTED)
    site.post("lamb.md", "Lamb stew", postUrl="/stews/lamb/")
    site.post("idea.md", "An idea", draft="true")
    return site


def test_it_says_all_that_is_known_of_a_post_with_the_reasons(kitchen: Site) -> None:
    assert inspect(kitchen, "2024-05-06-rye.md").stdout.splitlines() == [
        "2024-05-06-rye.md",
        "  published       yes, but there is no index yet: `seealso build`",
        "  read as         plain Markdown (no site generator found)",
        "  title           Rye bread",
        "                  from `title` in the front matter, line 2",
        "  URL             /2024-05-06-rye/",
        "                  from the pattern /{path}/ (content.url, the default)",
        "  date            2024-05-06",
        "                  from the name of the file",
        "  language        de",
        "                  from `lang` in the front matter, line 5",
        "  tags            bread, sour",
        "  keys            title (line 2): title",
        "                  date (line 4): date",
        "                  lang (line 5): language",
        "                  tags (line 6): tags",
        "                  relatedPosts (line 7): related",
        "                  not used: layout, extra.author",
        "  to mend         line 4: \"date\" is not a date: '32 May', so it does not count",
        "  sections        #the-starter  The starter",
        "  related posts   line 7: lamb → lamb.md",
        "                  line 7: quince → no page of this site",
        "  links           /stews/lamb/ → lamb.md",
        "                  idea.md → idea.md (draft)",
        "                  /gone/ → no page of this site",
    ]


def test_json_says_the_same_for_programs(kitchen: Site) -> None:
    said = said_of(kitchen, "2024-05-06-rye.md")
    assert said["url"] == {
        "value": "/2024-05-06-rye/",
        "source": "the pattern /{path}/ (content.url, the default)",
    }
    assert (said["published"], said["in_index"], said["is_read"]) == (True, None, True)
    assert [key["key"] for key in said["keys"] if not key["used_for"]] == ["layout", "extra.author"]
    assert [link["leads_to"] for link in said["links"]] == [["lamb.md"], ["idea.md"], []]


def test_a_url_of_the_front_matter_is_said_with_its_key_and_line(kitchen: Site) -> None:
    assert said_of(kitchen, "lamb.md")["url"] == {
        "value": "/stews/lamb/",
        "source": "`postUrl` in the front matter, line 3: /stews/lamb/",
    }


def test_a_pattern_is_said_with_the_setting_that_has_it_and_who_set_it(site: Site) -> None:
    site.write("_config.yml", "permalink: pretty\n")
    site.post("_posts/2024-05-06-rye.md", "Rye")
    usual = "(content.urls._posts, as is usual with Jekyll)"
    assert said_of(site, "_posts/2024-05-06-rye.md")["url"]["source"].endswith(usual)
    own = '[content.urls]\n_posts = "/eat/{slug}/"\n'
    assert said_of(site, "_posts/2024-05-06-rye.md", own)["url"] == {
        "value": "/eat/rye/",
        "source": "the pattern /eat/{slug}/ (content.urls._posts, as the site sets it)",
    }


def test_what_a_file_has_from_its_folder_is_said_to_be_from_there(site: Site) -> None:
    site.post("de/rye.md", "Roggen")
    settings = '[content.defaults.de]\nlang = "de"\n'
    said = said_of(site, "de/rye.md", settings)
    assert said["language"] == {"value": "de", "source": "`lang` in the defaults of its folder"}
    assert {"key": "lang", "line": None, "used_for": ["language"]} in said["keys"]


# ---------------------------------------------------------------------------------------------- why it is not published


@pytest.mark.parametrize(
    ("path", "text", "settings", "reason"),
    [
        ("x.md", "Text.\n", "", 'it has no front matter, and content.front_matter is "required"'),
        ("x.md", "---\ndate: 2020-01-01\n---\n", "", "it has no title, and nothing stands below its front matter"),
        ("x.md", "---\npermalink: /feed.xml\n---\nText.\n", "", "it is no page, its URL is /feed.xml"),
        ("x.md", "---\ndraft: true\n---\nText.\n", "", "it is a draft: its front matter says `draft: true`"),
        ("_drafts/x.md", "---\ntitle: X\n---\nText.\n", "", "in the folder _drafts (content.draft_folders)"),
        ("x.md", "---\npublish: no\n---\nText.\n", "", "its front matter says `publish: false` (content.unpublished)"),
        ("x.md", "---\npagefind: false\n---\nText.\n", "", "it is a page, but not in search"),
        ("x.md", "---\ndate: 2999-01-02\n---\nText.\n", "", "its day is still to come: 2999-01-02, line 2"),
        ("x.md", "---\nexpiryDate: 1999-01-02\n---\nText.\n", "", "its day is over: it expired on 1999-01-02, line 2"),
        ("x.md", "---\ntitle: [\n---\nText.\n", "", "it cannot be read: not YAML"),
        (
            "y.md",
            "---\ntitle: Y\npostUrl: /lamb/\n---\nText.\n",
            "",
            "another file was first: lamb.md has the url /lamb/",
        ),
        ("x.rst", "Text.\n", "", "its name ends in none of .md, .markdown (content.suffixes)"),
        (".git/x.md", "Text.\n", "", "names that begin with a dot are passed over: .git"),
        ("x.md", "Text.\n", 'exclude = ["x*"]', "its path is like `x*` (content.exclude, as the site sets it)"),
        ("_x.md", "Text.\n", 'exclude_names = ["_*"]', "its name is like `_*` (content.exclude_names, as the site"),
        ("lamb/x.md", "---\ntitle: X\n---\nText.\n", "leaf_bundles = true", "but a part of lamb/index.md"),
    ],
)
def test_a_file_that_is_left_out_is_said_to_be_with_the_reason(
    site: Site, path: str, text: str, settings: str, reason: str
) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("lamb/index.md", "Lamb", postUrl="/all-lamb/")
    site.write(path, text)
    said = said_of(site, path, f"[content]\n{settings}\n")
    assert not said["published"]
    assert reason in said["reason"]


def test_a_page_that_is_left_out_is_read_all_the_same(site: Site) -> None:
    site.write("plain.md", "# Plain\n\nText.\n\n## More\n\nWords.\n")
    said = said_of(site, "plain.md")
    assert said["title"] == {"value": "Plain", "source": "the first heading"}
    assert [section["anchor"] for section in said["sections"]] == ["plain", "more"]


def test_it_says_whether_the_index_has_the_post(kitchen: Site) -> None:
    kitchen.build()
    kitchen.post("new.md", "New")
    kitchen.post("lamb.md", "Lamb stew", draft="true")
    assert "yes, and in the index" in inspect(kitchen, "2024-05-06-rye.md").stdout
    assert "yes, but the index does not have it yet: `seealso build`" in inspect(kitchen, "new.md").stdout
    assert "the index still has it: `seealso build` takes it out" in inspect(kitchen, "lamb.md").stdout


# --------------------------------------------------------------------------------------------------- naming the file


def test_a_file_may_be_named_from_here_and_from_the_content_folder(
    kitchen: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kitchen.content.parent)
    for name in ("lamb.md", "content/lamb.md", kitchen.content / "lamb.md", "content/../content/lamb.md"):
        assert inspect(kitchen, name).stdout.startswith("lamb.md\n")


def test_a_name_that_is_misspelt_is_guessed(kitchen: Site) -> None:
    result = inspect(kitchen, "lmab.md")
    assert result.exit_code == 66
    assert f"did you mean {kitchen.content / 'lamb.md'}?" in result.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing-like-it.md", "there is no file nothing-like-it.md, here or in"),
        ("../outside.md", "is not below the content folder"),
        ("folder", "is a folder: name a file"),
    ],
)
def test_what_is_no_file_of_the_content_is_named_with_what_to_do(kitchen: Site, name: str, said: str) -> None:
    kitchen.write("../outside.md", "Text.\n")
    kitchen.post("folder/page.md", "A page")
    result = inspect(kitchen, name)
    assert (result.exit_code, result.stdout) == (66, "")
    assert said in result.stderr


def test_a_link_is_not_followed_and_its_target_not_read(kitchen: Site) -> None:
    kitchen.write("../secret.md", "---\ntitle: Secret\n---\nText.\n")
    os.symlink(kitchen.content.parent / "secret.md", kitchen.content / "link.md")
    printed = inspect(kitchen, "link.md").stdout
    assert "published       no: it cannot be read" in printed
    assert "Secret" not in printed


def test_a_missing_content_folder_is_named(site: Site) -> None:
    site.content.rmdir()
    result = inspect(site, "x.md")
    assert result.exit_code == 66
    assert f"there is no content folder {site.content}: `seealso init` finds it" in result.stderr
