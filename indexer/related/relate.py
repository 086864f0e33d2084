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

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.links.translations import translation_groups, translations
from indexer.model import AcrossLanguages, Corpus, Graph
from indexer.related.candidates import Candidates, PairMaker, nearest_posts
from indexer.related.earlier import Earlier, decided
from indexer.related.field_counts import count_terms
from indexer.related.fields import repeated_paragraphs
from indexer.related.fixed_score import NEARLY_SAME
from indexer.related.languages import LanguageDistances
from indexer.related.metrics import DEPTH, measures
from indexer.related.neighbour_lists import Neighbours
from indexer.related.ranked_lists import RankedLists, best_pairs, confidence_of, shown
from indexer.related.ranker import Learning, learn
from indexer.related.storage import save_relations
from indexer.related.vectors import WEIGHTINGS, Vectors, post_vectors
from indexer.store.arrays import Files
from indexer.store.memory import give_back_memory
from indexer.text.token_stream import TokenStream, tokens_of

# Of many copies of one text only these are paired with each other; the number of pairs grows with the square.
MOST_COPIES = 20
# Posts whose candidates are in memory at a time; a post has some hundred, with twenty features each.
BLOCK = 2_048


@dataclass(frozen=True, slots=True)
class Relations:
    """What was computed for one corpus. terms, surface_forms: as in field_counts.TermCounts. ignored: paragraphs that
    do not count, with the number of posts that repeat them. candidates: the pairs that were learned from, or all, see
    `relations`. best: the ranked lists before the popularity cap.
    translations: see `translations`. copies: for each post those with nearly the same vector. duplicates: pairs of
    posts with nearly the same text, the smaller number first."""

    terms: list[str]
    surface_forms: list[str]
    vectors: Vectors
    nearest: Neighbours
    candidates: Candidates
    learning: Learning
    best: RankedLists
    ignored: Mapping[str, int]
    translations: Sequence[Sequence[int]]
    copies: list[list[int]]
    duplicates: list[list[int]]

    def summary(self, corpus: Corpus, ranked: NDArray[np.int32]) -> dict[str, Any]:
        """The short report at the end of a build: which ranking is used and why, coverage, most recommended posts.

        ranked: the targets that are shown, by post.
        """
        first_tens = ranked[:, :DEPTH]
        in_degrees = np.bincount(first_tens[first_tens >= 0], minlength=len(corpus))
        most = np.argsort(-in_degrees, kind="stable")[:5].tolist()
        ignored = sorted(self.ignored.items(), key=lambda item: (-item[1], item[0]))[:50]
        return {
            "learned": self.learning.model.learned,
            "because": self.learning.because,
            "fixed": measures(self.learning.fixed),
            "held_out": measures(self.learning.learned) if self.learning.learned else None,
            "coverage": round(int(np.count_nonzero(in_degrees)) / max(1, len(corpus)), 4),
            "duplicates": [[corpus[first].path, corpus[second].path] for first, second in self.duplicates],
            "most_recommended": [[corpus[post].path, int(in_degrees[post])] for post in most if in_degrees[post]],
            "ignored_paragraphs": [[paragraph, count] for paragraph, count in ignored],
        }


def relations(
    corpus: Corpus,
    graph: Graph,
    tokens: TokenStream | None = None,
    across: AcrossLanguages = AcrossLanguages.LAST,
    earlier: Earlier | None = None,
    at_once: bool = True,
) -> Relations:
    """Vectors, candidates and the model of a corpus; an empty corpus will do.

    tokens: the words of the corpus, where they are known already. across: whether languages matter. earlier: what may
    be taken over. at_once: whether all candidates are in memory together, and returned. Otherwise those are that
    something can be learned from, and the others come and go in blocks. Nothing else tells any difference.
    """
    ignored, languages = repeated_paragraphs(corpus), LanguageDistances(corpus, across)
    counted = count_terms(corpus, tokens or tokens_of(corpus), ignored)
    give_back_memory()
    vectors = post_vectors(counted.fields, languages)
    give_back_memory()
    translated = translations(corpus, graph)
    if earlier:
        is_changed = earlier.is_changed(counted.terms, vectors, languages)
        nearest = nearest_posts(vectors.matrix, languages, (earlier.neighbours(), is_changed))
        known = earlier.known(corpus, graph, nearest, is_changed, translated, across)
    else:
        nearest, known = nearest_posts(vectors.matrix, languages), None
    give_back_memory()
    maker = PairMaker(corpus, graph, vectors, across, nearest=nearest, known=known, translated=translated)
    everyone = np.arange(len(corpus))
    first = everyone if at_once else _decided_on(graph)
    pairs = maker.of(first)
    learning = learn(pairs, graph.curated, graph.dismissed)
    best, is_known = RankedLists.empty(len(corpus)), np.zeros(len(corpus), dtype=bool)
    copies: list[list[int]] = [[] for _ in corpus]
    for block in chain([pairs], map(maker.of, _blocks(np.setdiff1d(everyone, first)))):
        best_pairs(block, learning, graph.dismissed, best)
        _add_copies(copies, block)
        is_known |= block.is_known
    if earlier:
        best, copies = earlier.with_kept(best, is_known, languages), earlier.with_kept_copies(copies, is_known)
    # A copy that is a translation is not translated yet, and that is no fault.
    duplicates = [pair for pair in near_duplicates(copies, corpus) if pair[1] not in translated[pair[0]]]
    found = (vectors, nearest, pairs, learning, best, ignored, translated, copies, duplicates)
    return Relations(counted.terms, counted.surface_forms, *found)


