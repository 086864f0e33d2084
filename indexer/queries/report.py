"""Questions → tables for an editor, each question with what to do about it where that can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from indexer.model import SearchRequest, StoredPost
from indexer.queries.policy import RARE
from indexer.queries.storage import Recorded
from indexer.search.query import parse
from indexer.snapshot import Snapshot

# A page is far down if it is opened so often from such a place, on average.
FAR_DOWN, OPENED_OFTEN = 4.0, 2
# Questions that found nothing are asked anew, to see whether they do now; so many of them.
MOST_ASKED_ANEW = 500


class Step(StrEnum):
    """What an editor may do about a question."""

    ALIAS = "alias"  # give a post the question for another name
    WRITE = "write"  # a post that answers it
    PIN = "pin"  # put a post first
    LOOK = "look"  # see what it finds
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, and with which post, if one is meant. text: the same in a sentence."""

    step: Step
    post: StoredPost | None
    text: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A question in a table.

    rank: the mean place of the hits that were opened, from 1, or None. url: of the page opened most, or None.
    """

    recorded: Recorded
    clicks: int
    rank: float | None
    url: str | None
    advice: Advice


@dataclass(frozen=True, slots=True)
class QueriesReport:
    """All tables, in each the questions asked most first. without_clicks: empty where no click was ever recorded."""

    most_asked: tuple[ReportRow, ...] = ()
    without_hits: tuple[ReportRow, ...] = ()
    without_clicks: tuple[ReportRow, ...] = ()
    respelt: tuple[ReportRow, ...] = ()
    clicked_far_down: tuple[ReportRow, ...] = ()

    def tables(self) -> Iterator[tuple[str, tuple[ReportRow, ...]]]:
        """Each table with its title."""
        yield "Most asked", self.most_asked
        yield "Without hits", self.without_hits
        yield "Without clicks", self.without_clicks
        yield "Respelt", self.respelt
        yield "Clicked far down", self.clicked_far_down

    @property
    def times(self) -> int:
        return sum(entry.recorded.times for entry in self.most_asked)

    @property
    def clicks(self) -> int:
        return sum(entry.clicks for entry in self.most_asked)


@dataclass(frozen=True, slots=True)
class Site:
    """What the site knows now. post: the one at a URL, or None; hits: how many posts a question finds."""

    post: Callable[[str], StoredPost | None]
    hits: Callable[[str], int]


def site_of(snapshot: Snapshot) -> Site:
    reader = snapshot.reader
    return Site(snapshot.posts.at_url, lambda text: reader.search(SearchRequest(parse(text), per_page=0)).total)


@dataclass(slots=True)
class LastReport:
    """The report that a process made last. It is made anew when the questions, the days or the site are others.

    The service writes questions about once a minute, so most views of a large file cost nothing.
    """

    _key: object = None
    _report: QueriesReport = field(default_factory=QueriesReport)

    def of(self, key: object, snapshot: Snapshot, recorded: Callable[[], Sequence[Recorded]]) -> QueriesReport:
        """The report of what is recorded.

        key: changes with it, see `storage.version_of`, and with the days that are asked for. recorded: reads it.
        """
        key = key, snapshot.id
        if key != self._key:
            report = report_of(recorded(), site_of(snapshot))
            self._report, self._key = report, key
        return self._report


def report_of(recorded: Sequence[Recorded], site: Site) -> QueriesReport:
    """recorded: questions, those asked most first."""
    has_clicks = any(rank for one in recorded for page in one.opened for rank, _ in page.ranks)
    anew = {one.question for one in [one for one in recorded if not one.hits][:MOST_ASKED_ANEW]}
    entries = tuple(_entry(one, site, has_clicks, one.question in anew) for one in recorded)
    return QueriesReport(
        most_asked=entries,
        without_hits=tuple(entry for entry in entries if not entry.recorded.hits),
        without_clicks=tuple(entry for entry in entries if has_clicks and _has_no_clicks(entry.recorded)),
        respelt=tuple(entry for entry in entries if entry.recorded.respelt),
        clicked_far_down=tuple(entry for entry in entries if _is_far_down(entry.clicks, entry.rank)),
    )


def _entry(one: Recorded, site: Site, has_clicks: bool, asks_anew: bool) -> ReportRow:
    places = [(rank, times) for page in one.opened for rank, times in page.ranks if rank]
    clicks = sum(times for _, times in places)
    rank = sum(rank * times for rank, times in places) / clicks if clicks else None
    url = one.opened[0].url if one.opened else None
    post = site.post(url) if url else None
    if not one.hits:
        advice = _advice_without_hits(one, post, site.hits(one.question) if asks_anew else 0)
    elif _is_far_down(clicks, rank):
        advice = _pin(one, post)
    elif one.respelt and not clicks:
        advice = Advice(Step.LOOK, None, f"see whether “{one.respelt}” is meant; if not, add an alias or a synonym")
    elif has_clicks and _has_no_clicks(one):
        advice = Advice(Step.LOOK, None, "see what it finds, and whether the best of it says so in its title")
    else:
        advice = _NOTHING
    return ReportRow(one, clicks, rank, url, advice)


_NOTHING = Advice(Step.NONE, None, "")


def _has_no_clicks(one: Recorded) -> bool:
    return one.hits > 0 and one.times >= RARE and not one.opened


def _is_far_down(clicks: int, rank: float | None) -> bool:
    return rank is not None and rank >= FAR_DOWN and clicks >= OPENED_OFTEN


def _advice_without_hits(one: Recorded, post: StoredPost | None, hits: int) -> Advice:
    if hits:
        return Advice(Step.NONE, None, f"nothing: it finds {hits:,} post{'' if hits == 1 else 's'} now")
    if post:
        after = "which was opened after asking again"
        return Advice(Step.ALIAS, post, f"add alias “{one.question}” to {post.path}, {after}")
    if one.times < RARE:
        return _NOTHING
    return Advice(Step.WRITE, None, "write this post, or add an alias to one that answers it")


def _pin(one: Recorded, post: StoredPost | None) -> Advice:
    if post is None:
        return _NOTHING
    return Advice(Step.PIN, post, f"pin {post.path} to “{one.question}”")
