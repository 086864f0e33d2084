"""What must not be published without being asked for: an index with most posts gone, or with none."""

from __future__ import annotations

from collections import Counter

from indexer.content.reader import Reading
from indexer.errors import NoContent, NoPosts
from indexer.model import Why
from indexer.settings import ContentSettings

# Fewer posts than this share of the last build look like a mount that is missing.
SHRUNK = 0.5

_NEXT_STEP = {
    Why.NO_FRONT_MATTER: "Posts begin with front matter: is it the wrong folder? Name another with --content",
    Why.EMPTY: "Write something below the front matter",
    Why.DRAFT: "Take `draft` out of what may be seen",
    Why.UNPUBLISHED: "Take `published: false` out of what may be seen",
    Why.FUTURE: "Wait for the day, or date something earlier",
    Why.HIDDEN: "Take `search: false` out of what may be found",
    Why.BAD: "Mend the files",
}


def refuse_loss(reading: Reading, last: tuple[str, int] | None, content: ContentSettings) -> None:
    """Raises NoContent where fewer than half of the posts are left, NoPosts where a first build would publish none.

    last: the last good generation and how many posts it holds, see `posts_of_last`.
    """
    now = len(reading.corpus)
    if last is None and not now:
        raise NoPosts(
            f"{content.directory} holds no post to publish: {_why_none(reading, content)}. "
            "With --force an empty index is published"
        )
    if last and now < last[1] * SHRUNK:
        left_out = f" {_left_out(reading)}." if reading.left_out else ""
        raise NoContent(
            f"{content.directory} holds {now} posts and held {last[1]} when generation {last[0]} was built: "
            f"is something not mounted?{left_out} Build with --force if they are meant to be gone"
        )


def _why_none(reading: Reading, content: ContentSettings) -> str:
    """Why there is no post, and the likely next step."""
    if not reading.left_out:
        return (
            f"no file in it ends in {' or '.join(content.suffixes)}. Is something not mounted, or is it the wrong "
            "folder? Name another with --content"
        )
    most = Counter(one.why for one in reading.left_out).most_common(1)[0][0]
    first = next(one for one in reading.left_out if one.why is most)
    said = f"{first.path}: {first.reason or most}"
    return f"{_left_out(reading)}, for example {said}. {_NEXT_STEP[most]}"


def _left_out(reading: Reading) -> str:
    """How many files were left out, by reason, the most frequent first."""
    counts = Counter(one.why for one in reading.left_out).most_common()
    files = "1 file was" if len(reading.left_out) == 1 else f"{len(reading.left_out):,} files were"
    return f"{files} left out ({', '.join(f'{count:,} {why}' for why, count in counts)})"
