"""findings.json: what a check finds as a build runs, kept in the generation for whoever cannot wait for a check."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from indexer.check.findings import Findings
from indexer.model import Finding, Graph
from indexer.snapshot import Snapshot
from indexer.store.report import read_report

FILE = "findings.json"


class _Stored(Struct, frozen=True):
    """The fields of `Findings` that nothing else in a generation says."""

    findings: tuple[Finding, ...]
    suggested: tuple[tuple[int, int, float], ...]
    duplicates: tuple[tuple[int, int], ...]


def write_findings(directory: Path, found: Findings) -> None:
    stored = _Stored(found.findings, found.suggested, found.duplicates)
    (directory / FILE).write_bytes(msgspec.json.encode(stored))


def read_findings(snapshot: Snapshot) -> Findings:
    """The findings as of the build. Raises DamagedGeneration."""
    stored = msgspec.json.decode(snapshot.files.read(FILE), type=_Stored)
    posts = list(snapshot.posts)
    graph = Graph(
        tuple(post.curated for post in posts),
        tuple(post.linked for post in posts),
        read_report(snapshot.files).bad_references,
    )
    return Findings(stored.findings, snapshot.posts, graph, stored.suggested, stored.duplicates)
