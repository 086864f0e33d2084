"""The vocabulary of the site: the terms of a typed word, its likely spelling, and its completions.

Terms are stems, so prefixes cannot be looked up among them: "cachin" begins "caching", but not its stem "cach". Prefix
search, spelling and completion therefore work on words as written in the posts, each mapped to its term.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, ParsedQuery
from indexer.search.spelling import ComparisonBudget, SpellingCorrector
from indexer.store.arrays import Files, SortedStringArray
from indexer.store.bounded_cache import BoundedCache
from indexer.store.tables import files_of, load_table, save_table
from indexer.text import analysis
from indexer.text.token_stream import PartKind, TokenStream

FOLDER = "lexicon"
# Terms that a prefix expands to: enough to find what is meant, few enough to stay fast after one letter.
MOST_CONTINUATIONS = 50
# Longer prefixes have so few continuations that they need no cache.
LONGEST_CACHED_PREFIX = 3
# Terms that all single CJK characters of a query expand to together.
MOST_FORMS = 400
# Entries of the caches of term numbers and of prefixes: at most about 5 MB each.
MOST_CACHED_NUMBERS, MOST_CACHED_PREFIXES = 30_000, 2_000

Term = int
Word = tuple[Term, ...]  # alternatives: any of these terms matches; empty where no post has the word
Phrase = tuple[Word, ...]  # adjacent words


@dataclass(frozen=True, slots=True)
class ResolvedQuery:
    """A query in terms of the index.

    words: the words that are scored, each once. phrases, exclusions: adjacent words that must, or must not, occur.
    unfinished: the terms that the last word may become. order: the scored words as typed, with those of phrases and
    with repetitions. synonyms: phrases that the site's synonyms add. suggestion: the corrected query, where no post
    has a word; the search uses the corrected words.
    """

    words: Phrase
    phrases: tuple[Phrase, ...]
    exclusions: tuple[Phrase, ...]
    unfinished: Word
    order: Phrase
    synonyms: tuple[Phrase, ...]
    title_key: str
    suggestion: str | None

    @property
    def only_excludes(self) -> bool:
        return not (self.words or self.phrases or self.unfinished)


@dataclass(frozen=True, slots=True)
class StoredLexicon:
    """The files of lexicon/.

    words: every word, sorted; a word of two languages is listed twice. language_of: the language of each word, an
    index into the languages of `settings`. document_frequencies: of each word in prose; 0 where only code has it.
    terms: every term, sorted; engines know a term by its index here. term_of: the term of each word. settings: the
    languages, the one with the most posts first, and the synonyms of the site.
    """

    words: SortedStringArray
    language_of: NDArray[np.uint16]
    document_frequencies: NDArray[np.int32]
    terms: SortedStringArray
    term_of: NDArray[np.uint32]
    settings: dict[str, Any]


FILES = files_of(FOLDER, StoredLexicon)


# ------------------------------------------------------------------------------------------------------ writing


def write_lexicon(
    directory: Path, corpus: Corpus, tokens: TokenStream, synonyms: Sequence[Sequence[str]] = ()
) -> NDArray[np.uint32]:
    """Writes the folder lexicon/ into a generation's directory.

    tokens: the token stream of the corpus, its words sorted.
    Returns the term of each word of `tokens` (uint32).
    """
    stems = [analysis.stemmer(language)(word) for language, word in tokens.words]
    terms = sorted(set(stems))
    number_of_term = {term: number for number, term in enumerate(terms)}
    term_of = np.array([number_of_term[stem] for stem in stems], dtype=np.uint32)
    languages = languages_of(corpus)
    number_of_language = {language: number for number, language in enumerate(languages)}
    values = {
        "words": (word for _, word in tokens.words),
        "language_of": np.array([number_of_language[language] for language, _ in tokens.words], dtype=np.uint16),
        "document_frequencies": document_frequencies(tokens),
        "terms": terms,
        "term_of": term_of,
        "settings": {"languages": languages, "synonyms": [list(group) for group in synonyms]},
    }
    save_table(directory / FOLDER, StoredLexicon, values)
    return term_of


def document_frequencies(tokens: TokenStream) -> NDArray[np.int32]:
    """For each word the number of posts whose prose has it."""
    from scipy import sparse  # only a build needs it

    sizes = tokens.lengths.astype(np.int64) + 1  # with the gap that follows each part
    positions = np.flatnonzero(np.repeat(tokens.kinds <= PartKind.ALIAS, sizes) & (tokens.stream < len(tokens.words)))
    post_starts = np.searchsorted(positions, tokens.starts()[tokens.first_parts()])
    shape = (len(tokens.counts), len(tokens.words))
    words = tokens.stream[positions].astype(np.int32)
    # The transpose lists for each word its posts in order, once per occurrence.
    transposed = sparse.csr_array((np.zeros(len(words), dtype=np.uint8), words, post_starts), shape=shape).tocsc()
    is_first = np.ones(len(words), dtype=bool)
    is_first[1:] = transposed.indices[1:] != transposed.indices[:-1]
    is_first[transposed.indptr[:-1][np.diff(transposed.indptr) > 0]] = True
    cumulative = np.concatenate([[0], np.cumsum(is_first)])
    frequencies: NDArray[np.int32] = np.diff(cumulative[transposed.indptr]).astype(np.int32)
    return frequencies


def languages_of(corpus: Corpus) -> list[str]:
    """The languages of the posts, the one with the most posts first."""
    post_counts = Counter(post.language for post in corpus)
    return sorted(post_counts, key=lambda language: (-post_counts[language], language))


# ------------------------------------------------------------------------------------------------------ reading


def word_pairs(files: Files) -> list[tuple[str, str]]:
    """Every word as (language, word), by number."""
    stored = load_table(files, FOLDER, StoredLexicon)
    languages = stored.settings["languages"]
    return [
        (languages[language], word)
        for language, word in zip(stored.language_of.tolist(), stored.words.all(), strict=True)
    ]


class Lexicon:
    """The sorted words and terms of one generation."""

    def __init__(self, files: Files) -> None:
        stored = load_table(files, FOLDER, StoredLexicon)
        self._languages: list[str] = stored.settings["languages"] or ["en"]
        self._words = stored.words
        self._terms = stored.terms
        self._document_frequencies = stored.document_frequencies
        self._term_of = stored.term_of
        self._corrector = SpellingCorrector(self._words, self._document_frequencies)
        self._stemmers = analysis.stemmers(self._languages)
        self._number_cache: BoundedCache[str, Term] = BoundedCache(MOST_CACHED_NUMBERS)
        self._prefix_cache: BoundedCache[str, Word] = BoundedCache(MOST_CACHED_PREFIXES)
        self._synonyms = self._resolved_synonyms(stored.settings["synonyms"])
        self._synonym_lengths = sorted({key.count(" ") + 1 for key in self._synonyms})

    def term(self, number: Term) -> str:
        return self._terms[number]

    @property
    def terms(self) -> int:
        """The number of terms."""
        return len(self._terms)

    @property
    def term_of(self) -> NDArray[np.uint32]:
        """The term of each word, by the word's number."""
        return self._term_of

    def resolve(self, query: ParsedQuery, language: str | None = None) -> ResolvedQuery:
        """Typed words → terms. Stop words are dropped unless nothing else is left; unknown words are corrected.

        language: an ISO 639 code that decides stems and stop words; None stands for all languages of the posts.
        """
        # The words of the site's synonyms are right as they are, even if no post has them.
        known = {word: word for match in self._synonyms_in(query.tokens) for word in match.typed}
        lookup = _Lookup(self, query, language, known)
        finished = query.words[:-1] if query.is_prefix else query.words
        unfinished: Word = ()
        if query.is_prefix:
            unfinished = self.continued(query.words[-1])
            if not unfinished:
                finished = query.words
        scored = [word for word in finished if self._is_content_word(word, language)]
        if not scored and not unfinished and not query.phrases:
            scored = list(finished)
        words = [lookup.spelling(word) for word in scored]
        phrases = [[lookup.spelling(word) for word in phrase] for phrase in query.phrases]
        corrected = lookup.corrected
        tokens = [corrected.get(word, word) for word in query.tokens]
        is_corrected = any(word != correction for word, correction in corrected.items())
        return ResolvedQuery(
            words=tuple(dict.fromkeys(lookup.phrase(words))),
            phrases=tuple(map(lookup.phrase, phrases)),
            exclusions=tuple(map(lookup.phrase, query.exclusions)),
            unfinished=unfinished,
            order=lookup.phrase(word for word in tokens if self._is_content_word(word, language) or word in words),
            synonyms=tuple(dict.fromkeys(phrase for match in self._synonyms_in(tokens) for phrase in match.synonyms)),
            title_key=query.title_key,
            suggestion=_corrected_text(query, corrected) if is_corrected else None,
        )

    def _is_content_word(self, word: str, language: str | None) -> bool:
        return not analysis.is_stop_word(word, language or self._languages[0])

    def stems(self, word: str, language: str | None = None, limit: int = MOST_CONTINUATIONS) -> Word:
        """The terms of a word in one language, or in every language of the posts where it is None.

        limit: how many terms a single Chinese, Japanese or Korean character expands to at most.
        """
        if len(word) == 1 and analysis.is_cjk(word):  # the index holds bigrams
            return self.continued(word)[:limit]
        stemmers = analysis.stemmers([language]) if language else self._stemmers
        if len(stemmers) == 1:
            number = self.number(stemmers[0](word))
            return () if number is None else (number,)
        numbers = {self.number(stem(word)) for stem in stemmers}
        return tuple(sorted(number for number in numbers if number is not None))

    def number(self, term: str) -> Term | None:
        """The number of a term; None where no post has it."""
        number = self._number_cache.get(term)
        if number is None and (indices := self._terms.indices(term)):
            return self._number_cache.keep(term, indices[0])
        return number

    # ---------------------------------------------------------------------------------------------- spelling

    def has(self, word: str) -> bool:
        """Whether some post has exactly this word."""
        return bool(self._words.indices(word))

    def nearest(self, word: str, budget: ComparisonBudget | None = None) -> str | None:
        """The word that was probably meant, see `SpellingCorrector.nearest`. budget: what the query has left."""
        return self._corrector.nearest(word, budget or ComparisonBudget())

    # ------------------------------------------------------------------------------------ prefixes, completion

    def continued(self, prefix: str) -> Word:
        """The terms of the words with a prefix: first the prefix as a word, then the most frequent words."""
        terms = self._prefix_cache.get(prefix)
        if terms is None:
            frequent = self._most_frequent(prefix, MOST_CONTINUATIONS)
            exact = self._words.indices(prefix)
            indices = [*exact, *(index for index in frequent if index not in exact)][:MOST_CONTINUATIONS]
            terms = tuple(dict.fromkeys(self._term_of[indices].tolist())) if indices else ()
            if terms and len(prefix) <= LONGEST_CACHED_PREFIX:
                self._prefix_cache.keep(prefix, terms)
        return terms

    def _most_frequent(self, prefix: str, limit: int) -> list[int]:
        """The indices of the words with a prefix, by descending document frequency, ties in alphabetical order."""
        indices = self._words.starting_with(prefix)
        frequencies = self._document_frequencies[indices.start : indices.stop]
        if len(frequencies) > 4 * limit:  # only those that reach the frequency of the last one need sorting
            threshold = np.partition(frequencies, len(frequencies) - limit)[len(frequencies) - limit]
            candidates = np.flatnonzero(frequencies >= threshold)
        else:
            candidates = np.arange(len(frequencies))
        best = candidates[np.argsort(-frequencies[candidates], kind="stable")[:limit]]
        return [indices.start + offset for offset in best.tolist()]

    def complete(self, prefix: str, limit: int) -> list[str]:
        """The words with a prefix, those in the most posts first."""
        # A word of several languages is listed once for each.
        indices = self._most_frequent(prefix, limit * len(self._languages))
        return list(dict.fromkeys(self._words[index] for index in indices if self._document_frequencies[index]))[:limit]

    # ---------------------------------------------------------------------------------------------- synonyms

    def _resolved_synonyms(self, groups: Sequence[Sequence[str]]) -> dict[str, tuple[Phrase, ...]]:
        """The stems of each member of each group → the other members that some post may have."""
        synonyms: dict[str, dict[Phrase, None]] = defaultdict(dict)
        for group in groups:
            members = [analysis.words(member) for member in group]
            phrases = {" ".join(self._stemmed(words)): tuple(map(self.stems, words)) for words in members}
            for key in phrases:
                synonyms[key] |= {phrase: None for other, phrase in phrases.items() if other != key and all(phrase)}
        return {key: tuple(phrases) for key, phrases in synonyms.items()}

    def _stemmed(self, words: Iterable[str]) -> list[str]:
        return list(map(self._stemmers[0], words))

    def _synonyms_in(self, typed: Sequence[str]) -> Iterator[_SynonymMatch]:
        """The runs of typed words that have synonyms; a run of stop words only if it is the entire query."""
        if not self._synonyms:
            return
        stems = self._stemmed(typed)
        for length in self._synonym_lengths:
            for start in range(len(typed) - length + 1):
                synonyms = self._synonyms.get(" ".join(stems[start : start + length]))
                words = typed[start : start + length]
                if synonyms and (length == len(typed) or any(self._is_content_word(word, None) for word in words)):
                    yield _SynonymMatch(words, synonyms)


