"""The site's own words: what a typed word stands for, how it is probably spelt, and how it may go on.

Terms are stems, and a stem has no prefixes: nothing that starts with "cachin" stems to "cach". So prefixes, spelling
and completion work on words as they stand in the posts, each with the term that it became.

    lexicon/words   every word, sorted; one that stands in two languages stands here twice
    lexicon/terms   every term, sorted: its place is the number by which engines know it
    lexicon/*.npy   of every word: its language, the posts whose prose holds it (0: only code does), its term
    lexicon/lexicon.json the languages, that of most posts first, and the synonyms of the settings
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, ParsedQuery
from indexer.search.spelling import ComparisonBudget, SpellingCorrector
from indexer.store.arrays import Files, SortedStringArray, StringArray, save, save_strings
from indexer.store.bounded_cache import BoundedCache
from indexer.text import analysis
from indexer.text.token_stream import PartKind, TokenStream

FOLDER = "lexicon"
SETTINGS = "lexicon.json"
# What a prefix may stand for: enough to find, few enough to stay fast after one letter.
MOST_CONTINUATIONS = 50
# Longer prefixes have so few continuations that they need not be remembered.
LONGEST_REMEMBERED = 3
# What all words of a question that are prefixes may stand for: the characters of a Chinese question, one by one.
MOST_FORMS = 400
# Terms and prefixes that are remembered: some 5 MB of each at most.
MOST_NUMBERS, MOST_REMEMBERED = 30_000, 2_000

Term = int
Word = tuple[Term, ...]  # the terms any of which will do; none where no post has such a word
Phrase = tuple[Word, ...]  # words side by side


@dataclass(frozen=True, slots=True)
class ResolvedQuery:
    """What was typed, in the terms of the index.

    words: those that count, best when all are there. phrases, exclusions: words that stand side by side. unfinished:
    what the last word may become. order: the words that count in the order typed, those of phrases and doubles too.
    synonyms: what the site's synonyms put beside the words. suggestion: the text corrected, where a word stood
    nowhere; the corrected words are the ones that are searched for.
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


# ------------------------------------------------------------------------------------------------------ writing


def write_lexicon(
    directory: Path, corpus: Corpus, tokens: TokenStream, synonyms: Sequence[Sequence[str]] = ()
) -> NDArray[np.uint32]:
    """Writes the folder lexicon/ into a generation's directory. Returns the term of each word of `tokens`.

    tokens: those of the corpus, its words sorted.
    """
    folder = directory / FOLDER
    folder.mkdir()
    stems = [analysis.stemmer(language)(word) for language, word in tokens.words]
    terms = sorted(set(stems))
    number = {term: place for place, term in enumerate(terms)}
    term_of = np.array([number[stem] for stem in stems], dtype=np.uint32)
    languages = languages_of(corpus)
    place = {language: place for place, language in enumerate(languages)}
    save_strings(folder, "words", (word for _, word in tokens.words))
    save_strings(folder, "terms", terms)
    save(folder / "language_of.npy", np.array([place[language] for language, _ in tokens.words], dtype=np.uint16))
    save(folder / "term_of.npy", term_of)
    save(folder / "counts.npy", document_frequency(tokens))
    said = {"languages": languages, "synonyms": [list(group) for group in synonyms]}
    (folder / SETTINGS).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return term_of


def document_frequency(tokens: TokenStream) -> NDArray[np.int32]:
    """In the prose of how many posts each word stands."""
    from scipy import sparse  # only a build needs it

    sizes = tokens.lengths.astype(np.int64) + 1
    places = np.flatnonzero(np.repeat(tokens.kinds <= PartKind.ALIAS, sizes) & (tokens.stream < len(tokens.words)))
    first_places = np.searchsorted(places, tokens.starts()[tokens.first_parts()])
    shape = (len(tokens.counts), len(tokens.words))
    words = tokens.stream[places].astype(np.int32)
    # The transpose has for each word the posts in order, as often as the word stands there.
    transposed = sparse.csr_array((np.zeros(len(words), dtype=np.uint8), words, first_places), shape=shape).tocsc()
    is_first = np.ones(len(words), dtype=bool)
    is_first[1:] = transposed.indices[1:] != transposed.indices[:-1]
    is_first[transposed.indptr[:-1][np.diff(transposed.indptr) > 0]] = True
    counted = np.concatenate([[0], np.cumsum(is_first)])
    frequency: NDArray[np.int32] = np.diff(counted[transposed.indptr]).astype(np.int32)
    return frequency


def languages_of(corpus: Corpus) -> list[str]:
    """The languages of the posts, that of most posts first."""
    posts_in = Counter(post.language for post in corpus)
    return sorted(posts_in, key=lambda language: (-posts_in[language], language))


# ------------------------------------------------------------------------------------------------------ reading


