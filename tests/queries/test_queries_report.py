"""What an editor is told to do about the questions of visitors."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from conftest import Site

from indexer.model import StoredPost
from indexer.queries.keystrokes import Question
from indexer.queries.report import LastReport, QueriesReport, ReportRow, Step, report_of
from indexer.queries.report import Site as KnownSite
from indexer.queries.storage import Opened, Recorded, open_queries, version_of

SOUP = StoredPost(number=0, id="soup", path="soup.md", url="/soup/", title="Onion soup")


def report(*recorded: Recorded, hits: int = 0) -> QueriesReport:
    """hits: how many posts a question finds now that found nothing."""
    return report_of(recorded, KnownSite({"/soup/": SOUP}.get, lambda _: hits))


def asked(text: str, *opened: Opened, times: int = 5, hits: int = 9, respelt: str = "") -> Recorded:
    return Recorded(text, times, hits, respelt, "en", date(2026, 6, 1), opened)


def questions(entries: tuple[ReportRow, ...]) -> list[str]:
    return [entry.recorded.question for entry in entries]


def test_each_table_has_its_questions_those_asked_most_first() -> None:
    found = report(
        asked("rye", Opened("/rye/", ((1, 9),)), times=30),
        asked("broth", hits=0, times=20),
        asked("lamb", times=10),
        asked("oniom", Opened("/soup/", ((1, 1),)), respelt="onion"),
        asked("soup", Opened("/soup/", ((6, 1), (8, 1)))),
        asked("once", times=1),
    )
    assert questions(found.most_asked) == ["rye", "broth", "lamb", "oniom", "soup", "once"]
    assert questions(found.without_hits) == ["broth"]
    assert questions(found.without_clicks) == ["lamb"]
    assert questions(found.respelt) == ["oniom"]
    assert questions(found.clicked_far_down) == ["soup"]
    assert (found.times, found.clicks) == (71, 12)


def test_a_page_that_was_opened_after_asking_again_should_have_the_question_for_an_alias() -> None:
    (entry,) = report(asked("broth", Opened("/soup/", ((0, 2),)), hits=0)).without_hits
    assert (entry.advice.step, entry.advice.post) == (Step.ALIAS, SOUP)
    assert entry.advice.text == "add alias “broth” to soup.md, which was opened after asking again"
    assert (entry.clicks, entry.rank, entry.url) == (0, None, "/soup/")


def test_a_post_is_to_be_written_where_many_ask_and_nothing_is_opened() -> None:
    often, rarely = report(asked("broth", hits=0), asked("pie", hits=0, times=2)).without_hits
    assert (often.advice.step, rarely.advice.step) == (Step.WRITE, Step.NONE)


def test_nothing_is_to_be_done_about_a_question_that_has_hits_by_now() -> None:
    (entry,) = report(asked("broth", hits=0), hits=1).without_hits
    assert (entry.advice.step, entry.advice.text) == (Step.NONE, "nothing: it finds 1 post now")


def test_a_page_that_is_clicked_far_down_should_be_pinned() -> None:
    (entry,) = report(asked("soup", Opened("/soup/", ((6, 1), (8, 2))))).clicked_far_down
    assert (entry.advice.step, entry.advice.text) == (Step.PIN, "pin soup.md to “soup”")
    assert entry.rank == (6 + 2 * 8) / 3


def test_a_page_that_is_no_longer_published_is_not_advised() -> None:
    found = report(asked("soup", Opened("/gone/", ((7, 3),))), asked("broth", Opened("/gone/", ((0, 1),)), hits=0))
    assert [entry.advice.post for entry in found.most_asked] == [None, None]


def test_where_no_click_is_ever_told_their_lack_says_nothing() -> None:
    """Front ends of Algolia tell none, nor do some browsers."""
    found = report(asked("rye"), asked("lamb"))
    assert found.without_clicks == ()
    assert {entry.advice.step for entry in found.most_asked} == {Step.NONE}


def test_a_respelling_that_nobody_follows_is_to_be_looked_at() -> None:
    (entry,) = report(asked("hygge", respelt="huge")).respelt
    assert entry.advice.step is Step.LOOK
    assert "“huge”" in entry.advice.text


def test_a_report_is_made_anew_only_once_something_has_changed(site: Site, tmp_path: Path) -> None:
    site.post("rye.md", "Rye")
    site.build()
    snapshot, folder, now, day = site.open(), tmp_path / "queries", datetime(2026, 6, 1, tzinfo=UTC), date(2026, 6, 1)
    read: list[int] = []
    last = LastReport()

    def asked_of() -> list[str]:
        def recorded() -> tuple[Recorded, ...]:
            with open_queries(folder, now) as opened:
                read.append(1)
                return opened.recorded()

        return questions(last.of(version_of(folder), snapshot, recorded).most_asked)

    def ask(text: str) -> None:
        with open_queries(folder, now) as opened:
            opened.add(day, [Question(text, 1, "", "en")])

    ask("rye")
    assert [asked_of() for _ in range(3)] == [["rye"]] * 3
    assert len(read) == 1
    with open_queries(folder, now) as service:  # another process has it open, so what is new stands in the log
        service.add(day, [Question("rye", 1, "", "en"), Question("oat", 1, "", "en")])
        assert asked_of() == asked_of() == ["rye", "oat"]
        assert len(read) == 2
        service.forget("oat")
        assert asked_of() == ["rye"]
    assert asked_of() == ["rye"]
