"""A content folder → everything in its lists, links and images that is broken, or that an editor should look at.

No index is needed and nothing is written; line numbers are those of the files as they are now. A build, which has read
and related all of it anyway, asks for the same findings: stored_findings.py keeps them in its generation.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache as once
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from indexer.check.baseline import Known, known
from indexer.check.body_links import body_findings
from indexer.check.reachability import targets_of_each, unreachable_groups
from indexer.check.repair import with_repairable
from indexer.content.build_cache import BuildCache
from indexer.content.site import Site, read_site
from indexer.editing.decisions import NOTHING_DECIDED, Decisions, with_dismissed
from indexer.editing.git import renames_in
from indexer.links.graph import link_graph
from indexer.model import (
    AcrossLanguages,
    BadReference,
    Corpus,
    Excluded,
    ExclusionReason,
    Finding,
    FindingKind,
    Graph,
    Post,
    ReferenceProblem,
)
from indexer.settings import ContentSettings
from indexer.store.posts import PostStore
from indexer.store.state_directory import DECISIONS
from indexer.text.simhash import simhashes

if TYPE_CHECKING:
    from indexer.related.relate import Relations

Suggested = tuple[int, int, float]

# The least confidence of a link back that is missed; with less, nearly every list would be a finding.
LIKELY = 0.3
# Suggestions of each post that the page of a check draws.
MOST_SUGGESTED = 3
# A target that more lists name than this share of them, and than this many, says little about any of its curators.
OVER_CURATED_SHARE, OVER_CURATED_LEAST = 0.05, 10
# A tag that only one post has, and this similar (0..100) to one that several have, is probably that one misspelt.
SIMILAR_TAGS = 85


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, sorted by kind, and the posts and links in which it was found.

    known: how many a baseline has, which are left out; mended: how many it has that are no longer there.
    suggested: post, target and confidence of the likeliest suggestions. duplicates: pairs of near-duplicates.
    """

    findings: tuple[Finding, ...]
    corpus: Corpus | PostStore
    graph: Graph
    suggested: tuple[Suggested, ...]
    duplicates: tuple[tuple[int, int], ...]
    known: int = 0
    mended: int = 0

    @property
    def broken(self) -> bool:
        return any(finding.kind.broken for finding in self.findings)

    def without(self, baseline: frozenset[Known]) -> Findings:
        """Those that a baseline does not have."""
        new = tuple(finding for finding in self.findings if known(finding) not in baseline)
        mended = len(baseline - set(map(known, self.findings)))
        return replace(self, findings=new, known=len(self.findings) - len(new), mended=mended)

    def only(self, kinds: Collection[FindingKind], paths: Collection[str] | None = None) -> Findings:
        """Those of some kinds (all if there are none), in some files (all if None)."""
        kept = (finding for finding in self.findings if not kinds or finding.kind in kinds)
        return replace(self, findings=tuple(one for one in kept if paths is None or one.path in paths))


def checked(
    settings: ContentSettings,
    today: date,
    decisions: Decisions = NOTHING_DECIDED,
    decided: str = DECISIONS,
    across: AcrossLanguages = AcrossLanguages.LAST,
    cache: BuildCache | None = None,
) -> Findings:
    """All findings of a content folder.

    today: posts dated later are not published. decisions: dismissed pairs are neither missed nor suggested, and lines
    that cannot be read are findings. decided: their file, as seen from the content folder. across: whether related
    posts may be in another language. cache: what a build has read; unchanged files are taken from it. Raises NoContent
    where there is no such folder.
    """
    from indexer.related.relate import relations  # SciPy takes a moment, and only a check pays it

    site = read_site(settings, today, cache)
    corpus = site.corpus
    renames = once(lambda: renames_in(settings.directory))
    graph = with_repairable(link_graph(corpus, site.excluded, settings.site, renames), corpus, settings.site)
    tokens = site.tokens()
    numbers = {post.id: number for number, post in enumerate(corpus)}
    graph = with_dismissed(graph, decisions.decided, numbers, simhashes(tokens))
    found = findings_of(settings, site, graph, relations(corpus, graph, tokens, across, at_once=False), renames)
    return with_unreadable_decisions(found, decisions, decided)


