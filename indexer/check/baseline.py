"""Findings that a site had when it began to be checked, as a file: they are known, and only others count.

    {"findings": [
     {"kind": "dead link", "path": "rye.md", "subject": "/oat/"}
    ]}

There are no line numbers and no messages, so that text may move and the rest of the site may change. Findings are
sorted and stand on a line each, so that git shows which have gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec

from indexer.errors import BadBaseline
from indexer.model import Finding, FindingKind
from indexer.store.regular_files import read


class Known(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """What tells a finding from others, whatever changes around it."""

    kind: FindingKind
    path: str
    subject: str


class _Baseline(msgspec.Struct, frozen=True):
    findings: frozenset[Known]


def known(finding: Finding) -> Known:
    return Known(finding.kind, finding.path, finding.subject)


def read_baseline(file: Path) -> frozenset[Known]:
    """The findings of a baseline. Raises BadBaseline."""
    try:
        return msgspec.json.decode(read(file), type=_Baseline).findings
    except OSError as error:
        raise BadBaseline(f"{file} cannot be read ({error.strerror}): --update-baseline writes it") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadBaseline(f"{file} is no baseline ({error}): --update-baseline writes it anew") from None


def baseline_text(findings: Iterable[Finding]) -> str:
    """The text of a baseline with these findings."""
    lines = (json.dumps(msgspec.to_builtins(one), ensure_ascii=False) for one in sorted(set(map(known, findings))))
    return '{"findings": [\n ' + ",\n ".join(lines) + "\n]}\n"