class _Lookup:
    """The spellings and terms of the words of one query; each word is looked up once.

    corrected: word → its spelling; words known to be right map to themselves.
    """

    def __init__(self, lexicon: Lexicon, query: ParsedQuery, language: str | None, corrected: dict[str, str]) -> None:
        self.corrected = corrected
        self._lexicon = lexicon
        self._query = query
        self._language = language
        self._budget = ComparisonBudget()
        self._stems: dict[str, Word] = {}

    def spelling(self, word: str) -> str:
        """The word itself if some post has it or its stem, else the nearest word of the posts."""
        correction = self.corrected.get(word)
        if correction is None:
            stems = self._word(word) if self._language is None else self._lexicon.stems(word)
            if stems or self._lexicon.has(word):
                return word
            self.corrected[word] = correction = self._lexicon.nearest(word, self._budget) or word
        return correction

    def phrase(self, words: Iterable[str]) -> Phrase:
        return tuple(map(self._word, words))

    def _word(self, word: str) -> Word:
        stems = self._stems.get(word)
        if stems is None:
            limit = self._character_limit if len(word) == 1 else MOST_CONTINUATIONS
            self._stems[word] = stems = self._lexicon.stems(word, self._language, limit)
        return stems

    @cached_property
    def _character_limit(self) -> int:
        """How many terms a single CJK character expands to: the more of them in the query, the fewer for each."""
        query = self._query
        words = chain(query.words, *query.phrases, *query.exclusions)
        characters = sum(len(word) == 1 and analysis.is_cjk(word) for word in words)
        return min(MOST_CONTINUATIONS, MOST_FORMS // max(characters, 1))


@dataclass(frozen=True, slots=True)
class _SynonymMatch:
    """Typed words and their synonyms."""

    typed: Sequence[str]
    synonyms: tuple[Phrase, ...]


def _corrected_text(query: ParsedQuery, corrected: dict[str, str]) -> str:
    def corrected_words(words: Iterable[str]) -> str:
        return " ".join(corrected.get(word, word) for word in words)

    clauses = [corrected_words([word]) for word in query.words]
    clauses += [f'"{corrected_words(phrase)}"' for phrase in query.phrases]
    clauses += [f'-"{" ".join(words)}"' if len(words) > 1 else f"-{words[0]}" for words in query.exclusions]
    return " ".join(clauses)
