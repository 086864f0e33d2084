"""What a name may have meant that leads nowhere, and which of it is beyond doubt."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from indexer.links.fuzzy_match import FuzzyMatcher
from indexer.model import Post


def post(path: str) -> Post:
    name = path.removesuffix(".md")
    return Post(name, path, f"/{name}/", name)


KITCHEN = [
    post("2016-05-13-7-lessons-that-will-save-your-bread.md"),
    post("2017-01-15-sourdough-or-yeast.md"),
    post("2017-03-23-the-importance-of-resting-a-dough-overnight.md"),
    post("2018-02-01-lamb-stew-for-a-cold-evening-part-1.md"),
    post("2018-02-08-lamb-stew-for-a-cold-evening-part-2.md"),
    post("2019-06-07-integrating-a-slow-cooker-with-maven.md"),
    post("guides/keeping-a-starter-alive.md"),
    post("tools/keeping-a-starter-alive.md"),
]


def proposed(name: str, posts: list[Post] = KITCHEN) -> list[str]:
    return [posts[one.number].path for one in FuzzyMatcher(posts).proposals(name)]


def sure(name: str, posts: list[Post] = KITCHEN) -> str | None:
    found = FuzzyMatcher(posts).proposals(name)
    return next((posts[one.number].path for one in found if one.is_certain), None)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("017-01-15-sourdough-or-yeast.md", "2017-01-15-sourdough-or-yeast.md"),  # a lost digit
        ("22017-01-15-sourdough-or-yeast", "2017-01-15-sourdough-or-yeast.md"),  # one too many
        ("lessons-that-will-save-your-bread", "2016-05-13-7-lessons-that-will-save-your-bread.md"),
        ("sourdoughor-yeast", "2017-01-15-sourdough-or-yeast.md"),  # a lost hyphen
        ("2017-02-23-the-important-of-resting-a-dough-overnight", KITCHEN[2].path),  # another date and a misspelt word
        ("/2017-01-15-sourdough-or-yest/", "2017-01-15-sourdough-or-yeast.md"),  # as a URL
        ("guides/keeping-a-statrer-alive", "guides/keeping-a-starter-alive.md"),
    ],
)
def test_a_slip_of_the_pen_is_sure(name: str, meant: str) -> None:
    assert sure(name) == meant


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("slow-cooker-with-maven", "2019-06-07-integrating-a-slow-cooker-with-maven.md"),  # words left out
        ("yeast-or-sourdough", "2017-01-15-sourdough-or-yeast.md"),  # reordered
        ("2018-02-01-lamb-stew-for-a-warm-evening-part-1", "2018-02-01-lamb-stew-for-a-cold-evening-part-1.md"),
        ("2018-02-15-lamb-stew-for-a-cold-evening-part-3", "2018-02-08-lamb-stew-for-a-cold-evening-part-2.md"),
    ],
)
def test_a_changed_slug_is_proposed_and_never_sure(name: str, first: str) -> None:
    assert first in proposed(name)
    assert sure(name) is None


def test_a_slip_that_fits_two_posts_is_not_sure() -> None:
    assert set(proposed("keeping-a-startr-alive")) == {KITCHEN[6].path, KITCHEN[7].path}
    assert sure("keeping-a-startr-alive") is None


@pytest.mark.parametrize(
    ("gone", "there"),
    [
        ("release-notes-of-version-1-0", "release-notes-of-version-1-1"),
        ("how-to-register-a-session-part-one", "how-to-register-a-session-part-two"),
        ("how-to-register-a-new-session", "how-to-unregister-a-new-session"),
        ("an-introduction-to-the-hook", "an-introduction-to-the-hooks"),
        ("samples/saga", "persistence/saga"),
    ],
)
def test_a_post_whose_name_differs_as_names_of_two_posts_do_is_not_sure(gone: str, there: str) -> None:
    assert sure(gone, [post(f"{there}.md")]) is None


def test_a_name_like_no_other_has_no_proposal() -> None:
    assert proposed("why-compliance-is-vital") == []


def test_an_address_of_another_site_has_no_proposal() -> None:
    assert proposed("https://other.example/2017-01-15-sourdough-or-yeast/") == []


def test_a_file_that_was_renamed_is_sure_however_little_the_names_have_in_common() -> None:
    posts = [post("2020-01-01-rye.md")]
    renames = {"2019-05-05-first-draft.md": "2020-01-01-rye.md", "old.md": "gone.md"}
    meant = FuzzyMatcher(posts, renames=renames)
    found = [meant.proposals(name) for name in ("first-draft", "2019-05-05-first-draft.md", "/2019-05-05-first-draft/")]
    assert [[(one.number, one.is_certain) for one in own] for own in found] == [[(0, True)]] * 3
    assert meant.proposals("old") == ()


def spoken(path: str, language: str) -> Post:
    return replace(post(path), language=language)


GUIDES = [
    spoken("leadership-and-governance.md", "en"),
    spoken("legal.md", "en"),
    spoken("de/leadership-and-governance.md", "de"),
    spoken("de/legal.md", "de"),
    spoken("more/taxes.md", "en"),
]


@pytest.mark.parametrize(
    ("name", "source", "first", "is_certain"),
    [
        ("leadership", "legal.md", "leadership-and-governance.md", True),
        ("leadership", "more/taxes.md", "leadership-and-governance.md", True),
        ("leadership", "de/legal.md", "de/leadership-and-governance.md", False),  # the English file was renamed
        ("/sustaining/leadership/", "de/legal.md", "leadership-and-governance.md", True),
    ],
)
def test_a_file_that_was_renamed_is_sure_for_posts_that_named_it_and_not_for_its_translations(
    name: str, source: str, first: str, is_certain: bool
) -> None:
    matcher = FuzzyMatcher(GUIDES, renames={"sustaining/leadership.md": "leadership-and-governance.md"})
    found = matcher.proposals(name, [one.path for one in GUIDES].index(source))
    assert [(GUIDES[one.number].path, one.is_certain) for one in found[:1]] == [(first, is_certain)]


def test_a_relative_path_is_not_that_of_a_file_that_was_renamed_in_another_folder() -> None:
    matcher = FuzzyMatcher(GUIDES, renames={"leadership.md": "leadership-and-governance.md"})
    paths = [one.path for one in GUIDES]
    english, german = paths.index("legal.md"), paths.index("de/legal.md")
    assert any(one.is_certain for one in matcher.proposals("./leadership", english))
    assert not any(one.is_certain for one in matcher.proposals("./leadership", german))


def test_of_many_posts_of_one_name_those_in_the_language_of_the_one_that_asks_come_first() -> None:
    codes = [f"{first}{second}" for first in "abcdef" for second in "klmnop"]
    posts = [spoken(f"{code}/{name}.md", code) for code in codes for name in ("building-community", "legal")]
    source = next(number for number, one in enumerate(posts) if one.path == "fp/legal.md")
    found = FuzzyMatcher(posts).proposals("building", source)
    assert posts[found[0].number].path == "fp/building-community.md"
    assert not found[0].is_certain