def _decided_on(graph: Graph) -> NDArray[np.int64]:
    """The posts with lists, or with targets that were dismissed, ascending."""
    listed = (post for post, targets in enumerate(graph.curated) if targets)
    return np.unique(np.array([*listed, *(post for post, _ in graph.dismissed)], dtype=np.int64))


def _blocks(posts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [posts[start : start + BLOCK] for start in range(0, len(posts), BLOCK)]


def write_relations(
    directory: Path,
    corpus: Corpus,
    graph: Graph,
    tokens: TokenStream | None = None,
    across: AcrossLanguages = AcrossLanguages.LAST,
    last: Files | None = None,
) -> tuple[dict[str, Any], Relations]:
    """Writes the folder related/ into a generation's directory; returns the summary, and what it is made from.

    tokens, across: as above. last: the generation before, if it was written by the same program and settings; then
    what has not changed is not worked out again.
    """
    found = relations(corpus, graph, tokens, across, Earlier.of(last, corpus) if last else None, at_once=False)
    lists = shown(found.best)
    languages = LanguageDistances(corpus, across)
    groups = _groups(corpus)
    values = _vectors(found.vectors) | {
        "model": asdict(found.learning.model)
        | {"fields": _fields(found.vectors), "scale": found.vectors.scale, "decided": decided(graph)}
        | {"languages": languages.codes, "across_languages": across},
        "languages": languages.numbers,
        "terms": found.terms,
        "surface_forms": found.surface_forms,
        "neighbours": found.nearest.ids,
        "cosines": found.nearest.cosines,
        "ranked": lists.targets,
        "scores": lists.scores,
        "confidence": confidence_of(lists, found.learning),
        "curators": _curators(graph.curated),
        "translations": found.translations,
        "copies": found.copies,
        "duplicates": _duplicates_of_each(found.duplicates, len(corpus)),
        "groups": groups,
        "group_members": list(groups.values()),
        "ignored_paragraphs": sorted(found.ignored),
    }
    save_relations(directory, values)
    return found.summary(corpus, lists.targets), found


def _fields(vectors: Vectors) -> list[dict[str, Any]]:
    """How the fields of the combined vectors are weighted, in the order of their columns."""
    return [
        {
            "name": name,
            "share": share,
            "k1": WEIGHTINGS[name].k1,
            "b": WEIGHTINGS[name].b,
            "mean_length": vectors.fields[name].mean_length,
            "columns": len(vectors.fields[name].terms),
        }
        for name, share in vectors.shares.items()
    ]


def _vectors(vectors: Vectors) -> dict[str, Any]:
    matrix, used = vectors.matrix, vectors.used()
    return {
        "indptr": matrix.indptr.astype(np.int64),
        "indices": matrix.indices.astype(np.int32, copy=False),
        "values": matrix.data,
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


# ------------------------------------------------------------------------------------------------ near-duplicates


def _add_copies(copies: list[list[int]], pairs: Candidates) -> None:
    """Adds to each post its targets with nearly the same text, by their vectors."""
    if "all_text" in pairs.names:
        is_same = pairs.features[:, pairs.names.index("all_text")] >= NEARLY_SAME
        for source, target in zip(pairs.source[is_same].tolist(), pairs.target[is_same].tolist(), strict=True):
            copies[source].append(target)


def near_duplicates(copies: list[list[int]], corpus: Corpus) -> list[list[int]]:
    """Pairs of posts with the same or nearly the same text, sorted, the smaller number first.

    copies: for each post those with nearly the same vector.
    """
    found = {(min(post, copy), max(post, copy)) for post, row in enumerate(copies) for copy in row}
    # Terms that every post has weigh nothing, so the vectors of posts that all say the same are empty. Those are
    # compared by title and text; by text alone would not do: stubs under titles of their own are no duplicates.
    found.update(_identical(corpus))
    return [list(pair) for pair in sorted(found)]


def _identical(corpus: Corpus) -> Iterator[tuple[int, int]]:
    """Pairs of posts with the same title that have a text, and the same one."""
    titles = Counter(post.title for post in corpus)
    alike: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    for number, post in enumerate(corpus):  # in the order in which texts are read from the disk
        if titles[post.title] > 1:
            text = "\n".join(f"{part.heading}\n{part.text}\n{part.code}" for part in post.sections).strip()
            if text:
                alike[post.title, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()].append(number)
    for identical in alike.values():
        yield from combinations(identical[:MOST_COPIES], 2)
