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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from indexer import analysis
from indexer.columns import Files, SortedTexts, save, save_texts
from indexer.model import Corpus, Words
from indexer.tokens import Tokens

FOLDER = "words"
SAID = "said.json"
# What a prefix may stand for: enough to find, few enough to stay fast after one letter.
MOST_CONTINUATIONS = 50
# Longer prefixes have so few continuations that they need not be remembered.
LONGEST_REMEMBERED = 3

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
    from indexer.fulltext.postings import posts_with  # only a build needs it, and SciPy with it

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
        self._numbers: dict[str, Term] = {}  # of the terms that were asked for and stand in a post
        self._remembered: dict[str, Word] = {}  # what short prefixes may become
        self._spelt: dict[str, dict[int, list[str]]] = {}  # first letter → length → words of the posts' prose
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
        respelt = {word: word for found in self._replaceable(typed) for word in found.typed}
        finished = words.loose[:-1] if words.prefix else words.loose
        unfinished: Word = ()
        if words.prefix:
            unfinished = self._continued(words.loose[-1])
            if not unfinished:
                finished = words.loose
        telling = [word for word in finished if self._tells(word, language)]
        if not telling and not unfinished and not words.phrases:
            telling = list(finished)
        loose = [self._spelling(word, respelt) for word in telling]
        phrases = [[self._spelling(word, respelt) for word in phrase.split()] for phrase in words.phrases]
        whole = [respelt.get(word, word) for word in typed]
        return Asked(
            loose=tuple(dict.fromkeys(self._stems(word, language) for word in loose)),
            phrases=tuple(self._run(phrase, language) for phrase in phrases),
            excluded=tuple(self._run(phrase.split(), language) for phrase in words.excluded),
            unfinished=unfinished,
            order=self._run(word for word in whole if self._tells(word, language) or word in loose),
            instead=tuple(dict.fromkeys(run for found in self._replaceable(whole) for run in found.instead)),
            title=words.title,
            suggestion=_respelt_text(words, respelt) if any(word != near for word, near in respelt.items()) else None,
        )

    def _tells(self, word: str, language: str | None) -> bool:
        return not analysis.is_stop_word(word, language or self._languages[0])

    def _run(self, words: Iterable[str], language: str | None = None) -> Run:
        return tuple(self._stems(word, language) for word in words)

    def _stems(self, word: str, language: str | None) -> Word:
        """The terms of a word: in the language asked for, else in every language that the posts are written in."""
        if len(word) == 1 and analysis.is_cjk(word):  # the index holds pairs
            return self._continued(word)
        if language or len(self._languages) == 1:
            number = self.number(analysis.stemmer(language or self._languages[0])(word))
            return () if number is None else (number,)
        stems = {analysis.stemmer(one)(word) for one in self._languages}
        return tuple(sorted(number for stem in stems if (number := self.number(stem)) is not None))

    def number(self, term: str) -> Term | None:
        """The number of a term; None where no post has it."""
        number = self._numbers.get(term)
        if number is None and (places := self._terms.places(term)):
            self._numbers[term] = number = places[0]
        return number

    # ---------------------------------------------------------------------------------------------- spelling

    def _spelling(self, word: str, respelt: dict[str, str]) -> str:
        """The word itself if some post has it or its stem, else the nearest word of the posts, noted in `respelt`."""
        if word in respelt:
            return respelt[word]
        if not self._stems(word, None) and not self._words.places(word) and (near := self.nearest(word)):
            respelt[word] = near
            return near
        return word

    def nearest(self, word: str) -> str | None:
        """The word of the posts that was probably meant: the fewest edits, then the most posts.

        No edit up to 3 letters, one up to 7, two beyond; a wrong first letter counts double. A swap of neighbours is
        one edit (optimal string alignment).
        """
        allowed = 0 if len(word) <= 3 else 1 if len(word) <= 7 else 2
        if not allowed or any(character.isdigit() for character in word):
            return None
        groups = self._spelt_from(word[0])
        lengths = range(len(word) - allowed, len(word) + allowed + 1)
        alike = [one for length in lengths for one in groups.get(length, ())]
        found = process.extract(word, alike, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        best = [(int(distance), -self._count(other), other) for other, distance, _ in found]
        if not best and allowed == 2:
            best = [(2, -count, other) for other in self._otherwise_begun(word) if (count := self._count(other))]
        return min(best)[2] if best else None

    def _spelt_from(self, letter: str) -> dict[int, list[str]]:
        """The words of the posts' prose that start with a letter, by length."""
        groups = self._spelt.get(letter)
        if groups is None:
            groups = defaultdict(list)
            places = self._words.starting_with(letter)
            for place in (np.flatnonzero(self._counts[places.start : places.stop]) + places.start).tolist():
                groups[len(word := self._words[place])].append(word)
            if groups:  # what nobody writes is not remembered
                self._spelt[letter] = groups
        return groups

    def _otherwise_begun(self, word: str) -> Iterable[str]:
        """What a word may be that is wrong at its first letter only: another, none, one too many, two swapped."""
        yield word[1:]
        yield word[1] + word[0] + word[2:]
        place = 0
        while place < len(self._words):
            letter = self._words[place][0]
            if letter != word[0]:
                yield letter + word[1:]
                yield letter + word
            place = self._words.starting_with(letter).stop

    def _count(self, word: str) -> int:
        """The posts whose prose has this word."""
        return sum(int(self._counts[place]) for place in self._words.places(word))

    # --------------------------------------------------------------------------------------- what may follow

    def _continued(self, prefix: str) -> Word:
        """The terms of the words that start so, of the word itself first, then of those in most posts."""
        terms = self._remembered.get(prefix)
        if terms is None:
            places = self._most_written(prefix, MOST_CONTINUATIONS)
            exact = self._words.places(prefix)
            numbers = [*exact, *(place for place in places if place not in exact)][:MOST_CONTINUATIONS]
            terms = tuple(dict.fromkeys(self._term_of[numbers].tolist())) if numbers else ()
            if terms and len(prefix) <= LONGEST_REMEMBERED:
                self._remembered[prefix] = terms
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
            runs = {self._without_endings(words): self._run(words) for words in members}
            for key in runs:
                others[key] |= {run: None for other, run in runs.items() if other != key and all(run)}
        return {key: tuple(runs) for key, runs in others.items()}

    def _without_endings(self, words: Iterable[str]) -> str:
        return " ".join(map(analysis.stemmer(self._languages[0]), words))

    def _replaceable(self, typed: Sequence[str]) -> Iterator[_Replaceable]:
        """The words side by side that the synonyms of the site have something for. Stop words only if all that is."""
        for length in self._synonym_lengths:
            for start in range(len(typed) - length + 1):
                words = typed[start : start + length]
                if length < len(typed) and not any(self._tells(word, None) for word in words):
                    continue
                if instead := self._synonyms.get(self._without_endings(words)):
                    yield _Replaceable(words, instead)


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
