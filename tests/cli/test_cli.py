"""The command: what it prints, what it exits with, and that no mistake of a user's ends in a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import Site, post_text

from indexer.cli import main
from indexer.store.generation import locked
from service.app import create_app


def cook(site: Site) -> Site:
    """Four posts about food; one has a curated neighbour, and lamb-stew and winter-pot share their words."""
    site.post(
        "2020-01-01-lamb-stew.md",
        "Lamb stew",
        "Brown the lamb.\n\n## The pot\n\nSimmer the lamb with turnips.",
        postUrl="/posts/lamb-stew/",
        tags="[winter, meat]",
        relatedPosts='["2020-02-01-rye-bread.md"]',
    )
    site.post("2020-02-01-rye-bread.md", "Rye bread", "Bake it with redis, no lamb.", tags="[bread]")
    site.post("winter-pot.md", "Winter pot", "Simmer lamb with turnips again.", tags="[winter]", date="2021-05-05")
    site.post("salad.md", "Salad", "Leaves and oil.")
    return site


@pytest.fixture
def kitchen(site: Site) -> Site:
    return cook(site)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = cook(Site(tmp_path_factory.mktemp("origin")))
    made.build()
    return made


@pytest.fixture
def built(site: Site, origin: Site) -> Site:
    """The kitchen, built."""
    return site.copy(origin)


def seealso(site: Site, *arguments: str | Path, **more: Any) -> Result:
    result = CliRunner().invoke(
        main, ["--content", str(site.content), "--index", str(site.index), *map(str, arguments)], **more
    )
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert "Traceback" not in result.output
    return result


def api(site: Site, url: str) -> Any:
    return create_app(site.settings).test_client().get(url).json


# ------------------------------------------------------------------------------------------------------- build


@pytest.mark.parametrize("content", ["all_text", "missing"])
def test_a_build_leaves_no_signal_handler_behind_however_it_ends(kitchen: Site, content: str) -> None:
    def mine(*_: object) -> None: ...

    if content == "missing":
        kitchen.content.rename(kitchen.content.with_name("elsewhere"))
    before = signal.signal(signal.SIGTERM, mine)
    try:
        assert seealso(kitchen, "build").exit_code == (0 if content == "all_text" else 66)
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_build_ends_with_a_line_for_a_person(kitchen: Site) -> None:
    kitchen.post("idea.md", "An idea", draft="true")
    kitchen.write("note.md", "No front matter.")
    result = seealso(kitchen, "build")
    assert result.exit_code == 0
    assert re.fullmatch(
        r"4 posts, 2 left out \(1 draft, 1 no front matter\), generation 000001, \d+\.\d s",
        result.stdout.splitlines()[-1],
    )


def test_before_it_a_build_says_how_related_posts_are_ranked_and_why(kitchen: Site) -> None:
    # Rye bread is curated by lamb stew and shares "lamb" with it and the pot; the salad has nothing to do with any.
    assert seealso(kitchen, "build").stdout.splitlines()[1:-1] == [
        "related posts: 1 curated list is too few to learn from: the fixed weights rank",
        "  75 % of the posts are recommended somewhere; most often 2020-01-01-lamb-stew.md (2 posts)",
    ]


def test_a_build_counts_posts_that_are_nearly_the_same_and_paragraphs_that_many_repeat(kitchen: Site) -> None:
    for number in range(5):
        kitchen.post(f"ad-{number}.md", f"Ad {number}", f"Number {number * 111}.\n\nSubscribe to our weekly letter.")
    kitchen.post("salad-again.md", "Salad", "Leaves and oil.")
    line = seealso(kitchen, "build").stdout.splitlines()[-2]
    assert line.endswith(
        "; 1 pair of posts nearly the same, salad.md and salad-again.md for one; "
        "1 paragraph ignored that many posts repeat"
    )


def test_a_build_of_nothing_new_says_so(built: Site) -> None:
    result = seealso(built, "build")
    assert result.exit_code == 0
    line = result.stdout.splitlines()[-1]
    assert re.fullmatch(r"4 posts, none left out, nothing changed, generation 000001 stays, \d+\.\d s", line)


def test_bad_files_and_bad_references_are_one_line_each(kitchen: Site) -> None:
    kitchen.post("bad-day.md", "Bad day", date="32 May")
    kitchen.post("copy.md", "Copy", postUrl="/posts/lamb-stew/")
    kitchen.post("idea.md", "An idea", draft="true")
    kitchen.post("en/soup.md", "English")
    kitchen.post("de/soup.md", "German")
    kitchen.post("tea.md", "Tea", relatedPosts='["2020-02-01-rye-bred", "quince", "soup", "idea"]')
    lines = seealso(kitchen, "build").stdout.splitlines()
    assert lines[1:-3] == [
        "copy.md: 2020-01-01-lamb-stew.md has the url /posts/lamb-stew/",
        "bad-day.md, line 3: \"date\" is not a date: '32 May', so it does not count",
        'tea.md, line 3: related post "2020-02-01-rye-bred" does not exist; did you mean 2020-02-01-rye-bread.md?',
        'tea.md, line 3: related post "quince" does not exist',
        'tea.md, line 3: related post "soup" may be any of de/soup.md, en/soup.md: name it by its path',
        'tea.md, line 3: related post "idea" is not published: idea.md (draft)',
    ]
    assert "4 related references to mend" in lines[-1]


def test_where_most_files_share_a_url_the_pattern_is_doubted(kitchen: Site) -> None:
    kitchen.post("tea.md", "Tea")
    settings = kitchen.write("../seealso.toml", '[content]\nurl = "/posts/"\n')
    lines = seealso(kitchen, "--settings", settings, "build").stdout.splitlines()
    assert "is the pattern /posts/ right? Each needs {path}, {slug} or {title}; set content.url" in "\n".join(lines)
    assert "is the pattern" not in seealso(kitchen, "build").stdout


def test_a_long_list_of_bad_files_is_cut_and_says_where_the_rest_is(kitchen: Site) -> None:
    for number in range(30):
        kitchen.post(f"bad-{number:02}.md", "Bad", expiryDate="32 May")
    lines = seealso(kitchen, "build").stdout.splitlines()
    assert len(lines) == 1 + 20 + 1 + 2 + 1
    assert lines[21] == "… and 10 more: seealso status --json lists all"
    assert len(json.loads(seealso(kitchen, "status", "--json").stdout)["excluded"]) == 30


def test_the_first_line_of_a_build_says_the_generator_and_the_file_that_tells_it(site: Site) -> None:
    site.write("_config.yml", "title: Kitchen\n")
    site.post("_posts/2020-01-01-lamb-stew.md", "Lamb stew")
    assert seealso(site, "build").stdout.splitlines()[0] == f"Jekyll ({site.content / '_config.yml'})"
    said = json.loads(seealso(site, "build", "--json").stdout)
    assert (said["generator"], said["generator_file"]) == ("jekyll", str(site.content / "_config.yml"))


def test_a_build_without_a_generator_says_so_and_one_that_is_set_says_by_what(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    settings = site.write("../seealso.toml", '[content]\ngenerator = "hugo"\n')
    none = site.write("../none.toml", '[content]\ngenerator = "none"\n')
    assert seealso(site, "build").stdout.splitlines()[0] == "plain Markdown (no site generator found)"
    assert seealso(site, "--settings", settings, "build").stdout.splitlines()[0] == "Hugo (content.generator)"
    assert seealso(site, "--settings", none, "build").stdout.splitlines()[0] == "plain Markdown (content.generator)"


def test_build_json_says_the_same_for_programs(kitchen: Site) -> None:
    kitchen.post("idea.md", "An idea", draft="true")
    kitchen.post("tea.md", "Tea", relatedPosts='["quince"]')
    said = json.loads(seealso(kitchen, "build", "--json").stdout)
    assert said.pop("seconds") >= 0
    relations = said.pop("relations")
    assert (relations["learned"], relations["because"]) == (
        False,
        "1 curated list is too few to learn from: the fixed weights rank",
    )
    assert relations["most_recommended"][0] == ["2020-01-01-lamb-stew.md", 2]
    assert said == {
        "generator": None,
        "generator_file": None,
        "generation": "000001",
        "changed": True,
        "posts": 5,
        "excluded": [{"path": "idea.md", "line": None, "reason": "draft", "detail": "draft: true"}],
        "front_matter": [],
        "references": 2,
        "bad_references": [
            {
                "path": "tea.md",
                "line": 3,
                "name": "quince",
                "problem": "dangling",
                "candidates": [],
                "is_certain": False,
            }
        ],
        "curation_rules": [],
        "decisions": [],
    }


def test_what_was_decided_and_cannot_be_read_is_one_line_each(kitchen: Site) -> None:
    kitchen.write(".seealso/decisions.jsonl", "<<<<<<< HEAD\n\n[]\n")
    wanted = [
        "decisions.jsonl, line 1: is left over from a merge that was not finished",
        "decisions.jsonl, line 3: is not a JSON object of texts",
    ]
    lines = seealso(kitchen, "build").stdout.splitlines()
    assert lines[1:3] == wanted
    assert "2 decisions to mend" in lines[-1]
    assert seealso(kitchen, "status").stdout.splitlines()[:2] == wanted


def test_pins_aliases_and_synonyms_that_do_nothing_are_one_line_each(kitchen: Site) -> None:
    kitchen.post("idea.md", "An idea", draft="true", searchPins="[idea]")
    kitchen.post("tea.md", "Tea", searchPins="[salad]", searchAliases="[tea, Salad]")
    kitchen.post("chai.md", "Chai", searchPins="[salad]", featuredOrder="1")
    kitchen.post("odd.md", "Odd", searchPins='["?"]')
    settings = kitchen.write("../seealso.toml", '[search]\nsynonyms = [["quince", "medlar"]]\n')
    lines = seealso(kitchen, "--settings", settings, "build").stdout.splitlines()
    assert lines[1:-3] == [
        'chai.md: pin "salad" is also that of tea.md: all come first, in this order; featuredOrder changes it',
        'idea.md: pin "idea" finds nothing while the post is a draft: publish it, or take this away',
        'odd.md: pin "?" has no word, so nobody can type it: write what visitors type',
        'tea.md: search alias "tea" is the title of the post, by which it is found anyway: take it away',
        'tea.md: search alias "Salad" is the title of salad.md, which comes first: pin it here to change that',
        'search.synonyms: synonyms "quince, medlar" match nothing: no post has any of them; add a word that posts use',
    ]
    assert "6 search hints to mend" in lines[-1]
    for command in ("build", "status"):  # nothing changed, and still to be mended
        assert (
            seealso(kitchen, "--settings", settings, command).stdout.splitlines()[command == "build" :][:6]
            == lines[1:7]
        )
    said = json.loads(seealso(kitchen, "status", "--json").stdout)["curation_rules"]
    assert said == json.loads(seealso(kitchen, "--settings", settings, "build", "--json").stdout)["curation_rules"]
    assert said[0].keys() == {"path", "what", "text", "reason"}


def test_a_strict_build_ends_with_all_bad_files(kitchen: Site) -> None:
    kitchen.post("bad.md", "Bad", date="32 May")
    kitchen.write("worse.md", b"\xff\xfe")
    result = seealso(kitchen, "build", "--strict")
    assert "bad.md, line 3" in result.stderr
    assert "worse.md" in result.stderr
    assert result.exit_code == 65


# ------------------------------------------------------------------------------------------------------ search


def test_search_prints_hits_best_first_with_their_section(built: Site) -> None:
    result = seealso(built, "search", "lamb", "stew")
    assert result.exit_code == 0
    assert result.stdout.startswith("3 posts\n\n  1. Lamb stew\n     /posts/lamb-stew/")
    assert "2020-01-01" in result.stdout


def test_an_excluded_word_stands_after_two_dashes(built: Site) -> None:
    result = seealso(built, "search", "--", "lamb", "-redis")
    assert "2 posts" in result.stdout
    assert "Rye bread" not in result.stdout


def test_a_search_says_what_was_left_out_because_of_a_minus(built: Site) -> None:
    result = seealso(built, "search", "--", "lamb", "-redis", '-"rye bread"')
    assert result.stdout.startswith("Left out, because of the minus: posts with redis, rye bread\n")


def test_newest_first_says_how_many_more_have_some_of_the_words(built: Site) -> None:
    result = seealso(built, "search", "lamb", "stew", "--sort", "date")
    assert result.stdout.startswith("1 post\n2 more have some of the words: --sort relevance shows them\n")


def test_a_search_says_that_only_a_part_of_a_long_question_was_asked(built: Site) -> None:
    result = seealso(built, "search", "lamb " * 900)
    assert result.stdout.startswith("This is more than is read of a question: its beginning was asked for")


def test_filters_order_and_pages_are_flags(built: Site) -> None:
    said = json.loads(
        seealso(
            built, "search", "lamb", "--tag", "winter", "--since", "2020-01-01", "--until", "2021-12-31",
            "--sort", "date", "--per-page", "1", "--page", "2", "--language", "en", "--json",
        ).stdout
    )  # fmt: skip
    assert (said["total"], said["page"], said["per_page"]) == (2, 2, 1)
    assert [hit["title"] for hit in said["hits"]] == ["Lamb stew"]


def test_a_search_without_hits_says_so_and_is_no_error(built: Site) -> None:
    result = seealso(built, "search", "xylophone")
    assert (result.exit_code, result.stdout) == (0, "No post has these words.\n")


def test_a_misspelt_word_is_respelt_and_said(built: Site) -> None:
    result = seealso(built, "search", "turnpis")
    assert "showing results for: turnips" in result.stdout


@pytest.mark.parametrize(
    "flags",
    [
        ["--page", "0"],
        ["--page", "٣"],
        ["--page", "1e9"],
        ["--per-page", "101"],
        ["--since", "yesterday"],
        ["--until", "2024-13-45"],
        ["--since", "2021-01-01", "--until", "2020-01-01"],
        ["--sort", "random"],
    ],
    ids=" ".join,
)
def test_a_wrong_value_is_a_usage_error_with_its_name(built: Site, flags: list[str]) -> None:
    result = seealso(built, "search", "lamb", *flags)
    assert result.exit_code == 64
    assert result.stderr.startswith("seealso: ")
    assert flags[-2].removeprefix("--").replace("-", "_") in result.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (" ", "empty"),
        ("a\x00b", "control character"),
    ],
    ids=["empty", "control character"],
)
def test_words_that_cannot_be_searched_are_refused_with_the_reason(built: Site, words: str, reason: str) -> None:
    result = seealso(built, "search", words)
    assert reason in result.stderr
    assert result.exit_code == 64


@pytest.mark.parametrize("words", ["lamb " * 900, " ".join(["lamb", *map(str, range(40))])], ids=["long", "many words"])
def test_no_question_is_too_long(built: Site, words: str) -> None:
    result = seealso(built, "search", words)
    assert (result.exit_code, result.stderr) == (0, "")


# ----------------------------------------------------------------------------------------- related and suggest


def test_related_shows_curated_posts_first(built: Site) -> None:
    lines = seealso(built, "related", "2020-01-01-lamb-stew").stdout.splitlines()
    assert lines[0] == "Lamb stew: see also"
    assert lines[1] == "  Rye bread  (curated)"
    assert re.fullmatch(r"  Winter pot  \(similarity 0\.\d\d\)", lines[3])


def names_of_one_post(site: Site) -> dict[str, str]:
    file = site.content / "2020-01-01-lamb-stew.md"
    return {
        "id": "2020-01-01-lamb-stew",
        "path below content": "2020-01-01-lamb-stew.md",
        "path from here": os.path.relpath(file),
        "absolute path": str(file),
        "url": "/posts/lamb-stew/",
        "url without slash": "/posts/lamb-stew",
        "slug": "lamb-stew",
    }


@pytest.mark.parametrize("command", ["related", "suggest"])
def test_a_post_may_be_named_in_any_way_it_is_known(built: Site, command: str) -> None:
    for how, name in names_of_one_post(built).items():
        result = seealso(built, command, name)
        assert result.exit_code == 0, (how, result.stderr)
        assert result.stdout.startswith("Lamb stew: "), how


@pytest.mark.parametrize("command", ["related", "suggest"])
def test_an_unknown_post_ends_with_the_next_step(built: Site, command: str) -> None:
    result = seealso(built, command, "quince-jam")
    assert (result.exit_code, result.stderr) == (
        66,
        (
            'seealso: no published post is called "quince-jam": give an id, a file path or a URL; '
            "`seealso search` finds posts\n"
        ),
    )


def test_a_draft_is_said_to_be_not_published(built: Site) -> None:
    built.post("idea.md", "An idea", draft="true")
    built.build()
    result = seealso(built, "related", built.content / "idea.md")
    assert result.exit_code == 66
    assert "idea.md is not published" in result.stderr


def test_a_comment_on_a_whole_site_says_nothing_of_what_has_changed(site: Site) -> None:
    site.write("rye.md", "---\ntitle: Rye bread\nrelated: [oat]\n---\nBread.\n")
    site.write("oat.md", "---\ntitle: Oat bread\nrelated: [rye]\n---\nMore bread.\n")
    site.build()
    said = seealso(site, "suggest", "--all", "--format", "markdown").stdout
    assert said.endswith("\n\nNothing to suggest: no post lacks one that shares enough with it.\n")


@pytest.mark.parametrize(
    "address",
    [
        "desk.example",
        "/desk/",
        "javascript:alert(1)",
        "https://ann:secret@desk.example/desk/",
        "https://desk.example/?x",
    ],
)
def test_an_address_that_no_desk_has_is_a_usage_error(built: Site, address: str) -> None:
    result = seealso(built, "suggest", "--all", "--format", "markdown", "--desk", address)
    assert result.exit_code == 2
    assert "no address of a desk: give one such as https://desk.blog.example/desk/" in result.stderr


def test_an_empty_address_of_the_desk_is_none(built: Site) -> None:
    without = seealso(built, "suggest", "--all", "--format", "markdown")
    assert seealso(built, "suggest", "--all", "--format", "markdown", "--desk", "").stdout == without.stdout


def test_the_desk_is_for_comments_only(built: Site) -> None:
    result = seealso(built, "suggest", "--all", "--desk", "https://desk.example/desk/")
    assert (result.exit_code, "add --format markdown" in result.stderr) == (2, True)


def test_a_name_longer_than_any_file_can_have_is_just_unknown(built: Site) -> None:
    result = seealso(built, "related", built.content / ("x" * 300))
    assert result.exit_code == 66
    assert "no published post is called" in result.stderr


def test_a_name_of_several_posts_is_not_guessed(built: Site) -> None:
    built.post("en/soup.md", "English")
    built.post("de/soup.md", "German")
    built.build()
    result = seealso(built, "related", "soup")
    assert result.exit_code == 66
    assert "de/soup.md, en/soup.md" in result.stderr


def test_suggest_gives_reasons_and_leaves_out_what_is_there(built: Site) -> None:
    result = seealso(built, "suggest", "lamb-stew")
    assert "Winter pot" in result.stdout
    assert "both about" in result.stdout
    assert "same tag winter" in result.stdout
    assert "Rye bread" not in result.stdout


def test_suggest_takes_a_draft(built: Site, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(post_text("A pot of turnips", "Simmer turnips in winter."))
    result = seealso(built, "suggest", "--draft", draft)
    assert result.stdout.startswith("A pot of turnips: not beside it yet\n")
    assert "Winter pot" in result.stdout


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"---\ntitle: [\n---\nx", b""], ids=["UTF-16", "YAML", "empty"])
def test_a_draft_that_cannot_be_read_is_said_in_one_line(built: Site, tmp_path: Path, data: bytes) -> None:
    draft = tmp_path / "draft.md"
    draft.write_bytes(data)
    result = seealso(built, "suggest", "--draft", draft)
    assert result.exit_code == (0 if not data else 65)
    assert len(result.stderr.splitlines()) == (0 if not data else 1)


@pytest.mark.parametrize(
    "arguments", [["suggest"], ["suggest", "lamb-stew", "--draft", __file__]], ids=["none", "both"]
)
def test_suggest_needs_a_post_or_a_draft(built: Site, arguments: list[str]) -> None:
    result = seealso(built, *arguments)
    assert result.exit_code == 2
    assert "name a POST, or a file with --draft" in result.stderr


@pytest.fixture
def larder(site: Site) -> Site:
    """Lamb stew beside what people say speaks for each: a list, a link, a curator of both; and a copy of a post."""
    site.post("lamb-stew.md", "Lamb stew", "Brown the lamb, then simmer it with turnips.", tags="[winter]")
    site.post("winter-pot.md", "Winter pot", "Simmer turnips again.", tags="[Winter, easy]", relatedPosts="[lamb-stew]")
    site.post("roast.md", "Roast lamb", "In the oven, unlike [the stew](/lamb-stew/).")
    site.post("menu.md", "A menu", "Three courses.", relatedPosts="[lamb-stew, roast]")
    site.post("lamb-hotpot.md", "Lamb hotpot", "Brown the lamb, simmer it, top it with swede.", relatedPosts="[roast]")
    site.post("oats-a.md", "Oats", "Porridge for breakfast.")
    site.post("oats-b.md", "Oats", "Porridge for breakfast.")
    site.build()
    return site


def because(site: Site, *arguments: str) -> dict[str, str]:
    """For each suggestion the line with its reasons, by path."""
    lines = [line.strip() for line in seealso(site, "suggest", *arguments).stdout.splitlines()]
    return {path: lines[place + 1] for place, path in enumerate(lines) if path.endswith(".md")}


def test_suggest_says_in_words_why_each_post_is_there(larder: Site) -> None:
    why = because(larder, "lamb-stew")
    assert why["winter-pot.md"] == ("both about turnips, simmer; curates this one already; same tag Winter")
    assert why["roast.md"] == (
        'both about lamb, stew; curated together by "A menu"; curated by "Lamb hotpot", '
        "much like this one; links to this one already"
    )


def test_suggest_to_names_the_posts_that_should_link_here(larder: Site) -> None:
    printed = seealso(larder, "suggest", "--to", "lamb-stew").stdout
    assert printed.startswith("Lamb stew: should be linked from\n")
    # Winter pot and the menu curate it and the roast links to it.
    assert set(because(larder, "--to", "lamb-stew")) == {"lamb-hotpot.md"}


def test_suggest_warns_of_a_copy_and_offers_the_newest_where_nothing_shares_enough(larder: Site) -> None:
    larder.post("news.md", "News", "Unheard of.", date="2026-01-02")
    larder.build()
    assert seealso(larder, "suggest", "oats-a").stdout.splitlines()[:6] == [
        "Oats: not beside it yet",
        "  nearly the same text: Oats",
        "        oats-b.md: one of the two may go",
        "  nothing to suggest: no other post shares enough with it",
        "  only newest: News",
        "        news.md",
    ]


def test_suggest_says_that_numbers_are_guesses_while_there_are_too_few_lists(larder: Site) -> None:
    assert seealso(larder, "suggest", "lamb-stew").stdout.splitlines()[-1] == (
        "  the numbers are guesses until five posts have curated lists to measure on"
    )


def test_nothing_can_link_to_a_draft(built: Site, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text("Turnips.")
    result = seealso(built, "suggest", "--to", "--draft", draft)
    assert result.exit_code == 2
    assert "nothing can link to a draft yet" in result.stderr


# ---------------------------------------------------------------------------------------------------- evaluate


def test_evaluate_related_measures_every_ranking_and_says_which_is_used(larder: Site) -> None:
    lines = seealso(larder, "evaluate", "related").stdout.splitlines()
    assert lines[0] == "7 posts, 3 curated lists, each hidden while its post is asked"
    number = r"\d\.\d{3} \(\d\.\d{3}–\d\.\d{3}\)"
    measures = "  ".join(f"{re.escape(name)} {number}" for name in ("recall@5", "recall@10", "MRR", "nDCG@10"))
    for line, name in zip(lines[1:5], ("newest", "shared tags", "TF-IDF cosine", "fixed weights"), strict=True):
        assert re.fullmatch(rf"  {name} +{measures}  coverage \d\.\d\d  largest in-degree \d+", line), line
    assert lines[5:] == ["3 curated lists are too few to learn from: the fixed weights rank"]


def test_evaluate_related_needs_no_index(kitchen: Site) -> None:
    assert seealso(kitchen, "evaluate", "related").exit_code == 0
    assert not kitchen.index.exists()


def test_lists_from_outside_count_what_is_not_published_as_missed(larder: Site, tmp_path: Path) -> None:
    larder.post("idea.md", "Lamb stew again", "Brown the lamb, then simmer it.", draft="true")
    file = tmp_path / "lists.jsonl"
    # Of four targets one is a draft and one does not exist; an unknown post is nobody's list.
    related = ["winter-pot.md", "roast.md", "idea.md", "gone.md", "roast.md"]
    lists = [{"post": "lamb-stew.md", "related": related}, {"post": "no-such.md", "related": ["roast.md"]}]
    file.write_text("\n".join(map(json.dumps, lists)) + "\n")
    said = json.loads(seealso(larder, "evaluate", "related", "--related", file, "--json").stdout)
    measured = {row["name"]: row["measures"]["recall@10"][0] for row in said["rankings"]}
    assert (said["posts"], said["lists"]) == (7, 1)
    assert measured["fixed weights"] == 0.5


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"",
        b"[]",
        b'{"post": "a.md"}',
        b'{"post": ["a.md"], "related": []}',
        b'{"post": "a.md", "related": "b.md"}',
        b'{"post": "a.md", "related": [1]}',
        b'{"post": "\xff.md", "related": []}',
    ],
    ids=["no JSON", "empty", "a list", "no related", "a list as post", "a text as related", "a number", "not UTF-8"],
)
def test_a_line_that_is_no_list_is_named(kitchen: Site, tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "lists.jsonl"
    file.write_bytes(b'{"post": "salad.md", "related": []}\n' + line + b"\n")
    result = seealso(kitchen, "evaluate", "related", "--related", file)
    assert (result.exit_code, result.stderr) == (
        65,
        f'seealso: {file}, line 2: not {{"post": path, "related": [path, …]}}\n',
    )


# -------------------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        (["search", "lamb"], "/api/v1/search?q=lamb"),
        (["search", "turnpis", "--per-page", "2"], "/api/v1/search?q=turnpis&per_page=2"),
        (["search", "lamb", "--tag", "winter", "--sort", "date"], "/api/v1/search?q=lamb&tag=winter&sort=date"),
        (["search", "--", "lamb", "-redis"], "/api/v1/search?q=lamb+-redis"),
        (["related", "2020-01-01-lamb-stew"], "/api/v1/related?post=2020-01-01-lamb-stew"),
        (["related", "/posts/lamb-stew/", "--limit", "1"], "/api/v1/related?url=/posts/lamb-stew/&limit=1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_json_is_what_the_api_answers(built: Site, arguments: list[str], url: str) -> None:
    command, *rest = arguments
    printed = json.loads(seealso(built, command, "--json", *rest).stdout)
    assert printed["generation"] == "000001"
    assert printed == api(built, url)


def test_suggest_json_has_reasons_with_shares_and_fields(built: Site) -> None:
    said = json.loads(seealso(built, "suggest", "lamb-stew", "--json").stdout)
    first = said["suggestions"][0]
    assert said["post"] == "2020-01-01-lamb-stew"
    assert (first["id"], first["path"], first["reasons"]["tags"]) == ("winter-pot", "winter-pot.md", ["winter"])
    assert 0 < first["confidence"] <= 1
    assert {"turnips", "simmer"} <= {term["term"] for term in first["reasons"]["terms"]}
    assert all(set(term) == {"term", "share", "fields"} and term["fields"] for term in first["reasons"]["terms"])


def test_status_says_what_serves_and_what_is_to_be_mended(kitchen: Site) -> None:
    kitchen.post("bad.md", "Bad", date="32 May")
    kitchen.build()
    result = seealso(kitchen, "status")
    assert result.exit_code == 0
    assert re.search(
        r"bad\.md, line 3: .*\ngeneration 000001 serves 5 posts, none left out, built \S+ "
        r"\(\d+ seconds? ago\), engine columnar; kept: 000001\n",
        result.stdout,
    )


def test_status_json_lists_generations_and_damage(built: Site) -> None:
    said = json.loads(seealso(built, "status", "--json").stdout)
    assert said["age_seconds"] >= 0
    assert (said["generation"], said["generations"], said["damage"]) == ("000001", ["000001"], [])


def test_rollback_json_names_the_generation(built: Site) -> None:
    built.build(force=True)
    assert json.loads(seealso(built, "rollback", "--json").stdout) == {"generation": "000001"}


# -------------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize("command", [["search", "lamb"], ["related", "x"], ["suggest", "x"], ["status"], ["rollback"]])
def test_before_the_first_build_every_question_says_what_to_do(site: Site, command: list[str]) -> None:
    result = seealso(site, *command)
    assert "seealso build" in result.stderr
    assert (result.exit_code, result.stdout) == (66, "")


def test_a_missing_content_folder_is_named(site: Site) -> None:
    site.content.rmdir()
    result = seealso(site, "build")
    assert str(site.content) in result.stderr
    assert result.exit_code == 66


def test_a_build_beside_another_ends_with_75(kitchen: Site) -> None:
    with locked(kitchen.index):
        result = seealso(kitchen, "build")
    assert "another build" in result.stderr
    assert result.exit_code == 75


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[contnt]\n", 'unknown setting "contnt": did you mean "content"?'),
        ("[content]\ndirectry = 'x'\n", 'unknown setting "content.directry": did you mean "directory"?'),
        ("[service]\nport = 'many'\n", '"service.port" must be a whole number'),
        ("[service]\nport = 99999\n", '"service.port" must be between 1 and 65535'),
        ("[search]\nengine = 'lucene'\n", '"search.engine" must be one of'),
        ("[content]\nurl = '/{colour}/'\n", "URL patterns know"),
        ("content = 3\n", '"content" is a table'),
        ("[content\n", "cannot be read as TOML"),
    ],
    ids=["table", "key", "type", "range", "engine", "pattern", "no table", "no TOML"],
)
def test_a_bad_setting_is_named_with_a_hint(site: Site, tmp_path: Path, toml: str, said: str) -> None:
    file = tmp_path / "seealso.toml"
    file.write_text(toml)
    result = CliRunner().invoke(main, ["--settings", str(file), "build"])
    assert said in result.stderr
    assert result.exit_code == 78


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--settings", str(tmp_path / "none.toml"), "status"])
    assert f"{tmp_path / 'none.toml'} does not exist" in result.stderr
    assert result.exit_code == 78


@pytest.mark.parametrize(
    "command", [[], ["build"], ["search"], ["related"], ["suggest"], ["status"], ["rollback"], ["serve"]]
)
def test_every_command_explains_itself(command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage: " in result.stdout


# ------------------------------------------------------------------------------------------- a hostile post


def test_control_characters_of_a_post_do_not_reach_the_terminal(site: Site) -> None:
    site.post(
        "evil.md",
        r"Evil \e[31mtitle\a",
        "Red \x1b[31m lamb \x07 and \x9b31m lamb.\n\n## Head\x1b[2Jing\n\nlamb",
        tags=r'["tag\e[31m"]',
        relatedPosts=r'["nowhere\e[31m"]',
        postUrl=r'"/evil\e[31m/"',
    )
    site.write("bad\x1b[31m.md", "---\ntitle: [\x1b[31m\n---\n")
    site.post("other.md", "Other lamb", "Red lamb title.", tags=r'["tag\e[31m"]')
    printed = seealso(site, "build").output
    for command in (["search", "lamb"], ["search", "title"], ["related", "other"], ["suggest", "other"], ["status"]):
        printed += seealso(site, *command, color=False).output
    assert "Evil" in printed
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", printed) == []


# ------------------------------------------------------------------------------------------ the real command


def really(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("seealso")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEEALSO_")}
    return subprocess.run(
        [command, "--content", site.content, "--index", site.index, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=site.content,
    )


def test_the_installed_command_builds_searches_and_relates(kitchen: Site) -> None:
    built = really(kitchen, "build")
    assert (built.returncode, built.stderr) == (0, "")
    assert built.stdout.splitlines()[-1].startswith("4 posts, none left out, generation 000001, ")
    assert json.loads(really(kitchen, "search", "lamb", "--json").stdout) == api(kitchen, "/api/v1/search?q=lamb")
    assert "Rye bread  (curated)" in really(kitchen, "related", "2020-01-01-lamb-stew.md").stdout


def test_a_mistake_is_one_line_and_an_exit_code_for_the_shell(kitchen: Site) -> None:
    failed = really(kitchen, "search", "lamb")
    assert failed.stderr == f"seealso: nothing is published in {kitchen.index}: run `seealso build`\n"
    assert (failed.returncode, failed.stdout) == (66, "")


def test_a_reader_that_goes_away_is_no_error(built: Site) -> None:
    command = Path(sys.executable).with_name("seealso")
    shell = f"'{command}' --index '{built.index}' search lamb | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_related_says_so_where_only_the_lists_speak_for_a_post(site: Site) -> None:
    # All of a series curate the first of it, with which they share no word at all.
    words = ["rye", "oat", "fig", "yam", "pea", "nut", "ham", "pie", "leek", "kale", "plum", "dill"]
    for number, word in enumerate(words):
        others = ", ".join(f"p{other:02}" for other in range(12) if other not in (number, 11))
        lists = "" if number == 11 else f"[{others}, star]"
        site.post(
            f"p{number:02}.md",
            f"All {word} here",
            f"Common {word} and more.",
            **({"relatedPosts": lists} if lists else {}),
        )
    site.post("star.md", "Quokka", "Zugzwang.")
    site.build()
    printed = seealso(site, "related", "--limit", "12", "p11")
    assert printed.exit_code == 0
    assert "Quokka  (often chosen beside posts like this)" in printed.stdout


def test_an_answer_that_filters_emptied_says_so(built: Site) -> None:
    assert seealso(built, "search", "lamb", "--language", "xx").stdout == (
        "No post has these words with these filters.\n"
    )
