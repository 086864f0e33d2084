"""A corpus and the graph of its links → everything that a generation holds about related posts; see storage.py.

From posts to what a reader sees:

    posts ──terms, by field──▶ counts ──BM25, L2──▶ vectors ──all with all──▶ neighbours
            fields.py,                  vectors.py            neighbours.py        │
            field_counts.py                                                        ▼
    lists and links ─────────────────────────────────────────────────────────▶ candidates
    links/graph.py                                          candidates.py: pairs that are similar, or that lists
                                                            and links speak for, each with its features
                                                                                   │
               fixed_score.py: without proof, fixed weights score ◀── ranker.py ◀──┘
                                                                          │ scores, confidence
                                                                          ▼
    reader ◀── curated posts first, then ranked ones ◀── ranked lists: dismissed pairs left out, near-duplicates
    editor ◀── suggestions with reasons                  known, popular posts capped
               recommendation.py, from what was stored   here
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.links.translations import translation_groups, translations
from indexer.model import AcrossLanguages, Corpus, Graph
from indexer.related.candidates import Candidates, NearestPosts, candidates, nearest_posts
from indexer.related.field_counts import count_terms
from indexer.related.fields import repeated_paragraphs
from indexer.related.fixed_score import NEARLY_SAME
from indexer.related.languages import LanguageDistances
from indexer.related.metrics import DEPTH, Ranked, coverage, in_degrees, measures
from indexer.related.ranker import Learning, learn, pairs_among
from indexer.related.storage import save_relations
from indexer.related.vectors import WEIGHTINGS, FieldVectors, combined, field_vectors, shares
from indexer.text.token_stream import TokenStream, tokens_of

# Neighbours and ranked targets that are stored for each post.
STORED_DEPTH = 60
# Of many copies of one text only these are paired with each other; the number of pairs grows with the square.
MOST_COPIES = 20
# No post stands in many more first tens than this share of the site: a popular post is not the answer to everything.
POPULARITY_CAP_SHARE, POPULARITY_CAP_LEAST = 0.1, 10
# How many of each ranked list compete for a place under the cap.
CAPPED_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Relations:
    """What was computed for one corpus. terms, surface_forms: as in field_counts.TermCounts. ignored: paragraphs that
    do not count, with the number of posts that repeat them. duplicates: pairs of posts, the smaller number first."""

    terms: list[str]
    surface_forms: list[str]
    fields: Mapping[str, FieldVectors]
    nearest: NearestPosts
    candidates: Candidates
    learning: Learning
    ignored: Mapping[str, int]
    duplicates: list[list[int]]

    def summary(self, corpus: Corpus, ranked: NDArray[np.int32]) -> dict[str, Any]:
        """The short report at the end of a build: which ranking is used and why, coverage, most recommended posts.

        ranked: the targets that are shown, as `ranking` returns them.
        """
        shown = Ranked(
            tuple(tuple(target for target in row if target >= 0) for row in ranked[:, :DEPTH].tolist()), (), ()
        )
        ignored = sorted(self.ignored.items(), key=lambda item: (-item[1], item[0]))[:50]
        return {
            "learned": self.learning.model.learned,
            "because": self.learning.because,
            "fixed": measures(self.learning.fixed),
            "held_out": measures(self.learning.learned) if self.learning.learned else None,
            "coverage": round(coverage(shown), 4),
            "duplicates": [[corpus[first].path, corpus[second].path] for first, second in self.duplicates],
            "most_recommended": [[corpus[post].path, count] for post, count in in_degrees(shown)[:5]],
            "ignored_paragraphs": [[paragraph, count] for paragraph, count in ignored],
        }


def relations(
    corpus: Corpus,
    graph: Graph,
    tokens: TokenStream | None = None,
    across: AcrossLanguages = AcrossLanguages.LAST,
) -> Relations:
    """Vectors, candidates and the model of a corpus; an empty corpus will do.

    tokens: the words of the corpus, where they are known already. across: whether languages matter.
    """
    ignored = repeated_paragraphs(corpus)
    counted = count_terms(corpus, tokens or tokens_of(corpus), ignored)
    fields = {
        name: field_vectors(counted.fields[name], len(corpus), weighting) for name, weighting in WEIGHTINGS.items()
    }
    nearest = nearest_posts(fields, LanguageDistances(corpus, across))
    pairs = candidates(corpus, graph, fields, nearest, across)
    learning = learn(pairs, graph.curated, graph.dismissed)
    translated = translations(corpus, graph)  # or not yet, and then the copy is no fault
    duplicates = [pair for pair in near_duplicates(pairs, corpus) if pair[1] not in translated[pair[0]]]
    return Relations(counted.terms, counted.surface_forms, fields, nearest, pairs, learning, ignored, duplicates)


def write_relations(
    directory: Path,
    corpus: Corpus,
    graph: Graph,
    tokens: TokenStream | None = None,
    across: AcrossLanguages = AcrossLanguages.LAST,
) -> tuple[dict[str, Any], Relations]:
    """Writes the folder related/ into a generation's directory; returns the summary, and what it is made from.

    tokens, across: as above.
    """
    found = relations(corpus, graph, tokens, across)
    ranked, confidence = ranking(found.candidates, found.learning, len(corpus), graph.dismissed)
    languages = LanguageDistances(corpus, across)
    groups = _groups(corpus)
    values = _vectors(found.fields) | {
        "model": asdict(found.learning.model)
        | {"fields": _fields(found.fields), "scale": found.candidates.scale}
        | {"languages": languages.codes, "across_languages": across},
        "languages": languages.numbers,
        "terms": found.terms,
        "surface_forms": found.surface_forms,
        "neighbours": found.nearest.ids[:, :STORED_DEPTH],
        "cosines": found.nearest.cosines[:, :STORED_DEPTH],
        "ranked": ranked,
        "confidence": confidence,
        "curators": _curators(graph.curated),
        "translations": translations(corpus, graph),
        "duplicates": _duplicates_of_each(found.duplicates, len(corpus)),
        "groups": groups,
        "group_members": list(groups.values()),
        "ignored_paragraphs": sorted(found.ignored),
    }
    save_relations(directory, values)
    return found.summary(corpus, ranked), found


def _fields(fields: Mapping[str, FieldVectors]) -> list[dict[str, Any]]:
    """How the fields of the combined vectors are weighted, in the order of their columns."""
    return [
        {
            "name": name,
            "share": share,
            "k1": WEIGHTINGS[name].k1,
            "b": WEIGHTINGS[name].b,
            "mean_length": fields[name].mean_length,
            "columns": len(fields[name].terms),
        }
        for name, share in shares(fields).items()
    ]


def _vectors(fields: Mapping[str, FieldVectors]) -> dict[str, Any]:
    matrix, used = combined(fields), [fields[name] for name in shares(fields)]
    return {
        "indptr": matrix.indptr.astype(np.int64),
        "indices": matrix.indices.astype(np.int32),
        "values": matrix.data.astype(np.float32),
        "column_terms": np.concatenate([np.zeros(0, dtype=np.int32), *(field.terms for field in used)]),
        "idf": np.concatenate([np.zeros(0), *(field.idf for field in used)]).astype(np.float32),
    }


def _curators(curated: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each post those that curate it."""
    curators: list[list[int]] = [[] for _ in curated]
    for post, targets in enumerate(curated):
        for target in targets:
            curators[target].append(post)
    return curators


