"""The vocabulary of the site: the terms of a typed word, its likely spelling, its completions, its other forms.

Terms are stems, so prefixes cannot be looked up among them: "cachin" begins "caching", but not its stem "cach". Prefix
search, spelling and completion therefore work on words as written in the posts, each mapped to its term. A term belongs
to a language, so that the German "not" is not what English "notes" are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Lead, Post
from indexer.search.spelling import ComparisonBudget, SpellingCorrector
from indexer.store.arrays import Files, SortedStringArray, StringArray
from indexer.store.bounded_cache import BoundedCache
from indexer.store.since import Since
from indexer.store.tables import files_of, load_table, save_table
from indexer.text import analysis
from indexer.text.token_stream import PartKind, TokenStream, leads_of

FOLDER = "lexicon"
# Terms that a prefix expands to: enough to find what is meant, few enough to stay fast after one letter.
MOST_CONTINUATIONS = 50
# Letters that a word shares with all words of its stem, and the longest ending that is taken for an inflection.
SHORTEST_SHARED, LONGEST_INFLECTION = 3, 2
# Longer prefixes have so few continuations that they need no cache.
LONGEST_CACHED_PREFIX = 3
# Words joined in one that a prefix may be the beginning of.
MOST_COMPOUNDS = 10
# The characters of an unfinished word that may be past its stem, and those that must be left: "installati" → "install".
LONGEST_ENDING, SHORTEST_STEM = 5, 4
# Entries of the caches of the terms of words and of prefixes: at most about 8 MB each.
MOST_CACHED_WORDS, MOST_CACHED_PREFIXES = 30_000, 2_000

NO_PAIRS: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

Term = int
Word = tuple[Term, ...]  # alternatives: any of these terms matches; empty where no post has the word
Phrase = tuple[Word, ...]  # adjacent words


@dataclass(frozen=True, slots=True)
class StoredLexicon:
    """The files of lexicon/.

    words: every word, sorted; a word of two languages is listed twice. language_of: the language of each word, an
    index into the languages of `settings`. document_frequencies: of each word in prose; 0 where only code has it.
    terms: every term, sorted; engines know a term by its index here. term_of: the term of each word.
    has_other_forms: whether words of a term differ in more than their inflection. options: the words
    that stand after a dash somewhere, as in --help, sorted. compounds: what two words of the site give together,
    sorted: "frontmatter" of "front matter"; compound_splits: the length of the first word of each. folded: words that
    are written otherwise than they are compared, sorted; written: how each is written most often. accented,
    capitalised: what that was found in, see `_Spelt`, sorted, and how often each occurs; for the next build. settings:
    the number of posts, the languages, the one with the most posts first, and the synonyms of the site.
    """

    words: SortedStringArray
    language_of: NDArray[np.uint16]
    document_frequencies: NDArray[np.int32]
    terms: SortedStringArray
    term_of: NDArray[np.uint32]
    has_other_forms: NDArray[np.bool_]
    options: SortedStringArray
    compounds: SortedStringArray
    compound_splits: NDArray[np.uint8]
    folded: SortedStringArray
    written: StringArray
    accented: StringArray
    accented_counts: NDArray[np.int32]
    capitalised: StringArray
    capitalised_counts: NDArray[np.int32]
    settings: dict[str, Any]


FILES = files_of(FOLDER, StoredLexicon)


# ------------------------------------------------------------------------------------------------------ writing


def write_lexicon(
    directory: Path,
    corpus: Corpus,
    tokens: TokenStream,
    synonyms: Sequence[Sequence[str]] = (),
    since: Since | None = None,
) -> NDArray[np.uint32]:
    """Writes the folder lexicon/ into a generation's directory.

    tokens: the token stream of the corpus, its words sorted. since: what may be taken over.
    Returns the term of each word of `tokens` (uint32).
    """
    languages = languages_of(corpus)
    term_of_word = terms_of(tokens.words, languages)
    terms = sorted(set(term_of_word))
    number_of_term = {term: number for number, term in enumerate(terms)}
    term_of = np.array([number_of_term[term] for term in term_of_word], dtype=np.uint32)
    compounds = sorted(_compounds(tokens))
    spelt, written = _spelt(corpus, tokens, since)
    number_of_language = {language: number for number, language in enumerate(languages)}
    values = {
        "words": (word for _, word in tokens.words),
        "language_of": np.array([number_of_language[language] for language, _ in tokens.words], dtype=np.uint16),
        "document_frequencies": document_frequencies(tokens),
        "terms": terms,
        "term_of": term_of,
        "has_other_forms": _with_other_forms(tokens, term_of, len(terms)),
        "options": _options(tokens),
        "compounds": (word for word, _ in compounds),
        "compound_splits": np.array([split for _, split in compounds], dtype=np.uint8),
        "folded": written.keys(),
        "written": written.values(),
        **spelt.stored(),
        "settings": {"posts": len(corpus), "languages": languages, "synonyms": [list(group) for group in synonyms]},
    }
    save_table(directory / FOLDER, StoredLexicon, values)
    return term_of


def terms_of(words: Iterable[tuple[str, str]], languages: Sequence[str]) -> list[str]:
    """The term of each word, given as (language, word). languages: those of the site."""
    endings = _endings(languages)
    ways = {language: (analysis.stemmer(language), endings[analysis.algorithm(language)]) for language in languages}
    return [stem(word) + ending for (stem, ending), word in ((ways[language], word) for language, word in words)]


def _endings(languages: Iterable[str]) -> dict[str, str]:
    """What tells the terms of one stemmer from those of others; nothing where the site has only one."""
    names = list(analysis.stemmers(languages))
    return {name: f"\x1f{name}" if len(names) > 1 else "" for name in names}


_INFLECTIONS = frozenset(("ing", "ies", "ied", "'s"))


def _is_inflection(word: str, other: str) -> bool:
    """Whether two words of one stem are the same but for an ending: rate and rating, but not author and authority."""
    shared = 0
    while shared < min(len(word), len(other)) and word[shared] == other[shared]:
        shared += 1
    return all(len(rest) <= LONGEST_INFLECTION or rest in _INFLECTIONS for rest in (word[shared:], other[shared:]))


def _with_other_forms(tokens: TokenStream, term_of: NDArray[np.uint32], terms: int) -> NDArray[np.bool_]:
    """For each term whether some of its words are more than inflections of the shortest."""
    shortest: dict[int, str] = {}
    has_other_forms = np.zeros(terms, dtype=bool)
    for (_, word), term in sorted(zip(tokens.words, term_of.tolist(), strict=True), key=lambda item: len(item[0][1])):
        other = shortest.setdefault(term, word)
        if other is not word and not _is_inflection(word, other):
            has_other_forms[term] = True
    return has_other_forms


def _options(tokens: TokenStream) -> list[str]:
    """The words that stand after a dash somewhere, sorted."""
    dashed = [np.unique(piece.stream[leads_of(piece.spans) >= Lead.DASHED]) for _, piece in tokens.blocks()]
    return sorted({tokens.words[number][1] for numbers in dashed for number in numbers.tolist()})


def _compounds(tokens: TokenStream) -> set[tuple[str, int]]:
    """Neighbours joined in one, and the length of the first: where signs tie them, and in titles, headings and tags."""
    words = ["" if analysis.is_cjk(word) else word for _, word in tokens.words]
    pairs = np.unique(np.concatenate([NO_PAIRS, *(_tied_pairs(piece) for _, piece in tokens.blocks())]))
    firsts, seconds = pairs // max(len(words), 1), pairs % max(len(words), 1)
    joined = ((words[a], words[b]) for a, b in zip(firsts.tolist(), seconds.tolist(), strict=True))
    longest = analysis.LONGEST_WORD
    return {(a + b, len(a)) for a, b in joined if a and b and len(a) + len(b) <= longest}


def _tied_pairs(tokens: TokenStream) -> NDArray[np.int64]:
    """Such neighbours, as first · number of words + second."""
    sizes = tokens.lengths.astype(np.int64) + 1
    kinds = np.repeat(tokens.kinds, sizes)
    is_word = tokens.stream < len(tokens.words)
    is_named = np.isin(kinds, (PartKind.TITLE, PartKind.HEADING, PartKind.TAG, PartKind.ALIAS))
    leads = leads_of(tokens.spans)
    is_tied = (leads >= Lead.HYPHENED) & (leads <= Lead.JOINED) & (kinds <= PartKind.ALIAS)
    second = np.flatnonzero(is_word[1:] & is_word[:-1] & (is_named | is_tied)[1:]) + 1
    return np.unique(tokens.stream[second - 1].astype(np.int64) * len(tokens.words) + tokens.stream[second])


_WORD = re.compile(r"\w+")
# A word with a capital, and what is before it within a sentence. It begins with a set of letters, so it is quick.
_CAPITAL = "[A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0400-\u042f]"
_CAPITALISED = re.compile(rf"({_CAPITAL}(?:(?<=([^\W_A-Z]|,) .)|(?<![^\W_].))[^\W_]*)")
# Their nouns all have a capital, so it is no part of how a word is spelt.
_WITH_CAPITAL_NOUNS = ("de", "lb")


@dataclass(frozen=True, slots=True)
class _Spelt:
    """How words are spelt in some posts, and how often.

    accented: with letters beyond ASCII, in lower case. capitalised: with a capital; before each word stands what was
    before it within a sentence, a letter or a comma, or a blank where it may have begun one.
    """

    accented: Counter[str]
    capitalised: Counter[str]

    @classmethod
    def of(cls, posts: Iterable[Post]) -> _Spelt:
        accented, capitalised = Counter[str](), Counter[tuple[str, str]]()
        for post in posts:
            has_capital_nouns = post.language.lower().partition("-")[0] in _WITH_CAPITAL_NOUNS
            for text in _prose(post):
                pieces = () if text.isascii() else (piece for piece in text.lower().split() if not piece.isascii())
                accented.update(word for piece in pieces for word in _WORD.findall(piece) if not word.isascii())
                if not has_capital_nouns:
                    capitalised.update(_CAPITALISED.findall(text))
        return cls(accented, Counter({f"{before or ' '}{word}": n for (word, before), n in capitalised.items()}))

    @classmethod
    def updated(cls, stored: StoredLexicon, new: _Spelt, gone: _Spelt) -> _Spelt:
        """What the last generation has stored, with what is new and without what is gone."""
        accented = Counter(dict(zip(stored.accented.all(), stored.accented_counts.tolist(), strict=True)))
        capitalised = Counter(dict(zip(stored.capitalised.all(), stored.capitalised_counts.tolist(), strict=True)))
        return cls(
            _updated(accented, new.accented, gone.accented),
            _updated(capitalised, new.capitalised, gone.capitalised),
        )

    def folded(self) -> set[str]:
        """The words as they are compared."""
        return {analysis.fold(word) for word in self.accented} | {
            analysis.fold(found[1:]) for found in self.capitalised
        }

    def of_words(self, words: Collection[str]) -> _Spelt:
        """What is spelt that is one of some folded words."""
        return _Spelt(
            Counter({word: count for word, count in self.accented.items() if analysis.fold(word) in words}),
            Counter({found: count for found, count in self.capitalised.items() if analysis.fold(found[1:]) in words}),
        )

    def stored(self) -> dict[str, Any]:
        """The fields of StoredLexicon that hold this."""
        return {
            "accented": sorted(self.accented),
            "accented_counts": np.array([self.accented[word] for word in sorted(self.accented)], dtype=np.int32),
            "capitalised": sorted(self.capitalised),
            "capitalised_counts": np.array([self.capitalised[w] for w in sorted(self.capitalised)], dtype=np.int32),
        }

    def written(self, tokens: TokenStream) -> dict[str, str]:
        """Words that are written otherwise than they are compared, sorted → how they are written most often.

        With accents, and with capitals where most have them within sentences: größe, Kubernetes.
        """
        return dict(sorted((_spellings(self.accented) | self._with_capitals(tokens)).items()))

    def _with_capitals(self, tokens: TokenStream) -> dict[str, str]:
        """The words that have capitals within sentences more often than they have none anywhere, by folded form."""
        within, capitals_within, capitals = Counter[str](), Counter[str](), Counter[str]()
        for found, count in self.capitalised.items():
            before, word = found[0], found[1:]
            folded = analysis.fold(word)
            capitals[folded] += count
            if before != " ":
                within[word] += count
                capitals_within[folded] += count
        spellings = _spellings(within)
        totals = _occurrences(tokens, spellings)
        return {
            word: spelt for word, spelt in spellings.items() if capitals_within[word] > totals[word] - capitals[word]
        }


def _spelt(corpus: Corpus, tokens: TokenStream, since: Since | None) -> tuple[_Spelt, dict[str, str]]:
    """How words are spelt in a corpus, and how each is written, see `_Spelt.written`.

    Only how words of posts that have changed are written needs to be found out again.
    """
    if since is None:
        spelt = _Spelt.of(corpus)
        return spelt, spelt.written(tokens)
    stored = load_table(since.files, FOLDER, StoredLexicon)
    changed = [*(post for _, post in since.new(corpus)), *since.gone]
    new, gone = _Spelt.of(changed[: len(changed) - len(since.gone)]), _Spelt.of(since.gone)
    spelt = _Spelt.updated(stored, new, gone)
    words = {word for post in changed for text in _prose(post) for word in analysis.words(text)}
    words |= new.folded() | gone.folded()
    kept = {
        word: written
        for word, written in zip(stored.folded.all(), stored.written.all(), strict=True)
        if word not in words
    }
    return spelt, dict(sorted((kept | spelt.of_words(words).written(tokens)).items()))


def _updated(counts: Counter[str], new: Counter[str], gone: Counter[str]) -> Counter[str]:
    counts.update(new)
    counts.subtract(gone)
    for word in gone:
        if not counts[word]:
            del counts[word]
    return counts


def _prose(post: Post) -> Iterator[str]:
    sections = (text for section in post.sections for text in (section.heading, section.text))
    return chain((post.title, post.description), post.tags, sections)


def _spellings(counts: Counter[str]) -> dict[str, str]:
    """The most frequent of the spellings of each word that is compared in another form, by that form."""
    written: dict[str, str] = {}
    for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if len(analysis.words(word)) == 1 and (folded := analysis.fold(word)) != word:
            written.setdefault(folded, word)
    return written


def _occurrences(tokens: TokenStream, words: Collection[str]) -> Counter[str]:
    """How often each of some words stands in prose, in any language."""
    counts = np.zeros(len(tokens.words), dtype=np.int64)
    for _, piece in tokens.blocks():
        in_prose = np.repeat(piece.kinds <= PartKind.TAG, piece.lengths.astype(np.int64) + 1)
        numbers = piece.stream[in_prose & (piece.stream < len(tokens.words))]
        counts += np.bincount(numbers, minlength=len(tokens.words))
    occurrences = Counter[str]()
    for (_, word), count in zip(tokens.words, counts.tolist(), strict=True):
        if word in words:
            occurrences[word] += count
    return occurrences


def document_frequencies(tokens: TokenStream) -> NDArray[np.int32]:
    """For each word the number of posts whose prose has it."""
    found = np.zeros(len(tokens.words), dtype=np.int32)
    for _, piece in tokens.blocks():
        found += _document_frequencies(piece)
    return found


def _document_frequencies(tokens: TokenStream) -> NDArray[np.int32]:
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
        self.languages: list[str] = stored.settings["languages"] or ["en"]
        self.posts: int = stored.settings["posts"]
        self.synonyms: list[list[str]] = stored.settings["synonyms"]
        self.term_of = stored.term_of
        self._stored = stored
        self._words = stored.words
        self._terms = stored.terms
        self._document_frequencies = stored.document_frequencies
        self._corrector = SpellingCorrector(self._words, self._document_frequencies)
        self._stemmers = analysis.stemmers(self.languages)
        self._endings = _endings(self.languages)
        self._word_cache: BoundedCache[tuple[str, str | None], Word] = BoundedCache(MOST_CACHED_WORDS)
        self._prefix_cache: BoundedCache[str, Word] = BoundedCache(MOST_CACHED_PREFIXES)

    def term(self, number: Term) -> str:
        return self._terms[number]

    @property
    def terms(self) -> int:
        """The number of terms."""
        return len(self._terms)

    # ------------------------------------------------------------------------------------------------- terms

    def stems(self, word: str, language: str | None = None, limit: int = MOST_CONTINUATIONS) -> Word:
        """The terms of a word in one language, or in every language of the posts where it is None.

        limit: how many terms a single Chinese, Japanese or Korean character expands to at most.
        """
        if cached := self._word_cache.get((word, language)):
            return cached
        if len(word) == 1 and analysis.is_cjk(word):  # the index holds bigrams
            return self.continued(word)[:limit]
        stemmers = analysis.stemmers([language]) if language else self._stemmers
        numbers = (self.number(stem(word) + self._endings.get(name, "")) for name, stem in stemmers.items())
        terms = tuple(sorted(number for number in numbers if number is not None))
        return self._word_cache.keep((word, language), terms) if terms else ()

    def stem_key(self, word: str) -> str:
        """The stem of a word in the main language, in which words are compared with the site's synonyms."""
        return next(iter(self._stemmers.values()))(word)

    def number(self, term: str) -> Term | None:
        """The number of a term; None where no post has it."""
        indices = self._terms.indices(term)
        return indices[0] if indices else None

    def has(self, word: str) -> bool:
        """Whether some post has exactly this word."""
        return bool(self._words.indices(word))

    def frequency(self, word: str) -> int:
        """The number of posts whose prose has a word, in any language."""
        return sum(int(self._document_frequencies[index]) for index in self._words.indices(word))

    def is_stop_word(self, word: str, languages: Iterable[str]) -> bool:
        return any(analysis.is_stop_word(word, language) for language in languages)

    # ------------------------------------------------------------------------------------------------- forms

    def numbers(self, word: str) -> tuple[int, ...]:
        """The numbers of a word, one for each language that has it."""
        return tuple(self._words.indices(word))

    def terms_with_other_forms(self, word: str) -> list[Term]:
        """The terms of a word of the site that mean something else as well: author and authorization."""
        numbers = self._words.indices(word)
        terms = self.term_of[numbers.start : numbers.stop].tolist()
        return [term for term in dict.fromkeys(terms) if self._stored.has_other_forms[term]]

    def forms(self, word: str, term: Term) -> list[int]:
        """The numbers of the words of a term that differ from a word in nothing but their inflection."""
        near = self._words.starting_with(word[:SHORTEST_SHARED])
        offsets = np.flatnonzero(self.term_of[near.start : near.stop] == term)
        numbers = (near.start + offsets).tolist()
        return [number for number in numbers if _is_inflection(word, self._words[number])]

    def is_option(self, word: str, unfinished: bool = False) -> bool:
        """Whether a word, or one that it is the beginning of, stands after a dash somewhere."""
        options = self._stored.options
        return bool(options.starting_with(word) if unfinished else options.indices(word))

    def halves(self, word: str, unfinished: bool = False) -> list[tuple[str, str]]:
        """The words that stand side by side on the site and give this one together: "front", "matter".

        unfinished: whether it may be the beginning of a longer one; then the second half is whole.
        """
        compounds = self._stored.compounds
        found = compounds.starting_with(word) if unfinished else compounds.indices(word)
        halves = []
        for index in found[:MOST_COMPOUNDS]:
            compound, split = compounds[index], int(self._stored.compound_splits[index])
            if split < len(word):
                halves.append((compound[:split], compound[split:]))
        return halves

    def written(self, word: str) -> str:
        """A word as the posts write it most often: "größe" for "grosse", "Kubernetes" for "kubernetes"."""
        indices = self._stored.folded.indices(word)
        return self._stored.written[indices[0]] if indices else word

    def nearest(self, word: str, budget: ComparisonBudget | None = None) -> str | None:
        """The word that was probably meant, never a stop word; see `SpellingCorrector.nearest`.

        budget: what the query has left.
        """
        return self._corrector.nearest(word, budget or ComparisonBudget(), self._is_any_stop_word)

    def _is_any_stop_word(self, word: str) -> bool:
        return self.is_stop_word(word, self.languages)

    # ------------------------------------------------------------------------------------ prefixes, completion

    def continued(self, prefix: str, most: int = MOST_CONTINUATIONS) -> Word:
        """The terms of the words with a prefix: first the prefix as a word, then the most frequent words."""
        terms = self._prefix_cache.get(prefix) if most == MOST_CONTINUATIONS else None
        if terms is None:
            frequent = self._most_frequent(self._words.starting_with(prefix), most)
            exact = self._words.indices(prefix)
            indices = [*exact, *(index for index in frequent if index not in exact)][:most]
            terms = tuple(dict.fromkeys(self.term_of[indices].tolist())) if indices else ()
            if terms and len(prefix) <= LONGEST_CACHED_PREFIX and most == MOST_CONTINUATIONS:
                self._prefix_cache.keep(prefix, terms)
        return terms

    def past_stem(self, unfinished: str) -> Word:
        """The terms of a word of which more than its stem was typed, though no post has it so: "installati"."""
        for length in range(len(unfinished) - 1, max(len(unfinished) - LONGEST_ENDING, SHORTEST_STEM) - 1, -1):
            numbers = (self.number(unfinished[:length] + ending) for ending in self._endings.values())
            if found := tuple(sorted(number for number in numbers if number is not None)):
                return found
        return ()

    def _most_frequent(self, indices: range, limit: int) -> list[int]:
        """Of the words with these indices the `limit` in the most posts, ties in alphabetical order."""
        frequencies = self._document_frequencies[indices.start : indices.stop]
        if len(frequencies) > 4 * limit:  # only those that reach the frequency of the last one need sorting
            threshold = np.partition(frequencies, len(frequencies) - limit)[len(frequencies) - limit]
            candidates = np.flatnonzero(frequencies >= threshold)
        else:
            candidates = np.arange(len(frequencies))
        best = candidates[np.argsort(-frequencies[candidates], kind="stable")[:limit]]
        return [indices.start + offset for offset in best.tolist()]

    def with_prefix(self, prefix: str) -> range:
        """The numbers of the words with a prefix."""
        return self._words.starting_with(prefix)

    def words(self, numbers: Iterable[int]) -> list[str]:
        """Words by number, each once, as they are written."""
        return list(dict.fromkeys(self.written(self._words[number]) for number in numbers))

    def complete(self, prefix: str, limit: int) -> list[str]:
        """The words with a prefix as they are written, those in the most posts first."""
        # A word of several languages is listed once for each.
        indices = self._most_frequent(self.with_prefix(prefix), limit * len(self.languages))
        numbers = (index for index in indices if self._document_frequencies[index])
        return self.words(number for number in numbers if not analysis.is_cjk(self._words[number]))[:limit]
