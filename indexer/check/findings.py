"""A content folder as it is now → everything in its lists and links that is broken, or that an editor should look at.

No index is needed and nothing is written, so the lines are those of the files as they are.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process

from indexer.check.reachability import pointed, unreachable_groups
from indexer.content.site import read_site
from indexer.editing.decisions import NOTHING_DECIDED, Decisions, with_dismissed
from indexer.editing.renames import renames_in
from indexer.links.graph import link_graph
from indexer.model import BadReference, Corpus, Excluded, ExclusionReason, Finding, FindingKind, Graph, ReferenceProblem
from indexer.related.recommendation import translation_key
from indexer.settings import ContentSettings
from indexer.text.simhash import simhashes

if TYPE_CHECKING:
    from indexer.related.relate import Relations

Likely = dict[tuple[int, int], float]
Suggested = tuple[int, int, float]

# A way back is only asked for where it would be suggested anyhow, at least as likely; else all lists are one-way.
LIKELY = 0.3
# How many suggestions of each post are drawn, and so looked at.
MOST_SUGGESTED = 3
# A target of more lists than this share of them, and than this many, says little about any of its curators.
MOST_SHARE, MOST_LEAST = 0.05, 10
# A tag that is used once and this much like one that is used more often (0..100) is probably meant to be that.
TAGS_ALIKE = 85


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, the kinds in their order, and what it was found in.

    suggested: post, target and confidence of the likeliest suggestions. duplicates: pairs of posts nearly the same.
    """

    findings: tuple[Finding, ...]
    corpus: Corpus
    graph: Graph
    suggested: tuple[Suggested, ...]
    duplicates: tuple[tuple[int, int], ...]

    @property
    def broken(self) -> bool:
        return any(one.kind.broken for one in self.findings)


def checked(settings: ContentSettings, today: date, decisions: Decisions = NOTHING_DECIDED) -> Findings:
    """Everything that is to be found in a content folder.

    today: posts dated later are not published. decisions: pairs that were dismissed are neither missed nor drawn.
    Raises NoContent where there is no such folder.
    """
    from indexer.related.relate import relations  # SciPy takes a moment, and only a check pays it

    site = read_site(settings, today)
    corpus, excluded = site.corpus, site.excluded
    graph = link_graph(corpus, excluded, settings.site, lambda: renames_in(settings.directory))
    tokens = site.tokens()
    numbers = {post.id: number for number, post in enumerate(corpus)}
    graph = with_dismissed(graph, decisions.decided, numbers, simhashes(tokens))
    related = relations(corpus, graph, tokens)
    duplicates = tuple((one, other) for one, other in related.duplicates)
    likely = _likely(related, corpus, graph)
    found = chain(
        map(_reference, graph.bad),
        _unreadable(excluded),
        _one_way(corpus, graph, likely),
        _unreachable(corpus, graph),
        _nearly_same(corpus, duplicates),
        _over_curated(corpus, graph),
        _single_tags(corpus),
    )
    order = list(FindingKind)
    findings = sorted(found, key=lambda one: (order.index(one.kind), one.path, one.line or 0, one.message))
    return Findings(tuple(findings), corpus, graph, _suggested(graph, likely, duplicates), duplicates)


def _likely(related: Relations, corpus: Corpus, graph: Graph) -> Likely:
    """Pairs of a post and a target that are likely to be accepted, with the confidence, also those that are there."""
    from indexer.related.relate import ranking

    ranked, sure = ranking(related.candidates, related.learning, len(corpus))
    dismissed = set(graph.dismissed)
    languages = {post.language.casefold() for post in corpus}
    keys = [translation_key(post.id, languages) for post in corpus]
    posts, places = np.nonzero((ranked >= 0) & (np.round(sure, 2) >= LIKELY))
    targets, confidences = ranked[posts, places].tolist(), sure[posts, places].tolist()
    return {
        (post, target): confidence
        for post, target, confidence in zip(posts.tolist(), targets, confidences, strict=True)
        if (post, target) not in dismissed
        and (keys[post] != keys[target] or corpus[post].language.casefold() == corpus[target].language.casefold())
    }


def _suggested(graph: Graph, likely: Likely, duplicates: Collection[tuple[int, int]]) -> tuple[Suggested, ...]:
    """The first few of every post that are not there yet."""
    counts: Counter[int] = Counter()
    same = set(duplicates)
    found = []
    for (post, target), confidence in likely.items():
        there = target in graph.curated[post] or target in graph.linked[post]
        if there or (min(post, target), max(post, target)) in same or counts[post] == MOST_SUGGESTED:
            continue
        counts[post] += 1
        found.append((post, target, round(confidence, 2)))
    return tuple(found)