def findings_of(
    settings: ContentSettings,
    site: Site,
    graph: Graph,
    related: Relations,
    renames: Callable[[], Mapping[str, str]] = dict,
) -> Findings:
    """The findings of a site that is read and related.

    graph: its links, with what is dismissed and repairable. renames: as for `links.graph.link_graph`.
    """
    corpus = site.corpus
    duplicates = tuple((first, second) for first, second in related.duplicates)
    likely = _likely(related)
    found = chain(
        map(of_reference, graph.bad),
        unreadable(corpus, site.excluded),
        body_findings(settings, corpus, site.excluded, renames),
        _one_way(corpus, graph, likely),
        _unreachable(corpus, graph),
        _nearly_same(corpus, duplicates),
        _over_curated(corpus, graph),
        _single_tags(corpus),
    )
    return Findings(in_order(found), corpus, graph, _suggested(graph, likely, duplicates), duplicates)


def with_unreadable_decisions(found: Findings, decisions: Decisions, file: str) -> Findings:
    """The same with the lines of decisions that cannot be read. file: theirs, as seen from the content folder."""
    lines = (_unreadable_decision(file, line, reason) for line, reason in decisions.wrong)
    return replace(found, findings=in_order([*found.findings, *lines]))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By kind, then by file and line."""
    kinds = {kind: place for place, kind in enumerate(FindingKind)}
    return tuple(sorted(findings, key=lambda one: (kinds[one.kind], one.path, one.line or 0, one.message)))


@dataclass(frozen=True, slots=True)
class _Likely:
    """The targets of each post that are likely to be accepted, best first; those that it has are among them.

    targets: posts × ranks, -1 where one is missing or less likely. confidence: of each.
    """

    targets: NDArray[np.int32]
    confidence: NDArray[np.floating]

    def of(self, post: int) -> Iterator[tuple[int, float]]:
        """Each target of one post with its confidence."""
        pairs = zip(self.targets[post].tolist(), self.confidence[post].tolist(), strict=True)
        return ((target, confidence) for target, confidence in pairs if target >= 0)


def _likely(related: Relations) -> _Likely:
    from indexer.related.ranked_lists import confidence_of, shown

    lists = shown(related.best)
    confidence = confidence_of(lists, related.learning)
    return _Likely(np.where(np.round(confidence, 2) >= LIKELY, lists.targets, -1), confidence)


def _suggested(graph: Graph, likely: _Likely, duplicates: Collection[tuple[int, int]]) -> tuple[Suggested, ...]:
    """The first few targets of every post that it neither curates nor links to."""
    excluded = set(duplicates)

    def of(post: int) -> Iterator[Suggested]:
        for target, confidence in likely.of(post):
            is_linked = target in graph.curated[post] or target in graph.linked[post]
            if not is_linked and (min(post, target), max(post, target)) not in excluded:
                yield post, target, round(confidence, 2)

    return tuple(one for post in range(len(graph.curated)) for one in islice(of(post), MOST_SUGGESTED))


# ---------------------------------------------------------------------------------------------------------- broken


def of_reference(bad: BadReference) -> Finding:
    """What to say of a reference that leads to no post."""
    subject = f'the related post "{bad.name}"'
    candidates = bad.candidates
    match bad.problem:
        case ReferenceProblem.AMBIGUOUS:
            message = f"{subject} may be several: name it by its path"
            return Finding(FindingKind.AMBIGUOUS, bad.path, bad.line, message, candidates, subject=bad.name)
        case ReferenceProblem.NOT_PUBLISHED:
            message = f"{subject} is not published: {candidates[0]}; publish it, or take it out of the list"
            return Finding(FindingKind.NOT_PUBLISHED, bad.path, bad.line, message, subject=bad.name)
    if bad.is_certain:
        message = f"{subject} does not exist, {candidates[0]} is meant: `seealso check --fix` writes that"
    elif candidates:
        message = f"{subject} does not exist: name the post that is meant, or take it out of the list"
    elif bad.name.startswith(("http://", "https://")):
        message = f"{subject} is on another site, or no post of this one: set content.site, or take it out of the list"
    else:
        message = f"{subject} does not exist, and no post is called like it: take it out of the list"
    return Finding(FindingKind.DANGLING, bad.path, bad.line, message, candidates, bad.is_certain, bad.name)


def unreadable(posts: Iterable[Post], excluded: Iterable[Excluded]) -> Iterator[Finding]:
    """What of some files cannot be read."""
    for post in posts:
        for field in post.unreadable:
            yield Finding(FindingKind.UNREADABLE, post.path, field.line, field.reason, subject=field.reason)
    for file in excluded:
        if file.reason is ExclusionReason.BAD:
            yield Finding(FindingKind.UNREADABLE, file.path, file.line, file.detail, subject=file.detail)
        elif file.reason is ExclusionReason.DUPLICATE:
            message = f"left out, as {file.detail}: change one of the two"
            yield Finding(FindingKind.UNREADABLE, file.path, file.line, message, subject=file.detail)


def _unreadable_decision(path: str, line: int | None, reason: str) -> Finding:
    remedy = "mend or remove the line" if line else "make it readable"
    return Finding(FindingKind.UNREADABLE, path, line, f"{reason}: {remedy}", subject=reason)


# ------------------------------------------------------------------------------------------------------ to look at


def _one_way(corpus: Corpus, graph: Graph, likely: _Likely) -> Iterator[Finding]:
    for post, target in _curated(graph):
        links_back = post in graph.curated[target] or post in graph.linked[target]
        if not links_back and (confidence := dict(likely.of(target)).get(post)):
            message = f"does not lead back to a post that curates it, and is likely to want that ({confidence:.2f})"
            yield Finding(
                FindingKind.ONE_WAY, corpus[target].path, None, message, (corpus[post].path,), subject=corpus[post].path
            )


def _unreachable(corpus: Corpus, graph: Graph) -> Iterator[Finding]:
    """None where a site has neither lists nor links: its readers find posts in other ways."""
    targets = targets_of_each(graph)
    for group in unreachable_groups(targets) if any(targets) else ():
        first, others = corpus[group[0]].path, tuple(corpus[post].path for post in group[1:])
        if not others:
            message = "no other post curates this one or links to it: `seealso suggest --to` says which might"
            yield Finding(FindingKind.ORPHAN, first, None, message)
        else:
            message = f"this post and {len(others):,} more lead to each other, and no other post leads to any of them"
            yield Finding(FindingKind.UNREACHABLE, first, None, message, others)


def _nearly_same(corpus: Corpus, duplicates: Collection[tuple[int, int]]) -> Iterator[Finding]:
    duplicates_of: dict[int, list[int]] = defaultdict(list)
    for first, second in duplicates:
        duplicates_of[first].append(second)
    for post, others in duplicates_of.items():
        paths = tuple(corpus[other].path for other in others)
        message = "nearly the same text: one of them may go"
        yield Finding(FindingKind.NEARLY_SAME, corpus[post].path, None, message, paths)


def _over_curated(corpus: Corpus, graph: Graph) -> Iterator[Finding]:
    lists = sum(bool(targets) for targets in graph.curated)
    threshold = max(OVER_CURATED_LEAST, math.ceil(OVER_CURATED_SHARE * lists))
    for target, count in sorted(Counter(target for _, target in _curated(graph)).items()):
        if count > threshold:
            message = f"stands in {count:,} of {lists:,} lists: readers of all of them are sent here"
            yield Finding(FindingKind.OVER_CURATED, corpus[target].path, None, message)


def _single_tags(corpus: Corpus) -> Iterator[Finding]:
    posts: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        for tag in {tag.casefold() for tag in post.tags}:
            posts[tag].append(number)
    shared = sorted(tag for tag, numbers in posts.items() if len(numbers) > 1)
    for tag, numbers in posts.items():
        if len(numbers) == 1:
            similar = process.extractOne(tag, shared, scorer=fuzz.ratio, score_cutoff=SIMILAR_TAGS)
            hint = f', "{similar[0]}" by {len(posts[similar[0]]):,}: is that meant?' if similar else ""
            message = f'the tag "{tag}" is used by this post only{hint}'
            yield Finding(FindingKind.SINGLE_TAG, corpus[numbers[0]].path, None, message, subject=tag)


def _curated(graph: Graph) -> Iterator[tuple[int, int]]:
    return ((post, target) for post, targets in enumerate(graph.curated) for target in targets)
