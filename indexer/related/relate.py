"""A corpus and its links → everything about related posts that a generation holds, as plain numbers and texts.

vectors/model.json                   the model, the weighing of each field, the languages of the site
vectors/terms, written               the terms in order, and as people write them
vectors/columns|idf.npy              of every column the number of its term and its idf, field by field
vectors/indptr|indices|values.npy    the combined vectors, posts × columns, CSR
vectors/neighbours|cosines.npy       the posts most alike, posts × KEPT
vectors/ranked|confidence.npy        the posts most likely to be chosen, posts × KEPT
vectors/curators, duplicates         for every post those that curate it, and those that are nearly the same
vectors/groups, members              what posts have in common ("tag rye", "folder a/b", "key guide") and which do
vectors/ignored                      paragraphs that say nothing of any post

What has no suffix are lists of texts or numbers, two files each: see columns.py and rows.py.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Graph
from indexer.related.candidates import Candidates, Near, candidates, nearest
from indexer.related.field_counts import count_terms
from indexer.related.fields import repeated_paragraphs
from indexer.related.fixed_score import FOLDER, NEARLY_SAME
from indexer.related.metrics import DEPTH, Ranked, coverage, in_degrees, measures
from indexer.related.ranker import Learning, among, learn
from indexer.related.recommendation import translation_key
from indexer.related.vectors import WEIGHINGS, FieldVectors, combined, field_vectors, shares
from indexer.store.arrays import save, save_ragged, save_strings
from indexer.text.token_stream import TokenStream, tokens_of

KEPT = 60
# Of many copies of one text these are compared with each other; the list of pairs grows with the square.
MOST_COPIES = 20
# No post stands in many more first tens than this share of the site: a popular post is not the answer to everything.
MOST_SHARE, MOST_LEAST = 0.1, 10


@dataclass(frozen=True, slots=True)
class Relations:
    """What was worked out for one corpus."""

    terms: list[str]
    written: list[str]
    fields: Mapping[str, FieldVectors]
    near: Near
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


def relations(corpus: Corpus, graph: Graph, tokens: TokenStream | None = None) -> Relations:
    """Vectors, candidates and the model of a corpus. Any corpus will do, an empty one too.

    tokens: the words of the corpus, where they are known already.
    """
    ignored = repeated_paragraphs(corpus)
    counted = count_terms(corpus, tokens or tokens_of(corpus), ignored)
    fields = {name: field_vectors(counted.fields[name], len(corpus), one) for name, one in WEIGHINGS.items()}
    near = nearest(fields)
    pairs = candidates(corpus, graph, fields, near)
    learning = learn(pairs, graph.curated, graph.dismissed)
    copies = near_duplicates(pairs, corpus)
    return Relations(counted.terms, counted.written, fields, near, pairs, learning, ignored, copies)


def write_relations(directory: Path, corpus: Corpus, graph: Graph, tokens: TokenStream | None = None) -> dict[str, Any]:
    """Writes all of it below directory/vectors and returns the summary. tokens: as in `relations`."""
    found = relations(corpus, graph, tokens)
    ranked, confidence = ranking(found.candidates, found.learning, len(corpus), graph.dismissed)
    folder = directory / FOLDER
    folder.mkdir()
    lists = {
        "neighbours": found.near.ids[:, :KEPT],
        "cosines": found.near.cosines[:, :KEPT],
        "ranked": ranked,
        "confidence": confidence,
    }
    for name, array in (_vectors(found) | lists).items():
        save(folder / f"{name}.npy", np.ascontiguousarray(array))
    save_strings(folder, "terms", found.terms)
    save_strings(folder, "written", found.written)
    save_strings(folder, "ignored", sorted(found.ignored))
    save_ragged(folder, "curators", _transposed(graph.curated))
    save_ragged(folder, "duplicates", _copies_of(found.duplicates, len(corpus)))
    languages = sorted({post.language.casefold() for post in corpus})
    groups = _groups(corpus, set(languages))
    save_strings(folder, "groups", groups)
    save_ragged(folder, "members", list(groups.values()))
    model = asdict(found.learning.model) | {"fields": _fields(found.fields), "languages": languages}
    (folder / "model.json").write_text(json.dumps(model, ensure_ascii=False), encoding="utf-8")
    return found.summary(corpus, ranked)


def _fields(fields: Mapping[str, FieldVectors]) -> list[dict[str, Any]]:
    """How the fields that the combined vectors have are weighed, in the order of their columns."""
    return [
        {
            "name": name,
            "share": share,
            "k1": WEIGHINGS[name].k1,
            "b": WEIGHINGS[name].b,
            "mean_length": fields[name].mean_length,
            "columns": len(fields[name].terms),
        }
        for name, share in shares(fields).items()
    ]


def _vectors(found: Relations) -> dict[str, NDArray[Any]]:
    matrix, used = combined(found.fields), [found.fields[name] for name in shares(found.fields)]
    return {
        "indptr": matrix.indptr.astype(np.int64),
        "indices": matrix.indices.astype(np.int32),
        "values": matrix.data.astype(np.float32),
        "columns": np.concatenate([np.zeros(0, dtype=np.int32), *(one.terms for one in used)]),
        "idf": np.concatenate([np.zeros(0), *(one.idf for one in used)]).astype(np.float32),
    }


def _transposed(curated: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each post those that curate it."""
    curators: list[list[int]] = [[] for _ in curated]
    for post, targets in enumerate(curated):
        for target in targets:
            curators[target].append(post)
    return curators