# ---------------------------------------------------------------------------------------------------------- broken


def _reference(bad: BadReference) -> Finding:
    named = f'the related post "{bad.name}"'
    candidates = bad.candidates
    match bad.problem:
        case ReferenceProblem.AMBIGUOUS:
            return Finding(
                FindingKind.AMBIGUOUS, bad.path, bad.line, f"{named} may be several: name it by its path", candidates
            )
        case ReferenceProblem.NOT_PUBLISHED:
            said = f"{named} is not published: {candidates[0]}; publish it, or take it out of the list"
            return Finding(FindingKind.NOT_PUBLISHED, bad.path, bad.line, said)
    if bad.is_certain:
        said = f"{named} does not exist, {candidates[0]} is meant: `seealso check --fix` writes that"
    elif candidates:
        said = f"{named} does not exist: name the post that is meant, or take it out of the list"
    elif bad.name.startswith(("http://", "https://")):
        said = f"{named} is on another site, or no post of this one: set content.site, or take it out of the list"
    else:
        said = f"{named} does not exist, and no post is called like it: take it out of the list"
    return Finding(FindingKind.DANGLING, bad.path, bad.line, said, candidates, bad.is_certain)


def _unreadable(excluded: Collection[Excluded]) -> Iterator[Finding]:
    for one in excluded:
        if one.reason in (ExclusionReason.BAD, ExclusionReason.DUPLICATE):
            said = (
                one.detail if one.reason is ExclusionReason.BAD else f"left out, as {one.detail}: change one of the two"
            )
            yield Finding(FindingKind.UNREADABLE, one.path, one.line, said)


# ------------------------------------------------------------------------------------------------------ to look at


def _one_way(corpus: Corpus, graph: Graph, likely: Likely) -> Iterator[Finding]:
    for post, target in _curated(graph):
        back = post in graph.curated[target] or post in graph.linked[target]
        if not back and (confidence := likely.get((target, post))):
            said = f"does not lead back to a post that curates it, and is likely to want that ({confidence:.2f})"
            yield Finding(FindingKind.ONE_WAY, corpus[target].path, None, said, (corpus[post].path,))


def _unreachable(corpus: Corpus, graph: Graph) -> Iterator[Finding]:
    """Nothing where a site has neither lists nor links: then it is not by them that its posts are found."""
    targets = pointed(graph)
    for group in unreachable_groups(targets) if any(targets) else ():
        first, others = corpus[group[0]].path, tuple(corpus[one].path for one in group[1:])
        if not others:
            said = "no other post curates this one or links to it: `seealso suggest --to` says which might"
            yield Finding(FindingKind.ORPHAN, first, None, said)
        else:
            said = f"this post and {len(others):,} more lead to each other, and no other post leads to any of them"
            yield Finding(FindingKind.UNREACHABLE, first, None, said, others)


def _nearly_same(corpus: Corpus, duplicates: Collection[tuple[int, int]]) -> Iterator[Finding]:
    copies: dict[int, list[int]] = defaultdict(list)
    for one, other in duplicates:
        copies[one].append(other)
    for one, others in copies.items():
        paths = tuple(corpus[other].path for other in others)
        yield Finding(
            FindingKind.NEARLY_SAME, corpus[one].path, None, "nearly the same text: one of them may go", paths
        )


def _over_curated(corpus: Corpus, graph: Graph) -> Iterator[Finding]:
    lists = sum(bool(targets) for targets in graph.curated)
    most = max(MOST_LEAST, math.ceil(MOST_SHARE * lists))
    for target, count in sorted(Counter(target for _, target in _curated(graph)).items()):
        if count > most:
            said = f"stands in {count:,} of {lists:,} lists: readers of all of them are sent here"
            yield Finding(FindingKind.OVER_CURATED, corpus[target].path, None, said)


def _single_tags(corpus: Corpus) -> Iterator[Finding]:
    posts: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        for tag in {tag.casefold() for tag in post.tags}:
            posts[tag].append(number)
    used = sorted(tag for tag, on in posts.items() if len(on) > 1)
    for tag, on in posts.items():
        if len(on) == 1:
            alike = process.extractOne(tag, used, scorer=fuzz.ratio, score_cutoff=TAGS_ALIKE)
            meant = f', "{alike[0]}" by {len(posts[alike[0]]):,}: is that meant?' if alike else ""
            yield Finding(
                FindingKind.SINGLE_TAG, corpus[on[0]].path, None, f'the tag "{tag}" is used by this post only{meant}'
            )


def _curated(graph: Graph) -> Iterator[tuple[int, int]]:
    return ((post, target) for post, targets in enumerate(graph.curated) for target in targets)
