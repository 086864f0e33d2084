"""What must not be published without being asked for: an index with most posts gone, or with none."""

from __future__ import annotations

from collections import Counter

from indexer.content.site import Site
from indexer.errors import NoContent, NoPosts
from indexer.model import ExclusionReason
from indexer.settings import ContentSettings

# Fewer posts than this share of the last build look like a mount that is missing.
SHRUNK = 0.5

_NEXT_STEP = {
    ExclusionReason.NO_FRONT_MATTER: (
        "Posts begin with front matter: is it the wrong folder? Name another with --content"
    ),
    ExclusionReason.EMPTY: "Write something below the front matter",
    ExclusionReason.DRAFT: "Take `draft` out of what may be seen",
    ExclusionReason.UNPUBLISHED: "Take `published: false` out of what may be seen",
    ExclusionReason.FUTURE: "Wait for the day, or date something earlier",
    ExclusionReason.HIDDEN: "Take `search: false` out of what may be found",
    ExclusionReason.BAD: "Mend the files",
}


def refuse_loss(site: Site, last: tuple[str, int] | None, content: ContentSettings) -> None:
    """Raises NoContent where fewer than half of the posts are left, NoPosts where a first build would publish none.

    last: the last good generation and how many posts it holds, see `posts_of_last`.
    """
    now = len(site.corpus)
    if last is None and not now:
        raise NoPosts(
            f"{content.directory} holds no post to publish: {_why_none(site, content)}. "
            "With --force an empty index is published"
        )
    if last and now < last[1] * SHRUNK:
        excluded = f" {_count_excluded(site)}." if site.excluded else ""
        raise NoContent(
            f"{content.directory} holds {now} posts and held {last[1]} when generation {last[0]} was built: "
            f"is something not mounted?{excluded} Build with --force if they are meant to be gone"
        )


def _why_none(site: Site, content: ContentSettings) -> str:
    """Why there is no post, and the likely next step."""
    if not site.excluded:
        return (
            f"no file in it ends in {' or '.join(content.suffixes)}. Is something not mounted, or is it the wrong "
            "folder? Name another with --content"
        )
    most = Counter(one.reason for one in site.excluded).most_common(1)[0][0]
    first = next(one for one in site.excluded if one.reason is most)
    example = f"{first.path}: {first.detail or most}"
    return f"{_count_excluded(site)}, for example {example}. {_NEXT_STEP[most]}"


def _count_excluded(site: Site) -> str:
    """How many files were left out, by reason, the most frequent first."""
    counts = Counter(one.reason for one in site.excluded).most_common()
    files = "1 file was" if len(site.excluded) == 1 else f"{len(site.excluded):,} files were"
    return f"{files} left out ({', '.join(f'{count:,} {why}' for why, count in counts)})"
