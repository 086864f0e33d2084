"""The site's own words: what a typed word stands for, how it is probably spelt, and how it may go on.

Terms are stems, and a stem has no prefixes: nothing that starts with "cachin" stems to "cach". So prefixes, spelling
and completion work on words as they stand in the posts, each with the term that it became.

    words/words     every word, sorted; one that stands in two languages stands here twice
    words/terms     every term, sorted: its place is the number by which engines know it
    words/*.npy     of every word: its language, the posts whose prose holds it (0: only code does), its term
    words/said.json the languages, that of most posts first, and the synonyms of the settings
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.model import Corpus, Words
from indexer.search.spelling import Effort, Spellings
from indexer.store.arrays import Files, SortedTexts, save, save_texts
from indexer.store.bounded_cache import Remembered
from indexer.text import analysis
from indexer.text.token_stream import Tokens

FOLDER = "words"
SAID = "said.json"
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
Run = tuple[Word, ...]  # words side by side


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed in the terms of the index.

    loose: words that count, best when all are there. phrases, excluded: words that stand side by side. order: the words
    that count in the order typed, those of phrases and doubles too. instead: what the site's synonyms put beside the
    words. suggestion: the text respelt, where a word stood nowhere; the respelt words
    are the ones that are searched for.
    """

    loose: Run
    phrases: tuple[Run, ...]
    excluded: tuple[Run, ...]
    unfinished: Word
    order: Run
    instead: tuple[Run, ...]
    title: str
    suggestion: str | None

    @property
    def only_excludes(self) -> bool:
        return not (self.loose or self.phrases or self.unfinished)

    @property
    def shown(self) -> frozenset[Term]:
        """All terms that a hit may be highlighted for."""
        runs = [word for run in (*self.phrases, *self.instead) for word in run]
        return frozenset(term for word in (*self.loose, *runs, self.unfinished) for term in word)


# ------------------------------------------------------------------------------------------------------ writing


def write_vocabulary(
    directory: Path, corpus: Corpus, tokens: Tokens, synonyms: Sequence[Sequence[str]] = ()
) -> NDArray[np.uint32]:
    """Writes the folder words/ into a generation's directory. Returns the term of each word of `tokens`.

    tokens: those of the corpus, its words sorted.
    """
    from indexer.search.columnar.inverted_index import posts_with  # only a build needs it, and SciPy with it

    folder = directory / FOLDER
    folder.mkdir()
    stems = [analysis.stemmer(language)(word) for language, word in tokens.words]
    terms = sorted(set(stems))
    number = {term: place for place, term in enumerate(terms)}
    term_of = np.array([number[stem] for stem in stems], dtype=np.uint32)
    languages = languages_of(corpus)
    place = {language: place for place, language in enumerate(languages)}
    save_texts(folder, "words", (word for _, word in tokens.words))
    save_texts(folder, "terms", terms)
    save(folder / "language_of.npy", np.array([place[language] for language, _ in tokens.words], dtype=np.uint16))
    save(folder / "term_of.npy", term_of)
    save(folder / "counts.npy", posts_with(tokens))
    said = {"languages": languages, "synonyms": [list(group) for group in synonyms]}
    (folder / SAID).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return term_of


def languages_of(corpus: Corpus) -> list[str]:
    """The languages of the posts, that of most posts first."""
    posts_in = Counter(post.language for post in corpus)
    return sorted(posts_in, key=lambda language: (-posts_in[language], language))


# ------------------------------------------------------------------------------------------------------ reading


