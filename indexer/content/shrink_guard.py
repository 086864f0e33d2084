"""Refuses to publish, unless forced, an index without posts, or with far fewer posts than the last one."""

from __future__ import annotations

from collections import Counter

from indexer.content.site import Site
from indexer.errors import NoContent, NoPosts
from indexer.model import ExclusionReason
from indexer.settings import ContentSettings

# Fewer posts than this share of the last build look like a missing mount.
SHRUNK = 0.5

_NEXT_STEP = {
    ExclusionReason.NO_FRONT_MATTER: (
        "Posts begin with front matter: is it the wrong folder? Name another with --content. "
        'If the pages of this site need none, set content.front_matter = "optional"'
    ),
    ExclusionReason.EMPTY: "Write something below the front matter",
    ExclusionReason.DRAFT: "Take `draft` out of what may be seen",
    ExclusionReason.UNPUBLISHED: "Take `published: false` and the like out of what may be seen",
    ExclusionReason.FUTURE: "Wait for the day, or date something earlier",
    ExclusionReason.EXPIRED: "Take the expiry date out of what may be seen",
    ExclusionReason.HIDDEN: "Take `search: false` and the like out of what may be found",
    ExclusionReason.RESOURCE: "Set `content.leaf_bundles = false` if such files are pages",
    ExclusionReason.BAD: "Mend the files",
}


def refuse_loss(site: Site, last: tuple[str, int] | None, content: ContentSettings) -> None:
    """Raises NoContent if fewer than half of the posts are left, NoPosts if a first build would publish none.

    last: the id of the last good generation and the number of its posts, see `posts_of_last`.
    """
    count = len(site.corpus)
    if last is None and not count:
        raise NoPosts(
            f"{content.directory} holds no post to publish: {_why_no_posts(site, content)}. "
            "With --force an empty index is published"
        )
    if last and count < last[1] * SHRUNK:
        excluded = f" {_excluded_counts(site)}." if site.excluded else ""
        raise NoContent(
            f"{content.directory} holds {count} posts and held {last[1]} when generation {last[0]} was built: "
            f"is something not mounted?{excluded} Build with --force if they are meant to be gone"
        )


def _why_no_posts(site: Site, content: ContentSettings) -> str:
    """Why there are no posts, and the likely next step."""
    if not site.excluded:
        return (
            f"no file in it ends in {' or '.join(content.suffixes)}. Is something not mounted, or is it the wrong "
            "folder? Name another with --content"
        )
    reason = Counter(file.reason for file in site.excluded).most_common(1)[0][0]
    first = next(file for file in site.excluded if file.reason is reason)
    example = f"{first.path}: {first.detail or reason}"
    return f"{_excluded_counts(site)}, for example {example}. {_NEXT_STEP[reason]}"


def _excluded_counts(site: Site) -> str:
    """The number of excluded files, in all and by reason, the most frequent first."""
    counts = Counter(file.reason for file in site.excluded).most_common()
    files = "1 file was" if len(site.excluded) == 1 else f"{len(site.excluded):,} files were"
    return f"{files} left out ({', '.join(f'{count:,} {reason}' for reason, count in counts)})"
