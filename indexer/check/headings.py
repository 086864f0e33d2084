"""What each kind of finding is called, for people."""

from __future__ import annotations

from indexer.model import FindingKind

HEADINGS = {
    FindingKind.DANGLING: "Related posts that do not exist",
    FindingKind.AMBIGUOUS: "Names that may mean several posts",
    FindingKind.UNREADABLE: "Files that are left out, and values that do not count",
    FindingKind.DEAD_LINK: "Links that lead nowhere",
    FindingKind.BAD_ANCHOR: "Links to sections that do not exist",
    FindingKind.MISSING_IMAGE: "Images that do not exist",
    FindingKind.NOT_PUBLISHED: "Related posts and links that are not published",
    FindingKind.ONE_WAY: "Posts that are curated and would likely curate back",
    FindingKind.ORPHAN: "Posts that no other leads to",
    FindingKind.UNREACHABLE: "Groups of posts that lead to each other only",
    FindingKind.NEARLY_SAME: "Posts with nearly the same text as others",
    FindingKind.OVER_CURATED: "Posts that stand in very many lists",
    FindingKind.SINGLE_TAG: "Tags that are used once",
}
