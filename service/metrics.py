"""What Prometheus is told: what the workers count, summed, and what the index says of itself.

    worker 1 ──┐  numbers, kept in files that are mapped: no worker waits for another
    worker 2 ──┼─▶ a private folder of small files ─┐
    …        ──┘                                    ├─▶ a process of its own, on an address of its own: GET /metrics
    index: what is published, how the last build ended ─┘

The files are named by the worker's number, not by its process, so what a worker has counted is not lost when another
takes its place, and they do not grow in number.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, make_asgi_app, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from indexer.errors import BadSetting, SeeAlsoError
from indexer.store.generation import current_id
from indexer.store.last_build import Outcome, read_last_build
from indexer.store.manifest import GENERATIONS, sealed_values

# Where the library looks for the folder.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Bytes of each file of a worker, by the name that the library gives it. They are taken at the start: a map of a file
# for which the disk has no room left kills the process that writes to it. All routes and statuses fill half.
_FILES = {"histogram": 1 << 19, "counter": 1 << 16, "gauge_sum": 1 << 16, "gauge_min": 1 << 16, "gauge_max": 1 << 16}
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
_PAGE = os.sysconf("SC_PAGE_SIZE")


def prepare(folder: Path, workers: int) -> None:
    """Makes the files in which workers count. Raises BadSetting where there is no room for them."""
    try:
        for worker in range(1, workers + 1):
            for name, size in _FILES.items():
                with open(folder / f"{name}_{worker}.db", "wb") as file:
                    os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        where = f"no room for metrics in {folder} ({error.strerror})"
        raise BadSetting(f"{where}: make room, or name another TMPDIR") from None


class Meter:
    """What one worker counts. worker: its number, from 1. One a process."""

    def __init__(self, folder: Path, worker: int) -> None:
        os.environ[_FOLDER] = str(folder)
        values.ValueClass = values.MultiProcessValue(lambda: worker)  # type: ignore[no-untyped-call]  # as below
        self._worker = str(worker)
        self._requests = Histogram(
            "seealso_request_seconds",
            "How long requests took, with the wait for their turn; status 0: the client left before it was answered",
            ("route", "status"),
            buckets=_BUCKETS,
            registry=None,
        )
        self._observe: dict[tuple[str, int], Callable[[float], None]] = {}
        self._waiting = Gauge(
            "seealso_requests_waiting",
            "Requests that wait for their turn, of visitors and of editors",
            ("line",),
            multiprocess_mode="sum",
            registry=None,
        )
        self._refused = Counter(
            "seealso_requests_refused",
            "Requests refused as more was asked than can be answered",
            ("line",),
            registry=None,
        )
        cached = Counter("seealso_cached_answers", "Answers looked up among those kept", ("found",), registry=None)
        self._cached = {found: cached.labels(str(found).lower()) for found in (True, False)}
        self._generation = Gauge(
            "seealso_served_generation",
            "The lowest number of a generation that a worker serves; 0 where one serves none",
            multiprocess_mode="min",
            registry=None,
        )
        self._degraded = Gauge(
            "seealso_degraded_workers",
            "Workers that answer from the index on disk, as the cluster that searches does not",
            multiprocess_mode="sum",
            registry=None,
        )
        self._memory = Gauge(
            "seealso_worker_memory_bytes", "Resident memory", ("worker",), multiprocess_mode="max", registry=None
        )
        Counter("seealso_worker_starts", "Starts of workers", registry=None).inc()
        for line in ("visitors", "editors"):
            self._refused.labels(line)
        self.sample({"visitors": 0, "editors": 0}, None, False)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Counts a request. route: one of a bounded number."""
        observe = self._observe.get((route, status))
        if observe is None:
            observe = self._observe[route, status] = self._requests.labels(route, str(status)).observe
        observe(seconds)

    def refused(self, line: str) -> None:
        """Counts a request that found no place in its line, or waited too long in it."""
        self._refused.labels(line).inc()

    def cached(self, found: bool) -> None:
        """Counts a look for an answer among those that are kept."""
        self._cached[found].inc()

    def sample(self, waiting: Mapping[str, int], generation: str | None, is_degraded: bool) -> None:
        """Takes note of what has a value at any moment."""
        self._degraded.set(is_degraded)
        for line, count in waiting.items():
            self._waiting.labels(line).set(count)
        self._generation.set(int(generation or 0))
        self._memory.labels(self._worker).set(_resident_bytes())


def _resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE


class _Index(Collector):
    """What the index says of itself, read at each scrape."""

    def __init__(self, index: Path) -> None:
        self._index = index

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._published()
        yield from self._last_build()

    def _published(self) -> Iterator[GaugeMetricFamily]:
        number, age, posts = 0, None, None
        with suppress(SeeAlsoError, KeyError, TypeError, ValueError):  # an index of any version, whatever its state
            generation = current_id(self._index)
            manifest = sealed_values(self._index / GENERATIONS / generation)
            number, posts = int(generation), int(manifest["counts"]["posts"])
            age = _seconds_since(datetime.fromisoformat(manifest["built_at"]))
        about = "The number of the published generation; 0 if there is none"
        yield _gauge("seealso_published_generation", about, number)
        yield _gauge("seealso_generation_age_seconds", "How long ago the published generation was built", age)
        yield _gauge("seealso_posts", "Posts in the published generation", posts)

    def _last_build(self) -> Iterator[GaugeMetricFamily]:
        last = read_last_build(self._index)
        seconds, age = (last.seconds, _seconds_since(last.ended_at)) if last else (None, None)
        yield _gauge("seealso_last_build_seconds", "How long the last build took", seconds)
        yield _gauge("seealso_last_build_age_seconds", "How long ago the last build ended, however it did", age)
        outcomes = GaugeMetricFamily("seealso_last_build_outcome", "1 for how the last build ended", labels=["outcome"])
        if last:
            for outcome in Outcome:
                outcomes.add_metric([outcome.value], float(outcome is last.outcome))
        yield outcomes


def _seconds_since(moment: datetime) -> float:
    return max(0.0, (datetime.now(UTC) - moment).total_seconds())


def _gauge(name: str, about: str, value: float | None) -> GaugeMetricFamily:
    """A metric without labels; it has no value where there is none to tell."""
    family = GaugeMetricFamily(name, about)
    if value is not None:
        family.add_metric([], value)
    return family


def scraped(folder: Path, index: Path) -> Callable[..., object]:
    """The ASGI application that answers scrapes. folder: where the workers count."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]  # its types have gaps
    registry.register(_Index(index))
    application: Callable[..., object] = make_asgi_app(registry)
    return application
