"""Stored relations → related posts for readers, suggestions with reasons for editors.

A reader sees the curated posts, untouched and first, then the posts most likely to be chosen, until the list is full.
An editor sees only posts that are not there yet: neither curated nor linked from the body, not the post itself, a
translation or a near-duplicate of it; drafts are in no generation. Everything is looked up, nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.links.translations import group_names
from indexer.model import (
    AcrossLanguages,
    Band,
    Fallback,
    Post,
    Reason,
    Related,
    SharedTerm,
    StoredPost,
    Suggestion,
    Suggestions,
    band_of,
)
from indexer.related.fixed_score import HUB_RANK, NEARLY_SAME, VOTING_NEIGHBOURS, YEAR, fixed_score
from indexer.related.languages import OTHER, distances_from
from indexer.related.storage import load_relations
from indexer.related.stored_vectors import COMMON, NEVER_COMMON, Row, StoredVectors
from indexer.related.telling_words import Reading, reading, telling_words
from indexer.store.arrays import Files
from indexer.store.posts import PostStore

Floats = NDArray[np.float64]

MOST_EVIDENCE = 3
# Words that tell why; of a post that is only possible fewer, as the rest would say little.
MOST_WORDS, MOST_WORDS_OF_POSSIBLE = 3, 2
MOST_FALLBACKS = 3
LEAST_CONFIDENCE = 0.005
# A post that shares no word with another is shown beside it only with at least this confidence, from lists and links.
LEAST_FOR_READERS = 0.1


class RelatedPosts:
    """The relations of one generation. Arrays are mapped into memory; what is not needed is never read."""

    def __init__(self, files: Files, posts: PostStore) -> None:
        self._posts = posts
        self._stored = load_relations(files)
        self._model = self._stored.model
        self._across = AcrossLanguages(self._model["across_languages"])
        self._vectors = StoredVectors(self._stored)

    @cached_property
    def ignored_paragraphs(self) -> frozenset[str]:
        """Paragraphs that so many posts repeat that they say nothing about any."""
        return frozenset(self._stored.ignored_paragraphs)

    def neighbours(self, number: int) -> list[tuple[int, float]]:
        """The most similar posts and their similarity, 0..1, best first."""
        return _pairs(self._stored.neighbours[number], self._stored.cosines[number])

    def ranked(self, number: int) -> list[tuple[int, float]]:
        """The posts most likely to be chosen for a post and the confidence in each, best first."""
        return _pairs(self._stored.ranked[number], self._stored.confidence[number])

    # ------------------------------------------------------------------------------------------------- readers

    def for_readers(self, post: StoredPost, limit: int, unwanted: Collection[int] = ()) -> list[Related]:
        """At most `limit` posts: the curated ones in the editor's order, then the likeliest others.

        unwanted: posts that are not among those others.
        """
        similarity = dict(self.neighbours(post.number))
        excluded = {*post.curated, *unwanted}
        ranked = [
            target
            for target, confidence in self.ranked(post.number)
            if target not in excluded and (similarity.get(target, 0.0) > 0.0 or confidence >= LEAST_FOR_READERS)
        ]
        duplicates = set(self._duplicates(post.number))
        computed = [target for target in self._distinct(ranked) if target not in duplicates]
        # Nearly the same text again is the last thing to read, and still better than an empty list.
        computed += [target for target in ranked if target in duplicates]
        targets = [*((target, True) for target in post.curated), *((target, False) for target in computed)]
        return [
            Related(self._posts[target], is_curated, similarity.get(target)) for target, is_curated in targets[:limit]
        ]

    # ------------------------------------------------------------------------------------------------- editors

    def for_editors(self, post: StoredPost, limit: int, unwanted: Collection[int] = ()) -> Suggestions:
        """At most `limit` posts that may belong beside this one and are not there yet, each with its reasons.

        unwanted: posts that are not to be offered either.
        """
        duplicates = self._duplicates(post.number)
        translations = self._stored.translations[post.number].tolist()
        excluded = {post.number, *post.curated, *post.linked, *translations, *duplicates, *unwanted}
        confidences = {
            target: confidence
            for target, confidence in self.ranked(post.number)
            if target not in excluded and confidence >= LEAST_CONFIDENCE
        }
        text = self._text_of(post)
        suggestions = tuple(
            Suggestion(
                self._posts[target],
                confidences[target],
                partial(self._reason, post, text, self._posts[target], _most_words(confidences[target])),
            )
            for target in self._distinct(list(confidences))[:limit]
        )
        return self._with_fallback(suggestions, duplicates, excluded, post)

    def pointing_to(self, post: StoredPost, limit: int, unwanted: Collection[int] = ()) -> Suggestions:
        """The same the other way round: posts that should link to this one and do not yet."""
        duplicates = self._duplicates(post.number)
        excluded = {post.number, *duplicates, *unwanted}
        ranked = self._stored.ranked
        sources, ranks = np.divmod(np.flatnonzero(ranked == post.number), ranked.shape[1])
        confidences = self._stored.confidence[sources, ranks]
        order = np.lexsort((sources, -confidences))
        suggestions = []
        for number, confidence in zip(sources[order].tolist(), confidences[order].tolist(), strict=True):
            source = self._posts[number]
            if confidence < LEAST_CONFIDENCE:
                break
            if number not in excluded and post.number not in (*source.curated, *source.linked):
                excluded.update(self._duplicates(number))
                suggestions.append(Suggestion(source, confidence, partial(self._reason_of, source, post, confidence)))
            if len(suggestions) == limit:
                break
        return Suggestions(
            tuple(suggestions), tuple(self._posts[number] for number in duplicates), (), self._model["calibrated"]
        )

    def for_draft(
        self,
        draft: Post,
        documents: Mapping[str, Sequence[str]],
        known: set[int],
        limit: int,
        published: int | None = None,
    ) -> Suggestions:
        """The same for a text that is not published. documents: its terms by field.

        known: the posts that it names or links to already. published: the post of which it is a new version. No list
        names a draft yet, so of all lists only those of its nearest neighbours speak for a target.
        """
        row = self._vectors.row_of(documents)
        cosines, similarity = self._vectors.cosines(row)
        duplicates: list[int] = []
        if "all_text" in cosines and self._vectors.is_mostly_known(documents["all_text"]):
            same = np.flatnonzero(cosines["all_text"] >= NEARLY_SAME).tolist()
            duplicates = [number for number in same if number != published]
        excluded = {*known, *duplicates, *self._translations_of(draft)}
        if published is not None:
            similarity[published] = 0.0
            excluded.update((published, *self._stored.translations[published].tolist()))
        distances = self._distances_from(draft)
        nearest = np.lexsort((-similarity, np.where(similarity > 0, distances, OTHER + 1)))
        scores = self._draft_scores(cosines | self._draft_features(draft, similarity, nearest, published))
        knot_scores, shares = zip(*self._model["knots"], strict=True)
        confidence = np.interp(scores, knot_scores, shares)
        order = np.lexsort((-np.round(scores, 9), distances))
        is_offered = (similarity > 0) & (confidence >= LEAST_CONFIDENCE) & self._are_near_enough(distances)
        order = order[is_offered[order]]
        text = _Text(lambda: row, lambda: reading(draft, draft.sections, self.ignored_paragraphs))
        neighbours = [number for number in nearest[:VOTING_NEIGHBOURS].tolist() if similarity[number] > 0]
        targets = self._distinct([number for number in order.tolist() if number not in excluded])[:limit]
        suggestions = tuple(
            Suggestion(
                self._posts[target],
                float(confidence[target]),
                partial(self._draft_reason, draft, text, neighbours, self._posts[target], float(confidence[target])),
            )
            for target in targets
        )
        return self._with_fallback(suggestions, duplicates, excluded, draft)

    def _with_fallback(
        self,
        suggestions: tuple[Suggestion, ...],
        duplicates: Sequence[int],
        excluded: set[int],
        post: Post | StoredPost,
    ) -> Suggestions:
        """Suggestions, with fallbacks beside them where none of them is strong."""
        is_strong = any(suggestion.band == "strong" for suggestion in suggestions)
        offered = {suggestion.post.number for suggestion in suggestions}
        return Suggestions(
            suggestions,
            tuple(self._posts[number] for number in duplicates),
            () if is_strong else self._fallback(post, excluded | offered),
            self._model["calibrated"],
        )

    def _fallback(self, post: Post | StoredPost, excluded: set[int]) -> tuple[Fallback, ...]:
        """Posts with a tag in common, posts of the same folder, then the newest ones, each labelled as just that."""
        tags = {tag.casefold(): tag for tag in post.tags}
        folder = post.id.rpartition("/")[0]
        distances = self._distances_from(post)
        excluded = excluded.union(np.flatnonzero(~self._are_near_enough(distances)).tolist())
        labels: dict[int, str] = {}
        tagged = [member for tag in tags for member in self._group(f"tag {tag}")]
        for number in self._newest_of(tagged, excluded, distances):
            common = next(tags[tag.casefold()] for tag in self._posts[number].tags if tag.casefold() in tags)
            labels[number] = f"same tag {common}"
        for number in self._newest_of(self._group(f"folder {folder}") if folder else [], excluded, distances):
            labels.setdefault(number, f"same folder {folder}")
        for number in self._newest_of(np.arange(len(self._posts)), excluded, distances):
            labels.setdefault(number, "newest")
        offered = sorted(labels, key=lambda number: int(distances[number]))[:MOST_FALLBACKS]
        return tuple(Fallback(self._posts[number], labels[number]) for number in offered)

    def _newest_of(
        self, posts: Sequence[int] | NDArray[np.int64], excluded: set[int], distances: NDArray[np.int8]
    ) -> list[int]:
        """The newest of some posts without the excluded ones, nearer languages first, at most MOST_FALLBACKS."""
        is_eligible = np.zeros(len(self._posts), dtype=bool)
        is_eligible[np.asarray(posts, dtype=np.intp)] = True
        is_eligible[list(excluded)] = False
        newest = self._newest[is_eligible[self._newest]]
        ordered: list[int] = newest[np.argsort(distances[newest], kind="stable")][:MOST_FALLBACKS].tolist()
        return ordered

    @cached_property
    def _newest(self) -> NDArray[np.int64]:
        """All posts, the newest first, those without a date last."""
        return np.argsort(-self._posts.dates, kind="stable")

    def _group(self, name: str) -> list[int]:
        """The posts that have something in common: "tag rye", "folder bread", or what translations share."""
        groups = self._stored.groups.indices(name)
        return [post for group in groups for post in self._stored.group_members[group].tolist()]

    # ---------------------------------------------------------------------------------------------- exclusions

    def _duplicates(self, number: int) -> list[int]:
        """The posts with the same text as a post, or nearly the same."""
        duplicates: list[int] = self._stored.duplicates[number].tolist()
        return duplicates

    def _distinct(self, posts: Sequence[int]) -> list[int]:
        """The same list without posts that are near-duplicates of an earlier one."""
        duplicates: set[int] = set()
        distinct = []
        for number in posts:
            if number not in duplicates:
                distinct.append(number)
                duplicates.update(self._duplicates(number))
        return distinct

    def _translations_of(self, draft: Post) -> list[int]:
        """The draft in other languages, as its path and its key say."""
        versions = [number for name in group_names(draft, self._model["languages"]) for number in self._group(name)]
        language = draft.language.casefold()
        return [number for number in versions if self._posts[number].language.casefold() != language]

    # ----------------------------------------------------------------------------------------------- languages

    def _distances_from(self, post: Post | StoredPost) -> NDArray[np.int8]:
        """For each post the distance of its language from that of a post, see languages.py."""
        distances = distances_from(post.language.casefold(), self._model["languages"], self._across)
        return distances[self._stored.languages]

    def _are_near_enough(self, distances: NDArray[np.int8]) -> NDArray[np.bool_]:
        """For each distance whether a post that far away may be offered."""
        return distances < (OTHER if self._across is AcrossLanguages.NEVER else OTHER + 1)

    # ------------------------------------------------------------------------------------------------- reasons

    def reason(self, source: StoredPost, target: StoredPost, most_words: int = MOST_WORDS) -> Reason:
        """Why a post may belong beside another: at most so many words that tell, with the sentences that share them."""
        return self._reason(source, self._text_of(source), target, most_words)

    def _reason_of(self, suggested: StoredPost, post: StoredPost, confidence: float) -> Reason:
        """Why a post should be in the list of a suggested one; the sentence of the post that was asked about first."""
        reason = self.reason(suggested, post, _most_words(confidence))
        terms = (replace(term, sentences=term.sentences and term.sentences[::-1]) for term in reason.terms)
        return replace(reason, terms=tuple(terms))

    def _reason(self, source: StoredPost, text: _Text, target: StoredPost, most_words: int) -> Reason:
        curators = set(self._stored.curators[target.number].tolist())
        together = sorted(curators.intersection(self._stored.curators[source.number].tolist()))
        neighbours = self._stored.neighbours[source.number, :VOTING_NEIGHBOURS].tolist()
        alike = [neighbour for neighbour in neighbours if neighbour in curators and neighbour not in together]
        return Reason(
            terms=self._telling_words(text, target, most_words),
            tags=self._shared_tags(source, target),
            together=tuple(self._posts[curator] for curator in together[:MOST_EVIDENCE]),
            alike=tuple(self._posts[neighbour] for neighbour in alike[:MOST_EVIDENCE]),
            curated_back=source.number in target.curated,
            linked_back=source.number in target.linked,
        )

    def _draft_reason(
        self, draft: Post, text: _Text, neighbours: Sequence[int], target: StoredPost, confidence: float
    ) -> Reason:
        """neighbours: the nearest neighbours of the draft."""
        curators = set(self._stored.curators[target.number].tolist())
        return Reason(
            terms=self._telling_words(text, target, _most_words(confidence)),
            tags=self._shared_tags(draft, target),
            alike=tuple(self._posts[neighbour] for neighbour in neighbours if neighbour in curators)[:MOST_EVIDENCE],
        )

    def _telling_words(self, text: _Text, target: StoredPost, most: int) -> tuple[SharedTerm, ...]:
        theirs = self._text_of(target)
        shared = self._vectors.shared_terms(text.row, theirs.row)
        return telling_words(shared, text.reading, theirs.reading, most) if shared else ()

    def _shared_tags(self, source: Post | StoredPost, target: StoredPost) -> tuple[str, ...]:
        """The tags that both have, without those that a large part of the posts has."""
        tags = {tag.casefold() for tag in source.tags}
        most = max(NEVER_COMMON, COMMON * len(self._posts))
        return tuple(
            tag for tag in target.tags if tag.casefold() in tags and len(self._group(f"tag {tag.casefold()}")) <= most
        )

    def _text_of(self, post: StoredPost) -> _Text:
        return _Text(
            lambda: self._vectors.row(post.number),
            lambda: reading(post, self._posts.sections(post.number), self.ignored_paragraphs),
        )

    # -------------------------------------------------------------------------------------------------- drafts

    def _draft_features(
        self, draft: Post, similarity: Floats, nearest: NDArray[np.int64], published: int | None
    ) -> dict[str, Floats]:
        """The features of every post as a target of a draft, by the names of candidates.py.

        nearest: all posts, the most similar first. published: the post of which the draft is a new version; its list
        does not count.
        """
        posts = len(similarity)
        rank = np.empty(posts)
        rank[nearest] = np.arange(posts)
        source_hub = max(float(similarity[nearest[HUB_RANK - 1]]) if posts >= HUB_RANK else 0.0, 1e-3)
        target_hubs = np.maximum(self._stored.cosines[:, HUB_RANK - 1], 1e-3)
        curators = self._stored.curators.sizes()
        if published is not None:
            curators[list(self._posts[published].curated)] -= 1
        list_votes, link_votes = self._votes(similarity, nearest[:VOTING_NEIGHBOURS])
        recency, older = self._ages(draft)
        return {
            "similarity": similarity,
            "hub-corrected similarity": similarity / np.sqrt(source_hub * target_hubs),
            "rank": 1.0 / (1.0 + rank),
            "recency": recency,
            "older": older,
            "similar posts curate target": list_votes,
            "similar posts link to target": link_votes,
            "popularity": np.log1p(curators),
        }

    def _draft_scores(self, features: Mapping[str, Floats]) -> Floats:
        """The score of every post as a target. Features that a draft cannot have are missing, and count as 0."""
        shares = {field["name"]: field["share"] for field in self._model["fields"]}
        fixed = fixed_score(features, shares, self._model["scale"])
        scores: Floats = self._model["bias"] + self._model["fixed_weight"] * fixed
        for name, weight in zip(self._model["names"], self._model["weights"], strict=True):
            if name in features:
                scores = scores + weight * features[name]
        return scores

    def _votes(self, similarity: Floats, neighbours: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The votes of the nearest neighbours of a draft for each post: by their lists, and by their links."""
        list_votes, link_votes = np.zeros(len(similarity)), np.zeros(len(similarity))
        weights = similarity[neighbours] / max(float(similarity[neighbours].sum()), 1e-9)
        for neighbour, weight in zip(neighbours.tolist(), weights.tolist(), strict=True):
            list_votes[list(self._posts[neighbour].curated)] += weight
            link_votes[list(self._posts[neighbour].linked)] += weight
        return list_votes, link_votes

    def _ages(self, draft: Post) -> tuple[Floats, Floats]:
        """For each post how close in time it is to the draft, 0..1, and whether it is older, 0 or 1."""
        days = self._posts.dates.astype(np.float64)
        is_dated = (days > 0) & (draft.date is not None)
        age = (draft.date.toordinal() if draft.date else 0) - days
        return np.where(is_dated, np.exp(-np.abs(age) / YEAR), 0.0), np.where(is_dated & (age > 0), 1.0, 0.0)


class _Text:
    """A text that is compared with others: its vector and its sentences, each found once, when it is needed."""

    def __init__(self, row: Callable[[], Row], read: Callable[[], Reading]) -> None:
        self._find_row, self._read = row, read

    @cached_property
    def row(self) -> Row:
        return self._find_row()

    @cached_property
    def reading(self) -> Reading:
        return self._read()


def _most_words(confidence: float) -> int:
    return MOST_WORDS_OF_POSSIBLE if band_of(confidence) is Band.POSSIBLE else MOST_WORDS


def _pairs(ids: NDArray[Any], values: NDArray[Any]) -> list[tuple[int, float]]:
    return [(number, value) for number, value in zip(ids.tolist(), values.tolist(), strict=True) if number >= 0]
