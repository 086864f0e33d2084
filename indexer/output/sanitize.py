"""Somebody else's text on a line of ours: on a terminal, in a log, and in what a CI service reads of both."""

from __future__ import annotations

import re

# What GitHub takes for a command: `::` where a line begins, and `##[` anywhere; other services know `##name[` too.
_COMMAND = re.compile(r"(?P<colon>\A *:(?=:))|#(?=#\w*\[)")


def sanitized(text: str) -> str:
    """A text as part of one line: it cannot end the line, move the cursor, turn the order round or give an order.

    Each character that is not printable is a space, and of what a CI service takes for a command one character is
    another that looks like it. So the length stays, and a text of posts without any of this stays as it is.
    """
    return _COMMAND.sub(_alike, "".join(character if character.isprintable() else " " for character in text))


def _alike(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}：" if found["colon"] else "＃"  # the wide forms are meant