def word_pairs(files: Files) -> list[tuple[str, str]]:
    """Every word with its language, by number."""
    languages = json.loads(files.read(f"{FOLDER}/{SETTINGS}"))["languages"]
    language_of = files.array(f"{FOLDER}/language_of.npy").tolist()
    words = StringArray(files, f"{FOLDER}/words").all()
    return [(languages[language], word) for language, word in zip(language_of, words, strict=True)]


class Lexicon:
    """The words of one generation, in order."""

    def __init__(self, files: Files) -> None:
        said = json.loads(files.read(f"{FOLDER}/{SETTINGS}"))
        self._languages: list[str] = said["languages"] or ["en"]
        self._words = SortedStringArray(files, f"{FOLDER}/words")
        self._terms = SortedStringArray(files, f"{FOLDER}/terms")
        self._counts = files.array(f"{FOLDER}/counts.npy")
        self._term_of = files.array(f"{FOLDER}/term_of.npy")
        self._spellings = SpellingCorrector(files, f"{FOLDER}/words", self._words, self._counts)
        self._stemmers = analysis.stemmers(self._languages)
        self._numbers: BoundedCache[str, Term] = BoundedCache(MOST_NUMBERS)  # of the terms that were asked for
        self._remembered: BoundedCache[str, Word] = BoundedCache(MOST_REMEMBERED)  # what short prefixes may become
        self._synonyms = self._resolved(said["synonyms"])
        self._synonym_lengths = sorted({key.count(" ") + 1 for key in self._synonyms})

    def term(self, number: Term) -> str:
        return self._terms[number]

    @property
    def terms(self) -> int:
        """How many terms there are."""
        return len(self._terms)

    @property
    def term_of(self) -> NDArray[np.uint32]:
        """The term of each word, by the word's number."""
        return self._term_of

    def resolve(self, query: ParsedQuery, language: str | None = None) -> ResolvedQuery:
        """Typed words → terms. Stop words are dropped where anything else is left; unknown words are corrected."""
        # Right as they are, though perhaps no post has them: the site's settings do.
        known = {word: word for match in self._synonyms_in(query.tokens) for word in match.typed}
        lookup = _Lookup(self, query, language, known)
        finished = query.words[:-1] if query.is_prefix else query.words
        unfinished: Word = ()
        if query.is_prefix:
            unfinished = self.continued(query.words[-1])
            if not unfinished:
                finished = query.words
        kept = [word for word in finished if self._is_non_stopword(word, language)]
        if not kept and not unfinished and not query.phrases:
            kept = list(finished)
        words = [lookup.spelling(word) for word in kept]
        phrases = [[lookup.spelling(word) for word in phrase] for phrase in query.phrases]
        corrected = lookup.corrected
        tokens = [corrected.get(word, word) for word in query.tokens]
        is_corrected = any(word != near for word, near in corrected.items())
        return ResolvedQuery(
            words=tuple(dict.fromkeys(lookup.phrase(words))),
            phrases=tuple(map(lookup.phrase, phrases)),
            exclusions=tuple(map(lookup.phrase, query.exclusions)),
            unfinished=unfinished,
            order=lookup.phrase(word for word in tokens if self._is_non_stopword(word, language) or word in words),
            synonyms=tuple(dict.fromkeys(other for match in self._synonyms_in(tokens) for other in match.synonyms)),
            title_key=query.title_key,
            suggestion=_corrected_text(query, corrected) if is_corrected else None,
        )

    def _is_non_stopword(self, word: str, language: str | None) -> bool:
        return not analysis.is_stop_word(word, language or self._languages[0])

    def stems(self, word: str, language: str | None = None, most: int = MOST_CONTINUATIONS) -> Word:
        """The terms of a word: in the language asked for, else in every language that the posts are written in.

        most: of what one character of Chinese, Japanese or Korean may stand for.
        """
        if len(word) == 1 and analysis.is_cjk(word):  # the index holds pairs
            return self.continued(word)[:most]
        stemmers = analysis.stemmers([language]) if language else self._stemmers
        if len(stemmers) == 1:
            number = self.number(stemmers[0](word))
            return () if number is None else (number,)
        numbers = {self.number(stem(word)) for stem in stemmers}
        return tuple(sorted(number for number in numbers if number is not None))

    def number(self, term: str) -> Term | None:
        """The number of a term; None where no post has it."""
        number = self._numbers.get(term)
        if number is None and (places := self._terms.places(term)):
            return self._numbers.keep(term, places[0])
        return number

    # ---------------------------------------------------------------------------------------------- spelling

    def has(self, word: str) -> bool:
        """Whether some post has this very word."""
        return bool(self._words.places(word))

    def nearest(self, word: str, budget: ComparisonBudget | None = None) -> str | None:
        """The word of the posts that was probably meant, as in `SpellingCorrector`. budget: what the query has left."""
        return self._spellings.nearest(word, budget or ComparisonBudget())

    # --------------------------------------------------------------------------------------- what may follow

    def continued(self, prefix: str) -> Word:
        """The terms of the words that start so, of the word itself first, then of those in most posts."""
        terms = self._remembered.get(prefix)
        if terms is None:
            places = self._most_written(prefix, MOST_CONTINUATIONS)
            exact = self._words.places(prefix)
            numbers = [*exact, *(place for place in places if place not in exact)][:MOST_CONTINUATIONS]
            terms = tuple(dict.fromkeys(self._term_of[numbers].tolist())) if numbers else ()
            if terms and len(prefix) <= LONGEST_REMEMBERED:
                self._remembered.keep(prefix, terms)
        return terms

    def _most_written(self, prefix: str, most: int) -> list[int]:
        """The words that start so, those in most posts first, in the order of the alphabet where it is the same."""
        places = self._words.starting_with(prefix)
        counts = self._counts[places.start : places.stop]
        if len(counts) > 4 * most:  # the count of the last one that can be among them, then everything above it
            least = np.partition(counts, len(counts) - most)[len(counts) - most]
            kept = np.flatnonzero(counts >= least)
        else:
            kept = np.arange(len(counts))
        best = kept[np.argsort(-counts[kept], kind="stable")[:most]]
        return [places.start + one for one in best.tolist()]

    def complete(self, prefix: str, limit: int) -> list[str]:
        """The words that start so, those in most posts first."""
        # A word of several languages stands there once for each.
        places = self._most_written(prefix, limit * len(self._languages))
        return list(dict.fromkeys(self._words[place] for place in places if self._counts[place]))[:limit]

    # ---------------------------------------------------------------------------------------------- synonyms

    def _resolved(self, groups: Sequence[Sequence[str]]) -> dict[str, tuple[Phrase, ...]]:
        """Each member of each group, without endings → the other members that some post has."""
        others: dict[str, dict[Phrase, None]] = defaultdict(dict)
        for group in groups:
            members = [analysis.words(member) for member in group]
            runs = {" ".join(self._without_endings(words)): tuple(map(self.stems, words)) for words in members}
            for key in runs:
                others[key] |= {phrase: None for other, phrase in runs.items() if other != key and all(phrase)}
        return {key: tuple(runs) for key, runs in others.items()}

    def _without_endings(self, words: Iterable[str]) -> list[str]:
        return list(map(self._stemmers[0], words))

    def _synonyms_in(self, typed: Sequence[str]) -> Iterator[_SynonymMatch]:
        """The words side by side that the synonyms of the site have something for. Stop words only if all that is."""
        if not self._synonyms:
            return
        bare = self._without_endings(typed)
        for length in self._synonym_lengths:
            for start in range(len(typed) - length + 1):
                synonyms = self._synonyms.get(" ".join(bare[start : start + length]))
                words = typed[start : start + length]
                if synonyms and (length == len(typed) or any(self._is_non_stopword(word, None) for word in words)):
                    yield _SynonymMatch(words, synonyms)


