"""What files of the content folder were called before, as git has it.

A rename in the history says for certain what an old name meant. Where there is no git, no repository or no history,
nothing is known, and nothing is lost but certainty.
"""

from __future__ import annotations

import os
from pathlib import Path

from indexer.editing.git import git
from indexer.errors import NoHistory

# Less alike than this, two files are hardly one that was renamed; posts of one kind begin alike.
SIMILARITY = "-M80%"
MOST_COMMITS = 20_000


def renames_in(content: Path) -> dict[str, str]:
    """Old path → the path of today, both below the content folder, chains of renames followed to their end."""
    options = ["--relative", "--diff-filter=R", "--name-status", SIMILARITY, "-z", "--format="]
    sanitized = ["--no-ext-diff", "--no-textconv", "--no-show-signature", f"--max-count={MOST_COMMITS}"]
    try:
        log = git(content, "log", *options, *sanitized, "--", ".")
    except NoHistory:
        return {}
    parts = [os.fsdecode(part).lstrip("\n") for part in log.split(b"\0")]
    today: dict[str, str] = {}
    # Three parts each: status, old and new. The newest rename comes first, so what became of a new name later is known
    # when the older rename is met.
    for old, new in zip(parts[1::3], parts[2::3], strict=False):
        today.setdefault(old, today.get(new, new))
    return {old: new for old, new in today.items() if old != new}
