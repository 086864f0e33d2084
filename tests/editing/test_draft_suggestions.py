"""A text that is not published yet, compared with the posts that are."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TODAY, Site, post_text

from indexer.editing.decisions import NOTHING_DECIDED
from indexer.editing.suggestions import SuggestionService, draft_path, suggestions_for_draft
from indexer.errors import BadPost
from indexer.model import Suggestion
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot

BODY = "Rye dough with caraway, baked in the oven."
POSTS = {
    "2024-01-01-rye-bread.md": post_text(
        "Rye bread", BODY, postUrl="/posts/rye-bread/", tags="[baking]", description="A dark loaf."
    ),
    "2024-02-01-rye-buns.md": post_text("Rye buns", "Rye dough in small pieces.\n\n## Oven\n\nHot.", tags="[baking]"),
    "2024-03-01-crackers.md": post_text("Crackers", "Dry dough with caraway and salt.", relatedPosts="[rye-buns]"),
    "2024-04-01-pizza.md": post_text("Pizza", "Wheat dough, see [the bread](/posts/rye-bread/). A hot oven."),
    "2024-05-01-caching.md": post_text("Caching", "Keep answers close. Dough is no answer.", tags="[web]"),
    "2024-06-01-queues.md": post_text("Queues", "Work that waits.", tags="[web]"),
    "2024-07-01-taxes.md": post_text("Taxes", "Forms and numbers, numbers and forms."),
    "2024-08-01-void.md": post_text("The and of", "..."),
}
RYE_BREAD = "2024-01-01-rye-bread"


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    site = Site(tmp_path_factory.mktemp("bakery"))
    for path, text in POSTS.items():
        site.write(path, text)
    site.build()
    return site.open()


def suggested(snapshot: Snapshot, text: str, name: str = "drafts/new.md", limit: int = 50) -> list[Suggestion]:
    _, advice = suggestions_for_draft(snapshot, text, name, ContentSettings(Path("content")), limit, TODAY)
    return list(advice.suggestions)


def slugs(found: list[Suggestion]) -> list[str]:
    return [one.post.id[len("2024-01-01-") :] for one in found]


# Nobody points to these: what others' lists and links say of a post cannot speak for its draft.
@pytest.mark.parametrize("path", [path for path in POSTS if "rye" not in path])
def test_a_draft_gets_what_the_published_post_with_the_same_text_gets(bakery: Snapshot, path: str) -> None:
    snapshot = bakery.related.for_editors(bakery.post(path), 50).suggestions
    draft = suggested(bakery, POSTS[path], path)
    assert [one.post.id for one in draft] == [one.post.id for one in snapshot]
    assert [one.confidence for one in draft] == pytest.approx([one.confidence for one in snapshot], abs=1e-3)
    assert [one.reason.tags for one in draft] == [one.reason.tags for one in snapshot]
    assert [{term.term: term.fields for term in one.reason.terms} for one in draft] == [
        {term.term: term.fields for term in one.reason.terms} for one in snapshot
    ]


def test_a_draft_that_is_new_gets_the_nearest_posts_first(bakery: Snapshot) -> None:
    assert slugs(suggested(bakery, post_text("Bread of rye", BODY))) == ["rye-bread", "rye-buns", "pizza", "crackers"]


def test_a_text_that_is_word_for_word_a_post_is_told_so(bakery: Snapshot) -> None:
    text = POSTS["2024-02-01-rye-buns.md"]
    _, advice = suggestions_for_draft(bakery, text, "drafts/copy.md", ContentSettings(Path("content")), 9, TODAY)
    assert [one.id for one in advice.duplicates] == ["2024-02-01-rye-buns"]
    assert "rye-buns" not in slugs(list(advice.suggestions))


def test_a_text_without_front_matter_will_do(bakery: Snapshot) -> None:
    assert slugs(suggested(bakery, BODY))[0] == "rye-bread"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (post_text("Rye bread", BODY), f"{RYE_BREAD}.md"),
        (post_text("Better rye bread", BODY, postUrl="/posts/rye-bread/"), "drafts/better.md"),
        (post_text("Better rye bread", BODY, postUrl="/posts/rye-bread"), "drafts/better.md"),
    ],
    ids=["the same file", "the same URL", "the same URL without its slash"],
)
def test_a_new_version_of_a_post_is_not_told_of_the_old_one(bakery: Snapshot, text: str, name: str) -> None:
    assert slugs(suggested(bakery, text, name)) == ["rye-buns", "pizza", "crackers"]


def test_a_file_of_the_content_folder_is_known_by_its_path_from_here_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bread = site.post("loaves/bread.md", "Rye bread", f"{BODY} See [buns](./buns.md).")
    site.post("loaves/buns.md", "Rye buns", BODY)
    site.post("loaves/rolls.md", "Rye rolls", BODY)
    site.build()
    monkeypatch.chdir(site.content.parent)
    for name in (str(bread), "content/loaves/bread.md", "loaves/bread.md"):
        path = draft_path(Path(name), site.settings.content)
        _, advice = suggestions_for_draft(site.open(), bread.read_text(), path, site.settings.content, 9, TODAY)
        assert [one.post.id for one in advice.suggestions] == [
            "loaves/rolls"
        ]  # not the bread itself, nor what it links to


@pytest.mark.parametrize("named", [RYE_BREAD, f"{RYE_BREAD}.md", "rye-bread", "/posts/rye-bread/"])
def test_a_post_that_the_draft_names_is_not_suggested(bakery: Snapshot, named: str) -> None:
    assert slugs(suggested(bakery, post_text("Bread of rye", BODY, relatedPosts=f"[{named}]")))[:1] == ["rye-buns"]


@pytest.mark.parametrize(
    "link",
    [
        "[bread](/posts/rye-bread/)",
        "[bread](/posts/rye-bread/#oven)",
        "[bread][1]\n\n[1]: /posts/rye-bread/",
        '<a href="/posts/rye-bread/">bread</a>',
    ],
    ids=["a link", "a link to a section", "a reference", "HTML"],
)
def test_a_post_that_the_draft_links_to_is_not_suggested(bakery: Snapshot, link: str) -> None:
    assert slugs(suggested(bakery, post_text("Bread of rye", f"{BODY} {link}")))[:1] == ["rye-buns"]


def test_what_a_draft_names_and_nobody_has_changes_nothing(bakery: Snapshot) -> None:
    named = post_text("Bread of rye", BODY, relatedPosts="[no-such-post, '']")
    assert slugs(suggested(bakery, named)) == slugs(suggested(bakery, post_text("Bread of rye", BODY)))


@pytest.mark.parametrize(
    "text",
    ["", "The and of.", "Zugzwang", post_text("Zugzwang", ""), "```\nrye dough caraway\n```"],
    ids=["nothing", "stop words", "a word that no post has", "no body", "only code"],
)
def test_a_draft_that_shares_nothing_gets_nothing(bakery: Snapshot, text: str) -> None:
    assert suggested(bakery, text) == []


@pytest.mark.parametrize("name", ["", "nothing-here.md", "bytes.md"], ids=["a folder", "no file", "no text"])
def test_a_file_that_is_no_text_is_refused_in_words_of_its_own(bakery: Snapshot, tmp_path: Path, name: str) -> None:
    (tmp_path / "bytes.md").write_bytes(b"\xbb\xff")
    service = SuggestionService(bakery, NOTHING_DECIDED, ContentSettings(tmp_path), TODAY)
    with pytest.raises(BadPost) as refused:
        service.of_draft(tmp_path / name, 5)
    said = str(refused.value)
    assert str(tmp_path / name) in said
    assert "codec" not in said
    assert "Errno" not in said


def test_no_more_suggestions_than_asked_for(bakery: Snapshot) -> None:
    assert slugs(suggested(bakery, post_text("Bread of rye", BODY), limit=2)) == ["rye-bread", "rye-buns"]


def test_the_title_of_the_draft_comes_with_the_answer(bakery: Snapshot) -> None:
    title, _ = suggestions_for_draft(bakery, post_text("Rye again", BODY), "new.md", ContentSettings(), 3, TODAY)
    assert title == "Rye again"


def test_a_draft_that_cannot_be_read_is_refused_with_its_line(bakery: Snapshot) -> None:
    with pytest.raises(BadPost) as refused:
        suggested(bakery, '---\ntitle: "Rye"\ntags: [a\n---\n\nBody.\n', "drafts/new.md")
    assert (refused.value.path, refused.value.line) == ("drafts/new.md", 4)


@pytest.mark.parametrize("posts", [0, 1, 2, 3])
def test_a_draft_on_a_site_of_any_size(site: Site, posts: int) -> None:
    texts = list(POSTS.items())[:posts]
    site.content.joinpath("README.txt").write_text("not a post")
    for path, text in texts:
        site.write(path, text)
    site.build(force=not posts)
    assert (
        slugs(suggested(site.open(), post_text("Bread of rye", BODY))) == ["rye-bread", "rye-buns", "crackers"][:posts]
    )


def test_a_draft_that_says_more_than_a_post_is_no_copy_of_it(bakery: Snapshot) -> None:
    text = post_text("Numbers", "Forms and numbers, numbers and forms. Zugzwang, fjord and quokka are all new here.")
    _, advice = suggestions_for_draft(bakery, text, "drafts/new.md", ContentSettings(Path("content")), 9, TODAY)
    assert advice.duplicates == ()
    assert "taxes" in slugs(list(advice.suggestions))