class _Lookup:
    """What the words of one query stand for; each is looked up once.

    corrected: words and how they are spelt; those that are right are given.
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
        near = self.corrected.get(word)
        if near is None:
            stems = self._word(word) if self._language is None else self._lexicon.stems(word)
            if stems or self._lexicon.has(word):
                return word
            self.corrected[word] = near = self._lexicon.nearest(word, self._budget) or word
        return near

    def phrase(self, words: Iterable[str]) -> Phrase:
        return tuple(map(self._word, words))

    def _word(self, word: str) -> Word:
        stems = self._stems.get(word)
        if stems is None:
            most = self._most if len(word) == 1 else MOST_CONTINUATIONS
            self._stems[word] = stems = self._lexicon.stems(word, self._language, most)
        return stems

    @cached_property
    def _most(self) -> int:
        """What one character of Chinese, Japanese or Korean may stand for: less where there are many of them."""
        query = self._query
        words = chain(query.words, *query.phrases, *query.exclusions)
        alone = sum(len(word) == 1 and analysis.is_cjk(word) for word in words)
        return min(MOST_CONTINUATIONS, MOST_FORMS // max(alone, 1))


@dataclass(frozen=True, slots=True)
class _SynonymMatch:
    """Words that were typed, and what also stands for them."""

    typed: Sequence[str]
    synonyms: tuple[Phrase, ...]


def _corrected_text(query: ParsedQuery, corrected: dict[str, str]) -> str:
    def spelt(words: Iterable[str]) -> str:
        return " ".join(corrected.get(word, word) for word in words)

    pieces = [spelt([word]) for word in query.words]
    pieces += [f'"{spelt(phrase)}"' for phrase in query.phrases]
    pieces += [f'-"{" ".join(words)}"' if len(words) > 1 else f"-{words[0]}" for words in query.exclusions]
    return " ".join(pieces)