def _copies_of(pairs: list[list[int]], posts: int) -> list[list[int]]:
    """For each post those that are nearly the same."""
    copies: list[list[int]] = [[] for _ in range(posts)]
    for one, other in pairs:
        copies[one].append(other)
        copies[other].append(one)
    return [sorted(own) for own in copies]


def _groups(corpus: Corpus, languages: set[str]) -> dict[str, list[int]]:
    """What posts may have in common, in order, and which posts do."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        for tag in {tag.casefold() for tag in post.tags}:
            groups[f"tag {tag}"].append(number)
        if folder := post.id.rpartition("/")[0]:
            groups[f"folder {folder}"].append(number)
        groups[f"key {translation_key(post.id, languages)}"].append(number)
    return dict(sorted(groups.items()))


def ranking(
    pairs: Candidates, learning: Learning, posts: int, dismissed: Sequence[tuple[int, int]] = ()
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The targets of every post, most likely first, and their confidence; posts × KEPT, -1 where there are fewer.

    A post that too many first tens want stands after the others where it is wanted least. dismissed: pairs that do not
    stand at all.
    """
    scores = np.round(learning.model.scores(pairs), 9)
    confidence = learning.model.confidence(scores)
    scores[among(pairs, dismissed)] = -np.inf
    ordered = [own[scores[own] > -np.inf] for own in pairs.best(scores, KEPT)]
    refused = _over_popularity_cap(pairs, scores, ordered, max(MOST_LEAST, math.ceil(MOST_SHARE * posts)))
    ids = np.full((posts, KEPT), -1, dtype=np.int32)
    sure = np.zeros((posts, KEPT), dtype=np.float32)
    for post, best in enumerate(ordered):
        shown = _late(best, refused) if refused else best
        ids[post, : len(shown)] = pairs.target[shown]
        sure[post, : len(shown)] = confidence[shown]
    return ids, sure


def _over_popularity_cap(
    pairs: Candidates, scores: NDArray[np.float64], ordered: list[NDArray[np.int64]], most: int
) -> set[int]:
    """The pairs of targets that would stand in more than `most` first tens, where they are wanted least.

    Only the best twenty of each list are weighed against each other, so what moves up behind them may pass `most` by a
    few; weighing all of them leaves lists without anything else to offer.
    """
    firsts = np.concatenate([own[:20] for own in ordered]) if ordered else np.zeros(0, dtype=np.int64)
    if np.bincount(pairs.target[firsts], minlength=1).max() <= most:
        return set()
    firsts = firsts[np.lexsort((pairs.target[firsts], pairs.source[firsts], -scores[firsts]))]
    taken: Counter[int] = Counter()
    places: Counter[int] = Counter()
    refused: set[int] = set()
    sources, targets = pairs.source[firsts].tolist(), pairs.target[firsts].tolist()
    for pair, source, target in zip(firsts.tolist(), sources, targets, strict=True):
        if places[source] >= 10:
            continue
        if taken[target] >= most:
            refused.add(pair)
        else:
            taken[target] += 1
            places[source] += 1
    return refused


def _late(pairs: NDArray[np.int64], refused: set[int]) -> NDArray[np.int64]:
    """The same pairs, the refused ones right behind the first ten of the others."""
    kept = [pair for pair in pairs.tolist() if pair not in refused]
    late = [pair for pair in pairs.tolist() if pair in refused]
    return np.array([*kept[:10], *late, *kept[10:]], dtype=np.int64)


def near_duplicates(pairs: Candidates, corpus: Corpus) -> list[list[int]]:
    """Pairs of posts with the same or nearly the same text, the smaller number first."""
    found: set[tuple[int, int]] = set()
    if "all_text" in pairs.names:
        same = pairs.features[:, pairs.names.index("all_text")] >= NEARLY_SAME
        for one, other in zip(pairs.source[same].tolist(), pairs.target[same].tolist(), strict=True):
            found.add((min(one, other), max(one, other)))
    # What every post says has no weight, so posts that all say the same are alike by title and text alone. By text
    # alone would not do: stubs under titles of their own are not one post twice.
    by_title: dict[str, list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):
        by_title[post.title].append(number)
    for numbers in by_title.values():
        if len(numbers) > 1:
            found.update(_copies(numbers, corpus))
    return [list(pair) for pair in sorted(found)]


def _copies(numbers: list[int], corpus: Corpus) -> Iterator[tuple[int, int]]:
    """Pairs of the posts that have a text, and the same one."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        if text := "\n".join(f"{one.heading}\n{one.text}\n{one.code}" for one in corpus[number].sections).strip():
            by_text[text].append(number)
    for same in by_text.values():
        yield from combinations(same[:MOST_COPIES], 2)
