"""The OpenSearch engine: what is published is an index of the cluster, and the words and texts of its generation.

Which posts match, the sum over terms that orders them, totals and facets come from the cluster. The best of them are
then scored as the columnar engine does it, by what was typed exactly, by titles and pins; so ranking is defined once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import DamagedGeneration, EngineUnavailable
from indexer.model import Corpus, CurationRule, EngineName, Hits, ParsedQuery, SearchRequest, Sort
from indexer.progress import Progress, silent
from indexer.search.applied_rules import AppliedRules, applied_rules
from indexer.search.autocomplete import completions
from indexer.search.columnar.engine import ColumnarReader
from indexer.search.columnar.inverted_index import (
    has_inverted_index,
    link_words,
    write_inverted_index,
)
from indexer.search.columnar.scoring import Rescorer
from indexer.search.engine import LinkTexts, Reader
from indexer.search.lexicon import Lexicon, Phrase, write_lexicon
from indexer.search.metadata import Metadata, write_metadata
from indexer.search.opensearch.answers import (
    MOST_LISTED,
    NO_FACETS,
    Answers,
    Facets,
    Page,
    among,
    best_body,
    best_score,
    listing_body,
    newest_body,
    page_of,
)
from indexer.search.opensearch.candidates import Candidates
from indexer.search.opensearch.cluster import Cluster
from indexer.search.opensearch.documents import Documents
from indexer.search.opensearch.fallback import FallsBack
from indexer.search.opensearch.index import Indices, stored
from indexer.search.opensearch.pieces import pieces_of
from indexer.search.opensearch.question import (
    MOST_CLAUSES,
    MOST_IN_SPAN,
    Clause,
    Listed,
    Retitled,
    core,
    coverage,
    idf_of,
    is_listed,
    lowest,
    meeting,
    with_pins,
)
from indexer.search.opensearch.stream import served_stream, stored_stream, worth_without_alias, write_stream
from indexer.search.opensearch.worth import counted
from indexer.search.resolver import Alternative, QueryResolver, ResolvedQuery
from indexer.search.rule_change import RuleChange
from indexer.search.rule_trial import TriesRules
from indexer.search.signs import Signs, write_signs
from indexer.search.snippets import shown_hits
from indexer.search.stored_stream import term_stream, token_stream
from indexer.settings import OpenSearchSettings, SearchSettings
from indexer.store.arrays import Files, view
from indexer.store.posts import PostStore
from indexer.store.since import Since
from indexer.text import analysis
from indexer.text.token_stream import TokenStream

# Posts that are scored beyond the sum over terms. Those after them keep the order of the cluster.
WINDOW = 100

Numbers = NDArray[np.int64]


class OpenSearchEngine:
    name = EngineName.OPENSEARCH

    def __init__(self, settings: OpenSearchSettings) -> None:
        self._settings = settings

    def build(
        self,
        directory: Path,
        corpus: Corpus,
        tokens: TokenStream,
        search: SearchSettings,
        progress: Progress = silent,
        link_texts: LinkTexts = (),
        since: Since | None = None,
    ) -> None:
        """Writes the folders lexicon/, metadata/, signs/ and fulltext/, and an index of the cluster, filled anew.

        Where the settings ask for a fallback, fulltext/ holds the columnar engine's index too.

        Raises EngineUnavailable, BuildFailed; then the index is gone, or the next build removes it.
        """
        progress("indexing", 0, len(corpus))
        term_of = write_lexicon(directory, corpus, tokens, search.synonyms, since)
        marks, signs = write_metadata(directory, corpus, search), write_signs(directory, corpus, since)
        linked = link_words(corpus, tokens, link_texts)
        if self._settings.fallback:
            write_inverted_index(directory, tokens, term_of, linked)
        found = counted(tokens, term_of)
        write_stream(directory, tokens, found)
        documents = Documents(found, corpus, tokens, term_of, marks, signs, linked)
        self._indices().built(directory, documents, len(corpus), lambda done: progress("indexing", done, len(corpus)))

    def stored_tokens(self, files: Files) -> TokenStream | None:
        return token_stream(stored_stream(files), files)

    def tidy(self, generations: Path) -> None:
        """Deletes the indices of a folder of generations that none of them names."""
        self._indices().tidy(generations)

    def open(self, files: Files, posts: PostStore) -> Reader:
        """Where the cluster does not answer, the index is checked before the first question instead."""
        has_fallback = self._settings.fallback and has_inverted_index(files)
        reader = OpenSearchReader(files, posts, self._indices(), has_fallback)
        return FallsBack(reader, ColumnarReader(files, posts)) if has_fallback else reader

    def verify(self, files: Files) -> None:
        self._indices().verify(stored(files))

    def _indices(self) -> Indices:
        return Indices(Cluster(self._settings), self._settings.prefix, self._settings.shards)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A page of hits; see Hits.more."""

    page: Page
    more: int
    resolved: ResolvedQuery


