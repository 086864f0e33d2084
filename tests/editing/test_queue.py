"""The queue of posts worth a look, which the desk and `seealso review` go through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import TODAY, Site, signed

from indexer.editing.decisions import decide, read_decisions
from indexer.editing.queue import Queue, Waiting, Wanted, pairs_of
from indexer.editing.suggestions import SuggestionService
from indexer.errors import PostGone, SeeAlsoError
from indexer.model import Band, Verdict

COSTS = "2019-08-19-what-maintenance-really-costs"


@pytest.fixture
def blog(site: Site, demo_blog: Site) -> Site:
    return site.copy(demo_blog)


def service(site: Site) -> SuggestionService:
    return SuggestionService(site.open(), read_decisions(site.settings.decided), site.settings.content, TODAY)


def waiting(site: Site, least: Band = Band.STRONG, skipped: frozenset[str] = frozenset()) -> list[Waiting]:
    return Queue().waiting(service(site), Wanted(least.least, skipped=skipped))


def put_off(site: Site, post: str) -> None:
    """Puts every suggestion for a post off."""
    own, snapshot = service(site), site.open()
    targets = [one.post for one in own.of(snapshot.post(post), 50).advice.suggestions]
    decide(site.settings.decided, snapshot, snapshot.post(post), targets, Verdict.LATER, "", signed())


def test_posts_without_a_list_come_first_then_the_surest(blog: Site) -> None:
    found = waiting(blog, Band.POSSIBLE)
    emptiness = [min(one.listed, 3) for one in found]
    assert emptiness.index(3) > emptiness.index(0)
    without = [one.best for one in found if not one.listed]
    assert without == sorted(without, reverse=True)


def test_a_post_that_has_changed_comes_before_others_with_as_long_a_list(blog: Site) -> None:
    last = [one for one in waiting(blog, Band.POSSIBLE) if not one.listed][-1].post
    file = blog.content / last.path
    file.write_text(file.read_text() + "\nOne more sentence.\n")
    first = waiting(blog, Band.POSSIBLE)[0]
    assert (first.post.id, first.news) == (last.id, "changed")


def test_only_what_is_sure_enough_waits_so_it_ends(blog: Site) -> None:
    strong, all_of_them = waiting(blog), waiting(blog, Band.POSSIBLE)
    assert 0 < len(strong) < len(all_of_them)
    assert all(round(one.best, 2) >= Band.STRONG.least for one in strong)


def test_what_was_put_off_comes_after_the_rest_and_what_was_skipped_last(blog: Site) -> None:
    first, second = (one.post.id for one in waiting(blog)[:2])
    put_off(blog, first)
    found = waiting(blog, skipped=frozenset([second]))
    assert [one.post.id for one in found[-2:]] == [first, second]
    assert [one.is_last for one in found] == [False] * (len(found) - 2) + [True] * 2


def test_suggestions_are_gone_through_post_by_post_and_put_off_ones_at_the_end(blog: Site) -> None:
    snapshot = blog.open()
    first = service(blog).of(snapshot.post(COSTS), 50).advice.suggestions[0]
    decide(blog.settings.decided, snapshot, snapshot.post(COSTS), [first.post], Verdict.LATER, "", signed())
    own = service(blog)
    found = pairs_of(Queue().waiting(own, Wanted(0.0)), own, 0.0, 50)
    names = [post.name for post, one in found if not one.is_put_off]
    assert names == sorted(names, key=names.index)  # all of a post, then the next
    assert [(post.name, one.post.id) for post, one in found][-1] == (COSTS, first.post.id)


def test_what_waits_is_seen_by_a_process_that_goes_on_without_a_build(blog: Site) -> None:
    queue = Queue()
    before = [one.post.id for one in queue.waiting(service(blog), Wanted(0.6))]
    put_off(blog, before[0])
    assert [one.post.id for one in queue.waiting(service(blog), Wanted(0.6))] == [*before[1:], before[0]]


def test_a_file_that_is_gone_is_said_and_the_others_wait(blog: Site) -> None:
    said: list[SeeAlsoError] = []
    gone, *others = waiting(blog)
    (blog.content / gone.post.path).unlink()
    found = Queue().waiting(service(blog), Wanted(0.6), said.append)
    assert [one.post.id for one in found] == [one.post.id for one in others]
    assert [type(one) for one in said] == [PostGone]


def test_a_post_is_new_for_a_month(blog: Site) -> None:
    own = service(blog)
    dated = next(one.post for one in waiting(blog, Band.POSSIBLE) if one.post.date)
    assert dated.date
    for days, news in ((0, "new"), (30, "new"), (31, "")):
        own.today = dated.date + timedelta(days=days)
        assert [one.news for one in Queue().waiting(own, Wanted(0.0)) if one.post.id == dated.id] == [news]
