"""report.json: what a build found in the content that somebody should know of, or mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from indexer.model import BadCurationRule, BadReference, ExclusionReason
from indexer.store.arrays import Files

FILE = "report.json"


class ExcludedFile(Struct, frozen=True):
    """A file that did not become a post. detail: more of the reason, or empty."""

    path: str
    line: int | None
    reason: ExclusionReason
    detail: str


class UnreadableValue(Struct, frozen=True):
    """A value in the front matter of a post that does without it."""

    path: str
    line: int | None
    reason: str


class UnreadableDecision(Struct, frozen=True):
    """A line of decisions.jsonl that cannot be read; None where the whole file cannot."""

    line: int | None
    reason: str


class Report(Struct, frozen=True):
    """relations: which ranking of related posts is used and why, see related/relate.py; None where none was made."""

    excluded: tuple[ExcludedFile, ...]
    front_matter: tuple[UnreadableValue, ...]
    bad_references: tuple[BadReference, ...]
    curation_rules: tuple[BadCurationRule, ...]
    decisions: tuple[UnreadableDecision, ...]
    relations: dict[str, Any] | None


def write_report(directory: Path, report: Report) -> None:
    (directory / FILE).write_bytes(msgspec.json.encode(report))


def read_report(files: Files) -> Report:
    """Raises DamagedGeneration."""
    return msgspec.json.decode(files.read(FILE), type=Report)
