"""Figures as aligned text; every ratio is against the first row, See Also's default engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.peers.measures import MIXED
from benchmarks.peers.questions import KINDS

EMPTY = "–"
OWN = "*"


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with the first column to the left and all others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, *rows):
        first, *others = (
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  " + "  ".join((first, *others)).rstrip())
    return "\n".join(lines)


def with_ratio(value: float | None, base: float | None) -> str:
    """A value and how many times the base it is."""
    if value is None:
        return EMPTY
    return f"{figure(value)} ×{figure(value / base)}" if base else figure(value)


def figure(value: float) -> str:
    """Three digits that matter; thousands whole."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


BUILD_COLUMNS: dict[str, Callable[[Any], float]] = {
    "build s": lambda peer: peer["build"]["seconds"],
    "disk MB": lambda peer: peer["megabytes"],
    "peak MB of build": lambda peer: peer["build"]["peak"],
    "MB for the posts alone": lambda peer: peer["build"]["before"],
    "open to first answer ms": lambda peer: peer["ask"]["open"],
    "MB after the log": lambda peer: peer["ask"]["ways"][0]["resident"],
    "of it mapped files": lambda peer: peer["ask"]["ways"][0]["mapped"],
}


def build_table(peers: dict[str, Any]) -> str:
    base = next(iter(peers.values()))
    rows = [
        [peer["build"]["name"], *(with_ratio(column(peer), column(base)) for column in BUILD_COLUMNS.values())]
        for peer in peers.values()
    ]
    return aligned(["", *BUILD_COLUMNS], rows)


def times_table(peers: dict[str, Any], rank: str) -> str:
    """rank: "p50" or "p99". A star marks kinds that a peer asks in its own way."""
    base = first_way(peers)["kinds"]
    rows = []
    for peer in peers.values():
        for way in peer["ask"]["ways"]:
            cells = []
            for kind in (*KINDS, MIXED):
                told = way["kinds"].get(kind)
                star = OWN if told and told.get("own") else ""
                cells.append(with_ratio(told[rank] if told else None, base[kind][rank]) + star)
            rows.append([f"{peer['build']['name']}: {way['name']}", *cells])
    return aligned([f"{rank} in ms", *KINDS, MIXED], rows)


def matches_table(peers: dict[str, Any]) -> str:
    """So that it shows whether the engines answer the same: how many posts match, and how often any does."""
    rows = []
    for peer in peers.values():
        kinds = peer["ask"]["ways"][0]["kinds"]
        cells = [
            f"{kinds[kind]['matches']:,.1f} ({kinds[kind]['answered']:.0%})" if kind in kinds else EMPTY
            for kind in KINDS
        ]
        rows.append([peer["build"]["name"], *cells])
    return aligned(["mean matches (share with any)", *KINDS], rows)


def quality_table(sets: dict[str, Any], measure: str = "nDCG@10") -> str:
    names = {key: one["name"] for scored in sets.values() for key, one in scored["peers"].items()}
    rows = [
        [name, *(f"{one['peers'][key][measure]:.3f}" if key in one["peers"] else EMPTY for one in sets.values())]
        for key, name in names.items()
    ]
    return aligned([measure, *sets], rows)


def first_way(peers: dict[str, Any]) -> Any:
    return next(iter(peers.values()))["ask"]["ways"][0]
