"""Refuses to publish, unless forced, an index without posts, or with far fewer posts than the last one.

The likely reason is said, and which setting would change it.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from indexer.content.site import Site
from indexer.content.survey import MARKDOWN, is_of_the_repository, survey
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
    ExclusionReason.EMPTY: "Give it a title, or write something below the front matter",
    ExclusionReason.DRAFT: (
        "Take `draft` out of what may be seen; content.unpublished and content.draft_folders say what counts as a draft"
    ),
    ExclusionReason.UNPUBLISHED: (
        "Take `published: false` and the like out of what may be seen; content.unpublished says what counts, "
        "content.dated_folders where a name needs a date"
    ),
    ExclusionReason.FUTURE: (
        "Wait for the day, or date something earlier; with content.future = true posts are published before their day"
    ),
    ExclusionReason.EXPIRED: "Take the expiry date out of what may be seen, or set content.keys.expiry_date = []",
    ExclusionReason.HIDDEN: (
        "Take `search: false` and the like out of what may be found; content.hidden says what counts"
    ),
    ExclusionReason.RESOURCE: "Set `content.leaf_bundles = false` if such files are pages",
    ExclusionReason.BAD: "Mend the files",
}
# Folders in each other below the content folder's own parent that are looked through for Markdown files.
NEARBY = 3


def refuse_loss(site: Site, last: tuple[str, int] | None, content: ContentSettings) -> None:
    """Raises NoPosts where no post would be published, NoContent if fewer than half of the posts are left.

    A folder that is wholly empty where there were posts is taken for one that is not mounted: NoContent, too.
    last: the id of the last good generation and the number of its posts, see `posts_of_last`.
    """
    count = len(site.corpus)
    if not count and (last is None or site.excluded or _why_not_listed(content)):
        stays = f"; generation {last[0]} with its {last[1]:,} posts stays" if last and last[1] else ""
        raise NoPosts(
            f"{content.directory} holds no post to publish: {_why_no_posts(site, content)}. "
            f"With --force an empty index is published{stays}"
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
        return _why_not_listed(content) or (
            f"no file in it ends in {' or '.join(content.suffixes)}. Is something not mounted, or is it the wrong "
            f"folder? {_folders_nearby(content.directory)}Name another with --content, or let `seealso init` look"
        )
    reason = Counter(file.reason for file in site.excluded).most_common(1)[0][0]
    first = next(file for file in site.excluded if file.reason is reason)
    example = f"{first.path}: {first.detail or reason}"
    return f"{_excluded_counts(site)}, for example {example}. {_NEXT_STEP[reason]}"


def _why_not_listed(content: ContentSettings) -> str:
    """Why no file of a folder may be a post, though it has some that look like it; empty if it has none."""
    found = survey(content.directory)
    if listed := [path for path in found.markdown if path.lower().endswith(content.suffixes)]:
        if all(map(is_of_the_repository, listed)):
            return (
                f"its files only tell of the repository, for example {listed[0]}. {_folders_nearby(content.directory)}"
                "Set content.directory to the folder of the pages, or name it with --content"
            )
        return (
            f"{_files(len(listed))} of the right name, for example {listed[0]}, and all are left out by "
            "content.exclude or content.exclude_names. Take a pattern out of these"
        )
    others = {suffix: count for suffix, count in found.suffixes.items() if suffix not in content.suffixes}
    if not others:
        return ""
    suffix = max(others, key=lambda suffix: (suffix in MARKDOWN, others[suffix]))
    wanted = ", ".join(f'"{known}"' for known in (*content.suffixes, suffix))
    doubt = "" if suffix in MARKDOWN else ". That is no Markdown: its text is found, with its markup as words"
    return (
        f"no file in it ends in {' or '.join(content.suffixes)}, and {others[suffix]:,} in {suffix}: "
        f"set content.suffixes = [{wanted}]{doubt}"
    )


def _folders_nearby(directory: Path) -> str:
    """Which folders beside one have Markdown files, in a sentence; empty if none has."""
    parent = Path(os.path.abspath(directory)).parent
    if parent == parent.parent:  # a folder at the root of the machine, as in a container
        return ""
    folders = survey(parent, NEARBY).folders()[:5]
    named = ", ".join(f"{parent / name} ({count:,})" for name, count in folders)
    return f"Markdown files lie in {named}. " if named else ""


def _files(number: int) -> str:
    return "there is 1 file" if number == 1 else f"there are {number:,} files"


def _excluded_counts(site: Site) -> str:
    """The number of excluded files, in all and by reason, the most frequent first."""
    counts = Counter(file.reason for file in site.excluded).most_common()
    files = "1 file was" if len(site.excluded) == 1 else f"{len(site.excluded):,} files were"
    return f"{files} left out ({', '.join(f'{count:,} {reason}' for reason, count in counts)})"
