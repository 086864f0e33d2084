"""What was stored → related posts for readers, suggestions with reasons for editors.

A reader sees what an editor chose, untouched and first, then the posts most likely to be chosen until the list is full.
An editor sees only what is not there yet: not curated, not linked from the body, not the post itself, a translation or
a near-duplicate of it; drafts are in no generation. Everything is looked up, nothing is fitted here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Fallback, Post, Reason, Related, StoredPost, Suggestion, Suggestions
from indexer.related.fixed_score import FOLDER, HUB_RANK, NEARLY_SAME, VOTING_NEIGHBOURS, YEAR, fixed_score
from indexer.related.stored_vectors import Row, StoredVectors
from indexer.store.arrays import Files, RaggedArray, SortedStringArray, StringArray
from indexer.store.posts import PostStore

Floats = NDArray[np.float64]

MOST_EVIDENCE = 3
MOST_FALLBACKS = 3
LEAST_CONFIDENCE = 0.005
# A post that shares no word with another is shown beside it only if the lists speak for it this much.
LEAST_FOR_READERS = 0.1


class RelatedPosts:
    """The relations of one generation. All arrays are mapped; what is not asked for is never looked at."""

    def __init__(self, files: Files, posts: PostStore) -> None:
        self._posts = posts
        self._model: dict[str, Any] = json.loads(files.read(f"{FOLDER}/model.json"))
        self._vectors = StoredVectors(files, self._model["fields"])
        self._neighbours = files.array(f"{FOLDER}/neighbours.npy")
        self._cosines = files.array(f"{FOLDER}/cosines.npy")
        self._ranked = files.array(f"{FOLDER}/ranked.npy")
        self._confidence = files.array(f"{FOLDER}/confidence.npy")
        self._curators = RaggedArray(files, f"{FOLDER}/curators")
        self._duplicates = RaggedArray(files, f"{FOLDER}/duplicates")
        self._groups = SortedStringArray(files, f"{FOLDER}/groups")
        self._members = RaggedArray(files, f"{FOLDER}/members")
        self._ignored = StringArray(files, f"{FOLDER}/ignored")

    @cached_property
    def ignored(self) -> frozenset[str]:
        """The paragraphs that so many posts repeat that they say nothing of any."""
        return frozenset(self._ignored)

    def neighbours(self, number: int) -> list[tuple[int, float]]:
        """The posts most alike and their similarity, 0..1, best first."""
        return _pairs(self._neighbours[number], self._cosines[number])

    def ranked(self, number: int) -> list[tuple[int, float]]:
        """The posts most likely to be chosen for a post and the confidence in each, best first."""
        return _pairs(self._ranked[number], self._confidence[number])

    # ------------------------------------------------------------------------------------------------- readers

    def for_readers(self, post: StoredPost, limit: int) -> list[Related]:
        """At most `limit` posts: the curated ones in the editor's order, then the likeliest others."""
        similarity = dict(self.neighbours(post.number))
        curated = [Related(self._posts[one], True, similarity.get(one)) for one in post.curated]
        never = {*post.curated, *self._translations(post)}
        alike = [
            one
            for one, sure in self.ranked(post.number)
            if one not in never and (similarity.get(one, 0.0) > 0.0 or sure >= LEAST_FOR_READERS)
        ]
        copies = set(self._copies(post.number))
        new = [one for one in self._distinct(alike) if one not in copies]
        # Nearly the same text again is the last thing to read, and still better than an empty list.
        new += [one for one in alike if one in copies]
        computed = [Related(self._posts[one], False, similarity.get(one)) for one in new]
        return [*curated, *computed][:limit]

    # ------------------------------------------------------------------------------------------------- editors

    def for_editors(self, post: StoredPost, limit: int, unwanted: Collection[int] = ()) -> Suggestions:
        """At most `limit` posts that may belong beside this one and are not there yet, each with its reasons.

        unwanted: posts that are not to be offered either.
        """
        duplicates = self._copies(post.number)
        there = {post.number, *post.curated, *post.linked, *self._translations(post), *duplicates, *unwanted}
        new = {one: sure for one, sure in self.ranked(post.number) if one not in there and sure >= LEAST_CONFIDENCE}
        source = self._vectors.row(post.number)
        suggestions = tuple(
            Suggestion(self._posts[one], new[one], self._reason(post, source, self._posts[one]))
            for one in self._distinct(list(new))[:limit]
        )
        return self._advice(suggestions, duplicates, there, post)

    def pointing_to(self, post: StoredPost, limit: int, unwanted: Collection[int] = ()) -> Suggestions:
        """The same the other way round: posts that should link to this one and do not yet."""
        duplicates = self._copies(post.number)
        never = {post.number, *self._translations(post), *duplicates, *unwanted}
        rows, columns = np.divmod(np.flatnonzero(self._ranked == post.number), self._ranked.shape[1])
        sure = self._confidence[rows, columns]
        order = np.lexsort((rows, -sure))
        suggestions = []
        for place in order.tolist():
            source = self._posts[int(rows[place])]
            if sure[place] < LEAST_CONFIDENCE:
                break
            if source.number not in never and post.number not in (*source.curated, *source.linked):
                never.update(self._copies(source.number))
                reason = self._reason(source, self._vectors.row(source.number), post)
                suggestions.append(Suggestion(source, float(sure[place]), reason))
            if len(suggestions) == limit:
                break
        return Suggestions(
            tuple(suggestions), tuple(self._posts[one] for one in duplicates), (), self._model["calibrated"]
        )

    def for_draft(
        self,
        draft: Post,
        documents: Mapping[str, Sequence[str]],
        there: set[int],
        limit: int,
        own: int | None = None,
    ) -> Suggestions:
        """The same for a text that is not published. documents: its terms by field.

        there: the posts that it names or links to already. own: the post of which it is a new version. Nothing links to
        a draft yet, so the lists of the posts most like it speak for a target, and no list of the target's does.
        """
        row = self._vectors.row_of(documents)
        cosines, similarity = self._vectors.compared(row)
        duplicates: list[int] = []
        if "all_text" in cosines and self._vectors.mostly_known(documents["all_text"]):
            duplicates = [one for one in np.flatnonzero(cosines["all_text"] >= NEARLY_SAME).tolist() if one != own]
        if own is not None:
            similarity[own] = 0.0
        nearest = np.argsort(-similarity, kind="stable")
        scores = self._draft_scores(cosines | self._draft_features(draft, similarity, nearest, own))
        there = {*there, *duplicates, *self._translations(draft)}
        if own is not None:
            there.add(own)
        xs, ys = zip(*self._model["knots"], strict=True)
        confidence = np.interp(scores, xs, ys)
        order = np.argsort(-np.round(scores, 9), kind="stable")
        order = order[(similarity[order] > 0) & (confidence[order] >= LEAST_CONFIDENCE)]
        near = [one for one in nearest[:VOTING_NEIGHBOURS].tolist() if similarity[one] > 0]
        suggestions = tuple(
            Suggestion(self._posts[one], float(confidence[one]), self._draft_reason(draft, row, near, self._posts[one]))
            for one in self._distinct([one for one in order.tolist() if one not in there])[:limit]
        )
        return self._advice(suggestions, duplicates, there, draft)

    def _advice(
        self, suggestions: tuple[Suggestion, ...], duplicates: Sequence[int], there: set[int], post: Post | StoredPost
    ) -> Suggestions:
        strong = any(one.band == "strong" for one in suggestions)
        known = there | {one.post.number for one in suggestions}
        return Suggestions(
            suggestions,
            tuple(self._posts[one] for one in duplicates),
            () if strong else self._fallback(post, known),
            self._model["calibrated"],
        )

    def _fallback(self, post: Post | StoredPost, known: set[int]) -> tuple[Fallback, ...]:
        """Posts with a tag in common, of the same folder, or simply the newest, each said to be no more than that."""
        tags = {tag.casefold(): tag for tag in post.tags}
        folder = post.id.rpartition("/")[0]
        offered: dict[int, str] = {}
        for one in self._newest_of([number for tag in tags for number in self._group("tag", tag)], known):
            same = next(tags[tag.casefold()] for tag in self._posts[one].tags if tag.casefold() in tags)
            offered[one] = f"same tag {same}"
        for one in self._newest_of(self._group("folder", folder) if folder else [], known):
            offered.setdefault(one, f"same folder {folder}")
        for one in self._newest_of(np.arange(len(self._posts)), known):
            offered.setdefault(one, "newest")
        return tuple(Fallback(self._posts[one], label) for one, label in list(offered.items())[:MOST_FALLBACKS])

    def _newest_of(self, posts: Sequence[int] | NDArray[np.int64], known: set[int]) -> list[int]:
        """The newest of some posts, as many as are ever offered, and none that is known."""
        wanted = np.zeros(len(self._posts), dtype=bool)
        wanted[np.asarray(posts, dtype=np.intp)] = True
        wanted[list(known)] = False
        newest: list[int] = self._newest[wanted[self._newest]][:MOST_FALLBACKS].tolist()
        return newest

    @cached_property
    def _newest(self) -> NDArray[np.int64]:
        """All posts, the newest first, those without a date last."""
        return np.argsort(-self._posts.dates, kind="stable")

    def _group(self, kind: str, name: str) -> list[int]:
        """The posts that have something in common: a "tag", a "folder", or a translation's "key"."""
        return [post for place in self._groups.places(f"{kind} {name}") for post in self._members[place].tolist()]

    # ---------------------------------------------------------------------------------------------- exclusions

    def _copies(self, number: int) -> list[int]:
        """The posts with the same text or nearly so."""
        copies: list[int] = self._duplicates[number].tolist()
        return copies

    def _distinct(self, posts: Sequence[int]) -> list[int]:
        """The same list without posts that are near-duplicates of one before them."""
        seen: set[int] = set()
        kept = []
        for one in posts:
            if one not in seen:
                kept.append(one)
                seen.update(self._copies(one))
        return kept

    def _translations(self, post: Post | StoredPost) -> list[int]:
        """The same post in other languages: post.fr beside post.en, or fr/post beside en/post."""
        same = self._group("key", translation_key(post.id, set(self._model["languages"])))
        return [one for one in same if self._posts[one].language.casefold() != post.language.casefold()]

    # ------------------------------------------------------------------------------------------------- reasons

    def _reason(self, source: StoredPost, row: Row, target: StoredPost) -> Reason:
        curators = set(self._curators[target.number].tolist())
        together = sorted(curators.intersection(self._curators[source.number].tolist()))
        near = self._neighbours[source.number, :VOTING_NEIGHBOURS].tolist()
        alike = [one for one in near if one in curators and one not in together]
        tags = {tag.casefold() for tag in source.tags}
        return Reason(
            terms=self._vectors.shared_terms(row, self._vectors.row(target.number)),
            tags=tuple(tag for tag in target.tags if tag.casefold() in tags),
            together=tuple(self._posts[one] for one in together[:MOST_EVIDENCE]),
            alike=tuple(self._posts[one] for one in alike[:MOST_EVIDENCE]),
            curated_back=source.number in target.curated,
            linked_back=source.number in target.linked,
        )

    def _draft_reason(self, draft: Post, row: Row, near: Sequence[int], target: StoredPost) -> Reason:
        """near: the posts most like the draft."""
        curators = set(self._curators[target.number].tolist())
        tags = {tag.casefold() for tag in draft.tags}
        return Reason(
            terms=self._vectors.shared_terms(row, self._vectors.row(target.number)),
            tags=tuple(tag for tag in target.tags if tag.casefold() in tags),
            alike=tuple(self._posts[one] for one in near if one in curators)[:MOST_EVIDENCE],
        )

    # -------------------------------------------------------------------------------------------------- drafts

    def _draft_features(
        self, draft: Post, similarity: Floats, nearest: NDArray[np.int64], published: int | None
    ) -> dict[str, Floats]:
        """What speaks for every post as a target of a draft, by the names of features.py.

        nearest: all posts, the most alike first. published: the post of which the draft is a new version; its list is
        unseen.
        """
        posts = len(similarity)
        rank = np.empty(posts)
        rank[nearest] = np.arange(posts)
        own = max(float(similarity[nearest[HUB_RANK - 1]]) if posts >= HUB_RANK else 0.0, 1e-3)
        hubs = np.maximum(self._cosines[:, HUB_RANK - 1], 1e-3)
        curators = self._curators.sizes()
        if published is not None:
            curators[list(self._posts[published].curated)] -= 1
        votes, link_votes = self._votes(similarity, nearest[:VOTING_NEIGHBOURS])
        recency, older = self._ages(draft)
        return {
            "similarity": similarity,
            "hub-corrected similarity": similarity / np.sqrt(own * hubs),
            "rank": 1.0 / (1.0 + rank),
            "recency": recency,
            "older": older,
            "similar posts curate target": votes,
            "similar posts link to target": link_votes,
            "popularity": np.log1p(curators),
        }

    def _draft_scores(self, features: Mapping[str, Floats]) -> Floats:
        """The score of every post. What is not among the features cannot be known of a draft."""
        fixed = fixed_score(features["similarity"], features["hub-corrected similarity"], features["recency"])
        scores: Floats = self._model["bias"] + self._model["fixed_weight"] * fixed
        for name, weight in zip(self._model["names"], self._model["weights"], strict=True):
            if name in features:
                scores = scores + weight * features[name]
        return scores

    def _votes(self, similarity: Floats, voters: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """How much the posts most like a draft curate every post, and link to it."""
        curate, link = np.zeros(len(similarity)), np.zeros(len(similarity))
        weights = similarity[voters] / max(float(similarity[voters].sum()), 1e-9)
        for one, weight in zip(voters.tolist(), weights.tolist(), strict=True):
            curate[list(self._posts[one].curated)] += weight
            link[list(self._posts[one].linked)] += weight
        return curate, link

    def _ages(self, draft: Post) -> tuple[Floats, Floats]:
        """How close in time each post is to the draft, and whether it is older."""
        days = self._posts.dates.astype(np.float64)
        dated = (days > 0) & (draft.date is not None)
        age = (draft.date.toordinal() if draft.date else 0) - days
        return np.where(dated, np.exp(-np.abs(age) / YEAR), 0.0), np.where(dated & (age > 0), 1.0, 0.0)


def translation_key(post_id: str, languages: set[str]) -> str:
    """An id without what names its language: guide.fr and fr/guide are both guide."""
    *folders, name = post_id.split("/")
    stem, _, suffix = name.rpartition(".")
    if stem and suffix.casefold() in languages:
        name = stem
    return "/".join([*(folder for folder in folders if folder.casefold() not in languages), name])


def _pairs(ids: NDArray[Any], values: NDArray[Any]) -> list[tuple[int, float]]:
    return [(one, value) for one, value in zip(ids.tolist(), values.tolist(), strict=True) if one >= 0]
