"""The clock and the memory: how one peer is measured from inside its own process."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.peers.peer import Way
from benchmarks.peers.questions import KINDS, Question

MIXED = "mixed"
ROUNDS = 2


def memory(what: str) -> float:
    """MB of this process by a line of /proc: VmHWM (its peak), VmRSS, RssFile (the part of VmRSS that maps files).

    Unlike ru_maxrss, the peak does not remember the process that started this one.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"/proc/self/status has no {what}")


def timed(way: Way, log: list[Question]) -> dict[str, dict[str, object]]:
    """Figures of each kind that this way can answer, and of the whole log where it can answer all kinds.

    The log runs once to warm up and then ROUNDS times in the same shuffled order; all timings of those are pooled.
    Times in milliseconds. matches: the mean number of matching posts; answered: the share of questions with any.
    """
    mine = [question for question in log if question.kind in way.kinds]
    answers = [way.answer(question) for question in mine]
    times: dict[str, list[float]] = {kind: [] for kind in way.kinds}
    clock = time.perf_counter_ns
    for _ in range(ROUNDS):
        for question in mine:
            started = clock()
            way.answer(question)
            times[question.kind].append((clock() - started) / 1e6)
    figures: dict[str, dict[str, object]] = {}
    for kind, took in times.items():
        counts = [
            len(ids) if total is None else total
            for question, (ids, total) in zip(mine, answers, strict=True)
            if question.kind == kind
        ]
        figures[kind] = summary(took) | {
            "own": kind in way.own,
            "matches": sum(counts) / max(1, len(counts)),
            "answered": sum(map(bool, counts)) / max(1, len(counts)),
        }
    if set(KINDS) <= set(way.kinds):
        figures[MIXED] = summary([one for took in times.values() for one in took])
    return figures


def summary(times: list[float]) -> dict[str, object]:
    """p50 and p99 by the nearest rank, and how many timings there are."""
    ordered = sorted(times)
    return {"p50": _rank(ordered, 0.50), "p99": _rank(ordered, 0.99), "count": len(ordered)}


def _rank(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
