"""What the command says of a write."""

from __future__ import annotations

import pytest

from indexer.cli.decide import written


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"a\n- x\n---\n", b"a\n- x\n- y\n---\n", "1 line added, no other byte touched"),
        (b"a\n---\n", b"a\nr:\n- x\n---\n", "2 lines added, no other byte touched"),
        (b"a\r\n- x\r\n", b"a\r\n- x\r\n- y\r\n", "1 line added, no other byte touched"),
        (b"a\n- x", b"a\n- x\n- y", "1 line added, no other byte touched"),
        (b"a\nr: [x]\nb\n", b"a\nr: [x, y]\nb\n", "3 bytes added to line 2, no other byte touched"),
        (b"r: [01]\n", b"r: [11]\n", "1 byte replaced by 1 byte, no other byte touched"),
        (b"r: [x]\n", b"r: [x]\n", "nothing to write, it names them already"),
    ],
)
def test_what_was_written_is_told_from_the_bytes(before: bytes, after: bytes, said: str) -> None:
    assert written(before, after) == said