class OpenSearchReader(TriesRules):
    """Searches one generation. It is immutable but for what it has counted, so threads share it.

    has_fallback: whether another index of the generation answers instead, also where that of the cluster is damaged.
    """

    def __init__(self, files: Files, posts: PostStore, indices: Indices, has_fallback: bool = False) -> None:
        self._files = files
        self._has_fallback = has_fallback
        self._posts = posts
        self._indices = indices
        self._lexicon = Lexicon(files)
        self._resolver = QueryResolver(self._lexicon)
        self._metadata = Metadata(files, posts)
        self._signs = Signs(files)
        self._index = stored(files)
        stream = served_stream(files)
        self._stream, self._idf = term_stream(stream, self._lexicon), stream.idf
        self._retitled: Retitled | None = None
        self._answers = Answers(indices.cluster, self._index.name, view(stream.frequencies))
        self._post_of = np.argsort(self._metadata.order).tolist()
        self._opening = threading.Lock()
        self._is_checked = False
        with suppress(EngineUnavailable), self._distrusting():  # questions say so; then it is checked first
            self._ensure_checked()

    def _ensure_checked(self) -> None:
        if self._is_checked:
            return
        with self._opening:
            if not self._is_checked:
                if self._index.documents != len(self._posts):
                    raise DamagedGeneration(
                        f"its index has {self._index.documents} posts, the generation {len(self._posts)}: "
                        "run `seealso build --force`"
                    )
                self._indices.check(self._index)
                self._is_checked = True

    def _apply(self, change: RuleChange) -> None:
        super()._apply(change)
        if change.rule is CurationRule.ALIAS and not change.adds:
            alias = [self._lexicon.numbers(word) for word in analysis.words(change.texts[0])]
            left = worth_without_alias(self._stream, self._idf, change.post, alias)
            gain = float(self._metadata.boost[change.post])
            self._retitled = Retitled(change.post, {name: gain * worth for name, worth in left.items()})

    def search(self, request: SearchRequest) -> Hits:
        answer = self._answered(request, self._facets(request.max_facet_values))
        resolved, page = answer.resolved, answer.page
        sections = self._metadata.sections(resolved.title_key, resolved.text)
        with_scores = list(zip(page.posts, page.scores, strict=True))
        stream, _ = pieces_of(self._stream, page.posts)
        return Hits(
            hits=shown_hits(stream, page.posts, with_scores, self._posts, resolved, sections, request.snippet_length),
            total=page.total,
            more=answer.more,
            tags=tuple((self._metadata.tags[number], count) for number, count in page.tags),
            languages=tuple((self._metadata.languages[number], count) for number, count in page.languages),
            suggestion=resolved.suggestion if page.total else None,
            excluded=resolved.excluded,
            is_cut=resolved.is_cut,
        )

    def _facets(self, values: int) -> Facets:
        """So many values of each facet; of several shards each must tell all of its own, or counts would be wrong."""
        every = max(len(self._metadata.tags), len(self._metadata.languages), values)
        return Facets(values, every if self._index.shards > 1 else values)

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        page = self._answered(request, NO_FACETS).page
        return page.posts, page.total

    def complete(self, prefix: str, limit: int) -> list[str]:
        return completions(prefix, limit, self._metadata, self._lexicon, self._posts)

    def rules(self, query: ParsedQuery) -> AppliedRules:
        return applied_rules(query, self._resolver, self._metadata)

    trouble = ""

    def check(self) -> None:
        """Raises EngineUnavailable; DamagedGeneration, as a question does."""
        with self._distrusting():
            self._ensure_checked()
            self._answers.search([{"size": 0}])

    def close(self) -> None:
        self._indices.cluster.close()

    # ------------------------------------------------------------------------------------------------- answering

    def _answered(self, request: SearchRequest, facets: Facets) -> _Answer:
        with self._distrusting(), self._indices.cluster.one_question():
            self._ensure_checked()
            return self._answer(request, facets)

    @contextmanager
    def _distrusting(self) -> Iterator[None]:
        """Where the index is found damaged, nothing more is answered from this generation, or only by its fallback."""
        try:
            yield
        except DamagedGeneration as damage:
            if self._has_fallback:
                raise EngineUnavailable(str(damage), may_pass=False) from None
            self._files.distrust(damage)
            raise

    def _answer(self, request: SearchRequest, facets: Facets) -> _Answer:
        resolved = self._resolver.resolve(request.query, request.language)
        listed = self._listed(resolved)
        weights = self._weights(resolved, listed)
        signs = self._signs.asked(resolved.text, len(self._posts))
        named = self._metadata.not_indexed(resolved.title_key).tolist()
        if self._retitled is None:
            words = core(resolved, listed, weights.__getitem__, signs, named)
        else:  # asked twice within one query
            words = self._retitled.applied(core(resolved, listed, weights.__getitem__, signs, named, MOST_CLAUSES // 2))
        pinned = self._metadata.pinned(resolved.title_key, resolved.text).tolist()
        query = with_pins(words, pinned)
        if request.condition is not None:
            query = {"bool": {"must": [query], "filter": [meeting(request.condition, self._metadata)]}}
        first = (request.page - 1) * request.per_page
        if resolved.matches_all:
            (answer,) = self._answers.search([newest_body(query, first, request.per_page, facets)])
            return _Answer(page_of(answer), 0, resolved)
        if request.sort is Sort.DATE:
            return self._newest(request, resolved, listed, query, facets)
        return _Answer(self._best(resolved, listed, query, first, request.per_page, facets), 0, resolved)

    def _listed(self, resolved: ResolvedQuery) -> Listed:
        """The posts of the phrases that the cluster cannot compare, found in those that have all but the last word."""
        plain = Listed({})
        phrases = [phrase for phrase in resolved.phrases if is_listed(phrase)]
        if not phrases:
            return plain
        answers = self._answers.search([listing_body(plain.clause(phrase[:-1])) for phrase in phrases])
        found = {}
        for phrase, answer in zip(phrases, answers, strict=True):
            page = page_of(answer)
            if page.total <= MOST_LISTED:
                found[phrase] = Candidates(self._stream, page.posts).posts_with(phrase)
            else:  # so many posts are listed by nobody; the words that most posts have come first
                frequent = (*phrase[:-1], phrase[-1][:MOST_IN_SPAN])
                (answer,) = self._answers.search([listing_body(plain.clause(frequent))])
                found[phrase] = page_of(answer).posts
        return Listed(found)

    def _weights(self, resolved: ResolvedQuery, listed: Listed) -> dict[Alternative, float]:
        """What each other form counts: by the share of the posts that write it so, of all that write it so or as typed.

        0 where no post has it.
        """
        others = resolved.alternatives
        phrases = {phrase for other in others for phrase in (other.phrase, other.instead) if phrase}
        phrases |= _to_be_counted(resolved)  # in the same round, for the best posts
        counts = self._answers.counts((phrase, listed.clause(phrase)) for phrase in phrases)
        weights = {}
        for other in others:
            written = counts[other.phrase]
            instead = counts[other.instead] if other.instead else 0
            weights[other] = other.weight * (written / (written + instead)) if written else 0.0
        return weights

    def _best(
        self, resolved: ResolvedQuery, listed: Listed, query: Clause, first: int, size: int, facets: Facets
    ) -> Page:
        """The best posts of the cluster, and those that a title or pin may lift, in the order of all that counts."""
        end = min(first + size, MOST_LISTED)
        lifted = self._lifted(resolved)
        bodies = [best_body(query, 0, max(end, WINDOW) if size else 0, facets)]
        if lifted and size:
            bodies.append(best_body(among(query, lifted), 0, len(lifted)))
        answer, *of_lifted = self._answers.search(bodies)
        page = page_of(answer, self._post_of)
        if not page.posts:
            return page
        window = dict(zip(page.posts[:WINDOW], page.scores[:WINDOW], strict=True))
        for other in of_lifted:
            its_page = page_of(other, self._post_of)
            window |= dict(zip(its_page.posts, its_page.scores, strict=True))
        scored = self._rescored(resolved, listed, window)
        rest = [pair for pair in zip(page.posts, page.scores, strict=True) if pair[0] not in window]
        ranked = [*scored, *rest][first:end]
        return Page([post for post, _ in ranked], [score for _, score in ranked], page.total, page.tags, page.languages)

    def _lifted(self, resolved: ResolvedQuery) -> list[int]:
        """The posts that may come first whatever the sum over their terms is."""
        titled = self._metadata.titled(resolved.title_key, bool(resolved.unfinished))
        nearest = titled.starting[np.argsort(-titled.typed, kind="stable")[:WINDOW]]
        headed = self._metadata.only_headed(resolved.title_key)
        slugged = self._metadata.only_slugged(resolved.title_key)
        pinned = self._metadata.pinned(resolved.title_key, resolved.text)
        lifted: list[int] = np.unique(
            np.concatenate([titled.exact, titled.alias, nearest, headed, slugged, pinned]).astype(np.int64)
        ).tolist()
        return lifted[:MOST_LISTED]

    def _rescored(self, resolved: ResolvedQuery, listed: Listed, window: dict[int, float]) -> list[tuple[int, float]]:
        """These posts with all that counts, best first, ties in the order of the metadata. window: post → its score."""
        numbers = np.array(sorted(window), dtype=np.int64)
        scores = np.zeros(len(self._posts), dtype=np.float32)
        scores[numbers] = [window[number] for number in numbers.tolist()]
        boosts = self._metadata.boost[numbers]
        scores[numbers] /= np.where(boosts > 0, boosts, 1)  # multiplied again with what is added here
        counts = self._answers.counts((phrase, listed.clause(phrase)) for phrase in _to_be_counted(resolved))
        candidates = Candidates(self._stream, numbers.tolist(), lambda phrase: counts.get(phrase, 0))
        rescorer = Rescorer(candidates.stream, self._metadata, self._lexicon, view(self._idf))
        rescorer.rescore(scores, resolved, candidates)
        ranked = numbers[np.lexsort((self._metadata.order[numbers], -scores[numbers]))]
        return list(zip(ranked.tolist(), scores[ranked].tolist(), strict=True))

    # --------------------------------------------------------------------------------------------- newest first

    def _newest(
        self, request: SearchRequest, resolved: ResolvedQuery, listed: Listed, query: Clause, facets: Facets
    ) -> _Answer:
        """The newest of the posts that have most of what was asked, see search/coverage.py."""
        asked = [(word,) for word in (*resolved.words, resolved.unfinished) if word]
        counts = self._answers.counts((phrase, listed.clause(phrase)) for phrase in asked)
        words = [(listed.clause(phrase), idf_of(counts[phrase], len(self._posts))) for phrase in asked]
        total = sum(idf for _, idf in words)
        first = (request.page - 1) * request.per_page
        if not total:
            (answer,) = self._answers.search([newest_body(query, first, request.per_page, facets)])
            return _Answer(page_of(answer), 0, resolved)
        instead = [listed.clause(other.phrase) for other in resolved.alternatives]
        found = {"bool": {"filter": [query], "should": [coverage(words, instead, total)]}}
        (best,) = self._answers.search([best_body(found, 0, 1)])
        pinned = self._metadata.pinned(resolved.title_key, resolved.text).tolist()
        with_pinned = [*instead, *([{"terms": {"number": pinned}}] if pinned else [])]
        carrying = {"bool": {"filter": [query], "should": [coverage(words, with_pinned, total)]}}
        least = lowest(total, best_score(best))
        (answer,) = self._answers.search([newest_body(carrying, first, request.per_page, facets, least)])
        page = page_of(answer)
        return _Answer(page, page_of(best, self._post_of).total - page.total, resolved)


def _to_be_counted(resolved: ResolvedQuery) -> set[Phrase]:
    """The names of several words: what they count depends on how many posts have them."""
    return {name.phrase for name in resolved.names if len(name.phrase) > 1}
