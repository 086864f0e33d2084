"""What was stored → related posts for readers, suggestions with reasons for editors.

A reader sees what an editor chose, untouched and first, then the posts most likely to be chosen until the list is full.
An editor sees only what is not there yet: not curated, not linked from the body, not the post itself, a translation or
a near-duplicate of it; drafts are in no generation. Everything is looked up, nothing is fitted here.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Files
from indexer.errors import DamagedGeneration
from indexer.model import Advice, Fallback, Post, Reason, Related, SharedTerm, StoredPost, Suggestion
from indexer.similarity.scoring import FOLDER, HUB_RANK, NEARLY_SAME, VOTERS, YEAR, fixed_score
from indexer.similarity.terms import FIELDS
from indexer.stored import StoredPosts

MOST_SHARED_TERMS = 5
# Below this share of the likeness a term explains nothing.
LEAST_SHARE = 0.02
MOST_WITNESSES = 3
MOST_FALLBACKS = 3
LEAST_CONFIDENCE = 0.005
# A post that shares no word with another is shown beside it only if the lists speak for it this much.
LEAST_FOR_READERS = 0.1


@dataclass(frozen=True, slots=True)
class _Row:
    """One text as a row of the combined vectors. shares: column → value; fields: term → the fields it stands in."""

    values: Mapping[int, float]
    fields: Mapping[str, frozenset[str]]


class RelatedPosts:
    """The relations of one generation. Lists are in memory; the vectors are read when a reason is asked for."""

    def __init__(self, files: Files, posts: StoredPosts) -> None:
        self._files = files
        self._posts = posts
        self._neighbours = _array(files, "neighbours")
        self._cosines = _array(files, "cosines")
        self._ranked = _array(files, "ranked")
        self._confidence = _array(files, "confidence")
        self._model: dict[str, Any] = json.loads(files.read(f"{FOLDER}/model.json"))

    @property
    def summary(self) -> dict[str, Any]:
        """What the build found: the ranking that is used and why, measures, coverage, the most recommended posts."""
        summary: dict[str, Any] = self._model["summary"]
        return summary

    @cached_property
    def ignored(self) -> frozenset[str]:
        """The paragraphs that so many posts repeat that they say nothing of any."""
        return frozenset(self._model["ignored"])

    def neighbours(self, number: int) -> list[tuple[int, float]]:
        """The posts most alike and their likeness, 0..1, best first."""
        return _pairs(self._neighbours[number], self._cosines[number])

    def ranked(self, number: int) -> list[tuple[int, float]]:
        """The posts most likely to be chosen for a post and the confidence in each, best first."""
        return _pairs(self._ranked[number], self._confidence[number])

    # ------------------------------------------------------------------------------------------------- readers

    def for_readers(self, post: StoredPost, limit: int) -> list[Related]:
        """At most `limit` posts: the curated ones in the editor's order, then the likeliest others."""
        likeness = dict(self.neighbours(post.number))
        curated = [Related(self._posts[one], True, likeness.get(one)) for one in post.curated]
        never = {*post.curated, *self._translations(post)}
        alike = [
            one
            for one, sure in self.ranked(post.number)
            if one not in never and (likeness.get(one, 0.0) > 0.0 or sure >= LEAST_FOR_READERS)
        ]
        copies = set(self._duplicates.get(post.number, ()))
        new = [one for one in self._distinct(alike) if one not in copies]
        # Nearly the same text again is the last thing to read, and still better than an empty list.
        new += [one for one in alike if one in copies]
        computed = [Related(self._posts[one], False, likeness.get(one)) for one in new]
        return [*curated, *computed][:limit]

    # ------------------------------------------------------------------------------------------------- editors

    def for_editors(self, post: StoredPost, limit: int) -> Advice:
        """At most `limit` posts that may belong beside this one and are not there yet, each with its reasons."""
        duplicates = self._duplicates.get(post.number, ())
        there = {post.number, *post.curated, *post.linked, *self._translations(post), *duplicates}
        new = {one: sure for one, sure in self.ranked(post.number) if one not in there and sure >= LEAST_CONFIDENCE}
        source = self._row(post.number)
        suggestions = tuple(
            Suggestion(self._posts[one], new[one], self._reason(post, source, self._posts[one]))
            for one in self._distinct(list(new))[:limit]
        )
        return self._advice(suggestions, duplicates, there, post)

    def pointing_to(self, post: StoredPost, limit: int) -> Advice:
        """The same the other way round: posts that should link to this one and do not yet."""
        duplicates = self._duplicates.get(post.number, ())
        never = {post.number, *self._translations(post), *duplicates}
        rows, columns = np.nonzero(self._ranked == post.number)
        sure = self._confidence[rows, columns]
        order = np.lexsort((rows, -sure))
        suggestions = []
        for place in order.tolist():
            source = self._posts[int(rows[place])]
            if sure[place] < LEAST_CONFIDENCE:
                break
            if source.number not in never and post.number not in (*source.curated, *source.linked):
                never.update(self._duplicates.get(source.number, ()))
                reason = self._reason(source, self._row(source.number), post)
                suggestions.append(Suggestion(source, float(sure[place]), reason))
            if len(suggestions) == limit:
                break
        return Advice(tuple(suggestions), tuple(self._posts[one] for one in duplicates), (), self._model["calibrated"])

    def for_draft(
        self,
        draft: Post,
        documents: Mapping[str, Sequence[str]],
        there: set[int],
        limit: int,
        own: int | None = None,
    ) -> Advice:
        """The same for a text that is not published. documents: its terms by field.

        there: the posts that it names or links to already. own: the post of which it is a new version. Nothing links to
        a draft yet, so the lists of the posts most like it speak for a target, and no list of the target's does.
        """
        row = self._draft_row(documents)
        scores, likeness, duplicates = self._draft_ranking(draft, row, own)
        if not self._mostly_known(documents["whole"]):
            duplicates = []
        there = {*there, *duplicates, *self._translations(draft)}
        if own is not None:
            there.add(own)
        xs, ys = zip(*self._model["knots"], strict=True)
        confidence = np.interp(scores, xs, ys)
        order = np.lexsort((np.arange(len(scores)), -np.round(scores, 9))).tolist()
        new = [one for one in order if likeness[one] > 0 and confidence[one] >= LEAST_CONFIDENCE and one not in there]
        suggestions = tuple(
            Suggestion(self._posts[one], float(confidence[one]), self._draft_reason(draft, row, likeness, one))
            for one in self._distinct(new)[:limit]
        )
        return self._advice(suggestions, duplicates, there, draft)

    def _advice(
        self, suggestions: tuple[Suggestion, ...], duplicates: Sequence[int], there: set[int], post: Post | StoredPost
    ) -> Advice:
        strong = any(one.band == "strong" for one in suggestions)
        known = there | {one.post.number for one in suggestions}
        return Advice(
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
        for one in self._newest:
            if one.number not in known:
                shared = [tags[tag.casefold()] for tag in one.tags if tag.casefold() in tags]
                if shared:
                    offered[one.number] = f"same tag {shared[0]}"
        for one in self._newest:
            if one.number not in known and folder and one.id.rpartition("/")[0] == folder:
                offered.setdefault(one.number, f"same folder {folder}")
        for one in self._newest[: MOST_FALLBACKS + len(known)]:
            if one.number not in known:
                offered.setdefault(one.number, "newest")
        return tuple(Fallback(self._posts[one], label) for one, label in list(offered.items())[:MOST_FALLBACKS])

    # ---------------------------------------------------------------------------------------------- exclusions

    @cached_property
    def _duplicates(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, list[int]] = defaultdict(list)
        for one, other in self._model["duplicates"]:
            found[one].append(other)
            found[other].append(one)
        return {number: tuple(sorted(others)) for number, others in found.items()}

    def _distinct(self, posts: Sequence[int]) -> list[int]:
        """The same list without posts that are near-duplicates of one before them."""
        seen: set[int] = set()
        kept = []
        for one in posts:
            if one not in seen:
                kept.append(one)
                seen.update(self._duplicates.get(one, ()))
        return kept

    @cached_property
    def _languages(self) -> set[str]:
        return {post.language.casefold() for post in self._posts}

    @cached_property
    def _newest(self) -> list[StoredPost]:
        return sorted(self._posts, key=lambda one: (-one.date.toordinal() if one.date else 0, one.number))

    @cached_property
    def _by_translation(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for post in self._posts:
            found[translation_key(post.id, self._languages)].append(post.number)
        return found

    def _translations(self, post: Post | StoredPost) -> list[int]:
        """The same post in other languages: post.fr beside post.en, or fr/post beside en/post."""
        same = self._by_translation.get(translation_key(post.id, self._languages), ())
        return [one for one in same if self._posts[one].language.casefold() != post.language.casefold()]

    # ------------------------------------------------------------------------------------------------- reasons

    @cached_property
    def _curators(self) -> dict[int, list[int]]:
        """For each post the posts that curate it."""
        found: dict[int, list[int]] = defaultdict(list)
        for post in self._posts:
            for target in post.curated:
                found[target].append(post.number)
        return found

    def _reason(self, source: StoredPost, row: _Row, target: StoredPost) -> Reason:
        together = sorted(set(self._curators.get(source.number, ())) & set(self._curators.get(target.number, ())))
        alike = [one for one, _ in self.neighbours(source.number)[:VOTERS] if target.number in self._posts[one].curated]
        tags = {tag.casefold() for tag in source.tags}
        return Reason(
            terms=self._shared_terms(row, self._row(target.number)),
            tags=tuple(tag for tag in target.tags if tag.casefold() in tags),
            together=tuple(self._posts[one] for one in together[:MOST_WITNESSES]),
            alike=tuple(self._posts[one] for one in alike if one not in together)[:MOST_WITNESSES],
            curated_back=source.number in target.curated,
            linked_back=source.number in target.linked,
        )

    def _draft_reason(self, draft: Post, row: _Row, likeness: NDArray[np.float64], target: int) -> Reason:
        tags = {tag.casefold() for tag in draft.tags}
        near = np.lexsort((np.arange(len(likeness)), -likeness))[:VOTERS].tolist()
        alike = [one for one in near if likeness[one] > 0 and target in self._posts[one].curated]
        return Reason(
            terms=self._shared_terms(row, self._row(target)),
            tags=tuple(tag for tag in self._posts[target].tags if tag.casefold() in tags),
            alike=tuple(self._posts[one] for one in alike[:MOST_WITNESSES]),
        )

    def _shared_terms(self, row: _Row, other: _Row) -> tuple[SharedTerm, ...]:
        """The terms that carry the likeness of two texts, with the fields in which either has them."""
        parts: dict[str, float] = defaultdict(float)
        for column in row.values.keys() & other.values.keys():
            parts[self._columns[column][1]] += row.values[column] * other.values[column]
        whole = sum(parts.values())
        best = sorted(parts, key=lambda term: (-parts[term], term))[:MOST_SHARED_TERMS]
        return tuple(
            SharedTerm(
                self._written[term],
                parts[term],
                tuple(field for field in FIELDS if field in row.fields[term] | other.fields[term]),
            )
            for term in best
            if parts[term] >= LEAST_SHARE * whole
        )

    # ------------------------------------------------------------------------------------------------- vectors

    @cached_property
    def _fields(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = json.loads(self._files.read(f"{FOLDER}/fields.json"))
        return fields

    @cached_property
    def _columns(self) -> list[tuple[str, str]]:
        """The field and the term of each column."""
        return [(field["name"], term) for field in self._fields for term, _, _ in field["terms"]]

    @cached_property
    def _written(self) -> dict[str, str]:
        return {term: written for field in self._fields for term, written, _ in field["terms"]}

    @cached_property
    def _csr(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        return _array(self._files, "indptr"), _array(self._files, "indices"), _array(self._files, "values")

    def _row(self, number: int) -> _Row:
        indptr, indices, values = self._csr
        within = slice(int(indptr[number]), int(indptr[number + 1]))
        return self._as_row(dict(zip(indices[within].tolist(), values[within].tolist(), strict=True)))

    def _as_row(self, values: dict[int, float]) -> _Row:
        fields: dict[str, set[str]] = defaultdict(set)
        for column in values:
            field, term = self._columns[column]
            fields[term].add(field)
        # What only the whole text has stands in the body.
        return _Row(values, {term: frozenset(names - {"whole"} or {"body"}) for term, names in fields.items()})

    def _draft_row(self, documents: Mapping[str, Sequence[str]]) -> _Row:
        """A text's row with the idf and mean lengths of the stored posts; the same formula as in vectors.py."""
        values: dict[int, float] = {}
        first = 0
        for field in self._fields:
            counts = Counter(documents[field["name"]])
            k1, b, length = field["k1"], field["b"], sum(counts.values())
            norm = k1 * (1 - b + b * length / field["mean_length"])
            weights = {
                first + place: idf * counts[term] * (k1 + 1) / (counts[term] + norm)
                for place, (term, _, idf) in enumerate(field["terms"])
                if idf and term in counts
            }
            size = math.sqrt(sum(weight * weight for weight in weights.values()))
            scale = math.sqrt(field["share"]) / size if size else 0.0
            values |= {column: weight * scale for column, weight in weights.items()}
            first += len(field["terms"])
        return self._as_row(values)

    def _mostly_known(self, terms: Sequence[str]) -> bool:
        """Whether a text says little that the site does not; only then can what it shares make it a copy."""
        return sum(term in self._written for term in terms) >= NEARLY_SAME * len(terms)

    def _draft_ranking(
        self, draft: Post, row: _Row, published: int | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], list[int]]:
        """The score of every post as a target of the draft, the likeness of the two texts, and near-duplicates of it.

        published: the post of which the draft is a new version; it is not compared with itself, and its list is unseen.
        """
        cosines, likeness = self._compared(row)
        own_list: tuple[int, ...] = ()
        if published is not None:
            likeness[published] = 0.0
            own_list = self._posts[published].curated
        same = cosines.get("whole", np.zeros(len(likeness))) >= NEARLY_SAME
        duplicates = [one for one in np.flatnonzero(same).tolist() if one != published]
        model = self._model
        order = np.lexsort((np.arange(len(likeness)), -likeness))
        rank = np.empty(len(likeness))
        rank[order] = np.arange(len(likeness))
        hubs = np.maximum(self._cosines[:, HUB_RANK - 1], 1e-3)
        own = max(float(np.sort(likeness)[::-1][HUB_RANK - 1]) if len(likeness) >= HUB_RANK else 0.0, 1e-3)
        era, older = self._ages(draft)
        voters = order[:VOTERS]
        weights = likeness[voters] / max(float(likeness[voters].sum()), 1e-9)
        votes, link_votes = np.zeros(len(likeness)), np.zeros(len(likeness))
        popularity = np.zeros(len(likeness))
        for one, weight in zip(voters.tolist(), weights.tolist(), strict=True):
            votes[list(self._posts[one].curated)] += weight
            link_votes[list(self._posts[one].linked)] += weight
        for target, curators in self._curators.items():
            popularity[target] = math.log1p(len(curators) - (target in own_list))
        said = {
            **cosines,
            "likeness": likeness,
            "likeness for a hub": likeness / np.sqrt(own * hubs),
            "rank": 1.0 / (1.0 + rank),
            "same era": era,
            "older": older,
            "similar posts curate target": votes,
            "similar posts link to target": link_votes,
            "popularity": popularity,
        }
        nothing = np.zeros(len(likeness))
        scores = model["bias"] + model["fixed_weight"] * fixed_score(likeness, said["likeness for a hub"], era)
        for name, weight in zip(model["names"], model["weights"], strict=True):
            scores = scores + weight * said.get(name, nothing)
        return scores, likeness, duplicates

    def _compared(self, row: _Row) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
        """The cosine of a row with every post, by field, and the likeness, their weighted sum."""
        indptr, indices, values = self._csr
        dense = np.zeros(len(self._columns))
        dense[list(row.values)] = list(row.values.values())
        products = values * dense[indices]
        cosines: dict[str, NDArray[np.float64]] = {}
        likeness = np.zeros(len(self._posts))
        first = 0
        for field in self._fields:
            last = first + len(field["terms"])
            within = (indices >= first) & (indices < last)
            sums = np.concatenate([[0.0], np.cumsum(np.where(within, products, 0.0))])
            part = np.round(np.maximum(sums[indptr[1:]] - sums[indptr[:-1]], 0.0), 6)
            likeness = likeness + part
            cosines[field["name"]] = part / field["share"]
            first = last
        return cosines, np.clip(likeness, 0.0, 1.0)

    def _ages(self, draft: Post) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How close in time each post is to the draft, and whether it is older."""
        era, older = np.zeros(len(self._posts)), np.zeros(len(self._posts))
        if draft.date:
            for post in self._posts:
                if post.date:
                    age = draft.date.toordinal() - post.date.toordinal()
                    era[post.number] = math.exp(-abs(age) / YEAR)
                    older[post.number] = float(age > 0)
        return era, older


def translation_key(post_id: str, languages: set[str]) -> str:
    """An id without what names its language: guide.fr and fr/guide are both guide."""
    *folders, name = post_id.split("/")
    stem, _, suffix = name.rpartition(".")
    if stem and suffix.casefold() in languages:
        name = stem
    return "/".join([*(folder for folder in folders if folder.casefold() not in languages), name])


def _pairs(ids: NDArray[Any], values: NDArray[Any]) -> list[tuple[int, float]]:
    return [(one, value) for one, value in zip(ids.tolist(), values.tolist(), strict=True) if one >= 0]


def _array(files: Files, name: str) -> NDArray[Any]:
    path = f"{FOLDER}/{name}.npy"
    try:
        array: NDArray[Any] = np.load(io.BytesIO(files.read(path)), allow_pickle=False)
    except ValueError as error:
        raise DamagedGeneration(f"{path} cannot be read ({error}): run `seealso build --force`") from None
    return array