class Vocabulary:
    """The words of one generation, in order."""

    def __init__(self, files: Files) -> None:
        said = json.loads(files.read(f"{FOLDER}/{SAID}"))
        self._languages: list[str] = said["languages"] or ["en"]
        self._words = SortedTexts(files, f"{FOLDER}/words")
        self._terms = SortedTexts(files, f"{FOLDER}/terms")
        self._counts = files.array(f"{FOLDER}/counts.npy")
        self._term_of = files.array(f"{FOLDER}/term_of.npy")
        self._spellings = Spellings(files, f"{FOLDER}/words", self._words, self._counts)
        self._stemmers = analysis.stemmers(self._languages)
        self._numbers: Remembered[str, Term] = Remembered(MOST_NUMBERS)  # of the terms that were asked for
        self._remembered: Remembered[str, Word] = Remembered(MOST_REMEMBERED)  # what short prefixes may become
        self._synonyms = self._understood(said["synonyms"])
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

    def understand(self, words: Words, language: str | None = None) -> Asked:
        """Typed words → terms. Stop words are dropped where anything else is left; unknown words are respelt."""
        typed = words.title.split() or [*words.loose, *(word for phrase in words.phrases for word in phrase.split())]
        # Right as they are, though perhaps no post has them: the site's settings do.
        known = {word: word for found in self._replaceable(typed) for word in found.typed}
        question = _Question(self, words, language, known)
        finished = words.loose[:-1] if words.prefix else words.loose
        unfinished: Word = ()
        if words.prefix:
            unfinished = self.continued(words.loose[-1])
            if not unfinished:
                finished = words.loose
        telling = [word for word in finished if self._tells(word, language)]
        if not telling and not unfinished and not words.phrases:
            telling = list(finished)
        loose = [question.spelling(word) for word in telling]
        phrases = [[question.spelling(word) for word in phrase.split()] for phrase in words.phrases]
        respelt = question.respelt
        whole = [respelt.get(word, word) for word in typed]
        return Asked(
            loose=tuple(dict.fromkeys(question.run(loose))),
            phrases=tuple(map(question.run, phrases)),
            excluded=tuple(question.run(phrase.split()) for phrase in words.excluded),
            unfinished=unfinished,
            order=question.run(word for word in whole if self._tells(word, language) or word in loose),
            instead=tuple(dict.fromkeys(run for found in self._replaceable(whole) for run in found.instead)),
            title=words.title,
            suggestion=_respelt_text(words, respelt) if any(word != near for word, near in respelt.items()) else None,
        )

    def _tells(self, word: str, language: str | None) -> bool:
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

    def nearest(self, word: str, effort: Effort | None = None) -> str | None:
        """The word of the posts that was probably meant, as in `Spellings`. effort: what is left of the question's."""
        return self._spellings.nearest(word, effort or Effort())

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

    def _understood(self, groups: Sequence[Sequence[str]]) -> dict[str, tuple[Run, ...]]:
        """Each member of each group, without endings → the other members that some post has."""
        others: dict[str, dict[Run, None]] = defaultdict(dict)
        for group in groups:
            members = [analysis.words(member) for member in group]
            runs = {" ".join(self._without_endings(words)): tuple(map(self.stems, words)) for words in members}
            for key in runs:
                others[key] |= {run: None for other, run in runs.items() if other != key and all(run)}
        return {key: tuple(runs) for key, runs in others.items()}

    def _without_endings(self, words: Iterable[str]) -> list[str]:
        return list(map(self._stemmers[0], words))

    def _replaceable(self, typed: Sequence[str]) -> Iterator[_Replaceable]:
        """The words side by side that the synonyms of the site have something for. Stop words only if all that is."""
        if not self._synonyms:
            return
        bare = self._without_endings(typed)
        for length in self._synonym_lengths:
            for start in range(len(typed) - length + 1):
                instead = self._synonyms.get(" ".join(bare[start : start + length]))
                words = typed[start : start + length]
                if instead and (length == len(typed) or any(self._tells(word, None) for word in words)):
                    yield _Replaceable(words, instead)


class _Question:
    """What the words of one question stand for; each is looked up once.

    respelt: words and how they are spelt; those that are right are given.
    """

    def __init__(self, vocabulary: Vocabulary, words: Words, language: str | None, respelt: dict[str, str]) -> None:
        self.respelt = respelt
        self._vocabulary = vocabulary
        self._words = words
        self._language = language
        self._effort = Effort()
        self._stems: dict[str, Word] = {}

    def spelling(self, word: str) -> str:
        """The word itself if some post has it or its stem, else the nearest word of the posts."""
        near = self.respelt.get(word)
        if near is None:
            stems = self._word(word) if self._language is None else self._vocabulary.stems(word)
            if stems or self._vocabulary.has(word):
                return word
            self.respelt[word] = near = self._vocabulary.nearest(word, self._effort) or word
        return near

    def run(self, words: Iterable[str]) -> Run:
        return tuple(map(self._word, words))

    def _word(self, word: str) -> Word:
        stems = self._stems.get(word)
        if stems is None:
            most = self._most if len(word) == 1 else MOST_CONTINUATIONS
            self._stems[word] = stems = self._vocabulary.stems(word, self._language, most)
        return stems

    @cached_property
    def _most(self) -> int:
        """What one character of Chinese, Japanese or Korean may stand for: less where there are many of them."""
        texts = (*self._words.loose, *self._words.phrases, *self._words.excluded)
        alone = sum(len(word) == 1 and analysis.is_cjk(word) for text in texts for word in text.split())
        return min(MOST_CONTINUATIONS, MOST_FORMS // max(alone, 1))


@dataclass(frozen=True, slots=True)
class _Replaceable:
    """Words that were typed, and what also stands for them."""

    typed: Sequence[str]
    instead: tuple[Run, ...]


def _respelt_text(words: Words, respelt: dict[str, str]) -> str:
    def spelt(group: str) -> str:
        return " ".join(respelt.get(word, word) for word in group.split())

    pieces = [spelt(word) for word in words.loose]
    pieces += [f'"{spelt(phrase)}"' for phrase in words.phrases]
    pieces += [f'-"{phrase}"' if " " in phrase else f"-{phrase}" for phrase in words.excluded]
    return " ".join(pieces)
