"""git, asked about the content folder: never through a shell, never for more than a minute, and it changes nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from indexer.errors import NoHistory

# A list of changed files is done in a second; what takes a minute is waiting for somebody.
LONGEST = 60.0

# Set where a hook of git runs us, and meant for the folder that git was called in, not for the content folder.
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


def git(folder: Path, *arguments: str) -> bytes:
    """What git prints when it is asked in a folder. Raises NoHistory with git's own words where it refuses."""
    environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    try:
        done = subprocess.run(  # noqa: S603  # no shell; whoever passes a text on has put it behind --end-of-options
            ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "--no-optional-locks", *arguments],  # noqa: S607
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
            env=environment | {"LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise NoHistory("git is not installed here, and what has changed is asked of it: install git") from None
    except subprocess.TimeoutExpired:
        raise NoHistory(f"git took longer than {LONGEST:.0f} s in {folder}: try `git status` there") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        raise NoHistory(words.removeprefix("fatal: ") or f"git {arguments[0]} ended with {done.returncode}")
    return done.stdout
