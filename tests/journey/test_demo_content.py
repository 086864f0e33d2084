"""The blog in content/ is the demo and the tutorial: all of it builds, every link leads somewhere, titles are found."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import TODAY

from indexer.build import BuildResult, build
from indexer.model import SearchRequest, StoredPost
from indexer.search.query import parse
from indexer.settings import ContentSettings, IndexSettings, Settings
from indexer.snapshot import Snapshot, open_snapshot
from service.app import create_app

CONTENT = Path(__file__).parents[2] / "content"
FILES = sorted(CONTENT.glob("*.md"))
NAMES = re.compile(r"^relatedPosts:\n((?:\s+- .*\n)+)", re.MULTILINE)
IN_BODY = re.compile(r"\]\(\s*(/posts/[^)\s]*|#[^)\s]+)|href=[\"'](/posts/[^\"']*|#[^\"']+)")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        content=ContentSettings(directory=CONTENT),
        index=IndexSettings(directory=tmp_path_factory.mktemp("demo") / "index"),
    )


@pytest.fixture(scope="module")
def report(settings: Settings) -> BuildResult:
    return build(replace(settings), today=TODAY)


@pytest.fixture(scope="module")
def snapshot(settings: Settings, report: BuildResult) -> Snapshot:
    return open_snapshot(settings.index.directory)


def curated_names(file: Path) -> list[str]:
    """The file names in the list of related posts, read as plain text."""
    match = NAMES.search(file.read_text(encoding="utf-8").partition("\n---\n")[0] + "\n")
    return re.findall(r'- "?([^"\n]+)"?', match[1]) if match else []


def body_links(file: Path) -> list[str]:
    return [one or other for one, other in IN_BODY.findall(file.read_text(encoding="utf-8"))]


def test_there_is_a_blog_to_show() -> None:
    assert len(FILES) >= 24


def test_every_file_becomes_a_post_and_every_reference_resolves(report: BuildResult) -> None:
    assert (report.excluded, report.bad_references) == ((), ())
    assert report.posts == len(FILES)


def test_every_curated_pair_is_shown_first_in_the_editors_order(snapshot: Snapshot) -> None:
    pairs = 0
    for post in snapshot.posts:
        names = curated_names(CONTENT / post.path)
        shown = [one.post.path for one in snapshot.related.for_readers(post, 10) if one.curated]
        assert shown == names, post.path
        pairs += len(names)
    assert pairs >= 2 * len(FILES) - 10


def test_some_posts_have_no_curated_list_and_still_get_related_posts(snapshot: Snapshot) -> None:
    without = [post for post in snapshot.posts if not post.curated]
    assert without
    for post in without:
        assert len(snapshot.related.for_readers(post, 5)) == 5


def test_every_exact_title_is_the_first_hit(snapshot: Snapshot) -> None:
    def first(post: StoredPost) -> str:
        return snapshot.reader.search(SearchRequest(parse(post.title))).hits[0].post.id

    assert {post.id: first(post) for post in snapshot.posts} == {post.id: post.id for post in snapshot.posts}


def test_every_link_in_a_body_leads_to_a_post_and_every_fragment_to_an_anchor(snapshot: Snapshot) -> None:
    links = 0
    for post in snapshot.posts:
        for link in body_links(CONTENT / post.path):
            url, _, fragment = link.partition("#")
            target = snapshot.posts.at_url(url) if url else post
            assert target, f"{post.path} links to {link}"
            anchors = [section.anchor for section in snapshot.posts.sections(target.number)]
            assert not fragment or fragment in anchors, f"{post.path} links to {link}; there are {anchors}"
            links += 1
    assert links >= 20


def test_every_post_has_a_page_with_see_also(settings: Settings, snapshot: Snapshot) -> None:
    client = create_app(settings).test_client()
    for post in snapshot.posts:
        answer = client.get(post.url)
        assert answer.status_code == 200, post.url
        assert "See also" in answer.text, post.url


def test_no_markup_is_left_in_what_a_visitor_reads(snapshot: Snapshot) -> None:
    for post in snapshot.posts:
        assert not re.search(r"</?\w|\]\(|\*\*|^#", f"{post.title}\n{post.description}"), post.path
        text = "\n".join(one.text for one in snapshot.posts.sections(post.number))
        assert not re.search(r"linkify|\]\(/posts/|\*\*|^#", text), post.path  # prose may quote a tag, but not these


@pytest.mark.parametrize(
    ("words", "post"),
    [
        ("cache invalidation", "2017-05-15-cache-invalidation-for-the-rest-of-us"),
        ("websockets or server sent events", "2017-08-21-polling-websockets-or-server-sent-events"),
        ("how to read a query plan", "2017-10-16-how-to-read-a-query-plan"),
        ("idempotncy", "2018-01-22-retries-need-idempotency"),
    ],
)
def test_what_a_visitor_would_type_finds_the_post_they_mean(snapshot: Snapshot, words: str, post: str) -> None:
    assert snapshot.reader.search(SearchRequest(parse(words))).hits[0].post.id == post
