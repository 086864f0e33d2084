"""A corpus and its links → everything about related posts that a generation holds, as plain numbers.

vectors/fields.json                 per field: its share, its weighing, [term, as people write it, idf] by column
vectors/indptr|indices|values.npy   the combined vectors, posts × columns, CSR
vectors/neighbours|cosines.npy      the posts most alike, posts × KEPT
vectors/ranked|confidence.npy       the posts most likely to be chosen, posts × KEPT
vectors/model.json                  the model and how it was chosen, near-duplicates, ignored paragraphs
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import analysis
from indexer.model import Corpus, Graph
from indexer.similarity.evaluation import DEPTH, Ranked, coverage, in_degrees, measures
from indexer.similarity.features import Candidates, candidates
from indexer.similarity.learning import Learning, learn
from indexer.similarity.neighbours import cosine_neighbours
from indexer.similarity.scoring import FOLDER, NEARLY_SAME
from indexer.similarity.terms import field_terms, repeated_paragraphs
from indexer.similarity.vectors import WEIGHINGS, FieldVectors, combined, field_vectors

KEPT = 60
# Of many copies of one text these are compared with each other; the list of pairs grows with the square.
MOST_COPIES = 20
# No post stands in many more first tens than this share of the site: a popular post is not the answer to everything.
MOST_SHARE, MOST_LEAST = 0.1, 10


@dataclass(frozen=True, slots=True)
class Relations:
    """What was worked out for one corpus."""

    fields: Mapping[str, FieldVectors]
    candidates: Candidates
    learning: Learning
    ignored: Mapping[str, int]
    duplicates: list[list[int]]

    def summary(self, corpus: Corpus, ranked: NDArray[np.int32]) -> dict[str, Any]:
        """The short report that ends a build: which ranking is used and why, coverage, the most recommended posts.

        ranked: what is shown, as `ranking` gives it.
        """
        shown = Ranked(tuple(tuple(one for one in own if one >= 0) for own in ranked[:, :DEPTH].tolist()), (), ())
        return {
            "learned": self.learning.model.learned,
            "because": self.learning.because,
            "fixed": measures(self.learning.fixed),
            "held_out": measures(self.learning.learned) if self.learning.learned else None,
            "coverage": round(coverage(shown), 4),
            "duplicates": [[corpus[one].path, corpus[other].path] for one, other in self.duplicates],
            "most_recommended": [[corpus[post].path, count] for post, count in in_degrees(shown)[:5]],
            "ignored_paragraphs": [
                [text, count] for text, count in sorted(self.ignored.items(), key=lambda item: (-item[1], item[0]))[:50]
            ],
        }


def relations(corpus: Corpus, graph: Graph) -> Relations:
    """Vectors, candidates and the model of a corpus. Any corpus will do, an empty one too."""
    ignored = repeated_paragraphs(corpus)
    documents = [field_terms(post, ignored) for post in corpus]
    fields = {
        name: field_vectors([document[name] for document in documents], weighing)
        for name, weighing in WEIGHINGS.items()
    }
    pairs = candidates(corpus, graph, fields)
    return Relations(fields, pairs, learn(pairs, graph.curated), ignored, near_duplicates(pairs, corpus))


def write_relations(directory: Path, corpus: Corpus, graph: Graph) -> dict[str, Any]:
    """Writes all of it below directory/vectors and returns the summary."""
    found = relations(corpus, graph)
    folder = directory / FOLDER
    folder.mkdir()
    matrix = combined(found.fields)
    neighbours, cosines = cosine_neighbours(matrix, KEPT)
    ranked, confidence = ranking(found.candidates, found.learning, len(corpus))
    arrays: dict[str, NDArray[Any]] = {
        "indptr": matrix.indptr.astype(np.int64),
        "indices": matrix.indices.astype(np.int32),
        "values": matrix.data.astype(np.float32),
        "neighbours": neighbours,
        "cosines": cosines,
        "ranked": ranked,
        "confidence": confidence,
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    _write_json(folder / "fields.json", _stored_fields(found.fields, corpus))
    summary = found.summary(corpus, ranked)
    said = {"duplicates": found.duplicates, "ignored": sorted(found.ignored), "summary": summary}
    model = asdict(found.learning.model) | said
    _write_json(folder / "model.json", model)
    return summary


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def _stored_fields(fields: Mapping[str, FieldVectors], corpus: Corpus) -> list[dict[str, Any]]:
    """The fields that the combined vectors have, in the order of their columns."""
    written = _as_written(corpus)
    used = {name: one for name, one in fields.items() if one.matrix.nnz}
    total = sum(WEIGHINGS[name].share for name in used) or 1.0
    return [
        {
            "name": name,
            "share": WEIGHINGS[name].share / total,
            "k1": WEIGHINGS[name].k1,
            "b": WEIGHINGS[name].b,
            "mean_length": one.mean_length,
            "terms": [
                [term, written.get(term, term), round(float(idf), 6)]
                for term, idf in zip(one.terms, one.idf, strict=True)
            ],
        }
        for name, one in used.items()
    ]


def _as_written(corpus: Corpus) -> dict[str, str]:
    """Each term as the posts mostly write it: "cach" → "caching"."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for post in corpus:
        stem = analysis.stemmer(post.language)
        texts = (post.title, post.description, *post.tags, *(f"{one.heading}\n{one.text}" for one in post.sections))
        for word, count in Counter(chain.from_iterable(map(analysis.words, texts))).items():
            forms[stem(word)][word] += count
    return {term: min(counts, key=lambda word: (-counts[word], word)) for term, counts in forms.items()}


