"""What the results page shows: hits with their addresses, filters, pages, and what to try where nothing is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from indexer.content.urls import on_site
from indexer.model import Hit, Hits, SearchRequest, Sort
from indexer.search.query import DEEPEST_HIT, parse, without_quotes
from indexer.settings import ContentSettings
from indexer.snapshot import Snapshot
from service.addresses import address_of, including, is_filtered, ping_of, unfiltered, with_tag_switched, with_text

NEWEST = 5


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that may be chosen, or taken away if it is. count: of the hits with it, where that is known."""

    text: str
    address: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """A question that finds something where this one does not. text: its words; how: what else is different."""

    text: str
    how: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit. address: of its page; where: the same in short if another hit has the same title, else empty.

    ping: where a browser tells that it was followed; empty where nobody wants to know.
    """

    hit: Hit
    address: str
    where: str
    ping: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """One page of results.

    last: number of the last page that can be reached, 0 if nothing is found. pages: numbers to link to, 0 for a gap.
    taken_back: each group of words that is excluded, and the address of the question with them. hints, newest: only
    where nothing is found.
    """

    request: SearchRequest
    hits: Hits
    shown: tuple[Shown, ...]
    last: int
    pages: tuple[int, ...]
    tags: tuple[Filter, ...]
    languages: tuple[Filter, ...]
    dates: tuple[Filter, ...]
    taken_back: tuple[tuple[str, str], ...]
    hints: tuple[Hint, ...]
    newest: tuple[Shown, ...]

    @property
    def is_beyond(self) -> bool:
        """Whether the page that is asked for comes after the last."""
        return self.request.page > self.last > 0

    @property
    def best_first(self) -> str:
        return address_of(replace(self.request, sort=Sort.RELEVANCE, page=1))

    @property
    def newest_first(self) -> str:
        return address_of(replace(self.request, sort=Sort.DATE, page=1))

    @property
    def respelt(self) -> str:
        """The address of the question as it was corrected."""
        return address_of(with_text(self.request, self.hits.suggestion or ""))

    def page(self, number: int) -> str:
        return address_of(replace(self.request, page=number))


def results_of(
    snapshot: Snapshot, request: SearchRequest, content: ContentSettings, is_recording: bool = False
) -> Results:
    """Asks the question. content: how the URLs of posts become addresses on the site."""
    hits = snapshot.reader.search(request)
    last = min(-(-hits.total // request.per_page), DEEPEST_HIT // request.per_page)
    return Results(
        request=request,
        hits=hits,
        shown=_with_pings(_shown(hits.hits, content), request) if is_recording else _shown(hits.hits, content),
        last=last,
        pages=_pages(request.page, last),
        tags=_tags(request, hits),
        languages=_languages(snapshot, request, hits),
        dates=_dates(request),
        taken_back=tuple((words, address_of(including(request, words))) for words in hits.excluded),
        hints=() if hits.total else _hints(snapshot, request),
        newest=() if hits.total else _newest(snapshot, content, request.tags),
    )


def _newest(snapshot: Snapshot, content: ContentSettings, tags: tuple[str, ...] = ()) -> tuple[Shown, ...]:
    """The newest posts; those with all of these tags, if any are given."""
    return _shown(snapshot.reader.search(SearchRequest(parse(""), tags, per_page=NEWEST)).hits, content)


def _shown(hits: Sequence[Hit], content: ContentSettings) -> tuple[Shown, ...]:
    titles = Counter(hit.post.title.casefold() for hit in hits)
    return tuple(
        Shown(hit, on_site(hit.post.url, content), hit.post.url if titles[hit.post.title.casefold()] > 1 else "")
        for hit in hits
    )


def _with_pings(shown: tuple[Shown, ...], request: SearchRequest) -> tuple[Shown, ...]:
    first = (request.page - 1) * request.per_page + 1
    text = request.query.text
    return tuple(replace(one, ping=ping_of(text, one.hit.post.url, rank)) for rank, one in enumerate(shown, first))


def _pages(page: int, last: int) -> tuple[int, ...]:
    """The first page, the last, and those around this one; 0 where some are left out."""
    near = sorted({1, *range(max(page - 2, 1), min(page + 2, last) + 1), last})
    return tuple(one for before, number in pairwise([0, *near]) for one in ([0] * (number > before + 1) + [number]))


def _tags(request: SearchRequest, hits: Hits) -> tuple[Filter, ...]:
    """The chosen tags first, then those of the hits."""
    counts = {tag.casefold(): (tag, count) for tag, count in hits.tags}
    chosen = {tag.casefold(): counts.pop(tag.casefold(), (tag, hits.total)) for tag in request.tags}

    offered = [(*one, True) for one in chosen.values()] + [(*one, False) for one in counts.values()]
    return tuple(
        Filter(tag, address_of(with_tag_switched(request, tag)), count, is_chosen) for tag, count, is_chosen in offered
    )


def _languages(snapshot: Snapshot, request: SearchRequest, hits: Hits) -> tuple[Filter, ...]:
    """The languages that the posts with these words are in; none where there is no choice. One may be chosen."""
    if request.language is None:
        counts, chosen = dict(hits.languages), ""
    else:
        anywhere = snapshot.reader.search(replace(request, language=None, page=1, per_page=0))
        chosen = request.language.casefold()
        counts = dict(anywhere.languages) | {chosen: hits.total}
    if not chosen and len(counts) < 2:
        return ()
    others = {language: None if language == chosen else language for language in counts}
    return tuple(
        Filter(language, address_of(replace(request, language=others[language], page=1)), count, language == chosen)
        for language, count in counts.items()
    )


def _dates(request: SearchRequest) -> tuple[Filter, ...]:
    """The bounds of the dates that are asked for. They come with the address: the page offers none."""
    bounds: list[tuple[str, SearchRequest]] = []
    if request.since:
        bounds.append((f"since {request.since}", replace(request, since=None, page=1)))
    if request.until:
        bounds.append((f"until {request.until}", replace(request, until=None, page=1)))
    return tuple(Filter(text, address_of(without), None, True) for text, without in bounds)


def _hints(snapshot: Snapshot, request: SearchRequest) -> tuple[Hint, ...]:
    """Wider questions that find something."""
    hints = []
    for how, wider in _wider(request):
        hits = snapshot.reader.search(replace(wider, page=1, per_page=0))
        if hits.total:
            hints.append(Hint(hits.suggestion or wider.query.text, how, hits.total, address_of(wider)))
    return tuple(hints)


def _wider(request: SearchRequest) -> list[tuple[str, SearchRequest]]:
    """How the question may be made wider, each with the question."""
    wider = [("without the filters", unfiltered(request))] if is_filtered(request) else []
    if request.query.phrases:
        loose = with_text(request, without_quotes(request.query.text))
        wider.append(("without the quotation marks", loose))
        if is_filtered(request):
            wider.append(("without the quotation marks and the filters", unfiltered(loose)))
    return wider
