"""A build publishes what the content folder holds, or says why not; then what was published before serves on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest
from conftest import Site, unsealed

import indexer.build
from indexer.errors import BuildFailed, NoContent, NothingPublished, StrictBuildRefused
from indexer.model import Post, SearchRequest
from indexer.search.query import parse
from indexer.store.generation import generation_ids
from indexer.store.last_build import LAST_BUILD
from indexer.store.report import UnreadableDecision
from indexer.text.token_stream import TokenStream, tokens_of


def titles(site: Site) -> list[str]:
    return [post.title for post in site.open().posts]


def test_a_build_publishes_every_post(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("2020/rye.md", "Rye bread")
    report = site.build()
    assert (report.posts, report.generation, report.changed) == (2, "000001", True)
    assert titles(site) == ["Rye bread", "Lamb stew"]


def test_what_is_left_out_is_counted_by_reason_and_never_found(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("draft.md", "Lamb draft", draft="true")
    site.post("hidden.md", "Lamb hidden", search="false")
    site.post("unpublished.md", "Lamb unpublished", published="false")
    site.post("future.md", "Lamb future", date="2026-06-02")
    site.write("empty.md", "---\ntags: [lamb]\n---\n")
    site.write("fragment.md", "Lamb without front matter")
    site.write("binary.md", b"\xff\xfe\x00")
    site.write("open.md", "---\ntitle: Lamb open\n")
    report = site.build()
    found = site.open().reader.search(SearchRequest(parse("lamb")))
    assert Counter(file.reason for file in report.excluded) == {
        "cannot be read": 2,
        "draft": 1,
        "empty body": 1,
        "no front matter": 1,
        "date in the future": 1,
        "hidden from search": 1,
        "unpublished": 1,
    }
    assert [hit.post.title for hit in found.hits] == ["Lamb stew"]


def test_bad_files_do_not_end_a_build_and_all_of_them_are_named(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("rye.md", "Rye bread", date="32 May")
    site.write("pie.md", "---\ntitle: [open\n---\nBody\n")
    report = site.build()
    assert [(file.path, file.line) for file in report.excluded] == [("pie.md", 3)]
    assert [(value.path, value.line) for value in report.front_matter] == [("rye.md", 3)]
    assert titles(site) == ["Lamb stew", "Rye bread"]


def test_a_strict_build_publishes_nothing_where_a_file_is_bad_and_names_all_of_them(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    site.post("rye.md", "Rye bread", date="32 May")
    site.write("pie.md", b"\xff\xfe")
    site.post("soup.md", "Soup")
    with pytest.raises(StrictBuildRefused, match="2 files") as refused:
        site.build(strict=True)
    assert [line.partition(":")[0] for line in refused.value.lines] == ["pie.md", "rye.md, line 3"]
    assert titles(site) == ["Lamb stew"]


def decided(site: Site, *lines: str) -> None:
    site.settings.decided.mkdir(exist_ok=True)
    (site.settings.decided / "decisions.jsonl").write_text("".join(f"{line}\n" for line in lines))


NOT_BESIDE_LAMB = (
    '{"post": "lamb", "target": "rye", "decision": "dismissed", "because": "", "on": "2026-06-01", '
    '"post_text": "0000000000000000", "target_text": "0000000000000000"}'
)


def test_a_new_decision_is_reason_enough_to_build(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    decided(site, NOT_BESIDE_LAMB)
    assert [site.build().changed, site.build().changed] == [True, False]


def test_lines_of_what_was_decided_that_cannot_be_read_are_reported_by_every_build(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    decided(site, NOT_BESIDE_LAMB, "{")
    assert [site.build().decisions, site.build().decisions] == [(UnreadableDecision(2, "is not JSON"),)] * 2
    assert site.open().report().decisions == (UnreadableDecision(2, "is not JSON"),)


def test_a_strict_build_publishes_nothing_where_a_decision_cannot_be_read(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    decided(site, "{", NOT_BESIDE_LAMB, "}")
    with pytest.raises(StrictBuildRefused, match="2 lines") as refused:
        site.build(strict=True)
    assert refused.value.lines == ["decisions.jsonl, line 1: is not JSON", "decisions.jsonl, line 3: is not JSON"]
    with pytest.raises(NothingPublished):
        site.open()


def test_drafts_do_not_end_a_strict_build(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("rye.md", "Rye bread", draft="true")
    assert site.build(strict=True).posts == 1


@pytest.mark.parametrize(
    "bodies",
    [[], ["Bread."], ["the and of"], ["🍞 … !"], ["Same words."] * 5, ["7"]],
    ids=["no posts", "one post", "only stop words", "no words", "all the same", "a number"],
)
def test_the_smallest_sites_build_and_answer(site: Site, bodies: list[str]) -> None:
    for number, body in enumerate(bodies):
        site.post(f"{number}.md", "x", body)
    site.build(force=not bodies)
    published = site.open()
    for post in published.posts:
        assert post.number not in [one.post.number for one in published.related.for_readers(post, 5)]
    assert published.reader.search(SearchRequest(parse("quince"))).total == 0
    assert len(published.posts) == len(bodies)


# ------------------------------------------------------------------------------------------ when there is no need


def test_nothing_changed_publishes_nothing(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    report = site.build()
    assert (report.changed, report.generation, report.posts) == (False, "000001", 1)
    assert generation_ids(site.index) == ["000001"]


def test_force_builds_though_nothing_changed(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    assert site.build(force=True).generation == "000002"


@pytest.mark.parametrize("change", ["text", "name", "new", "removed", "draft"])
def test_any_change_of_the_content_is_noticed(site: Site, change: str) -> None:
    rye = site.post("rye.md", "Rye bread")
    site.post("lamb.md", "Lamb stew")
    site.build()
    match change:
        case "text":
            site.post("rye.md", "Rye bread", "Other words.")
        case "name":
            rye.rename(rye.with_name("spelt.md"))
        case "new":
            site.post("pie.md", "Pie")
        case "removed":
            rye.unlink()
        case "draft":
            site.post("rye.md", "Rye bread", draft="true")
    assert site.build().changed


def test_a_touched_file_is_no_change(site: Site) -> None:
    file = site.post("lamb.md", "Lamb stew")
    site.build()
    file.write_bytes(file.read_bytes())
    assert not site.build().changed


def test_a_moved_index_needs_no_rebuild(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    moved = site.index.rename(site.index.with_name("moved"))
    site.settings = replace(site.settings, index=replace(site.settings.index, directory=moved, keep=5))
    assert not site.build().changed


def test_a_moved_content_folder_needs_no_rebuild(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    site.configure(directory=site.content.rename(site.content.with_name("moved")))
    assert not site.build().changed


def test_how_the_site_is_served_needs_no_rebuild(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    service = replace(site.settings.service, port=9000, title="Another", origins=("https://blog.example",))
    site.settings = replace(site.settings, service=service)
    assert not site.build().changed


@pytest.mark.parametrize(
    "setting",
    [{"url": "/blog/{path}/"}, {"exclude": ("drafts/*",)}, {"language": "de"}, {"site": "https://blog.example"}],
    ids=str,
)
def test_a_setting_that_decides_what_is_written_rebuilds(site: Site, setting: dict[str, object]) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    site.configure(**setting)
    assert site.build().changed


def test_a_future_post_appears_by_itself_on_its_day(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.post("rye.md", "Rye bread", date="2026-06-03")
    assert site.build(today=date(2026, 6, 1)).posts == 1
    assert not site.build(today=date(2026, 6, 2)).changed
    assert site.open().manifest.due == date(2026, 6, 3)
    report = site.build(today=date(2026, 6, 3))
    assert (report.posts, report.changed) == (2, True)


def test_a_damaged_generation_is_rebuilt_though_nothing_changed(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    unsealed(site.index / "generations" / "000001" / "posts" / "facts.npy").write_text("[]")
    assert site.build().generation == "000002"
    assert titles(site) == ["Lamb stew"]


# ------------------------------------------------------------------------------------------------ a wrong clock


@pytest.mark.parametrize("off_by", [timedelta(days=-1), timedelta(days=-9000), timedelta(days=3650)], ids=str)
def test_ids_grow_whatever_the_clock_says(site: Site, monkeypatch: pytest.MonkeyPatch, off_by: timedelta) -> None:
    class WrongClock(datetime):
        """The machine's own clock cannot be set in a test."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> WrongClock:
            wrong = datetime.now(tz) + off_by
            return cls.fromtimestamp(wrong.timestamp(), tz)

    site.post("lamb.md", "Lamb stew")
    site.build()
    monkeypatch.setattr(indexer.build, "datetime", WrongClock)
    site.post("lamb.md", "Lamb stew", "Other words.")
    assert site.build().generation == "000002"
    assert abs(site.open().built_at - (datetime.now(UTC) + off_by)) < timedelta(minutes=1)
    assert titles(site) == ["Lamb stew"]


