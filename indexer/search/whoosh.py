"""The Whoosh engine: pure Python, and the reference that the columnar engine is compared with.

Whoosh's weak points are kept out. Its parser never sees what a visitor typed (4,000 characters of "[a TO " take it
seconds). Its files, pickles without checksums, are checked against the manifest before Whoosh reads a byte, and are
held in memory, because a truncated segment under a memory map kills the process. Its writer never runs in the service.
Terms come from the token stream, so its analysers are not used.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from whoosh import fields, scoring
from whoosh import index as whoosh_index
from whoosh import query as q
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.searching import Searcher

from indexer.errors import DamagedGeneration
from indexer.model import Corpus, EngineName, Hit, Hits, ParsedQuery, Post, SearchRequest, Sort
from indexer.progress import Progress, silent
from indexer.search import ranking
from indexer.search.applied_rules import AppliedRules, applied_rules
from indexer.search.autocomplete import completions
from indexer.search.coverage import carrying_most
from indexer.search.engine import LinkTexts
from indexer.search.lexicon import Lexicon, Phrase, languages_of, terms_of, write_lexicon
from indexer.search.metadata import Metadata, write_metadata
from indexer.search.resolver import QueryResolver, ResolvedQuery
from indexer.search.rule_trial import TriesRules
from indexer.search.signs import Signs, write_signs
from indexer.search.snippets import TermStream, shown_hits, words_by_term
from indexer.settings import SearchSettings
from indexer.store.arrays import Files
from indexer.store.posts import PostStore, facts_of
from indexer.store.since import Since
from indexer.text.token_stream import PartKind, TokenStream, tokens_of

FOLDER = "fulltext"

# A plain sum of BM25 over fields that do not overlap: this engine finds the same posts, and ranks them more simply.
BM25 = scoring.BM25F(B=0.75, K1=1.2)
WEIGHTS = {"title": 1.0, "alias": 1.0, "body": 1.0, "path": 0.6, "compound": 0.1, "code": 0.05}
_FIELD_OF = defaultdict(
    lambda: "body",
    {
        kind: kind.name.lower()
        for kind in (PartKind.TITLE, PartKind.ALIAS, PartKind.PATH, PartKind.COMPOUND, PartKind.CODE)
    },
)
TITLE_PREFIX = 10.0

# Separates parts, so that no phrase matches across two of them. It is no word, so no text contains it.
_GAP = "\x1f"


class WhooshEngine:
    name = EngineName.WHOOSH

    def build(
        self,
        directory: Path,
        corpus: Corpus,
        tokens: TokenStream,
        search: SearchSettings,
        progress: Progress = silent,
        link_texts: LinkTexts = (),  # noqa: ARG002  # this engine ranks more simply
        since: Since | None = None,
    ) -> None:
        """Writes the folders lexicon/ and metadata/, and a Whoosh index into fulltext/ in one commit."""
        write_lexicon(directory, corpus, tokens, search.synonyms, since)
        write_metadata(directory, corpus, search)
        write_signs(directory, corpus, since)
        folder = directory / FOLDER
        folder.mkdir()
        schema = fields.Schema(**{name: fields.TEXT(phrase=True) for name in WEIGHTS})
        storage = FileStorage(str(folder))
        writer = storage.create_index(schema).writer(limitmb=256)
        try:
            for done, document in enumerate(_documents(tokens, languages_of(corpus)), start=1):
                writer.add_document(**document)
                progress("indexing", done, len(corpus))
        except BaseException:
            writer.cancel()
            raise
        writer.commit(optimize=True)
        for lock in folder.glob("*LOCK"):
            lock.unlink()

    def stored_tokens(self, files: Files) -> TokenStream | None:  # noqa: ARG002  # the seam's parameter
        return None

    def verify(self, files: Files) -> None:
        """Nothing to do: all of it is in the generation."""

    def open(self, files: Files, posts: PostStore) -> WhooshReader:
        storage = RamStorage()
        for name in files.names(FOLDER):
            storage.files[name.rpartition("/")[2]] = files.read(name)
        try:
            opened = storage.open_index()
        except Exception as error:  # Whoosh raises whatever its pickles raise
            raise DamagedGeneration(
                f"the Whoosh index cannot be opened ({error}): run seealso build --force"
            ) from error
        return WhooshReader(opened, Lexicon(files), Metadata(files, posts), Signs(files), posts)


def _documents(tokens: TokenStream, languages: list[str]) -> Iterator[dict[str, list[str]]]:
    """The posts as lists of terms per field; Whoosh takes such lists as they are. languages: those of the site."""
    stems = terms_of(tokens.words, languages)
    starts, firsts = tokens.starts().tolist(), tokens.first_parts().tolist()
    for post in range(len(tokens.counts)):
        document: dict[str, list[str]] = {name: [] for name in WEIGHTS}
        for part in range(firsts[post], firsts[post + 1]):
            terms = document[_FIELD_OF[tokens.kinds[part]]]
            terms += [stems[word] for word in tokens.stream[starts[part] : starts[part + 1] - 1].tolist()]
            terms.append(_GAP)
        yield document


class WhooshReader(TriesRules):
    """Searches one index in memory. Each thread has a searcher of its own; the bytes are shared."""

    def __init__(
        self, opened: whoosh_index.Index, lexicon: Lexicon, metadata: Metadata, signs: Signs, posts: PostStore
    ) -> None:
        self._index = opened
        self._lexicon = lexicon
        self._resolver = QueryResolver(lexicon)
        self._metadata = metadata
        self._signs = signs
        self._posts = posts
        self._local = threading.local()

    def _searcher(self) -> Searcher:
        if not hasattr(self._local, "searcher"):
            self._local.searcher = self._index.searcher(weighting=BM25)
        return self._local.searcher

    def search(self, request: SearchRequest) -> Hits:
        page, is_hit, resolved, scores, more = self._answer(request)
        return Hits(
            hits=self._shown(page, scores, resolved, request.snippet_length),
            total=(total := int(np.count_nonzero(is_hit))),
            more=more,
            tags=self._metadata.tag_counts(is_hit, request.max_facet_values),
            languages=self._metadata.language_counts(is_hit, request.max_facet_values),
            suggestion=resolved.suggestion if total else None,
            excluded=resolved.excluded,
            is_cut=resolved.is_cut,
        )

    def ranked(self, request: SearchRequest) -> tuple[list[int], int]:
        page, is_hit, *_ = self._answer(request)
        return page, int(np.count_nonzero(is_hit))

    def _answer(
        self, request: SearchRequest
    ) -> tuple[list[int], NDArray[np.bool_], ResolvedQuery, dict[int, float], int]:
        """The posts of the page, best first; whether each is a hit; the resolved query; the scores; see Hits.more."""
        resolved = self._resolver.resolve(request.query, request.language)
        scores = self._scores(resolved)
        if (of_signs := self._signs.scores(resolved.text, len(self._posts))) is not None:
            for number in np.flatnonzero(of_signs).tolist() if resolved.is_empty else list(scores):
                scores[number] += float(of_signs[number])
        is_hit = np.zeros(len(self._posts), dtype=bool)
        is_hit[list(self._matching(resolved, scores))] = True
        is_hit[self._metadata.pinned(resolved.title_key, resolved.text)] = True
        allowed = self._metadata.allowed(request)
        if allowed is not None:
            is_hit &= allowed
        more = 0
        if request.sort is Sort.DATE and not resolved.matches_all:
            found, is_hit = is_hit, self._with_most(resolved, is_hit)
            more = int(np.count_nonzero(found) - np.count_nonzero(is_hit))
        numbers = np.flatnonzero(is_hit)
        if request.sort is Sort.DATE or resolved.matches_all:
            ranked = self._metadata.newest_first(numbers).tolist()
        else:
            ranked = self._ranked(numbers, resolved, scores)
        first = (request.page - 1) * request.per_page
        return ranked[first : first + request.per_page], is_hit, resolved, scores, more

    def _with_most(self, resolved: ResolvedQuery, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of the posts found those with what carries most of a query, and those pinned to it."""
        is_hit = carrying_most(resolved, self._mask, found)
        pinned = self._metadata.pinned(resolved.title_key, resolved.text)
        is_hit[pinned] = found[pinned]
        return is_hit

    def _mask(self, phrase: Phrase) -> NDArray[np.bool_]:
        is_match = np.zeros(len(self._posts), dtype=bool)
        is_match[list(self._docs_with(phrase))] = True
        return is_match

    def _ranked(self, numbers: NDArray[np.int64], resolved: ResolvedQuery, scores: dict[int, float]) -> list[int]:
        for bonus, posts in self._tiers(resolved):
            for number in posts.tolist():
                scores[number] += bonus
        for number in self._metadata.pinned(resolved.title_key, resolved.text).tolist():
            scores[number] = ranking.PIN  # not added: posts with the same pin tie
        order = self._metadata.order.tolist()
        return sorted(numbers.tolist(), key=lambda number: (-scores[number], order[number]))

    def _scores(self, resolved: ResolvedQuery) -> dict[int, float]:
        """The sum of BM25 scores of every post that has any of the terms.

        One flat sum, posting by posting. That is as fast as Whoosh's own search, which scores everything twice to
        get the total, and which loses the best hits where constant scores and optional clauses are nested.
        """
        scores: dict[int, float] = defaultdict(float)
        for term, weight in _weighted(resolved):
            self._add(scores, term, weight)
        for alternative in resolved.alternatives:
            its_scores: dict[int, float] = defaultdict(float)
            for term in (term for word in alternative.phrase for term in word):
                self._add(its_scores, term, alternative.weight)
            for number in self._docs_with(alternative.phrase):
                scores[number] += its_scores[number]
        for number in self._metadata.not_indexed(resolved.title_key).tolist():
            scores[number] += WEIGHTS["alias"]
        return scores

    def _add(self, scores: dict[int, float], term: int, weight: float) -> None:
        """Adds the scores of one term in all fields, in place."""
        searcher = self._searcher()
        for name, field_weight in WEIGHTS.items():
            postings = q.Term(name, self._lexicon.term(term)).matcher(searcher)
            while postings.is_active():
                number = postings.id()
                scores[number] += postings.score() * field_weight * weight * float(self._metadata.boost[number])
                postings.next()

    def _matching(self, resolved: ResolvedQuery, scores: dict[int, float]) -> set[int]:
        """The posts with all phrases, or with any word if there is no phrase, and without what is excluded."""
        if resolved.phrases:
            matches = set.intersection(*(self._docs_with(phrase) for phrase in resolved.phrases))
        elif not resolved.matches_all:
            matches = set(scores)
        else:
            matches = set(range(len(self._posts)))
        return matches.difference(*(self._docs_with(phrase) for phrase in resolved.exclusions))

    def _docs_with(self, phrase: Phrase) -> set[int]:
        """The posts that have a word, or a phrase within one part."""
        if not len(self._posts) or not all(phrase):
            return set()
        words = [[self._lexicon.term(term) for term in word] for word in phrase]
        if len(words) == 1:
            clauses = [q.Term(name, term) for name in WEIGHTS for term in words[0]]
        elif all(len(word) == 1 for word in words):
            clauses = [q.Phrase(name, [term for (term,) in words]) for name in WEIGHTS]
        else:
            clauses = [q.Sequence([q.Or([q.Term(name, term) for term in word]) for word in words]) for name in WEIGHTS]
        return set(self._searcher().docs_for_query(q.Or(clauses)))

    def _tiers(self, resolved: ResolvedQuery) -> list[tuple[float, NDArray[np.int64]]]:
        titled = self._metadata.titled(resolved.title_key, bool(resolved.unfinished))
        return [
            (TITLE_PREFIX, titled.starting),
            (ranking.EXACT_ALIAS, titled.alias),
            (ranking.EXACT_TITLE, titled.exact),
        ]

    def _shown(
        self, numbers: list[int], scores: dict[int, float], resolved: ResolvedQuery, longest: int
    ) -> tuple[Hit, ...]:
        """The hits of a page. Its texts are analysed again, because Whoosh does not return where it found a match."""
        tokens = tokens_of(self._with_text(number) for number in numbers)
        terms = [self._lexicon.number(term) for term in terms_of(tokens.words, self._lexicon.languages)]
        no_term = self._lexicon.terms
        term_of = np.array([*(no_term if term is None else term for term in terms), no_term], dtype=np.uint32)
        stream = TermStream(
            tokens.stream,
            term_of,
            *words_by_term(term_of, no_term + 1),
            tokens.spans,
            tokens.starts(),
            tokens.kinds,
            tokens.sections,
            tokens.starts()[tokens.first_parts()],
        )
        with_scores = [(number, scores[number]) for number in numbers]
        sections = self._metadata.sections(resolved.title_key, resolved.text)
        return shown_hits(stream, range(len(numbers)), with_scores, self._posts, resolved, sections, longest)

    def _with_text(self, number: int) -> Post:
        return Post(**facts_of(self._posts[number]), sections=self._posts.sections(number))

    def complete(self, prefix: str, limit: int) -> list[str]:
        return completions(prefix, limit, self._metadata, self._lexicon, self._posts)

    def rules(self, query: ParsedQuery) -> AppliedRules:
        return applied_rules(query, self._resolver, self._metadata)

    trouble = ""

    def check(self) -> None:
        """Nothing can be away."""

    def close(self) -> None:
        self._index.close()


def _weighted(resolved: ResolvedQuery) -> list[tuple[int, float]]:
    """Every term of the query and its weight."""
    words = [*resolved.words, *(word for phrase in resolved.phrases for word in phrase)]
    weighted = [(term, 1.0) for word in words for term in word]
    return weighted + [(term, ranking.CONTINUATION if index else 1.0) for index, term in enumerate(resolved.unfinished)]