def _duplicates_of_each(pairs: list[list[int]], posts: int) -> list[list[int]]:
    """For each post those that are nearly the same."""
    duplicates: list[list[int]] = [[] for _ in range(posts)]
    for first, second in pairs:
        duplicates[first].append(second)
        duplicates[second].append(first)
    return [sorted(row) for row in duplicates]


def _groups(corpus: Corpus) -> dict[str, list[int]]:
    """What posts may have in common, sorted, and which posts do."""
    groups: dict[str, list[int]] = defaultdict(list, translation_groups(corpus))
    for number, post in enumerate(corpus):
        for tag in {tag.casefold() for tag in post.tags}:
            groups[f"tag {tag}"].append(number)
        if folder := post.id.rpartition("/")[0]:
            groups[f"folder {folder}"].append(number)
    return dict(sorted(groups.items()))


# --------------------------------------------------------------------------------------------------- ranked lists


def ranking(
    pairs: Candidates, learning: Learning, posts: int, dismissed: Sequence[tuple[int, int]] = ()
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The targets of every post, most likely first, and the confidence in each.

    Both are posts × STORED_DEPTH; targets are -1 and confidences 0 where there are fewer. A post that too many first
    tens want moves behind the first ten where its score is lowest, but not behind posts of another language.
    dismissed: pairs that are left out.
    """
    scores = np.round(learning.model.scores(pairs), 9)
    confidence = learning.model.confidence(scores)
    scores[pairs_among(pairs, dismissed)] = -np.inf
    ordered = [best[scores[best] > -np.inf] for best in pairs.best(scores, STORED_DEPTH)]
    cap = max(POPULARITY_CAP_LEAST, math.ceil(POPULARITY_CAP_SHARE * posts))
    demoted = _over_popularity_cap(pairs, scores, ordered, cap)
    targets = np.full((posts, STORED_DEPTH), -1, dtype=np.int32)
    confidences = np.zeros((posts, STORED_DEPTH), dtype=np.float32)
    for post, best in enumerate(ordered):
        shown = _with_demoted(best, demoted) if demoted else best
        shown = shown[np.argsort(pairs.distances[shown], kind="stable")]
        targets[post, : len(shown)] = pairs.target[shown]
        confidences[post, : len(shown)] = confidence[shown]
    return targets, confidences


def _over_popularity_cap(
    pairs: Candidates, scores: NDArray[np.float64], ordered: list[NDArray[np.int64]], cap: int
) -> set[int]:
    """The lowest-scored pairs of the targets that would stand in more than `cap` first tens.

    Only the best CAPPED_DEPTH of each list compete, so a target that moves up behind them may pass the cap by a few;
    letting all compete leaves lists without anything else to offer.
    """
    best = np.concatenate([own[:CAPPED_DEPTH] for own in ordered]) if ordered else np.zeros(0, dtype=np.int64)
    if np.bincount(pairs.target[best], minlength=1).max() <= cap:
        return set()
    best = best[np.lexsort((pairs.target[best], pairs.source[best], -scores[best], pairs.distances[best]))]
    in_degree: Counter[int] = Counter()
    list_length: Counter[int] = Counter()
    demoted: set[int] = set()
    sources, targets = pairs.source[best].tolist(), pairs.target[best].tolist()
    for pair, source, target in zip(best.tolist(), sources, targets, strict=True):
        if list_length[source] >= DEPTH:
            continue
        if in_degree[target] >= cap:
            demoted.add(pair)
        else:
            in_degree[target] += 1
            list_length[source] += 1
    return demoted


def _with_demoted(pairs: NDArray[np.int64], demoted: set[int]) -> NDArray[np.int64]:
    """The same pairs, the demoted ones right behind the first ten of the others."""
    others = [pair for pair in pairs.tolist() if pair not in demoted]
    moved = [pair for pair in pairs.tolist() if pair in demoted]
    return np.array([*others[:DEPTH], *moved, *others[DEPTH:]], dtype=np.int64)


# ------------------------------------------------------------------------------------------------ near-duplicates


def near_duplicates(pairs: Candidates, corpus: Corpus) -> list[list[int]]:
    """Pairs of posts with the same or nearly the same text, sorted, the smaller number first."""
    found: set[tuple[int, int]] = set()
    if "all_text" in pairs.names:
        is_same = pairs.features[:, pairs.names.index("all_text")] >= NEARLY_SAME
        for source, target in zip(pairs.source[is_same].tolist(), pairs.target[is_same].tolist(), strict=True):
            found.add((min(source, target), max(source, target)))
    # Terms that every post has weigh nothing, so the vectors of posts that all say the same are empty. Those are
    # compared by title and text; by text alone would not do: stubs under titles of their own are no duplicates.
    by_title: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        by_title[post.title].append(number)
    for numbers in by_title.values():
        if len(numbers) > 1:
            found.update(_identical_texts(numbers, corpus))
    return [list(pair) for pair in sorted(found)]


def _identical_texts(numbers: list[int], corpus: Corpus) -> Iterator[tuple[int, int]]:
    """Pairs of posts that have a text, and the same one."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        sections = corpus[number].sections
        if text := "\n".join(f"{part.heading}\n{part.text}\n{part.code}" for part in sections).strip():
            by_text[text].append(number)
    for identical in by_text.values():
        yield from combinations(identical[:MOST_COPIES], 2)