# ------------------------------------------------------------------------------------------ what looks like a loss


def test_a_missing_content_folder_ends_the_build_and_the_old_one_serves(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    site.content.rename(site.content.with_name("unmounted"))
    with pytest.raises(NoContent, match="does not exist"):
        site.build()
    assert titles(site) == ["Lamb stew"]


def test_an_emptied_content_folder_ends_the_build_and_the_old_one_serves(site: Site) -> None:
    (site.content / "oven.jpg").write_bytes(b"\xff\xd8")
    site.post("rye.md", "Rye bread")
    site.build()
    (site.content / "rye.md").unlink()
    with pytest.raises(NoContent, match="holds 0 posts and held 1"):
        site.build()
    assert titles(site) == ["Rye bread"]


def test_less_than_half_of_the_posts_is_refused_unless_forced(site: Site) -> None:
    files = [site.post(f"{number}.md", f"Post {number}") for number in range(5)]
    site.build()
    for file in files[2:]:
        file.unlink()
    with pytest.raises(NoContent, match=r"holds 2 posts and held 5 .* --force"):
        site.build()
    assert len(site.open().posts) == 5
    assert site.build(force=True).posts == 2
    assert titles(site) == ["Post 0", "Post 1"]


def test_half_of_the_posts_is_a_clear_out_and_no_loss(site: Site) -> None:
    files = [site.post(f"{number}.md", f"Post {number}") for number in range(4)]
    site.build()
    for file in files[2:]:
        file.unlink()
    assert site.build().posts == 2


# ------------------------------------------------------------------------------------------------- a bug of ours


def test_a_build_that_fails_leaves_nothing_to_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no content is known that makes this step fail")

    site.post("lamb.md", "Lamb stew")
    monkeypatch.setattr(indexer.build, "write_relations", fail)
    with pytest.raises(RuntimeError):
        site.build()
    with pytest.raises(NothingPublished):
        site.open()
    assert {path.name for path in site.index.rglob("*")} == {"generations", LAST_BUILD}


def test_a_generation_that_cannot_find_its_own_posts_is_not_published(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(read: indexer.content.site.Site) -> TokenStream:
        return tokens_of(Post(one.id, "", one.url, "") for one in read.corpus)

    site.post("lamb.md", "Lamb stew")
    site.build()
    site.post("rye.md", "Rye bread")
    # An engine that is given nothing to find: no content is known that makes a build do so.
    monkeypatch.setattr(indexer.content.site.Site, "tokens", nothing)
    with pytest.raises(BuildFailed, match="does not find"):
        site.build()
    assert generation_ids(site.index) == ["000001"]
    assert titles(site) == ["Lamb stew"]
