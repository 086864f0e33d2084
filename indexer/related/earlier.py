"""What a build takes over from the relations of the generation before it: rows that would become what they were.

Nothing is taken on trust. What is cheap is worked out anew, and compared with what is stored; a list is kept where
nothing that it is made of has changed. So a build gives the same bytes, whatever it could take over.

    vectors of now, of then ──▶ posts that changed ──▶ neighbours of the others: kept, or patched (neighbours.py)
    neighbours, dates, links, translations ──▶ posts with nothing new about them ──▶ ranked lists that are kept
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from indexer.model import AcrossLanguages, Corpus, Graph
from indexer.related.candidates import Known
from indexer.related.fixed_score import HUB_RANK, VOTING_NEIGHBOURS
from indexer.related.languages import LanguageDistances
from indexer.related.neighbour_lists import Neighbours
from indexer.related.ranked_lists import RankedLists
from indexer.related.storage import StoredRelations, load_relations
from indexer.related.vectors import Vectors
from indexer.store.arrays import Files, RaggedArray
from indexer.store.posts import PostStore

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
AT_ONCE = 8_192  # posts whose vectors are compared with those of then at a time


@dataclass(frozen=True, slots=True)
class Earlier:
    """The relations of the generation before.

    then: for each post of now its number then, -1 for a new one; both are in the order of ids. now: the other way
    round, with one -1 more at the end, so that -1 stays -1.
    """

    stored: StoredRelations
    posts: PostStore
    then: Numbers
    now: Numbers

    @classmethod
    def of(cls, files: Files, corpus: Corpus) -> Earlier:
        """Raises DamagedGeneration."""
        posts = PostStore(files)
        numbers = {post.id: number for number, post in enumerate(posts)}
        then = np.array([numbers.get(post.id, -1) for post in corpus], dtype=np.int64)
        now = np.full(len(posts) + 1, -1, dtype=np.int64)
        is_old = np.flatnonzero(then >= 0)
        now[then[is_old]] = is_old
        return cls(load_relations(files), posts, then, now)

    # ----------------------------------------------------------------------------------------------- neighbours

    def is_changed(
        self,
        terms: Sequence[str],
        vectors: Vectors,
        languages: LanguageDistances,
    ) -> Mask:
        """Whether a post is new, or its vector or language is another one now. terms: the terms of the corpus."""
        if {field["name"]: field["share"] for field in self.stored.model["fields"]} != vectors.shares:
            return np.ones(len(self.then), dtype=bool)
        is_new = self.then < 0
        codes_then = np.array([*self.stored.model["languages"], ""], dtype=object)
        codes = np.array(languages.codes, dtype=object)
        spoken_then = np.append(self.stored.languages, len(codes_then) - 1)[self.then]
        has_other_language = codes_then[spoken_then] != codes[languages.numbers]
        columns = self._columns(terms, [field.terms for field in vectors.used()])
        is_changed: Mask = is_new | has_other_language | self._differs(columns, vectors.matrix)
        return is_changed

    def _columns(self, terms: Sequence[str], fields: Sequence[NDArray[np.int32]]) -> Numbers:
        """For each column of then the column of now with the same term in the same field, -1 where there is none."""
        numbers = {term: number for number, term in enumerate(terms)}
        of_term = np.array([*map(numbers.get, self.stored.terms.all(), [-1] * len(self.stored.terms))], dtype=np.int64)
        found: list[Numbers] = []
        first = first_then = 0
        for field, terms_of_field in zip(self.stored.model["fields"], fields, strict=True):
            wanted = of_term[self.stored.column_terms[first_then : first_then + field["columns"]]]
            places = np.minimum(np.searchsorted(terms_of_field, wanted), max(len(terms_of_field) - 1, 0))
            found.append(np.where(terms_of_field[places] == wanted, first + places, -1))
            first, first_then = first + len(terms_of_field), first_then + field["columns"]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    def _differs(self, columns: Numbers, vectors: sparse.csr_array) -> Mask:
        """Whether the row of a post is another one now. columns: as `_columns` returns them."""
        sizes, starts = np.diff(vectors.indptr), self.stored.indptr
        sizes_then = np.append(np.diff(starts), -1)[self.then]
        differs: Mask = sizes != sizes_then
        same = np.flatnonzero(~differs)
        for first in range(0, len(same), AT_ONCE):
            rows = same[first : first + AT_ONCE]
            entries = _entries(vectors.indptr, rows, sizes[rows])
            entries_then = _entries(starts, self.then[rows], sizes[rows])
            differ = vectors.data[entries] != self.stored.values[entries_then]
            differ |= vectors.indices[entries] != columns[self.stored.indices[entries_then]]
            differs[np.repeat(rows, sizes[rows])[differ]] = True
        return differs

    def neighbours(self) -> Neighbours:
        """The neighbours of each post then, by the numbers of now; -1 for those that have gone."""
        ids = self.now[_rows(self.stored.neighbours, self.then, -1)]
        return Neighbours(ids.astype(np.int32), _rows(self.stored.cosines, self.then, 0.0))

    # --------------------------------------------------------------------------------------------------- lists

    def known(
        self,
        corpus: Corpus,
        graph: Graph,
        nearest: Neighbours,
        is_changed: Mask,
        translated: Sequence[Sequence[int]],
        across: AcrossLanguages,
    ) -> Known | None:
        """The posts whose ranked lists may be kept; None where all are worked out.

        is_changed: as above. Lists and dismissed pairs are what the ranking is learned from, and speak for pairs all
        over the site: where there are any, every list is worked out.
        """
        model = self.stored.model
        if model["decided"] or decided(graph) or model["across_languages"] != across:
            return None
        days = np.array([post.date.toordinal() if post.date else 0 for post in corpus], dtype=np.int64)
        is_other = is_changed | (days != np.append(self.posts.dates, -1)[self.then])
        is_other |= self._differ(self.stored.translations, translated)
        kept = self.neighbours()
        has_other_hub = kept.cosines[:, HUB_RANK - 1] != nearest.cosines[:, HUB_RANK - 1]
        is_near = ((kept.ids == nearest.ids) & (kept.cosines == nearest.cosines)).all(axis=1)
        links = [post.linked for post in self.posts]
        has_other_links = self._other_links(links, graph.linked)
        # Whom a link has reached or reaches now, and who has a neighbour with such links.
        reached = [target for post in np.flatnonzero(has_other_links).tolist() for target in graph.linked[post]]
        changed_then = np.append(has_other_links, True)[self.now[:-1]]  # those that have gone are among them
        reached += self.now[[target for post in np.flatnonzero(changed_then) for target in links[post]]].tolist()
        is_stale = is_other | ~is_near | has_other_links
        is_stale[[target for target in reached if target >= 0]] = True
        voters = nearest.ids[:, :VOTING_NEIGHBOURS]
        is_stale |= ((voters >= 0) & has_other_links[voters]).any(axis=1)
        return Known(~is_stale, ~(is_other | has_other_hub), model["scale"])

    def _differ(self, then: RaggedArray, now: Sequence[Sequence[int]]) -> Mask:
        """Whether a post has other posts in a table than it had."""
        return np.array(
            [
                number < 0 or self.now[then[number]].tolist() != list(row)
                for number, row in zip(self.then.tolist(), now, strict=True)
            ],
            dtype=bool,
        )

    def _other_links(self, then: Sequence[Sequence[int]], now: Sequence[Sequence[int]]) -> Mask:
        return np.array(
            [
                number < 0 or [int(self.now[target]) for target in then[number]] != list(row)
                for number, row in zip(self.then.tolist(), now, strict=True)
            ],
            dtype=bool,
        )

    def with_kept(self, best: RankedLists, is_known: Mask, languages: LanguageDistances) -> RankedLists:
        """The best pairs of all posts. best: of those whose pairs were worked out, as they were not known."""
        rows = np.flatnonzero(is_known)
        targets = self.now[self.stored.ranked[self.then[rows]]]
        scores = self.stored.scores[self.then[rows]]
        is_target = targets >= 0
        distances = np.where(is_target, languages.between(rows[:, None], targets), np.int8(127))
        # As `best_pairs` has them, before the popularity cap.
        order = np.lexsort((targets, -scores, distances), axis=1)
        best.targets[rows] = np.take_along_axis(targets, order, axis=1)
        best.scores[rows] = np.take_along_axis(scores, order, axis=1)
        best.distances[rows] = np.take_along_axis(np.where(is_target, distances, 0), order, axis=1)
        return best

    def with_kept_copies(self, copies: list[list[int]], is_known: Mask) -> list[list[int]]:
        """For each post those with nearly the same text. copies: of those whose pairs were worked out."""
        return [
            self.now[self.stored.copies[number]].tolist() if known else own
            for own, known, number in zip(copies, is_known.tolist(), self.then.tolist(), strict=True)
        ]


def decided(graph: Graph) -> bool:
    """Whether editors have decided anything about related posts."""
    return bool(graph.dismissed) or any(graph.curated)


def _entries(starts: NDArray[np.integer], rows: Numbers, sizes: NDArray[np.integer]) -> Numbers:
    """The entries of some rows of a CSR matrix, one row after the other. sizes: of these rows."""
    ends = np.cumsum(sizes)
    entries: Numbers = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts[rows] - ends + sizes, sizes)
    return entries


def _rows(table: NDArray[Any], rows: Numbers, empty: float) -> NDArray[Any]:
    """Some rows of a table, those of number -1 filled with `empty`."""
    found = np.full((len(rows), table.shape[1]), empty, dtype=table.dtype)
    is_row = rows >= 0
    found[is_row] = table[rows[is_row]]
    return found
