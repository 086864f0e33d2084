"""Does the site answer its visitors better than when they asked? A recorded log, asked again.

    python -m benchmarks.replay QUERIES [--index INDEX] [--most N]

QUERIES is a file that the service has recorded (queries.sqlite3), or a copy of one; it is only read. INDEX is the
folder of an index; without it, the one that the file lies in. Each question is asked once and weighs as often as it was
asked. Printed are the shares of askings that found something, then and now; of the clicks, the mean reciprocal rank of
the page that was opened, as it was clicked and where it stands now, 0 if it is not among the first hundred; and the
questions that have lost or won most.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexer.model import SearchRequest
from indexer.queries.storage import FILE, Recorded, open_queries
from indexer.search.query import MOST_PER_PAGE, parse
from indexer.snapshot import Snapshot, open_snapshot

SHOWN = 15


@dataclass(frozen=True, slots=True)
class Replayed:
    """A question then and now. clicks: of each page that was opened, how often, its rank then and now, 0 for none."""

    recorded: Recorded
    hits: int
    clicks: tuple[tuple[int, int, int], ...]

    def gain(self) -> float:
        """In reciprocal ranks, all clicks together."""
        return sum(times * (_reciprocal(now) - _reciprocal(then)) for times, then, now in self.clicks)


def read(file: Path) -> tuple[Recorded, ...]:
    """What a file holds. A copy is opened, for the service may be writing."""
    with tempfile.TemporaryDirectory() as folder:
        for end in ("", "-wal"):
            if (part := file.with_name(file.name + end)).exists():
                shutil.copy(part, Path(folder) / f"{FILE}{end}")
        with open_queries(Path(folder), datetime.now(UTC)) as queries:
            if queries.set_aside:
                raise SystemExit(f"{file} is damaged, or no file of questions")
            return queries.recorded()


def replayed(snapshot: Snapshot, one: Recorded) -> Replayed:
    request = SearchRequest(parse(one.question), per_page=MOST_PER_PAGE)
    hits = snapshot.reader.search(request)
    places = {hit.post.url: place for place, hit in enumerate(hits.hits, start=1)}
    clicks = tuple((times, then, places.get(page.url, 0)) for page in one.opened for then, times in page.ranks if then)
    return Replayed(one, hits.total, clicks)


def _reciprocal(rank: int) -> float:
    return 1 / rank if rank else 0.0


def report(found: Sequence[Replayed]) -> Iterator[str]:
    asked = sum(one.recorded.times for one in found)
    then = sum(one.recorded.times for one in found if one.recorded.hits)
    now = sum(one.recorded.times for one in found if one.hits)
    yield f"{len(found):,} questions, asked {asked:,} times"
    if asked:
        yield f"  with hits           then {then / asked:.3f}   now {now / asked:.3f}"
    clicks = [click for one in found for click in one.clicks]
    if total := sum(times for times, _, _ in clicks):
        before = sum(times * _reciprocal(rank) for times, rank, _ in clicks) / total
        after = sum(times * _reciprocal(rank) for times, _, rank in clicks) / total
        yield f"  reciprocal rank     then {before:.3f}   now {after:.3f}   of {total:,} clicks"
    yield from _moved("lost", sorted(found, key=Replayed.gain))
    yield from _moved("won", sorted(found, key=Replayed.gain, reverse=True))


def _moved(how: str, found: Sequence[Replayed]) -> Iterator[str]:
    """The questions that have moved most one way."""
    moved = [one for one in found if (one.gain() < 0) == (how == "lost") and one.gain()][:SHOWN]
    if moved:
        yield how
    for one in moved:
        ranks = ", ".join(f"{then} → {now or 'none'} ({times}×)" for times, then, now in one.clicks)
        hits = f"{one.recorded.hits:,} → {one.hits:,} hits"
        yield f"  {one.gain():+.2f}  {one.recorded.question}: place {ranks}; {hits}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--most", type=int, default=100_000, help="so many questions, those asked most")
    arguments = parser.parse_args()
    opened = open_snapshot(arguments.index or arguments.queries.resolve().parents[1])
    print("\n".join(report([replayed(opened, one) for one in read(arguments.queries)[: arguments.most]])))