def ranking(pairs: Candidates, learning: Learning, posts: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The targets of every post, most likely first, and their confidence; posts × KEPT, -1 where there are fewer.

    A post that too many first tens want stands after the others where it is wanted least.
    """
    scores = np.round(learning.model.scores(pairs), 9)
    confidence = learning.model.confidence(scores)
    ordered: list[NDArray[np.int64]] = []
    for post in range(posts):
        own = pairs.of(post)
        ordered.append(own.start + np.lexsort((pairs.target[own], -scores[own]))[:KEPT])
    ordered = _without_crowding(pairs, scores, ordered, max(MOST_LEAST, math.ceil(MOST_SHARE * posts)))
    ids = np.full((posts, KEPT), -1, dtype=np.int32)
    sure = np.zeros((posts, KEPT), dtype=np.float32)
    for post, best in enumerate(ordered):
        ids[post, : len(best)] = pairs.target[best]
        sure[post, : len(best)] = confidence[best]
    return ids, sure


def _without_crowding(
    pairs: Candidates, scores: NDArray[np.float64], ordered: list[NDArray[np.int64]], most: int
) -> list[NDArray[np.int64]]:
    """The same lists, with targets that stand in more than `most` first tens moved down where they are wanted least.

    Only the best twenty of each list are weighed against each other, so what moves up behind them may pass `most` by a
    few; weighing all of them leaves lists without anything else to offer.
    """
    firsts = np.concatenate([own[:20] for own in ordered]) if ordered else np.zeros(0, dtype=np.int64)
    taken: Counter[int] = Counter()
    places: Counter[int] = Counter()
    refused: set[int] = set()
    for pair in firsts[np.lexsort((pairs.target[firsts], pairs.source[firsts], -scores[firsts]))].tolist():
        source, target = int(pairs.source[pair]), int(pairs.target[pair])
        if places[source] >= 10:
            continue
        if taken[target] >= most:
            refused.add(pair)
        else:
            taken[target] += 1
            places[source] += 1
    if not refused:
        return ordered
    return [_late(own, refused) for own in ordered]


def _late(pairs: NDArray[np.int64], refused: set[int]) -> NDArray[np.int64]:
    """The same pairs, the refused ones right behind the first ten of the others."""
    kept = [pair for pair in pairs.tolist() if pair not in refused]
    late = [pair for pair in pairs.tolist() if pair in refused]
    return np.array([*kept[:10], *late, *kept[10:]], dtype=np.int64)


def near_duplicates(pairs: Candidates, corpus: Corpus) -> list[list[int]]:
    """Pairs of posts with the same or nearly the same text, the smaller number first."""
    found: set[tuple[int, int]] = set()
    if "whole" in pairs.names:
        same = pairs.features[:, pairs.names.index("whole")] >= NEARLY_SAME
        for one, other in zip(pairs.source[same].tolist(), pairs.target[same].tolist(), strict=True):
            found.add((min(one, other), max(one, other)))
    # What every post says has no weight, so posts that all say the same are alike by title and text alone. By text
    # alone would not do: stubs under titles of their own are not one post twice.
    by_text: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        if text := "\n".join(f"{one.heading}\n{one.text}\n{one.code}" for one in post.sections).strip():
            by_text[f"{post.title}\n{text}"].append(number)
    for numbers in by_text.values():
        found.update((one, other) for one, other in combinations(numbers[:MOST_COPIES], 2))
    return [list(pair) for pair in sorted(found)]
