"""How the last build ended: what is recorded of builds that publish, find nothing new, or fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from conftest import Site

from indexer.errors import NoContent
from indexer.store.last_build import LAST_BUILD, Outcome, read_last_build


def outcome_of(site: Site) -> Outcome:
    last = read_last_build(site.index)
    assert last is not None
    assert 0 <= last.seconds < 60
    assert datetime.now(UTC) - last.ended_at < timedelta(minutes=1)
    return last.outcome


def test_builds_record_how_they_ended(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    site.build()
    assert outcome_of(site) == Outcome.PUBLISHED
    site.build()
    assert outcome_of(site) == Outcome.UNCHANGED
    (site.content / "lamb.md").unlink()
    site.content.rmdir()
    with pytest.raises(NoContent):
        site.build()
    assert outcome_of(site) == Outcome.FAILED


@pytest.mark.parametrize("damage", [None, b"", b'{"outcome":"gone"}'], ids=["missing", "empty", "of another version"])
def test_a_record_that_cannot_be_read_is_none(site: Site, damage: bytes | None) -> None:
    if damage is not None:
        site.index.mkdir()
        (site.index / LAST_BUILD).write_bytes(damage)
    assert read_last_build(site.index) is None


def test_a_record_that_cannot_be_written_fails_no_build(site: Site) -> None:
    site.post("lamb.md", "Lamb stew")
    (site.index / LAST_BUILD).mkdir(parents=True)
    assert site.build().changed
